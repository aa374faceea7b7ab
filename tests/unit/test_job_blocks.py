"""Blocks of the list of jobs: short lists as a whole, long ones from row to row."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g

from dashboard.pages.jobs import blocks
from dashboard.pages.jobs.blocks import COUNTED, block
from engine.access import Actor
from engine.bell import Bell
from engine.board import Board
from models.captures import Project
from models.jobs import Job
from models.people import Role
from models.revisions import touch
from models.settings import load
from tests.lab import new_store

EVENING = datetime(2026, 7, 1, 20, tzinfo=UTC)
BLOCK = 3
LONG = 5  # jobs of a list that is long


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """Ten jobs of three priorities, and somebody who looks at them."""
    store = new_store(tmp_path / "nightboard.db")
    with store.write() as session:
        session.add(Project(id=1, name="Moths"))
    opened = Board(load(home=tmp_path), store, Bell("redis://127.0.0.1:1"))
    for number in range(10):
        add(opened, number, priority=number % 3)
    with Flask("nightboard").test_request_context("/"):
        g.actor = Actor("looker", Role.VIEWER, "dashboard")
        yield opened
    store.close()


def add(board: Board, number: int, priority: int = 5) -> int:
    with board.store.write() as session:
        made = EVENING + timedelta(minutes=number)
        job = Job(name=f"job {number}", type="ml", project_id=1, created_at=made, priority=priority, worker="lab-1")
        session.add(job)
        session.flush()
        touch(session, Job, job.id)
        return job.id


def ask(
    board: Board, first: int, sort: str, after: Any = None, *, text: str = "", counted: int = LONG
) -> tuple[list[dict[str, Any]], Any]:
    """The rows of a block, and how many the grid is told that there are."""
    model = [{"colId": sort.removeprefix("-"), "sort": "desc" if sort.startswith("-") else "asc"}]
    request = {"startRow": first, "endRow": first + BLOCK, "sortModel": model, "after": after}
    found, _ = block(board, request, text, counted)
    return found["rowData"], found["rowCount"]


def read_on(board: Board, sort: str, from_row: dict[str, Any] | None, first: int, text: str = "") -> list[int]:
    """The ids of all rows behind this one, block after block as a grid asks."""
    found: list[int] = []
    while True:
        rows, ended = ask(board, first, sort, from_row and from_row["place"], text=text)
        found += [row["id"] for row in rows]
        if ended is not None:
            assert ended == first + len(rows)
            return found
        from_row, first = rows[-1], first + BLOCK


@pytest.mark.parametrize("sort", ["-created_at", "priority", "-priority", "name", "project", "-pipeline", "queue_ms"])
@pytest.mark.parametrize("text", ["", "worker:lab-1"])
def test_the_blocks_of_a_long_list_are_those_of_the_short_one(board: Board, sort: str, text: str) -> None:
    short = [
        row["id"] for first in range(0, 10, BLOCK) for row in ask(board, first, sort, text=text, counted=COUNTED)[0]
    ]
    assert read_on(board, sort, None, 0) == short
    assert len(set(short)) == 10


@pytest.mark.parametrize("sort", ["-created_at", "priority", "name", "-project", "-pipeline", "queue_ms"])
@pytest.mark.parametrize("steps", [(1.2, 2), (0.5,)])
def test_the_rows_of_a_list_that_lie_far_apart_are_met_on_the_way(
    board: Board, monkeypatch: pytest.MonkeyPatch, sort: str, steps: tuple[float, ...]
) -> None:
    text = "priority:0,1"
    short = [
        row["id"] for first in range(0, 7, BLOCK) for row in ask(board, first, sort, text=text, counted=COUNTED)[0]
    ]
    monkeypatch.setattr(blocks, "SPARSE", 1)
    monkeypatch.setattr(blocks, "STEPS", steps)
    assert read_on(board, sort, None, 0, text) == short
    assert len(set(short)) == 7


def test_a_long_list_goes_on_where_it_was_when_jobs_come_at_its_top(board: Board) -> None:
    rows, _ = ask(board, 0, "-created_at")
    whole = [row["id"] for row in rows] + read_on(board, "-created_at", rows[-1], BLOCK)
    add(board, 11)
    assert [row["id"] for row in rows] + read_on(board, "-created_at", rows[-1], BLOCK) == whole


def test_a_short_list_is_read_anew_after_a_change(board: Board) -> None:
    assert ask(board, 0, "-created_at", text="priority:2")[1] == 3
    new = add(board, 11, priority=2)
    rows, count = ask(board, 0, "-created_at", text="priority:2")
    assert (rows[0]["id"], count) == (new, 4)


@pytest.mark.parametrize("after", ["name", ["nothing", 3], ["name", "job 5", 5], 3])
def test_a_place_of_another_order_is_passed_over(board: Board, after: Any) -> None:
    plain, _ = ask(board, 3, "-created_at")
    given, _ = ask(board, 3, "-created_at", after)
    assert [row["id"] for row in given] == [row["id"] for row in plain]
