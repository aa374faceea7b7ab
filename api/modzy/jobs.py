"""Jobs: their history, one job, submitting, uploads, cancelling, and results."""

import base64
import binascii
import re
from dataclasses import replace
from io import BytesIO
from typing import IO
from urllib.parse import unquote_to_bytes, urlencode

from flask import Response, request
from sqlalchemy.orm import Session

from api.dialect import Call, Endpoint, Verb, answered
from api.finding import find_job
from api.modzy import shapes
from api.modzy.answers import Features, Job, Results, SubmittedJob, Uploaded
from api.modzy.asked import MOST, HistoryQuery, Input, Submission
from api.modzy.models import find_model
from api.modzy.words import CALLED
from api.reading import read_body
from api.small_pictures import small_picture
from engine import addresses, control, inputs, uploads
from engine.audit import refuse_unless
from engine.control import Invalid, JobRequest
from engine.inputs import MOST_INPUTS, Given, Picture
from engine.jobtypes import job_types
from engine.uploads import LARGEST_INPUT, InputName
from models.people import Role
from models.queries.history import Aside, HistoryFilter, asides, page
from models.queries.job_filter import JobFilter
from models.queries.jobs import JobRow
from models.queries.listing import Where
from models.queries.lookups import PROJECTS
from models.queries.outcomes import animals, outcomes
from models.states import Status

CHUNK = 8 * 2**20  # bytes that an upload is cut into
LARGEST_CHUNK = 2 * CHUNK  # as a body, with what stands around it
LARGEST_SUBMISSION = 32 * 2**20
DATA_URL = re.compile(r"data:[^,]{0,200}?(;base64)?,", re.IGNORECASE)
EVERY = frozenset(Status)
RANKS = {status: sorted(set(CALLED.values())).index(word) for status, word in CALLED.items()}


def history(call: Call, query: HistoryQuery) -> Response:
    """A window of the jobs; `Link` has the next one where there is one."""
    bound = call.actor.project_id
    where = HistoryFilter(
        jobs=JobFilter(
            status=() if query.status == EVERY else tuple(sorted(query.status)),
            ids=() if query.status else (0,),
            project_id=() if bound is None else (bound,),
            submitted_from=query.start,
            submitted_to=query.end,
        ),
        user=query.user,
        model=query.model,
        access_key=query.access_key,
        types={key: kind.name for key, kind in job_types().items()},
        nobody=shapes.NOBODY,
    )
    sorts = [name if query.direction == "asc" else f"-{name}" for name in query.sorts]
    with call.board.store.read() as session:
        offset = (query.page - 1) * query.per_page
        rows = page(session, where, sorts=sorts, offset=offset, limit=query.per_page + 1, ranks=RANKS)
        shown = rows[: query.per_page]
        beside = _asides(call, session, shown)
    headers = {"Link": f'<{_page_link(query.page + 1)}>; rel="next"'} if len(rows) > len(shown) else {}
    return answered([shapes.job(row, beside[row.id]) for row in shown], headers=headers)


def read_job(call: Call, key: str) -> Job:
    """One job with the names of its inputs."""
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
        beside = _aside(call, session, row)
        captures = [] if inputs.named_inputs(beside.arguments) else outcomes(session, row.id, limit=MOST)
    return shapes.job(row, beside, captures)


def submit(call: Call, body: Submission) -> SubmittedJob:
    """A new job: run at once when it has its inputs, else open for uploads."""
    refuse_unless(call.board, call.actor, Role.OPERATOR, "submit a job")
    model = find_model(call, body.model.identifier, body.model.version)
    given = {} if body.input is None else _given(call, body.input)
    project_id = _project(call, body, list(given.values()))
    wanted = JobRequest(
        name=f"{model.name}: {next(iter(given)).source if given else 'uploads'}"[:255],
        project_id=project_id,
        pipeline_id=model.id,
        timeout_ms=body.timeout or None,
        arguments={shapes.EXPLAIN: body.explain},
    )
    if body.input is None:
        answer = inputs.open_job(call.board, call.actor, wanted)
    else:
        answer = inputs.submit(call.board, call.actor, wanted, given)
    return _submitted(call, str(answer.job_id))


def cancel(call: Call, key: str) -> Job:
    """End a job, and show it as it then is."""
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
    control.cancel(call.board, call.actor, row.id)
    return read_job(call, key)


def upload(call: Call, key: str, source: str, name: str) -> Uploaded:
    """Append to an input of an open job what comes in the multipart field `input`, or as the bare body."""
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
    size = inputs.append(call.board, call.actor, row.id, InputName(source, name), _chunk())
    return Uploaded(job_identifier=row.uuid, identifier=source, name=name, input_byte_amount=size)


def close(call: Call, key: str) -> SubmittedJob:
    """Take no more inputs, and run the job."""
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
    inputs.close(call.board, call.actor, row.id)
    return _submitted(call, key)


def features(_call: Call) -> Features:
    """What an upload is bound to."""
    return Features(
        input_chunk_maximum_size=f"{CHUNK // 2**20}Mi",
        maximum_input_chunks=LARGEST_INPUT // CHUNK,
        maximum_inputs_per_job=MOST_INPUTS,
    )


