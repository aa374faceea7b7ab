"""A night from the sync to its report, by real workers, held against the ground truth of the drawn demonstration.

The captures of one station are given names in which time goes by fourteen times as fast, so that they lie a minute
apart and animals can be followed. The camera's failure shrinks with it and stays a gap.
"""

import csv
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine import control
from engine.captures.stations import open_source
from engine.demo.draw import draw_demonstration
from engine.demo.truth import DrawnAnimal, Truth
from engine.exports import files
from engine.reports.report import Report, build
from engine.reports.selection import read
from models.captures import Capture, Collection
from models.jobs import Job
from models.queries import effort, tracks
from models.results import Detection
from models.states import Status
from models.tracks import Sighting, Tracking
from tests.bench.quality import score
from tests.lab import ENGINEER, Lab

FASTER = 14  # each second capture of the demonstration is drawn, 14 minutes after the one before
STATION = "old-orchard"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    draw_demonstration(folder, date(2026, 8, 13), nights=1, every=2)
    return folder


@pytest.fixture
def truth(lab: Lab, drawn: Path, tmp_path: Path) -> dict[str, tuple[DrawnAnimal, ...]]:
    """The captures under their faster names, as the lab's source; what was drawn on each that is whole."""
    told = Truth.load(drawn)
    mine = sorted(path for path in told.captures if path.startswith(STATION))
    times = [datetime.strptime(Path(path).stem, "%Y%m%d%H%M%S") for path in mine]
    (tmp_path / "card").mkdir()
    animals = {}
    for path, at in zip(mine, times, strict=True):
        name = f"{times[0] + (at - times[0]) / FASTER:%Y%m%d%H%M%S}.jpg"
        shutil.copy(drawn / path, tmp_path / "card" / name)
        if path not in told.truncated:
            animals[name] = told.captures[path]
    with lab.board.store.write() as session:
        open_source(session, lab.station_id, tmp_path / "card")
    return animals


def done(lab: Lab, job_id: int) -> Job:
    job = lab.until(job_id)
    assert job.status is Status.SUCCESS, job.cause
    return job


def stays(truth: dict[str, tuple[DrawnAnimal, ...]], gap_ends: str) -> Counter[tuple[str, bool]]:
    """On how many captures each animal is, before the gap and behind it: what cannot be followed counts as two."""
    return Counter((animal.animal, name >= gap_ends) for name, animals in truth.items() for animal in animals)


