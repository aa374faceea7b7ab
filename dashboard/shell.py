"""What stands around every page: the document, the navigation, the engine's health, the person."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.icons import icon
from dashboard.components.still import drawn, still
from dashboard.components.stores import store
from dashboard.live import health_view
from dashboard.page import GO, PAGE_QUERY, TOAST, current_actor, current_theme
from engine.board import Board
from models.revisions import latest

# address, name, icon, and the first parts of the addresses that belong to it
NAVIGATION = [
    ("/", "Nights", "moon-star", ("night", "schedules", "upload")),
    ("/captures", "Captures", "camera", ("captures",)),
    ("/jobs", "Jobs", "layers", ("jobs",)),
    ("/timings", "Timings", "timer", ("timings",)),
    ("/workers", "Workers", "cpu", ("workers",)),
    ("/reports", "Reports", "flag", ("reports",)),
    ("/settings", "Settings", "sliders-horizontal", ("settings",)),
]

DOCUMENT = """<!DOCTYPE html>
<html lang="en">
  <head>
    {{%metas%}}
    <meta name="color-scheme" content="light dark">
    <title>{{%title%}}</title>
    <link rel="icon" type="image/svg+xml" href="{icon}">
    <script src="{theme}"></script>
    {{%css%}}
  </head>
  <body>
    {{%app_entry%}}
    <noscript>Nightboard shows nights and jobs as they go on, and needs JavaScript for that.</noscript>
    <footer>
      {{%config%}}{{%scripts%}}
      <link rel="preload" as="fetch" href="/_dash-layout" crossorigin>
      <link rel="preload" as="fetch" href="/_dash-dependencies" crossorigin>
      <link rel="preload" as="font" href="/assets/vendor/inter/inter-latin.woff2" crossorigin>
      {{%renderer%}}
    </footer>
  </body>
</html>
"""


def index(theme_script: str, mark: str) -> str:
    """Dash's index string; the theme is set before the first paint."""
    return DOCUMENT.format(theme=theme_script, icon=mark)


@dataclass(frozen=True)
class Drawn:
    """A page that comes with the shell: its whole address, its title, and what stands on it.

    `rev` is that of the last change before it was drawn; a later one would hide a change from the page.
    """

    rev: int
    href: str
    title: str
    content: list[Component]

    @property
    def path(self) -> str:
        return urlsplit(self.href).path

    @property
    def search(self) -> str:
        return search_of(urlsplit(self.href).query)


def search_of(query: str) -> str:
    """A query as an address has it: with its question mark, or nothing."""
    return f"?{query}" if query else ""


def layout(board: Board, page: Drawn | None = None) -> Component:
    """The shell, drawn once a visit, with the page that is visited where it is known which."""
    with board.store.read() as session:
        rev = page.rev if page else latest(session)
    links = navigation(page.path if page else None)
    return html.Div(
        [
            *_stores(rev, page),
            html.A("Skip to the page", href="#page", className="skip"),
            html.Aside(
                [
                    still(dcc.Link([html.Span(className="mark"), "Nightboard"], href="/", className="brand")),
                    html.Button(
                        id="palette-open",
                        className="palette-open",
                        type="button",
                        **drawn(icon("command"), html.Span("Find or do", className="words"), html.Kbd("Ctrl K")),
                        **aria(haspopup="dialog"),
                    ),
                    html.Nav(id="navigation", className="navigation", **drawn(*links), **aria(label="Pages")),
                    html.Div(
                        [
                            html.Div(id="health", className="health", **drawn(*health_view(board))),
                            _connection(),
                            _person(),
                        ],
                        className="foot",
                    ),
                ],
                className="side",
            ),
            html.Main(html.Div(page.content if page else skeleton(), id="page"), id="main"),
            html.Div(id="toasts", role="status", **aria(live="polite")),
        ],
        id="shell",
        **data(
            rev=str(rev),
            drawn=page.path + page.search if page else "",
            title=page.title if page else "",
            theme=current_theme(),
        ),
    )


def navigation(path: str | None) -> list[Component]:
    """The links to the pages, the one of `path` marked as where the reader is."""
    first = path.strip("/").split("/")[0] if path else None
    links: list[Component] = []
    for href, name, picture, parts in NAVIGATION:
        here = path is not None and (path == href or first in parts)
        current = aria(current="page") if here else {}
        # An html.A would load everything anew; dcc.Link takes no aria attribute, so the mark is on its content.
        links.append(dcc.Link([icon(picture), html.Span(name, **current)], href=href, className="here" if here else ""))
    return links


def skeleton() -> Component:
    """What stands where the page will be, until it is there."""
    bones = [html.Div(className=f"bone {kind}") for kind in ("title", "lead", "box", "box")]
    return html.Div([html.P("Loading", className="visually-hidden"), *bones], className="skeleton")


def stack(*parts: Component | None) -> Component:
    """Parts of a page below each other, evenly apart; None is left out."""
    return html.Div([part for part in parts if part is not None], className="stack")


def letterbox() -> list[Component]:
    """What the callbacks of a page write to; drawn with each page (see dashboard.app)."""
    return [dcc.Store(id=name) for name in (PAGE_QUERY, TOAST, GO)]


def _stores(rev: int, page: Drawn | None) -> list[Component]:
    live = {"rev": rev, "jobs": [], "events": [], "workers": [], "gone": [], "running": 0, "waiting": 0, "more": False}
    # What Location is not told it finds out a moment later, and would then take back what the page itself changed.
    here = {"href": page.href, "pathname": page.path, "search": page.search, "hash": ""} if page else {}
    return [
        dcc.Location(id="address", refresh=False, **here),
        dcc.Store(id="route"),
        store("title", page.title if page else None),
        dcc.Store(id="live", data=live),
        dcc.Store(id="theme", data=current_theme()),
    ]


def _connection() -> Component:
    words = drawn(html.Span(className="dot"), html.Span("Live", className="words"))
    return html.Div(id="connection", role="status", **words, **aria(live="polite"))


def _person() -> Component:
    actor = current_actor()
    leave = html.Button(
        type="submit",
        className="button plain square",
        title="Log out",
        **drawn(icon("log-out")),
        **aria(label="Log out"),
    )
    theme = html.Button(
        id="theme-toggle",
        className="button plain square",
        title="Dark or light",
        **drawn(icon("sun-moon")),
        **aria(label="Change between dark and light"),
    )
    name = drawn(icon("user"), html.Span(actor.name))
    who = html.Span(className="who", title=f"{actor.name}, {actor.role}", **name)
    return html.Div([who, theme, html.Form(leave, method="POST", action="/logout")], className="person")
