"""Fixtures that every test may use: a lab with real parts, alone or with workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab, draw_captures, open_lab


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def lab(home: Path) -> Iterator[Lab]:
    """A home with a station and no captures."""
    with open_lab(home) as opened:
        yield opened


@pytest.fixture
def night(lab: Lab, tmp_path: Path) -> Lab:
    """A lab with one night of 24 captures."""
    draw_captures(tmp_path / "captures", 24)
    assert lab.take_in(tmp_path / "captures") == 24
    return lab
