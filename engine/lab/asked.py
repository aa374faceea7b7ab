"""A change of the lab on record: asked, then done or refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update

from engine.access import Actor, Unknown
from engine.audit import record_of_all, record_refusal, refuse_unless
from engine.board import Board
from engine.captures.stations import BadStation
from engine.passwords import BadPassword
from engine.refusals import Forbidden, Invalid, Refusal
from models.people import Audit, Role

SENTENCES = (Unknown, BadPassword, BadStation)  # errors of the engine that are meant for people


@contextmanager
def asked(
    board: Board, actor: Actor, verb: str, needs: Role = Role.ADMIN, *, of_a_project: bool = False, **details: Any
) -> Iterator[None]:
    """Make a change within this. It is written down before, and marked done or refused after.

    A change `of_a_project` is open to a token of one project, and then looks itself that it is that one. Raises
    Forbidden without the right, and every error that is meant for people as a Refusal.
    """
    refuse_unless(board, actor, needs, verb)
    if actor.project_id is not None and not of_a_project:
        refusal = Forbidden(f"To {verb} is for the whole lab, and {actor.name} came in by a token of one project.")
        record_refusal(board, actor, verb, None, refusal)
        raise refusal
    audit_id = _requested(board, actor, verb, details)
    try:
        yield
    except Refusal as refusal:
        _end(board, audit_id, refusal.message)
        raise
    except SENTENCES as error:
        _end(board, audit_id, str(error))
        raise Invalid({"non_field_errors": [str(error)]}) from None
    except Exception:
        _end(board, audit_id, "An error of Nightboard; its log says which.")
        raise
    _end(board, audit_id, None)


def _requested(board: Board, actor: Actor, verb: str, details: dict[str, Any]) -> int:
    with board.store.write() as session:
        at = board.store.clock(session)
        audit = record_of_all(session, actor, verb, at, details)
        audit.acknowledged_at = at
        return audit.id


def _end(board: Board, audit_id: int, reason: str | None) -> None:
    """Mark the change as done, or as refused for a reason."""
    with board.store.write() as session:
        at = board.store.clock(session)
        told = {"done_at": at} if reason is None else {"outcome": "refused", "reason": reason}
        session.execute(update(Audit).where(Audit.id == audit_id).values(**told))
