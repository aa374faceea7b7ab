"""The chart of a job's captures over time, by the numbers in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.figures.progress import captures_over_time
from models.queries.jobs import Eta

START = datetime(2026, 8, 1, 20, 0, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
POINTS = [(START + timedelta(seconds=10), 4, 0), (START + timedelta(seconds=20), 9, 1)]
ETA = Eta(START + timedelta(seconds=60), START + timedelta(seconds=40), START + timedelta(seconds=90))


def test_done_and_failed_are_stacked_from_the_start() -> None:
    figure = captures_over_time(POINTS, 30, COPENHAGEN, "light", started_at=START)
    counts = {trace.name: list(trace.y) for trace in figure.data}
    assert counts == {"done": [0, 4, 9], "failed": [0, 0, 1]}
    assert {trace.stackgroup for trace in figure.data} == {"captures"}


def test_times_are_those_of_the_station() -> None:
    figure = captures_over_time(POINTS, 30, COPENHAGEN, "light", started_at=START)
    assert figure.data[0].x[0] == datetime(2026, 8, 1, 22, 0)


def test_a_job_without_failures_draws_none() -> None:
    figure = captures_over_time(POINTS[:1], 30, COPENHAGEN, "dark")
    assert [trace.name for trace in figure.data] == ["done"]


def test_the_projection_leads_to_the_total_at_the_projected_end() -> None:
    figure = captures_over_time(POINTS, 30, COPENHAGEN, "light", started_at=START, eta=ETA)
    projected = next(trace for trace in figure.data if trace.name == "projected")
    assert list(projected.y) == [10, 30]
    assert projected.x[1] == datetime(2026, 8, 1, 22, 1)
    cone = next(trace for trace in figure.data if trace.name == "range")
    assert list(cone.x)[1:3] == [datetime(2026, 8, 1, 22, 0, 40), datetime(2026, 8, 1, 22, 1, 30)]


def test_areas_are_named_where_they_end() -> None:
    figure = captures_over_time(POINTS, 30, COPENHAGEN, "light")
    assert {"<b>9</b> done", "<b>1</b> failed", "of 30"} <= {mark.text for mark in figure.layout.annotations}


def test_before_the_first_capture_there_is_an_empty_frame() -> None:
    figure = captures_over_time([], 30, COPENHAGEN, "light", started_at=START)
    assert [list(trace.y) for trace in figure.data] == [[]]
    assert figure.layout.xaxis.showticklabels is False


def test_no_two_ticks_of_a_short_job_say_the_same() -> None:
    late = [(START + timedelta(seconds=0.4 * number), number, 0) for number in range(4)]
    axis = captures_over_time(late, 30, COPENHAGEN, "light").layout.xaxis
    assert axis.tickformat == "%H:%M:%S"
    assert axis.dtick == 1000
    assert axis.range == (datetime(2026, 8, 1, 22), datetime(2026, 8, 1, 22, 0, 2))
