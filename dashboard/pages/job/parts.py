"""The parts of a job's page that follow its state: numbers, stages, chart, errors, attempts, and who asked what."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import data
from dashboard.components.buttons import phase_of
from dashboard.components.charts import plain_table
from dashboard.components.header import Content, facts
from dashboard.components.icons import icon
from dashboard.components.pills import status_pill
from dashboard.components.progress import progress_bar
from dashboard.components.times import clock, day, duration, night_name, stamp
from dashboard.figures.progress import captures_over_time
from dashboard.page import Theme
from dashboard.pages.job.reading import View
from dashboard.pages.job.words import story, why
from dashboard.pages.jobs.answers import steps
from dashboard.pages.jobs.verbs import allowed
from engine.jobtypes import job_types
from models.queries.answers import AnswerRow
from models.queries.jobs import AttemptRow, JobRow, StageRow
from models.states import WORKING, Status


def lead(view: View) -> list[Component | str]:
    """The state as a pill, and the sentence."""
    job = view.detail.job
    return [status_pill(job.status, job.requested, job.failed), html.Span(story(view))]


def numbers(view: View) -> Component:
    """What the job is about, and its clocks."""
    job, detail = view.detail.job, view.detail
    kind = job_types().get(job.type)
    first = detail.attempts[0] if detail.attempts else None
    pairs: list[tuple[str, Content | None]] = [
        ("Type", kind.name if kind else job.type),
        ("Pipeline", job.pipeline),
        ("Works on", scope(job)),
        ("Queue time", duration(first.queue_ms if first and first.queue_ms is not None else job.queue_ms)),
        ("Elapsed time", duration(job.elapsed_ms)),
        ("Paused", duration(job.paused_ms) if job.paused_ms else None),
        ("Detections", f"{job.detections:,}" if job.total else None),
        ("Priority", str(job.priority)),
        ("Limit", f"{detail.limit:,} captures" if detail.limit else None),
        ("Order", html.Span("shuffled", title=f"Seed {detail.seed}") if detail.shuffle and job.total else None),
        ("Reprocess", "yes" if detail.reprocess else None),
        ("Deadline", stamp(detail.deadline_at, view.zone) if detail.deadline_at else None),
        ("Tags", ", ".join(job.tags) or None),
    ]
    return facts([(name, value) for name, value in pairs if value is not None])


def scope(job: JobRow) -> Content | None:
    """What the job works on, as a link where there is a page for it."""
    if job.capture_id is not None:
        return dcc.Link(f"capture {job.capture_id}", href=f"/captures/{job.capture_id}")
    if job.collection is not None:
        return f"collection {job.collection}"
    if job.event_id is not None and job.night is not None:
        return dcc.Link(f"{job.deployment}, {night_name(job.night)}", href=f"/night/{job.event_id}")
    return f"station {job.deployment}" if job.deployment else None


def stages(view: View) -> Component:
    """The stages in their order, each with its state, its progress and its params."""
    rows = view.detail.stages
    if not rows:
        return html.P("The stages are laid out when the job is run.", className="quiet")
    return html.Ol([_stage(row) for row in rows], className="stages")


def figure(view: View, theme: Theme) -> go.Figure:
    """Captures done and failed over time."""
    job = view.detail.job
    first = next((each.started_at for each in view.detail.attempts if each.started_at), None)
    return captures_over_time(view.points, job.total, view.zone, theme, started_at=first, eta=view.eta)


def chart_table(view: View) -> Component:
    """The rows behind the chart."""
    rows = [[clock(at, view.zone, seconds=True), f"{done:,}", f"{failed:,}"] for at, done, failed in view.points]
    return plain_table(["By", "Done", "Failed"], rows, label="Captures done and failed over time")


def errors(view: View) -> list[Component]:
    """Why captures failed, a line a cause, with the words of one of them."""
    return [
        html.Li([icon("circle-x"), html.Div([html.B(why(group)), html.P(group.example, className="quiet")])])
        for group in view.errors
    ]


def may_retry(view: View) -> bool:
    """Whether the job stands where what failed can be tried again."""
    return "retry" in allowed(view.detail.job.status, view.detail.job.failed)


def attempts(view: View) -> Component:
    """The attempts beside each other."""
    head = ["Attempt", "Status", "Submitted", "Queue time", "Elapsed", "Paused", "Ended because"]
    return html.Div(
        plain_table(head, [_attempt(row, view) for row in reversed(view.detail.attempts)], label="Attempts"),
        className="scroll-x",
    )


def asked(view: View) -> list[Component]:
    """Who asked what, the latest first, and how far that is."""
    return [_asked(row, view) for row in view.asked]


def asked_last(view: View) -> Component | None:
    """The latest request in one line, for the head of the page."""
    return html.Div(_asked_parts(view.asked[0], view), className="asked-last") if view.asked else None


def _stage(row: StageRow) -> Component:
    params = [(str(param["name"]), _value(param["value"])) for param in row.params if param["value"] not in ("", None)]
    took = (
        duration((row.finished_at - row.started_at).total_seconds() * 1000)
        if row.finished_at and row.started_at
        else ""
    )
    bar = progress_bar(row.progress, label=f"Stage {row.name}", running=row.status is Status.STARTED)
    return html.Li(
        [
            html.Div(
                [html.H3(row.name), status_pill(row.status), html.Span(took, className="faint")], className="row-of"
            ),
            bar,
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in params], className="params"),
        ],
        className="stage working" if row.status in WORKING else "stage",
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _attempt(row: AttemptRow, view: View) -> Sequence[str | Component]:
    return [
        str(row.number),
        status_pill(row.status),
        stamp(row.submitted_at, view.zone),
        duration(row.queue_ms),
        duration(row.elapsed_ms),
        duration(row.paused_ms) if row.paused_ms else "–",
        row.cause or "–",
    ]


def _asked(row: AnswerRow, view: View) -> Component:
    phase = "refused" if row.outcome == "refused" else phase_of(row.acknowledged_at, row.done_at)
    return html.Li(_asked_parts(row, view), **data(phase=phase))


def _asked_parts(row: AnswerRow, view: View) -> list[Component]:
    name = html.Span(
        [html.B(row.verb.capitalize()), f" by {row.who}, {day(row.requested_at.astimezone(view.zone).date())}"],
        className="what",
    )
    if row.outcome == "refused":
        return [name, html.Span(f"refused {stamp(row.requested_at, view.zone)}: {row.reason}", className="quiet")]
    return [name, steps(row.requested_at, row.acknowledged_at, row.done_at, view.zone)]
