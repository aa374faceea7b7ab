"""Views over the list: those that every lab wants, and those that a person keeps, each with how many jobs it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.still import MARKUP, drawn, markup
from dashboard.components.toasts import say
from dashboard.page import LIVE, TOAST, address, current_actor
from dashboard.pages.jobs.address import NEWEST_FIRST
from dashboard.pages.jobs.finding import reader
from dashboard.pages.jobs.language import Misread, Reader, meaning
from engine import views
from engine.board import Board
from engine.refusals import Refusal
from models.queries import jobs, saved_views
from models.queries.saved_views import ViewRow

COUNTED = 1000  # more are not counted: a view says "999+"
EVERYBODYS = (
    ViewRow(0, "Running", "status:running,cancelling", NEWEST_FIRST),
    ViewRow(0, "Waiting", "status:waiting", NEWEST_FIRST),
    ViewRow(0, "Failed today", "status:failure,timed-out finished:today", "-finished_at"),
    ViewRow(0, "Last night", "night:last", NEWEST_FIRST),
    ViewRow(0, "Mine", "owner:me", NEWEST_FIRST),
)

BUTTONS = {
    "save": ("bookmark-plus", "Save view"),
    "rename": ("pencil", "Rename"),
    "forget": ("trash-2", "Delete"),
}


@dataclass(frozen=True)
class Counted:
    """A view with its number of jobs; None where its text cannot be read any more."""

    view: ViewRow
    jobs: int | None


def counted(session: Session, own: Sequence[ViewRow]) -> list[Counted]:
    """All views with their counts."""
    who = reader(session)
    return [Counted(view, _count(session, view, who)) for view in (*EVERYBODYS, *own)]


def _count(session: Session, view: ViewRow, who: Reader) -> int | None:
    try:
        return jobs.count(session, meaning(view.text, who), COUNTED)
    except Misread:
        return None


def strip(board: Board, text: str) -> Component:
    """The row of views; the one that is shown is marked."""
    return html.Div(
        [
            html.Nav(id="jobs-views", className="views", **drawn(*links(board, text)), **aria(label="Views")),
            html.Div(
                [
                    html.Button(
                        id=f"jobs-view-{key}",
                        className="button plain small",
                        type="button",
                        hidden=hidden,
                        **drawn(icon(picture), html.Span(word)),
                    )
                    for (key, (picture, word)), hidden in zip(BUTTONS.items(), without(board, text), strict=True)
                ],
                className="row-of",
            ),
            _dialog(),
            dcc.Store(id="jobs-views-due"),
            dcc.Store(id="jobs-views-asked"),
        ],
        className="views-bar",
    )


def links(board: Board, text: str) -> list[Component]:
    """A link to each view, with its count."""
    with board.store.read() as session:
        own = saved_views.of_person(session, current_actor().user_id)
        found = counted(session, own)
    return [_link(each, text) for each in found]


def _link(each: Counted, text: str) -> Component:
    view = each.view
    here = view.text == text.strip()
    sort = None if view.sort == NEWEST_FIRST else view.sort
    number = "?" if each.jobs is None else f"{COUNTED - 1}+" if each.jobs >= COUNTED else str(each.jobs)
    words: list[str | Component] = [
        view.name,
        html.Span(number, className="number", **(aria(current="page") if here else {})),
    ]
    return dcc.Link(words, href=address("/jobs", q=view.text, sort=sort), className="view here" if here else "view")


def without(board: Board, text: str) -> tuple[bool, bool, bool]:
    """Which of the buttons are hidden: a view can be saved once, and an own one renamed and taken away."""
    own = shown_own(board, text)
    is_kept = own is not None or text.strip() in {"", *(view.text for view in EVERYBODYS)}
    return is_kept, own is None, own is None


def shown_own(board: Board, text: str) -> ViewRow | None:
    """The person's own view that the text is, if it is one."""
    with board.store.read() as session:
        own = saved_views.of_person(session, current_actor().user_id)
    return next((view for view in own if view.text == text.strip()), None)


