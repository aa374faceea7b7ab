"""What the browser is allowed: bytes from this host only, and no inline script but Dash's own, by its hash."""

from functools import cache

from dash import Dash
from flask import Flask, Response, request
from flask_compress import Compress

from dashboard.bundles import ASSETS, server_of

PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js"
SMALL_PLOTLY = ASSETS / "vendor" / "plotly" / "plotly-cartesian.min.js"
YEAR = 31_536_000
MOST_FILES = 400  # in two compressions; one may have many addresses, as Dash passes over what stands for its version
LAYOUT = "/_dash-layout"  # one address for all pages: kept by a browser, it would be another page's on the way back
FILES = ("/assets/", "/_dash-component-suites/")  # they stay as they are while the server runs


class Squeezed:
    """What `FILES` are compressed to, once and not for each visit; of any other answer nothing is kept."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._kept.get(key)

    def set(self, key: str, value: bytes) -> None:
        _algorithm, path = key.split(";", 1)
        if path and len(self._kept) < MOST_FILES:
            self._kept[key] = value


def register(server: Flask, app: Dash) -> None:
    """Add the headers, the compression, and plotly's bundle of cartesian charts, a third of the full one."""
    server.config.setdefault("COMPRESS_ALGORITHM", ["br", "gzip"])
    server.config.setdefault("COMPRESS_CACHE_BACKEND", Squeezed)
    server.config.setdefault("COMPRESS_CACHE_KEY", lambda asked: asked.path if asked.path.startswith(FILES) else "")
    server.config.setdefault(
        "COMPRESS_MIMETYPES",
        ["text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml"],
    )
    Compress(server)

    @cache
    def rules() -> str:
        return content_policy(app)

    plotly = server_of(SMALL_PLOTLY.read_bytes(), "text/javascript")

    @server.before_request
    def smaller_plotly() -> Response | None:
        return plotly() if request.path == PLOTLY else None

    @server.after_request
    def say(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", rules())
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if request.path.startswith("/assets/") and "m" in request.args:
            response.cache_control.no_cache = None
            response.cache_control.max_age = YEAR
        if request.path == LAYOUT:
            response.cache_control.no_store = True
        return response


def content_policy(app: Dash) -> str:
    """The Content-Security-Policy; asked for when all callbacks are registered, as their inline scripts are hashed."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {' '.join(app.csp_hashes())}",
            "style-src 'self' 'unsafe-inline'",  # React, plotly and ag-grid set styles on elements
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
