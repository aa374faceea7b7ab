"""The buttons of one job: which are alive, what they say while the engine answers, and the asking itself."""

from typing import Any, Literal

from dash import Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component

from dashboard.components.buttons import Phase, phase_of, verb_button, verb_face
from dashboard.components.toasts import say
from dashboard.page import TOAST, current_actor
from dashboard.pages.job.reading import View
from dashboard.pages.jobs.verbs import VERBS, allowed
from engine import control
from engine.board import Board
from models.states import Status

BUTTONS = ("run", "pause", "resume", "retry", "cancel")
FACE = ("children", "disabled", "title", "data-phase", "hidden")
Face = tuple[list[Component], bool, str | None, Phase, bool]


def buttons(view: View) -> list[Component]:
    """All verbs of a job; those that its state never knows are hidden, the others dead or alive."""
    made: list[Component] = []
    for key in BUTTONS:
        _, is_dead, reason, phase, is_away = face(key, view)
        kind: Literal["", "danger", "main"] = "danger" if key == "cancel" else "main" if key == "run" else ""
        button: Any = verb_button(
            f"job-{key}",
            VERBS[key].face,
            kind=kind,
            disabled=is_dead,
            phase=phase,
            why_not=reason,
            does=f"{VERBS[key].face.label} this job",
        )
        button.hidden = is_away
        made.append(button)
    return made


def face(key: str, view: View) -> Face:
    """A button's children, whether it is dead and why, its phase, and whether it is hidden."""
    job = view.detail.job
    verb, alive = VERBS[key], allowed(job.status, job.failed)
    phase = phase_now(key, view, is_alive=key in alive)
    is_dead = key not in alive or phase != "idle" or not view.may
    reason = f"{verb.face.label} is for jobs that {verb.needs}." if key not in alive else view.forbidden
    return verb_face(verb.face, phase), is_dead, reason, phase, is_hidden(key, view, alive, phase)


def phase_now(key: str, view: View, *, is_alive: bool) -> Phase:
    """How far the engine is with what was asked last, on the button that asked it.

    Done shows only as long as the same cannot be asked again.
    """
    job, asked = view.detail.job, view.detail.control
    if job.requested == key or (key == "cancel" and job.status is Status.CANCELING):
        return "acknowledged"
    if asked is None or asked.verb != key:
        return "idle"
    phase = phase_of(asked.acknowledged_at, asked.done_at)
    return "idle" if phase == "done" and is_alive else phase


def is_hidden(key: str, view: View, alive: list[str], phase: Phase) -> bool:
    """Pause and resume take turns, and so do run and retry."""
    if key in alive or phase in ("requested", "acknowledged"):
        return False
    match key:
        case "run":
            return view.detail.job.attempt > 0
        case "resume":
            return True
        case "pause":
            return "resume" in alive
        case "retry":
            return view.detail.job.attempt == 0
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
