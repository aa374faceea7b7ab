"""The charts of a night: its captures and its detections over the hours, redrawn in their place as it changes."""

from collections.abc import Sequence
from typing import Any

from dash import Output, html
from dash.development.base_component import Component
from plotly.graph_objects import Figure

from dashboard.components.charts import chart, following, plain_table
from dashboard.components.empty import empty_state
from dashboard.components.header import card
from dashboard.components.night_cell import told_in_words
from dashboard.components.still import markup, still
from dashboard.components.times import clock, zone_of
from dashboard.figures.nights import HOUR, Bin, bar_width, bins, captures_over_night, detections_by_hour, sun_of
from dashboard.page import Theme
from models.queries.nights import Moment, NightRow

KINDS = ("captures", "detections")


def charts(night: NightRow, moments: Sequence[Moment], theme: Theme, name: str = "night") -> Component:
    """Captures and detections over the hours, as graphs NAME-captures and NAME-detections."""
    titles = ("Captures over the night", "Detections an hour")
    nothing = (
        empty_state("clock", "No times", "None of these captures has a time."),
        empty_state("bug", "Nothing found yet", "Detections appear here as captures are processed."),
    )
    cards = []
    for kind, title, none in zip(KINDS, titles, nothing, strict=True):
        figure, label, caption, table, is_empty, is_there = _parts(kind, night, moments, theme)
        behind = still(table, name=f"{name}-{kind}-table")
        graph = chart(f"{name}-{kind}", figure, label, caption=caption, table=behind, is_followed=True)
        there = html.Div(graph, id=f"{name}-{kind}-there", hidden=is_empty)
        cards.append(card(title, there, html.Div(none, id=f"{name}-{kind}-none", hidden=is_there)))
    return html.Div(cards, className="columns")


def charts_following(name: str = "night") -> list[Output]:
    """What `charts_followed` is for."""
    return [
        output
        for kind in KINDS
        for output in (
            *following(f"{name}-{kind}"),
            Output(f"{name}-{kind}-there", "hidden"),
            Output(f"{name}-{kind}-none", "hidden"),
        )
    ]


def charts_followed(night: NightRow, moments: Sequence[Moment], theme: Theme) -> list[Any]:
    """The charts as they are now, for the outputs of `charts_following`."""
    found = []
    for kind in KINDS:
        figure, label, caption, table, is_empty, is_there = _parts(kind, night, moments, theme)
        found += [figure, label, caption, markup(table), is_empty, is_there]
    return found


def _parts(kind: str, night: NightRow, moments: Sequence[Moment], theme: Theme) -> tuple[Any, ...]:
    """Of a chart the figure, its label, its caption, its table, whether it has nothing to show, and whether it has."""
    zone = zone_of(night.timezone)
    sun = sun_of(night.cell.night, night.latitude, night.longitude, zone)
    if kind == "captures":
        drawn = captures_over_night(moments, night.cell.gaps, zone, theme, sun) if moments else Figure()
        label = f"Captures over the night, {told_in_words(night.cell)}"
        table = _captures_table(bins(moments, zone, bar_width(moments)) if moments else [])
        return drawn, label, _caption(night, is_dark_known=sun is not None), table, not moments, bool(moments)
    hours = [each for each in bins(moments, zone, HOUR) if each.done] if moments else []
    drawn = detections_by_hour(moments, zone, theme, sun) if hours else Figure()
    label = f"Detections by hour, {night.cell.detections:,} in all"
    caption = "Only hours with processed captures have a bar."
    return drawn, label, caption, _detections_table(hours), not hours, bool(hours)


def _caption(night: NightRow, *, is_dark_known: bool) -> str:
    zone, gaps = zone_of(night.timezone), night.cell.gaps
    silent = "; ".join(f"{clock(gap.start, zone, told=False)} to {clock(gap.end, zone)}" for gap in gaps)
    caption = f"Hatched: no captures, {silent}." if gaps else "The camera was never silent for long."
    if not is_dark_known:
        caption += " Sunset and sunrise are shown once the station has its latitude and longitude."
    return caption


def _captures_table(counted: Sequence[Bin]) -> Component:
    head = ["From", "Processed", "Wait for a verdict", "Failed", "Not processed"]
    rows = [[f"{b.start:%H:%M}", f"{b.done:,}", f"{b.stopped:,}", f"{b.failed:,}", f"{b.open:,}"] for b in counted]
    return plain_table(head, rows, label="Captures over the night")


def _detections_table(hours: Sequence[Bin]) -> Component:
    rows = [[f"{b.start:%H:%M}", f"{b.detections:,}", f"{b.done:,}"] for b in hours]
    return plain_table(["From", "Detections", "Processed captures"], rows, label="Detections by hour")
