"""How long work will take, from what captures cost lately and who is there to do it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.jobs import Job
from models.queries.workers import alive
from models.states import Status

LATELY = 20  # jobs of a pipeline, the latest first, whose cost counts


@dataclass(frozen=True)
class Pace:
    """ms that one capture cost one worker lately, from `low_ms` to `high_ms` (None when it was never run); the workers
    on duty, and the jobs that wait or run already."""

    low_ms: float | None
    high_ms: float | None
    workers: int
    ahead: int


def pace(session: Session, pipeline_id: int | None, at: datetime) -> Pace:
    """The pace of a pipeline: of its latest jobs the middle half."""
    latest = (
        select(Job.cost_ms)
        .where(Job.pipeline_id == pipeline_id, Job.cost_ms.is_not(None), Job.processed > Job.skipped)
        .order_by(Job.id.desc())
        .limit(LATELY)
    )
    costs = sorted(float(cost) for cost in session.scalars(latest) if cost is not None)
    busy = select(func.count(Job.id)).where(Job.status.in_((Status.PENDING, Status.STARTED)))
    return Pace(
        low_ms=costs[len(costs) // 4] if costs else None,
        high_ms=costs[(3 * len(costs)) // 4] if costs else None,
        workers=len(alive(session, at)),
        ahead=session.scalars(busy).one(),
    )
