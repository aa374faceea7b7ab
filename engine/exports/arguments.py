"""What an export is asked for: a format, and which captures."""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.captures import Deployment
from models.jobs import Job
from models.queries.exports import ExportScope

FormatKey = Literal["csv", "parquet", "coco", "camtrap-dp"]
FORMATS: tuple[FormatKey, ...] = get_args(FormatKey)
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Complaints = dict[str, list[str]]


class ExportArguments(BaseModel):
    """The `arguments` of an export job; beside them it may name a station, a night, a collection and a pipeline.

    Without any of these it is the whole project. Nights are the dates of their evenings, both included. With `job_id`
    the results are those of that job.
    """

    model_config = ConfigDict(extra="forbid")

    format: FormatKey = "csv"
    stations: Annotated[list[Key], Field(max_length=1000)] = []
    first_night: date | None = None
    last_night: date | None = None
    job_id: Key | None = None


def complaints(session: Session, job: Job) -> Complaints:
    """What is wrong with an export as it was asked for, in plain words; empty when it can be done."""
    try:
        asked = ExportArguments.model_validate(job.arguments)
    except ValidationError as error:
        return {"arguments": [_in_words(each["loc"], each["msg"]) for each in error.errors()[:3]]}
    said = [*_wrong_nights(asked), *_wrong_stations(session, job, asked), *_wrong_job(session, job, asked)]
    return {"arguments": said} if said else {}


def scope_of(job: Job) -> ExportScope:
    """Which captures an export job is about, and which of their results."""
    asked = ExportArguments.model_validate(job.arguments)
    stations = tuple(asked.stations) or ((job.deployment_id,) if job.deployment_id is not None else ())
    return ExportScope(
        project_id=job.project_id,
        stations=stations,
        first_night=asked.first_night,
        last_night=asked.last_night,
        event_id=job.event_id,
        collection_id=job.collection_id,
        capture_id=job.capture_id,
        job_id=asked.job_id,
        pipeline_id=job.pipeline_id,
    )


def _in_words(loc: tuple[int | str, ...], message: str) -> str:
    name = str(loc[0]) if loc else "arguments"
    match name:
        case "format":
            return f"The format of an export is one of {', '.join(FORMATS)}."
        case "first_night" | "last_night":
            return f"{name} is the date of an evening, such as 2026-08-01."
        case "stations":
            return "stations is a list of the numbers of stations."
        case "job_id":
            return "job_id is the number of a job."
    known = ", ".join(ExportArguments.model_fields)
    return f"An export has no argument {name!r}; it has {known}." if "Extra" in message else f"{name}: {message}."


def _wrong_nights(asked: ExportArguments) -> list[str]:
    if asked.first_night and asked.last_night and asked.first_night > asked.last_night:
        return [f"The first night, {asked.first_night}, is after the last one, {asked.last_night}; change one of them."]
    return []


def _wrong_stations(session: Session, job: Job, asked: ExportArguments) -> list[str]:
    own = select(Deployment.id).where(Deployment.project_id == job.project_id, Deployment.id.in_(asked.stations))
    strange = sorted(set(asked.stations) - set(session.scalars(own)))
    return [f"There is no station {', '.join(map(str, strange))} in project {job.project_id}."] if strange else []


def _wrong_job(session: Session, job: Job, asked: ExportArguments) -> list[str]:
    if asked.job_id is None:
        return []
    other: Any = session.get(Job, asked.job_id)
    if other is None or other.project_id != job.project_id:
        return [f"There is no job {asked.job_id} in project {job.project_id}."]
    return []
