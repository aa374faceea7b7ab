"""The work inside jobs: their stages, log lines and items, how it went over time, and when it will be done."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from models.captures import Capture
from models.jobs import Item, Job, Log, Stage
from models.results import Result
from models.states import ItemState, Status

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
RECENT_ITEMS = 200
FEW_BATCHES = 8
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
    worked_ms: int | None = None  # in all attempts together


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
    if not found:
        return found
    for job_id, *values in session.execute(_STAGES, {"jobs": list(found)}):
        found[job_id].append(StageRow(*values))
    return found


def logs(
    session: Session,
    job_id: int,
    *,
    after_seq: int = 0,
    level: str | None = None,
    stage: str | None = None,
    text: str | None = None,
    limit: int = 1000,
) -> list[LogRow]:
    """The log lines after a number, oldest first; of this level and the graver ones, this stage, with this text.

    Raises ValueError for an unknown level.
    """
    query = _lines(job_id, level, stage, text).where(Log.seq > after_seq).order_by(Log.seq).limit(limit)
    return [LogRow(**row._mapping) for row in session.execute(query)]


def latest_logs(
    session: Session,
    job_id: int,
    limit: int = 1000,
    *,
    level: str | None = None,
    stage: str | None = None,
    text: str | None = None,
) -> list[LogRow]:
    """The last log lines, newest first, chosen as in `logs`."""
    query = _lines(job_id, level, stage, text).order_by(Log.seq.desc()).limit(limit)
    return [LogRow(**row._mapping) for row in session.execute(query)]


def last_seq(session: Session, job_id: int) -> int:
    """The number of a job's last log line; 0 before there is one."""
    return session.scalars(select(func.max(Log.seq)).where(Log.job_id == job_id)).one() or 0


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
            Result.detections_count.label("detections"),
            Item.result_id,
        )
        .join(Capture, Capture.id == Item.capture_id)
        .outerjoin(Result, Result.id == Item.result_id)
        .where(Item.job_id == job_id)
        .order_by(Item.id)
        .offset(offset or None)
        .limit(limit)
    )
    if state is not None:
        query = query.where(Item.state == state)
    return [ItemRow(**row._mapping) for row in session.execute(query)]


def progress_over_time(session: Session, job_id: int, bins: int = 80) -> list[tuple[datetime, int, int]]:
    """How many captures were done and failed by when: (end of the bin, done so far, failed so far).

    The span from the first capture's end to the last one's is cut into at most `bins` equal bins; bins in which
    nothing ended are left out. Empty before the first end. Captures whose result was there before have no end.
    """
    ends = _ends_of_captures(session, job_id)
    if ends is None:
        return []
    first, last = ends
    step = (last - first) / bins
    edges = [first + step * number for number in range(1, bins)] if step else []
    spans = list(pairwise([first, *edges, last])) if step else [(first, last)]
    ended = _counted(session, job_id, spans, {})
    others = _counted(session, job_id, spans, {"failed": ItemState.FAILED, "waiting": ItemState.STOPPED})
    series: list[tuple[datetime, int, int]] = []
    done_so_far = failed_so_far = 0
    for (_, end), (number,), (failed, waiting) in zip(spans, ended, others, strict=True):
        done_so_far += number - failed - waiting
        failed_so_far += failed
        if number > waiting:
            series.append((end, done_so_far, failed_so_far))
    return series


def _ends_of_captures(session: Session, job_id: int) -> tuple[datetime, datetime] | None:
    """When the first and the last capture ended. Stages without captures end before and behind those with them."""
    span = select(Stage.started_at, Stage.finished_at).where(Stage.job_id == job_id, Stage.over_captures)
    began, over = session.execute(span.order_by(Stage.position).limit(1)).first() or (None, None)
    ends = select(Item.finished_at).where(Item.job_id == job_id, Item.finished_at.is_not(None))
    if began is not None:
        ends = ends.where(Item.finished_at > began)
    if over is not None:
        ends = ends.where(Item.finished_at <= over)
    first = session.scalars(ends.order_by(Item.finished_at).limit(1)).first()
    last = session.scalars(ends.order_by(Item.finished_at.desc()).limit(1)).first()
    return None if first is None or last is None else (first, last)


