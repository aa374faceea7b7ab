"""A report on paper: pages of A4 with each figure, its caption and its numbers, and what they mean at the end."""

import io
import textwrap
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from engine.reports.counts import Cell, Table
from engine.reports.look import PAPER, drawing
from engine.reports.meaning import MEANING
from engine.reports.parts import Part
from engine.reports.report import Report
from engine.reports.web import address, shown

A4 = (8.27, 11.69)  # inches
LEFT, TOP, BOTTOM = 0.54, 0.75, 0.7  # margins, inches
TEXT = A4[0] - 2 * LEFT
LINE = 0.165  # of the body text, inches
ACROSS = 114  # letters of a line of the body text
LETTER = 0.066  # of a table, inches
MOST_ROWS = 400  # of a table; the CSV has all


def as_pdf(report: Report, base: str) -> bytes:
    """The whole report; `base` is the address of this Nightboard, to which the numbers lead."""
    held = io.BytesIO()
    with drawing(PAPER):
        told = {"Title": report.title, "Subject": report.filter, "Creator": "Nightboard"}
        with PdfPages(held, metadata=told) as pages:
            paper = _Paper(pages, report)
            paper.line(report.title, size=19, weight="semibold", gap=0.36)
            paper.text(f"{report.filter}.", size=10, gap=0.19)
            for part in report.parts:
                _figure(paper, part, base)
            _meaning(paper)
            paper.turn()
    return held.getvalue()


class _Paper:
    """Pages that are written from their top down; `y` is where the next line goes, in inches from the bottom."""

    def __init__(self, pages: PdfPages, report: Report) -> None:
        self.pages = pages
        self.foot = f"Nightboard · {report.title} · made {report.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        self.number = 0
        self._begin()

    def _begin(self) -> None:
        self.figure = Figure(figsize=A4, layout="constrained")
        self.y = A4[1] - TOP
        self.number += 1
        self._at(LEFT, 0.4, self.foot, size=7.5, color=PAPER.ink_3)
        self._at(A4[0] - LEFT, 0.4, str(self.number), size=7.5, color=PAPER.ink_3, ha="right")

    def turn(self) -> None:
        """Put the page away and begin the next."""
        self.pages.savefig(self.figure)
        self._begin()

    def has_room(self, inches: float) -> bool:
        return self.y - inches > BOTTOM

    def need(self, inches: float) -> None:
        """Turn the page unless there is so much room on it."""
        if not self.has_room(inches):
            self.turn()

    def line(self, words: str, *, size: float = 9, gap: float = LINE, **style: Any) -> None:
        self._at(LEFT, self.y, words, size=size, **style)
        self.y -= gap

    def text(self, words: str, *, size: float = 9, gap: float = LINE) -> None:
        """Words over as many lines as they take."""
        for line in textwrap.wrap(words, int(ACROSS * 9 / size)):
            self.line(line, size=size, gap=gap, color=PAPER.ink_2)

    def row(self, cells: Sequence[tuple[float, str, str | None]], **style: Any) -> None:
        """Words at distances from the left margin, some of them links."""
        for across, words, url in cells:
            colour = {"color": PAPER.accent} if url else {}
            self._at(LEFT + across, self.y, words, url=url, **({"size": 8} | style | colour))
        self.y -= LINE

    def draw(self, part: Part) -> None:
        """A figure at the width of the text, lower where the page is too short for it."""
        height = min(part.height, self.y - BOTTOM - 1.2)
        sides: dict[str, Any] = {
            "height_ratios": [A4[1] - self.y, height, self.y - height],
            "width_ratios": [LEFT, TEXT, LEFT],
        }
        grid = GridSpec(3, 3, self.figure, wspace=0, hspace=0, **sides)
        part.draw(self.figure.add_subfigure(grid[1, 1]), PAPER)
        self.y -= height + 0.15

    def _at(self, x: float, y: float, words: str, **style: Any) -> None:
        self.figure.text(x / A4[0], y / A4[1], words, va="top", parse_math=False, **style)


def _figure(paper: _Paper, part: Part, base: str) -> None:
    """A figure with its heading, its caption and its numbers, kept together as far as a page goes."""
    caption = len(textwrap.wrap(part.caption, ACROSS)) * LINE
    paper.need(min((0.3 if part.empty else part.height) + caption + 1.1, A4[1] - TOP - BOTTOM - 0.1))
    paper.y -= 0.25
    paper.line(part.title, size=13, weight="semibold", gap=0.3)
    if part.empty:
        paper.line(part.empty, color=PAPER.ink_2, gap=0.25)
    else:
        paper.draw(part)
    paper.text(part.caption)
    paper.y -= 0.12
    if not part.empty:
        _table(paper, part.table, base)


def _table(paper: _Paper, table: Table, base: str) -> None:
    """The numbers of a figure, with the names of their columns on each page that they take."""
    places = _places(table)
    widths = [int((end - place) / LETTER) for place, end in zip(places, [*places[1:], TEXT], strict=True)]
    head = [(p, _cut(word, width), None) for p, word, width in zip(places, table.head, widths, strict=True)]
    paper.need(2 * LINE)
    paper.row(head, color=PAPER.ink_3)
    for row in table.rows[:MOST_ROWS]:
        if not paper.has_room(LINE):
            paper.turn()
            paper.row(head, color=PAPER.ink_3)
        paper.row([_placed(cell, p, width, base) for cell, p, width in zip(row, places, widths, strict=True)])
    if len(table.rows) > MOST_ROWS:
        paper.line(f"{len(table.rows) - MOST_ROWS:,} rows more stand in the CSV of this figure.", size=8)


def _placed(cell: Cell, place: float, width: int, base: str) -> tuple[float, str, str | None]:
    return place, _cut(shown(cell.value), width), address(base, cell)


def _places(table: Table) -> list[float]:
    """Where each column begins, inches from the left: as wide as its longest words ask, within the text."""
    words = [[word, *(shown(row[number].value) for row in table.rows)] for number, word in enumerate(table.head)]
    wanted = [min(max(map(len, column)), 34) + 2 for column in words]
    return [TEXT * sum(wanted[:number]) / sum(wanted) for number in range(len(wanted))]


def _cut(words: str, width: int) -> str:
    width = max(width, 4)
    return words if len(words) <= width else f"{words[: width - 1]}…"


def _meaning(paper: _Paper) -> None:
    paper.turn()
    paper.line("What the numbers mean", size=13, weight="semibold", gap=0.32)
    for head, words in MEANING:
        paper.need((len(textwrap.wrap(words, ACROSS)) + 2) * LINE)
        paper.line(head, weight="semibold", gap=0.18)
        paper.text(words)
        paper.y -= 0.1
