"""A small lab for tests: a real home, a real queue server, real captures on disk, and real worker processes."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import cv2
import numpy as np
from sqlalchemy import func, insert, select

from engine import control, pipelines, queue_server
from engine.access import Actor
from engine.board import Board, open_board
from engine.captures.ingest import ingest
from engine.captures.stations import open_source, open_station
from engine.requests import JobRequest
from engine.up import prepare
from models import migrate
from models.captures import Capture, Source
from models.jobs import Attempt, Item, Job, Stage
from models.people import Role
from models.pipelines import Pipeline
from models.queries.workers import count_idle
from models.results import Detection, Result
from models.settings import Settings, load
from models.states import FINAL, ItemState, Status
from models.store import Store

PATIENCE_S = 60.0
ANSWER = TypeVar("ANSWER")
EVENING = datetime(2026, 7, 1, 22, 0)
DATABASE = "nightboard.db"
ENGINEER = Actor("engineer", Role.ADMIN, "command line")


class Started(Protocol):
    """A part that was started: of `subprocess.Popen` what tests use."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None, /) -> int: ...


def launch(arguments: Sequence[str], environment: dict[str, str], log: Path) -> Started:
    """`nightboard` with these arguments, in an interpreter of its own."""
    with log.open("ab") as written:
        return subprocess.Popen(
            [sys.executable, "-m", "engine.cli", *arguments],
            env=environment,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )


start_part = launch  # the tests' conftest has parts forked instead


def wait_for(condition: Callable[[], ANSWER], what: str, seconds: float = PATIENCE_S) -> ANSWER:
    """Ask until the answer is true, and return it; fail the test after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.02)


def draw_captures(folder: Path, count: int, *, width: int = 480, height: int = 360, start: datetime = EVENING) -> None:
    """Write `count` captures of a lit sheet with three dark animals each, five minutes apart."""
    shutil.copytree(_drawn(count, width, height, start), folder, dirs_exist_ok=True)


@cache
def _drawn(count: int, width: int, height: int, start: datetime) -> Path:
    """Such captures, drawn once in this process."""
    folder = _gone_at_the_end()
    random = np.random.default_rng(7)
    empty = np.clip(200 + random.normal(0, 2, (height, width, 3)), 0, 255).astype(np.uint8)
    for number in range(count):
        sheet = empty.copy()
        for _ in range(3):
            centre = (int(random.integers(60, width - 60)), int(random.integers(60, height - 60)))
            cv2.ellipse(sheet, centre, (26, 16), float(random.integers(180)), 0, 360, (60, 75, 90), -1, cv2.LINE_AA)
        name = (start + timedelta(minutes=5 * number)).strftime("%Y%m%d%H%M%S.jpg")
        cv2.imwrite(str(folder / name), sheet)
    return folder


def _gone_at_the_end() -> Path:
    """A folder for as long as this process lives."""
    folder = Path(tempfile.mkdtemp(prefix="nightboard-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class Lab:
    """A home with a station and a pipeline; `submit`, `work`, and look."""

    board: Board
    project_id: int
    station_id: int
    pipeline_id: int

    @property
    def home(self) -> Path:
        return self.board.settings.home

    def take_in(self, folder: Path) -> int:
        """Ingest a folder for the station; the number of captures of the station."""
        for _ in ingest(self.board.store, self.station_id, folder):
            pass
        with self.board.store.read() as session:
            return session.scalars(select(func.count()).select_from(Capture)).one()

    def list_captures(self, folder: Path, count: int) -> None:
        """Rows of captures `0.jpg` and so on of this folder; nothing looks whether the files are there."""
        with self.board.store.write() as session:
            open_source(session, self.station_id, folder)
            source = session.scalars(select(Source.id)).one()
            row = {"deployment_id": self.station_id, "source_id": source}
            session.execute(insert(Capture), [row | {"path": f"{number}.jpg"} for number in range(count)])

    def add_nothing(self, *, batch_max: int = 64, seats: int | None = None, pace_ms: int = 0) -> int:
        """Add the pipeline that does nothing, in so long a capture, and needs no files for it; its id."""
        config = {"pace_ms": pace_ms}
        with self.board.store.write() as session:
            row = Pipeline(
                slug="nothing", kind="nothing", name="Nothing", batch_max=batch_max, seats=seats, config=config
            )
            session.add(row)
            session.flush()
            return row.id

    def submit(self, *, start_now: bool = True, **fields: Any) -> int:
        """Submit an ml job over the station, unless told otherwise; its id."""
        request: dict[str, Any] = {
            "name": "a job",
            "project_id": self.project_id,
            "deployment_id": self.station_id,
            "pipeline_id": self.pipeline_id,
        }
        return control.submit(self.board, ENGINEER, JobRequest(**(request | fields)), start_now=start_now).job_id

    @contextmanager
    def parts(self, *arguments: Sequence[str]) -> Iterator[list[Started]]:
        """Run `nightboard` with each of these argument lists, and end what is left of them."""
        started = [self.start(*each) for each in arguments]
        try:
            yield started
        finally:
            for process in started:
                end(process)

    def workers(self, count: int = 1, *, reconciler: bool = True) -> Any:
        """Real workers, and a reconciler beside them."""
        parts = [("shifts", "--name", f"w{number}") for number in range(1, count + 1)]
        return self.parts(*parts, *([("reconcile",)] if reconciler else []))

    def start(self, *arguments: str) -> Started:
        """Start one part of Nightboard on this home."""
        logs = self.home / "logs"
        logs.mkdir(exist_ok=True)
        return start_part(arguments, os.environ | self.board.settings.environment(), logs / f"{arguments[-1]}.log")

    def job(self, job_id: int) -> Job:
        """The job as it stands now, detached."""
        with self.board.store.read() as session:
            job = session.get_one(Job, job_id)
            session.expunge_all()
            return job

    def until(self, job_id: int, *statuses: Status, seconds: float = PATIENCE_S) -> Job:
        """Wait until the job is in one of these states."""
        wanted = statuses or tuple(FINAL)
        wait_for(lambda: self.job(job_id).status in wanted, f"job {job_id} is {' or '.join(wanted)}", seconds)
        return self.job(job_id)

    def until_processed(self, job_id: int, count: int) -> None:
        """Wait until this many captures of the job are through."""
        wait_for(lambda: self.job(job_id).processed >= count, f"{count} captures of job {job_id} are processed")

    def idle(self) -> int:
        """How many workers are on duty and wait for work."""
        with self.board.store.read() as session:
            return count_idle(session, self.board.store.clock(session))

    def items(self, job_id: int) -> dict[str, int]:
        """How many items with a capture the job has in each state."""
        query = select(Item.state, func.count()).where(Item.job_id == job_id, Item.capture_id.is_not(None))
        with self.board.store.read() as session:
            return {state.value: count for state, count in session.execute(query.group_by(Item.state))}

    def assert_whole(self, job_id: int) -> None:
        """Every capture once, every counter a recount, times and stages closed, nothing claimed."""
        with self.board.store.read() as session:
            job = session.get_one(Job, job_id)
            items = session.scalars(select(Item).where(Item.job_id == job_id)).all()
            captures = [item for item in items if item.capture_id is not None]
            states = [item.state for item in captures]
            stages = session.scalars(select(Stage).where(Stage.job_id == job_id)).all()
            attempts = session.scalars(select(Attempt).where(Attempt.job_id == job_id)).all()
            results = session.scalars(select(Result.capture_id)).all()
            boxes = select(func.count()).select_from(Detection)
            of_results = select(func.coalesce(func.sum(Result.detections_count), 0))
            assert job.status in FINAL
            assert len({item.capture_id for item in captures}) == len(captures) == job.total
            assert states.count(ItemState.DONE) + states.count(ItemState.SKIPPED) == job.processed
            assert states.count(ItemState.FAILED) == job.failed
            assert not [item for item in items if item.claim is not None or item.state is ItemState.CLAIMED]
            assert len(set(results)) == len(results)
            assert session.scalars(boxes).one() == session.scalars(of_results).one()
            assert all((i.result_id is not None) == (i.state in (ItemState.DONE, ItemState.SKIPPED)) for i in captures)
            assert all(stage.finished_at is not None and stage.status in FINAL for stage in stages)
            assert all(attempt.finished_at is not None and attempt.status in FINAL for attempt in attempts)
            assert job.finished_at is not None


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def end(process: Started) -> None:
    """End a part, whatever state it is in, and its children with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@cache
