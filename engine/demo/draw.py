"""Draw the demonstration: two stations, three nights, and what a real season brings, a failed camera included."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.demo.animals import Drawing, Sprite, draw_animal
from engine.demo.forms import FORMS
from engine.demo.night import FAILS_AFTER, Sitting, capture_times, sittings
from engine.demo.scene import HEIGHT, WIDTH, Scene
from engine.demo.stations import STATIONS, DemoStation
from engine.demo.truth import DrawnAnimal, Failure, Truth

__all__ = ["STATIONS", "Truth", "draw_demonstration"]

SEED = 20
QUALITY = 86  # of the JPEGs
GALLERY = 40  # drawings that a station's animals are taken from
FAILING = (1, 1)  # station and night whose camera fails for 50 minutes
CUT_SHORT = ((0, 0, 23), (1, 2, 31))  # station, night and capture of the two truncated JPEGs
SEEN = 0.5  # share of an animal that must lie in the picture for it to count


@dataclass(frozen=True)
class _Choice:
    drawing: Drawing
    length: int
    often: float


def draw_demonstration(folder: Path, today: date, seed: int = SEED, nights: int = 3, every: int = 1) -> Truth:
    """Draw the captures of the `nights` nights before `today` into `folder`, and write and return what was drawn.

    A station's captures lie in a folder each night, named by their local time
    (`meadow-edge/2026-08-10/20260810213000.jpg`). The same seed and day draw the same pictures. `every` draws only each
    n-th capture, for a quick look; the truth tells of those alone. `truth.json` is written last: where it is, all is
    drawn.
    """
    begins = [today - timedelta(days=nights - index) for index in range(nights)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        stations = [
            pool.submit(_draw_station, folder, number, station, begins, seed, every)
            for number, station in enumerate(STATIONS)
        ]
        parts = [station.result() for station in stations]
    truth = Truth(
        captures={path: animals for part in parts for path, animals in sorted(part.items())},
        failure=_failure(begins),
        truncated=tuple(_cut_short(folder, begins, every)),
    )
    truth.save(folder)
    return truth


def capture_path(station: DemoStation, night: date, taken_at: datetime) -> str:
    """Return where a capture lies below the demonstration's folder."""
    return f"{station.folder}/{night.isoformat()}/{taken_at:%Y%m%d%H%M%S}.jpg"


def _draw_station(
    folder: Path, number: int, station: DemoStation, nights: list[date], seed: int, every: int
) -> dict[str, tuple[DrawnAnimal, ...]]:
    rng = np.random.default_rng([seed, number])
    scene, gallery = Scene(station, rng), _gallery(rng)
    often = np.array([drawing.often for drawing in gallery])
    sizes, weights = [drawing.length for drawing in gallery], list(often / often.sum())
    drawn: dict[str, tuple[DrawnAnimal, ...]] = {}
    for index, night in enumerate(nights):
        (folder / station.folder / night.isoformat()).mkdir(parents=True, exist_ok=True)
        times = _times(number, index, nights)
        rng = np.random.default_rng([seed, number, index])
        moments = sittings(station, f"{station.folder}-{index + 1}", len(times), sizes, weights, rng)
        sprites: dict[tuple[str, float], Sprite] = {}
        for capture in range(0, len(times), every):
            path, moment = capture_path(station, night, times[capture]), moments[capture]
            sprites = {key: sprites.get(key) or _turned(gallery, animal) for animal in moment if (key := _pose(animal))}
            rng = np.random.default_rng([seed, number, index, capture])
            drawn[path] = _draw_capture(folder / path, scene, sprites, moment, rng)
    return drawn


def _gallery(rng: np.random.Generator) -> list[_Choice]:
    often = np.array([form.often for form in FORMS])
    chosen = [*FORMS, *(FORMS[index] for index in rng.choice(len(FORMS), GALLERY - len(FORMS), p=often / often.sum()))]
    drawings = []
    for form in chosen:
        length = int(rng.integers(*form.length))
        shared = sum(other is form for other in chosen)
        drawings.append(_Choice(draw_animal(form, length, rng), length, form.often / shared))
    return drawings


def _pose(animal: Sitting) -> tuple[str, float]:
    return animal.animal, animal.angle


def _turned(gallery: list[_Choice], animal: Sitting) -> Sprite:
    return gallery[animal.drawing].drawing.turned(animal.angle, animal.scale)


def _draw_capture(
    path: Path, scene: Scene, sprites: dict[tuple[str, float], Sprite], moment: list[Sitting], rng: np.random.Generator
) -> tuple[DrawnAnimal, ...]:
    placed = [(sprites[_pose(animal)], round(animal.x), round(animal.y)) for animal in moment]
    capture = scene.expose(placed, rng)
    encoded = cv2.imencode(".jpg", capture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    path.write_bytes(encoded.tobytes())
    boxes = ((animal.animal, _box(*place)) for animal, place in zip(moment, placed, strict=True))
    return tuple(DrawnAnimal(animal, box) for animal, box in boxes if box is not None)


def _box(sprite: Sprite, x: int, y: int) -> tuple[int, int, int, int] | None:
    """The box of an animal's body and wings within the picture, or None for one that is mostly outside."""
    solid: NDArray[Any] = (sprite.body > 0.5).astype(np.uint8)
    size = solid.shape[0]
    left, top = x - size // 2, y - size // 2
    seen = solid[max(0, -top) : HEIGHT - top, max(0, -left) : WIDTH - left]
    if cv2.countNonZero(seen) < SEEN * cv2.countNonZero(solid):
        return None
    x1, y1, width, height = cv2.boundingRect(seen)
    x1, y1 = x1 + max(0, left), y1 + max(0, top)
    return x1, y1, x1 + width, y1 + height


def _times(number: int, index: int, nights: list[date]) -> list[datetime]:
    """The local times at which a station captures in one of the nights; when fewer are drawn, the last one fails."""
    failing = FAILING[0], min(FAILING[1], len(nights) - 1)
    return capture_times(STATIONS[number], nights[index], fails=(number, index) == failing)


def _failure(nights: list[date]) -> Failure:
    number, index = FAILING[0], min(FAILING[1], len(nights) - 1)
    times = _times(number, index, nights)
    return Failure(STATIONS[number].folder, times[FAILS_AFTER], times[FAILS_AFTER + 1])


def _cut_short(folder: Path, nights: list[date], every: int) -> list[str]:
    """Cut two captures off in the middle, as a full card or a pulled cable does."""
    cut = []
    for number, night, capture in CUT_SHORT:
        index = min(night, len(nights) - 1)
        taken_at = _times(number, index, nights)[capture // every * every]
        path = capture_path(STATIONS[number], nights[index], taken_at)
        encoded = (folder / path).read_bytes()
        (folder / path).write_bytes(encoded[: len(encoded) * 3 // 5])
        cut.append(path)
    return cut
