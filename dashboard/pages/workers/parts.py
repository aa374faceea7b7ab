"""The parts of the Workers page: a row for each worker, a row for each queue, and the sentence above them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.empty import empty_state
from dashboard.components.icons import icon
from dashboard.components.pills import Face, pill
from dashboard.components.still import asks
from dashboard.components.tables import cell, row_of, stacking_table
from dashboard.components.times import ago, clock, stamp
from engine.access import Actor
from engine.standstill import FINISH, HALT
from models.operations import Queue
from models.people import Role
from models.queries.queues import QueueRow
from models.queries.workers import BUSY, GONE, STOPPED, WorkerNow

FACES = {
    "idle": Face("Idle", "moon", "wait"),
    "busy": Face("Busy", "loader-circle", "run"),
    "stopped": Face("Stopped", "circle-pause", "hold"),
    "gone": Face("Gone", "log-out", "wait"),
    "stopping": Face("Stopping", "loader-circle", "hold"),
    "starting": Face("Starting", "loader-circle", "run"),
    "silent": Face("Silent", "unplug", "bad"),
}
WORKER_ASKED, QUEUE_ASKED = "workers-asked", "queues-asked"  # what was asked of a worker and of a queue
KINDS = {Queue.ALL: "all work", Queue.PIPELINE: "pipeline", Queue.STATION: "station"}


def state_of(worker: WorkerNow, at: datetime) -> str:
    """The word of FACES for a worker: what it does, or what it is about to do."""
    if worker.is_silent(at):
        return "silent"
    state = worker.worker.state
    if state != GONE and worker.requested is not None and state != STOPPED:
        return "stopping"
    if state == STOPPED and worker.requested is None:
        return "starting"
    return state


def sentence(known: Sequence[WorkerNow], at: datetime) -> str:
    """How the workers are: 2 of 4 workers are busy, 6.3 images/s together; 1 is silent."""
    states = Counter(state_of(worker, at) for worker in known)
    there = sum(number for state, number in states.items() if state not in ("gone", "silent", "stopped"))
    if not there:
        return "Nobody works. Jobs wait until a worker is started."
    busy = [worker for worker in known if worker.worker.state == BUSY]
    work = f"{len(busy)} of {there} {'worker is' if there == 1 else 'workers are'} busy" if busy else _idle(there)
    speed = sum(worker.images_per_s or 0 for worker in busy)
    parts = [work + (f", {speed:.1f} images/s together" if speed else "")]
    parts += [
        f"{states[state]} {word}" for state, word in (("stopped", "stopped"), ("silent", "silent")) if states[state]
    ]
    return f"{'; '.join(parts)}."


def _idle(number: int) -> str:
    return "1 worker is idle" if number == 1 else f"All {number} workers are idle"


def nobody() -> Component:
    words: list[str | Component] = [
        "Workers come with ",
        html.Code("nightboard up"),
        ". More of them join from any machine that has DATABASE_URL and REDIS_URL set: ",
        html.Code("nightboard worker --count 4"),
    ]
    return empty_state("cpu", "No worker yet", words)


def workers_table(known: Sequence[WorkerNow], at: datetime, zone: ZoneInfo, actor: Actor) -> Component:
    """One row a worker; on a phone each becomes a small card."""
    head = ("Worker", "State", "Job", "Since", "Images/s", "Memory", "Last sign of life", "")
    rows = [_worker_row(worker, at, zone, actor) for worker in known]
    return stacking_table(head, rows, label="Workers")


def _worker_row(now: WorkerNow, at: datetime, zone: ZoneInfo, actor: Actor) -> Component:
    worker, state = now.worker, state_of(now, at)
    job = dcc.Link(now.job_name, href=f"/jobs/{worker.job_id}") if now.job_name else html.Span("–", className="faint")
    name = [
        html.Span(worker.name, className="name"),
        html.Span(f"{worker.host}, process {worker.pid}", className="place"),
    ]
    asked = html.Span(f"asked by {now.requested_by}", className="place") if now.requested_by else None
    speed = f"{now.images_per_s:.1f}" if now.images_per_s else "–"
    memory = f"{worker.memory_bytes / 1e6:,.0f} MB" if state != "gone" and worker.memory_bytes else "–"
    return row_of(
        name,
        cell("State", [pill(FACES[state]), asked]),
        cell("Job", job),
        cell("Since", html.Time(clock(worker.since, zone), title=stamp(worker.since, zone))),
        cell("Images/s", speed, "number"),
        cell("Memory", memory, "number"),
        cell("Last sign of life", html.Time(ago(worker.seen_at, at), title=stamp(worker.seen_at, zone))),
        cell("", _buttons(now, state, actor)),
        worker=worker.name,
        key=worker.name,
    )


def _buttons(now: WorkerNow, state: str, actor: Actor) -> list[Component]:
    name = now.worker.name
    may = actor.may(Role.OPERATOR) and actor.project_id is None
    why = None if may else f"You are a {actor.role}; stopping a worker needs an operator of the whole lab."
    if state == "gone":
        return []
    if now.requested is None:
        return [
            _button(name, FINISH, "Stop", "circle-pause", f"Stop {name} after what it has in hand", why),
            _button(name, HALT, "At once", "square", f"Stop {name} at once; what it holds goes back to the queue", why),
        ]
    start = _button(name, "start", "Start", "play", f"Let {name} work again", why)
    if state == "stopping" and now.requested == FINISH:
        return [start, _button(name, HALT, "At once", "square", f"Stop {name} without waiting", why)]
    return [start]


def _button(name: str, verb: str, word: str, picture: str, told: str, why_not: str | None) -> Component:
    return html.Button(
        [icon(picture), word],
        className="button",
        type="button",
        disabled=why_not is not None,
        title=why_not or told,
        **aria(label=told),
        **data(does=told),
        **asks(WORKER_ASKED, verb=verb, name=name),
    )


def queues_table(rows: Sequence[QueueRow], zone: ZoneInfo, actor: Actor) -> Component:
    """One row a queue, each with its switch."""
    head = ("Queue", "Jobs waiting", "Jobs running", "Captures to do", "Work is taken")
    return stacking_table(head, [_queue_row(row, zone, actor) for row in rows], label="Queues")


def _queue_row(row: QueueRow, zone: ZoneInfo, actor: Actor) -> Component:
    name = [html.Span(row.name, className="name"), html.Span(KINDS[row.queue], className="place")]
    told = "Yes"
    if row.paused_since is not None:
        told = f"Paused since {clock(row.paused_since, zone)}{f' by {row.paused_by}' if row.paused_by else ''}"
    return row_of(
        name,
        cell("Jobs waiting", f"{row.waiting:,}", "number"),
        cell("Jobs running", f"{row.running:,}", "number"),
        cell("Captures to do", f"{row.captures:,}", "number"),
        cell("Work is taken", [_switch(row, actor), html.Span(told)], "switch-cell"),
        key=f"{row.queue} {row.key}",
    )


def _switch(row: QueueRow, actor: Actor) -> Component:
    may = actor.may(Role.OPERATOR)
    kind = "" if row.queue is Queue.ALL else f" of the {KINDS[row.queue]}"
    of = "all work" if row.queue is Queue.ALL else f"the queue of the {KINDS[row.queue]} {row.name}"
    return html.Button(
        html.Span(className="knob"),
        className="switch",
        type="button",
        role="switch",
        disabled=not may,
        title=None if may else f"You are a {actor.role}; pausing a queue needs an operator.",
        **aria(checked="false" if row.paused_since else "true", label=f"Take work{kind}: {row.name}"),
        **data(does=f"Resume {of}" if row.paused_since else f"Pause {of}"),
        **asks(QUEUE_ASKED, queue=row.queue.value, key=row.key),
    )
