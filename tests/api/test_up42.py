"""The page of the UP42 job operations: each of its requests, answered in its form, and refusals in that form too."""

import re
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from engine.passwords import add_user
from models.jobs import Job
from models.people import Role
from models.states import Status
from tests.api.conftest import Program, Worked

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
JOB = [
    "id",
    "displayId",
    "name",
    "mode",
    "status",
    "createdAt",
    "startedAt",
    "finishedAt",
    "workflowId",
    "workflowName",
]
TASK = ["id", "name", "status", "startedAt", "finishedAt", "block", "blockVersion"]


def asked(program: Program, path: str, method: str = "GET", **more: Any) -> TestResponse:
    """A request in the spelling of this dialect."""
    return program.call(method, path, headers={"Authorization": f"Bearer {program.token}"}, **more)


def fault_of(answer: TestResponse) -> dict[str, Any]:
    """The error of a refusal, which has the form of every refusal."""
    assert set(answer.json) == {"data", "error"}
    assert answer.json["data"] is None
    assert set(answer.json["error"]) == {"code", "message", "details"}
    assert answer.json["error"]["code"] == answer.status_code
    return dict(answer.json["error"])


@pytest.fixture
def project(worked: Worked) -> str:
    """The address of the project."""
    return f"/projects/{worked.lab.project_id}"


@pytest.fixture
def workflow(worked: Worked, project: str) -> str:
    return f"{project}/workflows/{worked.lab.pipeline_id}"


@pytest.fixture
def job(operator: Program, workflow: str, worked: Worked) -> dict[str, Any]:
    """A job that nobody works on."""
    inputs = {"collect:1": {"deployment_id": worked.lab.station_id, "limit": 2}}
    answer = asked(operator, f"{workflow}/jobs?name=My+job", "POST", json=inputs)
    assert answer.status_code == 200
    return dict(answer.json["data"])


def credentials(worked: Worked, role: Role = Role.OPERATOR, project_id: int | None = None) -> tuple[str, str]:
    prefix, _, secret = worked.program(role, project_id).token.partition(".")
    return prefix, secret


