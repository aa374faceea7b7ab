"""Processing services: which there are, how each is just now, and, for administrators, new ones."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.antenna import bodies, parameters, shapes
from api.antenna.endpoint import Call, Endpoint, Reply
from api.antenna.lists import paged
from api.antenna.references import Shape, moment
from engine import services
from engine.audit import refuse_unless
from engine.refusals import Forbidden, Illegal, NotFound
from engine.services import Status
from models.base import now
from models.captures import Project
from models.people import Audit, Role
from models.queries.listing import Where
from models.queries.pipelines import SERVICES, ServiceRow, algorithms, pipelines_of

KIND = "processing_service"
PATH = "ml/processing_services/"


def listed(call: Call) -> Reply:
    window = parameters.window()
    with call.board.store.read() as session:
        sort = parameters.ordering(SERVICES.sorts, SERVICES.usual)
        rows = SERVICES.page(session, Where(), sort=sort, offset=window.offset, limit=window.limit)
        reply = paged(call, KIND, SERVICES.count(session, Where()), _show(call, session, rows), window)
    reply.body["user_permissions"] = ["create"] if _may_change(call) else []
    return reply


def detailed(call: Call, row_id: int) -> Reply:
    return Reply(_one(call, row_id))


def create(call: Call) -> Reply:
    """Keep a service, look at it, and take its pipelines in if it answers. Raises Forbidden and Invalid."""
    request = bodies.new_service()
    _administer(call, "add a processing service", url=request.endpoint_url)
    made = services.keep(call.board.store, request)
    status = services.look(call.board.store, made)
    if status.live:
        services.refresh(call.board.store, made)
    return Reply({"instance": _one(call, made), "status": _status(status)}, 201)


def delete(call: Call, row_id: int) -> Reply:
    _administer(call, "remove a processing service", service=row_id)
    services.remove(call.board.store, row_id)
    return Reply(None, 204)


def status(call: Call, row_id: int) -> Reply:
    """Ask the service now. Raises NotFound."""
    return Reply(_status(services.look(call.board.store, row_id)))


def register(call: Call, row_id: int) -> Reply:
    """Take in what the service offers now. Raises Forbidden and NotFound."""
    _administer(call, "register pipelines", service=row_id)
    said: Shape = {"timestamp": moment(now()), "success": True, "error": None, "pipelines": []}
    try:
        made = services.refresh(call.board.store, row_id)
    except Illegal as refusal:
        failed = {"success": False, "error": refusal.message, "pipelines_created": [], "algorithms_created": []}
        return Reply({**said, **failed})
    with call.board.store.read() as session:
        offered = pipelines_of(session, [row_id])[row_id]
    said["pipelines"] = [{"name": row.name, "slug": row.slug, "version": row.version} for row in offered]
    created = {"pipelines_created": list(made.pipelines_created), "algorithms_created": list(made.algorithms_created)}
    return Reply({**said, **created})


def _may_change(call: Call) -> bool:
    """A service concerns every project, so it takes an administrator whose token is bound to none."""
    return call.actor.may(Role.ADMIN) and call.actor.project_id is None


def _administer(call: Call, verb: str, **details: Any) -> None:
    """Write down who did it. Raises Forbidden."""
    refuse_unless(call.board, call.actor, Role.ADMIN, verb)
    if call.actor.project_id is not None:
        raise Forbidden(f"This token is for one project; to {verb} takes one for all.")
    with call.board.store.write() as session:
        at = call.board.store.clock(session)
        who = {"user_id": call.actor.user_id, "who": call.actor.name, "via": call.actor.via}
        session.add(Audit(requested_at=at, acknowledged_at=at, done_at=at, verb=verb, details=details, **who))


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
]
