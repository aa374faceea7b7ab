"""Why the engine takes no more from RQ than it does: what a plain RQ worker does when it is hurt.

If one of these fails after an upgrade, RQ has become better, and the part of the engine that makes up for it may go.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from redis import Redis
from rq import Callback, Queue
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation
from rq.job import JobStatus

from engine import queue_server
from tests.chaos.rq_tasks import note, on_failure, swallow
from tests.chaos.scene import gone_for, hold
from tests.lab import wait_for

pytestmark = pytest.mark.long


@pytest.fixture
def queue(home: Path) -> Iterator[Queue]:
    """A queue of its own on a queue server of its own."""
    home.mkdir()
    server = queue_server.ensure(home)
    with Redis.from_url(server.url) as connection:
        yield Queue("plain", connection=connection)
    queue_server.stop(home)


@contextmanager
def plain_worker(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """RQ's own worker, as `rq worker` runs it."""
    command = [sys.executable, "-m", "rq.cli", "worker", "plain", "--url", queue_server.url_of(home), "--quiet"]
    with (home / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, stdout=log, stderr=log)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def horse_of(tmp_path: Path) -> psutil.Process:
    """The process of the task `note`, once it runs."""
    return psutil.Process(wait_for(lambda: int((tmp_path / "pid").read_text()) if lines(tmp_path) else 0, "it runs"))


def lines(folder: Path) -> int:
    try:
        return len((folder / "lines").read_text().splitlines())
    except FileNotFoundError:
        return 0


def test_a_killed_worker_leaves_its_horse_running(queue: Queue, home: Path, tmp_path: Path) -> None:
    queue.enqueue(note, str(tmp_path), 60)
    with plain_worker(home) as worker:
        horse = horse_of(tmp_path)
        worker.kill()
        worker.wait()
    seen = lines(tmp_path)
    wait_for(lambda: lines(tmp_path) > seen + 5, "the horse works on without its worker")
    horse.kill()


def test_cancel_does_not_stop_what_runs(queue: Queue, home: Path, tmp_path: Path) -> None:
    task = queue.enqueue(note, str(tmp_path), 60)
    with plain_worker(home):
        horse = horse_of(tmp_path)
        task.cancel()
        seen = lines(tmp_path)
        wait_for(lambda: lines(tmp_path) > seen + 5, "the cancelled task works on")
        horse.kill()


def test_a_task_that_catches_everything_outlives_its_time_limit(queue: Queue, home: Path, tmp_path: Path) -> None:
    task = queue.enqueue(swallow, str(tmp_path), 3, job_timeout=1)
    with plain_worker(home):
        wait_for(lambda: task.get_status() == JobStatus.FINISHED, "the task ends as if all were well")
    assert (tmp_path / "caught").read_text() == "True"


def test_a_stop_is_lost_when_nobody_listens(queue: Queue, tmp_path: Path) -> None:
    task = queue.enqueue(note, str(tmp_path), 1)
    with pytest.raises(InvalidJobOperation):
        send_stop_job_command(queue.connection, task.id)


def test_on_failure_is_not_called_for_a_killed_horse(queue: Queue, home: Path, tmp_path: Path) -> None:
    task = queue.enqueue(note, str(tmp_path), 60, on_failure=Callback(on_failure))
    with plain_worker(home):
        horse_of(tmp_path).kill()
        wait_for(lambda: task.get_status() == JobStatus.FAILED, "RQ knows that the task failed")
    assert not (tmp_path / "on-failure").exists()


def test_a_worker_ends_when_the_queue_server_is_away_at_the_end_of_a_task(
    queue: Queue, home: Path, tmp_path: Path
) -> None:
    queue.enqueue(note, str(tmp_path), 2)
    with plain_worker(home) as worker:
        horse = horse_of(tmp_path)
        queue_server.stop(home)
        gone_for(horse)
        hold(3)
        queue_server.ensure(home)
        assert worker.wait(30) == 1
