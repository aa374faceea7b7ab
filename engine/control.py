"""The one door for every verb: a button, each API dialect and the command line call these functions alike.

Each checks the right to do it, makes the transition and writes the audit row in one transaction, and rings the bell
after the commit. A verb that is refused changes nothing, and its refusal is in the audit too.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete as delete_from
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import life
from engine.access import Actor
from engine.board import Board
from engine.jobtypes import job_types
from engine.landing import show_counts
from engine.requests import ANY_TIME, NOT_NULL, JobChanges, JobRequest
from models.base import Base
from models.captures import Capture, Collection, Deployment, Event, Project
from models.jobs import Item, Job, Stage
from models.people import Audit, Role
from models.pipelines import Pipeline
from models.revisions import bury, touch
from models.states import ACTIVE, FINAL, IllegalMove, ItemState, Move, Status, allows, target

What = Literal["unsuccessful", "failed"]

SCOPES: dict[str, tuple[type[Base], str]] = {
    "deployment_id": (Deployment, "deployment"),
    "event_id": (Event, "night"),
    "collection_id": (Collection, "collection"),
    "capture_id": (Capture, "capture"),
}


class Refusal(Exception):
    """A verb that was not done, and in one sentence why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    """There is no such job, or not for this actor."""


class Forbidden(Refusal):
    """The actor's role or project does not allow this."""


class Illegal(Refusal):
    """The job's state does not allow this."""


