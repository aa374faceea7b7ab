"""The night's charts, tiles and sentences by their data: no database, no browser."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.components.ends import all_done, done_about
from dashboard.components.lab_words import Work, lab_sentence, notable
from dashboard.components.night_board import tiles
from dashboard.components.night_cell import gap_places, look_of, told_in_words
from dashboard.components.night_parts import jobs_card, numbers
from dashboard.components.progress import job_bar
from dashboard.components.times import duration, night_name, zone_name, zone_of
from dashboard.figures.capture import background_of, close_up, places
from dashboard.figures.nights import bar_width, bins, captures_over_night, detections_by_hour, sun_of
from dashboard.pages.night_selection import each_by_its_job, left_out, open_nights, summary
from dashboard.pages.nights import job_line
from dashboard.pages.wall import Seen, views
from models.nights import Gap
from models.operations import Queue
from models.queries.captures import Box
from models.queries.jobs import Eta, JobRow
from models.queries.nights import BoardRows, Cell, Moment, NightRow, Station
from models.queries.queues import Pause
from models.states import Status

PANAMA = ZoneInfo("America/Panama")  # UTC−5 all year
NINE = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)  # 21:00 of 1 July in Panama
NIGHT = date(2026, 7, 1)
STATION = Station(1, "Barro Colorado", "Moths", "America/Panama", NIGHT, NIGHT)
MORNING = datetime(2026, 7, 2, 7, 0, tzinfo=UTC)  # behind the night


def moment(minutes: float, state: str = "done", detections: int = 0) -> Moment:
    return Moment(NINE + timedelta(minutes=minutes), state, detections)


def cell(**changes: object) -> Cell:
    known: dict[str, object] = {
        "event_id": 1, "station_id": 1, "night": NIGHT, "captures": 60, "processed": 60, "stopped": 0, "failed": 0,
        "detections": 0, "gaps": (), "first_at": NINE, "last_at": NINE + timedelta(hours=10),
    }  # fmt: skip
    return Cell(**(known | changes))  # type: ignore[arg-type]


def board(*cells: Cell, stations: int = 1, last: date = NIGHT) -> BoardRows:
    nights = [last - timedelta(days=9 - number) for number in range(10)]
    newest = {each.station_id: each.night for each in sorted(cells, key=lambda each: each.night)}
    rows = [
        Station(number, f"Station {number}", "Moths", "UTC", nights[0], newest.get(number, last - timedelta(days=1)))
        for number in range(1, stations + 1)
    ]
    return BoardRows(rows, nights, {(each.station_id, each.night): each for each in cells}, None, None, last)


def test_captures_are_counted_by_the_clock_of_their_station() -> None:
    counted = bins([moment(0), moment(9), moment(11, "failed")], PANAMA, timedelta(minutes=10))
    assert [(each.start.strftime("%H:%M"), each.done, each.failed) for each in counted] == [
        ("21:00", 2, 0),
        ("21:10", 0, 1),
    ]


def test_a_bar_holds_about_three_captures() -> None:
    every_five_minutes = [moment(5 * number) for number in range(20)]
    assert bar_width(every_five_minutes) == timedelta(minutes=15)


def test_what_became_of_the_captures_is_stacked() -> None:
    moments = [moment(0), moment(1, "failed"), moment(2, "open"), moment(3, "stopped")]
    figure = captures_over_night(moments, [], PANAMA, "light")
    assert [trace.name for trace in figure.data] == ["processed", "waiting for a verdict", "failed", "not processed"]
    assert figure.layout.barmode == "stack"


def test_a_gap_is_drawn_in_its_own_hours() -> None:
    gap = Gap(NINE + timedelta(hours=1), NINE + timedelta(hours=2))
    figure = captures_over_night([moment(0), moment(60), moment(120)], [gap], PANAMA, "dark")
    drawn = figure.data[-1]
    assert drawn.name == "camera gap"
    assert drawn.x[0] == datetime(2026, 7, 1, 22, 30)
    assert drawn.width[0] == 3_600_000


def test_the_axis_says_its_zone() -> None:
    figure = captures_over_night([moment(0)], [], ZoneInfo("Europe/Copenhagen"), "light")
    assert "CEST" in figure.layout.xaxis.title.text


@pytest.mark.parametrize(("minutes", "step_min"), [(3, 15), (100, 15), (600, 120)])
def test_ticks_stand_at_round_times(minutes: int, step_min: int) -> None:
    axis = captures_over_night([moment(0), moment(minutes)], [], PANAMA, "light").layout.xaxis
    assert axis.dtick == step_min * 60_000
    assert axis.tick0 == datetime(2026, 7, 1)


def test_few_captures_are_counted_in_whole_numbers() -> None:
    few, many = (
        captures_over_night([moment(second / 60) for second in range(count)], [], PANAMA, "light") for count in (2, 9)
    )
    assert few.layout.yaxis.dtick == 1
    assert many.layout.yaxis.dtick is None


def test_an_hour_without_processed_captures_has_no_bar() -> None:
    figure = detections_by_hour([moment(0, detections=4), moment(70, "open"), moment(130)], PANAMA, "light")
    (trace,) = figure.data
    assert list(trace.y) == [4, 0]
    assert [at.strftime("%H:%M") for at in trace.x] == ["21:30", "23:30"]


def test_a_box_lies_in_percent_of_its_picture() -> None:
    (place,) = places([Box(100, 50, 300, 150, 0.9, "arthropod")], 1000, 500)
    assert (place.left, place.top, place.width, place.height) == (10, 10, 20, 20)


def test_a_box_that_leaves_the_picture_is_cut_at_its_edge() -> None:
    (place,) = places([Box(-50, 400, 100, 600, 0.9, "arthropod")], 1000, 500)
    assert (place.left, place.width, place.top, place.height) == (0, 10, 80, 20)


@pytest.mark.parametrize("box", [Box(0, 0, 40, 20, 0.5, "arthropod"), Box(980, 480, 1000, 500, 0.5, "arthropod")])
def test_a_close_up_stays_inside_the_picture(box: Box) -> None:
    view = close_up(box, 1000, 500)
    assert view.left >= 0
    assert view.top >= 0
    assert view.left + view.width <= 100
    assert view.top + view.height <= 100


def test_the_background_of_a_close_up_in_the_corner_is_pushed_all_the_way() -> None:
    style = background_of(close_up(Box(980, 480, 1000, 500, 0.5, "arthropod"), 1000, 500))
    assert style["backgroundPosition"] == "100.000% 100.000%"


def test_a_gap_lies_in_its_part_of_the_tile() -> None:
    gap = Gap(NINE + timedelta(hours=2), NINE + timedelta(hours=4))
    assert gap_places(cell(gaps=(gap,))) == [(20.0, 20.0)]


def test_a_tile_says_all_that_it_shows() -> None:
    gap = Gap(NINE, NINE + timedelta(minutes=50))
    told = told_in_words(cell(processed=57, failed=2, gaps=(gap,), running=1))
    assert told == "60 captures, 57 processed, 2 failed, camera silent for 50 min, 1 job running"


def test_a_tile_shows_what_waits_for_a_verdict() -> None:
    held = cell(processed=40, stopped=15, failed=5)
    assert told_in_words(held) == "60 captures, 40 processed, 15 wait for a verdict, 5 failed"
    assert told_in_words(cell(processed=59, stopped=1)).endswith("59 processed, 1 waits for a verdict")
    look = look_of(held)
    assert '<span class="held" style="height: 25.0%; bottom: 66.7%"></span>' in look.face
    assert '<span class="held"><span class="icon icon-hand"' in look.face
    assert "whole" not in look_of(cell(processed=59, stopped=1)).states
    assert held.open == 0


def test_one_night_is_asked_for_in_words_for_one() -> None:
    assert each_by_its_job(1) == "1 night asked for."
    assert each_by_its_job(2) == "2 nights asked for, each by a job of its own."


def test_a_job_of_a_night_was_asked_for_by_the_clock_of_the_station() -> None:
    counts = dict.fromkeys(("failed", "processed", "total", "progress"), 0)
    known: dict[str, Any] = {"id": 1, "name": "one", "created_at": NINE, "status": Status.CREATED, **counts}
    row = JobRow(**(dict.fromkeys(JobRow._fields) | known))
    assert "1 Jul 2026, 21:00 EST" in str(jobs_card([row], PANAMA))


def test_a_job_is_as_far_as_its_captures_wherever_it_stands() -> None:
    counts = {"total": 60, "processed": 27, "failed": 3, "stopped": 0, "progress": 0.83, "detections": 0}
    known: dict[str, Any] = {"id": 1, "name": "one", "created_at": NINE, "status": Status.STARTED, **counts}
    row = JobRow(**(dict.fromkeys(JobRow._fields) | known))
    seen = BoardRows([], [], {}, None, None)
    on_the_wall = views(Seen(seen, [row], [], Work(1), MORNING))
    for drawn in (jobs_card([row], PANAMA), job_line(row), on_the_wall):
        assert "50 %" in str(drawn)
        assert "83 %" not in str(drawn)
    assert "83 %" in str(job_bar(row._replace(total=0, processed=0, failed=0)))


def test_thousands_stand_apart() -> None:
    told = told_in_words(cell(captures=2_400, processed=1_158, failed=1_000))
    assert told == "2,400 captures, 1,158 processed, 1,000 failed"
    shown = NightRow(cell(detections=1_158), "Wood", "Moths", 1, "UTC", None, None, 3_000, *[None] * 5)
    assert "1,158" in str(numbers(shown))
    assert "60 of 3,000 expected" in str(numbers(shown))


def test_tiles_that_look_the_same_are_told_once() -> None:
    rows = board(cell(), cell(event_id=2, station_id=2), cell(event_id=3, station_id=3, failed=1), stations=4)
    told = tiles(rows)
    assert [look.told for look in told["looks"]] == [
        "60 captures, all processed",
        "60 captures, all processed, 1 failed",
    ]
    assert [(events[-1], numbers[-1]) for *_, events, numbers in told["stations"]] == [(1, 0), (2, 0), (3, 1), (0, 0)]


def test_a_board_knows_the_first_night_of_each_station() -> None:
    rows = board(cell(), stations=3)
    early, late = rows.nights[0] - timedelta(days=99), rows.nights[4]
    since = [replace(each, since=at) for each, at in zip(rows.stations, (rows.nights[0], early, late), strict=True)]
    assert [began for _, _, began, *_ in tiles(replace(rows, stations=since))["stations"]] == [0, 0, 4]


def test_the_name_of_a_station_cannot_become_markup() -> None:
    named = replace(STATION, name="<i>Bog</i>", timezone='"UTC"')
    ((head, name, *_),) = tiles(replace(board(cell()), stations=[named]))["stations"]
    assert name == "&lt;i&gt;Bog&lt;/i&gt;"
    assert head == ('<span class="name">&lt;i&gt;Bog&lt;/i&gt;</span><span class="place">&#34;UTC&#34;</span>')


def test_the_lab_is_told_in_one_sentence() -> None:
    rows = board(cell(processed=58, failed=2), cell(event_id=2, station_id=2), stations=3)
    sentence = lab_sentence(rows, Work(0, 0, 0), at=MORNING)
    assert sentence == (
        "Last night: 118 of 120 captures processed at 2 stations, 2 failed, 1 station sent nothing; nothing is running."
    )


def test_a_night_long_ago_is_called_by_its_date() -> None:
    rows = replace(board(cell()), last_night=None)  # all stations are at rest
    sentence = lab_sentence(rows, Work(1, 2, 0), at=MORNING + timedelta(days=40))
    assert sentence.startswith("The night of 1–2 Jul 2026: all 60 captures")
    assert sentence.endswith("1 job running and 2 jobs waiting.")


def test_the_lab_is_told_what_waits_for_a_person() -> None:
    held = lab_sentence(board(cell()), Work(0, 0, 1), at=MORNING)
    assert held.endswith("; 1 job waiting for a person.")
    busy = lab_sentence(board(cell()), Work(1, 2, 3), at=MORNING)
    assert busy.endswith("1 job running, 2 jobs waiting and 3 jobs waiting for a person.")


def eta(minutes: int) -> Eta:
    """About so many minutes behind MORNING."""
    return Eta(*(MORNING + timedelta(minutes=each) for each in (minutes, minutes - 3, minutes + 5)))


def test_the_lab_is_told_when_it_will_be_done() -> None:
    done = all_done([eta(20), eta(36)], running=2)
    told = lab_sentence(board(cell()), Work(running=2, done=done), MORNING, ZoneInfo("Europe/Copenhagen"))
    assert told.endswith("; 2 jobs running; done at about 09:36 (09:33 to 09:41 CEST).")
    told = lab_sentence(board(cell()), Work(running=2, waiting=1, done=done), MORNING)
    assert told.endswith("; 2 jobs running and 1 job waiting; what runs is done at about 07:36 (07:33 to 07:41 UTC).")
    assert all_done([eta(20)], running=2) is None
    assert all_done([], running=0) is None


def test_an_end_that_is_near_is_told_with_seconds_and_one_that_is_far_with_its_day() -> None:
    utc = ZoneInfo("UTC")
    assert done_about(eta(4), MORNING, utc) == "done at about 07:04:00 (07:01:00 to 07:09:00 UTC)"
    assert done_about(eta(2_000), MORNING, utc).startswith("done about 3 Jul 2026, 16:20 UTC (3 Jul 2026, 16:17 UTC to")


def test_the_lab_is_told_what_is_paused() -> None:
    pause = Pause(Queue.ALL, 0, "", MORNING, "otto")
    told = lab_sentence(board(cell()), Work(waiting=2, paused=[pause]), at=MORNING)
    assert told.endswith("; 2 jobs waiting; all work is paused by otto.")


def test_only_the_nights_of_the_last_week_want_a_person() -> None:
    old = cell(event_id=1, night=NIGHT - timedelta(days=8), failed=2)
    left = cell(event_id=2, processed=50)
    worked_on = cell(event_id=3, station_id=2, processed=50, running=1)
    nights = whole(1, 2, last=NIGHT - timedelta(days=1))
    found = notable(board(*nights, old, left, worked_on, stations=2), MORNING)
    assert [(note.event_id, [words for _, _, words in note.why]) for note in found] == [(2, ["10 not processed"])]


def whole(*stations: int, last: date = NIGHT, **more: object) -> list[Cell]:
    """Ten whole nights of these stations, the last one included."""
    days = [last - timedelta(days=day) for day in range(10)]
    return [cell(event_id=9, station_id=number, night=day, **more) for number in stations for day in days]


def test_a_last_night_without_captures_is_said_before_the_night_that_has_some() -> None:
    before = NIGHT - timedelta(days=1)
    rows = board(*whole(1, 2, last=before)[:4], *whole(2, last=before), stations=2)
    told = lab_sentence(rows, Work(0, 0, 0), at=MORNING)
    assert told.startswith("Last night: no captures from either station. The night of 30 Jun – 1 Jul 2026: all 120 ")
    one = lab_sentence(board(*whole(1, last=before)), Work(0, 0, 0), at=MORNING)
    assert one.startswith("Last night: no captures from Station 1. The night of")
    many = lab_sentence(board(*whole(1, 2, 3, last=before), stations=3), Work(0, 0, 0), at=MORNING)
    assert many.startswith("Last night: no captures from any of 3 stations. ")


def test_a_board_of_older_nights_says_nothing_of_last_night() -> None:
    rows = replace(board(cell()), last_night=NIGHT + timedelta(days=30))
    told = lab_sentence(rows, Work(0, 0, 0), at=MORNING + timedelta(days=30))
    assert told.startswith("The night of 1–2 Jul 2026: all 60 captures")


def test_a_station_that_sent_nothing_last_night_is_worth_a_look() -> None:
    rows = board(*whole(1), *whole(2, last=NIGHT - timedelta(days=1)), stations=2)
    (note,) = notable(rows, MORNING)
    assert (note.station.name, note.night, note.event_id) == ("Station 2", NIGHT, None)
    assert [words for _, _, words in note.why] == ["no captures"]


def test_nights_without_captures_that_follow_each_other_are_told_once() -> None:
    (note,) = notable(board(*whole(1, last=NIGHT - timedelta(days=4))), MORNING)
    assert (note.night, note.why[0][2]) == (NIGHT, "no captures for 4 nights")


def test_nothing_is_missed_of_a_station_that_is_at_rest_or_has_not_begun() -> None:
    rows = board(*whole(1), stations=3)
    first, new, old = rows.stations
    new = replace(new, since=NIGHT + timedelta(days=1), until=NIGHT + timedelta(days=1))
    old = replace(old, since=date(2024, 7, 1), until=date(2024, 9, 1))
    rows = replace(rows, stations=[first, new, old])
    assert notable(rows, MORNING) == []
    assert "sent nothing" not in lab_sentence(rows, Work(0, 0, 0), at=MORNING)


def test_a_night_that_goes_on_at_a_station_is_not_missed_there() -> None:
    rows = board(*whole(1), *whole(2, last=NIGHT - timedelta(days=1)), stations=2)
    rows = replace(rows, stations=[rows.stations[0], replace(rows.stations[1], timezone="America/Panama")])
    at_night = datetime(2026, 7, 2, 5, 34, tzinfo=UTC)  # 00:34 in Panama
    assert notable(rows, at_night) == []
    assert "sent nothing" not in lab_sentence(rows, Work(0, 0, 0), at=at_night)
    assert [note.night for note in notable(rows, at_night + timedelta(hours=8))] == [NIGHT]


@pytest.mark.parametrize(
    ("night", "name"),
    [
        (date(2026, 8, 3), "3–4 Aug 2026"),
        (date(2026, 8, 31), "31 Aug – 1 Sep 2026"),
        (date(2026, 12, 31), "31 Dec 2026 – 1 Jan 2027"),
    ],
)
def test_a_night_has_both_its_days(night: date, name: str) -> None:
    assert night_name(night) == name


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (None, "–"), (340, "340 ms"), (4_200, "4.2 s"), (42_000, "42 s"), (192_000, "3 min 12 s"),
        (3_600_000, "1 h"), (7_500_000, "2 h 5 min"), (3_599_900, "1 h"), (273_600_000, "3 d 4 h"),
    ],
)  # fmt: skip
def test_a_duration_is_said_in_two_units(ms: float | None, words: str) -> None:
    assert duration(ms) == words


@pytest.mark.parametrize(
    ("zone", "name"), [("Europe/Copenhagen", "CEST"), ("UTC", "UTC"), ("America/Sao_Paulo", "UTC−3")]
)
def test_a_zone_is_named_as_people_write_it(zone: str, name: str) -> None:
    assert zone_name(NINE, ZoneInfo(zone)) == name


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    assert zone_of("Mars/Olympus") == ZoneInfo("UTC")


def test_sunset_and_sunrise_are_marked_by_the_stations_clock() -> None:
    sun = sun_of(NIGHT, 9.15, -79.85, PANAMA)
    assert sun is not None
    assert sun.sets < NINE < sun.rises
    figure = captures_over_night([moment(0)], [], PANAMA, "light", sun)
    assert [mark.text for mark in figure.layout.annotations] == ["sunset <b>18:42</b>", "sunrise <b>06:04</b>"]


def test_where_the_sun_stays_up_or_the_place_is_unknown_nothing_is_marked() -> None:
    assert sun_of(NIGHT, 78.2, 15.6, ZoneInfo("Arctic/Longyearbyen")) is None
    assert sun_of(NIGHT, None, None, PANAMA) is None


def test_only_nights_with_something_left_and_no_job_are_processed_in_one_go() -> None:
    cells = [cell(), cell(processed=50), cell(failed=2, processed=58), cell(processed=0, running=1)]
    assert open_nights(cells) == cells[1:3]
    assert left_out(cells) == "1 night was left out: a job is at it."
    assert left_out([*cells, cell(processed=0, waiting=1)]) == "2 nights were left out: a job is at each."
    assert left_out([cell(running=1)]) == ""
    assert summary(cells) == "at 1 station, 240 captures: 70 not processed, 2 failed; 1 in work already"
