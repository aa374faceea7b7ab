"""The fields of the form: each with its name, its control, and a place for what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.counts import counted
from dashboard.components.numbers import number_field
from dashboard.components.times import night_name
from dashboard.page import address
from dashboard.pages.new_job.asking import SCOPES, Form, shown
from engine.jobtypes import job_types
from models.queries.scope import NightChoice

WHAT_WAITS = "Captures of these kinds wait for your verdict on the job's page, and count when you have accepted them."
Options = list[dict[str, Any]]


def options(pairs: Sequence[tuple[Any, str]]) -> Options:
    """Choices for a select, which keeps every value as text."""
    return [{"value": str(value), "label": word} for value, word in pairs]


def nights(rows: Sequence[NightChoice]) -> Options:
    """The nights of a station with how many captures each has."""
    return options([(row.id, f"{night_name(row.night)}, {counted(row.captures, 'capture')}") for row in rows])


def form(values: Form, offered: dict[str, Options]) -> list[Component]:
    """All fields; those that the type does not show are hidden."""
    seen = shown(values.type, values.scope, hold=values.hold)
    kinds = sorted((kind.key, kind.name) for kind in job_types().values())
    kinds.sort(key=lambda pair: pair[0] != "ml")
    return [
        field("type", "Type", select("type", options(kinds), values.type)),
        field("pipeline", "Pipeline", select("pipeline", offered["pipeline"], values.pipeline), seen),
        field("scope", "Works on", segments(values.scope), seen),
        field("station", "Station", select("station", offered["station"], values.station), seen),
        field("night", "Night", select("night", offered["night"], values.night), seen),
        field("from", "From the night of", day("from", values.first), seen, "Each night becomes a job of its own."),
        field("to", "To the night of", day("to", values.last), seen),
        field("collection", "Collection", select("collection", offered["collection"], values.collection), seen),
        field("capture", "Capture", number_field("new-capture", values.capture, "its number"), seen),
        field(
            "limit",
            "Limit",
            number_field("new-limit", values.limit, "all captures"),
            seen,
            "At most so many captures.",
        ),
        field(
            "priority", "Priority", number_field("new-priority", values.priority, "5"), None, "0 to 9; 9 goes first."
        ),
        field(
            "timeout",
            "Timeout",
            number_field("new-timeout", values.timeout, "never"),
            None,
            "Minutes from when it is started; then it ends as timed out.",
        ),
        field("tags", "Tags", text("tags", ", ".join(values.tags)), None, "To find it by; several with commas."),
        field(
            "delay", "Delay", number_field("new-delay", values.delay, "0"), seen, "Seconds to wait first, for a test."
        ),
        field("shuffle", None, switch("shuffle", "Shuffle the captures", values.shuffle), seen),
        field("reprocess", None, switch("reprocess", "Reprocess what is done already", values.reprocess), seen),
        field("hold", None, switch("hold", "Have doubtful captures wait for you", values.hold), seen, WHAT_WAITS),
        *rules(values.rules, seen),
        field("name", "Name", text("name", values.name)),
        field(
            "schedule",
            None,
            dcc.Link("Do it every morning instead", href=schedule_at(values), id="new-schedule"),
            None,
            "A schedule makes a job of each new night by itself. Of this form it keeps the station and the pipeline.",
        ),
    ]


def rules(values: Mapping[str, Any], seen: set[str]) -> list[Component]:
    """What makes a capture wait: out of sight unless some are to."""
    limits = [
        ("dark", "Darker than", "0 is black, 255 is white."),
        ("bright", "Brighter than", "0 is black, 255 is white."),
        ("blurred", "Less sharp than", "A blurred picture has a low number."),
        ("boxes", "More boxes than", "Say 40, when so many animals are hard to believe."),
    ]
    unreadable = switch("unreadable", "Captures that cannot be read", bool(values.get("unreadable")))
    return [
        field("unreadable", None, unreadable, seen),
        *(
            field(
                name,
                word,
                number_field(f"new-{name}", values.get(name), "no limit", is_whole=False, debounce=True),
                seen,
                hint,
            )
            for name, word, hint in limits
        ),
    ]


def schedule_at(values: Form) -> str:
    """The address of the form of a schedule for the same station and pipeline."""
    return address("/schedules", new=1, station=values.station, pipeline=values.pipeline)


def field(
    name: str, word: str | None, control: Component, seen: set[str] | None = None, hint: str | None = None
) -> Component:
    """A control under its name, with a hint below and room for an error."""
    parts = [
        html.Label(word, htmlFor=f"new-{name}") if word and name != "scope" else None,
        html.Span(word, className="label") if name == "scope" else None,
        control,
        html.P(hint, className="faint hint") if hint else None,
        html.P(id=f"new-{name}-error", className="field-error", role="alert"),
    ]
    return html.Div(
        [part for part in parts if part is not None],
        id=f"new-{name}-field",
        className=f"form-field of-{name}",
        hidden=seen is not None and name not in seen,
    )


def select(name: str, choices: Options, value: Any) -> Component:
    """A choice of one; the browser's own, so that it works on a phone."""
    made: Component = dbc.Select(
        id=f"new-{name}", options=choices, value=None if value is None else str(value), placeholder="Choose…"
    )
    return made


def segments(value: str) -> Component:
    """What an ml job works on."""
    return html.Div(
        dcc.RadioItems(
            id="new-scope",
            options=[{"value": key, "label": word} for key, word in SCOPES.items()],
            value=value,
            className="segments large",
        ),
        role="group",
        **aria(label="Works on"),
    )


def day(name: str, value: date | None) -> Component:
    kind: Any = "date"  # the browser's own calendar, which Dash's annotation leaves out
    return dcc.Input(id=f"new-{name}", type=kind, value=value.isoformat() if value else None, className="field")


def text(name: str, value: str) -> Component:
    return dcc.Input(
        id=f"new-{name}", type="text", value=value, className="field", maxLength=255, autoComplete="off", debounce=True
    )


def switch(name: str, word: str, value: bool) -> Component:
    made: Component = dbc.Switch(id=f"new-{name}", label=word, value=value)
    return made
