"""What each address of the Instabase pages answers: the names, the types and the order of the pages' examples."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from models.states import ReviewState

State = Literal["PENDING", "RUNNING", "PAUSED", "COMPLETE", "FAILED", "CANCELLED", "STOPPED_AT_CHECKPOINT"]


# A key that is left out when there is nothing to say.
Missing: Any = Field(default=None, exclude_if=lambda value: value is None)


class Shape(BaseModel):
    """One JSON object of an answer."""


class Problem(Shape):
    """Every refusal; its HTTP status is 200 too."""

    status: Literal["ERROR"] = "ERROR"
    msg: str


class Done(Shape):
    """A verb was taken."""

    status: Literal["OK"] = "OK"


class UpdatedTags(Done):
    updated_tags: list[str]


class RunSummary(Shape):
    """Captures; each is one file and one record."""

    recordsWithMsg: dict[str, int] = Field(description="how many captures failed, by what happened and in which step")
    numRecords: int
    numRuntimeErrors: int
    numFiles: int
    numCheckpointFailed: int


class Result(Shape):
    """Where the results are, or what went wrong."""

    status: Literal["OK", "ERROR"]
    output_folder: str | None = Missing
    msg: str | None = Missing


class CurStatus(Shape):
    """What `cur_status` says, which is sent as JSON text. Times are in ns since 1970."""

    job_id: str
    flow_index: int = 0
    status: State
    finish_timestamp: int | None
    curProgress: float
    curMsg: str
    reviewer: str
    review_state: ReviewState
    flow_job_metrics: None = None
    flow_review_metrics: None = None
    run_summary: RunSummary


class JobStatus(Shape):
    """`status`. `results` are there once there is something to have; `finish_timestamp` is in ns since 1970."""

    status: Literal["OK"] = "OK"
    msg: str
    state: Literal["PENDING", "DONE"]
    is_waiting_for_resources: bool
    job_id: str
    results: list[Result] | None = Missing
    cur_status: str = Field(description="JSON text of a CurStatus")
    finish_timestamp: int | None
    binary_mode: Literal[True] = True


class LogLine(Shape):
    """One line; `ts` is UTC."""

    job_id: str = Field(alias="job-id")
    task_id: str = Field(alias="task-id")
    level: str
    ts: str
    trace_id: str
    span_id: str
    log: str


class Logs(Shape):
    """Lines from the oldest on. No lines and an unchanged `next_offset` are the end for now."""

    logs: list[LogLine]
    next_offset: int


class PipelineInfo(Shape):
    pipeline_id: int
    pipeline_name: str


class Metric(Shape):
    name: str
    value: float | int | None


class ListedJob(Shape):
    """One job of a list. Times are in s since 1970, with their fraction; before its end a job has no
    `finish_timestamp`.
    """

    curMsg: str
    curMSG: str = Field(description="the same, as the page's table spells it")
    state: State
    tags: list[str]
    flow_path: str
    job_id: str
    input_folder: str
    output_folder: str
    flow_type: Literal["single_flow"] = "single_flow"
    is_flow_v3: Literal[True] = True
    start_timestamp: float | None
    finish_timestamp: float | None = Missing
    runtime_sec: float
    username: str
    priority: int
    source_path: str
    run_summary: RunSummary
    reviewer: str
    review_state: ReviewState
    flow_pipeline_infos: list[PipelineInfo]
    flow_job_metrics: list[Metric]
    flow_review_metrics: list[Metric]


class JobList(Shape):
    """A window of the jobs; `next_page` is empty behind the last."""

    jobs: list[ListedJob]
    next_page: str
