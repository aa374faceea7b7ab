"""A verb over many jobs as it goes on: how many are done, how many refused and why, until it is through."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.counts import counted
from dashboard.components.icons import icon
from dashboard.components.progress import progress_bar
from dashboard.page import LIVE
from dashboard.pages.jobs.verbs import ALL_VERBS
from engine import bulk
from engine.board import Board
from engine.bulk import OperationRow

OPERATION = "jobs-operation"
REASONS = 5  # of refusals that are shown, the most frequent first


def place(board: Board, operation_id: int | None) -> Component:
    """Where an operation shows; empty as long as there is none."""
    parts, hidden, look = _shown(board, operation_id)
    return html.Div(parts, id="jobs-operating", className=look, role="status", hidden=hidden)


def _shown(board: Board, operation_id: int | None) -> tuple[list[Component], bool, str]:
    """What stands in that place, whether it is hidden, and its look."""
    if operation_id is None:
        return [], True, "answered operating"
    with board.store.read() as session:
        row = bulk.row_of(session, operation_id)
    return view(row), False, f"answered operating {'through' if row.finished_at else 'under-way'}"


def register(app: Dash, board: Board) -> None:
    """The operation of the store OPERATION, read again with each change until it is through."""
    app.clientside_callback(
        ClientsideFunction("jobs", "goes_on"),
        Output("jobs-operation-due", "data"),
        Input(LIVE, "data"),
        State("jobs-operating", "className"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("jobs-operating", "children"),
        Output("jobs-operating", "hidden"),
        Output("jobs-operating", "className"),
        Input(OPERATION, "data"),
        Input("jobs-operation-due", "data"),
        prevent_initial_call=True,
    )
    def follow(operation_id: int | None, _due: int | None) -> tuple[list[Component], bool, str]:
        return _shown(board, operation_id)

    @app.callback(
        Output(OPERATION, "data", allow_duplicate=True),
        Input("jobs-operation-close", "n_clicks"),
        prevent_initial_call=True,
    )
    def close(clicks: int | None) -> Any:
        return None if clicks else no_update


def view(row: OperationRow) -> list[Component]:
    """The operation: a sentence, a bar, and the refusals in groups."""
    label = ALL_VERBS[row.verb].face.label
    reached = row.done + row.refused
    share = reached / row.total if row.total else 1.0
    refused = row.refused / row.total if row.total else 0.0
    reasons = sorted(row.refusals.items(), key=lambda each: -each[1])
    lines = [html.Li([icon("x"), html.Span(f"{times:,} × {sentence}")]) for sentence, times in reasons[:REASONS]]
    more = len(reasons) - REASONS
    return [
        html.P([icon("check" if row.finished_at else "loader-circle"), in_words(row)], className="summary"),
        progress_bar(
            1.0 if row.finished_at else share,
            refused,
            label=f"{label}: how many jobs are through",
            running=row.finished_at is None,
        ),
        html.Ul([*lines, *([html.Li(f"and {more} other reasons", className="faint")] if more > 0 else [])]),
        html.Button(
            icon("x"),
            id="jobs-operation-close",
            className="button plain square",
            type="button",
            hidden=row.finished_at is None,
            **aria(label="Close"),
        ),
    ]


def in_words(row: OperationRow) -> str:
    """The state of it all in one sentence."""
    label = ALL_VERBS[row.verb].face.label
    refused = f", {row.refused:,} refused" if row.refused else ""
    if not row.total:
        return f"{label}: no job was concerned."
    if row.finished_at is not None:
        return f"{label} is through: {counted(row.done, 'job')} done{refused}."
    return f"{label}: {row.done:,} of {row.total:,} jobs done{refused}. It goes on by itself, also when you leave."
