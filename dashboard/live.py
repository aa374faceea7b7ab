"""What the shell shows of the engine, renewed with every change."""

from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard.components.counts import counted
from dashboard.components.icons import icon
from dashboard.components.pauses import all_paused
from dashboard.components.still import MARKUP, markup
from engine.board import Board
from models.queries import changes


def register(app: Dash, board: Board) -> None:
    @app.callback(Output("health", MARKUP), Input("live", "data"), prevent_initial_call=True)
    def renew(_live: dict[str, Any]) -> str:
        return markup(*health_view(board))


def health_view(board: Board) -> list[Component]:
    """Workers, waiting jobs and the queue server, a line each; what is wrong comes with what to do."""
    with board.store.read() as session:
        now = changes.health(session, datetime.now(UTC))
    return [_line(*line) for line in health_lines(now, board.bell.alive())]


def health_lines(now: changes.Health, queue_alive: bool) -> list[tuple[str, str, str]]:
    """(tone, icon, words) of each line."""
    lines = [_workers(now)]
    if now.lost:
        lines.append(("bad", "unplug", f"{counted(now.lost, 'worker')} went silent"))
    if now.running:
        lines.append(("run", "loader-circle", f"{counted(now.running, 'job')} running"))
    if now.waiting:
        lines.append(("wait", "hourglass", f"{counted(now.waiting, 'job')} waiting"))
    if now.paused:
        words = all_paused(now.paused)
        lines.append(("hold", "pause", f"{words[0].upper()}{words[1:]}; Workers lets it go on"))
    if now.held:
        verb = "waits" if now.held == 1 else "wait"
        lines.append(("hold", "hand", f"{counted(now.held, 'job')} {verb} for a person"))
    if not now.running and not now.waiting:
        lines.append(("quiet", "moon", "Nothing is running"))
    if not queue_alive:
        lines.append(("bad", "server-off", "The queue server does not answer; jobs wait until it is back"))
    return lines


def _workers(now: changes.Health) -> tuple[str, str, str]:
    """2 workers, 1 busy; 1 worker idle, 1 stopped; and what to do when none takes work."""
    if not now.workers and now.stopped:
        return "bad", "cpu", f"{counted(now.stopped, 'worker')} stopped; start one in Workers"
    if not now.workers:
        return "bad", "cpu", "No worker; start one with: nightboard worker"
    work = f", {now.busy} busy" if now.busy else " idle"
    stopped = f", {now.stopped} stopped" if now.stopped else ""
    return "quiet", "cpu", f"{counted(now.workers, 'worker')}{work}{stopped}"


def _line(tone: str, picture: str, words: str) -> Component:
    return html.Div([icon(picture), html.Span(words)], className=f"tone-{tone}")
