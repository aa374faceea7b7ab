"""What two dialects share: addresses and their verbs, who may, and refusals in each one's own form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.identity import actor_of_request
from api.reading import body_as, query_as
from engine.access import Actor
from engine.board import Board
from engine.control import Forbidden, Illegal, NotFound, Refusal
from engine.uploads import TooLarge

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SCHEMES = frozenset({"apikey", "bearer", "token"})  # one token serves every dialect, however it is spelled
LARGEST_BODY = 2_000_000  # bytes, where a view does not say otherwise
MOST_DRAINED = 100_000_000  # bytes
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class NotLoggedIn(Refusal):
    """Nobody is known by what was sent to log in."""


class Shape(BaseModel):
    """An object of an answer, or of a request; its fields are spelled in camelCase outside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


@dataclass(frozen=True)
class Call:
    """What a view is given."""

    board: Board
    actor: Actor

    def may_see(self, project_id: int) -> bool:
        return self.actor.project_id in (None, project_id)


@dataclass(frozen=True)
class Verb:
    """What one method does at one address: the models of what it is asked and of what it answers, and the view.

    The view is called with the call, the parts of the address, and where there are models `query` and `body`. It
    returns an `answers`, a list of them, or a whole response.
    """

    view: Callable[..., Any]
    about: str
    answers: Any = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    media: str = "application/json"


@dataclass(frozen=True)
class Endpoint:
    """An address with a verb for each method. An `open` one is for everybody, and its views take the board."""

    rule: str
    verbs: Mapping[str, Verb]
    largest: int = LARGEST_BODY
    open: bool = False

    @property
    def allow(self) -> str:
        return ", ".join([*self.verbs, *(["HEAD"] if "GET" in self.verbs else []), "OPTIONS"])


@dataclass(frozen=True)
class Dialect:
    """How a dialect refuses: `refuse` makes the answer from a status and one sentence."""

    name: str
    refuse: Callable[[int, str], Response]
    endpoints: list[Endpoint] = field(default_factory=list)
    nowhere: tuple[str, ...] = ()  # what is at or below these addresses and nothing above, is not found in this form

    def blueprint(self, board: Board) -> Blueprint:
        """Every address of this dialect, with and without its trailing slash."""
        made = Blueprint(self.name, self.name)
        for endpoint in self.endpoints:
            name = endpoint.rule.translate(str.maketrans("/<>:.", "_____"))
            _add(made, endpoint.rule, name, self._view(board, endpoint))
        taken = {endpoint.rule.rstrip("/") for endpoint in self.endpoints}
        for number, prefix in enumerate(self.nowhere):
            if prefix not in taken:
                _add(made, prefix, f"nothing_at_{number}", self._nothing)
            _add(made, f"{prefix}/<path:rest>", f"nothing_below_{number}", self._nothing)
        made.register_error_handler(HTTPException, self._broken)
        return made

    def _view(self, board: Board, endpoint: Endpoint) -> Callable[..., Response]:
        def answer(**parts: Any) -> Response:
            request.max_content_length = endpoint.largest
            try:
                return self._answer(board, endpoint, parts)
            except Refusal as refusal:
                return self.refuse(status_of(refusal), refusal.message)
            except RequestEntityTooLarge:
                drain()
                return self.refuse(413, f"The body is larger than {endpoint.largest:,} bytes.")
            except HTTPException as wrong:
                return self.refuse(wrong.code or 400, wrong.description or "The request cannot be read.")

        return answer

    def _answer(self, board: Board, endpoint: Endpoint, parts: dict[str, Any]) -> Response:
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": endpoint.allow})
        if any("\0" in part for part in parts.values()):
            return self._nothing()
        actor = None if endpoint.open else actor_of_request(board, SCHEMES)
        if actor is None and not endpoint.open:
            return self._unknown()
        verb = endpoint.verbs.get("GET" if request.method == "HEAD" else request.method)
        if verb is None:
            refused = self.refuse(405, f"{request.method} is not allowed at {request.path}; {endpoint.allow} are.")
            refused.headers["Allow"] = endpoint.allow
            return refused
        if (request.content_length or 0) > endpoint.largest:
            raise RequestEntityTooLarge
        if verb.query is not None:
            parts["query"] = query_as(verb.query)
        if verb.body is not None:
            parts["body"] = body_as(verb.body)
        answer = verb.view(board if actor is None else Call(board, actor), **parts)
        return answer if isinstance(answer, Response) else answered(answer, verb.status)

    def _unknown(self) -> Response:
        g.refused_login = "Authorization" in request.headers
        drain()
        refused = self.refuse(401, "There is no valid token in the Authorization header of this request.")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused

    def _nothing(self, **_parts: Any) -> Response:
        return self.refuse(404, f"There is nothing at {request.path[:200]}.")

    def _broken(self, error: HTTPException) -> Response:
        """An error of ours; what happened is in the log of the server, not in the answer."""
        return self.refuse(error.code or 500, "Something went wrong on the server; its log says what.")


def _add(to: Blueprint, rule: str, name: str, view: Callable[..., Response]) -> None:
    to.add_url_rule(rule, name, view, methods=METHODS, strict_slashes=False, provide_automatic_options=False)


def drain() -> None:
    """Read what the client still sends: a connection that is closed before may lose the answer on its way."""
    left = min(request.content_length or 0, MOST_DRAINED)
    stream = request.environ["wsgi.input"]
    while left > 0 and (block := stream.read(min(left, 2**16))):
        left -= len(block)


def answered(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, of models or of plain values, that no cache keeps."""
    text = ANYTHING.dump_json(body, by_alias=True)
    said = {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie", **(headers or {})}
    return Response(text, status, said, content_type="application/json")


def status_of(refusal: Refusal) -> int:
    """The HTTP status that says the same."""
    match refusal:
        case NotFound():
            return 404
        case NotLoggedIn():
            return 401
        case Forbidden():
            return 403
        case Illegal():
            return 409
        case TooLarge():
            return 413
        case _:
            return 400
