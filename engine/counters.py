"""What a job's page counts: its counters, shown in the params of its stages."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.jobs import Job, Stage


def show_counts(session: Session, job: Job, stage: Stage) -> None:
    """Write the job's counters into the params of its capture stage and of the results behind it."""
    done = job.processed + job.failed
    stage.progress = done / job.total if job.total else 1.0
    stage.params = with_values(
        stage.params, {"processed": job.processed, "remaining": job.total - done, "failed": job.failed}
    )
    behind = session.scalars(select(Stage).where(Stage.job_id == job.id, Stage.key == "results")).one_or_none()
    if behind is not None:
        behind.progress = stage.progress
        found = {"captures": job.processed, "detections": job.detections, "classifications": job.classifications}
        behind.params = with_values(behind.params, found)


def with_values(params: list[dict[str, Any]], values: dict[str, Any]) -> list[dict[str, Any]]:
    """A stage's params with new values; a key that was not there comes last, with a name made from it."""
    there = [param | {"value": values.get(param["key"], param["value"])} for param in params]
    keys = {param["key"] for param in params}
    new = [
        {"key": key, "name": key.replace("_", " ").capitalize(), "value": value}
        for key, value in values.items()
        if key not in keys
    ]
    return there + new
