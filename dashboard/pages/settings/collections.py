"""Collections: how a sample of captures is described, new ones, and the jobs that fill them."""

import re
from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.empty import empty_state
from dashboard.components.header import card
from dashboard.components.numbers import real_or_text
from dashboard.components.stores import print_of, store
from dashboard.components.tables import simple_table
from dashboard.components.toasts import say
from dashboard.page import LIVE, TOAST, PageRequest, current_actor
from dashboard.pages.settings.parts import button, change, field, number, select, text
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.captures.sampling import METHODS, Filters
from engine.lab import collections
from engine.lab.collections import CollectionRequest, populating
from engine.refusals import Refusal
from models.people import Role
from models.queries import lab, scope
from models.queries.lab import ProjectRow, SampledRow, StationRow

MOST = 200  # of the list
MOST_SEED = 2**31 - 1
EVERYWHERE = "all"
SENTENCES = {
    "full": "Full: every capture",
    "random": "Random: so many captures by lot",
    "interval": "Interval: of each station one capture every so many minutes",
    "manual": "Manual: the captures that you name",
    "random_from_each_event": "Random of each night: so many captures of each night by lot",
    "last_and_random_from_each_event": "Last and random of each night: its last capture and so many others by lot",
    "greatest_file_size_from_each_event": "Largest of each night: its largest files, which tend to show the most",
    "detections_only": "Detections: the captures on which something was detected",
}
WORDS = {
    "size": "How many captures",
    "minute_interval": "Minutes between captures",
    "image_ids": "Numbers of the captures",
    "num_each": "How many of each night",
    "hour_start": "From the hour",
    "hour_end": "To the hour",
    "month_start": "From the month",
    "month_end": "To the month",
    "date_start": "From the night of",
    "date_end": "To the night of",
    "deployment_ids": "Station",
}
NAMES = re.compile(rf"\b({'|'.join(WORDS)})\b")
HINTS = {
    "image_ids": "Several with commas.",
    "hour_start": "0 to 23, by the station's clock.",
    "hour_end": "It counts; it may be after midnight.",
    "month_start": "1 to 12.",
    "month_end": "It counts.",
}


def view(board: Board, request: PageRequest) -> list[Component]:
    return content(board, request.actor)


def content(board: Board, actor: Actor) -> list[Component]:
    """All collections, and the form for a new one."""
    with board.store.read() as session:
        listed = _list(session, actor)
        projects = lab.projects(session, actor.project_id)
        stations = lab.stations(session, actor.project_id)
    add = button(
        "collection-add", "Make collection", "plus", actor, kind="main", needs=Role.OPERATOR, of_a_project=True
    )
    return [
        card("Collections", html.Div(listed, id="collections-list"), store("collections-print"), flush=True),
        card("A new collection", _form(projects, stations), html.Div(add, className="form-end")),
    ]


def _list(session: Session, actor: Actor) -> Component:
    rows = lab.collections(session, actor.project_id, MOST)
    if not rows:
        return empty_state("layers", "No collection yet", "Describe one below, then populate it and run a job over it.")
    stations = dict(scope.stations(session))
    lines: list[list[str | Component]] = [
        [
            row.name,
            row.project,
            _sampling(row, stations),
            str(row.seed),
            f"{row.captures:,}",
            html.Div([_button("populate", row, actor), _button("delete", row, actor)], className="row-of"),
        ]
        for row in rows
    ]
    head = ["Collection", "Project", "How it is sampled", "Seed", "Captures", ""]
    return simple_table(head, lines, label="Collections")


def _sampling(row: SampledRow, stations: dict[int, str]) -> str:
    """The method and what it is given, such as `Random; how many captures: 10; to the hour: 3`."""
    given = dict(sorted(row.arguments.items(), key=lambda pair: pair[0] in Filters.model_fields))
    if ids := given.get("deployment_ids"):
        given["deployment_ids"] = [stations.get(key, key) for key in ids]
    said = [f"{WORDS.get(name, name).lower()}: {_told(value)}" for name, value in given.items()]
    return "; ".join([SENTENCES.get(row.method, row.method).partition(":")[0], *said])


