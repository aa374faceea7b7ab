"""Whether a worker grows: the memory that it and its child hold while thousands of captures go through."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from models.states import FINAL, Status
from tests.bench.engine import WORKERS
from tests.bench.figures import Figure
from tests.lab import draw_captures, open_lab, wait_for

ITEMS = 10_000
SHARE = ITEMS // 10  # of them at the start, and at the end


def figures() -> list[Figure]:
    """MiB that two workers and their children hold over 10,000 captures, at the start and at the end.

    The embedded pipeline on drawn pictures of 240 × 180 px, which are small so that there can be many: the same code as
    on photographs, with less to do for each. The start is the median over the second 1,000 captures, when everything is
    loaded; the end is the median over the last 1,000. What a parent and its child share is counted once (PSS).
    """
    samples: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home") as lab:
        draw_captures(Path(folder) / "drawn", 50, width=240, height=180)
        _link(sorted((Path(folder) / "drawn").iterdir()), Path(folder) / "captures")
        lab.list_captures(Path(folder) / "captures", ITEMS)
        with lab.workers(WORKERS, reconciler=False) as workers:
            job_id = lab.submit()

            def sample() -> bool:
                time.sleep(0.2)  # a look at the memory costs the workers some time
                job = lab.job(job_id)
                samples.append((job.processed, sum(_mib(worker.pid) for worker in workers)))
                return job.status in FINAL

            wait_for(sample, "all captures are through", 600)
        job = lab.job(job_id)
        assert (job.status, job.processed) == (Status.SUCCESS, ITEMS), job.cause
    start = _median(samples, SHARE, 2 * SHARE)
    end = _median(samples, ITEMS - SHARE, ITEMS)
    return [
        Figure(
            f"Memory of {WORKERS} workers and children over {ITEMS:,} captures",
            f"{start:.0f} MiB at the start, {end:.0f} MiB at the end",
            "no more than 5 % more",
        )
    ]


def _link(drawn: Sequence[Path], folder: Path) -> None:
    folder.mkdir()
    for number in range(ITEMS):
        (folder / f"{number}.jpg").symlink_to(drawn[number % len(drawn)])


def _mib(pid: int) -> float:
    """What a process and all that it forked hold; 0 for one that ends this very moment."""
    try:
        worker = psutil.Process(pid)
        held = [each.memory_full_info() for each in (worker, *worker.children(recursive=True))]
    except psutil.Error:
        return 0.0
    return sum(getattr(each, "pss", each.uss) for each in held) / 2**20


def _median(samples: Sequence[tuple[int, float]], first: int, last: int) -> float:
    return statistics.median(mib for done, mib in samples if first <= done < last and mib)
