"""Who works now, and on what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.workers import Worker

ALIVE_S = 15.0  # a worker that gave no sign for longer is taken for dead
IDLE = "idle"
BUSY = "busy"
GONE = "gone"


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


def alive(session: Session, at: datetime) -> list[WorkerRow]:
    """Every worker that gave a sign of life lately, by name."""
    rows = session.scalars(
        select(Worker)
        .where(Worker.state != GONE, Worker.seen_at > at - timedelta(seconds=ALIVE_S))
        .order_by(Worker.name)
    )
    return [
        WorkerRow(
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
        for row in rows
    ]


def count_idle(session: Session, at: datetime) -> int:
    """How many living workers have nothing to do."""
    waiting = select(func.count()).where(Worker.state == IDLE, Worker.seen_at > at - timedelta(seconds=ALIVE_S))
    return session.scalars(waiting).one()
