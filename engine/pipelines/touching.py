"""Taking apart animals that touch: a narrow neck between two bodies is where they meet."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[Any]
"""h × w of 0 and 1, eight bits."""

SMALLEST_BODY = 3.0  # px, radius of the largest circle that fits in
DEEPEST = 6  # halvings: no real cluster needs more


def split_touching(mask: Mask, neck: float, share: float, depth: int = 0) -> list[Mask]:
    """Return the parts of one region (h × w of 0 and 1, with an empty border of 1 px), each of the same shape.

    Two bodies are parted where the neck between them is narrower than `neck` times the narrower body, and where each
    holds at least `share` of the region's area. A region without such a neck comes back whole.
    """
    inward = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    widest = float(inward.max())
    if depth == DEEPEST or widest < SMALLEST_BODY:
        return [mask]
    reach = 1.5
    while reach < neck * widest:
        parts = _bodies(mask, inward, reach, neck, share)
        if len(parts) > 1:
            return [piece for part in parts for piece in split_touching(part, neck, share, depth + 1)]
        reach += max(0.5, 0.07 * widest)
    return [mask]


def _bodies(mask: Mask, inward: NDArray[Any], reach: float, neck: float, share: float) -> list[Mask]:
    """The parts that remain when everything thinner than `reach` px is taken away, each grown back to the whole."""
    count, cores = cv2.connectedComponents((inward > reach).astype(np.uint8))
    if count < 3:
        return [mask]
    widths = np.zeros(count, np.float32)
    np.maximum.at(widths, np.asarray(cores, np.intp).ravel(), inward.ravel())
    thick = (widths * neck >= reach) & (widths >= SMALLEST_BODY)
    thick[0] = False
    if np.count_nonzero(thick) < 2:
        return [mask]
    away = np.where(thick[cores], 0, 1).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(away, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_CCOMP)
    parts = [((nearest == label) & (mask > 0)).astype(np.uint8) for label in np.unique(nearest[away == 0])]
    area = cv2.countNonZero(mask)
    return [part for part in parts if cv2.countNonZero(part) >= share * area] or [mask]
