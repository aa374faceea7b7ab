"""What is fixed to a board and is no animal: screw heads and printed scales.

A station's mask zones are the sure way to leave these out; this recognises the two kinds that a new station has on its
first night.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.pipelines.touching import Mask

ROUNDNESS = 0.03  # a screw head departs from its circle by 1-2 % of the radius, an animal by more than 6 %
SMALLEST_RADIUS = 8.0  # px: below it every blob is round
SQUARES = 5  # equal squares that make a printed scale


def is_screw(region: Mask, left: int, top: int, height: int, width: int) -> bool:
    """Whether a region's outline is a circle, as far as the picture (height × width) shows it.

    `region` is a mask whose upper left corner lies at (`left`, `top`) in the picture. The circle is fitted by least
    squares (Kåsa 1976).
    """
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.asarray(max(outlines, key=len), np.float64)[:, 0] + (left, top)
    inner = ((outline > 1) & (outline < (width - 2, height - 2))).all(axis=1)
    points = outline[inner]
    if len(points) < 4 * SMALLEST_RADIUS:
        return False
    system = np.column_stack([2 * points, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)
    radius = float(np.sqrt(max(0.0, solution[2] + solution[0] ** 2 + solution[1] ** 2)))
    away = np.hypot(*(points - solution[:2]).T)
    much_of_it = len(points) > 2.5 * radius
    return radius >= SMALLEST_RADIUS and much_of_it and float(away.std()) < ROUNDNESS * radius


def is_printed_scale(grey: NDArray[Any]) -> bool:
    """Whether a grey crop (h × w) shows a row of dark squares of one size."""
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    apart = cv2.erode(dark, np.ones((3, 3), np.uint8))  # the squares of a chequered scale touch at their corners
    outlines, _ = cv2.findContours(apart, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = np.array([cv2.contourArea(outline) for outline in outlines if _is_square(outline)])
    return bool(len(areas) and np.count_nonzero(np.abs(areas / np.median(areas) - 1) < 0.5) >= SQUARES)


def _is_square(outline: NDArray[Any]) -> bool:
    area = cv2.contourArea(outline)
    if area < 60:
        return False
    _, (one, other), _ = cv2.minAreaRect(outline)
    return bool(area > 0.8 * one * other and max(one, other) < 1.4 * min(one, other))
