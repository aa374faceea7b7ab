"""A report as one HTML file that needs nothing beside it: drawings, tables with their links, what the numbers mean."""

from datetime import UTC
from html import escape
from urllib.parse import urlencode

from engine.reports.counts import Cell, Table
from engine.reports.files import as_svg
from engine.reports.meaning import MEANING
from engine.reports.parts import Part
from engine.reports.report import Report

TRACE = "/reports/behind"
STYLE = """
:root { color-scheme: light; --ink: #1a2030; --ink-2: #4c5468; --ink-3: #666d80; --line: #e1ded3; --accent: #3d49c4; }
body { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem; background: #fff; color: var(--ink);
  font: 400 15px/1.55 Inter, system-ui, "Segoe UI", sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 1.8rem; letter-spacing: -.02em; } h2 { margin: 3rem 0 .75rem; font-size: 1.2rem; }
h3 { margin: 1.5rem 0 .25rem; font-size: 1rem; } p { margin: 0 0 .5rem; } a { color: var(--accent); }
.lead { color: var(--ink-2); } figure { margin: 0; } figure svg { width: 100%; height: auto; }
figcaption { color: var(--ink-2); font-size: 13px; } details { margin-top: .75rem; font-size: 13px; }
summary { color: var(--ink-2); cursor: pointer; }
table { width: 100%; margin-top: .5rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th { color: var(--ink-3); font-weight: 500; }
.empty { padding: 2rem; border: 1px dashed var(--line); color: var(--ink-2); text-align: center; }
@media print { details:not([open]) > *:not(summary) { display: none; } section { break-inside: avoid; } }
"""


def as_html(report: Report, base: str) -> bytes:
    """The whole report; `base` is the address of this Nightboard, to which the numbers lead."""
    made = f"{report.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    parts = "".join(_part(part, base) for part in report.parts)
    meaning = "".join(f"<h3>{escape(head)}</h3><p>{escape(words)}</p>" for head, words in MEANING)
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)} · Nightboard</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(report.title)}</h1>"
        f'<p class="lead">{escape(report.filter)}. Made {made} by Nightboard.</p></header>'
        f"{parts}<section><h2>What stands behind</h2>{_origins(report, base)}</section>"
        f"<section><h2>What the numbers mean</h2>{meaning}</section></body></html>\n"
    )
    return text.encode()


def address(base: str, cell: Cell) -> str | None:
    """Where a number leads: to the captures behind it, or to its job; None for a plain one."""
    if cell.job is not None:
        return f"{base}/jobs/{cell.job}"
    return f"{base}{TRACE}?{urlencode(cell.behind, safe=',:')}" if cell.behind is not None else None


def shown(value: object) -> str:
    """A value as people read it; a dash for what is not known."""
    match value:
        case None:
            return "–"
        case bool():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)


def _part(part: Part, base: str) -> str:
    drawn = f'<p class="empty">{escape(part.empty)}</p>' if part.empty else _inline(part)
    table = "" if part.empty else f"<details><summary>The numbers</summary>{_table(part.table, base)}</details>"
    caption = f"<figcaption>{escape(part.caption)}</figcaption>"
    return f"<section><h2>{escape(part.title)}</h2><figure>{drawn}{caption}</figure>{table}</section>"


def _inline(part: Part) -> str:
    """The drawing as an element of the page, named for who cannot see it; its ids are its own within the page."""
    svg = as_svg(part).decode()
    svg = svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{escape(part.title)}" ', 1)
    for old, new in (('id="', f'id="{part.key}-'), ('"#', f'"#{part.key}-'), ("url(#", f"url(#{part.key}-")):
        svg = svg.replace(old, new)
    return svg


def _table(table: Table, base: str) -> str:
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in table.head)
    rows = "".join(f"<tr>{''.join(f'<td>{_cell(cell, base)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(cell: Cell, base: str) -> str:
    words, href = escape(shown(cell.value)), address(base, cell)
    return words if href is None else f'<a href="{escape(href)}">{words}</a>'


def _origins(report: Report, base: str) -> str:
    if not report.origins:
        return "<p>No capture of these nights has a result yet.</p>"
    rows = tuple(
        (
            Cell(row.pipeline),
            Cell(row.version),
            Cell(row.parameters),
            Cell(row.job or "a deleted job", job=row.job_id),
            Cell(row.captures),
            Cell(row.detections),
        )
        for row in report.origins
    )
    return _table(Table(("Pipeline", "Version", "Parameters", "Job", "Captures", "Detections"), rows), base)
