"""Job: one job from its first click to its last capture, live."""

from datetime import UTC, datetime
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.charts import chart
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.page import LIVE, PAGE_QUERY, THEME, PageRequest, Theme
from dashboard.pages import NotHere
from dashboard.pages.job import log, parts, results, steering
from dashboard.pages.job.reading import View, read
from dashboard.pages.job.words import about
from dashboard.shell import stack
from engine.board import Board

PATH = "/jobs/<int:job_id>"
TITLE = "Job"


def layout(board: Board, request: PageRequest) -> Component:
    """The job as it stands, at the tab, page, capture and log level that the address names."""
    job_id = int(request.args["job_id"])
    view = read(board, job_id, request.now)
    if view is None:
        raise NotHere(f"There is no job {job_id}. It may have been deleted.")
    show = request.text("show") if request.text("show") in results.TABS else "all"
    level = request.text("level") if request.text("level") in log.LEVELS else "INFO"
    first = max(0, request.number("first", 0) or 0)
    return stack(
        head(view),
        html.Div(parts.asked_last(view), id="job-asked-last"),
        card(None, html.Div(parts.numbers(view), id="job-numbers")),
        html.Div(
            [
                card("Stages", html.Div(parts.stages(view), id="job-stages")),
                progress(view, request.theme),
            ],
            className="columns job-columns",
        ),
        failures(view),
        html.Div(results.view(board, job_id, show, first), hidden=view.detail.job.pipeline_id is None),
        log.view(board, job_id, level, view.zone, view.now),
        card("Attempts", html.Div(parts.attempts(view), id="job-attempts")),
        card("Who asked what", html.Ul(parts.asked(view), id="job-history", className="history"), aside=about(view)),
        results.viewer(),
        *stores(view, request.number("shot")),
    )


def head(view: View) -> Component:
    """Name, state and buttons."""
    job = view.detail.job
    return html.Div(
        page_header(
            job.name,
            html.Span(parts.lead(view), id="job-lead", className="job-lead"),
            crumbs=[("Jobs", "/jobs")],
            actions=steering.buttons(job),
        ),
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


def failures(view: View) -> Component:
    """Why captures failed, and the way to try those again."""
    again = html.Button(
        [icon("rotate-cw"), "Retry what failed"],
        id="job-retry-failed",
        className="button",
        type="button",
        hidden=not parts.may_retry(view),
    )
    lines = html.Ul(parts.errors(view), id="job-errors", className="error-groups")
    return html.Div(card("What failed", lines, aside=again), id="job-failures", hidden=not view.errors)


def stores(view: View, shot: int | None) -> list[Component]:
    """What the page keeps in the browser."""
    kept: dict[str, Any] = {
        "job-id": view.detail.job.id,
        "job-zone": view.zone.key,
        "job-rev": None,
        "job-asked": None,
        "job-shot": shot,
    }
    return [dcc.Store(id=name, data=value) for name, value in kept.items()]


def register(app: Dash, board: Board) -> None:
    """The callbacks of the page's parts, and the one that renews what follows the job's state."""
    steering.register(app, board)
    log.register(app, board)
    results.register(app, board)
    _register_following(app, board)
    _register_address(app)


def _register_following(app: Dash, board: Board) -> None:
    app.clientside_callback(
        ClientsideFunction("viewer", "mine"),
        Output("job-rev", "data"),
        Input(LIVE, "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("job-lead", "children"),
        Output("job-asked-last", "children"),
        Output("job-numbers", "children"),
        Output("job-stages", "children"),
        Output("job-chart-card", "hidden"),
        Output("job-chart-table", "children"),
        Output("job-errors", "children"),
        Output("job-failures", "hidden"),
        Output("job-retry-failed", "hidden"),
        Output("job-attempts", "children"),
        Output("job-history", "children"),
        *(Output(f"job-{key}", prop) for key in steering.BUTTONS for prop in FACE),
        Input("job-rev", "data"),
        Input("job-asked", "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def renew(rev: int | None, asked: int | None, job_id: int) -> Any:
        view = read(board, job_id, datetime.now(UTC)) if rev or asked else None
        if view is None:
            return (no_update,) * (11 + len(FACE) * len(steering.BUTTONS))
        faces = [part for key in steering.BUTTONS for part in steering.face(key, view.detail.job)]
        return (
            parts.lead(view),
            parts.asked_last(view),
            parts.numbers(view),
            parts.stages(view),
            not view.detail.job.total,
            parts.chart_table(view),
            parts.errors(view),
            not view.errors,
            not parts.may_retry(view),
            parts.attempts(view),
            parts.asked(view),
            *faces,
        )

    @app.callback(
        Output("job-chart", "figure"),
        Input("job-rev", "data"),
        Input(THEME, "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def draw(_rev: int | None, theme: Theme, job_id: int) -> Any:
        view = read(board, job_id, datetime.now(UTC))
        return no_update if view is None or not view.detail.job.total else parts.figure(view, theme)


def _register_address(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("viewer", "remember"),
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        Input("job-show", "data"),
        Input("job-first", "data"),
        Input("job-level", "value"),
        Input("job-shot", "data"),
        prevent_initial_call=True,
    )


FACE = ("children", "disabled", "title", "data-phase", "hidden")
