"""Workers: who is at work and how fast, what waits, and the switches for both."""

from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.charts import chart, plain_table
from dashboard.components.header import card, page_header
from dashboard.components.still import MARKUP, markup, still
from dashboard.components.stores import register_looking, store
from dashboard.components.times import zone_name
from dashboard.components.toasts import say
from dashboard.figures.workers import height_of, map_of_minutes, totals
from dashboard.page import LIVE, PAGE_QUERY, THEME, TOAST, PageRequest, Theme, current_actor, state_at
from dashboard.pages.workers.parts import QUEUE_ASKED, WORKER_ASKED, nobody, queues_table, sentence, workers_table
from dashboard.reader import reader_zone
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.control import Refusal
from engine.standstill import FINISH, HALT
from models.base import now
from models.operations import Queue
from models.queries import queues, workers

PATH = "/workers"
TITLE = "Workers"

SPANS = (1, 3, 12, 24)  # h that the map may show
USUAL = 3
LOOK_MS = 10_000  # signs of life are no change that a page is told of


def layout(board: Board, request: PageRequest) -> Component:
    hours = request.number("hours", USUAL)
    hours = hours if hours in SPANS else USUAL
    choice = dcc.RadioItems(
        id="workers-hours",
        options=[{"label": f"{span} h", "value": span} for span in SPANS],
        value=hours,
        className="segments",
        inline=True,
    )
    return html.Div(
        [
            dcc.Interval(id="workers-look", interval=LOOK_MS),
            *map(store, ("workers-turn", WORKER_ASKED, QUEUE_ASKED)),
            still(*people(board, request.actor), name="workers-now", className="stack"),
            card(
                "Minute by minute",
                html.Div(minutes(board, hours, request.theme), id="workers-minutes"),
                aside=html.Div(choice, role="group", **aria(label="How far back")),
            ),
            still(waiting(board, request.actor), name="workers-queues"),
        ],
        className="stack",
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("workers-now", MARKUP),
        Output("workers-queues", MARKUP),
        Input(LIVE, "data"),
        Input("workers-turn", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], _turn: int | None) -> Any:
        changed = live["workers"] or live["jobs"] or live["gone"] or live["more"]
        if ctx.triggered_id == LIVE and not changed:
            return no_update, no_update
        return markup(*people(board, current_actor())), markup(waiting(board, current_actor()))

    @app.callback(
        Output("workers-minutes", "children"),
        Input("workers-turn", "data"),
        Input("workers-hours", "value"),
        Input(THEME, "data"),
        prevent_initial_call=True,
    )
    def redraw(_turn: int | None, hours: int, theme: Theme) -> Any:
        return minutes(board, hours, theme)

    @app.callback(
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        Input("workers-hours", "value"),
        prevent_initial_call=True,
    )
    def remember(hours: int) -> dict[str, Any]:
        return state_at(PATH, {"hours": None if hours == USUAL else hours})

    register_looking(app, "workers")
    _register_verbs(app, board)


def _register_verbs(app: Dash, board: Board) -> None:
    @app.callback(
        Output(TOAST, "data", allow_duplicate=True),
        Output("workers-now", MARKUP, allow_duplicate=True),
        Input(WORKER_ASKED, "data"),
        prevent_initial_call=True,
    )
    def of_worker(asked: dict[str, Any]) -> Any:
        try:
            told = steer(board, current_actor(), asked["verb"], asked["name"])
        except Refusal as refusal:
            return say("bad", refusal.message), no_update
        return say("good", told), markup(*people(board, current_actor()))

    @app.callback(
        Output(TOAST, "data", allow_duplicate=True),
        Output("workers-queues", MARKUP, allow_duplicate=True),
        Input(QUEUE_ASKED, "data"),
        prevent_initial_call=True,
    )
    def of_queue(asked: dict[str, Any]) -> Any:
        try:
            told = switch(board, current_actor(), Queue(asked["queue"]), asked["key"])
        except Refusal as refusal:
            return say("bad", refusal.message), no_update
        return say("good", told), markup(waiting(board, current_actor()))


def steer(board: Board, actor: Actor, verb: str, name: str) -> str:
    """Stop or start a worker; what to tell. Raises Refusal."""
    if verb == "start":
        control.start_worker(board, actor, name)
        return f"{name} works again in a moment."
    control.stop_worker(board, actor, name, HALT if verb == HALT else FINISH)
    if verb == HALT:
        return f"{name} stops at once; what it holds goes back to the queue."
    return f"{name} stops after what it has in hand."


def switch(board: Board, actor: Actor, queue: Queue, key: int) -> str:
    """Pause a queue that is open, open one that is paused; what to tell. Raises Refusal."""
    with board.store.read() as session:
        row = next((row for row in queues.depths(session) if (row.queue, row.key) == (queue, key)), None)
    if row is None:
        raise control.NotFound("This queue is gone; load the page again.")
    what = "All work" if queue is Queue.ALL else row.name
    if row.paused_since is None:
        control.pause_queue(board, actor, queue, key)
        return f"{what} is paused. What workers hold is finished; nothing new is taken."
    control.resume_queue(board, actor, queue, key)
    return f"{what} goes on."


def people(board: Board, actor: Actor) -> list[Component]:
    """The head, and every worker with its buttons."""
    at = now()
    with board.store.read() as session:
        known = workers.known(session, at)
    body = workers_table(known, at, reader_zone(), actor) if known else nobody()
    return [page_header(TITLE, sentence(known, at)), card(None, body, flush=True)]


def waiting(board: Board, actor: Actor) -> Component:
    """What waits in which queue."""
    with board.store.read() as session:
        rows = queues.depths(session)
    return card(
        "Queues", queues_table(rows, reader_zone(), actor), flush=True, aside="a paused queue takes nothing new"
    )


def minutes(board: Board, hours: int, theme: Theme) -> Component:
    """The map of the last hours, with its rows summed up behind it."""
    at, zone = now(), reader_zone()
    first = at - timedelta(hours=hours)
    with board.store.read() as session:
        rows = workers.minutes(session, first)
        names = sorted({each.worker.name for each in workers.known(session, at)} | {row.worker for row in rows})
    if not rows:
        words = f"No worker landed anything in the last {hours} h. Each minute of work becomes a square here."
        return html.P(words, className="quiet")
    done = totals(rows, names)
    table = plain_table(
        ["Worker", "Captures", "Failed", "Minutes at work", "Fullest minute"],
        [[each.worker, f"{each.captures:,}", f"{each.failed:,}", f"{each.minutes}", f"{each.best}"] for each in done],
        label=f"What each worker landed in the last {hours} h",
    )
    captures = sum(each.captures for each in done)
    return chart(
        "workers-map",
        map_of_minutes(rows, names, first, at, zone, theme),
        f"Captures that each worker landed, minute by minute over {hours} h: {captures:,} in all",
        caption=f"One square a minute, times in {zone_name(at, zone)}; the faintest went into stages without captures, "
        "an empty one into nothing.",
        table=table,
        height=height_of(len(names)),
    )
