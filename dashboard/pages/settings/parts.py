"""What the tabs of the settings share: fields under their names, buttons that say why not, a change and its answer."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.icons import icon
from dashboard.components.numbers import number_field
from dashboard.components.toasts import say
from engine.access import Actor
from engine.refusals import Refusal
from models.people import Role

Id = str | dict[str, str]
WHO = {Role.OPERATOR: "an operator", Role.ADMIN: "an administrator"}
Answered = tuple[bool, dict[str, str]]  # whether it was done, and what to say


def field(
    name: str, word: str, control: Component, hint: str | None = None, *, wide: bool = False, needed: bool = False
) -> Component:
    """A control with the id `name` under its name; `wide` has a line of its own, `needed` room for an error."""
    parts = [
        html.Label(word, htmlFor=name),
        control,
        html.P(hint, className="faint hint") if hint else None,
        html.P(id=f"{name}-error", className="field-error", role="alert") if needed else None,
    ]
    return html.Div(
        [part for part in parts if part is not None], className="form-field of-name" if wide else "form-field"
    )


def text(
    name: Id, value: str | None = "", *, placeholder: str = "", kind: str = "text", complete: str = "off"
) -> Component:
    """A field for a line; `complete` is what a browser may fill in, as HTML calls it."""
    shape: Any = kind
    return dcc.Input(
        id=name,
        type=shape,
        value=value,
        placeholder=placeholder,
        className="field",
        autoComplete=complete,
        maxLength=2000,
    )


def in_form(*content: Component) -> Component:
    """Fields and the button that asks for what they say, which Enter presses (assets/js/shell.js).

    A browser knows by the form that a password belongs to a name. It is never sent by itself: Dash asks.
    """
    return html.Form(list(content), method="post", className="in-form")


def number(name: Id, value: float | None, *, placeholder: str = "") -> Component:
    """A field whose text the engine is given as a number, and as it stands where it is none."""
    return number_field(name, value, placeholder, is_whole=False)


def select(name: Id, offered: Sequence[tuple[Any, str]], value: Any) -> Component:
    options = [{"value": str(key), "label": word} for key, word in offered]
    made: Component = dbc.Select(
        id=name, options=options, value=None if value is None else str(value), placeholder="Choose…"
    )
    return made


def button(
    name: str | dict[str, Any],
    word: str,
    picture: str,
    actor: Actor,
    *,
    kind: Literal["", "main", "danger", "small", "danger small"] = "",
    needs: Role = Role.ADMIN,
    why_not: str | None = None,
    of_a_project: bool = False,
) -> Component:
    """A button that says in its title why it is dead; `of_a_project` may be pressed with a token of one, too."""
    may = actor.may(needs) and (of_a_project or actor.project_id is None)
    why = None if may else f"You are a {actor.role}; this takes {WHO[needs]}."
    return html.Button(
        [icon(picture), word],
        id=name,
        className=f"button {kind}".strip(),
        type="button",
        disabled=not may or why_not is not None,
        title=why or why_not,
    )


def change(do: Callable[[], Any], done: str) -> Answered:
    """Make a change, and say that it was made or why it was not."""
    try:
        do()
    except Refusal as refusal:
        return False, say("bad", refusal.message)
    return True, say("good", done)
