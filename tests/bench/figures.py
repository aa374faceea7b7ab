"""What a benchmark says: rows of what was measured, the figure, and the target beside it."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

RUNS = 5  # of each side of a comparison, in turn


@dataclass(frozen=True)
class Figure:
    """One row of a benchmark's table. Without a target it is there to compare with."""

    what: str
    figure: str
    target: str = ""


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """The median, and from where to where the values lie."""
    low, middle, high = (format(value, form) for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low} to {high})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def p50_and_p99(values: Sequence[float], unit: str = "ms") -> str:
    """Both percentiles, and of how many values."""
    half, most = percentile(values, 0.5), percentile(values, 0.99)
    return f"p50 {half:,.0f} {unit}, p99 {most:,.0f} {unit} of {len(values)}"


def p50_and_p95(values: Sequence[float]) -> str:
    """Both percentiles of so many ms, to a tenth, as answers within a few of them are told."""
    return f"p50 {percentile(values, 0.5):,.1f} ms, p95 {percentile(values, 0.95):,.1f} ms"


def took_ms(call: Callable[[], object]) -> float:
    """How long this call took, ms."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def plain(rows: Sequence[Figure]) -> str:
    """The rows in columns, for a terminal."""
    wide = max(len(row.what) for row in rows) + 2
    middle = max(len(row.figure) for row in rows) + 2
    return "\n".join(f"{row.what:<{wide}}{row.figure:<{middle}}{row.target}".rstrip() for row in rows)


def markdown(rows: Sequence[Figure]) -> str:
    """The rows as the table that stands in the README."""
    lines = [f"| {row.what} | {row.figure} | {row.target} |" for row in rows]
    return "\n".join(["| what | figure | target |", "|---|---|---|", *lines])
