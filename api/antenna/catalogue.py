"""What jobs are about, to be read: projects, stations, nights, captures and pipelines."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import InstrumentedAttribute, Session

from api.antenna import parameters, references, shapes
from api.antenna.endpoint import Call, Endpoint, Reply, View
from api.antenna.job_shapes import word
from api.antenna.lists import allowed_project, paged
from api.antenna.references import Shape
from engine.refusals import Invalid, NotFound
from models.jobs import Job
from models.queries.listing import Listing, Where
from models.queries.lookups import (
    CAPTURES,
    DEPLOYMENTS,
    EVENTS,
    PROJECTS,
    CaptureRow,
    DeploymentRow,
    EventRow,
    ProjectRow,
    boxes,
    latest_jobs,
)
from models.queries.pipelines import ALGORITHMS, PIPELINES, AlgorithmRow, PipelineRow, algorithms

Row = TypeVar("Row")
Show = Callable[[Call, Session, list[Row]], list[Shape]]


def endpoints_of(
    path: str,
    title: str,
    kind: str,
    listing: Listing[Any],
    show: Show[Any],
    show_one: Show[Any] | None = None,
    *,
    of_all: Mapping[str, View] | None = None,
    of_one: Mapping[str, View] | None = None,
    fields: Callable[[], dict[str, Any]] | None = None,
) -> list[Endpoint]:
    """A list at `path` and a detail below it, to be read; `show_one` where the detail tells more.

    `of_all` and `of_one` are the views that change something there, by their methods, and `fields` what they take.
    """

    def listed(call: Call) -> Reply:
        window, where = parameters.window(), where_of_request(call)
        with call.board.store.read() as session:
            count = listing.count(session, where)
            sort = ",".join(parameters.ordering(listing.sorts, listing.usual))
            rows = listing.page(session, where, sort=sort, offset=window.offset, limit=window.limit)
            shown = show(call, session, rows)
        return paged(call, f"{kind}s", count, shown, window)

    def detailed(call: Call, row_id: int) -> Reply:
        with call.board.store.read() as session:
            row = listing.one(session, row_id, Where(project_id=call.actor.project_id))
            if row is None:
                raise NotFound(f"There is no {kind} {row_id}.")
            return Reply((show_one or show)(call, session, [row])[0])

    return [
        Endpoint(f"{path}/", f"{title} List", {"GET": listed, **(of_all or {})}, fields=fields),
        Endpoint(f"{path}/<whole:row_id>/", f"{title} Instance", {"GET": detailed, **(of_one or {})}, fields=fields),
    ]


def where_of_request(call: Call) -> Where:
    """The filter that the parameters spell. Raises Invalid."""
    projects = allowed_project(call)
    if len(set(projects)) > 1:
        raise Invalid({"project": ["Give one value."]})
    return Where(
        project_id=projects[0] if projects else None,
        deployment_id=parameters.one_id("deployment", "deployment_id"),
        event_id=parameters.one_id("event", "event_id"),
        collection_id=parameters.one_id("collection", "collections", "collection_id"),
        slug=parameters.text("slug") or None,
        words=parameters.search(),
    )


def show_projects(call: Call, _session: Session, rows: list[ProjectRow]) -> list[Shape]:
    return [shapes.project(call, row) for row in rows]


def show_deployments(call: Call, session: Session, rows: list[DeploymentRow]) -> list[Shape]:
    jobs = jobs_over(call, session, Job.deployment_id, [row.id for row in rows])
    return [shapes.deployment(call, row, jobs[row.id]) for row in rows]


def show_events(call: Call, session: Session, rows: list[EventRow]) -> list[Shape]:
    wanted = {row.example_id for row in rows if row.example_id is not None}
    examples = {row.id: row for row in CAPTURES.by_ids(session, wanted)}
    return [shapes.event(call, row, examples.get(row.example_id or 0)) for row in rows]


def show_captures(call: Call, session: Session, rows: list[CaptureRow]) -> list[Shape]:
    if parameters.truth("with_detections"):
        return show_boxes(call, session, rows)
    return [shapes.capture(call, row, None) for row in rows]


def show_boxes(call: Call, session: Session, rows: list[CaptureRow]) -> list[Shape]:
    """Captures with the boxes of their latest results."""
    found = boxes(session, [row.id for row in rows])
    return [shapes.capture(call, row, found[row.id]) for row in rows]


def show_pipelines(call: Call, session: Session, rows: list[PipelineRow]) -> list[Shape]:
    found = algorithms(session, [row.id for row in rows])
    return [shapes.pipeline(call, row, found[row.id]) for row in rows]


def show_algorithms(call: Call, _session: Session, rows: list[AlgorithmRow]) -> list[Shape]:
    return [shapes.algorithm(call, row) for row in rows]


def nothing_listed(call: Call) -> Reply:
    """An empty list: what is found here is detections; that several are one individual is said in tracks alone."""
    where_of_request(call)
    return paged(call, "occurrence", 0, [], parameters.window())


def jobs_over(
    call: Call, session: Session, scope: InstrumentedAttribute[int | None], ids: Iterable[int]
) -> dict[int, list[Shape]]:
    """The latest jobs over each of these, by its id."""
    return {
        row_id: [references.job_ref(call, job, word(job.status)) for job in marks]
        for row_id, marks in latest_jobs(session, scope, ids).items()
    }


ENDPOINTS = [
    *endpoints_of("projects", "Project", "project", PROJECTS, show_projects),
    *endpoints_of("deployments", "Deployment", "deployment", DEPLOYMENTS, show_deployments),
    *endpoints_of("events", "Event", "event", EVENTS, show_events),
    *endpoints_of("captures", "Source Image", "capture", CAPTURES, show_captures, show_boxes),
    *endpoints_of("ml/pipelines", "Pipeline", "pipeline", PIPELINES, show_pipelines),
    *endpoints_of("ml/algorithms", "Algorithm", "algorithm", ALGORITHMS, show_algorithms),
    Endpoint("occurrences/", "Occurrence List", {"GET": nothing_listed}),
    Endpoint("taxa/", "Taxon List", {"GET": nothing_listed}),
]
