"""One night of one station: its hours, the jobs that touched it, its fullest captures, and what can be done."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.buttons import Verb, verb_face
from dashboard.components.header import card
from dashboard.components.night_parts import (
    PROCESS,
    RETRY_FAILED,
    captures_card,
    charts,
    head,
    jobs_card,
    numbers,
)
from dashboard.components.times import night_name, zone_of
from dashboard.components.toasts import say
from dashboard.page import LIVE, THEME, TOAST, PageRequest, Theme, current_actor
from dashboard.pages import NotHere
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.control import NotFound, Refusal
from engine.requests import JobRequest
from models.queries import captures, jobs, nights
from models.queries.jobs import JobFilter

PATH = "/night/<int:event_id>"
TITLE = "Night"

FULLEST = 8  # captures that are shown
MOST_JOBS = 12
Ask = Callable[[Board, Actor, int], str]
PIPELINE = "embedded"


def layout(board: Board, request: PageRequest) -> Component:
    event_id = request.args["event_id"]
    return html.Div(
        [
            dcc.Store(id="night", data={"event_id": event_id}),
            html.Div(overview(board, request.actor, event_id, request.theme), id="night-overview", className="stack"),
        ]
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("night-overview", "children"),
        Input(LIVE, "data"),
        Input(THEME, "data"),
        State("night", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], theme: Theme, night: dict[str, Any]) -> Any:
        event_id = night["event_id"]
        by_theme = ctx.triggered_id == THEME
        if not by_theme and not concerns(board, live, event_id):
            return no_update
        return overview(board, current_actor(), event_id, theme)

    for name, verb, ask in (("night-process", PROCESS, process_missing), ("night-retry", RETRY_FAILED, retry_failed)):
        register_verb(app, board, name, verb, ask)


def register_verb(app: Dash, board: Board, name: str, verb: Verb, ask: Ask) -> None:
    """Wire a button: it stays asked until the next change draws it anew, and comes back only when it was refused."""

    @app.callback(
        Output(TOAST, "data", allow_duplicate=True),
        Output(name, "children"),
        Output(name, "data-phase"),
        Output(name, "disabled"),
        Input(name, "n_clicks"),
        State("night", "data"),
        prevent_initial_call=True,
    )
    def clicked(clicks: int | None, night: dict[str, Any]) -> Any:
        if not clicks:
            return no_update
        try:
            sentence = ask(board, current_actor(), night["event_id"])
        except Refusal as refusal:
            return say("bad", refusal.message), verb_face(verb), "idle", False
        return say("good", sentence), verb_face(verb, "requested"), "requested", True


def concerns(board: Board, live: dict[str, Any], event_id: int) -> bool:
    """Whether a change is about this night or one of its jobs."""
    if live["more"] or live["gone"] or event_id in live["events"]:
        return True
    with board.store.read() as session:
        mine = jobs.ids(session, JobFilter(event_id=(event_id,)), limit=MOST_JOBS) if live["jobs"] else []
    return not set(mine).isdisjoint(live["jobs"])


def overview(board: Board, actor: Actor, event_id: int, theme: Theme) -> list[Component]:
    """All of the page. Raises NotHere when there is no such night for this person."""
    with board.store.read() as session:
        night = nights.night(session, event_id)
        if night is None or actor.project_id not in (None, night.project_id):
            raise NotHere(f"There is no night {event_id}; it may have been regrouped. Look for it on the board.")
        moments = nights.moments(session, event_id)
        touched = jobs.page(session, JobFilter(event_id=(event_id,)), limit=MOST_JOBS)
        fullest = [row for row, _ in captures.fullest(session, [event_id], limit=FULLEST)]
    parts = [
        head(night, actor),
        card(None, numbers(night)),
        charts(night, moments, theme),
        jobs_card(touched, zone_of(night.timezone)),
        captures_card(night, sorted(fullest, key=lambda row: (row.taken_at is None, row.taken_at))),
    ]
    return [part for part in parts if part is not None]


def process_missing(board: Board, actor: Actor, event_id: int, pipeline: str = PIPELINE) -> str:
    """Submit an ml job over the night and start it; what to tell. Raises Refusal."""
    with board.store.read() as session:
        night = nights.night(session, event_id)
        pipeline_id = nights.pipeline_named(session, pipeline)
    if night is None:
        raise NotFound("This night is gone; it may have been regrouped.")
    name = f"{night.station}, {night_name(night.cell.night)}"
    request = JobRequest(name=name, project_id=night.project_id, event_id=event_id, pipeline_id=pipeline_id)
    answer = control.submit(board, actor, request, start_now=True)
    return f"Job {answer.job_id} takes up the {night.cell.open + night.cell.failed} captures without a result."


def retry_failed(board: Board, actor: Actor, event_id: int) -> str:
    """Retry the failed captures of the jobs in which they failed last; what to tell. Raises Refusal."""
    with board.store.read() as session:
        wanted = nights.failed_in(session, event_id)
    if not wanted:
        raise NotFound("No job of this night ended with failures; process what is missing instead.")
    started = [control.retry(board, actor, job_id, "failed").job_id for job_id in wanted]
    return f"{'Job' if len(started) == 1 else 'Jobs'} {', '.join(map(str, started))} tries again what failed."
