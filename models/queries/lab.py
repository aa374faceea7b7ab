"""The lab's own things as the settings show them: stations, projects, collections, and the audit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.captures import INPUTS_OF, Capture, Collection, Deployment, Project, Source
from models.people import Audit


@dataclass(frozen=True)
class StationRow:
    """A station with all that is set of it. Zones are [x1, y1, x2, y2] in px of the full picture."""

    id: int
    name: str
    project_id: int
    project: str
    timezone: str
    clock_offset_min: int | None  # minutes east of UTC that its camera keeps; None follows the zone
    latitude: float | None
    longitude: float | None
    px_per_mm: float | None
    mask_zones: list[list[float]]
    lamp: str
    device_notes: str
    captures: int
    sources: int


@dataclass(frozen=True)
class ProjectRow:
    id: int
    name: str
    description: str
    stations: int


@dataclass(frozen=True)
class SampledRow:
    """A collection as it is described, and how many captures it has."""

    id: int
    name: str
    project: str
    method: str
    arguments: dict[str, Any]
    seed: int
    captures: int


@dataclass(frozen=True)
class Sample:
    """A capture to draw zones on."""

    id: int
    width: int  # px
    height: int


@dataclass(frozen=True)
class AuditFilter:
    """Which lines of the audit; `text` is looked for in who, verb, reason and where from."""

    text: str = ""
    outcome: str = ""  # accepted or refused; both when empty
    before: int | None = None  # an id: older lines only


@dataclass(frozen=True)
class AuditLine:
    """One thing that was asked. Times are UTC."""

    id: int
    requested_at: datetime
    who: str
    via: str
    verb: str
    job_id: int | None
    outcome: str
    reason: str | None
    details: dict[str, Any]
    done_at: datetime | None


def stations(session: Session, project_id: int | None = None) -> list[StationRow]:
    """Every station, by project and name; of one project for who may see only that."""
    captures = select(func.count(Capture.id)).where(Capture.deployment_id == Deployment.id).scalar_subquery()
    sources = select(func.count(Source.id)).where(Source.deployment_id == Deployment.id).scalar_subquery()
    query = select(
        Deployment.id,
        Deployment.name,
        Deployment.project_id,
        Project.name.label("project"),
        Deployment.timezone,
        Deployment.clock_offset_min,
        Deployment.latitude,
        Deployment.longitude,
        Deployment.px_per_mm,
        Deployment.mask_zones,
        Deployment.lamp,
        Deployment.device_notes,
        captures.label("captures"),
        sources.label("sources"),
    ).join(Project, Project.id == Deployment.project_id)
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    rows = session.execute(query.order_by(Project.name, Deployment.name, Deployment.id))
    return [StationRow(**row._mapping) for row in rows]


def projects(session: Session, project_id: int | None = None) -> list[ProjectRow]:
    """Every project by name, or the one that somebody may see."""
    number = select(func.count(Deployment.id)).where(Deployment.project_id == Project.id).scalar_subquery()
    query = select(Project.id, Project.name, Project.description, number)
    if project_id is not None:
        query = query.where(Project.id == project_id)
    return [ProjectRow(*row) for row in session.execute(query.order_by(Project.name))]


def collections(session: Session, project_id: int | None, limit: int) -> list[SampledRow]:
    """Collections, newest first, but those that are a job's own; of one project for who may see only that."""
    query = (
        select(
            Collection.id,
            Collection.name,
            Project.name,
            Collection.method,
            Collection.arguments,
            Collection.seed,
            Collection.captures_count,
        )
        .join(Project, Project.id == Collection.project_id)
        .where(Collection.description.not_like(f"{INPUTS_OF}%"))
    )
    if project_id is not None:
        query = query.where(Collection.project_id == project_id)
    return [SampledRow(*row) for row in session.execute(query.order_by(Collection.id.desc()).limit(limit))]


def sample(session: Session, station_id: int) -> Sample | None:
    """The station's newest capture whose picture can be read; None when there is none."""
    query = select(Capture.id, Capture.width, Capture.height).where(
        Capture.deployment_id == station_id, Capture.width > 0, Capture.height > 0, Capture.header_error.is_(None)
    )
    newest = query.order_by(Capture.taken_at.desc().nulls_last(), Capture.id.desc()).limit(1)
    row: Any = session.execute(newest).first()
    return None if row is None else Sample(*row)


def audit(session: Session, where: AuditFilter, limit: int) -> list[AuditLine]:
    """Lines of the audit, the newest first."""
    query = select(*(getattr(Audit, name) for name in AuditLine.__dataclass_fields__))
    if where.text:
        columns = (Audit.who, Audit.verb, Audit.reason, Audit.via)
        query = query.where(or_(*(column.icontains(where.text, autoescape=True) for column in columns)))
    if where.outcome:
        query = query.where(Audit.outcome == where.outcome)
    if where.before is not None:
        query = query.where(Audit.id < where.before)
    return [AuditLine(**row._mapping) for row in session.execute(query.order_by(Audit.id.desc()).limit(limit))]
