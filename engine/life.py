"""The life of a job: the one function that makes transitions, and what follows when something has ended.

Every function here works inside the caller's transaction, on a job that `hold` has locked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine import standing
from engine.jobtypes import job_types
from models.jobs import Attempt, Item, Job, Log, Stage
from models.people import Audit
from models.queries.job_life import status_line
from models.revisions import touch
from models.states import FINAL, ItemState, Move, Status, target

CANCEL = "cancel"
PAUSE = "pause"


class LostRaceError(RuntimeError):
    """Somebody else changed the job first; roll back and look again."""


@dataclass(frozen=True)
class Line:
    """A line of a job's log."""

    message: str
    level: str = "INFO"
    stage: str | None = None


def hold(session: Session, job_id: int) -> Job | None:
    """The job, locked until the end of this transaction; None when there is none."""
    return session.scalars(
        select(Job).where(Job.id == job_id).with_for_update(of=Job).execution_options(populate_existing=True)
    ).one_or_none()


def write_log(session: Session, job: Job, lines: Iterable[Line], at: datetime) -> None:
    """Append lines to the job's log; their numbers follow on without a hole."""
    rows = [
        {
            "job_id": job.id,
            "seq": job.log_seq + number,
            "attempt": job.attempt,
            "stage": line.stage,
            "level": line.level,
            "at": at,
            "message": line.message,
        }
        for number, line in enumerate(lines, start=1)
    ]
    if rows:
        session.execute(insert(Log), rows)
        job.log_seq += len(rows)


def move(
    session: Session, job: Job, step: Move, at: datetime, cause: str | None = None, *, worker: str | None = None
) -> None:
    """Make one transition, by compare-and-set on (status, attempt), and stamp its times; of a claim also whose it is.

    Raises IllegalMove when the state forbids it and LostRaceError when the job is no longer what it was.
    """
    before, after = job.status, target(job.status, step)
    session.flush()
    changed = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.status == before, Job.attempt == job.attempt)
        .values(status=after, updated_at=at)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LostRaceError(f"job {job.id} is no longer {before} in its attempt {job.attempt}")
    session.refresh(job)
    match after:
        case Status.PENDING if step in (Move.RUN, Move.RETRY):
            _open_attempt(session, job, at)
        case Status.PENDING:
            _end_pause(session, job, at)
        case Status.STARTED:
            _start(session, job, at, worker)
        case Status.PAUSED:
            job.paused_at = at
            job.requested = job.requested_at = None
        case _ if after in FINAL:
            _finish(session, job, at, cause)
    attempt = session.get(Attempt, (job.id, job.attempt))
    if attempt is not None:
        attempt.status = after
    write_log(session, job, [Line(status_line(job.id, before, after))], at)
    touch(session, Job, job.id)


def _open_attempt(session: Session, job: Job, at: datetime) -> None:
    job.attempt += 1
    job.submitted_at = at
    job.started_at = job.finished_at = job.served_at = job.paused_at = None
    job.elapsed_ms = None
    job.paused_ms = 0
    job.cause = job.worker = job.requested = job.requested_at = None
    job.deadline_at = deadline(job)
    session.add(Attempt(job_id=job.id, number=job.attempt, status=Status.PENDING, submitted_at=at))
    if not session.scalars(select(Stage.id).where(Stage.job_id == job.id).limit(1)).first():
        lay_out_stages(session, job)
    session.flush()


def deadline(job: Job) -> datetime | None:
    """When the job's timeout ends it: ms from its submission, pauses included."""
    if job.timeout_ms is None or job.submitted_at is None:
        return None
    return job.submitted_at + timedelta(milliseconds=job.timeout_ms)


def lay_out_stages(session: Session, job: Job) -> None:
    """Write the stages of the job's type, each without captures with its one item."""
    for position, plan in enumerate(job_types()[job.type].plan(job)):
        params = [{"key": key, "name": name, "value": ""} for key, name in plan.params]
        stage = Stage(
            job_id=job.id,
            position=position,
            key=plan.key,
            name=plan.name,
            over_captures=plan.over_captures,
            params=params,
        )
        if not plan.over_captures:
            stage.open_items = stage.total_items = 1
        session.add(stage)
        session.flush()
        if not plan.over_captures:
            session.add(Item(job_id=job.id, stage_id=stage.id, position=0))
        if position == 0:
            job.stage_id = stage.id


def _start(session: Session, job: Job, at: datetime, worker: str | None) -> None:
    attempt = session.get_one(Attempt, (job.id, job.attempt))
    if job.started_at is None:
        job.started_at = attempt.started_at = at
        job.worker = attempt.worker = worker
        attempt.queue_ms = milliseconds(attempt.submitted_at, at)
        if job.attempt == 1:
            job.queue_ms = attempt.queue_ms
    stage = session.get_one(Stage, job.stage_id)
    if stage.status != Status.STARTED:
        _begin(stage, at)


def _begin(stage: Stage, at: datetime) -> None:
    """A stage is worked on, for the first time or again."""
    if stage.started_at is None:
        stage.started_at, stage.worked_ms = at, 0
    stage.status, stage.begun_at, stage.finished_at = Status.STARTED, at, None


def stop_clock(stage: Stage, at: datetime) -> None:
    """A stage is not worked on any more, in this attempt."""
    if stage.begun_at is not None and stage.worked_ms is not None:
        stage.worked_ms += milliseconds(stage.begun_at, at)
    stage.begun_at = None


