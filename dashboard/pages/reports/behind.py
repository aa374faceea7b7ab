"""Behind a number: the captures that it counts, and the job, pipeline version and parameters behind each result."""

import json

from dash import Dash, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.attributes import aria
from dashboard.components.charts import plain_table
from dashboard.components.empty import empty_state, notice
from dashboard.components.header import card, facts, page_header
from dashboard.components.icons import icon
from dashboard.components.still import still
from dashboard.components.times import stamp, zone_of
from dashboard.page import PageRequest, address
from dashboard.pages import NotHere
from dashboard.pages.reports.parts import origins_table
from dashboard.shell import stack
from engine import provenance
from engine.board import Board
from engine.causes import reason
from engine.refusals import Invalid
from engine.reports import counts
from engine.reports.behind import behind_of
from engine.reports.report import in_words
from engine.reports.selection import Asked
from models.queries import reports
from models.queries.reports import CaptureBehind, OriginRow

PATH = "/reports/behind"
TITLE = "Behind a number"
SHEET = 50  # captures
WORDS = {
    "all": "Captures",
    "processed": "Processed captures",
    "stopped": "Captures that wait for a verdict",
    "failed": "Failed captures",
    "open": "Captures that were not processed",
}


def layout(board: Board, request: PageRequest) -> Component:
    """What the number of this address counts. Raises NotHere for an address that means none."""
    sheet, hour = max(1, request.number("sheet", 1) or 1), request.number("hour")
    with board.store.read() as session:
        try:
            behind = behind_of(session, request.query, request.actor.project_id)
        except Invalid as wrong:
            raise NotHere(wrong.message) from None
        stations = counts.by_station(reports.nights(session, behind.selection))
        captures, detections = reports.counts(session, behind)
        origins = reports.origins(session, behind)
        rows = reports.captures(session, behind, offset=(sheet - 1) * SHEET, limit=SHEET)
        known = parameters(session, origins)
    words = f"{in_words(behind.selection, stations)}{_more(hour, behind.kind)}."
    back = address("/reports", **Asked(behind.selection).query())
    numbers = facts([("Captures", f"{captures:,}"), ("Detections", f"{detections:,}")])
    return stack(
        page_header(TITLE, f"{WORDS[behind.state]} of {words}", crumbs=[("Reports", back)]),
        card(None, numbers),
        card("What made their results", html.Div(origins_table(origins), className="scroll-x"), *known)
        if origins
        else notice("wait", "info", "None of these captures has a result."),
        _captures(rows, captures, sheet, request),
    )


def register(_app: Dash, _board: Board) -> None:
    """Nothing moves on this page."""


def parameters(session: Session, origins: list[OriginRow]) -> list[Component]:
    """Each set of parameters in full, with the mask zones of the station where it has any."""
    found: list[Component] = []
    for name, version, digest in dict.fromkeys((row.pipeline, row.version, row.parameters) for row in origins):
        known = provenance.known(session, digest)
        words = json.dumps(known, indent=2) if known is not None else "They were not kept when these results were made."
        head = html.Summary(["Parameters ", html.Code(digest), f" of {name}, version {version}"])
        found.append(html.Details([head, html.Div(html.Pre(words), tabIndex="0")], className="behind"))
    return found


def _more(hour: int | None, kind: str | None) -> str:
    told = ""
    if hour is not None:
        side = f"{hour} to {hour + 1} hours after" if hour >= 0 else f"{-hour} to {-hour - 1} hours before"
        told = f", {side} sunset"
    return f"{told}, by the cause “{reason(kind)}”" if kind else told


def _captures(rows: list[CaptureBehind], total: int, sheet: int, request: PageRequest) -> Component:
    """The captures, a sheet at a time, each a link to its picture with the boxes."""
    if not rows:
        return card("The captures", empty_state("image-off", "No captures here", "This number counts none."))
    lines: list[list[str | Component]] = [
        [
            dcc.Link(row.path.rsplit("/", 1)[-1], href=f"/captures/{row.id}"),
            row.station,
            stamp(row.taken_at, zone_of(row.timezone)),
            f"{row.detections:,}" if row.pipeline else "–",
            f"{row.pipeline}, version {row.version}" if row.pipeline else row.error or "not processed",
            html.Code(row.parameters) if row.parameters else "–",
            dcc.Link(f"Job {row.job_id}", href=f"/jobs/{row.job_id}") if row.job_id else "–",
        ]
        for row in rows
    ]
    head = ["Capture", "Station", "Taken", "Detections", "Pipeline, or why not", "Parameters", "Job"]
    table = plain_table(head, lines, label="The captures behind this number")
    return card("The captures", html.Div(still(table), className="scroll-x"), _pages(total, sheet, request))


def _pages(total: int, sheet: int, request: PageRequest) -> Component | None:
    last = -(-total // SHEET)
    if last < 2:
        return None

    def to(number: int) -> str:
        return address(request.path, **{**request.query, "sheet": number})

    return html.Nav(
        [
            dcc.Link([icon("chevron-left"), "Earlier"], href=to(sheet - 1), className="button") if sheet > 1 else None,
            html.Span(f"Sheet {sheet} of {last}", className="faint"),
            dcc.Link(["Later", icon("chevron-right")], href=to(sheet + 1), className="button")
            if sheet < last
            else None,
        ],
        className="row-of sheet-pages",
        **aria(label="Sheets"),
    )
