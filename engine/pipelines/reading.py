"""Reading a capture, and saying in plain words when it cannot be read."""

from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]
"""A picture as OpenCV holds it: height × width × 3, blue, green, red, 0..255."""
Kind = Literal["missing", "empty", "truncated", "unreadable", "dark"]

DARK_LEVEL = 24  # of 255: a lit sheet is far brighter in its brightest tenth, a failed lamp far darker


class UnreadableCapture(Exception):
    """A capture that cannot be worked on. `kind` is for counting, the message for a person."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message


def read_capture(path: Path | str) -> Picture:
    """Read a capture whole: height × width × 3 (BGR), turned upright as its EXIF asks.

    Raises `UnreadableCapture` when the file is missing, empty, cut short, no picture, or all dark.
    """
    path = Path(path)
    encoded = _bytes_of(path)
    if not _is_whole(encoded):
        raise UnreadableCapture(
            "truncated",
            f"{path.name} is cut short: the file ends before the picture does ({len(encoded):,} bytes). "
            "Copy it again from the camera's card.",
        )
    try:
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise UnreadableCapture("unreadable", f"{path.name} is not a picture that can be read. Open it by hand to see.")
    if _is_dark(picture):
        raise UnreadableCapture("dark", f"{path.name} is black: the lamp or the flash was off when it was taken.")
    return np.asarray(picture, np.uint8)


def _bytes_of(path: Path) -> bytes:
    try:
        encoded = path.read_bytes()
    except FileNotFoundError:
        message = f"{path.name} is not there any more. Check that its folder or disk is connected: {path.parent}"
        raise UnreadableCapture("missing", message) from None
    except OSError as error:
        reason = error.strerror or "the disk gave no reason"
        raise UnreadableCapture("unreadable", f"{path.name} cannot be opened ({reason}).") from error
    if not encoded:
        raise UnreadableCapture("empty", f"{path.name} is empty (0 bytes): the camera made the file but wrote nothing.")
    return encoded


def _is_whole(encoded: bytes) -> bool:
    """Whether a JPEG or PNG carries its end mark; a decoder would fill what is missing with grey and say nothing."""
    if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" in encoded[-64:]
    if not encoded.startswith(b"\xff\xd8"):
        return True
    scan = _start_of_scan(encoded)
    # After the start of scan 0xFF is always followed by a marker or a stuffed 0, so this cannot be a pixel; before it,
    # the end mark of an EXIF thumbnail could be.
    return scan is not None and encoded.find(b"\xff\xd9", scan) >= 0


def _start_of_scan(jpeg: bytes) -> int | None:
    """Return the offset of the first scan of a JPEG (ITU T.81, B.1.1), or None when the file ends before it."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xDA:
            return at
        at += 1 if marker == 0xFF else 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return None


def _is_dark(picture: Picture) -> bool:
    sample = picture[:: max(1, picture.shape[0] // 200), :: max(1, picture.shape[1] // 200)]
    return float(np.percentile(sample.max(axis=2), 90)) < DARK_LEVEL
