"""The supervisor and the lock of `nightboard up`, with real child processes."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.locks import AlreadyRunning, single

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs prctl, which only Linux has")

SUPERVISOR = """
import json, pathlib, sys
from engine.supervise import Part, Supervisor
home, grace_s, parts = pathlib.Path(sys.argv[1]), float(sys.argv[2]), json.loads(sys.argv[3])
supervisor = Supervisor(
    [Part(**part) for part in parts], home, grace_s,
    ready=(home / "noted").exists, announce=lambda: print("ready", flush=True),
)
sys.exit(supervisor.run())
"""
NOTE = """
import os, pathlib, signal, sys
def note():
    with open("noted", "a") as notes:
        notes.write(f"{os.getpid()}\\n")
"""
STEADY = NOTE + "note(); signal.pause()"
STUBBORN = NOTE + "signal.signal(signal.SIGTERM, signal.SIG_IGN); note()\nwhile True: signal.pause()"
WITH_HORSE = NOTE + (
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif os.fork() == 0: os.setpgrp()\nnote()\nwhile True: signal.pause()"
)
BROKEN = "raise SystemExit('the port is taken')"
HOLDER = """
import pathlib, sys
from engine.locks import AlreadyRunning, single
try:
    with single(pathlib.Path(sys.argv[1])) as tell:
        tell("http://127.0.0.1:8050")
        print("won", flush=True)
        sys.stdin.read()
except AlreadyRunning as running:
    print(running, flush=True)
"""


def until(condition: Callable[[], object]) -> None:
    tick = threading.Event()
    for _ in range(3000):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("waited 30 s in vain")


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Run:
    """A supervisor in a process of its own, with parts that note their process ids in the order of their starts."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[str]

    def start(self, *codes: str, grace_s: float = 20, critical: bool = False) -> None:
        parts = [
            {"name": f"part-{number}", "argv": [sys.executable, "-c", code], "critical": critical}
            for number, code in enumerate(codes)
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(self.home), str(grace_s), json.dumps(parts)],
            cwd=self.home,
            stdout=subprocess.PIPE,
            text=True,
        )

    def noted(self) -> list[int]:
        notes = self.home / "noted"
        return [int(line) for line in notes.read_text().splitlines()] if notes.exists() else []

    def wait_for(self, count: int) -> list[int]:
        until(lambda: len(self.noted()) >= count)
        return self.noted()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    with run.process:
        run.process.kill()
    for pid in run.noted():
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_part_that_is_killed_is_started_again(run: Run) -> None:
    run.start(STEADY)
    [first] = run.wait_for(1)
    os.kill(first, signal.SIGKILL)
    assert run.wait_for(2)[1] != first


def test_a_part_that_ends_well_is_started_again_too(run: Run) -> None:
    run.start(NOTE + "note()")
    assert len(run.wait_for(2)) >= 2


@linux_only
def test_what_a_killed_part_had_forked_is_killed(run: Run) -> None:
    run.start(WITH_HORSE)
    pids = run.wait_for(2)
    worker = next(pid for pid in pids if psutil.Process(pid).ppid() == run.process.pid)
    [horse] = set(pids) - {worker}
    os.kill(worker, signal.SIGKILL)
    until(lambda: gone(horse))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_by_signal_is_clean(run: Run, number: signal.Signals) -> None:
    run.start(STEADY, STEADY)
    pids = run.wait_for(2)
    assert (run.stop(number), [pid for pid in pids if not gone(pid)]) == (0, [])


def test_a_part_that_ignores_the_stop_is_killed_after_the_grace_with_all_it_forked(run: Run) -> None:
    run.start(WITH_HORSE, grace_s=0.2)
    pids = run.wait_for(2)
    run.stop()
    assert [pid for pid in pids if not gone(pid)] == []


def test_a_second_interrupt_kills_without_waiting_for_the_grace(run: Run) -> None:
    run.start(STUBBORN, grace_s=3600)
    run.wait_for(1)

    def interrupted() -> bool:
        run.process.send_signal(signal.SIGINT)
        return run.process.poll() is not None

    until(interrupted)


def test_one_interrupt_that_is_delivered_twice_leaves_the_grace(run: Run) -> None:
    run.start(NOTE + "signal.signal(signal.SIGTERM, lambda *_: (note(), sys.exit())); note(); signal.pause()")
    run.wait_for(1)
    run.process.send_signal(signal.SIGINT)
    run.stop(signal.SIGINT)
    assert len(run.noted()) == 2


@linux_only
def test_a_killed_supervisor_leaves_no_part_behind(run: Run) -> None:
    run.start(STEADY, STUBBORN)
    pids = run.wait_for(2)
    run.process.kill()
    until(lambda: all(gone(pid) for pid in pids))


def test_a_critical_part_that_cannot_start_ends_the_supervisor(run: Run) -> None:
    run.start(BROKEN, critical=True)
    assert run.process.wait(timeout=60) == 1


def test_a_part_writes_to_its_own_log(run: Run) -> None:
    run.start(BROKEN)
    log = run.home / "logs" / "part-0.log"
    until(lambda: log.exists() and log.read_text().startswith("the port is taken"))


def test_readiness_is_announced_once(run: Run) -> None:
    run.start(STEADY)
    assert run.process.stdout is not None
    first = run.process.stdout.readline()
    run.stop()
    assert (first, run.process.stdout.read()) == ("ready\n", "")


@pytest.mark.parametrize("by", ["prctl", "watch"])
def test_a_forked_child_dies_with_its_parent(run: Run, by: str) -> None:
    if by == "prctl" and sys.platform != "linux":
        pytest.skip("needs prctl, which only Linux has")
    run.process = subprocess.Popen(
        [sys.executable, "-c", NOTE + FORK, by], cwd=run.home, stdout=subprocess.PIPE, text=True
    )
    [child] = run.wait_for(1)
    run.process.kill()
    until(lambda: gone(child))


FORK = """
from engine import supervise
if sys.argv[1] == "watch":
    supervise._LIBC = None
parent = os.getpid()
if os.fork() == 0:
    supervise.die_with_parent(parent)
    note()
signal.pause()
"""


def hold(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(holder: "subprocess.Popen[str]") -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def test_a_second_start_on_one_home_is_told_where_the_first_is(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        said(holder)
        with (
            pytest.raises(AlreadyRunning, match=rf"process {holder.pid} at http://127\.0\.0\.1:8050"),
            single(tmp_path),
        ):
            pass
        holder.kill()


def test_six_starts_at_once_have_one_winner(tmp_path: Path) -> None:
    holders = [hold(tmp_path) for _ in range(6)]
    answers = [said(holder) for holder in holders]
    for holder in holders:
        holder.communicate()
    assert answers.count("won") == 1


def test_a_killed_holder_leaves_no_stale_lock(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        said(holder)
        holder.kill()
    with single(tmp_path):
        assert json.loads((tmp_path / "up.json").read_text())["pid"] == os.getpid()


def test_a_start_that_ends_leaves_no_note(tmp_path: Path) -> None:
    with single(tmp_path):
        pass
    assert not (tmp_path / "up.json").exists()
