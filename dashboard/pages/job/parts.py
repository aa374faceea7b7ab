"""The parts of a job's page that tell how it stands now: the sentence, the numbers, the stages and the chart."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.charts import plain_table
from dashboard.components.header import Content, facts
from dashboard.components.pills import STATUS_FACES, Face, pill, status_pill
from dashboard.components.progress import progress_bar
from dashboard.components.times import clock, duration, night_name, stamp
from dashboard.figures.progress import captures_over_time
from dashboard.page import Theme
from dashboard.pages.job.reading import View
from dashboard.pages.job.words import captures, story, time_of_end, what_waits
from engine.jobtypes import job_types
from models.queries.jobs import AttemptRow, JobRow, StageRow
from models.states import WORKING, Status

PROCESS = "process"  # the stage over the captures
NOT_BEGUN = Face("Not begun", "circle-dashed", "wait")  # a stage that comes, or is to be gone on with
STANDING_STILL = (Status.PENDING, Status.PAUSED, Status.CHECKPOINT)
TABLED = 24  # rows at most behind the chart, the last one always among them


def lead(view: View) -> list[Component | str]:
    """The state as a pill, the sentence, and the way to the queue that is paused."""
    job = view.detail.job
    ways: list[Component | str] = [dcc.Link("Let it go on in Workers", href="/workers")] if view.pause else []
    return [status_pill(job.status, job.requested, job.failed), html.Span(story(view)), *ways]


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
        ("Limit", captures(detail.limit) if detail.limit else None),
        ("Order", html.Span("shuffled", title=f"Seed {detail.seed}") if detail.shuffle and job.total else None),
        ("Reprocess", "yes" if detail.reprocess else None),
        ("Wait for a verdict", None if detail.checkpoint is None else what_waits(detail.checkpoint)),
        ("Deadline", stamp(detail.deadline_at, view.zone) if detail.deadline_at else None),
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
    return html.Ol([_stage(row, view) for row in rows], className="stages")


def figure(view: View, theme: Theme) -> go.Figure:
    """Captures done and failed over time."""
    job = view.detail.job
    first = next((each.started_at for each in view.detail.attempts if each.started_at), None)
    return captures_over_time(
        view.points, job.total, view.zone, theme, before=job.skipped, started_at=first, eta=view.eta
    )


def chart_table(view: View) -> Component:
    """The rows behind the chart."""
    every = -(-len(view.points) // TABLED) or 1
    points = view.points[::-every][::-1]
    rows = [[clock(at, view.zone, seconds=True), f"{done:,}", f"{failed:,}"] for at, done, failed in points]
    return plain_table(["By", "Done", "Failed"], rows, label="Captures done and failed over time")


def _stage(row: StageRow, view: View) -> Component:
    params = [(str(param["name"]), _value(param["value"])) for param in row.params if param["value"] not in ("", None)]
    ms = worked_ms(row, view.detail.attempts)
    took = "" if ms is None else duration(ms)
    failed = view.detail.job.failed / view.detail.job.total if row.key == PROCESS and view.detail.job.total else 0.0
    status, share = standing(row, view.detail.job.status)
    is_running = status is Status.STARTED
    bar = progress_bar(share, failed if share else 0.0, label=f"Stage {row.name}", running=is_running)
    ends = time_of_end(view) if is_running and row.key == PROCESS else ""
    face = NOT_BEGUN if status is Status.CREATED else STATUS_FACES[status]
    return html.Li(
        [
            html.Div([html.H3(row.name), pill(face), html.Span(took, className="faint")], className="row-of"),
            bar,
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in params], className="params"),
            html.P(ends, className="stage-end") if ends else None,
        ],
        className="stage working" if status in WORKING else "stage",
    )


def standing(stage: StageRow, job: Status) -> tuple[Status, float]:
    """Where a stage stands, and how far: one that is open stands where its job does, and one to come has nothing yet.

    The results are counted while the captures are worked on, but the stage of that name only begins behind them.
    """
    if stage.status is Status.STARTED:
        return job if job in STANDING_STILL else stage.status, stage.progress
    return stage.status, 0.0 if stage.status is Status.CREATED and stage.key != PROCESS else stage.progress


def worked_ms(stage: StageRow, attempts: Sequence[AttemptRow]) -> float | None:
    """How long a stage took, without the time between attempts; None unless it has ended, or if that was not noted.

    Of jobs of earlier versions it is known where there was one attempt.
    """
    if stage.started_at is None or stage.finished_at is None:
        return None
    if stage.worked_ms is not None:
        return stage.worked_ms
    return (stage.finished_at - stage.started_at).total_seconds() * 1000 if len(attempts) == 1 else None


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
