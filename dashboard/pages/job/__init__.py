"""Job: one job from its first click to its last capture, live."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from dashboard.components.charts import chart
from dashboard.components.header import card, page_header
from dashboard.components.search_field import typed
from dashboard.components.stores import store
from dashboard.page import LIVE, PAGE_QUERY, THEME, PageRequest, Theme, current_actor
from dashboard.pages import NotHere
from dashboard.pages.job import (
    attempts,
    dialogs,
    editing,
    failures,
    life,
    log,
    parts,
    results,
    review,
    steering,
    strip,
)
from dashboard.pages.job.reading import View, read
from dashboard.pages.job.words import about
from dashboard.shell import stack
from engine.board import Board
from models.queries import jobs

PATH = "/jobs/<int:job_id>"
TITLE = "Job"


def layout(board: Board, request: PageRequest) -> Component:
    """The job as it stands, at the tab, page, capture and lines of the log that the address names."""
    job_id = int(request.args["job_id"])
    view = read(board, job_id, request.now, request.actor)
    if view is None:
        raise NotHere(f"There is no job {job_id}. It may have been deleted.")
    show = request.text("show") if request.text("show") in results.TABS else "all"
    first = max(0, request.number("first", 0) or 0)
    of_captures = view.detail.job.pipeline_id is not None
    with board.store.read() as session:
        pipelines = jobs.facets(session).pipelines
    return stack(
        head(view),
        html.Div(attempts.asked_last(view), id="job-asked-last"),
        review.view(board, view),
        card(None, html.Div(life.line(view), id="job-life", className="life")),
        card(None, html.Div(parts.numbers(view), id="job-numbers"), editing.fields(view)),
        html.Div(
            [
                card("Stages", html.Div(parts.stages(view), id="job-stages")),
                progress(view, request.theme),
            ],
            className="columns job-columns",
        ),
        strip.view(view),
        failures.view(view),
        html.Div(results.view(board, job_id, show, first), hidden=not of_captures),
        log.view(board, view, request),
        card("Attempts", html.Div(attempts.attempts(view), id="job-attempts")),
        card("Who asked what", html.Ul(attempts.asked(view), id="job-history", className="history"), aside=about(view)),
        results.viewer(),
        dialogs.dialogs(view, pipelines),
        *stores(view, request.number("shot")),
    )


def head(view: View) -> Component:
    """Name, state and buttons."""
    rerun, delete = dialogs.buttons(view)
    return html.Div(
        [
            page_header(
                html.Span(view.detail.job.name, id="job-name"),
                html.Span(parts.lead(view), id="job-lead", className="job-lead"),
                crumbs=[("Jobs", "/jobs")],
                actions=[*steering.buttons(view), rerun, editing.pencil(view), delete],
            ),
            editing.name_form(view),
        ],
        className="job-head",
    )


def progress(view: View, theme: Theme) -> Component:
    """The chart of captures over time."""
    label = "Captures done and failed over time, with the projected end"
    table = html.Div(parts.chart_table(view), id="job-chart-table")
    graph = chart("job-chart", parts.figure(view, theme), label, table=table)
    return html.Div(
        card("Captures over time", graph, aside=f"times in {view.zone.key}"),
        id="job-chart-card",
        hidden=not view.detail.job.total,
    )


def stores(view: View, shot: int | None) -> list[Component]:
    """What the page keeps in the browser. A store that is None when it is drawn is one that has changed to Dash, which
    then asks all that follows it; 0 keeps them quiet.
    """
    kept: dict[str, Any] = {
        "job-id": view.detail.job.id,
        "job-zone": view.zone.key,
        "job-rev": 0,
        "job-asked": 0,
        "job-shot": shot,
    }
    return [store(name, value) for name, value in kept.items()]


# What follows the job, each from one look at it: (id, property, how it is made).
FOLLOWING: list[tuple[str, str, Callable[[View], Any]]] = [
    ("job-lead", "children", parts.lead),
    ("job-asked-last", "children", attempts.asked_last),
    ("job-review", "hidden", lambda view: not review.is_open(view)),
    ("review-heading", "children", review.heading),
    ("review-all-accept", "children", partial(review.face_of_all, "accept")),
    ("review-all-accept", "disabled", lambda view: review.why_not_all("accept", view) is not None),
    ("review-all-accept", "title", partial(review.why_not_all, "accept")),
    ("review-all-reject", "children", partial(review.face_of_all, "reject")),
    ("review-all-retry", "children", partial(review.face_of_all, "retry")),
    ("reject-all-title", "children", review.question),
    ("reject-all-words", "children", review.consequence),
    ("reject-all-leave", "children", partial(review.answer, "Leave")),
    (review.SURE, "children", partial(review.answer, "Reject")),
    ("job-life", "children", life.line),
    ("job-numbers", "children", parts.numbers),
    ("job-stages", "children", parts.stages),
    ("job-chart-card", "hidden", lambda view: not view.detail.job.total),
    ("job-chart-table", "children", parts.chart_table),
    ("job-strip-data", "data", strip.drawn),
    ("job-strip-legend", "children", lambda view: strip.legend(view.marks)),
    ("job-strip-table", "children", lambda view: strip.table(view.marks)),
    ("job-strip-order", "children", lambda view: strip.order_in_words(view.detail.job.total)),
    ("job-strip-card", "hidden", lambda view: not view.detail.job.total),
    ("job-errors", "children", failures.groups),
    ("job-failures", "hidden", lambda view: not view.errors),
    ("job-retry-failed", "disabled", lambda view: failures.why_not(view) is not None),
    ("job-retry-failed", "title", failures.title_of_all),
    ("job-attempts", "children", attempts.attempts),
    ("job-history", "children", attempts.asked),
    ("job-delete", "disabled", lambda view: dialogs.why_not_delete(view) is not None),
    ("job-delete", "title", lambda view: dialogs.why_not_delete(view) or "Delete this job"),
]
GONE = "This job was deleted. What it found stays with its captures."


def register(app: Dash, board: Board) -> None:
    """The callbacks of the page's parts, and the one that renews what follows the job's state."""
    for part in (steering, editing, dialogs, failures, strip, review, log, results):
        part.register(app, board)
    _register_following(app, board)
    app.clientside_callback(
        ClientsideFunction("viewer", "remember"),
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        Input("job-show", "data"),
        Input("job-first", "data"),
        Input("job-level", "value"),
        Input("job-stage", "value"),
        Input(typed("job-find"), "data"),
        Input("job-shot", "data"),
        State("job-find", "value"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )


def _register_following(app: Dash, board: Board) -> None:
    app.clientside_callback(
        ClientsideFunction("viewer", "mine"),
        Output("job-rev", "data"),
        Input(LIVE, "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("job-chart", "figure"),
        Output("review-list", "children"),
        *(Output(name, key) for name, key, _ in FOLLOWING),
        *(Output(f"job-{key}", prop) for key in steering.BUTTONS for prop in steering.FACE),
        Input("job-rev", "data"),
        Input("job-asked", "data"),
        Input(THEME, "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def renew(_rev: int | None, _asked: int | None, theme: Theme, job_id: int) -> Any:
        view = read(board, job_id, datetime.now(UTC), current_actor())
        if view is None:
            return no_update, no_update, GONE, *(no_update,) * (len(FOLLOWING) - 1 + 5 * len(steering.BUTTONS))
        faces = [part for key in steering.BUTTONS for part in steering.face(key, view)]
        drawn = parts.figure(view, theme) if view.detail.job.total else no_update
        waiting = review.strip_of(review.waiting(board, view))
        return drawn, waiting, *(make(view) for _, _, make in FOLLOWING), *faces
