"""One night of one station as a small tile: dusk at its left, dawn at its right, filled as far as it is processed."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.times import duration, night_name
from models.queries.nights import Cell, Station

LEAST = 4.0  # percent: what is there is never too small to see


def night_cell(cell: Cell, station: Station) -> Component:
    """A link to the night; everything it shows by colour stands in its name too."""
    face = html.Span(
        [*_ground(cell), html.Span(_words(cell), className="words")],
        className="face",
        **aria(hidden="true"),
    )
    states = [
        name
        for name, holds in (
            ("running", cell.running),
            ("waiting", cell.waiting and not cell.running),
            ("whole", cell.captures and not cell.open and not cell.failed),
        )
        if holds
    ]
    told = told_in_words(cell)
    name = html.Span(f"{station.name}, night of {night_name(cell.night)}: {told}", className="visually-hidden")
    return dcc.Link(
        [name, face], href=f"/night/{cell.event_id}", className=" ".join(["night-cell", *states]), title=told
    )


def missing_cell(station: Station, night: str, *, began: bool) -> Component:
    """The place of a night without captures: missing if the station was there by then, else just empty."""
    if not began:
        return html.Span(html.Span("before its first night", className="visually-hidden"), className="night-none")
    words = html.Span(f"{station.name}, night of {night}: no captures", className="visually-hidden")
    return html.Span([words, html.Span("none", **aria(hidden="true"))], className="night-missing", title="no captures")


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


def _ground(cell: Cell) -> list[Component]:
    """The tile behind the words: the processed share from below, the failed from above, and the gaps in their hours."""
    if not cell.captures:
        return []
    done = 100 * min(cell.processed / cell.captures, 1.0)
    done = max(done, LEAST) if cell.processed else 0.0
    bad = max(100 * cell.failed / cell.captures, 2 * LEAST) if cell.failed else 0.0
    done = min(done, 100 - bad)
    layers: list[Component] = []
    if done:
        layers.append(html.Span(className="done", style={"height": f"{done:.1f}%"}))
    if bad:
        layers.append(html.Span(className="bad", style={"height": f"{bad:.1f}%"}))
    return layers + [
        html.Span(className="gap", style={"left": f"{left:.1f}%", "width": f"{width:.1f}%"})
        for left, width in gap_places(cell)
    ]


def gap_places(cell: Cell) -> list[tuple[float, float]]:
    """Each gap as (left, width) in percent of the night from its first capture to its last."""
    if cell.first_at is None or cell.last_at is None or cell.last_at <= cell.first_at:
        return []
    whole = cell.last_at - cell.first_at
    return [
        (100 * ((gap.start - cell.first_at) / whole), max(100 * ((gap.end - gap.start) / whole), LEAST))
        for gap in cell.gaps
    ]


def _words(cell: Cell) -> list[Component]:
    marks = []
    if cell.running:
        marks.append(icon("loader-circle"))
    elif cell.waiting:
        marks.append(icon("hourglass"))
    if cell.failed:
        marks.append(html.Span([icon("circle-x"), str(cell.failed)], className="failed"))
    if cell.gaps:
        marks.append(icon("camera-off"))
    if cell.captures and not cell.open and not cell.failed and not cell.running:
        marks.insert(0, icon("check"))
    share = f"{cell.processed} of {cell.captures} processed" if cell.open or cell.failed else "all processed"
    return [
        html.Span(f"{cell.captures}", className="count"),
        html.Span(marks, className="marks"),
        html.Span(share if cell.captures else "no captures", className="share"),
    ]
