"""Looking at a job before it is written down: does all that it refers to exist, and fit together?"""

from typing import Any

from sqlalchemy.orm import Session

from engine import checkpoint
from engine.access import Actor
from engine.jobtypes import job_types
from engine.refusals import Invalid
from models.base import Base
from models.captures import Capture, Collection, Deployment, Event, Project
from models.jobs import Job
from models.pipelines import Pipeline

SCOPES: dict[str, tuple[type[Base], str]] = {
    "deployment_id": (Deployment, "deployment"),
    "event_id": (Event, "night"),
    "collection_id": (Collection, "collection"),
    "capture_id": (Capture, "capture"),
}


def check(session: Session, actor: Actor, job: Job) -> None:
    """Raise Invalid, with a sentence for each field, unless the job can be done as it is asked."""
    wrong: dict[str, list[str]] = {}
    if session.get(Project, job.project_id) is None or actor.project_id not in (None, job.project_id):
        wrong["project_id"] = [f"There is no project {job.project_id}."]
    for name, (table, word) in SCOPES.items():
        key = getattr(job, name)
        if key is not None and _project_of(session, table, key) != job.project_id:
            wrong[name] = [f"There is no {word} {key} in project {job.project_id}."]
    pipeline = session.get(Pipeline, job.pipeline_id) if job.pipeline_id is not None else None
    if job.pipeline_id is not None and (pipeline is None or not pipeline.enabled):
        wrong["pipeline_id"] = [f"There is no pipeline {job.pipeline_id} that can be used."]
    if job.checkpoint is not None and (sentences := checkpoint.complaints(job.checkpoint)):
        wrong["checkpoint"] = sentences
    kind = job_types().get(job.type)
    if kind is None:
        wrong["type"] = [f"{job.type!r} is not a job type; there are {', '.join(sorted(job_types()))}."]
    elif not wrong:
        wrong = kind.check(session, job)
    if wrong:
        raise Invalid(wrong)


def _project_of(session: Session, table: type[Base], key: int) -> int | None:
    row: Any = session.get(table, key)
    if row is None:
        return None
    return int(row.deployment.project_id if isinstance(row, Event | Capture) else row.project_id)
