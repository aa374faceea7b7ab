"""Detections of captures that follow each other become tracks, one animal each."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from math import hypot

import cv2
import numpy as np
import pytest

from engine.captures.names import time_from_name
from engine.jobtypes.tracks import Linked
from engine.pipelines.detector import Parameters, detect, read_capture
from engine.tracks.crops import Look, look_at
from engine.tracks.linking import Linker, Seen, Shot, Sighting, cost_between
from tests.bench.quality import captures_folder

DUSK = datetime(2026, 7, 1, 20, tzinfo=UTC)
DIAGONAL = 1000.0


def look(kind: int) -> Look:
    values = np.zeros(272, np.uint8)
    values[kind] = 255
    return Look(values)


def seen(id_: int, x: float, y: float, kind: int = 0, side: float = 40) -> Seen:
    return Seen(id_, (x, y, x + side, y + side), look(kind))


def tracks_of(*captures: list[Seen], minutes: list[float] | None = None, longest_s: float = 180) -> list[Sighting]:
    linker = Linker(longest_s)
    at = minutes or list(range(len(captures)))
    return [
        sighting
        for minute, each in zip(at, captures, strict=True)
        for sighting in linker.meet(Shot(DUSK + timedelta(minutes=minute), DIAGONAL, each))
    ]


def numbers(sightings: list[Sighting]) -> list[int]:
    return [each.track for each in sightings]


def test_the_cost_is_the_published_one() -> None:
    small, large = Seen(1, (0, 0, 30, 40), look(0)), Seen(2, (100, 0, 160, 80), look(1))
    distance = hypot(130 - 15, 40 - 20) / DIAGONAL
    assert cost_between([small], [large], DIAGONAL)[0, 0] == pytest.approx(2.5 * distance + 0.7 * 0.75 + 1.5 * 1.0)


def test_a_crop_that_could_not_be_looked_at_is_linked_by_place_and_size() -> None:
    blind = Seen(2, (5, 0, 45, 40))
    assert cost_between([seen(1, 0, 0)], [blind], DIAGONAL)[0, 0] == pytest.approx(2.5 * 5 / DIAGONAL)


def test_an_animal_that_stays_is_one_track_and_another_kind_in_its_place_is_not() -> None:
    assert numbers(tracks_of([seen(1, 0, 0)], [seen(2, 8, 0)], [seen(3, 8, 0, kind=1)])) == [1, 1, 2]


def test_two_alike_are_linked_where_it_costs_least_in_all() -> None:
    sightings = tracks_of([seen(1, 0, 0), seen(2, 60, 0)], [seen(3, 50, 0), seen(4, 110, 0)])
    assert numbers(sightings) == [1, 2, 1, 2]


def test_an_animal_missed_once_goes_on_and_one_missed_twice_is_another() -> None:
    assert numbers(tracks_of([seen(1, 0, 0)], [], [seen(2, 0, 0)])) == [1, 1]
    assert numbers(tracks_of([seen(1, 0, 0)], [], [], [seen(2, 0, 0)])) == [1, 2]


def test_a_gap_in_the_night_ends_every_track() -> None:
    assert numbers(tracks_of([seen(1, 0, 0)], [seen(2, 0, 0)], minutes=[0, 3])) == [1, 1]
    assert numbers(tracks_of([seen(1, 0, 0)], [seen(2, 0, 0)], minutes=[0, 3.1])) == [1, 2]


def test_linking_that_is_stopped_anywhere_ends_in_the_same_tracks() -> None:
    chance = np.random.default_rng(3)
    shots = [
        Shot(
            DUSK + timedelta(minutes=minute),
            DIAGONAL,
            [
                seen(10 * minute + number, 80.0 * number + chance.normal(0, 9), 0, kind=number % 2)
                for number in range(9)
                if chance.random() > 0.2
            ],
        )
        for minute in range(12)
    ]
    whole, stopped = Linked.from_cursor({}, 180), Linked.from_cursor({}, 180)
    for shot in shots:
        whole.meet(shot)
        stopped.meet(shot)
        stopped = Linked.from_cursor(json.loads(json.dumps(stopped.as_cursor())), 180)
    assert stopped.sightings == whole.sightings
    assert stopped.done == len(shots)


def test_a_look_forgives_noise_and_light_and_tells_another_animal() -> None:
    chance = np.random.default_rng(2)

    def crop(angle: float, colour: tuple[int, int, int], light: float = 1.0) -> Look:
        sheet = np.full((100, 100, 3), 215, np.uint8)
        cv2.ellipse(sheet, (50, 50), (40, 18), angle, 0, 360, colour, -1, cv2.LINE_AA)
        noisy = np.clip(light * sheet + chance.normal(0, 2.5, sheet.shape), 0, 255).astype(np.uint8)
        return look_at(noisy, (10, 10, 90, 90))

    here = crop(30, (60, 90, 140))
    assert here.cosine(crop(30, (60, 90, 140), light=1.03)) > 0.9
    assert here.cosine(crop(120, (40, 40, 40))) < 0.6
    assert Look.from_text(here.as_text()).cosine(here) == pytest.approx(1.0)


# Large animals that sit on all five captures of a real sequence, by eye: about where their middle is on the first, px.
STAY = ((1540, 890), (2760, 850), (880, 830), (1668, 512), (740, 1430), (1745, 1550), (2162, 311), (795, 1650))


def test_a_real_sequence_is_followed() -> None:
    """The eight large ones are one track each on every capture (one may be broken), of 17 to 24 seen twice or more."""
    folder = captures_folder()
    captures = sorted(folder.glob("quebec-vermont-seq__*.jpg"))
    if not captures:
        pytest.skip(f"the real sequence is not in {folder}")
    cv2.setNumThreads(1)
    linker, boxes, sightings = Linker(3 * 63.5), {}, list[Sighting]()
    for path in captures:
        picture, at = read_capture(path), time_from_name(path.name)
        assert at is not None
        found = []
        for animal in detect(picture, Parameters(), None):
            box = (animal.x1, animal.y1, animal.x2, animal.y2)
            boxes[len(boxes)] = box
            found.append(Seen(len(boxes) - 1, box, look_at(picture, box)))
        sightings += linker.meet(Shot(at, hypot(*picture.shape[:2]), found))
    often = Counter(numbers(sightings))
    first = {each.track: boxes[each.detection] for each in reversed(sightings)}
    whole = [
        any(
            times == 5 and abs((box[0] + box[2]) / 2 - x) < 60 and abs((box[1] + box[3]) / 2 - y) < 60
            for box, times in ((first[number], times) for number, times in often.items())
        )
        for x, y in STAY
    ]
    assert sum(whole) >= 7
    assert 17 <= sum(times > 1 for times in often.values()) <= 24
    assert all(each.cost is None or each.cost < 0.7 for each in sightings)
