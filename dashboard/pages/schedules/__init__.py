"""Schedules: what the engine does by itself every morning, what came of it, and the form to change it."""

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import data
from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.components.still import MARKUP, markup, still
from dashboard.components.stores import store
from dashboard.components.toasts import say
from dashboard.page import GO, LIVE, TOAST, PageRequest, address, current_actor
from dashboard.pages import NotHere
from dashboard.pages.schedules import form, rows
from dashboard.shell import stack
from engine import control
from engine.board import Board
from engine.refusals import Invalid, Refusal
from models.queries import schedules
from models.revisions import latest

PATH = "/schedules"
TITLE = "Schedules"
LEAD = (
    "Every morning the engine takes in what is new, looks for animals and counts them. "
    "What was missed while it slept runs once, for the last 14 nights; older ones wait for a word of yours."
)


def layout(board: Board, request: PageRequest) -> Component:
    """The schedules, and the form of one of them (?edit=3) or of a new one (?new=1)."""
    project_id = request.actor.project_id
    with board.store.read() as session:
        rev = latest(session)
        listed = schedules.schedules(session, project_id)
        places = schedules.places(session, project_id)
        pipelines = schedules.pipelines(session)
    edited = next((row for row in listed if row.id == request.number("edit")), None)
    if request.number("edit") and edited is None:
        raise NotHere(f"There is no schedule {request.number('edit')}; it may have been deleted.")
    is_open = edited is not None or bool(request.number("new"))
    new = dcc.Link([icon("plus"), "New schedule"], href=address(PATH, new=1), className="button main")
    return stack(
        page_header(TITLE, LEAD, actions=[] if is_open or not places else [new], crumbs=[("Nights", "/")]),
        form.card_of(edited, places, pipelines, request.number("station"), request.number("pipeline"))
        if is_open and places
        else None,
        still(*_list(listed, bool(places)), name="schedules-list", className="stack"),
        store(rows.ASKED),
        dcc.Store(id="schedules-rev", data=rev),
    )


def _list(listed: list[schedules.ScheduleRow], has_places: bool) -> list[Component]:
    if listed:
        return [html.Div(rows.schedule_card(row), **data(key=str(row.id))) for row in listed]
    words = "Make one, and the next morning's captures are processed before anybody is at the desk."
    if not has_places:
        words = "First take the captures of a station in; then a schedule can process each new night."
    return [card(None, empty_state("clock", "Nothing is scheduled yet", words))]


def register(app: Dash, board: Board) -> None:
    """Renewing the list, the verbs of each schedule, and the form."""
    form.register(app)

    @app.callback(
        Output("schedules-list", MARKUP),
        Output("schedules-rev", "data"),
        Input(LIVE, "data"),
        State("schedules-rev", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], rev: int) -> Any:
        if not (live["jobs"] or live["gone"] or live["more"]):
            with board.store.read() as session:
                if not schedules.changed_since(session, rev):
                    return no_update, no_update
        return markup(*_now(board)), live["rev"]

    @app.callback(
        Output("schedules-list", MARKUP, allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input(rows.ASKED, "data"),
        prevent_initial_call=True,
    )
    def ask(asked: dict[str, Any]) -> Any:
        verb = rows.VERBS[asked["verb"]]
        try:
            verb.do(board, current_actor(), asked["of"])
        except Refusal as refusal:
            return no_update, say("bad", refusal.message)
        return markup(*_now(board)), say("good", verb.done)

    @app.callback(
        Output(GO, "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        *(Output(f"schedule-{name}-error", "children") for name in form.ERRORS),
        Input("schedule-save", "n_clicks"),
        State("schedule-edited", "data"),
        *(State(f"schedule-{name}", "value") for name in form.NAMES),
        prevent_initial_call=True,
    )
    def save(clicks: int | None, edited: int | None, *values: Any) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * (2 + len(form.ERRORS))
        try:
            asked = form.request_of(dict(zip(form.NAMES, values, strict=True)))
            if edited is None:
                control.create_schedule(board, current_actor(), asked)
            else:
                control.edit_schedule(board, current_actor(), edited, asked)
        except Invalid as invalid:
            return no_update, no_update, *form.errors_of(invalid)
        except Refusal as refusal:
            return no_update, say("bad", refusal.message), *form.errors_of(None)
        return PATH, say("good", "The schedule is kept."), *form.errors_of(None)


def _now(board: Board) -> list[Component]:
    project_id = current_actor().project_id
    with board.store.read() as session:
        return _list(schedules.schedules(session, project_id), bool(schedules.places(session, project_id)))
