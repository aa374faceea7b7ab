"""Captures as pages show them: the contact sheet of a night or of those without a time, and one capture with its boxes.

How good a capture is as a picture was judged when it was processed (engine.pipelines.quality). What was processed
before there was a judgement goes by its mean brightness. Far less sharp than usual in its night is blurred too, as a
sharp picture of one camera is a blurred one of another.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, select, true, tuple_
from sqlalchemy.orm import Session

from models.captures import STATE, STATES, Capture, Deployment, Event
from models.jobs import AWAITS_VERDICT, Item, Job
from models.pipelines import Pipeline
from models.results import Detection, Result
from models.states import ItemState


def _judged(word: str) -> ColumnElement[bool]:
    """Whether the capture was judged to be this: dark, blown out or blurred."""
    return func.coalesce(cast(Capture.flags, String).contains(f'"{word}"'), false())


DARK_BELOW, BLOWN_OUT_ABOVE = 60.0, 240.0  # mean grey value of 255; a lit sheet has 140 to 220
BLURRED_BELOW = 0.5  # of the night's median sharpness
_SHOWN: dict[str, ColumnElement[bool]] = {
    "all": true(),
    "animals": Capture.detections_count > 0,
    "stopped": STATES["stopped"],
    "failed": STATES["failed"],
    "open": STATES["open"],
    "dark": _judged("dark") | (Capture.brightness < DARK_BELOW),
    "blown-out": _judged("blown out") | (Capture.brightness > BLOWN_OUT_ABOVE),
}
_LATEST = (Result.waiting, Result.created_at.desc(), Result.id.desc())
QUALITY = ("dark", "blown-out", "blurred")
SHOWN = (*_SHOWN, "blurred")


@dataclass(frozen=True)
class CaptureRow:
    """One capture of a contact sheet; `state` is of models.captures.STATES, `quality` are words of QUALITY."""

    id: int
    path: str
    taken_at: datetime | None
    state: str
    detections: int
    width: int | None = None  # px
    height: int | None = None
    quality: tuple[str, ...] = ()
    time_source: str | None = None  # name, exif, file or none, where it was asked for


@dataclass(frozen=True)
class Box:
    """One animal; the box in full-resolution px from the top left corner."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    label: str
    id: int | None = None  # of its detection
    length_px: float | None = None  # along its main axis


@dataclass(frozen=True)
class NightWithCaptures:
    """A night that a contact sheet can be of."""

    event_id: int
    night: date
    captures: int
    station_id: int
    station: str
    timezone: str


@dataclass(frozen=True)
class WithoutTime:
    """A station that has captures of which nothing tells when they were taken, so that they are of no night."""

    station_id: int
    station: str
    timezone: str
    captures: int
    missing: int  # of them: no longer in their source, as after a file was named anew


@dataclass(frozen=True)
class CapturePicture:
    """One capture with the boxes of its latest result."""

    id: int
    path: str
    taken_at: datetime | None
    time_source: str  # what tells when it was taken: name, exif, file or none
    missing_at: datetime | None  # when a look through its source did not meet it any more
    width: int | None  # px
    height: int | None
    size_bytes: int
    header_error: str | None
    state: str
    project_id: int
    station_id: int
    station: str
    timezone: str
    event_id: int | None
    night: date | None
    pipeline: str | None  # of the latest result
    pipeline_version: int | None
    job_id: int | None  # that made it
    found_at: datetime | None
    brightness: float | None  # as this result's pipeline measured it: mean grey value, 0 to 255
    sharpness: float | None
    flags: list[str] | None  # dark, blown out, blurred; None where it was not judged
    px_per_mm: float | None  # of the station
    held_by: int | None  # the job at whose checkpoint it waits for a person
    boxes: list[Box]
    error: str | None  # of its last failed try, when it has no result
    before: int | None  # ids of the captures next to it in its night, or next to it without a time
    after: int | None


def of_night(
    session: Session, event_id: int, *, show: str = "all", offset: int = 0, limit: int = 48
) -> list[CaptureRow]:
    """A window of the night's captures in the order of their times; `show` is one of SHOWN."""
    return _window(session, Capture.event_id == event_id, show, offset, limit)


def without_time(
    session: Session, station_id: int, *, show: str = "all", offset: int = 0, limit: int = 48
) -> list[CaptureRow]:
    """A window of the station's captures without a time in the order in which they came; `show` is one of SHOWN."""
    return _window(session, _without_time(station_id), show, offset, limit)


def _without_time(station_id: Any) -> ColumnElement[bool]:
    """Found by the index over station and time."""
    return and_(Capture.deployment_id == station_id, Capture.taken_at.is_(None))


