"""Reports and exports as files behind the guard of the pages: each figure, the whole report, and what an export made.

An address says everything, so a link that is kept gives the same report, counted anew.
"""

from datetime import UTC, datetime

from flask import Flask, Response, abort, g, request, send_file

from engine.board import Board
from engine.exports import files as exports
from engine.refusals import Illegal, Invalid, NotFound
from engine.reports.files import KINDS, figure_file
from engine.reports.look import PAPER, look_of
from engine.reports.report import Report, build
from engine.reports.selection import FIGURES, read
from engine.reports.web import as_html
from engine.up import address

WHOLE = {"pdf": "application/pdf", "html": "text/html"}


def register(server: Flask, board: Board) -> None:
    """Serve the files; each is counted and drawn when it is asked for."""

    @server.get("/reports/figures/<key>.<kind>")
    def figure(key: str, kind: str) -> Response:
        """One figure as CSV, PNG or SVG; with ?theme= as the page shows it, else as it is printed."""
        if key not in FIGURES or kind not in KINDS:
            abort(404)
        query = request.args.to_dict() | {"figures": key}
        theme = query.pop("theme", None)
        part = _report(board, query).part(key)
        assert part is not None  # the only one that was asked for
        look = PAPER if theme is None else look_of("dark" if theme == "dark" else "light")
        return _file(figure_file(part, kind, look), KINDS[kind], None if theme else f"{key}.{kind}")

    @server.get("/reports/report.<kind>")
    def whole(kind: str) -> Response:
        """The whole report as PDF or as one HTML file."""
        if kind not in WHOLE:
            abort(404)
        report = _report(board, request.args.to_dict())
        base = (board.settings.public_url or address(board.settings)).rstrip("/")
        return _file(_pdf(report, base) if kind == "pdf" else as_html(report, base), WHOLE[kind], f"report.{kind}")

    @server.get("/exports/<int:job_id>/<name>")
    def export(job_id: int, name: str) -> Response:
        """A file of an export; a download that broke off goes on from where it was (`Range`)."""
        try:
            found = exports.file_named(exports.files(board.store, board.settings.home, g.actor, job_id), name)
        except NotFound as missing:
            abort(Response(missing.message, 404, mimetype="text/plain"))
        except Illegal as early:
            abort(Response(early.message, 409, mimetype="text/plain"))
        return send_file(
            found.path,
            mimetype=found.media,
            as_attachment=True,
            download_name=f"export-{job_id}-{name}",
            conditional=True,
        )


def _pdf(report: Report, base: str) -> bytes:
    from engine.reports.paper import as_pdf  # matplotlib, which a page should not have to wait for

    return as_pdf(report, base)


def _report(board: Board, query: dict[str, str]) -> Report:
    try:
        asked = read(query).of_project(g.actor.project_id)
    except Invalid as wrong:
        abort(Response(wrong.message, 400, mimetype="text/plain"))
    with board.store.read() as session:
        return build(session, asked, datetime.now(UTC))


def _file(content: bytes, media: str, name: str | None) -> Response:
    """The bytes; under a name they are to be kept, without one to be shown."""
    response = Response(content, mimetype=media)
    response.cache_control.no_store = True
    if name is not None:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
