"""Charts of one night: pure functions from its moments to a figure. Times are shown in the station's zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plotly.graph_objects import Bar, Figure

from dashboard.components.times import zone_name
from dashboard.figures.template import Palette, Theme, between_ticks, palette, styled, whole_ticks
from models.nights import Gap, usual_interval
from models.queries.nights import Moment
from models.sun import sunrise_of, sunset_of

STEPS_MIN = (5, 10, 15, 20, 30, 60)  # widths of a bar
PER_BAR = 3  # captures at the usual interval
HOUR = timedelta(hours=1)
MOST_TICKS = 8
LEAST_STEP = timedelta(minutes=15)  # between them
DAYLIGHT = timedelta(hours=12)  # more than any axis shows of it


@dataclass(frozen=True)
class Bin:
    """The captures that began in one stretch of the night; `start` is local to the station."""

    start: datetime
    done: int
    stopped: int
    failed: int
    open: int
    detections: int

    @property
    def captures(self) -> int:
        return self.done + self.stopped + self.failed + self.open


@dataclass(frozen=True)
class Sun:
    """The sunset that begins a night and the sunrise that ends it, UTC."""

    sets: datetime
    rises: datetime


def sun_of(night: date, latitude: float | None, longitude: float | None, zone: ZoneInfo) -> Sun | None:
    """The sun of a night; None where the place is not known, or the sun stays up or down."""
    if latitude is None or longitude is None:
        return None
    sets, rises = sunset_of(night, latitude, longitude, zone), sunrise_of(night, latitude, longitude, zone)
    return Sun(sets, rises) if sets and rises else None


def bins(moments: Sequence[Moment], zone: ZoneInfo, width: timedelta) -> list[Bin]:
    """The moments counted in stretches of `width`, in the order of time; a stretch without captures is left out."""
    found: dict[datetime, list[Moment]] = {}
    for moment in moments:
        found.setdefault(_floor(moment.taken_at, zone, width), []).append(moment)
    return [
        Bin(
            start=start,
            done=sum(moment.state == "done" for moment in group),
            stopped=sum(moment.state == "stopped" for moment in group),
            failed=sum(moment.state == "failed" for moment in group),
            open=sum(moment.state == "open" for moment in group),
            detections=sum(moment.detections for moment in group),
        )
        for start, group in sorted(found.items())
    ]


def bar_width(moments: Sequence[Moment]) -> timedelta:
    """A bar that holds about PER_BAR captures, in whole steps."""
    usual = usual_interval([moment.taken_at for moment in moments]) or 60.0
    wanted = usual * PER_BAR / 60
    return timedelta(minutes=next((step for step in STEPS_MIN if step >= wanted), STEPS_MIN[-1]))


def captures_over_night(
    moments: Sequence[Moment], gaps: Sequence[Gap], zone: ZoneInfo, theme: Theme, sun: Sun | None = None
) -> Figure:
    """Captures over the hours, stacked by what became of them, with the camera's gaps hatched and the sun's times."""
    colours = palette(theme)
    width = bar_width(moments)
    counted = bins(moments, zone, width)
    tallest = max((each.captures for each in counted), default=1)
    figure = Figure()
    stacked: tuple[tuple[str, list[int], dict[str, object]], ...] = (
        ("processed", [each.done for each in counted], {"color": colours.done}),
        ("waiting for a verdict", [each.stopped for each in counted], _hatched(colours.hold, colours.surface, "-")),
        ("failed", [each.failed for each in counted], _hatched(colours.bad, colours.surface, "x")),
        ("not processed", [each.open for each in counted], {"color": colours.wait}),
    )
    for name, values, marker in stacked:
        if any(values):
            figure.add_trace(_bars(name, counted, values, width, marker))
    if gaps:
        figure.add_trace(_gap_bars(gaps, zone, tallest * 1.08, colours))
    figure.update_layout(barmode="stack", bargap=0.08)
    styled(figure, theme)
    _time_axis(figure, moments, zone, sun)
    _mark_sun(figure, sun, zone, colours)
    figure.update_yaxes(title_text=f"captures in {_minutes(width)}", range=[0, tallest * 1.08], **whole_ticks(tallest))
    return figure


def detections_by_hour(moments: Sequence[Moment], zone: ZoneInfo, theme: Theme, sun: Sun | None = None) -> Figure:
    """Detections in each hour of the night; an hour without a processed capture has no bar, not a zero."""
    colours = palette(theme)
    counted = [each for each in bins(moments, zone, HOUR) if each.done]
    figure = Figure(
        Bar(
            name="detections",
            x=[each.start + HOUR / 2 for each in counted],
            y=[each.detections for each in counted],
            width=HOUR.total_seconds() * 1000 * 0.86,
            marker={"color": colours.accent, "cornerradius": 3},
            customdata=[[each.start.strftime("%H:%M"), each.done] for each in counted],
            hovertemplate="%{customdata[0]}, 1 h: %{y} detections in %{customdata[1]} captures<extra></extra>",
        )
    )
    styled(figure, theme)
    _time_axis(figure, moments, zone, sun)
    _mark_sun(figure, sun, zone, colours)
    figure.update_layout(showlegend=False, hovermode="closest")
    most = max((each.detections for each in counted), default=0)
    figure.update_yaxes(title_text="detections an hour", **whole_ticks(most))
    return figure


def _bars(name: str, counted: list[Bin], values: list[int], width: timedelta, marker: dict[str, object]) -> Bar:
    return Bar(
        name=name,
        x=[each.start + width / 2 for each in counted],
        y=values,
        width=width.total_seconds() * 1000 * 0.88,
        marker=marker,
        customdata=[each.start.strftime("%H:%M") for each in counted],
        hovertemplate="%{customdata}: %{y} " + name + "<extra></extra>",
    )


def _gap_bars(gaps: Sequence[Gap], zone: ZoneInfo, height: float, colours: Palette) -> Bar:
    local = [(_local(gap.start, zone), _local(gap.end, zone)) for gap in gaps]
    return Bar(
        name="camera gap",
        x=[start + (end - start) / 2 for start, end in local],
        y=[height for _ in local],
        width=[(end - start).total_seconds() * 1000 for start, end in local],
        base=0,
        marker=_hatched(colours.ink_3, "rgba(0,0,0,0)", "/"),
        opacity=0.5,
        customdata=[f"{start:%H:%M} to {end:%H:%M}" for start, end in local],
        hovertemplate="no capture from %{customdata}<extra></extra>",
    )


def _hatched(ink: str, ground: str, shape: str) -> dict[str, object]:
    return {
        "color": ink,
        "line": {"width": 0},
        "pattern": {
            "shape": shape,
            "fgcolor": ink,
            "bgcolor": ground,
            "fillmode": "replace",
            "size": 6,
            "solidity": 0.35,
        },
    }


def _time_axis(figure: Figure, moments: Sequence[Moment], zone: ZoneInfo, sun: Sun | None) -> None:
    times = [moment.taken_at for moment in moments]
    if not times:
        return
    times += [sun.sets, sun.rises] if sun else []
    low, high = _floor(min(times), zone, HOUR), _floor(max(times), zone, HOUR) + HOUR
    title = f"time at the station ({zone_name(min(times), zone)})"
    step = max(between_ticks(high - low, MOST_TICKS), LEAST_STEP)
    figure.update_xaxes(
        range=[low, high],
        tickformat="%H:%M",
        title_text=title,
        type="date",
        tick0=low.replace(hour=0),
        dtick=step.total_seconds() * 1000,
    )


def _mark_sun(figure: Figure, sun: Sun | None, zone: ZoneInfo, colours: Palette) -> None:
    """A line with its name and time at sunset and at sunrise, and a faint veil over the day on either side."""
    if sun is None:
        return
    figure.update_layout(margin={"t": 40}, legend={"y": 1.14})
    for name, at, anchor, edge in (("sunset", sun.sets, "left", -1), ("sunrise", sun.rises, "right", 1)):
        local = _local(at, zone)
        figure.add_vrect(x0=local, x1=local + edge * DAYLIGHT, fillcolor=colours.run, opacity=0.08, line_width=0)
        figure.add_vline(x=local, line={"color": colours.run, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=local,
            y=1,
            yref="paper",
            yanchor="bottom",
            xanchor=anchor,
            text=f"{name} <b>{local:%H:%M}</b>",
            showarrow=False,
            font={"color": colours.ink_2, "size": 12},
        )


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """Wall time at the station without its zone, as plotly draws it."""
    return at.astimezone(zone).replace(tzinfo=None)


def _floor(at: datetime, zone: ZoneInfo, width: timedelta) -> datetime:
    local = _local(at, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // width * width


def _minutes(width: timedelta) -> str:
    return f"{width.total_seconds() / 60:.0f} min"