def _empty() -> Path:
    """A database of this version with nothing in it, migrated once in this process of tests."""
    path = _gone_at_the_end() / DATABASE
    store = Store(f"sqlite:///{path}")
    migrate.upgrade(store)
    store.close()
    return path


def new_store(path: Path) -> Store:
    """A database of this version with nothing in it, in this file: a copy of one that was migrated."""
    shutil.copy(_empty(), path)
    return Store(f"sqlite:///{path}")


@cache
def _migrated() -> Path:
    """A database with what every home has in it, prepared once in this process of tests."""
    settings = load(home=_gone_at_the_end())
    shutil.copy(_empty(), settings.home / DATABASE)
    prepare(settings)
    return settings.home / DATABASE


def lay(settings: Settings) -> None:
    """Make the home with its database: a copy of a migrated one, as migrations take long and have their own tests."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.database_url is None and not (settings.home / DATABASE).exists():
        shutil.copy(_migrated(), settings.home / DATABASE)
    prepare(settings)


@contextmanager
def open_lab(home: Path, database: str | None = None) -> Iterator[Lab]:
    """A lab in a new home, with one station, no captures and no workers."""
    settings = load(home=home, database_url=database)
    lay(settings)
    queue_server.ensure(home)
    board = open_board(settings)
    with board.store.write() as session:
        station = open_station(session, "Test project", "Test station", "Europe/Copenhagen")
        pipeline = pipelines.ensure_embedded(session)
        lab = Lab(board, station.project_id, station.id, pipeline.id)
    try:
        yield lab
    finally:
        board.store.close()
        queue_server.stop(home)
