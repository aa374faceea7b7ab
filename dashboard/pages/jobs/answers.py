"""What became of what was asked: a line each, from requested over acknowledged to done, or why it was refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.buttons import PHASE_ICONS, phase_of
from dashboard.components.icons import icon
from dashboard.components.times import clock, zone_name
from models.queries.answers import AnswerRow

MOST = 8
UTC = ZoneInfo("UTC")


def view(rows: Sequence[AnswerRow], refusals: Sequence[Mapping[str, Any]]) -> list[Component]:
    """The answers to one click: how many are done, then each refusal and the first few jobs in detail."""
    done = sum(row.done_at is not None for row in rows)
    waiting = sorted(rows, key=lambda row: row.done_at is not None)[:MOST]
    left = len(rows) - len(waiting)
    more = [html.Li(f"and {left} more", className="faint")] if left else []
    lines = [*(refusal(each) for each in refusals), *(answer(row) for row in waiting), *more]
    said = f"{summary(len(rows), done, len(refusals))} Times are in UTC."
    return [html.P(said, className="summary"), html.Ul(lines)]


def summary(asked: int, done: int, refused: int) -> str:
    """The state of it all in one sentence."""
    parts = [f"{done} of {asked} done"] if asked else []
    parts += [f"{refused} refused"] if refused else []
    return ", ".join(parts) + "." if parts else ""


def answer(row: AnswerRow) -> Component:
    """One request on one job."""
    phase = phase_of(row.acknowledged_at, row.done_at)
    name = dcc.Link(row.job, href=f"/jobs/{row.job_id}") if row.job else f"Job {row.job_id}, which is gone"
    return html.Li(
        [
            icon(PHASE_ICONS[phase]),
            html.Span([html.B(row.verb.capitalize()), " ", name], className="what"),
            steps(row.requested_at, row.acknowledged_at, row.done_at),
        ],
        **data(phase=phase),
    )


def steps(
    requested: datetime, acknowledged: datetime | None, done: datetime | None, zone: ZoneInfo | None = None
) -> Component:
    """requested 22:14:03 → acknowledged 22:14:03 → done 22:14:04 CEST; a step that is to come is faint.

    Without a zone the times are UTC, and the text around says so.
    """
    parts: list[Component] = []
    for word, at in (("requested", requested), ("acknowledged", acknowledged), ("done", done)):
        text = f"{word} {clock(at, zone or UTC, seconds=True, told=False)}" if at else word
        parts += [html.Span("→", **aria(hidden="true"))] if parts else []
        parts.append(html.Span(text, className="step" if at else "step to-come"))
    if zone is not None:
        parts.append(html.Span(zone_name(requested, zone)))
    return html.Span(parts, className="steps")


def refusal(each: Mapping[str, Any]) -> Component:
    """One job that refused, and its sentence."""
    link = dcc.Link(each["name"], href=f"/jobs/{each['job_id']}")
    return html.Li([icon("x"), html.Span(link, className="what"), html.Span(each["sentence"])], **data(phase="refused"))
