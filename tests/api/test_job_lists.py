"""Lists of jobs through the native API: windows, orders and filters."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from models.jobs import Job
from models.states import Status
from tests.api.conftest import JOBS, Program, Worked


@pytest.fixture
def three(worked: Worked, operator: Program) -> list[int]:
    """Three jobs named like nothing else: created, waiting, cancelled."""
    names = ("zebra ccc", "zebra aaa", "zebra bbb")
    jobs = [operator.post(JOBS, json=worked.request(name=name)).json["id"] for name in names]
    operator.post(f"{JOBS}{jobs[1]}/run/")
    operator.post(f"{JOBS}{jobs[2]}/cancel/")
    return jobs


@pytest.fixture(autouse=True)
def _gone(worked: Worked, operator: Program) -> None:
    """No zebra of the test before is left."""
    for job in operator.get(f"{JOBS}?search=zebra&limit=100").json["results"]:
        operator.post(f"{JOBS}{job['id']}/cancel/")
        assert operator.call("DELETE", f"{JOBS}{job['id']}/").status_code == 204


def found(operator: Program, query: str) -> list[int]:
    answer = operator.get(f"{JOBS}?search=zebra&{query}")
    assert answer.status_code == 200, answer.json
    return [job["id"] for job in answer.json["results"]]


def test_the_newest_job_comes_first(operator: Program, three: list[int]) -> None:
    assert found(operator, "") == three[::-1]


def test_a_window_says_where_its_neighbours_are(operator: Program, three: list[int]) -> None:
    answer = operator.get(f"{JOBS}?limit=1&offset=1&search=zebra").json
    assert (answer["count"], [job["id"] for job in answer["results"]]) == (3, [three[1]])
    assert answer["next"] == "http://localhost/api/v2/jobs/?limit=1&offset=2&search=zebra"
    assert answer["previous"] == "http://localhost/api/v2/jobs/?limit=1&search=zebra"


def test_the_addresses_of_windows_lead_through_the_whole_list(operator: Program, three: list[int]) -> None:
    address, met = f"{JOBS}?limit=2&search=zebra&ordering=name", []
    while address:
        answer = operator.get(address).json
        met += [job["name"] for job in answer["results"]]
        parts = urlsplit(answer["next"] or "")
        address = f"{parts.path}?{parts.query}" if answer["next"] else ""
    assert met == ["zebra aaa", "zebra bbb", "zebra ccc"]


def test_a_window_behind_the_end_is_empty(operator: Program, three: list[int]) -> None:
    answer = operator.get(f"{JOBS}?search=zebra&offset=100").json
    assert (answer["count"], answer["results"], answer["next"]) == (3, [], None)


@pytest.mark.parametrize(
    "query",
    [
        "limit=-5",
        "limit=0",
        "limit=ten",
        "offset=-1",
        "offset=99999999999999999999",
        "status=LOST",
        "project=x",
        "deployment=1.5",
        "cutoff_hours=-1",
        "cutoff_hours=99999999999",
        "ids_only=perhaps",
        "states=modern",
        "pipeline=%00",
        "job_type_key=nonsense",
        "dispatch_mode=nonsense",
        "search=" + "+".join("abcdefghijklmnopqrstuvwxyz1234567"),
    ],
)
def test_a_wrong_parameter_is_named(operator: Program, query: str) -> None:
    answer = operator.get(f"{JOBS}?{query}")
    assert (answer.status_code, list(answer.json)) == (400, [query.partition("=")[0]])


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "name",
        "created_at",
        "updated_at",
        "status",
        "started_at",
        "finished_at",
        "project",
        "deployment",
        "source_image_collection",
        "pipeline",
    ],
)
def test_each_order_turns_round(operator: Program, three: list[int], field: str) -> None:
    assert found(operator, f"ordering=-{field}") == found(operator, f"ordering={field}")[::-1]


def test_an_unknown_order_is_passed_over(operator: Program, three: list[int]) -> None:
    assert found(operator, "ordering=beauty") == three[::-1]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("status=CREATED", [0]),
        ("status=pending", [1]),
        ("status=CREATED,REVOKED", [2, 0]),
        ("status=CREATED&status=REVOKED", [2, 0]),
        ("status=RETRY", []),
        ("status=CREATED,UNKNOWN", [0]),
        ("incomplete_only", [1, 0]),
        ("incomplete_only=false", [2, 1, 0]),
        ("job_type_key=ml", [2, 1, 0]),
        ("job_type_key=delay", []),
        ("dispatch_mode=internal", [2, 1, 0]),
        ("dispatch_mode=async_api", []),
        ("pipeline__slug=embedded", [2, 1, 0]),
        ("pipeline__slug__in=nothing,embedded", [2, 1, 0]),
        ("pipeline__slug__in=nothing", []),
        ("pipeline=1", [2, 1, 0]),
        ("pipeline=2", []),
        ("project=1", [2, 1, 0]),
        ("project_id=99", []),
        ("deployment=1", [2, 1, 0]),
        ("deployment=99", []),
        ("source_image_collection=99", []),
        ("source_image_single=99", []),
        ("cutoff_hours=1", [2, 1, 0]),
        ("cutoff_hours=0", [1, 0]),
    ],
)
def test_a_filter_leaves_the_right_jobs(operator: Program, three: list[int], query: str, places: list[int]) -> None:
    assert found(operator, query) == [three[place] for place in places]


def test_a_search_finds_the_name_of_a_pipeline(worked: Worked, operator: Program) -> None:
    jobs = operator.get(f"{JOBS}?search=embedded+detector&limit=100").json["results"]
    assert worked.job_id in [job["id"] for job in jobs]


@pytest.mark.parametrize(
    ("search", "places"),
    [("bbb+zebra", [2]), ("ZEBRA,ccc", [0]), ('"zebra aaa"', [1]), ('"aaa zebra"', []), ("zebra ,", [2, 1, 0])],
)
def test_a_search_wants_each_of_its_words(operator: Program, three: list[int], search: str, places: list[int]) -> None:
    found = operator.get(f"{JOBS}?search={search}").json["results"]
    assert [job["id"] for job in found] == [three[place] for place in places]


def test_a_search_takes_its_words_as_they_are(operator: Program, three: list[int]) -> None:
    assert operator.get(f"{JOBS}?search=zebra%25").json["count"] == 0


def test_ids_only_tells_ids(operator: Program, three: list[int]) -> None:
    answer = operator.get(f"{JOBS}?search=zebra&ids_only=1").json
    assert answer["results"][0] == {"id": three[2], "pipeline_slug": "embedded"}


def test_a_pull_worker_finds_jobs_before_anybody_took_a_task_of_them(operator: Program, three: list[int]) -> None:
    poll = "ids_only=1&incomplete_only=1&dispatch_mode=async_api"
    assert found(operator, f"pipeline__slug__in=embedded,another&{poll}") == [three[1], three[0]]
    assert found(operator, f"pipeline__slug__in=another&{poll}") == []


def test_started_means_paused_too_for_one_who_knows_no_pause(operator: Program, three: list[int]) -> None:
    operator.post(f"{JOBS}{three[1]}/pause/")
    assert found(operator, "status=STARTED") == [three[1]]
    assert found(operator, "status=STARTED&states=engine") == []
    assert found(operator, "status=PAUSED&states=Engine") == [three[1]]


def test_several_orders_count_one_after_the_other(operator: Program, three: list[int]) -> None:
    operator.call("PATCH", f"{JOBS}{three[0]}/", json={"name": "zebra aaa"})
    assert found(operator, "ordering=name,-created_at") == [three[1], three[0], three[2]]
    assert found(operator, "ordering=name&ordering=created_at") == [three[0], three[1], three[2]]
    assert found(operator, "ordering=-project,nonsense,-id") == three[::-1]
    assert found(operator, f"ordering={',-id' * 500},id") == three[::-1]


def test_states_are_in_the_order_of_the_words_that_the_client_knows(
    worked: Worked, operator: Program, three: list[int]
) -> None:
    states = (Status.STARTED, Status.PAUSED, Status.SUCCESS)  # PAUSED is shown as STARTED
    with worked.lab.board.store.write() as session:
        for job, status in zip(three, states, strict=True):
            session.execute(update(Job).where(Job.id == job).values(status=status))
    assert found(operator, "ordering=status") == three
    assert found(operator, "ordering=status,-id") == [three[1], three[0], three[2]]
    assert found(operator, "ordering=status&states=engine") == [three[1], three[0], three[2]]
    with worked.lab.board.store.write() as session:
        session.execute(update(Job).where(Job.id.in_(three)).values(status=Status.CREATED))
