"""`nightboard up` as a whole: one process tree on one home, that comes and goes cleanly."""

import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from engine import queue_server
from models.jobs import Job
from models.states import Status
from tests.lab import free_port, open_lab, wait_for


@contextmanager
def up(home: Path, port: int, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A running `nightboard up` without workers of its own, unless told; killed with its children at the end."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "engine.cli",
            "up",
            "--home",
            str(home),
            "--port",
            str(port),
            "--no-browser",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def of_home(home: Path) -> list[psutil.Process]:
    """Every process that belongs to this home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("NIGHTBOARD_HOME") == str(home) or str(home) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_no_process_and_no_lock(home: Path, number: signal.Signals) -> None:
    port = free_port()
    with up(home, port, "--no-demo", "--workers", "1") as process:
        wait_for(lambda: is_ready(port), "the page answers")
        process.send_signal(number)
        assert process.wait(30) == 0
    assert of_home(home) == []
    assert queue_server.status(home) is None
    with up(home, port, "--no-demo", "--workers", "0"):
        wait_for(lambda: is_ready(port), "the page answers the second time")


def test_a_second_start_on_the_home_names_the_first(home: Path) -> None:
    port = free_port()
    with up(home, port, "--no-demo", "--workers", "0"):
        wait_for(lambda: is_ready(port), "the page answers")
        with up(home, free_port(), "--no-demo") as second:
            said, _ = second.communicate(timeout=30)
        assert second.returncode != 0
        assert f"127.0.0.1:{port}" in said
        assert "Traceback" not in said
        assert is_ready(port)


def test_six_starts_at_once_make_one_winner(home: Path) -> None:
    ports = [free_port() for _ in range(6)]
    with (
        up(home, ports[0], "--no-demo", "--workers", "0") as a,
        up(home, ports[1], "--no-demo", "--workers", "0") as b,
        up(home, ports[2], "--no-demo", "--workers", "0") as c,
        up(home, ports[3], "--no-demo", "--workers", "0") as d,
        up(home, ports[4], "--no-demo", "--workers", "0") as e,
        up(home, ports[5], "--no-demo", "--workers", "0") as f,
    ):
        all_six = (a, b, c, d, e, f)
        wait_for(lambda: sum(each.poll() is not None for each in all_six) == 5, "five have given up")
        wait_for(lambda: any(is_ready(port) for port in ports), "one answers")
        servers = [each for each in of_home(home) if "valkey" in each.name() or "redis" in each.name()]
        assert len(servers) == 1


def test_what_was_killed_whole_starts_again_and_loses_no_job(home: Path, tmp_path: Path) -> None:
    with open_lab(home) as lab:
        lab.list_captures(tmp_path, 20)
        lab.pipeline_id = lab.add_nothing(batch_max=2, pace_ms=150)
        job_id = lab.submit()

    def job() -> Job:
        return lab.job(job_id)

    port = free_port()
    with up(home, port, "--workers", "2") as process:
        wait_for(lambda: job().processed >= 1, "the first capture is processed")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        wait_for(lambda: all("valkey" in each.name() for each in of_home(home)), "its parts are gone with it")
    with up(home, port, "--workers", "2"):
        wait_for(lambda: job().status is Status.SUCCESS, "the job is done")
    assert job().processed == 20


def test_a_taken_port_is_named_in_one_sentence(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with up(home, port) as process:
            said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert "Traceback" not in said


def test_the_first_start_prints_a_link_and_keeps_the_token_to_its_owner(home: Path) -> None:
    port = free_port()
    with up(home, port, "--no-demo", "--workers", "0") as process:
        assert process.stdout is not None
        assert any(f"http://127.0.0.1:{port}/login/" in line for line in process.stdout)
    assert stat.S_IMODE((home / "admin.token").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://x"), ("REDIS_URL", "http://x"), ("NIGHTBOARD_PORT", "seventy")],
)
def test_a_wrong_setting_is_named(home: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "doctor", "--home", str(home)],
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr
