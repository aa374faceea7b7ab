"""What may be asked of jobs by a button: which verbs there are, on which jobs each is alive, and why it is not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.components import buttons
from engine import control
from engine.access import Actor
from engine.board import Board
from models.states import Move, Status, allows


@dataclass(frozen=True)
class Verb:
    """A verb with its button, the function of `engine.control` behind it, and which jobs it is for, in words."""

    key: str
    face: buttons.Verb
    move: Move
    ask: Callable[[Board, Actor, int], control.Answer]
    needs: str


@dataclass(frozen=True)
class Chosen:
    """A selected job, as the buttons see it."""

    id: int
    name: str
    status: Status
    can: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What came of asking: the audit row of an accepted request, or the sentence of a refusal."""

    job_id: int
    audit_id: int | None = None
    refusal: str | None = None


NEVER_RUN = "were created and not asked to run"
UNSUCCESSFUL = "failed, timed out, were cancelled or have failed captures"
VERBS = {
    verb.key: verb
    for verb in (
        Verb("run", buttons.RUN, Move.RUN, control.run, NEVER_RUN),
        Verb("pause", buttons.PAUSE, Move.PAUSE, control.pause, "wait or run"),
        Verb("resume", buttons.RESUME, Move.RESUME, control.resume, "are paused"),
        Verb("retry", buttons.RETRY, Move.RETRY, control.retry, UNSUCCESSFUL),
        Verb("cancel", buttons.CANCEL, Move.CANCEL, control.cancel, "have not ended"),
    )
}


def allowed(status: Status, failed: int) -> list[str]:
    """The verbs that are alive on a job; a success is retried only for its failed captures."""
    nothing_to_retry = status is Status.SUCCESS and not failed
    return [
        verb.key
        for verb in VERBS.values()
        if allows(status, verb.move) and not (verb.move is Move.RETRY and nothing_to_retry)
    ]


def willing(verb: Verb, chosen: Sequence[Chosen]) -> list[Chosen]:
    """Those of the selected jobs on which the verb is alive."""
    return [job for job in chosen if verb.key in job.can]


def why_not(verb: Verb, chosen: Sequence[Chosen]) -> str | None:
    """Why a button is dead on this selection, in a sentence; None when it is alive."""
    if not chosen:
        return "Select jobs first."
    return None if willing(verb, chosen) else f"{verb.face.label} is for jobs that {verb.needs}."


def ask(board: Board, actor: Actor, verb: Verb, job_ids: Sequence[int]) -> list[Asked]:
    """Ask it of each job; one that refuses does not keep the others from it."""
    found = []
    for job_id in job_ids:
        try:
            found.append(Asked(job_id, audit_id=verb.ask(board, actor, job_id).audit_id))
        except control.Refusal as refusal:
            found.append(Asked(job_id, refusal=refusal.message))
    return found


def question(chosen: Sequence[Chosen]) -> str:
    """What is asked before jobs are cancelled; it names the one, or how many."""
    meant = willing(VERBS["cancel"], chosen)
    left_out = len(chosen) - len(meant)
    ended = f" {left_out} of the selected ended already and {'stays' if left_out == 1 else 'stay'} as before."
    which = f"the job “{meant[0].name}”" if len(meant) == 1 else f"{len(meant)} jobs"
    return f"Cancel {which}? What is done stays done, and a retry goes on from there.{ended if left_out else ''}"
