"""The parts of the Timings page: a metric's histogram and its nights, their tables, and the jobs behind a bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.charts import chart, plain_table
from dashboard.components.header import card, facts
from dashboard.components.pills import status_pill
from dashboard.components.times import day, duration
from dashboard.figures import durations
from dashboard.page import Theme
from dashboard.pages.timings import address as addresses
from dashboard.pages.timings import files
from engine.board import Board
from models.queries import timings
from models.queries.timings import (
    Apart,
    Behind,
    BinRow,
    Metric,
    NightStatus,
    NightTiming,
    Oldest,
    Percentiles,
    Throughput,
    TimingFilter,
)

WORDS: dict[Metric, str] = {"queue": "Queue time", "elapsed": "Elapsed time"}
MEANING: dict[Metric, str] = {
    "queue": "From the submission of an attempt to its first claim, by the worker that it counts for.",
    "elapsed": "From the first claim of an attempt to its end, pauses included, whoever helped the worker that began.",
}
AT_MOST = f"The last {timings.SEASON} nights, unless you say from which."
LISTS = "A click on a bar lists the attempts behind it."
METRICS: tuple[Metric, ...] = ("queue", "elapsed")


@dataclass(frozen=True)
class Counted:
    """All that the page shows of one metric, of the attempts that a filter finds."""

    metric: Metric
    where: TimingFilter
    bins: list[BinRow]
    marks: Percentiles
    nights: list[NightTiming]
    ends: list[NightStatus]


def read(board: Board, where: TimingFilter) -> list[Counted]:
    """Both metrics from the rollups."""
    with board.store.read() as session:
        shown = timings.lately(session, where)
        ends = timings.status_by_night(session, shown)
        found = [
            (metric, timings.histogram(session, metric, where), timings.by_night(session, metric, shown))
            for metric in METRICS
        ]
    return [Counted(metric, where, bins, timings.percentiles(bins), nights, ends) for metric, bins, nights in found]


def metric_card(counted: Counted, theme: Theme) -> Component:
    """One metric: its numbers, how it is spread, and how it goes over the nights."""
    metric = counted.metric
    return card(
        WORDS[metric],
        html.P(MEANING[metric], className="quiet small"),
        html.Div(numbers(counted), id=f"timings-{metric}-numbers"),
        chart(
            f"timings-{metric}-spread",
            spread(counted, theme),
            f"{WORDS[metric]}: how many attempts took how long, with the median, the 90th and the 99th percentile",
            caption=f"Above, the share that took at most so long. {LISTS}",
            table=html.Div(spread_table(counted), id=f"timings-{metric}-spread-table"),
            height=400,
        ),
        html.Div(id=f"timings-{metric}-behind"),
        chart(
            f"timings-{metric}-nights",
            over_nights(counted, theme),
            f"{WORDS[metric]} of each night: median, 90th and 99th percentile, and how the attempts ended",
            caption=f"Nights run from noon to noon UTC, by the submission of the attempt. {AT_MOST} {LISTS}",
            table=html.Div(nights_table(counted), id=f"timings-{metric}-nights-table"),
            height=360,
        ),
    )


def numbers(counted: Counted) -> Component:
    """Median, p90, p99 and how many were counted."""
    marks = counted.marks
    return facts(
        [
            ("Median", duration(marks.p50_ms)),
            ("p90", duration(marks.p90_ms)),
            ("p99", duration(marks.p99_ms)),
            ("Attempts", f"{marks.attempts:,}"),
        ]
    )


def spread(counted: Counted, theme: Theme) -> go.Figure:
    return durations.histogram(counted.bins, counted.marks, theme)


def over_nights(counted: Counted, theme: Theme) -> go.Figure:
    return durations.over_nights(counted.nights, counted.ends, theme)


def spread_table(counted: Counted) -> Component:
    """The bars as rows, the count of each a link to its jobs."""
    bars = durations.coarser(counted.bins)
    shares = [share for _, share in durations.ecdf(bars)]
    rows = [
        [duration(row.low_ms), duration(row.high_ms), _jobs_link(counted, row), f"{share:.1%}"]
        for row, share in zip(bars, shares, strict=True)
    ]
    head = ["Longer than", "At most", "Attempts", "Up to here"]
    table = plain_table(head, rows, label=f"{WORDS[counted.metric]}, attempts by duration")
    return with_file(table, f"{counted.metric}-spread", counted.where)


def _jobs_link(counted: Counted, row: BinRow) -> str | Component:
    if not row.attempts:
        return "0"
    href = addresses.jobs_behind(counted.where, counted.metric, row.low_ms, row.high_ms)
    return dcc.Link(f"{row.attempts:,}", href=href)


def nights_table(counted: Counted) -> Component:
    """The nights as rows, newest first."""
    rows = [
        [day(row.night), duration(row.p50_ms), duration(row.p90_ms), duration(row.p99_ms), f"{row.attempts:,}"]
        for row in reversed(counted.nights)
    ]
    head = ["Night", "Median", "p90", "p99", "Attempts"]
    table = plain_table(head, rows, label=f"{WORDS[counted.metric]} by night")
    return with_file(table, f"{counted.metric}-nights", counted.where)


def with_file(table: Component, figure: str, where: TimingFilter, **more: str) -> Component:
    """A table with a link to its numbers as they are, in a file."""
    href = files.link(figure, where, **more)
    return html.Div([html.A("CSV", href=href, className="button small", download=""), table])


def right_now(oldest: Oldest | None, landed: int, at: datetime) -> Component:
    """What cannot wait for a job to end: how long the oldest one waits, and what was landed in this hour."""
    if oldest is None:
        waits: list[str | Component] = ["nothing waits"]
    else:
        waits = [html.B(duration((at - oldest.submitted_at).total_seconds() * 1000)), ", "]
        waits += [dcc.Link(oldest.name, href=f"/jobs/{oldest.job_id}"), f"; {oldest.waiting:,} in all"]
    return facts([("Oldest waiting job", waits), ("Captures since the full hour", f"{landed:,}")])


def throughput_chart(rows: Sequence[Throughput], apart: Apart, where: TimingFilter, theme: Theme) -> Component:
    """Captures an hour over the nights, told apart by station, pipeline or worker."""
    if not rows:
        return html.P("No capture was landed yet; each hour of work is counted here.", className="quiet")
    lines: list[list[str | Component]] = [
        [day(row.night), row.name, f"{row.captures:,}", str(row.hours), f"{row.captures / row.hours:,.0f}"]
        for row in sorted(rows, key=lambda row: (-row.night.toordinal(), row.name))
    ]
    head = ["Night", apart.capitalize(), "Captures", "Hours at work", "Captures an hour"]
    return chart(
        "timings-throughput",
        durations.throughput(rows, theme),
        f"Captures an hour of each night, by {apart}",
        caption=f"Over the hours of a night (noon to noon UTC) in which any capture was landed. {AT_MOST} {LISTS}",
        table=with_file(plain_table(head, lines, label=f"Captures an hour by {apart}"), "throughput", where, by=apart),
        height=300,
    )


def behind(
    rows: Sequence[Behind], what: str, metric: Metric, limit: int, *, which: str = "latest", every: str | None = None
) -> Component:
    """The attempts behind a bar, each a link to its job, under the words for `what` they have in common.

    Of more than `limit` they are the latest, or what `which` says; `every` is where all of them are listed.
    """
    count = f"the {which} {limit:,}" if len(rows) == limit else f"{len(rows):,}"
    title = f"{what}: {count}"
    lines: list[list[str | Component]] = [
        [
            dcc.Link(row.name, href=f"/jobs/{row.job_id}"),
            str(row.attempt),
            status_pill(row.status),
            duration(row.duration_ms),
        ]
        for row in rows
    ]
    table = plain_table(["Job", "Attempt", "Status", WORDS[metric]], lines, label=title)
    more = dcc.Link("All of them in Jobs", href=every) if every else None
    parts = [html.H3(title), html.Div(table, className="scroll-x"), more]
    return html.Section([part for part in parts if part is not None], className="behind-bar")
