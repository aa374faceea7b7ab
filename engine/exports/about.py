"""What an export is: who asked for it, which captures, and every pipeline version and parameters behind its rows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import provenance
from engine.exports.arguments import scope_of
from engine.exports.rows import utc
from models.jobs import Job
from models.pipelines import Pipeline
from models.queries import exports
from models.queries.exports import CaptureOut, ExportScope, StationOut

ORIGINS, CAPTURES, DETECTIONS = "origins", "captures", "detections"


@dataclass(frozen=True)
class About:
    """All that is told beside the rows. `carried` is what the format and the counting remembered."""

    title: str
    at: str  # UTC
    job: dict[str, Any]
    scope: ExportScope
    project: str
    stations: tuple[StationOut, ...]
    pipelines: tuple[dict[str, Any], ...]
    carried: dict[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """What stands in about.json, and in the formats that have room for it."""
        scope = {name: value for name, value in asdict(self.scope).items() if value not in (None, ())}
        return {
            "title": self.title,
            "created": self.at,
            "software": f"Nightboard {version('nightboard')}",
            "job": self.job,
            "project": self.project,
            "scope": {name: str(value) if name.endswith("night") else value for name, value in scope.items()},
            "results": _which_results(self.scope),
            "captures": self.carried.get(CAPTURES, 0),
            "detections": self.carried.get(DETECTIONS, 0),
            "pipelines": list(self.pipelines),
            "times": "What ends in _utc is UTC; a night is noon to noon at its station, named by its evening.",
        }


def count(captures: Sequence[CaptureOut], carried: dict[str, Any]) -> None:
    """Remember how many captures and animals there were, and what made them."""
    carried[CAPTURES] = carried.get(CAPTURES, 0) + len(captures)
    carried[DETECTIONS] = carried.get(DETECTIONS, 0) + sum(len(capture.found) for capture in captures)
    origins: dict[str, int] = carried.setdefault(ORIGINS, {})
    for capture in captures:
        if (origin := capture.origin) is not None:
            made = f"{origin.pipeline_id} {origin.pipeline_version} {origin.parameters} {origin.job_id or 0}"
            origins[made] = origins.get(made, 0) + 1


def about(session: Session, job: Job, carried: dict[str, Any]) -> About:
    """What is told of an export job, from the database as it stands."""
    scope = scope_of(job)
    project = exports.project_name(session, job.project_id)
    at = utc(job.submitted_at or job.created_at) or ""
    return About(
        title=f"{project}: {job.name}",
        at=at,
        job={"id": job.id, "uuid": job.uuid, "name": job.name, "arguments": job.arguments},
        scope=scope,
        project=project,
        stations=tuple(exports.stations(session, scope)),
        pipelines=tuple(_made(session, made, captures) for made, captures in carried.get(ORIGINS, {}).items()),
        carried=carried,
    )


def _made(session: Session, made: str, captures: int) -> dict[str, Any]:
    """A pipeline version with what its results were made with; algorithms while they are those of this version."""
    pipeline_id, number, digest, job_id = made.split()
    row = session.scalars(select(Pipeline).where(Pipeline.id == int(pipeline_id))).one()
    settings = provenance.known(session, digest)
    return {
        "pipeline": row.slug,
        "name": row.name,
        "version": int(number),
        "parameters": digest,
        "settings": settings,
        "job_id": int(job_id) or None,
        "captures": captures,
        "algorithms": [
            {"key": each.key, "name": each.name, "version": each.version, "uri": each.uri} for each in row.algorithms
        ]
        if row.version == int(number)
        else None,
    }


def _which_results(scope: ExportScope) -> str:
    if scope.job_id is not None:
        return f"Each capture has the result that it has in job {scope.job_id}."
    if scope.pipeline_id is not None:
        return f"Each capture has its latest result of pipeline {scope.pipeline_id}."
    return "Each capture has its latest result, whichever pipeline made it."
