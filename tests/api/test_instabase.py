"""The Instabase Job API, page by page: each request that the page shows, answered in the page's names and types."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine import control
from models.captures import Project
from models.jobs import Job
from models.people import Role, User
from models.states import ReviewState, Status
from tests.api.conftest import JOBS, Program, Worked
from tests.api.shape import differences
from tests.lab import ENGINEER

API = "/api/v1/jobs/"

# The page's own examples; the commas that its list lacks are put in.
STATUS = json.loads(r"""{
  "status": "OK", "msg": "Completed single_flow", "state": "DONE", "is_waiting_for_resources": false,
  "job_id": "c29e1c75-f7a3-4bf0-a1e8-2ad664b35fa5",
  "results": [{"status": "OK", "output_folder": "/jaydoe/my-repo/fs/Instabase Drive/flow/out"}],
  "cur_status": "{\"job_id\": \"c29e1c75-f7a3-4bf0-a1e8-2ad664b35fa5\", \"flow_index\": 0, \"status\": \"COMPLETE\", \"finish_timestamp\": 1659728573413224848, \"curProgress\": 1.0, \"curMsg\": \"Completed single_flow\", \"reviewer\": \"jaydoe\", \"review_state\": \"IN_REVIEW\", \"flow_job_metrics\": null, \"flow_review_metrics\": null, \"run_summary\": {\"numRecords\": 4, \"numRuntimeErrors\": 0, \"numCheckpointFailed\": 0}}",
  "finish_timestamp": 1659728573413224848, "binary_mode": true
}""")  # noqa: E501
LOGS = {
    "logs": [
        {
            "job-id": "4700d0b5-e1ce-4eb2-a265-39e2e63cc65a",
            "task-id": "4700d0b5-e1ce-4eb2-a265-39e2e63cc65a-Stage1",
            "level": "INFO",
            "ts": "2022-12-07 23:27:54,636",
            "trace_id": "86a9bc25a1e8a436",
            "span_id": "5c63c2bd3fed5a90",
            "log": "Starting Task",
        }
    ],
    "next_offset": 1,
}
LISTED: dict[str, type | tuple[type, ...]] = {
    "curMsg": str,
    "state": str,
    "tags": list,
    "flow_path": str,
    "job_id": str,
    "input_folder": str,
    "output_folder": str,
    "flow_type": str,
    "is_flow_v3": bool,
    "start_timestamp": float,
    "finish_timestamp": float,
    "runtime_sec": float,
    "username": str,
    "source_path": str,
    "run_summary": dict,
    "reviewer": str,
    "review_state": str,
    "flow_pipeline_infos": list,
    "flow_job_metrics": list,
    "flow_review_metrics": list,
    "priority": int,
    "curMSG": str,
}


class Bearer(Program):
    """A program that speaks as the Instabase pages do."""

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        return super().call(method, path, headers={"Authorization": f"Bearer {self.token}"}, **more)


@pytest.fixture
def flows(worked: Worked) -> Bearer:
    return spoken(worked, Role.OPERATOR)


def spoken(worked: Worked, role: Role, **more: Any) -> Bearer:
    program = worked.program(role, **more)
    return Bearer(program.client, program.token)


def uuid_of(worked: Worked, job_id: int) -> str:
    return worked.lab.job(job_id).uuid


def ok(answer: Any) -> Any:
    """The body of an answer, which is no error."""
    assert (answer.status_code, answer.json.get("status", "OK")) == (200, "OK"), answer.text
    return answer.json


def problem(answer: Any) -> str:
    """The sentence of an error; every error is HTTP 200."""
    assert (answer.status_code, answer.json["status"], set(answer.json)) == (200, "ERROR", {"status", "msg"})
    return str(answer.json["msg"])


def names(answer: Any) -> list[str]:
    return [job["job_id"] for job in ok(answer)["jobs"]]


SUMMER = "from_timestamp=1594188122&to_timestamp=1594792922"  # of the page's examples; there were no jobs then


@pytest.mark.parametrize(
    ("request_of_the_page", "keys"),
    [
        ("status?job_id={job}&type=flow", list(STATUS)),
        ("get_logs?job_id={job}", list(LOGS)),
        (f"list?limit=1&offset=1&{SUMMER}&state=COMPLETE&user=user234*tags=foo,bar", ["jobs", "next_page"]),
        *((f"{verb}_all?&{SUMMER}&tags=foo,bar", ["status"]) for verb in ("pause", "resume", "cancel")),
        *((f"list?state={word}", ["jobs", "next_page"]) for word in ("RUNNING", "STOPPED_AT_CHECKPOINT")),
        ("list?state=PENDING,COMPLETE,FAILED,CANCELLED,RUNNING,PAUSED,CHECKPOINT_FAILED", ["jobs", "next_page"]),
        ("list?review_state=NONE,IN REVIEW,COMPLETED,NOT_COMPLETED", ["jobs", "next_page"]),
        *((f"list?priority={number}", ["jobs", "next_page"]) for number in (0, 9)),
        ("list?user=nobody&reviewer=nobody&pipeline_ids=98,99&job_ids=none,such", ["jobs", "next_page"]),
    ],
)
def test_what_the_page_asks_is_answered_in_its_form(
    worked: Worked, flows: Bearer, request_of_the_page: str, keys: list[str]
) -> None:
    answer = ok(flows.get(API + request_of_the_page.format(job=uuid_of(worked, worked.job_id))))
    assert list(answer) == keys


@pytest.mark.parametrize(
    ("status", "state", "word", "result"),
    [
        (Status.CREATED, "PENDING", "PENDING", None),
        (Status.PENDING, "PENDING", "PENDING", None),
        (Status.STARTED, "PENDING", "RUNNING", None),
        (Status.CANCELING, "PENDING", "RUNNING", None),
        (Status.PAUSED, "PENDING", "PAUSED", "OK"),
        (Status.CHECKPOINT, "DONE", "STOPPED_AT_CHECKPOINT", "OK"),
        (Status.SUCCESS, "DONE", "COMPLETE", "OK"),
        (Status.REVOKED, "DONE", "CANCELLED", "ERROR"),
        (Status.FAILURE, "DONE", "FAILED", "ERROR"),
        (Status.TIMEDOUT, "DONE", "FAILED", "ERROR"),
    ],
)
def test_a_job_in_each_state_has_the_words_of_the_page(
    worked: Worked, new_job: int, flows: Bearer, status: Status, state: str, word: str, result: str | None
) -> None:
    with worked.lab.board.store.write() as session:
        session.get_one(Job, new_job).status = status
    answer = ok(flows.get(f"{API}status?job_id={new_job}"))
    (listed,) = ok(flows.get(f"{API}list?job_ids={new_job}&state={word}"))["jobs"]
    assert (answer["state"], json.loads(answer["cur_status"])["status"], listed["state"]) == (state, word, word)
    assert [each["status"] for each in answer.get("results", [])] == ([] if result is None else [result])
    with worked.lab.board.store.write() as session:
        session.get_one(Job, new_job).status = Status.REVOKED


def test_status_has_the_names_and_types_of_the_page(worked: Worked, flows: Bearer) -> None:
    answer = ok(flows.get(f"{API}status?job_id={uuid_of(worked, worked.job_id)}&type=flow"))
    assert differences(STATUS, answer) == []
    now, then = json.loads(answer["cur_status"]), json.loads(STATUS["cur_status"])
    assert list(now) == list(then)
    assert isinstance(now["finish_timestamp"], int)
    assert set(then["run_summary"]) < set(now["run_summary"])
    assert (answer["msg"], answer["state"], now["status"]) == ("Completed single_flow", "DONE", "COMPLETE")


def test_status_tells_the_time_in_nanoseconds(worked: Worked, flows: Bearer) -> None:
    answer = ok(flows.get(f"{API}status?job_id={worked.job_id}"))
    finished = worked.lab.job(worked.job_id).finished_at
    assert finished is not None
    assert answer["finish_timestamp"] % 1000 == 0
    assert datetime.fromtimestamp(answer["finish_timestamp"] // 1000 / 1e6, UTC) == finished


def test_the_run_summary_says_why_captures_failed(worked: Worked, flows: Bearer) -> None:
    summary = json.loads(ok(flows.get(f"{API}status?job_id={worked.job_id}"))["cur_status"])["run_summary"]
    assert summary == {
        "recordsWithMsg": {"Error <truncated> in step process": 1},
        "numRecords": 6,
        "numRuntimeErrors": 1,
        "numFiles": 6,
        "numCheckpointFailed": 0,
    }


def test_a_new_job_is_pending_and_has_no_results(new_job: int, flows: Bearer) -> None:
    answer = ok(flows.get(f"{API}status?job_id={new_job}&type=job"))
    assert (answer["state"], answer["finish_timestamp"], "results" in answer) == ("PENDING", None, False)
    now = json.loads(answer["cur_status"])
    assert (now["status"], now["finish_timestamp"], now["curProgress"]) == ("PENDING", None, 0.0)


def test_a_paused_job_is_pending_with_results(worked: Worked, new_job: int, flows: Bearer) -> None:
    control.run(worked.lab.board, ENGINEER, new_job)
    assert ok(flows.get(f"{API}pause?job_id={new_job}")) == {"status": "OK"}
    answer = ok(flows.get(f"{API}status?job_id={new_job}"))
    assert (answer["state"], json.loads(answer["cur_status"])["status"]) == ("PENDING", "PAUSED")
    assert answer["results"][0]["status"] == "OK"


def test_a_cancelled_job_is_done_with_an_error(new_job: int, flows: Bearer) -> None:
    assert ok(flows.get(f"{API}cancel?job_id={new_job}")) == {"status": "OK"}
    answer = ok(flows.get(f"{API}status?job_id={new_job}"))
    assert answer["state"] == "DONE"
    assert answer["results"] == [{"status": "ERROR", "msg": "Cancelled single_flow"}]


def test_a_job_waits_for_resources_while_no_worker_is_free(worked: Worked, new_job: int, flows: Bearer) -> None:
    assert ok(flows.get(f"{API}status?job_id={new_job}"))["is_waiting_for_resources"] is False
    control.run(worked.lab.board, ENGINEER, new_job)
    assert ok(flows.get(f"{API}status?job_id={new_job}"))["is_waiting_for_resources"] is True
    control.cancel(worked.lab.board, ENGINEER, new_job)


def test_logs_have_the_names_and_types_of_the_page(worked: Worked, flows: Bearer) -> None:
    answer = ok(flows.get(f"{API}get_logs?job_id={uuid_of(worked, worked.job_id)}"))
    assert differences(LOGS, answer) == []
    line = answer["logs"][0]
    assert list(line) == list(LOGS["logs"][0])  # type: ignore[index]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", line["ts"])
    assert all(re.fullmatch("[0-9a-f]{16}", line[name]) for name in ("trace_id", "span_id"))
    assert any(line["task-id"] == f"{line['job-id']}-process" for line in answer["logs"])


def test_offsets_of_logs_are_cursors(worked: Worked, flows: Bearer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.instabase.jobs.LINES", 2)
    offset, told = 0, []
    while lines := (answer := ok(flows.get(f"{API}get_logs?job_id={worked.job_id}&offset={offset}")))["logs"]:
        told += [line["log"] for line in lines]
        assert answer["next_offset"] > offset
        offset = answer["next_offset"]
    assert answer == {"logs": [], "next_offset": offset}
    monkeypatch.undo()
    assert told == [line["log"] for line in ok(flows.get(f"{API}get_logs?job_id={worked.job_id}"))["logs"]]


def test_a_list_has_the_names_and_types_of_the_page(worked: Worked, flows: Bearer) -> None:
    answer = ok(flows.get(f"{API}list?job_id={uuid_of(worked, worked.job_id)}"))
    assert list(answer) == ["jobs", "next_page"]
    (job,) = answer["jobs"]
    assert [name for name, kind in LISTED.items() if not isinstance(job.get(name), kind)] == []
    assert job["finish_timestamp"] - job["start_timestamp"] == pytest.approx(job["runtime_sec"], abs=1e-3)
    assert (job["curMsg"], job["state"], job["flow_path"]) == ("Completed Flow", "COMPLETE", "embedded")
    assert job["flow_pipeline_infos"][0]["pipeline_id"] == worked.lab.pipeline_id


def test_a_list_says_where_the_captures_are(worked: Worked, flows: Bearer) -> None:
    (job,) = ok(flows.get(f"{API}list?job_ids={worked.job_id}"))["jobs"]
    assert job["input_folder"] == job["source_path"] == str(worked.lab.home.parent / "captures")


def test_a_job_that_has_not_ended_has_no_finish(new_job: int, flows: Bearer) -> None:
    (job,) = ok(flows.get(f"{API}list?job_ids={new_job}"))["jobs"]
    assert "finish_timestamp" not in job
    assert (job["start_timestamp"], job["runtime_sec"], job["state"]) == (None, 0.0, "PENDING")


def test_the_request_of_the_page_is_taken_with_its_slip(worked: Worked, operator: Program, flows: Bearer) -> None:
    made = [operator.post(JOBS, json=worked.request(tags=["foo"])).json["id"] for _ in range(3)]
    now = int(datetime.now(UTC).timestamp())
    window = f"from_timestamp={now - 600}&to_timestamp={now + 600}"
    answer = ok(flows.get(f"{API}list?limit=1&offset=1&{window}&state=PENDING&user=operator*tags=foo,bar"))
    assert [job["tags"] for job in answer["jobs"]] == [["foo"]]
    assert answer["jobs"][0]["job_id"] == uuid_of(worked, made[1])
    assert (
        answer["next_page"] == f"/api/v1/jobs/list?limit=1&offset=2&{window}&state=PENDING&user=operator&tags=foo,bar"
    )
    last = ok(flows.get(answer["next_page"]))
    assert ([job["job_id"] for job in last["jobs"]], last["next_page"]) == ([uuid_of(worked, made[0])], "")


def test_a_list_is_of_the_last_week_unless_told(worked: Worked, new_job: int, flows: Bearer) -> None:
    long_ago = int((datetime.now(UTC) - timedelta(days=8)).timestamp())
    uuid = uuid_of(worked, new_job)
    assert names(flows.get(f"{API}list?job_id={uuid}")) == [uuid]
    assert names(flows.get(f"{API}list?job_id={uuid}&to_timestamp={long_ago}")) == []
    assert names(flows.get(f"{API}list?job_id={uuid}&from_timestamp={long_ago}")) == [uuid]


def test_a_list_takes_every_filter(worked: Worked, new_job: int, flows: Bearer) -> None:
    board, uuid = worked.lab.board, uuid_of(worked, new_job)
    control.edit(board, ENGINEER, new_job, control.JobChanges(priority=7, tags=["only", "here"]))
    control.review(board, ENGINEER, new_job, reviewer="viewer", state=ReviewState.IN_REVIEW)
    fitting = {
        "state": "running, Pending",
        "user": "operator",
        "priority": "7",
        "tags": "nowhere,here",
        "pipeline_ids": f"999,{worked.lab.pipeline_id}",
        "review_state": "IN REVIEW,COMPLETED",
        "job_id": uuid[4:20],
        "job_ids": f"{new_job},nonsense",
        "reviewer": "viewer",
    }
    unfitting = {
        "state": "COMPLETE,CHECKPOINT_FAILED,stopped-at-checkpoint",
        "user": "admin",
        "priority": "5",
        "tags": "nowhere",
        "pipeline_ids": "999",
        "review_state": "none",
        "job_id": "zzz",
        "job_ids": uuid_of(worked, worked.job_id),
        "reviewer": "operator",
    }
    query = "&".join(f"{name}={quote(value)}" for name, value in fitting.items())
    assert names(flows.get(f"{API}list?{query}")) == [uuid]
    for name, value in unfitting.items():
        query = "&".join(f"{key}={quote(each)}" for key, each in {**fitting, name: value}.items())
        assert names(flows.get(f"{API}list?{query}")) == [], name


def test_a_token_of_another_project_sees_nothing(worked: Worked, new_job: int) -> None:
    with worked.lab.board.store.write() as session:
        session.add(other := Project(name=f"Another project {new_job}"))
        session.flush()
    program = spoken(worked, Role.OPERATOR, project_id=other.id)
    assert names(program.get(f"{API}list")) == []
    assert problem(program.get(f"{API}cancel?job_id={new_job}")) == f"There is no job {new_job}."
    assert ok(program.get(f"{API}cancel_all")) == {"status": "OK"}
    assert worked.lab.job(new_job).status is Status.CREATED


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_tags_are_replaced_whatever_the_content_type(
    worked: Worked, new_job: int, flows: Bearer, content_type: str | None
) -> None:
    body = json.dumps({"job_id": uuid_of(worked, new_job), "names": ["tag1", "tag2", "tag3"]})
    answer = flows.post(f"{API}tags", data=body, content_type=content_type)
    assert ok(answer) == {"status": "OK", "updated_tags": ["tag1", "tag2", "tag3"]}
    assert worked.lab.job(new_job).tags == ["tag1", "tag2", "tag3"]


def test_tags_without_names_are_taken_away(worked: Worked, new_job: int, flows: Bearer) -> None:
    flows.post(f"{API}tags", json={"job_id": new_job, "names": ["a"]})
    assert ok(flows.post(f"{API}tags", json={"job_id": new_job})) == {"status": "OK", "updated_tags": []}


def test_tags_may_be_one_text(new_job: int, flows: Bearer) -> None:
    assert ok(flows.post(f"{API}tags", data={"job_id": new_job, "names": "a, b"}))["updated_tags"] == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status", "job_id is missing; add job_id=… to the request."),
        ("status?job_id=", "job_id is missing; add job_id=… to the request."),
        ("status?job_id=nonsense", "There is no job nonsense."),
        ("status?job_id=1&type=refiner", "type is one of flow, job, not 'refiner'."),
        ("get_logs?job_id=1&offset=-1", "offset is a whole number from 0 on, not '-1'."),
        ("list?limit=0", "limit is a whole number from 1 on, not '0'."),
        ("list?limit=-5", "limit is a whole number from 1 on, not '-5'."),
        ("list?offset=1.5", "offset is a whole number from 0 on, not '1.5'."),
        ("list?priority=10", "priority is a whole number from 0 to 9, not '10'."),
        ("list?from_timestamp=a day", "from_timestamp is a Unix timestamp in seconds, 10 digits, not 'a day'."),
        (
            "list?to_timestamp=999999999999",
            "to_timestamp is a Unix timestamp in seconds, 10 digits, not '999999999999'.",
        ),
        ("list?pipeline_ids=a", "pipeline_ids is a list of whole numbers, separated by commas, not 'a'."),
        ("list?tags=" + "a," * 1001, f"tags is a list of at most 1000, not {'a,' * 40!r}."),
        ("list?tags=%00", "tags has a character that cannot be kept; leave it out."),
        ("retry?job_id=1&type=some", "type is one of all, checkpoint_failure, step_failure, not 'some'."),
    ],
)
def test_bad_input_is_one_sentence(flows: Bearer, query: str, sentence: str) -> None:
    assert problem(flows.get(API + query)) == sentence


def test_a_list_may_begin_behind_its_end(flows: Bearer) -> None:
    assert names(flows.get(f"{API}list?limit={2**63 - 1}&offset={2**63 - 1}")) == []


@pytest.mark.parametrize("word", ["state", "review_state"])
def test_an_unknown_word_is_answered_with_those_that_there_are(flows: Bearer, word: str) -> None:
    assert problem(flows.get(f"{API}list?{word}=SLEEPING")).startswith(f"{word} is one of ")


@pytest.mark.parametrize("body", ["{", "[1]", "null", "[" * 100_000, '{"job_id": 1, "names": 5}'])
def test_a_broken_body_changes_nothing(worked: Worked, flows: Bearer, body: str) -> None:
    assert problem(flows.post(f"{API}tags", data=body)).endswith((".", "]}."))
    assert worked.lab.job(worked.job_id).tags == []


def test_a_huge_body_is_refused(flows: Bearer) -> None:
    assert problem(flows.post(f"{API}tags", data=b"x" * 3_000_000))


def test_a_path_needs_no_slash_and_takes_one(worked: Worked, flows: Bearer) -> None:
    paths = [f"{API}status/?job_id={worked.job_id}", f"{API}status?job_id={worked.job_id}"]
    assert [ok(flows.get(path))["state"] for path in paths] == ["DONE", "DONE"]


def test_an_unknown_address_is_told_in_this_dialect(flows: Bearer) -> None:
    answer = flows.get(f"{API}nonsense")
    assert (answer.status_code, answer.json) == (
        404,
        {"status": "ERROR", "msg": "There is nothing at /api/v1/jobs/nonsense."},
    )


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer a.b", "Basic YTpi", ""])
def test_who_has_no_token_is_told_so(worked: Worked, header: str | None) -> None:
    client: FlaskClient = worked.server.test_client()
    for path in ("status", "get_logs", "list", "pause", "cancel_all"):
        assert "token" in problem(client.get(API + path, headers={} if header is None else {"Authorization": header}))


def test_a_cookie_may_look_and_changes_nothing(worked: Worked, new_job: int) -> None:
    client = worked.server.test_client()
    with worked.lab.board.store.read() as session:
        user_id = session.scalars(select(User.id).where(User.name == "operator")).one()
    with client.session_transaction() as kept:
        kept["user_id"] = user_id
    assert ok(client.get(f"{API}status?job_id={new_job}"))["state"] == "PENDING"
    for verb in ("pause", "resume", "cancel", "retry", "pause_all", "resume_all", "cancel_all"):
        assert "no token" in problem(client.get(f"{API}{verb}?job_id={new_job}"))
    assert worked.lab.job(new_job).status is Status.CREATED


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
def test_a_verb_is_a_get_alone(worked: Worked, new_job: int, flows: Bearer, method: str) -> None:
    flows.call(method, f"{API}cancel?job_id={new_job}")
    assert worked.lab.job(new_job).status is Status.CREATED


def test_a_viewer_may_change_nothing(worked: Worked, new_job: int) -> None:
    viewer = spoken(worked, Role.VIEWER)
    assert names(viewer.get(f"{API}list?job_ids={new_job}")) == [uuid_of(worked, new_job)]
    for query in ("cancel", "pause", "resume", "retry", "cancel_all", "pause_all", "resume_all"):
        assert "viewer" in problem(viewer.get(f"{API}{query}?job_id={new_job}"))
    assert "viewer" in problem(viewer.post(f"{API}tags", json={"job_id": new_job}))
    assert worked.lab.job(new_job).status is Status.CREATED
