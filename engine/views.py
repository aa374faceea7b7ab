"""Views of the list of jobs that people keep: saved, renamed and taken away by whom they belong to."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.access import Actor
from engine.board import Board
from engine.refusals import Forbidden, Invalid, NotFound
from models.views import SavedView

LONGEST_NAME = 40
MOST = 30  # views of a person


def save(board: Board, actor: Actor, name: str, text: str, sort: str) -> int:
    """Keep a view under a name, in the place of one of the same name; its id. Raises Forbidden or Invalid."""
    user_id, name = _person(actor), _name(name)
    with board.store.write() as session:
        view = _called(session, user_id, name)
        if view is None:
            if len(session.scalars(select(SavedView.id).where(SavedView.user_id == user_id)).all()) >= MOST:
                raise Invalid({"name": [f"You have {MOST} views already; take one away first."]})
            view = SavedView(user_id=user_id, name=name, text=text, sort=sort)
            session.add(view)
        view.text, view.sort = text, sort
        session.flush()
        return view.id


def rename(board: Board, actor: Actor, view_id: int, name: str) -> None:
    """Give a view another name. Raises Forbidden, NotFound, or Invalid when another view has that name."""
    user_id, name = _person(actor), _name(name)
    with board.store.write() as session:
        view = session.get(SavedView, view_id)
        if view is None or view.user_id != user_id:
            raise NotFound("This view is gone.")
        if (other := _called(session, user_id, name)) is not None and other.id != view_id:
            raise Invalid({"name": [f"There is a view {name} already; choose another name."]})
        view.name = name


def forget(board: Board, actor: Actor, view_id: int) -> None:
    """Take a view away; one that is gone stays so."""
    with board.store.write() as session:
        session.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.user_id == _person(actor)))


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise Forbidden("Views belong to people; log in as one.")
    return actor.user_id


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": ["Give the view a name."]})
    if len(name) > LONGEST_NAME:
        raise Invalid({"name": [f"A name has at most {LONGEST_NAME} letters."]})
    return name


def _called(session: Session, user_id: int, name: str) -> SavedView | None:
    return session.scalars(select(SavedView).where(SavedView.user_id == user_id, SavedView.name == name)).one_or_none()
