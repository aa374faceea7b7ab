"""What each worker landed, minute by minute, as a map: one row a worker, one column a minute."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.components.counts import counted
from dashboard.figures.template import Palette, Theme, palette, styled
from models.queries.workers import Minute

ONE_MINUTE = timedelta(minutes=1)
ROW_PX, YGAP_PX, AROUND_PX = 30, 5, 104


@dataclass(frozen=True)
class Total:
    """A worker's row of the map in numbers."""

    worker: str
    captures: int
    failed: int
    minutes: int  # in which it landed anything
    best: int  # captures of its fullest minute


def totals(rows: Sequence[Minute], workers: Sequence[str]) -> list[Total]:
    """Each worker's minutes summed up, in the order given."""
    mine: dict[str, list[Minute]] = defaultdict(list)
    for row in rows:
        mine[row.worker].append(row)
    return [
        Total(
            worker,
            sum(row.captures for row in mine[worker]),
            sum(row.failed for row in mine[worker]),
            len(mine[worker]),
            max((row.captures for row in mine[worker]), default=0),
        )
        for worker in workers
    ]


def map_of_minutes(
    rows: Sequence[Minute], workers: Sequence[str], first: datetime, last: datetime, zone: ZoneInfo, theme: Theme
) -> go.Figure:
    """Captures that each worker landed in each minute from `first` to `last` (UTC), as the clock in `zone` shows them.

    A minute in which a worker landed nothing is left empty, so that its row's ground shows. One that went only into
    stages without captures (a sync, a delay) is the faintest; more captures are darker on light and lighter on
    dark, so it reads in grey.
    """
    colours = palette(theme)
    begin = first.replace(second=0, microsecond=0)
    count = int((last - begin) / ONE_MINUTE) + 1
    place = {name: number for number, name in enumerate(workers)}
    z: list[list[int | None]] = [[None] * count for _ in workers]
    words = [[""] * count for _ in workers]
    for row in rows:
        column = int((row.minute - begin) / ONE_MINUTE)
        if row.worker in place and 0 <= column < count:
            z[place[row.worker]][column] = row.captures
            words[place[row.worker]][column] = _told(row)
    fullest = max((value for line in z for value in line if value), default=1)
    figure = go.Figure(
        go.Heatmap(
            x=[(begin + ONE_MINUTE * number).astimezone(zone).replace(tzinfo=None) for number in range(count)],
            y=list(workers),
            z=z,
            customdata=words,
            zmin=0,
            zmax=fullest,
            colorscale=[[0, colours.line], [0.001, colours.done_soft], [1, _deepest(theme)]],
            colorbar={
                "title": {"text": "captures a minute", "side": "top", "font": {"color": colours.ink_2, "size": 12}},
                "orientation": "h",
                "x": 1,
                "xanchor": "right",
                "y": 1.02,
                "yanchor": "bottom",
                "len": 150,
                "lenmode": "pixels",
                "tickfont": {"color": colours.ink_3, "size": 11.5},
                "thickness": 10,
                "outlinewidth": 0,
                "nticks": 4,
                "tickformat": "d",
            },
            xgap=0 if count > 90 else 1,
            ygap=YGAP_PX,
            hoverongaps=False,
            hovertemplate="<b>%{y}</b>, %{x|%H:%M}: %{customdata}<extra></extra>",
        )
    )
    styled(figure, theme, height=height_of(len(workers)))
    grounds = [_ground(row, colours) for row in range(len(workers))]
    figure.update_layout(hovermode="closest", margin={"t": 56}, shapes=grounds)
    figure.update_yaxes(autorange="reversed", ticks="", ticklabelstandoff=6, rangemode="normal", showgrid=False)
    figure.update_xaxes(tickformat="%H:%M", nticks=5, tickangle=0)
    return figure


def _ground(row: int, colours: Palette) -> dict[str, Any]:
    """What lies under a worker's squares."""
    half = (1 - YGAP_PX / ROW_PX) / 2
    place = {"x0": 0, "x1": 1, "xref": "x domain", "y0": row - half, "y1": row + half}
    return {"type": "rect", **place, "layer": "below", "line": {"width": 0}, "fillcolor": colours.line, "opacity": 0.4}


def height_of(workers: int) -> int:
    """Px of a map with so many rows."""
    return AROUND_PX + ROW_PX * max(workers, 3)


def _deepest(theme: Theme) -> str:
    return "#0b4a3f" if theme == "light" else "#a5f0df"


def _told(row: Minute) -> str:
    if not row.captures:
        return f"{counted(row.steps, 'step')} of other stages"
    failed = f", {row.failed:,} failed" if row.failed else ""
    return f"{counted(row.captures, 'capture')}{failed}"
