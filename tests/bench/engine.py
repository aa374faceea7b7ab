"""The engine alone: items a second of a pipeline that does nothing, pick-up, answers, and cost by size."""

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert, select

from engine.captures.stations import open_source
from models.captures import Capture, Source
from models.pipelines import Pipeline
from models.states import Status
from tests.lab import Lab, open_lab, wait_for

WORKERS = 2
NOTHING_BATCH = 2000


@contextmanager
def lab_with_captures(count: int, database: str | None = None) -> Iterator[tuple[Lab, int]]:
    """A lab with rows of captures without files, and the pipeline that does nothing; (lab, pipeline id)."""
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home", database) as lab:
        with lab.board.store.write() as session:
            open_source(session, lab.station_id, Path(folder))
            source = session.scalars(select(Source.id)).one()
            pipeline = Pipeline(slug="nothing", kind="nothing", name="Nothing", batch_max=NOTHING_BATCH)
            session.add(pipeline)
            session.flush()
            rows = [
                {"deployment_id": lab.station_id, "source_id": source, "path": f"{number}.jpg"}
                for number in range(count)
            ]
            session.execute(insert(Capture), rows)
        yield lab, pipeline.id


def items_a_second(lab: Lab, pipeline_id: int, count: int) -> float:
    """Of one job over `count` captures, from its first claim to its end."""
    job_id = lab.submit(pipeline_id=pipeline_id, limit=count, reprocess=True, shuffle=False)
    job = lab.until(job_id, seconds=600)
    assert (job.status, job.processed) == (Status.SUCCESS, count), job.cause
    assert job.elapsed_ms is not None
    return count / (job.elapsed_ms / 1000)


def nothing(database: str | None = None) -> dict[int, list[float]]:
    """{items in the job: items/s of five runs}; 1,000 and 100,000 interleaved."""
    sizes: dict[int, list[float]] = {1_000: [], 100_000: []}
    with lab_with_captures(max(sizes), database) as (lab, pipeline_id), lab.workers(WORKERS):
        items_a_second(lab, pipeline_id, 1_000)
        for _ in range(5):
            for size, speeds in sizes.items():
                speeds.append(items_a_second(lab, pipeline_id, size))
    return sizes


def pick_up(times: int = 100, database: str | None = None) -> list[float]:
    """ms from the submission of a job on an idle engine to its first claim."""
    with lab_with_captures(1, database) as (lab, pipeline_id), lab.workers(WORKERS):
        lab.until(lab.submit(pipeline_id=pipeline_id))
        waits = []
        for _ in range(times):
            job = lab.until(lab.submit(pipeline_id=pipeline_id, reprocess=True))
            wait_for(lambda: _idle(lab), "the workers are idle")
            assert job.queue_ms is not None
            waits.append(float(job.queue_ms))
        return waits


def _idle(lab: Lab) -> bool:
    return lab.board.bell.waiting() == 0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def table() -> str:
    """All of it, in lines."""
    lines = []
    for size, speeds in nothing().items():
        spread = f"({min(speeds):,.0f} to {max(speeds):,.0f})"
        lines.append(f"{size:>7,} items, {WORKERS} workers  {statistics.median(speeds):10,.0f} items/s {spread}")
    waits = pick_up()
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    lines.append(f"pick-up on an idle engine  p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
