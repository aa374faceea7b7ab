"""What the pages of jobs say and ask, without a browser."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.pages.job.editing import Mistyped, timeout_of
from dashboard.pages.job.editing import in_words as timeout_in_words
from dashboard.pages.job.parts import standing, worked_ms
from dashboard.pages.job.strip import counts
from dashboard.pages.job.words import asked_for, going_along, in_words, retry_of, why
from dashboard.pages.jobs import address
from dashboard.pages.jobs.address import Address
from dashboard.pages.jobs.filters import chosen as chosen_in_bar
from dashboard.pages.jobs.filters import nights_said, rewritten, said
from dashboard.pages.jobs.language import Reader, meaning
from dashboard.pages.jobs.operations import in_words as in_words_of
from dashboard.pages.jobs.verbs import VERBS, Chosen, allowed, question, why_not
from dashboard.pages.new_job.asking import Form, scope_of
from dashboard.pages.new_job.effort import in_words as work_in_words
from dashboard.pages.new_job.effort import time_in_words, usual_time
from dashboard.pages.new_job.fields import nights
from engine.bulk import OperationRow
from models.queries.estimates import Pace
from models.queries.job_filter import JobFilter
from models.queries.job_results import ErrorGroup
from models.queries.jobs import AttemptRow, StageRow
from models.queries.scope import NightChoice, Scope, Work
from models.queries.timings import Percentiles
from models.queries.vocabulary import Words
from models.states import ItemState, Status

WORDS = Words(stations=((2, "Panama"), (5, "Bog")), pipelines=((3, "Embedded detector"),), types=("ml",))
FULL = Address('status:failure,running station:Panama queue>5m "once more, please"', "-queue_ms")


def chosen(status: Status, failed: int = 0, name: str = "one") -> Chosen:
    return Chosen(1, name, status, tuple(allowed(status, failed)))


@pytest.mark.parametrize("asked", [Address(), FULL])
def test_an_address_is_read_as_it_was_written(asked: Address) -> None:
    assert address.read(address.write(asked), WORDS) == asked


def test_the_plain_page_has_a_plain_address() -> None:
    assert address.write(Address()) == {}


def test_an_address_of_ids_is_read_into_the_same_words() -> None:
    asked = {"status": "STARTED,ASLEEP", "station": "2,x", "from": "yesterday", "event": "7", "q": "moths"}
    found = address.read(asked | {"sort": "-colour"}, WORDS)
    assert found == Address("status:running station:Panama night:#7 moths")


def test_a_chip_and_the_search_box_say_the_same() -> None:
    values = chosen_in_bar(JobFilter()) | {"station": [2, 5], "from": "2026-08-01", "to": "2026-08-07"}
    text = rewritten("moths", "station", values, WORDS)
    assert text == "moths station:Panama,Bog"
    text = rewritten(text, "to", values, WORDS)
    assert text == "moths station:Panama,Bog night:2026-08-01..2026-08-07"
    found = meaning(text, Reader(WORDS, "otto", datetime(2026, 8, 9, tzinfo=UTC)))
    assert chosen_in_bar(found) == values


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        (Status.CREATED, ["run", "cancel"]),
        (Status.PENDING, ["pause", "cancel"]),
        (Status.STARTED, ["pause", "cancel"]),
        (Status.PAUSED, ["resume", "cancel"]),
        (Status.CANCELING, []),
        (Status.REVOKED, ["retry"]),
        (Status.FAILURE, ["retry"]),
        (Status.SUCCESS, []),
    ],
)
def test_each_status_keeps_its_verbs_alive(status: Status, verbs: list[str]) -> None:
    assert allowed(status, failed=0) == verbs


def test_a_success_is_retried_for_its_failed_captures() -> None:
    assert allowed(Status.SUCCESS, failed=2) == ["retry"]


def test_a_verb_is_alive_if_any_of_the_selected_jobs_allows_it() -> None:
    assert why_not(VERBS["cancel"], [chosen(Status.SUCCESS), chosen(Status.STARTED)]) is None
    assert why_not(VERBS["cancel"], [chosen(Status.SUCCESS)]) == "Cancel is for jobs that have not ended."


def test_the_question_before_a_cancel_names_how_many() -> None:
    assert question(VERBS["cancel"], 2, 3).startswith("Cancel 2 jobs? What is done stays done")
    assert "1 of the selected is not concerned" in question(VERBS["cancel"], 2, 3)
    assert question(VERBS["cancel"], 1, 1, "Panama").startswith("Cancel the job “Panama”?")
    assert question(VERBS["retry"], 12_000, 12_000) == "Retry 12,000 jobs? No success is repeated."


def test_an_operation_says_how_far_it_is() -> None:
    row = OperationRow(1, "cancel", total=1200, done=300, refused=2, refusals={}, finished_at=None)
    assert in_words_of(row).startswith("Cancel: 300 of 1,200 jobs done, 2 refused.")
    assert in_words_of(replace(row, done=1198, finished_at=datetime.now(UTC))) == (
        "Cancel is through: 1,198 jobs done, 2 refused."
    )


def test_a_chip_says_what_was_chosen() -> None:
    offered = [(1, "Panama"), (2, "Denmark"), (3, "Quebec")]
    assert said("station", offered, []) == "Station"
    assert said("station", offered, [2]) == "Station: Denmark"
    assert said("station", offered, [1, 2]) == "Station: 2 of 3"


def test_nights_are_said_as_a_range() -> None:
    assert nights_said(None, None) == "Nights"
    assert nights_said(date(2026, 8, 1), date(2026, 8, 7)) == "1 Aug to 7 Aug 2026"
    assert nights_said(date(2026, 8, 1), date(2026, 8, 1)) == "Night 1–2 Aug 2026"


def test_an_error_group_is_told_in_plain_words() -> None:
    group = ErrorGroup("unreadable", "Panama", 3, 43, "IMG_1.jpg is not a picture that can be read.")
    assert why(group) == "43 captures: file unreadable, station Panama"


def test_a_stage_stands_where_its_job_does() -> None:
    process = StageRow("process", "Process", Status.STARTED, 0.71, [], None, None)
    results = StageRow("results", "Results", Status.CREATED, 0.71, [], None, None)
    assert standing(process, Status.STARTED) == (Status.STARTED, 0.71)
    assert standing(process, Status.CHECKPOINT) == (Status.CHECKPOINT, 0.71)
    assert standing(process, Status.PAUSED) == (Status.PAUSED, 0.71)
    assert standing(results, Status.STARTED) == (Status.CREATED, 0.0)
    assert standing(replace(process, status=Status.SUCCESS, progress=1.0), Status.STARTED) == (Status.SUCCESS, 1.0)


def test_a_stage_of_an_earlier_version_took_its_one_attempt() -> None:
    at = datetime(2026, 8, 9, tzinfo=UTC)
    stage = StageRow("process", "Process", Status.SUCCESS, 1.0, [], at, at + timedelta(seconds=3))
    attempt = AttemptRow(1, Status.SUCCESS, at, at, at, 0, 9000, 0, None, None)
    assert worked_ms(stage, [attempt]) == 3000
    assert worked_ms(stage, [attempt, replace(attempt, number=2)]) is None
    assert worked_ms(replace(stage, worked_ms=7), [attempt]) == 7
    assert worked_ms(replace(stage, finished_at=None), [attempt]) is None


def test_a_retry_says_all_that_it_will_work_on() -> None:
    assert retry_of(1, 0) == "Retry it"
    assert retry_of(1043, 0) == "Retry these 1,043"
    assert retry_of(1, 1300) == "Retry it and 1,300 never reached"
    assert going_along(0) == ""
    assert going_along(1) == ", and go on with 1 capture that was never reached"


def test_only_what_the_type_shows_is_asked_for() -> None:
    form = Form(type="ml", scope="night", station=2, night=7, collection=3, capture=9)
    assert scope_of(form) == Scope(event_id=7)
    assert scope_of(Form(type="regroup_events", station=2, night=7)) == Scope(deployment_id=2)
    assert scope_of(Form(type="ml", scope="collection")) is None


def test_a_night_is_offered_by_both_its_days() -> None:
    rows = [NightChoice(4, 2, date(2026, 8, 9), 1), NightChoice(3, 2, date(2026, 8, 8), 1158)]
    assert [each["label"] for each in nights(rows)] == ["9–10 Aug 2026, 1 capture", "8–9 Aug 2026, 1,158 captures"]


def test_the_time_is_told_before_the_button() -> None:
    form, found = Form(), Work(captures=720, done=120)
    assert time_in_words(form, found, Pace(200, 400, workers=2, ahead=0)) == (
        "It takes about 1 min to 2 min with the 2 workers on duty, going by this pipeline's latest jobs."
    )
    assert "1 job runs or waits before it." in time_in_words(form, found, Pace(200, 400, workers=2, ahead=1))
    assert time_in_words(form, found, Pace(200, 400, workers=0, ahead=0)).startswith("No worker is on duty")
    assert "after this pipeline's first run" in time_in_words(form, found, Pace(None, None, workers=1, ahead=0))
    assert time_in_words(form, Work(720, 720), Pace(200, 400, workers=2, ahead=0)) == ""


def test_the_work_is_told_before_the_button() -> None:
    assert work_in_words(Form(), Work(60, 58)) == "60 captures, 58 of them done already, 2 to do."
    assert "Nothing is left to do" in work_in_words(Form(), Work(60, 60))
    assert work_in_words(Form(), Work(60, 50, 4)) == (
        "60 captures, 50 of them done already, 6 to do. 4 wait for a verdict in another job."
    )
    assert work_in_words(Form(), Work(60, 59, 1)).startswith(
        "60 captures, 59 of them done already by this pipeline. 1 waits for a verdict in another job. Nothing is left"
    )
    assert "replace 60 results" in work_in_words(Form(reprocess=True), Work(60, 60))
    assert work_in_words(Form(limit=10), Work(60, 0)).endswith("The job takes 10 of them.")


@pytest.mark.parametrize(
    ("kind", "found", "words"),
    [
        ("tracks", Work(61, 60), "61 captures, 60 of them with a result of this pipeline; tracks are made of those."),
        ("tracks", Work(61, 0), "have the night processed first"),
        ("data_export", Work(188, 0), "188 captures of this station, written to a CSV file."),
        ("regroup_events", Work(1, 0), "1 capture, put into nights anew"),
        ("from_a_plugin", Work(188, 0), "188 captures in this."),
    ],
)
def test_the_work_of_other_types_is_told_too(kind: str, found: Work, words: str) -> None:
    form = Form(type=kind, pipeline=1)
    assert words in work_in_words(form, found)
    assert time_in_words(form, found, Pace(200, 400, workers=2, ahead=0)) == ""


def test_the_time_of_other_types_goes_by_their_jobs_so_far() -> None:
    assert usual_time(Percentiles(None, None, None, 0)) == ""
    assert usual_time(Percentiles(4_100, 4_300, 9_000, 12)) == "Such jobs took about 4 s so far."
    assert usual_time(Percentiles(4_100, 80_000, 90_000, 12)) == (
        "Half of such jobs took at most 4 s so far, nine in ten at most 1 min 20 s."
    )


@pytest.mark.parametrize("ms", [None, 1_000, 90_000, 5_400_000, 86_400_000, 108_000_000, 1_500])
def test_a_timeout_is_read_as_it_was_written(ms: int | None) -> None:
    assert timeout_of(timeout_in_words(ms)) == ms


def test_a_timeout_is_typed_as_people_say_it() -> None:
    assert timeout_of(" 1h30min") == 5_400_000
    assert timeout_of("45") == 2_700_000
    assert timeout_of("1,5 h") == 5_400_000
    for text in ("soon", "-5 min", "5 weeks", "2 h or so"):
        with pytest.raises(Mistyped, match="A timeout is a time such as"):
            timeout_of(text)


def test_what_was_asked_is_told_in_words() -> None:
    assert asked_for("edit", {"priority": 9, "timeout_ms": None, "tags": ["dusk", "urgent"]}) == (
        "priority 9, timeout never, tags dusk and urgent"
    )
    assert asked_for("review", {"reviewer": None, "state": "IN_REVIEW"}) == "review in review"
    assert asked_for("retry", {"what": "failed", "kind": "truncated"}) == "what failed because of file cut short"
    assert asked_for("accept", {"items": [4, 7]}) == "2 captures"
    assert asked_for("retry", {"items": None}) == "all that waited"
    assert asked_for("priority", {"priority": 9}) == "9"
    assert asked_for("tag", {"add": ["dusk"], "remove": []}) == "add dusk"
    assert asked_for("cancel", {}) == ""


def test_what_was_asked_of_the_lab_is_told_in_words() -> None:
    assert in_words({"name": "otto", "role": "OPERATOR", "project": None}) == "name otto, role OPERATOR"
    assert in_words({"station": 2, "changes": {"latitude": 9.1, "active": False}}) == (
        "station 2, latitude 9.1, active no"
    )


def test_the_strip_counts_what_it_shows() -> None:
    assert counts("DDFWD") == [(ItemState.DONE, 3), (ItemState.FAILED, 1), (ItemState.WAITING, 1)]
