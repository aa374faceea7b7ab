"""`GET /api/changes`: what changed since a rev. Its ETag is the last rev, so a page that is up to date gets a 304."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from api.identity import actor_of_request
from engine.board import Board
from models import revisions
from models.queries import changes

SCHEMES = frozenset({"token", "bearer"})


def blueprint(board: Board) -> Blueprint:
    """The one address that every live page polls."""
    polled = Blueprint("changes", __name__)

    @polled.get("/api/changes", strict_slashes=False, provide_automatic_options=False)
    def look() -> Response:
        if actor_of_request(board, SCHEMES) is None:
            return _refuse("You are not logged in, and there is no valid token.", 401)
        seen = _revs(request.headers.get("If-None-Match", ""))
        since = request.args.get("since", "")
        if since and not _is_rev(since):
            return _refuse("since is a whole number: the rev of the last answer.", 400)
        with board.store.read() as session:
            rev = revisions.latest(session)
            if rev in seen:
                response = Response(status=304)
            else:
                found = changes.since(session, int(since) if since else max(seen, default=rev))
                rev = found.rev
                response = jsonify(asdict(found))
        response.set_etag(str(rev))
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization, Cookie"
        return response

    return polled


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
