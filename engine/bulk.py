"""A verb over many jobs: an operation that goes through them by id, some at a time, with progress of its own."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from engine.access import Actor
from models.jobs import Job
from models.operations import Operation
from models.queries.job_filter import JobFilter
from models.queries.job_search import narrowed
from models.revisions import touch
from models.states import FINAL, TRANSITIONS, Move, Status

BulkVerb = Literal["run", "cancel", "pause", "resume", "retry", "priority", "tag"]
AT_ONCE = 50
LEASE = timedelta(seconds=30)  # far longer than AT_ONCE jobs take: whoever held an operation for so long is gone
MOVES: dict[BulkVerb, Move] = {
    "run": Move.RUN,
    "cancel": Move.CANCEL,
    "pause": Move.PAUSE,
    "resume": Move.RESUME,
    "retry": Move.RETRY,
}
_filters = TypeAdapter(JobFilter)
_actors = TypeAdapter(Actor)


@dataclass(frozen=True)
class OperationRow:
    """How far an operation is: jobs that matched, done, refused; `finished_at` in UTC, None while it goes on."""

    id: int
    verb: BulkVerb
    total: int
    done: int
    refused: int
    refusals: dict[str, int]
    finished_at: datetime | None


def begin(
    session: Session,
    actor: Actor,
    verb: BulkVerb,
    where: JobFilter,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> int:
    """Write down an operation over the jobs that match now and whose state allows the verb; its id.

    Whoever begins it holds it, as if by `take`.
    """
    matching = select(func.count(Job.id), func.max(Job.id)).where(*_concerned(session, actor, verb, where))
    total, last = session.execute(matching).one()
    operation = Operation(
        verb=verb,
        where=_filters.dump_python(where, mode="json"),
        who=_actors.dump_python(actor, mode="json"),
        details=details or {},
        total=total,
        last_job_id=last or 0,
        requested_at=at,
        held_until=at + LEASE,
        finished_at=None if total else at,
    )
    session.add(operation)
    session.flush()
    touch(session, Operation, operation.id)
    return operation.id


def concerned(session: Session, actor: Actor, verb: BulkVerb, where: JobFilter) -> int:
    """How many of the jobs that match are in a state that allows the verb: what a question before it names."""
    return session.scalars(select(func.count(Job.id)).where(*_concerned(session, actor, verb, where))).one()


def _concerned(session: Session, actor: Actor, verb: BulkVerb, where: JobFilter) -> list[ColumnElement[bool]]:
    own = [] if actor.project_id is None else [Job.project_id == actor.project_id]
    return [*narrowed(session, where), *_allowing(verb), *own]


def _allowing(verb: BulkVerb) -> list[ColumnElement[bool]]:
    """Which states allow the verb; a tag is for any job, a priority for one that may still run."""
    if verb == "tag":
        return []
    if verb == "priority":
        return [Job.status.not_in(sorted(FINAL))]
    found: list[ColumnElement[bool]] = [Job.status.in_(tuple(TRANSITIONS[MOVES[verb]]))]
    if verb == "retry":
        found.append(or_(Job.status != Status.SUCCESS, Job.failed > 0))
    return found


def take(session: Session, operation_id: int, at: datetime) -> bool:
    """Hold an operation that nobody holds, so as to go through it; False where it is held, or through."""
    is_free = or_(Operation.held_until.is_(None), Operation.held_until < at)
    this = update(Operation).where(Operation.id == operation_id, Operation.finished_at.is_(None), is_free)
    taken = session.execute(this.values(held_until=at + LEASE))
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def leave(session: Session, operation_id: int) -> None:
    """Let somebody else go on with it."""
    session.get_one(Operation, operation_id).held_until = None


def next_jobs(session: Session, operation_id: int) -> tuple[Actor, BulkVerb, dict[str, Any], list[int]]:
    """Who asked for what, its details, and the next jobs to do it to; no jobs when the operation is through."""
    operation = session.get_one(Operation, operation_id)
    actor = _actors.validate_python(operation.who)
    verb: BulkVerb = operation.verb  # type: ignore[assignment]  # `begin` wrote it
    where = _filters.validate_python(operation.where)
    span = (Job.id > operation.reached) & (Job.id <= operation.last_job_id)
    ids = select(Job.id).where(span, *_concerned(session, actor, verb, where)).order_by(Job.id).limit(AT_ONCE)
    return actor, verb, operation.details, list(session.scalars(ids))


def note(session: Session, operation_id: int, jobs: list[int], refusals: Counter[str], at: datetime) -> None:
    """Write down how the verb went on these jobs, and hold the operation on; without jobs it is through."""
    operation = session.get_one(Operation, operation_id, with_for_update=True)
    if jobs and jobs[-1] > operation.reached:
        operation.reached = jobs[-1]
        operation.refused += refusals.total()
        operation.done += len(jobs) - refusals.total()
        operation.refusals = dict(Counter(operation.refusals) + refusals)
    operation.held_until = at + LEASE
    if not jobs:
        operation.finished_at = operation.finished_at or at
    touch(session, Operation, operation_id)


def unfinished(session: Session) -> list[int]:
    """The operations that are not through, oldest first; of one that is held `take` says so."""
    return list(session.scalars(select(Operation.id).where(Operation.finished_at.is_(None)).order_by(Operation.id)))


def unfinished_of(session: Session, actor: Actor) -> int | None:
    """The latest operation of this person that is not through, so that its progress is shown again after a reload."""
    rows = session.execute(
        select(Operation.id, Operation.who).where(Operation.finished_at.is_(None)).order_by(Operation.id.desc())
    )
    return next((row.id for row in rows if row.who["user_id"] == actor.user_id), None)


def row_of(session: Session, operation_id: int) -> OperationRow:
    """The operation as it stands."""
    operation = session.get_one(Operation, operation_id)
    names = OperationRow.__dataclass_fields__
    return OperationRow(**{name: getattr(operation, name) for name in names})
