"""How the objects of the native API name each other, and how it writes times and permissions."""

from datetime import UTC, date, datetime
from typing import Any

from api.antenna.endpoint import Call
from models.queries.lookups import CaptureRow, JobMark
from models.queries.pipelines import PipelineRow

Shape = dict[str, Any]

# What an operator may do to an object through this API; a viewer may do none of it.
GRANTS: dict[str, tuple[str, ...]] = {
    "jobs": ("create",),
    "job": ("run", "update", "delete", "run_single_image"),
    "deployment": ("sync", "regroup"),
    "collections": ("create",),
    "collection": ("populate", "update", "delete"),
    "capture": ("run_single_image_ml_job",),
}


def permissions(call: Call, kind: str) -> list[str]:
    """What this actor may do to an object of a kind."""
    return list(GRANTS.get(kind, ())) if call.may_change else []


def moment(at: datetime | None) -> str | None:
    """A time as Antenna writes it: ISO 8601 without its zone, which is UTC."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat()


def seconds(start: datetime | None, end: datetime | None) -> str | None:
    """The time from one moment to another as text, in s."""
    return None if start is None or end is None else str((end - start).total_seconds())


def project_ref(call: Call, project_id: int, name: str) -> Shape:
    details = call.links.to("projects", project_id)
    return {"id": project_id, "name": name, "details": details, "user_permissions": permissions(call, "project")}


def deployment_ref(call: Call, deployment_id: int | None, name: str | None) -> Shape | None:
    if deployment_id is None:
        return None
    return {
        "id": deployment_id,
        "name": name,
        "details": call.links.to("deployments", deployment_id),
        "user_permissions": permissions(call, "deployment"),
    }


def event_ref(call: Call, event_id: int | None, night: date | None) -> Shape | None:
    if event_id is None or night is None:
        return None
    return {
        "id": event_id,
        "name": night_name(night),
        "details": call.links.to("events", event_id),
        "date_label": date_label(night),
        "user_permissions": permissions(call, "event"),
    }


def collection_ref(call: Call, collection_id: int | None, name: str | None, method: str | None) -> Shape | None:
    if collection_id is None:
        return None
    return {
        "id": collection_id,
        "name": name,
        "details": call.links.to("captures", "collections", collection_id),
        "method": method,
        "user_permissions": permissions(call, "collection"),
    }


def pipeline_ref(call: Call, row: PipelineRow | None) -> Shape | None:
    if row is None:
        return None
    return {
        "id": row.id,
        "details": call.links.to("ml", "pipelines", row.id),
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "version": row.version,
        "version_name": row.version_name,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "user_permissions": permissions(call, "pipeline"),
    }


def capture_ref(call: Call, row: CaptureRow | None) -> Shape | None:
    """A single capture as a job names it."""
    if row is None:
        return None
    return {
        "id": row.id,
        "details": call.links.to("captures", row.id),
        "url": picture(call, row.id, "full"),
        "width": row.width,
        "height": row.height,
        "timestamp": moment(row.taken_at),
        "event_id": row.event_id,
        "user_permissions": permissions(call, "capture"),
    }


def job_ref(call: Call, job: JobMark, status: str) -> Shape:
    return {
        "id": job.id,
        "details": call.links.to("jobs", job.id),
        "status": status,
        "created_at": moment(job.created_at),
        "updated_at": moment(job.updated_at),
        "name": job.name,
        "user_permissions": permissions(call, "job"),
    }


def picture(call: Call, capture_id: int, size: str) -> str:
    """The address of a capture's picture; `?format=` is no business of a picture."""
    return f"{call.links.root}captures/{capture_id}/picture/?size={size}"


def night_name(night: date) -> str:
    return f"{night:%A}, {date_label(night)}"


def date_label(night: date) -> str:
    return f"{night:%b} {night.day} {night.year}"