class Invalid(Refusal):
    """The request is wrong; `fields` says where."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for sentences in fields.values() for sentence in sentences))
        self.fields = fields


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


def submit(board: Board, actor: Actor, request: JobRequest, *, start_now: bool) -> Answer:
    """Write a job down, and start it if asked. Raises Forbidden or Invalid."""
    refuse_unless(board, actor, Role.OPERATOR, "submit")
    with board.store.write() as session:
        at = board.store.clock(session)
        fields = request.model_dump()
        fields["seed"] = random.randrange(2**31) if request.seed is None else request.seed
        job = Job(**fields, owner_id=actor.user_id, created_at=at, updated_at=at, status=Status.CREATED)
        _check(session, actor, job)
        session.add(job)
        session.flush()
        life.lay_out_stages(session, job)
        audit = _record(session, actor, "submit", job, at)
        if start_now:
            life.move(session, job, Move.RUN, at)
        else:
            audit.acknowledged_at = audit.done_at = at
        touch(session, Job, job.id)
        session.flush()
        answer = _answer(job, audit)
    if start_now:
        board.bell.ring(job.id, job.attempt)
    return answer


def run(board: Board, actor: Actor, job_id: int) -> Answer:
    """Start a job that was never submitted; a final one is retried. Illegal on an active one."""

    def start(session: Session, job: Job, at: datetime) -> None:
        if job.status in FINAL:
            _reopen(session, job, at, "unsuccessful")
        else:
            life.move(session, job, Move.RUN, at)

    return _verb(board, actor, job_id, "run", start, rings=True)


def cancel(board: Board, actor: Actor, job_id: int) -> Answer:
    """End a job. One that workers hold ends as soon as they have let go, within their grace."""

    def end(session: Session, job: Job, at: datetime) -> None:
        life.move(session, job, Move.CANCEL, at, cause="cancelled")
        if job.status == Status.CANCELING:
            job.requested, job.requested_at = life.CANCEL, at
            life.settle(session, job, at)

    answer = _verb(board, actor, job_id, "cancel", end)
    board.bell.silence(job_id)
    return answer


def pause(board: Board, actor: Actor, job_id: int) -> Answer:
    """Hold a job where it stands. One that workers hold is paused as soon as they have let go."""

    def hold(session: Session, job: Job, at: datetime) -> None:
        target(job.status, Move.PAUSE)
        if job.status == Status.STARTED and life.is_claimed(session, job):
            job.requested, job.requested_at = life.PAUSE, at
            touch(session, Job, job.id)
        else:
            life.move(session, job, Move.PAUSE, at)
            life.answer(session, job, at)

    answer = _verb(board, actor, job_id, "pause", hold)
    board.bell.silence(job_id)
    return answer


def resume(board: Board, actor: Actor, job_id: int) -> Answer:
    """Go on with a paused job, in the same attempt."""
    return _verb(board, actor, job_id, "resume", lambda s, job, at: life.move(s, job, Move.RESUME, at), rings=True)


def retry(board: Board, actor: Actor, job_id: int, what: What = "unsuccessful") -> Answer:
    """Try again what did not succeed, or only what failed, in a new attempt. No success is repeated."""
    return _verb(board, actor, job_id, "retry", lambda s, job, at: _reopen(s, job, at, what), rings=True)


def edit(board: Board, actor: Actor, job_id: int, changes: JobChanges) -> Answer:
    """Change a job. What decides its work can only change before it was first submitted."""
    wanted = {name: getattr(changes, name) for name in changes.model_fields_set}
    wanted = {name: value for name, value in wanted.items() if value is not None or name not in NOT_NULL}

    def change(session: Session, job: Job, at: datetime) -> None:
        if job.attempt and (fixed := sorted(set(wanted) - ANY_TIME)):
            raise Illegal(f"{', '.join(fixed)} of a job can only change before it was first started; make a new job.")
        for name, value in wanted.items():
            setattr(job, name, value)
        if set(wanted) - ANY_TIME:
            _check(session, actor, job)
            session.execute(delete_from(Stage).where(Stage.job_id == job.id))
            life.lay_out_stages(session, job)
        if "timeout_ms" in wanted and job.status in ACTIVE:
            job.deadline_at = life.deadline(job)
        job.updated_at = at
        touch(session, Job, job.id)

    return _verb(board, actor, job_id, "edit", change, details=changes.model_dump(exclude_unset=True), done=True)


def delete(board: Board, actor: Actor, job_id: int) -> None:
    """Delete a job with its items and logs; its results stay. Illegal while it is active."""

    def remove(session: Session, job: Job, _at: datetime) -> None:
        if job.status in ACTIVE:
            raise Illegal(f"A job that is {job.status} cannot be deleted; cancel it first.")
        session.flush()
        session.expunge(job)
        session.execute(delete_from(Job).where(Job.id == job_id))
        bury(session, Job, job_id)

    _verb(board, actor, job_id, "delete", remove, done=True)


def _verb(
    board: Board,
    actor: Actor,
    job_id: int,
    verb: str,
    do: Callable[[Session, Job, datetime], None],
    *,
    rings: bool = False,
    done: bool = False,
    details: dict[str, Any] | None = None,
) -> Answer:
    """Do one verb on one job in one transaction, with its right, its audit row and its bell."""
    refuse_unless(board, actor, Role.OPERATOR, verb, job_id)
    try:
        with board.store.write() as session:
            job = life.hold(session, job_id)
            if job is None or actor.project_id not in (None, job.project_id):
                raise NotFound(f"There is no job {job_id}.")
            at = board.store.clock(session)
            audit = _record(session, actor, verb, job, at, details)
            try:
                do(session, job, at)
            except IllegalMove as illegal:
                raise Illegal(str(illegal)) from None
            if done:
                audit.acknowledged_at = audit.done_at = at
            session.flush()
            answer, attempt = _answer(job, audit), job.attempt
    except Refusal as refusal:
        _record_refusal(board, actor, verb, job_id, refusal)
        raise
    if rings:
        board.bell.ring(job_id, attempt)
    return answer


def refuse_unless(board: Board, actor: Actor, role: Role, verb: str, job_id: int | None = None) -> None:
    """Raise Forbidden, and write it down, unless the actor has this role."""
    if actor.role.rank < role.rank:
        refusal = Forbidden(f"{actor.name} is a {actor.role}; to {verb} a job needs an {role}. Ask an administrator.")
        _record_refusal(board, actor, verb, job_id, refusal)
        raise refusal


def _record(
    session: Session, actor: Actor, verb: str, job: Job, at: datetime, details: dict[str, Any] | None = None
) -> Audit:
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


def _record_refusal(board: Board, actor: Actor, verb: str, job_id: int | None, refusal: Refusal) -> None:
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


def _answer(job: Job, audit: Audit) -> Answer:
    return Answer(job.id, audit.verb, job.status, audit.id, audit.requested_at, audit.acknowledged_at, audit.done_at)


def _check(session: Session, actor: Actor, job: Job) -> None:
    """Raise Invalid unless the job's type and all it refers to exist, in its project, and fit together."""
    wrong: dict[str, list[str]] = {}
    if session.get(Project, job.project_id) is None or actor.project_id not in (None, job.project_id):
        wrong["project_id"] = [f"There is no project {job.project_id}."]
    for name, (table, word) in SCOPES.items():
        key = getattr(job, name)
        if key is not None and _project_of(session, table, key) != job.project_id:
            wrong[name] = [f"There is no {word} {key} in project {job.project_id}."]
    pipeline = session.get(Pipeline, job.pipeline_id) if job.pipeline_id is not None else None
    if job.pipeline_id is not None and (pipeline is None or not pipeline.enabled):
        wrong["pipeline_id"] = [f"There is no pipeline {job.pipeline_id} that can be used."]
    kind = job_types().get(job.type)
    if kind is None:
        wrong["type"] = [f"{job.type!r} is not a job type; there are {', '.join(sorted(job_types()))}."]
    elif not wrong:
        wrong = kind.check(session, job)
    if wrong:
        raise Invalid(wrong)


