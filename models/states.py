"""The life of a job: its states, and the one table of transitions between them.

`engine.life.move` makes a transition; this module only says which there are.
"""

import enum


class Status(enum.StrEnum):
    """Where a job stands. Every API dialect translates from these words and keeps none of its own."""

    CREATED = "CREATED"  # written down, not asked to run
    PENDING = "PENDING"  # waits for a worker's first claim
    STARTED = "STARTED"  # workers hold, or may take, its items
    PAUSED = "PAUSED"  # a person stopped it for a while; nothing is claimed
    CHECKPOINT = "CHECKPOINT"  # all is done but items that wait for a person
    CANCELING = "CANCELING"  # cancelled, and the last claim is not yet gone
    REVOKED = "REVOKED"  # cancelled
    SUCCESS = "SUCCESS"  # every item is final, failures at or under the threshold
    FAILURE = "FAILURE"  # a stage failed, or too many of its items
    TIMEDOUT = "TIMEDOUT"  # its deadline came first


class Move(enum.StrEnum):
    """What makes a job go from one state to another: a person's verb, or something the engine saw."""

    RUN = "run"
    CLAIM = "claim"
    PAUSE = "pause"
    RESUME = "resume"
    CHECKPOINT = "checkpoint"
    CONTINUE = "continue"
    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"
    REVOKE = "revoke"
    TIME_OUT = "time out"
    RETRY = "retry"


class ReviewState(enum.StrEnum):
    """How far people are with looking at a job's results."""

    NONE = "NONE"
    IN_REVIEW = "IN_REVIEW"
    COMPLETED = "COMPLETED"
    NOT_COMPLETED = "NOT_COMPLETED"


class ItemState(enum.StrEnum):
    """Where one item of a job stands."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    DONE = "DONE"
    SKIPPED = "SKIPPED"  # its result was there before
    FAILED = "FAILED"
    STOPPED = "STOPPED"  # waits at a checkpoint for a person


S = Status
TRANSITIONS: dict[Move, dict[Status, Status]] = {
    Move.RUN: {S.CREATED: S.PENDING},
    Move.CLAIM: {S.PENDING: S.STARTED},
    Move.PAUSE: {S.PENDING: S.PAUSED, S.STARTED: S.PAUSED},
    Move.RESUME: {S.PAUSED: S.PENDING},
    Move.CHECKPOINT: {S.STARTED: S.CHECKPOINT},
    Move.CONTINUE: {S.CHECKPOINT: S.PENDING},
    Move.SUCCEED: {S.STARTED: S.SUCCESS, S.CHECKPOINT: S.SUCCESS},
    Move.FAIL: {S.STARTED: S.FAILURE, S.CHECKPOINT: S.FAILURE},
    Move.CANCEL: {
        S.CREATED: S.REVOKED,
        S.PENDING: S.REVOKED,
        S.PAUSED: S.REVOKED,
        S.CHECKPOINT: S.REVOKED,
        S.STARTED: S.CANCELING,
    },
    Move.REVOKE: {S.CANCELING: S.REVOKED},
    Move.TIME_OUT: {S.PENDING: S.TIMEDOUT, S.STARTED: S.TIMEDOUT, S.PAUSED: S.TIMEDOUT, S.CHECKPOINT: S.TIMEDOUT},
    Move.RETRY: {
        S.FAILURE: S.PENDING,
        S.TIMEDOUT: S.PENDING,
        S.REVOKED: S.PENDING,
        S.SUCCESS: S.PENDING,  # with failed items only; `engine.control.retry` looks
        S.CHECKPOINT: S.PENDING,
    },
}

FINAL = frozenset({S.SUCCESS, S.FAILURE, S.REVOKED, S.TIMEDOUT})
ACTIVE = frozenset(Status) - FINAL - {S.CREATED}
CLAIMABLE = frozenset({S.PENDING, S.STARTED})
WORKING = frozenset({S.STARTED, S.CANCELING})  # a worker that holds a claim may still land its result
FINAL_ITEMS = frozenset({ItemState.DONE, ItemState.SKIPPED, ItemState.FAILED})


class IllegalMove(ValueError):
    """The job's state does not allow this; the sentence says which states do."""

    def __init__(self, status: Status, move: Move) -> None:
        allowed = ", ".join(sorted(TRANSITIONS[move]))
        super().__init__(f"A job that is {status} cannot {move}; that needs a job that is {allowed}.")
        self.status = status
        self.move = move


def target(status: Status, move: Move) -> Status:
    """The state that `move` leads to from `status`. Raises IllegalMove when there is none."""
    try:
        return TRANSITIONS[move][status]
    except KeyError:
        raise IllegalMove(status, move) from None


def allows(status: Status, move: Move) -> bool:
    """Whether a button for `move` is alive on a job that is `status`."""
    return status in TRANSITIONS[move]
