"""Processing services, as an administrator registers and removes them; everybody who works may ask one how it is."""

from engine import services
from engine.access import Actor
from engine.board import Board
from engine.lab.asked import asked
from engine.refusals import NotFound
from engine.services import Enlistment, Registered, Status
from models.captures import Project
from models.people import Role


def register(board: Board, actor: Actor, url: str, name: str = "") -> Registered:
    """Register a service and its pipelines, or bring a known one up to date. Raises Invalid and Illegal."""
    with asked(board, actor, "register a service", url=url.rpartition("@")[2][:2000], name=name):
        return services.add(board.store, url, name=name.strip()[:255], anywhere=True)


def check(board: Board, actor: Actor, service_id: int) -> Status:
    """Ask a service whether it lives. Raises NotFound."""
    with asked(board, actor, "check a service", Role.OPERATOR, service=service_id):
        return services.look(board.store, service_id)


def remove(board: Board, actor: Actor, service_id: int) -> None:
    """Forget a service; its results stay. Raises NotFound."""
    with asked(board, actor, "remove a service", service=service_id):
        services.remove(board.store, service_id)


def enlist(board: Board, actor: Actor, project_id: int, request: Enlistment) -> Registered:
    """Take in a pull worker for a project, with the pipelines that it runs. Raises Forbidden and NotFound."""
    name = request.processing_service_name
    with asked(board, actor, "enlist a pull worker", Role.OPERATOR, of_a_project=True, name=name, project=project_id):
        with board.store.read() as session:
            known = session.get(Project, project_id) is not None
        if not known or actor.project_id not in (None, project_id):
            raise NotFound(f"There is no project {project_id}.")
        may_change = actor.project_id is None
        return services.enlist(board.store, request, project_id=project_id, may_change=may_change)
