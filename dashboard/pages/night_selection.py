"""The bar of the board of nights: what can be asked of the nights that are selected, in one go.

Every night becomes a job of its own: its progress shows in its tile, one night that fails drags no other along, and
each can be paused, hurried or retried alone. Nights that a job is about already are left alone.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard.components.icons import icon
from dashboard.components.night_cell import wait_for_a_verdict
from dashboard.components.stores import print_of
from dashboard.components.times import counted_nights
from dashboard.components.toasts import say
from dashboard.page import LIVE, TOAST, current_actor
from dashboard.pages.night import PIPELINE, process_missing
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.control import Refusal
from models.people import Role
from models.queries import nights
from models.queries.nights import Cell

MOST = 400  # nights in one go


def register(app: Dash, board: Board) -> None:
    app.clientside_callback(
        ClientsideFunction("nights", "follow"), Output("nights-followed", "data"), Input("nights-selected", "data")
    )
    app.clientside_callback(
        ClientsideFunction("nights", "keep"),
        Output("nights-chosen", "data"),
        Input("nights-pipeline", "value"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("nights-bar", "children"),
        Output("nights-bar-print", "data"),
        Input("nights-selected", "data"),
        Input(LIVE, "data"),
        State("nights-bar-print", "data"),
        State("nights-chosen", "data"),
        prevent_initial_call=True,
    )
    def show(selected: list[int], _live: dict[str, Any] | None, known: str | None, pipeline: str) -> Any:
        """Follow what is selected and what becomes of it; where nothing differs the bar stands, and its buttons.

        Whatever asked, it is drawn as it has to be: the browser drops the answer before, even for one of no update.
        """
        drawn = bar(board, current_actor(), selected, pipeline)
        now = print_of(drawn)
        return (no_update if now == known else drawn), now

    @app.callback(
        Output(TOAST, "data", allow_duplicate=True),
        Output("nights-selected", "data"),
        Input("nights-process", "n_clicks"),
        Input("nights-retry", "n_clicks"),
        Input("nights-clear", "n_clicks"),
        State("nights-selected", "data"),
        State("nights-pipeline", "value"),
        prevent_initial_call=True,
    )
    def ask(process: int | None, retry: int | None, clear: int | None, selected: list[int], pipeline: str) -> Any:
        if not (process or retry or clear):
            return no_update, no_update
        if ctx.triggered_id == "nights-clear":
            return no_update, []
        asked = process_all if ctx.triggered_id == "nights-process" else retry_all
        good, sentence = asked(board, current_actor(), selected, pipeline)
        return say("good" if good else "bad", sentence), [] if good else no_update


def bar(board: Board, actor: Actor, selected: Sequence[int], pipeline: str = PIPELINE) -> Component | None:
    """What is selected, in numbers, with the buttons and the pipeline that is chosen; nothing when nothing is."""
    if not selected:
        return None
    with board.store.read() as session:
        cells = nights.cells_of(session, selected, actor.project_id)
        pipelines = nights.pipelines(session)
    missing, failed = open_nights(cells), [cell for cell in cells if cell.failed and not is_busy(cell)]
    may = actor.may(Role.OPERATOR)
    why = None if may else f"You are a {actor.role}; starting jobs needs an operator."
    options = [{"label": name, "value": slug} for slug, name in pipelines]
    return html.Section(
        [
            html.Div([html.B(counted_nights(len(cells))), " ", html.Span(summary(cells))], className="told"),
            html.Label(
                [
                    html.Span("Pipeline", className="visually-hidden"),
                    dbc.Select(id="nights-pipeline", options=options, value=pipeline),
                ],
                className="picker",
                hidden=len(pipelines) < 2,
            ),
            _button(
                "nights-process", "play", f"Process {counted_nights(len(missing))}", "main", bool(missing) and may, why
            ),
            _button("nights-retry", "rotate-cw", f"Retry {counted_nights(len(failed))}", "", bool(failed) and may, why),
            _button("nights-clear", "x", "Clear", "plain", True, None),
        ],
        className="selection-bar",
    )


def summary(cells: Sequence[Cell]) -> str:
    """At 3 stations, 812 captures: 240 without a result, 12 failed; 2 nights are being processed already."""
    stations = len({cell.station_id for cell in cells})
    captures, left, stopped, failed = (
        sum(getattr(cell, name) for cell in cells) for name in ("captures", "open", "stopped", "failed")
    )
    words = f"at {stations} {'station' if stations == 1 else 'stations'}, {captures:,} captures: "
    words += f"{left:,} not processed, {failed:,} failed"
    words += f", {wait_for_a_verdict(stopped)}" if stopped else ""
    busy = sum(is_busy(cell) for cell in cells)
    return f"{words}; {busy} in work already" if busy else words


def open_nights(cells: Sequence[Cell]) -> list[Cell]:
    """The nights that a job would have something to do in, and that no job is about."""
    return [cell for cell in cells if (cell.open or cell.failed) and not is_busy(cell)]


def is_busy(cell: Cell) -> bool:
    return bool(cell.running or cell.waiting)


def process_all(board: Board, actor: Actor, selected: Sequence[int], pipeline: str) -> tuple[bool, str]:
    """A job for each selected night with something left to do; whether all went well, and what to tell."""
    cells = _cells(board, actor, selected)
    wanted, left = open_nights(cells), left_out(cells)
    if not wanted:
        return False, left or "These nights have nothing left to process."
    asked = [partial(process_missing, board, actor, cell.event_id, pipeline) for cell in wanted]
    return _each(asked, f"{each_by_its_job(len(asked))} {left}".strip())


def left_out(cells: Sequence[Cell]) -> str:
    """Which of the selected nights are left alone although something is to be done; "" when none are."""
    busy = sum(is_busy(cell) for cell in cells if cell.open or cell.failed)
    if not busy:
        return ""
    told = "was left out: a job is at it" if busy == 1 else "were left out: a job is at each"
    return f"{counted_nights(busy)} {told}."


def each_by_its_job(nights: int) -> str:
    """What was asked for: a night is one job's work."""
    return "1 night asked for." if nights == 1 else f"{counted_nights(nights)} asked for, each by a job of its own."


