"""Who works on what, and for how long: urgency, time slices, seats, the size of a batch, and warm pipelines."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import claims, control
from models.jobs import Attempt, Log
from models.states import FINAL, Status
from tests.lab import ENGINEER, Lab, end, wait_for

COUNTING_WORKER = """
import os, sys
from engine import pipelines
from engine.board import open_board
from engine.pipelines.nothing import NothingPipeline
from engine.worker import ShiftWorker
from models.settings import load

def loaded(config):
    with open(sys.argv[1], "a") as noted:
        print(os.getpid(), file=noted)
    return NothingPipeline(config)

pipelines.KINDS["nothing"] = loaded
ShiftWorker(open_board(load()), "w1").serve()
"""


def test_a_small_job_need_not_wait_for_a_large_one(lab: Lab, tmp_path: Path) -> None:
    lab.list_captures(tmp_path, 10_000)
    pipeline_id = lab.add_nothing(batch_max=1)
    with lab.workers(1):
        large = lab.submit(pipeline_id=pipeline_id)
        lab.until_processed(large, 1)
        small = lab.submit(pipeline_id=pipeline_id, limit=2)
        assert lab.until(small).status is Status.SUCCESS
        assert lab.job(large).status is Status.STARTED
        control.cancel(lab.board, ENGINEER, large)
        lab.until(large)


def test_jobs_are_taken_by_priority_from_nine_to_zero(night: Lab) -> None:
    jobs = {night.submit(priority=priority): priority for priority in (5, 0, 9, 3, 7, 1, 8, 2, 6, 4)}
    taken = [claims.take(night.board.store, f"w{number}") for number in range(10)]
    assert [jobs[claim.job_id] for claim in taken if claim] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_of_equal_jobs_the_one_least_recently_served_is_taken(night: Lab) -> None:
    first, second = night.submit(), night.submit()
    served = []
    for worker in ("w1", "w2", "w1", "w2"):
        claim = claims.take(night.board.store, worker)
        assert claim is not None
        served.append(claim.job_id)
        claims.release(night.board.store, worker=worker)
    assert served == [first, second, first, second]


def test_an_attempt_is_of_the_worker_that_made_its_first_claim(night: Lab) -> None:
    """Neither of one that works on it later, nor of one that goes on after a pause; the next attempt has its own."""
    job_id = night.submit()
    for worker in ("w1", "w2"):
        assert claims.take(night.board.store, worker, only=job_id)
        claims.release(night.board.store, worker=worker, tried=False)
    control.pause(night.board, ENGINEER, job_id)
    control.resume(night.board, ENGINEER, job_id)
    assert claims.take(night.board.store, "w3", only=job_id)
    claims.release(night.board.store, worker="w3", tried=False)
    assert night.job(job_id).worker == "w1"
    control.pause(night.board, ENGINEER, job_id)
    control.cancel(night.board, ENGINEER, job_id)
    control.retry(night.board, ENGINEER, job_id)
    assert night.job(job_id).worker is None
    assert claims.take(night.board.store, "w4", only=job_id)
    with night.board.store.read() as session:
        tries = select(Attempt.number, Attempt.worker).where(Attempt.job_id == job_id).order_by(Attempt.number)
        assert [tuple(row) for row in session.execute(tries)] == [(1, "w1"), (2, "w4")]
    assert night.job(job_id).worker == "w4"


def test_a_pipeline_with_one_seat_is_run_by_one_worker_at_a_time(night: Lab) -> None:
    seated = night.add_nothing(seats=1)
    one, another = night.submit(pipeline_id=seated), night.submit(pipeline_id=seated)
    free = night.submit()
    held = claims.take(night.board.store, "w1")
    assert held is not None
    assert held.job_id == one
    beside = claims.take(night.board.store, "w2")
    assert beside is not None
    assert beside.job_id == free
    assert claims.take(night.board.store, "w3") is None
    claims.release(night.board.store, worker="w1")
    after = claims.take(night.board.store, "w3")
    assert after is not None
    assert after.job_id == another


def test_a_batch_grows_from_one_to_what_its_pipeline_allows(night: Lab) -> None:
    job_id = night.submit(pipeline_id=night.add_nothing(batch_max=10))
    with night.workers(1):
        assert night.until(job_id).status is Status.SUCCESS
    lines = select(Log.message).where(Log.job_id == job_id, Log.message.startswith("Processed ")).order_by(Log.seq)
    with night.board.store.read() as session:
        batches = [int(line.split()[1]) for line in session.scalars(lines)]
    assert batches[0] == 1
    assert 1 < max(batches) <= 10
    assert sum(batches) == 24


@pytest.mark.parametrize(
    ("cost_ms", "captures"),
    [(None, 1), (250.0, 4), (1.0, 64), (0.0, 64), (5_000.0, 1)],
    ids=["not known yet", "a quarter of a second", "little", "nothing", "more than a second"],
)
def test_a_batch_takes_about_a_second(cost_ms: float | None, captures: int) -> None:
    assert claims.batch_size(cost_ms, most=64, left=100_000, workers=2) == captures


@pytest.mark.parametrize(("left", "captures"), [(100, 4), (12, 3), (8, 2), (3, 1), (1, 1)])
def test_the_last_captures_are_shared_out_finely(left: int, captures: int) -> None:
    assert claims.batch_size(250.0, most=64, left=left, workers=2) == captures
    assert claims.batch_size(0.1, most=64, left=left, workers=2) == 64


def test_a_pipeline_is_loaded_once_for_all_shifts_of_a_worker(night: Lab, tmp_path: Path) -> None:
    noted = tmp_path / "loaded"
    pipeline_id = night.add_nothing()
    jobs = [night.submit(pipeline_id=pipeline_id, reprocess=True)]
    environment = os.environ | night.board.settings.environment()
    worker = subprocess.Popen([sys.executable, "-c", COUNTING_WORKER, str(noted)], env=environment)
    try:
        night.until(jobs[0])
        wait_for(lambda: night.idle() == 1, "the first shift is over")
        jobs.append(night.submit(pipeline_id=pipeline_id, reprocess=True))
        night.until(jobs[1])
    finally:
        end(worker)
    assert all(night.job(job_id).status in FINAL for job_id in jobs)
    assert noted.read_text().split() == [str(worker.pid)]
