"""How good a capture is as a picture: brightness, sharpness and what is wrong with it, measured on a small copy.

What is wrong is judged by measures that hardly depend on how many animals sit on the sheet: how bright its bright parts
are, how much of it is at the camera's own ceiling, and how steep its edges are against the same edges smoothed. What is
as a whole darker or brighter than any lit sheet is dark or blown out in any case.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.queries import captures

LONGER_SIDE_PX = 1024
DARK_BELOW = 60.0  # grey value of the brightest twentieth: sheets that are lit have 180 and more
CEILING = 220.0  # grey value: many cameras never write more than 228
BLOWN_OUT_ABOVE = 0.75  # share of the capture at its ceiling
BLURRED_BELOW = 1.4  # in focus 1.6 and more, a Gaussian blur of 6 px on a 4K capture 1.2 to 1.4 on most sheets
SAMPLED = 16  # one px in so many is looked at first
FAINT = 1.0  # grey values per px: without an edge steeper than that, focus cannot be judged


@dataclass(frozen=True)
class Quality:
    """`brightness` is the mean grey value, 0 to 255. `sharpness` is the standard deviation of the Laplacian of the grey
    picture at a longer side of 1024 px (Pech-Pacheco et al. 2000, taken as a root so that it is in grey values).
    `flags` are some of dark, blown out and blurred.
    """

    brightness: float
    sharpness: float
    flags: tuple[str, ...]


def measure(image: NDArray[np.uint8]) -> Quality:
    """The quality of a BGR picture."""
    scale = LONGER_SIDE_PX / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    values = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    counts = np.bincount(values.ravel(), minlength=256)
    grey = values.astype(np.float32)
    mean = float(grey.mean())
    judged = {
        "dark": mean < captures.DARK_BELOW or _is_dark(counts),
        "blown out": mean > captures.BLOWN_OUT_ABOVE or _is_blown_out(counts),
        "blurred": _is_blurred(grey),
    }
    flags = tuple(word for word, wrong in judged.items() if wrong)
    return Quality(mean, float(cv2.Laplacian(grey, cv2.CV_32F).std()), flags)


def _is_dark(counts: NDArray[np.int64]) -> bool:
    return _percentile(counts, 95) < DARK_BELOW


def _is_blown_out(counts: NDArray[np.int64]) -> bool:
    ceiling = _percentile(counts, 99.9)
    share = counts[np.arange(256) > ceiling - 2].sum() / counts.sum()
    return ceiling >= CEILING and bool(share > BLOWN_OUT_ABOVE)


def _percentile(counts: NDArray[np.int64], percent: float) -> float:
    """As np.percentile of the grey values, from how many there are of each of the 256; it sorts nothing."""
    at = percent / 100 * (int(counts.sum()) - 1)
    below, above = np.searchsorted(counts.cumsum(), (int(at), int(np.ceil(at))), side="right")
    return float(below + (above - below) * (at % 1))


def _is_blurred(grey: NDArray[np.float32]) -> bool:
    """Whether even the steepest edges lose little when they are smoothed (after Crété et al. 2007)."""
    sharp, soft = _steepest(grey, 0.6), _steepest(grey, 2.0)
    return soft > FAINT and sharp < BLURRED_BELOW * soft


def _steepest(grey: NDArray[np.float32], sigma: float) -> float:
    """The slope that one px in 500 exceeds, in grey values per px, after smoothing by `sigma` px."""
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32)
    return _exceeded_by_few(cv2.magnitude(across, down), 99.8)


def _exceeded_by_few(values: NDArray[Any], percent: float) -> float:
    """As np.percentile, for the few largest: those below what a sample says can be none of them are only counted."""
    flat = values.ravel()
    bound = np.quantile(flat[::SAMPLED], 1 - 4 * (1 - percent / 100))
    rank = percent / 100 * (flat.size - 1)
    largest = flat[flat > bound]
    skipped = flat.size - largest.size
    if skipped > rank:  # the sample was none of the whole
        return float(np.percentile(flat, percent))
    largest.sort()
    low, high = (float(largest[int(each) - skipped]) for each in (rank, np.ceil(rank)))
    return low + (high - low) * (rank % 1)
