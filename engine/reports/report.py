"""A report as a whole: which nights it is about, its parts, and all that stands behind their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from engine.reports import counts
from engine.reports.counts import StationNights
from engine.reports.parts import PARTS, Ground, Part
from engine.reports.selection import Asked
from models.nights import ONE_DAY
from models.queries import reports
from models.queries.reports import Behind, OriginRow, Selection

USUAL_SPAN = 28  # nights of a report that names none
MOST_NAMES = 6  # stations that a sentence names


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
    ground = Ground(session, where, stations, counts.dates(where, nights), said, zones(stations), versions(origins), at)
    parts = tuple(PARTS[key](ground) for key in asked.figures)
    return Report(asked, f"Report, {_nights(where)}", said, at, parts, origins, tuple(stations))


def in_words(where: Selection, stations: Sequence[StationNights]) -> str:
    """The filter as a sentence has it: which stations, which nights."""
    names = [station.name for station in stations]
    places = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    if len(names) > MOST_NAMES:
        places = f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more stations"
    return f"{places or 'no station with captures'}, {_nights(where)}"


def zones(stations: Sequence[StationNights]) -> str:
    """The zones in which these nights run."""
    return ", ".join(dict.fromkeys(station.timezone for station in stations)) or "UTC"


def versions(origins: Sequence[OriginRow]) -> str:
    """Every pipeline version with its parameters, and whether they are mixed."""
    made = (f"{row.pipeline} version {row.version} (parameters {row.parameters})" for row in origins)
    names = list(dict.fromkeys(made))
    if not names:
        return "no result yet"
    return names[0] if len(names) == 1 else f"mixed results of {'; '.join(names)}"


def _nights(where: Selection) -> str:
    match where.first, where.last:
        case date() as first, date() as last if first == last:
            return f"night of {_day(first)}"
        case date() as first, date() as last:
            return f"nights of {_day(first)} to {_day(last)}"
    return "all nights"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
