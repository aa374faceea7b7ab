"""Checkpoints: captures that fail a validation wait for a person, who accepts, rejects or retries them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import life, results, standing
from engine.counters import show_counts
from engine.pipelines.base import Failed, Outcome
from engine.refusals import Illegal
from models.jobs import Item, Job, Stage
from models.states import ItemState, Status

Verdict = Literal["accept", "reject", "retry"]


class Checkpoint(BaseModel):
    """What makes a capture of a job wait. Brightness is the mean grey value, 0 to 255; sharpness is the detector's."""

    model_config = ConfigDict(extra="forbid")

    unreadable: bool = True
    dark_below: float | None = Field(default=None, ge=0, le=255)
    bright_above: float | None = Field(default=None, ge=0, le=255)
    blurred_below: float | None = Field(default=None, ge=0)
    boxes_above: int | None = Field(default=None, ge=0)


def complaints(rules: dict[str, Any]) -> list[str]:
    """What is wrong with these rules, in sentences."""
    try:
        Checkpoint.model_validate(rules)
    except ValidationError as error:
        return [f"{'.'.join(map(str, each['loc'])) or 'checkpoint'}: {each['msg']}." for each in error.errors()]
    return []


def waiting(rules: dict[str, Any] | None, outcomes: Sequence[Outcome]) -> Mapping[int, tuple[str, str]]:
    """Which captures a person should look at before they count, and why: (kind, sentence) by capture."""
    if rules is None:
        return {}
    limits = Checkpoint.model_validate(rules)
    reasons = ((outcome.capture_id, _reason_to_wait(limits, outcome)) for outcome in outcomes)
    return {capture: reason for capture, reason in reasons if reason is not None}


def _reason_to_wait(limits: Checkpoint, outcome: Outcome) -> tuple[str, str] | None:
    if isinstance(outcome, Failed):
        return (outcome.kind, outcome.message) if limits.unreadable else None
    brightness, sharpness, boxes = outcome.brightness, outcome.sharpness, len(outcome.found)
    if limits.dark_below is not None and brightness is not None and brightness < limits.dark_below:
        return "dark", f"Its mean brightness is {brightness:.0f}, below {limits.dark_below:.0f}."
    if limits.bright_above is not None and brightness is not None and brightness > limits.bright_above:
        return "blown out", f"Its mean brightness is {brightness:.0f}, above {limits.bright_above:.0f}."
    if limits.blurred_below is not None and sharpness is not None and sharpness < limits.blurred_below:
        return "blurred", f"Its sharpness is {sharpness:.1f}, below {limits.blurred_below:.1f}."
    if limits.boxes_above is not None and boxes > limits.boxes_above:
        return "too many boxes", f"It has {boxes} boxes, more than {limits.boxes_above}."
    return None


def judge(session: Session, job: Job, item_ids: Sequence[int] | None, verdict: Verdict, who: str, at: datetime) -> int:
    """Pass a verdict on waiting items (all of them when None), and let the job go on when none waits any more.

    Returns how many items it was. Raises Illegal when the job is not at a checkpoint, an item does not wait, or one
    without a result is accepted; then nothing is changed.
    """
    if job.status != Status.CHECKPOINT:
        raise Illegal(f"A job that is {job.status} has no captures that wait for a verdict.")
    waiting = select(Item).where(Item.job_id == job.id, Item.state == ItemState.STOPPED)
    items = session.scalars(waiting if item_ids is None else waiting.where(Item.id.in_(item_ids))).all()
    if item_ids is not None and len(items) != len(set(item_ids)):
        raise Illegal("Some of these captures do not wait for a verdict (any more); look at the page again.")
    if verdict == "accept" and (without := sum(item.result_id is None for item in items)):
        raise Illegal(f"{without} of these captures could not be read, so there is no result to accept.")
    if verdict == "accept":
        results.accept(session, job, items, at)
    else:
        results.take_away(session, items)
    for item in items:
        _apply(item, verdict, who, at)
    captures = [item.capture_id for item in items if item.capture_id is not None]
    standing.stand_anew(session, captures, at, failed=captures if verdict == "reject" else ())
    _count(session, job, len(items), verdict)
    if verdict == "retry" or not job.stopped:
        life.leave_checkpoint(session, job, at)
    return len(items)


def _apply(item: Item, verdict: Verdict, who: str, at: datetime) -> None:
    match verdict:
        case "accept":
            item.state, item.error_kind, item.error = ItemState.DONE, None, None
        case "reject":
            item.state, item.error = ItemState.FAILED, f"Rejected by {who}. {item.error or ''}".strip()
        case "retry":
            item.state, item.error_kind, item.error, item.tries = ItemState.WAITING, None, None, 0
    item.finished_at = None if verdict == "retry" else at


def _count(session: Session, job: Job, number: int, verdict: Verdict) -> None:
    job.stopped -= number
    stage = session.get_one(Stage, job.stage_id)
    match verdict:
        case "accept":
            job.processed += number
        case "reject":
            job.failed += number
        case "retry":
            stage.open_items += number
    show_counts(session, job, stage)
