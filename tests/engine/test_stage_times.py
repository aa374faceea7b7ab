"""How long each stage of a job took, over any number of attempts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine import claims, control
from engine.jobtypes.base import Step
from engine.landing import land_failure, land_step
from models.jobs import Stage
from models.states import Status
from models.store import Store
from tests.lab import ENGINEER, Lab

Clock = Callable[[int], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until it is put on by some seconds; leases are given and looked at by it."""
    shown = [datetime(2026, 8, 9, 3, tzinfo=UTC)]
    monkeypatch.setattr(Store, "clock", lambda _store, _session: shown[0])
    return lambda seconds: shown.__setitem__(0, shown[0] + timedelta(seconds=seconds))


def work(lab: Lab, job_id: int, clock: Clock, seconds: int, *, fails: bool = False) -> None:
    """Do the one piece of work of the stage at hand, in so many seconds."""
    claim = claims.take(lab.board.store, "w1", only=job_id)
    assert claim is not None
    clock(seconds)
    if fails:
        land_failure(lab.board.store, claim, "broken", "It broke.")
    else:
        land_step(lab.board.store, claim, Step(1.0, last=True), stop=False)


def worked(lab: Lab, job_id: int) -> list[int | None]:
    """Seconds of each stage."""
    with lab.board.store.read() as session:
        rows = session.scalars(select(Stage).where(Stage.job_id == job_id).order_by(Stage.position)).all()
        return [None if row.worked_ms is None else row.worked_ms // 1000 for row in rows]


def test_a_stage_counts_its_own_time_in_each_of_three_attempts(lab: Lab, clock: Clock) -> None:
    job_id = lab.submit(dry_run=True)
    first, *_ = stages = worked(lab, job_id)
    assert first is None
    work(lab, job_id, clock, 2)
    for seconds in (5, 7):
        work(lab, job_id, clock, seconds, fails=True)
        assert lab.job(job_id).status is Status.FAILURE
        clock(1000)  # nobody works between the attempts
        control.retry(lab.board, ENGINEER, job_id, from_stage="collect" if seconds == 7 else None)
    clock(100)  # it waits for a worker
    assert worked(lab, job_id)[:2] == [2, 12]
    work(lab, job_id, clock, 3)
    work(lab, job_id, clock, 11)
    assert lab.job(job_id).attempt == 3
    assert worked(lab, job_id)[:2] == [2 + 3, 5 + 7 + 11]
    assert len(stages) >= 2
