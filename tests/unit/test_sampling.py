"""What each sampling method of a collection chooses."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.captures.sampling import METHODS, BadSampling, Frame, check, sample

DUSK = datetime(2022, 8, 10, 20, tzinfo=UTC)
ZONES = {1: ZoneInfo("Europe/Copenhagen"), 2: ZoneInfo("America/Panama")}


def night(event: int, count: int = 60, minutes: float = 2, station: int = 1) -> list[Frame]:
    """A night whose ids start at its number times 1000 and whose third captures have a detection each."""
    start = DUSK + timedelta(days=event)
    return [
        Frame(
            event * 1000 + step,
            event,
            start + timedelta(minutes=minutes * step),
            1_000 + step * 37 % 50,
            step % 3,
            station,
        )
        for step in range(count)
    ]


NIGHTS = [*night(1), *night(2), *night(3, station=2)]
WITHOUT_TIME = Frame(9999, None, None, 5, 0, 1)


def choose(method: str, frames: list[Frame] = NIGHTS, seed: int = 42, **arguments: Any) -> list[int]:
    return sample(method, arguments, frames, seed, ZONES.__getitem__)


def of_night(ids: list[int], event: int) -> list[int]:
    return [chosen for chosen in ids if chosen // 1000 == event]


def test_full_takes_every_capture_in_time_with_those_without_a_time_last() -> None:
    assert choose("full", [WITHOUT_TIME, *reversed(NIGHTS)]) == [frame.id for frame in NIGHTS] + [9999]


def test_random_takes_as_many_as_asked_and_none_twice() -> None:
    assert len(set(choose("random", size=25))) == 25


def test_random_takes_all_when_there_are_fewer() -> None:
    assert choose("random", size=10_000) == choose("full")


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_chooses_the_same_in_whatever_order_the_captures_come(method: str) -> None:
    shuffled = random.Random(1).sample(NIGHTS, len(NIGHTS))
    arguments = {"image_ids": [1001, 2002]} if method == "manual" else {}
    assert choose(method, shuffled, **arguments) == choose(method, **arguments)


def test_another_seed_chooses_others() -> None:
    assert choose("random", size=25) != choose("random", size=25, seed=43)


def test_a_larger_sample_contains_the_smaller_one() -> None:
    assert set(choose("random", size=10)) < set(choose("random", size=30))


def test_chance_favours_no_capture() -> None:
    frames = night(1, count=20)
    drawn = [chosen for seed in range(2_000) for chosen in choose("random", frames, seed, size=5)]
    assert all(400 <= drawn.count(frame.id) <= 600 for frame in frames)


def test_interval_leaves_at_least_the_minutes_between_captures_of_a_station() -> None:
    assert of_night(choose("interval", minute_interval=5), 1) == list(range(1000, 1060, 3))


def test_interval_starts_anew_on_each_station() -> None:
    together = [*night(1), *(Frame(f.id + 5000, 6, f.taken_at, 1, 0, 2) for f in night(1))]
    chosen = choose("interval", together, minute_interval=10)
    assert [chosen_id + 5000 for chosen_id in of_night(chosen, 1)] == of_night(chosen, 6)


def test_manual_takes_the_captures_that_are_named() -> None:
    assert choose("manual", image_ids=[2002, 1001, 1001]) == [1001, 2002]


def test_manual_says_which_captures_are_not_there() -> None:
    with pytest.raises(BadSampling, match="image_ids names captures that are not here: 7, 77; take them out"):
        choose("manual", image_ids=[77, 1001, 7])


def test_each_night_gives_its_random_captures() -> None:
    chosen = choose("random_from_each_event", num_each=4)
    assert [len(of_night(chosen, event)) for event in (1, 2, 3)] == [4, 4, 4]


def test_a_night_that_is_added_changes_nothing_in_the_others() -> None:
    before = choose("random_from_each_event", num_each=4)
    after = choose("random_from_each_event", [*night(4), *NIGHTS], num_each=4)
    assert [chosen for chosen in after if chosen < 4000] == before


def test_the_last_of_each_night_alone_when_no_others_are_asked() -> None:
    assert choose("last_and_random_from_each_event", num_each=0) == [1059, 2059, 3059]


def test_the_last_of_each_night_comes_with_as_many_others_as_asked() -> None:
    chosen = choose("last_and_random_from_each_event", num_each=3)
    assert [len(of_night(chosen, event)) for event in (1, 2, 3)] == [4, 4, 4]
    assert {1059, 2059, 3059} < set(chosen)


def test_the_largest_files_of_each_night_are_taken() -> None:
    chosen = of_night(choose("greatest_file_size_from_each_event", num_each=2), 1)
    sizes = {frame.id: frame.size_bytes for frame in night(1)}
    assert sorted((sizes[i] for i in chosen), reverse=True) == sorted(sizes.values(), reverse=True)[:2]


def test_a_capture_of_no_night_is_left_out_where_nights_count() -> None:
    for method in ("random_from_each_event", "last_and_random_from_each_event", "greatest_file_size_from_each_event"):
        assert 9999 not in choose(method, [*NIGHTS, WITHOUT_TIME], num_each=100)


def test_detections_only_takes_captures_with_detections() -> None:
    assert set(choose("detections_only")) == {frame.id for frame in NIGHTS if frame.detections}


@pytest.mark.parametrize(("method", "argument"), [("random", "size"), ("random_from_each_event", "num_each")])
def test_none_may_be_asked(method: str, argument: str) -> None:
    assert choose(method, **{argument: 0}) == []


def hourly(station: int = 1) -> list[Frame]:
    """Two days, a capture each UTC hour; the id is the hour."""
    start = datetime(2022, 8, 10, tzinfo=UTC)
    return [Frame(hour, 1, start + timedelta(hours=hour), 1, 0, station) for hour in range(48)]


def test_hours_are_those_of_the_station_and_both_ends_count() -> None:
    assert choose("full", hourly(), hour_start=14, hour_end=16) == [12, 13, 14, 36, 37, 38]
    assert choose("full", hourly(2), hour_start=14, hour_end=16) == [19, 20, 21, 43, 44, 45]


def test_hours_may_run_over_midnight() -> None:
    assert choose("full", hourly(), hour_start=23, hour_end=1) == [21, 22, 23, 45, 46, 47]


def test_one_end_of_the_hours_may_be_left_out() -> None:
    assert choose("full", hourly(), hour_start=23) == [21, 45]
    assert choose("full", hourly(), hour_end=1) == [22, 23, 46, 47]


def test_a_date_is_that_of_the_night_until_the_next_noon() -> None:
    assert choose("full", hourly(), date_start="2022-08-10", date_end="2022-08-10") == list(range(10, 34))


def test_months_may_run_over_the_year() -> None:
    year = [Frame(month, 1, datetime(2022, month, 15, 22, tzinfo=UTC), 1, 0, 1) for month in range(1, 13)]
    assert choose("full", year, month_start=11, month_end=2) == [1, 2, 11, 12]
    assert choose("full", year, month_start=6, month_end=7) == [6, 7]


def test_a_capture_without_a_time_passes_no_filter_on_time() -> None:
    assert choose("full", [WITHOUT_TIME], hour_start=0, hour_end=23) == []


def test_stations_can_be_chosen() -> None:
    assert choose("full", deployment_ids=[2]) == [frame.id for frame in night(3, station=2)]


def test_filters_come_before_the_choice() -> None:
    assert len(choose("random", size=60, deployment_ids=[2])) == 60


@pytest.mark.parametrize(
    ("method", "arguments", "sentence"),
    [
        ("random", {"size": -1}, "size must be a whole number of captures, 0 or more, not -1."),
        ("random", {"size": "many"}, "size must be a whole number of captures, 0 or more, not 'many'."),
        ("interval", {"minute_interval": 0}, "must be a number of minutes above 0, up to 1,000,000, not 0."),
        ("interval", {"minute_interval": 1e300}, "up to 1,000,000, not 1e+300."),
        ("manual", {}, "The sampling method 'manual' needs image_ids: a list of capture ids."),
        ("manual", {"image_ids": [1, "x"]}, "image_ids must be a list of capture ids, not 'x'."),
        ("full", {"hour_end": 24}, "hour_end must be an hour from 0 to 23, not 24."),
        ("full", {"month_start": 0}, "month_start must be a month from 1 to 12, not 0."),
        ("full", {"date_end": "10/8"}, "date_end must be a date such as 2022-08-10, not '10/8'."),
        ("full", {"date_start": "2022-08-11", "date_end": "2022-08-10"}, "must not be after date_end"),
        ("full", {"size": 3}, "The sampling method 'full' takes no 'size'; it takes hour_start, "),
        ("best", {}, "There is no sampling method 'best'; choose one of full, random, "),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_allowed(method: str, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSampling) as caught:
        check(method, arguments)
    assert sentence in str(caught.value)


def test_numbers_may_come_as_text_from_a_form() -> None:
    assert choose("random", size="25") == choose("random", size=25)
