"""How far the engine is with what was asked: requested, acknowledged, done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.jobs import Job
from models.people import Audit
from models.states import Status


@dataclass(frozen=True)
class AnswerRow:
    """One thing asked of one job, how far it is, and where the job stands now. Times are UTC."""

    audit_id: int
    job_id: int | None
    job: str | None  # its name; None when it is gone
    status: Status | None
    verb: str
    who: str
    via: str
    details: dict[str, Any]
    outcome: str
    reason: str | None
    requested_at: datetime
    acknowledged_at: datetime | None
    done_at: datetime | None


def by_ids(session: Session, audit_ids: Sequence[int]) -> list[AnswerRow]:
    """The answers to these requests, in the order in which they were made."""
    query = _rows().where(Audit.id.in_(audit_ids)).order_by(Audit.id)
    return [AnswerRow(**row._mapping) for row in session.execute(query)]


def of_job(session: Session, job_id: int, limit: int = 20) -> list[AnswerRow]:
    """What was asked of a job, the latest first."""
    query = _rows().where(Audit.job_id == job_id).order_by(Audit.requested_at.desc(), Audit.id.desc()).limit(limit)
    return [AnswerRow(**row._mapping) for row in session.execute(query)]


def _rows() -> Select[Any]:
    query: Select[Any] = select(*_ROW)
    return query.outerjoin(Job, Job.id == Audit.job_id)


_ROW: list[Any] = [
    Audit.id.label("audit_id"),
    Audit.job_id,
    Job.name.label("job"),
    Job.status,
    Audit.verb,
    Audit.who,
    Audit.via,
    Audit.details,
    Audit.outcome,
    Audit.reason,
    Audit.requested_at,
    Audit.acknowledged_at,
    Audit.done_at,
]
