"""Folds finished attempts into the rollup tables that the charts read."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base
from models.jobs import Attempt, Job
from models.rollups import DurationCount, StatusCount, bin_of
from models.states import FINAL
from models.store import Store

AT_ONCE = 500


def fold(store: Store) -> int:
    """Count the finished attempts that are not counted yet; how many there were."""
    with store.read() as session:
        if session.execute(_unfolded().limit(1)).first() is None:
            return 0
    with store.write() as session:
        rows = session.execute(_unfolded().limit(AT_ONCE).with_for_update(of=Attempt, skip_locked=True)).all()
        statuses: Counter[tuple[Any, ...]] = Counter()
        durations: Counter[tuple[Any, ...]] = Counter()
        for attempt, kind, pipeline_id in rows:
            night = (attempt.submitted_at - timedelta(hours=12)).date()
            statuses[night, kind, pipeline_id or 0, attempt.status] += 1
            for metric, value in (("queue", attempt.queue_ms), ("elapsed", attempt.elapsed_ms)):
                if value is not None:
                    durations[night, kind, pipeline_id or 0, metric, bin_of(value)] += 1
            session.execute(
                update(Attempt)
                .where(Attempt.job_id == attempt.job_id, Attempt.number == attempt.number)
                .values(folded=True)
            )
        _add(session, StatusCount, ("night", "type", "pipeline_id", "status"), statuses)
        _add(session, DurationCount, ("night", "type", "pipeline_id", "metric", "bin"), durations)
        return len(rows)


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
