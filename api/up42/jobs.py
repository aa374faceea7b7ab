"""Jobs and their tasks: list, read, run, rename, rerun, cancel, and their logs."""

from collections.abc import Iterator

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from api.dialect import Call, Endpoint, Verb
from api.up42 import shapes
from api.up42.answers import Credits, Data, Job, Task
from api.up42.asked import Inputs, JobsQuery, NameQuery, Parameters, Rename
from api.up42.places import Place, find_job_of, find_place, find_workflow
from api.up42.projects import latest_station
from api.up42.words import RANKS, moment
from engine import control
from engine.control import Invalid, JobChanges, JobRequest, NotFound
from models.queries.history import HistoryFilter, asides, page
from models.queries.job_filter import JobFilter
from models.queries.jobs import JobRow, by_ids
from models.queries.outcomes import StageMark, lines_of_stage, stage_marks
from models.queries.scope import Scope, project_of


def list_jobs(call: Call, project: str, query: JobsQuery) -> Data[list[Job]]:
    """A window of the project's jobs."""
    place = find_place(call, project)
    where = HistoryFilter(JobFilter(project_id=place.project_ids))
    with call.board.store.read() as session:
        offset = query.page * query.size
        rows = page(session, where, sorts=[query.sort], offset=offset, limit=query.size, ranks=RANKS)
        beside = asides(session, rows, weigh=False)
    return Data(data=[shapes.job(row, beside[row.id]) for row in rows])


def read_job(call: Call, project: str, key: str) -> Data[Job]:
    _, row = find_job_of(call, project, key)
    return _shown(call, row.id)


def run_workflow(call: Call, project: str, workflow: str, query: NameQuery, body: Inputs) -> Data[Job]:
    """A new job of a workflow, started at once."""
    place = find_place(call, project)
    pipeline = find_workflow(call, workflow)
    inputs = _with_scope(call, place, body)
    asked = inputs.parameters()
    request = JobRequest(
        name=query.name or pipeline.name,
        project_id=_project_id(call, place, asked),
        pipeline_id=pipeline.id,
        dry_run=inputs.config().is_test,
        arguments={shapes.INPUTS: inputs.root},
        **asked.model_dump(),
    )
    return _shown(call, control.submit(call.board, call.actor, request, start_now=True).job_id)


def rename(call: Call, project: str, workflow: str, key: str, body: Rename) -> Data[Job]:
    _, row = find_job_of(call, project, key, workflow)
    return _shown(call, control.edit(call.board, call.actor, row.id, JobChanges(name=body.name)).job_id)


def rerun(call: Call, project: str, workflow: str, key: str, query: NameQuery) -> Data[Job]:
    """A new job with the same inputs, started at once."""
    _, row = find_job_of(call, project, key, workflow)
    return _shown(call, control.rerun(call.board, call.actor, row.id, name=query.name).job_id)


def cancel(call: Call, project: str, key: str) -> Response:
    """End a job; there is nothing to say but that it is being done."""
    _, row = find_job_of(call, project, key)
    control.cancel(call.board, call.actor, row.id)
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def list_tasks(call: Call, project: str, key: str) -> Data[list[Task]]:
    """The stages of a job."""
    _, row = find_job_of(call, project, key)
    with call.board.store.read() as session:
        version = asides(session, [row], weigh=False)[row.id].pipeline_version
        return Data(data=[shapes.task(row, mark, version) for mark in stage_marks(session, row.id)])


def logs(call: Call, project: str, key: str, task: str) -> Response:
    """The lines of one stage, oldest first."""
    _, row = find_job_of(call, project, key)
    with call.board.store.read() as session:
        marks = stage_marks(session, row.id)
    mark = mark_of(marks, task)

    def lines() -> Iterator[str]:
        with call.board.store.read() as session:
            for line in lines_of_stage(session, row.id, marks, mark.key):
                yield f"{moment(line.at)} {line.level} {line.message}\n"

    return Response(stream_with_context(lines()), headers={"Cache-Control": "private, no-store"}, mimetype="text/plain")


def credits_used(call: Call, project: str, key: str) -> Data[Credits]:
    """What a job cost."""
    find_job_of(call, project, key)
    return Data(data=Credits())


def mark_of(marks: list[StageMark], task: str) -> StageMark:
    """The stage of this number or key. Raises NotFound."""
    found = next((mark for mark in marks if task in (str(mark.id), mark.key, f"{mark.key}:1")), None)
    if found is None:
        raise NotFound(f"There is no task {task[:80]} in this job.")
    return found


def _shown(call: Call, job_id: int) -> Data[Job]:
    with call.board.store.read() as session:
        row = _row(session, job_id)
        return Data(data=shapes.job(row, asides(session, [row], weigh=False)[row.id]))


def _row(session: Session, job_id: int) -> JobRow:
    rows = by_ids(session, [job_id])
    if not rows:
        raise NotFound(f"There is no job {job_id} any more.")
    return rows[0]


def _with_scope(call: Call, place: Place, body: Inputs) -> Inputs:
    """The inputs, over the station of the latest night where they name nothing."""
    if body.parameters().has_scope:
        return body
    station = latest_station(call, place)
    return shapes.with_scope(body, station.id if station is not None else None)


def _project_id(call: Call, place: Place, asked: Parameters) -> int:
    """The project of the address, or of what is to be worked over."""
    if place.project is not None:
        return place.project.id
    scope = Scope(asked.deployment_id, asked.event_id, asked.collection_id, asked.capture_id)
    with call.board.store.read() as session:
        found = project_of(session, scope) if asked.has_scope else None
    if found is None:
        raise Invalid({"inputs": ["There is nothing to work over; name a station by its deployment_id."]})
    return found


ENDPOINTS = [
    Endpoint("/projects/<project>/jobs/", {"GET": Verb(list_jobs, "Jobs.", Data[list[Job]], query=JobsQuery)}),
    Endpoint("/projects/<project>/jobs/<key>/", {"GET": Verb(read_job, "One job.", Data[Job])}),
    Endpoint("/projects/<project>/jobs/<key>/cancel/", {"POST": Verb(cancel, "Cancel a job.", status=204)}),
    Endpoint("/projects/<project>/jobs/<key>/credits/", {"GET": Verb(credits_used, "Its cost.", Data[Credits])}),
    Endpoint("/projects/<project>/jobs/<key>/tasks/", {"GET": Verb(list_tasks, "Its tasks.", Data[list[Task]])}),
    Endpoint(
        "/projects/<project>/jobs/<key>/tasks/<task>/logs/",
        {"GET": Verb(logs, "The log of a task.", str, media="text/plain")},
    ),
    Endpoint(
        "/projects/<project>/workflows/<workflow>/jobs/",
        {"POST": Verb(run_workflow, "Run a workflow.", Data[Job], query=NameQuery, body=Inputs)},
    ),
    Endpoint(
        "/projects/<project>/workflows/<workflow>/jobs/<key>/",
        {
            "PUT": Verb(rename, "Rename a job.", Data[Job], body=Rename),
            "POST": Verb(rerun, "Run a job again.", Data[Job], query=NameQuery),
        },
    ),
]
