"""What a pipeline is: it takes pictures and says, for each, what it found or why it failed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from engine.captures.sources import Elsewhere, SourceAway
from engine.pipelines.reading import UnreadableCapture

Zone = tuple[float, float, float, float]  # x1, y1, x2, y2 in full-resolution px


@dataclass(frozen=True)
class Picture:
    """A capture as a pipeline sees it."""

    capture_id: int
    file: Path | Elsewhere
    mask_zones: tuple[Zone, ...] = ()  # not looked at

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def path(self) -> Path:
        """Its file on this machine; one that lies elsewhere is fetched now.

        Raises UnreadableCapture when it is not there any more, and PipelineAway when its source does not answer.
        """
        if isinstance(self.file, Path):
            return self.file
        try:
            return self.file.fetch()
        except FileNotFoundError as gone:
            raise UnreadableCapture("missing", str(gone)) from None
        except SourceAway as away:
            raise PipelineAway(str(away)) from None


@dataclass(frozen=True)
class Label:
    """One classification of one animal."""

    label: str
    score: float
    algorithm: str
    terminal: bool = True


@dataclass(frozen=True)
class Found:
    """One animal; the box is in full-resolution px."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    label: str
    algorithm: str
    area_px: int | None = None
    sharpness: float | None = None
    classifications: tuple[Label, ...] = ()
    length_px: float | None = None  # along its main axis, in full-resolution px


@dataclass(frozen=True)
class Processed:
    """A capture that was looked at; `found` may be empty."""

    capture_id: int
    duration_ms: float
    found: list[Found] = field(default_factory=list)
    brightness: float | None = None  # mean grey value, 0 to 255
    sharpness: float | None = None  # of the whole capture, see `engine.pipelines.quality`
    flags: tuple[str, ...] = ()  # what is wrong with the capture as a picture: dark, blown out, blurred
    size: tuple[int, int] | None = None  # width and height of the picture that the boxes lie in, px


@dataclass(frozen=True)
class Failed:
    """A capture that could not be looked at; `message` says why in plain words."""

    capture_id: int
    duration_ms: float
    kind: str  # a word that groups errors: truncated, empty, dark, missing …
    message: str


Outcome = Processed | Failed


def outside(outcome: Outcome, zones: Sequence[Zone]) -> Outcome:
    """The outcome without what lies mostly in zones that are not looked at."""
    if isinstance(outcome, Failed) or not zones:
        return outcome
    found = [each for each in outcome.found if not is_masked((each.x1, each.y1, each.x2, each.y2), zones)]
    return replace(outcome, found=found)


def is_masked(box: Zone, zones: Sequence[Zone]) -> bool:
    """Whether more than half of a box lies in these zones."""
    left, top, right, bottom = box
    cut = [(max(left, x1), max(top, y1), min(right, x2), min(bottom, y2)) for x1, y1, x2, y2 in zones]
    cut = [(x1, y1, x2, y2) for x1, y1, x2, y2 in cut if x1 < x2 and y1 < y2]
    across, down = ({edge for each in cut for edge in each[way::2]} for way in (0, 1))
    covered = sum(  # zones may overlap, so what they cover is summed up in the cells between all their edges
        (x2 - x1) * (y2 - y1)
        for x1, x2 in pairwise(sorted(across))
        for y1, y2 in pairwise(sorted(down))
        if any(each[0] <= x1 and x2 <= each[2] and each[1] <= y1 and y2 <= each[3] for each in cut)
    )
    return 2 * covered > (right - left) * (bottom - top)


AWAY = "pipeline away"  # the kind of a failure that says nothing of the capture


class PipelineAway(Exception):
    """The pipeline cannot answer now, whatever the capture; the job is held back and tried again later."""


class Pipeline(Protocol):
    """Something that can be run over captures."""

    def process(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        """Yield an outcome for each picture, in order, as soon as it is known; the caller may stop in between."""
        ...
