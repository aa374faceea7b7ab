"""One night of one station as a small tile: dusk at its left, dawn at its right, filled as far as it is processed.

A board has thousands of tiles, many of which look the same: each look is written as HTML once, and assets/js/tiles.js
makes the tiles of them. As components of Dash those of a hundred stations took the server a second.
"""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from dashboard.components.counts import counted
from dashboard.components.times import duration
from models.queries.nights import Cell

LEAST = 4.0  # percent: what is there is never too small to see


class Look(NamedTuple):
    """What the tiles of like nights have in common; everything that they show by colour stands in their words too."""

    states: str  # classes
    told: str
    face: str  # HTML, all of it numbers and words of ours


def look_of(cell: Cell, *, is_narrow: bool = False) -> Look:
    """How a night's tile looks. A narrow one, of which there are thousands, has no room for words on its face."""
    return _look(cell.shown, is_narrow)


@lru_cache(maxsize=16_384)  # a board that is drawn anew has nearly all the looks that it had
def _look(shown: tuple[Any, ...], is_narrow: bool) -> Look:
    cell = Cell(0, 0, date.min, 0, *shown)
    ground = f'<span class="ground">{_ground(cell)}</span>'
    return Look(_states(cell), told_in_words(cell), ground if is_narrow else f"{_words(cell)}{ground}")


def _words(cell: Cell) -> str:
    share = _processed(cell) if cell.captures else "no captures"
    return (
        f'<span class="words"><span class="count">{cell.captures:,}</span><span class="share">{share}</span>'
        f'<span class="marks">{_marks(cell)}</span></span>'
    )


def told_in_words(cell: Cell) -> str:
    """120 captures, 110 processed, 8 wait for a verdict, 2 failed, camera silent for 50 min, 1 job running."""
    parts = [counted(cell.captures, "capture")]
    if cell.captures:
        parts.append(_processed(cell))
    if cell.stopped:
        parts.append(wait_for_a_verdict(cell.stopped))
    if cell.failed:
        parts.append(f"{cell.failed:,} failed")
    if cell.gaps:
        parts.append(f"camera silent for {duration(cell.lost.total_seconds() * 1000)}")
    for number, word in ((cell.running, "running"), (cell.waiting, "waiting")):
        if number:
            parts.append(f"{counted(number, 'job')} {word}")
    return ", ".join(parts)


def wait_for_a_verdict(number: int) -> str:
    """Captures that a checkpoint holds back: 1 waits for a verdict, 8 wait for a verdict."""
    return f"{number:,} {'waits' if number == 1 else 'wait'} for a verdict"


def _processed(cell: Cell) -> str:
    if cell.processed >= cell.captures:
        return "all processed"
    return f"{cell.processed:,} processed" if cell.processed else "none processed"


def _states(cell: Cell) -> str:
    whole = cell.captures and not (cell.open or cell.stopped or cell.failed)
    at_work = " running" if cell.running else " waiting" if cell.waiting else ""
    return f"night-cell{at_work}{' whole' if whole else ''}"


def _ground(cell: Cell) -> str:
    """What a tile tells without words: the processed share from below, above it what waits for a verdict, the failed
    from above, gaps at their hours.
    """
    if not cell.captures:
        return ""
    done = 100 * min(cell.processed / cell.captures, 1.0)
    done = max(done, LEAST) if cell.processed else 0.0
    bad = max(100 * cell.failed / cell.captures, 2 * LEAST) if cell.failed else 0.0
    held = max(100 * cell.stopped / cell.captures, 2 * LEAST) if cell.stopped else 0.0
    done = min(done, 100 - bad - held)
    layers = [
        f'<span class="{name}" style="height: {share:.1f}%{place}"></span>'
        for name, share, place in (("done", done, ""), ("held", held, f"; bottom: {done:.1f}%"), ("bad", bad, ""))
        if share
    ]
    gaps = (
        f'<span class="gap" style="left: {left:.1f}%; width: {width:.1f}%"></span>' for left, width in gap_places(cell)
    )
    return "".join([*layers, *gaps])


def gap_places(cell: Cell) -> list[tuple[float, float]]:
    """Each gap as (left, width) in percent of the night from its first capture to its last."""
    if cell.first_at is None or cell.last_at is None or cell.last_at <= cell.first_at:
        return []
    whole = cell.last_at - cell.first_at
    return [
        (100 * ((gap.start - cell.first_at) / whole), max(100 * ((gap.end - gap.start) / whole), LEAST))
        for gap in cell.gaps
    ]


def _marks(cell: Cell) -> str:
    marks = []
    if cell.captures and not (cell.open or cell.stopped or cell.failed or cell.running):
        marks.append(_icon("check"))
    if cell.running:
        marks.append(_icon("loader-circle"))
    elif cell.waiting:
        marks.append(_icon("hourglass"))
    if cell.stopped:
        marks.append(f'<span class="held">{_icon("hand")}{cell.stopped:,}</span>')
    if cell.failed:
        marks.append(f'<span class="failed">{_icon("circle-x")}{cell.failed:,}</span>')
    if cell.gaps:
        marks.append(_icon("camera-off"))
    return "".join(marks)


def _icon(name: str) -> str:
    return f'<span class="icon icon-{name}" aria-hidden="true"></span>'
