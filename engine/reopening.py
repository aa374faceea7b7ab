"""Reopening a job for another attempt: what did not succeed goes back to the queue, and no success is repeated."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.orm import Session

from engine import life, results, standing
from engine.counters import show_counts
from engine.refusals import Illegal
from models.captures import Capture
from models.jobs import Item, Job, Stage
from models.states import IllegalMove, ItemState, Move, Status, allows

What = Literal["unsuccessful", "failed", "stopped", "unfinished"]

STATES: dict[What, frozenset[ItemState]] = {
    "unsuccessful": frozenset({ItemState.FAILED, ItemState.STOPPED}),
    "failed": frozenset({ItemState.FAILED}),
    "stopped": frozenset({ItemState.STOPPED}),
    "unfinished": frozenset({ItemState.FAILED, ItemState.STOPPED}),
}


@dataclass(frozen=True)
class Alike:
    """Captures that failed alike: by the same kind of error, at one station, or at any when it is None."""

    kind: str | None
    station_id: int | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """The items of these captures."""
        same = Item.error_kind.is_not_distinct_from(self.kind)
        if self.station_id is None:
            return same
        return same & Item.capture_id.in_(select(Capture.id).where(Capture.deployment_id == self.station_id))


def reopen(
    session: Session, job: Job, at: datetime, what: What, from_stage: str | None, alike: Alike | None = None
) -> None:
    """Put back the items in these states and those never reached, and begin a new attempt.

    Of the captures that did not succeed, `alike` puts back only those. What was never reached is worked on in any case,
    since an attempt that leaves it out could not end as a success. With `from_stage` the stages from that key on are
    done again as well, except for captures that succeeded. Raises IllegalMove or Illegal, and then nothing is changed.
    """
    if not allows(job.status, Move.RETRY):
        raise IllegalMove(job.status, Move.RETRY)
    stages = session.scalars(select(Stage).where(Stage.job_id == job.id).order_by(Stage.position)).all()
    if from_stage is not None and from_stage not in {stage.key for stage in stages}:
        raise Illegal(f"This job has no stage {from_stage!r}; it has {', '.join(stage.key for stage in stages)}.")
    only = true() if alike is None else alike.condition
    if alike is not None and not sum(_count(session, job, state, only) for state in STATES[what]):
        raise Illegal("No capture of this job stands as failed in this way any more; look at the page again.")
    if from_stage is None:
        _refuse_unless_something(session, job, what)
    stopped = select(Item).where(Item.job_id == job.id, Item.state == ItemState.STOPPED)
    waited = [capture for capture in session.scalars(stopped.with_only_columns(Item.capture_id)) if capture is not None]
    again = stopped.where(Item.state.in_(STATES[what]), only)
    results.take_away(session, session.scalars(again).all())
    anew = False
    for stage in stages:
        anew = anew or stage.key == from_stage
        anew = _reopen_stage(session, stage, at, STATES[what], only, anew=anew) or anew
    job.failed = _count(session, job, ItemState.FAILED)
    job.stopped = _count(session, job, ItemState.STOPPED)
    job.hold_until, job.holds = None, 0
    _show(session, job, list(stages))
    life.move(session, job, Move.RETRY, at)
    standing.stand_anew(session, waited, at)


def _refuse_unless_something(session: Session, job: Job, what: What) -> None:
    wanted = sum(_count(session, job, state) for state in STATES[what])
    if job.status == Status.SUCCESS and not wanted:
        raise Illegal("Every capture of this job succeeded, so there is nothing to retry. Rerun it as a new job.")
    if what != "unsuccessful" and not wanted:
        raise Illegal(f"No capture of this job {_WORDS[what]}. Retry all that did not succeed instead.")


_WORDS: dict[What, str] = {
    "failed": "failed",
    "stopped": "waits at a checkpoint",
    "unfinished": "failed or waits at a checkpoint",
}


def _count(session: Session, job: Job, state: ItemState, only: ColumnElement[bool] | None = None) -> int:
    counted = select(func.count()).where(Item.job_id == job.id, Item.capture_id.is_not(None), Item.state == state)
    return session.scalars(counted if only is None else counted.where(only)).one()


def _reopen_stage(
    session: Session, stage: Stage, at: datetime, states: frozenset[ItemState], only: ColumnElement[bool], *, anew: bool
) -> bool:
    """Reopen a stage that did not succeed, or that stands behind one which did not; whether it was."""
    if not stage.over_captures:
        states, only = frozenset(ItemState) if anew else frozenset(ItemState) - {ItemState.DONE}, true()
    wanted = or_(and_(Item.state.in_(states), only), Item.state == ItemState.WAITING)
    session.execute(
        update(Item)
        .where(Item.stage_id == stage.id, wanted)
        .values(state=ItemState.WAITING, tries=0, error=None, error_kind=None, finished_at=None, attempt=None)
        .values(cursor=None if anew else Item.cursor, result_id=None)
        .execution_options(synchronize_session=False)
    )
    waiting = select(func.count()).where(Item.stage_id == stage.id, Item.state == ItemState.WAITING)
    stage.open_items = session.scalars(waiting).one()
    if not stage.open_items and stage.status == Status.SUCCESS and not (anew and stage.over_captures):
        return False
    life.stop_clock(stage, at)  # it may wait at a checkpoint
    stage.status, stage.finished_at = Status.CREATED, None
    if not stage.over_captures:
        stage.progress = 0.0
    return True


def _show(session: Session, job: Job, stages: list[Stage]) -> None:
    for stage in stages:
        if stage.over_captures and stage.total_items:
            show_counts(session, job, stage)
    job.stage_id = next(stage.id for stage in stages if stage.status == Status.CREATED)
    job.progress = sum(stage.progress for stage in stages) / len(stages)
