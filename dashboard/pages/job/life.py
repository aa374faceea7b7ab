"""The life of a job as a line: the states it went through with their times, and quietly where it can go from here."""

from itertools import groupby

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.pills import STATUS_FACES, pill
from dashboard.components.times import clock, day, duration
from dashboard.pages.job.reading import View
from models.queries.job_life import Stay, ahead
from models.states import FINAL, Move, Status

SHOWN = 4  # attempts; earlier ones stand in their table
# What brings a job there, for a reader: a person's verb, or what the engine sees.
BY = {
    Move.RUN: "by Run",
    Move.CLAIM: "when a worker takes it up",
    Move.PAUSE: "by Pause",
    Move.RESUME: "by Resume",
    Move.CHECKPOINT: "when all else is done and captures wait for a person",
    Move.CONTINUE: "when a waiting capture is tried again",
    Move.SUCCEED: "when every capture is done",
    Move.FAIL: "when a stage or too many captures fail",
    Move.CANCEL: "by Cancel",
    Move.REVOKE: "when the workers have let go",
    Move.TIME_OUT: "at its deadline",
    Move.RETRY: "by Retry",
}


def line(view: View) -> list[Component]:
    """A row for each attempt, the latest last; behind it the states that can follow."""
    rows = [list(stays) for _, stays in groupby(_told(view.stays), key=lambda stay: max(1, stay.attempt))]
    left_out = len(rows) - SHOWN
    several = len(rows) > 1
    parts: list[Component] = []
    if left_out > 0:
        parts.append(html.P(f"{left_out} earlier attempts stand in the table of attempts below.", className="faint"))
    for stays in rows[-SHOWN:]:
        is_last = stays is rows[-1]
        steps = [_step(stay, view, is_now=is_last and stay is stays[-1]) for stay in stays]
        name = html.Span(f"Attempt {max(1, stays[0].attempt)}", className="attempt-name") if several else None
        track = html.Ol([*steps, *(_ahead(view) if is_last else [])], className="life-track")
        parts.append(html.Div([part for part in (name, track) if part is not None], className="life-row"))
    return parts


def _told(stays: list[Stay]) -> list[Stay]:
    """The stays without the instant between being written down and submitted, when that was one click."""
    return [stay for stay in stays if not (stay.status is Status.CREATED and stay.ms is not None and stay.ms < 1000)]


def _step(stay: Stay, view: View, *, is_now: bool) -> Component:
    zone = view.zone
    is_other_day = stay.since.astimezone(zone).date() != view.now.astimezone(zone).date()
    since = f"{day(stay.since.astimezone(zone).date())}, " if is_other_day else ""
    since += clock(stay.since, zone, seconds=True, told=False)
    lasted = duration(stay.ms) if stay.ms is not None else "" if stay.status in FINAL else "now"
    return html.Li(
        [
            pill(STATUS_FACES[stay.status]),
            html.Span([html.Time(since, dateTime=stay.since.isoformat()), html.B(lasted)], className="when"),
        ],
        className="life-step now" if is_now else "life-step",
        **(aria(current="step") if is_now else {}),
    )


def _ahead(view: View) -> list[Component]:
    """The states that can follow, each with what would bring the job there as its title."""
    ways = {after: step for after, step in ahead(view.detail.job.status).items() if _is_possible(view, after, step)}
    if not ways:
        return []
    chips = [
        html.Span(
            [icon(STATUS_FACES[after].icon), STATUS_FACES[after].word],
            className="life-next",
            title=f"{STATUS_FACES[after].word} {BY[step]}",
        )
        for after, step in ways.items()
    ]
    return [html.Li([html.Span("can become", className="faint"), *chips], className="life-ahead")]


def _is_possible(view: View, after: Status, step: Move) -> bool:
    match step:
        case Move.TIME_OUT:
            return view.detail.timeout_ms is not None
        case Move.CHECKPOINT:
            return view.detail.checkpoint is not None
        case Move.RETRY:
            return not (view.detail.job.status is Status.SUCCESS and not view.detail.job.failed)
    return after is not view.detail.job.status
