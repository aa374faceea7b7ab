"""More hands than needed: the same bell rung again and again, and two reconcilers."""

import psutil
import pytest
from sqlalchemy import select

from models.workers import Leader
from tests.chaos.scene import Scene
from tests.lab import wait_for


@pytest.mark.short("postgresql")
def test_the_same_bell_rung_twenty_times(night: Scene) -> None:
    with night.fault("the same bell rung twenty times"):
        assert night.lab.board.bell.ring(night.job_id, 1, times=10)
        night.at_some_moment()
        assert night.lab.board.bell.ring(night.job_id, 1, times=10)


@pytest.mark.short("postgresql")
def test_two_reconcilers_of_which_the_leading_one_dies(night: Scene) -> None:
    with night.lab.parts(("reconcile",)), night.fault("one of two reconcilers killed"):
        night.at_some_moment()
        night.child().kill()
        leader_of(night).kill()


def leader_of(night: Scene) -> psutil.Process:
    """The reconciler that leads."""

    def find() -> psutil.Process | None:
        with night.lab.board.store.read() as session:
            holder = session.scalars(select(Leader.holder)).one_or_none()
        pid = int(holder.split(":")[1]) if holder else 0
        return psutil.Process(pid) if pid and psutil.pid_exists(pid) else None

    leader = wait_for(find, "a reconciler leads")
    assert leader is not None
    return leader
