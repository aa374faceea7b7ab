"""Views over the list: those that every lab wants, and those that a person keeps, each with how many jobs it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
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
            html.Nav(links(board, text), id="jobs-views", className="views", **aria(label="Views")),
            html.Div(
                [
                    html.Button(
                        [icon(picture), html.Span(word)],
                        id=f"jobs-view-{key}",
                        className="button plain small",
                        type="button",
                        hidden=hidden,
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
        Output("jobs-views", "children"),
        *(Output(f"jobs-view-{key}", "hidden") for key in BUTTONS),
        Input("jobs-views-due", "data"),
        Input("jobs-where", "data"),
        Input("jobs-views-asked", "data"),
        prevent_initial_call=True,
    )
    def renew(_due: int | None, text: str | None, _asked: Any) -> tuple[Any, ...]:
        return links(board, text or ""), *without(board, text or "")

    _register_dialog(app, board)


def _register_dialog(app: Dash, board: Board) -> None:
    @app.callback(
        Output("jobs-view-dialog", "is_open"),
        Output("jobs-view-name", "value"),
        Output("jobs-view-error", "children"),
        Output("jobs-view-doing", "data"),
        Output("jobs-view-title", "children"),
        Output("jobs-views-asked", "data"),
        Output(TOAST, "data", allow_duplicate=True),
        Input("jobs-view-save", "n_clicks"),
        Input("jobs-view-rename", "n_clicks"),
        Input("jobs-view-forget", "n_clicks"),
        Input("jobs-view-yes", "n_clicks"),
        Input("jobs-view-name", "n_submit"),
        Input("jobs-view-no", "n_clicks"),
        State("jobs-view-name", "value"),
        State("jobs-view-doing", "data"),
        State("jobs-where", "data"),
        State("jobs-sort", "data"),
        prevent_initial_call=True,
    )
    def ask(*given: Any) -> tuple[Any, ...]:
        name, doing, text, sort = given[6:]
        stay = (no_update,) * 7
        if not ctx.triggered[0]["value"]:
            return stay
        text = (text or "").strip()
        own = shown_own(board, text)
        match ctx.triggered_id:
            case "jobs-view-save":
                return True, "", "", "save", "Save this view", no_update, no_update
            case "jobs-view-rename" if own:
                return True, own.name, "", "rename", "Rename this view", no_update, no_update
            case "jobs-view-forget" if own:
                views.forget(board, current_actor(), own.id)
                return *stay[:5], _new(), say("good", f"The view {own.name} is gone; its jobs are as before.")
            case "jobs-view-yes" | "jobs-view-name":
                sentence = _keep(board, doing, name or "", text, sort, own)
                if sentence is None:
                    return False, no_update, "", None, no_update, _new(), no_update
                return True, no_update, sentence, *stay[3:]
        return False, *stay[1:]


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


def _new() -> dict[str, Any]:
    return say("info", "")  # its id is new each time, which is all that counts


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
