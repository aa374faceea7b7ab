"""The parts of a night's page: its head with what can be done, its numbers, its charts, its jobs, its captures."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.buttons import Verb, verb_button
from dashboard.components.counts import counted
from dashboard.components.header import card, facts, page_header
from dashboard.components.icons import icon
from dashboard.components.night_cell import told_in_words
from dashboard.components.pills import status_pill
from dashboard.components.progress import job_bar
from dashboard.components.tables import simple_table
from dashboard.components.thumbs import thumb
from dashboard.components.times import clock, duration, moment, night_name, zone_of
from dashboard.page import address
from engine.access import Actor
from models.people import Role
from models.queries.captures import CaptureRow
from models.queries.jobs import JobRow
from models.queries.nights import Cell, NightRow

PROCESS = Verb("Process what is missing", "play", "Being processed…", "All processed")
RETRY_LATER = "A job is about this night; retry what failed when it has ended, or cancel it on its page."
RETRY_FAILED = Verb("Retry what failed", "rotate-cw", "Trying again…", "Nothing failed")


def head(night: NightRow, actor: Actor) -> Component:
    """The name of the night, its story in one sentence, and the buttons."""
    beside = [
        _beside(night.before, "chevron-left", "The night before"),
        _beside(night.after, "chevron-right", "The night after"),
    ]
    return page_header(
        f"{night.station}, {night_name(night.cell.night)}",
        [story(night), *_why_dead(night.cell, actor)],
        crumbs=[("Nights", "/")],
        actions=[*(link for link in beside if link), *_verbs(night, actor)],
    )


def story(night: NightRow) -> str:
    """53 captures, all processed, camera silent for 56 min; from 21:00 to 03:53 CET. 264 detections."""
    zone, cell = zone_of(night.timezone), night.cell
    words = told_in_words(cell)
    if night.first_at and night.last_at:
        words += f"; from {clock(night.first_at, zone, told=False)} to {clock(night.last_at, zone)}"
    return f"{words}."


def numbers(night: NightRow) -> Component:
    """The night's counts."""
    cell = night.cell
    each = f"{cell.detections / cell.processed:.1f}" if cell.processed else "–"
    return facts(
        [
            ("Captures", _of(cell.captures, night.expected)),
            ("Processed", f"{cell.processed:,}"),
            *([("Wait for a verdict", f"{cell.stopped:,}")] if cell.stopped else []),
            ("Failed", f"{cell.failed:,}"),
            ("Not processed", f"{cell.open:,}"),
            ("Detections", f"{cell.detections:,}"),
            ("Detections a capture", each),
            ("Camera silent", duration(cell.lost.total_seconds() * 1000) if cell.gaps else "never"),
        ]
    )


def jobs_card(rows: Sequence[JobRow], zone: ZoneInfo) -> Component:
    """The jobs that had captures of this night, newest first; times are shown in `zone`."""
    if not rows:
        return card("Jobs of this night", html.P("No job has touched this night yet.", className="quiet"))
    lines: list[list[str | Component]] = [
        [
            dcc.Link(row.name, href=f"/jobs/{row.id}"),
            status_pill(row.status, row.requested, row.failed),
            job_bar(row),
            f"{row.processed:,} of {row.total:,}",
            row.pipeline or "–",
            moment(row.created_at, zone),
        ]
        for row in rows
    ]
    head = ["Job", "Status", "Progress", "Captures", "Pipeline", "Asked"]
    return card("Jobs of this night", simple_table(head, lines, label="Jobs of this night"), flush=True)


def captures_card(night: NightRow, rows: Sequence[CaptureRow]) -> Component | None:
    """The fullest captures of the night, and the way to all of them."""
    if not night.cell.captures:
        return None
    every = dcc.Link(
        ["All captures", icon("arrow-right")], href=address("/captures", night=night.cell.event_id), className="button"
    )
    if not rows:
        words = "No animals found yet; the fullest captures will be shown here."
        return card("Captures", html.P(words, className="quiet"), aside=every)
    pictures = [html.Li(thumb(row, zone_of(night.timezone))) for row in rows]
    return card("The fullest captures", html.Ul(pictures, className="contact-sheet one-row"), aside=every)


def _may(actor: Actor) -> bool:
    return actor.role.rank >= Role.OPERATOR.rank


def _is_in_work(cell: Cell) -> bool:
    return bool(cell.running or cell.waiting)


def _why_dead(cell: Cell, actor: Actor) -> list[str | Component]:
    """Why what failed cannot be retried yet, for those who may; what else is dead says so on the button."""
    return [" ", html.Span(RETRY_LATER, id="night-why")] if cell.failed and _is_in_work(cell) and _may(actor) else []


def _verbs(night: NightRow, actor: Actor) -> list[Component]:
    """The buttons, each alive only when there is something for it to do, and saying why when it is not."""
    cell, may, active = night.cell, _may(actor), _is_in_work(night.cell)
    forbidden = None if may else f"You are a {actor.role}; starting a job needs an operator."
    missing = cell.open + cell.failed
    process = verb_button(
        "night-process",
        PROCESS,
        kind="main" if missing and not active else "",
        disabled=not missing or active or not may,
        phase="acknowledged" if active else "idle" if missing else "done",
        why_not=forbidden or ("A job is about this night already." if active else None),
    )
    retry = verb_button(
        "night-retry",
        RETRY_FAILED,
        disabled=not cell.failed or active or not may,
        why_not=forbidden or (RETRY_LATER if active else None if cell.failed else "Nothing failed in this night."),
    )
    judge = _judge(cell.stopped, night.judged_in, kind="" if missing else "main")
    buttons = [(judge, judge is not None), (retry, cell.failed > 0), (process, missing > 0 or not cell.stopped)]
    return [button for button, is_of_use in buttons if button is not None and is_of_use]


def _judge(number: int, job_id: int | None, *, kind: str) -> Component | None:
    """The way to the captures that wait for a person."""
    if job_id is None:
        return None
    return dcc.Link(
        [icon("hand"), f"Judge {counted(number, 'capture')}"],
        href=f"/jobs/{job_id}",
        className=f"button {kind}".strip(),
    )


def _beside(event_id: int | None, picture: str, words: str) -> Component | None:
    if event_id is None:
        return None
    label = html.Span(words, className="visually-hidden")
    return dcc.Link([icon(picture), label], href=f"/night/{event_id}", className="button square", title=words)


def _of(captures: int, expected: int) -> str:
    return f"{captures:,} of {expected:,} expected" if expected > captures else f"{captures:,}"