def _counted(
    session: Session, job_id: int, spans: Sequence[tuple[datetime, datetime]], states: Mapping[str, ItemState]
) -> list[tuple[int, ...]]:
    """How many items ended in each span, its end and the first one's start included: one walk along an index.

    All of them, or those in each of these states, which stand beside each other.
    """
    at = Item.finished_at
    columns = [func.count().filter(Item.state == state).label(name) for name, state in states.items()]
    only = [Item.state.in_(states.values())] if states else []
    counts = [
        select(literal(number).label("bin"), *(columns or [func.count().label("items")])).where(
            Item.job_id == job_id, at <= end, at >= start if number == 0 else at > start, *only
        )
        for number, (start, end) in enumerate(spans)
    ]
    rows = sorted(tuple(row) for row in session.execute(union_all(*counts)))
    return [tuple(row[1:]) for row in rows]


def eta(session: Session, job_id: int, now: datetime | None = None) -> Eta | None:
    """When the captures of a job will all be done, from the pace of its last 200; None while nothing tells.

    Captures land in batches. The band comes from how unevenly the recent ones followed on each other, and from how
    many are still to come.
    """
    moment = now or datetime.now(UTC)
    job = session.execute(
        select(Job.status, Job.total - Job.processed - Job.failed - Job.stopped, Job.attempt).where(Job.id == job_id)
    ).first()
    if job is None or job[0] is not Status.STARTED:
        return None
    return eta_of(session, job_id, int(job[1]), job[2], moment)


def eta_of(session: Session, job_id: int, left: int, attempt: int, moment: datetime) -> Eta | None:
    """The same of a running job of which is known how many captures are left, and its attempt."""
    if left <= 0:
        return None
    query = (
        select(Item.finished_at)
        .where(Item.job_id == job_id, Item.capture_id.is_not(None), Item.finished_at.is_not(None))
        .where(Item.state.in_([ItemState.DONE, ItemState.FAILED]), Item.attempt == attempt)
        .order_by(Item.finished_at.desc())
        .limit(RECENT_ITEMS)
    )
    ends = Counter(end for end in session.scalars(query) if end is not None)
    landed = sorted(ends)
    if len(landed) < 2 or moment <= landed[0]:
        return None
    counted = sum(ends.values()) - ends[landed[0]]
    seconds = left * (moment - landed[0]).total_seconds() / counted
    spread = math.exp(TWO_SIGMA * _unevenness([(end, ends[end]) for end in landed], left))
    return Eta(*(moment + timedelta(seconds=seconds * factor) for factor in (1.0, 1 / spread, spread)))


def _unevenness(landings: Sequence[tuple[datetime, int]], left: int) -> float:
    """The relative standard error of the time for `left` captures, from batches that landed: (when, how many).

    A batch is late or early by its own share, so the error of a sum over n batches falls with the root of n, for
    those that were measured as for those to come. With few batches the Poisson share is the least that is believed.
    """
    waits = [((end - before).total_seconds(), count) for (before, _), (end, count) in pairwise(landings)]
    batches, captures = len(waits), sum(count for _, count in waits)
    each = sum(wait for wait, _ in waits) / captures
    late = sum((wait - each * count) ** 2 for wait, count in waits) / max(1, batches - 1)
    one = math.sqrt(late) / (each * captures / batches)
    if batches < FEW_BATCHES:
        one = max(one, 1.0)
    to_come = max(1.0, left * batches / captures)
    return one * math.sqrt(1 / batches + 1 / to_come)


def _lines(job_id: int, level: str | None, stage: str | None, text: str | None) -> Select[Any]:
    query = _LINES.where(Log.job_id == job_id)
    if level:
        query = query.where(Log.level.in_(LEVELS[LEVELS.index(level.upper()) :]))
    if stage:
        query = query.where(Log.stage == stage)
    return query.where(Log.message.icontains(text, autoescape=True)) if text else query


_STAGES = (
    select(Stage.job_id, *(getattr(Stage, field.name) for field in fields(StageRow)))
    .where(Stage.job_id.in_(bindparam("jobs", expanding=True)))
    .order_by(Stage.job_id, Stage.position)
)
_LINES = select(*(getattr(Log, field.name) for field in fields(LogRow)))
