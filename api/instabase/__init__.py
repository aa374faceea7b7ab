"""The dialect of the Instabase Job API: `/api/v1/jobs/`."""

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from api.instabase.answers import Problem
from api.instabase.door import Door, send
from api.instabase.jobs import DOORS
from engine.board import Board

PREFIX = "/api/v1/"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

__all__ = ["DOORS", "PREFIX", "Door", "blueprint", "refuse"]


def blueprint(board: Board) -> Blueprint:
    """Every address of this dialect, with and without its trailing slash."""
    instabase = Blueprint("instabase", __name__)
    for door in DOORS:
        instabase.add_url_rule(
            f"{PREFIX}jobs/{door.name}/",
            door.name,
            _view(board, door),
            methods=METHODS,
            strict_slashes=False,
            provide_automatic_options=False,
        )
    for rule in ("", "<path:rest>"):
        instabase.add_url_rule(PREFIX + rule, f"nothing{len(rule)}", _nothing, methods=METHODS, strict_slashes=False)
    instabase.register_error_handler(HTTPException, _broken)
    return instabase


def _view(board: Board, door: Door) -> Callable[[], Response]:
    """A function of its own, as the limits know a view by its name."""
    return lambda: door.answer(board)


def refuse(_status: int, sentence: str) -> Response:
    """A refusal in this dialect's form, which has one status for everything."""
    return send(Problem(msg=sentence))


def _nothing(**_parts: str) -> Response:
    return send(Problem(msg=f"There is nothing at {request.path[:200]}."), 404)


def _broken(error: HTTPException) -> Response:
    """An error of ours; what happened is in the log of the server, not in the answer."""
    return send(Problem(msg="Something went wrong on the server; its log says what."), error.code or 500)
