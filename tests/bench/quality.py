"""How well the embedded detector finds the animals that were boxed by hand, next to a plain Otsu threshold.

With masks, what lies mostly in the zones that `boxes.json` ignores (screws, captions, crumbs) is left out, as a
station's mask zones do it; without, every find there is wrong. Nothing in the detector is fitted to boxes, so there is
no station to leave out. Run `python -m tests.bench.quality`. The captures are test data outside the repository:
`$NIGHTBOARD_CAPTURES`, or `../shared/captures` beside the project.
"""

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from engine.pipelines.detector import STAGES, Parameters, detect, read_capture
from engine.pipelines.touching import disc
from tests.bench.figures import Figure

Box = Sequence[float]
SMALLEST_PX = 40  # the boxed animals are this long or longer; smaller finds are neither right nor wrong
MATCH = 0.5  # intersection over union
PARAMETERS = Parameters()
Done = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """One method on one station: counts of matched boxes, wrong finds and missed animals, and what it took.

    `seconds` are CPU-seconds a capture by stage.
    """

    method: str
    station: str
    masked: bool
    captures: int
    found: int
    wrong: int
    missed: int
    seconds: dict[str, float]

    @property
    def precision(self) -> float:
        """Share of the finds that are animals."""
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the animals that were found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.found / max(1, 2 * self.found + self.wrong + self.missed)


def captures_folder() -> Path:
    """Return where the boxed captures lie, whether or not the folder is there."""
    beside = Path(__file__).parents[3] / "shared" / "captures"
    return Path(os.environ.get("NIGHTBOARD_CAPTURES", beside))


def measure(captures: Path) -> list[Row]:
    """Return a row for each method and station, with and without masks, and pooled ones (station "all")."""
    cv2.setNumThreads(1)
    truth = json.loads((captures / "boxes.json").read_text())
    parts: dict[tuple[str, str, bool], list[Row]] = defaultdict(list)
    for name, boxes in truth.items():
        clock = Laps()
        image = read_capture(captures / name)
        clock.done("read")
        for method, look in METHODS.items():
            laps = Laps(clock.seconds)
            finds = look(image, laps.done)
            for row in _rows(method, name.split("__")[0], finds, boxes, laps.seconds):
                for station in (row.station, "all"):
                    parts[method, station, row.masked].append(row)
    order = sorted(parts, key=lambda key: (not key[2], list(METHODS).index(key[0]), key[1] == "all", key[1]))
    return [_pool(*key, parts[key]) for key in order]


class Laps:
    """CPU-seconds from one stage to the next."""

    def __init__(self, before: dict[str, float] | None = None) -> None:
        self.seconds = dict(before or {})
        self._since = time.process_time()

    def done(self, stage: str) -> None:
        """Note that this stage has ended now."""
        now = time.process_time()
        self.seconds[stage] = now - self._since
        self._since = now


def figures() -> list[Figure]:
    """Precision and recall of the embedded detector on the hand-drawn boxes, at an overlap (IoU) of 0.5.

    Over all stations, with station masks, next to a plain Otsu threshold; the tables show each station, with masks and
    without, and CPU-seconds by stage. The boxes and their captures are in `../shared/captures` or $NIGHTBOARD_CAPTURES.
    """
    folder = captures_folder()
    if not (folder / "boxes.json").is_file():
        return [Figure("Detections on the hand-drawn boxes", f"no boxes.json in {folder}", "NIGHTBOARD_CAPTURES")]
    rows = measure(folder)
    print(f"{table(rows)}\n")
    pooled = {row.method: row for row in rows if row.station == "all" and row.masked}
    own = pooled["embedded"]
    return [
        Figure("Precision of the embedded detector", f"{own.precision:.2f}", "at least 0.80"),
        Figure("Recall of the embedded detector", f"{own.recall:.2f}", "at least 0.80"),
        Figure(
            "F1, embedded detector and Otsu threshold", f"{own.f1:.2f} and {pooled['otsu'].f1:.2f}", "at least 0.92"
        ),
    ]


def score(finds: Sequence[Box], animals: Sequence[Box], ignored: Sequence[Box]) -> tuple[int, int, int]:
    """Return found, wrong and missed: finds are paired with animals one to one so that most pairs overlap enough.

    What lies mostly in an ignored zone, and what is smaller than the boxed animals, is not counted as wrong.
    """
    overlap = np.array([[_iou(find, animal) for animal in animals] for find in finds]).reshape(len(finds), len(animals))
    pairs = linear_sum_assignment(overlap >= MATCH, maximize=True)
    matched = {find for find, animal in zip(*pairs, strict=True) if overlap[find, animal] >= MATCH}
    wrong = [
        find
        for index, find in enumerate(finds)
        if index not in matched
        and max(find[2] - find[0], find[3] - find[1]) >= SMALLEST_PX
        and not _lies_in(find, ignored)
    ]
    return len(matched), len(wrong), len(animals) - len(matched)


