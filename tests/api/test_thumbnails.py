"""Small pictures: upright, drawn once, drawn anew when the capture's file has changed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from engine.captures.thumbnails import NoPicture, thumbnail

ORIENTATION = 0x0112
TURN_RIGHT = 6


def draw(path: Path, size: tuple[int, int] = (800, 600), colour: str = "white", orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.new("RGB", size, colour).save(path, exif=exif)
    return path


def test_a_small_picture_keeps_its_shape(tmp_path: Path) -> None:
    with Image.open(thumbnail(tmp_path, 1, draw(tmp_path / "a.jpg"), "small")) as picture:
        assert picture.size == (240, 180)


def test_a_picture_is_never_made_larger(tmp_path: Path) -> None:
    with Image.open(thumbnail(tmp_path, 1, draw(tmp_path / "a.jpg", (80, 60)), "large")) as picture:
        assert picture.size == (80, 60)


def test_a_picture_is_upright(tmp_path: Path) -> None:
    source = draw(tmp_path / "a.jpg", orientation=TURN_RIGHT)
    with Image.open(thumbnail(tmp_path, 1, source, "small")) as picture:
        assert picture.size == (180, 240)
        assert picture.getexif().get(ORIENTATION, 1) == 1


def test_a_picture_is_drawn_once(tmp_path: Path) -> None:
    source = draw(tmp_path / "a.jpg")
    first = thumbnail(tmp_path, 1, source, "small").stat().st_ino
    assert thumbnail(tmp_path, 1, source, "small").stat().st_ino == first


def test_a_changed_file_is_drawn_anew(tmp_path: Path) -> None:
    thumbnail(tmp_path, 1, draw(tmp_path / "a.jpg"), "small")
    with Image.open(thumbnail(tmp_path, 1, draw(tmp_path / "a.jpg", colour="black"), "small")) as picture:
        assert picture.getpixel((5, 5)) == (0, 0, 0)


def test_many_at_a_time_get_whole_pictures_and_leave_no_drafts(tmp_path: Path) -> None:
    source = draw(tmp_path / "a.jpg")
    with ThreadPoolExecutor(8) as pool:
        (kept,) = set(pool.map(lambda _: thumbnail(tmp_path, 1, source, "medium"), range(24)))
    with Image.open(kept) as picture:
        picture.load()
    assert [path.name for path in kept.parent.iterdir()] == ["1.jpg"]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(NoPicture, match=r"a\.jpg cannot be read as a picture"):
        thumbnail(tmp_path, 1, tmp_path / "a.jpg", "small")


def test_a_grey_picture_and_one_with_a_palette_become_jpegs(tmp_path: Path) -> None:
    for number, mode in enumerate(("L", "P", "RGBA", "I;16")):
        Image.new(mode, (300, 300)).save(tmp_path / f"{number}.png")
        with Image.open(thumbnail(tmp_path, number, tmp_path / f"{number}.png", "small")) as picture:
            assert picture.format == "JPEG"
