"""The buttons of one job: which are alive, what they say while the engine answers, and the asking itself."""

from typing import Any, Literal

from dash import Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component

from dashboard.components.buttons import Phase, verb_button, verb_face
from dashboard.components.toasts import say
from dashboard.page import TOAST, current_actor
from dashboard.pages.jobs.verbs import VERBS, allowed
from engine import control
from engine.board import Board
from models.queries.jobs import JobRow
from models.states import Status

BUTTONS = ("run", "pause", "resume", "retry", "cancel")
Face = tuple[list[Component], bool, str | None, Phase, bool]


def buttons(job: JobRow) -> list[Component]:
    """All verbs of a job; those that its state never knows are hidden, the others dead or alive."""
    made: list[Component] = []
    for key in BUTTONS:
        _, is_dead, reason, phase, is_away = face(key, job)
        kind: Literal["", "danger", "main"] = "danger" if key == "cancel" else "main" if key == "run" else ""
        button: Any = verb_button(
            f"job-{key}", VERBS[key].face, kind=kind, disabled=is_dead, phase=phase, why_not=reason
        )
        button.hidden = is_away
        made.append(button)
    return made


def face(key: str, job: JobRow) -> Face:
    """A button's children, whether it is dead and why, its phase, and whether it is hidden."""
    verb, alive = VERBS[key], allowed(job.status, job.failed)
    phase = phase_now(key, job)
    is_dead = key not in alive or phase != "idle"
    reason = f"{verb.face.label} is for jobs that {verb.needs}." if key not in alive else None
    return verb_face(verb.face, phase), is_dead, reason, phase, is_hidden(key, job, alive)


def phase_now(key: str, job: JobRow) -> Phase:
    """Cancel and pause take a moment while workers let go; until then their buttons say so."""
    is_asked = job.requested == key or (key == "cancel" and job.status is Status.CANCELING)
    return "acknowledged" if is_asked else "idle"


def is_hidden(key: str, job: JobRow, alive: list[str]) -> bool:
    """Pause and resume take turns, and so do run and retry."""
    if key in alive or phase_now(key, job) != "idle":
        return False
    match key:
        case "run":
            return job.attempt > 0
        case "resume":
            return True
        case "pause":
            return "resume" in alive
        case "retry":
            return job.attempt == 0
    return False


def register(app: Dash, board: Board) -> None:
    """A click on a verb, asked of the engine; a refusal comes up as its sentence."""

    @app.callback(
        Output("job-asked", "data"),
        Output(TOAST, "data", allow_duplicate=True),
        *(Input(f"job-{key}", "n_clicks") for key in BUTTONS),
        Input("job-retry-failed", "n_clicks"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def ask(*values: Any) -> tuple[Any, Any]:
        if not ctx.triggered_id or not ctx.triggered[0]["value"]:
            return no_update, no_update
        try:
            answer = do(board, str(ctx.triggered_id).removeprefix("job-"), int(values[-1]))
        except control.Refusal as refusal:
            return -1, say("bad", refusal.message)
        return answer.audit_id, no_update


def do(board: Board, key: str, job_id: int) -> control.Answer:
    """Ask the verb of a button. Raises Refusal."""
    if key == "retry-failed":
        return control.retry(board, current_actor(), job_id, "failed")
    return VERBS[key].ask(board, current_actor(), job_id)
