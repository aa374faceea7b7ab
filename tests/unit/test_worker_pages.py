"""The workers' map, their words and the queues by their data: no browser."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.figures.workers import map_of_minutes, totals
from dashboard.pages.workers.parts import sentence, state_of
from models.captures import Deployment, Project
from models.jobs import Job
from models.operations import Queue, QueuePause
from models.queries import queues, workers
from models.queries.workers import Minute, WorkerNow, WorkerRow
from models.rollups import WorkerMinute
from models.states import Status
from models.store import Store
from models.workers import Worker
from tests.lab import new_store

TEN = datetime(2026, 7, 2, 10, 0, tzinfo=UTC)
DENMARK = ZoneInfo("Europe/Copenhagen")


def minute(number: int, captures: int, worker: str = "w1", *, failed: int = 0, steps: int = 0) -> Minute:
    return Minute(worker, TEN + timedelta(minutes=number), captures, failed, steps)


def worker(state: str, *, requested: str | None = None, silent_s: float = 1.0, speed: float | None = None) -> WorkerNow:
    seen = TEN - timedelta(seconds=silent_s)
    row = WorkerRow("w1", "lab", 7, state, None, 0, 0, TEN, TEN, seen)
    return WorkerNow(row, None, requested, None, speed)


def test_a_minute_is_a_square_and_one_without_work_is_empty() -> None:
    rows = [minute(0, 12), minute(2, 0, steps=3), minute(1, 5, "w2", failed=1)]
    drawn = map_of_minutes(rows, ["w1", "w2"], TEN, TEN + timedelta(minutes=3), DENMARK, "light").data[0]
    assert [list(line) for line in drawn.z] == [[12, None, 0, None], [None, 5, None, None]]
    assert drawn.customdata[0][2] == "3 steps of other stages"
    assert drawn.customdata[1][1] == "5 captures, 1 failed"


def test_the_map_shows_the_readers_clock() -> None:
    figure = map_of_minutes([minute(0, 1)], ["w1"], TEN, TEN + timedelta(minutes=1), DENMARK, "dark")
    assert figure.data[0].x[0] == datetime(2026, 7, 2, 12, 0)
    assert [(shape.y0 + shape.y1) / 2 for shape in figure.layout.shapes] == [0]


def test_a_workers_minutes_are_summed_up() -> None:
    (first, second) = totals([minute(0, 12, failed=2), minute(1, 3)], ["w1", "w2"])
    assert (first.captures, first.failed, first.minutes, first.best) == (15, 2, 2, 12)
    assert second.minutes == 0


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        (worker("busy"), "busy"),
        (worker("busy", requested="finish"), "stopping"),
        (worker("stopped", requested="finish"), "stopped"),
        (worker("stopped"), "starting"),
        (worker("idle", silent_s=60), "silent"),
        (worker("gone", silent_s=60), "gone"),
    ],
)
def test_a_workers_word_says_what_it_does_or_is_about_to(shown: WorkerNow, word: str) -> None:
    assert state_of(shown, TEN) == word


def test_the_sentence_counts_those_at_work_and_names_what_is_wrong() -> None:
    known = [
        worker("busy", speed=2.5),
        worker("idle"),
        worker("stopped", requested="halt"),
        worker("idle", silent_s=99),
    ]
    assert sentence(known, TEN) == "1 of 2 workers are busy, 2.5 images/s together; 1 stopped; 1 silent."
    assert sentence([], TEN).startswith("Nobody works")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "nightboard.db")
    yield opened
    opened.close()


def test_a_queue_knows_its_depth_and_its_pause(store: Store) -> None:
    with store.write() as session:
        session.add(Project(id=1, name="Moths"))
        session.flush()
        session.add(Deployment(id=3, project_id=1, name="Mols"))
        session.flush()
        for status, processed in ((Status.PENDING, 0), (Status.STARTED, 4), (Status.SUCCESS, 10)):
            job = Job(name="a job", type="ml", project_id=1, deployment_id=3, status=status, total=10)
            job.processed = processed
            session.add(job)
        session.add(QueuePause(queue=Queue.STATION, key=3, since=TEN))
    with store.read() as session:
        everything, station = queues.depths(session)
    assert (everything.waiting, everything.running, everything.captures) == (1, 1, 16)
    assert (station.name, station.captures, station.paused_since) == ("Mols", 16, TEN)


def test_only_work_that_took_time_and_succeeded_tells_a_rate(store: Store) -> None:
    landed = {
        "steady": ("busy", 30, 2, 15_000),
        "of unreadable files": ("busy", 6, 6, 900),
        "in no time": ("busy", 6, 0, 1),
        "left": ("gone", 30, 0, 15_000),
    }
    with store.write() as session:
        for name, (state, captures, failed, busy_ms) in landed.items():
            times = {"started_at": TEN, "since": TEN, "seen_at": TEN}
            session.add(Worker(name=name, host="lab", pid=7, state=state, **times))
            session.add(WorkerMinute(minute=TEN, worker=name, captures=captures, failed=failed, busy_ms=busy_ms))
    with store.read() as session:
        rates = {now.worker.name: now.images_per_s for now in workers.known(session, TEN)}
    assert rates == {"steady": 2.0, "of unreadable files": None, "in no time": None, "left": None}