def _window(session: Session, mine: ColumnElement[bool], show: str, offset: int, limit: int) -> list[CaptureRow]:
    shown = _shown(session, mine)
    flags = [shown[word].label(f"is_{number}") for number, word in enumerate(QUALITY)]
    query = select(
        Capture.id,
        Capture.path,
        Capture.taken_at,
        STATE.label("state"),
        Capture.detections_count.label("detections"),
        Capture.width,
        Capture.height,
        Capture.time_source,
        *flags,
    ).where(mine, shown[show])
    rows = session.execute(query.order_by(Capture.taken_at, Capture.id).offset(offset).limit(limit))
    return [_capture_row(row) for row in rows]


def _capture_row(row: Any) -> CaptureRow:
    known = {each.name: row._mapping[each.name] for each in fields(CaptureRow) if each.name != "quality"}
    flags = zip(QUALITY, row[len(known) :], strict=True)
    return CaptureRow(**known, quality=tuple(word for word, holds in flags if holds))


def place_of(session: Session, event_id: int, at: datetime, *, show: str = "all") -> int:
    """How many captures of a sheet were taken before `at` (UTC)."""
    mine = Capture.event_id == event_id
    shown = _shown(session, mine)[show]
    return session.scalars(select(func.count()).where(mine, shown, Capture.taken_at < at)).one()


def boxes_of(session: Session, capture_ids: Sequence[int]) -> dict[int, list[Box]]:
    """The boxes of each capture's latest result, one that counts before one that waits for a person."""
    latest = func.row_number().over(partition_by=Result.capture_id, order_by=_LATEST)
    ranked = select(Result.id, latest.label("age")).where(Result.capture_id.in_(capture_ids)).subquery()
    columns = (Detection.x1, Detection.y1, Detection.x2, Detection.y2, Detection.score, Detection.label)
    rows = session.execute(
        select(Detection.capture_id, *columns).join(ranked, ranked.c.id == Detection.result_id).where(ranked.c.age == 1)
    )
    found: dict[int, list[Box]] = defaultdict(list)
    for capture_id, x1, y1, x2, y2, score, label in rows:
        found[capture_id].append(Box(x1, y1, x2, y2, score, label))
    return found


def fullest(session: Session, events: Sequence[int], *, limit: int) -> list[tuple[CaptureRow, int]]:
    """The captures of these nights with the most detections, each with the id of its night; the fullest first."""
    query = select(
        Capture.id,
        Capture.path,
        Capture.taken_at,
        STATE.label("state"),
        Capture.detections_count.label("detections"),
        Capture.event_id,
    ).where(Capture.event_id.in_(events), Capture.detections_count > 0, Capture.taken_at.is_not(None))
    rows = session.execute(query.order_by(Capture.detections_count.desc(), Capture.id).limit(limit))
    return [(CaptureRow(*row[:5]), row.event_id) for row in rows]


def counts(session: Session, event_id: int) -> dict[str, int]:
    """How many captures each word of SHOWN has."""
    return _counts(session, Capture.event_id == event_id)


def counts_without_time(session: Session, station_id: int) -> dict[str, int]:
    """How many of the station's captures without a time each word of SHOWN has."""
    return _counts(session, _without_time(station_id))


def _counts(session: Session, mine: ColumnElement[bool]) -> dict[str, int]:
    shown = _shown(session, mine)
    query = select(*(func.count().filter(shown[word]) for word in SHOWN)).where(mine)
    return dict(zip(SHOWN, session.execute(query).one(), strict=True))


def nights_with_captures(session: Session, project_id: int | None) -> list[NightWithCaptures]:
    """Every night that has a capture, newest first; of one project, for who may see only that."""
    query = (
        select(Event.id, Event.night, Event.captures_count, Deployment.id, Deployment.name, Deployment.timezone)
        .join(Deployment, Deployment.id == Event.deployment_id)
        .where(Event.captures_count > 0)
        .order_by(Event.night.desc(), Deployment.name)
    )
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    return [NightWithCaptures(*row) for row in session.execute(query)]


def stations_without_time(session: Session, project_id: int | None) -> list[WithoutTime]:
    """Every station that has captures without a time, by name; of one project, for who may see only that.

    Each station is looked up in the index by itself, so that the captures with a time are not read.
    """
    mine = select(func.count()).where(_without_time(Deployment.id)).correlate(Deployment)
    numbers = (mine.scalar_subquery(), mine.where(Capture.missing_at.is_not(None)).scalar_subquery())
    query = select(Deployment.id, Deployment.name, Deployment.timezone, *numbers).order_by(Deployment.name)
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    return [row for row in (WithoutTime(*each) for each in session.execute(query)) if row.captures]


