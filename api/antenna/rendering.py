"""An answer as bytes: compact JSON for programs, or a page of it for a person who looks around."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request
from markupsafe import Markup, escape

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
h2, h3 { margin: 1rem 0 0; font-size: 1rem; }
p { margin: .25rem 0; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  border-radius: .4rem; font: .875rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: light-dark(#0b5bd3, #8ab4ff); }
""".strip()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
PRIVATE = {"Vary": "Accept", "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
ADDRESS = re.compile(r"&#34;(https?://[^\s&]+(?:&amp;[^\s&]+)*)&#34;")
FORMATS = frozenset({"json", "api"})


def is_known(name: str | None) -> bool:
    """Whether an answer can be given in this `?format=`."""
    return name in (None, "") or name in FORMATS


def respond(body: Any, status: int, headers: Mapping[str, str], *, title: str, about: str) -> Response:
    """The response; with a body of None it has none. `Vary: Accept` says that the same address has two forms."""
    said = {**headers, **PRIVATE}
    if body is None:
        response = Response(status=status, headers=said)
        del response.headers["Content-Type"]
        return response
    if _wants_page():
        page = _page(body, status, headers, title, about)
        return Response(page, status, {**said, "Content-Security-Policy": POLICY}, mimetype="text/html")
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, said, content_type="application/json")


def _wants_page() -> bool:
    """`?format=` decides; without it a browser, which would rather have HTML than JSON, gets the page.

    A program that takes JSON and no HTML gets JSON even of `?format=api`: the answer that the page shows.
    """
    accepts = request.accept_mimetypes
    match request.args.get("format"):
        case "api":
            return accepts["text/html"] > 0 or not accepts["application/json"]
        case "json":
            return False
        case _:
            return accepts["text/html"] > accepts["application/json"]


def _page(body: Any, status: int, headers: Mapping[str, str], title: str, about: str) -> str:
    shown = {**headers, "Content-Type": "application/json", "Vary": "Accept"}
    head = [f"HTTP {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in shown.items())]
    answer = _linked(json.dumps(body, ensure_ascii=False, indent=4))
    asked = request.full_path.rstrip("?")
    return str(
        Markup(
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<title>{title} · Nightboard API</title><style>{style}</style></head><body><main>"
            "<h1>{title}</h1>{about}<h2>{asked}</h2><pre>{head}\n\n{answer}</pre></main></body></html>"
        ).format(
            title=title,
            style=Markup(STYLE),  # our own text
            about=_told(about),
            asked=f"{request.method} {asked}",
            head="\n".join(head),
            answer=answer,
        )
    )


def _linked(text: str) -> Markup:
    """The JSON with its addresses as links."""
    return Markup(ADDRESS.sub(r'&#34;<a href="\1">\1</a>&#34;', str(escape(text))))  # escaped before


def _told(about: str) -> Markup:
    """The few marks of Markdown that our descriptions use: headings and code."""
    lines = []
    for block in filter(None, (part.strip() for part in about.split("\n\n"))):
        level = len(block) - len(block.lstrip("#"))
        tag = {2: "h2", 3: "h3"}.get(level, "p")
        words = re.sub(r"`+([^`]+)`+", r"<code>\1</code>", str(escape(block.lstrip("# "))))
        lines.append(f"<{tag}>{words}</{tag}>")
    return Markup("".join(lines))  # escaped before
