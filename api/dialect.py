"""What two dialects share: who may, which methods, how a body is read, and refusals in each one's own form."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.identity import actor_of_request
from engine.access import Actor
from engine.board import Board
from engine.control import Forbidden, Illegal, Invalid, NotFound, Refusal
from engine.uploads import TooLarge

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SCHEMES = frozenset({"apikey", "bearer", "token"})  # one token serves every dialect, however it is spelled
LARGEST_BODY = 2_000_000  # bytes, where a view does not say otherwise
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """What a view is given."""

    board: Board
    actor: Actor

    def may_see(self, project_id: int) -> bool:
        return self.actor.project_id in (None, project_id)


View = Callable[..., Response]  # (call, **parts of the address)


@dataclass(frozen=True)
class Endpoint:
    """An address with a view for each method. An `open` one is for everybody, and its views take no call."""

    rule: str
    views: Mapping[str, View]
    largest: int = LARGEST_BODY
    open: bool = False

    @property
    def allow(self) -> str:
        return ", ".join([*self.views, *(["HEAD"] if "GET" in self.views else []), "OPTIONS"])


@dataclass(frozen=True)
class Dialect:
    """How a dialect refuses: `refuse` makes the answer from a status and one sentence."""

    name: str
    refuse: Callable[[int, str], Response]
    endpoints: list[Endpoint] = field(default_factory=list)
    nowhere: tuple[str, ...] = ()  # what is below these addresses, and nothing above, is not found in this form

    def blueprint(self, board: Board) -> Blueprint:
        """Every address of this dialect, with and without its trailing slash."""
        made = Blueprint(self.name, self.name)
        for endpoint in self.endpoints:
            name = endpoint.rule.translate(str.maketrans("/<>:.", "_____"))
            self._add(made, endpoint.rule, name, self._view(board, endpoint))
        for number, prefix in enumerate(self.nowhere):
            self._add(made, prefix, f"nothing_at_{number}", self._nothing)
            self._add(made, f"{prefix}/<path:rest>", f"nothing_below_{number}", self._nothing)
        return made

    def _add(self, to: Blueprint, rule: str, name: str, view: Callable[..., Response]) -> None:
        to.add_url_rule(rule, name, view, methods=METHODS, strict_slashes=False, provide_automatic_options=False)

    def _view(self, board: Board, endpoint: Endpoint) -> Callable[..., Response]:
        def answer(**parts: Any) -> Response:
            request.max_content_length = endpoint.largest
            try:
                return self._answer(board, endpoint, parts)
            except Refusal as refusal:
                return self.refuse(status_of(refusal), refusal.message)
            except RequestEntityTooLarge:
                return self.refuse(413, f"The body is larger than {endpoint.largest:,} bytes.")
            except HTTPException as wrong:
                return self.refuse(wrong.code or 400, wrong.description or "The request cannot be read.")

        return answer

    def _answer(self, board: Board, endpoint: Endpoint, parts: dict[str, Any]) -> Response:
        view = endpoint.views.get("GET" if request.method == "HEAD" else request.method)
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": endpoint.allow})
        if any("\0" in part for part in parts.values()):
            return self._nothing()
        actor = actor_of_request(board, SCHEMES)
        if actor is None and not endpoint.open:
            refused = self.refuse(401, "There is no valid token in the Authorization header of this request.")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        if view is None:
            refused = self.refuse(405, f"{request.method} is not allowed at {request.path}; {endpoint.allow} are.")
            refused.headers["Allow"] = endpoint.allow
            return refused
        return view(board, **parts) if actor is None or endpoint.open else view(Call(board, actor), **parts)

    def _nothing(self, **_parts: Any) -> Response:
        return self.refuse(404, f"There is nothing at {request.path[:200]}.")


def answered(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    said = {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie", **(headers or {})}
    return Response(text, status, said, content_type="application/json")


def status_of(refusal: Refusal) -> int:
    """The HTTP status that says the same."""
    match refusal:
        case NotFound():
            return 404
        case Forbidden():
            return 403
        case Illegal():
            return 409
        case TooLarge():
            return 413
        case _:
            return 400


def body_as(model: type[Model]) -> Model:
    """The JSON body, whatever its content type says, checked. Raises Invalid; an empty body is an empty object."""
    given = read_json()
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(complaints(error)) from None


def complaints(error: ValidationError) -> dict[str, list[str]]:
    """What is wrong, a sentence for each field."""
    wrong: dict[str, list[str]] = {}
    for each in error.errors():
        where = ".".join(str(part)[:80] for part in each["loc"]) or "body"
        wrong.setdefault(where, []).append(f"{where}: {each['msg'].removeprefix('Value error, ')}.")
    return wrong


def read_json() -> Any:
    """The body as JSON. Raises Invalid."""
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_constant=_not_json)
    except RecursionError:
        raise Invalid({"body": ["The body is nested too deeply."]}) from None
    except ValueError as error:
        raise Invalid({"body": [f"The body is not JSON: {error}."]}) from None
    if any("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text) for text in _texts(body)):
        raise Invalid({"body": ["The body has a letter that cannot be kept: a null, or half of a pair."]})
    return body


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
