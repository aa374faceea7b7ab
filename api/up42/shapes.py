"""Jobs, tasks and workflows as the UP42 pages show them."""

from typing import Any

from api.up42.answers import Block, Features, Job, Task, Workflow, WorkflowTask
from api.up42.asked import SCOPES, Inputs
from api.up42.places import Place, workflow_id
from api.up42.words import CALLED, REAL, TEST, moment
from engine.jobtypes import job_types, ml
from models.queries.history import Aside
from models.queries.jobs import JobRow
from models.queries.lookups import DeploymentRow
from models.queries.outcomes import FoundRow, OutcomeRow, StageMark
from models.queries.pipelines import PipelineRow

INPUTS = "input_parameters"  # in Job.arguments: the body by which the job was run
FIRST_TASK = f"{ml.COLLECT.key}:1"
STEPS = (ml.COLLECT, ml.PROCESS, ml.RESULTS)


def job(row: JobRow, aside: Aside) -> Job:
    kind = job_types().get(row.type)
    return Job(
        id=row.uuid,
        display_id=row.uuid[:8],
        name=row.name,
        mode=TEST if aside.dry_run else REAL,
        status=CALLED[row.status],
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        started_at=moment(row.started_at),
        finished_at=moment(row.finished_at),
        workflow_id=workflow_id(row),
        workflow_name=row.pipeline or (kind.name if kind else row.type),
        project_id=str(row.project_id),
        created_by={"id": row.owner or "nightboard", "type": "USER"},
        inputs=_inputs(row, aside),
    )


def task(row: JobRow, mark: StageMark, version: int | None) -> Task:
    """A stage; its block has the version of the pipeline."""
    return Task(
        id=str(mark.id),
        display_id=f"{row.uuid[:8]}-{mark.key}",
        name=f"{mark.key}:1",
        status=CALLED[mark.status],
        started_at=moment(mark.started_at),
        finished_at=moment(mark.finished_at),
        block=_block(mark.key, mark.name),
        block_name=mark.name,
        block_version=_version(version),
    )


def workflow(place: Place, row: PipelineRow) -> Workflow:
    return Workflow(
        id=str(row.id),
        display_id=row.slug,
        name=row.name,
        description=row.description,
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        project_id=place.key,
    )


def workflow_tasks(row: PipelineRow, station: DeploymentRow | None) -> list[WorkflowTask]:
    """The steps of a workflow; the first takes the parameters, with a station to work over as its default."""
    return [
        WorkflowTask(
            id=f"{row.id}-{step.key}",
            name=f"{step.key}:1",
            parents_ids=[f"{row.id}-{STEPS[number - 1].key}"] if number else [],
            block=_block(step.key, step.name, _parameters(station) if number == 0 else {}),
            block_version_tag=_version(row.version),
        )
        for number, step in enumerate(STEPS)
    ]


def features(captures: list[OutcomeRow], animals: dict[int, list[FoundRow]]) -> Features:
    """A feature for each capture that has a result of this job."""
    done = [each for each in captures if each.result_id is not None]
    return Features(features=[_feature(each, animals.get(each.result_id or 0, [])) for each in done])


def with_scope(inputs: Inputs, station_id: int | None) -> Inputs:
    """The inputs with a station where they name nothing to work over."""
    if station_id is None:
        return inputs
    given = inputs.root.get(FIRST_TASK)
    first = (given if isinstance(given, dict) else {}) | {"deployment_id": station_id}
    return Inputs(inputs.root | {FIRST_TASK: first})


def _inputs(row: JobRow, aside: Aside) -> dict[str, Any]:
    given = aside.arguments.get(INPUTS)
    if isinstance(given, dict):
        return given
    scope = {name: getattr(row, name) for name in SCOPES if getattr(row, name) is not None}
    extent = {"limit": row.limit} if row.limit is not None else {}
    return {FIRST_TASK: scope | extent, "config": {"mode": TEST if aside.dry_run else REAL}}


def _block(key: str, name: str, parameters: dict[str, Any] | None = None) -> Block:
    kind = "DATA" if key == ml.COLLECT.key else "PROCESSING"
    return Block(id=key, name=key, display_name=name, type=kind, parameters=parameters or {})


def _parameters(station: DeploymentRow | None) -> dict[str, Any]:
    scopes: dict[str, Any] = {name: {"type": "integer", "required": False} for name in SCOPES}
    if station is not None:
        scopes["deployment_id"] |= {"default": station.id}
    return scopes | {"limit": {"type": "integer", "minimum": 1, "required": False}}


def _version(number: int | None) -> str:
    return f"{number or 1}.0.0"


def _feature(each: OutcomeRow, animals: list[FoundRow]) -> dict[str, Any]:
    is_placed = each.latitude is not None and each.longitude is not None
    return {
        "type": "Feature",
        "id": str(each.capture_id),
        "geometry": {"type": "Point", "coordinates": [each.longitude, each.latitude]} if is_placed else None,
        "properties": {
            "id": str(each.capture_id),
            "up42.data_path": each.path,
            "station": each.station,
            "takenAt": moment(each.taken_at),
            "width": each.width,
            "height": each.height,
            "detectionsCount": len(animals),
            "detections": [
                {"label": animal.label, "score": animal.score, "box": [animal.x1, animal.y1, animal.x2, animal.y2]}
                for animal in animals
            ],
        },
    }
