"""Claims: who may work on what. A claim is a batch of items of one job under one token, with a lease.

Taking one is one transaction: the most urgent job that may run, then some of its waiting items. Whoever holds the
token may land results; when the lease ends the items go back and the token is worth nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from engine import life
from models.jobs import Item, Job, Stage
from models.operations import Queue, QueuePause
from models.pipelines import PULL, Pipeline
from models.queries.job_life import death_line
from models.queries.workers import count_alive
from models.revisions import touch
from models.states import CLAIMABLE, ItemState, Move, Status
from models.store import Store
from models.workers import Worker

LEASE_S = 10.0
PULL_LEASE_S = 120.0  # of one capture that a pull worker has; it renews nothing
PULLED = "pull:"  # begins the name of a pull worker
BATCH_TARGET_MS = 1000.0
LAST_BATCH_MS = 100.0  # not worth sharing out any finer
MAX_TRIES = 3  # a capture that outlives as many claims without a word is given up


@dataclass(frozen=True)
class Claim:
    """A batch of items of one job, held under a token. `captures` is empty for a stage without captures."""

    token: str
    worker: str
    job_id: int
    attempt: int
    stage_id: int
    item_ids: tuple[int, ...]
    capture_ids: tuple[int, ...]
    over_captures: bool


def runnable(at: datetime | BindParameter[datetime], *, pulls: bool = False) -> ColumnElement[bool]:
    """Jobs of which a worker may take something now; one that `pulls` has pipelines that no worker here can run."""
    waiting = exists().where(Item.stage_id == Job.stage_id, Item.state == ItemState.WAITING)
    held_back = Job.hold_until.is_not(None) & (Job.hold_until > at)
    asked = Job.status.in_(CLAIMABLE) & Job.requested.is_(None)
    open_now = asked & waiting & ~held_back & ~_queue_is_paused() & ~_seats_are_taken()
    return open_now if pulls else open_now & ~_is_for_pull_workers()


def _is_for_pull_workers() -> ColumnElement[bool]:
    """The stage at hand is one over captures, and runs elsewhere alone."""
    return exists().where(
        Pipeline.id == Job.pipeline_id, Pipeline.kind == PULL, Stage.id == Job.stage_id, Stage.over_captures
    )


def _queue_is_paused() -> ColumnElement[bool]:
    return exists().where(
        or_(
            QueuePause.queue == Queue.ALL,
            (QueuePause.queue == Queue.STATION) & (QueuePause.key == Job.deployment_id),
            (QueuePause.queue == Queue.PIPELINE) & (QueuePause.key == Job.pipeline_id),
        )
    )


def _seats_are_taken() -> ColumnElement[bool]:
    """As many workers as the pipeline has seats hold items of jobs with this pipeline."""
    other = aliased(Job)
    held = select(func.count(Item.worker.distinct())).join(other, other.id == Item.job_id)
    held = held.where(Item.state == ItemState.CLAIMED, other.pipeline_id == Job.pipeline_id)
    return exists().where(
        Pipeline.id == Job.pipeline_id,
        Pipeline.seats.is_not(None),
        Pipeline.seats <= held.correlate(Job).scalar_subquery(),
    )


def most_urgent(
    session: Session, at: datetime, *, only: int | None = None, lock: bool = False, pulls: bool = False
) -> Job | None:
    """The job to work on next: the highest priority, then the one least recently served."""
    query = _by_urgency(one=only is not None, lock=lock, pulls=pulls)
    return session.scalars(query, {"at": at, "only": only}).one_or_none()


@cache
def _by_urgency(*, one: bool, lock: bool, pulls: bool) -> Select[Job]:
    """Put together once, since every claim asks it twice."""
    now = bindparam("at", type_=Job.served_at.type)
    query = select(Job).where(runnable(now, pulls=pulls))
    query = query.order_by(Job.priority.desc(), Job.served_at.asc().nulls_first(), Job.id)
    if one:
        query = query.where(Job.id == bindparam("only"))
    if lock:
        query = query.with_for_update(of=Job, skip_locked=not one)
    return query.limit(1).execution_options(populate_existing=True)


def take(store: Store, worker: str, *, only: int | None = None) -> Claim | None:
    """Claim a batch for `worker`: of the job `only`, or of the most urgent one. None when there is nothing to do."""
    with store.read() as session:  # the usual answer of an idle engine needs no lock
        if most_urgent(session, store.clock(session), only=only) is None:
            return None
    with store.write() as session:
        at = store.clock(session)
        job = most_urgent(session, at, only=only, lock=True)
        if job is None or not _has_seat(session, job, at):
            return None
        if job.status == Status.PENDING:
            life.move(session, job, Move.CLAIM, at, worker=worker)
            life.answer(session, job, at)
        job.served_at = at
        _say_on_what(session, worker, job)
        return _claim_batch(session, job, worker, at)


def _say_on_what(session: Session, worker: str, job: Job) -> None:
    """Note on the worker's row which job it works on, when that is another one than before."""
    other = or_(Worker.job_id.is_(None), Worker.job_id != job.id)
    said = session.execute(update(Worker).where(Worker.name == worker, other).values(job_id=job.id))
    if said.rowcount:  # type: ignore[attr-defined]
        touch(session, Worker, worker)


