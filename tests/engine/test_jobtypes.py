"""The job types beside ml: sync, populate, regroup; on real folders, by real workers."""

import os
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from engine import control
from engine.captures.ingest import Report, ingest
from engine.refusals import Invalid
from engine.requests import JobRequest
from models.captures import Capture, Collection, CollectionCapture, Deployment, Event
from models.jobs import Item, JobNight, Stage
from models.results import Result
from models.states import Status
from tests.lab import ENGINEER, Lab


def params(lab: Lab, job_id: int) -> dict[str, object]:
    with lab.board.store.read() as session:
        stage = session.scalars(select(Stage).where(Stage.job_id == job_id)).one()
    return {param["key"]: param["value"] for param in stage.params}


def collection(lab: Lab, method: str, **arguments: object) -> int:
    with lab.board.store.write() as session:
        row = Collection(project_id=lab.project_id, name=method, method=method, arguments=arguments, seed=3)
        session.add(row)
        session.flush()
        return row.id


def chosen(lab: Lab, collection_id: int) -> list[int]:
    with lab.board.store.read() as session:
        rows = select(CollectionCapture.capture_id).where(CollectionCapture.collection_id == collection_id)
        return list(session.scalars(rows.order_by(CollectionCapture.position)))


def test_a_sync_adds_only_what_is_new(night: Lab, tmp_path: Path) -> None:
    whole = sorted((tmp_path / "captures").iterdir())[0].read_bytes()
    for minute in range(5):
        (tmp_path / "captures" / f"202607020300{minute:02}.jpg").write_bytes(whole)
    (tmp_path / "captures" / "note.txt").write_text("not a picture")
    job_id = night.submit(type="data_storage_sync", pipeline_id=None)
    with night.workers(1):
        assert night.until(job_id).status is Status.SUCCESS
    said = params(night, job_id)
    assert (said["added"], said["known"], said["ignored"]) == (5, 24, 1)
    with night.board.store.read() as session:
        assert session.scalars(select(func.count()).select_from(Capture)).one() == 29


def test_a_file_that_is_another_one_now_is_looked_at_anew(night: Lab, tmp_path: Path) -> None:
    first, second, *others = sorted((tmp_path / "captures").iterdir())
    with night.workers(1):
        old = night.submit()
        assert night.until(old).status is Status.SUCCESS
        second.write_bytes(first.read_bytes())
        os.utime(others[0])  # touched, and the same
        report = ([Report()] + [step.report for step in ingest(night.board.store, night.station_id, first.parent)])[-1]
        assert (report.changed, report.known) == (1, 23)
        job = night.until(night.submit())
        assert (job.processed, job.skipped) == (24, 23)
    with night.board.store.read() as session:
        changed = select(Capture.id).where(Capture.path == second.name).scalar_subquery()
        assert len(session.scalars(select(Result.id).where(Result.capture_id == changed)).all()) == 2
        of_old = session.scalars(select(Item.result_id).where(Item.job_id == old, Item.capture_id.is_not(None))).all()
    assert None not in of_old  # what the first job found stays with it


def test_what_is_not_there_any_more_is_noted_and_stays(night: Lab, tmp_path: Path) -> None:
    gone, *_ = sorted((tmp_path / "captures").iterdir())
    gone.rename(tmp_path / "elsewhere.jpg")
    with night.workers(1):
        for vanished in (1, 0):
            job_id = night.submit(type="data_storage_sync", pipeline_id=None)
            assert night.until(job_id).status is Status.SUCCESS
            with night.board.store.read() as session:
                missing = session.scalars(select(Capture.path).where(Capture.missing_at.is_not(None))).all()
            assert params(night, job_id)["vanished"] == vanished
            assert missing == [gone.name]
        (tmp_path / "elsewhere.jpg").rename(gone)
        night.until(night.submit(type="data_storage_sync", pipeline_id=None))
    with night.board.store.read() as session:
        assert session.scalars(select(Capture.path).where(Capture.missing_at.is_not(None))).all() == []


def test_a_sync_of_a_station_without_a_folder_is_refused(lab: Lab) -> None:
    with pytest.raises(Invalid, match="ingest one with"):
        lab.submit(type="data_storage_sync", pipeline_id=None)


def test_a_collection_is_filled_alike_by_its_seed(night: Lab) -> None:
    first, second = (collection(night, "random", size=7) for _ in range(2))
    with night.workers(1):
        for each in (first, second):
            kind = "populate_captures_collection"
            job_id = night.submit(type=kind, deployment_id=None, pipeline_id=None, collection_id=each)
            assert night.until(job_id).status is Status.SUCCESS
            assert params(night, job_id) == {"captures_added": 7}
    assert chosen(night, first) == chosen(night, second)
    with night.board.store.read() as session:
        assert session.get_one(Collection, first).captures_count == 7
        kept = session.scalars(select(Item.cursor).where(Item.job_id == job_id)).one()
    assert kept == {"method": "random", "arguments": {"size": 7}, "seed": 3, "captures": chosen(night, second)}


def test_an_ml_job_over_a_collection_does_exactly_its_captures(night: Lab) -> None:
    each = collection(night, "interval", minute_interval=30)
    with night.workers(1):
        night.until(
            night.submit(type="populate_captures_collection", deployment_id=None, pipeline_id=None, collection_id=each)
        )
        job_id = night.submit(deployment_id=None, collection_id=each)
        assert night.until(job_id).status is Status.SUCCESS
    with night.board.store.read() as session:
        done = session.scalars(select(Item.capture_id).where(Item.job_id == job_id, Item.capture_id.is_not(None)))
        assert sorted(filter(None, done)) == sorted(chosen(night, each))
        assert session.scalars(select(JobNight.captures_count).where(JobNight.job_id == job_id)).all() == [4]


def test_a_method_that_cannot_be_followed_is_refused_by_name(night: Lab) -> None:
    each = collection(night, "random", size=-1)
    request = JobRequest(name="x", project_id=night.project_id, type="populate_captures_collection", collection_id=each)
    with pytest.raises(Invalid, match="size"):
        control.submit(night.board, ENGINEER, request, start_now=True)


def test_regroup_moves_captures_into_the_nights_of_a_mended_zone(night: Lab) -> None:
    with night.board.store.write() as session:
        session.execute(update(Deployment).values(timezone="Pacific/Auckland"))
    job_id = night.submit(type="regroup_events", pipeline_id=None)
    with night.workers(1):
        assert night.until(job_id).status is Status.SUCCESS
    with night.board.store.read() as session:
        event = session.scalars(select(Event)).one()
        first = session.scalars(select(func.min(Capture.taken_at))).one()
    assert event.captures_count == 24
    assert event.first_at is not None
    assert f"{event.first_at:%H:%M}" == f"{first:%H:%M}" == "10:00"
