"""What may be asked of a job, checked field by field before anything is written."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_DELAY_S = 86_400
MAX_TIMEOUT_MS = 366 * 86_400_000

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=50)]


# What a person is told of a field that is wrong.
SAID = {
    "name": "Give it a name of 1 to 255 letters.",
    "capture_id": "Give the number of a capture that there is.",
    "delay": f"Give whole seconds from 0 to {MAX_DELAY_S:,}.",
    "limit": "Give a whole number of captures, 1 or more; leave it empty for all.",
    "priority": "Give a whole number from 0 to 9; 9 goes first.",
    "timeout_ms": f"Give a time of up to {MAX_TIMEOUT_MS // 86_400_000} days; leave it empty for never.",
    "tags": "Give up to 50 tags with commas between them, each of up to 64 letters.",
}


class JobRequest(BaseModel):
    """A new job. `limit` is in captures, `delay` in s, `timeout_ms` from submission.

    A `dry_run` collects and checks, and processes nothing. `checkpoint` is an `engine.checkpoint.Checkpoint`.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    project_id: Key
    type: str = "ml"
    deployment_id: Key | None = None
    event_id: Key | None = None
    collection_id: Key | None = None
    capture_id: Key | None = None
    pipeline_id: Key | None = None
    delay: int = Field(default=0, ge=0, le=MAX_DELAY_S)
    limit: int | None = Field(default=None, ge=1, le=2**31 - 1)
    shuffle: bool = True
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    reprocess: bool = False
    priority: int = Field(default=5, ge=0, le=9)
    timeout_ms: int | None = Field(default=None, ge=1, le=MAX_TIMEOUT_MS)
    failure_threshold: float = Field(default=0.5, ge=0, le=1)
    tags: Tags = []
    arguments: dict[str, Any] = {}
    dry_run: bool = False
    checkpoint: dict[str, Any] | None = None


class JobChanges(BaseModel):
    """Changes to a job; a field that is not set stays. All but the first four need a job that was never submitted."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    priority: int | None = Field(default=None, ge=0, le=9)
    timeout_ms: int | None = Field(default=None, ge=1, le=MAX_TIMEOUT_MS)
    tags: Tags | None = None

    deployment_id: Key | None = None
    event_id: Key | None = None
    collection_id: Key | None = None
    capture_id: Key | None = None
    pipeline_id: Key | None = None
    delay: int | None = Field(default=None, ge=0, le=MAX_DELAY_S)
    limit: int | None = Field(default=None, ge=1, le=2**31 - 1)
    shuffle: bool | None = None


COPIED = frozenset(JobRequest.model_fields) - {"name"}  # what a rerun takes over
ANY_TIME = frozenset({"name", "priority", "timeout_ms", "tags"})
NOT_NULL = frozenset({"name", "priority", "tags", "delay", "shuffle"})
