"""The parts of `nightboard up`, kept running: web server, reconciler and workers, each a child process.

A part that ends for any reason is started again. When the supervisor ends, in whatever way, its parts end with it:

- on a signal, TERM to each part, and after the grace KILL to it and to everything that it started;
- when the supervisor itself is killed, Linux kills its parts (`PR_SET_PDEATHSIG`). The kernel does not hand this down
  to what a part forks, so a process that forks (a worker and its horse) calls `die_with_parent` in the child, and so
  does each part at its start, for systems without that call;
- when a part is killed, what it leaves behind falls to the supervisor (`PR_SET_CHILD_SUBREAPER`, Linux), which kills
  it: a worker's horse moves to a process group of its own, where a signal to the worker's group does not reach it.
"""

import ctypes
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
SETTLED_S = 10.0
"""A part that lived this long was well: its quick ends before are forgotten."""
QUICK_ENDS = 5
"""So many quick ends in a row of a critical part end the supervisor."""
READY_EVERY_S = 0.1
SAME_STOP_S = 0.5
"""Signals this close are one request: `timeout` and some shells send each twice, to the process and to its group."""
MARK = "NIGHTBOARD_PART"
"""The environment variable that marks a part and whatever it starts."""

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """One child of the supervisor; `env` is added to the supervisor's own environment.

    Without a `critical` part the rest is of no use: if it ends again and again at its start, all of it ends.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    critical: bool = False


class Supervisor:
    """Runs the parts, each with its log `home/logs/<name>.log`, until a signal says stop.

    `ready` is asked every 0.1 s (it should answer within a second, since nothing else is done meanwhile), and
    `announce` called once it says true; after `ready_s` seconds it is no longer asked.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        home: Path,
        grace_s: float = 10.0,
        *,
        ready: Callable[[], bool] | None = None,
        announce: Callable[[], None] = lambda: None,
        ready_s: float = 60.0,
    ) -> None:
        self._logs = home / "logs"
        self._children = [_Child(part, self._logs / f"{part.name}.log") for part in parts]
        self._grace_s = grace_s
        self._ready = ready
        self._announce = announce
        self._ready_s = ready_s
        self._ready_until = float("inf")
        self._stopped_at: float | None = None
        self._kill_at = float("inf")
        self._code = 0

    def run(self) -> int:
        """Run until INT, TERM or HUP; a second one kills at once. To be called from the main thread.

        Returns 0 after a stop by signal, 1 when a critical part could not be kept running. No process is left.
        """
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._ready_until = time.monotonic() + self._ready_s
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
        with _signals() as wait:
            try:
                while not self._is_over():
                    self._start_due()
                    self._ask_ready()
                    told = wait(self._until_next())
                    for _ in range(len(told) - told.count(signal.SIGCHLD)):
                        self._stop()
                    if signal.SIGCHLD in told:
                        self._collect()
            finally:
                self._kill()
        return self._code

    def _is_over(self) -> bool:
        if self._stopped_at is None:
            return False
        return time.monotonic() >= self._kill_at or all(child.process is None for child in self._children)

    def _start_due(self) -> None:
        if self._stopped_at is None:
            for child in self._children:
                if child.process is None and child.due <= time.monotonic():
                    child.start()

    def _ask_ready(self) -> None:
        if self._ready is None or self._stopped_at is not None:
            return
        if self._ready():
            self._ready = None
            self._announce()
        elif time.monotonic() > self._ready_until:
            self._ready = None
            log.error("Nightboard's page does not answer yet. The logs in %s say why.", self._logs)

    def _until_next(self) -> float | None:
        """Return the seconds until there is something to do, None when only a signal can bring something."""
        now = time.monotonic()
        times = [self._kill_at]
        if self._stopped_at is None:
            times += [child.due for child in self._children if child.process is None]
            times += [now + READY_EVERY_S] if self._ready is not None else []
        first = min(times)
        return None if first == float("inf") else max(0.0, first - now)

    def _stop(self) -> None:
        now = time.monotonic()
        if self._stopped_at is None:
            self._stopped_at, self._kill_at = now, now + self._grace_s
            for child in self._children:
                child.terminate()
        elif now - self._stopped_at > SAME_STOP_S:
            self._kill_at = now

    def _collect(self) -> None:
        for child in self._children:
            code = child.collect()
            if code is None or self._stopped_at is not None:
                continue
            log.warning("%s ended with code %d and is started again; its log is %s", child.part.name, code, child.log)
            if child.part.critical and child.quick_ends >= QUICK_ENDS:
                self._give_up(child)
        self._sweep()

    def _give_up(self, child: "_Child") -> None:
        log.error(
            "%s ended %d times right after its start, so Nightboard stops. Its log %s says why.",
            child.part.name,
            child.quick_ends,
            child.log,
        )
        self._code = 1
        self._stop()

    def _sweep(self) -> bool:
        """Kill what a part that ended has left behind, and reap what ended; return whether anything was killed."""
        parts = {child.process.pid for child in self._children if child.process}
        killed = False
        for process in psutil.Process().children():
            if process.pid in parts:
                continue
            with suppress(psutil.Error, ChildProcessError):
                if process.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(process.pid, os.WNOHANG)
                elif MARK in process.environ():
                    process.kill()
                    process.wait(timeout=5)
                    killed = True
        return killed

    def _kill(self) -> None:
        for child in self._children:
            child.kill()
        # What a killed process had started comes to light only when it is gone.
        while self._sweep():
            pass


