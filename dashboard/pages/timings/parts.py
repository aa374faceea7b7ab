"""The parts of the Timings page: a metric's histogram and its nights, their tables, and the jobs behind a bar."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.charts import chart, plain_table
from dashboard.components.header import card, facts
from dashboard.components.pills import status_pill
from dashboard.components.times import day, duration
from dashboard.figures import durations
from dashboard.page import Theme
from engine.board import Board
from models.queries import timings
from models.queries.timings import Behind, BinRow, Metric, NightStatus, NightTiming, Percentiles, TimingFilter

WORDS: dict[Metric, str] = {"queue": "Queue time", "elapsed": "Elapsed time"}
MEANING: dict[Metric, str] = {
    "queue": "From the submission of an attempt to its first claim by a worker.",
    "elapsed": "From the first claim of an attempt to its end, pauses included.",
}
METRICS: tuple[Metric, ...] = ("queue", "elapsed")


@dataclass(frozen=True)
class Counted:
    """All that the page shows of one metric."""

    metric: Metric
    bins: list[BinRow]
    marks: Percentiles
    nights: list[NightTiming]
    ends: list[NightStatus]


def read(board: Board, where: TimingFilter) -> list[Counted]:
    """Both metrics from the rollups."""
    with board.store.read() as session:
        ends = timings.status_by_night(session, where)
        found = [
            (metric, timings.histogram(session, metric, where), timings.by_night(session, metric, where))
            for metric in METRICS
        ]
    return [Counted(metric, bins, timings.percentiles(bins), nights, ends) for metric, bins, nights in found]


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
            f"{WORDS[metric]}: how many attempts took how long, with the median and the 95th percentile",
            caption="A click on a bar lists the attempts behind it.",
            table=html.Div(spread_table(counted), id=f"timings-{metric}-spread-table"),
            height=280,
        ),
        html.Div(id=f"timings-{metric}-behind"),
        chart(
            f"timings-{metric}-nights",
            over_nights(counted, theme),
            f"{WORDS[metric]} of each night: median and 95th percentile, and how the attempts ended",
            caption="Nights run from noon to noon UTC, by the submission of the attempt.",
            table=html.Div(nights_table(counted), id=f"timings-{metric}-nights-table"),
            height=360,
        ),
    )


def numbers(counted: Counted) -> Component:
    """Median, p95 and how many were counted."""
    marks = counted.marks
    return facts(
        [("Median", duration(marks.p50_ms)), ("p95", duration(marks.p95_ms)), ("Attempts", f"{marks.attempts:,}")]
    )


def spread(counted: Counted, theme: Theme) -> go.Figure:
    return durations.histogram(counted.bins, counted.marks, theme)


def over_nights(counted: Counted, theme: Theme) -> go.Figure:
    return durations.over_nights(counted.nights, counted.ends, theme)


def spread_table(counted: Counted) -> Component:
    """The bars as rows."""
    rows = [
        [duration(row.low_ms), duration(row.high_ms), f"{row.attempts:,}"] for row in durations.coarser(counted.bins)
    ]
    return plain_table(
        ["Longer than", "At most", "Attempts"], rows, label=f"{WORDS[counted.metric]}, attempts by duration"
    )


def nights_table(counted: Counted) -> Component:
    """The nights as rows, newest first."""
    rows = [
        [day(row.night), duration(row.p50_ms), duration(row.p95_ms), f"{row.attempts:,}"]
        for row in reversed(counted.nights)
    ]
    return plain_table(["Night", "Median", "p95", "Attempts"], rows, label=f"{WORDS[counted.metric]} by night")


def behind(rows: Sequence[Behind], metric: Metric, low_ms: float, high_ms: float, limit: int) -> Component:
    """The attempts behind a bar, each a link to its job."""
    count = f"the latest {limit}" if len(rows) == limit else str(len(rows))
    title = f"{WORDS[metric]} of {duration(low_ms)} to {duration(high_ms)}: {count}"
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
    return html.Section([html.H3(title), html.Div(table, className="scroll-x")], className="behind-bar")
