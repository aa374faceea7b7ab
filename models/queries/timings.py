"""Queue and elapsed times, read from the duration bins of finished attempts, never from the attempts themselves.

A night here is the one in which an attempt was submitted, noon to noon UTC. A percentile is the geometric middle of the
bin in which it lies, so it is within 2.5 % of the true value. Throughput is read from what each worker landed by the
hour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from models.captures import Deployment
from models.jobs import Attempt, Job
from models.nights import night_bounds
from models.pipelines import Pipeline
from models.rollups import ALL_STATIONS, DurationCount, StatusCount, WorkerHour, bin_edges
from models.states import Status

Metric = Literal["queue", "elapsed"]
Apart = Literal["station", "pipeline", "worker"]
SHARES = (0.5, 0.9, 0.99)
SEASON = 92  # nights
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class TimingFilter:
    """Which attempts count: empty is all, `pipeline_id` 0 is jobs without a pipeline, both nights are included."""

    type: tuple[str, ...] = ()
    pipeline_id: tuple[int, ...] = ()
    deployment_id: tuple[int, ...] = ()
    first: date | None = None
    last: date | None = None


EVERYTHING = TimingFilter()


@dataclass(frozen=True)
class BinRow:
    """Attempts that took longer than `low_ms` and at most `high_ms`."""

    low_ms: float
    high_ms: float
    attempts: int


@dataclass(frozen=True)
class Percentiles:
    """Median, 90th and 99th percentile in ms; None for all when nothing was counted."""

    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    attempts: int


@dataclass(frozen=True)
class NightTiming:
    night: date
    p50_ms: float
    p90_ms: float
    p99_ms: float
    attempts: int


@dataclass(frozen=True)
class NightStatus:
    night: date
    status: Status
    attempts: int


@dataclass(frozen=True)
class Oldest:
    """The job that waits longest for its first claim, and how many wait."""

    job_id: int
    name: str
    submitted_at: datetime
    waiting: int


@dataclass(frozen=True)
class Throughput:
    """Captures of a station, pipeline or worker that were landed in a night, and in how many of its hours any were."""

    night: date
    name: str
    captures: int
    hours: int  # of the whole night, whatever the name


@dataclass(frozen=True)
class Behind:
    """An attempt behind a bar: the job it belongs to and its duration in ms."""

    job_id: int
    name: str
    attempt: int
    status: Status
    duration_ms: int


def histogram(session: Session, metric: Metric, where: TimingFilter = EVERYTHING) -> list[BinRow]:
    """The bins that hold any attempt, shortest first."""
    counted = func.sum(DurationCount.attempts)
    rows = session.execute(
        _bins(select(DurationCount.bin, counted), metric, where).group_by(DurationCount.bin).order_by(DurationCount.bin)
    )
    return [BinRow(*bin_edges(number), int(attempts)) for number, attempts in rows]


def percentiles(rows: Sequence[BinRow]) -> Percentiles:
    """Median, 90th and 99th percentile of a histogram, and how many attempts it counts."""
    total = sum(row.attempts for row in rows)
    p50, p90, p99 = (_percentile(rows, share * total) for share in SHARES)
    return Percentiles(p50, p90, p99, total)


def by_night(session: Session, metric: Metric, where: TimingFilter = EVERYTHING) -> list[NightTiming]:
    """Median, 90th and 99th percentile of each night that has any attempt, oldest first."""
    bins = _running(metric, where)
    marks = (func.min(bins.c.bin).filter(bins.c.reached >= share * bins.c.total) for share in SHARES)
    rows = session.execute(
        select(bins.c.night, func.max(bins.c.total), *marks).group_by(bins.c.night).order_by(bins.c.night)
    )
    return [
        NightTiming(night, _middle_of(p50), _middle_of(p90), _middle_of(p99), int(total))
        for night, total, p50, p90, p99 in rows
    ]


def status_by_night(session: Session, where: TimingFilter = EVERYTHING) -> list[NightStatus]:
    """How many attempts ended in each status, oldest night first."""
    query = select(StatusCount.night, StatusCount.status, func.sum(StatusCount.attempts))
    rows = session.execute(
        _narrow(query, StatusCount, where)
        .group_by(StatusCount.night, StatusCount.status)
        .order_by(StatusCount.night, StatusCount.status)
    )
    return [NightStatus(night, Status(status), int(attempts)) for night, status, attempts in rows]


def span(session: Session) -> tuple[date, date] | None:
    """First and last night that anything was counted in; None before the first finished attempt."""
    every = StatusCount.deployment_id == ALL_STATIONS
    first, last = session.execute(select(func.min(StatusCount.night), func.max(StatusCount.night)).where(every)).one()
    return None if first is None else (first, last)


def lately(session: Session, where: TimingFilter) -> TimingFilter:
    """The same filter over its last SEASON nights, unless it says itself where it begins: what a chart has room for."""
    known = span(session)
    if where.first or known is None:
        return where
    return replace(where, first=(where.last or known[1]) - timedelta(days=SEASON - 1))


def oldest_waiting(session: Session) -> Oldest | None:
    """The job that waits longest, or None when none does."""
    waits = Job.status == Status.PENDING
    row = session.execute(
        select(Job.id, Job.name, Job.submitted_at)
        .where(waits, Job.submitted_at.is_not(None))
        .order_by(Job.submitted_at)
        .limit(1)
    ).first()
    if row is None or row.submitted_at is None:
        return None
    waiting = session.scalars(select(func.count()).select_from(Job).where(waits)).one()
    return Oldest(row.id, row.name, row.submitted_at, waiting)


def throughput(session: Session, apart: Apart, where: TimingFilter = EVERYTHING) -> list[Throughput]:
    """Captures landed in each night (by the hour of landing, noon to noon UTC), apart by one thing; oldest first."""
    name, query = _apart(apart, where)
    counts: dict[tuple[date, str], int] = {}
    hours: dict[date, set[datetime]] = {}
    for hour, named, captures in session.execute(query.group_by(WorkerHour.hour, name).order_by(WorkerHour.hour)):
        night = (hour - timedelta(hours=12)).date()
        counts[night, named] = counts.get((night, named), 0) + int(captures)
        hours.setdefault(night, set()).add(hour)
    return [Throughput(night, named, captures, len(hours[night])) for (night, named), captures in counts.items()]


def captures_since(session: Session, at: datetime) -> int:
    """Captures landed since the full hour before `at` (UTC)."""
    since = at.replace(minute=0, second=0, microsecond=0)
    return session.scalars(
        select(func.coalesce(func.sum(WorkerHour.captures), 0)).where(WorkerHour.hour >= since)
    ).one()


def _apart(apart: Apart, where: TimingFilter) -> tuple[Any, Any]:
    """The name that throughput is told apart by, and the query of captures by the hour that the filter allows."""
    named: dict[Apart, Any] = {
        "station": func.coalesce(Deployment.name, "no station"),
        "pipeline": func.coalesce(Pipeline.name, "no pipeline"),
        "worker": WorkerHour.worker,
    }
    name = named[apart]
    query = select(WorkerHour.hour, name, func.sum(WorkerHour.captures)).select_from(WorkerHour)
    if apart == "station":
        query = query.outerjoin(Deployment, Deployment.id == WorkerHour.deployment_id)
    if apart == "pipeline":
        query = query.outerjoin(Pipeline, Pipeline.id == WorkerHour.pipeline_id)
    for column, values in (
        (WorkerHour.type, where.type),
        (WorkerHour.pipeline_id, where.pipeline_id),
        (WorkerHour.deployment_id, where.deployment_id),
    ):
        query = query.where(column.in_(values)) if values else query
    if where.first:
        query = query.where(WorkerHour.hour >= night_bounds(where.first, UTC)[0])
    if where.last:
        query = query.where(WorkerHour.hour < night_bounds(where.last, UTC)[1])
    return name, query


def behind(
    session: Session,
    metric: Metric,
    low_ms: float,
    high_ms: float,
    where: TimingFilter = EVERYTHING,
    limit: int = 50,
) -> list[Behind]:
    """The attempts counted in a bar, the latest first. It reads the attempts: ask on a click, not on a poll."""
    duration = Attempt.queue_ms if metric == "queue" else Attempt.elapsed_ms
    longer = duration > low_ms if low_ms else duration >= 0  # the first bin holds what took no measurable time
    query = (
        select(Job.id, Job.name, Attempt.number, Attempt.status, duration)
        .join(Job, Job.id == Attempt.job_id)
        .where(Attempt.folded, longer, duration <= high_ms)
    )
    if where.type:
        query = query.where(Job.type.in_(where.type))
    if where.pipeline_id:
        query = query.where(func.coalesce(Job.pipeline_id, 0).in_(where.pipeline_id))
    if where.deployment_id:
        query = query.where(Job.deployment_id.in_(where.deployment_id))
    if where.first:
        query = query.where(Attempt.submitted_at >= night_bounds(where.first, UTC)[0])
    if where.last:
        query = query.where(Attempt.submitted_at < night_bounds(where.last, UTC)[1])
    rows = session.execute(query.order_by(Attempt.finished_at.desc()).limit(limit))
    return [Behind(job_id, name, number, status, int(ms or 0)) for job_id, name, number, status, ms in rows]


def _narrow(query: Any, table: type[DurationCount | StatusCount], where: TimingFilter) -> Any:
    query = query.where(table.deployment_id.in_(where.deployment_id or (ALL_STATIONS,)))
    if where.type:
        query = query.where(table.type.in_(where.type))
    if where.pipeline_id:
        query = query.where(table.pipeline_id.in_(where.pipeline_id))
    if where.first:
        query = query.where(table.night >= where.first)
    if where.last:
        query = query.where(table.night <= where.last)
    return query


def _bins(query: Any, metric: Metric, where: TimingFilter) -> Any:
    return _narrow(query.where(DurationCount.metric == metric), DurationCount, where)


def _running(metric: Metric, where: TimingFilter) -> Subquery:
    """Each bin of each night with how many attempts it and those before it hold, and how many the night has."""
    attempts = func.sum(DurationCount.attempts)
    query = _bins(select(DurationCount.night, DurationCount.bin), metric, where).add_columns(
        func.sum(attempts).over(partition_by=DurationCount.night, order_by=DurationCount.bin).label("reached"),
        func.sum(attempts).over(partition_by=DurationCount.night).label("total"),
    )
    counted: Subquery = query.group_by(DurationCount.night, DurationCount.bin).subquery()
    return counted


def _percentile(rows: Sequence[BinRow], rank: float) -> float | None:
    for row, reached in zip(rows, accumulate(row.attempts for row in rows), strict=True):
        if reached >= rank:
            return _middle(row.low_ms, row.high_ms)
    return None


def _middle_of(number: int) -> float:
    return _middle(*bin_edges(number))


def _middle(low_ms: float, high_ms: float) -> float:
    """The geometric middle of a bin; the first one, which begins at 0, stands for 1 ms."""
    return math.sqrt(low_ms * high_ms) if low_ms else high_ms
