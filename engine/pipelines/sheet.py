"""The empty sheet, estimated from the capture itself.

The sheet is the largest smooth region of the picture that hangs together: light falls off slowly over it, while every
animal is set apart by an edge. Its colour is carried on under the animals from their surroundings, so one capture is
enough and a camera that was moved, a lamp that warms up or a cloth in the wind needs no reference picture.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
"""A float image: h × w, or h × w × 3 in CIELAB with L 0..100 and the chroma axes weighted as the parameters say."""
Zone = NDArray[np.bool_]

DARK_SHARE = 0.35  # of the sheet's own lightness: what is darker and lines the frame is no sheet
BAR_SHARE = 0.2
SMOOTHING = 2.0  # px of the small picture
ISLAND_SHARE = 0.0025  # of the picture: smaller smooth pieces may be wings
ISLAND_DISTANCE = 25.0  # Lab units from the sheet around: a wing is further away
ROUNDS = 3
NOISE_REACH = 8.0  # px of the small picture


@dataclass(frozen=True)
class Sheet:
    """The empty sheet at reduced size (h × w): its colour, its noise and where it is.

    `colour` is h × w × 3 Lab, defined everywhere; `surface` is true where bare sheet was seen; `beyond` is true where
    the picture shows no sheet at all (a caption bar, the night beside the cloth).
    """

    colour: Plane
    surface: Zone
    beyond: Zone

    def noise(self, contrast: Plane) -> Plane:
        """Return the mean contrast of the bare sheet around each point (h × w), from `contrast` h × w."""
        seen = self.surface.astype(np.float32)
        weight = _blur(seen, NOISE_REACH)
        local = _blur(contrast * seen, NOISE_REACH) / np.maximum(weight, 1e-3)
        return _carry_on(local[..., None], weight)[..., 0]


def empty_sheet(lab: Plane, edge: float, spread: float) -> Sheet:
    """Estimate the empty sheet of a small Lab picture (h × w × 3, about 256 px wide).

    `edge` is the steepest gradient that is still sheet, in multiples of the median gradient; `spread` is the largest
    distance from the estimate that is still sheet, in multiples of its own spread.
    """
    beyond = _beyond_the_sheet(lab[..., 0])
    inside = ~_widen(beyond, 7)
    if not inside.any():
        return Sheet(lab, inside, np.ones_like(beyond))
    smooth, pieces = _smooth_pieces(lab, inside, edge)
    surface = _with_islands(lab, _largest(pieces) if pieces.any() else inside, pieces) & smooth
    for _ in range(ROUNDS):
        colour = _colour_of(lab, surface)
        distance = np.linalg.norm(lab - colour, axis=2)
        usual = max(1.0, 1.48 * float(np.median(distance[surface]))) if surface.any() else 1.0
        surface = inside & (distance < spread * usual)
    return Sheet(colour, surface, beyond)


def _beyond_the_sheet(lightness: Plane) -> Zone:
    """Dark regions that line a good part of the frame, and caption bars with all that is written in them."""
    height, width = lightness.shape
    lit = float(np.percentile(lightness, 80))
    beyond = np.zeros(lightness.shape, bool)
    dark = cv2.morphologyEx((lightness < DARK_SHARE * lit).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(dark)
    for side, length in ((labels[0], width), (labels[-1], width), (labels[:, 0], height), (labels[:, -1], height)):
        contact = np.bincount(side, minlength=count) > 0.2 * length
        contact[0] = False
        beyond |= contact[labels]
    bar = (lightness < BAR_SHARE * lit).mean(axis=1) > 0.6
    top, bottom = bar[: height // 4], bar[height - height // 4 :]
    if top.any():
        beyond[: int(np.flatnonzero(top)[-1]) + 1] = True
    if bottom.any():
        beyond[height - height // 4 + int(np.flatnonzero(bottom)[0]) :] = True
    return beyond


def _colour_of(lab: Plane, surface: Zone) -> Plane:
    seen = surface.astype(np.float32)
    weight = _blur(seen, SMOOTHING)
    return _carry_on(_blur(lab * seen[..., None], SMOOTHING) / np.maximum(weight, 1e-3)[..., None], weight)


def _smooth_pieces(lab: Plane, inside: Zone, edge: float) -> tuple[Zone, NDArray[Any]]:
    """Where the picture has no edge, and the connected pieces of it (labels from 1, without their margins)."""
    soft = _blur(lab, 1.0)
    across = cv2.Scharr(soft, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / 32)
    gradient = np.sqrt((across**2 + down**2).sum(axis=2))
    smooth = (gradient < max(1.0, edge * float(np.median(gradient[inside])))) & inside
    _, pieces = cv2.connectedComponents(cv2.erode(smooth.astype(np.uint8), np.ones((3, 3), np.uint8)), connectivity=4)
    return smooth, pieces


def _largest(pieces: NDArray[Any]) -> Zone:
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    return _widen(pieces == int(areas.argmax()), 3)


def _with_islands(lab: Plane, surface: Zone, pieces: NDArray[Any]) -> Zone:
    """Add the pieces that a crowd of animals cuts off from the rest: large, and of nearly the colour of the sheet."""
    areas = np.bincount(pieces.ravel())
    distance = np.linalg.norm(lab - _colour_of(lab, surface), axis=2)
    for label in 1 + np.flatnonzero(areas[1:] >= ISLAND_SHARE * pieces.size):
        piece = pieces == label
        if float(np.median(distance[piece])) < ISLAND_DISTANCE:
            surface = surface | _widen(piece, 3)
    return surface


def _carry_on(values: Plane, weight: Plane) -> Plane:
    """Fill where `weight` is low from ever coarser surroundings (a pull-push pyramid)."""
    coarse, weights = [values * weight[..., None]], [weight]
    while min(weights[-1].shape) > 2:
        coarse.append(_three_dimensional(cv2.pyrDown(coarse[-1])))
        weights.append(cv2.pyrDown(weights[-1]))
    filled = coarse[-1] / np.maximum(weights[-1], 1e-6)[..., None]
    for level, known in zip(coarse[-2::-1], weights[-2::-1], strict=True):
        above = _three_dimensional(cv2.pyrUp(filled, dstsize=(known.shape[1], known.shape[0])))
        trust = np.minimum(1, 2 * known)[..., None]
        filled = trust * (level / np.maximum(known, 1e-6)[..., None]) + (1 - trust) * above
    return filled


def _three_dimensional(image: Plane) -> Plane:
    return image[..., None] if image.ndim == 2 else image


def _blur(image: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def _widen(zone: Zone, size: int) -> Zone:
    widened: Zone = cv2.dilate(zone.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    return widened