def _shown(session: Session, mine: ColumnElement[bool]) -> dict[str, ColumnElement[bool]]:
    """The words of SHOWN as conditions for these captures, which are those of a night or those without a time."""
    measured = mine & Capture.sharpness.is_not(None)
    half = session.scalars(select(func.count()).where(measured)).one() // 2
    median = session.scalar(select(Capture.sharpness).where(measured).order_by(Capture.sharpness).offset(half).limit(1))
    return _SHOWN | {"blurred": _judged("blurred") | (Capture.sharpness < BLURRED_BELOW * (median or 0.0))}


def picture(session: Session, capture_id: int) -> CapturePicture | None:
    """One capture, or None when there is no such one."""
    row = session.execute(
        select(
            Capture.id,
            Capture.path,
            Capture.taken_at,
            Capture.time_source,
            Capture.missing_at,
            Capture.width,
            Capture.height,
            Capture.size_bytes,
            Capture.header_error,
            STATE.label("state"),
            Deployment.project_id,
            Deployment.id.label("station_id"),
            Deployment.name.label("station"),
            Deployment.timezone,
            Deployment.px_per_mm,
            Capture.event_id,
            Event.night,
        )
        .join(Deployment, Deployment.id == Capture.deployment_id)
        .outerjoin(Event, Event.id == Capture.event_id)
        .where(Capture.id == capture_id)
    ).first()
    if row is None:
        return None
    result = _latest(session, capture_id)
    held_by, reason = _held(session, capture_id) if row.state == "stopped" else (None, None)
    return CapturePicture(
        **row._mapping,
        pipeline=result.pipeline if result else None,
        pipeline_version=result.pipeline_version if result else None,
        job_id=result.job_id if result else None,
        found_at=result.created_at if result else None,
        brightness=result.brightness if result else None,
        sharpness=result.sharpness if result else None,
        flags=result.flags if result else None,
        boxes=_boxes(session, result.id) if result else [],
        held_by=held_by,
        error=reason or (None if result else _error(session, capture_id)),
        before=session.scalar(_beside(row, -1)),
        after=session.scalar(_beside(row, +1)),
    )


def _latest(session: Session, capture_id: int) -> Any:
    return session.execute(
        select(
            Result.id,
            Result.job_id,
            Result.created_at,
            Result.pipeline_version,
            Result.brightness,
            Result.sharpness,
            Result.flags,
            Result.waiting,
            Pipeline.name.label("pipeline"),
        )
        .join(Pipeline, Pipeline.id == Result.pipeline_id)
        .where(Result.capture_id == capture_id)
        .order_by(*_LATEST)
        .limit(1)
    ).first()


def _boxes(session: Session, result_id: int) -> list[Box]:
    """The boxes of a result, the surest first."""
    columns = [getattr(Detection, field.name) for field in fields(Box)]
    rows = session.execute(select(*columns).where(Detection.result_id == result_id).order_by(Detection.score.desc()))
    return [Box(**row._mapping) for row in rows]


def _held(session: Session, capture_id: int) -> tuple[int | None, str | None]:
    """The job at whose checkpoint a capture waits, and why."""
    query = select(Item.job_id, Item.error).join(Job, Job.id == Item.job_id)
    row = session.execute(
        query.where(Item.capture_id == capture_id, AWAITS_VERDICT).order_by(Item.job_id.desc()).limit(1)
    ).first()
    return (row.job_id, row.error) if row else (None, None)


def _error(session: Session, capture_id: int) -> str | None:
    failed = select(Item.error).where(Item.capture_id == capture_id, Item.state == ItemState.FAILED)
    return session.scalar(failed.order_by(Item.finished_at.desc()).limit(1))


def _beside(row: Any, direction: int) -> Select[int]:
    """The capture before (-1) or after (+1) this one in its night, or without a time as it is."""
    if row.taken_at is None:
        query = select(Capture.id).where(
            _without_time(row.station_id), Capture.id > row.id if direction > 0 else Capture.id < row.id
        )
        return query.order_by(Capture.id if direction > 0 else Capture.id.desc()).limit(1)
    own, at = tuple_(Capture.taken_at, Capture.id), (row.taken_at, row.id)
    query = select(Capture.id).where(Capture.event_id == row.event_id, own > at if direction > 0 else own < at)
    order = (Capture.taken_at, Capture.id) if direction > 0 else (Capture.taken_at.desc(), Capture.id.desc())
    return query.order_by(*order).limit(1)
