"""The parts of the Reports page: what is chosen, each figure with its caption, files and numbers, and the exports."""

from collections.abc import Sequence
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.charts import plain_table
from dashboard.components.counts import counted
from dashboard.components.empty import notice
from dashboard.components.header import card, facts
from dashboard.components.icons import icon
from dashboard.components.pills import status_pill
from dashboard.components.progress import progress_bar
from dashboard.components.still import still
from dashboard.components.times import stamp, zone_of
from dashboard.page import Theme
from dashboard.pages.jobs.filters import chip, choice, day_field, nights_said, ticks
from engine.access import Actor
from engine.exports.files import ABOUT, FORMATS
from engine.reports.counts import Cell, Table
from engine.reports.parts import Part
from engine.reports.report import Report
from engine.reports.selection import FIGURES, Asked, trace
from engine.reports.web import TRACE, address, shown
from models.people import Role
from models.queries.exports import ExportJob
from models.queries.reports import OriginRow
from models.states import Status

MOST_EXPORTS = 8
MOST_ROWS = 200  # of a figure's table on the page; the CSV has all
Places = Sequence[tuple[int, str]]


def meaning_link() -> Component:
    return dcc.Link([icon("info"), "What the numbers mean"], href="/reports/meaning", className="button")


def choices(asked: Asked, places: Places) -> Component:
    """Stations, nights and figures, as chips that open."""
    _, nights, figures = said(asked, places)
    days = [
        day_field("From the night of", "reports-from", asked.where.first),
        day_field("to the night of", "reports-to", asked.where.last),
    ]
    boxes = ticks("reports-figures", list(FIGURES.items()), list(asked.figures))
    return html.Div(
        [
            choice("reports", "stations", places, list(asked.where.stations)),
            chip("reports-nights-said", nights, days, is_chosen=True),
            chip("reports-figures-said", figures, [boxes], is_chosen=asked.figures != tuple(FIGURES)),
        ],
        className="filter-bar alone",
        role="search",
        **aria(label="Choose what the report shows"),
    )


def said(asked: Asked, places: Places) -> tuple[str, str, str]:
    """What the three chips say."""
    names = [name for key, name in places if key in asked.where.stations]
    stations = "All stations" if not names else names[0] if len(names) == 1 else counted(len(names), "station")
    figures = "All figures" if asked.figures == tuple(FIGURES) else f"{len(asked.figures)} of {len(FIGURES)} figures"
    return stations, nights_said(asked.where.first, asked.where.last), figures


def content(report: Report, theme: Theme) -> list[Component]:
    """The whole of a report: its files, its figures, and what stands behind them."""
    return [summary(report), *(figure_card(report, part, theme) for part in report.parts), origins_card(report.origins)]


def summary(report: Report) -> Component:
    """What the report covers in numbers, and the whole of it as files."""
    nights = [night for station in report.stations for night in station.nights.values()]
    processed, detections = sum(night.processed for night in nights), sum(night.detections for night in nights)
    query = urlencode(report.asked.query(), safe=",:")
    files = [
        html.A([icon("download"), word], href=f"/reports/report.{kind}?{query}", className="button", download="")
        for kind, word in (("pdf", "PDF"), ("html", "HTML"))
    ]
    every, done = (f"{TRACE}?{urlencode(trace(report.asked.where, state=state))}" for state in ("all", "processed"))
    captures, effort = sum(night.captures for night in nights), sum(night.effort_h for night in nights)
    rate = f"{detections / processed:.2f}" if processed else "–"
    numbers = facts(
        [
            ("Stations", f"{len(report.stations):,}"),
            ("Nights with captures", f"{len(nights):,}"),
            ("Captures", dcc.Link(f"{captures:,}", href=every)),
            ("Effort", dcc.Link(f"{effort:,.1f} h", href=every)),
            ("Processed", dcc.Link(f"{processed:,}", href=done)),
            ("Detections", dcc.Link(f"{detections:,}", href=done)),
            ("Detections a capture", dcc.Link(rate, href=done)),
        ]
    )
    return card(f"{report.filter[:1].upper()}{report.filter[1:]}", numbers, aside=files)


