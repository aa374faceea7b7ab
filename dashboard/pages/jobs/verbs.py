"""What may be asked of jobs by a button: which verbs there are, on which jobs each is alive, and why it is not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dashboard.components import buttons
from dashboard.components.counts import counted
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.bulk import BulkVerb
from models.states import FINAL, Move, Status, allows


@dataclass(frozen=True)
class Verb:
    """A verb with its button, the function of `engine.control` behind it, and which jobs it is for, in words.

    One without a move changes what a job is told, in any state that `needs` says.
    """

    key: BulkVerb
    face: buttons.Verb
    move: Move | None
    ask: Callable[..., control.Answer]
    needs: str
    consequence: str = ""  # what the question before it says about it

    def alive(self, status: Status, failed: int) -> bool:
        """Whether its button is alive on a job; a success is retried only for its failed captures."""
        if self.move is None:
            return self.key == "tag" or status not in FINAL
        return allows(status, self.move) and (self.move is not Move.RETRY or status is not Status.SUCCESS or failed > 0)


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
STAYS = "What is done stays done, and a retry goes on from there."
PRIORITY = buttons.Verb("Priority", "signal-high", "Setting…", "Set")
TAG = buttons.Verb("Tag", "tag", "Tagging…", "Tagged")
VERBS: dict[str, Verb] = {
    verb.key: verb
    for verb in (
        Verb("run", buttons.RUN, Move.RUN, control.run, NEVER_RUN, "They start as soon as a worker is free."),
        Verb("pause", buttons.PAUSE, Move.PAUSE, control.pause, "wait or run", "What is in hand is finished first."),
        Verb("resume", buttons.RESUME, Move.RESUME, control.resume, "are paused"),
        Verb("retry", buttons.RETRY, Move.RETRY, control.retry, UNSUCCESSFUL, "No success is repeated."),
        Verb("cancel", buttons.CANCEL, Move.CANCEL, control.cancel, "have not ended", STAYS),
    )
}
SETTINGS: dict[str, Verb] = {
    verb.key: verb
    for verb in (
        Verb("priority", PRIORITY, None, control.prioritise, "have not ended", "9 goes first, 5 is usual."),
        Verb("tag", TAG, None, control.tag, "are there"),
    )
}
ALL_VERBS = VERBS | SETTINGS


def allowed(status: Status, failed: int) -> list[str]:
    """The verbs that move a job and are alive on it."""
    return [verb.key for verb in VERBS.values() if verb.alive(status, failed)]


@lru_cache(maxsize=4096)
def possible(status: Status, failed: int) -> tuple[str, ...]:
    """All that may be asked of a job from the list."""
    return tuple(verb.key for verb in ALL_VERBS.values() if verb.alive(status, failed))


def willing(verb: Verb, chosen: Sequence[Chosen]) -> list[Chosen]:
    """Those of the selected jobs on which the verb is alive."""
    return [job for job in chosen if verb.key in job.can]


def why_not(verb: Verb, chosen: Sequence[Chosen]) -> str | None:
    """Why a button is dead on this selection, in a sentence; None when it is alive."""
    if not chosen:
        return "Select jobs first."
    return None if willing(verb, chosen) else f"{verb.face.label} is for jobs that {verb.needs}."


def ask(
    board: Board, actor: Actor, verb: Verb, job_ids: Sequence[int], details: Mapping[str, Any] | None = None
) -> list[Asked]:
    """Ask it of each job; one that refuses does not keep the others from it."""
    found = []
    for job_id in job_ids:
        try:
            found.append(Asked(job_id, audit_id=verb.ask(board, actor, job_id, **(details or {})).audit_id))
        except control.Refusal as refusal:
            found.append(Asked(job_id, refusal=refusal.message))
    return found


def question(verb: Verb, meant: int, selected: int, name: str | None = None) -> str:
    """What is asked before a verb: it names the one job, or how many, and how many of the selected it leaves alone."""
    which = f"the job “{name}”" if name else counted(meant, "job")
    left = selected - meant
    stays = f" {left:,} of the selected {'is' if left == 1 else 'are'} not concerned: {verb.face.label.lower()} is "
    others = f"{stays}for jobs that {verb.needs}." if left > 0 else ""
    return f"{verb.face.label} {which}? {verb.consequence}{others}".strip()
