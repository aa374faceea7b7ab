"""The embedded detector: where animals sit on the lit sheet of one capture. OpenCV and numpy alone, no model file.

The empty sheet is estimated from the capture itself; what differs from it in CIELAB by more than the sheet's own noise
is an animal, if it has an edge and a size. Animals that touch are parted at the neck between them. It says that there
is an arthropod and where, never which.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.pipelines.hardware import is_printed_scale, is_screw
from engine.pipelines.reading import Kind, Picture, UnreadableCapture, read_capture
from engine.pipelines.sheet import Plane, Sheet, Zone, empty_sheet
from engine.pipelines.touching import Mask, split_touching

__all__ = ["VERSION", "Animal", "Kind", "Parameters", "UnreadableCapture", "detect", "read_capture"]

VERSION = 1


@dataclass(frozen=True)
class Parameters:
    """What can be tuned. All numbers, so that they are stored with the results as JSON."""

    work_px: int = 2048  # longer side of the picture that is searched
    sheet_px: int = 256  # longer side of the picture from which the sheet is estimated
    chroma: float = 1.5  # weight of a*, b* against L*
    edge: float = 3.0  # steepest slope of the sheet, in its median slope
    spread: float = 3.0  # widest departure of the sheet from itself, in its spread
    strong: float = 6.0  # contrast that makes an animal, in the sheet's noise
    weak: float = 3.0  # contrast that still belongs to it, in the sheet's noise
    strong_floor: float = 14.0  # the same two, in Lab units, for a sheet without noise
    weak_floor: float = 7.0
    strong_share: float = 0.15  # share of an animal that must be of strong contrast
    close_px: int = 5  # gaps closed, in px of the searched picture
    open_px: int = 5  # legs, antennae and fibres taken off, in px of the searched picture
    neck: float = 0.55  # a neck narrower than this share of the bodies parts two animals
    part: float = 0.06  # smallest share of a region that is an animal of its own
    surest: float = 1.0
    softest: float = 0.06  # an edge fainter than this share of the contrast, per px, is a shadow or out of focus
    smallest_px: int = 30  # longer side of the smallest box, in full-resolution px


@dataclass(frozen=True)
class Animal:
    """One animal: its box in full-resolution px (x2 and y2 exclusive) and how sure, how large and how sharp it is.

    `score` is 0..1, from its contrast; `area_px` counts full-resolution px of the animal itself; `sharpness` is the
    variance of the Laplacian in its box, in squared grey levels.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    score: float
    area_px: int
    sharpness: float


@dataclass(frozen=True)
class _Search:
    """The capture at working size (h × w): its contrast against the sheet, and the two thresholds."""

    scale: float
    contrast: Plane
    weak: Plane
    strong: Plane
    closed: Zone


def detect(image: Picture, parameters: Parameters = Parameters(), mask: NDArray[Any] | None = None) -> list[Animal]:
    """Return the animals of a capture (height × width × 3, BGR), the surest first.

    `mask` (height × width) is non-zero where the station's mask zones lie: nothing is reported that lies mostly there.
    """
    search = _search(image, parameters)
    animals = [
        animal
        for region, left, top in _regions(search, parameters)
        if not _is_hardware(region, left, top, search, image)
        for part in split_touching(region, parameters.neck, parameters.part)
        if (animal := _animal(part, left, top, search, image, parameters)) is not None
    ]
    if mask is not None:
        animals = [animal for animal in animals if np.mean(_crop(mask, animal) != 0) <= 0.5]
    return sorted(animals, key=lambda animal: -animal.score)


