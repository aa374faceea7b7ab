"""The numbers of each figure, as a table of plain cells. A cell may know the captures or the job behind it.

A night without captures has empty cells, never zeros: nothing is known of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from engine.causes import reason
from engine.reports.selection import trace
from models.nights import ONE_DAY
from models.queries.reports import Cause, JobTime, NightOut, Seen, Selection
from models.queries.tracks import CountRow
from models.sun import sunrise_of, sunset_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Cell:
    """A value of a table; `behind` is the query of the page with its captures, `job` the job that it tells of."""

    value: Any
    behind: Mapping[str, str] | None = None
    job: int | None = None


@dataclass(frozen=True)
class Table:
    """Names of columns and rows of cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def values(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in self.rows]


@dataclass(frozen=True)
class StationNights:
    """A station with its nights of the selection, by date; a date that is not among them is a missing night."""

    id: int
    name: str
    timezone: str
    nights: dict[date, NightOut]


@dataclass(frozen=True)
class HourCount:
    """The processed captures in one hour of the sun's clock, and their detections; hour 0 begins at sunset."""

    hour: int
    captures: int
    detections: int

    @property
    def rate(self) -> float:
        return self.detections / self.captures


@dataclass(frozen=True)
class StationHours:
    """A station's hours against sunset; `sunrise_h` is the mean of its nights."""

    id: int
    name: str
    hours: tuple[HourCount, ...]
    sunrise_h: float | None = None


def by_station(nights: Sequence[NightOut]) -> list[StationNights]:
    """The nights of each station, in the order of the rows."""
    found: dict[int, StationNights] = {}
    for night in nights:
        station = found.setdefault(night.station_id, StationNights(night.station_id, night.station, night.timezone, {}))
        station.nights[night.night] = night
    return list(found.values())


def dates(where: Selection, nights: Sequence[NightOut]) -> list[date]:
    """Every night of the selection; without bounds, from the first to the last that has captures."""
    known = [night.night for night in nights]
    first, last = where.first or min(known, default=None), where.last or max(known, default=None)
    if first is None or last is None:
        return []
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]


def effort_table(where: Selection, stations: Sequence[StationNights], days: Sequence[date]) -> Table:
    """Captures, expected captures, hours of effort and of gaps for each night of each station."""

    def numbers(night: NightOut, of_night: Selection) -> tuple[Any, ...]:
        counted = (night.captures, night.expected, round(night.effort_h, 2), round(_silent_h(night), 2))
        return tuple(Cell(value, trace(of_night)) for value in counted)

    return _night_table(("Captures", "Expected", "Effort, h", "Gaps, h"), numbers, where, stations, days)


def processed_table(where: Selection, stations: Sequence[StationNights], days: Sequence[date]) -> Table:
    """What became of the captures of each night of each station, and what was found in them."""

    def numbers(night: NightOut, of_night: Selection) -> tuple[Any, ...]:
        counted = {name: getattr(night, name) for name in ("processed", "stopped", "failed", "open")}
        cells = [Cell(value, trace(of_night, state=state)) for state, value in counted.items()]
        return *cells, Cell(night.detections, trace(of_night, state="processed"))

    head = ("Processed", "Waiting for a verdict", "Failed", "Not processed", "Detections")
    return _night_table(head, numbers, where, stations, days)


def _night_table(
    head: tuple[str, ...],
    numbers: Callable[[NightOut, Selection], tuple[Any, ...]],
    where: Selection,
    stations: Sequence[StationNights],
    days: Sequence[date],
) -> Table:
    """A row for each night of each station; the numbers of a night without captures are not known."""
    rows = []
    for station in stations:
        for day in days:
            night = station.nights.get(day)
            of_night = Selection(where.project_id, (station.id,), day, day)
            known = (None,) * len(head) if night is None else numbers(night, of_night)
            rows.append(_row(station.name, day.isoformat(), *known))
    return Table(("Station", "Night", *head), tuple(rows))


def placed(stations: Sequence[StationNights]) -> list[StationNights]:
    """The stations whose place is known."""
    return [station for station in stations if all(map(_has_place, station.nights.values()))]


def against_sunset(stations: Sequence[StationNights], seen: Iterable[Seen]) -> list[StationHours]:
    """The hours of each station whose sunset is known, earliest first; an hour without a processed capture is none."""
    sunsets = {
        night.event_id: at for station in stations for night in station.nights.values() if (at := _sunset(night))
    }
    of_station = {night.event_id: station.id for station in stations for night in station.nights.values()}
    counted: dict[tuple[int, int], tuple[int, int]] = {}
    for each in seen:
        if (at := sunsets.get(each.event_id)) is None:
            continue
        key = of_station[each.event_id], hour_of(each.taken_at, at)
        captures, detections = counted.get(key, (0, 0))
        counted[key] = captures + 1, detections + each.detections
    return [
        StationHours(
            station.id,
            station.name,
            tuple(HourCount(hour, *counted[place, hour]) for place, hour in sorted(counted) if place == station.id),
            _mean_sunrise(station),
        )
        for station in stations
        if any(place == station.id for place, _ in counted)
    ]


