"""A report as a whole: its figures with captions that say filter, zone, pipeline version and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.reports import counts
from engine.reports.counts import StationNights, Table
from engine.reports.look import Look
from engine.reports.selection import FIGURES, Asked
from models.nights import ONE_DAY
from models.queries import reports
from models.queries.reports import Behind, NightOut, OriginRow, Selection

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

USUAL_SPAN = 28  # nights of a report that names none


@dataclass(frozen=True)
class Part:
    """One figure, `height` inches high: `draw` draws it, unless there is nothing, which `empty` says in a sentence."""

    key: str
    title: str
    caption: str
    table: Table
    draw: "Callable[[FigureBase, Look], None]"
    height: float
    empty: str | None = None


@dataclass(frozen=True)
class Report:
    """The figures that were asked for, over the nights that there are. `origins` is all that stands behind them."""

    asked: Asked
    title: str
    filter: str
    made_at: datetime
    parts: tuple[Part, ...]
    origins: tuple[OriginRow, ...]
    stations: tuple[StationNights, ...]

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)


def settled(session: Session, asked: Asked) -> Asked:
    """The same with both bounds: of the nights that have captures, the last USUAL_SPAN unless it says otherwise."""
    known = reports.extent(session, asked.where)
    if known is None:
        return asked
    last = asked.where.last or known[1]
    first = asked.where.first or max(known[0], last - ONE_DAY * (USUAL_SPAN - 1))
    return replace(asked, where=replace(asked.where, first=min(first, last), last=last))


def build(session: Session, asked: Asked, at: datetime) -> Report:
    """Count everything that the report shows, as of now."""
    asked = settled(session, asked)
    where = asked.where
    nights = reports.nights(session, where)
    stations = counts.by_station(nights)
    origins = tuple(reports.origins(session, Behind(where, state="processed")))
    said = in_words(where, stations)
    told = _Told(said, zones(stations), versions(origins), at)
    make: dict[str, Callable[[Session, Asked, Sequence[NightOut], list[StationNights], _Told], Part]] = {
        "captures": _captures,
        "processed": _processed,
        "activity": _activity,
        "timings": _timings,
        "failures": _failures,
    }
    parts = tuple(make[key](session, asked, nights, stations, told) for key in asked.figures)
    return Report(asked, _title(where), said, at, parts, origins, tuple(stations))


def in_words(where: Selection, stations: Sequence[StationNights]) -> str:
    """The filter as a sentence has it: which stations, which nights."""
    names = [station.name for station in stations]
    places = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    if len(names) > 6:
        places = f"{', '.join(names[:5])} and {len(names) - 5} more stations"
    return f"{places or 'no station with captures'}, {_nights(where)}"


def zones(stations: Sequence[StationNights]) -> str:
    """The zones in which these nights run."""
    return ", ".join(dict.fromkeys(station.timezone for station in stations)) or "UTC"


def versions(origins: Sequence[OriginRow]) -> str:
    """Every pipeline version with its parameters, and whether they are mixed."""
    names = list(
        dict.fromkeys(f"{row.pipeline} version {row.version} (parameters {row.parameters})" for row in origins)
    )
    if not names:
        return "no result yet"
    return names[0] if len(names) == 1 else f"mixed results of {'; '.join(names)}"


@dataclass(frozen=True)
class _Told:
    """What every caption ends with."""

    filter: str
    zones: str
    versions: str
    at: datetime

    def caption(self, words: str, *, results: bool = True) -> str:
        made = f" Results: {self.versions}." if results else ""
        stamp = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"{words} {self.filter}; nights are noon to noon in {self.zones}.{made} Counted {stamp}."


def _captures(
    _session: Session, asked: Asked, nights: Sequence[NightOut], stations: list[StationNights], told: _Told
) -> Part:
    from engine.reports import figures

    days = counts.dates(asked.where, nights)
    words = (
        "Captures a night (bars; the line is the number expected at the usual interval) and effort, the hours in which "
        "captures followed each other within three usual intervals. Hatched: no captures, missing and not zero."
    )
    return Part(
        "captures",
        FIGURES["captures"],
        told.caption(words, results=False),
        counts.effort_table(asked.where, stations, days),
        partial(figures.captures_and_effort, stations, days),
        figures.height_of(len(stations)),
        None if nights else NO_CAPTURES,
    )


def _processed(
    _session: Session, asked: Asked, nights: Sequence[NightOut], stations: list[StationNights], told: _Told
) -> Part:
    from engine.reports import figures

    days = counts.dates(asked.where, nights)
    words = (
        "What became of the captures of each night: processed means that a result stands, with animals or without; "
        "failed that the last try ended in an error. Hatched from top to bottom: no captures."
    )
    return Part(
        "processed",
        FIGURES["processed"],
        told.caption(words),
        counts.processed_table(asked.where, stations, days),
        partial(figures.processed, stations, days),
        figures.height_of(len(stations)),
        None if nights else NO_CAPTURES,
    )


def _activity(
    session: Session, asked: Asked, nights: Sequence[NightOut], stations: list[StationNights], told: _Told
) -> Part:
    from engine.reports import figures

    hours = counts.against_sunset(stations, reports.seen(session, asked.where))
    placeless = [s.name for s in stations if any(n.latitude is None or n.longitude is None for n in s.nights.values())]
    left_out = f" Left out, as they have no place: {', '.join(placeless)}." if placeless else ""
    words = (
        "Detections per processed capture in each hour from sunset, pooled over the nights; below, how many processed "
        "captures stand behind each hour. The shaded hours are those from sunset to the mean sunrise. A detection is a "
        f"box in one capture, not an animal.{left_out}"
    )
    nothing = "No processed capture of a station with a place; give the stations latitude and longitude in Settings."
    return Part(
        "activity",
        FIGURES["activity"],
        told.caption(words),
        counts.activity_table(asked.where, hours),
        partial(figures.against_sunset, hours),
        3.9,
        None if hours else nothing,
    )


def _timings(
    session: Session, asked: Asked, _nights: Sequence[NightOut], _stations: list[StationNights], told: _Told
) -> Part:
    from engine.reports import figures

    jobs = reports.job_times(session, asked.where)
    words = (
        "Every finished attempt of a job that had captures of these nights: queue time from submission to the first "
        "claim by a worker, elapsed time from there to its end, pauses included."
    )
    return Part(
        "timings",
        FIGURES["timings"],
        told.caption(words),
        counts.timings_table(jobs),
        partial(figures.timings, jobs),
        3.0,
        None if jobs else "No job over these nights has ended yet.",
    )


def _failures(
    session: Session, asked: Asked, _nights: Sequence[NightOut], stations: list[StationNights], told: _Told
) -> Part:
    from engine.reports import figures

    causes = reports.causes(session, asked.where)
    names = {station.id: station.name for station in stations}
    return Part(
        "failures",
        FIGURES["failures"],
        told.caption("Captures without a result, by the cause of their last failed try."),
        counts.failures_table(asked.where, causes, names),
        partial(figures.failures, causes, names),
        figures.height_of_bars(len({cause.kind for cause in causes})),
        None if causes else "No capture of these nights has failed.",
    )


NO_CAPTURES = "No captures in these nights at these stations; choose others."


def _title(where: Selection) -> str:
    return f"Report, {_nights(where)}"


def _nights(where: Selection) -> str:
    match where.first, where.last:
        case date() as first, date() as last if first == last:
            return f"night of {_day(first)}"
        case date() as first, date() as last:
            return f"nights of {_day(first)} to {_day(last)}"
    return "all nights"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