def retry_all(board: Board, actor: Actor, selected: Sequence[int], _pipeline: str) -> tuple[bool, str]:
    """Retry each job in which captures of the selected nights failed last; whether all went well, and what to tell."""
    cells = [cell for cell in _cells(board, actor, selected) if cell.failed]
    wanted, left = [cell for cell in cells if not is_busy(cell)], left_out(cells)
    with board.store.read() as session:
        failed = {job_id for cell in wanted for job_id in nights.failed_in(session, cell.event_id)}
    if not failed:
        return False, left or "No job of these nights ended with failures; process them instead."
    asked = [partial(control.retry, board, actor, job_id, "failed") for job_id in sorted(failed)]
    done = f"{len(asked)} {'job tries' if len(asked) == 1 else 'jobs try'} again what failed."
    return _each(asked, f"{done} {left}".strip())


def _cells(board: Board, actor: Actor, selected: Sequence[int]) -> list[Cell]:
    with board.store.read() as session:
        return nights.cells_of(session, selected[:MOST], actor.project_id)


def _each(asked: Sequence[Callable[[], object]], done: str) -> tuple[bool, str]:
    """Ask all of it; one that is refused does not keep the others from being asked."""
    refusals = []
    for ask in asked:
        try:
            ask()
        except Refusal as refusal:
            refusals.append(refusal.message)
    if refusals:
        return False, f"{len(refusals)} of {len(asked)} could not be done: {refusals[0]}"
    return True, done


def _button(name: str, picture: str, words: str, kind: str, alive: bool, why: str | None) -> Component:
    return html.Button(
        [icon(picture), words],
        id=name,
        className=f"button {kind}".strip(),
        type="button",
        disabled=not alive,
        title=why,
    )
