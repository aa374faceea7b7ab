"""The address of the Jobs page: what the search box says and the order, as a query, and back.

Other pages link here by the ids they know (`?station=2&status=FAILURE`); such an address is read into the same text. A
part of an address that cannot be read is left out, so that an old link still opens the page.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from dashboard.pages.jobs.language import say
from models.queries.job_filter import JobFilter
from models.queries.jobs import SORTS
from models.queries.vocabulary import Vocabulary
from models.states import Status

NEWEST_FIRST = "-created_at"
T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    """What the page shows: the text of the search box, and the order (a key of SORTS, "-" before it for descending)."""

    text: str = ""
    sort: str = NEWEST_FIRST


def read(asked: Mapping[str, str], words: Vocabulary) -> Address:
    """What a query asks for."""
    by_ids = JobFilter(
        status=_several(asked, "status", Status),
        type=_several(asked, "type", str),
        pipeline_id=_several(asked, "pipeline", int),
        deployment_id=_several(asked, "station", int),
        event_id=_several(asked, "event", int),
        worker=_several(asked, "worker", str),
        night_from=_one(asked, "from", date.fromisoformat),
        night_to=_one(asked, "to", date.fromisoformat),
    )
    sort = asked.get("sort", NEWEST_FIRST)
    text = f"{say(by_ids, words)} {asked.get('q', '').strip()}".strip()
    return Address(text, sort if sort.removeprefix("-") in SORTS else NEWEST_FIRST)


def write(address: Address) -> dict[str, str]:
    """The query of an address, empty for the plain page; `read` gives the same address back."""
    parts = {"q": address.text.strip(), "sort": "" if address.sort == NEWEST_FIRST else address.sort}
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
