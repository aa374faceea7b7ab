"""The filters of a night tell a spoiled photograph from a good one, with real photographs and real workers."""

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter
from PIL.Image import Image as Photograph
from sqlalchemy import select

from models.captures import Event
from models.queries import captures
from models.states import Status
from tests.lab import Lab

# Of each camera one: a lamp before a dark wood, a night at its darkest, a soft and a sharp lens.
CAMERAS = ("hubbardbrook-2024__WSCT0082", "panama__01-20231111032659", "denmark__20220810232637", "quebec__raw1")
SPOILED: dict[str, Callable[[Photograph], Photograph]] = {
    "dark": lambda picture: ImageEnhance.Brightness(picture).enhance(0.2),
    "blown-out": lambda picture: ImageEnhance.Brightness(picture).enhance(3),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 300)),
}
BLACK = 0.02  # of the light: the lamp was off


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night of each camera, with a photograph as it is and spoiled; before them one that is blurred as a whole."""
    folder = tmp_path_factory.mktemp("card")
    for number, path in enumerate(photographs(), start=1):
        picture = opened(path)
        (folder / f"202608{number:02}230000_whole.jpg").write_bytes(path.read_bytes())
        for minute, (word, spoil) in enumerate(SPOILED.items(), start=1):
            spoil(picture).save(folder / f"202608{number:02}23{minute:02}00_{word}.jpg", quality=92)
        ImageEnhance.Brightness(picture).enhance(BLACK).save(folder / f"202608{number:02}230900_black.jpg", quality=92)
        shutil.copy(folder / f"202608{number:02}230300_blurred.jpg", folder / f"2026070123{number:02}00_{number}.jpg")
    return folder


def photographs() -> list[Path]:
    beside = Path(__file__).parents[2].parent / "shared" / "captures"
    real = Path(os.environ.get("NIGHTBOARD_CAPTURES", beside))
    found = [path for name in CAMERAS for path in real.glob(f"{name}*")]
    if len(found) < len(CAMERAS):
        pytest.skip("no real captures: set NIGHTBOARD_CAPTURES to their folder")
    return found


def opened(path: Path) -> Photograph:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def process(lab: Lab, folder: Path) -> dict[date, dict[str, set[str]]]:
    """Take the folder in and process it; in each night what each filter finds, by the ends of the files' names."""
    lab.take_in(folder)
    with lab.workers(2):
        lab.until(lab.submit(failure_threshold=1.0), Status.SUCCESS)
    found: dict[date, dict[str, set[str]]] = {}
    with lab.board.store.read() as session:
        for event in session.scalars(select(Event)):
            found[event.night] = {
                word: {Path(row.path).stem.partition("_")[2] for row in captures.of_night(session, event.id, show=word)}
                for word in captures.QUALITY
            }
            counts = captures.counts(session, event.id)
            assert {word: counts[word] for word in captures.QUALITY} == {
                word: len(names) for word, names in found[event.night].items()
            }
    return found


def test_a_photograph_as_it_is_is_none_of_them_and_each_way_of_spoiling_it_is_found(lab: Lab, card: Path) -> None:
    """A night that is blurred as a whole has no sharp capture to be told from, and is found as well."""
    blurred, *nights = (found for _, found in sorted(process(lab, card).items()))
    assert blurred["blurred"] == {str(number) for number in range(1, len(CAMERAS) + 1)}
    assert len(nights) == len(CAMERAS)
    for night in nights:
        assert not any("whole" in names for names in night.values()), night
        assert night["dark"] == {"dark", "black"}
        assert night["blown-out"] == {"blown-out"}
        assert "blurred" in night["blurred"]
