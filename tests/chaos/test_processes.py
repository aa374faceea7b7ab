"""Processes that are killed, told to stop, or held still, at random moments and at each named point."""

import pytest

from models.states import Status
from tests.chaos.scene import Scene, gone_for, hold
from tests.lab import wait_for

POINTS = ("between-claim-and-work", "between-work-and-commit", "within-commit", "between-commit-and-bell")
VERBS = [
    pytest.param("cancel", marks=pytest.mark.short("sqlite")),
    pytest.param("pause", marks=pytest.mark.short("postgresql")),
]
PAST_THE_LEASE_S = 12.0
ENDS = {"cancel": Status.REVOKED, "pause": Status.PAUSED}


@pytest.mark.short("postgresql")
def test_a_killed_worker(night: Scene) -> None:
    with night.fault("worker killed"):
        night.at_some_moment()
        night.worker().kill()


@pytest.mark.short("sqlite")
def test_a_killed_child(night: Scene) -> None:
    with night.fault("child killed"):
        night.at_some_moment()
        night.child().kill()


@pytest.mark.short("sqlite")
def test_a_killed_web_server(night: Scene) -> None:
    with night.fault("web server killed"):
        night.at_some_moment()
        night.part("web").kill()


@pytest.mark.short("sqlite")
def test_a_killed_reconciler(night: Scene) -> None:
    with night.fault("reconciler killed"):
        night.at_some_moment()
        night.part("reconciler").kill()
        night.child().kill()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("act", "who"),
    [
        pytest.param("kill", "child", marks=pytest.mark.short("sqlite")),
        pytest.param("kill-parent", "worker", marks=pytest.mark.short("postgresql")),
    ],
)
def test_a_kill_at_a_named_point(night: Scene, point: str, act: str, who: str) -> None:
    with night.fault(f"{who} killed {point}"):
        night.at_some_moment(before=0.4)
        night.strike(point, act)


@pytest.mark.short("sqlite")
def test_a_reconciler_killed_at_work(night: Scene) -> None:
    with night.fault("reconciler killed while-reconciling"):
        night.at_some_moment(before=0.4)
        night.child().kill()
        night.strike("while-reconciling", "kill")


@pytest.mark.long
def test_a_kill_while_the_lease_is_renewed(night: Scene) -> None:
    with night.fault("child killed while-renewing", delay=5):
        night.strike("while-renewing", "kill")


@pytest.mark.parametrize("verb", VERBS)
def test_a_child_killed_while_a_control_is_answered(night: Scene, verb: str) -> None:
    with night.fault(f"child killed while answering a {verb}", ends=ENDS[verb]):
        night.at_some_moment(before=0.3)
        night.arm("while-answering", "kill")
        assert night.ask(verb) == 200
        wait_for(lambda: night.has_struck() or night.lab.job(night.job_id).status == ENDS[verb], "it is answered")
        if not night.has_struck():
            pytest.skip("nobody held a capture when the control came, so nobody had to answer it")


@pytest.mark.parametrize("verb", VERBS)
def test_a_web_server_killed_behind_a_verb(night: Scene, verb: str) -> None:
    with night.fault(f"web server killed behind a {verb}", ends=ENDS[verb]):
        night.at_some_moment(before=0.3)
        night.arm("between-verb-and-bell", "kill")
        assert night.ask(verb) is None


@pytest.mark.short("postgresql")
def test_a_worker_told_to_stop_in_mid_batch(night: Scene) -> None:
    with night.fault("worker told to stop (SIGTERM)"):
        night.at_some_moment()
        worker = night.worker()
        worker.terminate()
        gone_for(worker)


@pytest.mark.short("sqlite")
def test_a_child_held_still_past_its_lease(night: Scene) -> None:
    with night.fault("child held still past its lease"):
        night.at_some_moment(before=0.4)
        night.strike("between-work-and-commit", "stop")
        wait_for(lambda: night.lab.job(night.job_id).status == Status.SUCCESS, "another worker has finished the job")
        night.wake()
        wait_for(lambda: "dropped what came too late" in night.log(), "the child that woke dropped its batch")


@pytest.mark.long
def test_a_worker_and_its_child_held_still_past_the_lease(night: Scene) -> None:
    with night.fault("worker and its child held still past the lease"):
        night.at_some_moment(before=0.4)
        worker = night.child().parent()
        assert worker is not None
        for process in (worker, *worker.children()):
            process.suspend()
        hold(PAST_THE_LEASE_S)
        night.wake()
