"""Captures that a person sends from a browser: pictures, or zip archives of them, into a folder of the station's own.

A file comes in pieces and may be taken up again where it broke off. When it is whole it is looked at: a picture goes
into `home`/arrivals under its own name, which may carry its time; what is none is refused in a sentence and leaves
nothing behind. When all are there, a sync job takes them in like the files of any other source.

What is kept here is younger than its picture, so it gets the time that the file had where it came from, as the browser
or the archive tells it. Where nobody tells it, it gets the beginning of 1970, which the ingest takes for no time.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from filecmp import cmp
from pathlib import Path
from typing import IO

from filelock import FileLock
from sqlalchemy.orm import Session

from engine import control
from engine.access import Actor
from engine.archives import BROKEN
from engine.audit import refuse_unless
from engine.board import Board
from engine.captures.grouping import clocks_of
from engine.captures.headers import UnreadableHeader, read_header
from engine.captures.listing import time_of_member
from engine.captures.names import FIRST_YEAR, is_picture
from engine.captures.sources import LARGEST, LARGEST_ARCHIVE
from engine.captures.stations import open_source
from engine.captures.walls import note_wall
from engine.control import Invalid, JobRequest, NotFound
from models.captures import Deployment
from models.nights import ONE_DAY, Clocks
from models.people import Role

FOLDER = "arrivals"
PARTS = "parts"
LONGEST_NAME = 200  # letters
LARGEST_PIECE = 8 * 2**20  # bytes
BLOCK = 2**20
SPARE = 2**29  # bytes of the disk that are left free
FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
UNKNOWN = 0.0  # s since 1970 of a file whose time nobody tells
MOST_MEMBERS = 50_000  # files of an archive
KINDS = "JPEG, PNG, TIFF, WebP or BMP pictures, and zip archives of them"


class OutOfStep(Exception):
    """A piece does not begin where the file ends so far; `received` is where it does."""

    def __init__(self, received: int) -> None:
        super().__init__(f"{received} bytes are here")
        self.received = received


@dataclass
class Arrival:
    """How a file stands: bytes that are here; once it is whole, pictures kept, and what was wrong with the others."""

    received: int
    whole: bool = False
    kept: int = 0
    faults: list[str] = field(default_factory=list)


def receive(
    board: Board,
    actor: Actor,
    station_id: int,
    name: str,
    *,
    size: int,
    offset: int,
    piece: IO[bytes],
    modified_ms: float | None = None,
) -> Arrival:
    """Add a piece to a file of `size` bytes that is sent for a station, and keep the file once it is whole.

    `modified_ms` is the file's own time, since 1970 in UTC; one that cannot be true is taken for none. Raises
    OutOfStep, Forbidden, NotFound, and Invalid for a name or size that cannot be; then nothing is kept.
    """
    _station_for(board, actor, station_id)
    _check(board.settings.home, name, size)
    parts = board.settings.home / FOLDER / PARTS
    parts.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = hashlib.sha256(f"{station_id}\0{actor.name}\0{size}\0{name}".encode()).hexdigest()[:32]
    part = parts / key
    with FileLock(parts / f"{key}.lock"):
        received = _append(part, piece, offset, size)
        if received < size:
            return Arrival(received)
        try:
            modified = _possible((modified_ms or 0.0) / 1000)
            return _keep(part, name, _folder(board, station_id), modified, _clocks(board, station_id))
        finally:
            part.unlink(missing_ok=True)


def take_in(board: Board, actor: Actor, station_id: int) -> int:
    """Start the job that takes in what was sent for a station; its id. Raises Forbidden, NotFound and Invalid."""
    project_id, station = _station_for(board, actor, station_id)
    with board.store.write() as session:
        open_source(session, station_id, _folder(board, station_id))
    request = JobRequest(
        name=f"{station}: uploaded captures"[:255],
        project_id=project_id,
        deployment_id=station_id,
        type="data_storage_sync",
        priority=7,  # somebody is looking
    )
    return control.submit(board, actor, request, start_now=True).job_id


def _station_for(board: Board, actor: Actor, station_id: int) -> tuple[int, str]:
    """Project and name of the station. Raises Forbidden, and NotFound when it is none of this actor's."""
    refuse_unless(board, actor, Role.OPERATOR, "upload captures")
    with board.store.read() as session:
        station = _station(session, station_id)
    if station is None or actor.project_id not in (None, station[0]):
        raise NotFound(f"There is no station {station_id}.")
    return station


def _station(session: Session, station_id: int) -> tuple[int, str] | None:
    station = session.get(Deployment, station_id)
    return (station.project_id, station.name) if station is not None else None


def _folder(board: Board, station_id: int) -> Path:
    folder = (board.settings.home / FOLDER / f"station-{station_id}").resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _clocks(board: Board, station_id: int) -> Clocks:
    with board.store.read() as session:
        return clocks_of(session, station_id)


