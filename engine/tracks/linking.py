"""Linking the detections of captures that follow each other into tracks, one animal each.

The cost of a link is the one published with MCC24, the tracker of the moth traps of Bjerge and colleagues
(github.com/kimbjerge/MCC24-trap, `idac/tracker/tracker.py` and `ITC_config.json`, 2024; after Bjerge et al. 2021,
Sensors 21:343):

    2.5 · distance of the centres / diagonal of the capture + 0.7 · (1 − ratio of the areas) + 1.5 · (1 − cosine)

with the areas of the boxes, and the cosine of what the two crops look like (`engine.tracks.crops`); without a look of
both crops the last term is left out, as published. The links of a capture are those of the least total cost (Hungarian
method, scipy), and one that costs 0.7 or more is none. A track may go on as long as it was met in one of the last two
captures; a gap in the night ends all tracks. The same detections give the same tracks, whenever they are linked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tracks.crops import DESCRIPTION, Look
from models.nights import GAP_FACTOR

DISTANCE, AREA, LOOK = 2.5, 0.7, 1.5
MOST_COST = 0.7
MEMORY = 2  # captures
LONGEST_INTERVAL_S = 120.0  # above it animals come and go unseen between captures, so that tracks mean nothing


def settings() -> dict[str, Any]:
    """What tracks depend on apart from the detections, as it is kept with them."""
    return {
        "method": "MCC24",
        "weights": {"distance": DISTANCE, "area": AREA, "cosine": LOOK},
        "cosine_of": DESCRIPTION,
        "most_cost": MOST_COST,
        "memory_captures": MEMORY,
        "gap_factor": GAP_FACTOR,
        "longest_interval_s": LONGEST_INTERVAL_S,
    }


@dataclass(frozen=True)
class Seen:
    """One detection: its box in full-resolution px, and what its crop looks like, if that is known."""

    id: int
    box: tuple[float, float, float, float]  # x1, y1, x2, y2
    look: Look | None = None


@dataclass(frozen=True)
class Shot:
    """One capture with what was seen on it; `diagonal` in px of the same resolution."""

    at: datetime
    diagonal: float
    seen: Sequence[Seen]


@dataclass(frozen=True)
class Sighting:
    """A detection as part of a track, by its number from 1; `cost` is of the link before it, None for the first."""

    detection: int
    track: int
    cost: float | None


@dataclass
class Going:
    """A track that may go on: its last detection, and how many captures ago that was."""

    track: int
    last: Seen
    ago: int = 0


@dataclass
class Linker:
    """Meets one capture after another, in the order of time, and says which track each detection belongs to.

    `longest_s` is the longest time between captures that is no gap, in s. All of its state is in its fields, so that
    it can be kept and taken up again.
    """

    longest_s: float
    tracks: int = 0
    going: list[Going] = field(default_factory=list)
    before: datetime | None = None

    def meet(self, shot: Shot) -> list[Sighting]:
        """The sightings of this capture, in the order of what was seen on it."""
        if self.before is not None and (shot.at - self.before).total_seconds() > self.longest_s:
            self.going = []
        linked = {column: (row, cost) for row, column, cost in self._links(shot)}
        met = [self._sighting(seen, linked.get(column)) for column, seen in enumerate(shot.seen)]
        rows = {row for row, _ in linked.values()}
        missed = [Going(each.track, each.last, each.ago + 1) for row, each in enumerate(self.going) if row not in rows]
        new = [Going(sighting.track, seen) for sighting, seen in zip(met, shot.seen, strict=True)]
        self.going = new + [each for each in missed if each.ago < MEMORY]
        self.before = shot.at
        return met

    def _sighting(self, seen: Seen, link: tuple[int, float] | None) -> Sighting:
        if link is None:
            self.tracks += 1
            return Sighting(seen.id, self.tracks, None)
        row, cost = link
        return Sighting(seen.id, self.going[row].track, cost)

    def _links(self, shot: Shot) -> list[tuple[int, int, float]]:
        """(open track, detection, cost) of each link of the cheapest assignment that costs less than MOST_COST."""
        from scipy.optimize import linear_sum_assignment  # takes a third of a second to import, and most need it never

        if not self.going or not shot.seen:
            return []
        costs = cost_between([each.last for each in self.going], shot.seen, shot.diagonal)
        # What may not be linked costs alike, so that it never draws a possible link away from where it is cheapest.
        rows, columns = linear_sum_assignment(np.minimum(costs, MOST_COST))
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        return [(row, column, cost) for row, column in pairs if (cost := float(costs[row, column])) < MOST_COST]


def cost_between(before: Sequence[Seen], after: Sequence[Seen], diagonal: float) -> NDArray[np.float64]:
    """The cost of linking each detection of one capture to each of another: before × after."""
    old, new = np.array([each.box for each in before]), np.array([each.box for each in after])
    centres = [(each[:, :2] + each[:, 2:]) / 2 for each in (old, new)]
    distance = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2) / diagonal
    areas = [np.prod(np.maximum(each[:, 2:] - each[:, :2], 1.0), axis=1) for each in (old, new)]
    ratio = np.minimum.outer(*areas) / np.maximum.outer(*areas)
    return np.asarray(DISTANCE * distance + AREA * (1 - ratio) + LOOK * (1 - _cosines(before, after)), np.float64)


def _cosines(before: Sequence[Seen], after: Sequence[Seen]) -> NDArray[np.float64]:
    """The cosine of each pair of looks; 1, so that it costs nothing, where one of the two is not known."""
    return np.array(
        [
            [1.0 if old.look is None or new.look is None else old.look.cosine(new.look) for new in after]
            for old in before
        ]
    )
