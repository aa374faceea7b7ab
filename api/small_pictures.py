"""The small picture of one capture of a job, for programs that do not know the captures' own addresses."""

from flask import Response, send_file

from api.dialect import Call
from engine.captures.files import NoCaptureFile, open_path
from engine.captures.thumbnails import NoPicture, thumbnail
from engine.control import NotFound
from models.queries.jobs import JobRow
from models.queries.outcomes import has_capture


def small_picture(call: Call, row: JobRow, name: str, size: str) -> Response:
    """A JPEG of the capture that `name` has the number of, with .jpg behind it or not. Raises NotFound."""
    number = name.removesuffix(".jpg")
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    with call.board.store.read() as session:
        if not is_number or not has_capture(session, row.id, int(number)):
            raise NotFound(f"There is no picture {name[:80]} in this job.")
        try:
            picture = thumbnail(call.board.settings.home, int(number), open_path(session, int(number)), size)
        except (NoCaptureFile, NoPicture) as gone:
            raise NotFound(str(gone)) from None
    return send_file(picture, mimetype="image/jpeg")
