"""The board of nights, and one night of it, as plain rows."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, case, cast, func, select, union
from sqlalchemy.orm import Session

from models.captures import STATE, STATES, Capture, Deployment, Event, Project
from models.jobs import AWAITS_VERDICT, Item, Job, JobNight
from models.nights import ONE_DAY, Gap, gaps_of, last_night, last_night_of, zone_of
from models.pipelines import Pipeline
from models.rows import lists
from models.states import FINAL, ItemState, Status

SPAN = 31  # nights on one board, unless a whole season is asked for
SEASON = 92
RECENT = timedelta(days=21)  # a station that sent nothing for longer is at rest: no night is missed there
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
    until: date  # its newest

    def is_expected(self, night: date) -> bool:
        """Whether captures of this night should be there, once it can be over: it had begun, and is not at rest."""
        return self.since <= night <= self.until + RECENT

    def last_night(self, at: datetime) -> date:
        """Its newest night that can be over at a moment (UTC)."""
        return last_night(at, zone_of(self.timezone))


class Cell(NamedTuple):  # thousands in a season, and a dataclass takes four times as long to make
    """One night of one station; `running` and `waiting` count the jobs that are about it now. Times are UTC.

    `first_at` and `last_at` are told where there are gaps, which lie between them.
    """

    event_id: int
    station_id: int
    night: date
    detections: int
    captures: int
    processed: int
    stopped: int  # at a checkpoint, where they wait for a person
    failed: int
    gaps: tuple[Gap, ...]
    first_at: datetime | None
    last_at: datetime | None
    running: int = 0
    waiting: int = 0

    @property
    def shown(self) -> tuple[Any, ...]:
        """All that tells how its tile looks: captures and what follows."""
        return self[4:]

    @property
    def open(self) -> int:
        """Captures that no pipeline has looked at with an end, good or bad, or for a person to judge."""
        return max(self.captures - self.processed - self.stopped - self.failed, 0)

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
    last_night: date | None = None  # of the stations that are not at rest, where a moment was given

    @cached_property
    def by_night(self) -> dict[date, list[Cell]]:
        """The cells of each night that has any."""
        found = defaultdict[date, list[Cell]](list)
        for cell in self.cells.values():
            found[cell.night].append(cell)
        return dict(found)


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
    expected: int  # captures
    first_at: datetime | None  # of its captures, UTC
    last_at: datetime | None
    judged_in: int | None  # the newest job at whose checkpoint captures of it wait for a person
    before: int | None  # event ids of the station's nights next to it
    after: int | None


@dataclass(frozen=True)
class Moment:
    """One capture of a night as a chart needs it."""

    taken_at: datetime
    state: str  # of models.captures.STATES
    detections: int


def board(
    session: Session,
    project_id: int | None = None,
    first: date | None = None,
    last: date | None = None,
    *,
    at: datetime | None = None,
    span: int = SPAN,
) -> BoardRows:
    """The nights from `first` to `last`, both included; without them the newest `span`.

    With a moment `at` given (UTC) and captures of late, the newest night is the last one that can be over then, so that
    a station that fell silent shows.
    """
    ends = (func.min(Event.night), func.max(Event.night))  # one by one, each is the end of an index
    oldest, newest = (session.scalar(_of_project(select(end), project_id)) for end in ends)
    if oldest is None or newest is None:
        return BoardRows([], [], {}, None, None)
    stations = _stations(session, project_id)
    ended = _last_night(stations, at) if at else None
    end = max(newest, ended or newest)
    last = min(last or end, end)
    first = first or max(oldest, last - ONE_DAY * (span - 1))
    cells = _cells(session, Event.night.between(first, last), project_id)
    return BoardRows(
        stations=[station for station in stations if station.since <= last],
        nights=[first + ONE_DAY * number for number in range((last - first).days + 1)],
        cells={(cell.station_id, cell.night): cell for cell in cells},
        earlier=session.scalar(_of_project(select(func.max(Event.night)).where(Event.night < first), project_id)),
        later=session.scalar(_of_project(select(func.min(Event.night)).where(Event.night > last), project_id)),
        last_night=ended,
    )


def zones(session: Session) -> tuple[str, ...]:
    """The zones of the stations that were at work when the lab's newest captures were taken."""
    stations = _stations(session, None)
    newest = max((station.until for station in stations), default=date.min)
    return tuple(sorted({station.timezone for station in stations if station.is_expected(newest)}))


def night(session: Session, event_id: int) -> NightRow | None:
    """One night, or None when there is no such event."""
    cells = _cells(session, Event.id == event_id)
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
            Event.expected_count.label("expected"),
            Event.first_at,
            Event.last_at,
        )
        .select_from(Event)
        .join(Deployment)
        .join(Project)
        .where(Event.id == event_id)
    ).one()
    return NightRow(
        cell=cell,
        **place._mapping,
        judged_in=_judged_in(session, event_id) if cell.stopped else None,
        before=session.scalar(_beside(cell, Event.night < cell.night, Event.night.desc())),
        after=session.scalar(_beside(cell, Event.night > cell.night, Event.night.asc())),
    )


