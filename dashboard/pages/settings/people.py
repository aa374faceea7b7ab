"""People: who may come in, as what, and with which password."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard.components.header import card
from dashboard.components.pills import Face, pill
from dashboard.components.tables import simple_table
from dashboard.components.toasts import say
from dashboard.page import TOAST, PageRequest, current_actor
from dashboard.pages.settings.parts import button, change, field, in_form, select, text
from engine.access import Actor
from engine.board import Board
from engine.lab import people
from engine.passwords import UserRow, list_users
from models.people import Role

ROLES = {
    Role.VIEWER: "Viewer: looks at everything",
    Role.OPERATOR: "Operator: runs and steers jobs",
    Role.ADMIN: "Administrator: changes the lab",
}


def view(board: Board, request: PageRequest) -> list[Component]:
    return content(board, request.actor)


def content(board: Board, actor: Actor) -> list[Component]:
    """Everybody, and the forms for a new person and a new password."""
    rows = list_users(board.store)
    lines: list[list[str | Component]] = [[row.name, _role(row, actor), _state(row), _shut(row, actor)] for row in rows]
    table = simple_table(["Name", "Role", "State", ""], lines, label="People")
    new = html.Div(
        [
            field("person-name", "Name", text("person-name", complete="username")),
            field("person-role", "Role", select("person-role", list(ROLES.items()), Role.OPERATOR)),
            field(
                "person-password",
                "Password",
                text("person-password", kind="password", complete="new-password"),
                "8 characters or more.",
            ),
        ],
        className="new-job",
    )
    again = html.Div(
        [
            field("password-name", "Person", select("password-name", [(row.name, row.name) for row in rows], None)),
            # By which a browser that keeps passwords knows whose it is.
            html.Div(text("password-username", complete="username"), hidden=True),
            field(
                "password-new",
                "New password",
                text("password-new", kind="password", complete="new-password"),
                "8 characters or more.",
            ),
        ],
        className="new-job",
    )
    return [
        card("People", table, flush=True),
        html.Div(
            [
                card(
                    "A new person",
                    in_form(
                        new, html.Div(button("person-add", "Add", "plus", actor, kind="main"), className="form-end")
                    ),
                ),
                card(
                    "A new password",
                    in_form(
                        again, html.Div(button("password-set", "Set password", "check", actor), className="form-end")
                    ),
                ),
            ],
            className="columns settings-forms",
        ),
    ]


def _role(row: UserRow, actor: Actor) -> Component | str:
    if not actor.may(Role.ADMIN) or actor.project_id is not None:
        return ROLES[row.role].partition(":")[0]
    label = html.Label(
        f"Role of {row.name}", htmlFor=f'{{"name":"{row.name}","person":"role"}}', className="visually-hidden"
    )
    offered = [(role.value, words.partition(":")[0]) for role, words in ROLES.items()]
    return html.Div([label, select({"person": "role", "name": row.name}, offered, row.role.value)])


def _state(row: UserRow) -> Component:
    if row.disabled:
        return pill(Face("Shut out", "ban", "bad"))
    return pill(Face("May log in", "check", "done") if row.has_password else Face("No password", "minus", "wait"))


def _shut(row: UserRow, actor: Actor) -> Component:
    name = {"door": "let-in" if row.disabled else "shut-out", "name": row.name}
    if row.disabled:
        return button(name, "Let in again", "rotate-cw", actor, kind="small")
    own = "You cannot shut yourself out." if row.name == actor.name else None
    return button(name, "Shut out", "ban", actor, kind="danger small", why_not=own)


def register(app: Dash, board: Board) -> None:
    _register_new(app, board)

    @app.callback(
        Output("settings-people", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input({"door": ALL, "name": ALL}, "n_clicks"),
        Input({"person": "role", "name": ALL}, "value"),
        prevent_initial_call=True,
    )
    def alter(_clicks: list[int | None], _roles: list[str]) -> Any:
        asked, value = ctx.triggered_id, ctx.triggered[0]["value"]
        if not isinstance(asked, dict) or not value:
            return no_update, no_update
        actor, name = current_actor(), asked["name"]
        if "person" in asked:
            known = {row.name: row.role for row in list_users(board.store)}
            if known.get(name) == value:
                return no_update, no_update
            _, said = change(lambda: people.set_role(board, actor, name, Role(value)), f"{name} is {value} now.")
        else:
            out = asked["door"] == "shut-out"
            done = f"{name} is shut out, with all of their tokens." if out else f"{name} may log in again."
            _, said = change(lambda: people.disable(board, actor, name, disabled=out), done)
        return content(board, actor), said


def _register_new(app: Dash, board: Board) -> None:
    @app.callback(
        Output("settings-people", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("person-add", "n_clicks"),
        State("person-name", "value"),
        State("person-role", "value"),
        State("person-password", "value"),
        prevent_initial_call=True,
    )
    def add(clicks: int | None, name: str, role: str, password: str) -> Any:
        if not clicks:
            return no_update, no_update
        actor = current_actor()
        done, said = change(
            lambda: people.add_person(board, actor, name or "", Role(role), password or ""),
            f"{name} may log in, as {role}.",
        )
        return content(board, actor) if done else no_update, said

    @app.callback(Output("password-username", "value"), Input("password-name", "value"), prevent_initial_call=True)
    def name_it(name: str | None) -> str:
        return name or ""

    @app.callback(
        Output("settings-people", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("password-set", "n_clicks"),
        State("password-name", "value"),
        State("password-new", "value"),
        prevent_initial_call=True,
    )
    def again(clicks: int | None, name: str | None, password: str) -> Any:
        if not clicks:
            return no_update, no_update
        if not name:
            return no_update, say("bad", "Choose whose password it is.")
        actor = current_actor()
        done, said = change(
            lambda: people.set_password(board, actor, name, password or ""), f"{name} has a new password."
        )
        return content(board, actor) if done else no_update, said
