"""One figure as a file: CSV of its numbers, PNG and SVG of its drawing with the caption inside."""

import csv
import io
from typing import TYPE_CHECKING

from engine.reports.look import PAPER, WIDTH, Look, drawing
from engine.reports.parts import Part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200
KINDS = {"csv": "text/csv", "png": "image/png", "svg": "image/svg+xml"}


def figure_file(part: Part, kind: str, look: Look = PAPER) -> bytes:
    """The figure as one of KINDS. Raises KeyError for another."""
    return {"csv": as_csv, "png": as_png, "svg": as_svg}[kind](part, look)


def as_csv(part: Part, _look: Look = PAPER) -> bytes:
    """The numbers in UTF-8; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(part.table.head)
    writer.writerows(part.table.values())
    return text.getvalue().encode()


def as_png(part: Part, look: Look = PAPER) -> bytes:
    held = io.BytesIO()
    with drawing(look):
        told = {"Title": part.title, "Description": part.caption, "Software": "Nightboard"}
        _drawn(part, look).savefig(held, format="png", dpi=DPI, metadata=told)
    return held.getvalue()


def as_svg(part: Part, look: Look = PAPER) -> bytes:
    held = io.BytesIO()
    with drawing(look):
        told = {"Title": part.title, "Description": part.caption, "Creator": "Nightboard", "Date": None}
        _drawn(part, look).savefig(held, format="svg", metadata=told)
    return held.getvalue()


def _drawn(part: Part, look: Look) -> "Figure":
    """The figure, or a sentence in its place when there is nothing to draw."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, part.height if part.empty is None else 1.2), layout="constrained")
    if part.empty is None:
        part.draw(figure, look)
    else:
        figure.text(0.5, 0.5, part.empty, ha="center", va="center", color=look.ink_2)
    return figure
