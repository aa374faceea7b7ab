"""Projects and stations: what a station's zone, place, masks, scale and lamp are, and new ones of both."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.counts import counted
from dashboard.components.empty import empty_state
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.numbers import real_or_text
from dashboard.components.tables import simple_table
from dashboard.components.toasts import say
from dashboard.page import TOAST, PageRequest, address, current_actor
from dashboard.pages.settings import zones
from dashboard.pages.settings.parts import button, change, field, number, select, text
from engine.access import Actor
from engine.board import Board
from engine.lab import stations
from engine.refusals import Invalid, Refusal
from models.queries import lab
from models.queries.lab import ProjectRow, StationRow

FIELDS = ("name", "timezone", "clock", "latitude", "longitude", "px_per_mm", "lamp", "device_notes")
OF_FIELD = {"clock": "clock_offset_min", "zones": "mask_zones"}  # what a field is called by the engine
ERRORS = (*FIELDS, "zones")


def _offset(minutes: int) -> str:
    """Stays at UTC+05:45"""
    hours, rest = divmod(abs(minutes), 60)
    return f"Stays at UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02} all year"


# With the offsets that zones have beside whole hours.
OFFSETS = sorted({*range(-12 * 60, 14 * 60 + 1, 60), -570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765})
FOLLOWS = "zone"
CLOCKS = [(FOLLOWS, "Goes forward and back with the zone"), *((minutes, _offset(minutes)) for minutes in OFFSETS)]


def view(board: Board, request: PageRequest) -> list[Component]:
    """All stations, or the one that the address names with all that can be set of it."""
    wanted = request.number("station")
    with board.store.read() as session:
        rows = lab.stations(session, request.actor.project_id)
        station = next((row for row in rows if row.id == wanted), None)
        if station is not None:
            return [_back(), *_one(station, lab.sample(session, station.id), request.actor)]
        projects = lab.projects(session, request.actor.project_id)
    return _all(rows, projects, request.actor)


def _back() -> Component:
    return html.Div(
        dcc.Link([icon("arrow-left"), "All stations"], href=address("/settings", tab="stations"), className="button")
    )


def _all(rows: list[StationRow], projects: list[ProjectRow], actor: Actor) -> list[Component]:
    lines: list[list[str | Component]] = [
        [
            dcc.Link(row.name, href=address("/settings", tab="stations", station=row.id)),
            row.project,
            row.timezone,
            _place(row),
            str(len(row.mask_zones)) if row.mask_zones else "–",
            f"{row.px_per_mm:g}" if row.px_per_mm else "–",
            row.lamp or "–",
            f"{row.captures:,}",
        ]
        for row in rows
    ]
    head = ["Station", "Project", "Time zone", "Place", "Mask zones", "px per mm", "Lamp", "Captures"]
    table: Component = simple_table(head, lines, label="Stations")
    if not rows:
        table = empty_state("map-pin", "No station yet", "Add one below, or take captures in with nightboard ingest.")
    new = [
        field("new-station-name", "Name", text("new-station-name")),
        field(
            "new-station-project", "Project", select("new-station-project", [(p.id, p.name) for p in projects], None)
        ),
        field("new-station-zone", "Time zone", text("new-station-zone", "UTC"), "Such as Europe/Copenhagen."),
    ]
    project = [
        field("project-name", "Name", text("project-name")),
        field("project-description", "What it is about", text("project-description")),
    ]
    return [
        card("Stations", table, flush=bool(rows)),
        html.Div(
            [
                card("A new station", html.Div(new, className="new-job"), _end("station-add", "Add station", actor)),
                card(
                    "A new project", html.Div(project, className="new-job"), _end("project-add", "Add project", actor)
                ),
            ],
            className="columns settings-forms",
        ),
    ]


def _end(name: str, word: str, actor: Actor) -> Component:
    return html.Div(button(name, word, "plus", actor, kind="main"), className="form-end")


def _place(row: StationRow) -> str:
    if row.latitude is None or row.longitude is None:
        return "–"
    north, east = "N" if row.latitude >= 0 else "S", "E" if row.longitude >= 0 else "W"
    return f"{abs(row.latitude):.4f}° {north}, {abs(row.longitude):.4f}° {east}"


def _one(row: StationRow, sample: lab.Sample | None, actor: Actor) -> list[Component]:
    fields = [
        field("station-name", "Name", text("station-name", row.name), needed=True),
        field(
            "station-timezone",
            "Time zone",
            text("station-timezone", row.timezone),
            "Its nights are grouped anew by it.",
            needed=True,
        ),
        field(
            "station-clock",
            "The camera's clock",
            select("station-clock", CLOCKS, FOLLOWS if row.clock_offset_min is None else row.clock_offset_min),
            "One that nobody changes keeps its offset; times are mended by it.",
            needed=True,
        ),
        field("station-latitude", "Latitude", number("station-latitude", row.latitude), "Degrees north.", needed=True),
        field(
            "station-longitude", "Longitude", number("station-longitude", row.longitude), "Degrees east.", needed=True
        ),
        field(
            "station-px_per_mm",
            "px per mm",
            number("station-px_per_mm", row.px_per_mm),
            "On the sheet, for lengths.",
            needed=True,
        ),
        field("station-lamp", "Lamp", text("station-lamp", row.lamp, placeholder="LepiLED, 365 nm"), needed=True),
        field("station-device_notes", "Notes", text("station-device_notes", row.device_notes), wide=True, needed=True),
    ]
    save = button("station-save", "Save", "check", actor, kind="main")
    return [
        card(
            f"{row.name}, {row.project}", html.Div(fields, className="new-job"), aside=counted(row.captures, "capture")
        ),
        zones.editor(row, sample, actor),
        html.Div([save, html.Span(id="station-saved", className="faint")], className="row-of"),
        dcc.Store(id="station-id", data=row.id),
    ]


def register(app: Dash, board: Board) -> None:
    zones.register(app)
    _register_new(app, board)

    @app.callback(
        Output("station-saved", "children"),
        Output(TOAST, "data", allow_duplicate=True),
        *(Output(f"station-{name}-error", "children") for name in ERRORS),
        Input("station-save", "n_clicks"),
        State("station-id", "data"),
        State("zones", "data"),
        State({"zone": ALL, "side": ALL}, "value"),
        *(State(f"station-{name}", "value") for name in FIELDS),
        prevent_initial_call=True,
    )
    def save(clicks: int | None, station_id: int, masks: list[Any], sides: list[Any], *values: Any) -> Any:
        if not clicks:
            return (no_update,) * (2 + len(ERRORS))
        given = {name: None if value == "" else value for name, value in zip(FIELDS, values, strict=True)}
        given["clock_offset_min"] = None if (clock := given.pop("clock")) in (None, FOLLOWS) else clock
        given |= {"lamp": given["lamp"] or "", "device_notes": given["device_notes"] or "", "mask_zones": masks}
        if len(written := zones.written(sides)) == len(masks):  # else one was just drawn, and has no fields yet
            given["mask_zones"] = written
        given |= {name: real_or_text(given[name]) for name in ("latitude", "longitude", "px_per_mm")}
        given |= {"name": given["name"] or "", "timezone": given["timezone"] or ""}
        fine = ("",) * len(ERRORS)
        try:
            changes = stations.changes_of(given)
            job_id = stations.change_station(board, current_actor(), station_id, changes)
        except Invalid as invalid:
            at_fields, rest = told(invalid)
            return "", say("bad", f"Nothing is saved. {rest or 'What is wrong is said at its field.'}"), *at_fields
        except Refusal as refusal:
            return "", say("bad", refusal.message), *fine
        words = f"Saved. Job {job_id} groups its nights anew." if job_id else "Saved."
        return (
            "Results that are there keep the zones of their time; reprocess to use new ones.",
            say("good", words),
            *fine,
        )


def told(invalid: Invalid) -> tuple[list[str], str]:
    """What is wrong at each field of ERRORS, and what is wrong beside them."""
    said = {name: " ".join(sentences) for name, sentences in invalid.fields.items()}
    at_fields = [said.pop(OF_FIELD.get(name, name), "") for name in ERRORS]
    return at_fields, " ".join(said.values())


def _register_new(app: Dash, board: Board) -> None:
    def renewed(actor: Actor) -> list[Component]:
        with board.store.read() as session:
            return _all(lab.stations(session, actor.project_id), lab.projects(session, actor.project_id), actor)

    @app.callback(
        Output("settings-stations", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("station-add", "n_clicks"),
        State("new-station-name", "value"),
        State("new-station-project", "value"),
        State("new-station-zone", "value"),
        prevent_initial_call=True,
    )
    def add_station(clicks: int | None, name: str, project: str | None, zone: str) -> Any:
        if not clicks:
            return no_update, no_update
        if not project:
            return no_update, say("bad", "Choose the project that the station belongs to.")
        actor = current_actor()
        done, said = change(
            lambda: stations.add_station(board, actor, int(project), name or "", zone or ""),
            f"Station {name} is added.",
        )
        return renewed(actor) if done else no_update, said

    @app.callback(
        Output("settings-stations", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("project-add", "n_clicks"),
        State("project-name", "value"),
        State("project-description", "value"),
        prevent_initial_call=True,
    )
    def add_project(clicks: int | None, name: str, description: str) -> Any:
        if not clicks:
            return no_update, no_update
        actor = current_actor()
        done, said = change(
            lambda: stations.add_project(board, actor, name or "", description or ""), f"Project {name} is added."
        )
        return renewed(actor) if done else no_update, said
