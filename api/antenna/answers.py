"""What the addresses of the native API answer, as models: `shapes` and `job_shapes` write them. Times are UTC.

A time is ISO 8601 without a zone, a span is a text of seconds, and every `details` is an absolute address.
"""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, RootModel

Row = TypeVar("Row")


class Detail(BaseModel):
    """A refusal, in one sentence."""

    detail: str


class FieldErrors(RootModel[dict[str, list[str]]]):
    """What is wrong with a request, field by field."""


class Page(BaseModel, Generic[Row]):
    """A window of a list, with the addresses of its neighbours."""

    count: int = Field(
        description="How many rows there are. Of jobs it is exact up to 10,000; above, it grows with the windows that "
        "are read, so follow `next` until it is null."
    )
    next: str | None
    previous: str | None
    results: list[Row]
    user_permissions: list[str]


class Reference(BaseModel):
    """Something that belongs to what is shown."""

    id: int
    name: str | None
    details: str
    user_permissions: list[str]


class EventReference(Reference):
    date_label: str


class CollectionReference(Reference):
    method: str | None


class PipelineReference(Reference):
    slug: str
    description: str
    version: int
    version_name: str
    created_at: str | None
    updated_at: str | None


class CaptureReference(BaseModel):
    id: int
    details: str
    url: str
    width: int | None
    height: int | None
    timestamp: str | None
    event_id: int | None
    user_permissions: list[str]


class JobReference(Reference):
    status: str
    created_at: str | None
    updated_at: str | None


class Param(BaseModel):
    """One number of a stage; a text before it is known."""

    name: str
    key: str
    category: str
    value: Any


class Stage(BaseModel):
    status: str
    progress: float
    key: str
    name: str
    params: list[Param]


class Summary(BaseModel):
    status: str
    progress: float


class Progress(BaseModel):
    summary: Summary
    stages: list[Stage]
    errors: list[str]
    logs: list[str]


class Logs(BaseModel):
    """Newest first; `stderr` has the messages of the errors alone."""

    stdout: list[str]
    stderr: list[str]


class JobType(BaseModel):
    name: str
    key: str


class Counters(BaseModel):
    """Captures of a job, and what was found on them."""

    total: int
    processed: int
    skipped: int
    failed: int
    stopped: int
    detections: int
    classifications: int


class ListedJob(BaseModel):
    """A job in a list: without its logs. `*_ms` are ms."""

    id: int
    details: str
    name: str
    delay: int
    limit: int | None
    shuffle: bool
    project: Reference
    deployment: Reference | None
    source_image_collection: CollectionReference | None
    source_image_single: CaptureReference | None
    pipeline: PipelineReference | None
    status: str
    created_at: str
    updated_at: str
    started_at: str | None
    finished_at: str | None
    duration: str | None
    progress: Progress
    logs: Logs
    job_type: JobType
    data_export: None
    dispatch_mode: str
    user_permissions: list[str]
    uuid: str
    event: EventReference | None
    priority: int
    tags: list[str]
    owner: str | None
    attempt: int
    requested: str | None
    cause: str | None
    submitted_at: str | None
    queue_ms: int | None
    elapsed_ms: int | None
    paused_ms: int
    counters: Counters


class JobId(BaseModel):
    """A job in a list with `ids_only`."""

    id: int
    pipeline_slug: str | None


class Attempt(BaseModel):
    number: int
    status: str
    submitted_at: str | None
    started_at: str | None
    finished_at: str | None
    queue_ms: int | None
    elapsed_ms: int | None
    paused_ms: int
    cause: str | None


class Control(BaseModel):
    """What was asked of a job last, and how far the engine is with it."""

    verb: str
    who: str
    via: str
    requested_at: str | None
    acknowledged_at: str | None
    done_at: str | None


class Job(ListedJob):
    """A job by itself, with its newest log lines first."""

    result: Any
    seed: int
    reprocess: bool
    timeout_ms: int | None
    failure_threshold: float
    arguments: dict[str, Any]
    attempts: list[Attempt]
    control: Control | None


class PulledTask(BaseModel):
    """A capture for a pull worker; its picture is at `image_url` for an hour, and its result names `reply_subject`."""

    id: str
    image_id: str
    image_url: str
    reply_subject: str


class Tasks(BaseModel):
    tasks: list[PulledTask]


class TakenResult(BaseModel):
    """`status` is queued, or dropped for a result that came too late or a second time."""

    reply_subject: str
    status: str
    task_id: str


class Taken(BaseModel):
    """What became of the results that were sent."""

    status: str
    job_id: int
    results_queued: int
    tasks: list[TakenResult]


class Started(BaseModel):
    """The job that does what was asked."""

    job_id: int
    project_id: int


class Totals(BaseModel):
    """How much there is."""

    projects_count: int
    deployments_count: int
    events_count: int
    captures_count: int
    jobs_count: int
    occurrences_count: int
    taxa_count: int
    num_sessions: int
    num_species: int