def _project_of(session: Session, table: type[Base], key: int) -> int | None:
    row: Any = session.get(table, key)
    if row is None:
        return None
    return int(row.deployment.project_id if isinstance(row, Event | Capture) else row.project_id)


def _reopen(session: Session, job: Job, at: datetime, what: What) -> None:
    """Put back what did not succeed and begin a new attempt."""
    if not allows(job.status, Move.RETRY):
        raise IllegalMove(job.status, Move.RETRY)
    if job.status == Status.SUCCESS and not job.failed:
        raise Illegal("Every capture of this job succeeded, so there is nothing to retry. Rerun it as a new job.")
    if what == "failed" and not job.failed:
        raise Illegal("No capture of this job failed. Retry all that did not succeed instead.")
    reopened = False
    for stage in session.scalars(select(Stage).where(Stage.job_id == job.id).order_by(Stage.position)):
        reopened = _reopen_stage(session, stage, anew=reopened) or reopened
    failed = select(func.count()).where(
        Item.job_id == job.id, Item.capture_id.is_not(None), Item.state == ItemState.FAILED
    )
    job.failed = session.scalars(failed).one()
    _show_reopened(session, job)
    life.move(session, job, Move.RETRY, at)


def _reopen_stage(session: Session, stage: Stage, *, anew: bool) -> bool:
    """Reopen a stage that did not succeed, or that stands behind one which did not; whether it was."""
    repeat = {ItemState.FAILED, ItemState.STOPPED, ItemState.WAITING}
    if anew and not stage.over_captures:
        repeat |= {ItemState.DONE}
    session.execute(
        update(Item)
        .where(Item.stage_id == stage.id, Item.state.in_(repeat))
        .values(state=ItemState.WAITING, tries=0, error=None, error_kind=None, finished_at=None, attempt=None)
        .values(cursor=None if anew else Item.cursor)
        .execution_options(synchronize_session=False)
    )
    waiting = select(func.count()).where(Item.stage_id == stage.id, Item.state == ItemState.WAITING)
    stage.open_items = session.scalars(waiting).one()
    if not stage.open_items and stage.status == Status.SUCCESS:
        return False
    stage.status, stage.finished_at = Status.CREATED, None
    if not stage.over_captures:
        stage.progress = 0.0
    return True


def _show_reopened(session: Session, job: Job) -> None:
    stages = session.scalars(select(Stage).where(Stage.job_id == job.id).order_by(Stage.position)).all()
    for stage in stages:
        if stage.over_captures and stage.total_items:
            show_counts(session, job, stage)
    first = next(stage for stage in stages if stage.status == Status.CREATED)
    job.stage_id = first.id
    job.progress = sum(stage.progress for stage in stages) / len(stages)
