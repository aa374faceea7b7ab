"""When a schedule is due at a station: an hour after its sunrise, or by a cron line in its time zone. Pure functions.

Sunrise is that of the sun's upper edge at the station's place (astral). Where the place is not known, and on days on
which the sun does not rise or does not set, it is taken to be at 06:00.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from models.nights import ONE_DAY, night_of
from models.sun import sunrise_of

SIX = time(6)
HALF_A_DAY = timedelta(hours=12)


class BadCron(ValueError):
    """This is no cron line; the sentence says what one looks like."""


@dataclass(frozen=True)
class Place:
    """What of a station decides when it is due."""

    zone: ZoneInfo
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Rule:
    """When: so many minutes after sunrise, or by a cron line."""

    cron: str | None = None
    minutes_after_sunrise: int = 60


def check_cron(line: str) -> None:
    """Raise BadCron unless the line has five fields that can be followed, and comes at all."""
    if len(line.split()) != 5 or not croniter.is_valid(line):
        raise BadCron(
            f"{line!r} is no cron line; write minute, hour, day, month and weekday, "
            "such as 30 7 * * * for 07:30 every day."
        )
    try:
        next_after(Rule(line), Place(ZoneInfo("UTC")), datetime.now(UTC))
    except CroniterBadDateError:
        raise BadCron(f"{line!r} never comes; look at its day and month.") from None


def next_after(rule: Rule, place: Place, moment: datetime) -> datetime:
    """The first time after a moment at which the station is due. Aware, in the station's zone."""
    local = moment.astimezone(place.zone)
    if rule.cron is not None:
        found: datetime = croniter(rule.cron, local).get_next(datetime)
        return found
    return next(due for due in _mornings(rule, place, local.date() - ONE_DAY) if due > moment)


def last_until(rule: Rule, place: Place, moment: datetime) -> datetime:
    """The last time, up to a moment, at which the station was due."""
    local = moment.astimezone(place.zone)
    if rule.cron is not None:
        found: datetime = croniter(rule.cron, local + timedelta(seconds=1)).get_prev(datetime)
        return found
    mornings = (_due(rule, place, local.date() + ONE_DAY * days) for days in (1, 0, -1, -2))
    return next(due for due in mornings if due <= moment)


def night_before(due: datetime, place: Place) -> date:
    """The night that a run works on: the one that was going on twelve hours before it is due."""
    return night_of(due - HALF_A_DAY, place.zone)


def _mornings(rule: Rule, place: Place, day: date) -> Iterator[datetime]:
    while True:
        yield _due(rule, place, day)
        day += ONE_DAY


def _due(rule: Rule, place: Place, day: date) -> datetime:
    return _sunrise(place, day) + timedelta(minutes=rule.minutes_after_sunrise)


def _sunrise(place: Place, day: date) -> datetime:
    risen = None
    if place.latitude is not None and place.longitude is not None:
        risen = sunrise_of(day - ONE_DAY, place.latitude, place.longitude, place.zone)
    return risen.astimezone(place.zone) if risen else datetime.combine(day, SIX, place.zone)
