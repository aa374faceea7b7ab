"""The captures of a job as a strip, one mark a capture, by colour and shape; assets/js/strip.js draws it.

A strip of very many captures has one mark for several of them, and a click on it opens those below.
"""

from collections import Counter
from typing import Any, Literal

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.charts import plain_table
from dashboard.components.header import card
from dashboard.components.pills import ITEM_FACES
from dashboard.components.stores import store
from dashboard.page import THEME
from dashboard.pages.job.reading import View
from engine.board import Board
from models.queries import job_shots, jobs
from models.states import ItemState

ORDER = (
    ItemState.DONE, ItemState.SKIPPED, ItemState.FAILED, ItemState.STOPPED, ItemState.CLAIMED, ItemState.WAITING,
)  # fmt: skip
LABEL = "The captures of this job, one mark each"


def view(shown: View) -> Component:
    """The card with the strip as it is now."""
    stores = {"data": drawn(shown), "drawn": None, "place": 0, "item": 0, "opened": None}
    figure = html.Figure(
        [
            html.Div(
                [html.Div(id="job-strip-drawing"), html.P(id="job-strip-said", className="faint", role="status")],
                id="job-strip",
            ),
            html.Ul(legend(shown.marks), id="job-strip-legend", className="strip-legend"),
            html.Details(
                [html.Summary("The numbers"), html.Div(table(shown.marks), id="job-strip-table", tabIndex="0")],
                className="behind",
            ),
        ],
        className="chart",
        **aria(label=LABEL),
    )
    return html.Div(
        card(
            "Every capture",
            figure,
            *(store(f"job-strip-{name}", value) for name, value in stores.items()),
            aside=html.Span(order_in_words(shown.detail.job.total), id="job-strip-order"),
        ),
        id="job-strip-card",
        hidden=not shown.detail.job.total,
    )


def drawn(shown: View) -> dict[str, Any]:
    """What is drawn: how many captures there are, and the state of each as a letter."""
    return {"total": shown.detail.job.total, "letters": shown.marks}


def counts(letters: str) -> list[tuple[ItemState, int]]:
    """How many captures are in each state, those without any left out."""
    found = Counter(letters)
    return [(state, found[job_shots.LETTERS[state]]) for state in ORDER if found[job_shots.LETTERS[state]]]


def legend(letters: str) -> list[Component]:
    """Each state that there is with its mark, its word and its count."""
    return [
        html.Li(
            [
                html.Span(className="strip-mark", **data(letter=job_shots.LETTERS[state]), **aria(hidden="true")),
                ITEM_FACES[state].word,
                html.B(f"{number:,}", className="number"),
            ]
        )
        for state, number in counts(letters)
    ]


def table(letters: str) -> Component:
    """The counts behind the strip."""
    rows = [
        [ITEM_FACES[state].word, f"{number:,}", f"{number / len(letters):.1%}"] for state, number in counts(letters)
    ]
    return plain_table(["State", "Captures", "Share"], rows, label=LABEL)


def order_in_words(total: int) -> str:
    """In which order the marks stand."""
    return "in the order they were taken" if job_shots.is_in_time(total) else "in the order of the work"


def register(app: Dash, board: Board) -> None:
    """The drawing of what the page has read, and a mark to its capture."""
    app.clientside_callback(
        ClientsideFunction("strip", "draw"),
        Output("job-strip-drawn", "data"),
        Input("job-strip-data", "data"),
        Input(THEME, "data"),
    )
    # Set from the browser: a second callback with job-shot as its output would keep the first look at it from coming.
    app.clientside_callback(
        ClientsideFunction("strip", "open"),
        Output("job-strip-opened", "data"),
        Input("job-strip-item", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("job-strip-item", "data"),
        Input("job-strip-place", "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def open_one(place: dict[str, int] | Literal[0], job_id: int) -> Any:
        if not place:
            return no_update
        with board.store.read() as session:
            total = sum(row.total for row in jobs.by_ids(session, [job_id]))
            found = job_shots.at(session, job_id, total, place["place"])
        return found or no_update
