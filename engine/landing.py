"""Landing: what a shift found becomes true, in one transaction that names its claim's token.

Results, the ends of items, counters, progress and log lines are written together or not at all. A claim that no longer
holds lands nothing: at least once in delivery, exactly once in effect.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, bindparam, func, select, update
from sqlalchemy.orm import Session

from engine import checkpoint, faults, life, results, rollups, standing
from engine.claims import Claim, waits_for
from engine.counters import show_counts, with_values
from engine.jobtypes.base import Step
from engine.pipelines.base import AWAY, Failed, Outcome, Processed
from engine.provenance import Zones
from models.base import Whole
from models.jobs import Item, Job, Stage
from models.revisions import touch
from models.rows import as_table
from models.states import FINAL, WORKING, ItemState, Status
from models.store import Store

Waiting = Mapping[int, tuple[str, str]]  # captures that a person should look at, and why: (kind, sentence)

COST_MEMORY = 0.3  # weight of the latest batch in the moving mean of a capture's cost


class ClaimLost(RuntimeError):
    """The claim's lease ended, or the job was ended by somebody else; what the shift has is dropped."""


@dataclass(frozen=True)
class Landed:
    """How the job stands after a landing."""

    job_id: int
    status: Status
    requested: str | None
    stage_id: int | None  # the stage that may be claimed now

    @property
    def goes_on(self) -> bool:
        """Whether more of the job may be claimed."""
        return self.status not in FINAL and self.requested is None and self.status in (Status.PENDING, Status.STARTED)


def land_outcomes(
    store: Store, claim: Claim, outcomes: Sequence[Outcome], *, batch_ms: float, masks: Mapping[int, Zones]
) -> Landed:
    """Write what a pipeline said of some of the claim's captures; those it said nothing of go back to the queue.

    `batch_ms` is the time that these outcomes took, `masks` the zones of each capture that were not looked at. Raises
    ClaimLost.
    """
    with store.write() as session:
        job, at = _holding(store, session, claim)
        items = dict(zip(claim.capture_ids, claim.item_ids, strict=True))
        waiting = checkpoint.waiting(job.checkpoint, outcomes)
        if waiting:
            standing.hold_nights(session, claim.capture_ids)
        known = results.write(session, job, outcomes, at, masks=masks, waiting=waiting.keys())
        _end_items(session, job, items, outcomes, known, waiting, at)
        standing.stand_anew(session, waiting, at)
        looked_at = {outcome.capture_id for outcome in outcomes}
        _give_back(session, [item for capture, item in items.items() if capture not in looked_at])
        _count(session, job, claim, outcomes, known, waiting)
        job.hold_until = None
        if any(isinstance(outcome, Processed) or outcome.kind != AWAY for outcome in outcomes):
            job.holds = 0
        if outcomes:
            cost = batch_ms / len(outcomes)
            job.cost_ms = cost if job.cost_ms is None else job.cost_ms + COST_MEMORY * (cost - job.cost_ms)
        life.write_log(session, job, _lines(outcomes, batch_ms), at)
        if outcomes:
            failed = sum(isinstance(outcome, Failed) for outcome in outcomes)
            rollups.tally(session, claim.worker, job, at, captures=len(outcomes), failed=failed, busy_ms=batch_ms)
        return _settle(session, job, at)


def land_step(store: Store, claim: Claim, step: Step, *, stop: bool) -> Landed:
    """Keep a step of a stage without captures. The last one ends its item; `stop` gives it back with its cursor.

    Raises ClaimLost.
    """
    with store.write() as session:
        job, at = _holding(store, session, claim)
        item = session.get_one(Item, claim.item_ids[0])
        stage = session.get_one(Stage, claim.stage_id)
        if step.write is not None:
            step = step.write(session, job) or step
        item.cursor, item.tries = step.cursor, 0  # it is given up for deaths without a step between them
        stage.progress = step.progress
        stage.params = with_values(stage.params, step.params)
        life.write_log(session, job, [life.Line(text, stage=stage.key) for text in step.log], at)
        rollups.tally(session, claim.worker, job, at)
        if step.last:
            _end_single(item, stage, job, at, ItemState.DONE)
        elif stop:
            item.state, item.claim, item.lease_until = ItemState.WAITING, None, None
        return _settle(session, job, at)


def land_failure(store: Store, claim: Claim, kind: str, message: str) -> Landed:
    """End the item of a stage without captures as failed, which fails the job. Raises ClaimLost."""
    with store.write() as session:
        job, at = _holding(store, session, claim)
        item = session.get_one(Item, claim.item_ids[0])
        item.error_kind, item.error = kind, message
        _end_single(item, session.get_one(Stage, claim.stage_id), job, at, ItemState.FAILED)
        return _settle(session, job, at)


def hold_back(store: Store, claim: Claim, seconds: float, message: str) -> Landed:
    """Put the claim's items back, and let nobody claim of this job for so long. Raises ClaimLost."""
    with store.write() as session:
        job, at = _holding(store, session, claim)
        _give_back(session, claim.item_ids)
        job.hold_until, job.holds = at + timedelta(seconds=seconds), job.holds + 1
        life.write_log(
            session, job, [life.Line(f"{message} Trying again in {seconds:.0f} s.", "WARNING", "process")], at
        )
        return _settle(session, job, at)


def give_back(store: Store, claim: Claim, *, tried: bool) -> Landed:
    """Put the claim's items back into the queue. `tried` marks them, so that the next shift takes them one by one.

    Raises ClaimLost.
    """
    with store.write() as session:
        job, at = _holding(store, session, claim)
        _give_back(session, claim.item_ids, tries=int(tried))
        return _settle(session, job, at)


