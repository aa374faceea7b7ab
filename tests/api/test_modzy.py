"""The page of the Modzy job history: its jobs object, its history with every filter, and refusals in its own form."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from engine import control
from engine.pipelines import detector
from engine.requests import JobRequest
from models.captures import Capture, Collection
from models.jobs import Job
from models.people import Role
from models.pipelines import Algorithm, Pipeline
from tests.api.conftest import JOBS, Program, Worked, open_server
from tests.api.shape import differences
from tests.lab import ENGINEER, Lab, draw_captures, open_lab

VERSION = f"{detector.VERSION}.0.0"  # of the embedded pipeline, as Modzy spells it

# The example of the page; the empty ones say no more than their kind.
PAGE = {
    "jobIdentifier": "...",
    "submittedBy": "...",
    "accountIdentifier": "...",
    "model": {},
    "status": "...",
    "createdAt": "...",
    "updatedAt": "...",
    "submittedAt": "...",
    "total": 1,
    "pending": 1,
    "completed": 0,
    "failed": 0,
    "elapsedTime": 12345,
    "queueTime": 12345,
    "timeout": 99999,
    "user": {},
    "jobInputs": [],
    "inputByteAmount": 12345,
    "imageClassificationModel": True,
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
PROBLEM = {"statusCode", "status", "message", "reportErrorUrl"}
HISTORY = "/api/jobs/history"


def asked(program: Program, path: str, **more: Any) -> TestResponse:
    """A request in the spelling of this dialect."""
    return program.call(more.pop("method", "GET"), path, headers={"Authorization": f"ApiKey {program.token}"}, **more)


def picture_url(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def submission(**sources: str) -> dict[str, Any]:
    """The body of a job with a picture for each source."""
    inputs = {source: {"image": content} for source, content in sources.items()}
    return {"model": {"identifier": "embedded", "version": VERSION}, "input": {"type": "embedded", "sources": inputs}}


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("one")
    draw_captures(folder, 1)
    return next(folder.iterdir()).read_bytes()


@pytest.fixture
def submitted(operator: Program, picture: bytes) -> dict[str, Any]:
    """A job that nobody works on."""
    answer = asked(operator, "/api/jobs", method="POST", json=submission(one=picture_url(picture)) | {"explain": True})
    assert answer.status_code == 201
    return dict(answer.json)


@pytest.fixture
def opened(operator: Program) -> str:
    """The address of a job that waits for uploads."""
    body = {"model": {"identifier": "embedded", "version": VERSION}}
    return f"/api/jobs/{asked(operator, '/api/jobs', method='POST', json=body).json['jobIdentifier']}"


def test_a_job_is_shaped_as_the_page_shows_it(worked: Worked, operator: Program) -> None:
    job = asked(operator, f"/api/jobs/{worked.job_id}").json
    lacking = [name for name in PAGE if name not in job]
    ours = {name: {} if name in ("model", "user") else job[name] for name in PAGE}
    assert lacking == []
    assert differences(PAGE, ours) == []
    assert all(MOMENT.fullmatch(job[name]) for name in ("createdAt", "updatedAt", "submittedAt"))


def test_counts_times_and_weight_are_those_of_the_engine(worked: Worked, operator: Program) -> None:
    job, ours = asked(operator, f"/api/jobs/{worked.job_id}").json, worked.lab.job(worked.job_id)
    with worked.lab.board.store.read() as session:
        weight = session.scalars(select(func.sum(Capture.size_bytes)).where(Capture.id <= 6)).one()
    assert [job["total"], job["completed"], job["failed"], job["pending"]] == [6, 5, 1, 0]
    assert [job["queueTime"], job["elapsedTime"]] == [ours.queue_ms, ours.elapsed_ms]
    assert [job["inputByteAmount"], len(job["jobInputs"])] == [weight, 6]
    assert [job["status"], job["model"]["name"]] == ["COMPLETED", "Embedded detector"]


def test_results_and_failures_go_by_the_names_of_the_inputs(worked: Worked, operator: Program) -> None:
    results = asked(operator, f"/api/results/{worked.job_id}").json
    assert results["finished"]
    assert [len(results["results"]), len(results["failures"])] == [5, 1]
    assert "cut short" in next(iter(results["failures"].values()))["error"]


def test_a_job_is_submitted_by_a_key_and_keeps_what_it_was_asked(operator: Program, submitted: dict[str, Any]) -> None:
    job = asked(operator, f"/api/jobs/{submitted['jobIdentifier']}").json
    assert job["submittedBy"] == operator.token.partition(".")[0]
    assert [job["user"]["identifier"], job["accountIdentifier"]] == ["operator", "Test project"]
    assert [job["status"], job["total"], job["pending"], job["explain"]] == ["SUBMITTED", 1, 1, True]
    assert [each["identifier"] for each in job["jobInputs"]] == ["one"]


def test_a_timeout_is_kept_and_is_none_at_0(operator: Program, worked: Worked) -> None:
    for given, kept in ((86_400_000, 86_400_000), (0, None)):
        body = {"model": {"identifier": "embedded"}, "timeout": given}
        job = asked(operator, "/api/jobs", method="POST", json=body).json
        assert job["timeout"] == given
        with worked.lab.board.store.read() as session:
            kept_ms = select(Job.timeout_ms).where(Job.uuid == job["jobIdentifier"])
            assert session.scalars(kept_ms).one() == kept


def test_a_model_that_classifies_links_small_samples_of_its_inputs(night: Lab) -> None:
    with night.board.store.write() as session:
        pipeline = session.get_one(Pipeline, night.pipeline_id)
        pipeline.algorithms.append(Algorithm(key="moths", name="Moths", task_type="classification"))
    program = Worked(night, 1, open_server(night)).program(Role.OPERATOR)
    body = {"model": {"identifier": "embedded"}, "input": {"type": "text", "sources": {"one": {"image": "1"}}}}
    job = asked(program, "/api/jobs", method="POST", json=body).json
    (sample,) = job["jobInputs"][0]["samples"]
    picture = asked(program, sample.removeprefix("http://localhost"))
    assert job["imageClassificationModel"]
    assert [picture.status_code, picture.mimetype] == [200, "image/jpeg"]


def test_cancelling_answers_the_job(operator: Program, submitted: dict[str, Any]) -> None:
    path = f"/api/jobs/{submitted['jobIdentifier']}"
    assert asked(operator, path, method="DELETE").json["status"] == "CANCELED"
    again = asked(operator, path, method="DELETE")
    assert [again.status_code, set(again.json)] == [409, PROBLEM]


@pytest.mark.parametrize("chunks", [1, 3])
def test_an_upload_comes_in_pieces_and_is_whole_when_it_is_closed(
    worked: Worked, operator: Program, opened: str, picture: bytes, chunks: int
) -> None:
    assert asked(operator, opened).json["status"] == "OPEN"
    for piece in np.array_split(np.frombuffer(picture, np.uint8), chunks):
        data = {"input": (BytesIO(piece.tobytes()), "image")}
        assert asked(operator, f"{opened}/night/image", method="POST", data=data).status_code == 200
    closed = asked(operator, f"{opened}/close", method="POST").json
    assert [closed["status"], closed["inputByteAmount"], closed["totalInputs"]] == ["SUBMITTED", len(picture), 1]
    files = list((worked.lab.home / "uploads" / closed["jobIdentifier"]).glob("*.jpg"))
    assert [file.read_bytes() for file in files] == [picture]


@pytest.mark.parametrize("kind", [None, "application/octet-stream", "image/jpeg", "application/x-www-form-urlencoded"])
def test_an_upload_may_be_the_bare_body_whatever_it_is_called(
    operator: Program, opened: str, picture: bytes, kind: str | None
) -> None:
    answer = asked(operator, f"{opened}/night/image", method="POST", data=picture, content_type=kind)
    assert [answer.status_code, answer.json.get("inputByteAmount")] == [200, len(picture)]


def test_an_open_job_weighs_what_was_sent_so_far(operator: Program, opened: str, picture: bytes) -> None:
    for name, sent in (("one", picture), ("two", picture[:1000])):
        asked(operator, f"{opened}/{name}/image", method="POST", data=sent)
    listed = asked(operator, f"{HISTORY}?per-page=1&status=open&direction=desc").json
    weights = [job["inputByteAmount"] for job in (asked(operator, opened).json, *listed)]
    assert weights == [len(picture) + 1000] * 2


def test_null_in_a_submission_counts_as_not_given(operator: Program) -> None:
    body = {"model": {"identifier": "embedded", "version": None}, "explain": None, "input": None, "timeout": None}
    job = asked(operator, "/api/jobs", method="POST", json=body | {"accountIdentifier": None}).json
    assert [job["status"], job["explain"], job["timeout"]] == ["OPEN", False, 0]


def test_an_open_job_without_inputs_cannot_be_closed(operator: Program, opened: str) -> None:
    answer = asked(operator, f"{opened}/close", method="POST")
    assert [answer.status_code, asked(operator, opened).json["status"]] == [400, "OPEN"]


def test_a_closed_job_takes_no_more_inputs(operator: Program, submitted: dict[str, Any], picture: bytes) -> None:
    path = f"/api/jobs/{submitted['jobIdentifier']}/late/image"
    assert asked(operator, path, method="POST", data=picture).status_code == 409


def test_a_job_over_a_collection_of_somebody_takes_no_inputs(
    worked: Worked, operator: Program, collection: int, picture: bytes
) -> None:
    request = JobRequest(
        **worked.request(deployment_id=None, collection_id=collection, arguments={"inputs": {}}) | {"shuffle": False}
    )
    job = control.submit(worked.lab.board, ENGINEER, request, start_now=False)
    assert asked(operator, f"/api/jobs/{job.job_id}/a/image", method="POST", data=picture).status_code == 409


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with a history on either database: twelve jobs a minute apart, in every state, by two keys."""
    database = request.getfixturevalue("postgres").create("past") if request.param == "postgresql" else None
    with open_lab(tmp_path_factory.mktemp("past") / "home", database) as lab:
        for number in range(12):
            lab.submit(start_now=False, name=f"job {number}")
        now = datetime.now(UTC)
        states = ["CREATED", "PENDING", "STARTED", "PAUSED", "CHECKPOINT", "CANCELING", "REVOKED"]
        states += ["SUCCESS", "FAILURE", "TIMEDOUT", "SUCCESS", "SUCCESS"]
        with lab.board.store.write() as session:
            for job, state in zip(session.scalars(select(Job).order_by(Job.id)).all(), states, strict=True):
                job.token_prefix = f"key{(job.id - 1) % 2}"
                job.status, job.created_at = state, now - timedelta(minutes=60 - job.id)
                job.submitted_at = None if state == "CREATED" else job.created_at
                job.total, job.processed = job.id, job.id // 2
        yield lab


