"""Captures with what was found in them, in blocks by id, as an export streams them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from models.captures import STATE, Capture, CollectionCapture, Deployment, Event, Project
from models.exports import ExportPart
from models.jobs import Item, Job
from models.pipelines import Pipeline
from models.queries.ranges import within
from models.results import Classification, Detection, Result


@dataclass(frozen=True)
class ExportScope:
    """Which captures, all conditions at once; nights are the dates of their evenings, both included.

    With a job, each capture comes with the result that it has in that job. Otherwise with its latest one, of
    `pipeline_id` alone if that is given.
    """

    project_id: int
    stations: tuple[int, ...] = ()
    first_night: date | None = None
    last_night: date | None = None
    event_id: int | None = None
    collection_id: int | None = None
    capture_id: int | None = None
    job_id: int | None = None
    pipeline_id: int | None = None


@dataclass(frozen=True)
class Found:
    """One animal: the box in full-resolution px, and its surest terminal classification if it has one."""

    id: int
    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    label: str
    area_px: int | None
    length_px: float | None
    sharpness: float | None
    algorithm: str
    taxon: str | None = None
    taxon_score: float | None = None
    taxon_algorithm: str | None = None


@dataclass(frozen=True)
class Origin:
    """What made a result: the pipeline in its version with its parameters, in which job. Times are UTC."""

    result_id: int
    pipeline_id: int
    pipeline: str  # slug
    pipeline_version: int
    parameters: str  # digest
    job_id: int | None
    attempt: int
    at: datetime


@dataclass(frozen=True)
class CaptureOut:
    """One capture with its station and night; `origin` is None when it has no result in the scope."""

    id: int
    path: str
    taken_at: datetime | None
    time_source: str
    width: int | None  # px
    height: int | None
    size_bytes: int
    checksum: str | None
    state: str  # done, failed or open
    station_id: int
    station: str
    timezone: str
    px_per_mm: float | None
    event_id: int | None
    night: date | None
    origin: Origin | None
    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class StationOut:
    """A station of a scope, with the time from its first to its last capture there, UTC."""

    id: int
    name: str
    timezone: str
    latitude: float | None
    longitude: float | None
    lamp: str
    device_notes: str
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class ExportJob:
    """A finished or running export, newest first in a list."""

    id: int
    uuid: str
    name: str
    project_id: int
    arguments: dict[str, Any]
    status: str
    created_at: datetime
    finished_at: datetime | None
    progress: float


def extent(session: Session, scope: ExportScope) -> tuple[int, int]:
    """How many captures the scope has now, and the greatest id among them (0 for none)."""
    count, last = session.execute(_narrow(select(func.count(), func.max(Capture.id)), scope)).one()
    return count, last or 0


def block(session: Session, scope: ExportScope, *, after: int, upto: int, limit: int) -> list[CaptureOut]:
    """The next captures by id, from above `after` to `upto`."""
    query = _narrow(select(*_COLUMNS), scope).where(Capture.id > after, Capture.id <= upto)
    rows = session.execute(query.order_by(Capture.id).limit(limit)).all()
    origins = _origins(session, scope, [row.id for row in rows])
    found = _found(session, [origin.result_id for origin in origins.values()])
    return [
        CaptureOut(
            **row._mapping,
            origin=origins.get(row.id),
            found=tuple(found.get(origins[row.id].result_id, ())) if row.id in origins else (),
        )
        for row in rows
    ]


def stations(session: Session, scope: ExportScope) -> list[StationOut]:
    """The stations that the scope's captures are of, by id."""
    columns = [Deployment.id, Deployment.name, Deployment.timezone, Deployment.latitude, Deployment.longitude]
    columns += [Deployment.lamp, Deployment.device_notes]
    times = [func.min(Capture.taken_at).label("first_at"), func.max(Capture.taken_at).label("last_at")]
    query = _narrow(select(*columns, *times), scope).group_by(*columns).order_by(Deployment.id)
    return [StationOut(**row._mapping) for row in session.execute(query)]


def project_name(session: Session, project_id: int) -> str:
    return session.scalars(select(Project.name).where(Project.id == project_id)).one()


def parts(session: Session, job_id: int, sheet: str) -> Iterable[bytes]:
    """The deflated blocks of one sheet, in their order, a few at a time."""
    query = select(ExportPart.content).filter_by(job_id=job_id, sheet=sheet).order_by(ExportPart.number)
    return session.scalars(query, execution_options={"yield_per": 4})


