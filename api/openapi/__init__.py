"""`GET /api/openapi.json`, and a page at `/api/docs` to read it and try it out."""

import json
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from api.openapi.document import document
from engine.board import Board

VENDOR = Path(__file__).parents[2] / "assets" / "vendor" / "swagger-ui"
FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
DAY = 86_400
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>API · Nightboard</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css">
    <script src="/api/docs/swagger-ui-bundle.js" defer></script>
    <script src="/api/docs/start.js" defer></script>
  </head>
  <body><main id="api"></main></body>
</html>
"""
START = """
window.addEventListener("DOMContentLoaded", () => SwaggerUIBundle({
  url: "/api/openapi.json",
  domNode: document.getElementById("api"),
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
}));
"""


def blueprint(_board: Board) -> Blueprint:
    """The document, the page, and the files of the page. They are open: they say nothing about a lab."""
    told = Blueprint("openapi", __name__)

    @told.get("/api/openapi.json", strict_slashes=False)
    def whole() -> Response:
        return Response(json.dumps(document()), content_type="application/json")

    @told.get("/api/docs", strict_slashes=False)
    def page() -> Response:
        return Response(PAGE, headers={"Content-Security-Policy": POLICY}, content_type="text/html; charset=utf-8")

    @told.get("/api/docs/start.js")
    def start() -> Response:
        return Response(START, content_type="text/javascript; charset=utf-8")

    @told.get("/api/docs/<any(" + ", ".join(repr(name) for name in FILES) + "):name>")
    def file(name: str) -> Response:
        return send_from_directory(VENDOR, name, max_age=DAY)

    return told