class Project(BaseModel):
    id: int
    name: str
    description: str
    details: str
    deployments_count: int
    created_at: str
    updated_at: str
    image: None
    draft: bool
    user_permissions: list[str]


class Deployment(BaseModel):
    """A station."""

    id: int
    name: str
    details: str
    image: None
    events: str
    occurrences: str
    events_count: int
    captures_count: int
    occurrences_count: int
    taxa_count: int
    project: dict[str, Any]
    created_at: str
    updated_at: str
    latitude: float | None
    longitude: float | None
    first_date: str | None
    last_date: str | None
    device: None
    research_site: None
    jobs: list[JobReference]
    data_source_connected: bool
    user_permissions: list[str]
    timezone: str
    detections_count: int


class Event(BaseModel):
    """A night."""

    id: int
    name: str
    details: str
    deployment: Reference | None
    start: str | None
    end: str | None
    day: str
    date_label: str
    duration: str | None
    duration_label: str | None
    captures_count: int
    detections_count: int
    occurrences_count: int
    taxa_count: int
    captures: str
    example_captures: list[dict[str, Any]]
    created_at: str
    updated_at: str
    user_permissions: list[str]
    timezone: str
    expected_count: int
    processed_count: int
    stopped_count: int
    failed_count: int
    gaps: list[dict[str, Any]]


class Box(BaseModel):
    """One animal; `bbox` is [x1, y1, x2, y2] in full-resolution px, `length_px` its length along its main axis,
    `length_mm` the same at the scale of its station, `crop` the address of its picture.
    """

    id: int
    bbox: list[float]
    score: float
    label: str
    algorithm: str
    created_at: str
    area_px: int | None
    length_px: float | None
    length_mm: float | None
    sharpness: float | None
    crop: str


class Capture(BaseModel):
    """A photograph; `time_source` is what tells its time: the file's name, its EXIF (exif), the file's own time, a last
    resort (file), or none.
    """

    id: int
    details: str
    deployment: Reference | None
    event: EventReference | None
    url: str
    path: str
    timestamp: str | None
    width: int | None
    height: int | None
    size: int
    size_display: str
    detections_count: int
    occurrences_count: None
    taxa_count: None
    last_processed: str | None
    project: int
    thumbnails: dict[str, str]
    user_permissions: list[str]
    local_time: str | None
    problem: str | None
    time_source: str
    detections: list[Box] = []


class Collection(BaseModel):
    id: int
    details: str
    name: str
    project: int
    method: str
    kwargs: dict[str, Any]
    source_images: str
    source_images_count: int
    source_images_with_detections_count: int
    source_images_processed_count: int
    occurrences_count: None
    taxa_count: None
    description: str
    jobs: list[JobReference]
    created_at: str
    updated_at: str
    user_permissions: list[str]
    seed: int


class Algorithm(BaseModel):
    """A model that a pipeline uses."""

    id: int
    details: str
    name: str
    key: str
    description: str
    uri: str
    version: int
    version_name: str
    task_type: str
    category_map: None
    category_count: None
    created_at: str
    updated_at: str
    user_permissions: list[str]


class Pipeline(BaseModel):
    id: int
    details: str
    name: str
    slug: str
    description: str
    algorithms: list[Algorithm]
    stages: list[dict[str, Any]]
    processing_services: list[dict[str, Any]]
    project_pipeline_configs: list[Any]
    created_at: str
    updated_at: str
    user_permissions: list[str]
    version: int
    version_name: str
    kind: str
    enabled: bool


class Service(BaseModel):
    """A processing service; `last_seen_live` is null before it was asked.

    The engine asks each once a minute, last at `last_asked`; `last_latency` is in s, of its last answer.
    """

    id: int
    details: str
    name: str
    description: str
    projects: list[int]
    endpoint_url: str | None
    is_async: bool
    pipelines: list[Pipeline]
    created_at: str
    updated_at: str
    last_seen: str | None
    last_seen_live: bool | None
    last_asked: str | None
    last_latency: float | None
    last_error: str | None
    user_permissions: list[str]


class ServiceStatus(BaseModel):
    """How a service was just now; `latency` is in s."""

    timestamp: str
    request_successful: bool
    pipeline_configs: list[dict[str, Any]]
    error: str | None
    server_live: bool | None
    pipelines_online: list[str]
    endpoint_url: str
    latency: float


class NewService(BaseModel):
    instance: Service
    status: ServiceStatus


class Registration(BaseModel):
    """What came of taking in the pipelines of a service."""

    timestamp: str
    success: bool
    error: str | None
    pipelines: list[dict[str, Any]]
    pipelines_created: list[str]
    algorithms_created: list[str]


class Enlisted(BaseModel):
    """What came of taking in a pull worker; the lists are slugs of pipelines and keys of algorithms."""

    timestamp: str
    success: bool
    error: str | None
    pipelines: list[dict[str, Any]]
    pipelines_created: list[str]
    pipelines_updated: list[str]
    algorithms_created: list[str]
    processing_service_id: int


class ExportedFile(BaseModel):
    """A file of an export; `size` in bytes."""

    name: str
    size: int
    url: str
