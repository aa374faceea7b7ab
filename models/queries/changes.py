"""What changed since a page last looked, and how the engine is: what live pages live on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from models.captures import Event
from models.jobs import Job
from models.queries.workers import ALIVE_S, BUSY, GONE
from models.revisions import Tombstone, latest
from models.states import Status
from models.workers import Worker

MOST = 500  # ids of one kind in one answer
MOST_FAILED = 100


@dataclass(frozen=True)
class Changes:
    """The ids of rows that changed after a rev, newest first, and the rev to ask from next time.

    `more` says that there were over MOST of a kind: a page then reads all that it shows again.
    `running` and `waiting` count jobs, so that a page knows how often to look; `failed` those of the last 24 hours, up
    to MOST_FAILED.
    """

    rev: int
    jobs: list[int]
    events: list[int]
    workers: list[str]
    gone: list[tuple[str, str]]  # (table, row) that were deleted
    running: int
    waiting: int
    failed: int
    more: bool


@dataclass(frozen=True)
class Health:
    """Who is at work, and what is."""

    workers: int  # that gave a sign of life lately
    busy: int
    lost: int  # that went silent without signing off
    running: int  # jobs
    waiting: int
    failed_lately: int  # jobs that ended in FAILURE or TIMEDOUT in the last 24 hours


def since(session: Session, rev: int) -> Changes:
    """What changed after `rev`; the rows are read after the counter, so nothing between is missed."""
    now = latest(session)
    jobs, events, workers = _first(session, _JOBS, rev), _first(session, _EVENTS, rev), _first(session, _WORKERS, rev)
    gone = [(row.table, row.row) for row in _after(session, _GRAVES, rev)]
    running, waiting = busy_jobs(session)
    return Changes(
        rev=now,
        jobs=jobs[:MOST],
        events=events[:MOST],
        workers=workers[:MOST],
        gone=gone[:MOST],
        running=running,
        waiting=waiting,
        failed=failed_lately(session, datetime.now(UTC), to_most=True),
        more=any(len(found) > MOST for found in (jobs, events, workers, gone)),
    )


def busy_jobs(session: Session) -> tuple[int, int]:
    """How many jobs run (or are being cancelled), and how many wait for a worker."""
    counts = dict(session.connection().execute(_BUSY).all())
    return counts.get(Status.STARTED, 0) + counts.get(Status.CANCELING, 0), counts.get(Status.PENDING, 0)


def health(session: Session, now: datetime) -> Health:
    """How the engine is at `now` (UTC)."""
    rows = session.execute(select(Worker.state, Worker.seen_at).where(Worker.state != GONE)).all()
    alive = [state for state, seen_at in rows if now - seen_at <= timedelta(seconds=ALIVE_S)]
    running, waiting = busy_jobs(session)
    return Health(
        workers=len(alive),
        busy=alive.count(BUSY),
        lost=len(rows) - len(alive),
        running=running,
        waiting=waiting,
        failed_lately=failed_lately(session, now),
    )


def failed_lately(session: Session, now: datetime, *, to_most: bool = False) -> int:
    """How many jobs ended in FAILURE or TIMEDOUT in the 24 hours before `now`; counting may stop at MOST_FAILED."""
    query = _FAILED_TO_MOST if to_most else _FAILED
    return int(session.connection().execute(query, {"since": now - timedelta(days=1)}).scalar_one())


def _first(session: Session, query: Select[Any], rev: int) -> list[Any]:
    return [row[0] for row in _after(session, query, rev)]


def _after(session: Session, query: Select[Any], rev: int) -> Sequence[Any]:
    return session.connection().execute(query, {"rev": rev}).all()


def _changed(rev: Any, *shown: Any) -> Select[Any]:
    """What changed after a rev, the latest first."""
    return select(*shown).where(rev > bindparam("rev")).order_by(rev.desc()).limit(MOST + 1)


# Each open page asks these at each change, so they are put together once.
_JOBS = _changed(Job.rev, Job.id)
_EVENTS = _changed(Event.rev, Event.id)
_WORKERS = _changed(Worker.rev, Worker.name)
_GRAVES = _changed(Tombstone.rev, Tombstone.table, Tombstone.row)
_BUSY = (
    select(Job.status, func.count())
    .where(Job.status.in_((Status.STARTED, Status.CANCELING, Status.PENDING)))
    .group_by(Job.status)
)
_ENDED_BADLY = select(Job.id).where(
    Job.status.in_((Status.FAILURE, Status.TIMEDOUT)), Job.finished_at >= bindparam("since")
)
_FAILED = select(func.count()).select_from(_ENDED_BADLY.subquery())
_FAILED_TO_MOST = select(func.count()).select_from(_ENDED_BADLY.limit(MOST_FAILED).subquery())
