"""The lit sheet that the drawn animals sit on, and the camera that looks at it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.demo.animals import Sprite
from engine.demo.stations import DemoStation

Plane = NDArray[Any]

WIDTH, HEIGHT = 1920, 1080  # px
NOISE_LEVEL = 2.4  # grey levels
NOISE_MARGIN = 300  # px by which the noise is larger than a capture: each sees another part of it
SHADOW_SHARE = 0.34


class Scene:
    """One station's sheet, on which animals are put for one capture after another."""

    def __init__(self, station: DemoStation, rng: np.random.Generator) -> None:
        self.light = _light(station)
        self.sheet = _sheet(station, self.light, rng)
        self.noise = _noise(rng)

    def expose(self, placed: list[tuple[Sprite, int, int]], rng: np.random.Generator) -> Plane:
        """Return one capture (HEIGHT × WIDTH × 3, BGR): the sprites, each centred at its (x, y), and camera noise."""
        capture = self.sheet.copy()
        for sprite, x, y in placed:
            self._put(capture, sprite, x, y)
        gain = 1 + rng.normal(0, 0.008)
        down, across = rng.integers(0, NOISE_MARGIN, 2)
        noise = self.noise[down : down + HEIGHT, across : across + WIDTH]
        return cv2.add(cv2.convertScaleAbs(capture, alpha=gain), noise, dtype=cv2.CV_8U)

    def _put(self, capture: Plane, sprite: Sprite, x: int, y: int) -> None:
        size = sprite.opacity.shape[0]
        left, top = x - size // 2, y - size // 2
        x1, y1, x2, y2 = max(0, left), max(0, top), min(WIDTH, left + size), min(HEIGHT, top + size)
        if x2 <= x1 or y2 <= y1:
            return
        inside = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
        below = capture[y1:y2, x1:x2].astype(np.float32) * (1 - SHADOW_SHARE * sprite.shadow[inside][..., None])
        opacity = sprite.opacity[inside][..., None]
        lit = sprite.colour[inside] * self.light[y1:y2, x1:x2, None]
        capture[y1:y2, x1:x2] = np.clip(below * (1 - opacity) + lit, 0, 255).astype(np.uint8)


def _light(station: DemoStation) -> Plane:
    """How much of the lamp's light reaches each point of the sheet, 0..1 (HEIGHT × WIDTH)."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    away = np.hypot((x / WIDTH - station.lamp[0]) * 1.5, y / HEIGHT - station.lamp[1])
    corner = np.hypot(x / WIDTH - 0.5, y / HEIGHT - 0.5)
    return np.asarray((1 / (1 + 0.7 * away**2)) * (1 - 0.4 * corner**3), np.float32)


def _sheet(station: DemoStation, light: Plane, rng: np.random.Generator) -> Plane:
    share = (np.clip((light - light.min()) / (light.max() - light.min()), 0, 1) ** 0.8)[..., None]
    bright, dusk = np.array(station.light[::-1], np.float32), np.array(station.dusk[::-1], np.float32)
    sheet = dusk + share * (bright - dusk)
    sheet *= 1 + _clouds(rng, 7, 0.012)[..., None]
    sheet *= (_cloth(rng) if station.woven else _board(rng))[..., None]
    _stain(sheet, rng)
    return np.asarray(np.clip(sheet, 0, 255), np.uint8)


def _cloth(rng: np.random.Generator) -> Plane:
    """A weave of threads and a few long soft folds."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    threads = 0.007 * np.sin(x * 1.9 + 0.8 * np.sin(y / 90)) + 0.007 * np.sin(y * 1.7 + 0.8 * np.sin(x / 120))
    folds = np.zeros_like(x)
    for _ in range(4):
        angle, offset, width = rng.uniform(0.15, 0.7), rng.uniform(-0.2, 1.2) * HEIGHT, rng.uniform(26, 70)
        across = (y - offset - (x - WIDTH / 2) * np.tan(angle) * 0.5) / width
        folds += rng.uniform(0.03, 0.07) * across * np.exp(-(across**2))
    return np.asarray(1 + threads + folds + _clouds(rng, 60, 0.006))


def _board(rng: np.random.Generator) -> Plane:
    """Painted wood: fine streaks along the grain."""
    grain = cv2.resize(
        rng.standard_normal((HEIGHT // 2, WIDTH // 40)).astype(np.float32),
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_CUBIC,
    )
    return 1 + 0.008 * grain + _clouds(rng, 90, 0.006)


def _stain(sheet: Plane, rng: np.random.Generator) -> None:
    """Dust, droppings and water marks: small, or faint."""
    for _ in range(130):
        centre = (int(rng.uniform(0, WIDTH)), int(rng.uniform(0, HEIGHT)))
        _darken(sheet, centre, rng.uniform(0.7, 2.2), rng.uniform(0.1, 0.5), (1, 1, 1))
    for _ in range(7):
        centre = (int(rng.uniform(0, WIDTH)), int(rng.uniform(0, HEIGHT)))
        _darken(sheet, centre, rng.uniform(12, 40), rng.uniform(0.01, 0.03), (1.6, 1.1, 0.8))


def _darken(
    sheet: Plane, centre: tuple[int, int], radius: float, share: float, colour: tuple[float, float, float]
) -> None:
    reach = int(3 * radius) + 1
    x1, y1 = max(0, centre[0] - reach), max(0, centre[1] - reach)
    part = sheet[y1 : centre[1] + reach + 1, x1 : centre[0] + reach + 1]
    y, x = np.mgrid[y1 : y1 + part.shape[0], x1 : x1 + part.shape[1]].astype(np.float32)
    away = np.hypot(x - centre[0], y - centre[1]) / radius
    part *= 1 - share * np.array(colour, np.float32) * np.exp(-(away**2))[..., None]


def _clouds(rng: np.random.Generator, cells: int, level: float) -> Plane:
    field = rng.standard_normal((cells, round(cells * WIDTH / HEIGHT))).astype(np.float32)
    return level * cv2.resize(field, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _noise(rng: np.random.Generator) -> Plane:
    """Sensor noise after the camera's own smoothing: mostly of brightness, a little of colour (16 bits, signed)."""
    size = HEIGHT + NOISE_MARGIN, WIDTH + NOISE_MARGIN
    grey = rng.standard_normal((*size, 1), np.float32)
    colour = rng.standard_normal((*size, 3), np.float32)
    return np.round(NOISE_LEVEL * cv2.GaussianBlur(grey + 0.4 * colour, (0, 0), 0.6) * 1.6).astype(np.int16)
