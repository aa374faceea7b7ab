"""Queue and elapsed times are read from duration bins, within the width of a bin."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashboard.pages.timings import files
from engine import rollups
from models.captures import Deployment, Project
from models.jobs import Attempt, Job
from models.pipelines import Pipeline
from models.queries import timings
from models.queries.timings import TimingFilter
from models.rollups import StatusCount, WorkerHour, bin_of
from models.states import Status
from models.store import Store
from tests.lab import new_store

FIRST = date(2026, 8, 1)
SECOND = date(2026, 8, 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A lab of two stations and two pipelines in which nothing has ended yet."""
    store = new_store(tmp_path / "nightboard.db")
    with store.write() as session:
        session.add(Project(id=1, name="Moths"))
        session.flush()
        for number in (1, 2):
            session.add(Deployment(id=number, project_id=1, name=f"station {number}", timezone="UTC"))
            session.add(Pipeline(id=number, slug=f"pipeline-{number}", name=f"Pipeline {number}", kind="embedded"))
    yield store
    store.close()


def fold(
    store: Store,
    night: date,
    queue_ms: list[int],
    *,
    type_: str = "ml",
    pipeline_id: int | None = 1,
    station: int | None = None,
    worker: str | None = None,
) -> None:
    """A job whose attempts were submitted in this night and waited so long, counted by the reconciler."""
    at = datetime.combine(night, time(20), UTC)
    with store.write() as session:
        job = Job(name="job", type=type_, project_id=1, pipeline_id=pipeline_id, deployment_id=station)
        session.add(job)
        session.flush()
        for number, ms in enumerate(queue_ms, start=1):
            session.add(ended(job.id, ms, at, number, worker=worker))
    rollups.fold(store, at_once=len(queue_ms))


def ended(job_id: int, queue_ms: int, at: datetime, number: int = 1, **more: Any) -> Attempt:
    """An attempt that was submitted at this time and has ended well."""
    begun, over = at + timedelta(milliseconds=queue_ms), at + timedelta(days=1)
    return Attempt(
        job_id=job_id,
        number=number,
        status=Status.SUCCESS,
        submitted_at=at,
        started_at=begun,
        finished_at=over,
        queue_ms=queue_ms,
        **more,
    )


def test_each_attempt_is_in_one_bin_that_holds_its_duration(store: Store) -> None:
    fold(store, FIRST, [1, 3, 1000, 1001])
    with store.read() as session:
        rows = timings.histogram(session, "queue")
    assert sum(row.attempts for row in rows) == 4
    assert (rows[0].low_ms, rows[0].high_ms) == (0.0, 1.0)
    assert all(any(row.low_ms < ms <= row.high_ms for row in rows) for ms in (1, 3, 1000, 1001))


def test_percentiles_are_within_half_a_bin_of_the_truth(store: Store) -> None:
    fold(store, FIRST, list(range(1, 1001)))
    with store.read() as session:
        found = timings.percentiles(timings.histogram(session, "queue"))
    assert found.attempts == 1000
    assert found.p50_ms == pytest.approx(500, rel=0.026)
    assert found.p90_ms == pytest.approx(900, rel=0.026)
    assert found.p99_ms == pytest.approx(990, rel=0.026)


def test_nothing_counted_has_no_percentiles(store: Store) -> None:
    with store.read() as session:
        found = timings.percentiles(timings.histogram(session, "elapsed"))
    assert (found.p50_ms, found.p90_ms, found.p99_ms, found.attempts) == (None, None, None, 0)


def test_each_night_has_percentiles_of_its_own(store: Store) -> None:
    fold(store, FIRST, [10] * 99 + [60_000])
    fold(store, SECOND, [200, 200, 200])
    with store.read() as session:
        first, second = timings.by_night(session, "queue")
    assert (first.night, first.attempts, second.night, second.attempts) == (FIRST, 100, SECOND, 3)
    assert first.p50_ms == pytest.approx(10, rel=0.05)
    assert first.p90_ms == pytest.approx(10, rel=0.05)
    assert second.p99_ms == pytest.approx(200, rel=0.05)


def test_a_night_counts_all_pipelines_of_a_type_together(store: Store) -> None:
    fold(store, FIRST, [10], pipeline_id=1)
    fold(store, FIRST, [10, 10], pipeline_id=2)
    fold(store, FIRST, [5], type_="data_storage_sync", pipeline_id=None)
    with store.read() as session:
        (both,) = timings.by_night(session, "queue", TimingFilter(type=("ml",)))
        (one,) = timings.by_night(session, "queue", TimingFilter(pipeline_id=(2,)))
    assert (both.attempts, one.attempts) == (3, 2)


def test_a_station_is_counted_apart_and_all_of_them_together(store: Store) -> None:
    fold(store, FIRST, [9, 9], station=1)
    fold(store, FIRST, [9], station=2)
    with store.read() as session:
        counted = [
            timings.histogram(session, "queue", TimingFilter(deployment_id=which)) for which in ((), (1,), (1, 2))
        ]
    assert [[row.attempts for row in rows] for rows in counted] == [[3], [2], [3]]


