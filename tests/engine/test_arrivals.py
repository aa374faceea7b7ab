"""Captures that are sent from a browser: in pieces, as pictures or archives, and only what is a picture."""

import math
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import arrivals
from engine.access import Actor
from engine.captures.ingest import ingest
from engine.control import Forbidden, Invalid, NotFound
from models.captures import Capture, Event
from models.people import Role
from models.states import Status
from tests.lab import ENGINEER, Lab, draw_captures


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    draw_captures(tmp_path / "card", 4, width=240, height=180)
    return sorted((tmp_path / "card").iterdir())


def send(
    lab: Lab,
    name: str,
    content: bytes,
    *,
    pieces: int = 1,
    actor: Actor = ENGINEER,
    modified_ms: float | None = None,
) -> arrivals.Arrival:
    arrival = arrivals.Arrival(0)
    length = -(-len(content) // pieces)
    for offset in range(0, max(len(content), 1), max(length, 1)):
        piece = BytesIO(content[offset : offset + length])
        arrival = arrivals.receive(
            lab.board,
            actor,
            lab.station_id,
            name,
            size=len(content),
            offset=offset,
            piece=piece,
            modified_ms=modified_ms,
        )
    return arrival


def packed(members: dict[str, bytes], at: datetime = datetime(1980, 1, 1)) -> bytes:
    """A zip archive of these files, all of one wall time; 1980 is what archives say that know none."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content)
    return buffer.getvalue()


def times(lab: Lab) -> dict[str, tuple[datetime | None, str]]:
    """When each kept picture was taken, UTC, and what says so, as a sync job takes it in."""
    for _ in ingest(lab.board.store, lab.station_id, next((lab.home / "arrivals").glob("station-*"))):
        pass
    with lab.board.store.read() as session:
        rows = session.execute(select(Capture.path, Capture.taken_at, Capture.time_source))
        return {path: (taken_at, source) for path, taken_at, source in rows}


def nights(lab: Lab) -> list[date]:
    with lab.board.store.read() as session:
        return list(session.scalars(select(Event.night)))


def kept(lab: Lab) -> list[str]:
    return sorted(path.name for path in (lab.home / "arrivals").glob("station-*/*"))


def test_pictures_and_archives_become_captures_of_the_station(lab: Lab, pictures: list[Path]) -> None:
    first, second, third, fourth = (path.read_bytes() for path in pictures)
    assert send(lab, pictures[0].name, first, pieces=3).kept == 1
    archive = packed(
        {f"DCIM/{pictures[1].name}": second, f"DCIM/{pictures[2].name}": third, "DCIM/notes.txt": b"x", "._a.jpg": b"x"}
    )
    assert send(lab, "night.zip", archive, pieces=2).kept == 2
    again = send(lab, pictures[0].name, first)
    assert (again.kept, again.faults) == (1, [])
    assert send(lab, pictures[0].name, fourth).kept == 1  # another picture of the same name stands beside it
    assert len(kept(lab)) == 4
    job_id = arrivals.take_in(lab.board, ENGINEER, lab.station_id)
    with lab.workers(1):
        assert lab.until(job_id).status is Status.SUCCESS
    with lab.board.store.read() as session:
        sources = session.scalars(select(Capture.time_source)).all()
    assert sources == ["name"] * 4


def test_a_file_that_broke_off_goes_on_where_it_is(lab: Lab, pictures: list[Path]) -> None:
    content, name = pictures[0].read_bytes(), pictures[0].name
    arrivals.receive(
        lab.board, ENGINEER, lab.station_id, name, size=len(content), offset=0, piece=BytesIO(content[:1000])
    )
    with pytest.raises(arrivals.OutOfStep) as step:
        arrivals.receive(
            lab.board, ENGINEER, lab.station_id, name, size=len(content), offset=2000, piece=BytesIO(content[2000:])
        )
    assert step.value.received == 1000
    rest = arrivals.receive(
        lab.board, ENGINEER, lab.station_id, name, size=len(content), offset=1000, piece=BytesIO(content[1000:])
    )
    assert (rest.whole, rest.kept) == (True, 1)


def test_what_is_no_picture_is_told_and_leaves_nothing(lab: Lab, pictures: list[Path]) -> None:
    picture = pictures[0].read_bytes()
    assert send(lab, "a.jpg", b"no picture at all").faults == [
        "a.jpg is not a picture that can be read, though it is named like one; copy it again from the card."
    ]
    assert "not a zip archive" in send(lab, "b.zip", b"no archive at all").faults[0]
    assert "no pictures in c.zip" in send(lab, "c.zip", packed({"notes.txt": b"x"})).faults[0]
    mixed = send(lab, "d.zip", packed({"good.jpg": picture, "../../bad.jpg": b"x"}))
    assert (mixed.kept, len(mixed.faults)) == (1, 1)
    for name in ("../a.jpg", "a/b.jpg", "", "notes.txt", "x" * 300 + ".jpg", ".hidden.jpg"):
        with pytest.raises(Invalid):
            send(lab, name, picture)
    assert kept(lab) == ["good.jpg"]
    assert [path.name for path in (lab.home / "arrivals" / "parts").iterdir() if path.suffix != ".lock"] == []


def test_only_who_may_sends_and_only_to_a_station_of_theirs(lab: Lab, pictures: list[Path]) -> None:
    content, name = pictures[0].read_bytes(), pictures[0].name
    with pytest.raises(Forbidden):
        send(lab, name, content, actor=Actor("reader", Role.VIEWER, "dashboard"))
    with pytest.raises(NotFound):
        send(lab, name, content, actor=Actor("guest", Role.OPERATOR, "dashboard", project_id=lab.project_id + 1))
    assert not (lab.home / "arrivals").exists()


def test_a_picture_has_the_time_of_its_file_where_it_came_from(lab: Lab, pictures: list[Path]) -> None:
    at = datetime(2022, 8, 10, 22, tzinfo=UTC)
    send(lab, "raw1.jpg", pictures[0].read_bytes(), pieces=2, modified_ms=at.timestamp() * 1000)
    assert times(lab) == {"raw1.jpg": (at, "file")}
    assert nights(lab) == [date(2022, 8, 10)]


def test_a_picture_of_an_archive_has_the_time_of_the_cameras_card_in_the_stations_zone(
    lab: Lab, pictures: list[Path]
) -> None:
    packing = datetime(2022, 9, 1, tzinfo=UTC).timestamp() * 1000
    archive = packed({"DCIM/raw1.jpg": pictures[0].read_bytes()}, datetime(2022, 8, 11, 0, 30, 2))
    send(lab, "night.zip", archive, modified_ms=packing)
    assert times(lab) == {"raw1.jpg": (datetime(2022, 8, 10, 22, 30, 2, tzinfo=UTC), "file")}
    assert nights(lab) == [date(2022, 8, 10)]


def test_a_picture_whose_time_nobody_tells_is_of_no_night_and_never_of_todays(lab: Lab, pictures: list[Path]) -> None:
    first, second, *_ = (path.read_bytes() for path in pictures)
    send(lab, "raw1.jpg", first)
    send(lab, "night.zip", packed({"raw2.jpg": second}), modified_ms=datetime.now(UTC).timestamp() * 1000)
    assert times(lab) == {"raw1.jpg": (None, "none"), "raw2.jpg": (None, "none")}
    assert nights(lab) == []


@pytest.mark.parametrize("modified_ms", [-1.0, 0.0, math.nan, math.inf, -math.inf, 1e300])
def test_a_time_that_cannot_be_is_none(lab: Lab, pictures: list[Path], modified_ms: float) -> None:
    send(lab, "raw1.jpg", pictures[0].read_bytes(), modified_ms=modified_ms)
    assert times(lab) == {"raw1.jpg": (None, "none")}


def test_a_time_that_is_yet_to_come_is_none(lab: Lab, pictures: list[Path]) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).timestamp() * 1000
    send(lab, "raw1.jpg", pictures[0].read_bytes(), modified_ms=later)
    assert times(lab) == {"raw1.jpg": (None, "none")}
