"""How the Instabase pages answer: HTTP 200, whatever became of it; an error says so in its body."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.dialect import SCHEMES, drain
from api.identity import actor_of_request
from api.instabase.answers import Problem, Shape
from api.instabase.asked import Query, given, read
from engine.access import Actor
from engine.board import Board
from engine.control import Refusal

LARGEST_BODY = 2_000_000  # bytes
NO_TOKEN = "There is no token; send it as `Authorization: Bearer PREFIX.SECRET`."
WRONG_TOKEN = "This token is not valid: it was mistyped, revoked, or its time is over."


@dataclass(frozen=True)
class Door:
    """One address: its method, what it may be asked, the view that answers, and whether that changes something."""

    name: str
    asked: type[Query]
    view: Callable[[Board, Actor, Any], Shape]  # of an `asked`
    answers: type[Shape]
    about: str
    method: str = "GET"
    changes: bool = True

    def answer(self, board: Board) -> Response:
        """The whole answer to the request at hand; never raises for what a client did wrong."""
        request.max_content_length = LARGEST_BODY
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": ", ".join(self.methods)})
        try:
            return self._answer(board)
        except Refusal as refusal:
            return send(Problem(msg=refusal.message))
        except HTTPException as wrong:
            drain()
            return send(Problem(msg=wrong.description or "This request cannot be read."))

    @property
    def methods(self) -> list[str]:
        """What it takes. HEAD is for looking, so an address that changes something has none."""
        return [self.method, *([] if self.changes else ["HEAD"]), "OPTIONS"]

    def _answer(self, board: Board) -> Response:
        if request.method not in self.methods:
            return send(Problem(msg=f"{self.name} is a {self.method}, not a {request.method}."))
        actor = self._actor(board)
        if actor is None:
            g.refused_login = "Authorization" in request.headers  # `api.limits` counts these
            drain()
            return send(Problem(msg=WRONG_TOKEN if g.refused_login else NO_TOKEN))
        if (request.content_length or 0) > LARGEST_BODY:
            raise RequestEntityTooLarge
        return send(self.view(board, actor, read(self.asked, given())))

    def _actor(self, board: Board) -> Actor | None:
        """Who asks. Any page can make a browser send its cookie with a GET, so a cookie changes nothing here."""
        if self.changes and "Authorization" not in request.headers:
            return None
        return actor_of_request(board, SCHEMES)


def send(shape: Shape, status: int = 200) -> Response:
    """The answer as JSON."""
    headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    return Response(shape.model_dump_json(by_alias=True), status, headers, content_type="application/json")
