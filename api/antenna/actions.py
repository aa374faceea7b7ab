"""What can be done to what jobs are about: each makes a job and starts it. And the counts of all there is."""

from collections.abc import Callable

from api.antenna.endpoint import Call, Endpoint, Reply
from api.antenna.lists import allowed_project
from engine import control
from engine.audit import refuse_unless
from engine.jobtypes import regroup, sync
from engine.lab.collections import populating
from engine.refusals import Invalid, NotFound
from engine.requests import JobRequest
from models.people import Role
from models.queries.listing import Where
from models.queries.lookups import DEPLOYMENTS, counts


def populate_collection(call: Call, row_id: int) -> Reply:
    """Sample the captures of a collection anew, by its method."""
    refuse_unless(call.board, call.actor, Role.OPERATOR, "populate a collection")
    with call.board.store.read() as session:
        request = populating(session, call.actor, row_id)
    return _started(call, request)


def _of_station(verb: str, kind: str, name: str) -> Callable[[Call, int], Reply]:
    """A view that starts a job of this type over a station."""

    def view(call: Call, row_id: int) -> Reply:
        refuse_unless(call.board, call.actor, Role.OPERATOR, f"{verb} a station")
        with call.board.store.read() as session:
            row = DEPLOYMENTS.one(session, row_id, Where(project_id=call.actor.project_id))
        if row is None:
            raise NotFound(f"There is no deployment {row_id}.")
        called = f"{name} {row.name}"[:255]
        return _started(call, JobRequest(name=called, project_id=row.project_id, type=kind, deployment_id=row_id))

    return view


def _started(call: Call, request: JobRequest) -> Reply:
    answer = control.submit(call.board, call.actor, request, start_now=True)
    return Reply({"job_id": answer.job_id, "project_id": request.project_id})


def summary(call: Call) -> Reply:
    """How much there is, of one project or of all that the token may see."""
    projects = allowed_project(call)
    if len(set(projects)) > 1:
        raise Invalid({"project_id": ["Give one value."]})
    with call.board.store.read() as session:
        found = counts(session, projects[0] if projects else None)
    nothing_yet = {"occurrences_count": 0, "taxa_count": 0}
    return Reply({**found, **nothing_yet, "num_sessions": found["events_count"], "num_species": 0})


ENDPOINTS = [
    Endpoint(
        "captures/collections/<whole:row_id>/populate/",
        "Populate",
        {"POST": populate_collection},
        "Sample the captures of a collection anew.",
    ),
    Endpoint(
        "deployments/<whole:row_id>/sync/",
        "Sync",
        {"POST": _of_station("sync", sync.KEY, "Sync captures for deployment")},
        "Look through the folders of a station for new captures.",
    ),
    Endpoint(
        "deployments/<whole:row_id>/regroup/",
        "Regroup",
        {"POST": _of_station("regroup", regroup.KEY, "Regroup captures for deployment")},
        "Form the nights of a station anew.",
    ),
    Endpoint("status/summary/", "Summary", {"GET": summary}, "How much there is."),
]
