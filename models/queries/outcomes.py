"""What became of each capture of a job, with the animals on it, and the log lines of one of its stages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from models.captures import Capture, CollectionCapture, Deployment
from models.jobs import Item, Job, Log, Stage
from models.queries.job_work import LogRow
from models.results import Detection
from models.states import ItemState, Status

AT_ONCE = 500  # ids in one query


@dataclass(frozen=True)
class OutcomeRow:
    """One capture of a job, in the order of its work; `duration_ms` of its own, times UTC, degrees north and east."""

    capture_id: int
    path: str
    station: str
    latitude: float | None
    longitude: float | None
    taken_at: datetime | None
    width: int | None
    height: int | None
    size_bytes: int
    state: ItemState
    worker: str | None
    error_kind: str | None
    error: str | None
    finished_at: datetime | None
    duration_ms: float | None
    result_id: int | None


@dataclass(frozen=True)
class FoundRow:
    """One animal; the box is in full-resolution px of the upright picture, the score from 0 to 1."""

    result_id: int
    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    label: str


@dataclass(frozen=True)
class StageMark:
    """A stage of a job by its number, which names it also outside its job."""

    id: int
    key: str
    name: str
    status: Status
    started_at: datetime | None
    finished_at: datetime | None


def outcomes(session: Session, job_id: int, *, limit: int | None = None) -> list[OutcomeRow]:
    """The captures of a job in the order of its work, all or the first."""
    query = select(*_OUTCOME).join(Capture, Capture.id == Item.capture_id)
    query = query.join(Deployment, Deployment.id == Capture.deployment_id).where(Item.job_id == job_id)
    return [OutcomeRow(**row._mapping) for row in session.execute(query.order_by(Item.position, Item.id).limit(limit))]


def has_capture(session: Session, job_id: int, capture_id: int) -> bool:
    """Whether a capture is one of this job: of its items, or before there are any of the collection it is over."""
    item = select(Item.id).where(Item.job_id == job_id, Item.capture_id == capture_id)
    member = (
        select(CollectionCapture.capture_id)
        .join(Job, Job.collection_id == CollectionCapture.collection_id)
        .where(Job.id == job_id, CollectionCapture.capture_id == capture_id)
    )
    return session.scalars(item).first() is not None or session.scalars(member).first() is not None


def animals(session: Session, result_ids: Iterable[int]) -> dict[int, list[FoundRow]]:
    """The animals of each of these results, the surest first."""
    wanted = sorted(set(result_ids))
    found: dict[int, list[FoundRow]] = {result_id: [] for result_id in wanted}
    columns = [getattr(Detection, field.name) for field in fields(FoundRow)]
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        query = select(*columns).where(Detection.result_id.in_(some)).order_by(Detection.score.desc(), Detection.id)
        for row in session.execute(query):
            found[row.result_id].append(FoundRow(**row._mapping))
    return found


def stage_marks(session: Session, job_id: int) -> list[StageMark]:
    """The stages of a job in their order, with their numbers."""
    columns = [getattr(Stage, field.name) for field in fields(StageMark)]
    query = select(*columns).where(Stage.job_id == job_id).order_by(Stage.position)
    return [StageMark(**row._mapping) for row in session.execute(query)]


def lines_of_stage(session: Session, job_id: int, marks: list[StageMark], key: str) -> Iterator[LogRow]:
    """The log lines of one stage, oldest first, with those of the whole job that were written during it.

    The first stage also has what came before it, and the last what came after, so that each line is in one stage.
    """
    at = next(number for number, mark in enumerate(marks) if mark.key == key)
    mine: ColumnElement[bool] = Log.stage == key
    if at == 0 or marks[at].started_at is not None:
        mine = or_(mine, and_(Log.stage.is_(None), *_during(marks, at)))
    columns = [getattr(Log, field.name) for field in fields(LogRow)]
    query = select(*columns).where(Log.job_id == job_id, mine).order_by(Log.seq)
    for row in session.execute(query, execution_options={"yield_per": AT_ONCE}):
        yield LogRow(**row._mapping)


def _during(marks: list[StageMark], at: int) -> Iterator[ColumnElement[bool]]:
    """From the start of this stage to that of the next one that has begun."""
    if at > 0:
        yield Log.at >= marks[at].started_at
    later = next((mark.started_at for mark in marks[at + 1 :] if mark.started_at is not None), None)
    if later is not None:
        yield Log.at < later


# Why an input is no picture stands with its capture; the reader of files only knows that there is no file.
_IS_NO_PICTURE = and_(Item.error_kind == "missing", Capture.header_error.is_not(None))
_NAMED: dict[str, Any] = {
    "station": Deployment.name,
    "latitude": Deployment.latitude,
    "longitude": Deployment.longitude,
    "error": case((_IS_NO_PICTURE, Capture.header_error), else_=Item.error),
    "result_id": case((Item.state != ItemState.STOPPED, Item.result_id)),  # what waits for a person is no result yet
    **{name: getattr(Capture, name) for name in ("path", "taken_at", "width", "height", "size_bytes")},
}
_OUTCOME = [
    (_NAMED[field.name] if field.name in _NAMED else getattr(Item, field.name)).label(field.name)
    for field in fields(OutcomeRow)
]
