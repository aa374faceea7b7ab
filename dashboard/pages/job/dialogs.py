"""What is asked before a new job is made of this one, and before this one is deleted."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from pydantic import ValidationError

from dashboard.components.attributes import aria, data
from dashboard.components.icons import icon
from dashboard.components.numbers import number_field, whole
from dashboard.components.toasts import say
from dashboard.page import GO, TOAST, current_actor
from dashboard.pages.job.editing import Mistyped, in_words, sentence_of, tags_of, timeout_of
from dashboard.pages.job.reading import View
from dashboard.pages.job.words import what_waits
from engine import control
from engine.board import Board
from engine.requests import SAID
from models.queries import jobs
from models.queries.jobs import JobDetail
from models.states import ACTIVE

RERUN = ("name", "pipeline", "limit", "priority", "timeout", "tags", "shuffle", "delay")
ERRORS = ("error", *(f"{name}-error" for name in RERUN))  # of the whole, and of each field
LONGEST_NAME = 255
NO_PIPELINE = ""


class Wrong(Exception):
    """What stands in some fields cannot be meant; `errors` says at each what can."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def buttons(view: View) -> list[Component]:
    """Rerun and delete, beside the verbs."""
    return [
        html.Button(
            [icon("copy"), "Rerun…"],
            id="job-rerun",
            className="button",
            type="button",
            disabled=not view.may,
            title=view.forbidden or "A new job with these arguments, or with others",
            **data(does="Rerun this job…"),
        ),
        html.Button(
            icon("trash-2"),
            id="job-delete",
            **aria(label="Delete this job"),
            className="button danger square",
            type="button",
            disabled=why_not_delete(view) is not None,
            title=why_not_delete(view) or "Delete this job",
        ),
    ]


def why_not_delete(view: View) -> str | None:
    """Why the job cannot be deleted now; None when it can."""
    if view.forbidden:
        return view.forbidden
    return "A job can be deleted when it has ended; cancel it first." if view.detail.job.status in ACTIVE else None


def dialogs(view: View, pipelines: list[tuple[int, str]]) -> Component:
    """Both dialogs, closed."""
    return html.Div([_rerun(view.detail, pipelines), _delete(view)])


def _rerun(detail: JobDetail, pipelines: list[tuple[int, str]]) -> Component:
    job = detail.job
    choices = [{"value": str(key), "label": name} for key, name in pipelines]
    of_captures = job.pipeline_id is not None
    fields = [
        _field("name", "Name", _input("name", f"Rerun {job.name}"[:LONGEST_NAME])),
        _field(
            "pipeline",
            "Pipeline",
            dbc.Select(id="rerun-pipeline", options=choices, value=str(job.pipeline_id or NO_PIPELINE)),
            hidden=not of_captures,
        ),
        _field("limit", "Limit", number_field("rerun-limit", detail.limit, "all captures"), hidden=not of_captures),
        _field("delay", "Delay, s", number_field("rerun-delay", detail.delay, "0"), hidden=not detail.delay),
        _field("priority", "Priority, 0 to 9", number_field("rerun-priority", job.priority, "5")),
        _field("timeout", "Timeout", _input("timeout", in_words(detail.timeout_ms), "never")),
        _field("tags", "Tags", _input("tags", ", ".join(job.tags), "none, apart by commas")),
        _field(
            "shuffle",
            None,
            dbc.Switch(id="rerun-shuffle", label="Shuffle the captures", value=detail.shuffle),
            hidden=not of_captures,
        ),
    ]
    words = "A new job with the arguments of this one. It does the work again, and replaces the results."
    held = detail.checkpoint and f"As here, some captures wait for your verdict ({what_waits(detail.checkpoint)})."
    made: Component = dbc.Modal(
        [
            html.Div(
                [
                    html.H2("Rerun this job", id="rerun-title"),
                    html.P(words if of_captures else "A new job with the arguments of this one.", className="quiet"),
                    html.P(held, className="quiet") if held else None,
                    html.Div(fields, className="rerun-fields"),
                    html.P(id="rerun-error", className="field-error", role="alert"),
                ],
                className="modal-body",
            ),
            html.Div(
                [
                    html.Button("Leave it", id="rerun-no", className="button plain", type="button"),
                    html.Button([icon("plus"), "Write it down"], id="rerun-later", className="button", type="button"),
                    html.Button([icon("play"), "Rerun now"], id="rerun-now", className="button main", type="button"),
                ],
                className="modal-footer",
            ),
        ],
        id="rerun",
        is_open=False,
        centered=True,
        labelledby="rerun-title",
    )
    return made


def _delete(view: View) -> Component:
    words = (
        "Its captures and their results stay; its log, its attempts and its errors go, and nobody can get them back."
    )
    made: Component = dbc.Modal(
        [
            html.Div(
                [html.H2(f"Delete the job “{view.detail.job.name}”?", id="delete-title"), html.P(words)],
                className="modal-body",
            ),
            html.Div(
                [
                    html.Button("Keep it", id="delete-no", className="button plain", type="button"),
                    html.Button(
                        [icon("trash-2"), "Delete it"], id="delete-yes", className="button danger", type="button"
                    ),
                ],
                className="modal-footer",
            ),
        ],
        id="delete",
        is_open=False,
        centered=True,
        labelledby="delete-title",
    )
    return made


def register(app: Dash, board: Board) -> None:
    """Open, leave, or do."""
    _register_rerun(app, board)
    _register_delete(app, board)


