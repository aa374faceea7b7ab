"""Nights run from noon to noon in the zone of their station."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.nights import (
    Clocks,
    Gap,
    Watch,
    effort,
    expected_count,
    gaps,
    last_night,
    last_night_of,
    night_bounds,
    night_of,
    to_utc,
    usual_interval,
    watched,
)

COPENHAGEN, PANAMA, KATHMANDU = (ZoneInfo(name) for name in ("Europe/Copenhagen", "America/Panama", "Asia/Kathmandu"))
AUGUST_10 = date(2022, 8, 10)
DUSK = datetime(2022, 8, 10, 20, tzinfo=UTC)


def every(minutes: float, count: int, start: datetime = DUSK) -> list[datetime]:
    return [start + timedelta(minutes=minutes * step) for step in range(count)]


@pytest.mark.parametrize(
    ("local", "night"),
    [
        (datetime(2022, 8, 10, 23, 59, 59), AUGUST_10),
        (datetime(2022, 8, 11, 0, 0), AUGUST_10),
        (datetime(2022, 8, 11, 11, 59, 59, 999_999), AUGUST_10),
        (datetime(2022, 8, 10, 12, 0), AUGUST_10),
        (datetime(2022, 8, 11, 12, 0), date(2022, 8, 11)),
    ],
)
@pytest.mark.parametrize("zone", [COPENHAGEN, PANAMA, KATHMANDU])
def test_a_night_has_the_date_of_its_evening(local: datetime, night: date, zone: ZoneInfo) -> None:
    assert night_of(to_utc(local, zone), zone) == night


def test_the_zone_of_the_station_decides_the_night_and_not_utc() -> None:
    moment = datetime(2022, 8, 11, 16, 30, tzinfo=UTC)
    assert night_of(moment, PANAMA) == AUGUST_10
    assert night_of(moment, COPENHAGEN) == date(2022, 8, 11)


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "evening"),
    [(COPENHAGEN, 5, 34, 28), (COPENHAGEN, 4, 59, 27), (PANAMA, 5, 34, 27), (PANAMA, 13, 0, 28), (PANAMA, 23, 0, 28)],
)
def test_last_night_is_the_newest_that_can_be_over_at_the_station(
    zone: ZoneInfo, hour: int, minute: int, evening: int
) -> None:
    assert last_night(datetime(2026, 11, 29, hour, minute, tzinfo=UTC), zone) == date(2026, 11, evening)


def test_the_last_night_of_a_lab_is_that_of_its_station_where_the_morning_came_first() -> None:
    at = datetime(2026, 11, 29, 5, 34, tzinfo=UTC)
    assert last_night_of(at, ["America/Panama", "Europe/Copenhagen"]) == date(2026, 11, 28)
    assert last_night_of(at, ["America/Panama"]) == date(2026, 11, 27)
    assert last_night_of(at, []) is None


def test_a_naive_moment_is_utc() -> None:
    assert night_of(DUSK.replace(tzinfo=None), COPENHAGEN) == night_of(DUSK, COPENHAGEN)


@pytest.mark.parametrize(
    ("night", "hours"), [(AUGUST_10, 24), (date(2022, 3, 26), 23), (date(2022, 10, 29), 25), (date(2022, 12, 31), 24)]
)
def test_a_night_is_an_hour_shorter_or_longer_when_clocks_change(night: date, hours: int) -> None:
    start, end = night_bounds(night, COPENHAGEN)
    assert end - start == timedelta(hours=hours)


def test_nights_follow_each_other_without_a_break() -> None:
    for day in range(730):
        night = date(2022, 1, 1) + timedelta(days=day)
        assert night_bounds(night, COPENHAGEN)[1] == night_bounds(night + timedelta(days=1), COPENHAGEN)[0]


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"])
def test_any_moment_lies_within_the_bounds_of_its_night(zone: str) -> None:
    chance, place = random.Random(5), ZoneInfo(zone)
    for _ in range(2_000):
        moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(25 * 365 * 86_400))
        start, end = night_bounds(night_of(moment, place), place)
        assert start <= moment < end


def test_an_hour_that_comes_twice_means_its_first_coming() -> None:
    assert to_utc(datetime(2022, 10, 30, 2, 30), COPENHAGEN) == datetime(2022, 10, 30, 0, 30, tzinfo=UTC)
    assert to_utc(datetime(2022, 10, 30, 2, 30, fold=1), COPENHAGEN) == datetime(2022, 10, 30, 0, 30, tzinfo=UTC)


def test_an_hour_that_is_missing_moves_forward() -> None:
    moved = to_utc(datetime(2022, 3, 27, 2, 30), COPENHAGEN)
    assert moved == datetime(2022, 3, 27, 1, 30, tzinfo=UTC)
    assert moved.astimezone(COPENHAGEN).hour == 3


def test_a_camera_that_keeps_its_clock_knows_no_change() -> None:
    kept = Clocks(COPENHAGEN, offset_min=120)
    shown = [datetime(2026, 10, 25, 2, 50), datetime(2026, 10, 25, 3, 10)]
    assert [kept.utc(wall) for wall in shown] == [
        datetime(2026, 10, 25, 0, 50, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 10, tzinfo=UTC),
    ]
    assert Clocks(COPENHAGEN).utc(shown[1]) - Clocks(COPENHAGEN).utc(shown[0]) == timedelta(minutes=80)
    assert kept.night(kept.utc(datetime(2026, 12, 1, 12, 30))) == date(2026, 11, 30)  # by the zone it is 11:30


def test_an_aware_time_is_only_converted() -> None:
    assert to_utc(DUSK, PANAMA) == DUSK


def test_the_usual_interval_is_the_median_whatever_the_order() -> None:
    assert usual_interval([*every(2, 5), DUSK + timedelta(hours=5)][::-1]) == 120


@pytest.mark.parametrize("times", [[], [DUSK], [DUSK, DUSK]])
def test_one_moment_has_no_interval(times: list[datetime]) -> None:
    assert usual_interval(times) is None
    assert gaps(times) == []


def test_two_files_of_one_shot_do_not_halve_the_interval() -> None:
    assert usual_interval([*every(2, 5), *every(2, 5)]) == 120


def test_a_failure_of_fifty_minutes_is_the_one_gap() -> None:
    before, after = every(5, 10), every(5, 10, DUSK + timedelta(minutes=95))
    assert gaps([*after, *before]) == [Gap(before[-1], after[0])]


@pytest.mark.parametrize(("minutes", "found"), [(15, 0), (15.1, 1)])
def test_a_gap_is_longer_than_three_intervals(minutes: float, found: int) -> None:
    before = every(5, 10)
    assert len(gaps([*before, *every(5, 10, before[-1] + timedelta(minutes=minutes))])) == found


def test_the_factor_can_be_set() -> None:
    before = every(5, 10)
    assert len(gaps([*before, *every(5, 10, before[-1] + timedelta(minutes=11))], factor=2)) == 1


def test_a_failure_counts_in_what_was_expected() -> None:
    assert expected_count([*every(5, 10), *every(5, 10, DUSK + timedelta(minutes=95))]) == 29


@pytest.mark.parametrize(("times", "count"), [([], 0), ([DUSK], 1), (every(5, 7), 7)])
def test_a_night_without_a_failure_expects_what_it_has(times: list[datetime], count: int) -> None:
    assert expected_count(times) == count


def test_a_failed_camera_is_no_effort_and_no_watch() -> None:
    before = every(5, 13)
    after = every(5, 13, DUSK + timedelta(hours=3))
    times = before + after
    silent = gaps(times)
    assert effort(times[0], times[-1], silent) == timedelta(hours=2)
    assert watched(times[0], times[-1], silent) == [Watch(before[0], before[-1]), Watch(after[0], after[-1])]


@pytest.mark.parametrize(("night", "hours"), [(date(2022, 3, 26), 8), (date(2022, 10, 29), 10), (AUGUST_10, 9)])
def test_effort_counts_real_hours_over_a_change_of_clocks(night: date, hours: int) -> None:
    start = to_utc(datetime(night.year, night.month, night.day, 21), COPENHAGEN)
    morning = night + timedelta(days=1)
    end = to_utc(datetime(morning.year, morning.month, morning.day, 6), COPENHAGEN)
    times = every(10, int((end - start) / timedelta(minutes=10)) + 1, start)
    assert effort(times[0], times[-1], gaps(times)) == timedelta(hours=hours)


def test_a_night_without_captures_has_no_effort() -> None:
    assert effort(None, None, []) == timedelta()
    assert effort(DUSK, DUSK, []) == timedelta()
