"""The views that a person keeps of the list of jobs."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.views import SavedView


@dataclass(frozen=True)
class ViewRow:
    """A view: its name, its filter as the search box writes it, and its order."""

    id: int
    name: str
    text: str
    sort: str


def of_person(session: Session, user_id: int | None) -> list[ViewRow]:
    """The views of a person, by name; none for somebody who is no person."""
    query = select(SavedView.id, SavedView.name, SavedView.text, SavedView.sort)
    return [
        ViewRow(*row) for row in session.execute(query.where(SavedView.user_id == user_id).order_by(SavedView.name))
    ]