def _register_rerun(app: Dash, board: Board) -> None:
    @app.callback(
        Output("rerun", "is_open"),
        *(Output(f"rerun-{name}", "children") for name in ERRORS),
        Output(GO, "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("job-rerun", "n_clicks"),
        Input("rerun-no", "n_clicks"),
        Input("rerun-later", "n_clicks"),
        Input("rerun-now", "n_clicks"),
        *(State(f"rerun-{name}", "value") for name in RERUN),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def rerun(*given: Any) -> tuple[Any, ...]:
        stay, fine = (no_update, no_update), ("",) * len(ERRORS)
        if not ctx.triggered[0]["value"]:
            return (no_update,) * (3 + len(ERRORS))
        if ctx.triggered_id in ("job-rerun", "rerun-no"):
            return ctx.triggered_id == "job-rerun", *fine, *stay
        values, job_id = dict(zip(RERUN, given[4:-1], strict=True)), int(given[-1])
        now = ctx.triggered_id == "rerun-now"
        try:
            made = ask_rerun(board, job_id, values, start_now=now)
        except Wrong as wrong:
            return no_update, "", *(wrong.errors.get(name, "") for name in RERUN), *stay
        except control.Refusal as refusal:
            return no_update, refusal.message, *fine[1:], *stay
        return False, *fine, f"/jobs/{made}", say("good", f"Job {made} {'starts' if now else 'is written down'}.")


def ask_rerun(board: Board, job_id: int, values: dict[str, Any], *, start_now: bool) -> int:
    """The id of the new job. Raises Refusal, and Wrong before anything is asked."""
    with board.store.read() as session:
        detail = jobs.detail(session, job_id)
    if detail is None:
        raise control.NotFound(f"There is no job {job_id} any more.")
    name = values["name"].strip() if values["name"] else None
    asked, wrong = changed(detail, values)
    try:
        changes = control.JobChanges(**asked)
    except ValidationError as error:
        places = {"timeout_ms": "timeout", "pipeline_id": "pipeline"}
        named = [(str(each["loc"][0]), sentence_of(each)) for each in error.errors()]
        raise Wrong(wrong | {places.get(field, field): sentence for field, sentence in named}) from None
    if len(name or "") > LONGEST_NAME:
        wrong["name"] = SAID["name"]
    if wrong:
        raise Wrong(wrong)
    return control.rerun(board, current_actor(), job_id, name=name, changes=changes, start_now=start_now).job_id


def changed(detail: JobDetail, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What of the arguments was edited, and what is to be said at fields that cannot be read."""
    has_captures = detail.job.pipeline_id is not None
    wrong: dict[str, str] = {}
    asked: dict[str, Any] = {"tags": tags_of(values["tags"] or "")}
    numbers = {"limit": None, "priority": 5, "delay": 0}
    shown = {"limit": has_captures, "priority": True, "delay": bool(detail.delay)}
    for name in (name for name, is_shown in shown.items() if is_shown):
        try:
            given = whole(values[name])
            asked[name] = numbers[name] if given is None else given
        except ValueError:
            wrong[name] = SAID[name]
    try:
        asked["timeout_ms"] = timeout_of(values["timeout"] or "")
    except Mistyped as mistyped:
        wrong["timeout"] = str(mistyped)
    there: dict[str, Any] = {
        "priority": detail.job.priority,
        "timeout_ms": detail.timeout_ms,
        "tags": detail.job.tags,
        "limit": detail.limit,
        "shuffle": detail.shuffle,
        "pipeline_id": detail.job.pipeline_id,
        "delay": detail.delay,
    }
    if has_captures:
        asked["shuffle"] = bool(values["shuffle"])
        asked["pipeline_id"] = int(values["pipeline"]) if values["pipeline"] else detail.job.pipeline_id
    return {name: value for name, value in asked.items() if value != there[name]}, wrong


def _register_delete(app: Dash, board: Board) -> None:
    @app.callback(
        Output("delete", "is_open"),
        Output(GO, "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("job-delete", "n_clicks"),
        Input("delete-no", "n_clicks"),
        Input("delete-yes", "n_clicks"),
        State("job-id", "data"),
        State("job-name", "children"),
        prevent_initial_call=True,
    )
    def delete(_ask: Any, _no: Any, _yes: Any, job_id: int, name: str) -> tuple[Any, ...]:
        if not ctx.triggered[0]["value"]:
            return (no_update,) * 3
        if ctx.triggered_id != "delete-yes":
            return ctx.triggered_id == "job-delete", no_update, no_update
        try:
            control.delete(board, current_actor(), job_id)
        except control.Refusal as refusal:
            return False, no_update, say("bad", refusal.message)
        return False, "/jobs", say("good", f"The job “{name}” is deleted.")


def _field(name: str, word: str | None, control_of: Component, *, hidden: bool = False) -> Component:
    label = html.Label(word, htmlFor=f"rerun-{name}") if word else None
    wrong = html.P(id=f"rerun-{name}-error", className="field-error", role="alert")
    return html.Div(
        [part for part in (label, control_of, wrong) if part is not None],
        className=f"form-field of-{name}",
        hidden=hidden,
    )


def _input(name: str, value: str, placeholder: str = "") -> Component:
    return dcc.Input(
        id=f"rerun-{name}", type="text", value=value, placeholder=placeholder, className="field", autoComplete="off"
    )
