"""What the page of a capture and a contact sheet tell of its time, its file and its project, without a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.components.thumbs import thumb
from dashboard.components.times import zone_of
from dashboard.page import PageRequest
from dashboard.pages import NotHere, capture
from engine.access import Actor
from engine.board import Board, open_board
from models.captures import Capture, Deployment, Project, Source
from models.people import Role
from models.queries.captures import CaptureRow
from models.settings import load
from tests.lab import DATABASE, new_store

DUSK = datetime(2026, 7, 10, 20, 0, tzinfo=UTC)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """A station of project 1."""
    new_store(tmp_path / DATABASE)
    opened = open_board(load(home=tmp_path))
    with opened.store.write() as session:
        for row in (
            Project(id=1, name="Meadows"),
            Deployment(id=1, project_id=1, name="Station"),
            Source(id=1, deployment_id=1, url="/captures"),
        ):
            session.add(row)
            session.flush()
    yield opened
    opened.store.close()


def shown(board: Board, *, project_id: int | None = None, **columns: Any) -> str:
    """The page of a capture with these columns, as JSON."""
    with board.store.write() as session:
        row = Capture(deployment_id=1, source_id=1, path="raw1.jpg", **columns)
        session.add(row)
        session.flush()
        capture_id = row.id
    reader = Actor("reader", Role.VIEWER, "dashboard", project_id=project_id)
    request = PageRequest(f"/captures/{capture_id}", reader, DUSK, args={"capture_id": capture_id})
    return str(capture.layout(board, request).to_plotly_json())


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("name", "from the file's name"),
        ("exif", "from EXIF"),
        ("file", "from the file itself, a last resort"),
    ],
)
def test_a_capture_tells_where_its_time_is_from(board: Board, source: str, told: str) -> None:
    assert told in shown(board, taken_at=DUSK, time_source=source)


def test_a_capture_without_a_time_says_so_and_leads_to_the_others(board: Board) -> None:
    page = shown(board, time_source="none")
    assert "no time is known" in page
    assert "/captures?without_time=1" in page


def test_a_capture_whose_file_is_gone_says_so(board: Board) -> None:
    assert "The file is gone: the sync of 10 Jul 2026, 20:00 UTC did not find it" in shown(board, missing_at=DUSK)


def test_a_capture_without_a_night_is_of_its_stations_project(board: Board) -> None:
    assert "raw1.jpg" in shown(board, project_id=1)


def test_a_capture_of_another_project_is_not_there(board: Board) -> None:
    with pytest.raises(NotHere, match="There is no capture 1"):
        shown(board, project_id=2)


@pytest.mark.parametrize(("source", "told"), [("name", False), ("exif", False), ("file", True)])
def test_a_contact_sheet_marks_only_a_time_that_is_a_last_resort(source: str, told: bool) -> None:
    row = CaptureRow(1, "raw1.jpg", DUSK, "done", 0, time_source=source)
    assert ("from the file itself, a last resort" in str(thumb(row, zone_of("UTC")))) == told
