"""Checkpoints: captures that a person should look at wait, count nowhere meanwhile, and go on by a verdict."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import control
from engine.refusals import Illegal
from models.captures import STATE, Capture, Event
from models.jobs import Item
from models.queries import exports, nights, scope
from models.results import Detection, Result
from models.states import ItemState, Status
from tests.lab import ENGINEER, Lab, draw_captures, wait_for


def stands(lab: Lab) -> tuple[int, int, int, int]:
    """How the one night's captures stand: (processed, waiting for a verdict, failed, not processed).

    The captures themselves are told by the same, and no detection counts of one that is not processed.
    """
    with lab.board.store.read() as session:
        night = session.scalars(select(Event)).one()
        (cell,) = nights.cells_of(session, [night.id])
        rows = session.execute(select(STATE.label("state"), func.count().label("number")).group_by(STATE))
        told = {row.state: row.number for row in rows}
        boxes = session.scalars(select(func.coalesce(func.sum(Capture.detections_count), 0))).one()
        unseen = session.scalars(select(func.sum(Capture.detections_count)).where(STATE != "done")).one()
    found = (cell.processed, cell.stopped, cell.failed, cell.open)
    assert found == tuple(told.get(state, 0) for state in ("done", "stopped", "failed", "open"))
    assert (night.detections_count, unseen or 0) == (boxes, 0)
    return found


@pytest.fixture
def at_checkpoint(lab: Lab, tmp_path: Path) -> tuple[Lab, int]:
    """A job of four captures of which two wait: one with too many boxes to believe, one that cannot be read."""
    draw_captures(tmp_path / "captures", 3)
    (tmp_path / "captures" / "20260702030000.jpg").write_bytes(b"no picture")
    lab.take_in(tmp_path / "captures")
    job_id = lab.submit(checkpoint={"boxes_above": 0, "unreadable": True})
    with lab.workers(1):
        lab.until(job_id, Status.CHECKPOINT)
    return lab, job_id


def test_captures_that_fail_validation_wait_for_a_person(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    job = lab.job(job_id)
    assert (job.stopped, job.processed, job.failed) == (4, 0, 0)
    assert lab.items(job_id) == {"STOPPED": 4}


def test_verdicts_let_the_job_go_on_to_its_end(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    with lab.board.store.read() as session:
        items = session.scalars(select(Item).where(Item.state == ItemState.STOPPED)).all()
        good = [item.id for item in items if item.result_id is not None]
        bad = [item.id for item in items if item.result_id is None]
    with pytest.raises(Illegal, match="could not be read"):
        control.judge(lab.board, ENGINEER, job_id, bad, "accept")
    control.judge(lab.board, ENGINEER, job_id, good, "accept")
    assert lab.job(job_id).status is Status.CHECKPOINT
    control.judge(lab.board, ENGINEER, job_id, bad, "reject")
    with lab.workers(1):
        job = lab.until(job_id)
    assert (job.status, job.processed, job.failed, job.stopped, job.attempt) == (Status.SUCCESS, 3, 1, 0, 1)
    lab.assert_whole(job_id)


def test_a_rejected_capture_keeps_no_result(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    control.judge(lab.board, ENGINEER, job_id, None, "reject")
    job = lab.job(job_id)
    assert (job.status, job.failed) == (Status.FAILURE, 4)
    with lab.board.store.read() as session:
        assert session.scalars(select(func.count()).select_from(Result)).one() == 0
    lab.assert_whole(job_id)


def test_a_capture_is_tried_again_from_its_checkpoint(at_checkpoint: tuple[Lab, int], tmp_path: Path) -> None:
    lab, job_id = at_checkpoint
    whole = sorted((tmp_path / "captures").iterdir())[0].read_bytes()
    (tmp_path / "captures" / "20260702030000.jpg").write_bytes(whole)
    with lab.board.store.read() as session:
        unread = session.scalars(select(Item.id).where(Item.state == ItemState.STOPPED, Item.result_id.is_(None))).all()
    control.judge(lab.board, ENGINEER, job_id, unread, "retry")
    with lab.workers(1):
        wait_for(lambda: lab.job(job_id).status is Status.CHECKPOINT, "the job waits again")
    assert lab.job(job_id).stopped == 4
    control.judge(lab.board, ENGINEER, job_id, None, "accept")
    with lab.workers(1):
        assert lab.until(job_id).processed == 4
    lab.assert_whole(job_id)


def test_what_waits_for_a_verdict_counts_nowhere(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    assert stands(lab) == (0, 4, 0, 0)
    job = lab.job(job_id)
    assert (job.detections, job.classifications) == (0, 0)
    with lab.board.store.read() as session:
        where = exports.ExportScope(project_id=lab.project_id)
        found = exports.block(session, where, after=0, upto=1000, limit=100)
        night = nights.night(session, session.scalars(select(Event.id)).one())
    assert [(each.state, each.origin, each.found) for each in found] == [("stopped", None, ())] * 4
    assert night is not None
    assert night.judged_in == job_id


def test_accepted_captures_count_and_rejected_ones_fail(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    items = waiting_items(lab)
    control.judge(lab.board, ENGINEER, job_id, items[:2], "accept")
    assert stands(lab) == (2, 2, 0, 0)
    assert lab.job(job_id).detections > 0
    control.judge(lab.board, ENGINEER, job_id, items[2:3], "reject")
    assert stands(lab) == (2, 1, 1, 0)
    control.judge(lab.board, ENGINEER, job_id, None, "retry")
    assert stands(lab) == (2, 0, 1, 1)


def test_a_cancelled_job_holds_no_capture_and_a_retry_begins_with_what_waited(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    control.judge(lab.board, ENGINEER, job_id, waiting_items(lab)[:1], "accept")
    control.judge(lab.board, ENGINEER, job_id, waiting_items(lab)[:1], "reject")
    control.cancel(lab.board, ENGINEER, job_id)
    assert stands(lab) == (1, 0, 2, 1)  # one that could not be read has failed; one with a result counts for nothing
    control.retry(lab.board, ENGINEER, job_id, "failed")
    assert stands(lab) == (1, 2, 1, 0)
    with lab.workers(1):
        lab.until(job_id, Status.CHECKPOINT)
    assert stands(lab) == (1, 3, 0, 0)
    control.judge(lab.board, ENGINEER, job_id, waiting_items(lab), "accept")
    control.judge(lab.board, ENGINEER, job_id, None, "reject")
    with lab.workers(1):
        assert lab.until(job_id).status is Status.SUCCESS
    assert stands(lab) == (3, 0, 1, 0)
    lab.assert_whole(job_id)


def test_another_job_leaves_out_what_waits_for_a_verdict(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    with lab.board.store.read() as session:
        result = session.scalars(select(Result)).first()
        assert result is not None
        key = (result.pipeline_id, result.pipeline_version, result.parameters)
        work = scope.work(session, scope.Scope(deployment_id=lab.station_id), key)
    assert (work.captures, work.done, work.stopped) == (4, 0, 3)
    other = lab.submit()
    with lab.workers(1):
        job = lab.until(other)
    assert (job.total, job.processed, job.failed) == (1, 0, 1)  # the one that cannot be read has no result to wait
    assert stands(lab) == (0, 4, 0, 0)
    control.judge(lab.board, ENGINEER, job_id, None, "reject")
    assert stands(lab) == (0, 0, 4, 0)


def test_a_job_that_reprocesses_takes_over_what_waits(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    other = lab.submit(reprocess=True)
    with lab.workers(1):
        job = lab.until(other)
    assert (job.processed, job.failed) == (3, 1)
    assert stands(lab) == (3, 1, 0, 0)
    control.judge(lab.board, ENGINEER, job_id, None, "reject")
    assert stands(lab) == (3, 0, 1, 0)  # what another job stands for stays
    lab.assert_whole(other)


def test_what_a_cancelled_job_held_back_is_processed_by_the_next(at_checkpoint: tuple[Lab, int]) -> None:
    lab, job_id = at_checkpoint
    control.cancel(lab.board, ENGINEER, job_id)
    other = lab.submit()
    with lab.workers(1):
        job = lab.until(other)
    assert (job.total, job.processed, job.failed) == (4, 3, 1)
    assert stands(lab) == (3, 0, 1, 0)
    with lab.board.store.read() as session:
        boxes = session.scalars(select(func.count()).select_from(Detection)).one()
        assert boxes == session.scalars(select(func.sum(Result.detections_count))).one()
    lab.assert_whole(other)


def test_reprocessed_captures_that_wait_are_processed_no_longer(lab: Lab, tmp_path: Path) -> None:
    draw_captures(tmp_path / "captures", 3)
    lab.take_in(tmp_path / "captures")
    with lab.workers(1):
        lab.until(lab.submit())
        assert stands(lab) == (3, 0, 0, 0)
        again = lab.submit(reprocess=True, checkpoint={"boxes_above": 0})
        lab.until(again, Status.CHECKPOINT)
    assert stands(lab) == (0, 3, 0, 0)
    control.judge(lab.board, ENGINEER, again, None, "accept")
    assert stands(lab) == (3, 0, 0, 0)


def waiting_items(lab: Lab) -> list[int]:
    """The items that wait and have a result, by id."""
    waits = (Item.state == ItemState.STOPPED, Item.result_id.is_not(None))
    with lab.board.store.read() as session:
        return list(session.scalars(select(Item.id).where(*waits).order_by(Item.id)))
