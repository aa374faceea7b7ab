"""One night of one station: its hours, the jobs that touched it, its fullest captures, and what can be done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.buttons import Verb, verb_face
from dashboard.components.header import card
from dashboard.components.night_charts import charts, charts_followed, charts_following
from dashboard.components.night_parts import (
    PROCESS,
    RETRY_FAILED,
    captures_card,
    head,
    jobs_card,
    numbers,
)
from dashboard.components.still import MARKUP, drawn, markup
from dashboard.components.stores import changed, print_of
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
from models.queries.captures import CaptureRow
from models.queries.jobs import JobFilter, JobRow
from models.queries.nights import Moment, NightRow

PATH = "/night/<int:event_id>"
TITLE = "Night"

FULLEST = 8  # captures that are shown
MOST_JOBS = 12
Ask = Callable[[Board, Actor, int], str]
PIPELINE = "embedded"


def layout(board: Board, request: PageRequest) -> Component:
    event_id = request.args["event_id"]
    seen = read(board, request.actor, event_id)
    _, prints = changed(followed(seen, request.actor, request.theme), [])
    return html.Div(
        [
            dcc.Store(id="night", data={"event_id": event_id}),
            dcc.Store(id="night-prints", data=[*prints, *_asked(seen)]),
            *overview(seen, request.actor, request.theme),
        ],
        className="stack",
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("night-prints", "data"),
        *FOLLOWING,
        Input(LIVE, "data"),
        Input(THEME, "data"),
        State("night", "data"),
        State("night-prints", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], theme: Theme, night: dict[str, Any], prints: list[str]) -> Any:
        """Redraw what differs, so that what is opened, marked or looked at beside it stays."""
        event_id = night["event_id"]
        if ctx.triggered_id != THEME and not concerns(board, live, event_id):
            return no_update
        actor = current_actor()
        seen = read(board, actor, event_id)
        is_asked = _asked(seen) != prints[-1:]
        parts, now = changed(followed(seen, actor, theme), prints[:-1])
        if is_asked:
            parts[0] = [head(seen.night, actor)]
        return [*now, *_asked(seen)], *parts

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


@dataclass(frozen=True)
class Seen:
    """All that the page shows of a night."""

    night: NightRow
    moments: list[Moment]
    touched: list[JobRow]
    fullest: list[CaptureRow]


def read(board: Board, actor: Actor, event_id: int) -> Seen:
    """The night as it stands. Raises NotHere when there is no such night for this person."""
    with board.store.read() as session:
        night = nights.night(session, event_id)
        if night is None or actor.project_id not in (None, night.project_id):
            raise NotHere(f"There is no night {event_id}; it may have been regrouped. Look for it on the board.")
        fullest = [row for row, _ in captures.fullest(session, [event_id], limit=FULLEST)]
        return Seen(
            night=night,
            moments=nights.moments(session, event_id),
            touched=jobs.page(session, JobFilter(event_id=(event_id,)), limit=MOST_JOBS),
            fullest=sorted(fullest, key=lambda row: (row.taken_at is None, row.taken_at)),
        )


def overview(seen: Seen, actor: Actor, theme: Theme) -> list[Component]:
    """All of the page, each part where `followed` redraws it."""
    return [
        html.Div(head(seen.night, actor), id="night-head", className="stack"),
        html.Div(id="night-numbers", **drawn(card(None, numbers(seen.night)))),
        charts(seen.night, seen.moments, theme),
        html.Div(id="night-jobs", **drawn(jobs_card(seen.touched, zone_of(seen.night.timezone)))),
        html.Div(id="night-sheet", **drawn(*_sheet(seen))),
    ]


FOLLOWING = [
    Output("night-head", "children"),
    Output("night-numbers", MARKUP),
    Output("night-jobs", MARKUP),
    Output("night-sheet", MARKUP),
    *charts_following(),
]


def followed(seen: Seen, actor: Actor, theme: Theme) -> list[Any]:
    """The parts of the page as they are now, for FOLLOWING."""
    return [
        [head(seen.night, actor)],
        markup(card(None, numbers(seen.night))),
        markup(jobs_card(seen.touched, zone_of(seen.night.timezone))),
        markup(*_sheet(seen)),
        *charts_followed(seen.night, seen.moments, theme),
    ]


def _asked(seen: Seen) -> list[str]:
    """What tells that a button was obeyed, where the night is as it was before."""
    return [print_of([(row.id, row.status, row.attempt) for row in seen.touched])]


def _sheet(seen: Seen) -> list[Component]:
    sheet = captures_card(seen.night, seen.fullest)
    return [] if sheet is None else [sheet]


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
