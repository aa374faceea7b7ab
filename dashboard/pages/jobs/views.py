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
from dashboard.components.stores import store
from dashboard.components.toasts import say
from dashboard.page import LIVE, TOAST, address, current_actor
from dashboard.pages.jobs.address import NEWEST_FIRST, Address
from dashboard.pages.jobs.finding import filter_of, reader
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
    "save": (icon("bookmark-plus"), html.Span("Save view")),
    "update": (icon("check"), html.Span("Update view")),
    "rename": (icon("pencil"), html.Span("Rename")),
    "forget": (icon("trash-2"), html.Span("Delete")),
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


@dataclass(frozen=True)
class Own:
    """A person's own view that the list shows as it was kept, or one from which it was changed."""

    shown: ViewRow | None
    changed: ViewRow | None


def strip(board: Board, here: Address) -> Component:
    """The row of views; the one that is shown is marked."""
    own = own_at(board, here, None)
    return html.Div(
        [
            html.Nav(id="jobs-views", className="views", **drawn(*links(board, here)), **aria(label="Views")),
            html.Div(
                [
                    html.Button(
                        id=f"jobs-view-{key}",
                        className="button plain small",
                        type="button",
                        hidden=hidden,
                        **drawn(*(_update(own) if key == "update" else face)),
                    )
                    for (key, face), hidden in zip(BUTTONS.items(), without(own, here), strict=True)
                ],
                className="row-of",
            ),
            _dialog(),
            dcc.Store(id="jobs-views-due"),
            dcc.Store(id="jobs-views-asked"),
            store("jobs-view-of", own.shown.id if own.shown else None),
        ],
        className="views-bar",
    )


def links(board: Board, here: Address) -> list[Component]:
    """A link to each view, with its count."""
    with board.store.read() as session:
        own = saved_views.of_person(session, current_actor().user_id)
        found = counted(session, own)
    return [_link(each, is_at(each.view, here)) for each in found]


def is_at(view: ViewRow, here: Address) -> bool:
    """Whether the list shows a view: its filter in its order."""
    return (view.text, view.sort) == (here.text.strip(), here.sort)


def _link(each: Counted, here: bool) -> Component:
    view = each.view
    sort = None if view.sort == NEWEST_FIRST else view.sort
    number = "?" if each.jobs is None else f"{COUNTED - 1}+" if each.jobs >= COUNTED else str(each.jobs)
    words: list[str | Component] = [
        view.name,
        html.Span(number, className="number", **(aria(current="page") if here else {})),
    ]
    return dcc.Link(words, href=address("/jobs", q=view.text, sort=sort), className="view here" if here else "view")


def without(own: Own, here: Address) -> tuple[bool, bool, bool, bool]:
    """Which of the buttons are hidden: one is saved once, updated when changed, else renamed and taken away."""
    is_plain = here.text.strip() == "" and here.sort == NEWEST_FIRST
    is_kept = own.shown is not None or is_plain or any(is_at(view, here) for view in EVERYBODYS)
    return is_kept, is_kept or own.changed is None, own.shown is None, own.shown is None


def _update(own: Own) -> list[Component]:
    """The button that keeps the filter and the order in the view that they were changed from."""
    return [icon("check"), html.Span(f"Update “{own.changed.name}”" if own.changed else "Update view")]


def own_at(board: Board, here: Address, opened: int | None) -> Own:
    """The person's own view that is shown, and the one that was changed: `opened` before, or in another order now."""
    with board.store.read() as session:
        own = saved_views.of_person(session, current_actor().user_id)
    shown = next((view for view in own if is_at(view, here)), None)
    before = next((view for view in own if view.id == opened), None)
    reordered = next((view for view in own if view.text == here.text.strip()), None)
    return Own(shown, None if shown else before or reordered)


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
        Output("jobs-view-update", MARKUP),
        Output("jobs-view-of", "data"),
        Input("jobs-views-due", "data"),
        Input("jobs-where", "data"),
        Input("jobs-sort", "data"),
        Input("jobs-views-asked", "data"),
        State("jobs-view-of", "data"),
        prevent_initial_call=True,
    )
    def renew(_due: int | None, text: str | None, sort: str, _asked: Any, opened: int | None) -> tuple[Any, ...]:
        here = Address(text or "", sort)
        own = own_at(board, here, opened)
        return (
            markup(*links(board, here)),
            *without(own, here),
            markup(*_update(own)),
            own.shown.id if own.shown else no_update,
        )

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
            "wrong": State("jobs-misread", "data"),
            "opened": State("jobs-view-of", "data"),
        },
        prevent_initial_call=True,
    )
    def ask(
        clicks: list[int | None],
        entered: int | None,
        name: str | None,
        doing: str | None,
        text: str | None,
        sort: str,
        wrong: dict[str, Any] | None,
        opened: int | None,
    ) -> dict[str, Any]:
        stay: dict[str, Any] = dict.fromkeys(outputs, no_update)
        here = Address((text or "").strip(), sort)
        found = own_at(board, here, opened)
        own = found.shown
        match str(ctx.triggered_id).removeprefix("jobs-view-") if any((*clicks, entered)) else None:
            case "save" | "update" if wrong:
                return stay | {"toast": say("bad", f"A view cannot keep this filter. {wrong['sentence']}")}
            case "update" if found.changed:
                name = found.changed.name
                refused = _keep(board, "update", name, here, None)
                done = say("bad", refused) if refused else say("good", f"The view {name} keeps what is shown now.")
                return stay | {"asked": uuid4().hex, "toast": done}
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
                refused = _keep(board, doing, name or "", here, own)
                return stay | ({"error": refused} if refused else {"is_open": False, "asked": uuid4().hex})
        return stay | {"is_open": False}


def _keep(board: Board, doing: str | None, name: str, here: Address, own: ViewRow | None) -> str | None:
    """Save or rename; what is wrong with the name or the filter, or None."""
    try:
        if doing == "rename" and own:
            views.rename(board, current_actor(), own.id, name)
        else:
            with board.store.read() as session:
                filter_of(session, here.text)
            views.save(board, current_actor(), name, here.text, here.sort)
    except (Refusal, Misread) as refusal:
        return str(refusal)
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
