"""The board of nights, and one night of it, as plain rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select, union
from sqlalchemy.orm import Session

from models.captures import Capture, Deployment, Event, Project
from models.jobs import Item, Job, JobNight
from models.nights import ONE_DAY, Gap, gaps_of
from models.pipelines import Pipeline
from models.states import FINAL, ItemState, Status

SPAN = 31  # nights on one board, unless a whole season is asked for
SEASON = 92
RECENT = timedelta(days=21)  # a board whose newest night is older ends there, and not with last night
RUNNING = (Status.STARTED, Status.CANCELING)
WAITING = (Status.PENDING,)
FEW_NIGHTS = 100  # of which the jobs are looked up; for more, all jobs that are at work are gone through


@dataclass(frozen=True)
class Station:
    id: int
    name: str
    project: str
    timezone: str
    since: date  # its first night ever


@dataclass(frozen=True)
class Cell:
    """One night of one station; `running` and `waiting` count the jobs that are about it now. Times are UTC."""

    event_id: int
    station_id: int
    night: date
    captures: int
    expected: int
    processed: int
    failed: int
    detections: int
    gaps: tuple[Gap, ...]
    first_at: datetime | None
    last_at: datetime | None
    running: int = 0
    waiting: int = 0

    @property
    def open(self) -> int:
        """Captures that no pipeline has looked at with an end, good or bad."""
        return max(self.captures - self.processed - self.failed, 0)

    @property
    def lost(self) -> timedelta:
        """How long the camera was silent, all gaps together."""
        return sum((gap.end - gap.start for gap in self.gaps), timedelta())


@dataclass(frozen=True)
class BoardRows:
    """Stations × nights. A pair without a cell is a missing night, or one before the station's first."""

    stations: list[Station]
    nights: list[date]  # every date from the first to the last
    cells: dict[tuple[int, date], Cell]
    earlier: date | None  # the newest night before the board
    later: date | None  # the oldest night after it


@dataclass(frozen=True)
class NightRow:
    """One night with the names of its place."""

    cell: Cell
    station: str
    project: str
    project_id: int
    timezone: str
    latitude: float | None
    longitude: float | None
    before: int | None  # event ids of the station's nights next to it
    after: int | None


@dataclass(frozen=True)
class Moment:
    """One capture of a night as a chart needs it."""

    taken_at: datetime
    state: str  # done, failed or open
    detections: int


def board(
    session: Session,
    project_id: int | None = None,
    first: date | None = None,
    last: date | None = None,
    *,
    today: date | None = None,
    span: int = SPAN,
) -> BoardRows:
    """The nights from `first` to `last`, both included; without them the newest `span`.

    With `today` given and captures of late, the newest night is the last one that can be over, so that a station that
    fell silent shows.
    """
    extent = session.execute(_of_project(select(func.min(Event.night), func.max(Event.night)), project_id)).one()
    oldest, newest = extent[0], extent[1]
    if oldest is None or newest is None:
        return BoardRows([], [], {}, None, None)
    last_night = today - ONE_DAY if today else newest
    end = max(newest, last_night) if last_night - newest <= RECENT else newest
    last = min(last or end, end)
    first = first or max(oldest, last - ONE_DAY * (span - 1))
    cells = _cells(session, _of_project(_CELL.where(Event.night.between(first, last)), project_id))
    return BoardRows(
        stations=_stations(session, project_id, last),
        nights=[first + ONE_DAY * number for number in range((last - first).days + 1)],
        cells={(cell.station_id, cell.night): cell for cell in cells},
        earlier=session.scalar(_of_project(select(func.max(Event.night)).where(Event.night < first), project_id)),
        later=session.scalar(_of_project(select(func.min(Event.night)).where(Event.night > last), project_id)),
    )


def night(session: Session, event_id: int) -> NightRow | None:
    """One night, or None when there is no such event."""
    cells = _cells(session, _CELL.where(Event.id == event_id))
    if not cells:
        return None
    cell = cells[0]
    place = session.execute(
        select(
            Deployment.name.label("station"),
            Project.name.label("project"),
            Project.id.label("project_id"),
            Deployment.timezone,
            Deployment.latitude,
            Deployment.longitude,
        )
        .join(Project)
        .where(Deployment.id == cell.station_id)
    ).one()
    return NightRow(
        cell=cell,
        **place._mapping,
        before=session.scalar(_beside(cell, Event.night < cell.night, Event.night.desc())),
        after=session.scalar(_beside(cell, Event.night > cell.night, Event.night.asc())),
    )


