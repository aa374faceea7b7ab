"""What the header of a picture tells, read without decoding a pixel: its size, its EXIF time, whether it ends early."""

import io
import os
import re
import struct
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from PIL import Image, UnidentifiedImageError

from engine.captures.names import FIRST_YEAR, LAST_YEAR

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")
# What ends a file of these formats; one that ends without it lost its last part, on a full card or in a broken copy.
LAST_MARK = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND"}

EXIF_IFD = 0x8769
DATE_TIME_ORIGINAL = 0x9003
DATE_TIME = 0x0132
_EXIF_TIME = re.compile(r"\s*([0-9]{4})[:-]([0-9]{2})[:-]([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})")
# Everything that Pillow lets through from a file whose bytes are not what they claim to be.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    struct.error,
    EOFError,
    OverflowError,
)

Unreadable = Literal["missing", "forbidden", "empty", "not_a_picture", "too_large"]


@dataclass(frozen=True)
class Header:
    """Width and height in px as stored (no EXIF orientation is applied), the camera's naive wall time, and bytes.

    ``damage`` is None, or a sentence on a file whose header is whole but whose end is missing.
    """

    width: int
    height: int
    exif_time: datetime | None
    size_bytes: int
    damage: str | None = None


class UnreadableHeader(Exception):
    """A picture by its name whose header cannot be read; ``message`` says so in a sentence for people."""

    def __init__(self, kind: Unreadable, message: str, size_bytes: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.size_bytes = size_bytes


def read_header(path: str | os.PathLike[str]) -> Header:
    """Header of one picture file. Raises UnreadableHeader if it is missing, forbidden, empty, huge or no picture."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            return _read(file, path.name)
    except FileNotFoundError:
        raise UnreadableHeader("missing", f"{path.name} is not there any more; was the card taken out?") from None
    except PermissionError:
        message = f"{path.name} may not be read; allow the account that runs Nightboard to read it."
        raise UnreadableHeader("forbidden", message) from None
    except OSError as error:
        message = f"{path.name} cannot be opened ({error.strerror}); check the disk or the card that it lies on."
        raise UnreadableHeader("not_a_picture", message) from None


def read_beginning(beginning: bytes, size_bytes: int) -> Header | None:
    """Header of a picture of which only the first bytes are at hand; None where they do not tell."""
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(beginning), formats=FORMATS) as picture,
        ):
            return Header(picture.width, picture.height, _exif_time(picture), size_bytes)
    except (UnidentifiedImageError, Image.DecompressionBombError, *_BROKEN):
        return None


def _read(file: IO[bytes], name: str) -> Header:
    size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes == 0:
        raise UnreadableHeader("empty", f"{name} is empty (0 bytes); copy it again from the card.")
    try:
        # What Pillow would warn of is said here as damage, or does not concern a reader of sizes and times.
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=FORMATS) as picture:
            exif_time = _exif_time(picture)
            damage = (
                None if _is_whole(file, picture.format or "") else f"{name} ends early; copy it again from the card."
            )
            return Header(picture.width, picture.height, exif_time, size_bytes, damage)
    except Image.DecompressionBombError:
        message = f"{name} claims to have more pixels than any camera; look at it, and save it anew if it is right."
        raise UnreadableHeader("too_large", message, size_bytes) from None
    except (UnidentifiedImageError, *_BROKEN):
        message = f"{name} is not a picture that can be read, though it is named like one; copy it again from the card."
        raise UnreadableHeader("not_a_picture", message, size_bytes) from None


def _exif_time(picture: Image.Image) -> datetime | None:
    """DateTimeOriginal, else DateTime; None where neither is a plausible time or the EXIF block is broken."""
    if picture.format == "PNG" and "exif" not in picture.info:
        return None  # Pillow would decode the whole picture to look for a late block
    try:
        exif = picture.getexif()
        return _parse(exif.get_ifd(EXIF_IFD).get(DATE_TIME_ORIGINAL)) or _parse(exif.get(DATE_TIME))
    except _BROKEN:
        return None


def _parse(value: object) -> datetime | None:
    match = _EXIF_TIME.match(value.decode("ascii", "replace") if isinstance(value, bytes) else str(value))
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _is_whole(file: IO[bytes], picture_format: str) -> bool:
    """False only if the mark that ends the format stands nowhere behind the header.

    Most files end with it, which two reads settle; some cameras add a trailer, so the rest is searched before a file
    is called cut. The header itself is left out, because the thumbnail in it has an end mark of its own.
    """
    mark = LAST_MARK.get(picture_format)
    if mark is None:
        return True
    behind_header = file.tell()
    file.seek(-min(64, os.fstat(file.fileno()).st_size), os.SEEK_END)
    if file.tell() >= behind_header and mark in file.read():
        return True
    file.seek(behind_header)
    return mark in file.read()
