"""A folder of captures becomes captures and nights in a real database."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from engine.captures.folders import BadFolder, walk
from engine.captures.grouping import refresh_nights, regroup
from engine.captures.ingest import Report, examine, ingest, ingest_block, land
from engine.captures.stations import BadStation, open_source, open_station
from models import revisions
from models.captures import Capture, Deployment, Event, Project, Source
from models.jobs import Job
from models.migrate import upgrade
from models.store import Store

DUSK = datetime(2022, 8, 10, 22)
SMALL = 7  # files a block, so that a few files make several blocks


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'nightboard.db'}")
    upgrade(store)
    yield store
    store.close()


@pytest.fixture
def station(store: Store) -> int:
    with store.write() as session:
        return open_station(session, "Moths", "Als", "Europe/Copenhagen").id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "card").mkdir()
    return tmp_path / "card"


def photograph(path: Path, exif_time: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if exif_time:
        exif[0x0132] = exif_time
    Image.new("RGB", (64, 48), "white").save(path, exif=exif)
    return path


def photograph_night(folder: Path, start: datetime = DUSK, count: int = 20, minutes: int = 10) -> list[Path]:
    times = [start + timedelta(minutes=minutes * step) for step in range(count)]
    paths = [folder / f"{time:%Y%m%d%H%M%S}.jpg" for time in times]
    picture = photograph(paths[0]).read_bytes()
    for path in paths:
        path.write_bytes(picture)
    return paths


def take_in(store: Store, station: int, folder: Path) -> Report:
    return ([Report()] + [step.report for step in ingest(store, station, folder)])[-1]


def captures(store: Store) -> dict[str, Capture]:
    with store.read() as session:
        return {capture.path: capture for capture in session.scalars(select(Capture).order_by(Capture.path))}


def nights(store: Store) -> dict[date, Event]:
    with store.read() as session:
        return {event.night: event for event in session.scalars(select(Event).order_by(Event.night))}


def test_a_walk_is_sorted_and_each_file_comes_once_in_blocks(folder: Path) -> None:
    photograph_night(folder / "b")
    photograph_night(folder / "a" / "deep")
    photograph(folder / "a.jpg")
    blocks = list(walk(folder, block=SMALL))
    names = [file.name for block in blocks for file in block]
    assert [len(block) for block in blocks] == [7, 7, 7, 7, 7, 6]
    assert [name.split("/") for name in names] == sorted(name.split("/") for name in names)
    assert len(set(names)) == 41


def test_a_walk_goes_on_behind_any_file(folder: Path) -> None:
    for name in ("a/x.jpg", "a/y/1.jpg", "a/y/2.jpg", "a-b/1.jpg", "a.jpg", "b/1.jpg", "c.jpg"):
        photograph(folder / name)
    names = [file.name for block in walk(folder) for file in block]
    for name in names:
        assert [file.name for block in walk(folder, after=name) for file in block] == names[names.index(name) + 1 :]


def test_a_walk_goes_on_although_the_file_it_stopped_at_is_gone(folder: Path) -> None:
    photograph(folder / "a/1.jpg")
    photograph(folder / "b.jpg")
    assert [file.name for block in walk(folder, after="a/2/3.jpg") for file in block] == ["b.jpg"]


def test_a_link_that_leads_back_up_ends(folder: Path) -> None:
    photograph(folder / "a/1.jpg")
    (folder / "a/back").symlink_to(folder)
    assert [file.name for block in walk(folder) for file in block] == ["a/1.jpg"]


def test_a_link_to_another_folder_is_followed_and_one_to_nothing_ignored(folder: Path, tmp_path: Path) -> None:
    photograph(tmp_path / "disk/1.jpg")
    (folder / "2022").symlink_to(tmp_path / "disk")
    (folder / "itself.jpg").symlink_to(folder / "itself.jpg")
    (folder / "nothing.jpg").symlink_to(folder / "gone.jpg")
    met = [(file.name, file.picture) for block in walk(folder) for file in block]
    assert met == [("2022/1.jpg", True), ("itself.jpg", False), ("nothing.jpg", False)]


@pytest.mark.parametrize(("name", "says"), [("none", "There is no folder"), ("a.jpg", "is a file; give the folder")])
def test_what_is_no_folder_is_said_so(folder: Path, name: str, says: str) -> None:
    photograph(folder / "a.jpg")
    with pytest.raises(BadFolder, match=says):
        next(walk(folder / name))


def test_a_folder_becomes_captures_with_times_and_sizes(store: Store, station: int, folder: Path) -> None:
    paths = photograph_night(folder)
    assert take_in(store, station, folder) == Report(added=20)
    first = captures(store)[paths[0].name]
    assert (first.taken_at, first.time_source) == (datetime(2022, 8, 10, 20, tzinfo=UTC), "name")
    assert (first.width, first.height, first.size_bytes) == (64, 48, paths[0].stat().st_size)


def test_a_second_run_adds_only_what_is_new(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder)
    take_in(store, station, folder)
    photograph_night(folder / "next", DUSK + timedelta(days=1), 5)
    assert take_in(store, station, folder) == Report(added=5, known=20)
    assert take_in(store, station, folder) == Report(known=25)
    assert len(captures(store)) == 25


def test_a_run_with_nothing_new_changes_nothing_a_page_watches(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder)
    (folder / "20220810220500.jpg").touch()
    take_in(store, station, folder)
    before = {night: event.rev for night, event in nights(store).items()}
    take_in(store, station, folder)
    assert {night: event.rev for night, event in nights(store).items()} == before


def test_an_ingest_that_was_stopped_goes_on_where_it_was(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, count=1200, minutes=1)
    stopped = next(ingest(store, station, folder))
    *_, last = ingest(store, station, folder, stopped.after)
    assert (stopped.report.added, last.report) == (500, Report(added=700))
    assert [night.captures_count for night in nights(store).values()] == [840, 360]


def test_nights_hold_first_last_counts_and_gaps(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, DUSK, 12, 10)
    photograph_night(folder, DUSK + timedelta(hours=3), 6, 10)
    take_in(store, station, folder)
    night = nights(store)[date(2022, 8, 10)]
    first, last = datetime(2022, 8, 10, 20, tzinfo=UTC), datetime(2022, 8, 10, 23, 50, tzinfo=UTC)
    assert (night.first_at, night.last_at, night.captures_count, night.expected_count) == (first, last, 18, 24)
    assert night.gaps == [{"start": "2022-08-10T21:50:00+00:00", "end": "2022-08-10T23:00:00+00:00"}]


def test_midnight_does_not_cut_a_night_and_noon_does(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, datetime(2022, 8, 10, 18), 19, 60)
    take_in(store, station, folder)
    assert {night: event.captures_count for night, event in nights(store).items()} == {
        date(2022, 8, 10): 18,
        date(2022, 8, 11): 1,
    }


def test_a_night_that_comes_in_two_runs_is_one(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, DUSK, 3)
    take_in(store, station, folder)
    before = nights(store)[date(2022, 8, 10)]
    photograph_night(folder, DUSK + timedelta(hours=1), 4)
    take_in(store, station, folder)
    after = nights(store)[date(2022, 8, 10)]
    assert (after.id, after.captures_count) == (before.id, 7)
    assert after.rev > before.rev


def test_exif_gives_the_time_where_the_name_has_none(store: Store, station: int, folder: Path) -> None:
    photograph(folder / "2023_WS1_0611_0310_WSCT3059.JPG", "2023:06:12 03:10:01")
    take_in(store, station, folder)
    (capture,) = captures(store).values()
    assert (capture.taken_at, capture.time_source) == (datetime(2023, 6, 12, 1, 10, 1, tzinfo=UTC), "exif")
    assert list(nights(store)) == [date(2023, 6, 11)]


def test_the_time_of_the_file_itself_is_the_last_resort_and_marked(store: Store, station: int, folder: Path) -> None:
    photograph(folder / "raw1.jpg")
    os.utime(folder / "raw1.jpg", (1_660_168_800, 1_660_168_800))
    assert take_in(store, station, folder) == Report(added=1, file_time=1)
    assert take_in(store, station, folder) == Report(known=1, file_time=1)
    (capture,) = captures(store).values()
    assert (capture.taken_at, capture.time_source) == (datetime(2022, 8, 10, 22, tzinfo=UTC), "file")
    assert list(nights(store)) == [date(2022, 8, 10)]


def test_a_capture_without_a_time_is_kept_outside_of_all_nights(store: Store, station: int, folder: Path) -> None:
    photograph(folder / "raw1.jpg")
    os.utime(folder / "raw1.jpg", (0, 0))  # a camera whose clock was never set
    assert take_in(store, station, folder) == Report(added=1, without_time=1)
    assert take_in(store, station, folder) == Report(known=1, without_time=1)
    (capture,) = captures(store).values()
    assert (capture.taken_at, capture.event_id, capture.time_source) == (None, None, "none")


@pytest.mark.parametrize(
    ("share", "says"),
    [(0, "is empty"), (0.1, "is not a picture"), (0.98, "ends early")],
    ids=["empty", "stump", "truncated"],
)
def test_a_broken_file_is_reported_not_lost(store: Store, station: int, folder: Path, share: float, says: str) -> None:
    photograph_night(folder, count=3)
    broken = folder / "20220810221500.jpg"
    whole = photograph(broken).read_bytes()
    broken.write_bytes(whole[: int(len(whole) * share)])
    report = take_in(store, station, folder)
    assert (report.added, report.unreadable) == (4, 1)
    assert says in report.faults[0]
    kept = captures(store)[broken.name]
    assert kept.header_error == report.faults[0]
    assert (kept.size_bytes, kept.taken_at) == (int(len(whole) * share), datetime(2022, 8, 10, 20, 15, tzinfo=UTC))
    assert nights(store)[date(2022, 8, 10)].captures_count == 4


def test_a_broken_file_is_named_again_in_the_next_run(store: Store, station: int, folder: Path) -> None:
    (folder / "2022").mkdir()
    (folder / "2022/20220810221500.jpg").touch()
    take_in(store, station, folder)
    report = take_in(store, station, folder)
    assert (report.added, report.known, report.unreadable) == (0, 1, 1)
    assert report.faults == ("2022/20220810221500.jpg is empty (0 bytes); copy it again from the card.",)


def test_a_broken_file_that_was_copied_again_is_mended(store: Store, station: int, folder: Path) -> None:
    broken = folder / "raw1.jpg"
    broken.touch()
    take_in(store, station, folder)
    photograph(broken, "2022:08:10 22:15:00")
    assert take_in(store, station, folder) == Report(mended=1)
    mended = captures(store)["raw1.jpg"]
    assert (mended.header_error, mended.width) == (None, 64)
    assert nights(store)[date(2022, 8, 10)].captures_count == 1


def test_other_and_hidden_files_are_ignored_and_counted(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, count=2)
    for name in ("._20220810220000.jpg", ".hidden.jpg", "Thumbs.db", "notes.txt", ".Trashes/20220810220000.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"no picture")
    assert take_in(store, station, folder) == Report(added=2, ignored=5)


def test_a_name_that_is_not_utf8_is_kept_with_a_word_on_it(store: Store, station: int, folder: Path) -> None:
    path = os.fsencode(folder) + b"/m\xe5l_20220810220000.jpg"
    photograph(folder / "a.jpg").rename(os.fsdecode(path))
    report = take_in(store, station, folder)
    assert (report.added, report.unreadable) == (1, 1)
    assert list(captures(store)) == ["m\\xe5l_20220810220000.jpg"]
    assert "rename it" in report.faults[0]


def test_a_folder_inside_one_that_is_known_adds_nothing_twice(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder / "august", count=5)
    take_in(store, station, folder)
    assert take_in(store, station, folder / "august") == Report(known=5)


def test_a_folder_around_one_that_is_known_adds_only_the_rest(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder / "august", count=5)
    photograph_night(folder / "july", DUSK - timedelta(days=20), count=5)
    take_in(store, station, folder / "august")
    assert take_in(store, station, folder) == Report(added=5, known=5)


def test_a_folder_by_another_path_is_the_same_folder(store: Store, station: int, folder: Path, tmp_path: Path) -> None:
    photograph_night(folder, count=5)
    (tmp_path / "link").symlink_to(folder)
    take_in(store, station, folder)
    assert take_in(store, station, tmp_path / "link") == Report(known=5)
    assert take_in(store, station, folder / ".." / "card") == Report(known=5)


def test_two_stations_may_share_a_folder(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, count=5)
    with store.write() as session:
        other = open_station(session, "Moths", "Fyn").id
    take_in(store, station, folder)
    assert take_in(store, other, folder) == Report(added=5)


def test_two_ingests_at_once_see_each_capture_once(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, count=5)
    with store.write() as session:
        open_source(session, station, folder)
    (files,) = walk(folder)
    examined = examine(store, station, files)
    assert ingest_block(store, station, files) == Report(added=5)
    with store.write() as session:
        assert land(session, examined) == Report(known=5)
    assert nights(store)[date(2022, 8, 10)].captures_count == 5


def test_counts_of_a_night_follow_what_became_of_its_captures(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, count=5)
    take_in(store, station, folder)
    first, second, *_ = captures(store).values()
    (night,) = nights(store).values()
    done = {"processed_at": datetime.now(UTC), "failed_at": datetime.now(UTC), "detections_count": 4}
    with store.write() as session:
        session.execute(update(Capture).where(Capture.id == first.id).values(done))
        session.execute(update(Capture).where(Capture.id == second.id).values(failed_at=datetime.now(UTC)))
        refresh_nights(session, [night.id])
    (night,) = nights(store).values()
    assert (night.processed_count, night.failed_count, night.detections_count) == (1, 1, 4)


def change_zone(store: Store, zone: str) -> None:
    with store.write() as session:
        session.execute(update(Deployment).values(timezone=zone))


@pytest.mark.parametrize("with_exif", [False, True], ids=["name", "exif"])
def test_a_zone_that_is_corrected_mends_times_and_nights(
    store: Store, station: int, folder: Path, with_exif: bool
) -> None:
    """22:00 to 08:00 by the camera's clock is one night, in whichever zone that clock stands."""
    for hour in range(11):
        wall = DUSK + timedelta(hours=hour)
        if with_exif:
            photograph(folder / f"WSCT{hour}.jpg", f"{wall:%Y:%m:%d %H:%M:%S}")
        else:
            photograph(folder / f"{wall:%Y%m%d%H%M%S}.jpg")
    take_in(store, station, folder)
    change_zone(store, "America/Panama")
    assert sum(len(moves.times) for moves in regroup(store, station)) == 11
    (night,) = nights(store).values()
    assert (night.night, night.first_at) == (date(2022, 8, 10), datetime(2022, 8, 11, 3, tzinfo=UTC))


