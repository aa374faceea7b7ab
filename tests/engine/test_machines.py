"""Workers on other machines: a home of their own each, and nothing shared but the two addresses and the captures."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import queue_server
from models.jobs import Item
from models.states import Status
from models.workers import Worker
from tests.engine.test_sources import running, take_in
from tests.lab import Lab, draw_captures, end, free_port, wait_for
from tests.postgres import Cluster

COUNT = 60


@pytest.fixture
def database(postgres: Cluster) -> str:
    """Machines share a database server."""
    return postgres.create(f"lab_{uuid.uuid4().hex[:12]}")


@contextmanager
def machine(lab: Lab, home: Path, name: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`nightboard worker` as somebody would start it on another machine."""
    environment = {
        **os.environ,
        "NIGHTBOARD_HOME": str(home),
        "DATABASE_URL": str(lab.board.settings.database_url),
        "REDIS_URL": queue_server.url_of(lab.home),
    }
    home.mkdir()
    with (home / "out.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "worker", "--name", name],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        end(process)


def worked(lab: Lab, job_id: int) -> set[str]:
    """The names of those who have landed captures of the job."""
    with lab.board.store.read() as session:
        done = select(Item.worker).where(Item.job_id == job_id, Item.result_id.is_not(None)).distinct()
        return {name for name in session.scalars(done) if name is not None}


def test_two_machines_share_a_job_and_one_is_pulled_out(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTBOARD_ALLOWED_HOSTS", "127.0.0.1")
    draw_captures(tmp_path / "store", COUNT, width=800, height=600)
    port = free_port()
    with ExitStack() as scene:
        served = ("--bind", "127.0.0.1", "--directory", str(tmp_path / "store"))
        scene.enter_context(running(port, "http.server", str(port), *served))
        take_in(lab, f"http://127.0.0.1:{port}")
        scene.enter_context(lab.parts(("reconcile",)))
        scene.enter_context(machine(lab, tmp_path / "near", "near"))
        far = scene.enter_context(machine(lab, tmp_path / "far", "far"))
        wait_for(lambda: _names(lab) == {"near", "far"}, "both machines are there")
        job_id = lab.submit()
        wait_for(lambda: worked(lab, job_id) == {"near", "far"}, "both have done something")
        far.kill()
        job = lab.until(job_id)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, COUNT, 0)
    lab.assert_whole(job_id)
    assert all(any((tmp_path / name / "cache").glob("*/*/*.jpg")) for name in ("near", "far"))


def _names(lab: Lab) -> set[str]:
    with lab.board.store.read() as session:
        return set(session.scalars(select(Worker.name)))
