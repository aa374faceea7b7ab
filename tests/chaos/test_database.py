"""A database that is restarted, locked, cut off, or whose disk is full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from engine.captures.stations import open_station
from models.captures import Capture, Source
from models.pipelines import Pipeline
from tests.chaos.scene import Scene, hold, open_scene

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != :mine"
MANY = 1000  # captures; their items fill some twenty pages


@pytest.mark.only("postgresql")
def test_a_database_that_is_restarted(night: Scene) -> None:
    assert night.cluster is not None
    with night.fault("database restarted"):
        night.at_some_moment()
        night.cluster.stop("immediate")
        night.cluster.start()


@pytest.mark.only("postgresql")
def test_a_database_that_cuts_every_connection(night: Scene) -> None:
    with night.fault("every connection to the database cut"):
        night.at_some_moment()
        with night.lab.board.store.write() as session:
            mine = session.scalar(text("SELECT pg_backend_pid()"))
            session.execute(text(CUT), {"mine": mine})


@pytest.mark.short("sqlite")
@pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=pytest.mark.long)])  # 20 s is past SQLite's patience
def test_a_database_that_is_locked(night: Scene, seconds: int) -> None:
    with night.fault(f"database locked for {seconds} s"):
        night.at_some_moment()
        with night.lab.board.store.write() as session:
            if night.database == "postgresql":
                session.execute(text("LOCK TABLE job, item IN ACCESS EXCLUSIVE MODE"))
            else:
                session.execute(text("SELECT 1"))  # BEGIN IMMEDIATE comes before the first statement
            hold(seconds)


@pytest.mark.only("sqlite")
def test_a_database_that_cannot_grow(night: Scene) -> None:
    bounded = no_page_left(night)
    with night.fault("database cannot grow for 4 s (max_page_count)", during=bounded, **many_captures(night)):
        hold(4)
    assert "the database did not take a landing" in night.log()


@contextmanager
def no_page_left(night: Scene) -> Iterator[None]:
    """Use up every page that SQLite has in reserve, and let its file not grow."""
    with night.lab.board.store.write() as session:
        reserve = session.scalar(text("PRAGMA freelist_count")) * session.scalar(text("PRAGMA page_size"))
        session.execute(text("CREATE TABLE IF NOT EXISTS ballast (bytes BLOB)"))
        session.execute(text("INSERT INTO ballast VALUES (zeroblob(:size))"), {"size": reserve})
    night.arm("disk", "full")
    try:
        yield
    finally:
        night.disarm()


def many_captures(night: Scene) -> dict[str, Any]:
    """Captures that nobody has a file of, for a pipeline that looks at none: work that is nothing but rows."""
    with night.lab.board.store.write() as session:
        station = open_station(session, "Test project", "Many captures").id
        pipeline = session.scalars(select(Pipeline).filter_by(slug="nothing")).one_or_none()
        if pipeline is None:
            pipeline = Pipeline(slug="nothing", kind="nothing", name="Nothing", batch_max=100)
            session.add(pipeline)
            source = Source(deployment_id=station, url="/nowhere")
            session.add(source)
            session.flush()
            rows = [{"deployment_id": station, "source_id": source.id, "path": f"{n}.jpg"} for n in range(MANY)]
            session.execute(insert(Capture), rows)
        return {"pipeline_id": pipeline.id, "deployment_id": station}


@pytest.mark.long
@pytest.mark.only("sqlite")
def test_a_disk_that_is_full(night: Scene, small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with open_scene(small_disk, night.ledger) as scene:
        scene.random = night.random
        with scene.fault("disk full for 4 s (a small file system)"):
            scene.at_some_moment()
            fill(ballast)
            hold(4)
            ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MiB of its own."""
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "chaos", tmp_path], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system can only be mounted as root")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def fill(ballast: Path) -> None:
    """Write until the disk is full."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
