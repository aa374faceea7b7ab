"""The language of the search box: what a text means, what is said of one that cannot be read, and what completes it."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.pages.jobs.language import Misread, Reader, complete, meaning, replaced, say, terms
from models.queries.job_bounds import Bound
from models.queries.job_filter import JobFilter
from models.queries.vocabulary import Words
from models.states import Status

MIDNIGHT = datetime(2026, 8, 9, tzinfo=UTC)
WORDS = Words(
    stations=((1, "Panama forest"), (2, "Meadow"), (3, "Bog"), (4, "Bog")),
    pipelines=((1, "Embedded detector"),),
    projects=((1, "Moths"),),
    types=("delay", "ml"),
    tags=("summer 2026", "urgent"),
    people=("admin", "otto"),
    workers=("lab-1", "pull:abc"),
)
RANGE = "night:2026-08-01..2026-08-07"
READER = Reader(WORDS, "otto", MIDNIGHT + timedelta(hours=8))


def read(text: str) -> JobFilter:
    return meaning(text, READER)


def test_last_night_is_the_one_of_the_page_of_nights() -> None:
    early = datetime(2026, 8, 9, 5, 34, tzinfo=UTC)
    for zone, evening in (("Europe/Copenhagen", 8), ("America/Panama", 7)):
        reader = Reader(replace(WORDS, zones=(zone,)), "otto", early)
        night = date(2026, 8, evening)
        assert meaning("night:last", reader) == JobFilter(night_from=night, night_to=night)


def test_a_whole_sentence_is_read() -> None:
    found = read(
        "status:failure station:panama night:2026-08-01..2026-08-07 queue>5m elapsed>1h30m tag:urgent priority>=7 "
        "owner:me type:ml pipeline:embedded moths"
    )
    assert found == JobFilter(
        status=(Status.FAILURE,),
        deployment_id=(1,),
        night_from=date(2026, 8, 1),
        night_to=date(2026, 8, 7),
        bounds=(Bound("queue_ms", ">", 300_000), Bound("elapsed_ms", ">", 5_400_000), Bound("priority", ">=", 7)),
        tags=("urgent",),
        owner=("otto",),
        type=("ml",),
        pipeline_id=(1,),
        words=("moths",),
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", JobFilter()),
        ('white "sheet, wet"', JobFilter(words=("white", "sheet, wet"))),
        ("12:30", JobFilter(words=("12:30",))),
        ("status:running,waiting status:STARTED", JobFilter(status=(Status.STARTED, Status.PENDING))),
        ('status:"timed out"', JobFilter(status=(Status.TIMEDOUT,))),
        ("station:bog", JobFilter(deployment_id=(3, 4))),
        ("station:#4", JobFilter(deployment_id=(4,))),
        (
            "-moths -status:success",
            JobFilter(excluded=(JobFilter(words=("moths",)), JobFilter(status=(Status.SUCCESS,)))),
        ),
        ("night:last", JobFilter(night_from=date(2026, 8, 8), night_to=date(2026, 8, 8))),
        ("night:2026-08-01..", JobFilter(night_from=date(2026, 8, 1))),
        ("night:2026-08-01.. night:..2026-08-07", JobFilter(night_from=date(2026, 8, 1), night_to=date(2026, 8, 7))),
        ("night:..2026-08-07 moths night:2026-08-07..",
         JobFilter(night_from=date(2026, 8, 7), night_to=date(2026, 8, 7), words=("moths",))),
        ("queue>5m queue<1h", JobFilter(bounds=(Bound("queue_ms", ">", 300_000), Bound("queue_ms", "<", 3_600_000)))),
        ("captures:10.. captures:..20", JobFilter(bounds=(Bound("total", ">=", 10), Bound("total", "<=", 20)))),
        ("priority:3,7 priority>5", JobFilter(priority=(3, 7), bounds=(Bound("priority", ">", 5),))),
        ("night:#7", JobFilter(event_id=(7,))),
        ("priority:7,9", JobFilter(priority=(7, 9))),
        ("finished:today", JobFilter(bounds=(
            Bound("finished_at", ">=", MIDNIGHT), Bound("finished_at", "<", MIDNIGHT + timedelta(days=1)),
        ))),
        ("created>yesterday", JobFilter(bounds=(Bound("created_at", ">=", MIDNIGHT),))),
        ("queue:5s..1m", JobFilter(bounds=(Bound("queue_ms", ">=", 5000), Bound("queue_ms", "<=", 60_000)))),
        ("job:3,4", JobFilter(ids=(3, 4))),
        ('worker:Lab-1,"pull:abc"', JobFilter(worker=("lab-1", "pull:abc"))),
    ],
)  # fmt: skip
def test_a_text_means_a_filter(text: str, where: JobFilter) -> None:
    assert read(text) == where


@pytest.mark.parametrize(
    ("text", "part", "sentence"),
    [
        ("moths status:failre", "failre", "There is no status “failre”; did you mean failure?"),
        ("staton:bog", "staton:", "There is no key staton; did you mean station?"),
        ("station:mars", "mars", "There is no station “mars”; there are Panama forest, Meadow, Bog, Bog."),
        ("owner:bob", "bob", "There is no person “bob”; there are me, admin, otto."),
        ("queue>5", "5", "Give queue a time with its unit, such as queue>90s, queue>5m or queue>1h."),
        ("status>failure", "status>", "status takes a colon, such as status:running."),
        ("priority:11", "11", "A priority is a number from 0 to 9, such as priority>=7."),
        ("night:2026-02-30", "2026-02-30", "There is no day 2026-02-30 in the calendar."),
        ("night:soon", "soon", f"Say a day as year-month-day: night:2026-08-01, {RANGE} or night:last."),
        ("night:last night:tonight", "night:tonight", f"Say the nights as one range, such as {RANGE}."),
        ("night:2026-08-07..2026-08-01", "2026-08-07..2026-08-01",
         f"The first night is after the last; did you mean {RANGE}?"),
        ("created:2026-08-02..2026-08-01", "2026-08-02..2026-08-01",
         "The range begins behind its end; did you mean created:2026-08-01..2026-08-02?"),
        ("night:2026-08-07.. moths night:..2026-08-01", "night:..2026-08-01",
         "Nothing is night:2026-08-07.. and night:..2026-08-01 at once; write one range, such as " + RANGE + "."),
        ("queue>1h moths queue<5m", "queue<5m",
         "Nothing is queue>1h and queue<5m at once; write one range, such as queue:5m..1h."),
        ("failed>1 failed<2", "failed<2",
         "Nothing is failed>1 and failed<2 at once; write one range, such as failed:1..10."),
        ("created:yesterday created:today", "created:today",
         "Nothing is created:yesterday and created:today at once; write one range, such as "
         "created:2026-08-01..2026-08-07."),
        ("priority<5 priority:7,9", "priority:7,9",
         "Nothing is priority<5 and priority:7,9 at once; write one range, such as priority:3..7."),
        ("priority:3,7 priority>3 priority<7", "priority<7",
         "Nothing is priority:3,7 and priority>3 and priority<7 at once; write one range, such as priority:3..7."),
        ("queue:5m..90s", "5m..90s", "The range begins behind its end; did you mean queue:90s..5m?"),
        ('moths "white', '"white', "Close the quotation marks, or take this one away."),
        ("moths - white", "-", "Put the minus right before what should be left out, such as -status:success."),
        ("status:failure,", ",", "Say one more value after the comma, or take the comma away."),
        ("moths tag:", "", "Say what tag should be, such as tag:urgent."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_pointed_at(text: str, part: str, sentence: str) -> None:
    with pytest.raises(Misread) as caught:
        read(text)
    assert caught.value.sentence == sentence
    assert text[caught.value.start : caught.value.end] == part
    assert caught.value.end > caught.value.start


@pytest.mark.parametrize("text", ["a" * 500, '"' * 7, "-" * 9, ":::", "a:b:c", "..", "é:ü", "\x00", "status:,", "-\t-"])
def test_any_text_is_read_or_misread(text: str) -> None:
    with suppress(Misread):
        read(text)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", ["status:", "station:", "night:"]),
        ("st", ["status:", "station:", "started:"]),
        ("moths -sta", ["status:", "station:"]),
        ("status:fa", ["failure"]),
        ("status:failure,su", ["success"]),
        ("status:run", ["running"]),
        ("station:", ['"Panama forest"', "Meadow", "#3", "#4"]),
        ('station:"Pan', ['"Panama forest"']),
        ("pan", ['station:"Panama forest"']),
        ("tag:", ['"summer 2026"', "urgent"]),
        ("owner:", ["me", "admin", "otto"]),
        ("night:", ["last"]),
        ("queue>", ["1m", "5m"]),
        ('"white st', []),
        ("nothing:", []),
    ],
)
def test_what_could_stand_at_the_caret_is_offered(text: str, offered: list[str]) -> None:
    found = complete(text, len(text), READER)
    assert [offer.text for offer in found.offers][: len(offered)] == offered
    assert bool(found.offers) == bool(offered)


@pytest.mark.parametrize("text", ["status:fa", "-station:", "pan", "owner:o", "type:"])
def test_what_is_offered_can_be_read(text: str) -> None:
    found = complete(text, len(text), READER)
    for offer in found.offers:
        read(text[: found.start] + offer.text + text[found.end :])


def test_a_completion_takes_the_place_of_what_was_typed() -> None:
    text = "moths status:fai queue>5m"
    found = complete(text, text.index("fai") + 2, READER)
    assert text[found.start : found.end] == "fai"


def test_a_chip_writes_its_key_and_leaves_the_rest() -> None:
    text = replaced("moths status:failure -status:success queue>5m", "status", ["running", "timed-out"])
    assert text == "moths status:running,timed-out -status:success queue>5m"
    assert replaced(text, "status", []) == "moths -status:success queue>5m"
    assert replaced("moths", "station", ["Panama forest"]) == 'moths station:"Panama forest"'


@pytest.mark.parametrize(
    "where",
    [
        JobFilter(),
        JobFilter(status=(Status.STARTED, Status.TIMEDOUT), type=("ml",), words=("white", "sheet")),
        JobFilter(deployment_id=(1, 3), pipeline_id=(1,), words=("12:30 - 13",)),
        JobFilter(night_from=date(2026, 8, 1), night_to=date(2026, 8, 7)),
        JobFilter(night_to=date(2026, 8, 7)),
        JobFilter(event_id=(7, 8)),
    ],
)
def test_what_chips_say_is_read_back_as_the_same_filter(where: JobFilter) -> None:
    assert read(say(where, WORDS)) == where


def test_each_term_knows_its_place() -> None:
    text = 'moths  -status:failure,"timed out"'
    assert [text[term.start : term.end] for term in terms(text)] == ["moths", '-status:failure,"timed out"']
