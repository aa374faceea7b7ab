"""The embedded detector: where animals sit on the lit sheet of one capture. OpenCV and numpy alone, no model file.

The empty sheet is estimated from the capture itself; what differs from it in CIELAB by more than the sheet's own noise
is an animal, if it has an edge and a size. Animals that touch are taken apart. It says that there is an arthropod and
where, never which.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.pipelines.hardware import is_printed_scale, is_screw
from engine.pipelines.reading import Kind, Picture, UnreadableCapture, read_capture
from engine.pipelines.sheet import Plane, Sheet, Zone, empty_sheet
from engine.pipelines.touching import Cuts, Mask, disc, fill_gaps, take_apart

__all__ = ["VERSION", "Animal", "Kind", "Parameters", "UnreadableCapture", "detect", "read_capture"]

VERSION = 2
STAGES = ("sheet", "contrast", "candidates", "split", "measure")
"""What `detect` does, in this order."""


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
    strong_share: float = 0.15  # share of a region that must be of strong contrast
    smallest_score: float = 0.5  # an animal's mean contrast is strong
    softest: float = 0.06  # an edge with less than this share of the contrast in a px is a shadow or out of focus
    close_px: int = 5  # gaps closed, in px of the searched picture
    open_px: int = 7  # legs, antennae and fibres taken off, in px of the searched picture
    neck: float = 0.75  # for these five see `Cuts`
    wide_neck: float = 0.85
    part: float = 0.06
    compact: float = 0.75
    gain: float = 0.08
    smallest_px: int = 30  # longer side of the smallest box, in full-resolution px


@dataclass(frozen=True)
class Animal:
    """One animal: its box in full-resolution px (x2 and y2 exclusive) and how sure, how large and how sharp it is.

    `score` is 0..1, from its contrast against what the sheet's noise asks for, 0.5 where the two are equal; `area_px`
    counts full-resolution px of the animal itself; `sharpness` is the variance of the Laplacian in its box, in squared
    grey levels; `length_px` is the longer side of the smallest rectangle at any angle around it, thin legs and antennae
    apart, in full-resolution px.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    score: float
    area_px: int
    sharpness: float
    length_px: float


@dataclass(frozen=True)
class _Search:
    """The capture at working size (h × w): its contrast against the sheet, the two thresholds, what is no sheet."""

    scale: float
    contrast: Plane
    weak: Plane
    strong: Plane
    closed: Zone


@dataclass(frozen=True)
class _Region:
    """A connected piece of contrast and the planes around it, all with a border of 1 px; (left, top) is the corner."""

    mask: Mask
    contrast: Plane
    weak: Plane
    strong: Plane
    left: int
    top: int


def detect(
    image: Picture,
    parameters: Parameters = Parameters(),
    mask: NDArray[Any] | None = None,
    done: Callable[[str], None] = lambda stage: None,
) -> list[Animal]:
    """Return the animals of a capture (height × width × 3, BGR), the surest first.

    `mask` (height × width) is non-zero where the station's mask zones lie: nothing is reported that lies mostly there.
    `done` is called with each of STAGES when it ends.
    """
    cuts = Cuts(parameters.neck, parameters.wide_neck, parameters.part, parameters.compact, parameters.gain)
    search = _search(image, parameters, done)
    regions = [region for region in _regions(search, parameters) if not _is_hardware(region, search, image)]
    done("candidates")
    bodies = [
        (body, region) for region in regions for body in take_apart(region.mask, region.contrast, region.weak, cuts)
    ]
    done("split")
    measured = (_animal(body, region, search.scale, image, parameters) for body, region in bodies)
    animals = [animal for animal in measured if animal is not None and not _is_masked(animal, mask)]
    done("measure")
    return sorted(animals, key=lambda animal: -animal.score)


def _is_masked(animal: Animal, mask: NDArray[Any] | None) -> bool:
    return mask is not None and float(np.mean(mask[animal.y1 : animal.y2, animal.x1 : animal.x2] != 0)) > 0.5


def _search(image: Picture, parameters: Parameters, done: Callable[[str], None]) -> _Search:
    scale = min(1.0, parameters.work_px / max(image.shape[:2]))
    lab = cv2.cvtColor(_shrink(image, scale), cv2.COLOR_BGR2LAB)
    height, width = lab.shape[:2]
    weights = np.array([100 / 255, parameters.chroma, parameters.chroma], np.float32)
    tiny = _shrink(lab, min(1.0, parameters.sheet_px / max(height, width))).astype(np.float32) * weights
    sheet = empty_sheet(tiny, parameters.edge, parameters.spread)
    done("sheet")
    contrast = _contrast(lab, sheet, weights)
    reduced = cv2.resize(np.minimum(contrast, 25), (tiny.shape[1], tiny.shape[0]), interpolation=cv2.INTER_AREA)
    noise = cv2.resize(sheet.noise(reduced), (width, height))
    closed = cv2.dilate(sheet.beyond.astype(np.uint8), np.ones((3, 3), np.uint8))
    search = _Search(
        scale=scale,
        contrast=contrast,
        weak=np.maximum(parameters.weak_floor, parameters.weak * noise),
        strong=np.maximum(parameters.strong_floor, parameters.strong * noise),
        closed=cv2.resize(closed, (width, height), interpolation=cv2.INTER_NEAREST) > 0,
    )
    done("contrast")
    return search


