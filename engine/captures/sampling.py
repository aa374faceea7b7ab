"""The sampling methods of a collection: pure functions from light rows of captures to the ids of those chosen.

Chance is drawn by lot: each capture has a number that follows from the stored seed and its own id alone, and the
lowest numbers are chosen. So the same seed chooses the same captures in whatever order they come, a larger sample
contains the smaller one, and a night that is added later does not change what was chosen from the nights before it.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.nights import night_of

ZoneOf = Callable[[int], ZoneInfo]


class BadSampling(ValueError):
    """A sampling method or argument that cannot be followed; the message names it and says what is allowed."""


@dataclass(frozen=True)
class Frame:
    """What sampling needs of one capture: ``taken_at`` in UTC, size in bytes, the number of its detections."""

    id: int
    event_id: int | None
    taken_at: datetime | None
    size_bytes: int
    detections: int
    deployment_id: int


class Filters(BaseModel):
    """Arguments that every method takes. Both ends count; hours and months may wrap (22 to 3, November to May).

    Hours are of the station's wall clock. Months and dates are those of the night, which has the date of its evening.
    A capture without a time passes only if no filter on time is set.
    """

    model_config = ConfigDict(extra="forbid")

    hour_start: int | None = Field(None, ge=0, le=23, description="an hour from 0 to 23")
    hour_end: int | None = Field(None, ge=0, le=23, description="an hour from 0 to 23")
    month_start: int | None = Field(None, ge=1, le=12, description="a month from 1 to 12")
    month_end: int | None = Field(None, ge=1, le=12, description="a month from 1 to 12")
    date_start: date | None = Field(None, description="a date such as 2022-08-10")
    date_end: date | None = Field(None, description="a date such as 2022-08-10")
    deployment_ids: list[int] | None = Field(None, description="a list of station ids")


class Size(Filters):
    size: int = Field(100, ge=0, description="a whole number of captures, 0 or more")


class Interval(Filters):
    minute_interval: float = Field(10, gt=0, le=1_000_000, description="a number of minutes above 0, up to 1,000,000")


class Manual(Filters):
    image_ids: list[int] = Field(description="a list of capture ids")


class NumEach(Filters):
    num_each: int = Field(1, ge=0, description="a whole number of captures a night, 0 or more")


class NumEachRandom(NumEach):
    num_each: int = Field(10, ge=0, description="a whole number of captures a night, 0 or more")


def full(_arguments: Filters, frames: list[Frame], _seed: int) -> Iterable[Frame]:
    """Every capture."""
    return frames


def random(arguments: Size, frames: list[Frame], seed: int) -> Iterable[Frame]:
    """``size`` captures by lot, or all if there are fewer."""
    return _by_lot(frames, arguments.size, seed)


def interval(arguments: Interval, frames: list[Frame], _seed: int) -> Iterator[Frame]:
    """The first capture of each station, then each next one at least ``minute_interval`` after the one before it."""
    step = timedelta(minutes=arguments.minute_interval)
    last_chosen: dict[int, datetime] = {}
    for moment, frame in sorted(
        ((f.taken_at, f) for f in frames if f.taken_at), key=lambda pair: (pair[0], pair[1].id)
    ):
        last = last_chosen.get(frame.deployment_id)
        if last is None or moment - last >= step:
            last_chosen[frame.deployment_id] = moment
            yield frame


def manual(arguments: Manual, frames: list[Frame], _seed: int) -> Iterable[Frame]:
    """The captures of ``image_ids``, as far as the filters let them pass."""
    wanted = set(arguments.image_ids)
    return (frame for frame in frames if frame.id in wanted)


def random_from_each_event(arguments: NumEach, frames: list[Frame], seed: int) -> Iterator[Frame]:
    """``num_each`` captures of each night by lot."""
    for night in _nights(frames):
        yield from _by_lot(night, arguments.num_each, seed)


def last_and_random_from_each_event(arguments: NumEach, frames: list[Frame], seed: int) -> Iterator[Frame]:
    """The last capture of each night and ``num_each`` others of it by lot; with 0 the last of each night alone."""
    for night in _nights(frames):
        yield night[-1]
        yield from _by_lot(night[:-1], arguments.num_each, seed)


def greatest_file_size_from_each_event(arguments: NumEach, frames: list[Frame], _seed: int) -> Iterator[Frame]:
    """The ``num_each`` largest files of each night, which tend to be those with the most animals."""
    for night in _nights(frames):
        yield from heapq.nsmallest(arguments.num_each, night, key=lambda frame: (-frame.size_bytes, frame.id))


def detections_only(_arguments: Filters, frames: list[Frame], _seed: int) -> Iterable[Frame]:
    """The captures on which something was detected."""
    return (frame for frame in frames if frame.detections > 0)


@dataclass(frozen=True)
class Method:
    """One way to sample: the arguments it takes, and the function that chooses among the captures that passed."""

    arguments: type[Filters]
    choose: Callable[[Any, list[Frame], int], Iterable[Frame]]


METHODS: dict[str, Method] = {
    "full": Method(Filters, full),
    "random": Method(Size, random),
    "interval": Method(Interval, interval),
    "manual": Method(Manual, manual),
    "random_from_each_event": Method(NumEachRandom, random_from_each_event),
    "last_and_random_from_each_event": Method(NumEach, last_and_random_from_each_event),
    "greatest_file_size_from_each_event": Method(NumEach, greatest_file_size_from_each_event),
    "detections_only": Method(Filters, detections_only),
}


def check(method: str, arguments: dict[str, Any]) -> Filters:
    """The arguments, validated and with their defaults. Raises BadSampling for an unknown method or wrong argument."""
    if method not in METHODS:
        raise BadSampling(f"There is no sampling method {method!r}; choose one of {', '.join(METHODS)}.")
    try:
        valid = METHODS[method].arguments.model_validate(arguments)
    except ValidationError as error:
        raise BadSampling(_sentence(method, error)) from None
    if valid.date_start and valid.date_end and valid.date_start > valid.date_end:
        raise BadSampling(f"date_start ({valid.date_start}) must not be after date_end ({valid.date_end}).")
    return valid


def sample(method: str, arguments: dict[str, Any], frames: Iterable[Frame], seed: int, zone_of: ZoneOf) -> list[int]:
    """The ids of the captures that a method chooses, in the order of time, those without a time last.

    ``zone_of`` gives the time zone of a station by its id. Raises BadSampling as ``check`` does, and where
    ``image_ids`` names a capture that is not among the frames.
    """
    valid = check(method, arguments)
    offered = list(frames)
    if isinstance(valid, Manual):
        _all_there(valid.image_ids, offered)
    passed = [frame for frame in offered if _passes(valid, frame, zone_of)]
    return [frame.id for frame in sorted(METHODS[method].choose(valid, passed, seed), key=_in_time)]


def _passes(filters: Filters, frame: Frame, zone_of: ZoneOf) -> bool:
    if filters.deployment_ids is not None and frame.deployment_id not in filters.deployment_ids:
        return False
    hours = (filters.hour_start, filters.hour_end)
    months = (filters.month_start, filters.month_end)
    dates = (filters.date_start, filters.date_end)
    if (hours, months, dates) == ((None, None),) * 3:
        return True
    if frame.taken_at is None:
        return False
    zone = zone_of(frame.deployment_id)
    night = night_of(frame.taken_at, zone)
    return (
        _within(_utc(frame.taken_at).astimezone(zone).hour, *hours, lowest=0, highest=23)
        and _within(night.month, *months, lowest=1, highest=12)
        and (dates[0] is None or night >= dates[0])
        and (dates[1] is None or night <= dates[1])
    )


def _within(value: int, start: int | None, end: int | None, *, lowest: int, highest: int) -> bool:
    """Whether start <= value <= end on a circle; an end that is left out is the first or the last."""
    start = lowest if start is None else start
    end = highest if end is None else end
    return start <= value <= end if start <= end else value >= start or value <= end


def _nights(frames: list[Frame]) -> Iterator[list[Frame]]:
    """The captures of each night in the order of time; those that belong to no night are left out."""
    nights: dict[int, list[Frame]] = defaultdict(list)
    for frame in frames:
        if frame.event_id is not None:
            nights[frame.event_id].append(frame)
    return (sorted(night, key=_in_time) for night in nights.values())


def _by_lot(frames: Iterable[Frame], number: int, seed: int) -> list[Frame]:
    return heapq.nsmallest(number, frames, key=lambda frame: (_lot(seed, frame.id), frame.id))


def _lot(seed: int, frame_id: int) -> bytes:
    return hashlib.blake2b(f"{seed}:{frame_id}".encode(), digest_size=8).digest()


def _in_time(frame: Frame) -> tuple[bool, datetime, int]:
    return frame.taken_at is None, _utc(frame.taken_at or datetime.min), frame.id


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _all_there(image_ids: list[int], offered: list[Frame]) -> None:
    absent = sorted(set(image_ids) - {frame.id for frame in offered})
    if absent:
        some = ", ".join(map(str, absent[:10])) + (" and others" if len(absent) > 10 else "")
        raise BadSampling(f"image_ids names captures that are not here: {some}; take them out of the list.")


def _sentence(method: str, error: ValidationError) -> str:
    """The first fault, named by its field, with what the field allows."""
    fault = error.errors()[0]
    if not fault["loc"]:
        return f"The arguments of the sampling method {method!r} must be names with values, not {fault['input']!r}."
    field = str(fault["loc"][0])
    fields = METHODS[method].arguments.model_fields
    if field not in fields:
        return f"The sampling method {method!r} takes no {field!r}; it takes {', '.join(fields)}."
    allowed = fields[field].description
    if fault["type"] == "missing":
        return f"The sampling method {method!r} needs {field}: {allowed}."
    return f"{field} must be {allowed}, not {fault['input']!r}."