def hour_of(at: datetime, sunset: datetime) -> int:
    """The hour of the sun's clock: 0 is the first after sunset, -1 the last before it."""
    return floor((at - sunset) / HOUR)


def windows(stations: Sequence[StationNights], hour: int) -> tuple[tuple[int, datetime, datetime], ...]:
    """The stretch of each night in an hour of the sun's clock: (night, from, before)."""
    known = [(night.event_id, _sunset(night)) for station in stations for night in station.nights.values()]
    return tuple((event, at + HOUR * hour, at + HOUR * (hour + 1)) for event, at in known if at is not None)


def activity_table(where: Selection, stations: Sequence[StationHours]) -> Table:
    rows = []
    for station in stations:
        of_station = replace(where, stations=(station.id,))
        for each in station.hours:
            behind = trace(of_station, state="processed", hour=each.hour)
            rows.append(
                _row(
                    station.name,
                    each.hour,
                    Cell(each.captures, behind),
                    Cell(each.detections, behind),
                    Cell(round(each.rate, 3), behind),
                )
            )
    head = ("Station", "Hours after sunset, from", "Processed captures", "Detections", "Detections per capture")
    return Table(head, tuple(rows))


def tracks_table(where: Selection, counted: Sequence[CountRow]) -> Table:
    """The individuals that tracks jobs counted; where captures lie too far apart, the most at once alone."""
    rows = []
    for each in counted:
        behind = trace(Selection(where.project_id, (each.station_id,), each.night, each.night), state="processed")
        rows.append(
            _row(
                each.station,
                each.night.isoformat(),
                f"{each.pipeline} v{each.pipeline_version}",
                None if each.interval_s is None else round(each.interval_s),
                Cell(each.captures, behind),
                Cell(each.seen_twice, behind, each.job_id),
                Cell(each.seen_once, behind, each.job_id),
                Cell(each.most_at_once, behind, each.job_id),
            )
        )
    head = ("Station", "Night", "Pipeline", "Usual interval, s", "Captures", "Seen twice or more", "Seen once")
    return Table((*head, "Most at once"), tuple(rows))


def timings_table(jobs: Sequence[JobTime]) -> Table:
    rows = [
        _row(
            Cell(job.name, job=job.job_id),
            job.attempt,
            job.status.value,
            job.pipeline,
            f"{job.submitted_at:%Y-%m-%d %H:%M}",
            Cell(job.captures, job=job.job_id),
            Cell(_seconds(job.queue_ms), job=job.job_id),
            Cell(_seconds(job.elapsed_ms), job=job.job_id),
        )
        for job in jobs
    ]
    head = (
        "Job",
        "Attempt",
        "Ended",
        "Pipeline",
        "Submitted, UTC",
        "Captures of these nights",
        "Queue, s",
        "Elapsed, s",
    )
    return Table(head, tuple(rows))


def failures_table(where: Selection, causes: Sequence[Cause], names: Mapping[int, str]) -> Table:
    rows = [
        _row(
            reason(cause.kind),
            names.get(cause.station_id, str(cause.station_id)),
            Cell(
                cause.captures,
                trace(replace(where, stations=(cause.station_id,)), state="failed", kind=cause.kind),
            ),
        )
        for cause in causes
    ]
    return Table(("Cause", "Station", "Captures"), tuple(rows))


def _row(*values: Any) -> tuple[Cell, ...]:
    return tuple(value if isinstance(value, Cell) else Cell(value) for value in values)


def _silent_h(night: NightOut) -> float:
    return sum((gap.end - gap.start).total_seconds() for gap in night.gaps) / 3600


def _has_place(night: NightOut) -> bool:
    return night.latitude is not None and night.longitude is not None


def _sunset(night: NightOut) -> datetime | None:
    if night.latitude is None or night.longitude is None:
        return None
    return sunset_of(night.night, night.latitude, night.longitude, ZoneInfo(night.timezone))


def _mean_sunrise(station: StationNights) -> float | None:
    """Hours from sunset to sunrise, the mean over the nights that have both."""
    found = []
    for night in station.nights.values():
        down = _sunset(night)
        if down is not None and night.latitude is not None and night.longitude is not None:
            up = sunrise_of(night.night, night.latitude, night.longitude, ZoneInfo(night.timezone))
            found += [(up - down) / HOUR] if up is not None else []
    return sum(found) / len(found) if found else None


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else round(ms / 1000, 1)