@pytest.fixture(scope="module")
def reader(past: Lab) -> Program:
    return Worked(past, 1, open_server(past)).program(Role.VIEWER)


def numbers(answer: TestResponse) -> list[int]:
    """Which jobs an answer has, by their number of inputs."""
    assert answer.status_code == 200, answer.json
    return [job["total"] for job in answer.json]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", list(range(1, 11))),
        ("?page=2", [11, 12]),
        ("?page=3", []),
        ("?per-page=5&page=2", [6, 7, 8, 9, 10]),
        ("?per-page=1000&direction=desc", list(range(12, 0, -1))),
        ("?status=pending", [1, 2, 3, 4, 5, 6]),
        ("?status=TERMINATED", [7, 8, 9, 11, 12]),
        ("?status=timedout", [10]),
        ("?status=in%20progress", [3, 4, 5, 6]),
        ("?status=InProgress", [3, 4, 5, 6]),
        ("?status=timed-out,OPEN", [1, 10]),
        ("?status=open,error", [1, 9]),
        ("?status=open;error", []),
        ("?accessKey=KEY1&per-page=100", [2, 4, 6, 8, 10, 12]),
        ("?accessKey=ey;1&per-page=3", [2, 4, 6]),
        ("?model=detector&per-page=2", [1, 2]),
        (f"?model={detector.VERSION}&per-page=2", [1, 2]),
        (f"?model={VERSION}&per-page=2", [1, 2]),
        (f"?model=v{detector.VERSION}&per-page=2", [1, 2]),
        (f"?model=1{VERSION}", []),
        ("?model=nothing", []),
        ("?model=nothing,embed&per-page=1", [1]),
        ("?model=nothing;embed", []),
        ("?user=somebody", []),
        ("?sort-by=total&direction=DESC&per-page=3", [12, 11, 10]),
        ("?sort-by=completed&direction=desc&per-page=3", [12, 11, 10]),
        ("?sort-by=status&per-page=4", [7, 8, 11, 12]),
        ("?sort-by=submittedAt&per-page=2", [1, 2]),
        ("?startDate=2020-01-01&endDate=2020-02-01T00:00:00.000+0000", []),
        ("?startDate=2020-01-01T00:00:00.000 0000&per-page=2", [1, 2]),
        ("?startDate=undefined&user=&page=1&per-page=1", [1]),
    ],
)
def test_the_history_is_filtered_sorted_and_paged(reader: Program, query: str, found: list[int]) -> None:
    assert numbers(asked(reader, HISTORY + query)) == found


