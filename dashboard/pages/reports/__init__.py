"""Reports: figures of chosen stations and nights for a paper, with captions, files, and a way from each number back."""

from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard.components.empty import empty_state, notice
from dashboard.components.header import card, page_header
from dashboard.components.toasts import say
from dashboard.page import PAGE_QUERY, THEME, TOAST, PageRequest, Theme, current_actor, state_at
from dashboard.pages.reports import parts
from dashboard.shell import stack
from engine import control
from engine.board import Board
from engine.exports.files import KEY
from engine.refusals import Invalid, Refusal
from engine.reports.report import build
from engine.reports.selection import FIGURES, Asked, read
from engine.requests import JobRequest
from models.base import now
from models.queries import exports, reports
from models.queries.reports import Selection

PATH = "/reports"
TITLE = "Reports"
LEAD = (
    "Figures for a paper or a season's report. Choose stations and nights; every number leads to the captures, the job "
    "and the pipeline version behind it."
)
FIELDS = ("stations", "from", "to", "figures")


def layout(board: Board, request: PageRequest) -> Component:
    """The report that the address asks for."""
    header = page_header(TITLE, LEAD, actions=[parts.meaning_link()])
    try:
        asked = read(request.query).of_project(request.actor.project_id)
    except Invalid as wrong:
        return stack(header, notice("bad", "triangle-alert", wrong.message))
    with board.store.read() as session:
        extent = reports.extent(session, Selection(request.actor.project_id))
        places = reports.places(session, request.actor.project_id)
        report = build(session, asked, request.now)
        recent = exports.recent(session, KEY, request.actor.project_id, parts.MOST_EXPORTS)
    if extent is None:
        words = "Take captures in with nightboard ingest; their nights can be reported from then on."
        return stack(header, card(None, empty_state("camera-off", "No nights to report yet", words, ("Nights", "/"))))
    return stack(
        header,
        parts.choices(report.asked, places),
        html.Div(parts.content(report, request.theme), id="reports-content", className="stack"),
        parts.exports_card(recent, request.actor),
    )


def register(app: Dash, board: Board) -> None:
    """Fields to figures and to the address; drawings onto the page; exports."""
    _register_figures(app, board)
    _register_exports(app, board)


def _register_figures(app: Dash, board: Board) -> None:
    @app.callback(
        Output("reports-content", "children"),
        Output("reports-stations-said", "children"),
        Output("reports-nights-said", "children"),
        Output("reports-figures-said", "children"),
        *(Input(f"reports-{name}", "value") for name in FIELDS),
        Input(THEME, "data"),
        prevent_initial_call=True,
    )
    def redraw(stations: list[int], first: str, last: str, figures: list[str], theme: Theme) -> Any:
        try:
            asked = asked_of(stations, first, last, figures).of_project(current_actor().project_id)
        except Invalid as wrong:
            return [notice("bad", "triangle-alert", wrong.message)], no_update, no_update, no_update
        with board.store.read() as session:
            report = build(session, asked, now())
            places = reports.places(session, asked.where.project_id)
        return parts.content(report, theme), *parts.said(asked, places)

    @app.callback(
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        *(Input(f"reports-{name}", "value") for name in FIELDS),
        prevent_initial_call=True,
    )
    def keep_address(stations: list[int], first: str, last: str, figures: list[str]) -> Any:
        try:
            return state_at(PATH, asked_of(stations, first, last, figures).query())
        except Invalid:
            return no_update


def _register_exports(app: Dash, board: Board) -> None:
    @app.callback(
        Output("reports-exports", "children"),
        Output(TOAST, "data", allow_duplicate=True),
        Input("reports-export", "n_clicks"),
        State("reports-format", "value"),
        State("reports-stations", "value"),
        State("reports-from", "value"),
        State("reports-to", "value"),
        prevent_initial_call=True,
    )
    def ask(clicks: int | None, wanted: str, stations: list[int], first: str, last: str) -> Any:
        if not clicks:
            return no_update, no_update
        actor = current_actor()
        try:
            asked = asked_of(stations, first, last, []).of_project(actor.project_id)
            answer = control.submit(board, actor, export_of(board, asked, wanted), start_now=True)
        except Refusal as refusal:
            return no_update, say("bad", refusal.message)
        with board.store.read() as session:
            recent = exports.recent(session, KEY, actor.project_id, parts.MOST_EXPORTS)
        return parts.export_lines(recent), say("good", f"Export {answer.job_id} starts; its files appear below.")

    @app.callback(
        Output("reports-exports", "children", allow_duplicate=True),
        Input("live", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any]) -> Any:
        if ctx.triggered_id != "live" or not (live["jobs"] or live["gone"] or live["more"]):
            return no_update
        with board.store.read() as session:
            return parts.export_lines(exports.recent(session, KEY, current_actor().project_id, parts.MOST_EXPORTS))


def asked_of(stations: list[int] | None, first: str | None, last: str | None, figures: list[str] | None) -> Asked:
    """What the fields ask for. Raises Invalid."""
    chosen = [key for key in FIGURES if key in (figures or ())]
    return read(
        {
            "stations": ",".join(map(str, stations or ())),
            "from": first or "",
            "to": last or "",
            "figures": ",".join(chosen),
        }
    )


def export_of(board: Board, asked: Asked, wanted: str) -> JobRequest:
    """The request for an export of the selection. Raises Invalid when its stations are of several projects."""
    with board.store.read() as session:
        projects = reports.projects(session, asked.where)
    if len(projects) != 1:
        raise Invalid({"stations": ["An export is of one project; choose the stations of one."]})
    arguments: dict[str, Any] = {"format": wanted, "stations": list(asked.where.stations)}
    bounds = {"first_night": asked.where.first, "last_night": asked.where.last}
    arguments |= {name: day.isoformat() for name, day in bounds.items() if day is not None}
    nights = " to ".join(day.isoformat() for day in bounds.values() if day is not None)
    name = f"Export to {wanted}{f', {nights}' if nights else ''}"
    return JobRequest(name=name, project_id=projects[0], type=KEY, arguments=arguments)
