"""Steering jobs from the list: buttons on the selection, the question before a cancel, and the answers."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.buttons import verb_button
from dashboard.components.icons import icon
from dashboard.page import LIVE, current_actor
from dashboard.pages.jobs import answers
from dashboard.pages.jobs.grid import GRID
from dashboard.pages.jobs.verbs import VERBS, Asked, Chosen, ask, question, why_not, willing
from engine.board import Board
from models.queries import answers as requests
from models.states import Status

SELECTION = "jobs-selection"
ANSWERS = "jobs-answers"
BUTTONS = ("run", "retry", "cancel")


def toolbar() -> Component:
    """How many jobs there are, what is selected, and the buttons on that; below it the answers."""
    return html.Div(
        [
            html.Div(
                [
                    html.Span(id="jobs-count", className="count", role="status"),
                    html.Button(id="jobs-news", className="news", type="button"),
                    html.Span(id="jobs-selected", className="selected"),
                    *(_button(key) for key in BUTTONS),
                    html.Button(
                        icon("x"),
                        id="jobs-deselect",
                        className="button plain square",
                        type="button",
                        title="Select nothing",
                        hidden=True,
                        **aria(label="Select nothing"),
                    ),
                ],
                className="toolbar",
            ),
            html.P(id="jobs-why", className="why faint", hidden=True),
            html.Div(id="jobs-answered", className="answered", role="status", hidden=True),
            _question(),
            dcc.Store(id=SELECTION),
            dcc.Store(id=ANSWERS),
            dcc.Store(id="jobs-answers-due"),
        ],
        className="steering",
    )


def register(app: Dash, board: Board) -> None:
    """The selection to the buttons, a click to `engine.control`, and the answers as they come."""
    _register_selection(app)
    _register_asking(app, board)
    _register_answers(app, board)


def _register_selection(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("jobs", "selection"),
        Output(SELECTION, "data"),
        Input(GRID, "selectedRows"),
        Input("jobs-patched", "data"),
        State(SELECTION, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("jobs", "deselect"),
        Output("jobs-deselect", "title"),
        Input("jobs-deselect", "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("jobs-selected", "children"),
        Output("jobs-deselect", "hidden"),
        Output("jobs-why", "children"),
        Output("jobs-why", "hidden"),
        *(Output(f"jobs-{key}", prop) for key in BUTTONS for prop in ("children", "disabled", "title")),
        Input(SELECTION, "data"),
    )
    def show(selection: list[dict[str, Any]] | None) -> tuple[Any, ...]:
        chosen = selected(selection)
        faces = [part for key in BUTTONS for part in face(key, chosen)]
        reasons = reasons_of(chosen)
        return f"{len(chosen)} selected" if chosen else "", not chosen, reasons, not reasons, *faces


def _register_asking(app: Dash, board: Board) -> None:
    @app.callback(
        Output("jobs-question", "is_open"),
        Output("jobs-question-words", "children"),
        Output("jobs-question-yes", "children"),
        Input("jobs-cancel", "n_clicks"),
        Input("jobs-question-no", "n_clicks"),
        Input("jobs-question-yes", "n_clicks"),
        State(SELECTION, "data"),
        prevent_initial_call=True,
    )
    def confirm(cancel: int | None, _no: int | None, _yes: int | None, selection: list[dict[str, Any]] | None) -> Any:
        chosen = willing(VERBS["cancel"], selected(selection))
        if ctx.triggered_id != "jobs-cancel" or not cancel or not chosen:
            return False, no_update, no_update
        yes = "Cancel the job" if len(chosen) == 1 else f"Cancel {len(chosen)} jobs"
        return True, question(selected(selection)), yes

    @app.callback(
        Output(ANSWERS, "data"),
        Input("jobs-run", "n_clicks"),
        Input("jobs-retry", "n_clicks"),
        Input("jobs-question-yes", "n_clicks"),
        State(SELECTION, "data"),
        prevent_initial_call=True,
    )
    def do(_run: int | None, _retry: int | None, _cancel: int | None, selection: list[dict[str, Any]] | None) -> Any:
        verb = {"jobs-run": "run", "jobs-retry": "retry", "jobs-question-yes": "cancel"}[str(ctx.triggered_id)]
        chosen = willing(VERBS[verb], selected(selection))
        if not ctx.triggered[0]["value"] or not chosen:
            return no_update
        return kept(ask(board, current_actor(), VERBS[verb], [job.id for job in chosen]), chosen)


def _register_answers(app: Dash, board: Board) -> None:
    app.clientside_callback(
        ClientsideFunction("jobs", "concerns"),
        Output("jobs-answers-due", "data"),
        Input(LIVE, "data"),
        State(ANSWERS, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("jobs-answered", "children"),
        Output("jobs-answered", "hidden"),
        Input(ANSWERS, "data"),
        Input("jobs-answers-due", "data"),
    )
    def follow(asked: dict[str, Any] | None, _due: int | None) -> tuple[list[Component], bool]:
        if not asked:
            return [], True
        with board.store.read() as session:
            rows = requests.by_ids(session, asked["audits"])
        dismiss = html.Button(
            icon("x"), id="jobs-dismiss", className="button plain square", type="button", **aria(label="Close")
        )
        return [*answers.view(rows, asked["refusals"]), dismiss], False

    @app.callback(
        Output(ANSWERS, "data", allow_duplicate=True), Input("jobs-dismiss", "n_clicks"), prevent_initial_call=True
    )
    def dismiss(clicks: int | None) -> Any:
        return None if clicks else no_update


def selected(selection: list[dict[str, Any]] | None) -> list[Chosen]:
    """The selection as the browser tells it."""
    return [Chosen(each["id"], each["name"], Status(each["status"]), tuple(each["can"])) for each in selection or ()]


def face(key: str, chosen: Sequence[Chosen]) -> tuple[list[Component], bool, str | None]:
    """A button's children, whether it is dead, and why: it names how many of the selection it is for."""
    verb = VERBS[key]
    count = len(willing(verb, chosen))
    words = f"{verb.face.label} {count}" if len(chosen) > 1 and count else verb.face.label
    reason = why_not(verb, chosen)
    return [icon(verb.face.icon), html.Span(words)], reason is not None, reason


