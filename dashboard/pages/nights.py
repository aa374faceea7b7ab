"""Nights, the home page: stations × nights, and in one sentence how the lab stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.attributes import aria
from dashboard.components.counts import counted
from dashboard.components.empty import empty_state
from dashboard.components.ends import all_done, done_about
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.components.lab_words import UTC, Note, Work, lab_sentence, notable
from dashboard.components.night_board import legend, night_board
from dashboard.components.pills import status_pill
from dashboard.components.progress import job_bar
from dashboard.components.still import MARKUP, markup, still
from dashboard.components.thumbs import thumb
from dashboard.components.times import duration, night_name, stamp, zone_of
from dashboard.page import LIVE, PageRequest, address, current_actor
from dashboard.pages import night_selection as selection
from dashboard.pages.night import PIPELINE
from dashboard.reader import reader_zone
from engine.board import Board
from engine.demo import under_way
from models.base import now
from models.queries import captures, changes, jobs, queues, schedules
from models.queries.captures import CaptureRow
from models.queries.job_search import count
from models.queries.jobs import Eta, JobFilter, JobRow
from models.queries.nights import RUNNING, SEASON, SPAN, BoardRows, Station
from models.queries.nights import board as board_rows
from models.queries.schedules import ScheduleRow
from models.states import FINAL, Status

PATH = "/"
TITLE = "Nights"

MONTH = "month"
VIEWS = {MONTH: SPAN, "season": SEASON}  # how many nights each shows
HOW_TO_SELECT = (
    "To process several nights in one go, drag over them or shift-click; with the keyboard, arrows move, "
    "Space selects, Shift with arrows selects a range; on a touch screen, hold one and then tap the others."
)
STANDING = (Status.PENDING, Status.PAUSED, Status.CHECKPOINT)
AT_WORK = (*RUNNING, *STANDING)
MOST_JOBS = 4
LATELY = 3  # jobs that are shown when none is at work
MOST_NOTES = 6
SHOWN = 8  # captures on the sheet below
APART = timedelta(minutes=40)


def layout(board: Board, request: PageRequest) -> Component:
    until = request.day("until")
    view = request.text("view", MONTH)
    view = view if view in VIEWS else MONTH
    return html.Div(
        [
            dcc.Store(id="nights-view", data={"until": until.isoformat() if until else None, "view": view}),
            dcc.Store(id="nights-selected", data=[]),
            dcc.Store(id="nights-followed"),
            dcc.Store(id="nights-bar-print"),
            dcc.Store(id="nights-chosen", data=PIPELINE),
            still(
                *content(board, until, request.actor.project_id, view, reader_zone()),
                name="nights-content",
                className="stack",
            ),
            html.Div(id="nights-bar", role="status", **aria(live="polite")),
        ]
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("nights-content", MARKUP),
        Input(LIVE, "data"),
        State("nights-view", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], seen: dict[str, Any]) -> Any:
        if not (live["events"] or live["jobs"] or live["gone"] or live["more"]):
            return no_update
        until = date.fromisoformat(seen["until"]) if seen["until"] else None
        return markup(*content(board, until, current_actor().project_id, seen["view"], reader_zone()))

    selection.register(app, board)


def content(
    board: Board, until: date | None, project_id: int | None, view: str = MONTH, zone: ZoneInfo = UTC
) -> list[Component]:
    """All of the page that changes with the nights and jobs; of one project, for who may see only that.

    When jobs will be done is told by the clock of `zone`.
    """
    at = now()
    with board.store.read() as session:
        rows = board_rows(session, project_id, last=until, at=at, span=VIEWS[view])
        scheduled = schedules.schedules(session, project_id, runs=1)
        work = Work(*changes.busy_jobs(session), changes.held_jobs(session), queues.pauses(session))
        at_work, left = _at_work(session, project_id, work)
        etas = going_etas(session, at_work, work, at)
        work = replace(work, done=all_done(etas.values(), work.running))
        animals = _newest_animals(session, rows)
    ends = {job_id: done_about(eta, at, zone) for job_id, eta in etas.items()}
    if not rows.stations:
        return [page_header(TITLE), _nothing_yet(is_demo_coming=under_way.is_under_way(board.settings.home))]
    return [
        page_header(TITLE, lab_sentence(rows, work, at, zone), actions=_ways(rows, until, view)),
        card(None, night_board(rows), legend(), html.P(HOW_TO_SELECT, className="nights-hint"), flush=True),
        html.Div(
            [
                _work_card(at_work, left, ends, scheduled),
                _notes_card(rows, at),
            ],
            className="columns",
        ),
        *([_animals_card(animals)] if animals else []),
    ]


def _at_work(session: Session, project_id: int | None, work: Work) -> tuple[list[JobRow], int]:
    """What runs and then what waits, and how many more do; in a quiet hour what ended last, with the time of all
    attempts, as its counts are.
    """
    mine = () if project_id is None else (project_id,)
    found = jobs.ids(session, JobFilter(status=RUNNING, project_id=mine), limit=MOST_JOBS) if work.running else []
    others = jobs.ids(session, JobFilter(status=STANDING, project_id=mine), limit=MOST_JOBS + 1)
    both = [*found, *others]
    if both:
        is_more = len(both) > MOST_JOBS or len(found) == MOST_JOBS
        left = max(_how_many(session, work, mine) - MOST_JOBS, 0) if is_more else 0
        return jobs.by_ids(session, both[:MOST_JOBS]), left
    ended = jobs.page(session, JobFilter(status=tuple(FINAL), project_id=mine), sort="-finished_at", limit=LATELY)
    worked = jobs.worked_ms(session, [row.id for row in ended])
    return [row._replace(elapsed_ms=worked.get(row.id, row.elapsed_ms)) for row in ended], 0


def _how_many(session: Session, work: Work, mine: tuple[int, ...]) -> int:
    """How many jobs are at work, of these projects or of all; most of them are counted already."""
    if mine:
        return count(session, JobFilter(status=AT_WORK, project_id=mine))
    return work.running + work.waiting + work.held + changes.paused_jobs(session)


def going_etas(session: Session, rows: Sequence[JobRow], work: Work, at: datetime) -> dict[int, Eta]:
    """When those of these jobs that run will be done; nothing is told of one whose queue is paused."""
    going = [row for row in rows if not any(each.holds(row.deployment_id, row.pipeline_id) for each in work.paused)]
    return jobs.etas(session, going, at)


def _ways(rows: BoardRows, until: date | None, view: str) -> list[Component]:
    """Links to the other view, and to the boards before and after this one."""
    views = [
        dcc.Link(name.capitalize(), href=_board_at(name, until), className="here" if name == view else "")
        for name in VIEWS
    ]
    links: list[Component] = [
        html.Nav(views, className="segments links", **aria(label="How many nights")),
        dcc.Link([icon("image"), "Upload"], href="/upload", className="button"),
        dcc.Link([icon("clock"), "Schedules"], href="/schedules", className="button"),
    ]
    if rows.earlier:
        earlier = _board_at(view, rows.earlier)
        links.append(dcc.Link([icon("chevron-left"), "Earlier"], href=earlier, className="button"))
    if rows.later:
        later = _board_at(view, rows.later + timedelta(days=VIEWS[view] - 1))
        links.append(dcc.Link(["Later", icon("chevron-right")], href=later, className="button"))
    words = "Show this on a wall screen"
    wall = [icon("monitor"), html.Span(words, className="visually-hidden")]
    return [*links, dcc.Link(wall, href="/wall", className="button square", title=words)]


def _board_at(view: str, until: date | None) -> str:
    return address("/", view=None if view == MONTH else view, until=until)


def _work_card(rows: list[JobRow], left: int, ends: dict[int, str], scheduled: list[ScheduleRow]) -> Component:
    """What runs and waits, in a quiet hour what ended last, and what comes by itself.

    `left` more jobs are not shown; `ends` tells when the jobs of these ids will be done.
    """
    more = dcc.Link("All jobs", href="/jobs")
    coming = _coming(scheduled)
    if not rows:
        words = html.P("Nothing. Open a night to process what is missing.", className="quiet")
        return card("At work", words, *coming, aside=more)
    lines = [job_line(row, ends.get(row.id)) for row in rows]
    every = address("/jobs", status=",".join(AT_WORK))
    others = [html.Li(dcc.Link(f"and {left:,} more", href=every))] if left else []
    title = "Done lately" if rows[0].status in FINAL else "At work"
    return card(title, html.Ul([*lines, *others], className="lines"), *coming, aside=more)


def _coming(scheduled: list[ScheduleRow]) -> list[Component]:
    """The schedules, the next one first; each leads to its form."""
    order = sorted(scheduled, key=lambda row: (row.paused_at is not None, row.next_at is None, row.next_at, row.id))
    if not order:
        return []
    lines = [
        html.Li([html.Div(_schedule_head(row), className="head"), _schedule_said(row)]) for row in order[:MOST_JOBS]
    ]
    left = len(order) - MOST_JOBS
    more = [html.Li(dcc.Link(f"and {left} more", href="/schedules"))] if left > 0 else []
    return [html.H3("Scheduled", className="card-part"), html.Ul([*lines, *more], className="lines")]


def _schedule_head(row: ScheduleRow) -> list[Component]:
    return [dcc.Link(row.name, href=address("/schedules", edit=row.id)), html.Span(row.station or "every station")]


def _schedule_said(row: ScheduleRow) -> Component:
    if row.paused_at is not None:
        return html.Div("paused", className="faint")
    last = row.runs[0] if row.runs else None
    parts = [f"next {stamp(row.next_at, zone_of(row.timezone))}" if row.next_at else "not planned"]
    if last is not None:
        parts.append(f"last {stamp(last.due_at, zone_of(row.timezone))}: {last.outcome or 'at work'}")
    said: list[str | Component] = [", ".join(parts)]
    left = sum(each.open for each in row.left_out)
    if left:
        words = f"{left} missed {'night was' if left == 1 else 'nights were'} not made up; have them processed"
        said += [html.Br(), dcc.Link(words, href="/schedules")]
    return html.Div(said, className="faint")


def job_line(row: JobRow, ends: str | None = None) -> Component:
    """A job with how far it is, and with when it will be done where that is known; or with what it found."""
    head = [dcc.Link(row.name, href=f"/jobs/{row.id}"), status_pill(row.status, row.requested, row.failed)]
    below = job_bar(row)
    if row.status in FINAL:
        found = f"{row.processed:,} of {counted(row.total, 'capture')}, {counted(row.detections, 'detection')}"
        told = f"{found}, in {duration(row.elapsed_ms)}"
        below = html.Div(told, className="faint")
    end = html.Div(f"{ends[0].upper()}{ends[1:]}", className="faint") if ends else None
    return html.Li([html.Div(head, className="head"), below, end])


def _notes_card(rows: BoardRows, at: datetime) -> Component:
    notes = notable(rows, at)
    if not notes:
        return card(
            "Worth a look",
            html.P("The last week is whole: no failures, no gaps, nothing left over.", className="quiet"),
        )
    lines = [
        html.Li(
            [
                html.Div(_note_head(note), className="head"),
                html.Ul(
                    [html.Li([icon(picture), words], className=f"tone-{tone}") for tone, picture, words in note.why],
                    className="why",
                ),
            ]
        )
        for note in notes[:MOST_NOTES]
    ]
    left = len(notes) - MOST_NOTES
    more = [html.Li(f"and {left} more", className="faint")] if left > 0 else []
    return card("Worth a look", html.Ul([*lines, *more], className="lines"))


def _note_head(note: Note) -> Component:
    name = f"{note.station.name}, {night_name(note.night)}"
    return html.Span(name) if note.event_id is None else dcc.Link(name, href=f"/night/{note.event_id}")


def _newest_animals(session: Session, rows: BoardRows) -> list[tuple[CaptureRow, Station]]:
    """The fullest captures of the newest night with animals, in the order of time and some way apart."""
    with_animals = [night for night, cells in rows.by_night.items() if any(cell.detections for cell in cells)]
    newest = rows.by_night[max(with_animals)] if with_animals else []
    places = {cell.event_id: cell.station_id for cell in newest if cell.detections}
    stations = {station.id: station for station in rows.stations}
    fullest = captures.fullest(session, list(places), limit=SHOWN * 20)
    chosen = apart([(row, stations[places[event_id]]) for row, event_id in fullest])
    return sorted(chosen, key=lambda pair: pair[0].taken_at or now())


def apart(found: Sequence[tuple[CaptureRow, Station]]) -> list[tuple[CaptureRow, Station]]:
    """The first SHOWN of these that lie at least APART from each other at their station: animals sit still for long."""
    chosen: list[tuple[CaptureRow, Station]] = []
    for row, station in found:
        near = (
            other.taken_at and row.taken_at and abs(other.taken_at - row.taken_at) < APART
            for other, place in chosen
            if place.id == station.id
        )
        if len(chosen) < SHOWN and not any(near):
            chosen.append((row, station))
    return chosen


def _animals_card(found: Sequence[tuple[CaptureRow, Station]]) -> Component:
    pictures = [html.Li(thumb(row, zone_of(station.timezone), station.name)) for row, station in found]
    return card(
        "On the sheet",
        html.Ul(pictures, className="contact-sheet one-row"),
        aside="the fullest captures of the newest night",
    )


def _nothing_yet(*, is_demo_coming: bool) -> Component:
    if is_demo_coming:
        words = "Two invented stations with three nights each. They appear here by themselves, and are processed."
        return empty_state("moon-star", "The demonstration is being drawn", words)
    how: list[str | Component] = [
        "Nights appear here when captures are taken in. Point Nightboard at a folder: ",
        html.Code("nightboard ingest FOLDER --project NAME --station NAME --timezone Europe/Copenhagen"),
    ]
    return empty_state("moon-star", "No captures yet", how)
