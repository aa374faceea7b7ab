"""The captures of a job, one by one: as a strip of states, as pages of pictures, and those that wait for a person.

A job of up to IN_TIME captures is shown in the order in which they were taken. A larger one is shown in the order of
its work: its items were written in that order and one after the other, so a walk along their ids needs no sorting.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from models.captures import Capture, Deployment
from models.jobs import Item
from models.results import Result
from models.states import ItemState

IN_TIME = 5_000  # captures
LETTERS = {state: "B" if state is ItemState.SKIPPED else state.value[0] for state in ItemState}
OPEN = (ItemState.WAITING, ItemState.CLAIMED, ItemState.STOPPED)
SHOWN = ("all", "animals", "failed", "open")


@dataclass(frozen=True)
class ShotRow:
    """One capture of a job. `detections` are those of this job's result, None without one; times are UTC."""

    item_id: int
    capture_id: int
    path: str
    station: str
    timezone: str
    taken_at: datetime | None
    width: int | None
    height: int | None
    header_error: str | None
    state: ItemState
    worker: str | None
    duration_ms: float | None
    finished_at: datetime | None
    error_kind: str | None
    error: str | None
    result_id: int | None
    detections: int | None


def is_in_time(total: int) -> bool:
    """Whether a job of so many captures is shown in the order in which they were taken."""
    return total <= IN_TIME


def strip(session: Session, job_id: int, total: int) -> str:
    """The states of all captures of a job of `total`, in its order, each as one of LETTERS."""
    letter = case(LETTERS, value=Item.state).label("letter")
    states = _ordered(session, job_id, total, letter).subquery()
    return session.scalars(select(func.aggregate_strings(states.c.letter, ""))).one() or ""


def at(session: Session, job_id: int, total: int, place: int) -> int | None:
    """The item at a place of the strip, counted from 0; None when there is none."""
    return session.scalars(_ordered(session, job_id, total, Item.id).offset(place or None).limit(1)).first()


def shots(
    session: Session, job_id: int, total: int, *, show: str = "all", offset: int = 0, limit: int = 60
) -> list[ShotRow]:
    """Captures of a job of `total`, in its order; `show` is one of SHOWN."""
    ids = _ordered(session, job_id, total, Item.id).where(*_shown(show))
    found = list(session.scalars(ids.offset(offset or None).limit(limit)))
    rows = {row.item_id: row for row in _rows(session, Item.id.in_(found))}
    return [rows[item_id] for item_id in found if item_id in rows]


def shot(session: Session, item_id: int) -> ShotRow | None:
    """One capture of a job by its item."""
    return next(iter(_rows(session, Item.id == item_id)), None)


def shot_of_capture(session: Session, job_id: int, capture_id: int) -> ShotRow | None:
    """What a job made of a capture; None when it is none of its captures."""
    return next(iter(_rows(session, Item.job_id == job_id, Item.capture_id == capture_id)), None)


def waiting(session: Session, job_id: int, limit: int = 60) -> list[ShotRow]:
    """Captures that wait for a person's verdict, in the order in which they were taken; those without a time last."""
    order = (Capture.taken_at.asc().nulls_last(), Capture.id)
    ids = select(Item.id).join(Capture, Capture.id == Item.capture_id)
    ids = ids.where(Item.job_id == job_id, Item.state == ItemState.STOPPED).order_by(*order)
    found = list(session.scalars(ids.limit(limit)))
    rows = {row.item_id: row for row in _rows(session, Item.id.in_(found))}
    return [rows[item_id] for item_id in found if item_id in rows]


def acceptable(session: Session, job_id: int) -> list[int]:
    """The items that wait for a person and have a result to accept."""
    return list(session.scalars(_acceptable(job_id)))


def is_any_acceptable(session: Session, job_id: int) -> bool:
    """Whether one of the items that wait for a person has a result to accept."""
    return session.scalar(_acceptable(job_id).limit(1)) is not None


def _acceptable(job_id: int) -> Select[int]:
    stopped = (Item.job_id == job_id, Item.state == ItemState.STOPPED, Item.result_id.is_not(None))
    return select(Item.id).where(*stopped)


def _ordered(session: Session, job_id: int, total: int, column: Any) -> Select[Any]:
    """A column of the items with a capture, in the order in which the job is shown."""
    query: Select[Any] = select(column).where(Item.capture_id.is_not(None))
    if is_in_time(total):
        query = query.join(Capture, Capture.id == Item.capture_id).where(Item.job_id == job_id)
        return query.order_by(Capture.taken_at, Capture.id)
    ends = [
        select(end(Item.id)).where(Item.job_id == job_id, Item.state == state).scalar_subquery()
        for state in ItemState
        for end in (func.min, func.max)
    ]
    ids = [item_id for item_id in session.execute(select(*ends)).one() if item_id is not None]
    # The sum keeps the database from an index on the job, after which it would have to sort.
    here = Item.id.between(min(ids, default=0), max(ids, default=0)) & ((Item.job_id + 0) == job_id)
    return query.where(here).order_by(Item.id)


def _shown(show: str) -> list[ColumnElement[bool]]:
    match show:
        case "animals":
            return [select(Result.id).where(Result.id == Item.result_id, Result.detections_count > 0).exists()]
        case "failed":
            return [Item.state == ItemState.FAILED]
        case "open":
            return [Item.state.in_(OPEN)]
    return []


def _rows(session: Session, *which: ColumnElement[bool]) -> list[ShotRow]:
    query = (
        select(*_SHOT)
        .join(Capture, Capture.id == Item.capture_id)
        .join(Deployment, Deployment.id == Capture.deployment_id)
        .outerjoin(Result, Result.id == Item.result_id)
    )
    return [ShotRow(**row._mapping) for row in session.execute(query.where(*which).order_by(Item.id))]


_SHOT: list[Any] = [
    Item.id.label("item_id"),
    Item.capture_id,
    Capture.path,
    Deployment.name.label("station"),
    Deployment.timezone,
    Capture.taken_at,
    Capture.width,
    Capture.height,
    Capture.header_error,
    Item.state,
    Item.worker,
    Item.duration_ms,
    Item.finished_at,
    Item.error_kind,
    Item.error,
    Item.result_id,
    Result.detections_count.label("detections"),
]
