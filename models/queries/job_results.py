"""What a job found and what it could not do: a page of its captures, the boxes on one of them, its errors by cause."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
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
    header_error: str | None
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


OPEN = (ItemState.WAITING, ItemState.CLAIMED, ItemState.STOPPED)
_SHOWN: dict[str, list[ColumnElement[bool]]] = {
    "all": [],
    "animals": [Result.detections_count > 0],
    "failed": [Item.state == ItemState.FAILED],
    "open": [Item.state.in_(OPEN)],
}
SHOWN = tuple(_SHOWN)


def shots(session: Session, job_id: int, *, show: str = "all", offset: int = 0, limit: int = 60) -> list[ShotRow]:
    """Captures of a job in the order in which they were taken; `show` is one of SHOWN."""
    query = _shots().where(Item.job_id == job_id, *_SHOWN[show]).order_by(Capture.taken_at, Capture.id)
    return [ShotRow(**row._mapping) for row in session.execute(query.offset(offset or None).limit(limit))]


def shot(session: Session, item_id: int) -> ShotRow | None:
    """One capture of a job by its item."""
    row = session.execute(_shots().where(Item.id == item_id)).first()
    return ShotRow(**row._mapping) if row else None


def counts(session: Session, job_id: int) -> dict[str, int]:
    """How many captures of a job each word of SHOWN shows."""
    columns = [func.count().filter(*conditions).label(name) for name, conditions in _SHOWN.items() if conditions]
    query = select(func.count().label("all"), *columns).outerjoin(Result, Result.id == Item.result_id)
    row = session.execute(query.where(Item.job_id == job_id, Item.capture_id.is_not(None))).one()
    return dict(row._mapping)


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


def timezone_of(session: Session, deployment_id: int | None) -> str:
    """The zone of a station; UTC without one."""
    return session.scalars(select(Deployment.timezone).where(Deployment.id == deployment_id)).first() or "UTC"


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
    Capture.header_error,
    Item.state,
    Item.error,
    Item.result_id,
    Result.detections_count.label("detections"),
]
