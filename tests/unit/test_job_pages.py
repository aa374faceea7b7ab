"""What the pages of jobs say and ask, without a browser."""

from datetime import date

import pytest

from dashboard.pages.job.words import why
from dashboard.pages.jobs import address
from dashboard.pages.jobs.address import Address
from dashboard.pages.jobs.filters import nights_said, said
from dashboard.pages.jobs.verbs import VERBS, Chosen, allowed, question, why_not
from dashboard.pages.new_job.asking import Form, in_words, scope_of
from models.queries.job_filter import JobFilter
from models.queries.job_results import ErrorGroup
from models.queries.scope import Scope, Work
from models.states import Status

FULL = Address(
    JobFilter(
        status=(Status.STARTED, Status.PENDING),
        type=("ml",),
        pipeline_id=(3,),
        deployment_id=(2, 5),
        event_id=(7,),
        night_from=date(2026, 8, 1),
        night_to=date(2026, 8, 7),
        text="once more, please",
    ),
    "-queue_ms",
)


def chosen(status: Status, failed: int = 0, name: str = "one") -> Chosen:
    return Chosen(1, name, status, tuple(allowed(status, failed)))


@pytest.mark.parametrize("asked", [Address(), FULL])
def test_an_address_is_read_as_it_was_written(asked: Address) -> None:
    assert address.read(address.write(asked)) == asked


def test_the_plain_page_has_a_plain_address() -> None:
    assert address.write(Address()) == {}


def test_what_cannot_be_read_of_an_address_is_left_out() -> None:
    asked = {"status": "STARTED,ASLEEP", "station": "2,x", "from": "yesterday", "sort": "-colour"}
    assert address.read(asked) == Address(JobFilter(status=(Status.STARTED,), deployment_id=(2,)))


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
    both = [chosen(Status.STARTED), chosen(Status.PENDING), chosen(Status.SUCCESS)]
    assert question(both).startswith("Cancel 2 jobs?")
    assert "1 of the selected ended already" in question(both)
    assert question([chosen(Status.STARTED, name="Panama")]).startswith("Cancel the job “Panama”?")


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
    group = ErrorGroup("unreadable", "Panama", 43, "IMG_1.jpg is not a picture that can be read.")
    assert why(group) == "43 captures: file unreadable, station Panama"


def test_only_what_the_type_shows_is_asked_for() -> None:
    form = Form(type="ml", scope="night", station=2, night=7, collection=3, capture=9)
    assert scope_of(form) == Scope(event_id=7)
    assert scope_of(Form(type="regroup_events", station=2, night=7)) == Scope(deployment_id=2)
    assert scope_of(Form(type="ml", scope="collection")) is None


def test_the_work_is_told_before_the_button() -> None:
    assert in_words(Form(), Work(60, 58)) == "60 captures, 58 of them done already, 2 to do."
    assert "Nothing is left to do" in in_words(Form(), Work(60, 60))
    assert "replace 60 results" in in_words(Form(reprocess=True), Work(60, 60))
    assert in_words(Form(limit=10), Work(60, 0)).endswith("The job takes 10 of them.")
