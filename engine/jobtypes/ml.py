"""Machine learning over captures: collect them, process each with a pipeline, sum up the results."""

import random
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Select, and_, case, func, insert, literal, select
from sqlalchemy.orm import Session

from engine.captures.files import NoCaptureFile, open_path
from engine.captures.headers import UnreadableHeader, read_header
from engine.jobtypes import delay
from engine.jobtypes.base import Complaints, JobType, StageFailed, StagePlan, Step, Task
from engine.provenance import digest_by_station, zones_by_station
from models.base import Whole
from models.captures import Capture, CollectionCapture
from models.jobs import Item, Job, JobNight, Stage
from models.pipelines import Pipeline
from models.results import Classification, Detection, Result
from models.rows import as_table
from models.states import ItemState

COLLECT = StagePlan("collect", "Collect", (("total_images", "Total Images"),))
PROCESS = StagePlan(
    "process",
    "Process",
    (("processed", "Processed"), ("remaining", "Remaining"), ("failed", "Failed")),
    over_captures=True,
)
CHECK = StagePlan("check", "Check", (("readable", "Readable"), ("unreadable", "Unreadable")))
RESULTS = StagePlan(
    "results",
    "Results",
    (
        ("captures", "Captures"),
        ("detections", "Detections"),
        ("classifications", "Classifications"),
        ("objects_created", "Objects created"),
    ),
)
FILES_AT_ONCE = 200
SCOPES = ("deployment_id", "event_id", "collection_id", "capture_id")


def plan(job: Job) -> list[StagePlan]:
    """The stages of this job; a job with a delay and no pipeline is the documented test job."""
    waiting = [delay.STAGE] if job.delay else []
    if job.dry_run:
        return [*waiting, COLLECT, CHECK]
    return waiting if waiting and job.pipeline_id is None else [*waiting, COLLECT, PROCESS, RESULTS]


def check(_session: Session, job: Job) -> Complaints:
    """An ml job needs a pipeline and one scope, unless it is the test job."""
    if job.pipeline_id is None:
        return {} if job.delay else {"pipeline_id": ["An ml job needs a pipeline (or a delay, to be a test job)."]}
    scopes = [name for name in SCOPES if getattr(job, name) is not None]
    if scopes == ["deployment_id", "event_id"] or len(scopes) == 1:
        return {}
    return {
        "non_field_errors": [
            "An ml job works over one of: a deployment, a night (event), a collection or a single capture."
        ]
    }


def captures_of(job: Job) -> Select[int]:
    """The ids of the captures in the job's scope, oldest first."""
    ids = select(Capture.id)
    if job.capture_id is not None:
        ids = ids.where(Capture.id == job.capture_id)
    elif job.collection_id is not None:
        ids = ids.join(CollectionCapture, CollectionCapture.capture_id == Capture.id).where(
            CollectionCapture.collection_id == job.collection_id
        )
    elif job.event_id is not None:
        ids = ids.where(Capture.event_id == job.event_id)
    else:
        ids = ids.where(Capture.deployment_id == job.deployment_id)
    return ids.order_by(Capture.taken_at, Capture.id)


def with_known_results(session: Session, job: Job) -> tuple[list[tuple[int, int | None]], int]:
    """(capture id, id of the result it already has by this pipeline, or None) in the order of work.

    Left out are captures whose result waits for a person in another job, unless this one reprocesses; their number is
    told as well.
    """
    pipeline = session.get_one(Pipeline, job.pipeline_id)
    same = and_(
        Result.capture_id == Capture.id,
        Result.pipeline_id == pipeline.id,
        Result.pipeline_version == pipeline.version,
        Result.parameters == digest_by_station(pipeline, zones_by_station(session)),
    )
    columns = (Result.id, Result.waiting, Capture.stopped_at)
    found = session.execute(captures_of(job).add_columns(*columns).outerjoin(Result, same)).all()
    rows = [
        (capture, None if waits else result)
        for capture, result, waits, since in found
        if job.reprocess or not (waits and since)
    ]
    if job.shuffle:
        random.Random(job.seed).shuffle(rows)
    return rows, len(found) - len(rows)


def collect(task: Task) -> Iterator[Step]:
    """Write one item for each capture; one that has its result already is skipped, unless the job reprocesses."""
    job = task.job
    with task.store.read() as session:
        rows, judged_elsewhere = with_known_results(session, job)
    chosen = rows[: job.limit]
    known = 0 if job.reprocess else sum(result is not None for _, result in chosen)
    lines = [f"Found {len(rows)} images to process"]
    if job.shuffle:
        lines.append(f"Shuffling images with seed {job.seed}")
    if len(chosen) < len(rows):
        lines.append(f"Limiting number of images to {job.limit} (out of {len(rows)})")
    if judged_elsewhere:
        lines.append(f"Leaving out {judged_elsewhere} images that wait for a person's verdict in another job")
    if known:
        lines.append(f"Skipping {known} images whose result by this pipeline is there")
    params: dict[str, Any] = {"total_images": len(rows)}
    if job.limit is not None:
        params["limit"] = job.limit
    write = None if job.dry_run else partial(_lay_out, chosen)
    cursor = {"captures": [capture for capture, _ in chosen]} if job.dry_run else {}
    yield Step(1.0, cursor=cursor, params=params, log=tuple(lines), last=True, write=write)