def test_an_id_and_its_key_get_a_token_that_works(worked: Worked, project: str) -> None:
    client = worked.server.test_client()
    answer = client.post("/oauth/token", auth=credentials(worked), data={"grant_type": "client_credentials"})
    token = answer.json["access_token"]
    assert answer.json == {"data": {"accessToken": token}, "access_token": token, "token_type": "bearer"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(project, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_name_and_a_password_do_too(worked: Worked) -> None:
    name, key = credentials(worked)
    fields = {"grant_type": "password", "username": name, "password": key}
    assert worked.server.test_client().post("/oauth/token", data=fields).json["token_type"] == "bearer"


def test_a_person_gets_a_token_for_a_password(worked: Worked, project: str) -> None:
    add_user(worked.lab.board.store, "una", Role.VIEWER, "a moth in the night")
    client = worked.server.test_client()
    fields = {"grant_type": "password", "username": "una", "password": "a moth in the night"}
    token = client.post("/oauth/token", data=fields).json["access_token"]
    assert client.get(project, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.post("/oauth/token", data=fields | {"password": "a moth in the day"}).status_code == 401


def test_a_project_and_a_whole_token_do_too(worked: Worked) -> None:
    whole = worked.program(Role.OPERATOR, worked.lab.project_id).token
    client = worked.server.test_client()
    assert client.post("/oauth/token", auth=(str(worked.lab.project_id), whole)).status_code == 200
    assert client.post("/oauth/token", auth=(str(worked.lab.project_id + 1), whole)).status_code == 401


@pytest.mark.parametrize("wrong", [("nobody", "nothing"), ("", ""), ("a.b", "c.d"), ("\x00", "\ud7ff")])
def test_wrong_credentials_are_a_401(worked: Worked, wrong: tuple[str, str]) -> None:
    fault_of(answer := worked.server.test_client().post("/oauth/token", auth=wrong))
    assert answer.status_code == 401


def test_they_may_come_as_json_and_the_grant_in_capitals(worked: Worked) -> None:
    name, key = credentials(worked)
    fields = {"grant_type": "CLIENT_CREDENTIALS", "client_id": name, "client_secret": key}
    assert worked.server.test_client().post("/oauth/token", json=fields).json["access_token"] == f"{name}.{key}"


@pytest.mark.parametrize("body", [[], {"client_id": 1, "client_secret": None}])
def test_json_that_names_nobody_is_a_401(worked: Worked, body: Any) -> None:
    assert fault_of(worked.server.test_client().post("/oauth/token", json=body))["code"] == 401


def test_an_unknown_grant_is_a_400(worked: Worked) -> None:
    answer = worked.server.test_client().post("/oauth/token", data={"grant_type": "magic"})
    assert fault_of(answer)["code"] == 400


def test_me_and_my_project_are_told(operator: Program, project: str) -> None:
    assert isinstance(asked(operator, "/users/me").json["data"]["id"], str)
    told = asked(operator, project).json["data"]
    assert {"name", "description", "createdAt", "workspaceId"} <= set(told)
    assert told["name"] == "Test project"


def test_the_prefix_of_a_token_names_its_project(worked: Worked) -> None:
    program = worked.program(Role.VIEWER, worked.lab.project_id)
    told = asked(program, f"/projects/{program.token.partition('.')[0]}").json["data"]
    assert told["name"] == "Test project"


def test_all_jobs_are_shown_with_their_ids_and_statuses(worked: Worked, operator: Program, project: str) -> None:
    for path in (f"{project}/jobs/", f"{project}/jobs"):
        jobs = asked(operator, path).json["data"]
        night = next(each for each in jobs if each["id"] == worked.lab.job(worked.job_id).uuid)
        assert [name for name in JOB if name not in night] == []
        assert [night["name"], night["status"], night["mode"]] == ["The whole night", "SUCCEEDED", "DEFAULT"]


def test_one_job_is_shown_with_its_times_and_inputs(worked: Worked, operator: Program, project: str) -> None:
    job = asked(operator, f"{project}/jobs/{worked.lab.job(worked.job_id).uuid}").json["data"]
    assert all(MOMENT.fullmatch(job[name]) for name in ("createdAt", "startedAt", "finishedAt"))
    assert [job["workflowId"], job["workflowName"]] == [str(worked.lab.pipeline_id), "Embedded detector"]
    assert job["inputs"]["collect:1"] == {"deployment_id": worked.lab.station_id}


def test_the_tasks_of_a_job_are_its_stages(worked: Worked, operator: Program, project: str) -> None:
    tasks = asked(operator, f"{project}/jobs/{worked.job_id}/tasks").json["data"]
    assert [name for task in tasks for name in TASK if name not in task] == []
    assert [task["block"]["name"] for task in tasks] == ["collect", "process", "results"]
    assert len({task["id"] for task in tasks}) == 3


def test_the_log_of_a_task_is_plain_text(worked: Worked, operator: Program, project: str) -> None:
    tasks = asked(operator, f"{project}/jobs/{worked.job_id}/tasks").json["data"]
    answers = [asked(operator, f"{project}/jobs/{worked.job_id}/tasks/{task['id']}/logs") for task in tasks]
    assert {answer.mimetype for answer in answers} == {"text/plain"}
    assert sum(answer.text.count("\n") for answer in answers) == worked.lab.job(worked.job_id).log_seq
    assert "cut short" in answers[1].text


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.CREATED, "NOT_STARTED"),
        (Status.PENDING, "PENDING"),
        (Status.STARTED, "RUNNING"),
        (Status.PAUSED, "PENDING"),
        (Status.CHECKPOINT, "RUNNING"),
        (Status.CANCELING, "CANCELLING"),
        (Status.REVOKED, "CANCELLED"),
        (Status.SUCCESS, "SUCCEEDED"),
        (Status.FAILURE, "FAILED"),
        (Status.TIMEDOUT, "FAILED"),
    ],
)
def test_each_state_has_its_word(
    worked: Worked, operator: Program, project: str, job: dict[str, Any], status: Status, word: str
) -> None:
    with worked.lab.board.store.write() as session:
        session.execute(update(Job).where(Job.uuid == job["id"]).values(status=status))
    assert asked(operator, f"{project}/jobs/{job['id']}").json["data"]["status"] == word
    listed = asked(operator, f"{project}/jobs").json["data"]
    assert [each["status"] for each in listed if each["id"] == job["id"]] == [word]


