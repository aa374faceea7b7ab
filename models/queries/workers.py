"""Who works, on what and how fast, and what each worker landed minute by minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from models.jobs import Job
from models.people import Audit
from models.rollups import WorkerMinute
from models.workers import Worker

ALIVE_S = 15.0  # a worker that gave no sign for longer is taken for dead
IDLE = "idle"
BUSY = "busy"
STOPPED = "stopped"  # alive, and stands still until somebody starts it again
GONE = "gone"

REMEMBERED = timedelta(hours=12)  # a worker that left is shown for so long
RATE_OVER = timedelta(minutes=5)
LEAST_BUSY_MS = 100  # less work than that tells no rate


@dataclass(frozen=True)
class WorkerRow:
    """One worker; times in UTC, memory in bytes."""

    name: str
    host: str
    pid: int
    state: str
    job_id: int | None
    captures_done: int
    memory_bytes: int
    started_at: datetime
    since: datetime
    seen_at: datetime


@dataclass(frozen=True)
class WorkerNow:
    """A worker as its page shows it; `images_per_s` is of the work of the last minutes, None when that tells none."""

    worker: WorkerRow
    job_name: str | None
    requested: str | None  # finish or halt
    requested_by: str | None
    images_per_s: float | None

    def is_silent(self, at: datetime) -> bool:
        """Whether it should be there and gives no sign of life."""
        return self.worker.state != GONE and self.worker.seen_at <= at - timedelta(seconds=ALIVE_S)


@dataclass(frozen=True)
class Minute:
    """What a worker landed in the minute that begins at `minute` (UTC)."""

    worker: str
    minute: datetime
    captures: int
    failed: int
    steps: int  # of stages without captures


def alive(session: Session, at: datetime) -> list[WorkerRow]:
    """Every worker that gave a sign of life lately, by name."""
    rows = session.scalars(
        select(Worker)
        .where(Worker.state != GONE, Worker.seen_at > at - timedelta(seconds=ALIVE_S))
        .order_by(Worker.name)
    )
    return [_row(row) for row in rows]


def count_idle(session: Session, at: datetime) -> int:
    """How many living workers have nothing to do."""
    return session.scalars(_IDLE, {"since": at - timedelta(seconds=ALIVE_S)}).one()


def count_alive(session: Session, at: datetime) -> int:
    """How many workers are at work, or would be if there were any."""
    living = select(func.count()).where(
        Worker.state.in_((IDLE, BUSY)), Worker.seen_at > at - timedelta(seconds=ALIVE_S)
    )
    return session.scalars(living).one()


def known(session: Session, at: datetime) -> list[WorkerNow]:
    """Every worker that is there or left lately, those at work first."""
    rows = session.execute(
        select(Worker, Job.name, Audit.who)
        .outerjoin(Job, Job.id == Worker.job_id)
        .outerjoin(Audit, Audit.id == Worker.control_id)
        .where(or_(Worker.state != GONE, Worker.seen_at > at - REMEMBERED))
    ).all()
    speed = _images_per_s(session, at)
    found = []
    for worker, job_name, who in rows:
        rate = None if worker.state == GONE else speed.get(worker.name)
        asked_by = who if worker.requested else None
        found.append(WorkerNow(_row(worker), job_name, worker.requested, asked_by, rate))
    order = {BUSY: 0, IDLE: 0, STOPPED: 1, GONE: 2}
    return sorted(found, key=lambda now: (order.get(now.worker.state, 0), now.worker.host, now.worker.name))


def minutes(session: Session, since: datetime) -> list[Minute]:
    """What every worker landed from `since` on (UTC), in the order of time."""
    query = select(
        WorkerMinute.worker, WorkerMinute.minute, WorkerMinute.captures, WorkerMinute.failed, WorkerMinute.steps
    )
    rows = session.execute(query.where(WorkerMinute.minute >= since).order_by(WorkerMinute.minute, WorkerMinute.worker))
    return [Minute(**row._mapping) for row in rows]


def _images_per_s(session: Session, at: datetime) -> dict[str, float]:
    captures, busy_ms = func.sum(WorkerMinute.captures), func.sum(WorkerMinute.busy_ms)
    rows = session.execute(
        select(WorkerMinute.worker, captures, func.sum(WorkerMinute.failed), busy_ms)
        .where(WorkerMinute.minute >= at - RATE_OVER)
        .group_by(WorkerMinute.worker)
    )
    return {
        worker: 1000 * int(done) / int(ms)
        for worker, done, failed, ms in rows
        if done and ms and int(done) > int(failed) and int(ms) >= LEAST_BUSY_MS
    }


def _row(row: Worker) -> WorkerRow:
    return WorkerRow(
        name=row.name,
        host=row.host,
        pid=row.pid,
        state=row.state,
        job_id=row.job_id,
        captures_done=row.captures_done,
        memory_bytes=row.memory_bytes,
        started_at=row.started_at,
        since=row.since,
        seen_at=row.seen_at,
    )


_IDLE = select(func.count()).where(Worker.state == IDLE, Worker.seen_at > bindparam("since", type_=Worker.seen_at.type))