def _lay_out(chosen: list[tuple[int, int | None]], session: Session, job: Job) -> None:
    stage = session.scalars(select(Stage).where(Stage.job_id == job.id, Stage.key == PROCESS.key)).one()
    rows = [(position, capture, None if job.reprocess else result) for position, (capture, result) in enumerate(chosen)]
    if rows:
        _insert_items(session, job, stage, rows)
    job.total = stage.total_items = len(rows)
    job.skipped = job.processed = sum(result is not None for _, _, result in rows)
    stage.open_items = job.total - job.skipped
    session.flush()
    _count_nights(session, job)
    detections, classifications = count_results(session, job)
    job.detections, job.classifications = detections, classifications


def _insert_items(session: Session, job: Job, stage: Stage, rows: list[tuple[int, int, int | None]]) -> None:
    """(position, capture, its known result) as items, all in one statement; one with a result is skipped."""
    new = as_table(session, rows, position=Whole, capture_id=Whole, result_id=Whole)
    state = case((new.c.result_id.is_(None), ItemState.WAITING), else_=ItemState.SKIPPED)
    values = {"job_id": literal(job.id), "stage_id": literal(stage.id), "state": state, "tries": literal(0)}
    session.execute(insert(Item).from_select([*values, *new.c.keys()], select(*values.values(), *new.c)))


def _count_nights(session: Session, job: Job) -> None:
    nights = (
        select(Capture.event_id, func.count())
        .join(Item, Item.capture_id == Capture.id)
        .where(Item.job_id == job.id, Capture.event_id.is_not(None))
        .group_by(Capture.event_id)
    )
    for event_id, count in session.execute(nights).all():
        session.merge(JobNight(job_id=job.id, event_id=event_id, captures_count=count))


def count_results(session: Session, job: Job) -> tuple[int, int]:
    """Detections and classifications of the results of this job, those it skipped included."""
    mine = select(Item.result_id).where(Item.job_id == job.id, Item.result_id.is_not(None))
    sums = select(func.sum(Result.detections_count), func.sum(Result.classifications_count)).where(Result.id.in_(mine))
    detections, classifications = session.execute(sums).one()
    return int(detections or 0), int(classifications or 0)


def check_files(task: Task) -> Iterator[Step]:
    """For a dry run: look whether each collected file is there and its header can be read; nothing is processed."""
    with task.store.read() as session:
        collected = select(Item.cursor).join(Stage).where(Stage.job_id == task.job.id, Stage.key == COLLECT.key)
        captures = (session.scalars(collected).one() or {}).get("captures", [])
    done, bad = task.cursor.get("done", 0), task.cursor.get("bad", 0)
    while done < len(captures):
        block = captures[done : done + FILES_AT_ONCE]
        with task.store.read() as session:
            faults = [fault for capture in block if (fault := fault_of(session, capture)) is not None]
        done, bad = done + len(block), bad + len(faults)
        yield Step(
            done / len(captures),
            cursor={"done": done, "bad": bad},
            params={"readable": done - bad, "unreadable": bad},
            log=tuple(faults),
        )
    yield Step(1.0, params={"readable": done - bad, "unreadable": bad}, log=("Nothing was processed",), last=True)


def fault_of(session: Session, capture_id: int) -> str | None:
    """What is wrong with a capture's file by its header alone; None when nothing is."""
    try:
        return read_header(open_path(session, capture_id)).damage
    except UnreadableHeader as fault:
        return fault.message
    except NoCaptureFile as gone:
        return str(gone)


def sum_up(task: Task) -> Iterator[Step]:
    """Count what stands in the results, afresh; a done item without a result is an error of the engine, and said."""
    with task.store.read() as session:
        done = select(func.count()).where(Item.job_id == task.job.id, Item.capture_id.is_not(None))
        with_result = session.scalars(done.where(Item.result_id.is_not(None))).one()
        ended_well = session.scalars(done.where(Item.state.in_([ItemState.DONE, ItemState.SKIPPED]))).one()
        detections, classifications = count_results(session, task.job)
        created = _created(session, task.job)
    if with_result != ended_well:
        raise StageFailed(f"{ended_well - with_result} captures are marked done without a result. Retry the job.")
    params = {
        "captures": with_result,
        "detections": detections,
        "classifications": classifications,
        "objects_created": created,
    }
    yield Step(1.0, params=params, log=(f"Found {detections} detections on {with_result} captures",), last=True)


def _created(session: Session, job: Job) -> int:
    """Detections and classifications that this job itself wrote."""
    made = select(Detection.id).join(Result, Detection.result_id == Result.id).where(Result.job_id == job.id)
    detections = session.scalars(select(func.count()).select_from(made.subquery())).one()
    classified = select(func.count()).where(Classification.detection_id.in_(made))
    return detections + session.scalars(classified).one()


JOB_TYPE = JobType(
    "ml",
    "ML pipeline",
    plan=plan,
    work={delay.STAGE.key: delay.wait, COLLECT.key: collect, CHECK.key: check_files, RESULTS.key: sum_up},
    check=check,
)
