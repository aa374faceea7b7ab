"""Queue and elapsed times as figures: histogram and ECDF on a log axis, percentiles and throughput over nights."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate, groupby
from typing import Any

import plotly.graph_objects as go

from dashboard.components.times import duration
from dashboard.figures.template import Palette, Theme, palette, styled
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
    figure = go.Figure(
        go.Bar(
            x=[(low + row.high_ms) / 2 for low, row in zip(lows, bars, strict=True)],
            width=[row.high_ms - low for low, row in zip(lows, bars, strict=True)],
            y=[row.attempts for row in bars],
            customdata=[(row.low_ms, row.high_ms) for row in bars],
            text=[f"{duration(row.low_ms)} to {duration(row.high_ms)}" for row in bars],
            textposition="none",
            hovertemplate="<b>%{y}</b> took %{text}<extra></extra>",
            marker={"color": colours.accent, "line": {"width": 1, "color": colours.surface}},
        )
    )
    styled(figure, theme, height=height)
    figure.update_layout(bargap=0, hovermode="closest", showlegend=False, margin={"t": 64})
    if bars:
        _add_share(figure, rows, colours)
        first, last = lows[0] / 1.6, bars[-1].high_ms * 1.6
        figure.update_xaxes(type="log", range=[math.log10(first), math.log10(last)], **_ticks(first, last))
        _mark(figure, "median", marks.p50_ms, 0, (first, last), colours)
        _mark(figure, "p90", marks.p90_ms, 1, (first, last), colours)
        _mark(figure, "p99", marks.p99_ms, 2, (first, last), colours)
    counts = {"title": {"text": "attempts"}, **_whole([row.attempts for row in bars])}
    figure.update_layout(yaxis={"domain": [0, 0.56] if bars else [0, 1], **counts})
    return figure


def ecdf(rows: Sequence[BinRow]) -> list[tuple[float, float]]:
    """(ms, share of the attempts that took at most so long), at the upper edge of each bin."""
    total = sum(row.attempts for row in rows)
    reached = accumulate(row.attempts for row in rows)
    return [(row.high_ms, count / total) for row, count in zip(rows, reached, strict=True)]


def throughput(rows: Sequence[Throughput], theme: Theme, *, height: int = 300) -> go.Figure:
    """Captures an hour of each night, over the hours in which any were landed, stacked by what they are told apart by.

    Of many names the last ones by the alphabet go together as "others". A night without a landing has no bar.
    """
    colours = palette(theme)
    figure = go.Figure()
    nights = _every_night([row.night for row in rows])
    totals = Counter({row.name: 0 for row in rows})
    for row in rows:
        totals[row.name] += row.captures
    shown = [name for name, _ in totals.most_common(MOST_NAMES)]
    fills = [colours.accent, colours.done_soft, colours.run, colours.hold, colours.bad, colours.wait]
    for number, name in enumerate([*shown, *(["others"] if len(totals) > len(shown) else [])]):
        rates: dict[date, float] = {}
        for row in rows:
            if (row.name if row.name in shown else "others") == name:
                rates[row.night] = rates.get(row.night, 0.0) + row.captures / row.hours
        figure.add_bar(
            x=nights,
            y=[rates.get(night) for night in nights],
            name=name,
            width=0.7 * DAY,
            marker={
                "color": fills[number],
                "line": {"width": 1, "color": colours.surface},
                "pattern": {
                    "shape": SHAPES[number],
                    "size": 6,
                    "solidity": 0.2,
                    "fgcolor": colours.surface,
                    "bgcolor": fills[number],
                    "fillmode": "replace",
                },
            },
            hovertemplate="%{y:,.0f}",
        )
    styled(figure, theme, height=height)
    figure.update_layout(barmode="stack", legend={"traceorder": "normal", "itemwidth": 30})
    figure.update_yaxes(title={"text": "captures an hour"}, tickformat=",d", nticks=5)
    figure.update_xaxes(tickangle=0, hoverformat="night of %-d %b %Y", **_days(nights))
    return figure


def _add_share(figure: go.Figure, rows: Sequence[BinRow], colours: Palette) -> None:
    """The ECDF above the bars, on the same log axis."""
    points = ecdf(rows)
    figure.add_scatter(
        x=[ms for ms, _ in points],
        y=[share for _, share in points],
        yaxis="y2",
        mode="lines",
        line={"color": colours.ink_2, "width": 2, "shape": "hv"},
        customdata=[duration(ms) for ms, _ in points],
        hovertemplate="<b>%{y:.1%}</b> took at most %{customdata}<extra></extra>",
    )
    figure.update_layout(
        yaxis2={
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
    )


def over_nights(
    timings: Sequence[NightTiming], ends: Sequence[NightStatus], theme: Theme, *, height: int = 360
) -> go.Figure:
    """Median, p90 and p99 of each night on a log axis, above bars of how many attempts ended how.

    A night without attempts is a gap in the lines, never a zero.
    """
    colours = palette(theme)
    figure = go.Figure()
    nights = _every_night([row.night for row in timings] + [row.night for row in ends])
    by_night = {row.night: row for row in timings}
    for name, key, colour in LINES:
        colour = getattr(colours, colour)
        _add_line(figure, nights, [getattr(by_night.get(night), key, None) for night in nights], name, colour)
    for status, (word, tone) in ENDINGS.items():
        counts = {row.night: row.attempts for row in ends if row.status is status}
        if counts:
            _add_bars(figure, nights, counts, word, getattr(colours, tone))
    known = [row.p50_ms for row in timings] + [row.p99_ms for row in timings]
    low, high = (min(known) / 2, max(known) * 2) if known else (100.0, MINUTE)
    figure.update_layout(yaxis={"domain": [0.42, 1]}, yaxis2={"domain": [0, 0.24]})
    styled(figure, theme, height=height)
    figure.update_layout(
        barmode="stack",
        margin={"r": 60},
        yaxis={"type": "log", "range": [math.log10(low), math.log10(high)], **_ticks(low, high)},
        yaxis2={"title": {"text": "attempts"}, **_whole(_sums(ends), most=3)},
        legend={"y": 0.26, "traceorder": "normal", "itemwidth": 30},
    )
    figure.update_xaxes(anchor="y2", tickangle=0, hoverformat="night of %-d %b %Y", **_days(nights))
    return figure


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


def _mark(
    figure: go.Figure, name: str, ms: float | None, row: int, span: tuple[float, float], colours: Palette
) -> None:
    """A dotted line with its name and value above the plot, each mark on a row of its own so that none overlap."""
    if ms is None:
        return
    dotted = {"color": colours.ink, "width": 1.25, "dash": "dot"}
    figure.add_shape(type="line", x0=ms, x1=ms, y0=0, y1=1, yref="paper", line=dotted)
    in_right_half = ms > math.sqrt(span[0] * span[1])
    figure.add_annotation(
        x=math.log10(ms),  # an annotation takes the exponent on a log axis, a shape the value
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=18 * row,
        xanchor="right" if in_right_half else "left",
        text=f"{name} <b>{duration(ms)}</b>",
        showarrow=False,
        font={"color": colours.ink_2, "size": 12},
    )


def _every_night(nights: Sequence[date]) -> list[date]:
    if not nights:
        return []
    first, last = min(nights), max(nights)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _add_line(
    figure: go.Figure, nights: Sequence[date], values: Sequence[float | None], name: str, colour: str
) -> None:
    """A line that is named at its last point, so that it needs no legend."""
    figure.add_scatter(
        x=list(nights),
        y=list(values),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 7, "symbol": {"p99": "diamond", "p90": "square", "median": "circle"}[name]},
        customdata=[duration(value) for value in values],
        hovertemplate="%{customdata}",
        connectgaps=False,
        showlegend=False,
    )
    known = [(night, value) for night, value in zip(nights, values, strict=True) if value is not None]
    if known:
        night, value = known[-1]
        figure.add_annotation(
            x=night,
            y=math.log10(value),
            text=f"<b>{name}</b>",
            xanchor="left",
            xshift=8,
            yshift={"p99": 11, "p90": 0, "median": -11}[name],  # apart, where they are nearly the same
            showarrow=False,
            font={"color": colour, "size": 12},
        )


def _add_bars(figure: go.Figure, nights: Sequence[date], counts: dict[date, int], name: str, colour: str) -> None:
    figure.add_bar(
        x=list(nights),
        y=[counts.get(night) for night in nights],
        yaxis="y2",
        name=name,
        width=0.7 * DAY,  # a lone night would get a bar of no width
        marker={"color": colour},
        hovertemplate="%{y}",
    )