def _has_seat(session: Session, job: Job, at: datetime) -> bool:
    """Look at the seats again under a lock on the pipeline, since two workers may have looked at once."""
    if job.pipeline is None or job.pipeline.seats is None:
        return True
    session.execute(select(Pipeline.id).where(Pipeline.id == job.pipeline_id).with_for_update())
    return most_urgent(session, at, only=job.id) is not None


def _claim_batch(session: Session, job: Job, worker: str, at: datetime) -> Claim | None:
    stage = session.get_one(Stage, job.stage_id)
    batch_max = job.pipeline.batch_max if job.pipeline is not None else 1
    waiting = session.execute(
        select(Item.id, Item.capture_id, Item.position, Item.tries)
        .where(Item.stage_id == stage.id, Item.state == ItemState.WAITING)
        .order_by(Item.position)
        .limit(batch_size(job.cost_ms, batch_max, stage.open_items, count_alive(session, at)))
        .with_for_update()
    ).all()
    if waiting and any(row.tries for row in waiting):
        waiting = waiting[:1]  # what was in a batch that died is tried alone, so that the bad one shows itself
    if not waiting:
        return None
    token = uuid.uuid4().hex
    first, last = waiting[0].position, waiting[-1].position
    session.execute(
        update(Item)
        .where(Item.stage_id == stage.id, Item.position.between(first, last), Item.state == ItemState.WAITING)
        .values(state=ItemState.CLAIMED, claim=token, worker=worker, lease_until=at + timedelta(seconds=LEASE_S))
        .execution_options(synchronize_session=False)
    )
    captures = tuple(row.capture_id for row in waiting if row.capture_id is not None)
    ids = tuple(row.id for row in waiting)
    return Claim(token, worker, job.id, job.attempt, stage.id, ids, captures, stage.over_captures)


