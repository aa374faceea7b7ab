"""The objects of the native API: the names, the types and the order of Antenna's, with what is ours behind them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.antenna.endpoint import Call
from api.antenna.references import (
    Shape,
    deployment_ref,
    event_ref,
    moment,
    permissions,
    picture,
    project_ref,
    seconds,
)
from engine.captures.thumbnails import SIZES
from models.queries.lookups import BoxRow, CaptureRow, CollectionRow, DeploymentRow, EventRow, ProjectRow
from models.queries.pipelines import AlgorithmRow, PipelineRow

STAGES = [{"key": "default", "name": "Default Stage", "params": []}]


def project(call: Call, row: ProjectRow) -> Shape:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "details": call.links.to("projects", row.id),
        "deployments_count": row.deployments_count,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "image": None,
        "draft": False,
        "user_permissions": permissions(call, "project"),
    }


def deployment(call: Call, row: DeploymentRow, jobs: list[Shape]) -> Shape:
    reference = project_ref(call, row.project_id, row.project)
    return {
        "id": row.id,
        "name": row.name,
        "details": call.links.to("deployments", row.id),
        "image": None,
        "events": call.links.to("events", deployment=row.id),
        "occurrences": call.links.to("occurrences", deployment=row.id),
        "events_count": row.events_count,
        "captures_count": row.captures_count,
        "occurrences_count": 0,
        "taxa_count": 0,
        "project": {
            "id": reference["id"],
            "name": reference["name"],
            "image": None,
            "details": reference["details"],
            "user_permissions": reference["user_permissions"],
        },
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "latitude": row.latitude,
        "longitude": row.longitude,
        "first_date": _day(row.first_night),
        "last_date": _day(row.last_night),
        "device": None,
        "research_site": None,
        "jobs": jobs,
        "data_source_connected": row.sources_count > 0,
        "user_permissions": permissions(call, "deployment"),
        "timezone": row.timezone,
        "detections_count": row.detections_count,
    }


def event(call: Call, row: EventRow, example: CaptureRow | None) -> Shape:
    reference = event_ref(call, row.id, row.night) or {}
    return {
        "id": row.id,
        "name": reference["name"],
        "details": reference["details"],
        "deployment": deployment_ref(call, row.deployment_id, row.deployment),
        "start": moment(row.first_at),
        "end": moment(row.last_at),
        "day": row.night.isoformat(),
        "date_label": reference["date_label"],
        "duration": seconds(row.first_at, row.last_at),
        "duration_label": _duration_label(row),
        "captures_count": row.captures_count,
        "detections_count": row.detections_count,
        "occurrences_count": 0,
        "taxa_count": 0,
        "captures": call.links.to("captures", event=row.id),
        "example_captures": [] if example is None else [_example(call, example)],
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "user_permissions": permissions(call, "event"),
        "timezone": row.timezone,
        "expected_count": row.expected_count,
        "processed_count": row.processed_count,
        "stopped_count": row.stopped_count,
        "failed_count": row.failed_count,
        "gaps": row.gaps,
    }


def capture(call: Call, row: CaptureRow, boxes: list[BoxRow] | None) -> Shape:
    """A capture, with its boxes where they are asked for."""
    shape: Shape = {
        "id": row.id,
        "details": call.links.to("captures", row.id),
        "deployment": deployment_ref(call, row.deployment_id, row.deployment),
        "event": event_ref(call, row.event_id, row.night),
        "url": picture(call, row.id, "full"),
        "path": row.path,
        "timestamp": moment(row.taken_at),
        "width": row.width,
        "height": row.height,
        "size": row.size_bytes,
        "size_display": size_label(row.size_bytes),
        "detections_count": row.detections_count,
        "occurrences_count": None,
        "taxa_count": None,
        "last_processed": moment(row.processed_at),
        "project": row.project_id,
        "thumbnails": _thumbnails(call, row.id),
        "user_permissions": permissions(call, "capture"),
        "local_time": _local(row.taken_at, row.timezone),
        "problem": row.header_error,
        "time_source": row.time_source,
    }
    return shape if boxes is None else shape | {"detections": [_box(call, each) for each in boxes]}


def collection(call: Call, row: CollectionRow, jobs: list[Shape]) -> Shape:
    return {
        "id": row.id,
        "details": call.links.to("captures", "collections", row.id),
        "name": row.name,
        "project": row.project_id,
        "method": row.method,
        "kwargs": row.arguments,
        "source_images": call.links.to("captures", collections=row.id),
        "source_images_count": row.captures_count,
        "source_images_with_detections_count": row.with_detections_count,
        "source_images_processed_count": row.processed_count,
        "occurrences_count": None,
        "taxa_count": None,
        "description": row.description,
        "jobs": jobs,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "user_permissions": permissions(call, "collection"),
        "seed": row.seed,
    }


def pipeline(call: Call, row: PipelineRow, algorithms: list[AlgorithmRow]) -> Shape:
    return {
        "id": row.id,
        "details": call.links.to("ml", "pipelines", row.id),
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "algorithms": [algorithm(call, each) for each in algorithms],
        "stages": STAGES,
        "processing_services": [] if row.service_id is None else [_service(call, row)],
        "project_pipeline_configs": [],
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "user_permissions": permissions(call, "pipeline"),
        "version": row.version,
        "version_name": row.version_name,
        "kind": row.kind,
        "enabled": row.enabled,
    }


def algorithm(call: Call, row: AlgorithmRow) -> Shape:
    return {
        "id": row.id,
        "details": call.links.to("ml", "algorithms", row.id),
        "name": row.name,
        "key": row.key,
        "description": row.description,
        "uri": row.uri,
        "version": row.version,
        "version_name": row.version_name,
        "task_type": row.task_type,
        "category_map": None,
        "category_count": None,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "user_permissions": permissions(call, "algorithm"),
    }


def size_label(size_bytes: int) -> str:
    """A file size for people, in steps of 1024; the space is one that no line breaks at, as in Antenna's."""
    if size_bytes < 1024:
        return f"{size_bytes}\N{NO-BREAK SPACE}byte{'' if size_bytes == 1 else 's'}"
    size, unit = size_bytes / 1024, "KB"
    for larger in ("MB", "GB", "TB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f}\N{NO-BREAK SPACE}{unit}"


def _day(night: date | None) -> str | None:
    return None if night is None else night.isoformat()


def _local(at: datetime | None, zone: str) -> str | None:
    return None if at is None else at.astimezone(ZoneInfo(zone)).isoformat()


def _duration_label(row: EventRow) -> str | None:
    if row.first_at is None or row.last_at is None:
        return None
    minutes = int((row.last_at - row.first_at).total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} hours {minutes} min" if hours else f"{minutes} min"


def _thumbnails(call: Call, capture_id: int) -> Shape:
    return {size: picture(call, capture_id, size) for size in SIZES}


def _example(call: Call, row: CaptureRow) -> Shape:
    return {
        "id": row.id,
        "details": call.links.to("captures", row.id),
        "url": picture(call, row.id, "full"),
        "width": row.width,
        "height": row.height,
        "timestamp": moment(row.taken_at),
        "thumbnails": _thumbnails(call, row.id),
        "user_permissions": permissions(call, "capture"),
    }


def _box(call: Call, row: BoxRow) -> Shape:
    return {
        "id": row.id,
        "bbox": [row.x1, row.y1, row.x2, row.y2],
        "score": row.score,
        "label": row.label,
        "algorithm": row.algorithm,
        "created_at": moment(row.created_at),
        "area_px": row.area_px,
        "length_px": row.length_px,
        "length_mm": None if row.length_mm is None else round(row.length_mm, 2),
        "sharpness": row.sharpness,
        "crop": call.links.to("detections", row.id, "crop"),
    }


def _service(call: Call, row: PipelineRow) -> Shape:
    return {
        "name": row.service,
        "id": row.service_id,
        "details": call.links.to("ml", "processing_services", row.service_id),
        "endpoint_url": row.endpoint_url,
        "is_async": False,
        "last_seen": moment(row.last_seen_at),
        "last_seen_live": row.last_seen_live,
        "created_at": moment(row.service_created_at),
        "updated_at": moment(row.service_updated_at),
        "user_permissions": permissions(call, "processing_service"),
    }
