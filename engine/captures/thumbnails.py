"""Small pictures of captures, drawn once and kept in the home folder."""

import os
import secrets
import struct
import warnings
from pathlib import Path

from PIL import Image, ImageOps

# Longest side, px. A small one fills a cell of a grid, a large one the page.
SIZES = {"small": 240, "medium": 640, "large": 1600}
QUALITY = 82
FOLDER = "thumbnails"


class NoPicture(Exception):
    """A capture cannot be shown; the sentence says why."""


def thumbnail(home: Path, capture_id: int, source: Path, size: str) -> Path:
    """A JPEG of the capture, at most SIZES[size] px wide and high and upright as its EXIF asks.

    It is drawn when it is asked for first, and anew when the capture's file has changed since. Raises NoPicture when
    that file is missing or cannot be read, and KeyError for an unknown size.
    """
    longest = SIZES[size]
    kept = home / FOLDER / size / f"{capture_id // 1000:03d}" / f"{capture_id}.jpg"
    taken = _time_of(source)
    if not kept.exists() or kept.stat().st_mtime_ns != taken:
        _draw(source, kept, longest, taken)
    return kept


def _time_of(source: Path) -> int:
    try:
        return source.stat().st_mtime_ns
    except OSError:
        raise NoPicture(
            f"{source.name} is not there any more. Check that its folder or disk is connected: {source.parent}"
        ) from None


def _draw(source: Path, kept: Path, longest: int, taken: int) -> None:
    """Write the thumbnail whole or not at all; its own time is its source's, which is how a change is seen."""
    picture = _read(source, longest)
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{kept.name}.{secrets.token_hex(8)}")
    try:
        picture.save(draft, "JPEG", quality=QUALITY, optimize=True)
        os.utime(draft, ns=(taken, taken))
        draft.replace(kept)
    finally:
        draft.unlink(missing_ok=True)


def _read(source: Path, longest: int) -> Image.Image:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(source) as picture:
            picture.draft("RGB", (longest, longest))  # a JPEG is decoded at 1/8 to 1/1, whichever is just enough
            picture.thumbnail((longest, longest), Image.Resampling.HAMMING)
            return ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError:
        raise NoPicture(f"{source.name} claims to have more pixels than any camera; look at it by hand.") from None
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, OverflowError):
        raise NoPicture(
            f"{source.name} cannot be read as a picture: it is empty, cut short or no picture. "
            "Copy it again from the camera's card."
        ) from None
