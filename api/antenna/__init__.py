"""The native dialect: Antenna's `/api/v2/`, and the answer to every address under `/api` that is none."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from api.antenna import actions, catalogue, collections, exports, jobs, pictures, pull, rendering, services
from api.antenna.endpoint import METHODS, Endpoint
from api.antenna.links import PREFIX
from engine.board import Board

PARTS = (jobs, pull, exports, pictures, catalogue, collections, actions, services)
ENDPOINTS: list[Endpoint] = [endpoint for part in PARTS for endpoint in part.ENDPOINTS]


class WholeNumber(BaseConverter):
    """An id that a database can hold."""

    regex = r"\d{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)


def blueprint(board: Board) -> Blueprint:
    """Every address of this dialect, with and without its trailing slash."""
    antenna = Blueprint("antenna", __name__)
    antenna.record_once(lambda state: state.app.url_map.converters.update(whole=WholeNumber))
    for endpoint in ENDPOINTS:
        name = endpoint.rule.translate(str.maketrans("/<>:", "____"))
        _add(antenna, PREFIX + endpoint.rule, name, _view(board, endpoint))
    _add(antenna, "/api/", "root", _nothing)
    _add(antenna, "/api/<path:rest>", "nothing", _nothing)
    antenna.register_error_handler(HTTPException, _broken)
    antenna.app_errorhandler(405)(_strange_method)
    return antenna


def _view(board: Board, endpoint: Endpoint) -> Callable[..., Response]:
    """A function of its own, as the limits know a view by its name."""

    def view(**parts: Any) -> Response:
        return endpoint.answer(board, **parts)

    return view


def _add(to: Blueprint, rule: str, name: str, view: Callable[..., Response]) -> None:
    """A rule that takes every method, as the endpoint itself says which it has."""
    to.add_url_rule(rule, name, view, methods=METHODS, strict_slashes=False, provide_automatic_options=False)


def _nothing(**_parts: Any) -> Response:
    """An unknown address is told so, to whoever asks, as it gives nothing away."""
    detail = {"detail": f"There is nothing at {request.path}."}
    return rendering.respond(detail, 404, {}, title="Not found", about="")


def _broken(error: HTTPException) -> Response:
    """An error of ours; what happened is in the log of the server, not in the answer."""
    detail = {"detail": "Something went wrong on the server; its log says what."}
    return rendering.respond(detail, error.code or 500, {}, title="Error", about="")


def _strange_method(error: HTTPException) -> Response | HTTPException:
    """A method that no address here has, such as TRACE; elsewhere on the server it is somebody else's matter."""
    if not request.path.startswith("/api/"):
        return error
    detail = {"detail": f'Method "{request.method}" not allowed.'}
    return rendering.respond(detail, 405, {"Allow": ", ".join(METHODS)}, title="Error", about="")