def register(app: Dash, board: Board) -> None:
    """The counts as they change, and saving, renaming and taking away."""
    app.clientside_callback(
        ClientsideFunction("jobs", "recount"),
        Output("jobs-views-due", "data"),
        Input(LIVE, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("jobs-views", MARKUP),
        *(Output(f"jobs-view-{key}", "hidden") for key in BUTTONS),
        Input("jobs-views-due", "data"),
        Input("jobs-where", "data"),
        Input("jobs-views-asked", "data"),
        prevent_initial_call=True,
    )
    def renew(_due: int | None, text: str | None, _asked: Any) -> tuple[Any, ...]:
        return markup(*links(board, text or "")), *without(board, text or "")

    _register_dialog(app, board)


def _register_dialog(app: Dash, board: Board) -> None:
    outputs = {
        "is_open": Output("jobs-view-dialog", "is_open"),
        "name": Output("jobs-view-name", "value"),
        "error": Output("jobs-view-error", "children"),
        "doing": Output("jobs-view-doing", "data"),
        "title": Output("jobs-view-title", "children"),
        "asked": Output("jobs-views-asked", "data"),
        "toast": Output(TOAST, "data", allow_duplicate=True),
    }

    @app.callback(
        output=outputs,
        inputs={
            "clicks": [Input(f"jobs-view-{key}", "n_clicks") for key in (*BUTTONS, "yes", "no")],
            "entered": Input("jobs-view-name", "n_submit"),
        },
        state={
            "name": State("jobs-view-name", "value"),
            "doing": State("jobs-view-doing", "data"),
            "text": State("jobs-where", "data"),
            "sort": State("jobs-sort", "data"),
        },
        prevent_initial_call=True,
    )
    def ask(
        clicks: list[int | None], entered: int | None, name: str | None, doing: str | None, text: str | None, sort: str
    ) -> dict[str, Any]:
        stay: dict[str, Any] = dict.fromkeys(outputs, no_update)
        own = shown_own(board, text or "")
        match str(ctx.triggered_id).removeprefix("jobs-view-") if any((*clicks, entered)) else None:
            case "save":
                new = {"is_open": True, "name": "", "error": "", "doing": "save", "title": "Save this view"}
                return stay | new
            case "rename" if own:
                old = {"is_open": True, "name": own.name, "error": "", "doing": "rename", "title": "Rename this view"}
                return stay | old
            case "forget" if own:
                views.forget(board, current_actor(), own.id)
                gone = say("good", f"The view {own.name} is gone; its jobs are as before.")
                return stay | {"asked": uuid4().hex, "toast": gone}
            case "yes" | "name":
                wrong = _keep(board, doing, name or "", (text or "").strip(), sort, own)
                return stay | ({"error": wrong} if wrong else {"is_open": False, "asked": uuid4().hex})
        return stay | {"is_open": False}


def _keep(board: Board, doing: str | None, name: str, text: str, sort: str, own: ViewRow | None) -> str | None:
    """Save or rename; what is wrong with the name, or None."""
    try:
        if doing == "rename" and own:
            views.rename(board, current_actor(), own.id, name)
        else:
            views.save(board, current_actor(), name, text, sort)
    except Refusal as refusal:
        return refusal.message
    return None


def _dialog() -> Component:
    modal: Component = dbc.Modal(
        [
            dbc.ModalBody(
                [
                    html.H2("Save this view", id="jobs-view-title"),
                    html.Label("Name", htmlFor="jobs-view-name"),
                    dcc.Input(
                        id="jobs-view-name",
                        type="text",
                        className="field",
                        maxLength=views.LONGEST_NAME,
                        autoComplete="off",
                        value="",
                    ),
                    html.P("It keeps the filter and the order, for you alone.", className="faint hint"),
                    html.P(id="jobs-view-error", className="field-error", role="alert"),
                    dcc.Store(id="jobs-view-doing"),
                ],
                className="dialog-form",
            ),
            dbc.ModalFooter(
                [
                    html.Button("Not now", id="jobs-view-no", className="button", type="button"),
                    html.Button("Save", id="jobs-view-yes", className="button main", type="button"),
                ]
            ),
        ],
        id="jobs-view-dialog",
        is_open=False,
        centered=True,
        fade=False,
        labelledby="jobs-view-title",
    )
    return modal
