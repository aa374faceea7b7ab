"""Figures of a report by their data: what they draw is what was counted, and what is missing is never zero."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from matplotlib.figure import Figure

from engine.refusals import Invalid
from engine.reports import counts, figures
from engine.reports.look import LIGHT
from engine.reports.selection import FIGURES, read
from models.nights import Gap
from models.queries.reports import Cause, NightOut, Seen, Selection
from models.sun import sunrise_of, sunset_of

EVENING = date(2026, 8, 1)
DUSK = datetime(2026, 8, 1, 20, tzinfo=UTC)
DAYS = [EVENING + timedelta(days=number) for number in range(4)]


def night(
    day: date, *, station: int = 1, captures: int = 40, stopped: int = 0, failed: int = 0, gap_h: float = 0.0
) -> NightOut:
    """A night of six hours from 22:00 at a Danish station, maybe with a gap from 23:00."""
    first = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    gap = Gap(first + timedelta(hours=1), first + timedelta(hours=1 + gap_h))
    return NightOut(
        event_id=station * 100 + day.day,
        station_id=station,
        station=f"Station {station}",
        timezone="Europe/Copenhagen",
        latitude=56.2,
        longitude=10.6,
        night=day,
        captures=captures,
        expected=45,
        processed=captures - stopped - failed,
        stopped=stopped,
        failed=failed,
        detections=3 * captures,
        first_at=first,
        last_at=first + timedelta(hours=6),
        gaps=(gap,) if gap_h else (),
    )


NIGHTS = [night(DAYS[0]), night(DAYS[1], failed=5, gap_h=2.0), night(DAYS[3], captures=10)]
STATIONS = counts.by_station(NIGHTS)
WHERE = Selection(first=DAYS[0], last=DAYS[-1])


def test_a_night_without_captures_is_missing_and_not_zero() -> None:
    table = counts.effort_table(WHERE, STATIONS, counts.dates(WHERE, NIGHTS))
    assert table.values()[1] == ["Station 1", "2026-08-02", 40, 45, 4.0, 2.0]
    assert table.values()[2] == ["Station 1", "2026-08-03", None, None, None, None]
    figure = Figure()
    figures.captures_and_effort(STATIONS, DAYS, figure, LIGHT)
    captures, effort = figure.axes
    assert [round(bar.get_height(), 1) for bar in captures.patches if bar.get_gid() == "bar"] == [40, 40, 10]
    assert [round(bar.get_height(), 1) for bar in effort.patches if bar.get_gid() == "bar"] == [6.0, 4.0, 6.0]
    (missing,) = (patch for patch in captures.patches if patch.get_gid() == "missing")
    assert missing.get_x() == 1.5


def test_effort_is_the_time_between_captures_without_the_gaps() -> None:
    assert [each.effort_h for each in NIGHTS] == [6.0, 4.0, 6.0]


def test_what_became_of_the_captures_is_stacked_to_all_of_them() -> None:
    figure = Figure()
    figures.processed(STATIONS, DAYS, figure, LIGHT)
    done, failed, left = figure.axes[0].containers
    tops = [a.get_height() + b.get_height() + c.get_height() for a, b, c in zip(done, failed, left, strict=True)]
    assert tops == [40, 40, 10]
    assert [bar.get_height() for bar in failed] == [0, 5, 0]


def test_hours_are_counted_from_that_evening_s_sunset() -> None:
    sunset = sunset_of(EVENING, 56.2, 10.6, ZoneInfo("Europe/Copenhagen"))
    assert sunset is not None
    assert abs(sunset - datetime(2026, 8, 1, 19, 25, tzinfo=UTC)) < timedelta(minutes=5)
    times = [sunset + timedelta(minutes=minutes) for minutes in (-1, 1, 59, 61)]
    seen = [Seen(101, at, animals) for at, animals in zip(times, (0, 2, 4, 9), strict=True)]
    (station,) = counts.against_sunset(STATIONS, seen)
    assert [(each.hour, each.captures, each.rate) for each in station.hours] == [(-1, 1, 0.0), (0, 2, 3.0), (1, 1, 9.0)]
    assert station.sunrise_h is not None
    assert 7 < station.sunrise_h < 9
    figure = Figure()
    figures.against_sunset([station], figure, LIGHT)
    rates = [y for y in figure.axes[0].lines[-1].get_ydata() if y == y]
    assert rates == [0.0, 3.0, 9.0]


def test_a_night_in_the_arctic_summer_has_no_sunset() -> None:
    zone = ZoneInfo("Europe/Oslo")
    assert sunset_of(date(2026, 6, 21), 70.0, 25.0, zone) is None
    assert sunrise_of(date(2026, 6, 21), 70.0, 25.0, zone) is None


def test_each_number_knows_the_captures_behind_it() -> None:
    table = counts.processed_table(WHERE, STATIONS, DAYS)
    failed = table.rows[1][table.head.index("Failed")]
    assert failed.value == 5
    assert failed.behind == {"stations": "1", "from": "2026-08-02", "to": "2026-08-02", "state": "failed"}
    causes = counts.failures_table(WHERE, [Cause(1, "unreadable", 5)], {1: "Station 1"})
    assert causes.rows[0][2].behind == {
        "stations": "1", "from": "2026-08-01", "to": "2026-08-04", "state": "failed", "kind": "unreadable",
    }  # fmt: skip


def test_what_waits_for_a_verdict_is_neither_processed_nor_failed_nor_open() -> None:
    stations = counts.by_station([night(DAYS[0], stopped=6, failed=4)])
    table = counts.processed_table(WHERE, stations, DAYS[:1])
    assert dict(zip(table.head[2:6], [each.value for each in table.rows[0][2:6]], strict=True)) == {
        "Processed": 30, "Waiting for a verdict": 6, "Failed": 4, "Not processed": 0,
    }  # fmt: skip
    figure = Figure()
    figures.processed(stations, DAYS[:1], figure, LIGHT)
    heights = {bars.get_label(): bars.patches[0].get_height() for bars in figure.axes[0].containers}
    assert heights == {"processed": 30, "waiting for a verdict": 6, "failed": 4, "not processed": 0}


def test_causes_are_drawn_with_the_most_frequent_on_top() -> None:
    figure = Figure()
    causes = [Cause(1, "unreadable", 5), Cause(2, "unreadable", 1), Cause(2, "pipeline error", 2)]
    figures.failures(causes, {1: "A", 2: "B"}, figure, LIGHT)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        "the pipeline failed at it", "file unreadable",
    ]  # fmt: skip
    assert [text.get_text() for text in figure.axes[0].texts] == ["2", "6"]


def test_an_address_says_the_whole_selection() -> None:
    asked = read({"stations": "3,1", "from": "2026-08-01", "to": "2026-08-04", "figures": "timings,captures"})
    assert asked.where == Selection(stations=(3, 1), first=DAYS[0], last=DAYS[3])
    assert asked.figures == ("captures", "timings")
    assert read(asked.query()) == asked
    assert read({}).figures == tuple(FIGURES)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "yesterday"}, "'from' is the date of an evening"),
        ({"from": "2026-08-04", "to": "2026-08-01"}, "after the last one"),
        ({"stations": "meadow"}, "numbers of stations"),
        ({"figures": "pie"}, "no figure pie"),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_plain_words(query: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read(query)
