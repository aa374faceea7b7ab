"""The drawn demonstration: what it holds, and that the detector finds what was drawn."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.demo.draw import draw_demonstration
from engine.demo.night import capture_times, sittings
from engine.demo.stations import STATIONS
from engine.demo.truth import Truth
from engine.pipelines.detector import UnreadableCapture, detect, read_capture
from tests.bench.quality import score

TODAY = date(2026, 8, 13)
EVERY = 15  # draw each fifteenth capture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demonstration")
    draw_demonstration(folder, TODAY, every=EVERY)
    return folder


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return Truth.load(folder)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


def test_two_stations_and_the_three_nights_before_today_are_drawn(truth: Truth) -> None:
    nights = {tuple(path.split("/")[:2]) for path in truth.captures}
    assert nights == {(station.folder, f"2026-08-{day}") for station in STATIONS for day in (10, 11, 12)}


def test_every_capture_of_the_truth_is_a_file_named_by_its_local_time(folder: Path, truth: Truth) -> None:
    drawn = {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")}
    assert drawn == set(truth.captures)
    assert all(len(Path(path).stem) == 14 and Path(path).stem.isdigit() for path in drawn)


def test_a_night_has_about_sixty_captures() -> None:
    times = capture_times(STATIONS[0], date(2026, 8, 10), fails=False)
    assert len(times) == 61
    assert f"{times[0]:%H:%M} {times[-1]:%H:%M}" == "21:30 04:30"


def test_the_failed_camera_took_nothing_for_fifty_minutes(truth: Truth) -> None:
    times = capture_times(STATIONS[1], date(2026, 8, 11), fails=True)
    longest = max(later - earlier for earlier, later in pairwise(times))
    assert longest == truth.failure.length == timedelta(minutes=50)


def test_two_captures_are_cut_short_and_refused(folder: Path, truth: Truth) -> None:
    assert len(truth.truncated) == 2
    for path in truth.truncated:
        with pytest.raises(UnreadableCapture) as refused:
            read_capture(folder / path)
        assert refused.value.kind == "truncated"


def test_animals_stay_for_several_captures() -> None:
    moments = sittings(STATIONS[0], "night", 61, [100, 160], [0.5, 0.5], np.random.default_rng(1))
    stays = Counter(sitting.animal for moment in moments for sitting in moment)
    assert np.mean(list(stays.values())) > 4


def test_more_animals_arrive_after_dusk_than_before_dawn() -> None:
    moments = sittings(STATIONS[0], "night", 61, [100], [1.0], np.random.default_rng(1))
    assert sum(map(len, moments[5:25])) > 2 * sum(map(len, moments[40:60]))


def test_the_same_seed_draws_the_same_pictures(folder: Path, truth: Truth, tmp_path: Path) -> None:
    again = draw_demonstration(tmp_path, TODAY, every=6 * EVERY)
    cut = {*truth.truncated, *again.truncated}
    assert all(truth.captures[path] == animals for path, animals in again.captures.items())
    assert all(
        (tmp_path / path).read_bytes() == (folder / path).read_bytes() for path in again.captures if path not in cut
    )


def test_the_detector_finds_what_was_drawn(folder: Path, truth: Truth) -> None:
    found = wrong = missed = 0
    for path, animals in truth.captures.items():
        if path in truth.truncated:
            continue
        finds = [(find.x1, find.y1, find.x2, find.y2) for find in detect(read_capture(folder / path))]
        counts = score(finds, [animal.box for animal in animals], ignored=[])
        found, wrong, missed = found + counts[0], wrong + counts[1], missed + counts[2]
    assert found / (found + wrong) >= 0.85, f"{wrong} of {found + wrong} finds were not drawn"
    assert found / (found + missed) >= 0.85, f"{missed} of {found + missed} drawn animals were missed"
