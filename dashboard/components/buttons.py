"""Buttons, and the face of a verb that was asked: requested, acknowledged, done.

A page wires a verb so:

    @app.callback(Output("cancel", "children"), Output("cancel", "data-phase"), Output(TOAST, "data", ...),
                  Input("cancel", "n_clicks"), running=while_asking("cancel", CANCEL), prevent_initial_call=True)

calls engine.control inside, and renews the face from the job's last control at each LIVE change by `phase_of`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dash import Output, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.icons import icon

Phase = Literal["idle", "requested", "acknowledged", "done", "refused"]
PHASE_ICONS = {"requested": "loader-circle", "acknowledged": "loader-circle", "done": "check", "refused": "x"}


@dataclass(frozen=True)
class Verb:
    """What a button asks, and its words while that is asked, being done, and done."""

    label: str
    icon: str
    acknowledged: str
    done: str
    requested: str = "Asked…"
    refused: str = "Not possible"


RUN = Verb("Run", "play", "Starting…", "Runs")
PAUSE = Verb("Pause", "pause", "Pausing…", "Paused")
RESUME = Verb("Resume", "play", "Resuming…", "Goes on")
CANCEL = Verb("Cancel", "ban", "Cancelling…", "Cancelled")
RETRY = Verb("Retry", "rotate-cw", "Starting again…", "Runs again")


def verb_button(
    name: str | dict[str, Any],
    verb: Verb,
    *,
    kind: Literal["", "main", "danger", "plain"] = "",
    disabled: bool = False,
    phase: Phase = "idle",
    why_not: str | None = None,
    does: str | None = None,
) -> Component:
    """A button for a verb with the id `name`; a disabled one says why in its title. The palette calls it `does`."""
    return html.Button(
        verb_face(verb, phase),
        id=name,
        className=f"button {kind}".strip(),
        type="button",
        disabled=disabled,
        title=why_not,
        **data(phase=phase, does=does),
        **aria(live="polite"),
    )


def verb_face(verb: Verb, phase: Phase = "idle") -> list[Component]:
    """The icon and the word of a phase: the button's children."""
    words = {
        "idle": verb.label,
        "requested": verb.requested,
        "acknowledged": verb.acknowledged,
        "done": verb.done,
        "refused": verb.refused,
    }
    return [icon(PHASE_ICONS.get(phase, verb.icon)), html.Span(words[phase])]


def while_asking(name: str, verb: Verb) -> list[tuple[Output, Any, Any]]:
    """For a callback's `running`: the button says that it was heard from the click until the answer."""
    return [
        (Output(name, "disabled"), True, False),
        (Output(name, "children", allow_duplicate=True), verb_face(verb, "requested"), verb_face(verb)),
        (Output(name, "data-phase", allow_duplicate=True), "requested", "idle"),
    ]


def phase_of(acknowledged_at: datetime | None, done_at: datetime | None) -> Phase:
    """The phase of a control that was asked."""
    if done_at is not None:
        return "done"
    return "acknowledged" if acknowledged_at is not None else "requested"
