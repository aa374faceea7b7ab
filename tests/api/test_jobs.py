"""Jobs through the native API: finding, making, changing and steering them."""

from typing import Any

import pytest

from models.jobs import Job
from models.states import Status
from tests.api.conftest import JOBS, Program, Worked


def test_a_job_is_made_without_being_started(worked: Worked, operator: Program) -> None:
    answer = operator.post(JOBS, json=worked.request(limit=2))
    assert (answer.status_code, answer.json["status"], answer.json["limit"]) == (201, "CREATED", 2)
    assert answer.headers["Location"] == answer.json["details"]


@pytest.mark.parametrize("query", ["?start_now", "?start_now=", "?start_now=1", "?start_now=True"])
def test_start_now_starts_a_job(worked: Worked, operator: Program, query: str) -> None:
    assert operator.post(JOBS + query, json=worked.request()).json["status"] == "PENDING"


def test_start_now_false_starts_nothing(worked: Worked, operator: Program) -> None:
    assert operator.post(f"{JOBS}?start_now=false", json=worked.request()).json["status"] == "CREATED"


def test_a_form_makes_a_job_too(worked: Worked, operator: Program) -> None:
    answer = operator.post(JOBS, data=worked.request(limit="", shuffle="false"))
    assert (answer.status_code, answer.json["limit"], answer.json["shuffle"]) == (201, None, False)


def test_a_delay_without_a_pipeline_is_the_test_job(worked: Worked, operator: Program) -> None:
    job = operator.post(JOBS, json={"name": "test", "project_id": worked.lab.project_id, "delay": 3}).json
    assert [stage["key"] for stage in job["progress"]["stages"]] == ["delay"]


def test_a_job_works_over_a_single_capture(worked: Worked, operator: Program) -> None:
    body = worked.request(source_image_single_id=2, deployment_id=None)
    single = operator.post(JOBS, json=body).json["source_image_single"]
    assert list(single)[:7] == ["id", "details", "url", "width", "height", "timestamp", "event_id"]
    assert (single["id"], single["width"]) == (2, 480)


def test_a_job_works_over_a_collection(worked: Worked, operator: Program, collection: int) -> None:
    body = worked.request(source_image_collection_id=collection, deployment_id=None)
    made = operator.post(JOBS, json=body).json["source_image_collection"]
    assert (made["id"], made["method"]) == (collection, "full")


def test_a_job_works_over_a_night(worked: Worked, operator: Program) -> None:
    job = operator.post(JOBS, json=worked.request(event_id=1, deployment_id=None)).json
    assert (job["event"]["date_label"], job["deployment"]["id"]) == ("Jul 1 2026", worked.lab.station_id)


@pytest.mark.parametrize(
    ("fields", "wrong", "said"),
    [
        ({"name": None}, "name", "This field may not be null."),
        ({"name": ""}, "name", "This field may not be blank."),
        ({"name": " \t"}, "name", "This field may not be blank."),
        ({"name": "x" * 256}, "name", "Ensure this field has no more than 255 characters."),
        ({"name": 7}, "name", "Not a valid string."),
        ({"name": "a\0b"}, "name", "Null characters are not allowed."),
        ({"name": "\ud83d"}, "name", "Not a valid string."),
        ({"tags": ["a", "b\0"]}, "tags", "Null characters are not allowed."),
        ({"arguments": {"\ud83d": 1}}, "arguments", "Not a valid string."),
        ({"project_id": 99, "deployment_id": None}, "project_id", "There is no project 99."),
        ({"project_id": "x"}, "project_id", "A valid integer is required."),
        ({"project_id": 2**63}, "project_id", "Ensure this value is less than or equal to 9223372036854775807."),
        ({"deployment_id": 99}, "deployment_id", "There is no deployment 99 in project 1."),
        ({"source_image_collection_id": 99}, "source_image_collection_id", "There is no collection 99 in project 1."),
        ({"source_image_single_id": 99}, "source_image_single_id", "There is no capture 99 in project 1."),
        ({"pipeline_id": 99}, "pipeline_id", "There is no pipeline 99 that can be used."),
        ({"delay": -1}, "delay", "Ensure this value is greater than or equal to 0."),
        ({"delay": 1.5}, "delay", "A valid integer is required."),
        ({"limit": -5}, "limit", "Ensure this value is greater than or equal to 1."),
        ({"shuffle": "perhaps"}, "shuffle", "Must be a valid boolean."),
        ({"priority": 10}, "priority", "Ensure this value is less than or equal to 9."),
        ({"tags": "one"}, "tags", 'Expected a list of items but got type "str".'),
    ],
)
def test_a_wrong_field_is_named(
    worked: Worked, operator: Program, fields: dict[str, Any], wrong: str, said: str
) -> None:
    answer = operator.post(JOBS, json=worked.request(**fields))
    assert (answer.status_code, answer.json) == (400, {wrong: [said]})


