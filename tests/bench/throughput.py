"""How much of the machine the engine passes on to the detector: a job on two workers beside a bare two-process loop."""

import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from engine.pipelines.base import Picture
from engine.pipelines.embedded import EmbeddedPipeline
from models.states import Status
from tests.bench.figures import RUNS, Figure, spread
from tests.bench.quality import captures_folder
from tests.lab import Lab, draw_captures, open_lab

PROCESSES = 2
CAPTURES = 100  # in a run, so that it lasts long enough to measure


def figures() -> list[Figure]:
    """Images a second of an embedded job on two workers beside a bare loop of the same detector in two processes.

    Five runs of each in turn, over the same 100 captures: links to the photographs in `../shared/captures` or
    $NIGHTBOARD_CAPTURES, drawn ones where there are none. The job is measured from its first claim to its end, with
    collecting, claims, results and all; the loop has no database and no queue, and takes one capture after another.
    """
    bare, engine = [], []
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home") as lab:
        captures = link_captures(Path(folder) / "captures")
        lab.take_in(Path(folder) / "captures")
        with lab.workers(PROCESSES):
            lab.until(lab.submit(limit=PROCESSES, reprocess=True))  # both are up and warm
            for _ in range(RUNS):
                bare.append(_bare(captures))
                engine.append(_engine(lab, len(captures)))
    ratios = [ours / theirs for ours, theirs in zip(engine, bare, strict=True)]
    return [
        Figure("Bare loop of the embedded detector, images/s", spread(bare, ".2f")),
        Figure("Embedded job, images/s", spread(engine, ".2f")),
        Figure("Embedded job against the bare loop", f"{spread(ratios, '.3f')}", "at least 0.95"),
    ]


def link_captures(folder: Path, count: int = CAPTURES) -> list[Path]:
    """`count` links to the photographs there are, in turn, or to drawn captures; their paths."""
    folder.mkdir(parents=True)
    photographs = sorted(captures_folder().glob("*.[jJ][pP][gG]"))
    if not photographs:
        draw_captures(folder.with_name("drawn"), 10, width=3840, height=2160)
        photographs = sorted(folder.with_name("drawn").iterdir())
    links = [folder / f"{number:03}__{photographs[number % len(photographs)].name}" for number in range(count)]
    for number, link in enumerate(links):
        link.symlink_to(photographs[number % len(photographs)])
    return links


def _work(paths: Sequence[Path]) -> int:
    pictures = [Picture(number, path) for number, path in enumerate(paths)]
    return sum(1 for _ in EmbeddedPipeline({}).process(pictures))


def _bare(captures: Sequence[Path]) -> float:
    with get_context("fork").Pool(PROCESSES) as pool:
        pool.map(_work, [[]] * PROCESSES)
        started = time.monotonic()
        done = sum(pool.imap_unordered(_work, [[path] for path in captures]))
        return done / (time.monotonic() - started)


def _engine(lab: Lab, count: int) -> float:
    job = lab.until(lab.submit(reprocess=True, shuffle=False), seconds=600)
    assert job.status is Status.SUCCESS, job.cause
    assert job.processed == count
    assert job.elapsed_ms is not None
    return count / (job.elapsed_ms / 1000)
