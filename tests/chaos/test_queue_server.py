"""A queue server that is away, emptied, or comes back with what it held long ago: it carries bells and nothing else."""

import pytest

from dashboard.live import health_view
from engine import bell
from models.states import Status
from tests.chaos.queue_server import QueueServer
from tests.chaos.scene import Scene, hold


@pytest.mark.short("postgresql")
@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.long)])
def test_a_queue_server_that_is_away(night: Scene, seconds: int) -> None:
    with night.fault(f"queue server away for {seconds} s"):
        night.at_some_moment()
        with QueueServer(night.lab.home).away():
            hold(seconds)


@pytest.mark.short("postgresql")
def test_a_queue_server_that_lost_everything(night: Scene) -> None:
    with night.fault("queue server emptied"):
        night.at_some_moment()
        bell.connect(night.lab.board.bell.url).flushall()


@pytest.mark.short("sqlite")
def test_a_queue_server_that_came_back_with_old_data(night: Scene) -> None:
    server = QueueServer(night.lab.home)
    with night.fault("queue server back with old data"):
        server.keep()
        night.at_some_moment()
        with server.away():
            server.put_back()


@pytest.mark.short("sqlite")
def test_jobs_wait_for_a_queue_server_that_is_gone_for_good(night: Scene) -> None:
    server = QueueServer(night.lab.home)
    with night.fault("queue server gone before the job came", during=server.away()):
        hold(2)
        assert night.lab.job(night.job_id).status == Status.PENDING
        assert "queue server does not answer" in str(health_view(night.lab.board))
