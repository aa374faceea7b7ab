"""A pull worker, written as its protocol says: it takes tasks, fetches pictures, and sends what it found."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from engine import access, claims, control
from engine.jobtypes import ml
from engine.jobtypes.base import Task
from engine.landing import land_step
from models.base import now
from models.jobs import Item, Job
from models.people import Role
from models.results import Detection, Result
from models.states import FINAL, ItemState, Status
from tests.api.conftest import JOBS, Program, Worked, open_server
from tests.lab import ENGINEER, Lab, draw_captures, open_lab, wait_for

COUNT = 8


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """A lab with a night of captures, and nobody at work."""
    home = tmp_path_factory.mktemp("pull")
    with open_lab(home / "home") as lab:
        draw_captures(home / "captures", COUNT)
        lab.take_in(home / "captures")
        yield Worked(lab, 0, open_server(lab))


@pytest.fixture
def job_id(pulled: Worked) -> Iterator[int]:
    """A job whose captures are collected and wait; what is left of it no worker of another test has to do."""
    job_id = pulled.lab.submit(name="Shared", shuffle=False, reprocess=True)
    collect(pulled.lab, job_id)
    yield job_id
    if pulled.lab.job(job_id).status not in FINAL:
        control.cancel(pulled.lab.board, ENGINEER, job_id)
        claims.release(pulled.lab.board.store)


@pytest.fixture
def puller(pulled: Worked) -> Program:
    return pulled.program(Role.OPERATOR)


def collect(lab: Lab, job_id: int) -> None:
    """Do the first stage, as a worker here would."""
    claim = claims.take(lab.board.store, "collector", only=job_id)
    assert claim is not None
    (step,) = ml.collect(Task(lab.board.store, lab.job(job_id), {}, None))  # type: ignore[arg-type]
    land_step(lab.board.store, claim, step, stop=False)


def take(by: Program, job_id: int, batch_size: int) -> list[dict[str, str]]:
    answer = by.post(f"{JOBS}{job_id}/tasks/", json={"batch_size": batch_size})
    assert answer.status_code == 200, answer.json
    return list(answer.json["tasks"])


def found_on(task: dict[str, str]) -> dict[str, Any]:
    """What a model would say of this task's picture."""
    box = {
        "source_image_id": task["image_id"],
        "bbox": {"x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0},
        "algorithm": {"name": "Puller", "key": "puller"},
        "timestamp": "2026-07-02T00:00:00",
        "classifications": [],
    }
    return {
        "pipeline": "embedded",
        "total_time": 0.25,
        "algorithms": {},
        "source_images": [{"id": task["image_id"], "url": task["image_url"]}],
        "detections": [box],
    }


def send(by: Program, job_id: int, *results: tuple[dict[str, str], Any]) -> Any:
    body = {"results": [{"reply_subject": task["reply_subject"], "result": result} for task, result in results]}
    answer = by.post(f"{JOBS}{job_id}/result/", json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_pull_worker_shares_a_job_and_one_that_dies_loses_nothing(
    pulled: Worked, puller: Program, job_id: int
) -> None:
    lab = pulled.lab
    mine, lost = take(puller, job_id, 2), take(pulled.program(Role.OPERATOR), job_id, 3)
    assert [len(mine), len(lost)] == [2, 3]
    assert all(isinstance(value, str) for task in mine for value in task.values())
    picture = pulled.server.test_client().get(urlsplit(mine[0]["image_url"]).path, buffered=True)
    assert picture.data.startswith(b"\xff\xd8\xff")
    with lab.workers(1):
        lab.until_processed(job_id, COUNT - 5)
        told = send(puller, job_id, *((task, found_on(task)) for task in mine))
        assert (told["job_id"], told["results_queued"]) == (job_id, 2)
        with lab.board.store.write() as session:  # as if its two minutes were over
            late = [task["reply_subject"] for task in lost]
            session.execute(update(Item).where(Item.claim.in_(late)).values(lease_until=now() - timedelta(seconds=1)))
        job = lab.until(job_id)
    assert (job.status, job.processed, job.failed, job.dispatch_mode) == (Status.SUCCESS, COUNT, 0, "async_api")
    assert send(puller, job_id, (lost[0], found_on(lost[0])))["tasks"][0]["status"] == "dropped"
    lab.assert_whole(job_id)
    with lab.board.store.read() as session:
        query = select(Detection.capture_id).join(Result).where(Detection.algorithm == "puller")
        assert sorted(session.scalars(query)) == sorted(int(task["image_id"]) for task in mine)
    assert take(puller, job_id, 5) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"error": "out of memory", "image_id": "1"}, "out of memory"),
        ({"pipeline": "another"}, "not for 'embedded'"),
        ({"source_images": []}, "is missing from the answer"),
        ({"detections": None}, "not of the protocol"),
    ],
)
def test_what_is_no_valid_success_fails_its_capture_alone(
    pulled: Worked, puller: Program, job_id: int, spoil: dict[str, Any], said: str
) -> None:
    bad, good = take(puller, job_id, 2)
    send(puller, job_id, (bad, found_on(bad) | spoil), (good, found_on(good)))
    with pulled.lab.board.store.read() as session:
        items = session.scalars(select(Item).where(Item.job_id == job_id).order_by(Item.position)).all()
        states = {item.capture_id: (item.state, item.error or "") for item in items}
    state, error = states[int(bad["image_id"])]
    assert state is ItemState.FAILED
    assert said in error
    assert states[int(good["image_id"])][0] is ItemState.DONE