def test_what_a_history_shows_is_found_by_it(worked: Worked, operator: Program) -> None:
    body = worked.request(name="of no pipeline", delay=1, job_type_key="delay")
    body = {name: value for name, value in body.items() if name not in ("pipeline_id", "deployment_id")}
    job = operator.post(JOBS, json=body).json
    with worked.lab.board.store.write() as session:
        session.execute(update(Job).where(Job.id == job["id"]).values(owner_id=None, token_prefix=None))
    every = {each["jobIdentifier"]: each for each in asked(operator, f"{HISTORY}?per-page=100").json}
    shown = every[job["uuid"]]
    name, user, key = shown["model"]["name"], shown["user"]["identifier"], shown["submittedBy"]
    for query in (f"model={quote(name)}", f"model={shown['model']['identifier']}", f"user={user}", f"accessKey={key}"):
        found = asked(operator, f"{HISTORY}?per-page=100&{query}").json
        assert job["uuid"] in [each["jobIdentifier"] for each in found], query
    assert asked(operator, f"{HISTORY}?user=nobody%20of%20that%20name").json == []


def test_every_state_has_the_word_of_this_dialect(reader: Program) -> None:
    jobs = asked(reader, f"{HISTORY}?per-page=10").json
    running = ["IN_PROGRESS"] * 4
    ended = ["CANCELED", "COMPLETED", "ERROR", "TIMEDOUT"]
    assert [job["status"] for job in jobs] == ["OPEN", "SUBMITTED", *running, *ended]
    assert [job["submittedAt"] is None for job in jobs] == [True, *[False] * 9]
    assert all(differences(PAGE, {name: job[name] for name in PAGE} | {"model": {}, "user": {}}) == [] for job in jobs)


