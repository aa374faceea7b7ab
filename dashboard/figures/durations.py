"""Queue and elapsed times as figures: histogram and ECDF on a log axis, percentiles and throughput over nights."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate, groupby
from typing import Any

import plotly.graph_objects as go

from dashboard.components.times import duration
from dashboard.figures.template import Palette, Theme, drawn, palette
from models.queries.timings import BinRow, NightStatus, NightTiming, Percentiles, Throughput
from models.rollups import bin_edges, bin_of
from models.states import Status

MOST_BARS = 48
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
TICKS = [ms for power in (1, 10, 100) for ms in (power, 2 * power, 5 * power)] + [
    *(SECOND * n for n in (1, 2, 5, 10, 20, 30)),
    *(MINUTE * n for n in (1, 2, 5, 10, 20, 30)),
    *(HOUR * n for n in (1, 2, 5, 10)),
    *(DAY * n for n in (1, 2, 5, 10, 20, 50)),
]
FEW_TICKS = {1, 10, 100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 10 * HOUR, 2 * DAY, 10 * DAY}
MOST_TICKS = 7
LEAST_NIGHTS = 5
OTHERS = "others"
MOST_NAMES = 5  # that throughput is told apart by; the rest goes together
SHAPES = ("", "/", "", ".", "\\", "x")  # what tells bars apart in grey
LINES = (("p99", "p99_ms", "bad"), ("p90", "p90_ms", "run"), ("median", "p50_ms", "accent"))
ENDINGS = {
    Status.SUCCESS: ("Success", "done_soft"),
    Status.FAILURE: ("Failure", "bad"),
    Status.TIMEDOUT: ("Timed out", "run"),
    Status.REVOKED: ("Cancelled", "wait"),
}


def coarser(rows: Sequence[BinRow], most: int = MOST_BARS) -> list[BinRow]:
    """The same counts in at most `most` bins of equal ratio; neighbours are joined, and empty ones are left out."""
    if not rows:
        return []
    numbers = [bin_of(row.high_ms * 0.999) for row in rows]
    joined = max(1, math.ceil((numbers[-1] - numbers[0] + 1) / most))
    found = []
    for place, group in groupby(zip(numbers, rows, strict=True), key=lambda pair: (pair[0] - numbers[0]) // joined):
        first = numbers[0] + place * joined
        low, high = bin_edges(first)[0], bin_edges(first + joined - 1)[1]
        found.append(BinRow(low, high, sum(row.attempts for _, row in group)))
    return found


def histogram(rows: Sequence[BinRow], marks: Percentiles, theme: Theme, *, height: int = 400) -> go.Figure:
    """How many attempts took how long, on a log axis in ms, with median, p90 and p99 marked: bars of equal ratio, and
    above them the share of attempts that took at most so long (the ECDF).

    `customdata` of a bar is its (low_ms, high_ms), so that a click can ask for the attempts behind it.
    """
    bars, colours = coarser(rows), palette(theme)
    lows = [max(row.low_ms, row.high_ms / 1.5) for row in bars]  # the first bin begins at 0, which a log axis lacks
    traces = [
        {
            "type": "bar",
            "x": [(low + row.high_ms) / 2 for low, row in zip(lows, bars, strict=True)],
            "width": [row.high_ms - low for low, row in zip(lows, bars, strict=True)],
            "y": [row.attempts for row in bars],
            "customdata": [(row.low_ms, row.high_ms) for row in bars],
            "text": [f"{duration(row.low_ms)} to {duration(row.high_ms)}" for row in bars],
            "textposition": "none",
            "hovertemplate": "<b>%{y}</b> took %{text}<extra></extra>",
            "marker": {"color": colours.accent, "line": {"width": 1, "color": colours.surface}},
        }
    ]
    counts = {"title": {"text": "attempts"}, **_whole([row.attempts for row in bars])}
    layout: dict[str, Any] = {
        "bargap": 0,
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"t": 64},
        "yaxis": {"domain": [0, 0.56] if bars else [0, 1], **counts},
    }
    if bars:
        first, last = lows[0] / 1.6, bars[-1].high_ms * 1.6
        named = (("median", marks.p50_ms), ("p90", marks.p90_ms), ("p99", marks.p99_ms))
        known = [(name, ms) for name, ms in named if ms is not None]
        traces.append(_share(rows, colours))
        layout |= {
            "xaxis": {"type": "log", "range": [math.log10(first), math.log10(last)], **_ticks(first, last)},
            "yaxis2": _share_axis(colours),
            "shapes": [_line_at(ms, colours) for _, ms in known],
            "annotations": [
                _name_at(name, ms, row, colours, is_left=ms > math.sqrt(first * last))
                for row, (name, ms) in enumerate(known)
            ],
        }
    return drawn(traces, layout, theme, height=height)


def ecdf(rows: Sequence[BinRow]) -> list[tuple[float, float]]:
    """(ms, share of the attempts that took at most so long), at the upper edge of each bin."""
    total = sum(row.attempts for row in rows)
    reached = accumulate(row.attempts for row in rows)
    return [(row.high_ms, count / total) for row, count in zip(rows, reached, strict=True)]


def throughput(rows: Sequence[Throughput], theme: Theme, *, height: int = 300) -> go.Figure:
    """Captures an hour of each night, over the hours in which any were landed, stacked by what they are told apart by.

    Of many names those with the fewest captures go together as OTHERS. A night without a landing has no bar.
    `customdata` of a bar is its (night, name).
    """
    colours = palette(theme)
    nights = _every_night([row.night for row in rows])
    totals = Counter({row.name: 0 for row in rows})
    for row in rows:
        totals[row.name] += row.captures
    shown = [name for name, _ in totals.most_common(MOST_NAMES)]
    rates: dict[str, dict[date, float]] = {name: {} for name in shown}
    for row in rows:
        of_name = rates.setdefault(row.name if row.name in shown else OTHERS, {})
        of_name[row.night] = of_name.get(row.night, 0.0) + row.captures / row.hours
    fills = [colours.accent, colours.done_soft, colours.run, colours.hold, colours.bad, colours.wait]
    looks = zip(fills, SHAPES, strict=True)
    layout = {
        "barmode": "stack",
        "legend": {"traceorder": "normal", "itemwidth": 30},
        "xaxis": {"tickangle": 0, "hoverformat": "night of %-d %b %Y", **_days(nights)},
        "yaxis": {"title": {"text": "captures an hour"}, "tickformat": ",d", "nticks": 5},
    }
    traces = [
        _stacked(nights, of_name, name, fill, shape, colours.surface)
        for (name, of_name), (fill, shape) in zip(rates.items(), looks, strict=False)
    ]
    return drawn(traces, layout, theme, height=height)


def _stacked(
    nights: Sequence[date], rates: Mapping[date, float], name: str, fill: str, shape: str, surface: str
) -> dict[str, Any]:
    """Bars that are told from those they stand on by a pattern too, which is left in grey."""
    pattern = {
        "shape": shape,
        "size": 6,
        "solidity": 0.2,
        "fgcolor": surface,
        "bgcolor": fill,
        "fillmode": "replace",
    }
    return {
        "type": "bar",
        "x": nights,
        "y": [rates.get(night) for night in nights],
        "name": name,
        "width": 0.7 * DAY,
        "marker": {"color": fill, "line": {"width": 1, "color": surface}, "pattern": pattern},
        "customdata": [[night.isoformat(), name] for night in nights],
        "hovertemplate": "%{y:,.0f}",
    }


def _share(rows: Sequence[BinRow], colours: Palette) -> dict[str, Any]:
    """The ECDF above the bars, on the same log axis."""
    points = ecdf(rows)
    return {
        "type": "scatter",
        "x": [ms for ms, _ in points],
        "y": [share for _, share in points],
        "yaxis": "y2",
        "mode": "lines",
        "line": {"color": colours.ink_2, "width": 2, "shape": "hv"},
        "customdata": [duration(ms) for ms, _ in points],
        "hovertemplate": "<b>%{y:.1%}</b> took at most %{customdata}<extra></extra>",
    }


def _share_axis(colours: Palette) -> dict[str, Any]:
    return {
        "domain": [0.66, 1],
        "range": [0, 1.02],
        "tickvals": [0, 0.5, 1],
        "tickformat": ".0%",
        "title": {"text": "share", "font": {"color": colours.ink_2, "size": 12}, "standoff": 8},
        "tickfont": {"color": colours.ink_3, "size": 11.5},
        "gridcolor": colours.line,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
    }


def over_nights(
    timings: Sequence[NightTiming], ends: Sequence[NightStatus], theme: Theme, *, height: int = 360
) -> go.Figure:
    """Median, p90 and p99 of each night on a log axis, above bars of how many attempts ended how.

    A night without attempts is a gap in the lines, never a zero. `customdata` of a bar is its (night, status).
    """
    colours = palette(theme)
    nights = _every_night([row.night for row in timings] + [row.night for row in ends])
    by_night = {row.night: row for row in timings}
    traces, names = [], []
    for name, key, tone in LINES:
        known = {night: getattr(row, key) for night, row in by_night.items()}
        traces.append(_line(nights, known, name, getattr(colours, tone)))
        if known:
            names.append(_name_of_line(name, max(known), known, getattr(colours, tone)))
    for status, (word, tone) in ENDINGS.items():
        counts = {row.night: row.attempts for row in ends if row.status is status}
        if counts:
            traces.append(_bars(nights, counts, status, word, getattr(colours, tone)))
    shown = [row.p50_ms for row in timings] + [row.p99_ms for row in timings]
    low, high = (min(shown) / 2, max(shown) * 2) if shown else (100.0, MINUTE)
    layout = {
        "barmode": "stack",
        "margin": {"r": 60},
        "xaxis": {"anchor": "y2", "tickangle": 0, "hoverformat": "night of %-d %b %Y", **_days(nights)},
        "yaxis": {
            "domain": [0.42, 1],
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            **_ticks(low, high),
        },
        "yaxis2": {"domain": [0, 0.24], "title": {"text": "attempts"}, **_whole(_sums(ends), most=3)},
        "legend": {"y": 0.26, "traceorder": "normal", "itemwidth": 30},
        "annotations": names,
    }
    return drawn(traces, layout, theme, height=height)


def _ticks(low: float, high: float) -> dict[str, Any]:
    """Ticks at durations that people know, as many as have room."""
    shown = [ms for ms in TICKS if low <= ms <= high]
    if len(shown) > MOST_TICKS:
        shown = [ms for ms in shown if ms in FEW_TICKS]
    return {"tickvals": shown, "ticktext": [duration(ms).replace(".0 ", " ") for ms in shown], "minor": {"ticks": ""}}


def _whole(counts: Sequence[int], most: int = 4) -> dict[str, Any]:
    """Ticks of counts: whole numbers, 1, 2 or 5 times a power of ten apart."""
    rough = max(counts, default=1) / most
    power = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    return {"tick0": 0, "dtick": step, "tickformat": ",d"}


def _sums(ends: Sequence[NightStatus]) -> list[int]:
    totals: Counter[date] = Counter()
    for row in ends:
        totals[row.night] += row.attempts
    return list(totals.values())


def _days(nights: Sequence[date]) -> dict[str, Any]:
    """A name for every night as long as there is room, and room around a few nights."""
    if not nights:
        return {}
    around = timedelta(days=max(0, LEAST_NIGHTS - len(nights)) / 2 + 0.6)
    first, last = (datetime.combine(night, time()) for night in (nights[0], nights[-1]))
    every = math.ceil(len(nights) / 6)
    return {
        "tickvals": [night.isoformat() for night in nights[::every]],
        "tickformat": "%-d %b",
        "range": [first - around, last + around],
    }


def _line_at(ms: float, colours: Palette) -> dict[str, Any]:
    """A dotted line over the whole height."""
    dotted = {"color": colours.ink, "width": 1.25, "dash": "dot"}
    return {"type": "line", "x0": ms, "x1": ms, "y0": 0, "y1": 1, "yref": "paper", "line": dotted}


def _name_at(name: str, ms: float, row: int, colours: Palette, *, is_left: bool) -> dict[str, Any]:
    """The name and value of a mark above the plot, each on a row of its own so that none overlap."""
    return {
        "x": math.log10(ms),  # an annotation takes the exponent on a log axis, a shape the value
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 18 * row,
        "xanchor": "right" if is_left else "left",
        "text": f"{name} <b>{duration(ms)}</b>",
        "showarrow": False,
        "font": {"color": colours.ink_2, "size": 12},
    }


def _every_night(nights: Sequence[date]) -> list[date]:
    if not nights:
        return []
    first, last = min(nights), max(nights)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _line(nights: Sequence[date], values: Mapping[date, float], name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": nights,
        "y": [values.get(night) for night in nights],
        "name": name,
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {"size": 7, "symbol": {"p99": "diamond", "p90": "square", "median": "circle"}[name]},
        "customdata": [duration(values.get(night)) for night in nights],
        "hovertemplate": "%{customdata}",
        "connectgaps": False,
        "showlegend": False,
    }


def _name_of_line(name: str, night: date, values: Mapping[date, float], colour: str) -> dict[str, Any]:
    """The name of a line at its last night, so that it needs no legend."""
    return {
        "x": night,
        "y": math.log10(values[night]),
        "text": f"<b>{name}</b>",
        "xanchor": "left",
        "xshift": 8,
        "yshift": {"p99": 11, "p90": 0, "median": -11}[name],  # apart, where they are nearly the same
        "showarrow": False,
        "font": {"color": colour, "size": 12},
    }


def _bars(nights: Sequence[date], counts: Mapping[date, int], status: Status, name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": nights,
        "y": [counts.get(night) for night in nights],
        "yaxis": "y2",
        "name": name,
        "width": 0.7 * DAY,  # a lone night would get a bar of no width
        "marker": {"color": colour},
        "customdata": [[night.isoformat(), status] for night in nights],
        "hovertemplate": "%{y}",
    }
