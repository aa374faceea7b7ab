"""Projects, and the workflows that may be run in them."""

from api.dialect import Call, Endpoint, Verb
from api.up42 import shapes
from api.up42.answers import Data, Project, Setting, Workflow, WorkflowTask
from api.up42.asked import MOST
from api.up42.places import Place, find_place, find_workflow
from api.up42.words import moment
from models.base import now
from models.queries import workers
from models.queries.listing import Where
from models.queries.lookups import DEPLOYMENTS, EVENTS, PROJECTS, DeploymentRow, ProjectRow
from models.queries.pipelines import PIPELINES

EVERY_PROJECT = "Every project"


def list_projects(call: Call) -> Data[list[Project]]:
    """The projects that the token may see."""
    with call.board.store.read() as session:
        rows = PROJECTS.page(session, Where(project_id=call.actor.project_id), limit=MOST)
    return Data(data=[_project(call, Place(str(row.id), row)) for row in rows])


def read_project(call: Call, project: str) -> Data[Project]:
    return Data(data=_project(call, find_place(call, project)))


def settings(call: Call, project: str) -> Data[list[Setting]]:
    """How many jobs run at once: as many as there are workers."""
    find_place(call, project)
    with call.board.store.read() as session:
        at_once = max(1, len(workers.alive(session, now())))
    return Data(data=[Setting(name="MAX_CONCURRENT_JOBS", value=str(at_once))])


def list_workflows(call: Call, project: str) -> Data[list[Workflow]]:
    """The pipelines that can be used."""
    place = find_place(call, project)
    with call.board.store.read() as session:
        rows = [row for row in PIPELINES.page(session, Where(), limit=MOST) if row.enabled]
    return Data(data=[shapes.workflow(place, row) for row in rows])


def read_workflow(call: Call, project: str, workflow: str) -> Data[Workflow]:
    place = find_place(call, project)
    return Data(data=shapes.workflow(place, find_workflow(call, workflow)))


def list_workflow_tasks(call: Call, project: str, workflow: str) -> Data[list[WorkflowTask]]:
    """The steps of a workflow with their parameters."""
    place = find_place(call, project)
    return Data(data=shapes.workflow_tasks(find_workflow(call, workflow), latest_station(call, place)))


def latest_station(call: Call, place: Place) -> DeploymentRow | None:
    """The station with the latest night, which a workflow works over unless it is told otherwise."""
    where = Where(project_id=place.project.id if place.project is not None else None)
    with call.board.store.read() as session:
        nights = EVENTS.page(session, where, sort="-night", limit=1)
        stations = DEPLOYMENTS.by_ids(session, [night.deployment_id for night in nights])
        stations = stations or DEPLOYMENTS.page(session, where, sort="id", limit=1)
    return stations[0] if stations else None


def _project(call: Call, place: Place) -> Project:
    row: ProjectRow | None = place.project
    return Project(
        id=place.key,
        display_id=place.key,
        name=row.name if row is not None else EVERY_PROJECT,
        description=row.description if row is not None else "What a token that is bound to no project may see.",
        created_at=moment(row.created_at if row is not None else now()),
        updated_at=moment(row.updated_at if row is not None else now()),
        workspace_id=str(call.actor.user_id or 0),
    )


ENDPOINTS = [
    Endpoint("/projects/", {"GET": Verb(list_projects, "The projects.", Data[list[Project]])}),
    Endpoint("/projects/<project>/", {"GET": Verb(read_project, "One project.", Data[Project])}),
    Endpoint("/projects/<project>/settings/", {"GET": Verb(settings, "Its settings.", Data[list[Setting]])}),
    Endpoint("/projects/<project>/workflows/", {"GET": Verb(list_workflows, "Workflows.", Data[list[Workflow]])}),
    Endpoint(
        "/projects/<project>/workflows/<workflow>/",
        {"GET": Verb(read_workflow, "One workflow.", Data[Workflow])},
    ),
    Endpoint(
        "/projects/<project>/workflows/<workflow>/tasks/",
        {"GET": Verb(list_workflow_tasks, "The steps of a workflow.", Data[list[WorkflowTask]])},
    ),
]
