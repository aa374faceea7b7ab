"""The fields of a job as OPTIONS describes them."""

from typing import Any

from engine.captures.sampling import METHODS
from engine.requests import MAX_DELAY_S, MAX_TIMEOUT_MS

Field = dict[str, Any]
LARGEST = 2**31 - 1


def field(kind: str, label: str, *, required: bool = False, read_only: bool = False, **more: Any) -> Field:
    """One field: its type, whether it is needed, and what bounds it."""
    return {"type": kind, "required": required, "read_only": read_only, "label": label, **more}


def shown(kind: str, label: str, **more: Any) -> Field:
    """A field that only the answer has."""
    return field(kind, label, read_only=True, **more)


def nested(label: str, **children: Field) -> Field:
    return shown("nested object", label, children=children)


def of_a_job() -> dict[str, Field]:
    """Every field of a job in the order of the answer, each relation followed by the id that sets it."""
    reference = {"id": shown("integer", "Id"), "name": field("string", "Name", required=True, max_length=80)}
    details = {"details": shown("field", "Details")}
    return {
        "id": shown("integer", "Id"),
        "details": shown("field", "Details"),
        "name": field("string", "Name", required=True, max_length=255),
        "delay": field("integer", "Delay", required=True, min_value=0, max_value=MAX_DELAY_S),
        "limit": field(
            "integer", "Limit", help_text="Limit the number of images to process", min_value=1, max_value=LARGEST
        ),
        "shuffle": field("boolean", "Shuffle", help_text="Process images in a random order"),
        "project": nested("Project", **reference, **details),
        "project_id": field("field", "Project", required=True),
        "deployment": nested("Deployment", **reference, **details),
        "deployment_id": field("field", "Deployment"),
        "source_image_collection": nested("Source image collection", **_collection()),
        "source_image_collection_id": field("field", "Capture Set"),
        "source_image_single": nested("Source image single", **_capture()),
        "source_image_single_id": field("field", "Source Image"),
        "pipeline": nested("Pipeline", **_pipeline()),
        "pipeline_id": field("field", "Pipeline"),
        "status": shown("choice", "Status"),
        "created_at": shown("datetime", "Created at"),
        "updated_at": shown("datetime", "Updated at"),
        "started_at": shown("datetime", "Started at"),
        "finished_at": shown("datetime", "Finished at"),
        "duration": shown("field", "Duration"),
        "progress": shown("field", "Progress"),
        "logs": shown("field", "Logs"),
        "job_type": nested("Job type", name=shown("string", "Name"), key=shown("slug", "Key")),
        "job_type_key": field("slug", "Job type key"),
        "data_export": nested("Data export", **_export()),
        "dispatch_mode": shown(
            "choice",
            "Dispatch mode",
            help_text="How the job dispatches its workload: internal, sync_api, or async_api.",
        ),
        "result": shown("field", "Result"),
        **_ours(),
    }


def of_a_collection() -> dict[str, Field]:
    """Every field of a collection in the order of the answer."""
    return {
        **_collection(),
        "project": field("field", "Project", required=True),
        "kwargs": field("field", "Kwargs", help_text="The arguments of the method, and its filters"),
        "source_images": shown("field", "Source images"),
        "source_images_count": shown("integer", "Source images count"),
        "source_images_with_detections_count": shown("integer", "Source images with detections count"),
        "source_images_processed_count": shown("integer", "Source images processed count"),
        "occurrences_count": shown("integer", "Occurrences count"),
        "taxa_count": shown("integer", "Taxa count"),
        "description": field("string", "Description", max_length=10_000),
        "jobs": shown("field", "Jobs"),
        "created_at": shown("datetime", "Created at"),
        "updated_at": shown("datetime", "Updated at"),
        "seed": field(
            "integer", "Seed", help_text="Of the choice by lot; drawn if none is given", min_value=0, max_value=LARGEST
        ),
    }


def _ours() -> dict[str, Field]:
    """What Nightboard takes beyond Antenna."""
    return {
        "event_id": field("field", "Night", help_text="Work over the captures of one night of a station"),
        "priority": field("integer", "Priority", help_text="9 runs first", min_value=0, max_value=9),
        "timeout_ms": field(
            "integer",
            "Timeout",
            help_text="End the job this many ms after its submission",
            min_value=1,
            max_value=MAX_TIMEOUT_MS,
        ),
        "failure_threshold": field(
            "float", "Failure threshold", help_text="A larger share of failed captures is FAILURE"
        ),
        "reprocess": field("boolean", "Reprocess", help_text="Work anew on captures that have their result"),
        "seed": field("integer", "Seed", help_text="Of the shuffle", min_value=0, max_value=LARGEST),
        "dry_run": field("boolean", "Dry run", help_text="Collect and check, and process nothing"),
        "checkpoint": field("field", "Checkpoint", help_text="What makes a capture wait for a person"),
        "tags": field("list", "Tags"),
        "arguments": field("field", "Arguments", help_text="What only this type of job knows"),
    }


def _collection() -> dict[str, Field]:
    choices = [{"value": method, "display_name": method} for method in METHODS]
    return {
        "id": shown("integer", "Id"),
        "name": field("string", "Name", required=True, max_length=255),
        "details": shown("field", "Details"),
        "method": field("choice", "Method", choices=choices),
    }


def _capture() -> dict[str, Field]:
    pixels: Field = {"min_value": 0, "max_value": LARGEST}
    return {
        "id": shown("integer", "Id"),
        "details": shown("field", "Details"),
        "url": shown("field", "Url"),
        "width": field("integer", "Width", **pixels),
        "height": field("integer", "Height", **pixels),
        "timestamp": field("datetime", "Timestamp"),
        "event_id": shown("field", "Event id"),
    }


def _pipeline() -> dict[str, Field]:
    return {
        "id": shown("integer", "Id"),
        "details": shown("field", "Details"),
        "name": field("string", "Name", required=True, max_length=255),
        "slug": field("slug", "Slug", required=True, max_length=255),
        "description": field("string", "Description"),
        "version": field("integer", "Version", min_value=0, max_value=LARGEST),
        "version_name": field("string", "Version name", max_length=255),
        "created_at": shown("datetime", "Created at"),
        "updated_at": shown("datetime", "Updated at"),
    }


def _export() -> dict[str, Field]:
    formats = ("occurrences_api_json", "occurrences_simple_csv")
    return {
        "id": shown("integer", "ID"),
        "user": field("field", "User", required=True),
        "project": field("field", "Project", required=True),
        "format": field(
            "choice", "Format", required=True, choices=[{"value": name, "display_name": name} for name in formats]
        ),
        "filters": field("field", "Filters"),
        "file_url": shown("url", "File url"),
    }
