"""Queue and elapsed times are read from duration bins, within the width of a bin."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.captures import Project
from models.jobs import Attempt, Job
from models.queries import timings
from models.queries.timings import TimingFilter
from models.rollups import DurationCount, StatusCount, WorkerHour, bin_of
from models.states import Status
from models.store import Store
from tests.lab import new_store

FIRST = date(2026, 8, 1)
SECOND = date(2026, 8, 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "nightboard.db")
    yield store
    store.close()


def fold(store: Store, night: date, queue_ms: list[float], *, type_: str = "ml", pipeline_id: int = 1) -> None:
    """Count durations as the reconciler does."""
    with store.write() as session:
        for number, attempts in Counter(bin_of(ms) for ms in queue_ms).items():
            session.add(
                DurationCount(
                    night=night, type=type_, pipeline_id=pipeline_id, metric="queue", bin=number, attempts=attempts
                )
            )


def test_each_attempt_is_in_one_bin_that_holds_its_duration(store: Store) -> None:
    fold(store, FIRST, [0.4, 3.0, 1000.0, 1001.0])
    with store.read() as session:
        rows = timings.histogram(session, "queue")
    assert sum(row.attempts for row in rows) == 4
    assert (rows[0].low_ms, rows[0].high_ms) == (0.0, 1.0)
    assert all(any(row.low_ms < ms <= row.high_ms for row in rows) for ms in (0.4, 3.0, 1000.0, 1001.0))


def test_percentiles_are_within_half_a_bin_of_the_truth(store: Store) -> None:
    fold(store, FIRST, [float(ms) for ms in range(1, 1001)])
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
    fold(store, FIRST, [10.0] * 99 + [60_000.0])
    fold(store, SECOND, [200.0, 200.0, 200.0])
    with store.read() as session:
        first, second = timings.by_night(session, "queue")
    assert (first.night, first.attempts, second.night, second.attempts) == (FIRST, 100, SECOND, 3)
    assert first.p50_ms == pytest.approx(10, rel=0.05)
    assert first.p90_ms == pytest.approx(10, rel=0.05)
    assert second.p99_ms == pytest.approx(200, rel=0.05)


def test_a_night_counts_all_pipelines_of_a_type_together(store: Store) -> None:
    fold(store, FIRST, [10.0], pipeline_id=1)
    fold(store, FIRST, [10.0, 10.0], pipeline_id=2)
    fold(store, FIRST, [5.0], type_="data_storage_sync", pipeline_id=0)
    with store.read() as session:
        (both,) = timings.by_night(session, "queue", TimingFilter(type=("ml",)))
        (one,) = timings.by_night(session, "queue", TimingFilter(pipeline_id=(2,)))
    assert (both.attempts, one.attempts) == (3, 2)


def test_a_station_is_counted_apart_and_all_of_them_together(store: Store) -> None:
    with store.write() as session:
        for station, attempts in ((0, 3), (1, 2), (2, 1)):
            session.add(
                DurationCount(
                    deployment_id=station,
                    night=FIRST,
                    type="ml",
                    pipeline_id=1,
                    metric="queue",
                    bin=9,
                    attempts=attempts,
                )
            )
    with store.read() as session:
        counted = [
            timings.histogram(session, "queue", TimingFilter(deployment_id=which)) for which in ((), (1,), (1, 2))
        ]
    assert [[row.attempts for row in rows] for rows in counted] == [[3], [2], [3]]


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


def test_a_chart_over_nights_shows_the_last_season_unless_told_where_to_begin(store: Store) -> None:
    with store.write() as session:
        session.add(StatusCount(night=SECOND, type="ml", pipeline_id=1, status="SUCCESS", attempts=1))
    with store.read() as session:
        assert timings.lately(session, TimingFilter()).first == SECOND - timedelta(days=91)
        assert timings.lately(session, TimingFilter(first=FIRST)).first == FIRST


def test_nights_outside_the_range_are_left_out(store: Store) -> None:
    fold(store, FIRST, [10.0])
    fold(store, SECOND, [20.0])
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
        session.add(Project(id=1, name="Moths"))
        session.flush()
        for number, ms in enumerate((40, 100, 5000), start=1):
            add_finished(session, number, ms, datetime(2026, 8, 1, 20, tzinfo=UTC) + timedelta(days=number))
    with store.read() as session:
        rows = timings.behind(session, "queue", 50, 6000)
        later = timings.behind(session, "queue", 50, 6000, TimingFilter(first=date(2026, 8, 4)))
    assert [(row.name, row.duration_ms) for row in rows] == [("job 3", 5000), ("job 2", 100)]
    assert [row.job_id for row in later] == [3]


def add_finished(session: Session, number: int, queue_ms: int, at: datetime) -> None:
    session.add(Job(id=number, name=f"job {number}", type="ml", project_id=1, status=Status.SUCCESS))
    session.flush()
    session.add(
        Attempt(
            job_id=number,
            number=1,
            status=Status.SUCCESS,
            submitted_at=at,
            started_at=at + timedelta(milliseconds=queue_ms),
            finished_at=at + timedelta(seconds=10),
            queue_ms=queue_ms,
            elapsed_ms=500,
            folded=True,
        )
    )
