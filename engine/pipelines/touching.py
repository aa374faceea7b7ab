"""Taking apart animals that touch, so that each gets a box of its own.

Two things betray that a region holds more than one body: a brim of weak contrast between them (blur, colour bleeding, a
shared shadow), which a higher threshold cuts; and a neck narrower than the bodies that it joins. A moth's own wings,
legs and pale bands must stay together, so a cut counts only when what it leaves is compact and nearly all that was
there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[Any]
"""h × w of 0 and 1, eight bits, with an empty border of 1 px."""

SMALLEST_AREA = 60  # px
SMALLEST_RADIUS = 3.0  # px, of the largest circle that fits in
DEEPEST = 6  # cuts in a row: no real cluster needs more
LEVELS = (0.12, 0.18, 0.25, 0.35, 0.5)  # thresholds tried, in shares of the region's strong contrast
GAP = 500  # px: smaller gaps are part of an animal
BARE = 0.5  # contrast of bare sheet, in the weak threshold
ONE = 0.75  # share of its convex hull that one animal fills
REGAINED = 5  # px that a body gets back after a cut by contrast
KEPT = 0.7  # share of the region that must be left after a cut by contrast


@dataclass(frozen=True)
class Cuts:
    """When a region is taken apart: necks in shares of the narrower body, areas in shares of the region.

    A neck up to `neck` parts any two bodies; one up to `wide_neck` only bodies that are compact (`compact`, their share
    of their convex hull) and clearly more so than the two together (by `gain`). A body of less than `part` is no animal
    but a leg or a tail.
    """

    neck: float
    wide_neck: float
    part: float
    compact: float
    gain: float


def take_apart(mask: Mask, contrast: NDArray[Any], weak: NDArray[Any], cuts: Cuts) -> list[Mask]:
    """Return the bodies in one region, each a mask of the region's shape; a single animal comes back whole.

    `contrast` and `weak` (the threshold that made the region) have the region's shape.
    """
    return [body for part in _by_contrast(mask, contrast, weak, cuts) for body in _by_neck(mask=part, cuts=cuts)]


def compactness(mask: Mask) -> float:
    """Return the share of its convex hull that a region fills, 0..1."""
    outline = _outline(mask)
    return float(cv2.contourArea(outline) / max(1.0, cv2.contourArea(cv2.convexHull(outline))))


def fill_holes(mask: Mask) -> Mask:
    """Fill what a region encloses, in place, and return it."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(mask, outlines, -1, 1, -1)


def fill_gaps(mask: Mask, contrast: NDArray[Any], weak: NDArray[Any]) -> Mask:
    """Fill what a region encloses and return the result, apart from bare sheet that several animals ring in.

    One pale animal of which only the outline stands out encloses bare sheet too, but is compact.
    """
    whole = fill_holes(mask.copy())
    if cv2.countNonZero(whole) < GAP or compactness(whole) >= ONE:
        return whole
    _, labels, stats, _ = cv2.connectedComponentsWithStats(whole - mask, connectivity=4)
    for label in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= GAP):
        gap = (labels == label).astype(np.uint8)
        inner = cv2.erode(gap, disc(3)) > 0
        if inner.any() and float(np.median(contrast[inner] / weak[inner])) < BARE:
            whole -= gap
    return whole


def disc(size: int) -> Mask:
    """Return a round structuring element of `size` px across."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _by_contrast(mask: Mask, contrast: NDArray[Any], weak: NDArray[Any], cuts: Cuts, depth: int = 0) -> list[Mask]:
    area = cv2.countNonZero(mask)
    if area < 2 * SMALLEST_AREA or depth == DEEPEST:
        return [mask]
    high = float(np.percentile(contrast[mask > 0], 90))
    for level in LEVELS:
        above = ((mask > 0) & (contrast > np.maximum(weak, level * high))).astype(np.uint8)
        apart = cv2.morphologyEx(above, cv2.MORPH_OPEN, disc(5))
        bodies = _large_parts(mask, apart, max(SMALLEST_AREA, cuts.part * area))
        if len(bodies) < 2 or min(map(compactness, bodies)) < cuts.compact:
            continue
        if sum(map(cv2.countNonZero, bodies)) < KEPT * area:
            continue
        grown = [
            cv2.dilate(body, disc(REGAINED)) & part for body, part in zip(bodies, _shares(mask, bodies), strict=True)
        ]
        return [piece for body in grown for piece in _by_contrast(body, contrast, weak, cuts, depth + 1)]
    return [mask]


def _by_neck(mask: Mask, cuts: Cuts, depth: int = 0) -> list[Mask]:
    inward = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    widest = float(inward.max())
    if depth == DEEPEST or widest < SMALLEST_RADIUS:
        return [mask]
    reach = 1.5
    while reach < cuts.wide_neck * widest:
        for neck in (cuts.neck, cuts.wide_neck):
            parts = _bodies(mask, inward, reach, neck, cuts.part)
            if len(parts) > 1 and (neck == cuts.neck or _is_gain(mask, parts, cuts)):
                return [piece for part in parts for piece in _by_neck(part, cuts, depth + 1)]
        reach += max(0.5, 0.07 * widest)
    return [mask]


def _bodies(mask: Mask, inward: NDArray[Any], reach: float, neck: float, share: float) -> list[Mask]:
    """The parts that remain when everything thinner than `reach` px is taken away, each grown back to the whole."""
    count, cores = cv2.connectedComponents((inward > reach).astype(np.uint8))
    if count < 3:
        return [mask]
    widths = np.zeros(count, np.float32)
    np.maximum.at(widths, np.asarray(cores, np.intp).ravel(), inward.ravel())
    thick = [label for label in range(1, count) if widths[label] >= max(SMALLEST_RADIUS, reach / neck)]
    if len(thick) < 2:
        return [mask]
    parts = _shares(mask, ((cores == label).astype(np.uint8) for label in thick))
    area = cv2.countNonZero(mask)
    return [part for part in parts if cv2.countNonZero(part) >= share * area] or [mask]


def _is_gain(mask: Mask, parts: list[Mask], cuts: Cuts) -> bool:
    areas = [cv2.countNonZero(part) for part in parts]
    compact = [compactness(part) for part in parts]
    if min(compact) < cuts.compact or min(areas) < 2 * cuts.part * sum(areas):
        return False
    return float(np.average(compact, weights=areas)) - compactness(mask) >= cuts.gain


def _shares(mask: Mask, cores: Iterable[Mask]) -> list[Mask]:
    """Give each pixel of the region to the core that is nearest."""
    apart = np.stack([cv2.distanceTransform(1 - core, cv2.DIST_L2, 3) for core in cores])
    nearest = apart.argmin(axis=0)
    return [((nearest == index) & (mask > 0)).astype(np.uint8) for index in range(len(apart))]


def _large_parts(mask: Mask, above: Mask, smallest: float) -> list[Mask]:
    """The pieces of `above` that are large enough, with what they enclose as far as it lies in the region."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(above)
    large = [label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] >= smallest]
    return [fill_holes((labels == label).astype(np.uint8)) & mask for label in large]


def _outline(mask: Mask) -> NDArray[Any]:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(outlines, key=cv2.contourArea)
