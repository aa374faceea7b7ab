"""What each address of the Modzy pages answers: the names and the types of the pages. Times are UTC, spans in ms."""

from typing import Any

from pydantic import Field

from api.dialect import Shape

Empty: Any = Field(default_factory=list)


class Problem(Shape):
    """Every refusal."""

    status_code: int
    status: str
    message: str
    report_error_url: str


class Model(Shape):
    """The pipeline of a job; of a job without one its type."""

    identifier: str
    version: str
    name: str


class User(Shape):
    """Whose job it is."""

    identifier: str
    external_identifier: str
    first_name: str
    last_name: str = ""
    email: str = ""
    status: str = "active"


class Team(Shape):
    identifier: str


class JobInput(Shape):
    """One source of a job: the names of its inputs, and small pictures of them where the model classifies pictures."""

    identifier: str
    inputs: list[str] = Empty
    samples: list[str] = Empty


class Job(Shape):
    """The page's jobs object."""

    job_identifier: str
    submitted_by: str
    account_identifier: str
    model: Model
    status: str
    created_at: str | None
    updated_at: str | None
    submitted_at: str | None
    total: int
    pending: int
    completed: int
    failed: int
    elapsed_time: int
    queue_time: int
    timeout: int
    explain: bool
    user: User
    team: Team
    job_inputs: list[JobInput]
    input_byte_amount: int
    image_classification_model: bool


class SubmittedJob(Job):
    """A job as it is told to whoever has just submitted or closed it."""

    total_inputs: int
    access_key: str
    job_type: str = "batch"


class Features(Shape):
    """What an upload is bound to: sizes as people write them, Mi for 2**20 bytes."""

    input_chunk_maximum_size: str
    maximum_input_chunks: int
    maximum_inputs_per_job: int


class Uploaded(Shape):
    """How much of an input is there."""

    job_identifier: str
    identifier: str
    name: str
    input_byte_amount: int


class SourceResult(Shape):
    """What became of one source."""

    status: str
    engine: str
    error: str | None
    start_time: str | None
    update_time: str | None
    end_time: str | None
    elapsed_time: int
    input_size: int


class Output(SourceResult):
    """A source that was processed: animals, and with `explain` their boxes once more."""

    results_json: dict[str, Any] = Field(serialization_alias="results.json")


class Results(Shape):
    """The outcomes of a job by the names of its sources."""

    job_identifier: str
    account_identifier: str
    user: User
    team: Team
    total: int
    completed: int
    failed: int
    finished: bool
    submitted_by_key: str
    explained: bool
    submitted_at: str | None
    job_queue_time: int
    job_processed_time: int
    job_elapsed_time: int
    initial_queue_time: int
    total_queue_time: int
    average_model_latency: float
    total_model_latency: float
    elapsed_time: int
    input_size: int
    results: dict[str, Output]
    failures: dict[str, SourceResult]


class Tag(Shape):
    identifier: str
    name: str
    data_type: str = "Image"
    is_categorical: bool = True
    images: list[str] = Empty


class ModelSummary(Shape):
    model_id: str
    identifier: str
    latest_version: str
    versions: list[str]
    name: str


class ModelDetails(ModelSummary):
    """One pipeline."""

    latest_active_version: str
    author: str
    description: str
    permalink: str
    features: list[str] = Empty
    is_active: bool
    is_recommended: bool = False
    is_commercial: bool = False
    tags: list[Tag]
    images: list[str] = Empty
    snapshot_images: list[str] = Empty
    last_active_date_time: str | None
    visibility: dict[str, Any] = Field(default_factory=lambda: {"scope": "ALL", "teams": []})


class VersionSummary(Shape):
    version: str


class ModelInput(Shape):
    name: str = "image"
    accepted_media_types: str = "image/jpeg, image/png, image/tiff, image/webp, image/bmp"
    maximum_size: int
    description: str = "A picture of a lit sheet, or as a text the number or the address of a capture."


class ModelOutput(Shape):
    name: str = "results.json"
    media_type: str = "application/json"
    maximum_size: int
    description: str = "The animals: class, score from 0 to 1, and box in px of the upright picture."


class Version(VersionSummary):
    """One version of a pipeline."""

    created_at: str | None
    updated_at: str | None
    timeout: dict[str, int]
    requirement: dict[str, Any]
    inputs: list[ModelInput]
    outputs: list[ModelOutput]
    statistics: list[Any] = Empty
    is_active: bool
    is_available: bool
    status: str
    source_type: str = "SYSTEM"
    long_description: str
    technical_details: str
    performance_summary: str = ""
    version_history: str = ""
    processing: dict[str, int]
    model: ModelDetails


class TagsAndModels(Shape):
    tags: list[Tag]
    models: list[ModelDetails]


class Requirement(Shape):
    """What the machine of this server has."""

    requirement_id: int
    cpu_amount: str
    memory_amount: str
    gpu_units: int = 0
    status: str = "ACTIVE"


class EnginesSum(Shape):
    minimum_processing_engines_sum: int


class Engine(Shape):
    """A pipeline and the workers that are there for it."""

    identifier: str
    version: str
    name: str
    ready: int