def batch_size(cost_ms: float | None, most: int, left: int, workers: int) -> int:
    """How many captures to claim so that a batch takes about a second; one while their cost is not known.

    Fewer when few are left, so that no worker still has a second's work when the others have none any more.
    """
    if cost_ms is None:
        return 1
    cost_ms = max(cost_ms, 0.01)
    share = max(left // (2 * max(1, workers)), int(LAST_BATCH_MS / cost_ms))
    return max(1, min(most, int(BATCH_TARGET_MS / cost_ms), share))


def renew(store: Store, claim: Claim) -> bool:
    """Give the claim another lease; False when it no longer holds."""
    with store.write() as session:
        until = store.clock(session) + timedelta(seconds=LEASE_S)
        renewed = session.execute(
            update(Item).where(Item.job_id == claim.job_id, Item.claim == claim.token).values(lease_until=until)
        )
        return bool(renewed.rowcount)  # type: ignore[attr-defined]


def release(
    store: Store, *, worker: str | None = None, claimed_by: datetime | None = None, tried: bool = True
) -> list[int]:
    """Take back the claims of a worker that is dead, or all whose lease has ended; the ids of the jobs concerned.

    With `claimed_by` claims of that worker that are younger than this stay: they are another process's of its name.
    `tried` counts it against the items, since one of them may have been the death; a person's halt counts for nothing.
    """
    with store.read() as session:
        gone = _gone(store, session, worker, claimed_by)
        jobs = sorted(set(session.scalars(select(Item.job_id).where(gone))))
    for job_id in jobs:
        with store.write() as session:
            gone = _gone(store, session, worker, claimed_by)
            _release_job(session, job_id, gone, store.clock(session), tried=tried)
    return jobs


def _gone(store: Store, session: Session, worker: str | None, claimed_by: datetime | None) -> ColumnElement[bool]:
    held = Item.state == ItemState.CLAIMED
    if worker is None:
        return held & _is_over(store.clock(session))
    held &= Item.worker == worker
    return held if claimed_by is None else held & (Item.lease_until <= claimed_by + timedelta(seconds=LEASE_S))


def _is_over(at: datetime) -> ColumnElement[bool]:
    """Claims whose lease has ended; what a pull worker has of a cancelled job, nobody waits for."""
    is_pulled = Item.worker.startswith(PULLED)
    unwanted = exists().where(Job.id == Item.job_id, Job.status == Status.CANCELING)
    return or_(
        ~is_pulled & has_ended(Item.lease_until, at, LEASE_S),
        is_pulled & (has_ended(Item.lease_until, at, PULL_LEASE_S) | unwanted),
    )


def has_ended(until: InstrumentedAttribute[Any], at: datetime, longest_s: float) -> ColumnElement[bool]:
    """Whether a lease is over, or ends later than any lease can: it was given before the clock was put back.

    Twice the longest, since a lease may be given after `at` was read and before this is looked at.
    """
    return or_(until < at, until > at + timedelta(seconds=2 * longest_s))


def _release_job(session: Session, job_id: int, gone: ColumnElement[bool], at: datetime, *, tried: bool) -> None:
    job = life.hold(session, job_id)
    if job is None:
        return
    items = session.scalars(select(Item).where(Item.job_id == job_id, gone)).all()
    for item in items:
        item.state, item.claim, item.lease_until = ItemState.WAITING, None, None
        item.tries += tried
        if item.tries >= MAX_TRIES:
            _give_up(session, job, item, at)
    if items:
        life.write_log(session, job, [life.Line(death_line(items[0].worker, len(items)), "WARNING")], at)
        touch(session, Job, job.id)
    life.settle(session, job, at)


def _give_up(session: Session, job: Job, item: Item, at: datetime) -> None:
    item.state, item.finished_at, item.attempt = ItemState.FAILED, at, job.attempt
    item.error_kind = "worker died"
    item.error = f"The worker died {MAX_TRIES} times while it had this in hand. Look at the file, then retry."
    stage = session.get_one(Stage, item.stage_id)
    stage.open_items -= 1
    if item.capture_id is not None:
        job.failed += 1


def holders(session: Session, which: ColumnElement[bool]) -> list[str]:
    """The names of the workers that hold items of such jobs."""
    held = select(Item.worker).join(Job, Job.id == Item.job_id).where(Item.state == ItemState.CLAIMED, which).distinct()
    return [name for name in session.scalars(held) if name is not None]


def waits_for(claimed: Claim) -> ColumnElement[bool]:
    """The items of a claim that it still holds."""
    return (Item.job_id == claimed.job_id) & (Item.claim == claimed.token) & (Item.state == ItemState.CLAIMED)