def results(call: Call, key: str) -> Results:
    """What became of the job's inputs so far."""
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
        captures = outcomes(session, row.id)
        found = animals(session, [each.result_id for each in captures if each.result_id is not None])
        return shapes.results(row, _aside(call, session, row), captures, found)


def sample(call: Call, key: str, name: str) -> Response:
    """A small picture of one input. Raises NotFound with the reason."""
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
    return small_picture(call, row, name, "small")


def _submitted(call: Call, key: str) -> SubmittedJob:
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
        return shapes.submitted(row, _aside(call, session, row))


def _aside(call: Call, session: Session, row: JobRow) -> Aside:
    return _asides(call, session, [row])[row.id]


def _asides(call: Call, session: Session, rows: list[JobRow]) -> dict[int, Aside]:
    """What is told beside each of these jobs; inputs that are not captures yet weigh what was sent of them."""
    found = asides(session, rows)
    for row in rows:
        if inputs.are_open(found[row.id].arguments):
            found[row.id] = replace(found[row.id], input_bytes=uploads.weight(call.board.settings.home, row.uuid))
    return found


def _page_link(number: int) -> str:
    kept = [(name, text) for name, text in request.args.items(multi=True) if name != "page"]
    return f"{request.base_url}?{urlencode([*kept, ('page', number)])}"


def _project(call: Call, body: Submission, given: list[Given]) -> int:
    """The project of the job: the token's, that of the captures, the one that is named, or the oldest."""
    if call.actor.project_id is not None:
        return call.actor.project_id
    of_captures = addresses.project_of(call.board, given)
    if of_captures is not None:
        return of_captures
    with call.board.store.read() as session:
        projects = PROJECTS.page(session, Where(), limit=MOST)
    wanted = body.account_identifier
    chosen = next((row.id for row in projects if not wanted or wanted in (row.name, str(row.id))), None)
    if chosen is None:
        raise Invalid({"accountIdentifier": [f"There is no project {wanted[:80]!r} to put the job into."]})
    return chosen


def _given(call: Call, asked: Input) -> dict[InputName, Given]:
    """The inputs by their names; files that stand in no source belong to the source `job`."""
    flat = {name: text for name, text in asked.sources.items() if isinstance(text, str)}
    nested = {source: files for source, files in asked.sources.items() if isinstance(files, dict)}
    texts = {
        InputName(source, name): text
        for source, files in (nested | ({"job": flat} if flat else {})).items()
        for name, text in files.items()
    }
    if len(texts) > MOST_INPUTS:
        raise Invalid({"input": [f"A job takes 1 to {MOST_INPUTS} inputs, not {len(texts)}."]})
    if asked.type == "embedded":
        return {name: Picture(_decoded(name, text)) for name, text in texts.items()}
    reader = addresses.reader(call.board, call.actor, [request.host])
    return {name: reader.read(text) for name, text in texts.items()}


def _decoded(name: InputName, text: str) -> bytes:
    """The bytes of a data URL, or of bare base64."""
    start = DATA_URL.match(text)
    payload = text[start.end() :] if start else text
    if start and not start[1]:
        return unquote_to_bytes(payload)
    try:
        plain = re.sub(r"\s", "", payload).translate(str.maketrans("-_", "+/"))
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid({"input": [f"The input {name} is not base64; send a data URL of the picture."]}) from None


def _chunk() -> IO[bytes]:
    """What was sent. A bare body is taken whatever its content type says: some programs call everything a form."""
    if request.mimetype != "multipart/form-data":
        return BytesIO(read_body())
    file = request.files.get("input") or next(iter(request.files.values()), None)
    if file is not None:
        return file.stream
    if "input" in request.form:
        return BytesIO(request.form["input"].encode("utf-8", "surrogateescape"))
    raise Invalid({"input": ["Send the picture in the multipart field `input`."]})


ENDPOINTS = [
    Endpoint(
        "/api/jobs/",
        {"POST": Verb(submit, "Submit a job.", SubmittedJob, body=Submission, status=201)},
        largest=LARGEST_SUBMISSION,
    ),
    Endpoint("/api/jobs/history/", {"GET": Verb(history, "The history of jobs.", list[Job], query=HistoryQuery)}),
    Endpoint("/api/jobs/features/", {"GET": Verb(features, "What an upload is bound to.", Features)}),
    Endpoint(
        "/api/jobs/<key>/",
        {"GET": Verb(read_job, "One job.", Job), "DELETE": Verb(cancel, "Cancel a job.", Job)},
    ),
    Endpoint("/api/jobs/<key>/close/", {"POST": Verb(close, "Submit an open job.", SubmittedJob)}),
    Endpoint(
        "/api/jobs/<key>/<source>/<name>/",
        {"POST": Verb(upload, "Add to an input of an open job.", Uploaded)},
        largest=LARGEST_CHUNK,
    ),
    Endpoint(
        "/api/results/<key>/samples/<name>/",
        {"GET": Verb(sample, "A small picture of an input.", bytes, media="image/jpeg")},
    ),
    Endpoint("/api/results/<key>/", {"GET": Verb(results, "The outcomes of a job.", Results)}),
]