def recent(session: Session, job_type: str, project_id: int | None, limit: int) -> list[ExportJob]:
    """The newest jobs of the type that exports, of one project for who may see only that."""
    query = select(*(getattr(Job, name) for name in ExportJob.__dataclass_fields__)).where(Job.type == job_type)
    if project_id is not None:
        query = query.where(Job.project_id == project_id)
    return [ExportJob(**row._mapping) for row in session.execute(query.order_by(Job.id.desc()).limit(limit))]


_COLUMNS: list[Any] = [
    Capture.id,
    Capture.path,
    Capture.taken_at,
    Capture.time_source,
    Capture.width,
    Capture.height,
    Capture.size_bytes,
    Capture.checksum,
    STATE.label("state"),
    Deployment.id.label("station_id"),
    Deployment.name.label("station"),
    Deployment.timezone,
    Deployment.px_per_mm,
    Capture.event_id,
    Event.night,
]


def _narrow(query: Any, scope: ExportScope) -> Any:
    conditions: list[ColumnElement[bool]] = [Deployment.project_id == scope.project_id]
    if scope.stations:
        conditions.append(Capture.deployment_id.in_(scope.stations))
    conditions += within(Event.night, scope.first_night, scope.last_night)
    if scope.event_id is not None:
        conditions.append(Capture.event_id == scope.event_id)
    if scope.capture_id is not None:
        conditions.append(Capture.id == scope.capture_id)
    if scope.collection_id is not None:
        chosen = CollectionCapture.collection_id == scope.collection_id
        conditions.append(exists().where(chosen, CollectionCapture.capture_id == Capture.id))
    if scope.job_id is not None:
        conditions.append(exists().where(Item.job_id == scope.job_id, Item.capture_id == Capture.id))
    joined = query.select_from(Capture).join(Deployment, Deployment.id == Capture.deployment_id)
    return joined.outerjoin(Event, Event.id == Capture.event_id).where(*conditions)


def _origins(session: Session, scope: ExportScope, captures: Sequence[int]) -> dict[int, Origin]:
    """The result of each of these captures that counts in the scope."""
    query: Any = (
        select(
            Result.capture_id,
            Result.id,
            Result.pipeline_id,
            Pipeline.slug,
            Result.pipeline_version,
            Result.parameters,
            Result.job_id,
            Result.attempt,
            Result.created_at,
        )
        .join(Pipeline, Pipeline.id == Result.pipeline_id)
        .where(Result.capture_id.in_(captures), Result.waiting.is_(False))
        .order_by(Result.created_at, Result.id)  # so that the latest stays in the dict
    )
    if scope.job_id is not None:
        query = query.join(Item, and_(Item.result_id == Result.id, Item.job_id == scope.job_id))
    if scope.pipeline_id is not None:
        query = query.where(Result.pipeline_id == scope.pipeline_id)
    return {capture_id: Origin(*rest) for capture_id, *rest in session.execute(query)}


def _found(session: Session, results: Sequence[int]) -> dict[int, list[Found]]:
    """The animals of these results, in the order of their ids."""
    names = [name for name in Found.__dataclass_fields__ if not name.startswith("taxon")]
    columns = [getattr(Detection, name) for name in names]
    rows = session.execute(
        select(Detection.result_id, *columns).where(Detection.result_id.in_(results)).order_by(Detection.id)
    ).all()
    taxa = _taxa(session, results)
    found: dict[int, list[Found]] = {}
    for result_id, *values in rows:
        found.setdefault(result_id, []).append(Found(*values, *taxa.get(values[0], ())))
    return found


def _taxa(session: Session, results: Sequence[int]) -> dict[int, tuple[str, float, str]]:
    """The surest terminal classification of each detection of these results that has one."""
    query = (
        select(
            Classification.detection_id,
            Classification.label,
            Classification.score,
            Classification.algorithm,
        )
        .join(Detection, Detection.id == Classification.detection_id)
        .where(Detection.result_id.in_(results), Classification.terminal)
        .order_by(Classification.score, Classification.id)
    )
    return {detection: (label, score, algorithm) for detection, label, score, algorithm in session.execute(query)}
