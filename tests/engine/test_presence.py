"""Who is on duty: a worker that comes back is never mistaken for the dead one of its name."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from engine import claims, reconcile
from engine import worker as workers
from engine.standstill import Standstill
from engine.worker import Presence
from models.jobs import Item
from models.queries.workers import GONE, IDLE
from models.states import ItemState, Status
from models.workers import Worker
from tests.lab import Lab, wait_for


def dead_process() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def presence_of(lab: Lab, name: str) -> Presence:
    return Presence(lab.board.store, name, Standstill(lambda: None))


def leave_dead(lab: Lab, name: str) -> None:
    """Write the row that a killed worker leaves behind."""
    presence_of(lab, name).register()
    with lab.board.store.write() as session:
        session.execute(update(Worker).where(Worker.name == name).values(pid=dead_process()))


@contextmanager
def heartbeat(lab: Lab, name: str) -> Iterator[None]:
    presence = presence_of(lab, name)
    presence.register()
    presence.start()
    try:
        yield
    finally:
        presence.leave()


def test_a_worker_that_comes_back_while_its_predecessor_is_buried_stays_on_duty(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_dead(lab, "w1")
    judge = reconcile._is_dead

    def judge_and_come_back(worker: Worker, at: datetime) -> bool:
        dead = judge(worker, at)
        presence_of(lab, "w1").register()
        return dead

    monkeypatch.setattr(reconcile, "_is_dead", judge_and_come_back)
    assert reconcile.bury_dead_workers(lab.board) == []
    assert lab.idle() == 1


def test_a_burial_takes_back_only_what_the_dead_process_held(night: Lab) -> None:
    night.submit()
    leave_dead(night, "w1")
    claim = claims.take(night.board.store, "w1")
    assert claim is not None
    with night.board.store.write() as session:  # as if it were given after the burial began
        later = select(Item.lease_until).where(Item.id == claim.item_ids[0]).scalar_subquery()
        until = session.scalars(select(later)).one() + timedelta(seconds=5)
        session.execute(update(Item).where(Item.id == claim.item_ids[0]).values(lease_until=until))
    assert reconcile.bury_dead_workers(night.board) == ["w1"]
    with night.board.store.read() as session:
        assert session.get_one(Item, claim.item_ids[0]).state == ItemState.CLAIMED


def test_a_worker_that_was_taken_for_dead_says_that_it_lives(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "HEARTBEAT_S", 0.5)
    with heartbeat(lab, "w1"):
        with lab.board.store.write() as session:
            session.execute(update(Worker).where(Worker.name == "w1").values(state=GONE))
        wait_for(lambda: lab.idle() == 1, "the worker is idle again")
        with lab.board.store.read() as session:
            assert session.get_one(Worker, "w1").state == IDLE


def test_a_worker_that_comes_on_duty_takes_up_what_nobody_rang_for(night: Lab) -> None:
    job_id = night.submit(limit=3)
    assert night.board.bell.silence(job_id) == 1
    with night.workers(1, reconciler=False):
        assert night.until(job_id).status == Status.SUCCESS
