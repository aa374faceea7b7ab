"""Queue and elapsed times, read from the duration bins of finished attempts, never from the attempts themselves.

A night here is the one in which an attempt was submitted, noon to noon UTC. A percentile is the geometric middle of the
bin in which it lies, so it is within 2.5 % of the true value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from models.jobs import Attempt, Job
from models.nights import night_bounds
from models.rollups import DurationCount, StatusCount, bin_edges
from models.states import Status

Metric = Literal["queue", "elapsed"]
SHARES = (0.5, 0.95)
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class TimingFilter:
    """Which attempts count: empty is all, `pipeline_id` 0 is jobs without a pipeline, both nights are included."""

    type: tuple[str, ...] = ()
    pipeline_id: tuple[int, ...] = ()
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
    """Median and 95th percentile in ms; None for both when nothing was counted."""

    p50_ms: float | None
    p95_ms: float | None
    attempts: int


@dataclass(frozen=True)
class NightTiming:
    night: date
    p50_ms: float
    p95_ms: float
    attempts: int


@dataclass(frozen=True)
class NightStatus:
    night: date
    status: Status
    attempts: int


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
    """Median and 95th percentile of a histogram, and how many attempts it counts."""
    total = sum(row.attempts for row in rows)
    p50, p95 = (_percentile(rows, share * total) for share in SHARES)
    return Percentiles(p50, p95, total)


def by_night(session: Session, metric: Metric, where: TimingFilter = EVERYTHING) -> list[NightTiming]:
    """Median and 95th percentile of each night that has any attempt, oldest first."""
    bins = _running(metric, where)
    p50, p95 = (func.min(bins.c.bin).filter(bins.c.reached >= share * bins.c.total) for share in SHARES)
    rows = session.execute(
        select(bins.c.night, p50, p95, func.max(bins.c.total)).group_by(bins.c.night).order_by(bins.c.night)
    )
    return [
        NightTiming(night, _middle(*bin_edges(low)), _middle(*bin_edges(high)), int(total))
        for night, low, high, total in rows
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
    first, last = session.execute(select(func.min(StatusCount.night), func.max(StatusCount.night))).one()
    return None if first is None else (first, last)


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
    if where.first:
        query = query.where(Attempt.submitted_at >= night_bounds(where.first, UTC)[0])
    if where.last:
        query = query.where(Attempt.submitted_at < night_bounds(where.last, UTC)[1])
    rows = session.execute(query.order_by(Attempt.finished_at.desc()).limit(limit))
    return [Behind(job_id, name, number, status, int(ms or 0)) for job_id, name, number, status, ms in rows]


def _narrow(query: Any, table: type[DurationCount | StatusCount], where: TimingFilter) -> Any:
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


def _middle(low_ms: float, high_ms: float) -> float:
    """The geometric middle of a bin; the first one, which begins at 0, stands for 1 ms."""
    return math.sqrt(low_ms * high_ms) if low_ms else high_ms