@pytest.mark.parametrize(
    ("fields", "shown", "value"),
    [
        ({"name": "  from a form "}, "name", "from a form"),
        ({"job_type_key": "ML"}, "job_type", {"name": "ML pipeline", "key": "ml"}),
        ({"source_image_collection_id": "", "source_image_single_id": ""}, "source_image_collection", None),
    ],
)
def test_a_field_may_be_written_in_another_usual_way(
    worked: Worked, operator: Program, fields: dict[str, Any], shown: str, value: Any
) -> None:
    answer = operator.post(JOBS, json=worked.request(**fields))
    assert (answer.status_code, answer.json[shown]) == (201, value)


def test_an_unknown_job_type_is_named(worked: Worked, operator: Program) -> None:
    answer = operator.post(JOBS, json=worked.request(job_type_key="alchemy"))
    assert answer.status_code == 400
    assert "'alchemy' is not a job type" in answer.json["job_type_key"][0]


def test_missing_fields_are_named(operator: Program) -> None:
    required = ["This field is required."]
    assert operator.post(JOBS, json={}).json == {"name": required, "project_id": required}


def test_a_job_without_captures_is_refused(worked: Worked, operator: Program) -> None:
    answer = operator.post(JOBS, json=worked.request(deployment_id=None))
    assert (answer.status_code, list(answer.json)) == (400, ["non_field_errors"])


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"nonsense", b'{"name": 1' + b"1" * 5000 + b"}"])
def test_a_body_that_is_no_json_is_a_400(operator: Program, body: bytes) -> None:
    answer = operator.post(JOBS, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["detail"].startswith("JSON parse error")


def test_a_body_that_is_no_object_is_a_400(operator: Program) -> None:
    said = "Invalid data. Expected a dictionary, but got list."
    assert operator.post(JOBS, json=[]).json == {"non_field_errors": [said]}


def test_a_body_of_another_kind_is_a_415(operator: Program) -> None:
    answer = operator.post(JOBS, data=b"<job/>", content_type="text/xml")
    assert (answer.status_code, answer.json) == (415, {"detail": 'Unsupported media type "text/xml" in request.'})


def test_a_body_that_is_too_large_is_a_413(operator: Program) -> None:
    answer = operator.post(JOBS, data=b" " * 3_000_000, content_type="application/json")
    assert answer.status_code == 413
    assert answer.json["detail"]


def test_a_job_is_found_by_its_number_and_by_its_uuid(worked: Worked, operator: Program) -> None:
    by_number = operator.get(f"{JOBS}{worked.job_id}/").json
    assert operator.get(f"{JOBS}{by_number['uuid']}").json["id"] == worked.job_id


@pytest.mark.parametrize("key", ["999999", "x", "-1", "9" * 30, "\N{SUPERSCRIPT TWO}", "1%00", "0"])
def test_a_job_that_is_not_there_is_a_404(operator: Program, key: str) -> None:
    answer = operator.get(f"{JOBS}{key}/")
    assert answer.status_code == 404
    assert answer.json["detail"].startswith("There is no job")


def test_run_starts_a_job_and_cancel_ends_it(operator: Program, new_job: int) -> None:
    assert operator.post(f"{JOBS}{new_job}/run/").json["status"] == "PENDING"
    cancelled = operator.post(f"{JOBS}{new_job}/cancel/").json
    assert cancelled["status"] == "REVOKED"
    assert cancelled["finished_at"] is not None


def test_a_running_job_cannot_be_run_twice(operator: Program, new_job: int) -> None:
    operator.post(f"{JOBS}{new_job}/run/")
    answer = operator.post(f"{JOBS}{new_job}/run/")
    assert answer.status_code == 409
    assert "PENDING" in answer.json["detail"]


def test_retry_of_a_cancelled_job_is_a_new_attempt(operator: Program, new_job: int) -> None:
    for verb in ("run", "cancel", "retry"):
        job = operator.post(f"{JOBS}{new_job}/{verb}/").json
    assert (job["status"], job["attempt"]) == ("PENDING", 2)


def test_a_paused_job_is_called_started_unless_our_own_words_are_asked_for(operator: Program, new_job: int) -> None:
    operator.post(f"{JOBS}{new_job}/run/")
    assert operator.post(f"{JOBS}{new_job}/pause/").json["status"] == "STARTED"
    assert operator.get(f"{JOBS}{new_job}/?states=engine").json["status"] == "PAUSED"
    assert operator.post(f"{JOBS}{new_job}/resume/").json["status"] == "PENDING"


def test_a_job_that_ran_out_of_time_is_a_failure_that_says_so(worked: Worked, operator: Program, new_job: int) -> None:
    with worked.lab.board.store.write() as session:
        session.get_one(Job, new_job).status = Status.TIMEDOUT
    job = operator.get(f"{JOBS}{new_job}/").json
    assert job["status"] == job["progress"]["summary"]["status"] == "FAILURE"
    assert "timed out" in job["progress"]["errors"][0]
    assert operator.get(f"{JOBS}{new_job}/?states=engine").json["status"] == "TIMEDOUT"


def test_patch_changes_what_it_names(operator: Program, new_job: int) -> None:
    answer = operator.call("PATCH", f"{JOBS}{new_job}/", json={"name": "renamed", "limit": 3})
    assert (answer.status_code, answer.json["name"], answer.json["limit"]) == (200, "renamed", 3)


def test_patch_with_null_takes_a_limit_away(operator: Program, new_job: int) -> None:
    operator.call("PATCH", f"{JOBS}{new_job}/", json={"limit": 3})
    assert operator.call("PATCH", f"{JOBS}{new_job}/", json={"limit": None}).json["limit"] is None


def test_put_wants_what_a_job_needs(operator: Program, new_job: int) -> None:
    answer = operator.call("PUT", f"{JOBS}{new_job}/", json={"name": "renamed"})
    assert (answer.status_code, answer.json) == (400, {"project_id": ["This field is required."]})


def test_a_finished_job_can_be_put_back_under_another_name(worked: Worked, operator: Program, new_job: int) -> None:
    for verb in ("run", "cancel"):
        operator.post(f"{JOBS}{new_job}/{verb}/")
    answer = operator.call("PUT", f"{JOBS}{new_job}/", json=worked.request(name="renamed"))
    assert (answer.status_code, answer.json["name"]) == (200, "renamed")


def test_the_work_of_a_job_that_ran_cannot_change(operator: Program, new_job: int) -> None:
    for verb in ("run", "cancel"):
        operator.post(f"{JOBS}{new_job}/{verb}/")
    answer = operator.call("PATCH", f"{JOBS}{new_job}/", json={"limit": 1})
    assert answer.status_code == 409
    assert "limit of a job can only change before it was first started" in answer.json["detail"]


@pytest.mark.parametrize(
    ("fields", "wrong"), [({"project_id": 7}, "project_id"), ({"job_type_key": "delay"}, "job_type_key")]
)
def test_a_job_keeps_its_project_and_type(operator: Program, new_job: int, fields: dict[str, Any], wrong: str) -> None:
    answer = operator.call("PATCH", f"{JOBS}{new_job}/", json=fields)
    assert (answer.status_code, list(answer.json)) == (400, [wrong])


def test_delete_takes_a_job_away(operator: Program, new_job: int) -> None:
    answer = operator.call("DELETE", f"{JOBS}{new_job}/")
    assert (answer.status_code, answer.data) == (204, b"")
    assert operator.get(f"{JOBS}{new_job}/").status_code == 404


def test_an_active_job_cannot_be_deleted(operator: Program, new_job: int) -> None:
    operator.post(f"{JOBS}{new_job}/run/")
    assert operator.call("DELETE", f"{JOBS}{new_job}/").status_code == 409


def test_logs_limit_says_how_many_lines(worked: Worked, operator: Program) -> None:
    assert len(operator.get(f"{JOBS}{worked.job_id}/?logs_limit=2").json["logs"]["stdout"]) == 2


@pytest.mark.parametrize("limit", ["0", "5001", "-1", "many"])
def test_a_wrong_logs_limit_is_a_400(worked: Worked, operator: Program, limit: str) -> None:
    answer = operator.get(f"{JOBS}{worked.job_id}/?logs_limit={limit}")
    assert (answer.status_code, list(answer.json)) == (400, ["logs_limit"])


@pytest.mark.parametrize("query", ["logs_limit=abc", "logs_limit=0", "states=nobodys"])
def test_an_answer_that_cannot_be_given_changes_nothing(worked: Worked, operator: Program, query: str) -> None:
    job = operator.post(JOBS, json=worked.request(name="unchanged")).json["id"]
    before = operator.get(JOBS).json["count"]
    assert operator.post(f"{JOBS}?start_now&{query}", json=worked.request()).status_code == 400
    assert operator.call("PATCH", f"{JOBS}{job}/?{query}", json={"name": "changed"}).status_code == 400
    assert operator.post(f"{JOBS}{job}/run/?{query}").status_code == 400
    shown = operator.get(f"{JOBS}{job}/").json
    assert (shown["name"], shown["status"], operator.get(JOBS).json["count"]) == ("unchanged", "CREATED", before)


def test_a_verb_that_reads_no_body_takes_none_of_50_mb(worked: Worked, operator: Program) -> None:
    job = operator.post(JOBS, json=worked.request()).json["id"]
    assert operator.post(f"{JOBS}{job}/cancel/", data=bytes(50_000_000)).status_code == 413
    assert operator.call("DELETE", f"/api/jobs/{job}", data=bytes(50_000_000)).status_code == 413
    bearer = {"Authorization": f"Bearer {operator.token}"}
    said = operator.get(f"/api/v1/jobs/cancel?job_id={job}", data=bytes(50_000_000), headers=bearer)
    assert (said.status_code, said.json["status"]) == (200, "ERROR")
    assert operator.get(f"{JOBS}{job}/").json["status"] == "CREATED"


def test_an_emptied_field_of_a_form_means_nothing_or_an_empty_text(worked: Worked, operator: Program) -> None:
    job = operator.post(JOBS, json=worked.request(limit=5)).json["id"]
    blank = operator.call("PATCH", f"{JOBS}{job}/", data={"name": ""})
    assert (blank.status_code, blank.json) == (400, {"name": ["This field may not be blank."]})
    assert operator.call("PATCH", f"{JOBS}{job}/", data={"limit": ""}).json["limit"] is None
