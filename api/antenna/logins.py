"""Logging in by password and out again, as Antenna's clients do: `/api/v2/auth/token/login/` and `logout/`."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException

from api.antenna import rendering
from api.antenna.endpoint import METHODS, SCHEMES, WRONG_TOKEN, refused
from api.antenna.links import PREFIX
from api.identity import actor_of_request
from api.reading import read_json
from engine import access
from engine.board import Board
from engine.control import Invalid, Refusal
from engine.passwords import actor_of_password
from models.base import now

LASTS = timedelta(days=30)
LARGEST_BODY = 100_000  # bytes
LOGIN = f"{PREFIX}auth/token/login/"
LOGOUT = f"{PREFIX}auth/token/logout/"
WRONG = "Unable to log in with provided credentials."
REQUIRED = "This field is required."


class LoginBody(BaseModel):
    """Who it is; `email` and `username` are both the name of a person here."""

    email: str = ""
    username: str = ""
    password: str


class LoggedIn(BaseModel):
    auth_token: str = Field(description="send it as `Authorization: Token …`; it lasts 30 days")


def blueprint(board: Board) -> Blueprint:
    """Both addresses, with and without their trailing slash."""
    logins = Blueprint("logins", __name__)

    @logins.route(LOGIN, methods=METHODS, strict_slashes=False, provide_automatic_options=False)
    def login() -> Response:
        return _answered(lambda: _log_in(board))

    @logins.route(LOGOUT, methods=METHODS, strict_slashes=False, provide_automatic_options=False)
    def logout() -> Response:
        return _answered(lambda: _log_out(board))

    return logins


def _log_in(board: Board) -> Response:
    """A new token for who gives the right name and password. Raises Invalid."""
    name, password = _credentials()
    actor = actor_of_password(board.store, name, password, via="api")
    if actor is None:
        raise Invalid({"non_field_errors": [WRONG]})
    token = access.create_token(
        board.store, user_name=actor.name, role=actor.role, name="login", expires_at=now() + LASTS
    )
    return _respond(LoggedIn(auth_token=token).model_dump(), 200)


def _log_out(board: Board) -> Response:
    """End the token that this request is sent with."""
    actor = actor_of_request(board, SCHEMES) if "Authorization" in request.headers else None
    if actor is None or actor.token_prefix is None:
        return _respond({"detail": WRONG_TOKEN}, 401, {"WWW-Authenticate": "Token"})
    access.revoke_token(board.store, actor.token_prefix)
    return _respond(None, 204)


def _credentials() -> tuple[str, str]:
    """The name and the password that were sent, as JSON or as a form. Raises Invalid."""
    is_form = request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")
    given: Any = request.form.to_dict() if is_form else read_json()
    if not isinstance(given, dict):
        raise Invalid({"non_field_errors": ["Invalid data. Expected a dictionary."]})
    name, password = given.get("email") or given.get("username"), given.get("password")
    lacking = {key: [REQUIRED] for key, value in (("email", name), ("password", password)) if not value}
    if lacking:
        raise Invalid(lacking)
    if not isinstance(name, str) or not isinstance(password, str):
        raise Invalid({"non_field_errors": ["Not a valid string."]})
    return name, password


def _answered(view: Any) -> Response:
    request.max_content_length = LARGEST_BODY
    try:
        if request.method == "OPTIONS":
            return _respond(None, 204)
        if request.method != "POST":
            return _respond({"detail": f'Method "{request.method}" not allowed.'}, 405)
        answer: Response = view()
    except Refusal as refusal:
        reply = refused(refusal)
        return _respond(reply.body, reply.status)
    except HTTPException as wrong:
        return _respond({"detail": wrong.description}, wrong.code or 400)
    return answer


def _respond(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    said = {"Allow": "POST, OPTIONS", **(headers or {})}
    return rendering.respond(body, status, said, title="Log in", about="")
