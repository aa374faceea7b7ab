"""A whole Nightboard at work, as `nightboard up` runs it, to be hurt and to be looked at while it recovers."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from engine import control, faults, queue_server
from engine.supervise import MARK
from engine.up import address, is_ready
from models.pipelines import Pipeline
from models.queries.workers import GONE
from models.settings import load
from models.states import FINAL, Status
from models.workers import Worker
from tests.chaos.ledger import Entry, Ledger
from tests.chaos.recount import assert_counted_right, recount
from tests.lab import ENGINEER, Lab, draw_captures, end, free_port, open_lab, wait_for
from tests.postgres import Cluster

WORKERS = ("worker-1", "worker-2")
PARTS = ("web", "reconciler", *WORKERS)
CAPTURES = 18
BATCH = 2  # captures, so that one job has many claims and landings
BOUND_S = 60.0  # a recovery that takes longer fails; the promise is 15 s, and the table prints what it was


@dataclass
class Scene:
    """A running Nightboard with one night of captures. Each fault is tried on a job over them."""

    lab: Lab
    database: str
    cluster: Cluster | None
    process: "subprocess.Popen[bytes]"
    ledger: Ledger
    random: Random = field(default_factory=Random)
    job_id: int = 0
    _log_begins: dict[Path, int] = field(default_factory=dict)

    @contextmanager
    def fault(
        self,
        name: str,
        *,
        during: AbstractContextManager[None] | None = None,
        ends: Status = Status.SUCCESS,
        **request: Any,
    ) -> Iterator[None]:
        """Submit a job and let the block hurt Nightboard; when the block ends, so does the fault.

        From then on everything must come back: the job to its end, every part to its work, every count to the truth.
        What stands `during` the fault stands before the job is submitted.
        """
        entry = self.ledger.of(name, self.database)
        entry.tried += 1
        with during or nullcontext():
            self._log_begins = {path: path.stat().st_size for path in self._logs()}
            self.job_id = self.lab.submit(name=name, reprocess=True, **request)
            try:
                yield
            except pytest.skip.Exception:  # the fault found nothing to hurt
                entry.tried -= 1
                raise
            finally:
                self._armed.unlink(missing_ok=True)
        ended = time.monotonic()
        self._until(ends)
        self.until_well()
        took = time.monotonic() - ended
        self._finish()
        self._assert_nothing_lost(entry)
        entry.recoveries.append(took)

    def _until(self, status: Status) -> None:
        wait_for(lambda: self._status() in {status, *FINAL}, f"the job is {status} after the fault", BOUND_S)
        assert self._status() == status, self.lab.job(self.job_id).cause

    def _status(self) -> Status | None:
        with suppress(SQLAlchemyError):  # the database may be the one that was hurt
            return self.lab.job(self.job_id).status
        return None

    def _finish(self) -> None:
        """A job that was stopped on purpose goes on to its end, so that its captures can be counted."""
        match self._status():
            case Status.REVOKED:
                self.lab.assert_whole(self.job_id)
                control.retry(self.lab.board, ENGINEER, self.job_id)
            case Status.PAUSED:
                assert "CLAIMED" not in self.lab.items(self.job_id)
                control.resume(self.lab.board, ENGINEER, self.job_id)
        job = self.lab.until(self.job_id)
        assert job.status == Status.SUCCESS, job.cause

    def _assert_nothing_lost(self, entry: Entry) -> None:
        found = recount(self.lab, self.job_id)
        entry.lost += found.lost
        entry.doubled += found.doubled
        assert (found.lost, found.doubled) == (0, 0)
        self.lab.assert_whole(self.job_id)
        assert_counted_right(self.lab, self.job_id)

    def at_some_moment(self, *, before: float = 0.6) -> None:
        """Wait until the job is at work, and then for a random while, most likely not beyond that share of it."""
        self.lab.until_processed(self.job_id, self.random.randint(1, int(before * CAPTURES)))
        hold(self.random.uniform(0.0, 0.1))

    def strike(self, point: str, act: str) -> None:
        """Have whoever passes the point next fail there, once; returns when that has happened."""
        self.arm(point, act)
        wait_for(self.has_struck, f"somebody fails {point}")

    def has_struck(self) -> bool:
        """Whether somebody has taken the fault that was named last."""
        return not self._armed.exists()

    def arm(self, point: str, act: str) -> None:
        """Name a fault to all processes of this scene; it stands until somebody takes it, or the round ends."""
        fresh = self._armed.with_suffix(".new")
        fresh.write_text(f"{point}:{act}")
        fresh.replace(self._armed)

    def disarm(self) -> None:
        self._armed.unlink(missing_ok=True)

    @property
    def _armed(self) -> Path:
        return self.lab.home / "fault"

    def part(self, name: str) -> psutil.Process:
        """The process of a part, as the supervisor started it."""
        found = wait_for(lambda: self._find(name), f"{name} runs")
        assert found is not None
        return found

    def _find(self, name: str) -> psutil.Process | None:
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.Error):
                    if child.environ().get(MARK) == name and child.status() != psutil.STATUS_ZOMBIE:
                        return child
        return None

    def worker(self) -> psutil.Process:
        return self.part(self.random.choice(WORKERS))

    def child(self) -> psutil.Process:
        """The child of a worker that is at work."""
        return wait_for(self._children, "a worker has a child at work")[0]

    def _children(self) -> list[psutil.Process]:
        found = []
        for name in self.random.sample(WORKERS, len(WORKERS)):
            worker = self._find(name)
            with suppress(psutil.Error):
                found += worker.children() if worker is not None else []
        return found

    def wake(self) -> None:
        """Let everything that is held still go on."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_STOPPED:
                    process.resume()

    def log(self) -> str:
        """What the parts have written since the fault began."""
        return "".join(
            path.read_bytes()[self._log_begins.get(path, 0) :].decode(errors="replace") for path in self._logs()
        )

    def _logs(self) -> list[Path]:
        return sorted((self.lab.home / "logs").glob("*.log"))

    def until_well(self) -> None:
        """Wait until every part runs, both workers are on duty, the page answers, and the queue server does."""
        wait_for(self._is_well, "every part is back", BOUND_S)

    def _is_well(self) -> bool:
        if any(self._find(name) is None for name in PARTS):
            return False
        if not self.lab.board.bell.alive() or not is_ready(self.lab.board.settings):
            return False
        try:
            with self.lab.board.store.read() as session:
                on_duty = session.scalars(select(Worker.pid).where(Worker.state != GONE)).all()
        except SQLAlchemyError:
            return False
        return set(on_duty) == {self.part(name).pid for name in WORKERS}

    def ask(self, verb: str) -> int | None:
        """Ask the page's server for a verb on the job, as a program does; None when it breaks off."""
        token = (self.lab.home / "admin.token").read_text().strip()
        request = urllib.request.Request(
            f"{address(self.lab.board.settings)}/api/v2/jobs/{self.job_id}/{verb}/",
            method="POST",
            headers={"Authorization": f"Token {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return None


def hold(seconds: float) -> None:
    """Let a fault last."""
    threading.Event().wait(seconds)


def gone_for(process: psutil.Process, seconds: float = BOUND_S) -> None:
    """Wait until a process is gone or only waits to be reaped."""
    wait_for(lambda: not _lives(process), f"process {process.pid} is gone", seconds)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def open_scene(
    folder: Path,
    ledger: Ledger,
    cluster: Cluster | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Scene]:
    """`nightboard up` on a new home and port, with one night of captures; on SQLite unless there is a cluster."""
    draw_captures(folder / "captures", CAPTURES)
    url = cluster.create(f"chaos_{time.time_ns()}") if cluster is not None else None
    with open_lab(folder / "home", url) as lab:
        lab.take_in(folder / "captures")
        with lab.board.store.write() as session:
            session.execute(update(Pipeline).values(batch_max=BATCH))
        settings = load(home=lab.home, database_url=url, port=free_port(), workers=len(WORKERS))
        lab.board = type(lab.board)(settings, lab.board.store, lab.board.bell)
        queue_server.stop(lab.home)  # so that the one that is hurt is a child of nobody, as in real life
        process = _start_up(lab, environment or {})
        scene = Scene(lab, "postgresql" if cluster else "sqlite", cluster, process, ledger)
        try:
            scene.until_well()
            yield scene
        finally:
            end(process)


def _start_up(lab: Lab, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "engine.cli", "up", "--no-demo", "--no-browser", "--workers", str(len(WORKERS))]
    told = {**lab.board.settings.environment(), faults.VARIABLE: f"@{lab.home / 'fault'}", **environment}
    (lab.home / "logs").mkdir(exist_ok=True)
    with (lab.home / "logs" / "up.log").open("ab") as log:
        return subprocess.Popen(command, env=os.environ | told, stdout=log, stderr=log, start_new_session=True)
