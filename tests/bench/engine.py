"""The engine alone: items a second of a pipeline that does nothing, and what one costs in small and in large jobs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select, update

from models.jobs import Item
from models.pipelines import Pipeline
from models.results import Result
from models.states import ItemState, Status
from tests.bench.figures import RUNS, Figure, spread
from tests.lab import Lab, open_lab
from tests.postgres import cluster

WORKERS = 2
NOTHING_BATCH = 2000
SMALL, LARGE = 1_000, 100_000


@contextmanager
def lab_with_captures(count: int, database: str | None = None) -> Iterator[tuple[Lab, int]]:
    """A lab with rows of captures without files, and the pipeline that does nothing; (lab, pipeline id)."""
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home", database) as lab:
        lab.list_captures(Path(folder), count)
        yield lab, lab.add_nothing(batch_max=NOTHING_BATCH)


def items_a_second(lab: Lab, pipeline_id: int, count: int) -> float:
    """Of one job over `count` captures, from its first claim to its end; its results are new ones."""
    with lab.board.store.write() as session:  # a new version, so that no capture has its result already
        session.execute(update(Pipeline).where(Pipeline.id == pipeline_id).values(version=Pipeline.version + 1))
    job_id = lab.submit(pipeline_id=pipeline_id, limit=count, shuffle=False)
    job = lab.until(job_id, seconds=600)
    assert (job.status, job.processed) == (Status.SUCCESS, count), job.cause
    assert_exactly_once(lab, job_id, count)
    assert job.elapsed_ms is not None
    return count / (job.elapsed_ms / 1000)


def assert_exactly_once(lab: Lab, job_id: int, count: int) -> None:
    """So many items done, each with its own result by this job, and none left claimed."""
    with lab.board.store.read() as session:
        done = select(func.count(), func.count(Item.result_id.distinct())).where(
            Item.job_id == job_id, Item.capture_id.is_not(None), Item.state == ItemState.DONE, Item.claim.is_(None)
        )
        results = select(func.count(), func.count(Result.capture_id.distinct())).where(Result.job_id == job_id)
        assert session.execute(done).one() == session.execute(results).one() == (count, count)


def by_size(database: str | None = None) -> dict[int, list[float]]:
    """{items in the job: items/s of each run}, small and large jobs in turn."""
    sizes: dict[int, list[float]] = {SMALL: [], LARGE: []}
    with lab_with_captures(LARGE, database) as (lab, pipeline_id), lab.workers(WORKERS):
        items_a_second(lab, pipeline_id, SMALL)
        for _ in range(RUNS):
            for size, speeds in sizes.items():
                speeds.append(items_a_second(lab, pipeline_id, size))
    return sizes


def size() -> list[Figure]:
    """What an item costs in a job of 100,000 beside one of 1,000.

    The pipeline does nothing; two workers, SQLite; from a job's first claim to its end, so collecting the captures and
    summing up the results are in it. Each item is claimed under a token with a lease and ends in one row of results.
    """
    sizes = by_size()
    ratios = [small / large for small, large in zip(sizes[SMALL], sizes[LARGE], strict=True)]
    return [
        Figure(f"Items/s in one job of {SMALL:,}", spread(sizes[SMALL])),
        Figure(f"Items/s in one job of {LARGE:,}", spread(sizes[LARGE])),
        Figure(f"Cost of an item in {LARGE:,} against {SMALL:,}", spread(ratios, ".2f"), "no more than 1.1"),
    ]


def postgresql() -> list[Figure]:
    """The same pipeline that does nothing on a PostgreSQL of this machine, started for it: one job of 20,000 items."""
    with cluster() as running:
        if running is None:
            return [Figure("Items/s on PostgreSQL", "this machine has none")]
        with lab_with_captures(20_000, running.create("bench")) as (lab, pipeline_id), lab.workers(WORKERS):
            items_a_second(lab, pipeline_id, SMALL)
            speeds = [items_a_second(lab, pipeline_id, 20_000) for _ in range(RUNS)]
    return [Figure("Items/s on PostgreSQL", spread(speeds))]