def _search(image: Picture, parameters: Parameters) -> _Search:
    scale = min(1.0, parameters.work_px / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    height, width = lab.shape[:2]
    reduction = min(1.0, parameters.sheet_px / max(height, width))
    weights = np.array([100 / 255, parameters.chroma, parameters.chroma], np.float32)
    tiny = cv2.resize(lab, None, fx=reduction, fy=reduction, interpolation=cv2.INTER_AREA).astype(np.float32) * weights
    sheet = empty_sheet(tiny, parameters.edge, parameters.spread)
    contrast = _contrast(lab, sheet, weights)
    reduced = cv2.resize(np.minimum(contrast, 25), (tiny.shape[1], tiny.shape[0]), interpolation=cv2.INTER_AREA)
    noise = cv2.resize(sheet.noise(reduced), (width, height))
    closed = cv2.dilate(sheet.beyond.astype(np.uint8), np.ones((3, 3), np.uint8))
    return _Search(
        scale=scale,
        contrast=contrast,
        weak=np.maximum(parameters.weak_floor, parameters.weak * noise),
        strong=np.maximum(parameters.strong_floor, parameters.strong * noise),
        closed=cv2.resize(closed, (width, height), interpolation=cv2.INTER_NEAREST) > 0,
    )


def _contrast(lab: Picture, sheet: Sheet, weights: NDArray[Any]) -> Plane:
    height, width = lab.shape[:2]
    empty = cv2.resize(sheet.colour, (width, height), interpolation=cv2.INTER_LINEAR)
    away = cv2.GaussianBlur(lab, (0, 0), 1.0).astype(np.float32) * weights - empty
    return np.asarray(cv2.sqrt(cv2.transform(away * away, np.ones((1, 3), np.float32))), np.float32)


def _regions(search: _Search, parameters: Parameters) -> list[tuple[Mask, int, int]]:
    """Regions of contrast as masks with an empty border of 1 px, holes filled, and where they begin (left, top)."""
    weak: Mask = ((search.contrast > search.weak) & ~search.closed).astype(np.uint8)
    weak = cv2.morphologyEx(weak, cv2.MORPH_CLOSE, _disc(parameters.close_px))
    weak = cv2.morphologyEx(weak, cv2.MORPH_OPEN, _disc(parameters.open_px))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(weak)
    strong = np.bincount(labels[search.contrast > search.strong], minlength=count)
    sure = strong >= parameters.strong_share * stats[:, cv2.CC_STAT_AREA] + 3
    large = stats[:, 2:4].max(axis=1) >= parameters.smallest_px * search.scale
    regions = []
    for label in 1 + np.flatnonzero((sure & large)[1:]):
        left, top, width, height = stats[label, :4]
        region = np.zeros((height + 2, width + 2), np.uint8)
        region[1:-1, 1:-1] = labels[top : top + height, left : left + width] == label
        outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        regions.append((np.asarray(cv2.drawContours(region, outlines, -1, 1, -1), np.uint8), left - 1, top - 1))
    return regions


def _is_hardware(region: Mask, left: int, top: int, search: _Search, image: Picture) -> bool:
    height, width = search.contrast.shape
    if is_screw(region, left, top, height, width):
        return True
    edges = (left, top, left + region.shape[1], top + region.shape[0])
    x1, y1, x2, y2 = (max(0, round(edge / search.scale)) for edge in edges)
    return is_printed_scale(cv2.cvtColor(image[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY))


def _steepness(contrast: Plane) -> float:
    """Steepest slope of the contrast, in shares of its height per px: 0.3 for an edge in focus, 0.05 for a shadow."""
    across = cv2.Scharr(contrast, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(contrast, cv2.CV_32F, 0, 1, scale=1 / 32)
    slope = np.percentile(cv2.magnitude(across, down), 97)
    return float(slope / max(1e-3, float(np.percentile(contrast, 97))))


def _animal(part: Mask, left: int, top: int, search: _Search, image: Picture, parameters: Parameters) -> Animal | None:
    x, y, width, height = cv2.boundingRect(part)
    if max(width, height) < parameters.smallest_px * search.scale:
        return None
    rows, columns = slice(top + y, top + y + height), slice(left + x, left + x + width)
    inside = part[y : y + height, x : x + width] > 0
    if _steepness(search.contrast[rows, columns]) < parameters.softest:
        return None
    contrast = float(search.contrast[rows, columns][inside].mean())
    needed = float(search.strong[rows, columns][inside].mean())
    if contrast < parameters.surest * needed:
        return None
    box = [round(edge / search.scale) for edge in (left + x, top + y, left + x + width, top + y + height)]
    x2, y2 = min(box[2], image.shape[1]), min(box[3], image.shape[0])
    grey = cv2.cvtColor(image[box[1] : y2, box[0] : x2], cv2.COLOR_BGR2GRAY)
    return Animal(
        x1=box[0],
        y1=box[1],
        x2=x2,
        y2=y2,
        score=round(contrast / (contrast + needed), 3),
        area_px=round(np.count_nonzero(inside) / search.scale**2),
        sharpness=round(float(cv2.Laplacian(grey, cv2.CV_32F).var()), 1),
    )


def _crop(plane: NDArray[Any], animal: Animal) -> NDArray[Any]:
    return plane[animal.y1 : animal.y2, animal.x1 : animal.x2]


def _disc(size: int) -> Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
