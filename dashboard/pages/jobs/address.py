"""The address of the Jobs page: its filters and its order as a query, and back.

A part of an address that cannot be read is left out, so that an old link still opens the page.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from models.queries.job_filter import JobFilter
from models.queries.jobs import SORTS
from models.states import Status

NEWEST_FIRST = "-created_at"
T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    """What the page shows: which jobs, and in which order (a key of SORTS, "-" before it for descending)."""

    where: JobFilter = field(default_factory=JobFilter)
    sort: str = NEWEST_FIRST


def read(asked: Mapping[str, str]) -> Address:
    """What a query asks for."""
    sort = asked.get("sort", NEWEST_FIRST)
    where = JobFilter(
        status=_several(asked, "status", Status),
        type=_several(asked, "type", str),
        pipeline_id=_several(asked, "pipeline", int),
        deployment_id=_several(asked, "station", int),
        event_id=_several(asked, "event", int),
        night_from=_one(asked, "from", date.fromisoformat),
        night_to=_one(asked, "to", date.fromisoformat),
        text=asked.get("q", ""),
    )
    return Address(where, sort if sort.removeprefix("-") in SORTS else NEWEST_FIRST)


def write(address: Address) -> dict[str, str]:
    """The query of an address, empty for the plain page; `read` gives the same address back."""
    where = address.where
    parts = {
        "status": _joined(where.status),
        "type": _joined(where.type),
        "pipeline": _joined(where.pipeline_id),
        "station": _joined(where.deployment_id),
        "event": _joined(where.event_id),
        "from": where.night_from.isoformat() if where.night_from else "",
        "to": where.night_to.isoformat() if where.night_to else "",
        "q": where.text,
        "sort": "" if address.sort == NEWEST_FIRST else address.sort,
    }
    return {key: value for key, value in parts.items() if value}


def _several(asked: Mapping[str, str], key: str, kind: Callable[[str], T]) -> tuple[T, ...]:
    found = []
    for word in filter(None, asked.get(key, "").split(",")):
        with suppress(ValueError):
            found.append(kind(word))
    return tuple(found)


def _one(asked: Mapping[str, str], key: str, kind: Callable[[str], T]) -> T | None:
    with suppress(ValueError, KeyError):
        return kind(asked[key])
    return None


def _joined(values: Iterable[object]) -> str:
    return ",".join(str(value) for value in values)
