"""Sheets and scripts, each kind as one file: a first visit asks for two of them and not for forty."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.http import generate_etag

ASSETS = Path(__file__).parent.parent / "assets"
KINDS = {"css": "text/css", "js": "text/javascript"}
FIRST = {  # of others, before our own
    "css": ["vendor/bootstrap/bootstrap.min.css", "vendor/lucide/icons.css"],
    "js": ["vendor/regenerator/runtime.js", "vendor/morphdom/morphdom.min.js"],
}
ALONE = "theme.js"  # it runs before the first paint, in front of all others


def register(server: Flask) -> None:
    """Serve the bundles, as the files are now: a change of one shows after a new start."""
    for kind, mimetype in KINDS.items():
        server.add_url_rule(_path(kind), f"bundle_{kind}", server_of(_bundle(kind), mimetype))


def address(kind: str) -> str:
    """The address of the bundle of `css` or `js`, renewed when one of its files is."""
    return f"{_path(kind)}?m={max(int(path.stat().st_mtime) for path in _files(kind))}"


def _path(kind: str) -> str:
    return f"/assets/{kind}/all.{kind}"


def _files(kind: str) -> list[Path]:
    own = sorted(path for path in (ASSETS / kind).glob(f"*.{kind}") if path.name != ALONE)
    return [*(ASSETS / name for name in FIRST[kind]), *own]


def _bundle(kind: str) -> bytes:
    """The files in the order of their names, each said by its name; a script ends before the next begins."""
    end = ";\n" if kind == "js" else "\n"
    return "".join(f"/* {path.name} */\n{path.read_text()}{end}" for path in _files(kind)).encode()


def server_of(content: bytes, mimetype: str) -> Callable[[], Response]:
    """A view that serves these bytes, or says that the browser has them."""
    tag = generate_etag(content)

    def serve() -> Response:
        response = Response(content, mimetype=mimetype)
        response.set_etag(tag)
        response.make_conditional(request)
        return response

    return serve
