"""The operations of the native API: what each of its addresses is asked and answers."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from api.antenna import ENDPOINTS, answers
from api.antenna.endpoint import SPELLED
from api.antenna.links import PREFIX
from api.antenna.logins import LOGIN, LOGOUT, LoggedIn, LoginBody
from api.antenna.pull import ResultsBody, TasksBody
from api.openapi.operations import BOUND, FREE, SAFE, Operation
from engine.captures.thumbnails import SIZES
from engine.lab.collections import CollectionChanges, CollectionRequest
from engine.requests import JobChanges, JobRequest
from engine.services import Enlistment, ServiceRequest
from models.states import Status

TAG = "Antenna"
FORMS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
Refused = answers.Detail | answers.FieldErrors
Ids = Annotated[list[Annotated[int, Field(ge=0)]], Field(default=[])]


class Window(BaseModel):
    limit: int = Field(default=10, ge=1, description="rows of this page; 1000 at most")
    offset: int = Field(default=0, ge=0, le=2**63 - 1)
    ordering: str = Field(default="", description="a field, with - before it for descending")
    search: str = Field(default="", description="within the name, any case")


class JobsQuery(Window):
    status: list[Status] = []
    project: Ids
    deployment: Ids
    event: Ids
    source_image_collection: Ids
    source_image_single: Ids
    pipeline: Ids
    pipeline__slug: str = ""
    pipeline__slug__in: list[str] = []
    job_type_key: str = ""
    dispatch_mode: str = ""
    ids_only: bool = False
    incomplete_only: bool = False
    cutoff_hours: int = Field(default=0, ge=0, le=24 * 366 * 100, description="hide what failed longer ago")
    states: Literal["antenna", "engine"] = "antenna"


class JobQuery(BaseModel):
    logs_limit: int = Field(default=1000, ge=1, le=5000)
    states: Literal["antenna", "engine"] = "antenna"


class NewJobQuery(JobQuery):
    start_now: bool = Field(default=False, description="enqueue it at once; the bare name is enough")


class SummaryQuery(BaseModel):
    project_id: int | None = Field(default=None, ge=0)


class CatalogueQuery(Window):
    project: int | None = Field(default=None, ge=0)
    deployment: int | None = Field(default=None, ge=0)
    event: int | None = Field(default=None, ge=0)
    collection: int | None = Field(default=None, ge=0)
    slug: str = ""
    with_detections: bool = False


class PictureQuery(BaseModel):
    size: Literal[(*SIZES, "full")] = "medium"  # type: ignore[valid-type]


class ChangesQuery(BaseModel):
    since: int | None = Field(default=None, ge=0, le=10**17, description="the rev of the last answer")


class Changes(BaseModel):
    """What changed after a rev: ids, newest first."""

    rev: int
    jobs: list[int]
    events: list[int]
    workers: list[str]
    gone: list[list[str]]
    running: int
    waiting: int
    failed: int
    more: bool


def spelled(name: str, model: type[BaseModel]) -> type[BaseModel]:
    """A model of the engine with the names that this dialect has for its fields."""
    fields: dict[str, Any] = {
        SPELLED.get(key, key): (field.annotation, field) for key, field in model.model_fields.items()
    }
    return create_model(name, __doc__=model.__doc__, **fields)


NEW_JOB = spelled("NewJob", JobRequest)
CHANGES = spelled("JobChanges", JobChanges)
Jobs = answers.Page[answers.ListedJob] | answers.Page[answers.JobId]

# What stands at an address, by its rule: method → (query, body, status, answer).
Told = tuple[type[BaseModel] | None, Any, int, Any]
JOB: dict[str, dict[str, Told]] = {
    "jobs/": {"GET": (JobsQuery, None, 200, Jobs), "POST": (NewJobQuery, NEW_JOB, 201, answers.Job)},
    "jobs/<key>/": {
        "GET": (JobQuery, None, 200, answers.Job),
        "PUT": (JobQuery, NEW_JOB, 200, answers.Job),
        "PATCH": (JobQuery, CHANGES, 200, answers.Job),
        "DELETE": (None, None, 204, None),
    },
    "jobs/<key>/tasks/": {"POST": (None, TasksBody, 200, answers.Tasks)},
    "jobs/<key>/result/": {"POST": (None, ResultsBody, 200, answers.Taken)},
    "captures/collections/": {"POST": (None, CollectionRequest, 201, answers.Collection)},
    "captures/collections/<whole:row_id>/": {
        "PUT": (None, CollectionRequest, 200, answers.Collection),
        "PATCH": (None, CollectionChanges, 200, answers.Collection),
        "DELETE": (None, None, 204, None),
    },
    "captures/collections/<whole:row_id>/populate/": {"POST": (None, None, 200, answers.Started)},
    "deployments/<whole:row_id>/sync/": {"POST": (None, None, 200, answers.Started)},
    "deployments/<whole:row_id>/regroup/": {"POST": (None, None, 200, answers.Started)},
    "status/summary/": {"GET": (SummaryQuery, None, 200, answers.Totals)},
    "jobs/<key>/exports/": {"GET": (None, None, 200, list[answers.ExportedFile])},
    "jobs/<key>/exports/<name>": {"GET": (None, None, 200, bytes)},
    "captures/<whole:row_id>/picture/": {"GET": (PictureQuery, None, 200, bytes)},
    "detections/<whole:row_id>/crop/": {"GET": (None, None, 200, bytes)},
    "occurrences/": {"GET": (CatalogueQuery, None, 200, answers.Page[dict[str, Any]])},
    "taxa/": {"GET": (CatalogueQuery, None, 200, answers.Page[dict[str, Any]])},
    "ml/processing_services/": {
        "GET": (Window, None, 200, answers.Page[answers.Service]),
        "POST": (None, ServiceRequest, 201, answers.NewService),
    },
    "ml/processing_services/<whole:row_id>/": {
        "GET": (None, None, 200, answers.Service),
        "DELETE": (None, None, 204, None),
    },
    "ml/processing_services/<whole:row_id>/status/": {"GET": (None, None, 200, answers.ServiceStatus)},
    "ml/processing_services/<whole:row_id>/register_pipelines/": {"POST": (None, None, 200, answers.Registration)},
    "projects/<whole:project_id>/pipelines/": {"POST": (None, Enlistment, 201, answers.Enlisted)},
}
ROWS: dict[str, tuple[Any, Any]] = {  # the rule of a list: one row, and a page of them
    "projects/": (answers.Project, answers.Page[answers.Project]),
    "deployments/": (answers.Deployment, answers.Page[answers.Deployment]),
    "events/": (answers.Event, answers.Page[answers.Event]),
    "captures/collections/": (answers.Collection, answers.Page[answers.Collection]),
    "captures/": (answers.Capture, answers.Page[answers.Capture]),
    "ml/pipelines/": (answers.Pipeline, answers.Page[answers.Pipeline]),
    "ml/algorithms/": (answers.Algorithm, answers.Page[answers.Algorithm]),
}
ROW = "<whole:row_id>/"
VERB: Told = (JobQuery, None, 200, answers.Job)


def told(rule: str, method: str) -> Told:
    """What is asked and answered at an address. Raises KeyError for one that is not described here."""
    if method == "GET" and rule.removesuffix(ROW) in ROWS:
        row, page = ROWS[rule.removesuffix(ROW)]
        return (None, None, 200, row) if rule.endswith(ROW) else (CatalogueQuery, None, 200, page)
    if rule.startswith("jobs/<key>/") and rule not in JOB:
        return VERB
    return JOB[rule][method]


def operations() -> Iterator[Operation]:
    """Every address with each of its methods, the two for logging in, and the changes that pages poll."""
    yield Operation(
        TAG, LOGIN, "POST", "A token for a name and a password.", {200: LoggedIn}, Refused, BOUND,
        body=LoginBody, forms=FORMS, open=True,
    )  # fmt: skip
    yield Operation(TAG, LOGOUT, "POST", "End the token that this is sent with.", {204: None}, Refused, BOUND)
    for endpoint in ENDPOINTS:
        for method in endpoint.views:
            query, body, status, answer = told(endpoint.rule, method)
            media = "image/*" if endpoint.rule.endswith(("picture/", "crop/")) else "application/octet-stream"
            yield Operation(
                TAG,
                PREFIX + endpoint.rule,
                method,
                endpoint.title,
                {status: answer},
                Refused,
                FREE if method in SAFE else BOUND,
                query=query,
                body=body,
                forms=FORMS,
                media=media if answer is bytes else "application/json",
            )
    yield Operation(
        "Live pages", "/api/changes", "GET", "What changed since a rev, or 304.", {200: Changes, 304: None},
        answers.Detail, FREE, query=ChangesQuery,
    )  # fmt: skip