def reasons_of(chosen: Sequence[Chosen]) -> str:
    """Why the dead buttons are dead, for a selection on which some are."""
    reasons = [why_not(VERBS[key], chosen) for key in BUTTONS] if chosen else []
    return " ".join(reason for reason in reasons if reason)


def kept(asked: Sequence[Asked], chosen: Sequence[Chosen]) -> dict[str, Any]:
    """What the page keeps of a click, to follow its answers."""
    names = {job.id: job.name for job in chosen}
    return {
        "jobs": [each.job_id for each in asked],
        "audits": [each.audit_id for each in asked if each.audit_id is not None],
        "refusals": [
            {"job_id": each.job_id, "name": names[each.job_id], "sentence": each.refusal}
            for each in asked
            if each.refusal is not None
        ],
    }


def _button(key: str) -> Component:
    return verb_button(
        f"jobs-{key}",
        VERBS[key].face,
        kind="danger" if key == "cancel" else "",
        disabled=True,
        why_not="Select jobs first.",
    )


def _question() -> Component:
    modal: Component = dbc.Modal(
        [
            dbc.ModalBody(html.P(id="jobs-question-words")),
            dbc.ModalFooter(
                [
                    html.Button("Keep running", id="jobs-question-no", className="button", type="button"),
                    html.Button("Cancel", id="jobs-question-yes", className="button danger", type="button"),
                ]
            ),
        ],
        id="jobs-question",
        is_open=False,
        centered=True,
    )
    return modal
