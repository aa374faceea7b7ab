"""The parts of a night's page: its head with what can be done, its numbers, its charts, its jobs, its contact sheet."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.buttons import Verb, verb_button
from dashboard.components.charts import chart, plain_table
from dashboard.components.empty import empty_state
from dashboard.components.header import card, facts, page_header
from dashboard.components.icons import icon
from dashboard.components.night_cell import told_in_words
from dashboard.components.pills import status_pill
from dashboard.components.progress import progress_bar
from dashboard.components.thumbs import contact_sheet
from dashboard.components.times import clock, duration, moment, night_name, zone_of
from dashboard.figures.nights import HOUR, bar_width, bins, captures_over_night, detections_by_hour
from dashboard.page import Theme, address
from engine.access import Actor
from models.people import Role
from models.queries.captures import SHOWN, CaptureRow
from models.queries.jobs import JobRow
from models.queries.nights import Cell, Moment, NightRow

PROCESS = Verb("Process what is missing", "play", "Being processed…", "All processed")
RETRY_FAILED = Verb("Retry what failed", "rotate-cw", "Trying again…", "Nothing failed")
TABS = {"all": "All", "animals": "With animals", "failed": "Failed", "open": "Not processed"}


def head(night: NightRow, actor: Actor) -> Component:
    """The name of the night, its story in one sentence, and the buttons."""
    beside = [
        _beside(night.before, "chevron-left", "The night before"),
        _beside(night.after, "chevron-right", "The night after"),
    ]
    return page_header(
        f"{night.station}, {night_name(night.cell.night)}",
        story(night),
        crumbs=[("Nights", "/")],
        actions=[*(link for link in beside if link), *_verbs(night.cell, actor)],
    )


def story(night: NightRow) -> str:
    """53 captures, all processed, camera silent for 56 min; from 21:00 to 03:53 CET. 264 detections."""
    zone, cell = zone_of(night.timezone), night.cell
    words = told_in_words(cell)
    if cell.first_at and cell.last_at:
        words += f"; from {clock(cell.first_at, zone, told=False)} to {clock(cell.last_at, zone)}"
    return f"{words}."


def numbers(night: NightRow) -> Component:
    """The night's counts."""
    cell = night.cell
    each = f"{cell.detections / cell.processed:.1f}" if cell.processed else "–"
    return facts(
        [
            ("Captures", _of(cell.captures, cell.expected)),
            ("Processed", f"{cell.processed}"),
            ("Failed", f"{cell.failed}"),
            ("Not processed", f"{cell.open}"),
            ("Detections", f"{cell.detections}"),
            ("Detections a capture", each),
            ("Camera silent", duration(cell.lost.total_seconds() * 1000) if cell.gaps else "never"),
        ]
    )


def charts(night: NightRow, moments: Sequence[Moment], theme: Theme) -> Component:
    """Captures and detections over the hours."""
    zone, gaps = zone_of(night.timezone), night.cell.gaps
    if not moments:
        return card("Over the night", empty_state("clock", "No times", "None of these captures has a time."))
    width = bar_width(moments)
    silent = "; ".join(f"{clock(gap.start, zone, told=False)} to {clock(gap.end, zone)}" for gap in gaps)
    caption = f"Hatched: no captures, {silent}." if gaps else "The camera was never silent for long."
    captures_table = plain_table(
        ["From", "Processed", "Failed", "Not processed"],
        [[f"{b.start:%H:%M}", str(b.done), str(b.failed), str(b.open)] for b in bins(moments, zone, width)],
        label="Captures over the night",
    )
    hours = [each for each in bins(moments, zone, HOUR) if each.done]
    detections_table = plain_table(
        ["From", "Detections", "Processed captures"],
        [[f"{b.start:%H:%M}", str(b.detections), str(b.done)] for b in hours],
        label="Detections by hour",
    )
    seen = detections_by_hour(moments, zone, theme)
    nothing = empty_state("bug", "Nothing found yet", "Detections appear here as captures are processed.")
    return html.Div(
        [
            card(
                "Captures over the night",
                chart(
                    "night-captures",
                    captures_over_night(moments, gaps, zone, theme),
                    f"Captures over the night, {told_in_words(night.cell)}",
                    caption=caption,
                    table=captures_table,
                ),
            ),
            card(
                "Detections an hour",
                chart(
                    "night-detections",
                    seen,
                    f"Detections by hour, {night.cell.detections} in all",
                    caption="Only hours with processed captures have a bar.",
                    table=detections_table,
                )
                if hours
                else nothing,
            ),
        ],
        className="columns",
    )


