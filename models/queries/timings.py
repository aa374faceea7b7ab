"""Queue and elapsed times, read from the duration bins of finished attempts, never from the attempts themselves.

A night here is the one in which an attempt was submitted, noon to noon UTC. A percentile is the geometric middle of the
bin in which it lies, so it is within 2.5 % of the true value. Throughput is read from what each worker landed by the
hour.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.captures import Deployment
from models.jobs import Attempt, Job
from models.nights import ONE_DAY, night_bounds
from models.pipelines import Pipeline
from models.queries.ranges import within
from models.queries.vocabulary import different
from models.rollups import ALL_STATIONS, ALL_WORKERS, DurationCount, MonthCount, StatusCount, WorkerHour, bin_edges
from models.rows import lists
from models.states import Status

Metric = Literal["queue", "elapsed"]
Apart = Literal["station", "pipeline", "worker"]
SHARES = (0.5, 0.9, 0.99)
SEASON = 92  # nights
UTC = ZoneInfo("UTC")
_STATION = func.coalesce(Deployment.name, "no station")
_PIPELINE = func.coalesce(Pipeline.name, "no pipeline")


@dataclass(frozen=True)
class TimingFilter:
    """Which attempts count: empty is all, `pipeline_id` 0 is jobs without a pipeline, both nights are included.

    Where several workers worked on an attempt, it is that of the worker that made its first claim.
    """

    type: tuple[str, ...] = ()
    pipeline_id: tuple[int, ...] = ()
    deployment_id: tuple[int, ...] = ()
    worker: tuple[str, ...] = ()
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
    """An attempt behind a bar: the job it belongs to and its duration in ms, None where it never began."""

    job_id: int
    name: str
    attempt: int
    status: Status
    duration_ms: int | None


def histogram(session: Session, metric: Metric, where: TimingFilter = EVERYTHING) -> list[BinRow]:
    """The bins that hold any attempt, shortest first."""
    counted: Counter[int] = Counter()
    for table, stretch in _stretches(where):
        query = _narrow(select(table.bin, func.sum(table.attempts)).where(table.metric == metric), table, stretch)
        for number, attempts in session.execute(query.group_by(table.bin)):
            counted[number] += int(attempts)
    return [BinRow(*bin_edges(number), counted[number]) for number in sorted(counted)]


def percentiles(rows: Sequence[BinRow]) -> Percentiles:
    """Median, 90th and 99th percentile of a histogram, and how many attempts it counts."""
    if not rows:
        return Percentiles(None, None, None, 0)
    places, total = _reached([row.attempts for row in rows])
    p50, p90, p99 = (_middle(rows[place].low_ms, rows[place].high_ms) for place in places)
    return Percentiles(p50, p90, p99, total)


def by_night(session: Session, metric: Metric, where: TimingFilter = EVERYTHING) -> list[NightTiming]:
    """Median, 90th and 99th percentile of each night that has any attempt, oldest first.

    The bins are summed up here: windows in SQL took half as long again.
    """
    night, number = DurationCount.night, DurationCount.bin
    query = select(night, number, func.sum(DurationCount.attempts)).where(DurationCount.metric == metric)
    rows = sorted(lists(session, _narrow(query, DurationCount, where).group_by(night, number)))  # thousands
    return [_night_timing(date.fromisoformat(day), list(bins)) for day, bins in groupby(rows, itemgetter(0))]


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
    every = (StatusCount.worker == ALL_WORKERS) & (StatusCount.deployment_id == ALL_STATIONS)
    ends = (func.min(StatusCount.night), func.max(StatusCount.night))  # one by one, each is the end of an index
    first, last = (session.scalars(select(end).where(every)).one() for end in ends)
    return None if first is None else (first, last)


def workers(session: Session) -> tuple[str, ...]:
    """The names of all workers that took up any attempt that was counted."""
    return tuple(name for name in different(session, StatusCount.worker) if name != ALL_WORKERS)


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
    named: dict[Apart, Any] = {"station": _STATION, "pipeline": _PIPELINE, "worker": WorkerHour.worker}
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
        (WorkerHour.worker, where.worker),
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
    duration = _duration(metric)
    longer = duration > low_ms if low_ms else duration >= 0  # the first bin holds what took no measurable time
    query = _attempts(duration, where).where(longer, duration <= high_ms)
    return _behind(session, query.order_by(Attempt.finished_at.desc()).limit(limit))


def behind_night(
    session: Session,
    metric: Metric,
    night: date,
    status: Status | None = None,
    where: TimingFilter = EVERYTHING,
    limit: int = 50,
) -> list[Behind]:
    """The attempts that were submitted in a night, all or those that ended so; the latest first."""
    query = _attempts(_duration(metric), replace(where, first=night, last=night))
    if status is not None:
        query = query.where(Attempt.status == status)
    return _behind(session, query.order_by(Attempt.finished_at.desc()).limit(limit))


def at_work(
    session: Session, night: date, apart: Apart, name: str | None, where: TimingFilter = EVERYTHING, limit: int = 50
) -> list[Behind]:
    """The attempts that were worked on in a night, in the order of their ends, with their elapsed time.

    Those of one station, pipeline or worker by its name as `throughput` tells it; of any when it is None.
    """
    begin, end = night_bounds(night, UTC)
    query = _attempts(Attempt.elapsed_ms, replace(where, first=None, last=None))
    query = query.where(Attempt.started_at < end, Attempt.finished_at >= begin)
    if name is not None:
        query = query.outerjoin(Deployment, Deployment.id == Job.deployment_id)
        query = query.outerjoin(Pipeline, Pipeline.id == Job.pipeline_id)
        named = {"station": _STATION, "pipeline": _PIPELINE, "worker": Attempt.worker}
        query = query.where(named[apart] == name)
    return _behind(session, query.order_by(Attempt.finished_at).limit(limit))


def _duration(metric: Metric) -> Any:
    return Attempt.queue_ms if metric == "queue" else Attempt.elapsed_ms


def _behind(session: Session, query: Any) -> list[Behind]:
    return [Behind(*row) for row in session.execute(query)]


def _attempts(duration: Any, where: TimingFilter) -> Any:
    """The attempts that a filter counts: what a Behind tells of each."""
    query = (
        select(Job.id, Job.name, Attempt.number, Attempt.status, duration)
        .join(Job, Job.id == Attempt.job_id)
        .where(Attempt.folded)
    )
    if where.type:
        query = query.where(Job.type.in_(where.type))
    if where.pipeline_id:
        query = query.where(func.coalesce(Job.pipeline_id, 0).in_(where.pipeline_id))
    if where.deployment_id:
        query = query.where(Job.deployment_id.in_(where.deployment_id))
    if where.worker:
        query = query.where(Attempt.worker.in_(where.worker))
    if where.first:
        query = query.where(Attempt.submitted_at >= night_bounds(where.first, UTC)[0])
    if where.last:
        query = query.where(Attempt.submitted_at < night_bounds(where.last, UTC)[1])
    return query


def _night_timing(night: date, bins: Sequence[Sequence[Any]]) -> NightTiming:
    places, total = _reached([int(attempts) for *_, attempts in bins])
    p50, p90, p99 = (_middle(*bin_edges(bins[place][1])) for place in places)
    return NightTiming(night, p50, p90, p99, total)


def _narrow(query: Any, table: type[DurationCount | MonthCount | StatusCount], where: TimingFilter) -> Any:
    query = query.where(table.worker.in_(where.worker or (ALL_WORKERS,)))
    if issubclass(table, MonthCount):
        at = table.month
    else:
        at = table.night
        query = query.where(table.deployment_id.in_(where.deployment_id or (ALL_STATIONS,)))
    if where.type:
        query = query.where(table.type.in_(where.type))
    if where.pipeline_id:
        query = query.where(table.pipeline_id.in_(where.pipeline_id))
    return query.where(*within(at, where.first, where.last))


def _stretches(where: TimingFilter) -> list[tuple[type[DurationCount | MonthCount], TimingFilter]]:
    """What holds the bins that a filter asks for: whole months where it can be, and single nights before and after."""
    first, last = where.first, where.last
    begin = first and (first if first.day == 1 else _next_month(first))
    end = last and (last + ONE_DAY).replace(day=1)  # of the month that is not asked for as a whole
    if where.deployment_id or (begin and end and begin >= end):
        return [(DurationCount, where)]
    found: list[tuple[type[DurationCount | MonthCount], TimingFilter]] = [
        (MonthCount, replace(where, first=begin, last=end and end - ONE_DAY))
    ]
    if first and begin and first < begin:
        found.append((DurationCount, replace(where, last=begin - ONE_DAY)))
    if last and end and end <= last:
        found.append((DurationCount, replace(where, first=end)))
    return found


def _next_month(day: date) -> date:
    """The first day of the month after it."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _reached(attempts: Sequence[int]) -> tuple[list[int], int]:
    """Where, of these in their order, each of SHARES is reached, and how many they are in all."""
    sums = list(accumulate(attempts))
    return [bisect_left(sums, share * sums[-1]) for share in SHARES], sums[-1]


def _middle(low_ms: float, high_ms: float) -> float:
    """The geometric middle of a bin; the first one, which begins at 0, stands for 1 ms."""
    return math.sqrt(low_ms * high_ms) if low_ms else high_ms
