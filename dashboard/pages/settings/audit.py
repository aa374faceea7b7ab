"""Audit: who asked what, from where, and what became of it; refusals too."""

from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.empty import empty_state
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.pills import Face, pill
from dashboard.components.search_field import search_field, typed
from dashboard.components.still import MARKUP, drawn, markup
from dashboard.components.stores import looking, print_of, register_looking, store
from dashboard.components.tables import simple_table
from dashboard.components.times import moment, zone_of
from dashboard.page import LIVE, PAGE_QUERY, PageRequest, address, state_at
from dashboard.pages.job.words import asked_for, in_words
from engine.board import Board
from models.queries import lab
from models.queries.lab import AuditFilter, AuditLine

LINES = 60
OUTCOMES = {"": "All", "accepted": "Accepted", "refused": "Refused"}


def view(board: Board, request: PageRequest) -> list[Component]:
    outcome = request.text("outcome") if request.text("outcome") in OUTCOMES else ""
    where = AuditFilter(request.text("who"), outcome, request.number("before"))
    search = html.Label(
        [
            icon("search"),
            html.Span("Search the audit", className="visually-hidden"),
            *search_field("audit-text", where.text, "Who, what, why"),
        ],
        className="search-box",
    )  # fmt: skip
    segments = html.Div(
        dcc.RadioItems(
            id="audit-outcome",
            options=[{"value": key, "label": word} for key, word in OUTCOMES.items()],
            value=outcome,
            className="segments",
        ),
        role="group",
        **aria(label="Outcome"),
    )
    return [
        html.Div([search, segments], className="filter-bar alone", role="search", **aria(label="Filter the audit")),
        html.Div(id="audit-lines", **drawn(listing(lines := read(board, where), where))),
        store("audit-before", where.before or 0),
        *looking("audit", lines),
    ]


def read(board: Board, where: AuditFilter) -> list[AuditLine]:
    """The lines of a sheet, and one more where there are older ones."""
    with board.store.read() as session:
        return lab.audit(session, where, LINES + 1)


def listing(lines: list[AuditLine], where: AuditFilter) -> Component:
    """A sheet of the record, the newest first."""
    if not lines:
        return card(None, empty_state("list-checks", "Nothing like that", "Nobody asked for anything that fits."))
    rows = [_row(line) for line in lines[:LINES]]
    table = simple_table(["When", "Who", "From", "Asked", "About", "Became", "Why, or with what"], rows, label="Audit")
    parts: list[Component | None] = [table]
    if len(lines) > LINES:
        older = address("/settings", tab="audit", who=where.text, outcome=where.outcome, before=lines[LINES - 1].id)
        parts.append(
            html.Nav(dcc.Link(["Older", icon("chevron-right")], href=older, className="button"), className="form-end")
        )
    return card(None, *parts, flush=True)


def _row(line: AuditLine) -> list[str | Component]:
    about = dcc.Link(f"Job {line.job_id}", href=f"/jobs/{line.job_id}") if line.job_id else "the lab"
    words = line.reason or asked_for(line.verb, line.details) or ("" if line.job_id else in_words(line.details))
    return [
        moment(line.requested_at, zone_of("UTC")),
        line.who,
        line.via,
        line.verb,
        about,
        _outcome(line),
        html.Span(words, className="clip", title=words),
    ]


def _outcome(line: AuditLine) -> Component:
    if line.outcome == "refused":
        return pill(Face("Refused", "ban", "bad"))
    return pill(Face("Done", "check", "done") if line.done_at else Face("Asked", "hourglass", "wait"))


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("audit-lines", MARKUP),
        Output("audit-print", "data"),
        Output("audit-before", "data"),
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        Input(typed("audit-text"), "data"),
        Input("audit-outcome", "value"),
        State("audit-text", "value"),
        prevent_initial_call=True,
    )
    def narrow(_typed: int, outcome: str | None, text: str | None) -> Any:
        where = AuditFilter((text or "").strip(), outcome or "")
        lines, query = read(board, where), {"tab": "audit", "who": where.text, "outcome": where.outcome}
        return markup(listing(lines, where)), print_of(lines), 0, state_at("/settings", query)

    register_looking(app, "audit")

    @app.callback(
        Output("audit-lines", MARKUP, allow_duplicate=True),
        Output("audit-print", "data", allow_duplicate=True),
        Input("audit-turn", "data"),
        Input(LIVE, "data"),
        State("audit-text", "value"),
        State("audit-outcome", "value"),
        State("audit-before", "data"),
        State("audit-print", "data"),
        prevent_initial_call=True,
    )
    def follow(_turn: int, live: dict[str, Any], text: str, outcome: str, before: int, shown: str) -> Any:
        if ctx.triggered_id == LIVE and not (live["jobs"] or live["gone"] or live["more"]):
            return no_update, no_update
        where = AuditFilter((text or "").strip(), outcome or "", before or None)
        lines = read(board, where)
        if print_of(lines) == shown:
            return no_update, no_update
        return markup(listing(lines, where)), print_of(lines)
