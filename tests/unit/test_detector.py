"""The embedded detector: what it finds, what it leaves alone, and what it says of a capture that cannot be read."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.pipelines import quality
from engine.pipelines.detector import UnreadableCapture, detect, read_capture
from tests.bench.quality import captures_folder, measure, score

Picture = NDArray[np.uint8]


def sheet(width: int = 1600, height: int = 1200) -> Picture:
    """An empty sheet: brighter in the middle, with sensor noise."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 225 - 60 * (x**2 + y**2)
    noise = np.random.default_rng(4).normal(0, 2.5, (height, width, 3))
    return np.asarray(np.clip(light[..., None] + noise, 0, 255), np.uint8)


def moth(picture: Picture, x: int, y: int, size: int = 60) -> tuple[int, int, int, int]:
    """Draw a brown moth of 2 × 1.4 `size` with its centre at (x, y) and return its box."""
    wings = np.array([[x, y - size // 2], [x + size, y + size // 2], [x, y + size], [x - size, y + size // 2]])
    cv2.fillPoly(picture, [wings], (60, 80, 110), cv2.LINE_AA)
    cv2.ellipse(picture, (x, y), (size // 6, size // 2), 0, 0, 360, (40, 50, 70), -1, cv2.LINE_AA)
    return x - size, y - size // 2, x + size, y + size


def jpeg(picture: Picture) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()


def refusal(path: Path) -> UnreadableCapture:
    with pytest.raises(UnreadableCapture) as refused:
        read_capture(path)
    return refused.value


def test_a_whole_jpeg_is_read(tmp_path: Path) -> None:
    (tmp_path / "whole.jpg").write_bytes(jpeg(sheet(320, 240)))
    assert read_capture(tmp_path / "whole.jpg").shape == (240, 320, 3)


def test_a_truncated_jpeg_is_refused_though_opencv_would_fill_it_with_grey(tmp_path: Path) -> None:
    encoded = jpeg(sheet(320, 240))
    (tmp_path / "cut.jpg").write_bytes(encoded[: len(encoded) // 2])
    refused = refusal(tmp_path / "cut.jpg")
    assert refused.kind == "truncated"
    assert "cut.jpg is cut short" in refused.message


def test_a_jpeg_padded_with_zeros_where_its_picture_should_be_is_refused(tmp_path: Path) -> None:
    encoded = jpeg(sheet(320, 240))
    (tmp_path / "hole.jpg").write_bytes(encoded[: len(encoded) // 2].ljust(len(encoded), b"\0"))
    assert refusal(tmp_path / "hole.jpg").kind == "truncated"


def test_the_end_mark_of_a_thumbnail_does_not_make_a_truncated_jpeg_whole(tmp_path: Path) -> None:
    thumbnail, encoded = jpeg(sheet(32, 24)), jpeg(sheet(320, 240))
    comment = b"\xff\xe1" + (2 + len(thumbnail)).to_bytes(2, "big") + thumbnail
    (tmp_path / "cut.jpg").write_bytes(encoded[:2] + comment + encoded[2 : len(encoded) // 2])
    assert refusal(tmp_path / "cut.jpg").kind == "truncated"


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "padded.jpg").write_bytes(jpeg(sheet(320, 240)) + b"\0" * 64)
    assert read_capture(tmp_path / "padded.jpg").shape == (240, 320, 3)


def test_a_truncated_png_is_refused(tmp_path: Path) -> None:
    encoded = cv2.imencode(".png", sheet(320, 240))[1].tobytes()
    (tmp_path / "cut.png").write_bytes(encoded[: len(encoded) // 2])
    assert refusal(tmp_path / "cut.png").kind == "truncated"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert refusal(tmp_path / "empty.jpg").kind == "empty"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.jpg").kind == "missing"


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("The lamp was replaced on Tuesday.")
    assert refusal(tmp_path / "notes.jpg").kind == "unreadable"


def test_a_folder_in_the_place_of_a_capture_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).kind == "unreadable"


def test_a_black_capture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "black.jpg").write_bytes(jpeg(np.full((240, 320, 3), 6, np.uint8)))
    assert refusal(tmp_path / "black.jpg").kind == "dark"


def test_an_empty_sheet_yields_nothing() -> None:
    assert detect(sheet()) == []


def test_a_picture_without_any_light_yields_nothing() -> None:
    assert detect(np.zeros((600, 800, 3), np.uint8)) == []


def test_drawn_moths_are_found_where_they_sit() -> None:
    picture = sheet()
    boxes = [moth(picture, 300, 260), moth(picture, 900, 700, size=110), moth(picture, 1450, 1040, size=30)]
    finds = [(find.x1, find.y1, find.x2, find.y2) for find in detect(picture)]
    assert score(finds, boxes, ignored=[]) == (3, 0, 0)


def test_boxes_are_in_pixels_of_the_full_resolution() -> None:
    picture = sheet(4096, 2160)
    boxes = [moth(picture, 3500, 1800, size=150)]
    finds = [(find.x1, find.y1, find.x2, find.y2) for find in detect(picture)]
    assert score(finds, boxes, ignored=[]) == (1, 0, 0)


def test_two_moths_that_touch_get_two_boxes() -> None:
    picture = sheet()
    boxes = [moth(picture, 700, 600), moth(picture, 815, 600)]
    finds = [(find.x1, find.y1, find.x2, find.y2) for find in detect(picture)]
    assert score(finds, boxes, ignored=[]) == (2, 0, 0)


def test_what_lies_in_a_mask_zone_is_left_out() -> None:
    picture = sheet()
    moth(picture, 300, 260)
    kept = moth(picture, 900, 700)
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:500, :600] = 255
    finds = [(find.x1, find.y1, find.x2, find.y2) for find in detect(picture, mask=mask)]
    assert score(finds, [kept], ignored=[]) == (1, 0, 0)


def test_a_soft_shadow_is_no_animal() -> None:
    picture = sheet().astype(np.float32)
    shadow = np.zeros(picture.shape[:2], np.float32)
    cv2.circle(shadow, (800, 600), 130, 1, -1)
    picture *= 1 - 0.35 * cv2.GaussianBlur(shadow, (0, 0), 60)[..., None]
    assert detect(picture.astype(np.uint8)) == []


def test_a_screw_head_is_no_animal() -> None:
    picture = sheet()
    cv2.circle(picture, (500, 500), 40, (30, 30, 30), -1, cv2.LINE_AA)
    assert detect(picture) == []


def test_a_caption_bar_is_no_sheet() -> None:
    picture = sheet()
    picture[1120:] = 0
    cv2.putText(picture, "12 C  2104  12 JUN 03:10", (60, 1180), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 4)
    assert detect(picture) == []


def test_a_sharper_animal_has_a_greater_sharpness() -> None:
    picture = sheet()
    moth(picture, 700, 600)
    blurred = cv2.GaussianBlur(picture, (0, 0), 2)
    (sharp,), (soft,) = detect(picture), detect(np.asarray(blurred, np.uint8))
    assert sharp.sharpness > 2 * soft.sharpness


def test_the_length_of_an_animal_is_along_its_main_axis() -> None:
    picture = sheet()
    cv2.ellipse(picture, (800, 600), (120, 30), 45, 0, 360, (50, 60, 80), -1, cv2.LINE_AA)
    (found,) = detect(picture)
    assert found.length_px == pytest.approx(240, rel=0.06)


def test_animals_that_ring_in_bare_sheet_are_taken_apart() -> None:
    picture = sheet()
    boxes = [moth(picture, x, y) for x, y in ((700, 500), (816, 500), (700, 606), (816, 606))]
    finds = [(find.x1, find.y1, find.x2, find.y2) for find in detect(picture)]
    assert score(finds, boxes, ignored=[]) == (4, 0, 0)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (64, 64), (683, 1024)], ids=str)
@pytest.mark.parametrize("levels", [1, 3, 256])
def test_quality_takes_percentiles_as_numpy_does(shape: tuple[int, int], levels: int) -> None:
    values = np.random.default_rng(11).integers(0, levels, shape, dtype=np.uint8)
    counts = np.bincount(values.ravel(), minlength=256)
    for percent in (95, 99.9):
        assert quality._percentile(counts, percent) == pytest.approx(np.percentile(values, percent))
    slopes = np.sort(np.sqrt(values.astype(np.float32)).ravel())  # sorted, a sample of every 16th is a poor one
    assert quality._exceeded_by_few(slopes, 99.8) == pytest.approx(np.percentile(slopes, 99.8))
    assert quality._exceeded_by_few(slopes.reshape(shape)[::-1], 99.8) == pytest.approx(np.percentile(slopes, 99.8))


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        (lambda picture: picture, ()),
        (lambda picture: picture // 6, ("dark",)),
        (lambda picture: np.clip(picture.astype(np.float32) * 2.5, 0, 255).astype(np.uint8), ("blown out",)),
        (lambda picture: cv2.GaussianBlur(picture, (0, 0), 7), ("blurred",)),
    ],
    ids=["good", "dark", "blown out", "blurred"],
)
def test_what_is_wrong_with_a_capture_as_a_picture_is_said(
    change: Callable[[Picture], Picture], flags: tuple[str, ...]
) -> None:
    picture = sheet()
    for x in range(200, 1500, 250):
        moth(picture, x, 600)
    assert quality.measure(change(picture)).flags == flags


def test_a_real_capture_is_neither_dark_nor_blurred() -> None:
    captures = sorted(captures_folder().glob("*.[jJ][pP][gG]"))
    if not captures:
        pytest.skip("the real captures are not here; set NIGHTBOARD_CAPTURES to their folder")
    flagged = {path.name: quality.measure(read_capture(path)).flags for path in captures}
    assert not {name: flags for name, flags in flagged.items() if {"dark", "blurred"} & set(flags)}


def test_f1_on_hand_drawn_boxes_with_station_masks_is_at_least_92_percent() -> None:
    captures = captures_folder()
    if not (captures / "boxes.json").is_file():
        pytest.skip("the hand-boxed captures are not here; set NIGHTBOARD_CAPTURES to their folder")
    (pooled,) = (row for row in measure(captures) if (row.method, row.station, row.masked) == ("embedded", "all", True))
    assert pooled.f1 >= 0.92, pooled
