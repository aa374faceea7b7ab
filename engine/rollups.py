"""Folds finished attempts into the rollup tables that the charts read."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base
from models.jobs import Attempt, Job
from models.rollups import DurationCount, StatusCount, bin_of
from models.states import FINAL
from models.store import Store

AT_ONCE = 500


def fold(store: Store, *, at_once: int = AT_ONCE) -> int:
    """Count the finished attempts that are not counted yet, `at_once` at most; how many there were."""
    with store.read() as session:
        if session.execute(_unfolded().limit(1)).first() is None:
            return 0
    with store.write() as session:
        rows = session.execute(_unfolded().limit(at_once).with_for_update(of=Attempt, skip_locked=True)).all()
        statuses: Counter[tuple[Any, ...]] = Counter()
        durations: Counter[tuple[Any, ...]] = Counter()
        for attempt, kind, pipeline_id in rows:
            night = (attempt.submitted_at - timedelta(hours=12)).date()
            statuses[night, kind, pipeline_id or 0, attempt.status] += 1
            for metric, value in (("queue", attempt.queue_ms), ("elapsed", attempt.elapsed_ms)):
                if value is not None:
                    durations[night, kind, pipeline_id or 0, metric, bin_of(value)] += 1
        if rows:
            _mark(session, [attempt for attempt, *_ in rows])
        _add(session, StatusCount, ("night", "type", "pipeline_id", "status"), statuses)
        _add(session, DurationCount, ("night", "type", "pipeline_id", "metric", "bin"), durations)
        return len(rows)


def _mark(session: Session, attempts: Sequence[Attempt]) -> None:
    """Say that these are counted, in one statement."""
    table = Attempt.__table__
    same = (table.c.job_id == bindparam("job"), table.c.number == bindparam("attempt"))
    statement = update(table).where(*same).values(folded=True)  # type: ignore[arg-type]
    session.connection().execute(statement, [{"job": each.job_id, "attempt": each.number} for each in attempts])


def _unfolded() -> Any:
    return (
        select(Attempt, Job.type, Job.pipeline_id)
        .join(Job, Job.id == Attempt.job_id)
        .where(Attempt.folded.is_(False), Attempt.finished_at.is_not(None), Attempt.status.in_(FINAL))
        .order_by(Attempt.finished_at)
    )


def _add(session: Session, table: type[Base], key: tuple[str, ...], counts: Counter[tuple[Any, ...]]) -> None:
    if not counts:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    attempts = table.__table__.c.attempts
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={"attempts": attempts + statement.excluded.attempts}
    )
    session.execute(statement, [dict(zip(key, values, strict=True)) | {"attempts": n} for values, n in counts.items()])
