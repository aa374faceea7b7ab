"""People and tokens: who may come in, and as what."""

from datetime import datetime

from engine import access, passwords
from engine.access import Actor
from engine.board import Board
from engine.lab.asked import asked
from engine.refusals import Illegal, Invalid
from models.base import now
from models.people import Role

NAMELESS = "Say what the token is for, so that it is known later which one to revoke."


def add_person(board: Board, actor: Actor, name: str, role: Role, password: str) -> None:
    """Let a new person in. Raises Invalid."""
    with asked(board, actor, "add a person", name=name, role=role):
        passwords.add_user(board.store, name, role, password)


def set_role(board: Board, actor: Actor, name: str, role: Role) -> None:
    """What a person may. Nobody takes the role of an administrator from themselves. Raises Illegal and Invalid."""
    with asked(board, actor, "change a role", name=name, role=role):
        if name == actor.name and role is not Role.ADMIN:
            raise Illegal("You cannot take your own role as administrator away; another administrator can.")
        passwords.set_role(board.store, name, role)


def set_password(board: Board, actor: Actor, name: str, password: str) -> None:
    """Give a person a new password. Raises Invalid."""
    with asked(board, actor, "set a password", name=name):
        passwords.set_password(board.store, name, password)


def disable(board: Board, actor: Actor, name: str, *, disabled: bool) -> None:
    """Shut a person and their tokens out, or let them in again. Raises Illegal and Invalid."""
    with asked(board, actor, "shut a person out" if disabled else "let a person in again", name=name):
        if name == actor.name and disabled:
            raise Illegal("You cannot shut yourself out; another administrator can.")
        passwords.disable_user(board.store, name, disabled=disabled)


def create_token(
    board: Board,
    actor: Actor,
    *,
    user_name: str,
    role: Role,
    name: str,
    project_id: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new token, whose whole text is told only here. Raises Invalid."""
    with asked(board, actor, "create a token", user=user_name, role=role, name=name, project=project_id):
        if not name.strip():
            raise Invalid({"name": [NAMELESS]})
        if expires_at is not None and expires_at <= now():
            raise Invalid({"expires": ["This day is over already; choose a later one, or none."]})
        return access.create_token(
            board.store,
            user_name=user_name,
            role=role,
            name=name.strip()[:255],
            project_id=project_id,
            expires_at=expires_at,
        )


def revoke_token(board: Board, actor: Actor, prefix: str) -> None:
    """End a token for good. Raises Invalid."""
    with asked(board, actor, "revoke a token", token=prefix):
        access.revoke_token(board.store, prefix)


def spellings(token: str, project_id: int | None) -> list[tuple[str, str]]:
    """How each API wants a token: (API, what to send)."""
    return [
        ("Antenna", f"Authorization: Token {token}"),
        ("Modzy", f"Authorization: ApiKey {token}"),
        ("Instabase", f"Authorization: Bearer {token}"),
        ("UP42", f"project id {project_id or 'of any project'}, project API key {token}"),
    ]
