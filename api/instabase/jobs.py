"""The views of the Instabase pages: each reads with models.queries or asks engine.control."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.finding import find_job
from api.instabase import shapes
from api.instabase.answers import Done, JobList, JobStatus, Logs, UpdatedTags
from api.instabase.asked import (
    MOST,
    ListQuery,
    LogsQuery,
    OneJob,
    RetryQuery,
    StatusQuery,
    TagsBody,
    Window,
    repaired,
)
from api.instabase.door import Door
from api.instabase.shapes import Around
from engine import control
from engine.access import Actor
from engine.audit import record_refusal
from engine.board import Board
from engine.control import Forbidden, Invalid, JobChanges
from models.people import Role
from models.queries import job_summary, jobs, workers
from models.queries.jobs import JobFilter, JobRow
from models.states import Status

WEEK = timedelta(days=7)
LINES = 1000  # log lines of one answer
ONGOING = (Status.PENDING, Status.STARTED)
NO_TAG = "Each tag has 1 to 64 characters, and a job has at most 50 of them."


def status(board: Board, actor: Actor, asked: StatusQuery) -> JobStatus:
    """How a job stands."""
    with board.store.read() as session:
        job = find_job(session, actor, asked.job_id)
        idle = workers.count_idle(session, board.store.clock(session))
        return shapes.status(job, around(board, session, [job]), waiting=idle == 0)


def get_logs(board: Board, actor: Actor, asked: LogsQuery) -> Logs:
    """Log lines after an offset: the number of the last line that was read, so that none is skipped or told twice."""
    with board.store.read() as session:
        job = find_job(session, actor, asked.job_id)
        lines = jobs.logs(session, job.id, after_seq=asked.offset, limit=LINES)
    read = [shapes.log_line(job, line) for line in lines]
    return Logs(logs=read, next_offset=lines[-1].seq if lines else asked.offset)


def list_jobs(board: Board, actor: Actor, asked: ListQuery) -> JobList:
    """A window of the jobs, the newest first."""
    limit = min(asked.limit, MOST)
    with board.store.read() as session:
        where = filter_of_list(session, actor, asked)
        found = jobs.ids(session, where, sort="-created_at", offset=asked.offset, limit=limit + 1)
        rows = jobs.by_ids(session, found[:limit])
        about = around(board, session, rows)
    more = len(found) > limit
    return JobList(
        jobs=[shapes.listed(row, about) for row in rows],
        next_page=next_page(limit, asked.offset + limit) if more else "",
    )


def pause(board: Board, actor: Actor, asked: OneJob) -> Done:
    control.pause(board, actor, id_of(board, actor, asked))
    return Done()


def resume(board: Board, actor: Actor, asked: OneJob) -> Done:
    control.resume(board, actor, id_of(board, actor, asked))
    return Done()


def cancel(board: Board, actor: Actor, asked: OneJob) -> Done:
    control.cancel(board, actor, id_of(board, actor, asked))
    return Done()


def retry(board: Board, actor: Actor, asked: RetryQuery) -> Done:
    control.retry(board, actor, id_of(board, actor, asked), asked.type)
    return Done()


def pause_all(board: Board, actor: Actor, asked: Window) -> Done:
    """Only administrators may name a user."""
    control.in_bulk(board, actor, "pause", replace(filter_of_bulk(board, actor, asked, "pause"), status=ONGOING))
    return Done()


def resume_all(board: Board, actor: Actor, asked: Window) -> Done:
    where = replace(filter_of_bulk(board, actor, asked, "resume"), status=(Status.PAUSED,))
    control.in_bulk(board, actor, "resume", where)
    return Done()


def cancel_all(board: Board, actor: Actor, asked: Window) -> Done:
    """From others than administrators, it is about their own jobs alone, whomever they name."""
    own = asked if actor.may(Role.ADMIN) else asked.model_copy(update={"user": actor.name})
    where = replace(filter_of_bulk(board, actor, own, "cancel"), status=(*ONGOING, Status.PAUSED))
    control.in_bulk(board, actor, "cancel", where)
    return Done()


def tags(board: Board, actor: Actor, asked: TagsBody) -> UpdatedTags:
    """Replace a job's tags; without names they are taken away."""
    job_id = id_of(board, actor, asked)
    try:
        changes = JobChanges(tags=list(asked.names))
    except ValidationError:
        raise Invalid({"names": [NO_TAG]}) from None
    control.edit(board, actor, job_id, changes)
    with board.store.read() as session:
        return UpdatedTags(updated_tags=find_job(session, actor, str(job_id)).tags)


