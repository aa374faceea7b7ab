"""Drawn animals: moths, lacewings, caddisflies and beetles of no real species, seen from above with the head up.

Each is drawn once, larger than shown, from a handful of outline points and a pattern that is a function of the distance
from the wing's root, and then turned and placed on many captures.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.demo.forms import Colour, Form, Points

Plane = NDArray[Any]
SHADOW_FALL = (3.0, 5.0)  # px to the right and down: the lamp hangs above
SHADOW_BLUR = 5.0  # px
OVERSIZE = 1.5  # drawn larger than it is shown, so that turning it leaves no steps


@dataclass(frozen=True)
class Sprite:
    """An animal as it lies on one capture, on a square of its own.

    `colour` is h × w × 3 (BGR 0..255, already multiplied by the opacity), `opacity` h × w (0..1), `body` the opacity of
    body and wings alone, `shadow` how much light the animal takes away below it (0..1).
    """

    colour: Plane
    opacity: Plane
    body: Plane
    shadow: Plane


@dataclass(frozen=True)
class Drawing:
    """An animal with its head up, at `OVERSIZE` times its size: colour, opacity and body as in `Sprite`."""

    colour: Plane
    opacity: Plane
    body: Plane

    def turned(self, angle: float, scale: float) -> Sprite:
        """Return the animal at `scale` times its own size, turned by `angle` degrees."""
        size = self.opacity.shape[0]
        reach = round(scale * size / OVERSIZE)
        turn = cv2.getRotationMatrix2D((size / 2, size / 2), angle, scale / OVERSIZE)
        turn[:, 2] += (reach - size) / 2
        colour, opacity, body = (
            cv2.warpAffine(plane, turn, (reach, reach)) for plane in (self.colour, self.opacity, self.body)
        )
        aside = np.array([[1, 0, SHADOW_FALL[0]], [0, 1, SHADOW_FALL[1]]], np.float32)
        shadow = cv2.warpAffine(cv2.GaussianBlur(body, (0, 0), SHADOW_BLUR), aside, (reach, reach))
        return Sprite(colour, opacity, body, shadow)


def draw_animal(form: Form, length: int, rng: np.random.Generator) -> Drawing:
    """Draw one animal of a form, `length` px long (its longer side), with a palette and a pattern of its own."""
    extent = _extent(form)
    half = OVERSIZE * length / extent  # px per unit of the outline points
    size = int(2 * half * 1.5) // 2 * 2
    palette = form.palettes[rng.integers(len(form.palettes))]
    ground, marking, body = (_varied(colour, rng) for colour in palette)
    canvas = _Canvas(size, half, rng)
    canvas.limbs(form, body)
    for index, wing in enumerate(reversed(form.wings)):
        canvas.wing(wing, ground, marking, form, hind=index < len(form.wings) - 1)
    canvas.ellipse(form.abdomen, body, ringed=True)
    canvas.ellipse(form.thorax, body)
    head_y = form.thorax[0] - form.thorax[2]
    canvas.ellipse((head_y, 0.55 * form.thorax[1], 0.4 * form.thorax[2]), tuple(0.7 * part for part in body))
    planes = (canvas.colour * canvas.opacity[..., None], canvas.opacity, canvas.body)
    return Drawing(*(cv2.GaussianBlur(plane, (0, 0), 0.6 * OVERSIZE) for plane in planes))


class _Canvas:
    """A square on which the parts of one animal are laid over each other."""

    def __init__(self, size: int, half: float, rng: np.random.Generator) -> None:
        self.size, self.half, self.rng = size, half, rng
        self.colour = np.zeros((size, size, 3), np.float32)
        self.opacity = np.zeros((size, size), np.float32)
        self.body = np.zeros((size, size), np.float32)
        self.scales = 0.14 * cv2.GaussianBlur(rng.standard_normal((size, size), np.float32), (0, 0), 1.0)
        self.y, self.x = (np.mgrid[0:size, 0:size].astype(np.float32) - size / 2) / half

    def wing(self, points: Points, ground: Any, marking: Any, form: Form, hind: bool) -> None:
        """Lay down a pair of wings: ground colour, cross bands, blotches, veins, a dusted margin, light from above."""
        mask = self._fill(points) + self._fill(tuple((-x, y) for x, y in points))
        mask = np.minimum(mask, 1)
        root = points[0]
        across, down = np.abs(self.x) - root[0], self.y - root[1]
        span = max(np.hypot(x - root[0], y - root[1]) for x, y in points)
        outward = np.hypot(across, down) / span
        angle = np.arctan2(down, across)
        mottle = self._noise(form.blotches > 1, mirrored=True)
        waves = outward + 0.035 * np.sin(9 * angle + 4 * self.rng.random()) + 0.05 * mottle
        paint = np.clip(0.16 + 0.34 * form.blotches * (mottle + 0.2 * self._noise(True, mirrored=True)), 0, 1)
        for band in form.bands:
            width = self.rng.uniform(0.014, 0.034) * (2.2 if form.blotches > 1 else 1)
            paint = np.maximum(paint, 0.85 * np.exp(-(((waves - band) / width) ** 2)))
        veins = np.cos(angle * self.rng.integers(13, 19)) > 0.965
        paint = np.maximum(paint, 0.35 * veins * (outward > 0.25))
        if form.blotches > 0.6 and not hind:
            for at in (0.42, 0.66):  # the two eye marks of an owlet moth
                paint = np.maximum(paint, 0.7 * (np.abs(np.hypot(waves - at, 0.5 * (angle - 1.05)) - 0.05) < 0.016))
        edge = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / self.half
        paint = np.maximum(paint, 0.5 * np.exp(-edge / 0.018))
        light = 0.9 + 0.14 * np.clip(edge / 0.2, 0, 1) + 0.06 * self._noise(True) - 0.05 * down + self.scales
        colour = (np.float32(ground) + paint[..., None] * np.float32(np.subtract(marking, ground))) * light[..., None]
        opacity = form.clear + (1 - form.clear) * np.clip(paint * 1.4, 0, 1)
        self._lay(colour * (0.93 if hind else 1), mask * opacity, solid=mask)

    def ellipse(self, place: tuple[float, float, float], colour: Any, ringed: bool = False) -> None:
        """Lay down a furry ellipse: (y, half width, half height); `ringed` for the rings of an abdomen."""
        y, wide, high = place
        reach = np.hypot(self.x / wide, (self.y - y) / high) + 0.06 * self._noise(True)
        mask = np.clip((1 - reach) * wide * self.half / 1.5, 0, 1)
        light = 1.12 - 0.4 * np.clip(reach, 0, 1) ** 2 + 0.14 * self._noise(True) + 1.5 * self.scales
        if ringed:
            light = light - 0.1 * (np.cos((self.y - y) / high * 16) > 0.6)
        self._lay(np.float32(colour) * light[..., None], mask, solid=mask)

    def limbs(self, form: Form, colour: Any) -> None:
        """Lay down antennae and legs; they are part of the picture, and not of the animal's box."""
        y, wide, high = form.thorax
        lines = np.zeros((self.size, self.size), np.uint8)
        for side in (-1, 1):
            bend = self.rng.uniform(0.5, 0.9)
            tip = (side * form.antennae * bend, y - high - form.antennae)
            self._line(
                lines,
                ((side * 0.03, y - high), (side * 0.4 * form.antennae * bend, y - high - 0.6 * form.antennae), tip),
                1.2,
            )
            for reach, drop in ((0.3, -0.3), (0.34, 0.06), (0.3, 0.34)):
                reach, drop = reach * form.legs * self.rng.uniform(0.7, 1.1), drop * form.legs
                knee = (side * (wide + 0.5 * reach), y + drop)
                foot = (knee[0] + side * 0.4 * reach, knee[1] + 0.5 * reach * np.sign(drop))
                self._line(lines, ((0, y + 0.3 * drop), knee, foot), 1.5)
        self._lay(
            np.ones((self.size, self.size, 1), np.float32) * np.float32(colour) * np.float32(0.6),
            lines / 255 * 0.75,
            solid=None,
        )

    def _line(self, plane: Plane, points: Points, width: float) -> None:
        thickness = max(1, round(width * self.half / 110))
        cv2.polylines(plane, [self._pixels(_smooth(points, closed=False))], False, 255, thickness, cv2.LINE_AA)

    def _fill(self, points: Points) -> Plane:
        plane = np.zeros((self.size, self.size), np.uint8)
        cv2.fillPoly(plane, [self._pixels(_smooth(points, closed=True))], 255, cv2.LINE_AA)
        return plane.astype(np.float32) / 255

    def _pixels(self, points: Plane) -> Plane:
        return np.round(points * self.half + self.size / 2).astype(np.int32)

    def _noise(self, fine: bool, mirrored: bool = False) -> Plane:
        """Smooth noise of about -1..1, finer or coarser; `mirrored` makes left and right wings alike."""
        cells = 36 if fine else 13
        field = cv2.resize(
            self.rng.standard_normal((cells, cells)).astype(np.float32),
            (self.size, self.size),
            interpolation=cv2.INTER_CUBIC,
        )
        if mirrored:
            half = field[:, self.size // 2 :]
            field = np.hstack([half[:, ::-1], half])
        return field * 0.6

    def _lay(self, colour: Plane, opacity: Plane, solid: Plane | None) -> None:
        share = opacity.astype(np.float32)
        below = self.opacity * (1 - share)
        self.opacity = share + below
        weight = (share / np.maximum(self.opacity, 1e-6))[..., None]
        self.colour += weight * (colour[..., ::-1].astype(np.float32) - self.colour)
        if solid is not None:
            self.body = np.maximum(self.body, solid).astype(np.float32)


def _extent(form: Form) -> float:
    """Longer side of body and wings, in units of the outline points."""
    points = [point for wing in form.wings for point in wing]
    tops = [form.thorax[0] - 1.4 * form.thorax[2], *(y for _, y in points)]
    ends = [form.abdomen[0] + form.abdomen[2], *(y for _, y in points)]
    return float(max(2 * max(x for x, _ in points), max(ends) - min(tops)))


def _smooth(points: Points, closed: bool, rounds: int = 3) -> Plane:
    """Round the corners of an outline (Chaikin 1974)."""
    curve = np.asarray(points, np.float64)
    for _ in range(rounds):
        following = np.roll(curve, -1, axis=0) if closed else curve[1:]
        start = curve if closed else curve[:-1]
        cut = np.stack([0.75 * start + 0.25 * following, 0.25 * start + 0.75 * following], axis=1).reshape(-1, 2)
        curve = cut if closed else np.vstack([curve[:1], cut, curve[-1:]])
    return curve


def _varied(colour: Colour, rng: np.random.Generator) -> tuple[float, ...]:
    lightness = rng.uniform(0.86, 1.12)
    return tuple(float(np.clip(part * lightness + rng.normal(0, 5), 8, 250)) for part in colour)