@pytest.mark.parametrize(
    "key",
    [
        "identifier",
        "submittedBy",
        "submittedJobs",
        "status",
        "createdAt",
        "updatedAt",
        "submittedAt",
        "total",
        "completed",
        "fail",
        "model",
        "MODEL",
        "createdAt,status",
    ],
)
def test_a_history_has_every_job_once_whatever_it_is_sorted_by(reader: Program, key: str) -> None:
    up = numbers(asked(reader, f"{HISTORY}?per-page=100&sort-by={key}"))
    down = [
        number
        for page in (1, 2, 3)
        for number in numbers(asked(reader, f"{HISTORY}?per-page=5&page={page}&sort-by={key}&direction=desc"))
    ]
    assert [sorted(up), down] == [list(range(1, 13)), up[::-1]]


def test_a_window_of_time_is_by_submission(reader: Program, past: Lab) -> None:
    at = past.job(4).submitted_at
    window = {"startDate": (at - timedelta(seconds=90)).isoformat(), "endDate": at.isoformat()}
    assert numbers(asked(reader, HISTORY, query_string=window)) == [3, 4]


def test_the_next_window_is_linked_while_there_is_one(reader: Program) -> None:
    first = asked(reader, f"{HISTORY}?per-page=6&status=all")
    link = re.fullmatch(r'<http://localhost(/api/jobs/history\?.+)>; rel="next"', first.headers["Link"])
    last = asked(reader, link[1])
    assert numbers(last) == list(range(7, 13))
    assert "Link" not in last.headers


