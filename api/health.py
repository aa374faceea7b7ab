"""`/livez` and `/readyz`: open to everyone, and so they say up or not and no more."""

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from engine.board import Board
from models import revisions


def blueprint(board: Board) -> Blueprint:
    """Whether the process answers, and whether its database does."""
    health = Blueprint("health", __name__)

    @health.get("/livez")
    def livez() -> Response:
        return _say("up", 200)

    @health.get("/readyz")
    def readyz() -> Response:
        try:
            with board.store.read() as session:
                revisions.latest(session)
        except SQLAlchemyError:
            return _say("not up", 503)
        return _say("up", 200)

    return health


def _say(word: str, status: int) -> Response:
    return Response(f"{word}\n", status, {"Cache-Control": "no-store"}, mimetype="text/plain")
