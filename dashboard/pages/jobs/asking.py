"""The question before a verb, which names the count, and the asking: each selected job, or an operation over many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.counts import counted
from dashboard.components.toasts import say
from dashboard.page import TOAST, current_actor
from dashboard.pages.jobs.finding import filter_of
from dashboard.pages.jobs.language import Misread
from dashboard.pages.jobs.operations import OPERATION
from dashboard.pages.jobs.verbs import ALL_VERBS, SETTINGS, Asked, Chosen, Verb, ask, question, willing
from engine import bulk, control
from engine.board import Board
from models.queries.job_filter import JobFilter
from models.states import Status

BUTTONS = ("run", "retry", "pause", "resume", "cancel", "priority", "tag")
ENTERED = ("question-add", "question-remove")  # the fields in which Enter is the answer
ONE_BY_ONE = 25  # selected jobs that are asked each, with an answer each; more are an operation


def dialog() -> Component:
    """The question, with a field for a priority or for tags where the verb wants one."""
    modal: Component = dbc.Modal(
        [
            dbc.ModalBody(
                [
                    html.P(id="jobs-question-words"),
                    html.Div(
                        [
                            html.Label("Priority", htmlFor="jobs-question-priority"),
                            dbc.Select(
                                id="jobs-question-priority",
                                options=[{"value": str(n), "label": _rank(n)} for n in range(9, -1, -1)],
                                value="5",
                            ),
                        ],
                        id="jobs-question-of-priority",
                        hidden=True,
                    ),
                    html.Div(
                        [
                            html.Label("Tags to add", htmlFor="jobs-question-add"),
                            _tags("jobs-question-add", "urgent, summer 2026"),
                            html.Label("Tags to take away", htmlFor="jobs-question-remove"),
                            _tags("jobs-question-remove", "none"),
                            html.P("Several go with commas between them.", className="faint hint"),
                        ],
                        id="jobs-question-of-tag",
                        hidden=True,
                    ),
                    html.P(id="jobs-question-error", className="field-error", role="alert"),
                ],
                className="dialog-form",
            ),
            dbc.ModalFooter(
                [
                    html.Button("Not now", id="jobs-question-no", className="button", type="button"),
                    html.Button("Do it", id="jobs-question-yes", className="button main", type="button"),
                ]
            ),
            dcc.Store(id="jobs-question-about"),
        ],
        id="jobs-question",
        is_open=False,
        centered=True,
        fade=False,
        labelledby="jobs-question-words",
    )
    return modal


def register(app: Dash, board: Board) -> None:
    """From a button over the question to what was asked."""
    outputs = {
        "words": Output("jobs-question-words", "children"),
        "yes": Output("jobs-question-yes", "children"),
        "look": Output("jobs-question-yes", "className"),
        "about": Output("jobs-question-about", "data"),
        "error": Output("jobs-question-error", "children"),
        "answers": Output("jobs-answers", "data"),
        "operation": Output(OPERATION, "data"),
        "toast": Output(TOAST, "data", allow_duplicate=True),
    } | {f"without_{key}": Output(f"jobs-question-of-{key}", "hidden") for key in SETTINGS}
    outputs["is_open"] = Output("jobs-question", "is_open")  # the last, so that the dialog finds its field to open in

    @app.callback(
        output=outputs,
        inputs={
            "clicks": [Input(f"jobs-{key}", "n_clicks") for key in (*BUTTONS, "question-no", "question-yes")],
            "entered": [Input(f"jobs-{key}", "n_submit") for key in ENTERED],
        },
        state={
            "about": State("jobs-question-about", "data"),
            "fields": [State(f"jobs-question-{name}", "value") for name in ("priority", "add", "remove")],
            "selection": State("jobs-selection", "data"),
            "every": State("jobs-every", "data"),
            "text": State("jobs-where", "data"),
        },
        prevent_initial_call=True,
    )
    def steer(
        clicks: list[int | None],
        entered: list[int | None],
        about: str | None,
        fields: list[str | None],
        selection: list[dict[str, Any]] | None,
        every: bool,
        text: str | None,
    ) -> dict[str, Any]:
        stay: dict[str, Any] = dict.fromkeys(outputs, no_update)
        closed = stay | {"is_open": False}
        by = str(ctx.triggered_id).removeprefix("jobs-")
        is_yes = by in ("question-yes", *ENTERED)
        key = about if is_yes else by
        if not any((*clicks, *entered)) or key not in ALL_VERBS:
            return closed
        verb, meant = ALL_VERBS[key], Meant(selected(selection), (text or "") if every else None)
        details = told(key, *fields) if is_yes else {}
        if details is None:
            return stay | {"error": "Name at least one tag."}
        try:
            if not is_yes and (every or len(meant.chosen) > 1 or key in ("cancel", *SETTINGS)):
                return stay | asked_first(board, verb, meant)
            return closed | do(board, verb, meant, details)
        except (control.Refusal, Misread) as refusal:
            return closed | {"toast": say("bad", str(refusal))}


@dataclass(frozen=True)
class Meant:
    """The jobs that a verb is for: the selected ones, or all that the text of the search box means."""

    chosen: list[Chosen]
    text: str | None


def asked_first(board: Board, verb: Verb, meant: Meant) -> dict[str, Any]:
    """The question, with the count in it, and the field that the verb wants. Raises Misread."""
    name = None
    if meant.text is None:
        concerned = willing(verb, meant.chosen)
        count, of = len(concerned), len(meant.chosen)
        name = concerned[0].name if count == 1 else None
    else:
        with board.store.read() as session:
            count = of = bulk.concerned(session, current_actor(), verb.key, filter_of(session, meant.text))
    which = "the job" if name else counted(count, "job")
    nobody = f"None of them: {verb.face.label} is for jobs that {verb.needs}."
    return {
        "is_open": True,
        "words": question(verb, count, of, name) if count else nobody,
        "yes": f"{verb.face.label} {which}" if count else "Close",
        "look": "button danger" if verb.key == "cancel" else "button main",
        "about": verb.key if count else None,
        "error": "",
    } | {f"without_{key}": key != verb.key or not count for key in SETTINGS}


def do(board: Board, verb: Verb, meant: Meant, details: dict[str, Any]) -> dict[str, Any]:
    """Ask it of each job, or as an operation; what is to be followed. Raises a Refusal, or Misread."""
    concerned = willing(verb, meant.chosen)
    if meant.text is None and len(concerned) <= ONE_BY_ONE:
        asked = ask(board, current_actor(), verb, [job.id for job in concerned], details)
        return {"answers": kept(asked, concerned)} if concerned else {}
    with board.store.read() as session:
        ids = JobFilter(ids=tuple(job.id for job in concerned))
        where = ids if meant.text is None else filter_of(session, meant.text)
    return {"answers": None, "operation": control.in_bulk(board, current_actor(), verb.key, where, details).id}


def selected(selection: list[dict[str, Any]] | None) -> list[Chosen]:
    """The selection as the browser tells it."""
    return [Chosen(each["id"], each["name"], Status(each["status"]), tuple(each["can"])) for each in selection or ()]


def told(key: str, priority: str | None, add: str | None, remove: str | None) -> dict[str, Any] | None:
    """What the dialog's fields tell the verb; None when a tag is wanted and none is named."""
    match key:
        case "priority":
            return {"priority": int(priority or 5)}
        case "tag":
            tags = {"add": _words(add), "remove": _words(remove)}
            return tags if any(tags.values()) else None
    return {}


def kept(asked: Sequence[Asked], chosen: Sequence[Chosen]) -> dict[str, Any]:
    """What the page keeps of a click, to follow its answers."""
    names = {job.id: job.name for job in chosen}
    return {
        "jobs": [each.job_id for each in asked],
        "audits": [each.audit_id for each in asked if each.audit_id is not None],
        "refusals": [
            {"job_id": each.job_id, "name": names[each.job_id], "sentence": each.refusal}
            for each in asked
            if each.refusal is not None
        ],
    }


def _words(text: str | None) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in (text or "").split(",") if word.strip()))


def _rank(number: int) -> str:
    return {9: "9, before all others", 5: "5, as usual", 0: "0, after all others"}.get(number, str(number))


def _tags(name: str, placeholder: str) -> Component:
    return dcc.Input(
        id=name, type="text", className="field", placeholder=placeholder, autoComplete="off", maxLength=300
    )