class _Child:
    """A part, its process while it has one, and the time from which it may be started next (monotonic seconds)."""

    def __init__(self, part: Part, path: Path) -> None:
        self.part = part
        self.log = path
        self.process: subprocess.Popen[bytes] | None = None
        self.due = 0.0
        self.quick_ends = 0
        self._started = 0.0

    def start(self) -> None:
        supervisor = os.getpid()
        self._started = time.monotonic()
        with self.log.open("ab") as output:
            try:
                self.process = subprocess.Popen(
                    self.part.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self.part.env, MARK: self.part.name},
                    start_new_session=True,
                    # Only where prctl holds on through the exec; elsewhere the part calls it when it has started.
                    preexec_fn=(lambda: die_with_parent(supervisor)) if _LIBC is not None else None,
                )
            except (OSError, subprocess.SubprocessError) as error:
                output.write(f"{self.part.name} cannot be started: {error}\n".encode())
                self._rest()

    def terminate(self) -> None:
        """Ask the part, and not its group, to end: each knows best how to end what it has started."""
        if self.process is not None:
            self.process.terminate()

    def collect(self) -> int | None:
        """Return the exit code if the process has ended, after clearing its group away; None otherwise."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self._kill_group(self.process.pid)
        self.process = None
        self._rest()
        return code

    def kill(self) -> None:
        """Kill the process and all that it started, and wait for its end."""
        if self.process is None:
            return
        tree: list[psutil.Process] = []
        with suppress(psutil.Error):
            tree = psutil.Process(self.process.pid).children(recursive=True)
        self._kill_group(self.process.pid)
        for descendant in tree:
            with suppress(psutil.Error):
                descendant.kill()
        self.process.wait()
        self.process = None

    def _rest(self) -> None:
        now = time.monotonic()
        self.quick_ends = 1 if now - self._started >= SETTLED_S else self.quick_ends + 1
        self.due = now + min(FIRST_PAUSE_S * 2.0 ** min(self.quick_ends - 1, 10), LONGEST_PAUSE_S)

    @staticmethod
    def _kill_group(leader: int) -> None:
        # macOS answers EPERM for a group of zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


@contextmanager
def _signals() -> Iterator[Callable[[float | None], bytes]]:
    """Take INT, TERM, HUP and CHLD; yields a function that waits for them, some seconds or for ever (None)."""
    inbox, outbox = socket.socketpair()
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # ignored means nohup, and is meant
        numbers.append(signal.SIGHUP)
    with inbox, outbox, selectors.DefaultSelector() as selector:
        inbox.setblocking(False)
        outbox.setblocking(False)
        selector.register(inbox, selectors.EVENT_READ)
        earlier_wakeup = signal.set_wakeup_fd(outbox.fileno(), warn_on_full_buffer=False)
        earlier = {number: signal.signal(number, lambda *_: None) for number in numbers}
        try:
            yield lambda timeout: inbox.recv(4096) if selector.select(timeout) else b""
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(earlier_wakeup)


def die_with_parent(parent: int) -> None:
    """Let the calling process be killed as soon as `parent`, the process that started it, has ended.

    Call it right after a fork, or at the start of a part with `os.getppid()`. On Linux the thread that forked counts
    as the parent, so fork from a main thread.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)
