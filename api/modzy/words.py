"""The words of the Modzy pages, and what the engine calls the same."""

import re
from datetime import UTC, datetime

from models.states import Status

CALLED = {
    Status.CREATED: "OPEN",
    Status.PENDING: "SUBMITTED",
    Status.STARTED: "IN_PROGRESS",
    Status.PAUSED: "IN_PROGRESS",
    Status.CHECKPOINT: "IN_PROGRESS",
    Status.CANCELING: "IN_PROGRESS",
    Status.REVOKED: "CANCELED",
    Status.SUCCESS: "COMPLETED",
    Status.FAILURE: "ERROR",
    Status.TIMEDOUT: "TIMEDOUT",
}
GROUPS = {
    "ALL": frozenset(CALLED.values()),
    "PENDING": frozenset({"OPEN", "SUBMITTED", "IN_PROGRESS"}),
    "TERMINATED": frozenset({"COMPLETED", "CANCELED", "ERROR"}),
}
# By what a history is sorted: the keys of models.queries.history.SORTS.
SORTS = {
    "identifier": "uuid",
    "jobIdentifier": "uuid",
    "submittedBy": "access_key",
    "submittedJobs": "total",
    "status": "status",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "submittedAt": "submitted_at",
    "total": "total",
    "completed": "processed",
    "fail": "failed",
    "failed": "failed",
    "model": "pipeline",
}


Like = tuple[tuple[str, ...], ...]


def statuses_called(text: str) -> frozenset[Status]:
    """The engine's states that a filter means: `,` between words is or, `;` is and. Raises ValueError."""
    meant = frozenset(Status)
    for alternatives in likes(text):
        words = frozenset[str]().union(*(_word(each) for each in alternatives))
        meant &= frozenset(status for status, word in CALLED.items() if word in words)
    return meant


def likes(text: str) -> Like:
    """The words of a filter: all of the tuples, any of the words in each."""
    parts = (tuple(word.strip() for word in part.split(",") if word.strip()) for part in text.split(";"))
    return tuple(part for part in parts if part)


def moment(at: datetime | None) -> str | None:
    """A time as the pages write it: to the ms, in UTC, its zone without a colon."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def version(number: int | None) -> str:
    """A version in three parts, as the pages have them."""
    return f"{number or 1}.0.0"


def is_version(text: str, number: int, name: str) -> bool:
    """Whether a text means this version of a pipeline; an empty one and "latest" mean any."""
    plain = text.strip().casefold().removeprefix("v")
    return plain in ("", "latest", str(number), f"{number}.0", f"{number}.0.0", name.casefold().removeprefix("v"))


def _word(text: str) -> frozenset[str]:
    known = GROUPS | {word: frozenset({word}) for word in CALLED.values()}
    plain = _plain(text).replace("CANCELLED", "CANCELED")
    for word, meant in known.items():
        if _plain(word) == plain:
            return meant
    raise ValueError(f"{text!r} is no status; there are {', '.join(word.lower() for word in known)}")


def _plain(text: str) -> str:
    """A word without what stands between its parts: in progress, IN_PROGRESS and InProgress are one."""
    return re.sub(r"[\s_-]+", "", text).upper()
