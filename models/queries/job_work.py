"""The work inside jobs: their stages, log lines and items, how it went over time, and when it will be done."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, case, cast, extract, func, select
from sqlalchemy.orm import Session

from models.captures import Capture
from models.jobs import Item, Job, Log, Stage
from models.states import ItemState, Status

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
RECENT_ITEMS = 200
TWO_SIGMA = 1.96


@dataclass(frozen=True)
class StageRow:
    """One step of a job; `params` are ordered {"key", "name", "value"}, a value "" before it is known."""

    key: str
    name: str
    status: Status
    progress: float
    params: list[dict[str, Any]]
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class LogRow:
    seq: int
    at: datetime
    level: str
    stage: str | None
    attempt: int
    message: str


@dataclass(frozen=True)
class ItemRow:
    """One capture of a job."""

    id: int
    capture_id: int
    path: str
    taken_at: datetime | None
    state: ItemState
    tries: int
    error_kind: str | None
    error: str | None
    duration_ms: float | None
    detections: int | None  # of the capture's latest result
    result_id: int | None


@dataclass(frozen=True)
class Eta:
    """When a job will be done at its recent pace, with a band that holds it 19 times in 20."""

    finish_at: datetime
    low: datetime
    high: datetime


def stages(session: Session, job_ids: Iterable[int]) -> dict[int, list[StageRow]]:
    """The stages of each of these jobs, in their order; a job without any has an empty list."""
    found: dict[int, list[StageRow]] = {job_id: [] for job_id in job_ids}
    columns = [getattr(Stage, field.name) for field in fields(StageRow)]
    query = select(Stage.job_id, *columns).where(Stage.job_id.in_(list(found))).order_by(Stage.job_id, Stage.position)
    for job_id, *values in session.execute(query):
        found[job_id].append(StageRow(*values))
    return found


def logs(
    session: Session, job_id: int, *, after_seq: int = 0, level: str | None = None, limit: int = 1000
) -> list[LogRow]:
    """The log lines after a number, oldest first; of this level and the graver ones.

    Raises ValueError for an unknown level.
    """
    query = _lines(job_id, level).where(Log.seq > after_seq).order_by(Log.seq).limit(limit)
    return [LogRow(**row._mapping) for row in session.execute(query)]


def latest_logs(session: Session, job_id: int, limit: int = 1000, *, level: str | None = None) -> list[LogRow]:
    """The last log lines, newest first; of this level and the graver ones."""
    query = _lines(job_id, level).order_by(Log.seq.desc()).limit(limit)
    return [LogRow(**row._mapping) for row in session.execute(query)]


def items(
    session: Session, job_id: int, *, state: ItemState | None = None, offset: int = 0, limit: int = 100
) -> list[ItemRow]:
    """The captures of a job in the order they were collected, all or those in one state."""
    query = (
        select(
            Item.id,
            Item.capture_id,
            Capture.path,
            Capture.taken_at,
            Item.state,
            Item.tries,
            Item.error_kind,
            Item.error,
            Item.duration_ms,
            case((Item.result_id.is_not(None), Capture.detections_count)).label("detections"),
            Item.result_id,
        )
        .join(Capture, Capture.id == Item.capture_id)
        .where(Item.job_id == job_id)
        .order_by(Item.id)
        .offset(offset or None)
        .limit(limit)
    )
    if state is not None:
        query = query.where(Item.state == state)
    return [ItemRow(**row._mapping) for row in session.execute(query)]


def progress_over_time(session: Session, job_id: int, bins: int = 120) -> list[tuple[datetime, int, int]]:
    """How many captures were done and failed by when: (end of the bin, done so far, failed so far).

    The span from the first capture's end to the last one's is cut into at most `bins` equal bins, in the database;
    bins in which nothing ended are left out. Empty before the first end.
    """
    over = (Item.job_id == job_id, Item.capture_id.is_not(None), Item.finished_at.is_not(None))
    first, last = session.execute(select(func.min(Item.finished_at), func.max(Item.finished_at)).where(*over)).one()
    if first is None or last is None:
        return []
    width = ((last - first).total_seconds() + 1e-3) / bins  # so that the last end is in the last bin
    place = _bin(session, first, width).label("bin")
    failed = func.sum(case((Item.state == ItemState.FAILED, 1), else_=0))
    query = select(place, func.count(), failed).where(*over).group_by(place).order_by(place)
    series: list[tuple[datetime, int, int]] = []
    done_so_far = failed_so_far = 0
    for number, ended, went_wrong in session.execute(query):
        done_so_far += ended - went_wrong
        failed_so_far += went_wrong
        end = min(first + timedelta(seconds=width * (number + 1)), last)
        series.append((end, done_so_far, failed_so_far))
    return series


def eta(session: Session, job_id: int, now: datetime | None = None) -> Eta | None:
    """When the captures of a job will all be done, from the pace of its last 200; None while nothing tells.

    Captures land in batches, so the band counts landings and not captures: their number is taken as Poisson.
    """
    moment = now or datetime.now(UTC)
    job = session.execute(
        select(Job.status, Job.total - Job.processed - Job.failed - Job.stopped, Job.attempt).where(Job.id == job_id)
    ).first()
    if job is None or job[0] is not Status.STARTED or job[1] <= 0:
        return None
    query = (
        select(Item.finished_at)
        .where(Item.job_id == job_id, Item.capture_id.is_not(None), Item.finished_at.is_not(None))
        .where(Item.state.in_([ItemState.DONE, ItemState.FAILED]), Item.attempt == job[2])
        .order_by(Item.finished_at.desc())
        .limit(RECENT_ITEMS)
    )
    ends = [end for end in session.scalars(query) if end is not None]
    landings = len(set(ends)) - 1
    since = ends[-1] if ends else moment
    counted = sum(end > since for end in ends)
    span = (moment - since).total_seconds()
    if landings < 1 or span <= 0:
        return None
    seconds = int(job[1]) * span / counted
    spread = math.exp(TWO_SIGMA / math.sqrt(landings))
    return Eta(*(moment + timedelta(seconds=seconds * factor) for factor in (1.0, 1 / spread, spread)))


def _lines(job_id: int, level: str | None) -> Select[Any]:
    query = select(*(getattr(Log, field.name) for field in fields(LogRow))).where(Log.job_id == job_id)
    return query.where(Log.level.in_(LEVELS[LEVELS.index(level.upper()) :])) if level else query


def _bin(session: Session, first: datetime, width: float) -> ColumnElement[int]:
    """The number of the bin, `width` seconds wide and counted from `first`, in which an item ended."""
    if session.get_bind().dialect.name == "sqlite":
        start = first.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        days = func.julianday(Item.finished_at, type_=Float) - func.julianday(start, type_=Float)
        return cast(days * (86_400.0 / width), Integer)
    seconds = extract("epoch", Item.finished_at) - first.timestamp()
    return cast(func.floor(seconds / width), Integer)