def _shrink(image: Picture, scale: float) -> Picture:
    return image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _contrast(lab: Picture, sheet: Sheet, weights: NDArray[Any]) -> Plane:
    """Return the distance of each point from the empty sheet in weighted CIELAB (h × w)."""
    height, width = lab.shape[:2]
    empty = cv2.resize(sheet.colour, (width, height), interpolation=cv2.INTER_LINEAR)
    away = cv2.GaussianBlur(lab, (0, 0), 1.0).astype(np.float32) * weights - empty
    return cv2.sqrt(cv2.transform(away * away, np.ones((1, 3), np.float32)))


def _regions(search: _Search, parameters: Parameters) -> list[_Region]:
    weak: Mask = ((search.contrast > search.weak) & ~search.closed).astype(np.uint8)
    weak = cv2.morphologyEx(weak, cv2.MORPH_CLOSE, disc(parameters.close_px))
    weak = cv2.morphologyEx(weak, cv2.MORPH_OPEN, disc(parameters.open_px))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(weak)
    strong = np.bincount(labels[search.contrast > search.strong], minlength=count)
    sure = strong >= parameters.strong_share * stats[:, cv2.CC_STAT_AREA] + 3
    large = stats[:, 2:4].max(axis=1) >= parameters.smallest_px * search.scale
    return [_region(labels, int(label), stats[label], search) for label in 1 + np.flatnonzero((sure & large)[1:])]


def _region(labels: NDArray[Any], label: int, stats: NDArray[Any], search: _Search) -> _Region:
    left, top, width, height = (int(value) for value in stats[:4])
    window = slice(top, top + height), slice(left, left + width)
    mask = np.pad((labels[window] == label).astype(np.uint8), 1)
    contrast, weak, strong = (
        np.pad(plane[window], 1, mode="edge") for plane in (search.contrast, search.weak, search.strong)
    )
    return _Region(fill_gaps(mask, contrast, weak), contrast, weak, strong, left - 1, top - 1)


def _is_hardware(region: _Region, search: _Search, image: Picture) -> bool:
    height, width = search.contrast.shape
    if is_screw(region.mask, region.left, region.top, height, width):
        return True
    x1, y1, x2, y2 = _box(region.mask, region, search.scale, image)
    return is_printed_scale(cv2.cvtColor(image[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY))


def _animal(body: Mask, region: _Region, scale: float, image: Picture, parameters: Parameters) -> Animal | None:
    """Measure one body, or return None where it is too small, too faint or too soft to be an animal."""
    x, y, width, height = cv2.boundingRect(body)
    if max(width, height) < parameters.smallest_px * scale:
        return None
    contrast = float(region.contrast[body > 0].mean())
    score = contrast / (contrast + float(region.strong[body > 0].mean()))
    if score < parameters.smallest_score:
        return None
    if _steepness(region.contrast[y : y + height, x : x + width]) < parameters.softest:
        return None
    x1, y1, x2, y2 = _box(body, region, scale, image)
    grey = cv2.cvtColor(image[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    area = round(cv2.countNonZero(body) / scale**2)
    length = round(_length(body) / scale, 1)
    return Animal(x1, y1, x2, y2, round(score, 3), area, round(sharpness, 1), length)


def _length(body: Mask) -> float:
    """Return the longer side of the smallest rectangle at any angle around a body, in its own px."""
    outlines, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    _, sides, _ = cv2.minAreaRect(np.concatenate(outlines))
    return float(max(sides)) + 1  # an outline runs through the middles of its px


def _box(body: Mask, region: _Region, scale: float, image: Picture) -> tuple[int, int, int, int]:
    """Return a body's box in full-resolution px, within the picture."""
    x, y, width, height = cv2.boundingRect(body)
    x, y = x + region.left, y + region.top
    across, down = image.shape[1], image.shape[0]
    x1, x2 = (min(across, max(0, round(edge / scale))) for edge in (x, x + width))
    y1, y2 = (min(down, max(0, round(edge / scale))) for edge in (y, y + height))
    return x1, y1, x2, y2


def _steepness(contrast: Plane) -> float:
    """Return the steepest slope, in shares of the contrast per px: 0.3 for an edge in focus, 0.05 for a shadow."""
    across = cv2.Scharr(contrast, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(contrast, cv2.CV_32F, 0, 1, scale=1 / 32)
    slope = float(np.percentile(cv2.magnitude(across, down), 97))
    return slope / max(1e-3, float(np.percentile(contrast, 97)))
