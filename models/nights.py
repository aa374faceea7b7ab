"""Nights: the rules by which times become nights, with their gaps, their effort and the count to be expected.

A night runs from noon to noon in its station's time zone and has the date of its evening, so that a trap that works
from dusk to dawn has one night and not two half days. All times that come in or go out are UTC unless named local.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NOON = time(12)
MORNING = timedelta(hours=6)  # by the station's clock
ONE_DAY = timedelta(days=1)
GAP_FACTOR = 3.0


@dataclass(frozen=True)
class Gap:
    """A stretch without captures, from the last capture before it to the first one after it, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Watch:
    """A stretch in which the camera worked, from its first capture to its last, in UTC."""

    start: datetime
    end: datetime


def night_of(taken_at_utc: datetime, zone: ZoneInfo) -> date:
    """The night to which a moment belongs: the local date, or the day before if the local time is before noon.

    A naive time is taken as UTC.
    """
    local = _aware(taken_at_utc).astimezone(zone)
    return local.date() if local.time() >= NOON else local.date() - ONE_DAY


def last_night(at: datetime, zone: ZoneInfo) -> date:
    """What people at a station call last night: the newest evening whose night can be over.

    A night goes on to noon, but by six in the morning a trap is through and people ask how last night was; before six
    the night goes on, and last night is the one before it.
    """
    return (at.astimezone(zone).replace(tzinfo=None) - MORNING).date() - ONE_DAY


def last_night_of(at: datetime, zones: Iterable[str]) -> date | None:
    """The last night of a lab with stations in these zones: the newest that can be over at any of them.

    Where it goes on still, a station has sent nothing of it yet. None for a lab without stations.
    """
    return max((last_night(at, zone_of(name)) for name in set(zones)), default=None)


def zone_of(name: str) -> ZoneInfo:
    """A station's zone; UTC where its name is unknown to this machine."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def night_bounds(night: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First moment of a night and first moment of the next one, in UTC: 23, 24 or 25 hours apart, as clocks change."""
    return to_utc(datetime.combine(night, NOON), zone), to_utc(datetime.combine(night + ONE_DAY, NOON), zone)


def to_utc(naive_local: datetime, zone: tzinfo) -> datetime:
    """The moment in UTC of a camera's wall time in a zone; a time that is aware already is only converted.

    When clocks go back an hour comes twice, and the first of the two is meant (fold 0), because a name cannot tell
    which. When clocks go forward an hour is missing, and a time in it moves forward by that hour: a camera whose clock
    was not changed showed 02:30 at what is 03:30 by law.
    """
    aware = naive_local if naive_local.tzinfo else naive_local.replace(tzinfo=zone, fold=0)
    return aware.astimezone(UTC)


@dataclass(frozen=True)
class Clocks:
    """The clocks of a station: its zone, which decides its nights, and how its camera's clock goes.

    A camera whose clock nobody changes keeps `offset_min`, minutes east of UTC, through the year; None is a clock that
    is put forward and back as the zone's is.
    """

    zone: ZoneInfo
    offset_min: int | None = None

    @property
    def camera(self) -> tzinfo:
        """The zone that the camera's clock shows."""
        return self.zone if self.offset_min is None else timezone(timedelta(minutes=self.offset_min))

    def utc(self, wall: datetime) -> datetime:
        """The moment in UTC at which the camera's clock showed this; a time that is aware already is only converted."""
        return to_utc(wall, self.camera)

    def night(self, taken_at_utc: datetime) -> date:
        """The night to which a moment belongs, by the station's zone."""
        return night_of(taken_at_utc, self.zone)


def usual_interval(times: Sequence[datetime]) -> float | None:
    """Median of the seconds between captures that follow each other, in any order given; None below two moments.

    Captures of the same moment count as one, so that a pair of files a shot does not halve the interval.
    """
    moments = sorted(set(times))
    if len(moments) < 2:
        return None
    return median((after - before).total_seconds() for before, after in pairwise(moments))


def gaps(times: Sequence[datetime], factor: float = GAP_FACTOR) -> list[Gap]:
    """Where captures that follow each other lie more than ``factor`` usual intervals apart, in the order of time."""
    usual = usual_interval(times)
    if usual is None:
        return []
    longest = timedelta(seconds=usual * factor)
    return [Gap(before, after) for before, after in pairwise(sorted(times)) if after - before > longest]


def gaps_of(stored: Iterable[dict[str, Any]]) -> tuple[Gap, ...]:
    """The gaps of a night as its row keeps them: {"start", "end"} in ISO 8601."""
    return tuple(Gap(datetime.fromisoformat(gap["start"]), datetime.fromisoformat(gap["end"])) for gap in stored)


def watched(first: datetime | None, last: datetime | None, gaps: Iterable[Gap]) -> list[Watch]:
    """The stretches of a night in which its camera worked: from its first capture to its last, without the gaps.

    In the order of time; none for a night without captures. A silent camera saw nothing of what came, so whoever
    counts activity by the hour counts it over these and leaves the rest out: a gap is never zero activity.
    """
    if first is None or last is None:
        return []
    stretches, start = [], first
    for gap in sorted(gaps, key=lambda each: each.start):
        stretches.append(Watch(start, gap.start))
        start = gap.end
    return [*stretches, Watch(start, last)]


def effort(first: datetime | None, last: datetime | None, gaps: Iterable[Gap]) -> timedelta:
    """How long the camera worked: the time between captures that follow each other within GAP_FACTOR usual intervals.

    Zero for a night of a single capture, which says nothing of any time around it.
    """
    return sum((stretch.end - stretch.start for stretch in watched(first, last, gaps)), timedelta())


def expected_count(times: Sequence[datetime]) -> int:
    """How many captures the usual interval would have made from the first to the last one, both included.

    0 for no captures. It may lie below the real count where a camera took several at one moment.
    """
    usual = usual_interval(times)
    if usual is None:
        return len(set(times))
    return round((max(times) - min(times)).total_seconds() / usual) + 1


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
