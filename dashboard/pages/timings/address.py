"""The address of the Timings page: which attempts it counts, as a query, and back."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from models.queries.timings import TimingFilter


def read(asked: Mapping[str, str]) -> TimingFilter:
    """The filter that a query asks for; what cannot be read of it is left out."""
    return TimingFilter(
        type=tuple(word for word in asked.get("type", "").split(",") if word),
        pipeline_id=tuple(int(word) for word in asked.get("pipeline", "").split(",") if word.isdecimal()),
        first=day(asked.get("from")),
        last=day(asked.get("to")),
    )


def write(where: TimingFilter) -> dict[str, str]:
    """The query of a filter, empty for all attempts; `read` gives the same filter back."""
    parts = {
        "type": ",".join(where.type),
        "pipeline": ",".join(map(str, where.pipeline_id)),
        "from": where.first.isoformat() if where.first else "",
        "to": where.last.isoformat() if where.last else "",
    }
    return {key: value for key, value in parts.items() if value}


def day(text: str | None) -> date | None:
    """A date as YYYY-MM-DD, or None."""
    with suppress(ValueError):
        return date.fromisoformat(text or "")
    return None
