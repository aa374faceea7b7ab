"""A worker: RQ's, with a life of its own in SQL.

RQ pops the bell and forks a child for each shift. Around that this class keeps what RQ alone would lose: the worker's
row and heartbeat in SQL, warm pipelines in the parent, and the claims of a child that died, which go back at once.
"""

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from types import FrameType
from typing import Any

import psutil
from rq import Queue, Worker
from rq.job import Job as Task
from rq.serializers import JSONSerializer
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from engine import bell, claims, shift, standstill, supervise
from engine.board import Board
from models.queries.workers import BUSY, GONE, IDLE, STOPPED
from models.revisions import touch
from models.store import Store
from models.workers import Worker as WorkerRow

HEARTBEAT_S = 3.0
MONITOR_S = 10  # how often RQ's parent looks up from waiting for its child

log = logging.getLogger(__name__)


class Presence(threading.Thread):
    """Keeps the worker's row in SQL: idle or busy, on which job, when last seen, how much memory."""

    def __init__(self, store: Store, name: str, stand: standstill.Standstill) -> None:
        super().__init__(name="presence", daemon=True)
        self._stand = stand
        self.quiet = threading.Lock()  # held while the parent forks, so that no connection is half-way through a call
        self._store = store
        self._name = name
        self._state = IDLE
        self._changed = threading.Event()
        self._over = False

    def register(self) -> None:
        """Write the row of this worker, anew or over that of the process before it."""
        with self._store.write() as session:
            at = self._store.clock(session)
            row = session.get(WorkerRow, self._name) or WorkerRow(name=self._name, captures_done=0)
            self._state = STOPPED if row.requested else IDLE
            row.host, row.pid, row.state, row.job_id = socket.gethostname(), os.getpid(), self._state, None
            row.started_at = row.since = row.seen_at = at
            session.add(row)
            session.flush()
            standstill.answer(session, self._name, self._state, at)
            touch(session, WorkerRow, self._name)

    def show(self, state: str) -> None:
        """Say what the worker does now; the thread writes it."""
        self._state = state
        self._changed.set()

    def leave(self) -> None:
        """Say that the worker is gone, or stopped if that was asked, and stop."""
        self._over = True
        self.show(STOPPED if self._stand.is_told else GONE)
        if self.is_alive():
            self.join(timeout=HEARTBEAT_S)

    def run(self) -> None:
        written = self._state
        while True:
            over = self._over
            self._changed.clear()
            state = self._state
            try:
                with self.quiet:
                    self._write(state, changed=state != written)
                written = state
            except SQLAlchemyError as error:
                log.warning("worker %s could not write its sign of life: %s", self._name, error)
            if over:
                return
            self._look_until_due()

    def _look_until_due(self) -> None:
        """Until the next sign of life, look at what is asked of the worker."""
        due = time.monotonic() + HEARTBEAT_S
        while True:
            with contextlib.suppress(SQLAlchemyError):
                with self.quiet, self._store.read() as session:
                    wish = standstill.wish_for(session, self._name)
                self._stand.heed(wish)
            if self._changed.wait(standstill.LOOK_S) or time.monotonic() > due:
                return

    def _write(self, state: str, *, changed: bool) -> None:
        with self._store.write() as session:
            at = self._store.clock(session)
            row = update(WorkerRow).where(WorkerRow.name == self._name)
            alive: dict[str, Any] = {"seen_at": at, "memory_bytes": _memory()}
            if not changed and session.execute(row.where(WorkerRow.state == state).values(alive)).rowcount:  # type: ignore[attr-defined]
                return
            # It changed, or somebody took this worker for dead while it was silent.
            without_job: dict[str, Any] = {} if state == BUSY else {"job_id": None}
            session.execute(row.values(alive | {"state": state, "since": at} | without_job))
            standstill.answer(session, self._name, state, at)
            touch(session, WorkerRow, self._name)


def _memory() -> int:
    """Resident memory of this process and its children, bytes."""
    me = psutil.Process()
    total = int(me.memory_info().rss)
    for child in me.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += int(child.memory_info().rss)
    return total


class ShiftWorker(Worker):
    """RQ's forking worker, on the one queue of shifts."""

    max_connection_wait_time = 2.0  # s; the queue server comes back in less than a second, and nobody should wait

    def __init__(self, board: Board, name: str) -> None:
        connection = bell.connect(board.bell.url, timeout_s=None)
        queue = Queue(bell.QUEUE, connection=connection, serializer=JSONSerializer)
        super().__init__(
            [queue],
            name=f"{name}.{os.getpid()}",  # RQ refuses a name until the one before has expired
            connection=connection,
            serializer=JSONSerializer,
            job_monitoring_interval=MONITOR_S,
            log_job_description=False,
        )
        self._pid = os.getpid()
        self._child_died = False
        self.board = board
        self.duty = shift.Duty(board.store, board.bell, name)
        self.stand = standstill.Standstill(self.kill_horse)
        self.presence = Presence(board.store, name, self.stand)

    def serve(self) -> None:
        """Work until told to stop. What a process of this name left behind goes back to the queue first."""
        shift.go_on_duty(self.duty)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # it is meant for the child, which may not listen yet
        self.presence.register()
        self._take_back(rings=True)
        self.presence.start()
        try:
            self.stand.wait()
            self.presence.show(IDLE)
            self.work(logging_level="WARNING")
        finally:
            self.presence.leave()

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        self.stand.begins_work()

    def execute_job(self, job: Task, queue: Queue) -> None:
        try:
            super().execute_job(job, queue)
        finally:
            self._take_back()
            self.presence.show(IDLE)

    def _take_back(self, *, rings: bool = False) -> None:
        """Give back what a dead child or predecessor held, and ring: its own bell for the next shift was never rung.

        The reconciler may have given it back first, so whoever comes on duty rings in any case.
        """
        released = claims.release(self.board.store, worker=self.duty.worker, tried=not self.stand.halted)
        if released or self._child_died or rings:
            self._child_died = False
            shift.ring_for_more(self.board.store, self.board.bell)

    def handle_work_horse_killed(self, job: Task, retpid: int, ret_val: int, rusage: object) -> None:
        """RQ calls this when the child ended otherwise than by finishing its task."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)  # type: ignore[no-untyped-call]
        self._child_died = True

    def fork_work_horse(self, job: Task, queue: Queue) -> None:
        self._warm_up()
        with self.presence.quiet:
            super().fork_work_horse(job, queue)
        self.presence.show(BUSY)  # not before: a job that was just submitted need not wait for this to be written

    def _warm_up(self) -> None:
        """Load the pipeline that the shift will need before the fork, so that the next shift finds it loaded."""
        try:
            with self.board.store.read() as session:
                job = claims.most_urgent(session, self.board.store.clock(session))
                if job is not None and job.pipeline is not None:
                    self.duty.pipelines.get(job.pipeline)
        except Exception:
            log.warning("a pipeline could not be loaded before the shift", exc_info=True)

    def setup_work_horse_signals(self) -> None:
        """In the child: Ctrl-C is the parent's affair, SIGUSR1 asks to end the shift after the capture in hand."""
        supervise.die_with_parent(self._pid)
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGUSR1, self._leave)

    def _leave(self, _signal: int, _frame: FrameType | None) -> None:
        self.duty.leave.set()

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGUSR1)
