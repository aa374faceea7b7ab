"""The Dash app: its pages, and the one callback that goes from an address to a page.

The page contract. A page is a module in dashboard/pages with four names:

    PATH = "/jobs/<int:job_id>"     werkzeug's syntax; the converted parts come in `request.args`
    TITLE = "Job"                   for the tab; `layout` may set its own h1
    def layout(board: Board, request: PageRequest) -> Component
    def register(app: Dash, board: Board) -> None

and stands in PAGES below. `layout` is called at each visit, with everything that the address says, so that a reload or
a sent link shows the same. A page that has nothing to show for its address raises `NotHere` with a sentence.

`register` holds all callbacks of the page as `@app.callback`; a module-level `@callback` is lost when a second app is
made in the process. Clientside functions live in assets/js, never inline, as the content policy forbids inline scripts:
`app.clientside_callback(ClientsideFunction("namespace", "function"), ...)`. Sheets in assets/css and scripts in
assets/js load in the order of their names, each kind as one file (dashboard/bundles.py).

What the shell offers (names in dashboard/page.py):
- Input(LIVE, "data"): what changed, within one poll. Look for the page's own ids in it and return no_update otherwise.
- Output(PAGE_QUERY, "data"): `state_at(PATH, {...})`, the page's state. It is put in the address without a new drawing;
  an address that changes in any other way (link, back button) draws the page anew. None and "" are left out.
- Input(THEME, "data"): "dark" or "light", for figures; the first one is `request.theme`.
- Output(TOAST, "data", allow_duplicate=True): `say("good", "Job 12 starts.")`, kinds good, bad and info.
- Output(GO, "data", allow_duplicate=True): an address to go to, "/jobs/12" or "?night=3".
- `nightboard.key("x", "What it does", act, "On this page")` in assets/js makes a key, which `?` then lists.
- `current_actor()` inside a callback is the person, for engine.control.
The three that a page writes to are drawn with it. Dash asks a callback when one of its inputs is drawn, unless all
that it writes to was drawn at the same time: what wrote to the shell would ask each of its buttons at each visit.
Query → plain rows → pure figure → thin callback; no SQL and no figure is built here.
"""

import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from dash import ClientsideFunction, Dash, Input, Output, html, set_props
from dash.development.base_component import Component
from flask import Flask, g, has_request_context, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule

from dashboard import bundles, live, palette, shell
from dashboard.bundles import ASSETS
from dashboard.components.empty import empty_state
from dashboard.components.header import page_header
from dashboard.components.still import MARKUP, markup
from dashboard.components.toasts import say
from dashboard.page import GO, PAGE_QUERY, TOAST, PageRequest, as_page, current_actor, current_theme, query_of
from dashboard.pages import (
    NotHere,
    capture,
    captures,
    job,
    jobs,
    new_job,
    night,
    nights,
    reports,
    schedules,
    settings,
    timings,
    upload,
    wall,
    workers,
)
from dashboard.pages.reports import behind, meaning
from engine.board import Board
from models.revisions import latest

log = logging.getLogger(__name__)

PAGES = [
    as_page(module)
    for module in (
        nights,
        night,
        captures,
        capture,
        jobs,
        new_job,
        job,
        timings,
        workers,
        wall,
        schedules,
        upload,
        reports,
        behind,
        meaning,
        settings,
    )
]
ROUTES = Map([Rule(page.PATH, endpoint=number) for number, page in enumerate(PAGES)])

# The grid's own part of its library, which is otherwise asked for when the grid is about to be drawn. It comes last,
# and runs while the layout is on its way.
LATE_SCRIPTS = {jobs.PATH: "/_dash-component-suites/dash_ag_grid/async-community.js"}

# Scripts that Dash would have a browser load: what browsers lacked years ago, and tables of a kind that no page has. Of
# the first its own scripts still need one part, which stands among ours (dashboard/bundles.py).
UNUSED_SCRIPTS = ("/dash/deps/polyfill", "/dash/dash_table/")

# Where the page will be. Dash has a word in it until then, before which a browser waits until it has found a font.
ENTRY = '<div id="react-entry-point"><div class="loading" role="status" aria-label="Loading"><div></div></div></div>'


