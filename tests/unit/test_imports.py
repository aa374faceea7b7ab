"""Imports run down: dashboard and api, engine, models."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).parent / "lint-imports"


def check(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(LINT), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_no_import_runs_up_or_sideways() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stdout
    assert "2 kept, 0 broken" in done.stdout


def test_an_import_that_runs_up_is_found(tmp_path: Path) -> None:
    for package in ("models", "engine", "api", "dashboard"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "models" / "upward.py").write_text("import engine\n")
    (tmp_path / "api" / "sideways.py").write_text("import dashboard\n")
    done = check(tmp_path)
    assert done.returncode != 0
    assert "models.upward -> engine" in done.stdout
    assert "api.sideways -> dashboard" in done.stdout
