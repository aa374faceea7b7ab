"""What was seen to go wrong on a running Antenna, each as it goes here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.serving import make_server

from engine import reconcile, services
from models.base import now
from models.captures import Capture
from models.jobs import Attempt, Item, Job
from models.people import Role
from models.pipelines import Pipeline
from models.results import Classification, Detection, Result
from models.states import ItemState, Status
from tests.api.conftest import JOBS, Program, Worked, open_server
from tests.engine.test_remote import LittleService, listening, of_picture
from tests.lab import draw_captures, open_lab

LATE = datetime(2026, 7, 1, 23, 45)
COUNT = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wrong") / "captures"
    draw_captures(folder, COUNT, start=LATE)
    return folder


@dataclass
class Night(Worked):
    """A lab whose pipeline runs in a little service."""

    little: LittleService


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Night]:
    """A lab with a night over midnight, and a pipeline in a service elsewhere."""
    patch = pytest.MonkeyPatch()
    little = LittleService()
    with open_lab(tmp_path_factory.mktemp("wrong_home") / "home") as lab, listening(little):
        lab.take_in(folder)
        services.add(lab.board.store, little.url, anywhere=True)
        with lab.board.store.read() as session:
            lab.pipeline_id = session.scalars(select(Pipeline.id).filter_by(slug="little")).one()
        night = Night(lab, 0, open_server(lab), little)
        server = make_server("127.0.0.1", 0, night.server, threaded=True)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        patch.setenv("NIGHTBOARD_PUBLIC_URL", f"http://127.0.0.1:{server.server_port}")
        yield night
        server.shutdown()
        server.server_close()
        patch.undo()


@pytest.fixture
def program(night: Night) -> Program:
    return night.program(Role.OPERATOR)


@pytest.fixture
def new_job(night: Night, program: Program) -> int:
    return int(program.post(JOBS, json=night.request()).json["id"])


def test_a_service_that_answers_500_to_everything_fails_the_job(
    night: Night, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    monkeypatch.setattr(night.little, "spoil", lambda _asked, _answer: 500)
    job_id = night.lab.submit(name="A service that is broken")
    with night.lab.workers(1):
        night.lab.until(job_id)
    job = program.get(f"{JOBS}{job_id}/").json
    assert (job["status"], job["counters"]["failed"]) == ("FAILURE", COUNT)
    assert len(job["logs"]["stderr"]) > COUNT


def test_one_bad_image_fails_alone_and_none_is_given_its_neighbours(night: Night, folder: Path) -> None:
    gone = sorted(folder.iterdir())[2]
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    gone.unlink()
    try:
        job_id = night.lab.submit(name="A file that is gone", reprocess=True)
        with night.lab.workers(1):
            night.lab.until(job_id)
    finally:
        gone.write_bytes(content[gone.name])
    with night.lab.board.store.read() as session:
        failed = select(Capture.path).join(Item).where(Item.job_id == job_id, Item.state == ItemState.FAILED)
        assert session.scalars(failed).all() == [gone.name]
        told = select(Capture.path, Classification.label)
        told = told.join(Result, Result.capture_id == Capture.id).join(Detection).join(Classification)
        told = told.where(Classification.terminal, Result.job_id == job_id)
        labels = {row.path: row.label for row in session.execute(told)}
    assert labels == {name: of_picture(data) for name, data in content.items() if name != gone.name}


def test_a_night_over_midnight_is_one_night(program: Program) -> None:
    (event,) = program.get("/api/v2/events/").json["results"]
    assert (event["day"], event["captures_count"]) == ("2026-07-01", COUNT)


def test_a_running_job_cannot_be_run_twice_at_once(program: Program, new_job: int) -> None:
    assert program.post(f"{JOBS}{new_job}/run/").status_code == 200
    again = program.post(f"{JOBS}{new_job}/run/")
    assert (again.status_code, list(again.json)) == (409, ["detail"])


@pytest.mark.parametrize("limit", [-5, 0])
def test_a_limit_below_one_is_refused(night: Night, program: Program, limit: int) -> None:
    refused = program.post(JOBS, json=night.request(limit=limit))
    assert (refused.status_code, list(refused.json)) == (400, ["limit"])


def test_an_unknown_job_type_is_a_400_in_json(night: Night, program: Program) -> None:
    refused = program.post(JOBS, json=night.request(job_type_key="nonsense"))
    assert (refused.status_code, list(refused.json)) == (400, ["job_type_key"])


def test_a_job_that_waits_for_long_goes_on_waiting(night: Night, program: Program, new_job: int) -> None:
    program.post(f"{JOBS}{new_job}/run/")
    earlier: dict[str, Any] = {"submitted_at": now() - timedelta(minutes=11)}
    with night.lab.board.store.write() as session:
        session.execute(update(Job).where(Job.id == new_job).values(**earlier))
        session.execute(update(Attempt).where(Attempt.job_id == new_job).values(**earlier))
    reconcile.tick(night.lab.board)
    assert night.lab.job(new_job).status is Status.PENDING


def test_a_cancelled_job_has_an_end(program: Program, new_job: int) -> None:
    program.post(f"{JOBS}{new_job}/run/")
    job = program.post(f"{JOBS}{new_job}/cancel/").json
    assert job["status"] == "REVOKED"
    assert job["finished_at"] is not None