def id_of(board: Board, actor: Actor, asked: Any) -> int:
    """The id of the job that is asked about. Raises NotFound."""
    with board.store.read() as session:
        return find_job(session, actor, asked.job_id).id


def around(board: Board, session: Session, rows: list[JobRow]) -> Around:
    """The failures and folders of these jobs, a query each."""
    return Around(
        failures=job_summary.failures(session, [row.id for row in rows if row.failed]),
        folders=job_summary.folders(session, [row.id for row in rows]),
        exports=board.settings.home / "exports",
    )


def filter_of_window(actor: Actor, asked: Window) -> JobFilter:
    """Jobs of a time, by their start or else their submission: the last week unless told."""
    now = datetime.now(UTC)
    return JobFilter(
        started_from=asked.from_timestamp or now - WEEK,
        started_to=asked.to_timestamp or now,
        owner=(asked.user,) if asked.user else (),
        tags=asked.tags,
        project_id=() if actor.project_id is None else (actor.project_id,),
    )


def filter_of_bulk(board: Board, actor: Actor, asked: Window, verb: str) -> JobFilter:
    """The same for a bulk verb. Raises Forbidden when somebody else's jobs are named by one who may not."""
    if asked.user not in ("", actor.name) and not actor.may(Role.ADMIN):
        refusal = Forbidden(f"Only an administrator may name a user; leave user={asked.user[:80]} out, or ask one.")
        record_refusal(board, actor, f"{verb} many jobs", None, refusal)
        raise refusal
    return filter_of_window(actor, asked)


def filter_of_list(session: Session, actor: Actor, asked: ListQuery) -> JobFilter:
    """The filter that the thirteen parameters spell."""
    numbers = tuple(int(key) for key in asked.job_ids if is_number(key))
    one = jobs.by_ids(session, [int(asked.job_id)]) if is_number(asked.job_id) else []
    window = filter_of_window(actor, asked)
    if (asked.job_id or asked.job_ids) and asked.from_timestamp is None:
        window = replace(window, started_from=None)  # a job that is named is found however old it is
    return replace(
        window,
        status=asked.state,
        priority=() if asked.priority is None else (asked.priority,),
        pipeline_id=asked.pipeline_ids,
        review_state=asked.review_state,
        uuid_part=one[0].uuid if one else asked.job_id,
        ids=numbers,
        uuids=tuple(key for key in asked.job_ids if not is_number(key)),
        reviewer=(asked.reviewer,) if asked.reviewer else (),
    )


def is_number(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) < 19


def next_page(limit: int, offset: int) -> str:
    """The address of this list's next window, every filter kept."""
    kept = [(name, value) for name, value in repaired() if name not in ("limit", "offset")]
    return f"{request.path.rstrip('/')}?{urlencode([('limit', limit), ('offset', offset), *kept], safe=',')}"


DOORS = [
    Door("status", StatusQuery, status, JobStatus, "How a job stands.", changes=False),
    Door("get_logs", LogsQuery, get_logs, Logs, "What a job logged after an offset.", changes=False),
    Door("list", ListQuery, list_jobs, JobList, "Jobs, the newest first.", changes=False),
    Door("pause", OneJob, pause, Done, "Hold a running job."),
    Door("resume", OneJob, resume, Done, "Go on with a paused job."),
    Door("cancel", OneJob, cancel, Done, "End a running or paused job."),
    Door("retry", RetryQuery, retry, Done, "Try again what failed or stopped."),
    Door("pause_all", Window, pause_all, Done, "Hold every running job of a time."),
    Door("resume_all", Window, resume_all, Done, "Go on with every paused job of a time."),
    Door("cancel_all", Window, cancel_all, Done, "End every running or paused job of a time."),
    Door("tags", TagsBody, tags, UpdatedTags, "Replace the tags of a job.", method="POST"),
]