def _told(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return ", ".join(map(str, value[:5])) + (" …" if len(value) > 5 else "")


def _button(verb: str, row: SampledRow, actor: Actor) -> Component:
    name = {"collection": verb, "id": row.id}
    if verb == "populate":
        return button(name, "Populate", "play", actor, kind="small", needs=Role.OPERATOR, of_a_project=True)
    return button(name, "Delete", "trash-2", actor, kind="danger small", needs=Role.OPERATOR, of_a_project=True)


def _form(projects: Sequence[ProjectRow], stations: Sequence[StationRow]) -> Component:
    project = projects[0].id if len(projects) == 1 else None
    methods = [(method, SENTENCES.get(method, method)) for method in METHODS]
    places = [(EVERYWHERE, "All stations"), *((row.id, f"{row.name}, {row.project}") for row in stations)]
    return html.Div(
        [
            field("collection-name", "Name", text("collection-name")),
            field(
                "collection-project",
                "Project",
                select("collection-project", [(p.id, p.name) for p in projects], project),
            ),
            field("collection-method", "Method", select("collection-method", methods, "random"), wide=True),
            html.Div(_own("random"), id="collection-own"),
            *(_argument(name, places) for name in Filters.model_fields),
            field(
                "collection-seed",
                "Seed",
                number("collection-seed", None, placeholder="drawn"),
                "The same seed chooses the same captures.",
            ),
        ],
        className="new-job",
    )


def _own(method: str) -> list[Component]:
    """The fields that this method takes beside the filters; an empty one shows what it means."""
    taken = METHODS[method].arguments.model_fields
    own = [name for name in taken if name not in Filters.model_fields]
    return [_argument(name, placeholder=str(taken[name].default)) for name in own] or [
        html.P("It takes nothing but the filters.", className="faint")
    ]


def _argument(name: str, places: Sequence[tuple[Any, str]] = (), *, placeholder: str = "") -> Component:
    key = {"argument": name}
    control: Component
    match name:
        case "deployment_ids":
            control = select(key, places, EVERYWHERE)
        case "date_start" | "date_end":
            control = text(key, kind="date")
        case "image_ids":
            control = text(key)
        case _:
            control = number(key, None, placeholder=placeholder)
    return field(f'{{"argument":"{name}"}}', WORDS.get(name, name), control, HINTS.get(name))


def arguments(keys: Sequence[dict[str, str]], values: Sequence[Any]) -> dict[str, Any]:
    """What the filled fields say, as the engine takes it."""
    pairs = zip(keys, values, strict=True)
    given: dict[str, Any] = {
        key["argument"]: real_or_text(value) for key, value in pairs if value not in (None, "", EVERYWHERE)
    }
    if "deployment_ids" in given:
        given["deployment_ids"] = [given["deployment_ids"]]
    if "image_ids" in given:
        given["image_ids"] = [word for word in str(given["image_ids"]).replace(",", " ").split() if word]
    return given


def register(app: Dash, board: Board) -> None:
    _register_new(app, board)

    @app.callback(
        Output("collections-list", "children"),
        Output("collections-print", "data"),
        Input(LIVE, "data"),
        State("collections-print", "data"),
        prevent_initial_call=True,
    )
    def follow(live: dict[str, Any], shown: str | None) -> Any:
        if not (live["jobs"] or live["gone"] or live["more"]):
            return no_update, no_update
        actor = current_actor()
        with board.store.read() as session:
            now = print_of(lab.collections(session, actor.project_id, MOST))
            return (no_update, no_update) if now == shown else (_list(session, actor), now)

    @app.callback(
        Output("settings-collections", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input({"collection": ALL, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def alter(_clicks: list[int | None]) -> Any:
        asked = ctx.triggered_id
        if not isinstance(asked, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        actor, key = current_actor(), asked["id"]
        if asked["collection"] == "populate":
            return no_update, _populate(board, actor, key)
        done, said = change(
            lambda: collections.delete_collection(board, actor, key), "The collection is deleted; its captures stay."
        )
        return content(board, actor) if done else no_update, said


def _populate(board: Board, actor: Actor, key: int) -> dict[str, str]:
    try:
        with board.store.read() as session:
            request = populating(session, actor, key)
        job_id = control.submit(board, actor, request, start_now=True).job_id
    except Refusal as refusal:
        return say("bad", refusal.message)
    return say("good", f"Job {job_id} fills collection {key}.")


def _register_new(app: Dash, board: Board) -> None:
    @app.callback(Output("collection-own", "children"), Input("collection-method", "value"), prevent_initial_call=True)
    def own(method: str) -> list[Component]:
        return _own(method)

    @app.callback(
        Output("settings-collections", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("collection-add", "n_clicks"),
        State("collection-name", "value"),
        State("collection-project", "value"),
        State("collection-method", "value"),
        State("collection-seed", "value"),
        State({"argument": ALL}, "id"),
        State({"argument": ALL}, "value"),
        prevent_initial_call=True,
    )
    def add(
        clicks: int | None,
        name: str | None,
        project: str | None,
        method: str,
        typed: str | None,
        keys: list[dict[str, str]],
        values: list[Any],
    ) -> Any:
        if not clicks:
            return no_update, no_update
        seed = real_or_text(typed)
        if wrong := _wrong(name, project, seed):
            return no_update, say("bad", wrong)
        given = {"name": name, "project_id": project, "method": method, "kwargs": arguments(keys, values), "seed": seed}
        actor, request = current_actor(), CollectionRequest.model_validate(given)
        done, said = change(
            lambda: collections.add_collection(board, actor, request),
            f"Collection {request.name} is made; populate it.",
        )
        return (content(board, actor), said) if done else (no_update, _in_words(said))


def _in_words(said: dict[str, str]) -> dict[str, str]:
    """A refusal with the names that the fields have on the page."""
    return said | {"sentence": NAMES.sub(lambda found: WORDS[found[0]], said["sentence"])}


def _wrong(name: str | None, project: str | None, seed: Any) -> str | None:
    """What the form lacks before the engine is asked."""
    if not 1 <= len((name or "").strip()) <= 255:
        return "A collection needs a name of 1 to 255 letters."
    if not project:
        return "Choose the project whose captures it samples."
    if seed is not None and not (isinstance(seed, int) and 0 <= seed <= MOST_SEED):
        return f"The seed is a whole number from 0 to {MOST_SEED:,}; leave it empty to have one drawn."
    return None