def test_results_may_come_as_a_bare_list(puller: Program, job_id: int) -> None:
    (task,) = take(puller, job_id, 1)
    answer = puller.post(
        f"{JOBS}{job_id}/result/", json=[{"reply_subject": task["reply_subject"], "result": found_on(task)}]
    )
    assert (answer.status_code, answer.json["results_queued"]) == (200, 1)


def test_a_result_lands_once(puller: Program, job_id: int) -> None:
    (task,) = take(puller, job_id, 1)
    said = [send(puller, job_id, (task, found_on(task)))["tasks"][0]["status"] for _ in range(2)]
    assert said == ["queued", "dropped"]


@pytest.mark.parametrize("body", [{"batch_size": 0}, {"batch_size": "many"}, {"batch_size": None}, []])
def test_a_wrong_batch_size_is_a_400_and_nothing_is_taken(
    pulled: Worked, puller: Program, job_id: int, body: Any
) -> None:
    assert puller.post(f"{JOBS}{job_id}/tasks/", json=body).status_code == 400
    assert pulled.lab.items(job_id) == {"WAITING": COUNT}


@pytest.mark.parametrize("results", [None, [1], [{"result": {}}], [{"reply_subject": "x", "result": 1}]])
def test_wrong_results_are_a_400(puller: Program, job_id: int, results: Any) -> None:
    assert puller.post(f"{JOBS}{job_id}/result/", json={"results": results}).status_code == 400


def test_a_viewer_takes_nothing(pulled: Worked, job_id: int) -> None:
    viewer = pulled.program(Role.VIEWER)
    for path in ("tasks", "result"):
        assert viewer.post(f"{JOBS}{job_id}/{path}/", json={"results": []}).status_code == 403
    assert pulled.lab.items(job_id) == {"WAITING": COUNT}


def test_a_cancelled_job_waits_for_no_pull_worker(pulled: Worked, puller: Program, job_id: int) -> None:
    take(puller, job_id, 1)
    puller.post(f"{JOBS}{job_id}/cancel/")
    claims.release(pulled.lab.board.store)
    with pulled.lab.board.store.read() as session:
        assert session.get_one(Job, job_id).status is Status.REVOKED


def offered(slug: str) -> dict[str, Any]:
    """A pipeline as a pull worker tells of it."""
    algorithm = {"key": "far-detector", "name": "Far detector", "version": 3, "task_type": "detection"}
    return {"slug": slug, "name": "Far moths", "version": 2, "algorithms": [algorithm]}


def enlist(by: Program, project: int, *slugs: str, name: str = "Far worker") -> Any:
    body = {"processing_service_name": name, "pipelines": [offered(slug) for slug in slugs]}
    return by.post(f"/api/v2/projects/{project}/pipelines/", json=body)


