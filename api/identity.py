"""Who sends a request: a token in its header, or for reading alone the session of somebody who is logged in."""

from flask import request, session

from engine.access import Actor, actor_of_session, actor_of_token
from engine.board import Board

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def actor_of_request(board: Board, schemes: frozenset[str]) -> Actor | None:
    """The actor of this request, or None. A header of a scheme (lower case) in `schemes` counts, and nothing beside it.

    A cookie is never enough to change something, because any page can make a browser send it.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return actor_of_session(board.store, session, via="api") if request.method in SAFE else None
    scheme, _, credentials = header.partition(" ")
    return actor_of_token(board.store, credentials) if scheme.lower() in schemes else None
