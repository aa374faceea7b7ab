"""The figures of a report: pure functions that draw rows onto a figure, and know no database and no page.

Every figure reads without colour: series differ by their marks and dashes, states by their hatching. A night without
captures is hatched from top to bottom and never a bar of zero.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engine.causes import reason
from engine.reports.counts import StationHours, StationNights
from engine.reports.look import DASHES, MARKERS, Look
from models.queries.reports import Cause, JobTime
from models.queries.tracks import CountRow

ROW = 1.25  # of a station's panel
MOST_ROWS = 16  # stations that are drawn; the table has all
BAR = 0.78
DATES = {  # on an axis of times, from years to seconds: of a tick, of one that begins the next larger, and of all ticks
    "formats": ["%Y", "%b", "%-d", "%H:%M", "%H:%M", "%H:%M:%S.%f"],  # without the noughts at its end
    "zero_formats": ["", "%Y", "%b", "%-d %b", "%H:%M", "%H:%M"],
    "offset_formats": ["", "%Y", "%b %Y", "%-d %b %Y", "%-d %b %Y", "%-d %b %Y"],
}


def captures_and_effort(
    stations: Sequence[StationNights], days: Sequence[date], figure: FigureBase, look: Look
) -> None:
    """A row for each station: captures a night with the number expected as a line, and hours of effort a night."""
    panels = _grid(figure, len(stations), 2)
    for (left, right), station in zip(panels, stations, strict=False):
        for axes, heights, colour in (
            (left, [night.captures for night in station.nights.values()], look.accent),
            (right, [night.effort_h for night in station.nights.values()], look.done),
        ):
            axes.bar([days.index(day) for day in station.nights], heights, BAR, color=colour, gid="bar")
            _missing(axes, station, days, look)
            _nights_axis(axes, days)
        for day, night in station.nights.items():
            left.plot(
                [days.index(day) - BAR / 2, days.index(day) + BAR / 2], [night.expected] * 2,
                color=look.ink, linewidth=1.1, solid_capstyle="butt",
            )  # fmt: skip
        left.set_title(station.name)
        left.set_ylabel("captures")
        right.set_ylabel("effort, h")
        left.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        right.yaxis.set_major_locator(MaxNLocator(3))


def processed(stations: Sequence[StationNights], days: Sequence[date], figure: FigureBase, look: Look) -> None:
    """A row for each station: what became of the captures of each night, stacked."""
    panels = _grid(figure, len(stations), 1)
    outlined: dict[str, Any] = {"facecolor": look.surface, "linewidth": 0.8}
    faces: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("processed", "processed", {"color": look.done}),
        ("stopped", "waiting for a verdict", outlined | {"edgecolor": look.hold, "hatch": "----"}),
        ("failed", "failed", outlined | {"edgecolor": look.bad, "hatch": "/////"}),
        ("open", "not processed", {"facecolor": look.wait, "edgecolor": look.wait, "hatch": "...."}),
    )
    if not any(night.stopped for station in stations for night in station.nights.values()):
        faces = tuple(face for face in faces if face[0] != "stopped")  # few labs have checkpoints
    for (axes,), station in zip(panels, stations, strict=False):
        places = [days.index(day) for day in station.nights]
        base = [0] * len(places)
        for name, word, face in faces:
            heights = [getattr(night, name) for night in station.nights.values()]
            axes.bar(places, heights, BAR, bottom=base, label=word, **face)
            base = [low + height for low, height in zip(base, heights, strict=True)]
        _missing(axes, station, days, look)
        _nights_axis(axes, days)
        axes.set_title(station.name)
        axes.set_ylabel("captures")
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _legend(figure, panels[0][0])


def against_sunset(stations: Sequence[StationHours], figure: FigureBase, look: Look) -> None:
    """Detections per processed capture in each hour from sunset, above how many captures stand behind each hour."""
    rates, captures = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    hours = sorted({each.hour for station in stations for each in station.hours})
    span = (min([*hours, 0]), max([*hours, 7]) + 1)
    sunrises = [station.sunrise_h for station in stations if station.sunrise_h is not None]
    for axes in (rates, captures):
        axes.axvspan(0, sum(sunrises) / len(sunrises) if sunrises else span[1], color=look.night, zorder=0)
        axes.axvline(0, color=look.ink_3, linewidth=0.9, linestyle=(0, (2, 2)))
    width = 0.76 / max(len(stations), 1)
    for number, station in enumerate(stations):
        known = {each.hour: each for each in station.hours}
        places = range(span[0], span[1])
        colour = look.series[number % len(look.series)]
        rates.plot(
            [hour + 0.5 for hour in places],
            [known[hour].rate if hour in known else float("nan") for hour in places],
            label=station.name,
            color=colour,
            marker=MARKERS[number % len(MARKERS)],
            markersize=4.5,
            linewidth=1.6,
            linestyle=DASHES[number // len(look.series) % len(DASHES)] if len(stations) > 7 else DASHES[number % 4],
        )
        captures.bar(
            [each.hour + 0.12 + width * (number + 0.5) for each in station.hours],
            [each.captures for each in station.hours],
            width * 0.92,
            color=colour,
        )
    rates.set_ylabel("detections per\nprocessed capture")
    rates.set_ylim(0, 1.08 * max([each.rate for station in stations for each in station.hours] or [1]) or 1)
    captures.set_ylabel("captures")
    captures.set_xlabel("hours from sunset")
    captures.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    captures.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    captures.set_xlim(*span)
    _legend(figure, rates)


def tracks(
    stations: Sequence[StationNights], days: Sequence[date], counted: Sequence[CountRow], figure: FigureBase, look: Look
) -> None:
    """A row for each station: animals seen twice or more and once, stacked, and the most at once as a mark."""
    panels = _grid(figure, len(stations), 1)
    faces: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("seen_twice", "seen twice or more", {"color": look.accent}),
        ("seen_once", "seen once", {"facecolor": look.surface, "edgecolor": look.accent, "hatch": "/////"}),
    )
    for (axes,), station in zip(panels, stations, strict=False):
        mine = [each for each in counted if each.station_id == station.id and each.night in days]
        places = [days.index(each.night) for each in mine]
        base = [0] * len(mine)
        for name, word, face in faces:
            heights = [getattr(each, name) or 0 for each in mine]
            axes.bar(places, heights, BAR, bottom=base, label=word, **face)
            base = [low + height for low, height in zip(base, heights, strict=True)]
        axes.plot(
            places, [each.most_at_once for each in mine], linestyle="none", marker="D", markersize=5,
            markerfacecolor=look.surface, color=look.ink, label="most at once",
        )  # fmt: skip
        _missing(axes, station, days, look)
        _nights_axis(axes, days)
        axes.set_title(station.name)
        axes.set_ylabel("animals")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _legend(figure, panels[0][0])


def timings(jobs: Sequence[JobTime], figure: FigureBase, look: Look) -> None:
    """Queue time and elapsed time of each attempt on a log axis, by when it was submitted (UTC)."""
    import matplotlib.dates as times

    axes = figure.subplots()
    faces: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("elapsed_ms", "elapsed", {"color": look.accent, "marker": "o"}),
        ("queue_ms", "queue", {"markerfacecolor": look.surface, "color": look.bad, "marker": "s"}),
    )
    for name, word, style in faces:
        known: list[tuple[Any, int]] = [
            (job.submitted_at, getattr(job, name)) for job in jobs if getattr(job, name) is not None
        ]
        axes.plot(
            [at for at, _ in known], [max(ms, 1) / 1000 for _, ms in known],
            linestyle="none", markersize=5, label=word, **style,
        )  # fmt: skip
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: _duration(seconds)))
    axes.minorticks_off()
    locator = times.AutoDateLocator(maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(times.ConciseDateFormatter(locator, **DATES))
    axes.set_xlabel("submitted, UTC")
    axes.margins(x=0.08)
    _legend(figure, axes)


def failures(causes: Sequence[Cause], names: Mapping[int, str], figure: FigureBase, look: Look) -> None:
    """Captures without a result by the cause of their last failure, stacked by station, the most frequent on top."""
    kinds = list(dict.fromkeys(cause.kind for cause in causes))
    totals = {kind: sum(cause.captures for cause in causes if cause.kind == kind) for kind in kinds}
    kinds.sort(key=lambda kind: totals[kind])
    axes = figure.subplots()
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    base = dict.fromkeys(kinds, 0)
    hatches = ("", "////", "....", "xxxx", "----")
    for number, station in enumerate(dict.fromkeys(cause.station_id for cause in causes)):
        of_station = {cause.kind: cause.captures for cause in causes if cause.station_id == station}
        widths = [of_station.get(kind, 0) for kind in kinds]
        axes.barh(
            kinds, widths, 0.62, left=[base[kind] for kind in kinds], label=names.get(station, str(station)),
            color=look.series[number % len(look.series)], edgecolor=look.surface, hatch=hatches[number % len(hatches)],
        )  # fmt: skip
        base = {kind: base[kind] + of_station.get(kind, 0) for kind in kinds}
    axes.set_yticks(range(len(kinds)), [reason(kind) for kind in kinds])
    for kind in kinds:
        axes.annotate(f"{totals[kind]:,}", (totals[kind], kind), (4, 0), textcoords="offset points", va="center")
    axes.set_xlabel("captures")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.margins(x=0.1)
    if len({cause.station_id for cause in causes}) > 1:
        _legend(figure, axes)


def height_of(panels: int) -> float:
    """How high a figure with a panel for each station is, inches."""
    return 0.75 + ROW * min(max(panels, 1), MOST_ROWS)


def height_of_bars(bars: int) -> float:
    """How high a figure of so many bars across is, inches."""
    return 1.1 + 0.36 * max(bars, 1)


def _grid(figure: FigureBase, rows: int, columns: int) -> list[list[Axes]]:
    """A panel for each station, at most MOST_ROWS below each other, with the same nights below all."""
    panels = figure.subplots(min(max(rows, 1), MOST_ROWS), columns, sharex=True, squeeze=False)
    return [list(row) for row in panels]


def _missing(axes: Axes, station: StationNights, days: Sequence[date], look: Look) -> None:
    """Hatch the nights that have no captures, from top to bottom."""
    for place, day in enumerate(days):
        if day not in station.nights:
            axes.axvspan(
                place - 0.5, place + 0.5, facecolor="none", edgecolor=look.line, hatch="xxx", linewidth=0, gid="missing"
            )


def _nights_axis(axes: Axes, days: Sequence[date]) -> None:
    """A night's date below its bar, as many as have room."""
    every = max(1, -(-len(days) // 7))
    axes.set_xticks(range(0, len(days), every), [f"{day.day} {day:%b}" for day in days[::every]])
    around = max(0.6, (6 - len(days)) / 2)
    axes.set_xlim(-around, len(days) - 1 + around)


def _legend(figure: FigureBase, axes: Axes) -> None:
    handles, words = axes.get_legend_handles_labels()
    figure.legend(handles, words, loc="outside upper left", ncols=4, handlelength=1.8, columnspacing=1.6)


def _duration(seconds: float) -> str:
    for size, word in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {word}"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
