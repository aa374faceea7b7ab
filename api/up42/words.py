"""The words of the UP42 pages, and what the engine calls the same."""

from datetime import UTC, datetime

from models.states import Status

CALLED = {
    Status.CREATED: "NOT_STARTED",
    Status.PENDING: "PENDING",
    Status.STARTED: "RUNNING",
    Status.PAUSED: "PENDING",
    Status.CHECKPOINT: "RUNNING",
    Status.CANCELING: "CANCELLING",
    Status.REVOKED: "CANCELLED",
    Status.SUCCESS: "SUCCEEDED",
    Status.FAILURE: "FAILED",
    Status.TIMEDOUT: "FAILED",
}
RANKS = {status: sorted(set(CALLED.values())).index(word) for status, word in CALLED.items()}
# By what a list is sorted: the keys of models.queries.history.SORTS.
SORTS = {
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "name": "name",
    "id": "uuid",
    "mode": "dry_run",
    "status": "status",
    "startedAt": "started_at",
    "finishedAt": "finished_at",
}
REAL, TEST = "DEFAULT", "DRY_RUN"


def moment(at: datetime | None) -> str | None:
    """A time as the pages write it: to the ms, in UTC, with a Z."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
