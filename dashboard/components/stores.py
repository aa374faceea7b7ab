"""What a page keeps in the browser."""

from typing import Any

from dash import dcc


def store(name: str, data: Any = None) -> dcc.Store:
    """A store that may begin empty. One that is told to hold nothing calls all that hang on it as soon as it stands."""
    return dcc.Store(id=name) if data is None else dcc.Store(id=name, data=data)
