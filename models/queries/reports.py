"""What a report counts, as plain rows, and the captures behind any number of it.

A capture counts with its latest result. Nothing is estimated here: a night without captures has no row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models.captures import STATES as CAPTURE_STATES
from models.captures import Capture, Deployment, Event
from models.jobs import Attempt, Item, Job, JobNight
from models.nights import Gap, effort, gaps_of
from models.pipelines import Pipeline
from models.queries.ranges import within
from models.results import COUNTS, Result
from models.states import ItemState, Status

UNKNOWN = "unknown"  # the cause of a failure that no item tells any more


@dataclass(frozen=True)
class Selection:
    """Which nights a report is about: of these stations (all when empty), from evening to evening, both included."""

    project_id: int | None = None
    stations: tuple[int, ...] = ()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class NightOut:
    """One night of one station, as it was counted. Times are UTC."""

    event_id: int
    station_id: int
    station: str
    timezone: str
    latitude: float | None
    longitude: float | None
    night: date
    captures: int
    expected: int
    processed: int
    stopped: int  # at a checkpoint, where they wait for a person
    failed: int
    detections: int
    first_at: datetime | None
    last_at: datetime | None
    gaps: tuple[Gap, ...]

    @property
    def effort_h(self) -> float:
        """Hours in which captures followed each other within three usual intervals."""
        return effort(self.first_at, self.last_at, self.gaps) / timedelta(hours=1)

    @property
    def open(self) -> int:
        return max(self.captures - self.processed - self.stopped - self.failed, 0)


@dataclass(frozen=True)
class Seen:
    """One processed capture of a night."""

    event_id: int
    taken_at: datetime
    detections: int


@dataclass(frozen=True)
class Cause:
    """How many captures of a station have no result because their last try failed in this way."""

    station_id: int
    kind: str
    captures: int


@dataclass(frozen=True)
class JobTime:
    """One finished attempt of a job that had captures of the selection; durations in ms."""

    job_id: int
    name: str
    attempt: int
    status: Status
    pipeline: str | None
    submitted_at: datetime
    queue_ms: int | None
    elapsed_ms: int | None
    captures: int  # of the selection


@dataclass(frozen=True)
class OriginRow:
    """A pipeline version with its parameters in one job, and how many captures it stands behind."""

    pipeline_id: int
    pipeline: str
    slug: str
    version: int
    parameters: str  # digest
    job_id: int | None
    job: str | None
    captures: int
    detections: int


@dataclass(frozen=True)
class Behind:
    """Which captures a number counts. `windows` are times UTC of single nights; `kind` is a cause of failure."""

    selection: Selection
    state: str = "all"  # a key of _STATES
    windows: tuple[tuple[int, datetime, datetime], ...] | None = None  # (night, from, before)
    kind: str | None = None


@dataclass(frozen=True)
class CaptureBehind:
    """One capture behind a number, with what its result came from or why it has none."""

    id: int
    path: str
    taken_at: datetime | None
    station: str
    timezone: str
    event_id: int
    night: date
    detections: int
    pipeline: str | None
    version: int | None
    parameters: str | None
    job_id: int | None
    error: str | None


def nights(session: Session, where: Selection) -> list[NightOut]:
    """The nights of the selection that have captures, by station and date."""
    query = (
        select(
            Event.id,
            Deployment.id,
            Deployment.name,
            Deployment.timezone,
            Deployment.latitude,
            Deployment.longitude,
            Event.night,
            Event.captures_count,
            Event.expected_count,
            Event.processed_count,
            Event.stopped_count,
            Event.failed_count,
            Event.detections_count,
            Event.first_at,
            Event.last_at,
            Event.gaps,
        )
        .select_from(Event)
        .join(Deployment, Deployment.id == Event.deployment_id)
        .where(*_chosen(where), Event.captures_count > 0)
        .order_by(Deployment.name, Deployment.id, Event.night)
    )
    rows: Any = session.execute(query)
    return [NightOut(*[*row[:-1], gaps_of(row.gaps)]) for row in rows]


def extent(session: Session, where: Selection) -> tuple[date, date] | None:
    """The first and the last night with captures; None when there is none."""
    query = select(func.min(Event.night), func.max(Event.night)).join(Deployment, Deployment.id == Event.deployment_id)
    first, last = session.execute(query.where(*_chosen(where), Event.captures_count > 0)).one()
    return None if first is None or last is None else (first, last)


def places(session: Session, project_id: int | None = None) -> list[tuple[int, str]]:
    """(id, name) of every station with a night, of one project for who may see only that."""
    query = select(Deployment.id, Deployment.name).where(*_chosen(Selection(project_id)))
    has_night = select(Event.id).where(Event.deployment_id == Deployment.id).exists()
    rows = session.execute(query.where(has_night).order_by(Deployment.name, Deployment.id))
    return [(key, name) for key, name in rows]


def projects(session: Session, where: Selection) -> list[int]:
    """The projects of the selected stations."""
    chosen = _chosen(Selection(where.project_id, where.stations))
    return list(session.scalars(select(Deployment.project_id).distinct().where(*chosen)))


def seen(session: Session, where: Selection) -> Iterator[Seen]:
    """The processed captures that have a time, a block at a time."""
    query = _of(select(Capture.event_id, Capture.taken_at, Capture.detections_count), where)
    rows = session.execute(
        query.where(Capture.processed_at.is_not(None), Capture.taken_at.is_not(None)),
        execution_options={"yield_per": 5000},
    )
    return (Seen(*row) for row in rows)


def causes(session: Session, where: Selection) -> list[Cause]:
    """Why captures have no result, the most frequent cause first."""
    last = _last_failures(where)
    kind = func.coalesce(Item.error_kind, UNKNOWN)
    query = (
        _of(select(Capture.deployment_id, kind, func.count()), where)
        .outerjoin(last, last.c.capture_id == Capture.id)
        .outerjoin(Item, Item.id == last.c.item_id)
        .where(*_STATES["failed"])
        .group_by(Capture.deployment_id, kind)
        .order_by(func.count().desc(), kind)
    )
    return [Cause(*row) for row in session.execute(query)]


def job_times(session: Session, where: Selection, limit: int = 400) -> list[JobTime]:
    """The finished attempts of jobs that had captures of these nights, the latest first."""
    touched = (
        select(JobNight.job_id, func.sum(JobNight.captures_count).label("captures"))
        .join(Event, Event.id == JobNight.event_id)
        .join(Deployment, Deployment.id == Event.deployment_id)
        .where(*_chosen(where))
        .group_by(JobNight.job_id)
        .subquery()
    )
    query = (
        select(
            Job.id,
            Job.name,
            Attempt.number,
            Attempt.status,
            Pipeline.name,
            Attempt.submitted_at,
            Attempt.queue_ms,
            Attempt.elapsed_ms,
            touched.c.captures,
        )
        .select_from(touched)
        .join(Job, Job.id == touched.c.job_id)
        .join(Attempt, Attempt.job_id == Job.id)
        .outerjoin(Pipeline, Pipeline.id == Job.pipeline_id)
        .where(Attempt.finished_at.is_not(None))
        .order_by(Attempt.submitted_at.desc(), Job.id.desc())
        .limit(limit)
    )
    rows: Any = session.execute(query)
    return [JobTime(*[*row[:-1], int(row.captures)]) for row in rows]


def origins(session: Session, behind: Behind) -> list[OriginRow]:
    """What made the results of these captures, the one behind most captures first."""
    made = (Result.pipeline_id, Pipeline.name, Pipeline.slug, Result.pipeline_version, Result.parameters)
    whose = (Result.job_id, Job.name)
    query = (
        _with_results(_of(select(*made, *whose, func.count(), func.sum(Result.detections_count)), behind.selection))
        .where(*_conditions(behind), Result.id.is_not(None))
        .group_by(*made, *whose)
        .order_by(func.count().desc(), Result.job_id)
    )
    rows: Any = session.execute(query)
    return [OriginRow(*[*row[:-1], int(row[-1] or 0)]) for row in rows]


def counts(session: Session, behind: Behind) -> tuple[int, int]:
    """How many captures these are, and how many detections they have."""
    query = _of(select(func.count(), func.coalesce(func.sum(Capture.detections_count), 0)), behind.selection)
    captures, detections = session.execute(query.where(*_conditions(behind))).one()
    return int(captures), int(detections)


def captures(session: Session, behind: Behind, *, offset: int, limit: int) -> list[CaptureBehind]:
    """A window of these captures, in the order of their times."""
    last = _last_failures(behind.selection)
    query = (
        _with_results(
            _of(
                select(
                    Capture.id,
                    Capture.path,
                    Capture.taken_at,
                    Deployment.name,
                    Deployment.timezone,
                    Event.id,
                    Event.night,
                    Capture.detections_count,
                    Pipeline.name,
                    Result.pipeline_version,
                    Result.parameters,
                    Result.job_id,
                    Item.error,
                ),
                behind.selection,
            )
        )
        .outerjoin(last, and_(last.c.capture_id == Capture.id, Capture.processed_at.is_(None)))
        .outerjoin(Item, Item.id == last.c.item_id)
        .where(*_conditions(behind))
        .order_by(Capture.taken_at, Capture.id)
        .offset(offset)
        .limit(limit)
    )
    return [CaptureBehind(*row) for row in session.execute(query)]


_STATES: dict[str, list[ColumnElement[bool]]] = {
    "all": [],
    "processed": [CAPTURE_STATES["done"]],
    "stopped": [CAPTURE_STATES["stopped"]],
    "failed": [CAPTURE_STATES["failed"]],
    "open": [CAPTURE_STATES["open"]],
}
STATES = tuple(_STATES)


def _chosen(where: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.project_id is not None:
        conditions.append(Deployment.project_id == where.project_id)
    if where.stations:
        conditions.append(Deployment.id.in_(where.stations))
    return [*conditions, *within(Event.night, where.first, where.last)]


def _of(query: Any, where: Selection) -> Any:
    """The captures of the selected nights."""
    joined = query.select_from(Capture).join(Event, Event.id == Capture.event_id)
    return joined.join(Deployment, Deployment.id == Event.deployment_id).where(*_chosen(where))


def _conditions(behind: Behind) -> list[ColumnElement[bool]]:
    conditions = list(_STATES[behind.state])
    if behind.windows is not None:
        conditions.append(or_(False, *(_within(*window) for window in behind.windows)))
    if behind.kind is not None:
        last = _last_failures(behind.selection)
        of_kind = select(last.c.capture_id).join(Item, Item.id == last.c.item_id)
        if behind.kind == UNKNOWN:
            known = of_kind.where(Item.error_kind.is_not(None))
            conditions.append(Capture.id.not_in(known))
        else:
            conditions.append(Capture.id.in_(of_kind.where(Item.error_kind == behind.kind)))
    return conditions


def _within(event_id: int, start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(Capture.event_id == event_id, Capture.taken_at >= start, Capture.taken_at < end)


def _with_results(query: Any) -> Any:
    """With each capture's latest result that counts, where it has one."""
    mine = (Result.capture_id == Capture.id, COUNTS)
    newest = select(func.max(Result.id)).where(*mine).correlate(Capture).scalar_subquery()
    joined = query.outerjoin(Result, and_(Result.capture_id == Capture.id, Result.id == newest))
    return joined.outerjoin(Pipeline, Pipeline.id == Result.pipeline_id).outerjoin(Job, Job.id == Result.job_id)


def _last_failures(where: Selection) -> Any:
    """The item of each capture's last failed try: (capture_id, item_id)."""
    query: Select[Any] = _of(select(Item.capture_id, func.max(Item.id).label("item_id")), where)
    failed = query.join(Item, Item.capture_id == Capture.id).where(Item.state == ItemState.FAILED)
    return failed.where(*_STATES["failed"]).group_by(Item.capture_id).subquery()
