"""What each address of the UP42 pages answers: the names and the types of the pages. Times are ISO 8601 in UTC."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from api.dialect import Shape

Held = TypeVar("Held")


class Data(BaseModel, Generic[Held]):
    """What was asked for."""

    data: Held
    error: None = None


class Fault(Shape):
    code: int
    message: str
    details: list[Any]


class Problem(Shape):
    """Every refusal."""

    data: None = None
    error: Fault


class AccessToken(Shape):
    access_token: str


class Granted(BaseModel):
    """A token, in both places where a client may look for it; there is no `error`, not even null."""

    data: AccessToken
    access_token: str
    token_type: str = "bearer"


class Me(Shape):
    """Who holds the token."""

    id: str
    display_id: str
    first_name: str
    last_name: str = ""
    email: str = ""
    role: str
    workspace_id: str


class Project(Shape):
    id: str
    display_id: str
    name: str
    description: str
    created_at: str | None
    updated_at: str | None
    workspace_id: str


class Setting(Shape):
    name: str
    value: str


class Workflow(Shape):
    """A pipeline."""

    id: str
    display_id: str
    name: str
    description: str
    created_at: str | None
    updated_at: str | None
    project_id: str


class Block(Shape):
    """A step of a workflow, and the parameters that it takes."""

    id: str
    name: str
    display_name: str
    type: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class WorkflowTask(Shape):
    id: str
    name: str
    parents_ids: list[str]
    block: Block
    block_version_tag: str


class Job(Shape):
    """A job; `inputs` are the parameters by which it was run."""

    id: str
    display_id: str
    name: str
    mode: str
    status: str
    created_at: str | None
    updated_at: str | None
    started_at: str | None
    finished_at: str | None
    workflow_id: str
    workflow_name: str
    project_id: str
    created_by: dict[str, str]
    inputs: dict[str, Any]


class Task(Shape):
    """A stage of a job."""

    id: str
    display_id: str
    name: str
    status: str
    started_at: str | None
    finished_at: str | None
    block: Block
    block_name: str
    block_version: str


class Link(Shape):
    """Where something can be fetched without a token, for ten minutes."""

    url: str


class Credits(Shape):
    """What a job cost: nothing."""

    credits_used: int = 0


class Features(Shape):
    """GeoJSON: a feature for each capture with a result, at its station where the place is known."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]