def test_a_job_is_renamed(operator: Program, workflow: str, project: str, job: dict[str, Any]) -> None:
    renamed = asked(operator, f"{workflow}/jobs/{job['id']}", "PUT", json={"name": "My recently renamed job"})
    assert [renamed.status_code, renamed.json["data"]["name"]] == [200, "My recently renamed job"]
    assert asked(operator, f"{project}/jobs/{job['id']}").json["data"]["name"] == "My recently renamed job"


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "  "}, {"name": 5}, {"name": None}, [], {"name": "x" * 300}]
)
def test_a_job_without_a_new_name_keeps_its_own(
    operator: Program, workflow: str, project: str, job: dict[str, Any], body: Any
) -> None:
    answer = asked(operator, f"{workflow}/jobs/{job['id']}", "PUT", json=body)
    assert fault_of(answer)["code"] == 400
    assert asked(operator, f"{project}/jobs/{job['id']}").json["data"]["name"] == "My job"


@pytest.mark.parametrize(("query", "name"), [("?name=Rerun+my+job", "Rerun my job"), ("", "Rerun My job")])
def test_a_rerun_is_a_new_job_with_the_same_inputs(
    operator: Program, workflow: str, job: dict[str, Any], query: str, name: str
) -> None:
    answer = asked(operator, f"{workflow}/jobs/{job['id']}{query}", "POST")
    again = answer.json["data"]
    assert [answer.status_code, again["name"], again["inputs"]] == [200, name, job["inputs"]]
    assert again["id"] != job["id"]


def test_cancelling_says_nothing_and_does_it(operator: Program, project: str, job: dict[str, Any]) -> None:
    answer = asked(operator, f"{project}/jobs/{job['id']}/cancel", "POST")
    assert [answer.status_code, answer.data] == [204, b""]
    assert asked(operator, f"{project}/jobs/{job['id']}").json["data"]["status"] == "CANCELLED"
    assert fault_of(asked(operator, f"{project}/jobs/{job['id']}/cancel", "POST"))["code"] == 409


@pytest.mark.parametrize("mode", ["DRY_RUN", "dry_run", "Dry run"])
def test_a_test_query_is_a_dry_run(worked: Worked, operator: Program, workflow: str, mode: str) -> None:
    answer = asked(operator, f"{workflow}/jobs?name=test", "POST", json={"config": {"mode": mode}})
    assert answer.json["data"]["mode"] == "DRY_RUN"
    with worked.lab.board.store.read():
        assert worked.lab.job(worked.job_id).status is Status.SUCCESS


def test_a_workflow_without_inputs_works_over_the_station_of_the_latest_night(
    worked: Worked, operator: Program, workflow: str
) -> None:
    answer = asked(operator, f"{workflow}/jobs", "POST")
    job = answer.json["data"]
    assert job["inputs"] == {"collect:1": {"deployment_id": worked.lab.station_id}}
    assert job["name"] == "Embedded detector"


@pytest.mark.parametrize(
    "inputs",
    [
        {"deployment_id": 999},
        {"deployment_id": "one"},
        {"deployment_id": -1},
        {"a": {"limit": 0}},
        {"a": {"time": "2026-01-01/2026-02-01"}},
        {"config": {"mode": "MAYBE"}},
        {"config": 5},
        [],
        {"deployment_id": 1, "collection_id": 1, "capture_id": 1},
    ],
)
def test_wrong_inputs_are_a_400_and_no_job(operator: Program, workflow: str, project: str, inputs: Any) -> None:
    before = asked(operator, f"{project}/jobs").json
    assert fault_of(asked(operator, f"{workflow}/jobs", "POST", json=inputs))["code"] == 400
    assert asked(operator, f"{project}/jobs").json == before