def _possible(modified: float) -> float:
    """A file's own time, s since 1970, or UNKNOWN where it can be none of a camera's."""
    return modified if FIRST <= modified <= (datetime.now(UTC) + ONE_DAY).timestamp() else UNKNOWN


def _check(home: Path, name: str, size: int) -> None:
    if not name.strip(". ") or len(name) > LONGEST_NAME or not name.isprintable() or "/" in name or "\\" in name:
        raise Invalid({"name": [f"{name!r} is not the name of a file; give it one of 1 to {LONGEST_NAME} letters."]})
    is_archive = name.lower().endswith(".zip")
    if not is_archive and not is_picture(name):
        raise Invalid({"name": [f"{name} is not taken: send {KINDS}."]})
    most = LARGEST_ARCHIVE if is_archive else LARGEST
    if size <= 0:
        raise Invalid({"name": [f"{name} is empty; copy it again from the camera's card."]})
    if size > most:
        raise Invalid({"name": [f"{name} has {size // 2**20} MB; the most is {most // 2**20} MB."]})
    home.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(home).free < size * (2 if is_archive else 1) + SPARE:
        raise Invalid({"name": ["The disk of Nightboard is nearly full; make room in its home folder first."]})


def _append(part: Path, piece: IO[bytes], offset: int, size: int) -> int:
    received = part.stat().st_size if part.exists() else 0
    if offset != received:
        if offset != 0:
            raise OutOfStep(received)
        received = 0  # it is sent anew
    with part.open("r+b" if received else "wb") as file:
        file.seek(received)
        most = min(size, received + LARGEST_PIECE)
        while received < most and (block := piece.read(min(BLOCK, most - received))):
            file.write(block)
            received += len(block)
    return received


def _keep(part: Path, name: str, folder: Path, modified: float, clocks: Clocks) -> Arrival:
    """Look at a whole file and keep the pictures in it; an archive has a time of its own for each."""
    arrival = Arrival(part.stat().st_size, whole=True)
    if not name.lower().endswith(".zip"):
        _keep_picture(part, name, folder, modified, arrival)
        return arrival
    try:
        with zipfile.ZipFile(part) as archive:
            for member, leaf, copy in _pictures_of(archive, part, arrival):
                wall = time_of_member(member)
                at = UNKNOWN if wall is None else _possible(clocks.utc(wall).timestamp())
                _keep_picture(copy, leaf, folder, at, arrival, wall if at != UNKNOWN else None)
    except zipfile.BadZipFile:
        arrival.faults.append(f"{name} is not a zip archive that can be read; pack it again.")
    if not arrival.kept and not arrival.faults:
        arrival.faults.append(f"There are no pictures in {name}; it may hold JPEG, PNG, TIFF, WebP or BMP files.")
    return arrival


def _pictures_of(
    archive: zipfile.ZipFile, beside: Path, arrival: Arrival
) -> Iterator[tuple[zipfile.ZipInfo, str, Path]]:
    """(member, its name, its copy on the disk) of each picture, one at a time; what cannot be unpacked is a fault."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        arrival.faults.append(f"It holds {len(members):,} files; the most is {MOST_MEMBERS:,}. Pack it in parts.")
        return
    for member in members:
        leaf = member.filename.rpartition("/")[2]
        if member.is_dir() or not is_picture(leaf):
            continue
        copy = beside.with_suffix(".member")
        try:
            if member.file_size > LARGEST:
                raise ValueError(f"it is larger than {LARGEST // 2**20} MB")
            if not leaf.isprintable() or len(leaf) > LONGEST_NAME:
                raise ValueError("its name cannot be kept")
            with archive.open(member) as packed, copy.open("wb") as file:
                shutil.copyfileobj(packed, file, BLOCK)  # stops at the size that the archive's directory tells
            yield member, leaf, copy
        except (*BROKEN, ValueError, OSError) as error:
            reason = "it is locked with a password" if member.flag_bits & 1 else str(error) or type(error).__name__
            arrival.faults.append(f"{leaf} could not be unpacked: {reason}.")
        finally:
            copy.unlink(missing_ok=True)


def _keep_picture(
    file: Path, name: str, folder: Path, modified: float, arrival: Arrival, wall: datetime | None = None
) -> None:
    """Move a picture into the folder; one that is there already under this name counts as kept.

    `wall` is what a clock without a zone told; it is noted, as that zone may turn out to be another one.
    """
    try:
        read_header(file)
    except UnreadableHeader as fault:
        arrival.faults.append(fault.message.replace(file.name, name))
        return
    place, number = folder / name, 1
    while place.exists() and not cmp(file, place, shallow=False):
        number += 1
        place = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    if not place.exists():
        if wall is not None:
            note_wall(folder, place.name, wall)
        os.utime(file, (modified, modified))
        file.replace(place)
        place.chmod(0o600)
    arrival.kept += 1
