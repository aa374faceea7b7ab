"""Small pictures of captures for the pages; where there is none, a drawing that says so instead of an error."""

from pathlib import Path

from flask import Flask, Response, abort, g, send_file

from engine.board import Board
from engine.captures.files import NoCaptureFile, open_path
from engine.captures.thumbnails import SIZES, NoPicture, thumbnail
from models.queries.listing import Where
from models.queries.lookups import CAPTURES

NO_PICTURE = Path(__file__).parent.parent / "assets" / "img" / "no-picture.svg"
A_MONTH_S = 30 * 24 * 3600


def register(server: Flask, board: Board) -> None:
    """Serve the pictures behind the guard of the pages."""

    @server.get("/pictures/<size>/<int:capture_id>")
    def picture(size: str, capture_id: int) -> Response:
        if size not in SIZES:
            abort(404)
        path = path_of(board, capture_id, size, g.actor.project_id)
        if path is None:
            return send_file(NO_PICTURE, max_age=0)
        response = send_file(path, mimetype="image/jpeg", max_age=A_MONTH_S, conditional=True)
        response.cache_control.public = False
        response.cache_control.private = True
        return response


def path_of(board: Board, capture_id: int, size: str, project_id: int | None) -> Path | None:
    """The small picture's file, drawn if need be; None when the capture is foreign, gone or unreadable."""
    with board.store.read() as session:
        if CAPTURES.one(session, capture_id, Where(project_id=project_id)) is None:
            return None
        try:
            source = open_path(session, capture_id)
        except NoCaptureFile:
            return None
    try:
        return thumbnail(board.settings.home, capture_id, source, size)
    except (NoPicture, OSError):
        return None