def jobs_card(rows: Sequence[JobRow]) -> Component:
    """The jobs that had captures of this night, newest first."""
    if not rows:
        return card("Jobs of this night", html.P("No job has touched this night yet.", className="quiet"))
    lines: list[list[str | Component]] = [
        [
            dcc.Link(row.name, href=f"/jobs/{row.id}"),
            status_pill(row.status, row.requested, row.failed),
            progress_bar(row.progress, label=f"Progress of {row.name}", running=row.finished_at is None),
            f"{row.processed} of {row.total}",
            row.pipeline or "–",
            moment(row.created_at, ZoneInfo("UTC")),
        ]
        for row in rows
    ]
    table = plain_table(
        ["Job", "Status", "Progress", "Captures", "Pipeline", "Asked"], lines, label="Jobs of this night"
    )
    return card("Jobs of this night", html.Div(table, className="scroll-x"))


def sheet_card(
    night: NightRow, rows: Sequence[CaptureRow], counts: dict[str, int], *, show: str, number: int, size: int
) -> Component:
    """The contact sheet with its filter and its pages; the state of both is in the address."""
    here = f"/night/{night.cell.event_id}"
    tabs = html.Nav(
        [
            dcc.Link(
                [TABS[word], html.Span(str(counts[word]), className="number")],
                href=address(here, show=None if word == "all" else word),
                className="sheet-tab here" if word == show else "sheet-tab",
            )
            for word in SHOWN
            if counts[word] or word in ("all", show)
        ],
        className="tabs",
        **aria(label="Which captures"),
    )
    pages = max(-(-counts[show] // size), 1)
    if not rows:
        body: Component = empty_state("image-off", "No captures here", "Choose another filter above.")
    else:
        body = contact_sheet(rows, zone_of(night.timezone))
    return card("Captures", tabs, body, _pages(here, show, number, pages), aside=f"times in {night.timezone}")


def _pages(here: str, show: str, number: int, pages: int) -> Component | None:
    if pages < 2:
        return None
    kept = None if show == "all" else show
    before = address(here, show=kept, sheet=number - 1 if number > 2 else None)
    after = address(here, show=kept, sheet=number + 1)
    return html.Nav(
        [
            dcc.Link([icon("chevron-left"), "Earlier"], href=before, className="button") if number > 1 else None,
            html.Span(f"Sheet {number} of {pages}", className="faint"),
            dcc.Link(["Later", icon("chevron-right")], href=after, className="button") if number < pages else None,
        ],
        className="row-of sheet-pages",
        **aria(label="Sheets"),
    )


def _verbs(cell: Cell, actor: Actor) -> list[Component]:
    """Both buttons, each alive only when there is something for it to do, and saying why when it is not."""
    may = actor.role.rank >= Role.OPERATOR.rank
    active = bool(cell.running or cell.waiting)
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
        why_not=forbidden or (None if cell.failed else "Nothing failed in this night."),
    )
    return [retry, process] if cell.failed else [process]


def _beside(event_id: int | None, picture: str, words: str) -> Component | None:
    if event_id is None:
        return None
    label = html.Span(words, className="visually-hidden")
    return dcc.Link([icon(picture), label], href=f"/night/{event_id}", className="button square", title=words)


def _of(captures: int, expected: int) -> str:
    return f"{captures} of {expected} expected" if expected > captures else f"{captures}"
