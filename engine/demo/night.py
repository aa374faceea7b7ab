"""Who sits where through one night: animals arrive, most of them after dusk, stay for a while, stir, and leave."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from engine.demo.scene import HEIGHT, WIDTH
from engine.demo.stations import DemoStation

BEGINS = time(21, 30)
LASTS = timedelta(hours=7)
INTERVAL = timedelta(minutes=7)
FAILS_AFTER = 19  # captures into the night
FAILURE = timedelta(minutes=50)
PEAK = 12  # captures into the night: when most animals arrive
LONGEST_STAY = 30  # captures


@dataclass(frozen=True)
class Sitting:
    """An animal at one moment: which drawing it is, where its centre lies (px), its angle (degrees) and scale."""

    animal: str
    drawing: int
    x: float
    y: float
    angle: float
    scale: float


def capture_times(station: DemoStation, night: date, fails: bool) -> list[datetime]:
    """Return the local times of a night's captures; a failing camera starts anew 50 minutes after its last."""
    begins = datetime.combine(night, BEGINS, ZoneInfo(station.timezone)).timestamp()
    steps = range(int(LASTS / INTERVAL) + 1)
    elapsed = [INTERVAL * step for step in steps]
    if fails:
        kept = elapsed[: FAILS_AFTER + 1]
        while (following := kept[-1] + (FAILURE if len(kept) == FAILS_AFTER + 1 else INTERVAL)) <= LASTS:
            kept.append(following)
        elapsed = kept
    zone = ZoneInfo(station.timezone)
    return [datetime.fromtimestamp(begins + step.total_seconds(), zone) for step in elapsed]


def sittings(
    station: DemoStation, night: str, captures: int, sizes: list[int], weights: list[float], rng: np.random.Generator
) -> list[list[Sitting]]:
    """Return the animals that sit on the sheet at each of `captures` moments.

    `sizes` and `weights` are the lengths (px) of the drawings to choose from and how often each is chosen.
    """
    present: list[tuple[Sitting, int]] = []
    moments = []
    arrived = 0
    for moment in range(captures):
        present = [(_stirred(animal, sizes, rng), leaves) for animal, leaves in present if leaves > moment]
        for _ in range(rng.poisson(_arrivals(station, moment))):
            drawing = int(rng.choice(len(sizes), p=weights))
            place = _free_place([animal for animal, _ in present], sizes, drawing, rng)
            if place is None:
                continue
            arrived += 1
            newcomer = Sitting(f"{night}-{arrived:03}", drawing, *place, rng.uniform(0, 360), rng.uniform(0.88, 1.1))
            present.append((newcomer, moment + 3 + min(LONGEST_STAY, round(rng.exponential(6)))))
        moments.append([animal for animal, _ in present])
    return moments


def _arrivals(station: DemoStation, moment: int) -> float:
    """Animals expected in one interval: a wave after dusk, and a few until dawn."""
    early = 5 if moment < PEAK else 11
    return station.crowd * (0.12 + 0.88 * float(np.exp(-(((moment - PEAK) / early) ** 2))))


def _stirred(animal: Sitting, sizes: list[int], rng: np.random.Generator) -> Sitting:
    if rng.random() > 0.14:
        return replace(animal, x=animal.x + rng.normal(0, 0.4), y=animal.y + rng.normal(0, 0.4))
    stride = 0.25 * sizes[animal.drawing]
    return replace(
        animal,
        x=float(np.clip(animal.x + rng.normal(0, stride), 0, WIDTH)),
        y=float(np.clip(animal.y + rng.normal(0, stride), 0, HEIGHT)),
        angle=animal.angle + rng.normal(0, 25),
    )


def _free_place(
    present: list[Sitting], sizes: list[int], drawing: int, rng: np.random.Generator
) -> tuple[float, float] | None:
    """A place where the newcomer covers nobody, or None on a full sheet."""
    for _ in range(20):
        x, y = rng.uniform(0.02, 0.98) * WIDTH, rng.uniform(0.03, 0.97) * HEIGHT
        if all(
            np.hypot(x - other.x, y - other.y) > 0.62 * (sizes[drawing] + sizes[other.drawing]) for other in present
        ):
            return x, y
    return None
