"""The picture of a capture: the file itself, a small one of it, or one animal cut out of it."""

from pathlib import Path

from flask import Response, send_file

from api.antenna import parameters
from api.antenna.endpoint import Call, Endpoint
from engine.captures.files import NoCaptureFile, open_path
from engine.captures.thumbnails import SIZES, NoPicture, close_up, thumbnail
from engine.refusals import NotFound
from models.queries.listing import Where
from models.queries.lookups import CAPTURES, detection

FULL = "full"
A_MONTH = 30 * 24 * 3600
KINDS = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
}


def picture(call: Call, row_id: int) -> Response:
    """The picture in one of the sizes, or as it is in the file. Raises Invalid, and NotFound with the reason."""
    size = next(iter(parameters.choices("size", [*SIZES, FULL])), "medium")
    with call.board.store.read() as session:
        if CAPTURES.one(session, row_id, Where(project_id=call.actor.project_id)) is None:
            raise NotFound(f"There is no capture {row_id}.")
        try:
            source = open_path(session, row_id)
        except NoCaptureFile as gone:
            raise NotFound(str(gone)) from None
    if size == FULL:
        return _file(source, KINDS.get(source.suffix.lower(), "application/octet-stream"))
    try:
        return _file(thumbnail(call.board.settings.home, row_id, source, size), "image/jpeg")
    except NoPicture as unreadable:
        raise NotFound(str(unreadable)) from None


def crop(call: Call, row_id: int) -> Response:
    """One animal with some margin, at full resolution. Raises NotFound with the reason."""
    with call.board.store.read() as session:
        animal = detection(session, row_id, call.actor.project_id)
        if animal is None:
            raise NotFound(f"There is no detection {row_id}; if its capture was processed again, look at the capture.")
        try:
            source = open_path(session, animal.capture_id)
        except NoCaptureFile as gone:
            raise NotFound(str(gone)) from None
    box = (animal.x1, animal.y1, animal.x2, animal.y2)
    try:
        return _file(close_up(call.board.settings.home, animal.capture_id, source, box), "image/jpeg")
    except NoPicture as unreadable:
        raise NotFound(str(unreadable)) from None


def _file(path: Path, kind: str) -> Response:
    """A file that the browser may keep: a capture never changes, and if it does its ETag does too."""
    try:
        response = send_file(path, mimetype=kind, max_age=A_MONTH, conditional=True)
    except OSError as error:
        raise NotFound(f"{path.name} cannot be opened ({error.strerror}); check the disk that it lies on.") from None
    response.cache_control.public = False
    response.cache_control.private = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


ENDPOINTS = [
    Endpoint("captures/<whole:row_id>/picture/", "Picture", {"GET": picture}),
    Endpoint("detections/<whole:row_id>/crop/", "Crop", {"GET": crop}),
]
