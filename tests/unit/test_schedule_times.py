"""When a schedule is due: by the sun of the station, or by a cron line in its zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.schedules.times import BadCron, Place, Rule, check_cron, last_until, next_after, night_before

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MEADOW = Place(COPENHAGEN, 56.2291, 10.5604)
PANAMA = Place(ZoneInfo("America/Panama"), 9.15, -79.85)
BY_THE_SUN = Rule()
AT_HALF_PAST_SEVEN = Rule(cron="30 7 * * *")


def test_an_hour_after_the_sun_rises_at_that_station() -> None:
    due = next_after(BY_THE_SUN, MEADOW, datetime(2026, 8, 12, 22, tzinfo=UTC))
    assert abs(due - datetime(2026, 8, 13, 6, 44, tzinfo=COPENHAGEN)) < timedelta(minutes=4)
    in_panama = next_after(BY_THE_SUN, PANAMA, datetime(2026, 8, 13, 5, tzinfo=UTC))
    assert abs(in_panama - datetime(2026, 8, 13, 7, 9, tzinfo=PANAMA.zone)) < timedelta(minutes=4)


@pytest.mark.parametrize("rule", [BY_THE_SUN, AT_HALF_PAST_SEVEN, Rule(cron="0 */6 * * *")])
@pytest.mark.parametrize("place", [MEADOW, PANAMA, Place(ZoneInfo("Pacific/Auckland"), -36.8, 174.8)])
def test_what_is_due_next_was_due_last_once_it_has_come(rule: Rule, place: Place) -> None:
    moment = datetime(2026, 3, 20, 12, 34, 56, tzinfo=UTC)
    for _ in range(40):
        due = next_after(rule, place, moment)
        assert due > moment
        assert last_until(rule, place, due) == due
        assert last_until(rule, place, due - timedelta(seconds=1)) <= moment
        moment = due


def test_a_cron_line_keeps_to_the_wall_clock_over_a_change_of_clocks() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # clocks go forward in the night to the 29th
    first = next_after(AT_HALF_PAST_SEVEN, MEADOW, before)
    second = next_after(AT_HALF_PAST_SEVEN, MEADOW, first)
    assert [f"{each:%d %H:%M %z}" for each in (first, second)] == ["29 07:30 +0200", "30 07:30 +0200"]
    assert first.astimezone(UTC) - before == timedelta(hours=17, minutes=30)


def test_where_the_sun_does_not_rise_or_the_place_is_not_known_it_is_six() -> None:
    svalbard = Place(ZoneInfo("Arctic/Longyearbyen"), 78.2, 15.6)
    for place in (svalbard, Place(COPENHAGEN)):
        due = next_after(BY_THE_SUN, place, datetime(2026, 6, 21, 0, tzinfo=UTC))
        assert f"{due:%H:%M}" == "07:00"


@pytest.mark.parametrize(
    ("local", "night"),
    [
        (datetime(2026, 8, 13, 6, 40), date(2026, 8, 12)),
        (datetime(2026, 8, 13, 14, 0), date(2026, 8, 12)),
        (datetime(2026, 8, 13, 23, 0), date(2026, 8, 12)),
        (datetime(2026, 8, 13, 3, 0), date(2026, 8, 12)),
    ],
)
def test_a_run_works_on_the_night_of_twelve_hours_before(local: datetime, night: date) -> None:
    assert night_before(local.replace(tzinfo=COPENHAGEN), MEADOW) == night


@pytest.mark.parametrize("line", ["", "every morning", "61 7 * * *", "30 7 * *", "30 7 * * * *", "0 0 30 2 *"])
def test_a_line_that_cannot_be_followed_is_refused_in_a_sentence(line: str) -> None:
    with pytest.raises(BadCron, match=r"no cron line|never comes"):
        check_cron(line)
