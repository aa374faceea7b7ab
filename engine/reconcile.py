"""The reconciler: what nobody else will do, because whoever should have done it is dead.

It needs no message. Every second the leading one looks at SQL: claims whose lease has ended, jobs past their deadline,
workers that fell silent, jobs that wait without a bell. Any number may run; one leads, by a lease of its own.
"""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import psutil
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import bulk, claims, control, faults, health, life, queue_server, rollups
from engine.board import Board
from engine.schedules import running
from engine.watch import GRACE_S
from models.jobs import Job
from models.queries.workers import ALIVE_S, GONE, count_idle
from models.revisions import touch
from models.states import TRANSITIONS, WORKING, Move, Status
from models.workers import Leader, Worker

TICK_S = 1.0
ROLE = "reconciler"
LEAD_S = 5.0

log = logging.getLogger(__name__)


def run(board: Board, stop: threading.Event) -> None:
    """Reconcile every second until `stop` is set."""
    rounds = health.Rounds(board.store)
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
    while not stop.is_set():
        try:
            if lead(board, holder):
                tick(board)
                rounds.look()
        except Exception:
            log.warning("a round of the reconciler failed", exc_info=True)
        stop.wait(TICK_S)


def lead(board: Board, holder: str) -> bool:
    """Take or keep the lead; False while another reconciler has it."""
    with board.store.write() as session:
        at = board.store.clock(session)
        until = at + timedelta(seconds=LEAD_S)
        free = or_(Leader.holder == holder, claims.has_ended(Leader.lease_until, at, LEAD_S))
        taken = session.execute(
            update(Leader).where(Leader.role == ROLE, free).values(holder=holder, lease_until=until)
        )
        if taken.rowcount:  # type: ignore[attr-defined]
            return True
        if session.get(Leader, ROLE) is not None:
            return False
        session.add(Leader(role=ROLE, holder=holder, lease_until=until))
        try:
            session.flush()
        except IntegrityError:  # another one was first
            session.rollback()
            return False
        return True


def tick(board: Board) -> None:
    """One round. A step that fails does not keep the others from being done."""
    steps: tuple[Callable[[Board], object], ...] = (
        revive_queue_server,
        bury_dead_workers,
        return_expired_claims,
        end_overdue_jobs,
        settle_leftovers,
        stop_deaf_shifts,
        go_on_with_operations,
        begin_what_is_scheduled,
        ring_where_jobs_wait,
        fold_rollups,
    )
    for step in steps:
        faults.point("while-reconciling")
        try:
            step(board)
        except Exception:
            log.warning("the reconciler could not %s", step.__name__.replace("_", " "), exc_info=True)


def revive_queue_server(board: Board) -> None:
    """Start the embedded queue server again when it is gone. One that `REDIS_URL` names is not ours to start."""
    if board.settings.redis_url is None and not board.bell.alive():
        queue_server.ensure(board.settings.home)


def return_expired_claims(board: Board) -> list[int]:
    """Items whose lease has ended go back to the queue; the jobs concerned."""
    return claims.release(board.store)


def bury_dead_workers(board: Board) -> list[str]:
    """Mark workers that are silent, or whose process is gone from this machine, and take back what they held.

    A worker's name outlives its process. So only the process that was seen to be dead is buried, and only what it
    held is taken back: the next one of its name may be at work already.
    """
    with board.store.read() as session:
        at = board.store.clock(session)
        on_duty = session.scalars(select(Worker).where(Worker.state != GONE)).all()
        session.expunge_all()
    return [worker.name for worker in on_duty if _is_dead(worker, at) and _bury(board, worker, at)]


def _is_dead(worker: Worker, at: datetime) -> bool:
    if worker.seen_at < at - timedelta(seconds=ALIVE_S):
        return True
    return worker.host == socket.gethostname() and not psutil.pid_exists(worker.pid)


def _bury(board: Board, dead: Worker, at: datetime) -> bool:
    with board.store.write() as session:
        buried = session.execute(
            update(Worker)
            .where(Worker.name == dead.name, Worker.started_at == dead.started_at, Worker.seen_at == dead.seen_at)
            .values(state=GONE, job_id=None, since=at)
        )
        if not buried.rowcount:  # type: ignore[attr-defined]
            return False
        touch(session, Worker, dead.name)
    claims.release(board.store, worker=dead.name, claimed_by=at)
    return True


def end_overdue_jobs(board: Board) -> list[int]:
    """Jobs whose deadline has come end as timed out, wherever they are."""
    timeable = tuple(TRANSITIONS[Move.TIME_OUT])
    return _each(board, lambda at: (Job.deadline_at <= at) & Job.status.in_(timeable), _time_out)


def _time_out(session: Session, job: Job, at: datetime) -> None:
    life.move(session, job, Move.TIME_OUT, at, cause=f"its timeout of {job.timeout_ms} ms came")


def settle_leftovers(board: Board) -> list[int]:
    """Jobs that somebody asked to stop and that nobody holds any more."""
    return _each(board, lambda _at: Job.requested.is_not(None) & Job.status.in_(WORKING), life.settle)


def _each(
    board: Board,
    which: Callable[[datetime], object],
    do: Callable[[Session, Job, datetime], None],
) -> list[int]:
    with board.store.read() as session:
        condition = which(board.store.clock(session))
        jobs = list(session.scalars(select(Job.id).where(condition)))  # type: ignore[arg-type]
    for job_id in jobs:
        with board.store.write() as session:
            job = life.hold(session, job_id)
            at = board.store.clock(session)
            if job is not None and session.scalars(select(Job.id).where(Job.id == job_id, which(at))).first():  # type: ignore[arg-type]
                do(session, job, at)
    return jobs


def stop_deaf_shifts(board: Board) -> int:
    """Have RQ kill the shifts that still hold a job long after it was cancelled; how many it was asked to."""
    with board.store.read() as session:
        late = board.store.clock(session) - timedelta(seconds=3 * GRACE_S)
        held = claims.holders(session, (Job.status == Status.CANCELING) & (Job.requested_at < late))
    return sum(board.bell.stop_shift_of(worker) for worker in held)


def ring_where_jobs_wait(board: Board) -> int:
    """Ring when jobs wait, workers are idle and too few bells are on their way; how often."""
    with board.store.read() as session:
        at = board.store.clock(session)
        job = claims.most_urgent(session, at)
        if job is None:
            return 0
        idle = count_idle(session, at)
    waiting = board.bell.waiting()
    missing = 0 if waiting is None else max(0, idle - waiting)
    if missing:
        board.bell.ring(job.id, job.attempt, times=missing)
    return missing


def go_on_with_operations(board: Board) -> None:
    """Do more of what was asked of many jobs at once."""
    with board.store.read() as session:
        operations = bulk.unfinished(session)
    for operation_id in operations:
        control.go_on(board, operation_id)


def begin_what_is_scheduled(board: Board) -> None:
    """Make the jobs of the schedules that are due, and go on with the runs that have begun."""
    running.begin_due(board)
    running.go_on(board)


def fold_rollups(board: Board) -> None:
    """Count what has ended for the charts, and forget the minutes that none shows any more."""
    rollups.fold(board.store)
    rollups.forget_minutes(board.store)
