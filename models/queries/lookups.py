"""Projects, stations, nights, captures and collections, as the lists and details of the API show them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.captures import Capture, Collection, CollectionCapture, Deployment, Event, Project, Source
from models.jobs import Job
from models.queries.listing import Listing, Where, containing
from models.queries.pipelines import PIPELINES
from models.results import Detection, Result
from models.states import Status

__all__ = [
    "CAPTURES",
    "COLLECTIONS",
    "DEPLOYMENTS",
    "EVENTS",
    "PIPELINES",
    "PROJECTS",
    "BoxRow",
    "CaptureRow",
    "CollectionRow",
    "DeploymentRow",
    "DetectionRow",
    "EventRow",
    "JobMark",
    "ProjectRow",
    "Where",
    "boxes",
    "counts",
    "detection",
    "latest_jobs",
]


@dataclass(frozen=True)
class ProjectRow:
    id: int
    name: str
    description: str
    deployments_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class DeploymentRow:
    """A station with what it has; nights are dates of evenings."""

    id: int
    name: str
    project_id: int
    project: str
    timezone: str
    latitude: float | None
    longitude: float | None
    events_count: int
    captures_count: int
    detections_count: int
    first_night: date | None
    last_night: date | None
    sources_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class EventRow:
    """A night with its counts; `example_id` is its last capture."""

    id: int
    deployment_id: int
    deployment: str
    project_id: int
    timezone: str
    night: date
    first_at: datetime | None
    last_at: datetime | None
    captures_count: int
    expected_count: int
    processed_count: int
    stopped_count: int
    failed_count: int
    detections_count: int
    gaps: list[dict[str, Any]]
    example_id: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class CaptureRow:
    """A photograph; width and height in px as stored in the file, times UTC."""

    id: int
    deployment_id: int
    deployment: str
    project_id: int
    timezone: str
    event_id: int | None
    night: date | None
    path: str
    taken_at: datetime | None
    width: int | None
    height: int | None
    size_bytes: int
    header_error: str | None
    processed_at: datetime | None
    failed_at: datetime | None
    detections_count: int
    time_source: str  # what tells when it was taken: name, exif, file (its own time, a last resort) or none


@dataclass(frozen=True)
class CollectionRow:
    """A sampled set of captures, and how many of them are processed and have animals."""

    id: int
    name: str
    description: str
    project_id: int
    method: str
    arguments: dict[str, Any]
    seed: int
    captures_count: int
    processed_count: int
    with_detections_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class BoxRow:
    """One animal; the box is in full-resolution px of the upright picture, the score from 0 to 1."""

    id: int
    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    label: str
    algorithm: str
    created_at: datetime
    area_px: int | None
    length_px: float | None  # along its main axis
    sharpness: float | None  # variance of the Laplacian in its box, squared grey levels
    px_per_mm: float | None  # of its station

    @property
    def length_mm(self) -> float | None:
        """Its length at the scale that its station has now; None where one of the two is not known."""
        return self.length_px / self.px_per_mm if self.length_px and self.px_per_mm else None


@dataclass(frozen=True)
class DetectionRow:
    """Where one animal is: the box is in full-resolution px of the upright picture."""

    id: int
    capture_id: int
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class JobMark:
    """A job as it is named beside what it was about."""

    id: int
    name: str
    status: Status
    created_at: datetime
    updated_at: datetime


def _count(table: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


def _stations_of(project_id: Any) -> Select[int]:
    return select(Deployment.id).where(Deployment.project_id == project_id)


def _with_project(query: Select[Any]) -> Select[Any]:
    return query.join(Project, Project.id == Deployment.project_id)


def _with_station(query: Select[Any]) -> Select[Any]:
    return query.join(Deployment, Deployment.id == Event.deployment_id)


def _with_night(query: Select[Any]) -> Select[Any]:
    return query.join(Deployment, Deployment.id == Capture.deployment_id).outerjoin(Event, Event.id == Capture.event_id)


def _in_collection(*conditions: ColumnElement[bool]) -> Any:
    members = (
        select(func.count()).select_from(CollectionCapture).where(CollectionCapture.collection_id == Collection.id)
    )
    if conditions:
        members = members.join(Capture, Capture.id == CollectionCapture.capture_id).where(*conditions)
    return members.scalar_subquery()


PROJECTS: Listing[ProjectRow] = Listing(
    row=ProjectRow,
    key=Project.id,
    source=lambda query: query,
    columns={"deployments_count": _count(Deployment, Deployment.project_id == Project.id)},
    narrow={
        "project_id": lambda value: Project.id == value,
        "words": partial(containing, Project.name),
    },
    sorts={
        "id": Project.id,
        "name": Project.name,
        "created_at": Project.created_at,
        "updated_at": Project.updated_at,
    },
    usual="id",
)

_NIGHT = select(func.min(Event.night)).where(Event.deployment_id == Deployment.id)
DEPLOYMENTS: Listing[DeploymentRow] = Listing(
    row=DeploymentRow,
    key=Deployment.id,
    source=_with_project,
    columns={
        "project": Project.name,
        "events_count": _count(Event, Event.deployment_id == Deployment.id),
        "captures_count": _count(Capture, Capture.deployment_id == Deployment.id),
        "detections_count": select(cast(func.coalesce(func.sum(Event.detections_count), 0), BigInteger))
        .where(Event.deployment_id == Deployment.id)
        .scalar_subquery(),
        "first_night": _NIGHT.scalar_subquery(),
        "last_night": select(func.max(Event.night)).where(Event.deployment_id == Deployment.id).scalar_subquery(),
        "sources_count": _count(Source, Source.deployment_id == Deployment.id),
    },
    narrow={
        "project_id": lambda value: Deployment.project_id == value,
        "deployment_id": lambda value: Deployment.id == value,
        "words": partial(containing, Deployment.name),
    },
    sorts={
        "id": Deployment.id,
        "name": Deployment.name,
        "created_at": Deployment.created_at,
        "updated_at": Deployment.updated_at,
    },
    usual="name",
)

EVENTS: Listing[EventRow] = Listing(
    row=EventRow,
    key=Event.id,
    source=_with_station,
    columns={
        "deployment": Deployment.name,
        "project_id": Deployment.project_id,
        "timezone": Deployment.timezone,
        "example_id": select(Capture.id)
        .where(Capture.event_id == Event.id)
        .order_by(Capture.taken_at.desc(), Capture.id.desc())
        .limit(1)
        .scalar_subquery(),
    },
    narrow={
        "project_id": lambda value: Event.deployment_id.in_(_stations_of(value)),
        "deployment_id": lambda value: Event.deployment_id == value,
        "event_id": lambda value: Event.id == value,
        "collection_id": lambda value: Event.id.in_(
            select(Capture.event_id)
            .join(CollectionCapture, CollectionCapture.capture_id == Capture.id)
            .where(CollectionCapture.collection_id == value)
        ),
    },
    sorts={
        "id": Event.id,
        "night": Event.night,
        "start": Event.first_at,
        "end": Event.last_at,
        "captures_count": Event.captures_count,
        "detections_count": Event.detections_count,
        "created_at": Event.created_at,
        "updated_at": Event.updated_at,
    },
    usual="night",
)

CAPTURES: Listing[CaptureRow] = Listing(
    row=CaptureRow,
    key=Capture.id,
    source=_with_night,
    columns={
        "deployment": Deployment.name,
        "project_id": Deployment.project_id,
        "timezone": Deployment.timezone,
        "night": Event.night,
    },
    narrow={
        "project_id": lambda value: Capture.deployment_id.in_(_stations_of(value)),
        "deployment_id": lambda value: Capture.deployment_id == value,
        "event_id": lambda value: Capture.event_id == value,
        "collection_id": lambda value: Capture.id.in_(
            select(CollectionCapture.capture_id).where(CollectionCapture.collection_id == value)
        ),
        "words": partial(containing, Capture.path),
    },
    sorts={
        "id": Capture.id,
        "timestamp": Capture.taken_at,
        "path": Capture.path,
        "size": Capture.size_bytes,
        "detections_count": Capture.detections_count,
        "last_processed": Capture.processed_at,
        "created_at": Capture.created_at,
    },
    usual="id",
)

COLLECTIONS: Listing[CollectionRow] = Listing(
    row=CollectionRow,
    key=Collection.id,
    source=lambda query: query,
    columns={
        "captures_count": _in_collection(),
        "processed_count": _in_collection(Capture.processed_at.is_not(None)),
        "with_detections_count": _in_collection(Capture.detections_count > 0),
    },
    narrow={
        "project_id": lambda value: Collection.project_id == value,
        "collection_id": lambda value: Collection.id == value,
        "words": partial(containing, Collection.name),
    },
    sorts={
        "id": Collection.id,
        "name": Collection.name,
        "method": Collection.method,
        "created_at": Collection.created_at,
        "updated_at": Collection.updated_at,
    },
    usual="id",
)


def counts(session: Session, project_id: int | None) -> dict[str, int]:
    """How many projects, stations, nights, captures and jobs there are; of one project, or of all."""
    where = Where(project_id=project_id)
    kinds: dict[str, Listing[Any]] = {
        "projects": PROJECTS,
        "deployments": DEPLOYMENTS,
        "events": EVENTS,
        "captures": CAPTURES,
    }
    found = {f"{name}_count": listing.count(session, where) for name, listing in kinds.items()}
    jobs = select(func.count(Job.id))
    jobs = jobs if project_id is None else jobs.where(Job.project_id == project_id)
    return found | {"jobs_count": session.scalars(jobs).one()}


def boxes(session: Session, capture_ids: Iterable[int]) -> dict[int, list[BoxRow]]:
    """The animals on each of these captures by its latest result that counts, the surest first."""
    found: dict[int, list[BoxRow]] = {capture_id: [] for capture_id in capture_ids}
    mine = (Result.capture_id.in_(list(found)), Result.waiting.is_(False))
    latest = select(func.max(Result.id)).where(*mine).group_by(Result.capture_id)
    columns: list[Any] = [getattr(Detection, field.name) for field in fields(BoxRow) if field.name != "px_per_mm"]
    query = (
        select(Detection.capture_id, *columns, Deployment.px_per_mm)
        .join(Capture, Capture.id == Detection.capture_id)
        .join(Deployment, Deployment.id == Capture.deployment_id)
        .where(Detection.result_id.in_(latest))
        .order_by(Detection.score.desc(), Detection.id)
    )
    for capture_id, *values in session.execute(query):
        found[capture_id].append(BoxRow(*values))
    return found


def detection(session: Session, detection_id: int, project_id: int | None) -> DetectionRow | None:
    """One animal; None when there is no such one, or none in this project (any when None)."""
    columns: list[Any] = [getattr(Detection, field.name) for field in fields(DetectionRow)]
    query = (
        select(*columns)
        .join(Capture, Capture.id == Detection.capture_id)
        .join(Deployment, Deployment.id == Capture.deployment_id)
        .where(Detection.id == detection_id)
    )
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    row = session.execute(query).first()
    return None if row is None else DetectionRow(*row)


def latest_jobs(
    session: Session, scope: InstrumentedAttribute[int | None], ids: Iterable[int], most: int = 10
) -> dict[int, list[JobMark]]:
    """The latest jobs over each of these: `scope` is the column of `Job` that names them."""
    found: dict[int, list[JobMark]] = {row_id: [] for row_id in ids}
    rank = func.row_number().over(partition_by=scope, order_by=Job.id.desc()).label("rank")
    ranked = select(scope.label("scope"), Job.id, rank).where(scope.in_(list(found))).subquery()
    columns: list[Any] = [getattr(Job, field.name) for field in fields(JobMark)]
    query = (
        select(ranked.c.scope, *columns)
        .join(ranked, ranked.c.id == Job.id)
        .where(ranked.c.rank <= most)
        .order_by(Job.id.desc())
    )
    for row_id, *values in session.execute(query):
        found[row_id].append(JobMark(*values))
    return found
