"""What somebody with up42-py would write: workflows run, watched, listed, renamed, rerun and cancelled.

The package has its address built in, so requests are led to another host below it; nothing of it is changed.
"""

import json
import logging
import sys
import time
import warnings
from pathlib import Path

import requests

address, project_id, project_key, station, folder = sys.argv[1:]
warnings.simplefilter("ignore")
send = requests.adapters.HTTPAdapter.send


def elsewhere(self, request, **more):
    request.url = request.url.replace("https://api.up42.com", address)
    return send(self, request, **more)


requests.adapters.HTTPAdapter.send = elsewhere

import up42  # noqa: E402

logging.disable(logging.CRITICAL)
up42.authenticate(project_id=project_id, project_api_key=project_key)
auth = up42.main.get_auth_safely() if hasattr(up42.main, "get_auth_safely") else up42.main._auth
ask = getattr(auth, "request", None) or auth._request
said = {"version": up42.get_up42_py_version()}

project = up42.initialize_project(project_id)
workflow = project.get_workflows()[0]
said["project"] = [project.info["name"], workflow.info["name"], list(workflow.workflow_tasks)]
jobs = f"https://api.up42.com/projects/{project_id}/workflows/{workflow.workflow_id}/jobs"


def run(name, inputs):
    """A new job: by the package's own method where it has one."""
    if hasattr(workflow, "run_job"):
        return workflow.run_job(inputs, name=name)
    job_id = ask("POST", f"{jobs}?name={name}_py", inputs)["data"]["id"]
    return up42.initialize_job(job_id, project_id)


def watch(job):
    until = time.monotonic() + 60
    while job.status in ("NOT_STARTED", "PENDING", "RUNNING", "CANCELLING"):
        assert time.monotonic() < until, f"{job} does not end"
        time.sleep(0.1)
    return job.info["status"]


job = run("a-night", {"collect:1": {"deployment_id": int(station), "limit": 2}})
said["run"] = [watch(job), job.is_succeeded, job.info["name"], job.info["mode"], job.info["inputs"]]
said["tasks"] = [[task._info["block"]["name"], task._info["status"]] for task in job.get_jobtasks()]
said["logs"] = list(job.get_logs(as_print=False, as_return=True).values())
said["features"] = len(job.get_results_json()["features"])
said["frame"] = len(job.get_results_json(as_dataframe=True))
said["files"] = [Path(path).name for path in job.download_results(folder)]
said["quicklooks"] = len(job.download_quicklooks(folder))
said["credits"] = job.get_credits()

test = run("a-test", {"collect:1": {"deployment_id": int(station)}, "config": {"mode": "DRY_RUN"}})
said["test"] = [watch(test), test.info["mode"], len(test.get_results_json()["features"])]

renamed = ask("PUT", f"{jobs}/{job.job_id}", {"name": "My recently renamed job"})
said["renamed"] = [renamed["data"]["name"], job.info["name"]]
again = up42.initialize_job(ask("POST", f"{jobs}/{job.job_id}?name=Rerun+my+job")["data"]["id"], project_id)
said["again"] = [watch(again), again.info["name"], again.job_id != job.job_id]
said["same inputs"] = again.info["inputs"] == job.info["inputs"]

stopped = run("stopped", {"deployment_id": int(station), "reprocess": True})
if hasattr(stopped, "cancel_job"):
    stopped.cancel_job()
else:
    ask("POST", f"https://api.up42.com/projects/{project_id}/jobs/{stopped.job_id}/cancel/", return_text=False)
said["stopped"] = watch(stopped)

said["listed"] = [each["name"] for each in project.get_jobs(return_json=True, sortby="createdAt", descending=False)]
said["real"] = len(project.get_jobs(return_json=True, test_jobs=False))
said["of workflow"] = len(workflow.get_jobs(return_json=True))
said["statuses"] = sorted(set(up42.initialize_jobcollection([job.job_id, stopped.job_id], project_id).status.values()))
json.dump(said, sys.stdout)
