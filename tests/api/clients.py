"""Clients that others wrote, each in a folder of its own, because their pins fit neither ours nor each other's."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
INSTALL_S = 110


@dataclass(frozen=True)
class Client:
    """An installed client, for which a program of `programs/` can be run."""

    folder: Path

    def run(self, program: str, *arguments: str, **environment: str) -> Any:
        """What the program said, which is JSON; fails the test with its error output when it failed."""
        ended = subprocess.run(
            [sys._base_executable, "-s", str(PROGRAMS / program), *arguments],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


def installed(requirement: str) -> Client:
    """This client, from the usual package index the first time; the test is skipped where that does not work."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = ROOT / ".cache" / "clients" / f"{requirement}-python{python}"
    if not (folder / ".whole").exists():
        _install(requirement, folder)
    return Client(folder)


def _install(requirement: str, folder: Path) -> None:
    pins = PROGRAMS / f"{requirement}.txt"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        ended = subprocess.run(
            [*command, "--no-compile", "--upgrade", "--target", str(folder), "-c", str(pins), requirement],
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{requirement} could not be installed within {INSTALL_S} s")
    if ended.returncode:
        pytest.skip(f"{requirement} cannot be installed here: {ended.stderr.strip().splitlines()[-1]}")
    (folder / ".whole").touch()
