"""What a job found and what it could not do: a page of its captures, the boxes on one of them, its errors by cause."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.captures import Capture, Deployment
from models.jobs import Item
from models.results import Detection, Result
from models.states import ItemState


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
    state: ItemState
    error: str | None
    result_id: int | None
    detections: int | None


@dataclass(frozen=True)
class BoxRow:
    """One animal; the box is in full-resolution px of the upright picture, the score from 0 to 1."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    label: str


@dataclass(frozen=True)
class ErrorGroup:
    """Captures of a job that failed alike at one station, with the words of the latest as an example."""

    kind: str | None
    station: str | None
    captures: int
    example: str | None


def shots(
    session: Session, job_id: int, *, states: tuple[ItemState, ...] = (), offset: int = 0, limit: int = 60
) -> list[ShotRow]:
    """Captures of a job in the order in which they were taken, all or those in one of some states."""
    query = _narrow(_shots().where(Item.job_id == job_id), states).order_by(Capture.taken_at, Capture.id)
    return [ShotRow(**row._mapping) for row in session.execute(query.offset(offset or None).limit(limit))]


def shot(session: Session, item_id: int) -> ShotRow | None:
    """One capture of a job by its item."""
    row = session.execute(_shots().where(Item.id == item_id)).first()
    return ShotRow(**row._mapping) if row else None


def count_states(session: Session, job_id: int) -> dict[ItemState, int]:
    """How many captures of a job stand in each state."""
    query = select(Item.state, func.count()).where(Item.job_id == job_id, Item.capture_id.is_not(None))
    return dict(session.execute(query.group_by(Item.state)).tuples().all())


def boxes(session: Session, result_id: int) -> list[BoxRow]:
    """The animals of one result, the surest first."""
    columns = [getattr(Detection, field.name) for field in fields(BoxRow)]
    query = select(*columns).where(Detection.result_id == result_id).order_by(Detection.score.desc(), Detection.id)
    return [BoxRow(**row._mapping) for row in session.execute(query)]


def error_groups(session: Session, job_id: int) -> list[ErrorGroup]:
    """Why captures of a job failed, the commonest cause first."""
    last = func.max(Item.id).label("last")
    groups = (
        select(Item.error_kind, Deployment.name.label("station"), func.count().label("captures"), last)
        .outerjoin(Capture, Capture.id == Item.capture_id)
        .outerjoin(Deployment, Deployment.id == Capture.deployment_id)
        .where(Item.job_id == job_id, Item.state == ItemState.FAILED)
        .group_by(Item.error_kind, Deployment.name)
        .subquery()
    )
    query = (
        select(groups.c.error_kind, groups.c.station, groups.c.captures, Item.error)
        .join(Item, Item.id == groups.c.last)
        .order_by(groups.c.captures.desc(), groups.c.station)
    )
    return [ErrorGroup(*row) for row in session.execute(query)]


def _narrow(query: Select[Any], states: tuple[ItemState, ...]) -> Select[Any]:
    return query.where(Item.state.in_(states)) if states else query


def _shots() -> Select[Any]:
    query: Select[Any] = select(*_SHOT)
    return (
        query.join(Capture, Capture.id == Item.capture_id)
        .join(Deployment, Deployment.id == Capture.deployment_id)
        .outerjoin(Result, Result.id == Item.result_id)
    )


_SHOT: list[Any] = [
    Item.id.label("item_id"),
    Item.capture_id,
    Capture.path,
    Deployment.name.label("station"),
    Deployment.timezone,
    Capture.taken_at,
    Capture.width,
    Capture.height,
    Item.state,
    Item.error,
    Item.result_id,
    Result.detections_count.label("detections"),
]
