"""What somebody with modzy-sdk would write: jobs with pictures, watched, read, listed and cancelled."""

import json
import sys
from pathlib import Path

from modzy import ApiClient
from modzy.error import ApiError, ResultsError

address, key, folder = sys.argv[1:]
pictures = sorted(Path(folder).iterdir())
client = ApiClient(base_url=address, api_key=key)
said = {}

model = client.models.get_by_name("Embedded detector")
version = client.models.get_version(model, model.latest_version)
said["model"] = [model.modelId, version.version, [each.name for each in version.inputs]]

job = client.jobs.submit_embedded(model.modelId, version.version, {"one": {"image": pictures[0].read_bytes()}}, True)
said["submitted"] = [job.status, job.total]
job.block_until_complete(timeout=60, poll_interval=0.2)
result = job.get_result()
outputs = result.get_source_outputs("one")["results.json"]["data"]
said["embedded"] = [job.status, result.finished, len(outputs["result"]["detections"]) > 0, bool(outputs["explanation"])]

files = {"path": {"image": pictures[1]}, "bytes": {"image": pictures[2].read_bytes()}}
job = client.jobs.submit_file(model, model.latest_version, files)
job.block_until_complete(timeout=60, poll_interval=0.2)
said["files"] = [job.status, job.total, job.completed, job.failed, job.input_byte_amount, job.queue_time >= 0]
said["file results"] = sorted(job.get_result().results)

try:
    client.jobs.submit_file(model, model.latest_version, {"text": {"image": b"Modzy is great, but this is no picture"}})
except ApiError as error:
    said["no picture"] = [error.response.status_code, error.message]

job = client.jobs.submit_text(
    model, model.latest_version, {"known": {"image": "1"}, "unknown": {"image": "Modzy is great!"}}
)
job.block_until_complete(timeout=60, poll_interval=0.2)
result = client.results.block_until_complete(job, timeout=60, poll_interval=0.2)
said["text"] = [job.status, job.completed, job.failed, sorted(result.results), sorted(result.failures)]
try:
    result.get_source_outputs("unknown")
except ResultsError as error:
    said["text failure"] = error.message

everything = {str(number): {"image": str(number)} for number in range(1, len(pictures) + 1)}
job = client.jobs.submit_text(model, model.latest_version, everything)
said["cancelled"] = [client.jobs.cancel(job).job_identifier == job.job_identifier]
said["cancelled"].append(client.jobs.block_until_complete(job, timeout=60, poll_interval=0.2).status)

history = client.jobs.get_history(access_key=key.split(".")[0], model="embedded", sort_by="createdAt", direction="desc")
said["history"] = [each.status for each in history]
said["window"] = [len(client.jobs.get_history(page=page, per_page=3)) for page in (1, 2)]
said["terminated"] = sorted({each.status for each in client.jobs.get_history(status="terminated", user="oper")})
said["features"] = client.jobs.get_features().input_chunk_maximum_size
said["engines"] = client.models.get_model_processing_details(model, version.version).ready
try:
    client.jobs.get("no-such-job")
except ApiError as error:
    said["no such job"] = [error.response.status_code, error.message]
json.dump(said, sys.stdout)
