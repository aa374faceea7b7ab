"""Look through the sources of a station again: take in what is new, and note what changed or is not there any more.

Nothing is decoded, and it may stop after any block and go on behind it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from engine.captures.folders import BadFolder, File
from engine.captures.ingest import Block, Report, examine, land, mark_vanished
from engine.captures.listing import blocks
from engine.captures.sources import SourceAway
from engine.captures.stations import sources_of
from engine.jobtypes.base import Complaints, JobType, StageFailed, StagePlan, Step, Task
from models.captures import Deployment
from models.jobs import Job

KEY = "data_storage_sync"
COUNTS = (
    "added", "known", "mended", "changed", "vanished", "unreadable", "without_time", "file_time", "ignored",
)  # fmt: skip
STAGE = StagePlan(KEY, "Data storage sync", tuple((key, key.replace("_", " ").capitalize()) for key in COUNTS))


def check(session: Session, job: Job) -> Complaints:
    """The job needs a station that captures were ingested for once, so that its folders are known."""
    if job.deployment_id is None or session.get(Deployment, job.deployment_id) is None:
        return {"deployment_id": ["A sync job needs the station whose folders it looks through."]}
    if not sources_of(session, job.deployment_id):
        return {"deployment_id": ["This station has no folder yet; ingest one with `nightboard ingest` first."]}
    return {}


def sync(task: Task) -> Iterator[Step]:
    """One step for each block of files. The cursor holds the counts so far, the source and the last file's name.

    It also holds when the look began, by which the last step tells what was not met any more, and the sources that were
    not to be seen whole, of which it says nothing.
    """
    deployment_id = task.job.deployment_id
    assert deployment_id is not None  # `check` saw to it
    with task.store.read() as session:
        sources = sources_of(session, deployment_id)
        began = datetime.fromisoformat(task.cursor.get("began") or task.store.clock(session).isoformat())
    landed = _Landed(task.cursor)
    blind = set(task.cursor.get("blind", []))
    for number, (source_id, folder) in list(enumerate(sources))[task.cursor.get("source", 0) :]:
        after = task.cursor.get("after") if number == task.cursor.get("source") else None
        for files in _blocks(folder, after):
            blind |= {source_id} if any(file.fault for file in files) else set()
            block = examine(task.store, deployment_id, files, began)
            cursor = {"source": number, "after": files[-1].name, "began": began.isoformat(), "blind": sorted(blind)}
            step = Step(progress=(number + 0.5) / len(sources), cursor=cursor)
            yield replace(step, write=partial(landed.land, block, step))
            landed.before = landed.total
    whole = [source_id for source_id, _ in sources if source_id not in blind]
    last = Step(1.0, last=True)
    yield replace(last, write=partial(landed.end, whole, began, last))


class _Landed:
    """The counts of all blocks that have landed; they travel in the cursor.

    A landing may be tried twice, so it counts on from `before`, which moves only when the block is through.
    """

    def __init__(self, cursor: dict[str, Any]) -> None:
        self.before = Report(**cursor.get("counts", {}), faults=tuple(cursor.get("faults", ())))
        self.total = self.before

    def land(self, block: Block, step: Step, session: Session, _job: Job) -> Step:
        """Write the block, and return the step with the counts in it."""
        self.total = self.before + land(session, block)
        return replace(
            step,
            cursor=step.cursor | {"counts": _counts(self.total), "faults": list(self.total.faults)},
            params=_counts(self.total),
        )

    def end(self, sources: list[int], began: datetime, step: Step, session: Session, _job: Job) -> Step:
        """Mark what these sources do not have any more, and return the step with all the counts in it."""
        gone = sum(mark_vanished(session, source_id, began) for source_id in sources)
        self.total = self.before + Report(vanished=gone)
        return replace(step, params=_counts(self.total), log=_summary(self.total))


def _blocks(folder: str, after: str | None) -> Iterator[list[File]]:
    try:
        yield from blocks(folder, after)
    except (BadFolder, SourceAway) as error:
        raise StageFailed(str(error)) from None


def _counts(report: Report) -> dict[str, Any]:
    return {key: getattr(report, key) for key in COUNTS}


def _summary(report: Report) -> tuple[str, ...]:
    counts = ", ".join(f"{getattr(report, key)} {key.replace('_', ' ')}" for key in COUNTS)
    return (f"Looked through the station's folders: {counts}", *report.faults)


JOB_TYPE = JobType(KEY, "Data storage sync", plan=lambda _job: [STAGE], work={KEY: sync}, check=check)