def test_a_file_that_is_away_is_mended_by_what_was_read_of_it(store: Store, station: int, folder: Path) -> None:
    photograph(folder / "a.jpg", "2022:08:10 14:00:00")
    take_in(store, station, folder)
    (folder / "a.jpg").unlink()
    change_zone(store, "America/Panama")
    list(regroup(store, station))
    assert list(nights(store)) == [date(2022, 8, 10)]


def test_a_file_that_is_away_and_was_not_read_keeps_its_moment_and_moves_to_the_night_of_the_new_zone(
    store: Store, station: int, folder: Path
) -> None:
    photograph(folder / "a.jpg", "2022:08:10 14:00:00")
    take_in(store, station, folder)
    (folder / "a.jpg").unlink()
    change_zone(store, "America/Panama")
    with store.write() as session:
        session.execute(update(Capture).values(wall_at=None))  # as before it was kept
    list(regroup(store, station))
    assert list(nights(store)) == [date(2022, 8, 9)]


def test_regrouping_what_is_right_changes_nothing(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder)
    take_in(store, station, folder)
    before = {night: event.rev for night, event in nights(store).items()}
    assert [(moves.seen, moves.times) for moves in regroup(store, station)] == [(20, [])]
    assert {night: event.rev for night, event in nights(store).items()} == before


