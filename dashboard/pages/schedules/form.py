"""The form of a schedule."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from pydantic import ValidationError

from dashboard.components.attributes import aria
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.numbers import number_field, whole
from dashboard.components.stores import store
from engine.refusals import Invalid
from engine.schedules.asking import ScheduleRequest
from models.queries.schedules import ScheduleRow
from models.schedules import Step

NAMES = ("name", "place", "kind", "minutes", "cron", "steps", "pipeline")
ERRORS = (*NAMES, "form")
FIELDS = {
    "deployment_id": "place",
    "project_id": "place",
    "minutes_after_sunrise": "minutes",
    "pipeline_id": "pipeline",
}
STEPS = {
    Step.SYNC: "Take in what is new in its folder or bucket",
    Step.ML: "Find animals on last night's captures",
    Step.TRACKS: "Count individuals",
}
Places = list[tuple[int, str, list[tuple[int, str]]]]


def card_of(
    row: ScheduleRow | None,
    places: Places,
    pipelines: list[tuple[int, str]],
    station: int | None = None,
    pipeline: int | None = None,
) -> Component:
    """The form, filled with the schedule that is edited, or with what most want at a station and of a pipeline."""
    by_cron = row is not None and row.cron is not None
    return card(
        f"Edit {row.name}" if row else "New schedule",
        store("schedule-edited", row.id if row else None),
        html.Div(
            [
                _field("name", "Name", _text("name", row.name if row else "Every morning")),
                _field("place", "Where", _select("place", _places(places), _place_of(row, places, station))),
                _field("kind", "When", _kinds("cron" if by_cron else "sun")),
                _field("minutes", "Minutes after sunrise", _minutes(row.minutes_after_sunrise if row else 60), by_cron),
                _field(
                    "cron",
                    "Cron line",
                    _text("cron", (row.cron if row else None) or "30 7 * * *"),
                    not by_cron,
                    "Minute, hour, day, month, weekday, in the station's time.",
                ),
                _field("steps", "What", _steps(list(row.steps) if row else [Step.SYNC, Step.ML, Step.TRACKS])),
                _field(
                    "pipeline",
                    "Pipeline",
                    _select(
                        "pipeline",
                        [{"value": str(key), "label": name} for key, name in pipelines],
                        _pipeline_of(row, pipelines, pipeline),
                    ),
                ),
            ],
            className="new-job",
        ),
        html.P(id="schedule-form-error", className="field-error", role="alert"),
        html.Div(
            [
                html.Button([icon("check"), "Keep"], id="schedule-save", className="button main", type="button"),
                dcc.Link("Cancel", href="/schedules", className="button"),
            ],
            className="row-of",
        ),
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("schedule-minutes-field", "hidden"),
        Output("schedule-cron-field", "hidden"),
        Input("schedule-kind", "value"),
        prevent_initial_call=True,
    )
    def show(kind: str) -> tuple[bool, bool]:
        return kind == "cron", kind != "cron"


def request_of(given: dict[str, Any]) -> ScheduleRequest:
    """What the form asks for. Raises Invalid."""
    kind, _, key = str(given["place"] or "").partition(":")
    project, _, station = key.partition("/")
    by_cron = given["kind"] == "cron"
    steps = given["steps"] or []
    if not project:
        raise Invalid({"project_id": ["Choose a station, or every station of a project."]})
    try:
        return ScheduleRequest(
            name=str(given["name"] or "").strip(),
            project_id=int(project),
            deployment_id=int(station) if kind == "station" else None,
            cron=str(given["cron"] or "").strip() if by_cron else None,
            minutes_after_sunrise=60 if by_cron else _minutes_of(given["minutes"]),
            steps=steps,
            pipeline_id=int(given["pipeline"]) if given["pipeline"] and steps != [Step.SYNC] else None,
        )
    except ValidationError as error:
        raise Invalid(
            {str(each["loc"][0]): [SAID.get(str(each["loc"][0]), f"{each['msg']}.")] for each in error.errors()}
        ) from None


SAID = {
    "name": "Give it a name of 1 to 255 letters.",
    "minutes_after_sunrise": "Give whole minutes from 0 to 720.",
}


def errors_of(invalid: Invalid | None) -> list[str]:
    """The sentences for the places of ERRORS."""
    said = {FIELDS.get(name, name): " ".join(words) for name, words in (invalid.fields if invalid else {}).items()}
    rest = " ".join(words for name, words in said.items() if name not in ERRORS)
    return [said.get(name, "") for name in NAMES] + [rest]


def _places(places: Places) -> list[dict[str, str]]:
    options = []
    for project, name, stations in places:
        options.append({"value": f"project:{project}", "label": f"Every station of {name}"})
        options += [{"value": f"station:{project}/{key}", "label": f"{station} ({name})"} for key, station in stations]
    return options


def _place_of(row: ScheduleRow | None, places: Places, station: int | None) -> str:
    if row is None:
        of = next((project for project, _, stations in places if station in dict(stations)), None)
        return f"project:{places[0][0]}" if of is None else f"station:{of}/{station}"
    if row.deployment_id is None:
        return f"project:{row.project_id}"
    return f"station:{row.project_id}/{row.deployment_id}"


def _pipeline_of(row: ScheduleRow | None, pipelines: list[tuple[int, str]], asked: int | None) -> str | None:
    kept = row.pipeline_id if row is not None else asked if asked in dict(pipelines) else None
    return str(kept or pipelines[0][0]) if kept or pipelines else None


def _field(name: str, word: str, control: Component, hidden: bool = False, hint: str | None = None) -> Component:
    grouped = name in ("kind", "steps")
    label = html.Span(word, className="label") if grouped else html.Label(word, htmlFor=f"schedule-{name}")
    parts = [label, control, html.P(hint, className="faint hint") if hint else None]
    error = html.P(id=f"schedule-{name}-error", className="field-error", role="alert")
    return html.Div(
        [*(part for part in parts if part is not None), error],
        id=f"schedule-{name}-field",
        className="form-field",
        hidden=hidden,
    )


def _text(name: str, value: str) -> Component:
    return dcc.Input(
        id=f"schedule-{name}", type="text", value=value, className="field", maxLength=255, autoComplete="off"
    )


def _minutes(value: int) -> Component:
    return number_field("schedule-minutes", value, "60")


def _minutes_of(typed: Any) -> Any:
    """What was typed as a number, 60 for nothing; as it stands where it is none, for the request to refuse."""
    try:
        minutes = whole(typed)
    except ValueError:
        return typed
    return 60 if minutes is None else minutes


def _select(name: str, options: list[dict[str, str]], value: str | None) -> Component:
    made: Component = dbc.Select(id=f"schedule-{name}", options=options, value=value, placeholder="Choose…")
    return made


def _kinds(value: str) -> Component:
    options = [{"value": "sun", "label": "After sunrise"}, {"value": "cron", "label": "By cron"}]
    made = dcc.RadioItems(id="schedule-kind", options=options, value=value, className="segments large")
    return html.Div(made, role="group", **aria(label="When"))


def _steps(value: list[str]) -> Component:
    options = [{"value": step.value, "label": word} for step, word in STEPS.items()]
    made = dcc.Checklist(id="schedule-steps", options=options, value=list(value), className="schedule-steps")
    return html.Div(made, role="group", **aria(label="What"))