def test_a_worker_is_counted_apart_and_all_of_them_together(store: Store) -> None:
    fold(store, FIRST, [9, 9], station=1, worker="w1")
    fold(store, FIRST, [9], station=2, worker="w1")
    fold(store, FIRST, [9], station=2, worker="w2")
    fold(store, SECOND, [9], worker=None)  # cancelled before any worker took it up
    filters = [TimingFilter(worker=which) for which in ((), ("w1",), ("w2",), ("w1", "w2"))]
    filters += [TimingFilter(worker=("w1",), deployment_id=(2,)), TimingFilter(worker=("w1",), first=SECOND)]
    with store.read() as session:
        bins = [sum(row.attempts for row in timings.histogram(session, "queue", where)) for where in filters]
        nights = [sum(row.attempts for row in timings.by_night(session, "queue", where)) for where in filters]
        ends = [sum(row.attempts for row in timings.status_by_night(session, where)) for where in filters]
        assert timings.workers(session) == ("w1", "w2")
        assert timings.span(session) == (FIRST, SECOND)
    assert bins == nights == ends == [5, 3, 1, 4, 1, 0]


def test_a_bar_of_a_worker_leads_to_its_attempts_alone(store: Store) -> None:
    fold(store, FIRST, [9], worker="w1")
    fold(store, FIRST, [9], worker="w2")
    with store.read() as session:
        found = timings.behind(session, "queue", 1, 10, TimingFilter(worker=("w2",)))
    assert [row.job_id for row in found] == [2]


def test_the_numbers_of_each_figure_are_a_table_of_plain_values(store: Store) -> None:
    fold(store, FIRST, [1, 1000], worker="w1")
    fold(store, SECOND, [1000], worker="w2")
    with store.write() as session:
        work = {"worker": "w1", "type": "ml", "pipeline_id": 0, "deployment_id": 0, "captures": 30}
        session.add(WorkerHour(hour=datetime(2026, 8, 1, 20, tzinfo=UTC), **work))
    where = TimingFilter(worker=("w1",))
    with store.read() as session:
        spread = files.FIGURES["queue-spread"](session, where, {})
        nights = files.FIGURES["queue-nights"](session, where, {})
        landed = files.FIGURES["throughput"](session, where, {"by": "worker"})
    assert [(row[2], row[3]) for row in spread] == [("attempts", "share_up_to_here"), (1, 0.5), (1, 1.0)]
    assert spread[1][:2] == (0, 1)
    assert spread[2][0] < 1000 <= spread[2][1]
    assert [(row[0], row[4]) for row in nights] == [("night", "attempts"), (FIRST, 2)]
    assert landed == [("night", "worker", "captures", "hours_at_work", "captures_an_hour"), (FIRST, "w1", 30, 1, 30.0)]


def test_throughput_counts_the_hours_in_which_anything_was_landed(store: Store) -> None:
    evening = datetime(2026, 8, 1, 20, tzinfo=UTC)
    with store.write() as session:
        for worker, hours, captures in (("w1", 0, 30), ("w1", 1, 30), ("w2", 1, 60), ("w2", 30, 7)):
            session.add(
                WorkerHour(
                    hour=evening + timedelta(hours=hours), worker=worker, type="ml", pipeline_id=0, deployment_id=0,
                    captures=captures,
                )
            )  # fmt: skip
    with store.read() as session:
        rows = timings.throughput(session, "worker")
    assert [(row.night, row.name, row.captures, row.hours) for row in rows] == [
        (FIRST, "w1", 60, 2),
        (FIRST, "w2", 60, 2),
        (SECOND, "w2", 7, 1),
    ]
    with store.read() as session:
        (own,) = timings.throughput(session, "station", TimingFilter(worker=("w1",)))
    assert (own.night, own.captures) == (FIRST, 60)


def test_a_chart_over_nights_shows_the_last_season_unless_told_where_to_begin(store: Store) -> None:
    with store.write() as session:
        session.add(StatusCount(night=SECOND, type="ml", pipeline_id=1, status="SUCCESS", attempts=1))
    with store.read() as session:
        assert timings.lately(session, TimingFilter()).first == SECOND - timedelta(days=91)
        assert timings.lately(session, TimingFilter(first=FIRST)).first == FIRST


