"""What a page is given and what it may speak to: the request, and the names of the shell's stores."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import ModuleType
from typing import Any, Literal, Protocol, cast
from urllib.parse import parse_qsl, urlencode

from dash import Dash
from dash.development.base_component import Component
from flask import g, request

from engine.access import Actor
from engine.board import Board

# Stores as inputs and outputs of a page's callbacks: two of the shell, and three that stand on each page.
LIVE = "live"  # in: {"rev", "jobs", "events", "workers", "gone", "running", "waiting", "more"} of the latest change
THEME = "theme"  # in: "dark" or "light", for figures
PAGE_QUERY = "page-query"  # out: a page's state as `state_at` returns it; it becomes the address, nothing is drawn anew
TOAST = "toast"  # out (allow_duplicate=True): what `components.toasts.say` returns
GO = "go"  # out (allow_duplicate=True): an address of Nightboard's to go to, as a link would have it

Theme = Literal["dark", "light"]


@dataclass(frozen=True)
class PageRequest:
    """One visit to a page: what its address says, who asks, and in which theme."""

    path: str
    actor: Actor
    now: datetime  # UTC
    theme: Theme = "light"
    args: Mapping[str, Any] = field(default_factory=dict)  # the variable parts of PATH, as their converters give them
    query: Mapping[str, str] = field(default_factory=dict)  # of a repeated key the last one

    def text(self, key: str, default: str = "") -> str:
        return self.query.get(key, default)

    def words(self, key: str) -> list[str]:
        """A comma-separated value as a list, empty parts left out."""
        return [word for word in self.text(key).split(",") if word]

    def number(self, key: str, default: int | None = None) -> int | None:
        """A whole number, or the default where the address holds none; a mistyped address is no error."""
        value = self.text(key)
        return int(value) if re.fullmatch(r"-?\d{1,18}", value) else default

    def day(self, key: str) -> date | None:
        """A date as YYYY-MM-DD, or None."""
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            return None


class Page(Protocol):
    """The shape of a module in dashboard/pages."""

    PATH: str
    TITLE: str

    def layout(self, board: Board, request: PageRequest) -> Component: ...

    def register(self, app: Dash, board: Board) -> None: ...


def as_page(module: ModuleType) -> Page:
    """A page module, checked to have the four names of the contract. Raises TypeError when one is missing."""
    missing = [name for name in ("PATH", "TITLE", "layout", "register") if not hasattr(module, name)]
    if missing:
        raise TypeError(f"{module.__name__} is not a page: it lacks {', '.join(missing)}")
    return cast(Page, module)


def query_of(search: str) -> dict[str, str]:
    """The part of an address after its question mark as a flat dict."""
    return dict(parse_qsl(search.removeprefix("?")))


def address(path: str, **query: Any) -> str:
    """An address with a query; None and empty values are left out, lists are joined by commas."""
    flat = {
        key: ",".join(map(str, value)) if isinstance(value, list | tuple) else value for key, value in query.items()
    }
    kept = {key: value for key, value in flat.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept, safe=',:')}" if kept else path


def state_at(path: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """The state of the page at a path, for PAGE_QUERY; one that is answered after its page was left is dropped."""
    return {"path": path, "query": dict(query)}


def current_actor() -> Actor:
    """Who makes this request; the guard of `dashboard.login` has put them there."""
    actor: Actor = g.actor
    return actor


def current_theme() -> Theme:
    """The theme that the browser shows, from its cookie."""
    return "dark" if request.cookies.get("theme") == "dark" else "light"
