"""A PostgreSQL for tests: the machine's own programs, a cluster of our own in a temporary folder, gone afterwards.

Its databases are copies of one that was migrated once, as migrations take long and have tests of their own.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models import migrate
from models.store import Store

MIGRATED = "migrated"  # the database that the others are copies of
SETTINGS = {
    "autovacuum": "off",  # it would look after each of hundreds of databases that nobody needs any more
    "fsync": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
}


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, the newest there is; None when this machine has no PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda each: float(each.parts[-3]))
    on_path = shutil.which("pg_ctl")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def _as_other_user() -> list[str]:
    """PostgreSQL refuses to run as root, so root runs it as its own user, or as nobody."""
    if os.getuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]


class Cluster:
    """A running PostgreSQL; `create` makes a database in it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        self._run("initdb", "-D", str(folder / "data"), "-U", "lab", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.start()
        self._run("createdb", "-h", str(folder), "-U", "lab", MIGRATED)
        store = Store(self._address(MIGRATED))
        migrate.upgrade(store)
        store.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_other_user(), str(self._programs / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

    def start(self) -> None:
        options = " ".join(f"-c {key}='{value}'" for key, value in SETTINGS.items())
        options += f" -c unix_socket_directories='{self.folder}'"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")

    def create(self, name: str) -> str:
        """Make a database with the tables of this version; its address."""
        self._run("createdb", "-h", str(self.folder), "-U", "lab", "-T", MIGRATED, name)
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql+psycopg://lab@/{name}?host={self.folder}"


@contextmanager
def cluster() -> Iterator[Cluster | None]:
    """A cluster for as long as the block lasts; None when this machine cannot have one."""
    programs = binaries()
    if programs is None or not hasattr(socket, "AF_UNIX"):
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="nb-pg-"))
    folder.chmod(0o777)
    running = None
    try:
        running = Cluster(folder, programs)
        yield running
    finally:
        if running is not None:
            running.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
