"""How often one address may ask: enough for many pollers, and few wrong passwords.

Counted by the address of the caller, in this process's memory, or in Redis where `REDIS_URL` names one. Whoever asks
too often is told so in the form of the dialect that was spoken, with `Retry-After` in s.
"""

import time

from flask import Flask, Response, g, request
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address

from api import changes, instabase, modzy, up42
from api.antenna import rendering
from api.antenna.logins import LOGIN
from engine.board import Board

# Some 300 a second; besides the looks of every open page, which would cost as much to count as to answer.
REQUESTS = "20000 per minute"
LOGINS = "20 per minute; 200 per hour"  # that fail, at one of the doors
TOKENS = "600 per minute"  # that are wrong
DOORS = ("/login", LOGIN.rstrip("/"), "/oauth/token")
FREE = ("/assets/", "/_dash-component-suites/", "/livez", "/readyz")


def register(server: Flask, board: Board) -> Limiter:
    """Count every request from here on, before any view sees it."""
    limiter = Limiter(
        get_remote_address,
        app=server,
        application_limits=[
            ApplicationLimit(limit_provider=REQUESTS, exempt_when=_is_look, scope="requests"),
            ApplicationLimit(
                limit_provider=LOGINS,
                key_function=lambda: f"{get_remote_address()} {_path()}",
                exempt_when=lambda: request.method != "POST" or _path() not in DOORS,
                deduct_when=lambda response: response.status_code >= 400,
                scope="logins",
            ),
            ApplicationLimit(limit_provider=TOKENS, deduct_when=_is_wrong_token, scope="tokens"),
        ],
        storage_uri=_storage(board.settings.redis_url),
        in_memory_fallback_enabled=True,
        strategy="fixed-window",
    )
    limiter.request_filter(lambda: request.path.startswith(FREE))
    server.register_error_handler(429, lambda _error: _told(limiter))
    return limiter


def _is_wrong_token(response: Response) -> bool:
    """Whether a token was sent that is none; not every dialect says so by its status."""
    return bool(g.get("refused_login")) or (response.status_code == 401 and "Authorization" in request.headers)


def _is_look() -> bool:
    return request.path == changes.PATH


def _path() -> str:
    return request.path.rstrip("/")


def _storage(redis_url: str | None) -> str:
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url


def _told(limiter: Limiter) -> Response:
    """Too often: how long to wait, in the form of the dialect that was spoken."""
    limit = limiter.current_limit
    seconds = max(1, round(limit.reset_at - time.time())) if limit is not None else 60
    answer = _refused(request.path, f"Too many requests from this address; wait {seconds} s and try again.")
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _refused(path: str, sentence: str) -> Response:
    """The refusal of the dialect that this path belongs to."""
    match path.split("/")[1:3]:
        case ["api", "v1"]:
            return instabase.refuse(429, sentence)
        case ["api", "jobs" | "models" | "results" | "resources"]:
            return modzy.DIALECT.refuse(429, sentence)
        case ["projects" | "users" | "oauth", *_]:
            return up42.DIALECT.refuse(429, sentence)
        case ["api", *_]:
            return rendering.respond({"detail": sentence}, 429, {}, title="Too many requests", about="")
        case _:
            return Response(f"{sentence}\n", 429, mimetype="text/plain")
