"""Pictures that programs send: kept as files below `home`/uploads, a folder for each job, whole or not at all.

Nothing of what a program calls its input reaches the disk unchanged: a file's name is made of the letters and digits
of the input's name and a digest of it, so that no name can lead out of the folder or onto another's file.
"""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.captures.headers import Header, UnreadableHeader, read_header
from engine.control import Invalid, Refusal

FOLDER = "uploads"
LARGEST_INPUT = 64 * 2**20  # bytes of one picture
LONGEST_NAME = 200  # letters of the name of an input
BLOCK = 2**20
PART = ".part"
ENOUGH = 16  # bytes by which the format of a picture shows
KINDS = "JPEG, PNG, TIFF, WebP or BMP"
# How the files of a format begin, and the end of the name that they get. RIFF holds more than WebP: see `_suffix_of`.
BEGINNINGS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"RIFF", ".webp"),
    (b"BM", ".bmp"),
)


class TooLarge(Refusal):
    """More was sent than is taken."""


@dataclass(frozen=True)
class InputName:
    """What a program calls an input: the name of its source (results are told by it) and that of the file in it."""

    source: str
    name: str

    def __str__(self) -> str:
        return f"{self.source}/{self.name}"


@dataclass(frozen=True)
class Upload:
    """A picture in the folder of a job; `path` is relative to `home`/uploads."""

    path: str
    header: Header


def check_name(given: InputName) -> None:
    """Raise Invalid for a name that is empty, too long, or that would lead out of its folder."""
    for text in (given.source, given.name):
        if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
            raise Invalid({"input": [f"The name of an input has 1 to {LONGEST_NAME} printable letters; {text!r} not."]})
        if text.startswith("/") or ".." in re.split(r"[/\\]", text):
            raise Invalid({"input": [f"The name {text!r} would lead out of its folder; choose another one."]})


def add(home: Path, uuid: str, given: InputName, content: IO[bytes]) -> int:
    """Append what is sent to an input, piece by piece; the bytes that it has now.

    Raises TooLarge past `LARGEST_INPUT`, and Invalid as soon as it shows to be no picture; then the file is as before.
    """
    part = _part(home, uuid, given)
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = part.stat().st_size if part.exists() else 0
    try:
        size = _append(part, content, before, given)
        if before < ENOUGH <= size:
            _suffix_of(part, given)
    except Refusal:
        _cut_back(part, before)
        raise
    return size


def finish(home: Path, uuid: str, given: InputName) -> Upload:
    """Look at the whole of an input, and give it its last name. Raises Invalid when it is no picture."""
    part = _part(home, uuid, given)
    whole = part if part.exists() else next(part.parent.glob(f"{part.stem}.*"), part)
    suffix = _suffix_of(whole, given)
    try:
        header = read_header(whole)
    except UnreadableHeader:
        raise _no_picture(given) from None
    final = whole.replace(whole.with_suffix(suffix))
    return Upload(f"{uuid}/{final.name}", header)


def place_of(uuid: str, given: InputName) -> str:
    """Where a file of this input would lie, relative to `home`/uploads, had it been a picture."""
    return f"{uuid}/{_stem(given)}.txt"


def weight(home: Path, uuid: str) -> int:
    """Bytes of what was sent for a job so far."""
    found = 0
    for path in (home / FOLDER / uuid).glob("*"):
        with suppress(FileNotFoundError):  # it was given its last name just now
            found += path.stat().st_size
    return found


def forget(home: Path, uuid: str) -> None:
    """Delete what was sent for a job that came to nothing."""
    folder = home / FOLDER / uuid
    for path in folder.glob("*"):
        path.unlink(missing_ok=True)
    if folder.exists():
        folder.rmdir()


def _append(part: Path, content: IO[bytes], before: int, given: InputName) -> int:
    size = before
    with part.open("ab") as file:
        while block := content.read(BLOCK):
            size += len(block)
            if size > LARGEST_INPUT:
                raise TooLarge(f"The input {given} is larger than {LARGEST_INPUT // 2**20} MB; send a smaller picture.")
            file.write(block)
    if size == before:
        raise Invalid({"input": [f"The input {given} is empty; send the picture."]})
    return size


def _cut_back(part: Path, size: int) -> None:
    if size:
        with part.open("r+b") as file:
            file.truncate(size)
    else:
        part.unlink(missing_ok=True)


def _suffix_of(path: Path, given: InputName) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(ENOUGH)
    except FileNotFoundError:
        raise Invalid({"input": [f"Nothing was sent for the input {given}."]}) from None
    suffix = next((suffix for beginning, suffix in BEGINNINGS if head.startswith(beginning)), None)
    if suffix is None or (suffix == ".webp" and head[8:12] != b"WEBP"):
        raise _no_picture(given)
    return suffix


def _no_picture(given: InputName) -> Invalid:
    return Invalid({"input": [f"The input {given} is not a picture that can be read; send {KINDS}."]})


def _part(home: Path, uuid: str, given: InputName) -> Path:
    return home / FOLDER / uuid / f"{_stem(given)}{PART}"


def _stem(given: InputName) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", str(given)).strip("-")[:60]
    digest = hashlib.sha256(f"{given.source}\0{given.name}".encode()).hexdigest()[:12]
    return f"{readable}-{digest}".lstrip("-")
