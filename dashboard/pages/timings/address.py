"""The address of the Timings page: which attempts it counts, as a query, and back."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from dashboard.page import address
from models.queries.timings import Apart, Metric, TimingFilter

APART: tuple[Apart, ...] = ("station", "pipeline", "worker")


def read(asked: Mapping[str, str]) -> TimingFilter:
    """The filter that a query asks for; what cannot be read of it is left out."""
    return TimingFilter(
        type=tuple(word for word in asked.get("type", "").split(",") if word),
        pipeline_id=_numbers(asked.get("pipeline", "")),
        deployment_id=_numbers(asked.get("station", "")),
        worker=tuple(word for word in asked.get("worker", "").split(",") if word),
        first=day(asked.get("from")),
        last=day(asked.get("to")),
    )


def write(where: TimingFilter) -> dict[str, str]:
    """The query of a filter, empty for all attempts; `read` gives the same filter back."""
    parts = {
        "type": ",".join(where.type),
        "pipeline": ",".join(map(str, where.pipeline_id)),
        "station": ",".join(map(str, where.deployment_id)),
        "worker": ",".join(where.worker),
        "from": where.first.isoformat() if where.first else "",
        "to": where.last.isoformat() if where.last else "",
    }
    return {key: value for key, value in parts.items() if value}


def apart(asked: Mapping[str, str]) -> Apart:
    """What throughput is told apart by; the station unless it says otherwise."""
    return next((each for each in APART if each == asked.get("by")), APART[0])


def jobs_behind(where: TimingFilter, metric: Metric, low_ms: float, high_ms: float) -> str:
    """The address of the Jobs page with the jobs that a bar counts: longer than `low_ms`, and at most `high_ms`."""
    parts = {key: value for key, value in write(where).items() if key in ("type", "pipeline", "station", "worker")}
    return address("/jobs", **parts, q=f"{metric}:{math.ceil(low_ms)}ms..{math.floor(high_ms)}ms")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(",") if word.isdecimal())


def day(text: str | None) -> date | None:
    """A date as YYYY-MM-DD, or None."""
    with suppress(ValueError):
        return date.fromisoformat(text or "")
    return None
