"""The status of a job as a word with an icon and a colour, so that it reads without the colour."""

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.components.icons import icon
from models.states import ItemState, Status


@dataclass(frozen=True)
class Face:
    """How a state looks: the word for people, an icon, and a tone of assets/css."""

    word: str
    icon: str
    tone: str


STATUS_FACES = {
    Status.CREATED: Face("Created", "circle-dashed", "wait"),
    Status.PENDING: Face("Waiting", "hourglass", "wait"),
    Status.STARTED: Face("Running", "loader-circle", "run"),
    Status.PAUSED: Face("Paused", "circle-pause", "hold"),
    Status.CHECKPOINT: Face("Checkpoint", "hand", "hold"),
    Status.CANCELING: Face("Cancelling", "ban", "run"),
    Status.REVOKED: Face("Cancelled", "ban", "wait"),
    Status.SUCCESS: Face("Success", "circle-check", "done"),
    Status.FAILURE: Face("Failure", "circle-x", "bad"),
    Status.TIMEDOUT: Face("Timed out", "clock-alert", "bad"),
}
ITEM_FACES = {
    ItemState.WAITING: Face("Waiting", "circle", "wait"),
    ItemState.CLAIMED: Face("In work", "loader-circle", "run"),
    ItemState.DONE: Face("Done", "check", "done"),
    ItemState.SKIPPED: Face("Done before", "skip-forward", "done"),
    ItemState.FAILED: Face("Failed", "x", "bad"),
    ItemState.STOPPED: Face("Waits for you", "hand", "hold"),
}
ASKED = {"cancel": Face("Cancelling", "ban", "run"), "pause": Face("Pausing", "circle-pause", "run")}


def face_of(status: Status, requested: str | None = None, failed: int = 0) -> Face:
    """The face of a job: what was asked of it and is not yet done comes first; a success with failures says so."""
    if requested in ASKED:
        return ASKED[requested]
    if status is Status.SUCCESS and failed:
        return Face(f"Success, {failed:,} failed", "circle-alert", "done")
    return STATUS_FACES[status]


def status_pill(status: Status, requested: str | None = None, failed: int = 0) -> Component:
    return pill(face_of(status, requested, failed))


def pill(face: Face) -> Component:
    return html.Span([icon(face.icon), face.word], className=f"pill tone-{face.tone}")