def test_a_night_agrees_with_what_was_drawn(lab: Lab, truth: dict[str, tuple[DrawnAnimal, ...]]) -> None:
    with lab.workers(2):
        done(lab, lab.submit(type="data_storage_sync", pipeline_id=None))
        with lab.board.store.read() as session:
            (night,) = effort.by_night(session, lab.project_id)
        assert night.captures == len(truth) + 1  # the one that was cut short is there too
        assert len(night.gaps) == 1
        silent = night.gaps[0].end - night.gaps[0].start
        assert timedelta(minutes=50) / FASTER <= silent <= timedelta(minutes=58) / FASTER
        assert night.first_at is not None
        assert night.last_at is not None
        assert night.hours == pytest.approx((night.last_at - night.first_at - silent).total_seconds() / 3600)
        assert night.expected - night.captures == pytest.approx(silent / timedelta(minutes=1), abs=1.5)

        with lab.board.store.write() as session:
            collection = Collection(project_id=lab.project_id, name="the night", method="full")
            session.add(collection)
        fill = lab.submit(
            type="populate_captures_collection", deployment_id=None, pipeline_id=None, collection_id=collection.id
        )
        done(lab, fill)
        looked = done(lab, lab.submit(deployment_id=None, collection_id=collection.id))
        assert (looked.total, looked.failed) == (len(truth) + 1, 1)

        linking = lab.submit(type="tracks", event_id=night.event_id)
        done(lab, linking)
        with lab.board.store.read() as session:
            (counted,) = tracks.of_night(session, night.event_id)

        boxes: dict[str, list[tuple[float, float, float, float]]] = {}
        with lab.board.store.read() as session:
            for path, *box in session.execute(
                select(Capture.path, Detection.x1, Detection.y1, Detection.x2, Detection.y2).join(
                    Detection, Detection.capture_id == Capture.id
                )
            ):
                boxes.setdefault(path, []).append((box[0], box[1], box[2], box[3]))
        scores = [score(boxes.get(name, []), [animal.box for animal in animals], []) for name, animals in truth.items()]
        right = sum(each[0] for each in scores)
        assert right >= 0.92 * sum(map(len, truth.values()))
        assert right >= 0.92 * sum(map(len, boxes.values()))

        gap_ends = night.gaps[0].end.astimezone(ZoneInfo(night.timezone))
        expected = stays(truth, f"{gap_ends:%Y%m%d%H%M%S}")
        often = sum(times > 1 for times in expected.values())
        assert counted.seen_twice == pytest.approx(often, rel=0.1)
        assert counted.seen_once is not None
        assert counted.seen_once <= sum(times == 1 for times in expected.values()) + 0.1 * often
        assert counted.most_at_once == pytest.approx(max(map(len, truth.values())), abs=2)
        assert (counted.job_id, counted.captures, counted.current) == (linking, len(truth), True)

        again = lab.submit(type="tracks", event_id=night.event_id)
        done(lab, again)
        export = lab.submit(type="data_export", pipeline_id=None, arguments={"format": "csv"})
        done(lab, export)
    with lab.board.store.read() as session:
        (second,) = tracks.of_night(session, night.event_id)
        assert session.scalars(select(Tracking.id)).all() == [second.tracking_id]
        assert (second.job_id, second.seen_twice, second.seen_once) == (again, counted.seen_twice, counted.seen_once)
        rows = tracks.tracks(session, second.tracking_id)
        assert sum(row.sightings for row in rows) == second.detections == len(session.scalars(select(Sighting)).all())
        assert {row.job_id for row in rows} == {again}
        longest = max(rows, key=lambda row: row.sightings)
        seen = tracks.sightings(session, longest.id)
        assert [each.taken_at for each in seen] == sorted(each.taken_at for each in seen if each.taken_at)
        assert (seen[0].taken_at, seen[-1].taken_at, len(seen)) == (
            longest.first_at,
            longest.last_at,
            longest.sightings,
        )
        report = build(session, read({}), datetime.now(UTC))
    assert [row[:2] for row in table_of(report, "captures")] == [[night.station, night.night.isoformat()]]
    (effort_row,), (processed_row,) = table_of(report, "captures"), table_of(report, "processed")
    assert (effort_row[2], effort_row[4]) == (night.captures, pytest.approx(night.hours, abs=0.01))
    found = sum(map(len, boxes.values()))
    assert processed_row[2:] == [len(truth), 0, 1, 0, found]
    (tracks_row,) = table_of(report, "tracks")
    assert tracks_row[-4:] == [len(truth), second.seen_twice, second.seen_once, second.most_at_once]
    (file,) = [each for each in files.files(lab.board.store, lab.home, ENGINEER, export) if "detection" in each.name]
    with file.path.open(newline="", encoding="utf-8") as lines:
        animals = [row for row in csv.DictReader(lines) if row["detection_id"]]
    assert len(animals) == found
    assert {row["job_id"] for row in animals} == {str(looked.id)}


def table_of(report: Report, key: str) -> list[list[Any]]:
    """The rows of a figure's table."""
    part = report.part(key)
    assert part is not None
    return part.table.values()


def test_tracks_wait_until_all_captures_of_the_night_are_through(night: Lab) -> None:
    with night.board.store.read() as session:
        event_id = effort.by_night(session)[0].event_id
    with night.workers(1):
        early = night.until(night.submit(type="tracks", event_id=event_id))
        assert early.status is Status.FAILURE
        assert early.cause is not None
        assert "24 captures of this night are not through the pipeline yet" in early.cause
        done(night, night.submit())
        control.retry(night.board, ENGINEER, early.id)
        assert night.until(early.id).status is Status.SUCCESS
    with night.board.store.read() as session:
        (counted,) = tracks.of_night(session, event_id)
        assert (counted.interval_s, counted.seen_twice, counted.seen_once) == (300, None, None)
        assert counted.most_at_once == 3
        assert tracks.tracks(session, counted.tracking_id) == []