@pytest.mark.parametrize(
    ("first", "last", "counted"),
    [
        (None, None, {1, 2, 3, 4, 5, 6, 7}),
        (date(2026, 7, 31), None, {2, 3, 4, 5, 6, 7}),
        (date(2026, 8, 1), date(2026, 8, 31), {3, 4, 5}),
        (None, date(2026, 9, 29), {1, 2, 3, 4, 5, 6}),
        (date(2026, 7, 11), date(2026, 9, 1), {2, 3, 4, 5, 6}),
        (date(2026, 8, 2), date(2026, 9, 30), {4, 5, 6, 7}),
        (date(2026, 8, 2), date(2026, 8, 30), {4}),
        (date(2026, 7, 31), date(2026, 8, 1), {2, 3}),
        (date(2026, 8, 15), date(2026, 8, 1), set()),
    ],
)
def test_a_histogram_of_months_and_parts_of_them_counts_each_night_once(
    store: Store, first: date | None, last: date | None, counted: set[int]
) -> None:
    nights = [(7, 10), (7, 31), (8, 1), (8, 15), (8, 31), (9, 1), (9, 30)]
    for number, (month, day) in enumerate(nights, start=1):
        fold(store, date(2026, month, day), [number * 100])
        fold(store, date(2026, month, day), [number * 100], type_="data_storage_sync", pipeline_id=None)
    for kinds, times in ((), 2), (("ml",), 1):
        with store.read() as session:
            rows = timings.histogram(session, "queue", TimingFilter(type=kinds, first=first, last=last))
        assert [(bin_of(row.high_ms * 0.999), row.attempts) for row in rows] == [
            (bin_of(number * 100), times) for number in sorted(counted)
        ]


def test_nights_outside_the_range_are_left_out(store: Store) -> None:
    fold(store, FIRST, [10])
    fold(store, SECOND, [20])
    with store.read() as session:
        rows = timings.by_night(session, "queue", TimingFilter(first=SECOND, last=SECOND))
    assert [row.night for row in rows] == [SECOND]


def test_statuses_are_counted_by_night(store: Store) -> None:
    with store.write() as session:
        for pipeline_id, attempts in ((1, 2), (2, 3)):
            session.add(
                StatusCount(night=FIRST, type="ml", pipeline_id=pipeline_id, status="SUCCESS", attempts=attempts)
            )
    with store.read() as session:
        rows = timings.status_by_night(session)
        assert timings.span(session) == (FIRST, FIRST)
    assert rows == [timings.NightStatus(FIRST, Status.SUCCESS, 5)]


def test_a_bar_leads_to_the_attempts_in_it(store: Store) -> None:
    with store.write() as session:
        for number, ms in enumerate((40, 100, 5000), start=1):
            add_finished(session, number, ms, datetime(2026, 8, 1, 20, tzinfo=UTC) + timedelta(days=number))
    with store.read() as session:
        rows = timings.behind(session, "queue", 50, 6000)
        later = timings.behind(session, "queue", 50, 6000, TimingFilter(first=date(2026, 8, 4)))
    assert [(row.name, row.duration_ms) for row in rows] == [("job 3", 5000), ("job 2", 100)]
    assert [row.job_id for row in later] == [3]


def test_the_attempts_of_a_night_lead_to_their_jobs_one_that_never_began_too(store: Store) -> None:
    at = datetime(2026, 8, 1, 20, tzinfo=UTC)
    with store.write() as session:
        add_finished(session, 1, 40, at)
        add_finished(session, 2, 50, at + timedelta(days=1))
        session.add(Job(id=3, name="job 3", type="ml", project_id=1, status=Status.REVOKED))
        session.flush()
        revoked = {"status": Status.REVOKED, "submitted_at": at, "finished_at": at + timedelta(days=2), "folded": True}
        session.add(Attempt(job_id=3, number=1, **revoked))
    with store.read() as session:
        every = timings.behind_night(session, "elapsed", FIRST)
        revoked_only = timings.behind_night(session, "elapsed", FIRST, Status.REVOKED)
    assert [(row.job_id, row.duration_ms) for row in every] == [(3, None), (1, 500)]
    assert [row.job_id for row in revoked_only] == [3]


def test_throughput_leads_to_what_was_at_work_then(store: Store) -> None:
    at = datetime(2026, 8, 1, 20, tzinfo=UTC)
    with store.write() as session:
        for number, (days, worker) in enumerate(((0, "w1"), (0, "w2"), (5, "w1")), start=1):
            add_finished(session, number, 40, at + timedelta(days=days), worker=worker)
        session.get_one(Job, 2).deployment_id = 2
    with store.read() as session:
        anybody = timings.at_work(session, FIRST, "worker", None)
        mine = timings.at_work(session, SECOND, "worker", "w1")  # it began the night before, and ended in this one
        there = timings.at_work(session, FIRST, "station", "station 2")
        nowhere = timings.at_work(session, FIRST, "pipeline", "no pipeline")
    assert [row.job_id for row in anybody] == [1, 2]
    assert [row.job_id for row in mine] == [1]
    assert [row.job_id for row in there] == [2]
    assert [row.job_id for row in nowhere] == [1, 2]


def add_finished(session: Session, number: int, queue_ms: int, at: datetime, **more: Any) -> None:
    session.add(Job(id=number, name=f"job {number}", type="ml", project_id=1, status=Status.SUCCESS))
    session.flush()
    session.add(ended(number, queue_ms, at, elapsed_ms=500, folded=True, **more))
