"""One address of the native API: who may, which methods, and every refusal in the form of Django REST framework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.antenna import rendering
from api.antenna.bodies import TAKEN, UnsupportedBody
from api.antenna.links import Links, links_of_request
from api.identity import actor_of_request
from engine.access import Actor
from engine.board import Board
from engine.refusals import Forbidden, Illegal, Invalid, NotFound, Refusal
from models.people import Role

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SCHEMES = frozenset({"token", "bearer", "apikey", "api-key"})  # the last is that of pull workers
LARGEST_BODY = 2_000_000  # bytes
NOT_LOGGED_IN = "Authentication credentials were not provided."
WRONG_TOKEN = "Invalid token."
SPELLED = {own: theirs for theirs, own in TAKEN.items()}


@dataclass(frozen=True)
class Call:
    """What a view is given."""

    board: Board
    actor: Actor
    links: Links

    @cached_property
    def may_change(self) -> bool:
        return self.actor.may(Role.OPERATOR)


@dataclass(frozen=True)
class Reply:
    """What a view answers; a body of None is an empty answer."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


View = Callable[..., Reply | Response]  # (call, **parts of the address)


@dataclass(frozen=True)
class Endpoint:
    """An address with a view for each method, in the order in which `Allow` names them."""

    rule: str
    title: str
    views: Mapping[str, View]
    about: str = ""
    fields: Callable[[], dict[str, Any]] | None = None  # metadata of what POST or PUT takes
    largest: int = LARGEST_BODY

    @property
    def allow(self) -> str:
        return ", ".join([*self.views, *(["HEAD"] if "GET" in self.views else []), "OPTIONS"])

    def answer(self, board: Board, **parts: Any) -> Response:
        """The whole answer to the request at hand; never raises for what a client did wrong."""
        request.max_content_length = self.largest
        try:
            reply = self._reply(board, parts)
        except Refusal as refusal:
            reply = refused(refusal)
        except HTTPException as wrong:
            reply = Reply({"detail": wrong.description}, wrong.code or 400)
        if isinstance(reply, Response):
            return reply
        return rendering.respond(
            reply.body, reply.status, {"Allow": self.allow, **reply.headers}, title=self.title, about=self.about
        )

    def _reply(self, board: Board, parts: dict[str, Any]) -> Reply | Response:
        actor = actor_of_request(board, SCHEMES)
        if actor is None:
            sentence = WRONG_TOKEN if "Authorization" in request.headers else NOT_LOGGED_IN
            return Reply({"detail": sentence}, 401, {"WWW-Authenticate": "Token"})
        if not rendering.is_known(request.args.get("format")):
            return Reply({"detail": "Not found."}, 404)
        call = Call(board, actor, links_of_request())
        if request.method == "OPTIONS":
            return Reply(self._metadata(call))
        view = self.views.get("GET" if request.method == "HEAD" else request.method)
        if view is None:
            return Reply({"detail": f'Method "{request.method}" not allowed.'}, 405)
        if (request.content_length or 0) > self.largest:
            raise RequestEntityTooLarge
        return view(call, **parts)

    def _metadata(self, call: Call) -> dict[str, Any]:
        said: dict[str, Any] = {
            "name": self.title,
            "description": self.about,
            "renders": ["application/json", "text/html"],
            "parses": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
        }
        if self.fields is not None and call.may_change:
            method = "POST" if "POST" in self.views else "PUT"
            said["actions"] = {method: self.fields()}
        return said


def refused(refusal: Refusal) -> Reply:
    """A refusal of engine.control in this dialect's form."""
    match refusal:
        case Invalid():
            return Reply({SPELLED.get(name, name): said for name, said in refusal.fields.items()}, 400)
        case UnsupportedBody():
            return Reply({"detail": refusal.message}, 415)
        case NotFound():
            return Reply({"detail": refusal.message}, 404)
        case Forbidden():
            return Reply({"detail": refusal.message}, 403)
        case Illegal():
            return Reply({"detail": refusal.message}, 409)
        case _:
            return Reply({"detail": refusal.message}, 400)
