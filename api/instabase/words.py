"""The words of the Instabase pages, and what the engine calls the same."""

import re
from collections.abc import Mapping
from typing import TypeVar

from engine.control import What
from models.states import ReviewState, Status

Meaning = TypeVar("Meaning")

# What a list calls a state, and what `status` says in `cur_status`.
CALLED = {
    Status.CREATED: "PENDING",
    Status.PENDING: "PENDING",
    Status.STARTED: "RUNNING",
    Status.PAUSED: "PAUSED",
    Status.CHECKPOINT: "STOPPED_AT_CHECKPOINT",
    Status.CANCELING: "RUNNING",
    Status.REVOKED: "CANCELLED",
    Status.SUCCESS: "COMPLETE",
    Status.FAILURE: "FAILED",
    Status.TIMEDOUT: "FAILED",
}
# For `status`, whose own state has two words. A job at a checkpoint is done until somebody looks at it.
DONE = frozenset({Status.CHECKPOINT, Status.REVOKED, Status.SUCCESS, Status.FAILURE, Status.TIMEDOUT})
WITH_RESULTS = DONE | {Status.PAUSED}
WELL = frozenset({Status.SUCCESS, Status.PAUSED, Status.CHECKPOINT})  # what is there may be used

_STATES: dict[str, tuple[Status, ...]] = {
    word: tuple(status for status in Status if CALLED[status] == word) for word in dict.fromkeys(CALLED.values())
}
STATES = _STATES | {"CHECKPOINT_FAILED": _STATES["STOPPED_AT_CHECKPOINT"]}  # the filter's own word for it
REVIEWS = {state.value: state for state in ReviewState}
TYPES: dict[str, What] = {"all": "unsuccessful", "checkpoint_failure": "stopped", "step_failure": "failed"}


def spelled(word: str, allowed: Mapping[str, Meaning]) -> Meaning:
    """What a word means, in any case and with spaces, hyphens or underscores. Raises ValueError with the choices."""
    known = {_plain(name): meaning for name, meaning in allowed.items()}
    try:
        return known[_plain(word)]
    except KeyError:
        raise ValueError(f"is one of {', '.join(allowed)}") from None


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", "_", word.strip()).upper()