@pytest.mark.parametrize("field", ["createdAt", "name", "id", "mode", "status", "startedAt", "finishedAt"])
def test_jobs_are_sorted_by_each_field_and_paged_from_0(operator: Program, project: str, field: str) -> None:
    ids: dict[str, list[str]] = {}
    for direction in ("asc", "desc"):
        path = f"{project}/jobs?sort={field},{direction}&size=1000"
        ids[direction] = [each["id"] for each in asked(operator, path).json["data"]]
    assert ids["asc"] == ids["desc"][::-1]
    window = asked(operator, f"{project}/jobs?sort={field},asc&size=1&page=0").json["data"]
    assert [each["id"] for each in window] == ids["asc"][:1]
    assert asked(operator, f"{project}/jobs?page=1000&sort={field},asc").json["data"] == []


@pytest.mark.parametrize("query", ["page=-1", "page=x", "size=0", "sort=colour,asc", "sort=name,up"])
def test_a_wrong_window_is_a_400(operator: Program, project: str, query: str) -> None:
    assert fault_of(asked(operator, f"{project}/jobs?{query}"))["code"] == 400


def test_a_link_to_results_needs_no_token_and_cannot_be_forged(worked: Worked, operator: Program, project: str) -> None:
    path = f"{project}/jobs/{worked.job_id}/downloads/results/"
    url = asked(operator, path).json["data"]["url"].removeprefix("http://localhost")
    client = worked.server.test_client()
    assert client.get(url).data.startswith(b"\x1f\x8b")
    assert fault_of(client.get(url.replace("/results.tgz", "x/results.tgz")))["code"] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/projects/999",
        "/projects/none/jobs",
        "/projects/1/jobs/none",
        "/projects/1/jobs/1/tasks/none/logs",
        "/projects/1/jobs/%00",
        "/projects/1/nothing",
        "/users/nobody",
        "/oauth/nothing",
    ],
)
def test_what_there_is_not_is_a_404_of_this_dialect(operator: Program, path: str) -> None:
    assert fault_of(asked(operator, path))["code"] == 404


def test_a_job_is_found_in_its_project_and_workflow_alone(
    worked: Worked, operator: Program, project: str, other_project: int, job: dict[str, Any]
) -> None:
    elsewhere = f"/projects/{other_project}"
    outsider = worked.program(Role.OPERATOR, other_project)
    for program, path in ((operator, elsewhere), (outsider, elsewhere), (outsider, project)):
        assert fault_of(asked(program, f"{path}/jobs/{job['id']}"))["code"] == 404
    assert fault_of(asked(operator, f"{project}/workflows/77/jobs/{job['id']}", "POST"))["code"] == 404


def test_a_viewer_reads_and_changes_nothing(viewer: Program, project: str, workflow: str, job: dict[str, Any]) -> None:
    verbs = [
        ("PUT", f"{workflow}/jobs/{job['id']}"),
        ("POST", f"{workflow}/jobs/{job['id']}"),
        ("POST", f"{workflow}/jobs"),
        ("POST", f"{project}/jobs/{job['id']}/cancel"),
    ]
    for method, path in verbs:
        assert fault_of(asked(viewer, path, method, json={"name": "mine"}))["code"] == 403
    assert asked(viewer, f"{project}/jobs/{job['id']}").json["data"]["name"] == "My job"


def test_broken_json_and_large_bodies_are_refused(operator: Program, workflow: str) -> None:
    assert fault_of(asked(operator, f"{workflow}/jobs", "POST", data=b"{"))["code"] == 400
    assert fault_of(asked(operator, f"{workflow}/jobs", "POST", data=bytes(50_000_000)))["code"] == 413


def test_nobody_is_told_so(worked: Worked, project: str) -> None:
    assert fault_of(worked.server.test_client().get(project))["code"] == 401