def _holding(store: Store, session: Session, claim: Claim) -> tuple[Job, datetime]:
    """The job, locked, if the claim still holds every one of its items."""
    job = life.hold(session, claim.job_id)
    if job is None or job.attempt != claim.attempt or job.status not in WORKING:
        raise ClaimLost(f"job {claim.job_id} has ended, or began anew, while a shift had items of it")
    held = session.scalars(select(func.count()).where(waits_for(claim))).one()
    if held != len(claim.item_ids):
        raise ClaimLost(f"the lease on {len(claim.item_ids)} items of job {claim.job_id} has ended")
    return job, store.clock(session)


def _settle(session: Session, job: Job, at: datetime) -> Landed:
    if job.requested is not None:
        life.acknowledge(session, job, at)
        faults.point("while-answering")
    session.flush()
    stages = session.scalars(select(Stage).where(Stage.job_id == job.id)).all()
    job.progress = sum(stage.progress for stage in stages) / len(stages)
    job.updated_at = at
    touch(session, Job, job.id)
    life.settle(session, job, at)
    session.flush()
    faults.point("within-commit")
    return Landed(job.id, job.status, job.requested, job.stage_id)


def _end_single(item: Item, stage: Stage, job: Job, at: datetime, state: ItemState) -> None:
    item.state, item.claim, item.lease_until = state, None, None
    item.attempt, item.finished_at = job.attempt, at
    stage.open_items -= 1


def _end_items(
    session: Session,
    job: Job,
    items: dict[int, int],
    outcomes: Sequence[Outcome],
    known: results.Written,
    waiting: Waiting,
    at: datetime,
) -> None:
    """Write how each item ended."""
    ends = [(items[outcome.capture_id], outcome.duration_ms, *_ended(outcome, known, waiting)) for outcome in outcomes]
    over = {"claim": None, "lease_until": None, "attempt": job.attempt, "finished_at": at}
    for well in (ItemState.DONE, ItemState.SKIPPED):
        rows = [(item, duration, result) for item, duration, state, result, _, _ in ends if state is well]
        _end_well(session, rows, over | {"state": well, "error_kind": None, "error": None})
    _end_with_words(session, [end for end in ends if end[2] in (ItemState.FAILED, ItemState.STOPPED)], over)


def _ended(
    outcome: Outcome, known: results.Written, waiting: Waiting
) -> tuple[ItemState, int | None, str | None, str | None]:
    """How an item ended: its state, its result, and the kind and sentence of what is wrong with it."""
    if (reason := waiting.get(outcome.capture_id)) is not None:
        return ItemState.STOPPED, known.result_ids.get(outcome.capture_id), *reason
    match outcome:
        case Failed():
            return ItemState.FAILED, None, outcome.kind, outcome.message
        case Processed():
            was_there = outcome.capture_id in known.was_there
            state = ItemState.SKIPPED if was_there else ItemState.DONE
            return state, known.result_ids[outcome.capture_id], None, None


def _end_well(session: Session, rows: Sequence[tuple[int, float, int | None]], values: dict[str, Any]) -> None:
    """End items that have a result, all in one statement: (item, duration in ms, result)."""
    if not rows:
        return
    ends = as_table(session, rows, item=Whole, duration=Float, result=Whole)
    session.execute(
        update(Item)
        .where(Item.id == ends.c.item)
        .values(values | {"duration_ms": ends.c.duration, "result_id": ends.c.result})
        .execution_options(synchronize_session=False)
    )


def _end_with_words(session: Session, ends: Sequence[tuple[Any, ...]], values: dict[str, Any]) -> None:
    """End items of which there is something to say."""
    if not ends:
        return
    names = ("item", "new_duration_ms", "new_state", "new_result_id", "new_error_kind", "new_error")
    table = Item.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("item"))
        .values(values | {name.removeprefix("new_"): bindparam(name) for name in names[1:]})
    )
    session.connection().execute(statement, [dict(zip(names, end, strict=True)) for end in ends])


def _give_back(session: Session, items: Sequence[int], tries: int = 0) -> None:
    if items:
        session.execute(
            update(Item)
            .where(Item.id.in_(items))
            .values(state=ItemState.WAITING, claim=None, lease_until=None, tries=Item.tries + tries)
            .execution_options(synchronize_session=False)
        )


def _count(
    session: Session,
    job: Job,
    claim: Claim,
    outcomes: Sequence[Outcome],
    known: results.Written,
    waiting: Waiting,
) -> None:
    kinds = Counter(type(outcome) for outcome in outcomes if outcome.capture_id not in waiting)
    job.processed += kinds[Processed]
    job.skipped += len(known.was_there - waiting.keys())
    job.failed += kinds[Failed]
    job.stopped += len(waiting)
    job.detections += known.detections
    job.classifications += known.classifications
    stage = session.get_one(Stage, claim.stage_id)
    stage.open_items -= len(outcomes)
    show_counts(session, job, stage)


def _lines(outcomes: Sequence[Outcome], batch_ms: float) -> list[life.Line]:
    if not outcomes:
        return []
    found = sum(len(outcome.found) for outcome in outcomes if isinstance(outcome, Processed))
    text = f"Processed {len(outcomes)} images in {batch_ms / 1000:.2f} s, {found} detections"
    failed = [life.Line(outcome.message, "ERROR", "process") for outcome in outcomes if isinstance(outcome, Failed)]
    return [life.Line(text, stage="process"), *failed]
