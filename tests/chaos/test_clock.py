"""A machine whose clock jumps under a running Nightboard."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine import claims, reconcile
from models.jobs import Item
from models.states import ItemState
from models.workers import Leader
from tests.chaos.scene import Scene, open_scene
from tests.lab import Lab

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")
AN_HOUR_S = 3600


def faketime() -> Path | None:
    """libfaketime, where Debian's package `faketime` or its own Makefile puts it."""
    return next((found for where in LIBRARIES for found in Path("/").glob(where.lstrip("/"))), None)


class Clock:
    """The clock of the processes that are started in `environment`: this machine's, and so many seconds more."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._ahead = folder / "clock"
        self.jump(0)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._ahead),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(Path(__file__).parent / "clock"),
        }

    def jump(self, ahead_s: int) -> None:
        fresh = self._ahead.with_suffix(".new")
        fresh.write_text(f"{ahead_s:+d}\n")
        fresh.replace(self._ahead)


@pytest.mark.short("sqlite")
def test_a_clock_that_jumps(night: Scene, tmp_path: Path) -> None:
    library = faketime()
    if library is None:
        pytest.skip("a clock cannot be made to jump without libfaketime (Debian: apt-get install faketime)")
    clock = Clock(library, tmp_path)
    with open_scene(tmp_path, night.ledger, night.cluster, environment=clock.environment) as scene:
        scene.random = night.random
        with scene.fault("clock jumps an hour ahead"):
            scene.at_some_moment()
            clock.jump(AN_HOUR_S)
        with scene.fault("clock jumps an hour back"):
            scene.at_some_moment()
            clock.jump(0)
            scene.child().kill()


def test_a_lead_from_before_the_clock_went_back_is_void(lab: Lab) -> None:
    assert reconcile.lead(lab.board, "who dies now")
    put_back(lab)
    assert reconcile.lead(lab.board, "who comes next")


def test_a_claim_from_before_the_clock_went_back_is_void(lab: Lab) -> None:
    job_id = lab.submit()
    assert claims.take(lab.board.store, "who dies now") is not None
    put_back(lab)
    assert claims.release(lab.board.store) == [job_id]
    with lab.board.store.read() as session:
        assert not session.scalars(select(Item).filter_by(state=ItemState.CLAIMED)).all()


def put_back(lab: Lab) -> None:
    """Let every lease be one that was given by a clock an hour ahead."""
    with lab.board.store.write() as session:
        ahead = lab.board.store.clock(session) + timedelta(seconds=AN_HOUR_S)
        session.execute(update(Leader).values(lease_until=ahead))
        session.execute(update(Item).where(Item.state == ItemState.CLAIMED).values(lease_until=ahead))
