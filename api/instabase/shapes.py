"""Jobs and their log lines as the Instabase pages show them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.instabase.answers import (
    CurStatus,
    JobStatus,
    ListedJob,
    LogLine,
    Metric,
    PipelineInfo,
    Result,
    RunSummary,
)
from api.instabase.words import CALLED, DONE, WELL, WITH_RESULTS
from models.queries.job_summary import FailureCount
from models.queries.jobs import JobRow, LogRow
from models.states import Status

SINGLE_FLOW = "single_flow"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Around:
    """What belongs to the jobs of one answer, read once for all of them; `exports` is the folder of all exports."""

    failures: Mapping[int, list[FailureCount]]
    folders: Mapping[int, str]
    exports: Path


def status(job: JobRow, around: Around, *, waiting: bool) -> JobStatus:
    """What `status` answers. `waiting` says that no worker is free."""
    said = message(job, SINGLE_FLOW)
    finished = nanoseconds(job.finished_at)
    now = CurStatus(
        job_id=job.uuid,
        status=CALLED[job.status],  # type: ignore[arg-type]  # the table has these words alone
        finish_timestamp=finished,
        curProgress=job.progress,
        curMsg=said,
        reviewer=job.reviewer or "",
        review_state=job.review_state,
        run_summary=run_summary(job, around),
    )
    return JobStatus(
        msg=said,
        state="DONE" if job.status in DONE else "PENDING",
        is_waiting_for_resources=waiting and job.status is Status.PENDING,
        job_id=job.uuid,
        results=[_result(job, around, said)] if job.status in WITH_RESULTS else None,
        cur_status=json.dumps(now.model_dump(mode="json")),
        finish_timestamp=finished,
    )


def listed(job: JobRow, around: Around) -> ListedJob:
    """A job as `list` shows it."""
    said = message(job, "Flow")
    folder = around.folders.get(job.id, "")
    pipeline = (
        [PipelineInfo(pipeline_id=job.pipeline_id, pipeline_name=job.pipeline)]
        if job.pipeline_id is not None and job.pipeline is not None
        else []
    )
    return ListedJob(
        curMsg=said,
        curMSG=said,
        state=CALLED[job.status],  # type: ignore[arg-type]
        tags=job.tags,
        flow_path=job.pipeline_slug or "",
        job_id=job.uuid,
        input_folder=folder,
        output_folder=output_folder(job, around),
        start_timestamp=seconds(job.started_at),
        finish_timestamp=seconds(job.finished_at),
        runtime_sec=_runtime(job),
        username=job.owner or "",
        priority=job.priority,
        source_path=folder,
        run_summary=run_summary(job, around),
        reviewer=job.reviewer or "",
        review_state=job.review_state,
        flow_pipeline_infos=pipeline,
        flow_job_metrics=_metrics(job),
        flow_review_metrics=[Metric(name="waiting_for_review", value=job.stopped)] if job.stopped else [],
    )


def log_line(job: JobRow, line: LogRow) -> LogLine:
    """One line of a job's log. Its trace is the attempt, its span the stage within it."""
    trace = f"{job.uuid}/{line.attempt}"
    return LogLine.model_validate(
        {
            "job-id": job.uuid,
            "task-id": f"{job.uuid}-{line.stage}" if line.stage else job.uuid,
            "level": line.level,
            "ts": f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S},{line.at.microsecond // 1000:03d}",
            "trace_id": _digest(trace),
            "span_id": _digest(f"{trace}/{line.stage}"),
            "log": line.message,
        }
    )


def run_summary(job: JobRow, around: Around) -> RunSummary:
    """How many captures went through, and why some failed."""
    reached = job.processed + job.failed + job.stopped
    return RunSummary(
        recordsWithMsg={
            f"Error <{each.reason}> in step {each.stage}": each.captures for each in around.failures.get(job.id, [])
        },
        numRecords=reached,
        numRuntimeErrors=job.failed,
        numFiles=reached,
        numCheckpointFailed=job.stopped,
    )


def message(job: JobRow, flow: str) -> str:
    """How the job stands, in a few words; `flow` is what this answer calls a job."""
    match job.status:
        case Status.SUCCESS:
            return f"Completed {flow}"
        case Status.FAILURE | Status.TIMEDOUT:
            return job.cause or f"Failed {flow}"
        case Status.REVOKED:
            return f"Cancelled {flow}"
        case Status.CANCELING:
            return f"Cancelling {flow}"
        case Status.PAUSED:
            return f"Paused {flow}"
        case Status.CHECKPOINT:
            return f"Stopped {flow} at a checkpoint: {job.stopped} captures wait for a person"
        case Status.STARTED:
            return f"Running {flow}: {job.processed + job.failed} of {job.total} captures"
        case Status.PENDING:
            return f"Waiting to run {flow}"
        case _:
            return f"Not started {flow}"


def output_folder(job: JobRow, around: Around) -> str:
    return str(around.exports / job.uuid)


def nanoseconds(at: datetime | None) -> int | None:
    """Since 1970, exact to what the database keeps."""
    return None if at is None else (at - EPOCH) // timedelta(microseconds=1) * 1000


def seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _result(job: JobRow, around: Around, said: str) -> Result:
    if job.status in WELL:
        return Result(status="OK", output_folder=output_folder(job, around))
    return Result(status="ERROR", msg=said)


def _runtime(job: JobRow) -> float:
    if job.started_at is not None and job.finished_at is not None:
        return (job.finished_at - job.started_at).total_seconds()
    return (job.elapsed_ms or 0) / 1000


def _metrics(job: JobRow) -> list[Metric]:
    return [
        Metric(name="queue_ms", value=job.queue_ms),
        Metric(name="elapsed_ms", value=job.elapsed_ms),
        Metric(name="paused_ms", value=job.paused_ms),
        Metric(name="attempts", value=job.attempt),
        Metric(name="detections", value=job.detections),
    ]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
