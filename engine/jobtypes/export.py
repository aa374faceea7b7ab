"""Export captures and what was found in them to CSV, Parquet, COCO JSON or Camtrap DP, in blocks.

Each block is kept in the transaction that moves the cursor, so a pause, another machine or a killed worker neither
loses a row nor doubles one. The captures are those that the scope had when the export began.
"""

import zlib
from collections.abc import Iterator
from functools import partial

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine.exports.about import CAPTURES, DETECTIONS, count
from engine.exports.arguments import complaints, scope_of
from engine.exports.files import KEY, format_of, put_together
from engine.jobtypes.base import JobType, StageFailed, StagePlan, Step, Task
from models import settings
from models.exports import ExportPart
from models.jobs import Job
from models.queries import exports

BLOCK = 1000  # captures
STAGE = StagePlan(
    KEY,
    "Data export",
    (("format", "Format"), ("captures", "Captures"), ("detections", "Detections"), ("file", "File")),
)


def export(task: Task) -> Iterator[Step]:
    """One step for each block. The cursor holds the last capture, the number of the part, and what is carried along."""
    job, wanted, scope = task.job, format_of(task.job), scope_of(task.job)
    cursor = dict(task.cursor)
    if not cursor:
        with task.store.read() as session:
            total, upto = exports.extent(session, scope)
        if not total:
            raise StageFailed("There is no capture in what was to be exported; choose other stations or nights.")
        cursor = {"after": 0, "upto": upto, "total": total, "part": 0, "carried": {}}
        yield Step(0.0, cursor, {"format": job.arguments.get("format", "csv")}, write=_clear)
    while True:
        with task.store.read() as session:
            captures = exports.block(session, scope, after=cursor["after"], upto=cursor["upto"], limit=BLOCK)
        if not captures:
            break
        carried = dict(cursor["carried"])
        count(captures, carried)
        sheets = {sheet: zlib.compress(content) for sheet, content in wanted.write(captures, carried).items()}
        cursor |= {"after": captures[-1].id, "part": cursor["part"] + 1, "carried": carried}
        yield Step(
            progress=min(0.99, carried[CAPTURES] / cursor["total"]),
            cursor=dict(cursor),
            params={"captures": carried[CAPTURES], "detections": carried[DETECTIONS]},
            write=partial(_keep, job.id, cursor["part"], sheets),
        )
    carried = cursor["carried"]
    _put_together(task)
    yield Step(
        1.0,
        cursor,
        params={"captures": carried[CAPTURES], "detections": carried[DETECTIONS], "file": wanted.name},
        log=(f"Exported {carried[CAPTURES]} captures with {carried[DETECTIONS]} detections to {wanted.name}",),
        last=True,
    )


def _put_together(task: Task) -> None:
    try:
        put_together(task.store, settings.load().home, task.job)
    except OSError as error:
        raise StageFailed(f"The file could not be written ({error.strerror}); make room for it and retry.") from None


def _clear(session: Session, job: Job) -> None:
    """Take away what an earlier attempt has left."""
    session.execute(delete(ExportPart).where(ExportPart.job_id == job.id))


def _keep(job_id: int, number: int, sheets: dict[str, bytes], session: Session, _job: Job) -> None:
    session.add_all(
        ExportPart(job_id=job_id, sheet=sheet, number=number, content=content) for sheet, content in sheets.items()
    )


JOB_TYPE = JobType(KEY, "Data export", plan=lambda _job: [STAGE], work={KEY: export}, check=complaints)
