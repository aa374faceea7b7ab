"""Small pictures of captures and of the animals on them, drawn once and kept in the home folder."""

import os
import secrets
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

# Longest side, px. A small one fills a cell of a grid, a large one the page.
SIZES = {"small": 240, "medium": 640, "large": 1600}
QUALITY = 82
FOLDER = "thumbnails"
MARGIN = 0.15  # of the longer side of a box, around it in its close-up


class NoPicture(Exception):
    """A capture cannot be shown; the sentence says why."""


def thumbnail(home: Path, capture_id: int, source: Path, size: str) -> Path:
    """A JPEG of the capture, at most SIZES[size] px wide and high and upright as its EXIF asks.

    It is drawn when it is asked for first, and anew when the capture's file has changed since. Raises NoPicture when
    that file is missing or cannot be read, and KeyError for an unknown size.
    """
    longest = SIZES[size]

    def smaller(picture: Image.Image) -> Image.Image:
        picture.draft("RGB", (longest, longest))  # a JPEG is decoded at 1/8 to 1/1, whichever is just enough
        picture.thumbnail((longest, longest), Image.Resampling.HAMMING)
        return ImageOps.exif_transpose(picture)

    return _kept(home / FOLDER / size / f"{capture_id // 1000:03d}" / f"{capture_id}.jpg", source, smaller)


def close_up(home: Path, capture_id: int, source: Path, box: tuple[float, float, float, float]) -> Path:
    """A JPEG of what lies in a box and a little around it, at full resolution up to SIZES["large"] px wide and high.

    `box` is x1, y1, x2, y2 in full-resolution px of the upright picture. Kept and drawn anew as a thumbnail is. Raises
    NoPicture likewise.
    """
    margin = MARGIN * max(box[2] - box[0], box[3] - box[1])

    def cut(picture: Image.Image) -> Image.Image:
        upright = ImageOps.exif_transpose(picture)
        left, top = (max(0, round(edge - margin)) for edge in box[:2])
        right, bottom = (min(most, round(edge + margin)) for edge, most in zip(box[2:], upright.size, strict=True))
        part = upright.crop((left, top, max(left + 1, right), max(top + 1, bottom)))
        part.thumbnail((SIZES["large"], SIZES["large"]))
        return part

    name = "-".join(f"{edge:.0f}" for edge in (capture_id, *box))
    return _kept(home / FOLDER / "close-ups" / f"{capture_id // 1000:03d}" / f"{name}.jpg", source, cut)


def _kept(kept: Path, source: Path, change: Callable[[Image.Image], Image.Image]) -> Path:
    taken = _time_of(source)
    if not kept.exists() or kept.stat().st_mtime_ns != taken:
        _draw(source, kept, change, taken)
    return kept


def _time_of(source: Path) -> int:
    try:
        return source.stat().st_mtime_ns
    except OSError:
        raise NoPicture(
            f"{source.name} is not there any more. Check that its folder or disk is connected: {source.parent}"
        ) from None


def _draw(source: Path, kept: Path, change: Callable[[Image.Image], Image.Image], taken: int) -> None:
    """Write the thumbnail whole or not at all; its own time is its source's, which is how a change is seen."""
    picture = _read(source, change)
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{kept.name}.{secrets.token_hex(8)}")
    try:
        picture.save(draft, "JPEG", quality=QUALITY, optimize=True)
        os.utime(draft, ns=(taken, taken))
        draft.replace(kept)
    finally:
        draft.unlink(missing_ok=True)


def _read(source: Path, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(source) as picture:
            return change(picture).convert("RGB")
    except Image.DecompressionBombError:
        raise NoPicture(f"{source.name} claims to have more pixels than any camera; look at it by hand.") from None
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, OverflowError):
        raise NoPicture(
            f"{source.name} cannot be read as a picture: it is empty, cut short or no picture. "
            "Copy it again from the camera's card."
        ) from None
