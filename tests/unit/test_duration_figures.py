"""The figures of queue and elapsed times, by the numbers in them."""

import math
from datetime import date
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboard.figures import durations
from models.queries.timings import BinRow, NightStatus, NightTiming, Percentiles, Throughput, percentiles
from models.rollups import bin_edges, bin_of
from models.states import Status


def bins(*attempts: tuple[float, int]) -> list[BinRow]:
    return [BinRow(*bin_edges(bin_of(ms)), count) for ms, count in attempts]


def bars(figure: go.Figure) -> Any:
    return next(trace for trace in figure.data if trace.type == "bar")


def night(day: int, p50: float = 1000.0) -> NightTiming:
    return NightTiming(date(2026, 8, day), p50, p50 * 4, p50 * 9, 3)


def landed(day: int, name: str, captures: int, hours: int = 2) -> Throughput:
    return Throughput(date(2026, 8, day), name, captures, hours)


WIDE = bins((1, 2), (40, 5), (900, 7), (65_000, 3), (7_200_000, 1))


def test_joined_bins_keep_every_attempt_and_do_not_overlap() -> None:
    joined = durations.coarser(WIDE, most=10)
    assert len(joined) <= 10
    assert sum(row.attempts for row in joined) == sum(row.attempts for row in WIDE)
    assert all(before.high_ms <= after.low_ms * 1.0001 for before, after in pairwise(joined))


def test_joined_bins_still_hold_the_bins_they_were_made_of() -> None:
    joined = durations.coarser(WIDE, most=10)
    for row in WIDE:
        middle = math.sqrt(max(row.low_ms, 0.5) * row.high_ms)
        assert any(each.low_ms <= middle <= each.high_ms for each in joined)


def test_a_histogram_has_a_bar_of_its_count_on_a_log_axis() -> None:
    rows = bins((100, 2), (100_000, 5))
    figure = durations.histogram(rows, percentiles(rows), "light")
    assert figure.layout.xaxis.type == "log"
    assert list(bars(figure).y) == [2, 5]
    low, high = bars(figure).customdata[0]
    assert low <= 100 <= high


def test_the_axis_names_durations_as_people_do() -> None:
    figure = durations.histogram(WIDE, percentiles(WIDE), "dark")
    assert {"1 ms", "1 s", "1 min", "1 h"} <= set(figure.layout.xaxis.ticktext)


def test_median_p90_and_p99_are_marked_with_their_values() -> None:
    figure = durations.histogram(WIDE, Percentiles(1200, 65_000, 7_200_000, 18), "light")
    assert [shape.x0 for shape in figure.layout.shapes] == [1200, 65_000, 7_200_000]
    assert [mark.text for mark in figure.layout.annotations] == [
        "median <b>1.2 s</b>",
        "p90 <b>1 min 5 s</b>",
        "p99 <b>2 h</b>",
    ]
    assert figure.layout.annotations[0].x == pytest.approx(math.log10(1200))


def test_the_share_above_the_bars_rises_from_the_first_bin_to_all() -> None:
    figure = durations.histogram(WIDE, percentiles(WIDE), "light")
    (share,) = (trace for trace in figure.data if trace.type == "scatter")
    assert list(share.y) == sorted(share.y)
    assert (share.y[0], share.y[-1]) == (pytest.approx(2 / 18), 1.0)


def test_throughput_is_stacked_to_the_captures_of_the_hours_at_work() -> None:
    figure = durations.throughput([landed(1, "Mols", 60), landed(1, "Orford", 20), landed(3, "Mols", 10)], "light")
    rates = {trace.name: list(trace.y) for trace in figure.data}
    assert rates == {"Mols": [30.0, None, 5.0], "Orford": [10.0, None, None]}


def test_of_many_names_the_smallest_go_together() -> None:
    figure = durations.throughput([landed(1, f"station {number}", 10 + number) for number in range(8)], "light")
    assert len(figure.data) == durations.MOST_NAMES + 1
    assert figure.data[-1].name == "others"
    assert sum(trace.y[0] for trace in figure.data) == sum(10 + number for number in range(8)) / 2


def test_a_histogram_of_nothing_is_an_empty_figure() -> None:
    figure = durations.histogram([], Percentiles(None, None, None, 0), "light")
    assert list(bars(figure).y) == []
    assert not figure.layout.shapes


def test_counts_are_never_marked_in_fractions() -> None:
    rows = bins((100, 1), (200, 2))
    figure = durations.histogram(rows, percentiles(rows), "light")
    assert figure.layout.yaxis.dtick == 1


def test_a_night_without_attempts_is_a_gap_and_not_a_zero() -> None:
    figure = durations.over_nights([night(1), night(3)], [], "light")
    p99, p90, median = figure.data
    assert list(median.y) == [1000.0, None, 1000.0]
    assert list(p90.y) == [4000.0, None, 4000.0]
    assert list(p99.y) == [9000.0, None, 9000.0]
    assert median.connectgaps is False


def test_bars_below_count_how_attempts_ended() -> None:
    ends = [
        NightStatus(date(2026, 8, 1), Status.SUCCESS, 4),
        NightStatus(date(2026, 8, 1), Status.FAILURE, 1),
        NightStatus(date(2026, 8, 2), Status.SUCCESS, 2),
    ]
    figure = durations.over_nights([night(1), night(2)], ends, "light")
    counts = {trace.name: list(trace.y) for trace in figure.data if trace.type == "bar"}
    assert counts == {"Success": [4, 2], "Failure": [1, None]}
    success = next(trace for trace in figure.data if trace.name == "Success")
    assert list(map(list, success.customdata)) == [["2026-08-01", "SUCCESS"], ["2026-08-02", "SUCCESS"]]


def test_lines_are_named_where_they_end() -> None:
    figure = durations.over_nights([night(1), night(2)], [], "dark")
    assert {mark.text for mark in figure.layout.annotations} == {"<b>median</b>", "<b>p90</b>", "<b>p99</b>"}
    assert {mark.x for mark in figure.layout.annotations} == {date(2026, 8, 2)}