class NightboardDash(Dash):
    """Dash, whose document has the page's title, and names what it will need, so that it is fetched beside the rest."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        used = [tag for tag in parts["scripts"].split("\n") if not any(name in tag for name in UNUSED_SCRIPTS)]
        late = LATE_SCRIPTS.get(request.path)
        parts |= {
            "title": f"{title_at(request.path)} · {parts['title']}",
            "app_entry": ENTRY,
            "scripts": "\n".join(used),
            "renderer": parts["renderer"] + (f'<script src="{late}"></script>' if late else ""),
        }
        return str(super().interpolate_index(**parts))  # type: ignore[no-untyped-call]


def make_app(server: Flask, board: Board) -> Dash:
    """The Dash app on a Flask server, with every page's callbacks; no callback is kept outside it."""
    app = NightboardDash(
        "nightboard",
        server=server,  # type: ignore[arg-type]  # Dash takes a Flask here; its annotation has not heard
        assets_folder=str(ASSETS),
        include_assets_files=False,  # the order of the sheets matters, and plotly loads only with a graph
        external_stylesheets=[bundles.address("css")],
        external_scripts=[bundles.address("js")],
        index_string=shell.index(asset("js/theme.js"), asset("img/mark.svg")),
        title="Nightboard",
        on_error=tell,
        update_title="",
        suppress_callback_exceptions=True,
        serve_locally=True,
    )
    # Dash asks once at its start, when nobody is there, only to check the ids.
    app.layout = lambda: first_layout(board) if has_request_context() and "actor" in g else html.Div(id="shell")
    register_routing(app, board)
    live.register(app, board)
    palette.register(server, board)
    for page in PAGES:
        page.register(app, board)
    return app


def asset(name: str) -> str:
    """The address of an asset, renewed when the file is."""
    return f"/assets/{name}?m={int((ASSETS / name).stat().st_mtime)}"


def first_layout(board: Board) -> Component:
    """The shell with the page that is visited, which saves the browser to ask for it and to draw twice.

    Dash asks for its layout by an address of its own, and the browser says for which page. A browser that does not say
    gets the shell, and asks for the page as it does for the next ones.
    """
    visited = urlsplit(request.referrer or "")
    if visited.netloc != request.host:
        return shell.layout(board)
    with board.store.read() as session:
        rev = latest(session)
    content, title = drawn_at(board, visited.path, shell.search_of(visited.query))
    return shell.layout(board, shell.Drawn(rev, visited.geturl(), title, content))


def register_routing(app: Dash, board: Board) -> None:
    """From the address to the page, and back from a page's query to the address."""
    app.clientside_callback(
        ClientsideFunction("shell", "route"),
        Output("route", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("shell", "write"),
        Output("address", "search"),
        Input(PAGE_QUERY, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("shell", "go"),
        Output("address", "pathname"),
        Output("address", "search", allow_duplicate=True),
        Input(GO, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(ClientsideFunction("shell", "arrived"), Input("title", "data"), prevent_initial_call=True)
    app.clientside_callback(ClientsideFunction("shell", "toast"), Input(TOAST, "data"), prevent_initial_call=True)

    @app.callback(
        Output("page", "children"),
        Output("title", "data"),
        Output("navigation", MARKUP),
        Input("route", "data"),
        prevent_initial_call=True,
    )
    def show(route: dict[str, str]) -> Any:
        content, title = drawn_at(board, route["path"], route["search"])
        return content, title, markup(*shell.navigation(route["path"]))


def drawn_at(board: Board, path: str, search: str) -> tuple[list[Component], str]:
    """All that is drawn at an address: the page with what its callbacks write to, and its title."""
    content, title = page_at(board, path, search)
    return [content, *shell.letterbox()], title


def page_at(board: Board, path: str, search: str) -> tuple[Component, str]:
    """The page at an address and its title; a page that says so when there is none."""
    try:
        number, args = ROUTES.bind("").match(path)
    except NotFound:
        return not_here(f"There is no page at {path}."), "Not here"
    page = PAGES[number]
    visit = PageRequest(
        path=path,
        actor=current_actor(),
        now=datetime.now(UTC),
        theme=current_theme(),
        args=args,
        query=query_of(search),
    )
    try:
        return page.layout(board, visit), page.TITLE
    except NotHere as missing:
        return not_here(str(missing)), "Not here"
    except Exception:  # a reader gets a page that says so, whatever broke
        log.exception("the page at %s could not be drawn", path)
        return broken(), "Not drawn"


def title_at(path: str) -> str:
    """The title of the page at an address."""
    try:
        number, _ = ROUTES.bind("").match(path)
    except HTTPException:
        return "Not here"
    title: str = PAGES[number].TITLE
    return title


def broken() -> Component:
    words = "Something in Nightboard failed here; what happened stands in logs/web.log of its home."
    return shell.stack(page_header("Not drawn"), empty_state("triangle-alert", "This page could not be drawn", words))


def tell(error: Exception) -> None:
    """What a person gets when a callback breaks; the whole of it goes to the log."""
    log.error("a callback failed", exc_info=error)
    sentence = "Something in Nightboard failed; what happened stands in logs/web.log of its home."
    set_props(TOAST, {"data": say("bad", sentence)})


def not_here(sentence: str) -> Component:
    return shell.stack(
        page_header("Not here"),
        empty_state("moon-star", "Nothing at this address", sentence, action=("Go to the nights", "/")),
    )
