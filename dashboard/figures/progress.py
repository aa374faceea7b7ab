"""How a job goes: captures done and failed over time, and when the rest will be done."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.components.times import clock
from dashboard.figures.template import Palette, Theme, between_ticks, palette, styled, whole_ticks
from models.queries.jobs import Eta

MOST_TICKS = 4
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LEAST = timedelta(seconds=2)  # of the axis: what a tick tells is whole seconds
Point = tuple[datetime, int, int]  # when (UTC), done by then, failed by then


def captures_over_time(
    points: Sequence[Point],
    total: int,
    zone: ZoneInfo,
    theme: Theme,
    *,
    before: int = 0,
    started_at: datetime | None = None,
    eta: Eta | None = None,
    height: int = 260,
) -> go.Figure:
    """Captures done, with those failed on top, up to the job's total; a cone leads on to its projected end.

    `before` captures were done already when it began. Times are drawn as the clock in `zone` shows them.
    """
    colours = palette(theme)
    begun: list[Point] = [(started_at, 0, 0)] if started_at and points and started_at < points[0][0] else []
    line = [(at, done + before, failed) for at, done, failed in [*begun, *points]]
    at = [_wall(when, zone) for when, _, _ in line]
    figure = go.Figure()
    _add_area(figure, at, [done for _, done, _ in line], "done", colours.done, colours.done_soft)
    if any(failed for _, _, failed in line):
        _add_area(figure, at, [failed for _, _, failed in line], "failed", colours.bad, colours.bad)
    if eta is not None and line:
        _add_projection(figure, line[-1], total, eta, zone, colours)
    styled(figure, theme, height=height)
    figure.update_layout(showlegend=False, margin={"t": 24, "r": 72})
    figure.update_yaxes(title={"text": "captures"}, range=[0, max(total, 1) * 1.04], nticks=5, **whole_ticks(total))
    if not line:
        figure.update_xaxes(showticklabels=False)
        return figure
    begins = at[0].replace(microsecond=0)
    ends = max(at[-1], begins + LEAST, *([_wall(eta.high, zone)] if eta else []))
    step = between_ticks(ends - begins, MOST_TICKS)
    clock_ticks = "%H:%M:%S" if step < MINUTE else "%H:%M" if ends - begins < DAY else "%-d %b, %H:%M"
    figure.update_xaxes(
        type="date",
        range=[begins, ends],
        tick0=begins.replace(hour=0, minute=0, second=0),
        dtick=step.total_seconds() * 1000,
        tickangle=0,
        tickformat=clock_ticks,
        hoverformat="%H:%M:%S",
    )
    _mark_total(figure, total, colours, is_reached=sum(line[-1][1:]) >= total)
    _name_ends(figure, at[-1], line[-1], colours)
    return figure


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in the zone shows; plotly itself knows no zones."""
    return at.astimezone(zone).replace(tzinfo=None)


def _add_area(
    figure: go.Figure, at: Sequence[datetime], counts: Sequence[int], name: str, colour: str, fill: str
) -> None:
    figure.add_scatter(
        x=list(at),
        y=list(counts),
        name=name,
        mode="lines",
        stackgroup="captures",
        line={"color": colour, "width": 1.75, "shape": "hv"},
        fillcolor=fill,
        hovertemplate="%{y:,d} " + name + "<extra></extra>",
    )


def _add_projection(figure: go.Figure, last: Point, total: int, eta: Eta, zone: ZoneInfo, colours: Palette) -> None:
    """A cone from now to where the total will be reached, and the likeliest way in it."""
    here, ended = _wall(last[0], zone), last[1] + last[2]
    low, likely, high = (_wall(at, zone) for at in (eta.low, eta.finish_at, eta.high))
    figure.add_scatter(
        x=[here, low, high, here],
        y=[ended, total, total, ended],
        name="range",
        mode="lines",
        fill="toself",
        line={"width": 0},
        fillcolor=colours.hatch.rsplit(",", 1)[0] + ",0.10)",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[here, likely],
        y=[ended, total],
        name="projected",
        mode="lines",
        line={"color": colours.ink_2, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
    figure.add_annotation(
        x=likely,
        y=total,
        text=f"about <b>{clock(eta.finish_at, zone)}</b>",
        showarrow=False,
        xanchor="right",
        yanchor="bottom",
        yshift=2,
        font={"color": colours.ink_2, "size": 12},
    )


def _mark_total(figure: go.Figure, total: int, colours: Palette, *, is_reached: bool) -> None:
    figure.add_hline(y=total, line={"color": colours.ink_3, "width": 1, "dash": "dot"})
    if not is_reached:
        _label(figure, 1, total, f"of {total:,}", colours.ink_2, xref="paper")


def _name_ends(figure: go.Figure, at: datetime, last: Point, colours: Palette) -> None:
    """Both areas are named where they end, so that they need no legend."""
    _, done, failed = last
    _label(figure, at, done / 2, f"<b>{done:,}</b> done", colours.done)
    if failed:
        _label(figure, at, done + failed / 2, f"<b>{failed:,}</b> failed", colours.bad)


def _label(figure: go.Figure, x: object, y: float, text: str, colour: str, *, xref: str = "x") -> None:
    figure.add_annotation(
        x=x,
        xref=xref,
        y=y,
        text=text,
        showarrow=False,
        xanchor="left",
        xshift=6,
        font={"color": colour, "size": 12},
    )
