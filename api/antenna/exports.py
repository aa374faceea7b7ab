"""The files of an export: which there are, and each, whole or from a byte on (`Range`), to resume a download."""

from flask import Response, send_file

from api.antenna.endpoint import Call, Endpoint, Reply
from api.antenna.jobs import find
from engine.exports import files
from engine.exports.files import ExportFile


def list_files(call: Call, key: str) -> Reply:
    """Name, size and address of each file. Raises NotFound, and Illegal while the export is not whole."""
    job_id = find(call, key)
    found = files.files(call.board.store, call.board.settings.home, call.actor, job_id)
    return Reply([{"name": each.name, "size": each.size_bytes, "url": _address(call, job_id, each)} for each in found])


def read_file(call: Call, key: str, name: str) -> Response:
    """One file. Raises NotFound, and Illegal while the export is not whole."""
    found = files.files(call.board.store, call.board.settings.home, call.actor, find(call, key))
    wanted = files.file_named(found, name)
    response = send_file(
        wanted.path, mimetype=wanted.media, as_attachment=True, download_name=wanted.name, conditional=True
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _address(call: Call, job_id: int, file: ExportFile) -> str:
    return f"{call.links.root}jobs/{job_id}/exports/{file.name}"


ENDPOINTS = [
    Endpoint("jobs/<key>/exports/", "Export files", {"GET": list_files}),
    Endpoint("jobs/<key>/exports/<name>", "Export file", {"GET": read_file}),
]
