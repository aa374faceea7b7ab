"""One night of one station as a small tile: dusk at its left, dawn at its right, filled as far as it is processed.

A board has thousands of tiles, so they are written as HTML at once (see dashboard/components/still.py): as components
of Dash those of a hundred stations took the server a second.
"""

from datetime import date

from markupsafe import Markup

from dashboard.components.times import duration, night_name
from models.queries.nights import Cell

LEAST = 4.0  # percent: what is there is never too small to see
NOT_YET = '<span class="night-none"><span class="visually-hidden">before its first night</span></span>'


def night_cell(cell: Cell, station: Markup, *, is_narrow: bool = False) -> str:
    """The HTML of a link to the night; everything it shows by colour stands in its name too.

    `station` is its name, escaped; all else are numbers and words of ours. A narrow tile, of which there are thousands,
    has no room for words on its face.
    """
    told = told_in_words(cell)
    return (
        f'<a data-go="" href="/night/{cell.event_id}" class="{_states(cell)}" title="{told}">'
        f'<span class="visually-hidden">{station}, night of {night_name(cell.night)}: {told}</span>'
        f'<span class="face" aria-hidden="true">{_ground(cell)}{"" if is_narrow else _words(cell)}</span></a>'
    )


def _words(cell: Cell) -> str:
    share = f"{cell.processed} of {cell.captures} processed" if cell.open or cell.failed else "all processed"
    return (
        f'<span class="words"><span class="count">{cell.captures}</span><span class="marks">{_marks(cell)}</span>'
        f'<span class="share">{share if cell.captures else "no captures"}</span></span>'
    )


def missing_cell(station: Markup, night: date, *, began: bool) -> str:
    """The HTML of a night without captures: missing if the station was there by then, else just empty."""
    if not began:
        return NOT_YET
    return (
        f'<span class="night-missing" title="no captures"><span class="visually-hidden">{station}, '
        f'night of {night_name(night)}: no captures</span><span aria-hidden="true">none</span></span>'
    )


def told_in_words(cell: Cell) -> str:
    """120 captures, 118 processed, 2 failed, camera silent for 50 min, 1 job running."""
    parts = [f"{cell.captures} {'capture' if cell.captures == 1 else 'captures'}"]
    if cell.captures:
        parts.append(_processed(cell))
    if cell.failed:
        parts.append(f"{cell.failed} failed")
    if cell.gaps:
        parts.append(f"camera silent for {duration(cell.lost.total_seconds() * 1000)}")
    for number, word in ((cell.running, "running"), (cell.waiting, "waiting")):
        if number:
            parts.append(f"{number} {'job' if number == 1 else 'jobs'} {word}")
    return ", ".join(parts)


def _processed(cell: Cell) -> str:
    if cell.processed >= cell.captures:
        return "all processed"
    return f"{cell.processed or 'none'} processed"


def _states(cell: Cell) -> str:
    whole = cell.captures and not cell.open and not cell.failed
    at_work = " running" if cell.running else " waiting" if cell.waiting else ""
    return f"night-cell{at_work}{' whole' if whole else ''}"


def _ground(cell: Cell) -> str:
    """The tile behind the words: the processed share from below, the failed from above, and the gaps in their hours."""
    if not cell.captures:
        return ""
    done = 100 * min(cell.processed / cell.captures, 1.0)
    done = max(done, LEAST) if cell.processed else 0.0
    bad = max(100 * cell.failed / cell.captures, 2 * LEAST) if cell.failed else 0.0
    done = min(done, 100 - bad)
    layers = [
        f'<span class="{name}" style="height: {share:.1f}%"></span>'
        for name, share in (("done", done), ("bad", bad))
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
    if cell.captures and not cell.open and not cell.failed and not cell.running:
        marks.append(_icon("check"))
    if cell.running:
        marks.append(_icon("loader-circle"))
    elif cell.waiting:
        marks.append(_icon("hourglass"))
    if cell.failed:
        marks.append(f'<span class="failed">{_icon("circle-x")}{cell.failed}</span>')
    if cell.gaps:
        marks.append(_icon("camera-off"))
    return "".join(marks)


def _icon(name: str) -> str:
    return f'<span class="icon icon-{name}" aria-hidden="true"></span>'