def test_regrouping_gives_back_what_a_second_regrouping_changed(store: Store, station: int, folder: Path) -> None:
    photograph_night(folder, datetime(2022, 8, 10, 13), 40, 60)
    take_in(store, station, folder)
    times = {path: capture.taken_at for path, capture in captures(store).items()}
    for zone in ("Pacific/Auckland", "Europe/Copenhagen"):
        change_zone(store, zone)
        list(regroup(store, station))
    assert {path: capture.taken_at for path, capture in captures(store).items()} == times
    assert {night: event.captures_count for night, event in nights(store).items()} == {
        date(2022, 8, 10): 23,
        date(2022, 8, 11): 17,
    }


def empty_the_night(store: Store, station: int, folder: Path) -> None:
    photograph(folder / "a.jpg", "2022:08:10 14:00:00")
    take_in(store, station, folder)
    with store.write() as session:
        session.execute(update(Deployment).values(timezone="America/Panama", clock_offset_min=120))


def test_an_emptied_night_leaves_a_tombstone(store: Store, station: int, folder: Path) -> None:
    empty_the_night(store, station, folder)
    (gone,) = nights(store).values()
    list(regroup(store, station))
    with store.read() as session:
        buried = session.get_one(revisions.Tombstone, ("event", str(gone.id)))
        assert buried.rev == revisions.latest(session)


