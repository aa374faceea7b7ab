"""What the charts read: finished attempts folded into counts and bins, and what each worker landed by the minute."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base
from models.jobs import Attempt, Job
from models.rollups import (
    ALL_STATIONS,
    ALL_WORKERS,
    DurationCount,
    MonthCount,
    StatusCount,
    WorkerHour,
    WorkerMinute,
    bin_of,
)
from models.states import FINAL
from models.store import Store

AT_ONCE = 500
MINUTES_KEPT = timedelta(days=3)  # a map of minutes is of the last hours; older work is read by the hour
Counts = Counter[tuple[Any, ...]]


def fold(store: Store, *, at_once: int = AT_ONCE) -> int:
    """Count the finished attempts that are not counted yet, `at_once` at most; how many there were."""
    with store.read() as session:
        if session.execute(_unfolded().limit(1)).first() is None:
            return 0
    with store.write() as session:
        rows = session.execute(_unfolded().limit(at_once).with_for_update(of=Attempt, skip_locked=True)).all()
        statuses: Counts = Counter()
        durations: Counts = Counter()
        months: Counts = Counter()
        for attempt, kind, pipeline_id, deployment_id in rows:
            night = (attempt.submitted_at - timedelta(hours=12)).date()
            taken = [
                (metric, bin_of(ms))
                for metric, ms in (("queue", attempt.queue_ms), ("elapsed", attempt.elapsed_ms))
                if ms is not None
            ]
            what = (kind, pipeline_id or 0)
            for worker in {ALL_WORKERS, attempt.worker or ALL_WORKERS}:
                months.update((worker, *each, night.replace(day=1), *what) for each in taken)
                for station in {ALL_STATIONS, deployment_id or ALL_STATIONS}:
                    statuses[worker, station, night, *what, attempt.status] += 1
                    durations.update((worker, station, metric, night, number, *what) for metric, number in taken)
        if rows:
            _mark(session, [attempt for attempt, *_ in rows])
        _add_attempts(
            session, StatusCount, ("worker", "deployment_id", "night", "type", "pipeline_id", "status"), statuses
        )
        _add_attempts(
            session,
            DurationCount,
            ("worker", "deployment_id", "metric", "night", "bin", "type", "pipeline_id"),
            durations,
        )
        _add_attempts(session, MonthCount, ("worker", "metric", "bin", "month", "type", "pipeline_id"), months)
        return len(rows)


def _mark(session: Session, attempts: Sequence[Attempt]) -> None:
    """Say that these are counted, in one statement."""
    table = Attempt.__table__
    same = (table.c.job_id == bindparam("job"), table.c.number == bindparam("attempt"))
    statement = update(table).where(*same).values(folded=True)  # type: ignore[arg-type]
    session.connection().execute(statement, [{"job": each.job_id, "attempt": each.number} for each in attempts])


def tally(
    session: Session, worker: str, job: Job, at: datetime, *, captures: int = 0, failed: int = 0, busy_ms: float = 0.0
) -> None:
    """Note in the landing's own transaction what a worker landed; nothing but a step when there are no captures."""
    minute = at.replace(second=0, microsecond=0)
    work = {"captures": captures, "failed": failed, "busy_ms": round(busy_ms)}
    key = {"minute": minute, "worker": worker}
    _add(session, WorkerMinute, tuple(key), [key | work | {"steps": 0 if captures else 1}])
    if captures:
        what = {"type": job.type, "pipeline_id": job.pipeline_id or 0, "deployment_id": job.deployment_id or 0}
        of_hour = {"hour": minute.replace(minute=0), "worker": worker, **what}
        _add(session, WorkerHour, tuple(of_hour), [of_hour | work])


def forget_minutes(store: Store) -> int:
    """Delete the minutes that no map shows any more; how many there were."""
    with store.read() as session:
        before = store.clock(session) - MINUTES_KEPT
        old = WorkerMinute.minute < before
        if session.execute(select(WorkerMinute.minute).where(old).limit(1)).first() is None:
            return 0
    with store.write() as session:
        return int(session.execute(delete(WorkerMinute).where(old)).rowcount)  # type: ignore[attr-defined]


def _unfolded() -> Any:
    return (
        select(Attempt, Job.type, Job.pipeline_id, Job.deployment_id)
        .join(Job, Job.id == Attempt.job_id)
        .where(Attempt.folded.is_(False), Attempt.finished_at.is_not(None), Attempt.status.in_(FINAL))
        .order_by(Attempt.finished_at)
    )


def _add_attempts(session: Session, table: type[Base], key: tuple[str, ...], counts: Counts) -> None:
    _add(session, table, key, [dict(zip(key, values, strict=True)) | {"attempts": n} for values, n in counts.items()])


def _add(session: Session, table: type[Base], key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Add these counts to the rows with the same key, or make the rows."""
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    counted = [name for name in rows[0] if name not in key]
    sums = {name: table.__table__.c[name] + statement.excluded[name] for name in counted}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=sums), rows)