def table(rows: list[Row]) -> str:
    """Return the rows as tables of plain text: quality with and without masks, and CPU-seconds by stage."""
    return "\n\n".join([_quality(rows, masked=True), _quality(rows, masked=False), _times(rows)])


def _quality(rows: list[Row], *, masked: bool) -> str:
    title = "with station masks" if masked else "without station masks"
    head = f"{'method':<9}{'station':<22}{'captures':>9}{'found':>7}{'wrong':>7}{'missed':>8}"
    head += f"{'precision':>11}{'recall':>8}{'F1':>6}"
    lines = [title, head, "-" * len(head)]
    for row in (row for row in rows if row.masked == masked):
        counts = f"{row.captures:>9}{row.found:>7}{row.wrong:>7}{row.missed:>8}"
        lines.append(f"{row.method:<9}{row.station:<22}{counts}{row.precision:>11.2f}{row.recall:>8.2f}{row.f1:>6.2f}")
    return "\n".join(lines)


def _times(rows: list[Row]) -> str:
    stages = ("read", *STAGES)
    head = f"{'station':<22}" + "".join(f"{stage:>12}" for stage in (*stages, "together"))
    lines = ["CPU-seconds a capture, embedded", head, "-" * len(head)]
    for row in (row for row in rows if row.masked and row.method == "embedded"):
        seconds = [*(row.seconds[stage] for stage in stages), sum(row.seconds.values())]
        lines.append(f"{row.station:<22}" + "".join(f"{value:>12.3f}" for value in seconds))
    return "\n".join(lines)


def _embedded(image: NDArray[Any], done: Done) -> list[Box]:
    return [(animal.x1, animal.y1, animal.x2, animal.y2) for animal in detect(image, done=done)]


def _otsu(image: NDArray[Any], done: Done) -> list[Box]:
    """The plain baseline: one grey threshold for the whole capture, at the same size and with the same clean-up."""
    scale = min(1.0, PARAMETERS.work_px / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (0, 0), 1.0)
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, disc(PARAMETERS.close_px))
    dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, disc(PARAMETERS.open_px))
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    boxes = [(x / scale, y / scale, (x + width) / scale, (y + height) / scale) for x, y, width, height, _ in stats[1:]]
    done("detect")
    return [box for box in boxes if max(box[2] - box[0], box[3] - box[1]) >= PARAMETERS.smallest_px]


METHODS: dict[str, Callable[[NDArray[Any], Done], list[Box]]] = {"embedded": _embedded, "otsu": _otsu}


def _rows(
    method: str, station: str, finds: list[Box], boxes: dict[str, list[Box]], seconds: dict[str, float]
) -> list[Row]:
    outside = [find for find in finds if not _lies_in(find, boxes["ignore"])]
    masked = Row(method, station, True, 1, *score(outside, boxes["animals"], boxes["ignore"]), seconds)
    return [masked, Row(method, station, False, 1, *score(finds, boxes["animals"], []), seconds)]


def _pool(method: str, station: str, masked: bool, rows: list[Row]) -> Row:
    return Row(
        method,
        station,
        masked,
        captures=len(rows),
        found=sum(row.found for row in rows),
        wrong=sum(row.wrong for row in rows),
        missed=sum(row.missed for row in rows),
        seconds={stage: sum(row.seconds[stage] for row in rows) / len(rows) for stage in rows[0].seconds},
    )


def _lies_in(find: Box, zones: Sequence[Box]) -> bool:
    return any(_shared_area(find, zone) > 0.5 * _area(find) for zone in zones)


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared_area(one: Box, other: Box) -> float:
    return _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def _iou(one: Box, other: Box) -> float:
    shared = _shared_area(one, other)
    return shared / max(1e-9, _area(one) + _area(other) - shared)


if __name__ == "__main__":
    folder = captures_folder()
    if not (folder / "boxes.json").is_file():
        sys.exit(f"No boxed captures at {folder}: set NIGHTBOARD_CAPTURES to the folder that holds boxes.json.")
    print(table(measure(folder)))
