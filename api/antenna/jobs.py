"""Jobs: list, create, read, change, delete, and the verbs on one."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from api.antenna import bodies, job_shapes, parameters
from api.antenna.endpoint import Call, Endpoint, Reply
from api.antenna.fields import of_a_job
from api.antenna.job_shapes import Around
from api.antenna.lists import NO_PROJECT, allowed_project, paged
from api.antenna.parameters import Window
from engine import control
from engine.audit import Answer, refuse_unless
from engine.jobtypes import job_types
from engine.pulling import ASYNC
from engine.refusals import NotFound
from models.base import now
from models.people import Role
from models.queries import jobs
from models.queries.jobs import SORTS, JobDetail, JobFilter, JobRow
from models.queries.lookups import CAPTURES
from models.queries.pipelines import PIPELINES
from models.states import Status

COUNTED = 10_000  # jobs; to count more takes longer than to show them
DISPATCH_MODES = ("internal", "sync_api", ASYNC)
LOGS = 1000
MOST_LOGS = 5000
ABOUT = """API endpoint that allows jobs to be viewed or edited.

Pass the ``start_now`` url parameter to the ``POST`` method to enqueue the job immediately.

Use the `delay` field to create a test job with fake duration of work (in seconds).

## Actions

### `/jobs/{id}/run/` (`POST`)

Run a job (add it to the queue).

### `/jobs/{id}/cancel/` (`POST`)

Cancel a job (terminate the background task)"""
# What this dialect calls an order: the engine's.
ORDERS = {name: name for name in SORTS} | {"source_image_collection": "collection"}
# States of a job in Antenna that no job here is ever in; to ask for them finds nothing.
NEVER = ("RETRY", "RECEIVED", "UNKNOWN")
# The earliest that a time can be reached by going back some hours.
MOST_HOURS = 24 * 366 * 100


def list_jobs(call: Call) -> Reply:
    """A window of the jobs that the parameters choose."""
    window, where = parameters.window(), filter_of_request(call)
    orders = parameters.ordering(ORDERS, "-created_at")
    sort = ",".join(("-" if each[0] == "-" else "") + ORDERS[each.removeprefix("-")] for each in orders)
    ids_only = parameters.truth("ids_only")
    ranks = None if job_shapes.engine_words() else job_shapes.RANKS
    with call.board.store.read() as session:
        found = jobs.ids(session, where, sort=sort, offset=window.offset, limit=window.limit + 1, ranks=ranks)
        rows = jobs.by_ids(session, found[: window.limit])
        count = _count(session, where, window, len(found))
        around = around_jobs(session, [] if ids_only else rows)
    if ids_only:
        shown = [{"id": row.id, "pipeline_slug": row.pipeline_slug} for row in rows]
    else:
        shown = [job_shapes.listed(call, row, around) for row in rows]
    return paged(call, "jobs", count, shown, window, more=len(found) > window.limit)


def _count(session: Session, where: JobFilter, window: Window, found: int) -> int:
    """How many jobs there are: exactly up to `COUNTED`, above as many as this window shows that there are at least."""
    if window.offset == 0 and found <= window.limit:
        return found
    return max(jobs.count(session, where, COUNTED), window.offset + found if found else 0)


def create_job(call: Call) -> Reply:
    """A new job, started at once if `start_now` says so."""
    refuse_unless(call.board, call.actor, Role.OPERATOR, "submit a job")
    _check_answer()
    answer = control.submit(call.board, call.actor, bodies.new_job(), start_now=parameters.truth("start_now"))
    shown = show(call, answer.job_id)
    return Reply(shown.body, 201, {"Location": call.links.to("jobs", answer.job_id)})


def read_job(call: Call, key: str) -> Reply:
    return show(call, find(call, key))


def update_job(call: Call, key: str) -> Reply:
    """PATCH: what the body has and the job has not."""
    return change(call, key, whole=False)


def replace_job(call: Call, key: str) -> Reply:
    """PUT: the same, but the fields that a job needs must be there."""
    return change(call, key, whole=True)


def delete_job(call: Call, key: str) -> Reply:
    control.delete(call.board, call.actor, find(call, key))
    return Reply(None, 204)


def change(call: Call, key: str, *, whole: bool) -> Reply:
    job_id = find(call, key)
    refuse_unless(call.board, call.actor, Role.OPERATOR, "edit a job", job_id)
    _check_answer()
    with call.board.store.read() as session:
        detail = detail_of(session, job_id)
    control.edit(call.board, call.actor, job_id, bodies.changes(detail, whole=whole))
    return show(call, job_id)


def verb(do: Callable[..., Answer]) -> Callable[..., Reply]:
    """A view that does one verb of engine.control on one job, and shows the job as it stands then."""

    def view(call: Call, key: str) -> Reply:
        _check_answer()
        answer = do(call.board, call.actor, find(call, key))
        return show(call, answer.job_id)

    return view


def find(call: Call, key: str) -> int:
    """The id of the job that the address names by its number or uuid. Raises NotFound, also for another project's."""
    with call.board.store.read() as session:
        job_id = jobs.id_of(session, key, call.actor.project_id)
    if job_id is None:
        raise NotFound(f"There is no job {key}.")
    return job_id


