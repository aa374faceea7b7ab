"""up42-py from PyPI, unmodified, on a real server with a real worker: the last version that runs jobs, and the last."""

import sys
from typing import Any

import pytest

from engine import access
from models.captures import Deployment
from models.people import Role, User
from tests.api.clients import installed
from tests.api.serving import serve
from tests.lab import draw_captures, open_lab

VERSIONS = ["0.34.1", "0.37.2"]


@pytest.fixture(scope="module", params=VERSIONS)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the program said at the end of its day."""
    if request.param == "0.34.1" and sys.version_info >= (3, 12):
        pytest.skip("up42-py 0.34.1 needs a Python before 3.12")
    client = installed(f"up42-py=={request.param}")
    folder = tmp_path_factory.mktemp("up42")
    with open_lab(folder / "home") as lab:
        draw_captures(folder / "captures", 12)
        lab.take_in(folder / "captures")
        with lab.board.store.write() as session:
            session.add(User(name="operator", role=Role.OPERATOR))
            station = session.get_one(Deployment, lab.station_id)
            station.latitude, station.longitude = 55.7, 12.6
        token = access.create_token(
            lab.board.store, user_name="operator", role=Role.OPERATOR, project_id=lab.project_id
        )
        with serve(lab) as address, lab.workers(1):
            key = token.partition(".")
            arguments = (address, key[0], key[2], str(lab.station_id), str(folder / "results"))
            answer = client.run("up42_jobs.py", *arguments, HOME=str(folder))
    assert answer["version"] == request.param
    return answer


def test_a_project_has_the_pipelines_as_workflows_with_stages_as_tasks(said: Any) -> None:
    assert said["project"] == ["Test project", "Embedded detector", ["collect:1", "process:1", "results:1"]]


def test_a_workflow_runs_on_the_captures_it_was_told(said: Any) -> None:
    inputs = {"collect:1": {"deployment_id": 1, "limit": 2}}
    assert said["run"] == ["SUCCEEDED", True, "a-night_py", "DEFAULT", inputs]
    assert said["tasks"] == [["collect", "SUCCEEDED"], ["process", "SUCCEEDED"], ["results", "SUCCEEDED"]]


def test_each_line_of_the_log_is_in_the_log_of_one_task(said: Any) -> None:
    collect, process, results = said["logs"]
    assert "from CREATED to PENDING" in collect
    assert "Found 12 images to process" in collect
    assert "Processed 1 images" in process
    assert "Finished job" in results


def test_results_come_as_features_as_a_frame_and_as_an_archive(said: Any) -> None:
    assert [said["features"], said["frame"], said["files"]] == [2, 2, ["data.json"]]
    assert said["quicklooks"] == 2
    assert said["credits"] == {"creditsUsed": 0}


def test_a_test_query_checks_and_processes_nothing(said: Any) -> None:
    assert said["test"] == ["SUCCEEDED", "DRY_RUN", 0]


def test_a_job_is_renamed(said: Any) -> None:
    assert said["renamed"] == ["My recently renamed job", "My recently renamed job"]


def test_a_rerun_is_a_new_job_with_the_same_inputs(said: Any) -> None:
    assert said["again"] == ["SUCCEEDED", "Rerun my job", True]
    assert said["same inputs"]


def test_a_running_job_is_cancelled(said: Any) -> None:
    assert said["stopped"] == "CANCELLED"


def test_jobs_are_listed_in_the_order_that_is_asked_for(said: Any) -> None:
    assert said["listed"] == ["My recently renamed job", "a-test_py", "Rerun my job", "stopped_py"]
    assert [said["real"], said["of workflow"]] == [3, 4]
    assert said["statuses"] == ["CANCELLED", "SUCCEEDED"]
