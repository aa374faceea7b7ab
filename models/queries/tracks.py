"""Individuals: what was counted in each night, from which detections, by which job; as plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from models.captures import Capture, Deployment, Event
from models.pipelines import Pipeline
from models.queries.ranges import within
from models.results import Detection, Result
from models.tracks import Sighting, Track, Tracking


@dataclass(frozen=True)
class CountRow:
    """The individuals of one night at one station, by the detections of one pipeline.

    `seen_twice` and `seen_once` are None where `interval_s`, the usual one between captures, is above two minutes: then
    only `most_at_once` says something. `current` is False when a result came, or went, after the count was made: run
    the tracks job again. `settings` are the weights and limits of the cost, and what its cosine is taken of.
    """

    tracking_id: int
    event_id: int
    station_id: int
    station: str
    night: date
    pipeline_id: int
    pipeline: str
    pipeline_version: int
    parameters: str
    job_id: int | None
    attempt: int
    interval_s: float | None
    captures: int
    detections: int
    seen_twice: int | None
    seen_once: int | None
    most_at_once: int
    most_capture_id: int | None
    settings: dict[str, Any]
    created_at: datetime
    current: bool


@dataclass(frozen=True)
class TrackRow:
    """One animal of a night. Times are UTC."""

    id: int
    number: int
    first_at: datetime
    last_at: datetime
    sightings: int
    job_id: int | None
    attempt: int


@dataclass(frozen=True)
class SightingRow:
    """One sighting of a track: where on which capture; the box is in full-resolution px."""

    detection_id: int
    capture_id: int
    taken_at: datetime | None
    x1: float
    y1: float
    x2: float
    y2: float
    cost: float | None


def counts(
    session: Session,
    project_id: int | None = None,
    first: date | None = None,
    last: date | None = None,
    stations: Sequence[int] | None = None,
    pipeline_id: int | None = None,
) -> list[CountRow]:
    """The count of each night from `first` to `last`, both included, by night and station; the newest of a pipeline.

    A pipeline that came to a new version or other parameters has several counts of a night; the latest one is given.
    """
    query = _counts()
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    if stations is not None:
        query = query.where(Event.deployment_id.in_(stations))
    query = query.where(*within(Event.night, first, last))
    if pipeline_id is not None:
        query = query.where(Tracking.pipeline_id == pipeline_id)
    newest = {}
    for row in session.execute(query.order_by(Event.night, Deployment.name, Tracking.created_at, Tracking.id)):
        newest[row.event_id, row.pipeline_id] = CountRow(**row._mapping)
    return list(newest.values())


def of_night(session: Session, event_id: int) -> list[CountRow]:
    """The counts of one night, the newest of each pipeline."""
    query = _counts().where(Tracking.event_id == event_id).order_by(Tracking.created_at, Tracking.id)
    newest = {row.pipeline_id: CountRow(**row._mapping) for row in session.execute(query)}
    return list(newest.values())


def tracks(session: Session, tracking_id: int) -> list[TrackRow]:
    """The animals of one count, in the order in which they came."""
    columns = (
        Track.id,
        Track.number,
        Track.first_at,
        Track.last_at,
        Track.sightings_count.label("sightings"),
        Track.job_id,
        Track.attempt,
    )
    rows = session.execute(select(*columns).where(Track.tracking_id == tracking_id).order_by(Track.number))
    return [TrackRow(**row._mapping) for row in rows]


def sightings(session: Session, track_id: int) -> list[SightingRow]:
    """Where one animal was seen, in the order of time."""
    rows = session.execute(
        select(
            Sighting.detection_id,
            Detection.capture_id,
            Capture.taken_at,
            Detection.x1,
            Detection.y1,
            Detection.x2,
            Detection.y2,
            Sighting.cost,
        )
        .join(Detection, Detection.id == Sighting.detection_id)
        .join(Capture, Capture.id == Detection.capture_id)
        .where(Sighting.track_id == track_id)
        .order_by(Capture.taken_at, Capture.id)
    )
    return [SightingRow(**row._mapping) for row in rows]


def _counts() -> Select[Any]:
    same = and_(
        Result.pipeline_id == Tracking.pipeline_id,
        Result.pipeline_version == Tracking.pipeline_version,
        Result.parameters == Tracking.parameters,
        Result.waiting.is_(False),
        Capture.event_id == Tracking.event_id,
        Capture.taken_at.is_not(None),
    )
    of_results = select(func.count(Result.id)).join(Capture, Capture.id == Result.capture_id).where(same)
    older = of_results.where(Result.created_at <= Tracking.created_at)
    columns: list[Any] = [
        Tracking.id.label("tracking_id"),
        Tracking.event_id,
        Event.deployment_id.label("station_id"),
        Deployment.name.label("station"),
        Event.night,
        Tracking.pipeline_id,
        Pipeline.name.label("pipeline"),
        Tracking.pipeline_version,
        Tracking.parameters,
        Tracking.job_id,
        Tracking.attempt,
        Tracking.interval_s,
        Tracking.captures_count.label("captures"),
        Tracking.detections_count.label("detections"),
        Tracking.seen_twice,
        Tracking.seen_once,
        Tracking.most_at_once,
        Tracking.most_capture_id,
        Tracking.settings,
        Tracking.created_at,
        and_(
            of_results.correlate(Tracking).scalar_subquery() == Tracking.captures_count,
            older.correlate(Tracking).scalar_subquery() == Tracking.captures_count,
        ).label("current"),
    ]
    query: Select[Any] = select(*columns)
    return (
        query.join(Event, Event.id == Tracking.event_id)
        .join(Deployment, Deployment.id == Event.deployment_id)
        .join(Pipeline, Pipeline.id == Tracking.pipeline_id)
    )
