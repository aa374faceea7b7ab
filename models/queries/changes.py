"""What changed since a page last looked, and how the engine is: what live pages live on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
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
    jobs = _changed(session, Job.id, Job.rev, rev)
    events = _changed(session, Event.id, Event.rev, rev)
    workers = _changed(session, Worker.name, Worker.rev, rev)
    graves = select(Tombstone.table, Tombstone.row).where(Tombstone.rev > rev).order_by(Tombstone.rev.desc())
    gone = [(table, row) for table, row in session.execute(graves.limit(MOST + 1))]
    running, waiting = busy_jobs(session)
    return Changes(
        rev=now,
        jobs=jobs[:MOST],
        events=events[:MOST],
        workers=workers[:MOST],
        gone=gone[:MOST],
        running=running,
        waiting=waiting,
        failed=failed_lately(session, datetime.now(UTC), MOST_FAILED),
        more=any(len(found) > MOST for found in (jobs, events, workers, gone)),
    )


def busy_jobs(session: Session) -> tuple[int, int]:
    """How many jobs run (or are being cancelled), and how many wait for a worker."""
    watched = (Status.STARTED, Status.CANCELING, Status.PENDING)
    counts = dict(
        session.execute(select(Job.status, func.count()).where(Job.status.in_(watched)).group_by(Job.status)).all()
    )
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


def failed_lately(session: Session, now: datetime, most: int | None = None) -> int:
    """How many jobs ended in FAILURE or TIMEDOUT in the 24 hours before `now`; counting stops at `most`."""
    ended_badly = Job.status.in_((Status.FAILURE, Status.TIMEDOUT))
    lately = select(Job.id).where(ended_badly, Job.finished_at >= now - timedelta(days=1)).limit(most).subquery()
    return session.scalars(select(func.count()).select_from(lately)).one()


def _changed(session: Session, key: Any, column: Any, rev: int) -> list[Any]:
    return list(session.scalars(select(key).where(column > rev).order_by(column.desc()).limit(MOST + 1)))
