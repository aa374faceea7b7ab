"""`GET /api/changes`: what changed since a rev. Its ETag is the last rev, so a page that is up to date gets a 304."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from api.identity import actor_of_request
from engine.board import Board
from models import revisions
from models.queries import changes

PATH = "/api/changes"
SCHEMES = frozenset({"token", "bearer"})
JSON = "application/json"
KNOWN_S = 10.0  # for so long somebody who was let in is answered without being looked up again
MOST_KNOWN = 2_000

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def blueprint(board: Board) -> Blueprint:
    """The one address that every live page polls."""
    polled = Blueprint("changes", __name__)

    @polled.get(PATH, strict_slashes=False, provide_automatic_options=False)
    def look() -> Response:
        if actor_of_request(board, SCHEMES) is None:
            return _refuse("You are not logged in, and there is no valid token.", 401)
        since = request.args.get("since", "")
        if since and not _is_rev(since):
            return _refuse("since is a whole number: the rev of the last answer.", 400)
        rev, told = _read(board, since, request.headers.get("If-None-Match", ""))
        response = Response(status=304) if told is None else Response(told, mimetype=JSON)
        response.headers.update(_headers(rev))
        return response

    return polled


def _read(board: Board, since: str, tags: str) -> tuple[int, bytes | None]:
    """The last rev, and what changed as JSON; None for who has seen that rev."""
    seen, rev = _revs(tags), board.store.number(revisions.LATEST)
    if rev in seen:
        return rev, None
    with board.store.read() as session:
        found = changes.since(session, int(since) if since else max(seen, default=rev))
    return found.rev, json.dumps(asdict(found)).encode()


def _headers(rev: int) -> dict[str, str]:
    return {"ETag": f'"{rev}"', "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


class Glances:
    """Answers those looks that come by the dozen before Flask makes a request of them: 25 a second from 50 open pages.

    Only to who was let in a moment ago, by the same header, and sends a tag as a page does. Everybody else goes the
    whole way; so a token that is revoked still learns for KNOWN_S which numbers of jobs changed, and no more.
    """

    def __init__(self, board: Board, app: Wsgi) -> None:
        self._board = board
        self._app = app
        self._known: dict[bytes, float] = {}  # until when, by the digest of what they sent

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        tags, since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("QUERY_STRING", "").removeprefix("since=")
        is_look = environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET" and _is_rev(since)
        if not tags or not is_look:
            return self._app(environ, start_response)
        who = _digest(environ)
        if self._known.get(who, 0.0) > time.monotonic():
            with suppress(SQLAlchemyError):  # what is wrong is said by the whole way
                rev, told = _read(self._board, since, tags)
                return _answer(start_response, rev, told)

        def let_in(status: str, *rest: Any) -> Any:
            if status[:3] in ("200", "304"):
                self._remember(who)
            return start_response(status, *rest)

        return self._app(environ, let_in)

    def _remember(self, who: bytes) -> None:
        if len(self._known) >= MOST_KNOWN:
            self._known = {}
        self._known[who] = time.monotonic() + KNOWN_S


def _answer(start_response: Callable[..., Any], rev: int, told: bytes | None) -> list[bytes]:
    if told is None:
        start_response("304 NOT MODIFIED", list(_headers(rev).items()))
        return []
    about = {"Content-Type": JSON, "Content-Length": str(len(told)), "X-Content-Type-Options": "nosniff"}
    start_response("200 OK", list((_headers(rev) | about).items()))
    return [told]


def _digest(environ: dict[str, Any]) -> bytes:
    sent = f"{environ.get('HTTP_AUTHORIZATION', '')}\n{environ.get('HTTP_COOKIE', '')}"
    return hashlib.sha256(sent.encode("latin-1", "replace")).digest()


def _revs(tags: str) -> set[int]:
    """The revs in an If-None-Match; a compressed answer's tag has the name of its compression behind a colon."""
    bare = (tag.strip().removeprefix("W/").strip('"').partition(":")[0] for tag in tags.split(","))
    return {int(tag) for tag in bare if _is_rev(tag)}


def _is_rev(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _refuse(sentence: str, status: int) -> Response:
    response = jsonify(detail=sentence)
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = "Token"
    return response
