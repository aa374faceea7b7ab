"""A job's past: its attempts side by side, and who asked what of it."""

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import data
from dashboard.components.buttons import phase_of
from dashboard.components.header import Content, facts
from dashboard.components.icons import icon
from dashboard.components.pills import status_pill
from dashboard.components.times import day, duration, stamp
from dashboard.pages.job.reading import View
from dashboard.pages.job.words import asked_for
from dashboard.pages.jobs.answers import steps
from models.queries.answers import AnswerRow
from models.queries.jobs import AttemptRow

Cell = str | Component


def attempts(view: View) -> Component:
    """A column for each attempt, the latest first, to compare their times along a row; of a single one its facts."""
    tries = list(reversed(view.detail.attempts))
    if not tries:
        return html.P("It was not asked to run yet, so there is no attempt.", className="quiet")
    rows: list[tuple[str, Callable[[AttemptRow], Cell]]] = [
        ("Status", lambda each: status_pill(each.status)),
        ("Submitted", lambda each: stamp(each.submitted_at, view.zone)),
        ("Queue time", lambda each: _bar(each.queue_ms, [one.queue_ms for one in tries], "wait")),
        ("Elapsed time", lambda each: _bar(each.elapsed_ms, [one.elapsed_ms for one in tries], "done")),
        ("Paused", lambda each: duration(each.paused_ms) if each.paused_ms else "–"),
        ("Taken up by", lambda each: each.worker or "–"),
        ("Workers lost", lambda each: _deaths(view.deaths.get(each.number, 0))),
        ("Ended because", lambda each: each.cause or "–"),
    ]
    if len(tries) == 1:
        pairs: list[tuple[str, Content]] = [(name, tell(tries[0])) for name, tell in rows]
        return html.Div([html.H3(f"Attempt {tries[0].number}"), facts(pairs)], className="one-attempt")
    head = html.Tr([html.Td(), *(html.Th(f"Attempt {each.number}", scope="col") for each in tries)])
    body = [html.Tr([html.Th(name, scope="row"), *(html.Td(tell(each)) for each in tries)]) for name, tell in rows]
    caption = html.Caption("Attempts side by side, the latest first", className="visually-hidden")
    return html.Div(
        html.Table([caption, html.Thead(head), html.Tbody(body)], className="table-quiet attempts"),
        className="scroll-x",
        tabIndex="0",
    )


def asked(view: View) -> list[Component]:
    """Who asked what, the latest first, and how far that is."""
    return [html.Li(_asked_parts(row, view), **data(phase=_phase(row))) for row in view.asked]


def asked_last(view: View) -> Component | None:
    """The latest request in one line, for the head of the page."""
    return html.Div(_asked_parts(view.asked[0], view), className="asked-last") if view.asked else None


def _bar(ms: int | None, of: list[int | None], tone: str) -> Cell:
    """A time with a bar as long as its share of the longest one beside it."""
    longest = max((each for each in of if each is not None), default=0)
    if ms is None or not longest:
        return duration(ms)
    share = html.Span(className=f"bar tone-{tone}", style={"width": f"{100 * ms / longest:.1f}%"})
    return html.Div([html.Span(duration(ms)), html.Span(share, className="bar-room")], className="bar-cell")


def _deaths(number: int) -> Cell:
    if not number:
        return "–"
    words = "1 died at work" if number == 1 else f"{number} died at work"
    title = "Its captures went back to the queue; the log says when."
    return html.Span([icon("unplug"), words], className="lost", title=title)


def _phase(row: AnswerRow) -> str:
    return "refused" if row.outcome == "refused" else phase_of(row.acknowledged_at, row.done_at)


def _asked_parts(row: AnswerRow, view: View) -> list[Component]:
    details = asked_for(row.verb, row.details)
    name = html.Span(
        [
            html.B(row.verb.capitalize()),
            f" {details}" if details else "",
            f" by {row.who}",
            html.Span(f" through the {row.via}", className="faint") if row.via not in ("dashboard", "engine") else "",
            f", {day(row.requested_at.astimezone(view.zone).date())}",
        ],
        className="what",
    )
    if row.outcome == "refused":
        return [name, html.Span(f"refused {stamp(row.requested_at, view.zone)}: {row.reason}", className="refused")]
    return [name, steps(row.requested_at, row.acknowledged_at, row.done_at, view.zone)]