def moments(session: Session, event_id: int) -> list[Moment]:
    """The night's captures in the order of their times."""
    rows = session.execute(
        select(Capture.taken_at, STATE, Capture.detections_count)
        .where(Capture.event_id == event_id, Capture.taken_at.is_not(None))
        .order_by(Capture.taken_at)
    )
    return [Moment(at, state, detections) for at, state, detections in rows if at is not None]


def failed_in(session: Session, event_id: int) -> list[int]:
    """The jobs that a retry takes up for this night: for each capture without a result, the last job it failed in."""
    last = (
        select(func.max(Item.job_id))
        .join(Capture, Capture.id == Item.capture_id)
        .where(Capture.event_id == event_id, STATES["failed"], Item.state == ItemState.FAILED)
        .group_by(Item.capture_id)
    )
    return list(session.scalars(select(Job.id).where(Job.id.in_(last), Job.status.in_(FINAL)).order_by(Job.id)))


def cells_of(session: Session, event_ids: Collection[int], project_id: int | None = None) -> list[Cell]:
    """These nights, oldest first; those that are gone, or of another project than this one, are left out."""
    cells = _cells(session, Event.id.in_(event_ids), project_id)
    return sorted(cells, key=lambda cell: (cell.night, cell.station_id))


def pipeline_named(session: Session, slug: str) -> int | None:
    """The id of the pipeline with this slug, if it is there and may be used."""
    return session.scalar(select(Pipeline.id).where(Pipeline.slug == slug, Pipeline.enabled))


def pipelines(session: Session) -> list[tuple[str, str]]:
    """(slug, name) of every pipeline that may be used."""
    rows = session.execute(select(Pipeline.slug, Pipeline.name).where(Pipeline.enabled).order_by(Pipeline.name))
    return list(rows.tuples())


def _cells(session: Session, which: Any, project_id: int | None = None) -> list[Cell]:
    """The cells of these nights. A season has thousands, so they are read as one value, and rare things apart."""
    rows = lists(session, _of_project(_COUNTS.where(which), project_id))
    days = {text: date.fromisoformat(text) for text in {row[2] for row in rows}}
    silent = session.connection().execute(_of_project(_SILENT.where(which), project_id))
    gaps = {event_id: (gaps_of(stored), first_at, last_at) for event_id, stored, first_at, last_at in silent}
    active = _active(session, [row[0] for row in rows])
    rare = {each: (*gaps.get(each, _NO_GAPS), *active.get(each, _NO_JOBS)) for each in gaps.keys() | active.keys()}
    usual = (*_NO_GAPS, *_NO_JOBS)
    for row in rows:
        row[2] = days[row[2]]
        row.extend(rare.get(row[0], usual))
    return [*map(Cell._make, rows)]


_COUNTS = select(
    Event.id,
    Event.deployment_id,
    Event.night,
    Event.detections_count,
    Event.captures_count,
    Event.processed_count,
    Event.stopped_count,
    Event.failed_count,
)  # in the order of the fields of Cell, which go on with these:
_NO_GAPS, _NO_JOBS = ((), None, None), (0, 0)
_SILENT = select(Event.id, Event.gaps, Event.first_at, Event.last_at).where(cast(Event.gaps, Text) != "[]")


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


def _judged_in(session: Session, event_id: int) -> int | None:
    query = select(func.max(Item.job_id)).join(Capture, Capture.id == Item.capture_id).join(Job, Job.id == Item.job_id)
    return session.scalar(query.where(Capture.event_id == event_id, STATES["stopped"], AWAITS_VERDICT))


def _last_night(stations: list[Station], at: datetime) -> date | None:
    """The last night of the stations that are not at rest; None when all are."""
    ended = {name: last_night(at, zone_of(name)) for name in {station.timezone for station in stations}}
    return last_night_of(at, {each.timezone for each in stations if each.is_expected(ended[each.timezone])})


def _stations(session: Session, project_id: int | None) -> list[Station]:
    """Every station that had a night, by project and name."""
    ends = [
        select(end(Event.night)).where(Event.deployment_id == Deployment.id).scalar_subquery()
        for end in (func.min, func.max)
    ]
    since, until = ends[0].label("since"), ends[1].label("until")
    query = (
        select(Deployment.id, Deployment.name, Project.name.label("project"), Deployment.timezone, since, until)
        .join(Project)
        .order_by(Project.name, Deployment.name)
    )
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    return [Station(**row._mapping) for row in session.execute(query) if row.since is not None]


def _of_project(query: Any, project_id: int | None) -> Any:
    if project_id is None:
        return query
    return query.join(Deployment, Deployment.id == Event.deployment_id).where(Deployment.project_id == project_id)


def _beside(cell: Cell, where: Any, order: Any) -> Select[int]:
    return select(Event.id).where(Event.deployment_id == cell.station_id, where).order_by(order).limit(1)
