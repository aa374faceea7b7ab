"""Which project and which workflow an address means."""

from dataclasses import dataclass

from api.dialect import Call
from api.finding import find_job
from engine.control import NotFound
from models.queries.jobs import JobRow
from models.queries.listing import Where
from models.queries.lookups import PROJECTS, ProjectRow
from models.queries.pipelines import PIPELINES, PipelineRow


@dataclass(frozen=True)
class Place:
    """A project by the name that the client has for it.

    `project` is None for a token of every project that is used as the project's own id: then all projects are meant.
    """

    key: str
    project: ProjectRow | None

    @property
    def project_ids(self) -> tuple[int, ...]:
        return () if self.project is None else (self.project.id,)


def find_place(call: Call, key: str) -> Place:
    """The project of this number, or the one that the token of this prefix is for. Raises NotFound."""
    if key == call.actor.token_prefix:
        return Place(key, None if call.actor.project_id is None else _project(call, call.actor.project_id))
    number = as_number(key)
    project = _project(call, number) if number is not None and call.may_see(number) else None
    if project is None:
        raise NotFound(f"There is no project {key[:80]}.")
    return Place(key, project)


def find_workflow(call: Call, key: str) -> PipelineRow:
    """The pipeline of this number or slug. Raises NotFound."""
    number = as_number(key)
    with call.board.store.read() as session:
        rows = PIPELINES.by_ids(session, [number]) if number is not None else []
        rows = rows or PIPELINES.page(session, Where(slug=key), limit=1)
    if not rows:
        raise NotFound(f"There is no workflow {key[:80]}.")
    return rows[0]


def find_job_of(call: Call, project: str, key: str, workflow: str | None = None) -> tuple[Place, JobRow]:
    """A job of a project, and where one is named of a workflow. Raises NotFound."""
    place = find_place(call, project)
    with call.board.store.read() as session:
        row = find_job(session, call.actor, key)
    if place.project is not None and row.project_id != place.project.id:
        raise NotFound(f"There is no job {key[:80]} in project {project[:80]}.")
    if workflow is not None and workflow not in (workflow_id(row), row.pipeline_slug):
        raise NotFound(f"There is no job {key[:80]} of workflow {workflow[:80]}.")
    return place, row


def workflow_id(row: JobRow) -> str:
    """The number of the job's pipeline; of a job without one the key of its type."""
    return row.type if row.pipeline_id is None else str(row.pipeline_id)


def as_number(key: str) -> int | None:
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else None


def _project(call: Call, number: int) -> ProjectRow | None:
    with call.board.store.read() as session:
        return PROJECTS.one(session, number)