def figure_card(report: Report, part: Part, theme: Theme) -> Component:
    """One figure: its drawing, its caption, its files and its numbers."""
    query = urlencode(report.asked.query() | {"figures": part.key}, safe=",:")
    files = [
        html.A(word, href=f"/reports/figures/{part.key}.{kind}?{query}", className="button small", download="")
        for kind, word in (("csv", "CSV"), ("png", "PNG"), ("svg", "SVG"))
    ]
    if part.empty:
        return card(part.title, notice("wait", "info", part.empty))
    drawing = html.Img(
        src=f"/reports/figures/{part.key}.svg?{query}&theme={theme}",
        alt=f"{part.title}: {report.filter}",
        className="report-figure",
        style={"aspectRatio": f"7.2 / {part.height:.2f}"},
    )
    table = still(numbers(part.table, part.title))
    behind = html.Details([html.Summary("The numbers"), html.Div(table, tabIndex="0")], className="behind")
    scrolled = html.Div(drawing, className="report-drawing", tabIndex="0", **aria(label=part.title), role="region")
    figure = html.Figure([scrolled, html.Figcaption(part.caption), behind], className="chart", **data(figure=part.key))
    return card(part.title, figure, aside=files)


def numbers(table: Table, label: str) -> Component:
    """The table behind a figure; a number leads to what it counts."""
    rows = [[_cell(cell) for cell in row] for row in table.rows[:MOST_ROWS]]
    made = plain_table(table.head, rows, label=label)
    if len(table.rows) <= MOST_ROWS:
        return made
    more = f"{len(table.rows) - MOST_ROWS:,} rows more stand in the CSV."
    return html.Div([made, html.P(more, className="faint")])


def _cell(cell: Cell) -> str | Component:
    href = address("", cell)
    return shown(cell.value) if href is None else dcc.Link(shown(cell.value), href=href)


def origins_card(origins: Sequence[OriginRow]) -> Component:
    """Every pipeline version with its parameters and job that stands behind the results."""
    if not origins:
        return card("What stands behind", html.P("No capture of these nights has a result yet.", className="quiet"))
    return card("What stands behind", html.Div(origins_table(origins), className="scroll-x"))


def origins_table(origins: Sequence[OriginRow]) -> Component:
    rows: list[list[str | Component]] = [
        [
            row.pipeline,
            str(row.version),
            html.Code(row.parameters),
            dcc.Link(row.job or f"Job {row.job_id}", href=f"/jobs/{row.job_id}") if row.job_id else "a deleted job",
            f"{row.captures:,}",
            f"{row.detections:,}",
        ]
        for row in origins
    ]
    head = ["Pipeline", "Version", "Parameters", "Job", "Captures", "Detections"]
    return plain_table(head, rows, label="Pipeline versions and jobs behind the results")


def exports_card(recent: Sequence[ExportJob], actor: Actor) -> Component:
    """Every row of the selection as a file, made by a job; and the exports of late."""
    may = actor.may(Role.OPERATOR)
    why = None if may else f"You are a {actor.role}; an export needs an operator."
    formats = dbc.Select(
        id="reports-format",
        options=[{"value": key, "label": each.words} for key, each in FORMATS.items()],
        value="csv",
    )
    named = html.Label("Format", htmlFor="reports-format", className="visually-hidden")
    button = html.Button(
        [icon("download"), "Export"],
        id="reports-export",
        className="button main",
        type="button",
        disabled=not may,
        title=why,
    )
    words = "Every capture and detection of these stations and nights, with its job, pipeline version and parameters."
    return card(
        "Export the data",
        html.P(words, className="quiet"),
        html.Div([named, formats, button], className="row-of export-form"),
        html.Ul(export_lines(recent), id="reports-exports", className="lines export-lines"),
    )


def export_lines(recent: Sequence[ExportJob]) -> list[Component]:
    """A line for each export of late, with its files when it is whole."""
    return [_export_line(job) for job in recent]


def _export_line(job: ExportJob) -> Component:
    status = Status(job.status)
    head = [dcc.Link(job.name, href=f"/jobs/{job.id}"), status_pill(status)]
    if status is Status.SUCCESS:
        names = [FORMATS[job.arguments.get("format", "csv")].name, ABOUT]
        links = [
            html.A([icon("download"), name], href=f"/exports/{job.id}/{name}", className="button small", download="")
            for name in names
        ]
        made = html.Span(stamp(job.finished_at, zone_of("UTC")), className="faint")
        return html.Li([html.Div(head, className="head"), html.Div([*links, made], className="row-of")])
    running = job.finished_at is None
    bar = progress_bar(job.progress, label=f"Progress of {job.name}", running=running) if running else None
    return html.Li([part for part in (html.Div(head, className="head"), bar) if part is not None])
