"""Steering jobs from the list: the selection, or all that match; the buttons on it; and the answers as they come."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.still import MARKUP, drawn, markup
from dashboard.components.stores import store
from dashboard.page import LIVE, current_actor
from dashboard.pages.jobs import answers, asking
from dashboard.pages.jobs.asking import BUTTONS, selected
from dashboard.pages.jobs.grid import GRID, column_choice
from dashboard.pages.jobs.listing import MISREAD
from dashboard.pages.jobs.operations import OPERATION, place
from dashboard.pages.jobs.verbs import ALL_VERBS, Chosen, why_not, willing
from engine import bulk
from engine.board import Board
from models.queries import answers as requests

SELECTION = "jobs-selection"
EVERY = "jobs-every"  # whether all that match are meant, in the place of the selection
ANSWERS = "jobs-answers"


def toolbar(board: Board, count: str, wrong: Mapping[str, Any] | None) -> Component:
    """How many jobs there are, what is selected, and the buttons on that; below it the answers.

    `wrong` is what cannot be read of the filter.
    """
    with board.store.read() as session:
        operation_id = bulk.unfinished_of(session, current_actor())
    return html.Div(
        [
            html.Div(
                [
                    html.Span(count, id="jobs-count", className="count", role="status"),
                    html.Button(id="jobs-news", className="news", type="button"),
                    html.Div(_verbs(), id="jobs-steering", className="verbs", hidden=True),
                    html.Button(
                        "Select all that match",
                        id="jobs-all",
                        className="button plain small",
                        type="button",
                        disabled=wrong is not None,
                        title=why_not_all(wrong),
                    ),
                    column_choice(),
                ],
                className="toolbar",
            ),
            place(board, operation_id),
            html.Div(id="jobs-answered", className="answered", role="status", hidden=True),
            asking.dialog(),
            dcc.Store(id=SELECTION),
            dcc.Store(id=EVERY, data=False),
            dcc.Store(id=ANSWERS),
            store(OPERATION, operation_id),
            dcc.Store(id="jobs-answers-due"),
            dcc.Store(id="jobs-operation-due"),
        ],
        className="steering",
    )


def why_not_all(wrong: Mapping[str, Any] | None) -> str | None:
    """Why all that match cannot be selected; None when they can."""
    return f"Nobody knows what matches, as the filter cannot be read. {wrong['sentence']}" if wrong else None


def _verbs() -> list[Component]:
    """The buttons on the selection; they stand in the place of the count, so that no row moves when one is ticked."""
    nothing = html.Button(
        id="jobs-deselect",
        className="button plain square",
        type="button",
        title="Select nothing",
        **drawn(icon("x")),
        **aria(label="Select nothing"),
    )
    buttons = html.Div(
        [*(_button(key) for key in BUTTONS), nothing],
        className="row-of",
        role="toolbar",
        **aria(label="What to do with the selected jobs"),
    )
    return [html.Span(id="jobs-selected", className="selected", role="status"), buttons]


def reasons() -> Component:
    """Where it says why a button is dead, below the list."""
    return html.P(id="jobs-why", className="why faint", role="status", hidden=True)


def register(app: Dash, board: Board) -> None:
    """The selection to the buttons, and the answers as they come."""
    _register_selection(app)
    _register_answers(app, board)


def _register_selection(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("jobs", "selection"),
        Output(SELECTION, "data"),
        Output(EVERY, "data"),
        Input(GRID, "selectedRows"),
        Input("jobs-patched", "data"),
        Input("jobs-all", "n_clicks"),
        Input("jobs-deselect", "n_clicks"),
        Input("jobs-where", "data"),
        Input(MISREAD, "data"),
        State(SELECTION, "data"),
        State(EVERY, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("jobs-all", "disabled"), Output("jobs-all", "title"), Input(MISREAD, "data"), prevent_initial_call=True
    )
    def close(wrong: dict[str, Any] | None) -> tuple[bool, str | None]:
        return wrong is not None, why_not_all(wrong)

    @app.callback(
        Output("jobs-selected", "children"),
        Output("jobs-steering", "hidden"),
        Output("jobs-why", "children"),
        Output("jobs-why", "hidden"),
        *(Output(f"jobs-{key}", prop) for key in BUTTONS for prop in (MARKUP, "disabled", "title")),
        Input(SELECTION, "data"),
        Input(EVERY, "data"),
        prevent_initial_call=True,
    )
    def show(selection: list[dict[str, Any]] | None, every: bool) -> tuple[Any, ...]:
        chosen = selected(selection)
        if every:
            alive: list[Any] = [part for key in BUTTONS for part in (markup(*_face(key)), False, None)]
            return "All that match", False, "", True, *alive
        faces = [part for key in BUTTONS for part in face(key, chosen)]
        why = reasons_of(chosen)
        return f"{len(chosen)} selected" if chosen else "", not chosen, why, not why, *faces


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
        prevent_initial_call=True,
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


def face(key: str, chosen: Sequence[Chosen]) -> tuple[str, bool, str | None]:
    """A button's markup, whether it is dead, and why: it names how many of the selection it is for."""
    verb = ALL_VERBS[key]
    reason = why_not(verb, chosen)
    said = _face(key, len(willing(verb, chosen)) if len(chosen) > 1 else 0)
    return markup(*said), reason is not None, reason


def _face(key: str, count: int = 0) -> list[Component]:
    verb = ALL_VERBS[key]
    return [icon(verb.face.icon), html.Span(f"{verb.face.label} {count}" if count else verb.face.label)]


def reasons_of(chosen: Sequence[Chosen]) -> str:
    """Why the dead buttons are dead, for a selection on which some are."""
    found = [why_not(ALL_VERBS[key], chosen) for key in BUTTONS] if chosen else []
    return " ".join(reason for reason in found if reason)


def _button(key: str) -> Component:
    return html.Button(
        id=f"jobs-{key}",
        className="button danger" if key == "cancel" else "button",
        type="button",
        disabled=True,
        title="Select jobs first.",
        **drawn(*_face(key)),
        **aria(live="polite"),
    )