def _end_pause(session: Session, job: Job, at: datetime) -> None:
    if job.paused_at is not None:
        job.paused_ms += milliseconds(job.paused_at, at)
        session.get_one(Attempt, (job.id, job.attempt)).paused_ms = job.paused_ms
        job.paused_at = None


def _finish(session: Session, job: Job, at: datetime, cause: str | None) -> None:
    _end_pause(session, job, at)
    job.finished_at = at
    job.cause = cause
    job.requested = job.requested_at = None
    job.deadline_at = None
    attempt = session.get(Attempt, (job.id, job.attempt))
    if attempt is not None:
        attempt.finished_at = at
        attempt.cause = cause
        if job.started_at is not None:
            job.elapsed_ms = attempt.elapsed_ms = milliseconds(job.started_at, at)
    session.execute(
        update(Item)
        .where(Item.job_id == job.id, Item.state == ItemState.CLAIMED)
        .values(state=ItemState.WAITING, claim=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    if job.stopped:
        _let_go(session, job, at)
    for stage in session.scalars(select(Stage).where(Stage.job_id == job.id, Stage.status.not_in(FINAL))):
        stage.status = job.status if stage.status == Status.STARTED else Status.REVOKED
        stage.finished_at = at
        stop_clock(stage, at)
    answer(session, job, at)


def _let_go(session: Session, job: Job, at: datetime) -> None:
    """Captures that waited for a verdict in this job wait no longer; what was found on them is kept for a retry."""
    stopped = select(Item.capture_id, Item.result_id).where(Item.job_id == job.id, Item.state == ItemState.STOPPED)
    results = {capture: result for capture, result in session.execute(stopped) if capture is not None}
    unread = [capture for capture, result in results.items() if result is None]
    standing.stand_anew(session, results, at, failed=unread)


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole ms from one time to another; never below 0, should a clock have jumped."""
    return max(0, round((end - start) / timedelta(milliseconds=1)))


def acknowledge(session: Session, job: Job, at: datetime) -> None:
    """Note that the engine has seen what was asked of the job."""
    asked = session.get(Audit, job.control_id) if job.control_id is not None else None
    if asked is not None and asked.acknowledged_at is None:
        asked.acknowledged_at = at
        touch(session, Job, job.id)


def answer(session: Session, job: Job, at: datetime) -> None:
    """Note that what was asked of the job is done."""
    acknowledge(session, job, at)
    asked = session.get(Audit, job.control_id) if job.control_id is not None else None
    if asked is not None and asked.done_at is None:
        asked.done_at = at


def is_claimed(session: Session, job: Job) -> bool:
    """Whether any worker holds an item of this job."""
    held = select(Item.id).where(Item.job_id == job.id, Item.state == ItemState.CLAIMED).limit(1)
    return session.scalars(held).first() is not None


def settle(session: Session, job: Job, at: datetime) -> None:
    """Do what follows when items of a job have ended, or a claim on it is gone, or something was asked of it."""
    session.flush()
    if job.requested is None and _open_items(session, job):
        return
    if is_claimed(session, job):
        return
    if job.status == Status.CANCELING:
        move(session, job, Move.REVOKE, at, cause="cancelled")
    elif job.status == Status.STARTED and job.requested == PAUSE and _open_items(session, job):
        move(session, job, Move.PAUSE, at)
        answer(session, job, at)
    elif job.status == Status.STARTED:
        _advance(session, job, at)


def _open_items(session: Session, job: Job) -> int:
    return session.scalars(select(Stage.open_items).where(Stage.id == job.stage_id)).one()


def _advance(session: Session, job: Job, at: datetime) -> None:
    """Close stages that have nothing left to do, open the next, and end the job behind the last."""
    stages = session.scalars(select(Stage).where(Stage.job_id == job.id).order_by(Stage.position)).all()
    for stage in stages:
        if stage.status in FINAL and not stage.open_items:
            continue
        job.stage_id = stage.id
        if stage.status != Status.STARTED:
            _begin(stage, at)
        touch(session, Job, job.id)
        if stage.open_items:
            return
        if stage.over_captures and job.stopped:
            if job.status == Status.STARTED:
                move(session, job, Move.CHECKPOINT, at)
            return
        if (failure := _failure_of(session, job, stage)) is not None:
            write_log(session, job, [Line(f'Job #{job.id} "{job.name}" failed: {failure}', "ERROR", stage.key)], at)
            move(session, job, Move.FAIL, at, cause=failure)
            return
        stage.status, stage.finished_at, stage.progress = Status.SUCCESS, at, 1.0
        stop_clock(stage, at)
        job.progress = sum(s.progress for s in stages) / len(stages)
    move(session, job, Move.SUCCEED, at)
    write_log(session, job, [Line(f'Finished job #{job.id} "{job.name}" ({job.status})')], at)


def leave_checkpoint(session: Session, job: Job, at: datetime) -> None:
    """Go on behind a checkpoint: to the items that are retried, to the next stage, or to the end."""
    session.flush()
    _advance(session, job, at)
    if job.status == Status.CHECKPOINT:
        move(session, job, Move.CONTINUE, at)


def _failure_of(session: Session, job: Job, stage: Stage) -> str | None:
    """Why this stage, all of whose items are final, has failed; None when it has not."""
    if stage.over_captures:
        if job.failed <= job.failure_threshold * job.total:
            return None
        return (
            f"{job.failed} of {job.total} captures failed, more than the {job.failure_threshold:.0%} that are allowed."
        )
    errors = select(Item.error).where(Item.stage_id == stage.id, Item.state == ItemState.FAILED)
    return session.scalars(errors).first()
