"""Services are asked how they are once a minute, and one that is down or hangs slows nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select, update

from engine import health, reconcile
from engine.health import Rounds
from models.pipelines import ProcessingService
from models.states import Status
from tests.engine.test_remote import LittleService, listening
from tests.lab import Lab, free_port, wait_for


@contextmanager
def silent() -> Iterator[str]:
    """The address of a service that takes a connection and says nothing, until it is gone."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def keep(lab: Lab, *addresses: str) -> None:
    with lab.board.store.write() as session:
        session.add_all(ProcessingService(name=address, endpoint_url=address) for address in addresses)


def known(lab: Lab) -> dict[str, ProcessingService]:
    with lab.board.store.read() as session:
        rows = session.scalars(select(ProcessingService)).all()
        session.expunge_all()
    return {str(row.endpoint_url): row for row in rows}


def asked(lab: Lab, since_now: timedelta) -> None:
    """Let all services have been asked so long from now."""
    with lab.board.store.write() as session:
        session.execute(update(ProcessingService).values(asked_at=lab.board.store.clock(session) + since_now))


def test_health_is_looked_at_and_kept(lab: Lab) -> None:
    little, down = LittleService(), f"http://127.0.0.1:{free_port()}"
    with listening(little):
        keep(lab, little.url, down)
        before = known(lab)[little.url].updated_at
        rounds = Rounds(lab.board.store)
        assert sorted(rounds.look()) == [1, 2]
        assert rounds.wait(30)
        well, away = known(lab)[little.url], known(lab)[down]
    assert (well.last_seen_live, well.last_error, well.updated_at) == (True, None, before)
    assert well.latency_ms is not None
    assert well.last_seen_at is not None
    assert (away.last_seen_live, away.last_seen_at, away.latency_ms) == (False, None, None)
    assert "cannot be reached" in str(away.last_error)
    assert away.asked_at is not None

    assert rounds.look() == []  # a minute is not over
    asked(lab, -health.EVERY)
    assert sorted(rounds.look()) == [1, 2]
    assert rounds.wait(30)
    gone = known(lab)[little.url]
    assert (gone.last_seen_live, gone.last_seen_at, gone.latency_ms) == (False, well.last_seen_at, well.latency_ms)


def test_a_turn_is_taken_once_by_whoever_leads(lab: Lab) -> None:
    keep(lab, f"http://127.0.0.1:{free_port()}")
    first, second = Rounds(lab.board.store), Rounds(lab.board.store)
    assert first.look() + second.look() == [1]
    assert first.wait(30)


def test_clocks_that_were_put_back_keep_nobody_waiting(lab: Lab) -> None:
    keep(lab, f"http://127.0.0.1:{free_port()}")
    asked(lab, timedelta(hours=1))
    rounds = Rounds(lab.board.store)
    assert rounds.look() == [1]
    assert rounds.wait(30)


def test_a_service_that_hangs_slows_nothing(lab: Lab) -> None:
    little, rounds = LittleService(), Rounds(lab.board.store)
    with listening(little), silent() as hanging:
        keep(lab, hanging, little.url)
        assert sorted(rounds.look()) == [1, 2]
        reconcile.tick(lab.board)
        wait_for(lambda: known(lab)[little.url].last_seen_live, "the other one was heard")
        assert known(lab)[hanging].last_seen_live is None
        assert not rounds.wait(0)
        assert rounds.look() == []  # it is being asked still, and nothing waited for it
    assert rounds.wait(30)
    assert known(lab)[hanging].last_seen_live is False


def test_the_reconciler_asks_by_itself(night: Lab) -> None:
    little = LittleService()
    with listening(little):
        keep(night, little.url, f"http://127.0.0.1:{free_port()}")
        with night.workers(1):
            assert night.until(night.submit()).status is Status.SUCCESS
            wait_for(lambda: {row.last_seen_live for row in known(night).values()} == {True, False}, "both were asked")
