"""A job as the native API shows it: a client that knows only Antenna's words never meets a strange one."""

from dataclasses import dataclass
from typing import Any

from flask import g, request

from api.antenna import references
from api.antenna.endpoint import Call
from api.antenna.references import Shape, moment, seconds
from engine.jobtypes import job_types
from engine.refusals import Invalid
from models.queries.jobs import JobDetail, JobRow, LogRow, StageRow
from models.queries.lookups import CaptureRow
from models.queries.pipelines import PipelineRow
from models.states import Status

# What each of our states is called by one who knows Antenna's alone (the contracts' table).
ANTENNA = {Status.PAUSED: Status.STARTED, Status.CHECKPOINT: Status.STARTED, Status.TIMEDOUT: Status.FAILURE}

WORDS = sorted({ANTENNA.get(status, status).value for status in Status})
RANKS = {status: WORDS.index(ANTENNA.get(status, status).value) for status in Status}  # in the order of their words


@dataclass(frozen=True)
class Around:
    """What belongs to the jobs of one answer, read once for all of them."""

    stages: dict[int, list[StageRow]]
    pipelines: dict[int, PipelineRow]
    captures: dict[int, CaptureRow]


def engine_words() -> bool:
    """Whether the client asks for our own states by `?states=engine`. Raises Invalid."""
    if "engine_words" not in g:
        g.engine_words = _wants_engine_words()
    return bool(g.engine_words)


def _wants_engine_words() -> bool:
    match request.args.get("states", "").lower():
        case "" | "antenna":
            return False
        case "engine":
            return True
        case other:
            raise Invalid({"states": [f"{other} is not one of the available choices: antenna, engine."]})


def word(status: Status) -> str:
    """The state in the words that the client asked for."""
    return status.value if engine_words() else ANTENNA.get(status, status).value


def statuses_called(name: str) -> tuple[Status, ...]:
    """The engine's states that the client means by one of its words."""
    meant = Status(name)
    if engine_words():
        return (meant,)
    return (meant, *(own for own, shown in ANTENNA.items() if shown is meant))


def listed(call: Call, job: JobRow, around: Around) -> Shape:
    """A job in a list: without its logs."""
    return _first(call, job, around, logs=[]) | _last(call) | _extra(call, job)


def detailed(call: Call, detail: JobDetail, around: Around, logs: list[LogRow]) -> Shape:
    """A job by itself, with its newest log lines first."""
    job = detail.job
    return (
        _first(call, job, around, logs)
        | {"result": None}
        | _last(call)
        | _extra(call, job)
        | {
            "seed": detail.seed,
            "reprocess": detail.reprocess,
            "timeout_ms": detail.timeout_ms,
            "failure_threshold": detail.failure_threshold,
            "arguments": detail.arguments,
            "attempts": [_attempt(each) for each in detail.attempts],
            "control": _control(detail),
        }
    )


def _first(call: Call, job: JobRow, around: Around, logs: list[LogRow]) -> Shape:
    lines = [f"[{line.at:%Y-%m-%d %H:%M:%S}] {line.level} {line.message}" for line in logs]
    return {
        "id": job.id,
        "details": call.links.to("jobs", job.id),
        "name": job.name,
        "delay": job.delay,
        "limit": job.limit,
        "shuffle": job.shuffle,
        "project": references.project_ref(call, job.project_id, job.project),
        "deployment": references.deployment_ref(call, job.deployment_id, job.deployment),
        "source_image_collection": references.collection_ref(
            call, job.collection_id, job.collection, job.collection_method
        ),
        "source_image_single": references.capture_ref(call, around.captures.get(job.capture_id or 0)),
        "pipeline": references.pipeline_ref(call, around.pipelines.get(job.pipeline_id or 0)),
        "status": word(job.status),
        "created_at": moment(job.created_at),
        "updated_at": moment(job.updated_at),
        "started_at": moment(job.started_at),
        "finished_at": moment(job.finished_at),
        "duration": seconds(job.started_at, job.finished_at),
        "progress": {
            "summary": {"status": word(job.status), "progress": job.progress},
            "stages": [_stage(each) for each in around.stages.get(job.id, [])],
            "errors": _errors(job),
            "logs": lines,
        },
        "logs": {"stdout": lines, "stderr": [line.message for line in logs if line.level == "ERROR"]},
        "job_type": _type(job.type),
        "data_export": None,
        "dispatch_mode": job.dispatch_mode,
    }


def _last(call: Call) -> Shape:
    return {"user_permissions": references.permissions(call, "job")}


def _extra(call: Call, job: JobRow) -> Shape:
    """What Nightboard knows beyond Antenna."""
    return {
        "uuid": job.uuid,
        "event": references.event_ref(call, job.event_id, job.night),
        "priority": job.priority,
        "tags": job.tags,
        "owner": job.owner,
        "reviewer": job.reviewer,
        "review_state": job.review_state,
        "dry_run": job.dry_run,
        "attempt": job.attempt,
        "requested": job.requested,
        "cause": job.cause,
        "submitted_at": moment(job.submitted_at),
        "queue_ms": job.queue_ms,
        "elapsed_ms": job.elapsed_ms,
        "paused_ms": job.paused_ms,
        "counters": {
            "total": job.total,
            "processed": job.processed,
            "skipped": job.skipped,
            "failed": job.failed,
            "stopped": job.stopped,
            "detections": job.detections,
            "classifications": job.classifications,
        },
    }


def _stage(stage: StageRow) -> Shape:
    params = [
        {"name": param["name"], "key": param["key"], "category": "default", "value": param["value"]}
        for param in stage.params
    ]
    status, progress = word(stage.status), stage.progress
    return {"status": status, "progress": progress, "key": stage.key, "name": stage.name, "params": params}


def _errors(job: JobRow) -> list[str]:
    """Why it failed; a job that ran out of time says so here, as Antenna has no state for it."""
    if job.status not in (Status.FAILURE, Status.TIMEDOUT):
        return []
    cause = job.cause or ("its time was over." if job.status is Status.TIMEDOUT else "the cause is in its logs.")
    ended = "timed out" if job.status is Status.TIMEDOUT else "failed"
    return [f'Job #{job.id} "{job.name}" {ended}: {cause}']


def _type(key: str) -> Shape:
    kind = job_types().get(key)
    return {"name": kind.name if kind else key, "key": key}


def _attempt(attempt: Any) -> Shape:
    return {
        "number": attempt.number,
        "status": word(attempt.status),
        "submitted_at": moment(attempt.submitted_at),
        "started_at": moment(attempt.started_at),
        "finished_at": moment(attempt.finished_at),
        "queue_ms": attempt.queue_ms,
        "elapsed_ms": attempt.elapsed_ms,
        "paused_ms": attempt.paused_ms,
        "cause": attempt.cause,
    }


def _control(detail: JobDetail) -> Shape | None:
    asked = detail.control
    if asked is None:
        return None
    return {
        "verb": asked.verb,
        "who": asked.who,
        "via": asked.via,
        "requested_at": moment(asked.requested_at),
        "acknowledged_at": moment(asked.acknowledged_at),
        "done_at": moment(asked.done_at),
    }
