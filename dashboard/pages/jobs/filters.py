"""The filter bar of the Jobs page: one box for the small language, and a chip for each thing that can be chosen.

The box and the chips say the same: a chip writes its key into the text, and shows what the text says.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.icons import icon
from dashboard.components.pills import STATUS_FACES
from dashboard.components.search_field import search_field
from dashboard.components.still import drawn
from dashboard.components.times import night_name
from dashboard.pages.jobs.language import replaced, writing
from engine.jobtypes import job_types
from models.queries.job_filter import JobFilter
from models.queries.jobs import Facets
from models.queries.vocabulary import Vocabulary, Words
from models.states import Status

CHOICES = ("status", "type", "pipeline", "station")
FIELDS = (*CHOICES, "from", "to")  # the parts of the bar beside the search box
Options = Sequence[tuple[Any, str]]


def bar(text: str, where: JobFilter, words: Vocabulary, wrong: Mapping[str, Any] | None) -> Component:
    """The search box with what cannot be read in it, and below it the chips with what the text says chosen."""
    choices, values = offered(words), chosen(where)
    return html.Div(
        [
            search_box(text, wrong),
            *(choice("jobs", name, choices[name], values[name]) for name in CHOICES),
            _nights(where.night_from, where.night_to),
            html.Button(
                id="jobs-clear",
                className="button plain",
                type="button",
                hidden=not text.strip(),
                **drawn(icon("x"), "Clear filters"),
            ),
        ],
        className="filter-bar",
        role="search",
        **aria(label="Filter the jobs"),
    )


def offered(words: Vocabulary) -> dict[str, Options]:
    """What each chip offers, as (value, word)."""
    kinds = job_types()
    return {
        "status": [(status.value, STATUS_FACES[status].word) for status in Status],
        "type": [(key, kinds[key].name if key in kinds else key) for key in words.types],
        "pipeline": words.pipelines,
        "station": words.stations,
    }


def chosen(where: JobFilter) -> dict[str, Any]:
    """What stands in each part of the bar for a filter."""
    return {
        "status": [status.value for status in where.status],
        "type": list(where.type),
        "pipeline": list(where.pipeline_id),
        "station": list(where.deployment_id),
        "from": where.night_from.isoformat() if where.night_from else None,
        "to": where.night_to.isoformat() if where.night_to else None,
    }


def rewritten(text: str, part: str, values: Mapping[str, Any], words: Vocabulary) -> str:
    """The text after a part of the bar was changed: its key says what the bar says, the rest stays as it was."""
    match part:
        case "status":
            return replaced(text, "status", writing.statuses([Status(word) for word in values["status"] or ()]))
        case "type":
            return replaced(text, "type", values["type"] or [])
        case "pipeline":
            return replaced(text, "pipeline", writing.names(values["pipeline"] or [], words.pipelines))
        case "station":
            return replaced(text, "station", writing.names(values["station"] or [], words.stations))
    nights = JobFilter(night_from=as_day(values["from"]), night_to=as_day(values["to"]))
    return replaced(text, "night", writing.nights(nights))


def as_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def options(facets: Facets) -> dict[str, Options]:
    """What each chip of another page offers, as (value, word)."""
    return offered(
        Words(types=tuple(facets.types), pipelines=tuple(facets.pipelines), stations=tuple(facets.deployments))
    )


def said(name: str, offered: Options, values: Iterable[Any] | None) -> str:
    """What a chip says: "Status", "Status: Running", or "Status: 3 of 10"."""
    chosen = set(values or ())
    words = [word for value, word in offered if value in chosen]
    if not words:
        return name.capitalize()
    return f"{name.capitalize()}: {words[0] if len(words) == 1 else f'{len(words)} of {len(offered)}'}"


def nights_said(first: date | None, last: date | None) -> str:
    """What the chip of nights says."""
    match first, last:
        case None, None:
            return "Nights"
        case date(), None:
            return f"From {night_name(first)}"
        case None, date():
            return f"To {night_name(last)}"
        case date(), date() if first == last:
            return f"Night {night_name(first)}"
    assert first is not None
    assert last is not None
    return f"{first.day} {first:%b} to {last.day} {last:%b %Y}"


def search_box(text: str, wrong: Mapping[str, Any] | None) -> Component:
    """The box of the small language; assets/js/searchbox.js completes in it, and points at what cannot be read."""
    box = search_field("jobs-text", text, "Search jobs: words, or status:failure station:… queue>5m", maxlength="2000")
    return html.Div(
        [
            html.Label(
                [icon("search"), html.Span("Search jobs", className="visually-hidden"), *box], className="search-box"
            ),
            html.Div(id="jobs-text-mark", className="misread-mark", hidden=True, **aria(hidden="true")),
            html.P(id="jobs-text-error", className="misread", role="alert", **(_told(wrong) if wrong else drawn())),
            html.Ul(id="jobs-text-offers", className="offers", role="listbox", hidden=True, **aria(label="To fill in")),
        ],
        className="search-place",
    )


def _told(wrong: Mapping[str, Any]) -> dict[str, Any]:
    return drawn(wrong["sentence"]) | data(start=str(wrong["start"]), end=str(wrong["end"]))


def choice(page: str, name: str, offered: Options, chosen: list[Any]) -> Component:
    """A chip with boxes to tick; the ids are PAGE-NAME and, for its words, PAGE-NAME-said."""
    boxes = ticks(f"{page}-{name}", offered, chosen)
    nothing = html.P("There is none yet.", className="faint") if not offered else None
    return chip(f"{page}-{name}-said", said(name, offered, chosen), [boxes, nothing], is_chosen=bool(chosen))


def ticks(name: str, offered: Options, chosen: list[Any]) -> Component:
    """Boxes to tick. Dash's own would measure its height as it is drawn, and the browser lay out the page for that."""
    options = [{"label": word, "value": value} for value, word in offered]
    boxes: Component = dbc.Checklist(id=name, options=options, value=chosen, class_name="choice-list")
    return boxes


def _nights(first: date | None, last: date | None) -> Component:
    fields = [
        day_field("From the night of", "jobs-from", first),
        day_field("to the night of", "jobs-to", last),
    ]
    return chip("jobs-nights-said", nights_said(first, last), fields, is_chosen=bool(first or last))


def day_field(word: str, name: str, value: date | None) -> Component:
    """The first or the last night of a range."""
    kind: Any = "date"  # the browser's own calendar, which Dash's annotation leaves out
    return html.Label(
        [word, dcc.Input(id=name, type=kind, value=value.isoformat() if value else None, className="field")]
    )


def chip(
    name: str, words: str, content: Sequence[Component | None], *, is_chosen: bool, picture: str | None = None
) -> Component:
    """A chip that opens what can be chosen; `name` is the id of its words."""
    before = [icon(picture)] if picture else []
    summary = html.Summary([*before, html.Span(words, id=name)], className="chip icon-after icon-chevron-down")
    panel = html.Div([part for part in content if part is not None], className="choice-panel")
    return html.Details([summary, panel], id=f"{name}-chip", className="choice chosen" if is_chosen else "choice")
