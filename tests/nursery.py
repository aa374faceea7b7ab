"""Parts of Nightboard for tests, forked from a process that has loaded them once.

A part with an interpreter of its own takes a second or two of a core to load what it needs, and hundreds of tests start
two or three each. The standard library's fork server loads it once in a process of tests. What is forked is a process
like any other: with its environment, its log, a session of its own, and signals that kill it.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

LOADED = ["tests.loaded"]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(LOADED)


class Forked:
    """`nightboard` with these arguments, forked; see `tests.lab.Started`."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._process: ForkServerProcess = _context.Process(target=_run, args=(list(arguments), environment, log))
        self._process.start()

    @property
    def pid(self) -> int:
        found = self._process.pid
        assert found is not None
        return found

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None, /) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("nightboard", timeout or 0.0)
        return code


def _run(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    """The forked process: `nightboard` with these arguments."""
    from engine import faults
    from engine.cli import main

    os.setsid()
    with log.open("ab") as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    importlib.reload(faults)  # what else is loaded asks the environment when it runs
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main(arguments)