@pytest.mark.parametrize(
    "query",
    [
        "?endDate=2021-01-01",
        "?startDate=2199-01-01",
        "?startDate=yesterday",
        "?startDate=2021-02-01&endDate=2021-01-01",
        "?status=bogus",
        "?sort-by=colour",
        "?direction=sideways",
        "?page=0",
        "?page=-1",
        "?page=two",
        "?per-page=-5",
        "?per-page=1.5",
    ],
)
def test_a_wrong_parameter_is_a_400_in_one_sentence(reader: Program, query: str) -> None:
    answer = asked(reader, HISTORY + query)
    assert [answer.status_code, set(answer.json), answer.json["statusCode"]] == [400, PROBLEM, 400]
    assert answer.json["message"].endswith(".")


BAD = {
    "no model": {},
    "a model of a wrong type": {"model": []},
    "an unknown model": {"model": {"identifier": "none", "version": VERSION}},
    "an unknown version": {"model": {"identifier": "embedded", "version": "77"}},
    "a negative timeout": {"model": {"identifier": "embedded"}, "timeout": -1},
    "an unknown kind of input": {"model": {"identifier": "embedded"}, "input": {"type": "aws-s3", "sources": {}}},
    "no sources": {"model": {"identifier": "embedded"}, "input": {"type": "text", "sources": {}}},
    "sources of a wrong type": {"model": {"identifier": "embedded"}, "input": {"type": "text", "sources": [1]}},
    "an input that is no picture": submission(one=base64.b64encode(b"hello, this is no picture").decode()),
    "an input that is not base64": submission(one="data:image/jpeg;base64,???"),
    "an empty input": submission(one="data:image/jpeg;base64,"),
    "a name that climbs out": submission(**{"../../etc": picture_url(b"\xff\xd8\xff\xe0 and more of it")}),
    "a private address": {
        "model": {"identifier": "embedded"},
        "input": {"type": "text", "sources": {"one": {"image": "http://127.0.0.1:9/moth.jpg"}}},
    },
    "the address of this machine's cloud": {
        "model": {"identifier": "embedded"},
        "input": {"type": "text", "sources": {"one": {"image": "http://169.254.169.254/latest"}}},
    },
}


def everything(lab: Lab) -> list[int]:
    """How many jobs, captures and collections there are."""
    with lab.board.store.read() as session:
        return [session.scalars(select(func.count()).select_from(table)).one() for table in (Job, Capture, Collection)]


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_submission_is_refused_with_nothing_changed(worked: Worked, operator: Program, body: Any) -> None:
    before = everything(worked.lab)
    answer = asked(operator, "/api/jobs", method="POST", json=body)
    assert answer.status_code in (400, 404)
    assert set(answer.json) == PROBLEM
    assert everything(worked.lab) == before
    assert not list((worked.lab.home / "uploads").glob("staged-*"))


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"model": NaN}', b"\xff\xfe", b'{"model": "\\u0000"}'])
def test_broken_json_is_a_400(operator: Program, body: bytes) -> None:
    answer = asked(operator, "/api/jobs", method="POST", data=body, content_type="application/json")
    assert [answer.status_code, set(answer.json)] == [400, PROBLEM]


