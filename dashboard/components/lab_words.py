"""How the lab stands in words, from the rows of the board: its sentence, and the nights that want a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboard.components.counts import counted
from dashboard.components.ends import done_about
from dashboard.components.night_cell import wait_for_a_verdict
from dashboard.components.pauses import all_paused
from dashboard.components.times import counted_nights, duration, night_name
from models.nights import ONE_DAY
from models.queries.jobs import Eta
from models.queries.nights import BoardRows, Cell, Station
from models.queries.queues import Pause

UTC = ZoneInfo("UTC")
NOTED = timedelta(days=7)  # before the board's last night


@dataclass(frozen=True)
class Work:
    """What goes on: jobs that run, wait, and wait for a person's verdict, and the queues that are paused."""

    running: int = 0
    waiting: int = 0
    held: int = 0
    paused: Sequence[Pause] = ()
    done: Eta | None = None  # all that runs


class Note(NamedTuple):
    """A night of a station that wants a person, with (tone, icon, words) of each reason; no event, no captures."""

    station: Station
    night: date
    event_id: int | None
    why: list[tuple[str, str, str]]


def lab_sentence(rows: BoardRows, work: Work, at: datetime, zone: ZoneInfo = UTC) -> str:
    """How the lab stands at a moment (UTC): the newest night with captures, before it that last night has none where
    that is so, and what goes on, with times in `zone`.
    """
    newest = max(rows.by_night, default=None)
    missing = _missing_last_night(rows, at)
    if newest is None:
        return f"{missing}No captures in these nights; {_going_on(work, at, zone)}."
    cells = rows.by_night[newest]
    taken, processed, stopped, failed = (
        sum(getattr(cell, name) for cell in cells) for name in ("captures", "processed", "stopped", "failed")
    )
    when = "Last night" if newest == rows.last_night else f"The night of {night_name(newest)}"
    share = f"all {taken:,}" if processed >= taken else f"{processed:,} of {taken:,}"
    parts = [f"{when}: {share} captures processed at {_stations(len(cells))}"]
    if stopped:
        parts.append(wait_for_a_verdict(stopped))
    if failed:
        parts.append(f"{failed:,} failed")
    silent = silent_stations(rows, newest, at)
    if silent:
        parts.append(f"{_stations(len(silent))} sent nothing")
    return f"{missing}{', '.join(parts)}; {_going_on(work, at, zone)}."


def silent_stations(rows: BoardRows, night: date, at: datetime) -> list[Station]:
    """The stations of which captures of a night should be there at a moment (UTC), and are not.

    Where the night goes on still, or the station had not begun or is at rest, nothing is missed.
    """
    return [
        station
        for station in rows.stations
        if (station.id, night) not in rows.cells and station.is_expected(night) and night <= station.last_night(at)
    ]


def _missing_last_night(rows: BoardRows, at: datetime) -> str:
    """That no station has captures of last night, where it is on the board; "" where one has."""
    last = rows.last_night
    if last is None or last not in rows.nights or last in rows.by_night:
        return ""
    return f"Last night: {_nothing_from(silent_stations(rows, last, at))}. "


def _nothing_from(silent: Sequence[Station]) -> str:
    """No captures from either station."""
    match len(silent):
        case 1:
            return f"no captures from {silent[0].name}"
        case 2:
            return "no captures from either station"
    return f"no captures from any of {len(silent)} stations"


def _going_on(work: Work, at: datetime, zone: ZoneInfo) -> str:
    """1 job running and 2 jobs waiting; what runs is done at about 06:36 (06:33 to 06:41 CET)."""
    numbers = ((work.running, "running"), (work.waiting, "waiting"), (work.held, "waiting for a person"))
    parts = [f"{counted(number, 'job')} {word}" for number, word in numbers if number]
    told = f"{', '.join(parts[:-1])} and {parts[-1]}".removeprefix(" and ") if parts else "nothing is running"
    end = done_about(work.done, at, zone) if work.done else ""
    end = f"what runs is {end}" if end and (work.waiting or work.held) else end
    return "; ".join(part for part in (told, end, all_paused(work.paused)) if part)


def _stations(number: int) -> str:
    return counted(number, "station")


def notable(rows: BoardRows, at: datetime) -> list[Note]:
    """The nights of the board's last week that want a person at a moment (UTC), newest first."""
    stations = {station.id: station for station in rows.stations}
    recent = [cell for night, cells in rows.by_night.items() if night > rows.nights[-1] - NOTED for cell in cells]
    found = [
        Note(stations[cell.station_id], cell.night, cell.event_id, why) for cell in recent if (why := reasons(cell))
    ]
    return sorted([*found, *_missing(rows, at)], key=lambda note: (-note.night.toordinal(), note.station.name))


def _missing(rows: BoardRows, at: datetime) -> list[Note]:
    """A note for each stretch of nights of which a station sent nothing, at the last of them."""
    notes = []
    week = [night for night in rows.nights if night > rows.nights[-1] - NOTED]
    for station in rows.stations:
        if all((station.id, night) in rows.cells for night in week):
            continue  # as most are, of a hundred
        night = min(station.last_night(at), rows.nights[-1])
        while night > rows.nights[-1] - NOTED:
            silent = _silent_for(rows, station, night)
            if silent:
                words = "no captures" if silent == 1 else f"no captures for {counted_nights(silent)}"
                notes.append(Note(station, night, None, [("wait", "camera-off", words)]))
            night -= ONE_DAY * max(silent, 1)
    return notes


def _silent_for(rows: BoardRows, station: Station, night: date) -> int:
    """Of how many nights up to this one a station sent nothing, as far back as the board goes."""
    backwards = (night - ONE_DAY * back for back in range((night - rows.nights[0]).days + 1))
    silent = takewhile(lambda each: (station.id, each) not in rows.cells and station.is_expected(each), backwards)
    return sum(1 for _ in silent)


def reasons(cell: Cell) -> list[tuple[str, str, str]]:
    """Why a night wants a person: failures, captures that no job is about, a camera that fell silent."""
    why = []
    if cell.stopped:
        why.append(("hold", "hand", wait_for_a_verdict(cell.stopped)))
    if cell.failed:
        why.append(("bad", "circle-x", f"{cell.failed:,} failed"))
    if cell.open and not cell.running and not cell.waiting:
        why.append(("wait", "circle-dashed", f"{cell.open:,} not processed"))
    if cell.gaps:
        why.append(("quiet", "camera-off", f"camera silent for {duration(cell.lost.total_seconds() * 1000)}"))
    return why