def show(call: Call, job_id: int) -> Reply:
    """One job with its logs, as many as `logs_limit` says."""
    limit = _log_lines()
    with call.board.store.read() as session:
        detail = detail_of(session, job_id)
        around = around_jobs(session, [detail.job])
        logs = jobs.latest_logs(session, job_id, limit)
    return Reply(job_shapes.detailed(call, detail, around, logs))


def _check_answer() -> None:
    """Whether the job can be shown as the client wants it, before anything is done to it. Raises Invalid."""
    job_shapes.engine_words()
    _log_lines()


def _log_lines() -> int:
    return parameters.whole("logs_limit", LOGS, least=1, most=MOST_LOGS)


def detail_of(session: Session, job_id: int) -> JobDetail:
    detail = jobs.detail(session, job_id)
    if detail is None:
        raise NotFound(f"There is no job {job_id} any more.")
    return detail


def around_jobs(session: Session, rows: list[JobRow]) -> Around:
    """The stages, pipelines and single captures of these jobs, a query each."""
    pipelines = {row.pipeline_id for row in rows if row.pipeline_id is not None}
    captures = {row.capture_id for row in rows if row.capture_id is not None}
    return Around(
        stages=jobs.stages(session, [row.id for row in rows]),
        pipelines={row.id: row for row in PIPELINES.by_ids(session, pipelines)},
        captures={row.id: row for row in CAPTURES.by_ids(session, captures)},
    )


def filter_of_request(call: Call) -> JobFilter:
    """The filter that the parameters spell. Raises Invalid."""
    names = parameters.choices("status", [*(status.value for status in Status), *NEVER])
    statuses = tuple(status for name in names if name not in NEVER for status in job_shapes.statuses_called(name))
    hours = parameters.whole("cutoff_hours", -1, least=0, most=MOST_HOURS)
    return JobFilter(
        status=statuses,
        type=tuple(parameters.choices("job_type_key", job_types())),
        pipeline_id=parameters.ids("pipeline"),
        pipeline_slug=(*parameters.words("pipeline__slug"), *parameters.words("pipeline__slug__in")),
        project_id=allowed_project(call) if statuses or not names else (NO_PROJECT,),
        deployment_id=parameters.ids("deployment", "deployment_id"),
        event_id=parameters.ids("event", "event_id"),
        collection_id=parameters.ids("source_image_collection", "collection"),
        capture_id=parameters.ids("source_image_single", "capture"),
        words=parameters.search(),
        dispatch_mode=_dispatch_mode(),
        incomplete_only=parameters.truth("incomplete_only"),
        failed_since=None if hours < 0 else now() - timedelta(hours=hours),
    )


def _dispatch_mode() -> str | None:
    """The mode that is asked for. Raises Invalid.

    A pull worker asks for the ids of async jobs of its pipelines before it takes the first task of any, and here a job
    is async from that task on: to it every job of these pipelines is one that it may share.
    """
    mode = next(iter(parameters.choices("dispatch_mode", DISPATCH_MODES)), None)
    slugs = parameters.words("pipeline__slug") or parameters.words("pipeline__slug__in")
    return None if mode == ASYNC and slugs and parameters.truth("ids_only") else mode


ENDPOINTS = [
    Endpoint("jobs/", "Job List", {"GET": list_jobs, "POST": create_job}, ABOUT, of_a_job),
    Endpoint(
        "jobs/<key>/",
        "Job Instance",
        {"GET": read_job, "PUT": replace_job, "PATCH": update_job, "DELETE": delete_job},
        ABOUT,
        of_a_job,
    ),
    Endpoint("jobs/<key>/run/", "Run", {"POST": verb(control.run)}, "Run a job (add it to the queue)."),
    Endpoint(
        "jobs/<key>/cancel/", "Cancel", {"POST": verb(control.cancel)}, "Cancel a job (terminate the background task)"
    ),
    Endpoint("jobs/<key>/retry/", "Retry", {"POST": verb(control.retry)}, "Try again what did not succeed."),
    Endpoint("jobs/<key>/pause/", "Pause", {"POST": verb(control.pause)}, "Hold a job where it stands."),
    Endpoint("jobs/<key>/resume/", "Resume", {"POST": verb(control.resume)}, "Go on with a paused job."),
]
