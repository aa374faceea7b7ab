"""Processing services: which there are, how each is just now, and, for administrators, new ones."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.antenna import bodies, parameters, shapes
from api.antenna.endpoint import Call, Endpoint, Reply
from api.antenna.lists import paged
from api.antenna.references import Shape, moment
from engine import services
from engine.lab import services as lab_services
from engine.lab.asked import asked
from engine.refusals import Illegal, NotFound
from engine.services import Enlistment, Status
from models.base import now
from models.captures import Project
from models.people import Role
from models.queries.listing import Where
from models.queries.pipelines import SERVICES, ServiceRow, algorithms, pipelines_of

KIND = "processing_service"
PATH = "ml/processing_services/"


def listed(call: Call) -> Reply:
    window = parameters.window()
    with call.board.store.read() as session:
        sort = ",".join(parameters.ordering(SERVICES.sorts, SERVICES.usual))
        rows = SERVICES.page(session, Where(), sort=sort, offset=window.offset, limit=window.limit)
        reply = paged(call, KIND, SERVICES.count(session, Where()), _show(call, session, rows), window)
    reply.body["user_permissions"] = ["create"] if _may_change(call) else []
    return reply


def detailed(call: Call, row_id: int) -> Reply:
    return Reply(_one(call, row_id))


def create(call: Call) -> Reply:
    """Keep a service, look at it, and take its pipelines in if it answers. Raises Forbidden and Invalid."""
    request = bodies.new_service()
    with asked(call.board, call.actor, "add a processing service", url=request.endpoint_url):
        made = services.keep(call.board.store, request)
        status = services.look(call.board.store, made)
        if status.live:
            services.refresh(call.board.store, made)
    return Reply({"instance": _one(call, made), "status": _status(status)}, 201)


def delete(call: Call, row_id: int) -> Reply:
    with asked(call.board, call.actor, "remove a processing service", service=row_id):
        services.remove(call.board.store, row_id)
    return Reply(None, 204)


def status(call: Call, row_id: int) -> Reply:
    """Ask the service now. Raises NotFound."""
    return Reply(_status(services.look(call.board.store, row_id)))


def register(call: Call, row_id: int) -> Reply:
    """Take in what the service offers now. Raises Forbidden and NotFound."""
    said: Shape = {"timestamp": moment(now()), "success": True, "error": None, "pipelines": []}
    try:
        with asked(call.board, call.actor, "register pipelines", service=row_id):
            made = services.refresh(call.board.store, row_id)
    except Illegal as refusal:
        failed = {"success": False, "error": refusal.message, "pipelines_created": [], "algorithms_created": []}
        return Reply({**said, **failed})
    with call.board.store.read() as session:
        offered = pipelines_of(session, [row_id])[row_id]
    said["pipelines"] = [{"name": row.name, "slug": row.slug, "version": row.version} for row in offered]
    created = {"pipelines_created": list(made.pipelines_created), "algorithms_created": list(made.algorithms_created)}
    return Reply({**said, **created})


def enlist(call: Call, project_id: int) -> Reply:
    """Take in a pull worker, which has no address of its own, with the pipelines that it runs for a project."""
    request = bodies.of(Enlistment)
    made = lab_services.enlist(call.board, call.actor, project_id, request)
    return Reply(
        {
            "timestamp": moment(now()),
            "success": True,
            "error": None,
            "pipelines": [{"name": of.name, "slug": of.slug, "version": of.version} for of in request.pipelines],
            "pipelines_created": list(made.pipelines_created),
            "pipelines_updated": list(made.pipelines_updated),
            "algorithms_created": list(made.algorithms_created),
            "processing_service_id": made.service_id,
        },
        201,
    )


def _may_change(call: Call) -> bool:
    """A service concerns every project, so it takes an administrator whose token is bound to none."""
    return call.actor.may(Role.ADMIN) and call.actor.project_id is None


def _one(call: Call, row_id: int) -> Shape:
    with call.board.store.read() as session:
        row = SERVICES.one(session, row_id)
        if row is None:
            raise NotFound(f"There is no processing service {row_id}.")
        return _show(call, session, [row])[0]


def _show(call: Call, session: Session, rows: list[ServiceRow]) -> list[Shape]:
    own = call.actor.project_id
    projects = [own] if own is not None else list(session.scalars(select(Project.id).order_by(Project.id)))
    offered = pipelines_of(session, [row.id for row in rows])
    used = algorithms(session, [pipeline.id for each in offered.values() for pipeline in each])
    permissions = ["update", "delete"] if _may_change(call) else []
    return [
        {
            "id": row.id,
            "details": call.links.to("ml", "processing_services", row.id),
            "name": row.name,
            "description": row.description,
            "projects": projects,
            "endpoint_url": row.endpoint_url,
            "is_async": row.endpoint_url is None,
            "pipelines": [shapes.pipeline(call, each, used[each.id]) for each in offered[row.id]],
            "created_at": moment(row.created_at),
            "updated_at": moment(row.updated_at),
            "last_seen": moment(row.last_seen_at),
            "last_seen_live": row.last_seen_live,
            "last_asked": moment(row.asked_at),
            "last_latency": None if row.latency_ms is None else round(row.latency_ms / 1000, 6),
            "last_error": row.last_error,
            "user_permissions": permissions,
        }
        for row in rows
    ]


def _status(status: Status) -> Shape:
    return {
        "timestamp": moment(status.at),
        "request_successful": status.live,
        "pipeline_configs": [],
        "error": status.error,
        "server_live": status.live,
        "pipelines_online": list(status.pipelines),
        "endpoint_url": status.url,
        "latency": round(status.latency_ms / 1000, 6),
    }


ENDPOINTS = [
    Endpoint(PATH, "Processing Service List", {"GET": listed, "POST": create}),
    Endpoint(f"{PATH}<whole:row_id>/", "Processing Service Instance", {"GET": detailed, "DELETE": delete}),
    Endpoint(f"{PATH}<whole:row_id>/status/", "Status", {"GET": status}),
    Endpoint(f"{PATH}<whole:row_id>/register_pipelines/", "Register Pipelines", {"POST": register}),
    Endpoint("projects/<whole:project_id>/pipelines/", "Project Pipelines", {"POST": enlist}),
]
