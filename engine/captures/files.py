"""Where the file of a capture lies."""

from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.captures.sources import SourceAway, file_in
from models.captures import Capture, Source


class NoCaptureFile(LookupError):
    """There is no file that may be opened for this capture; the sentence says why."""


def open_path(session: Session, capture_id: int) -> Path:
    """The path of a capture's file: the folder of its source with the capture's own path below it.

    Whether the file is there is for its reader to find out; one that lies elsewhere is fetched first. Raises
    NoCaptureFile for an unknown capture, for one whose path would lead out of its source, and for one that cannot be
    fetched. Links within the source are followed, as they were when it was taken in.
    """
    row = session.execute(
        select(Source.url, Capture.path, Capture.checksum, Capture.size_bytes)
        .join(Capture, Capture.source_id == Source.id)
        .where(Capture.id == capture_id)
    ).first()
    if row is None:
        raise NoCaptureFile(f"There is no capture {capture_id}.")
    url, path, checksum, size_bytes = row
    below = PurePosixPath(path)
    if below.is_absolute() or ".." in below.parts or "\0" in path or not below.parts:
        raise NoCaptureFile(f"The path of capture {capture_id} leads out of its folder; ingest that folder again.")
    file = file_in(url, str(below), stamp_of(checksum, size_bytes))
    try:
        return file if isinstance(file, Path) else file.fetch()
    except (FileNotFoundError, SourceAway) as gone:
        raise NoCaptureFile(str(gone)) from None


def stamp_of(checksum: str | None, size_bytes: int) -> str:
    """What changes when a capture's file does, as far as its row knows."""
    return f"{checksum or ''} {size_bytes}"
