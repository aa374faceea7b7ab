"""The record of what was asked: by whom, from where, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.board import Board
from engine.refusals import Forbidden, Refusal
from models.jobs import Job
from models.people import Audit, Role
from models.states import Status


@dataclass(frozen=True)
class Answer:
    """What became of a verb: requested, acknowledged by the engine, done."""

    job_id: int
    verb: str
    status: Status
    audit_id: int
    requested_at: datetime
    acknowledged_at: datetime | None
    done_at: datetime | None


def record(
    session: Session, actor: Actor, verb: str, job: Job, at: datetime, details: dict[str, Any] | None = None
) -> Audit:
    """Write down that a verb was accepted for a job; it becomes what the job's page shows as asked last."""
    audit = Audit(
        requested_at=at,
        user_id=actor.user_id,
        who=actor.name,
        via=actor.via,
        verb=verb,
        job_id=job.id,
        details=details or {},
    )
    session.add(audit)
    session.flush()
    job.control_id = audit.id
    return audit


def record_of_all(
    session: Session, actor: Actor, verb: str, at: datetime, details: dict[str, Any], *, done: bool = False
) -> Audit:
    """Write down a verb that is about no single job, but about a queue or a worker."""
    heard = at if done else None
    audit = Audit(
        requested_at=at,
        acknowledged_at=heard,
        done_at=heard,
        user_id=actor.user_id,
        who=actor.name,
        via=actor.via,
        verb=verb,
        details=details,
    )
    session.add(audit)
    session.flush()
    return audit


def record_refusal(board: Board, actor: Actor, verb: str, job_id: int | None, refusal: Refusal) -> None:
    """Write down, in a transaction of its own, that a verb was refused."""
    with board.store.write() as session:
        session.add(
            Audit(
                requested_at=board.store.clock(session),
                user_id=actor.user_id,
                who=actor.name,
                via=actor.via,
                verb=verb,
                job_id=job_id,
                outcome="refused",
                reason=refusal.message,
            )
        )


def refuse_unless(board: Board, actor: Actor, role: Role, verb: str, job_id: int | None = None) -> None:
    """Raise Forbidden, and write it down, unless the actor has this role."""
    if not actor.may(role):
        refusal = Forbidden(f"{actor.name} is a {actor.role}; to {verb} takes an {role}. Ask an administrator.")
        record_refusal(board, actor, verb, job_id, refusal)
        raise refusal


def answer_of(job: Job, audit: Audit) -> Answer:
    """The audit row as the answer to whoever asked."""
    return Answer(job.id, audit.verb, job.status, audit.id, audit.requested_at, audit.acknowledged_at, audit.done_at)
