"""A worker is stopped and started again by its row, whoever is there to hear."""

import pytest
from sqlalchemy import select

from engine import control
from engine.access import Actor
from engine.standstill import FINISH, HALT
from models.jobs import Item
from models.people import Audit, Role
from models.rollups import WorkerHour, WorkerMinute
from models.states import ItemState, Status
from models.workers import Worker
from tests.lab import ENGINEER, Lab, wait_for

VISITOR = Actor("visitor", Role.VIEWER, "dashboard")


def state_of(lab: Lab, name: str = "w") -> str | None:
    with lab.board.store.read() as session:
        return session.scalar(select(Worker.state).where(Worker.name == name))


def controls(lab: Lab) -> list[Audit]:
    with lab.board.store.read() as session:
        return list(session.scalars(select(Audit).where(Audit.verb.contains("worker")).order_by(Audit.id)))


def items_of(lab: Lab, job_id: int) -> set[tuple[ItemState, int]]:
    with lab.board.store.read() as session:
        return {(item.state, item.tries) for item in session.scalars(select(Item).where(Item.job_id == job_id))}


def test_a_worker_stops_after_its_batch_and_goes_on_when_it_is_started_again(lab: Lab) -> None:
    with lab.parts(("worker", "--name", "w"), ("reconcile",)):
        job_id = lab.submit(delay=600, pipeline_id=None)
        wait_for(lambda: (ItemState.CLAIMED, 0) in items_of(lab, job_id), "the worker is at it")
        control.stop_worker(lab.board, ENGINEER, "w", FINISH)
        wait_for(lambda: state_of(lab) == "stopped", "the worker is stopped")
        assert (ItemState.CLAIMED, 0) not in items_of(lab, job_id)

        control.start_worker(lab.board, ENGINEER, "w")
        wait_for(lambda: (ItemState.CLAIMED, 0) in items_of(lab, job_id), "the worker is at it again")
        wait_for(lambda: all(audit.done_at for audit in controls(lab)), "both were answered")
    assert [(audit.verb, audit.done_at is not None) for audit in controls(lab)] == [
        ("finish worker", True),
        ("start worker", True),
    ]


def test_a_halt_gives_back_at_once_what_the_worker_holds_and_blames_nothing(lab: Lab) -> None:
    with lab.parts(("worker", "--name", "w"), ("reconcile",)):
        job_id = lab.submit(delay=600, pipeline_id=None)
        wait_for(lambda: (ItemState.CLAIMED, 0) in items_of(lab, job_id), "the worker is at it")
        control.stop_worker(lab.board, ENGINEER, "w", HALT)
        wait_for(lambda: state_of(lab) == "stopped", "the worker is stopped")
        assert {tries for _, tries in items_of(lab, job_id)} == {0}
        assert (ItemState.CLAIMED, 0) not in items_of(lab, job_id)


def test_only_an_operator_stops_a_worker_and_only_one_that_is_there(lab: Lab) -> None:
    with pytest.raises(control.Forbidden):
        control.stop_worker(lab.board, VISITOR, "w")
    with pytest.raises(control.NotFound, match="no worker w"):
        control.stop_worker(lab.board, ENGINEER, "w")
    assert [audit.outcome for audit in controls(lab)] == ["refused", "refused"]


def test_what_a_worker_lands_is_counted_by_the_minute_and_by_the_hour(night: Lab) -> None:
    with night.workers(1):
        job_id = night.submit(limit=6)
        night.until(job_id, Status.SUCCESS)
    with night.board.store.read() as session:
        minutes = session.scalars(select(WorkerMinute)).all()
        hours = session.scalars(select(WorkerHour)).all()
    assert {row.worker for row in minutes} == {"w1"}
    assert sum(row.captures for row in minutes) == sum(row.captures for row in hours) == 6
    assert sum(row.steps for row in minutes) > 0
    assert {(row.type, row.deployment_id) for row in hours} == {("ml", night.station_id)}
