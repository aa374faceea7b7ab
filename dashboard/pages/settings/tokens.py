"""Tokens: keys for programs, shown once with the spelling of each API, listed without their secrets, and revoked."""

from datetime import UTC, datetime
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard.components.empty import notice
from dashboard.components.header import card
from dashboard.components.pills import Face, pill
from dashboard.components.tables import simple_table
from dashboard.components.times import moment, zone_of
from dashboard.page import TOAST, PageRequest, current_actor
from dashboard.pages.settings.parts import button, change, field, select, text
from dashboard.pages.settings.people import ROLES
from engine.access import Actor, TokenRow, list_tokens
from engine.board import Board
from engine.lab import people
from engine.passwords import list_users
from models.base import now
from models.people import Role
from models.queries import lab

ANY = "any"


def view(board: Board, request: PageRequest) -> list[Component]:
    return [
        html.Div(id="token-new"),
        _form(board, request.actor),
        html.Div(listing(board, request.actor), id="token-list"),
    ]


def _form(board: Board, actor: Actor) -> Component:
    """What a new token is for, whose it is, what it may, where and how long."""
    with board.store.read() as session:
        projects = [(ANY, "All projects"), *((row.id, row.name) for row in lab.projects(session))]
    names = [(row.name, row.name) for row in list_users(board.store) if not row.disabled]
    fields = [
        field(
            "token-name",
            "What it is for",
            text("token-name", placeholder="the field station's upload script"),
            needed=True,
        ),
        field("token-user", "Whose it is", select("token-user", names, actor.name), "It never may more than they."),
        field("token-role", "What it may", select("token-role", list(ROLES.items()), Role.OPERATOR)),
        field("token-project", "Where", select("token-project", projects, ANY)),
        field("token-expires", "Until the end of", text("token-expires", None, kind="date"), "UTC; empty is for good."),
    ]
    return card(
        "A new token",
        html.Div(fields, className="new-job"),
        html.Div(button("token-create", "Create token", "plus", actor, kind="main"), className="form-end"),
    )


def listing(board: Board, actor: Actor) -> Component:
    """All tokens, the newest first; never their secrets."""
    rows: list[list[str | Component]] = [
        [
            html.Code(row.prefix),
            row.name or "–",
            row.user,
            row.role.value,
            row.project or "all",
            _state(row),
            moment(row.last_used_at, zone_of("UTC")) if row.last_used_at else "never",
            button({"revoke": row.prefix}, "Revoke", "x", actor, kind="danger small") if not row.revoked_at else "–",
        ]
        for row in list_tokens(board.store)
    ]
    head = ["Prefix", "For", "Whose", "May", "Project", "State", "Last used", ""]
    return card("Tokens", simple_table(head, rows, label="Tokens"), flush=True)


def _state(row: TokenRow) -> Component:
    if row.revoked_at is not None:
        return pill(Face("Revoked", "ban", "wait"))
    if row.expires_at is None:
        return pill(Face("Valid", "check", "done"))
    over = row.expires_at <= now()
    return pill(
        Face("Expired", "clock-alert", "bad") if over else Face(f"Until {row.expires_at:%Y-%m-%d}", "clock", "done")
    )


def shown(token: str, project_id: int | None) -> Component:
    """A token as it is told once."""
    spelled: list[list[str | Component]] = [
        [api, html.Code(words)] for api, words in people.spellings(token, project_id)
    ]
    return card(
        "The new token",
        notice("run", "triangle-alert", "Copy it now: it is shown only this once, and only its hash is kept."),
        html.P(html.Code(token, id="token-text"), className="token-text"),
        simple_table(["API", "How it wants it"], spelled, label="Spellings"),
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("token-new", "children"),
        Output("token-list", "children"),
        Output("token-name-error", "children"),
        Output(TOAST, "data", allow_duplicate=True),
        Input("token-create", "n_clicks"),
        *(State(f"token-{name}", "value") for name in ("name", "user", "role", "project", "expires")),
        prevent_initial_call=True,
    )
    def create(clicks: int | None, name: str, user: str, role: str, project: str, expires: str | None) -> Any:
        if not clicks:
            return (no_update,) * 4
        if not (name or "").strip():
            return no_update, no_update, people.NAMELESS, no_update
        actor, made = current_actor(), []
        project_id = None if project == ANY else int(project)

        def make() -> None:
            made.append(
                people.create_token(
                    board,
                    actor,
                    user_name=user,
                    role=Role(role),
                    name=name,
                    project_id=project_id,
                    expires_at=_end_of(expires),
                )
            )

        done, said = change(make, "The token is made; copy it now.")
        if not done:
            return no_update, no_update, "", said
        return shown(made[0], project_id), listing(board, actor), "", said

    @app.callback(
        Output("token-list", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input({"revoke": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def revoke(_clicks: list[int | None]) -> Any:
        asked = ctx.triggered_id
        if not isinstance(asked, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        actor, prefix = current_actor(), asked["revoke"]
        _, said = change(lambda: people.revoke_token(board, actor, prefix), f"Token {prefix} is revoked.")
        return listing(board, actor), said


def _end_of(day: str | None) -> datetime | None:
    """The last moment of a day in UTC; None for no day."""
    return datetime.fromisoformat(day).replace(hour=23, minute=59, second=59, tzinfo=UTC) if day else None
