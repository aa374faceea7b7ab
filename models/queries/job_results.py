"""What a job found and what it could not do: the boxes on one of its captures, its errors by cause, who may review."""

from dataclasses import dataclass, fields

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.captures import Capture, Deployment
from models.jobs import Item
from models.people import User
from models.results import Detection
from models.states import ItemState


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
    station_id: int | None
    captures: int
    example: str | None


def boxes(session: Session, result_id: int) -> list[BoxRow]:
    """The animals of one result, the surest first."""
    columns = [getattr(Detection, field.name) for field in fields(BoxRow)]
    query = select(*columns).where(Detection.result_id == result_id).order_by(Detection.score.desc(), Detection.id)
    return [BoxRow(**row._mapping) for row in session.execute(query)]


def error_groups(session: Session, job_id: int) -> list[ErrorGroup]:
    """Why captures of a job failed, the commonest cause first."""
    last = func.max(Item.id).label("last")
    groups = (
        select(Item.error_kind, Capture.deployment_id, func.count().label("captures"), last)
        .outerjoin(Capture, Capture.id == Item.capture_id)
        .where(Item.job_id == job_id, Item.state == ItemState.FAILED)
        .group_by(Item.error_kind, Capture.deployment_id)
        .subquery()
    )
    query = (
        select(groups.c.error_kind, Deployment.name, Deployment.id, groups.c.captures, Item.error)
        .select_from(groups)
        .join(Item, Item.id == groups.c.last)
        .outerjoin(Deployment, Deployment.id == groups.c.deployment_id)
        .order_by(groups.c.captures.desc(), Deployment.name, groups.c.error_kind)
    )
    return [ErrorGroup(*row) for row in session.execute(query)]


def reviewers(session: Session) -> list[str]:
    """The names of the people who can be asked to look at results."""
    return list(session.scalars(select(User.name).where(User.disabled.is_(False)).order_by(User.name)))


def timezone_of(session: Session, deployment_id: int | None) -> str:
    """The zone of a station; UTC without one."""
    return session.scalars(select(Deployment.timezone).where(Deployment.id == deployment_id)).first() or "UTC"
