"""`nightboard up`: prepares the home, starts the queue server, and runs web, reconciler and workers until a stop."""

import contextlib
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from sqlalchemy import select

from engine import access, pipelines, queue_server
from engine.board import Board, open_board
from engine.demo import under_way
from engine.locks import single
from engine.pipelines import plugged
from engine.supervise import Part, Supervisor
from models import migrate
from models.captures import Capture
from models.settings import Settings
from models.store import Store

WEB_THREADS = 16
WEB_GRACE_S = 5
# Between two requests on one connection. Pages and programs ask every few seconds, and a connection that is closed
# just as they ask again fails for a program that does not try twice.
WEB_IDLE_S = 75


class PortTaken(RuntimeError):
    """Something else listens where the page should be."""


def run_all(settings: Settings, *, demo: bool, browser: bool) -> int:
    """Run everything on this home until SIGINT or SIGTERM; the exit code. Raises AlreadyRunning and NoQueueServer."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with single(settings.home) as tell:
        check_port(settings)
        prepare(settings)
        if settings.redis_url is None:
            queue_server.ensure(settings.home)
        board = open_board(settings)
        access.ensure_admin(board.store, settings.home)
        tell(address(settings))
        after: list[subprocess.Popen[bytes]] = []

        def announce() -> None:
            is_first = demo and not has_captures(board.store)
            if is_first:  # before anybody is told where the page is, so that it can say what comes
                after.append(_start_demo(settings))
            _greet(board, browser=browser)
            if is_first:
                print("  There are no captures yet: a demonstration is being drawn and processed.", flush=True)

        parts = [_web_part(settings), _reconciler_part(settings), *worker_parts(settings, "worker", settings.workers)]
        try:
            return Supervisor(parts, settings.home, ready=lambda: is_ready(settings), announce=announce).run()
        finally:
            for process in after:
                process.terminate()
                process.wait()
            if settings.redis_url is None:
                queue_server.stop(settings.home)


def prepare(settings: Settings) -> bool:
    """Make the home and bring the database to this version; True when the database was changed."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(settings.database)
    changed = migrate.upgrade(store)
    with store.write() as session:
        pipelines.ensure_embedded(session)
        plugged.ensure(session)
    store.close()
    return changed


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the page."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def check_port(settings: Settings) -> None:
    """Raise PortTaken unless the page's port is free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(
                f"Nightboard cannot listen on {settings.host}:{settings.port} ({error.strerror}); "
                "choose another port with --port."
            ) from None


def is_ready(settings: Settings) -> bool:
    """Whether the page answers."""
    try:
        with urllib.request.urlopen(f"{address(settings)}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def has_captures(store: Store) -> bool:
    with store.read() as session:
        return session.scalars(select(Capture.id).limit(1)).first() is not None


def web_command(settings: Settings) -> list[str]:
    """The web server: gunicorn with threads, one process, so that it is light beside the workers."""
    return [
        sys.executable, "-m", "gunicorn", "wsgi:create_app()",
        "--bind", f"{settings.host}:{settings.port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS),
        "--keep-alive", str(WEB_IDLE_S), "--graceful-timeout", str(WEB_GRACE_S), "--timeout", "60",
        "--log-level", "warning",
        "--limit-request-line", "8190",  # a list of job ids may be long
    ]  # fmt: skip


def worker_parts(settings: Settings, name: str, count: int) -> list[Part]:
    """One supervised process for each worker; their names stay the same through restarts."""
    names = [name] if count == 1 and name != "worker" else [f"{name}-{number}" for number in range(1, count + 1)]
    return [_part(settings, each, "shifts", "--name", each) for each in names]


def _part(settings: Settings, name: str, *arguments: str) -> Part:
    return Part(name, [sys.executable, "-m", "engine.cli", *arguments], settings.environment())


def _web_part(settings: Settings) -> Part:
    return Part("web", web_command(settings), settings.environment(), critical=True)


def _reconciler_part(settings: Settings) -> Part:
    return _part(settings, "reconciler", "reconcile")


def _greet(board: Board, *, browser: bool) -> None:
    settings = board.settings
    link = f"{address(settings)}/login/{access.login_link(board.store)}"
    print(f"\nNightboard is up at {address(settings)}")
    print(f"  Log in (once, within an hour):  {link}")
    print(f"  Administrator's token:          {settings.home / access.TOKEN_FILE}")
    print(f"  Queue (for `rq info --url …`):  {board.bell.url}")
    print("  Ctrl-C stops everything; no work is lost.\n", flush=True)
    if browser and sys.stdout.isatty() and (os.environ.get("DISPLAY") or sys.platform == "darwin"):
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(link)


def _start_demo(settings: Settings) -> "subprocess.Popen[bytes]":
    with Path(settings.logs / "demo.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "demo"],
            env=os.environ | settings.environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    under_way.note(settings.home, process.pid)
    return process
