"""The verbs: what they do, what they refuse, and who asked. No worker is needed where none takes part."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import func, select

from engine import bulk, control
from engine.access import Actor
from engine.refusals import Forbidden, Illegal, Invalid, NotFound
from engine.requests import JobChanges, JobRequest
from models.captures import Deployment
from models.jobs import Item, Job, JobTag, Log, Stage
from models.operations import Queue
from models.people import Audit, Role
from models.queries import changes, queues
from models.queries.job_filter import JobFilter
from models.results import Result
from models.revisions import Tombstone
from models.states import ItemState, ReviewState, Status
from tests.lab import ENGINEER, Lab, draw_captures, wait_for

VIEWER = Actor("guest", Role.VIEWER, "api")


def test_an_illegal_verb_changes_nothing_and_says_why(night: Lab) -> None:
    job_id = night.submit(start_now=False)
    before = night.job(job_id)
    with pytest.raises(Illegal, match="A job that is CREATED cannot resume; that needs a job that is PAUSED"):
        control.resume(night.board, ENGINEER, job_id)
    after = night.job(job_id)
    assert (after.status, after.rev, after.control_id) == (before.status, before.rev, before.control_id)


def test_a_refusal_is_in_the_audit(night: Lab) -> None:
    job_id = night.submit()
    with pytest.raises(Forbidden):
        control.cancel(night.board, VIEWER, job_id)
    with night.board.store.read() as session:
        refused = session.scalars(select(Audit).where(Audit.outcome == "refused")).one()
    assert (refused.who, refused.job_id) == ("guest", job_id)
    assert refused.reason is not None
    assert "operator" in refused.reason


def test_two_clicks_at_once_get_one_winner_and_one_explanation(night: Lab) -> None:
    job_id = night.submit()
    answers: list[object] = []

    def click() -> None:
        try:
            answers.append(control.cancel(night.board, ENGINEER, job_id))
        except Illegal as refusal:
            answers.append(refusal)

    people = [threading.Thread(target=click) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(type(answer).__name__ for answer in answers) == ["Answer", "Illegal"]
    assert night.job(job_id).status == Status.REVOKED


def test_cancel_takes_the_waiting_bells_out_of_the_queue(night: Lab) -> None:
    job_id = night.submit()
    assert night.board.bell.waiting() == 1
    control.cancel(night.board, ENGINEER, job_id)
    assert night.board.bell.waiting() == 0


def test_a_request_with_unknown_ids_names_each_field(night: Lab) -> None:
    request = JobRequest(name="x", project_id=night.project_id, collection_id=99, pipeline_id=77)
    with pytest.raises(Invalid) as refusal:
        control.submit(night.board, ENGINEER, request, start_now=True)
    assert set(refusal.value.fields) == {"collection_id", "pipeline_id"}
    with night.board.store.read() as session:
        assert session.scalars(select(func.count()).select_from(Job)).one() == 0


def test_a_token_of_another_project_does_not_see_the_job(night: Lab) -> None:
    stranger = Actor("stranger", Role.ADMIN, "api", project_id=night.project_id + 1)
    with pytest.raises(NotFound):
        control.cancel(night.board, stranger, night.submit())


def test_rerun_makes_a_new_job_with_edited_arguments(night: Lab) -> None:
    job_id = night.submit(limit=5, tags=["first"], priority=7)
    answer = control.rerun(night.board, ENGINEER, job_id, changes=JobChanges(limit=3), start_now=False)
    again = night.job(answer.job_id)
    assert again.id != job_id
    assert (again.name, again.limit, again.priority, again.reprocess) == ("Rerun a job", 3, 7, True)


def test_what_decides_the_work_is_fixed_once_it_was_started(night: Lab) -> None:
    job_id = night.submit()
    control.edit(night.board, ENGINEER, job_id, JobChanges(name="renamed", priority=9, tags=["a", "b"]))
    with pytest.raises(Illegal, match="limit of a job can only change before"):
        control.edit(night.board, ENGINEER, job_id, JobChanges(limit=2))
    job = night.job(job_id)
    assert (job.name, job.priority, job.tags, job.limit) == ("renamed", 9, ["a", "b"], None)
    with night.board.store.read() as session:
        assert set(session.scalars(select(JobTag.tag))) == {"a", "b"}


def test_a_deleted_job_leaves_a_tombstone_and_its_results(night: Lab) -> None:
    job_id = night.submit(limit=2)
    with night.workers(1):
        night.until(job_id)
    control.delete(night.board, ENGINEER, job_id)
    with night.board.store.read() as session:
        assert session.get(Job, job_id) is None
        assert session.scalars(select(func.count()).select_from(Item)).one() == 0
        assert session.scalars(select(func.count()).select_from(Result)).one() == 2
        assert session.get(Tombstone, ("job", str(job_id))) is not None


def test_a_review_names_its_reviewer(night: Lab) -> None:
    from engine import access

    access.ensure_admin(night.board.store, night.home)
    job_id = night.submit()
    control.review(night.board, ENGINEER, job_id, reviewer="admin", state=ReviewState.IN_REVIEW)
    assert night.job(job_id).review_state is ReviewState.IN_REVIEW
    with pytest.raises(Invalid, match="no person named 'nobody'"):
        control.review(night.board, ENGINEER, job_id, reviewer="nobody")


def test_cancel_in_bulk_goes_through_all_that_match(night: Lab) -> None:
    jobs = [night.submit(tags=["bulk"]) for _ in range(6)]
    other = night.submit(start_now=False, priority=1)
    begun = control.in_bulk(night.board, ENGINEER, "cancel", JobFilter(status=(Status.PENDING,)))
    wait_for(lambda: control.go_on(night.board, begun.id), "what half a second was too short for is done as well")
    with night.board.store.read() as session:
        operation = bulk.row_of(session, begun.id)
    assert (operation.total, operation.done, operation.refused) == (6, 6, 0)
    assert operation.finished_at is not None
    assert {night.job(job_id).status for job_id in jobs} == {Status.REVOKED}
    assert night.job(other).status is Status.CREATED


def test_the_reconciler_finishes_an_operation(night: Lab) -> None:
    jobs = [night.submit() for _ in range(3)]
    with night.board.store.write() as session:
        at = night.board.store.clock(session)
        operation_id = bulk.begin(session, ENGINEER, "cancel", JobFilter(), at)
        bulk.leave(session, operation_id)
    with night.parts(("reconcile",)):
        wait_for(lambda: night.job(jobs[-1]).status is Status.REVOKED, "the last job is cancelled")
        wait_for(lambda: _finished(night, operation_id), "the operation is through")


def _finished(lab: Lab, operation_id: int) -> bool:
    with lab.board.store.read() as session:
        return bulk.row_of(session, operation_id).finished_at is not None


def test_a_paused_queue_holds_its_jobs_and_lets_the_others_through(night: Lab) -> None:
    held = night.submit(limit=2)
    control.pause_queue(night.board, ENGINEER, Queue.PIPELINE, night.pipeline_id)
    free = night.submit(pipeline_id=None, deployment_id=None, delay=1)
    with night.workers(1):
        assert night.until(free).status is Status.SUCCESS
        assert night.job(held).status is Status.PENDING
        control.resume_queue(night.board, ENGINEER, Queue.PIPELINE, night.pipeline_id)
        assert night.until(held).status is Status.SUCCESS


def test_a_paused_queue_is_told_to_the_pages_with_who_paused_it(night: Lab) -> None:
    with night.board.store.read() as session:
        before = changes.since(session, 0).rev
        assert queues.pauses(session) == []
    for queue, key in ((Queue.STATION, night.station_id), (Queue.ALL, 0)):
        control.pause_queue(night.board, ENGINEER, queue, key)
    with night.board.store.read() as session:
        changed, (whole, station) = changes.since(session, before), queues.pauses(session)
        assert changes.health(session, night.board.store.clock(session)).paused == (whole, station)
    assert {table for table, _ in changed.gone} == {"queue_pause"}
    assert whole.holds(None, None)
    assert station.holds(night.station_id, None)
    assert not station.holds(None, night.pipeline_id)
    with night.board.store.read() as session:
        name = session.get_one(Deployment, night.station_id).name
    assert station.name == name
    control.resume_queue(night.board, ENGINEER, Queue.ALL)
    with night.board.store.read() as session:
        assert changes.since(session, changed.rev).gone == [("queue_pause", "all 0")]
        assert queues.pauses(session) == [station]


def test_a_higher_priority_goes_first(night: Lab) -> None:
    low = night.submit(priority=1, limit=3, reprocess=True)
    high = night.submit(priority=9, limit=3, reprocess=True)
    with night.workers(1):
        night.until(low)
        night.until(high)
    first, second = night.job(high), night.job(low)
    assert first.started_at is not None
    assert second.started_at is not None
    assert first.started_at < second.started_at


def test_a_dry_run_collects_and_checks_and_processes_nothing(night: Lab, tmp_path: Path) -> None:
    (tmp_path / "captures" / "20260702030000.jpg").write_bytes(b"no picture")
    night.take_in(tmp_path / "captures")
    job_id = night.submit(dry_run=True)
    with night.workers(1):
        assert night.until(job_id).status is Status.SUCCESS
    with night.board.store.read() as session:
        assert session.scalars(select(func.count()).select_from(Result)).one() == 0
        check = session.scalars(select(Stage).where(Stage.key == "check")).one()
        said = session.scalars(select(Log.message).where(Log.job_id == job_id)).all()
    assert {param["key"]: param["value"] for param in check.params} == {"readable": 24, "unreadable": 1}
    assert any("20260702030000.jpg" in line for line in said)


def test_only_what_failed_alike_is_tried_again(lab: Lab, tmp_path: Path) -> None:
    draw_captures(tmp_path / "captures", 4)
    paths = sorted((tmp_path / "captures").iterdir())
    paths[0].write_bytes(paths[0].read_bytes()[:2000])
    cv2.imwrite(str(paths[1]), np.zeros((360, 480, 3), np.uint8))
    lab.take_in(tmp_path / "captures")
    job_id = lab.submit()
    with lab.workers(1):
        assert lab.until(job_id).failed == 2
    control.retry(lab.board, ENGINEER, job_id, "failed", alike=control.Alike("dark", lab.station_id))
    assert lab.items(job_id) == {"DONE": 2, "FAILED": 1, "WAITING": 1}
    assert lab.job(job_id).failed == 1
    with pytest.raises(Illegal, match="needs a job that is"):
        control.retry(lab.board, ENGINEER, job_id, "failed", alike=control.Alike("truncated"))
    with lab.workers(1):
        job = lab.until(job_id)
    assert (job.status, job.attempt, job.failed) == (Status.SUCCESS, 2, 2)
    lab.assert_whole(job_id)
    for alike in (control.Alike("blurred"), control.Alike("dark", lab.station_id + 1)):
        with pytest.raises(Illegal, match="No capture of this job stands as failed in this way any more"):
            control.retry(lab.board, ENGINEER, job_id, "failed", alike=alike)
    assert lab.job(job_id).status is Status.SUCCESS


def test_what_was_never_reached_goes_along_with_what_failed_alike(lab: Lab, tmp_path: Path) -> None:
    draw_captures(tmp_path / "captures", 4)
    paths = sorted((tmp_path / "captures").iterdir())
    paths[0].write_bytes(paths[0].read_bytes()[:2000])
    lab.take_in(tmp_path / "captures")
    job_id = lab.submit()
    with lab.workers(1):
        assert lab.until(job_id).failed == 1
    with lab.board.store.write() as session:  # as a cancel leaves it that came before two of them
        done = select(Item).where(Item.job_id == job_id, Item.capture_id.is_not(None), Item.state == ItemState.DONE)
        for item in session.scalars(done.limit(2)):
            item.state, item.result_id = ItemState.WAITING, None
        job = session.get_one(Job, job_id)
        job.status, job.processed = Status.REVOKED, 1
    control.retry(lab.board, ENGINEER, job_id, "failed", alike=control.Alike("truncated", lab.station_id))
    assert lab.items(job_id) == {"DONE": 1, "WAITING": 3}
    with lab.workers(1):
        job = lab.until(job_id)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, 3, 1)
