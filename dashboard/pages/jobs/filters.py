"""The filter bar of the Jobs page: a chip for each thing that can be chosen, and one box for words."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.pills import STATUS_FACES
from dashboard.components.times import night_name
from dashboard.pages.jobs.address import Address
from engine.jobtypes import job_types
from models.queries.job_filter import JobFilter
from models.queries.jobs import Facets
from models.states import Status

CHOICES = ("status", "type", "pipeline", "station")
Options = Sequence[tuple[Any, str]]


def bar(address: Address, facets: Facets) -> Component:
    """The bar with what the address asks for chosen."""
    where, offered = address.where, options(facets)
    chosen: dict[str, list[Any]] = {
        "status": [status.value for status in where.status],
        "type": list(where.type),
        "pipeline": list(where.pipeline_id),
        "station": list(where.deployment_id),
    }
    return html.Div(
        [
            _search(where.text),
            *(choice("jobs", name, offered[name], chosen[name]) for name in CHOICES),
            _nights(where.night_from, where.night_to),
            html.Button(
                [icon("x"), "Clear filters"],
                id="jobs-clear",
                className="button plain",
                type="button",
                hidden=not is_narrow(where),
            ),
            dcc.Store(id="jobs-event", data=list(where.event_id)),
        ],
        className="filter-bar",
        role="search",
        **aria(label="Filter the jobs"),
    )


def options(facets: Facets) -> dict[str, Options]:
    """What each chip offers, as (value, word)."""
    kinds = job_types()
    return {
        "status": [(status.value, STATUS_FACES[status].word) for status in Status],
        "type": [(key, kinds[key].name if key in kinds else key) for key in facets.types],
        "pipeline": facets.pipelines,
        "station": facets.deployments,
    }


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


def is_narrow(where: JobFilter) -> bool:
    """Whether the filter leaves anything out."""
    return where != JobFilter()


def _search(text: str) -> Component:
    box = dcc.Input(
        id="jobs-text",
        type="search",
        value=text,
        debounce=0.3,
        placeholder="Search jobs",
        className="field",
        autoComplete="off",
    )
    return html.Label(
        [icon("search"), html.Span("Search jobs", className="visually-hidden"), box], className="search-box"
    )


def choice(page: str, name: str, offered: Options, chosen: list[Any]) -> Component:
    """A chip with boxes to tick; the ids are PAGE-NAME and, for its words, PAGE-NAME-said."""
    boxes = dcc.Checklist(
        id=f"{page}-{name}",
        options=[{"label": word, "value": value} for value, word in offered],
        value=chosen,
        className="choice-list",
    )
    nothing = html.P("There is none yet.", className="faint") if not offered else None
    return chip(f"{page}-{name}-said", said(name, offered, chosen), [boxes, nothing], is_chosen=bool(chosen))


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


def chip(name: str, words: str, content: Sequence[Component | None], *, is_chosen: bool) -> Component:
    """A chip that opens what can be chosen; `name` is the id of its words."""
    summary = html.Summary([html.Span(words, id=name), icon("chevron-down")], className="chip")
    panel = html.Div([part for part in content if part is not None], className="choice-panel")
    return html.Details([summary, panel], id=f"{name}-chip", className="choice chosen" if is_chosen else "choice")
