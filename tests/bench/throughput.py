"""How much of the machine the engine passes on to the detector: a job on two workers beside a bare two-process loop."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from engine.pipelines.base import Picture
from engine.pipelines.embedded import EmbeddedPipeline
from models.states import Status
from tests.bench.quality import captures_folder
from tests.lab import Lab, open_lab

PROCESSES = 2
RUNS = 5
COPIES = 4  # of each capture, so that a run lasts long enough to measure


@dataclass(frozen=True)
class Run:
    """Images a second of one pair of runs."""

    bare: float
    engine: float

    @property
    def ratio(self) -> float:
        return self.engine / self.bare


def measure(runs: int = RUNS) -> list[Run]:
    """Interleaved runs of both over the same captures."""
    with tempfile.TemporaryDirectory() as folder:
        captures = _link_captures(Path(folder) / "captures")
        with open_lab(Path(folder) / "home") as lab:
            lab.take_in(Path(folder) / "captures")
            with lab.workers(PROCESSES):
                lab.until(lab.submit(limit=PROCESSES, reprocess=True))  # both are up and warm
                return [Run(_bare(captures), _engine(lab, len(captures))) for _ in range(runs)]


def _link_captures(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    links = []
    for source in sorted(captures_folder().glob("*.[jJ][pP][gG]")):
        for copy in range(COPIES):
            link = folder / f"{copy}__{source.name}"
            link.symlink_to(source)
            links.append(link)
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


def table(runs: Sequence[Run]) -> str:
    """Both in images/s and their ratio: medians, with the spread of the ratio."""
    bare = statistics.median(run.bare for run in runs)
    engine = statistics.median(run.engine for run in runs)
    ratios = [run.ratio for run in runs]
    return (
        f"bare loop, {PROCESSES} processes   {bare:8.2f} images/s\n"
        f"embedded job, {PROCESSES} workers  {engine:8.2f} images/s\n"
        f"ratio                    {statistics.median(ratios):8.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
    )


if __name__ == "__main__":
    print(table(measure()))
