"""What becomes of a job: real workers, a real queue server, real files."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select, text

from engine import control
from engine.requests import JobChanges
from models.jobs import Attempt, Item, Log
from models.people import Audit
from models.results import Result
from models.states import ItemState, Status
from tests.lab import ENGINEER, Lab, draw_captures, wait_for


@pytest.fixture
def long_night(lab: Lab, tmp_path: Path) -> Lab:
    """A lab with a night that takes a worker several seconds, and the machine's cores nearly none."""
    lab.list_captures(tmp_path, 40)
    lab.pipeline_id = lab.add_nothing(batch_max=4, pace_ms=60)
    return lab


def test_a_night_is_processed_to_success(night: Lab) -> None:
    job_id = night.submit()
    with night.workers(2):
        job = night.until(job_id)
    assert job.status == Status.SUCCESS
    assert (job.total, job.processed, job.failed) == (24, 24, 0)
    assert job.detections >= 60
    assert job.queue_ms is not None
    assert job.elapsed_ms is not None
    night.assert_whole(job_id)


def test_a_broken_picture_fails_its_own_item_in_plain_words(night: Lab, tmp_path: Path) -> None:
    whole = sorted((tmp_path / "captures").iterdir())[0].read_bytes()
    (tmp_path / "captures" / "20260702030000.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "captures" / "20260702030500.jpg").write_bytes(b"")
    night.take_in(tmp_path / "captures")
    job_id = night.submit()
    with night.workers(1):
        job = night.until(job_id)
    assert job.status == Status.SUCCESS
    assert (job.processed, job.failed) == (24, 2)
    with night.board.store.read() as session:
        failed = session.scalars(select(Item).where(Item.state == ItemState.FAILED)).all()
    assert {item.error_kind for item in failed} == {"truncated", "empty"}
    assert all(item.error for item in failed)
    night.assert_whole(job_id)


def test_a_second_job_skips_what_is_done(night: Lab) -> None:
    first = night.submit(limit=10, shuffle=False)
    with night.workers(1):
        night.until(first)
        second = night.until(night.submit())
    assert (second.total, second.processed, second.skipped) == (24, 24, 10)
    night.assert_whole(second.id)


def test_reprocess_replaces_the_result(night: Lab) -> None:
    first = night.submit(limit=5, shuffle=False)
    with night.workers(1):
        night.until(first)
        again = night.until(night.submit(limit=5, shuffle=False, reprocess=True))
    assert (again.processed, again.skipped) == (5, 0)
    with night.board.store.read() as session:
        assert {row.job_id for row in session.scalars(select(Result))} == {again.id}
    night.assert_whole(again.id)


def test_the_same_seed_shuffles_alike(night: Lab) -> None:
    jobs = [night.submit(limit=6, seed=11, reprocess=True) for _ in range(2)]
    with night.workers(1):
        for job_id in jobs:
            night.until(job_id)
    with night.board.store.read() as session:
        first, second = (
            session.scalars(
                select(Item.capture_id).where(Item.job_id == job, Item.capture_id.is_not(None)).order_by(Item.position)
            ).all()
            for job in jobs
        )
    assert first == second
    assert first != sorted(first)


def test_cancel_ends_a_running_job_and_retry_finishes_the_rest(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(2):
        long_night.until_processed(job_id, 4)
        control.cancel(long_night.board, ENGINEER, job_id)
        job = long_night.until(job_id, seconds=5)
        assert job.status == Status.REVOKED
        long_night.assert_whole(job_id)
        done_before = job.processed
        assert done_before < 40
        with long_night.board.store.read() as session:
            kept = set(session.scalars(select(Result.id)))
        control.retry(long_night.board, ENGINEER, job_id)
        job = long_night.until(job_id)
    assert job.status == Status.SUCCESS
    assert (job.attempt, job.processed) == (2, 40)
    with long_night.board.store.read() as session:
        assert kept <= set(session.scalars(select(Result.id)))
        repeated = session.scalars(select(Result.id).where(Result.id.in_(kept), Result.attempt == 2)).all()
    assert not repeated
    long_night.assert_whole(job_id)


def test_a_control_is_answered_with_who_and_when(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(1):
        long_night.until_processed(job_id, 1)
        control.cancel(long_night.board, ENGINEER, job_id)
        long_night.until(job_id)
    with long_night.board.store.read() as session:
        asked = session.scalars(select(Audit).where(Audit.verb == "cancel")).one()
    assert asked.who == "engineer"
    assert asked.acknowledged_at is not None
    assert asked.done_at is not None
    assert asked.requested_at <= asked.acknowledged_at <= asked.done_at


def test_a_paused_job_goes_on_in_the_same_attempt(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(2):
        long_night.until_processed(job_id, 4)
        control.pause(long_night.board, ENGINEER, job_id)
        paused = long_night.until(job_id, Status.PAUSED)
        assert "CLAIMED" not in long_night.items(job_id)
        control.resume(long_night.board, ENGINEER, job_id)
        job = long_night.until(job_id)
    assert paused.processed < 40
    assert (job.status, job.attempt, job.processed) == (Status.SUCCESS, 1, 40)
    assert job.paused_ms > 0
    long_night.assert_whole(job_id)


def test_a_killed_worker_loses_nothing(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(2) as (first, *_):
        long_night.until_processed(job_id, 3)
        wait_for(lambda: psutil.Process(first.pid).children(), "the first worker has a child at work")
        horses = psutil.Process(first.pid).children()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        wait_for(lambda: not any(horse.is_running() for horse in horses), "its child is gone too")
        job = long_night.until(job_id)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, 40, 0)
    long_night.assert_whole(job_id)


def test_a_killed_child_gives_its_items_back(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(1) as (worker, _reconciler):
        long_night.until_processed(job_id, 3)
        horse = wait_for(lambda: psutil.Process(worker.pid).children(), "the worker has a child at work")[0]
        horse.kill()
        job = long_night.until(job_id)
    assert (job.status, job.processed) == (Status.SUCCESS, 40)
    long_night.assert_whole(job_id)


def test_a_worker_told_to_stop_lands_what_it_has(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(1, reconciler=False) as (worker,):
        long_night.until_processed(job_id, 3)
        worker.terminate()
        assert worker.wait(10) == 0
    assert "CLAIMED" not in long_night.items(job_id)
    with long_night.workers(1):
        job = long_night.until(job_id)
    assert (job.status, job.processed) == (Status.SUCCESS, 40)
    with long_night.board.store.read() as session:
        assert not session.scalars(select(Log).where(Log.level == "WARNING")).all()
    long_night.assert_whole(job_id)


def test_a_worker_started_again_takes_up_what_its_predecessor_held(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(1, reconciler=False) as (worker,):
        long_night.until_processed(job_id, 3)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    with long_night.workers(1):
        job = long_night.until(job_id)
    assert job.status == Status.SUCCESS
    long_night.assert_whole(job_id)


def test_a_timeout_ends_a_queued_job(night: Lab) -> None:
    job_id = night.submit(timeout_ms=1)
    with night.parts(("reconcile",)):
        job = night.until(job_id)
    assert job.status == Status.TIMEDOUT
    assert job.finished_at is not None
    night.assert_whole(job_id)


def test_a_timeout_ends_a_running_job_and_drops_what_comes_late(long_night: Lab) -> None:
    job_id = long_night.submit()
    with long_night.workers(1):
        long_night.until_processed(job_id, 1)
        control.edit(long_night.board, ENGINEER, job_id, JobChanges(timeout_ms=1))
        job = long_night.until(job_id)
    assert job.status == Status.TIMEDOUT
    assert 0 < job.processed < 40
    long_night.assert_whole(job_id)


def test_a_job_waits_through_a_queue_server_that_lost_everything(night: Lab) -> None:
    job_id = night.submit()
    night.board.bell._queue.connection.flushall()
    assert night.board.bell.waiting() == 0
    with night.workers(1):
        job = night.until(job_id)
    assert job.status == Status.SUCCESS


def test_a_delay_without_a_pipeline_is_the_test_job(lab: Lab) -> None:
    job_id = lab.submit(pipeline_id=None, deployment_id=None, delay=1)
    with lab.workers(1):
        job = lab.until(job_id)
    assert job.status == Status.SUCCESS
    with lab.board.store.read() as session:
        stages = session.execute(text("SELECT key, status FROM stage")).all()
    assert [tuple(stage) for stage in stages] == [("delay", "SUCCESS")]


def test_too_many_failures_fail_the_job(lab: Lab, tmp_path: Path) -> None:
    draw_captures(tmp_path / "captures", 4)
    for number in range(5):
        (tmp_path / "captures" / f"2026070203{number:02}00.jpg").write_bytes(b"no picture")
    lab.take_in(tmp_path / "captures")
    job_id = lab.submit()
    with lab.workers(1):
        job = lab.until(job_id)
    assert job.status == Status.FAILURE
    assert job.cause is not None
    assert "5 of 9 captures failed" in job.cause
    lab.assert_whole(job_id)


def test_retry_takes_up_a_mended_file_only(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    draw_captures(folder, 3)
    broken = folder / "20260702030000.jpg"
    broken.write_bytes(b"no picture")
    lab.take_in(folder)
    with lab.workers(1):
        job_id = lab.submit()
        assert lab.until(job_id).failed == 1
        broken.write_bytes(sorted(folder.iterdir())[0].read_bytes())
        control.retry(lab.board, ENGINEER, job_id)
        job = lab.until(job_id)
    assert (job.status, job.processed, job.failed, job.attempt) == (Status.SUCCESS, 4, 0, 2)
    with lab.board.store.read() as session:
        assert [attempt.status for attempt in session.scalars(select(Attempt))] == [Status.SUCCESS, Status.SUCCESS]
        assert session.scalars(select(Result.attempt).where(Result.attempt == 2)).all() == [2]
    lab.assert_whole(job_id)
