"""What of a job can be changed where it stands: its name, priority, timeout and tags, and who reviews its results.

A field is asked of the engine when it is left or Enter is pressed. What somebody else changes meanwhile comes into a
field by itself, but not into one whose text this reader has begun to change.
"""

import re
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from pydantic import ValidationError

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.toasts import say
from dashboard.page import TOAST, current_actor
from dashboard.pages.job.reading import View
from engine import control
from engine.board import Board
from engine.requests import SAID
from models.queries import jobs
from models.queries.jobs import JobDetail
from models.states import ReviewState

FIELDS = ("priority", "timeout", "tags", "reviewer", "review")
REVIEWS = {
    ReviewState.NONE: "Not asked for",
    ReviewState.IN_REVIEW: "In review",
    ReviewState.COMPLETED: "Completed",
    ReviewState.NOT_COMPLETED: "Not completed",
}
NOBODY = "-"
UNIT_MS = {"s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
HOW_LONG = "A timeout is a time such as 90 s, 45 min, 2 h or 1 d 6 h; leave it empty for never."


class Mistyped(ValueError):
    """What stands in a field cannot be meant; the sentence says what can."""


def pencil(view: View) -> Component:
    """The button that opens the field of the name."""
    return html.Button(
        icon("pencil"),
        id="job-rename",
        className="button square",
        type="button",
        disabled=not view.may,
        title=view.forbidden or "Rename this job",
        **aria(label="Rename this job"),
    )


def name_form(view: View) -> Component:
    """The field in which the name is changed, out of sight until it is asked for."""
    name = view.detail.job.name
    return html.Div(
        [
            html.Label("Name", htmlFor="job-name-field", className="visually-hidden"),
            dcc.Input(id="job-name-field", value=name, className="field", maxLength=255, autoComplete="off"),
            html.Button("Save", id="job-name-save", className="button main", type="button"),
            html.Button("Cancel", id="job-name-leave", className="button plain", type="button"),
        ],
        id="job-name-form",
        hidden=True,
    )


def fields(view: View) -> Component:
    """The fields in a row, each under its name; for a viewer all dead, with the reason as title."""
    job, values = view.detail.job, values_of(view.detail)
    words = {9: "9, first", 5: "5, usual", 0: "0, last"}
    priorities = [{"value": str(n), "label": words.get(n, str(n))} for n in range(9, -1, -1)]
    people = [{"value": NOBODY, "label": "Nobody"}, *({"value": name, "label": name} for name in _people(view))]
    reviews = [{"value": state.value, "label": word} for state, word in REVIEWS.items()]
    controls: list[tuple[str, str, Component]] = [
        ("priority", "Priority", _select("priority", priorities, values["priority"], view)),
        ("timeout", "Timeout", _text("timeout", values["timeout"], "never", view)),
        ("tags", "Tags", _text("tags", values["tags"], "none, apart by commas", view)),
        ("reviewer", "Reviewer", _select("reviewer", people, values["reviewer"], view)),
        ("review", "Review", _select("review", reviews, values["review"], view)),
    ]
    return html.Div(
        [
            html.Div([html.Label(word, htmlFor=f"job-edit-{key}"), made], className=f"edit of-{key}")
            for key, word, made in controls
        ],
        className="edits",
        title=view.forbidden,
        **aria(label=f"What can be changed of {job.name}"),
    )


def values_of(detail: JobDetail) -> dict[str, str]:
    """What stands in the fields of a job."""
    job = detail.job
    return {
        "priority": str(job.priority),
        "timeout": in_words(detail.timeout_ms),
        "tags": ", ".join(job.tags),
        "reviewer": job.reviewer or NOBODY,
        "review": job.review_state.value,
    }


def in_words(ms: int | None) -> str:
    """A timeout as it is typed: 1 h 30 min, "" for never; every second of it, unlike a duration that is read."""
    parts, left = [], ms or 0
    for unit in ("d", "h", "min"):
        whole, left = divmod(left, UNIT_MS[unit])
        parts += [f"{whole} {unit}"] if whole else []
    return " ".join([*parts, f"{left / 1000:g} s"] if left else parts)


def timeout_of(text: str) -> int | None:
    """ms of what was typed, None for never. Raises Mistyped."""
    if not text.strip():
        return None
    parts = re.findall(r"(\d+(?:[.,]\d+)?)\s*([a-z]*)", text.lower())
    rest = re.sub(r"\d+(?:[.,]\d+)?\s*[a-z]*", "", text.lower()).strip()
    units = {**UNIT_MS, "m": 60_000, "": 60_000, "sec": 1000, "hours": 3_600_000, "hour": 3_600_000, "days": 86_400_000}
    if not parts or rest or any(unit not in units for _, unit in parts):
        raise Mistyped(HOW_LONG)
    return round(sum(float(number.replace(",", ".")) * units[unit] for number, unit in parts))


def tags_of(text: str) -> list[str]:
    """The tags that were typed, apart by commas."""
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def ask(board: Board, job_id: int, field: str, value: str) -> control.Answer:
    """Ask the change of one field. Raises Refusal, and Mistyped before anything is asked."""
    actor = current_actor()
    if field == "reviewer":
        return control.review(board, actor, job_id, reviewer="" if value == NOBODY else value)
    if field == "review":
        return control.review(board, actor, job_id, state=ReviewState(value))
    try:
        changes = control.JobChanges(**_change(field, value))
    except ValidationError as error:
        raise Mistyped(sentence_of(error.errors()[0])) from None
    return control.edit(board, actor, job_id, changes)


def sentence_of(error: Mapping[str, Any]) -> str:
    """What to do about one error of a JobRequest or of JobChanges."""
    name = str(error["loc"][0])
    return SAID.get(name, f"{name.capitalize()}: {error['msg']}.")


def _change(field: str, value: str) -> dict[str, Any]:
    match field:
        case "priority":
            return {"priority": int(value)}
        case "timeout":
            return {"timeout_ms": timeout_of(value)}
        case "tags":
            return {"tags": tags_of(value)}
    return {"name": value.strip()}


def register(app: Dash, board: Board) -> None:
    """A changed field to the engine, and what others changed into the fields."""
    app.clientside_callback(
        ClientsideFunction("job", "rename"),
        Output("job-name-form", "hidden"),
        Input("job-rename", "n_clicks"),
        Input("job-name-leave", "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("job-asked", "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        *(Output(f"job-edit-{key}", "value", allow_duplicate=True) for key in FIELDS),
        *(Input(f"job-edit-{key}", "value") for key in FIELDS),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def change(*given: Any) -> tuple[Any, ...]:
        with board.store.read() as session:
            detail = jobs.detail(session, int(given[-1]))
        field = str(ctx.triggered_id).removeprefix("job-edit-")
        unchanged: tuple[Any, ...] = (no_update,) * len(FIELDS)
        if detail is None or field not in FIELDS:
            return no_update, no_update, *unchanged
        before, after = values_of(detail)[field], given[FIELDS.index(field)] or ""
        if before == after:
            return no_update, no_update, *unchanged
        try:
            return ask(board, detail.job.id, field, after).audit_id, no_update, *unchanged
        except (control.Refusal, Mistyped) as refusal:
            back = (before if key == field else no_update for key in FIELDS)
            return -1, say("bad", str(refusal)), *back

    @app.callback(
        Output("job-asked", "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Output("job-name-form", "hidden", allow_duplicate=True),
        Input("job-name-save", "n_clicks"),
        Input("job-name-field", "n_submit"),
        State("job-name-field", "value"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def rename(_clicks: int | None, _submits: int | None, name: str | None, job_id: int) -> tuple[Any, Any, Any]:
        if not ctx.triggered[0]["value"]:
            return no_update, no_update, no_update
        if not (name or "").strip():
            return no_update, say("bad", "A job needs a name; type one, or press Cancel."), no_update
        try:
            return ask(board, job_id, "name", name or "").audit_id, no_update, True
        except (control.Refusal, Mistyped) as refusal:
            return -1, say("bad", str(refusal)), no_update

    @app.callback(
        *(Output(f"job-edit-{key}", "value") for key in FIELDS),
        Output("job-name", "children"),
        Input("job-rev", "data"),
        Input("job-asked", "data"),
        State("job-id", "data"),
        *(State(f"job-edit-{key}", "value") for key in FIELDS),
        State("job-name", "children"),
        prevent_initial_call=True,
    )
    def follow(rev: int | None, asked: int | None, job_id: int, *shown: Any) -> tuple[Any, ...]:
        with board.store.read() as session:
            detail = jobs.detail(session, job_id) if rev or asked else None
        if detail is None:
            return (no_update,) * (len(FIELDS) + 1)
        wanted = [*values_of(detail).values(), detail.job.name]
        return tuple(no_update if (there or "") == now else now for there, now in zip(shown, wanted, strict=True))


def _people(view: View) -> list[str]:
    chosen = view.detail.job.reviewer
    return [*view.people, chosen] if chosen and chosen not in view.people else view.people


def _select(name: str, options: list[dict[str, str]], value: str, view: View) -> Component:
    made: Component = dbc.Select(id=f"job-edit-{name}", options=options, value=value, disabled=not view.may)
    return made


def _text(name: str, value: str, placeholder: str, view: View) -> Component:
    return dcc.Input(
        id=f"job-edit-{name}",
        type="text",
        value=value,
        placeholder=placeholder,
        debounce=True,
        disabled=not view.may,
        autoComplete="off",
        className="field",
    )
