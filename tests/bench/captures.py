"""Captures in large numbers: 100,000 files listed and grouped on SQLite, and how soon a job over them begins.

The files are pictures of a few hundred bytes: what is measured is the walk, the headers, the rows and the nights, and
not the disk. The memory is the growth of the process's peak between a tenth of the files and all of them.
"""

import os
import resource
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select

from engine import control
from engine.captures.ingest import ingest
from models.jobs import Item, Job
from models.pipelines import Pipeline
from tests.bench.figures import Figure
from tests.lab import ENGINEER, Lab, open_lab, wait_for

MANY = 100_000
A_NIGHT = 500
DUSK = datetime(2026, 1, 1, 21)


def lay_files(folder: Path, count: int) -> None:
    """`count` small pictures, a folder a night, a minute apart; all alike."""
    folder.mkdir()
    Image.new("RGB", (64, 48), "white").save(folder / ".one.jpg")
    picture = (folder / ".one.jpg").read_bytes()
    for number in range(count):
        night, shot = divmod(number, A_NIGHT)
        at = DUSK + timedelta(days=night, minutes=shot)
        place = folder / f"{DUSK + timedelta(days=night):%Y-%m-%d}"
        if shot == 0:
            place.mkdir()
        (place / f"{at:%Y%m%d%H%M%S}.jpg").write_bytes(picture)


def peak_mb() -> float:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def listed(lab: Lab, folder: Path) -> dict[str, float]:
    """Seconds of the first look and of a second one, and by how much the peak grew over the last nine tenths, MB."""
    started, early = time.perf_counter(), None
    for step in ingest(lab.board.store, lab.station_id, folder):
        if early is None and step.report.added >= MANY // 10:
            early = peak_mb()
    first = time.perf_counter() - started
    grown = peak_mb() - (early or peak_mb())
    started = time.perf_counter()
    for _ in ingest(lab.board.store, lab.station_id, folder):
        pass
    return {"first_s": first, "again_s": time.perf_counter() - started, "grown_mb": grown}


def begins(lab: Lab, pipeline_id: int, *, known: bool, shuffle: bool) -> float:
    """Seconds from the submission of an ml job over all captures, both workers idle, to the end of its first item."""
    wait_for(lambda: lab.idle() == 2, "both workers are on duty and idle", 60)
    job_id = lab.submit(pipeline_id=pipeline_id, shuffle=shuffle, reprocess=known)
    lab.until_processed(job_id, 1)
    control.cancel(lab.board, ENGINEER, job_id)
    lab.until(job_id, seconds=60)
    with lab.board.store.read() as session:
        ended = select(func.min(Item.finished_at)).where(Item.job_id == job_id, Item.capture_id.is_not(None))
        at, submitted = session.scalars(ended).one(), session.get_one(Job, job_id).submitted_at
    assert at is not None
    assert submitted is not None
    return (at - submitted).total_seconds()


def figures() -> list[Figure]:
    """100,000 small files listed and grouped on SQLite, and how soon an ml job over them lands its first batch.

    The growth of memory is that of the process's peak between a tenth of the files and all of them.
    """
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as place, open_lab(Path(place) / "home") as lab:
        lay_files(Path(place) / "card", MANY)
        look = listed(lab, Path(place) / "card")
        pipeline_id = nothing(lab)
        with lab.workers(2):
            waits = {shuffle: begins(lab, pipeline_id, known=True, shuffle=shuffle) for shuffle in (False, True)}
    seconds = f"{look['first_s']:.1f} s (a second look {look['again_s']:.1f} s)"
    return [
        Figure(f"{MANY:,} captures listed and grouped", seconds, "at most 60 s"),
        Figure("Growth of memory from a tenth of them to all", f"{look['grown_mb']:.0f} MB", "flat"),
        Figure(
            "First batch of an ml job over them", f"{waits[False]:.2f} s, shuffled {waits[True]:.2f} s", "at most 2 s"
        ),
    ]


def nothing(lab: Lab) -> int:
    """The pipeline that does nothing; its id."""
    with lab.board.store.write() as session:
        pipeline = Pipeline(slug="nothing", kind="nothing", name="Nothing", batch_max=500)
        session.add(pipeline)
        session.flush()
        return pipeline.id
