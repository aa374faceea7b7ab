"""The review of captures that wait at a checkpoint: one after the other, large, with why each waits, and by keys."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.stores import store
from dashboard.components.thumbs import picture_address
from dashboard.components.times import clock, zone_of
from dashboard.components.toasts import say
from dashboard.page import TOAST, current_actor
from dashboard.pages.job.reading import View
from dashboard.pages.job.results import picture
from dashboard.pages.job.words import captures
from engine import control
from engine.board import Board
from engine.causes import reason
from engine.checkpoint import Verdict
from models.queries import job_shots
from models.queries.job_shots import ShotRow
from models.states import Status

REJECT = "reject-all-yes"  # the answer to the question before all are rejected
SURE = "reject-all-sure"  # its words
NONE_READABLE = "None of these captures could be read, so there is no result to accept."
ONE_UNREADABLE = "It could not be read, so there is no result to accept."
SHOWN = 60  # of those that wait; the next ones come up as these are judged
VERDICTS: dict[Verdict, tuple[str, str, str]] = {
    "accept": ("Accept", "check", "A"),
    "reject": ("Reject", "x", "R"),
    "retry": ("Try again", "rotate-cw", "T"),
}


def view(board: Board, shown: View) -> Component:
    """The card; hidden unless captures wait for a verdict."""
    rows = waiting(board, shown)
    body = html.Div(
        [
            html.Ul(strip_of(rows), id="review-list", className="review-list", **aria(label="Captures that wait")),
            html.Div(
                [
                    html.Div(id="review-said", className="review-said"),
                    html.Div(id="review-picture", className="viewer-picture review-picture"),
                    html.Div([*_moves(), *_verdicts(shown)], className="row-of review-verdicts"),
                ],
                className="review-one",
            ),
        ],
        className="review",
    )
    stores = ("data", "drawn", "verdict", "next", "gone-on")
    return html.Div(
        card(
            html.Span(heading(shown), id="review-heading"),
            body,
            _dialog(shown),
            store("review-item", rows[0].item_id if rows else None),
            *(dcc.Store(id=f"review-{name}") for name in stores),
            aside=_all_at_once(shown),
        ),
        id="job-review",
        className="job-review",
        hidden=not is_open(shown),
    )


def is_open(shown: View) -> bool:
    """Whether the job waits for verdicts."""
    return shown.detail.job.status is Status.CHECKPOINT


def heading(shown: View) -> str:
    """How many wait."""
    number = shown.detail.job.stopped
    return f"{captures(number)} {'waits' if number == 1 else 'wait'} for your verdict"


def waiting(board: Board, shown: View) -> list[ShotRow]:
    """The next captures that wait; none unless the job stands at its checkpoint."""
    if not is_open(shown):
        return []
    with board.store.read() as session:
        return job_shots.waiting(session, shown.detail.job.id, SHOWN)


def strip_of(rows: list[ShotRow]) -> list[Component]:
    """The captures that wait as small pictures, each with its reason."""
    return [
        html.Li(
            html.Button(
                [
                    html.Img(src=picture_address(row.capture_id, "small"), alt=""),
                    html.Span(
                        [html.B(clock(row.taken_at, zone_of(row.timezone), told=False)), reason(row.error_kind)],
                        className="words",
                    ),
                ],
                className="review-thumb",
                type="button",
                **data(review=str(row.item_id), acceptable=None if row.result_id is None else "yes"),
            )
        )
        for row in rows
    ]


def _moves() -> list[Component]:
    return [
        html.Button(
            [icon(picture_name), html.Kbd(key)],
            className="button plain",
            type="button",
            title=words,
            **data(review_step=step),
            **aria(label=words),
        )
        for step, picture_name, key, words in (
            ("-1", "chevron-left", "K", "The capture before (K)"),
            ("1", "chevron-right", "J", "The next capture (J)"),
        )
    ]


def _verdicts(shown: View) -> list[Component]:
    return [
        html.Button(
            [icon(picture_name), word, html.Kbd(key)],
            id=f"review-{verdict}",
            className=f"button {'main' if verdict == 'accept' else 'danger' if verdict == 'reject' else ''}".strip(),
            type="button",
            disabled=not shown.may,
            title=shown.forbidden,
            **data(verdict=verdict),
        )
        for verdict, (word, picture_name, key) in VERDICTS.items()
    ]


def _all_at_once(shown: View) -> list[Component]:
    return [
        html.Button(
            face_of_all(verdict, shown),
            id=f"review-all-{verdict}",
            className="button",
            type="button",
            disabled=why_not_all(verdict, shown) is not None,
            title=why_not_all(verdict, shown),
            **data(does=""),
        )
        for verdict in VERDICTS
    ]


def face_of_all(verdict: Verdict, shown: View) -> list[Component | str]:
    """What the button says that passes a verdict on all at once, with their number."""
    number = shown.detail.job.stopped
    of_one: dict[Verdict, str] = {"accept": "Accept it", "reject": "Reject it…", "retry": "Try it again"}
    of_all: dict[Verdict, str] = {
        "accept": "Accept all readable",
        "reject": f"Reject all {number:,}…",
        "retry": f"Try all {number:,} again",
    }
    return [icon(VERDICTS[verdict][1]), (of_one if number == 1 else of_all)[verdict]]


def why_not_all(verdict: Verdict, shown: View) -> str | None:
    """Why a verdict cannot be passed on all at once; None when it can."""
    if shown.forbidden or verdict != "accept" or shown.is_any_readable:
        return shown.forbidden
    return NONE_READABLE if shown.detail.job.stopped != 1 else ONE_UNREADABLE


def question(shown: View) -> str:
    """What is asked before all are rejected."""
    number = shown.detail.job.stopped
    return "Reject the capture that waits?" if number == 1 else f"Reject all {captures(number)} that wait?"


def consequence(shown: View) -> str:
    """What becomes of those that are rejected."""
    if shown.detail.job.stopped == 1:
        return "It counts as failed, and what was found on it is taken away. A retry of the job works on it again."
    return "They count as failed, and what was found on them is taken away. A retry of the job works on them again."


def answer(word: str, shown: View) -> str:
    """What a button of the question says: leave or reject what it is about."""
    return f"{word} {'it' if shown.detail.job.stopped == 1 else 'them'}"


def _dialog(shown: View) -> Component:
    no, yes = html.Span(answer("Leave", shown), id="reject-all-leave"), html.Span(answer("Reject", shown), id=SURE)
    made: Component = dbc.Modal(
        [
            html.Div(
                [html.H2(question(shown), id="reject-all-title"), html.P(consequence(shown), id="reject-all-words")],
                className="modal-body",
            ),
            html.Div(
                [
                    html.Button(no, id="reject-all-no", className="button plain", type="button"),
                    html.Button([icon("x"), yes], id=REJECT, className="button danger", type="button"),
                ],
                className="modal-footer",
            ),
        ],
        id="reject-all",
        is_open=False,
        centered=True,
        labelledby="reject-all-title",
    )
    return made


def register(app: Dash, board: Board) -> None:
    """The capture that is looked at, and verdicts to the engine."""
    app.clientside_callback(
        ClientsideFunction("review", "draw"),
        Output("review-drawn", "data"),
        Input("review-data", "data"),
        Input("review-list", "children"),
    )
    app.clientside_callback(
        ClientsideFunction("review", "next"),
        Output("review-gone-on", "data"),
        Input("review-next", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("reject-all", "is_open"),
        Input("review-all-reject", "n_clicks"),
        Input("reject-all-no", "n_clicks"),
        Input(REJECT, "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(*_clicks: int | None) -> Any:
        return ctx.triggered_id == "review-all-reject" if ctx.triggered[0]["value"] else no_update

    @app.callback(
        Output("review-said", "children"),
        Output("review-data", "data"),
        Input("review-item", "data"),
    )
    def look(item_id: int | None) -> Any:
        found = picture(board, item_id) if item_id else None
        return found if found is not None else (no_update, no_update)

    @app.callback(
        Output("job-asked", "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Output("review-next", "data"),
        Input("review-verdict", "data"),
        Input("review-all-accept", "n_clicks"),
        Input("review-all-retry", "n_clicks"),
        Input(REJECT, "n_clicks"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def judge(asked: dict[str, Any] | None, *given: Any) -> tuple[Any, Any, Any]:
        if not ctx.triggered[0]["value"]:
            return no_update, no_update, no_update
        job_id = int(given[-1])
        try:
            if ctx.triggered_id == "review-verdict" and asked:
                answer = control.judge(board, current_actor(), job_id, [int(asked["item"])], asked["verdict"])
                return answer.audit_id, no_update, asked["next"]
            verdict = "reject" if ctx.triggered_id == REJECT else str(ctx.triggered_id).removeprefix("review-all-")
            answer = judge_all(board, job_id, verdict)
        except control.Refusal as refusal:
            return -1, say("bad", refusal.message), no_update
        with board.store.read() as session:
            left = job_shots.waiting(session, job_id, 1)
        return answer.audit_id, no_update, left[0].item_id if left else None


def judge_all(board: Board, job_id: int, verdict: str) -> control.Answer:
    """One verdict for all that wait; accept leaves out those without a result. Raises Refusal."""
    items: list[int] | None = None
    if verdict == "accept":
        with board.store.read() as session:
            items = job_shots.acceptable(session, job_id)
        if not items:
            raise control.Illegal(NONE_READABLE)
    known: dict[str, Verdict] = {each: each for each in VERDICTS}
    return control.judge(board, current_actor(), job_id, items, known[verdict])
