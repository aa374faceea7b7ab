"""A job as a row of the grid: plain values that JavaScript shows, sorted and counted in the database."""

from typing import Any

from dashboard.components.pills import face_of
from dashboard.components.times import night_name
from dashboard.pages.jobs.verbs import possible
from engine.jobtypes import job_types
from models.queries.jobs import JobRow
from models.states import WORKING, Status


def as_row(job: JobRow) -> dict[str, Any]:
    """The row; `ticking` names the clock that still runs, `can` the verbs that are alive; ms, and times in UTC."""
    face = face_of(job.status, job.requested, job.failed)
    kind = job_types().get(job.type)
    return {
        "id": job.id,
        "key": str(job.id),
        "name": job.name,
        "status": job.status.value,
        "status_word": face_of(job.status, job.requested).word,
        "status_said": face.word,
        "icon": face.icon,
        "tone": face.tone,
        "cause": job.cause,
        "type": kind.name if kind else job.type,
        "pipeline": job.pipeline,
        "deployment": job.deployment,
        "night": night_name(job.night) if job.night else None,
        "progress": job.progress,
        "processed": job.processed,
        "failed": job.failed,
        "total": job.total,
        "queue_ms": job.queue_ms,
        "elapsed_ms": job.elapsed_ms,
        "ticking": ticking(job),
        "live": job.status in WORKING,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "owner": job.owner,
        "priority": job.priority,
        "tags": job.tags,
        "collection": job.collection,
        "project": job.project,
        "detections": job.detections,
        "can": possible(job.status, job.failed),
    }


def ticking(job: JobRow) -> str | None:
    """The clock of a job that goes on: its elapsed time once it was claimed, its queue time until then."""
    if job.finished_at is not None or job.submitted_at is None:
        return None
    if job.started_at is not None:
        return "elapsed_ms"
    return "queue_ms" if job.status is Status.PENDING and job.attempt == 1 else None
