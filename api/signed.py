"""The picture of a capture at a signed address, for the service that is to look at it: no token, and an hour's time."""

import json

from flask import Blueprint, Response, send_file

from api.antenna.pictures import KINDS
from engine.board import Board
from engine.captures.files import NoCaptureFile, open_path
from engine.signing import GOOD_FOR_S, PREFIX, BadSignature, capture_of


def blueprint(board: Board) -> Blueprint:
    """`GET /api/pictures/<signed>/<name>`; the name is for the service alone."""
    pictures = Blueprint("signed", __name__)

    @pictures.get(f"{PREFIX}/<signed>/<name>")
    def picture(signed: str, name: str) -> Response:
        try:
            with board.store.read() as session:
                path = open_path(session, capture_of(session, board.settings, signed))
            kind = KINDS.get(path.suffix.lower(), "application/octet-stream")
            response = send_file(path, mimetype=kind, conditional=True, max_age=GOOD_FOR_S)
        except BadSignature as refused:
            return _told(403, str(refused))
        except NoCaptureFile as gone:
            return _told(404, str(gone))
        except OSError as error:
            return _told(404, f"{name} cannot be opened ({error.strerror}).")
        response.cache_control.public = False
        response.cache_control.private = True
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return pictures


def _told(status: int, sentence: str) -> Response:
    return Response(json.dumps({"detail": sentence}), status, content_type="application/json")