def test_a_body_of_50_mb_is_a_413(worked: Worked, operator: Program, opened: str) -> None:
    body = bytes(50_000_000)
    for path in ("/api/jobs", f"{opened}/big/image"):
        answer = asked(operator, path, method="POST", data=body)
        assert [answer.status_code, set(answer.json)] == [413, PROBLEM]
    assert asked(operator, opened).json["total"] == 0


@pytest.mark.parametrize("name", ["..", "..%2F..%2Fetc", "%0A", "a" * 300])
def test_an_upload_by_a_wrong_name_is_refused(operator: Program, opened: str, picture: bytes, name: str) -> None:
    answer = asked(operator, f"{opened}/{name}/image", method="POST", data=picture)
    assert answer.status_code in (400, 404)
    assert set(answer.json) == PROBLEM
    assert asked(operator, opened).json["total"] == 0


def test_an_upload_that_is_no_picture_leaves_the_job_as_it_was(operator: Program, opened: str) -> None:
    answer = asked(operator, f"{opened}/one/image", method="POST", data=b"hello, this is no picture")
    assert [answer.status_code, set(answer.json)] == [400, PROBLEM]
    assert asked(operator, opened).json["jobInputs"] == []


@pytest.mark.parametrize("path", ["/api/jobs/999999", "/api/results/no-such-job", "/api/models/none", "/api/jobs/1/x"])
def test_what_there_is_not_is_a_404_of_this_dialect(operator: Program, path: str) -> None:
    answer = asked(operator, path)
    assert [answer.status_code, answer.json["status"]] == [404, "NOT_FOUND"]


def test_a_job_of_another_project_is_not_there(worked: Worked, other_project: int) -> None:
    outsider = worked.program(Role.OPERATOR, other_project)
    for path in (f"/api/jobs/{worked.job_id}", f"/api/results/{worked.job_id}"):
        assert asked(outsider, path).status_code == 404
    assert asked(outsider, HISTORY).json == []


def test_a_viewer_reads_and_changes_nothing(worked: Worked, viewer: Program, picture: bytes) -> None:
    before = everything(worked.lab)
    body = submission(one=picture_url(picture))
    assert asked(viewer, HISTORY).status_code == 200
    for method, path in (("POST", "/api/jobs"), ("DELETE", f"/api/jobs/{worked.job_id}")):
        answer = asked(viewer, path, method=method, json=body)
        assert [answer.status_code, set(answer.json)] == [403, PROBLEM]
    assert everything(worked.lab) == before


def test_nobody_is_told_so(worked: Worked) -> None:
    answer = worked.server.test_client().get(HISTORY, headers={"Authorization": "ApiKey no.body"})
    assert [answer.status_code, set(answer.json)] == [401, PROBLEM]


def test_methods_are_told(operator: Program) -> None:
    answer = asked(operator, "/api/jobs/features", method="PUT")
    assert [answer.status_code, answer.headers["Allow"]] == [405, "GET, HEAD, OPTIONS"]


@pytest.mark.parametrize("path", ["/api/jobs/features", "/api/models", f"/api/models/embedded/versions/{VERSION}"])
def test_addresses_have_their_slash_or_not(operator: Program, path: str) -> None:
    assert asked(operator, path).json == asked(operator, f"{path}/").json


def test_the_constructor_of_a_client_finds_what_it_asks_for(operator: Program) -> None:
    assert asked(operator, "/api/models").json[0]["modelId"] == "embedded"
    machine = asked(operator, "/api/models/requirements/account").json[0]
    assert [machine["status"], machine["cpuAmount"][-1], machine["memoryAmount"][-2:]] == ["ACTIVE", "m", "Gi"]
