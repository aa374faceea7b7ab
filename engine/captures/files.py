"""Where the file of a capture lies."""

from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.captures import Capture, Source


class NoCaptureFile(LookupError):
    """There is no file that may be opened for this capture; the sentence says why."""


def open_path(session: Session, capture_id: int) -> Path:
    """The path of a capture's file: the folder of its source with the capture's own path below it.

    Whether the file is there is for its reader to find out. Raises NoCaptureFile for an unknown capture, and for one
    whose path would lead out of its source. Links within the source are followed, as they were when it was taken in.
    """
    row = session.execute(
        select(Source.url, Capture.path).join(Capture, Capture.source_id == Source.id).where(Capture.id == capture_id)
    ).first()
    if row is None:
        raise NoCaptureFile(f"There is no capture {capture_id}.")
    folder, path = row
    below = PurePosixPath(path)
    if below.is_absolute() or ".." in below.parts or "\0" in path or not below.parts:
        raise NoCaptureFile(f"The path of capture {capture_id} leads out of its folder; ingest that folder again.")
    return Path(folder) / below
