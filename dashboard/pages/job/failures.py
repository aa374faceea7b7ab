"""Why captures of a job failed: a line a cause in plain words, each with its own retry."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import data
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.toasts import say
from dashboard.page import TOAST, current_actor
from dashboard.pages.job.reading import View
from dashboard.pages.job.words import captures, going_along, never_reached, retry_of, why
from dashboard.pages.jobs.verbs import allowed
from engine import control
from engine.board import Board
from engine.causes import reason
from models.queries.job_results import ErrorGroup

NO_KIND = "-"


def view(shown: View) -> Component:
    """The card; hidden while nothing failed."""
    again = html.Button(
        [icon("rotate-cw"), "Retry all that failed"],
        id="job-retry-failed",
        className="button",
        type="button",
        disabled=why_not(shown) is not None,
        title=title_of_all(shown),
        **data(does=""),
    )
    lines = html.Ul(groups(shown), id="job-errors", className="error-groups")
    return html.Div(card("What failed", lines, aside=again), id="job-failures", hidden=not shown.errors)


def groups(shown: View) -> list[Component]:
    """A line a cause, the commonest first, with the words of one capture."""
    return [_group(group, why_not(shown), never_reached(shown.detail.job)) for group in shown.errors]


def why_not(shown: View) -> str | None:
    """Why nothing can be tried again now; None when it can."""
    job = shown.detail.job
    if shown.forbidden:
        return shown.forbidden
    if "retry" not in allowed(job.status, job.failed):
        return "What failed can be tried again when the job has ended."
    return None


def title_of_all(shown: View) -> str | None:
    """Why not all can be tried again now, or what goes along when they are."""
    along = going_along(never_reached(shown.detail.job))
    return why_not(shown) or (f"Try all that failed again{along}" if along else None)


def _group(group: ErrorGroup, reason_not: str | None, unreached: int) -> Component:
    along = going_along(unreached)
    key = {"type": "job-retry-alike", "kind": group.kind or NO_KIND, "station": group.station_id or 0}
    return html.Li(
        [
            icon("circle-x"),
            html.Div([html.B(why(group)), html.P(group.example, className="quiet")]),
            html.Button(
                [icon("rotate-cw"), retry_of(group.captures, unreached)],
                id=key,
                className="button",
                type="button",
                disabled=reason_not is not None,
                title=reason_not or f"Try {captures(group.captures)} again: {reason(group.kind)}{along}",
            ),
        ]
    )


def register(app: Dash, board: Board) -> None:
    """A click on a group's retry, asked of the engine for these captures only."""

    @app.callback(
        Output("job-asked", "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input({"type": "job-retry-alike", "kind": ALL, "station": ALL}, "n_clicks"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def again(_clicks: list[int | None], job_id: int) -> tuple[Any, Any]:
        key: Any = ctx.triggered_id
        if not key or not ctx.triggered[0]["value"]:
            return no_update, no_update
        alike = control.Alike(None if key["kind"] == NO_KIND else key["kind"], key["station"] or None)
        try:
            answer = control.retry(board, current_actor(), job_id, "failed", alike=alike)
        except control.Refusal as refusal:
            return -1, say("bad", refusal.message)
        return answer.audit_id, say("good", f"Tried again: {reason(alike.kind)}.")