def moments(session: Session, event_id: int) -> list[Moment]:
    """The night's captures in the order of their times."""
    state = case((Capture.processed_at.is_not(None), "done"), (Capture.failed_at.is_not(None), "failed"), else_="open")
    rows = session.execute(
        select(Capture.taken_at, state, Capture.detections_count)
        .where(Capture.event_id == event_id, Capture.taken_at.is_not(None))
        .order_by(Capture.taken_at)
    )
    return [Moment(taken_at, state, detections) for taken_at, state, detections in rows]


def failed_in(session: Session, event_id: int) -> list[int]:
    """The jobs that a retry takes up for this night: for each capture without a result, the last job it failed in."""
    last = (
        select(func.max(Item.job_id))
        .join(Capture, Capture.id == Item.capture_id)
        .where(Capture.event_id == event_id, Capture.processed_at.is_(None), Item.state == ItemState.FAILED)
        .group_by(Item.capture_id)
    )
    return list(session.scalars(select(Job.id).where(Job.id.in_(last), Job.status.in_(FINAL)).order_by(Job.id)))


def cells_of(session: Session, event_ids: Collection[int], project_id: int | None = None) -> list[Cell]:
    """These nights, oldest first; those that are gone, or of another project than this one, are left out."""
    query = _of_project(_CELL.where(Event.id.in_(event_ids)), project_id)
    return sorted(_cells(session, query), key=lambda cell: (cell.night, cell.station_id))


def pipeline_named(session: Session, slug: str) -> int | None:
    """The id of the pipeline with this slug, if it is there and may be used."""
    return session.scalar(select(Pipeline.id).where(Pipeline.slug == slug, Pipeline.enabled))


def pipelines(session: Session) -> list[tuple[str, str]]:
    """(slug, name) of every pipeline that may be used."""
    rows = session.execute(select(Pipeline.slug, Pipeline.name).where(Pipeline.enabled).order_by(Pipeline.name))
    return list(rows.tuples())


def _cells(session: Session, query: Any) -> list[Cell]:
    rows: Sequence[Any] = session.connection().execute(query).all()  # thousands in a season, so past the ORM
    active = _active(session, [row.event_id for row in rows])
    return [_cell(row, *active.get(row.event_id, (0, 0))) for row in rows]


def _cell(row: Any, running: int, waiting: int) -> Cell:
    *counts, gaps, first_at, last_at = row
    known: list[Any] = [*counts, gaps_of(gaps), first_at, last_at, running, waiting]
    return Cell(*known)


_CELL = select(
    Event.id.label("event_id"),
    Event.deployment_id.label("station_id"),
    Event.night,
    Event.captures_count.label("captures"),
    Event.expected_count.label("expected"),
    Event.processed_count.label("processed"),
    Event.failed_count.label("failed"),
    Event.detections_count.label("detections"),  # so far in the order of the fields of Cell
    Event.gaps,
    Event.first_at,
    Event.last_at,
)


def _active(session: Session, events: list[int]) -> dict[int, tuple[int, int]]:
    """How many jobs run and wait for each of these nights: asked for it, or found to have captures of it."""
    wanted = Job.status.in_((*RUNNING, *WAITING))
    asked = select(Job.event_id.label("event"), Job.id, Job.status).where(wanted, Job.event_id.is_not(None))
    found = select(JobNight.event_id.label("event"), Job.id, Job.status).join(Job, Job.id == JobNight.job_id)
    found = found.where(wanted)
    if len(events) <= FEW_NIGHTS:
        asked, found = asked.where(Job.event_id.in_(events)), found.where(JobNight.event_id.in_(events))
    both = union(asked, found).subquery()
    waits = case((both.c.status.in_(WAITING), 1), else_=0)
    counted = select(both.c.event, func.count() - func.sum(waits), func.sum(waits)).group_by(both.c.event)
    return {event: (running, waiting) for event, running, waiting in session.execute(counted)}


def _stations(session: Session, project_id: int | None, last: date) -> list[Station]:
    """Every station that had a night by then, by project and name."""
    since = select(func.min(Event.night)).where(Event.deployment_id == Deployment.id).scalar_subquery()
    query = (
        select(Deployment.id, Deployment.name, Project.name.label("project"), Deployment.timezone, since.label("since"))
        .join(Project)
        .where(since <= last)
        .order_by(Project.name, Deployment.name)
    )
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    return [Station(**row._mapping) for row in session.execute(query)]


def _of_project(query: Any, project_id: int | None) -> Any:
    if project_id is None:
        return query
    return query.join(Deployment, Deployment.id == Event.deployment_id).where(Deployment.project_id == project_id)


def _beside(cell: Cell, where: Any, order: Any) -> Select[int]:
    return select(Event.id).where(Event.deployment_id == cell.station_id, where).order_by(order).limit(1)
