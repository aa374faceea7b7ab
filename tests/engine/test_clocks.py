"""How a camera's clock goes: one that keeps its time shows no false gap, and a change mends times wherever files lie.

In Copenhagen clocks go back on 30 October 2022, from 03:00 (UTC+2) to 02:00 (UTC+1).
"""

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from engine.lab import stations
from engine.lab.stations import changes_of
from models.captures import Capture, Event
from models.states import Status
from tests.engine.test_arrivals import packed, send, times
from tests.engine.test_sources import archive, bucket, store_port, surroundings, take_in  # noqa: F401 - fixtures
from tests.lab import ENGINEER, Lab

SHOWN = [datetime(2022, 10, 29, 22) + timedelta(minutes=20 * step) for step in range(25)]  # by the clock, until 06:00
KEPT = [at.replace(tzinfo=UTC) - timedelta(hours=2) for at in SHOWN]  # when it was, if the clock stays at UTC+2
NIGHT = date(2022, 10, 29)
SUMMER_TIME = 120  # minutes east of UTC


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures whose names have no time; their EXIF does."""
    made = tmp_path / "card"
    made.mkdir()
    for number, at in enumerate(SHOWN):
        exif = Image.Exif()
        exif[0x0132] = f"{at:%Y:%m:%d %H:%M:%S}"
        Image.new("RGB", (64, 48), "white").save(made / f"IMG_{number:04}.jpg", exif=exif)
    return made


def from_names(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "named").mkdir()
    for at in SHOWN:
        Image.new("RGB", (64, 48), "white").save(tmp_path / "named" / f"{at:%Y%m%d%H%M%S}.jpg")
    lab.take_in(tmp_path / "named")


def from_archive(lab: Lab, tmp_path: Path) -> None:
    """An archive whose pictures have neither a time in their names nor EXIF: it tells the time of each file."""
    with zipfile.ZipFile(tmp_path / "card.zip", "w") as made:
        Image.new("RGB", (64, 48), "white").save(tmp_path / "plain.jpg")
        for number, at in enumerate(SHOWN):
            made.writestr(
                zipfile.ZipInfo(f"IMG_{number:04}.jpg", at.timetuple()[:6]), (tmp_path / "plain.jpg").read_bytes()
            )
    take_in(lab, f"zip://{tmp_path / 'card.zip'}")


def from_upload(lab: Lab, tmp_path: Path) -> None:
    """The same, sent from a browser as one archive a picture."""
    for number, at in enumerate(SHOWN):
        Image.new("RGB", (64, 48), (number, 0, 0)).save(tmp_path / "plain.jpg")
        content = packed({f"IMG_{number:04}.jpg": (tmp_path / "plain.jpg").read_bytes()}, at)
        send(lab, f"{number}.zip", content)
    times(lab)


@pytest.fixture(params=["names", "exif", "bucket", "archive", "upload"])
def filled(request: pytest.FixtureRequest, lab: Lab, folder: Path, tmp_path: Path) -> Lab:
    """A station whose captures tell their time in one of these ways."""
    ways: dict[str, Callable[[], object]] = {
        "names": lambda: from_names(lab, tmp_path),
        "exif": lambda: lab.take_in(folder),
        "bucket": lambda: take_in(lab, request.getfixturevalue("bucket")[1]),
        "archive": lambda: from_archive(lab, tmp_path),
        "upload": lambda: from_upload(lab, tmp_path),
    }
    ways[request.param]()
    return lab


def taken(lab: Lab) -> list[datetime | None]:
    with lab.board.store.read() as session:
        return list(session.scalars(select(Capture.taken_at).order_by(Capture.taken_at)))


def night(lab: Lab) -> Event:
    with lab.board.store.read() as session:
        row = session.scalars(select(Event)).one()
        session.expunge_all()
        return row


def change(lab: Lab, **changes: Any) -> None:
    """Change the station, and let a worker do what follows."""
    job_id = stations.change_station(lab.board, ENGINEER, lab.station_id, changes_of(changes))
    assert job_id is not None
    with lab.workers(1):
        assert lab.until(job_id).status is Status.SUCCESS


def test_a_camera_that_keeps_its_clock_shows_no_false_gap_when_clocks_go_back(filled: Lab) -> None:
    assert len(night(filled).gaps) == 1  # by the zone's clock an hour seems to be missing
    change(filled, clock_offset_min=SUMMER_TIME)
    assert taken(filled) == KEPT
    mended = night(filled)
    assert (mended.night, mended.captures_count, mended.expected_count, mended.gaps) == (NIGHT, 25, 25, [])
    assert (mended.first_at, mended.last_at) == (KEPT[0], KEPT[-1])
    change(filled, clock_offset_min=None)
    assert len(night(filled).gaps) == 1


def test_what_was_taken_in_before_the_clock_was_kept_is_read_once_more(filled: Lab) -> None:
    with filled.board.store.write() as session:
        session.execute(update(Capture).values(wall_at=None))
    change(filled, timezone="America/Panama")
    assert taken(filled) == [at.replace(tzinfo=UTC) + timedelta(hours=5) for at in SHOWN]
    assert [row.wall_at for row in rows(filled)] == SHOWN


def rows(lab: Lab) -> list[Capture]:
    with lab.board.store.read() as session:
        rows = list(session.scalars(select(Capture).order_by(Capture.taken_at)))
        session.expunge_all()
        return rows


def test_a_camera_that_keeps_its_clock_is_taken_in_by_it(lab: Lab, folder: Path) -> None:
    stations.change_station(lab.board, ENGINEER, lab.station_id, changes_of({"clock_offset_min": SUMMER_TIME}))
    lab.take_in(folder)
    assert taken(lab) == KEPT
    assert night(lab).gaps == []