def test_an_emptied_night_that_a_job_was_run_over_stays(store: Store, station: int, folder: Path) -> None:
    empty_the_night(store, station, folder)
    (gone,) = nights(store).values()
    with store.write() as session:
        project = session.scalars(select(Project.id)).one()
        session.add(Job(name="one night", type="ml", project_id=project, event_id=gone.id))
    list(regroup(store, station))
    assert nights(store)[gone.night].captures_count == 0


def test_a_station_is_made_once(store: Store, station: int) -> None:
    with store.write() as session:
        again = open_station(session, "Moths", "Als", latitude=54.9, longitude=9.9)
        assert (again.id, again.timezone, again.latitude) == (station, "Europe/Copenhagen", 54.9)
        assert len(session.scalars(select(Project)).all()) == 1


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"timezone": "Europe/Kopenhagen"}, "There is no time zone 'Europe/Kopenhagen'"),
        ({"timezone": "America/Panama"}, "has the time zone Europe/Copenhagen, not America/Panama"),
        ({"latitude": 91.0}, "latitude must be degrees from -90 to 90, not 91.0"),
        ({"longitude": -181.0}, "longitude must be degrees from -180 to 180, not -181.0"),
    ],
)
def test_what_cannot_be_of_a_station_is_said(store: Store, station: int, told: dict[str, str], says: str) -> None:
    with store.write() as session, pytest.raises(BadStation, match=says):
        open_station(session, "Moths", "Als", **told)


def test_the_real_captures_come_in_whole(store: Store, station: int) -> None:
    beside = Path(__file__).parents[2].parent / "shared" / "captures"
    real = Path(os.environ.get("NIGHTBOARD_CAPTURES", beside))
    if not real.is_dir():
        pytest.skip("no real captures: set NIGHTBOARD_CAPTURES to their folder")
    report = take_in(store, station, real)
    assert (report.added, report.unreadable, report.without_time) == (24, 0, 0)
    assert sum(event.captures_count for event in nights(store).values()) == 24
    assert all(before < after for before, after in pairwise(nights(store)))


def test_captures_lie_where_their_source_says(store: Store, station: int, folder: Path) -> None:
    (path, *_) = photograph_night(folder / "august")
    take_in(store, station, folder)
    with store.read() as session:
        url, relative = session.execute(select(Source.url, Capture.path).join(Source).order_by(Capture.path)).all()[0]
    assert Path(url) / relative == path
