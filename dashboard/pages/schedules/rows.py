"""One schedule as a card: when, where, what, what is next, and what came of the last mornings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import data
from dashboard.components.header import card, facts
from dashboard.components.icons import icon
from dashboard.components.pills import STATUS_FACES, Face, pill, status_pill
from dashboard.components.still import asks
from dashboard.components.times import counted_nights, day, moment, night_name, zone_of
from dashboard.page import address
from engine import control
from engine.access import Actor
from engine.board import Board
from models.queries.schedules import LeftOut, RunRow, ScheduleRow
from models.states import Status

MAKE_UP = "make up"
ASKED = "schedules-asked"  # which verb of which schedule, or of which run
MOST_JOBS = 8  # of a run; one that made up for many nights has hundreds
STEPS = {"sync": "take in what is new", "ml": "find animals", "tracks": "count individuals"}


@dataclass(frozen=True)
class Verb:
    """A button of a schedule, or of a run: what it does, and what is said when that is done."""

    word: str
    icon: str
    do: Callable[[Board, Actor, int], Any]
    done: str
    kind: str = "plain"


VERBS = {
    "pause": Verb("Pause", "pause", control.pause_schedule, "The schedule is paused."),
    "resume": Verb("Resume", "play", control.resume_schedule, "The schedule goes on."),
    MAKE_UP: Verb(
        "Process them",
        "play",
        control.make_up_for_nights,
        "These nights are taken up, each by jobs of its own.",
        "small",
    ),
    "delete": Verb("Delete", "trash-2", control.delete_schedule, "The schedule is deleted.", "plain danger"),
}


def schedule_card(row: ScheduleRow) -> Component:
    """The schedule with its buttons."""
    verbs = ("resume" if row.paused_at else "pause", "delete")
    edit = dcc.Link(
        [icon("sliders-horizontal"), "Edit"], href=address("/schedules", edit=row.id), className="button plain"
    )
    runs = html.Ul([html.Li(_run(run, row)) for run in row.runs], className="schedule-runs") if row.runs else None
    left_out = [html.Div(_left_out(each, row), className="notice tone-wait left-out") for each in row.left_out]
    none = html.P("It has not run yet.", className="faint") if not row.runs else None
    return card(
        row.name,
        facts(
            [
                ("Where", row.station or f"Every station of {row.project}"),
                ("When", when(row)),
                ("Does", what(row)),
                ("Next", _next(row)),
            ]
        ),
        *left_out,
        runs,
        none,
        aside=[edit, *(_button(verb, row.id, f"the schedule {row.name}") for verb in verbs)],
    )


def when(row: ScheduleRow) -> str:
    """When it runs, in words."""
    if row.cron is not None:
        return f"By cron, {row.cron}, in the station's time"
    minutes = row.minutes_after_sunrise
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]
    return f"{' '.join(filter(None, parts))} after sunrise" if minutes else "At sunrise"


def what(row: ScheduleRow) -> str:
    """What it does, in words."""
    words = ", then ".join(STEPS[step] for step in row.steps)
    return f"{words[0].upper()}{words[1:]}{f' with {row.pipeline}' if row.pipeline else ''}"


def _next(row: ScheduleRow) -> Component:
    if row.paused_at is not None:
        return pill(STATUS_FACES[Status.PAUSED])
    return moment(row.next_at, zone_of(row.timezone))


def _left_out(left: LeftOut, row: ScheduleRow) -> list[Component | str]:
    """12 missed nights at Meadow, 1 Jun to 12 Jun, were not made up: too many at once. …"""
    where = "" if row.station else f" at {left.station}"
    names = f"{day(left.first_night)} to {night_name(left.last_night)}"
    verb = "was" if left.nights == 1 else "were"
    said = f"{counted_nights(left.nights, 'missed ')}{where} ({names}) {verb} not made up, being too many at once; "
    said += f"{left.open} of them {'has' if left.open == 1 else 'have'} captures that wait."
    board = dcc.Link("See them on Nights", href=address("/", until=left.last_night))
    return [
        icon("triangle-alert"),
        html.Span([said, " ", board]),
        _button(MAKE_UP, left.run_id, f"at {left.station} ({names})"),
    ]


def _run(run: RunRow, row: ScheduleRow) -> list[Component | str]:
    nights = night_name(run.last_night)
    if run.first_night != run.last_night:
        nights = f"{day(run.first_night)} to {nights}"
    jobs = [
        dcc.Link(_status(status), href=f"/jobs/{job}", title=f"Job {job}: {STEPS[step]}")
        for step, job, status in run.jobs[-MOST_JOBS:]
    ]
    earlier = len(run.jobs) - len(jobs)
    more = [html.Span(f"{earlier} jobs, then")] if earlier else []
    said = run.outcome or ("" if run.finished_at or run.jobs else "Begins…")
    where = [] if row.station else [html.Span(run.station)]
    told = [html.Span(said, className="faint")] if said else []
    return [html.Span(nights, className="night"), *where, *more, *jobs, *told]


def _status(status: str | None) -> Component:
    return status_pill(Status(status)) if status else pill(Face("Deleted", "trash-2", "wait"))


def _button(verb: str, of: int, what: str) -> Component:
    face = VERBS[verb]
    return html.Button(
        [icon(face.icon), face.word],
        className=f"button {face.kind}",
        type="button",
        **data(does=f"{face.word} {what}"),
        **asks(ASKED, verb=verb, of=of),
    )