def test_a_pull_worker_enlists_itself_and_alone_does_the_jobs_of_its_pipelines(pulled: Worked, puller: Program) -> None:
    lab = pulled.lab
    answer = enlist(puller, lab.project_id, "far_moths", "embedded")
    assert answer.status_code == 201, answer.json
    told = answer.json
    assert (told["success"], told["pipelines_created"], told["algorithms_created"]) == (
        True,
        ["far_moths"],  # whose jobs the other one has is known, and stays as it is
        ["far-detector"],
    )
    again = enlist(puller, lab.project_id, "far_moths").json
    assert (again["pipelines_created"], again["pipelines_updated"]) == ([], ["far_moths"])
    assert again["processing_service_id"] == told["processing_service_id"]
    service = puller.get(f"/api/v2/ml/processing_services/{told['processing_service_id']}/").json
    assert (service["is_async"], [each["slug"] for each in service["pipelines"]]) == (True, ["far_moths"])

    pipeline = next(
        row["id"] for row in puller.get("/api/v2/ml/pipelines/").json["results"] if row["slug"] == "far_moths"
    )
    job_id = lab.submit(name="Far away", pipeline_id=pipeline, shuffle=False)
    with lab.workers(1):
        lab.until(job_id, Status.STARTED)
        wait_for(lambda: lab.items(job_id).get("WAITING") == COUNT, "the captures are collected")
        wait_for(lambda: lab.idle() == 1, "the worker here has nothing to do")
        while tasks := take(puller, job_id, 3):
            results = [{"reply_subject": each["reply_subject"], "result": found_on(each)} for each in tasks]
            for each in results:
                each["result"]["pipeline"] = "far_moths"
            assert puller.post(f"{JOBS}{job_id}/result/", json={"results": results}).status_code == 200
        job = lab.until(job_id)
    assert (job.status, job.processed, job.dispatch_mode) == (Status.SUCCESS, COUNT, "async_api")
    with lab.board.store.read() as session:
        assert len(set(session.scalars(select(Result.capture_id).where(Result.job_id == job_id)))) == COUNT


def test_who_may_not_work_for_a_project_enlists_nobody(pulled: Worked) -> None:
    project = pulled.lab.project_id
    assert enlist(pulled.program(Role.VIEWER), project, "a").status_code == 403
    assert enlist(pulled.program(Role.OPERATOR, project), 999, "a").status_code == 404
    operator = pulled.program(Role.OPERATOR, project)
    assert enlist(operator, project, "a", name="").status_code == 400
    assert operator.post(f"/api/v2/projects/{project}/pipelines/", json={"pipelines": 3}).status_code == 400
    versions = {"version": 2**40}
    too_large = {"processing_service_name": "x", "pipelines": [offered("a") | versions]}
    assert operator.post(f"/api/v2/projects/{project}/pipelines/", json=too_large).status_code == 400
    slugs = [row["slug"] for row in operator.get("/api/v2/ml/pipelines/").json["results"]]
    assert "a" not in slugs


def test_a_token_of_one_project_changes_no_pipeline_of_the_lab(pulled: Worked, puller: Program) -> None:
    project = pulled.lab.project_id
    assert enlist(puller, project, "of_the_lab", name="Lab worker").json["pipelines_created"] == ["of_the_lab"]
    bound = pulled.program(Role.OPERATOR, project)
    body = {"processing_service_name": "Lab worker", "pipelines": [offered("of_the_lab") | {"version": 99}]}
    told = bound.post(f"/api/v2/projects/{project}/pipelines/", json=body).json
    assert (told["pipelines_created"], told["pipelines_updated"]) == ([], [])
    rows = {row["slug"]: row for row in puller.get("/api/v2/ml/pipelines/").json["results"]}
    assert rows["of_the_lab"]["version"] == 2


def test_a_pull_worker_whose_service_was_removed_comes_back(pulled: Worked, puller: Program) -> None:
    project = pulled.lab.project_id
    access.ensure_admin(pulled.lab.board.store, pulled.lab.home)
    first = enlist(puller, project, "came_back", name="Removed worker").json["processing_service_id"]
    assert pulled.program(Role.ADMIN).call("DELETE", f"/api/v2/ml/processing_services/{first}/").status_code == 204
    again = enlist(puller, project, "came_back", name="Removed worker").json
    assert again["pipelines_updated"] == ["came_back"]
    service = puller.get(f"/api/v2/ml/processing_services/{again['processing_service_id']}/").json
    assert [row["slug"] for row in service["pipelines"]] == ["came_back"]
