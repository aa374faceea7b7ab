"""What a page keeps in the browser."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, no_update
from dash.development.base_component import Component
from plotly.graph_objects import Figure

LOOK_MS = 5_000


def store(name: str, data: Any = None) -> dcc.Store:
    """A store that may begin empty. One that is told to hold nothing calls all that hang on it as soon as it stands."""
    return dcc.Store(id=name) if data is None else dcc.Store(id=name, data=data)


def looking(name: str, *shown: object) -> list[Component]:
    """What has a part look by the clock, where no rev tells of a change: `NAME-turn` asks, `NAME-print` is of `shown`.

    The part draws itself anew where the print of what there is now differs, and leaves the page alone elsewhere.
    """
    clock = dcc.Interval(id=f"{name}-look", interval=LOOK_MS)
    return [clock, store(f"{name}-turn", 0), store(f"{name}-print", print_of(*shown))]


def print_of(*shown: object) -> str:
    """A few letters that differ where any of these rows or words do."""
    return sha256(repr(shown).encode()).hexdigest()[:16]


def changed(shown: Sequence[Any], prints: Sequence[str]) -> tuple[list[Any], list[str]]:
    """Of what a callback would draw only that which differs from what has these prints, and the prints of all of it."""
    now = [print_of(each.to_json() if isinstance(each, Figure) else each) for each in shown]
    before = prints if len(prints) == len(now) else [""] * len(now)
    return [no_update if a == b else each for each, a, b in zip(shown, now, before, strict=True)], now


def register_looking(app: Dash, name: str) -> None:
    """Have a part look, but not while somebody types, holds the pointer down or marks words."""
    app.clientside_callback(
        ClientsideFunction("live", "look"),
        Output(f"{name}-turn", "data"),
        Input(f"{name}-look", "n_intervals"),
        prevent_initial_call=True,
    )
