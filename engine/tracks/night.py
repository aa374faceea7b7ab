"""One night as tracks need it: its captures with what was found on them, and putting its tracks into the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.orm import Session

from engine.captures.files import stamp_of
from engine.captures.sources import file_in
from engine.pipelines.base import Picture
from engine.provenance import digest_of_night
from engine.tracks.linking import Seen, Sighting
from models.captures import Capture, Source
from models.jobs import Job
from models.nights import usual_interval
from models.pipelines import Pipeline
from models.results import Detection, Result
from models.tracks import Sighting as SightingRow
from models.tracks import Track, Tracking

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Found:
    """One capture of the night, and its detections by their boxes, in an order that does not depend on their ids."""

    capture_id: int
    at: datetime
    picture: Picture
    detections: Sequence[tuple[int, Box]]


@dataclass(frozen=True)
class Night:
    """How a night's captures stand with one pipeline; `interval_s` is the usual one of all its captures."""

    captures: Sequence[tuple[int, datetime]]  # those with a result, in the order of time
    waiting: int  # captures that the pipeline has neither looked at nor failed on
    interval_s: float | None


def results_of(session: Session, job: Job) -> ColumnElement[bool]:
    """That a result is by the job's pipeline, as it is now, and counts."""
    pipeline = session.get_one(Pipeline, job.pipeline_id)
    return and_(
        Result.pipeline_id == pipeline.id,
        Result.pipeline_version == pipeline.version,
        Result.parameters == digest_of_night(session, pipeline, job.event_id),
        Result.waiting.is_(False),
    )


def night_of(session: Session, job: Job) -> Night:
    """The night of a job, as it stands."""
    joined = and_(Result.capture_id == Capture.id, results_of(session, job))
    rows = session.execute(
        select(Capture.id, Capture.taken_at, Capture.failed_at, Result.id.label("result"))
        .outerjoin(Result, joined)
        .where(Capture.event_id == job.event_id, Capture.taken_at.is_not(None))
        .order_by(Capture.taken_at, Capture.id)
    ).all()
    return Night(
        captures=[(row.id, row.taken_at) for row in rows if row.result is not None],
        waiting=sum(row.result is None and row.failed_at is None for row in rows),
        interval_s=usual_interval([row.taken_at for row in rows]),
    )


def found_on(session: Session, job: Job, captures: Sequence[tuple[int, datetime]]) -> list[Found]:
    """These captures with their detections, in this order."""
    ids = [capture for capture, _ in captures]
    boxes: dict[int, list[tuple[int, Box]]] = {capture: [] for capture in ids}
    detections = (
        select(Detection.capture_id, Detection.id, Detection.x1, Detection.y1, Detection.x2, Detection.y2)
        .join(Result, Result.id == Detection.result_id)
        .where(Detection.capture_id.in_(ids), results_of(session, job))
    )
    for capture, detection, *box in session.execute(detections):
        boxes[capture].append((detection, (box[0], box[1], box[2], box[3])))
    columns = (Capture.id, Capture.path, Source.url, Capture.checksum, Capture.size_bytes)
    files = session.execute(select(*columns).join(Source, Source.id == Capture.source_id).where(Capture.id.in_(ids)))
    pictures = {id_: Picture(id_, file_in(url, path, stamp_of(sum_, size))) for id_, path, url, sum_, size in files}
    return [
        Found(capture, at, pictures[capture], sorted(boxes[capture], key=lambda each: (each[1], each[0])))
        for capture, at in captures
    ]


def most_at_once(session: Session, job: Job) -> tuple[int, int | None]:
    """The most detections on one capture of the night, and which capture that is (the first of several)."""
    row = session.execute(
        select(Result.detections_count, Result.capture_id)
        .join(Capture, Capture.id == Result.capture_id)
        .where(Capture.event_id == job.event_id, results_of(session, job))
        .order_by(Result.detections_count.desc(), Capture.taken_at, Capture.id)
        .limit(1)
    ).first()
    return (row.detections_count, row.capture_id) if row else (0, None)


def detections_of(session: Session, job: Job) -> Mapping[int, datetime]:
    """When each detection of the night was taken, by its id."""
    rows = session.execute(
        select(Detection.id, Capture.taken_at)
        .join(Result, Result.id == Detection.result_id)
        .join(Capture, Capture.id == Detection.capture_id)
        .where(Capture.event_id == job.event_id, Capture.taken_at.is_not(None), results_of(session, job))
    )
    return {detection: at for detection, at in rows if at is not None}


def replace(
    session: Session, job: Job, tracking: Tracking, sightings: Sequence[Sighting], at: Mapping[int, datetime]
) -> None:
    """Put a count and its tracks in the place of those that the night had by this pipeline; `at` is by detection."""
    pipeline = session.get_one(Pipeline, job.pipeline_id)
    key = {
        "event_id": job.event_id,
        "pipeline_id": pipeline.id,
        "pipeline_version": pipeline.version,
        "parameters": digest_of_night(session, pipeline, job.event_id),
    }
    session.execute(delete(Tracking).filter_by(**key))
    for name, value in (key | {"job_id": job.id, "attempt": job.attempt}).items():
        setattr(tracking, name, value)
    session.add(tracking)
    session.flush()
    own = {"tracking_id": tracking.id, "job_id": job.id, "attempt": job.attempt}
    tracks = [own | track for track in _tracks(sightings, at)]
    if not tracks:
        return
    ids = session.scalars(insert(Track).returning(Track.id, sort_by_parameter_order=True), tracks).all()
    by_number = {track["number"]: id_ for track, id_ in zip(tracks, ids, strict=True)}
    links = [
        {"detection_id": each.detection, "track_id": by_number[each.track], "cost": each.cost} for each in sightings
    ]
    session.execute(insert(SightingRow), links)


def _tracks(sightings: Sequence[Sighting], at: Mapping[int, datetime]) -> list[dict[str, Any]]:
    """Number, first, last and number of sightings of each track; the sightings come in the order of time."""
    tracks: dict[int, dict[str, Any]] = {}
    for each in sightings:
        moment = at[each.detection]
        new = {"number": each.track, "first_at": moment, "last_at": moment, "sightings_count": 0}
        known = tracks.setdefault(each.track, new)
        known["last_at"] = moment
        known["sightings_count"] += 1
    return list(tracks.values())


def as_seen(detections: Sequence[tuple[int, Box]]) -> list[Seen]:
    """Detections of which only the boxes are known."""
    return [Seen(detection, box) for detection, box in detections]
