"""What the name and the header of a file tell."""

import contextlib
import csv
import os
import random
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from engine.captures.headers import UnreadableHeader, read_header
from engine.captures.names import is_picture, time_from_name

EVENING = datetime(2022, 8, 10, 23, 26, 37)


@pytest.mark.parametrize(
    "name",
    [
        "20220810232637.jpg",
        "20220810232637-00-16.jpg",
        "141-20220810232637-snapshot.jpg",
        "trap7_20220810232637_1.JPG",
        "20220810_232637.jpg",
        "20220810-232637.jpg",
        "20220810T232637.jpg",
        "20220810t232637.jpg",
        "2022-08-10T23:26:37.jpg",
        "2022-08-10_23-26-37.png",
        "2022_08_10 23.26.37.jpg",
        "2022_08_10__23_26_37_HDR0.jpg",
        "2022.08.10 - 23.26.37.jpg",
        "2022-08-10_232637.jpg",
        "20220810_23-26-37.jpg",
        "20220810_232637.001.jpg",
        "card 3/2019-01-01 00-00-00/IMG_20220810_232637.jpg",
        r"E:\DCIM\100MEDIA\20220810232637.JPG",
        "220810232637.jpg",
        "99999999999999_20220810232637.jpg",
    ],
)
def test_a_time_in_the_name_is_found(name: str) -> None:
    assert time_from_name(name) == EVENING


@pytest.mark.parametrize(
    "name", ["202208102326.jpg", "20220810_2326.jpg", "2022-08-10 23-26.jpg", "20220810T2326_7.jpg"]
)
def test_seconds_may_be_left_out(name: str) -> None:
    assert time_from_name(name) == datetime(2022, 8, 10, 23, 26)


@pytest.mark.parametrize("name", ["20220810232637123.jpg", "PXL_20220810_232637123.jpg"])
def test_milliseconds_are_kept(name: str) -> None:
    assert time_from_name(name) == EVENING.replace(microsecond=123_000)


def test_a_z_behind_the_time_means_utc() -> None:
    assert time_from_name("20220810T232637Z.jpg") == EVENING.replace(tzinfo=UTC)


def test_a_word_behind_the_time_that_starts_with_z_does_not_mean_utc() -> None:
    assert time_from_name("20220810232637zoom.jpg") == EVENING


@pytest.mark.parametrize(
    "name",
    [
        "2023_WS1_0611_0310_WSCT3059.JPG",
        "2023_WS6up_0611_0245_WSCT7489.JPG",
        "WSCT0082.JPG",
        "raw1.jpg",
        "quebec__raw2.jpg",
        "2022-08-10.jpg",
        "20220810.jpg",
        "20221310232637.jpg",
        "20220230232637.jpg",
        "20220810242637.jpg",
        "20220810236037.jpg",
        "19890810232637.jpg",
        "21010810232637.jpg",
        "990810232637.jpg",
        "1660166797000.jpg",
        "120220810232637.jpg",
        "202208102326371.jpg",
        "2022_08-10 23-26-37.jpg",
        "20220810232637/img.jpg",
        "",
    ],
)
def test_what_is_no_time_is_not_read_as_one(name: str) -> None:
    assert time_from_name(name) is None


def test_twelve_digits_that_could_be_both_have_a_year_of_four() -> None:
    assert time_from_name("201008102326.jpg") == datetime(2010, 8, 10, 23, 26)


def test_the_surer_form_wins_over_the_earlier_one() -> None:
    assert time_from_name("202101010101_20220810232637.jpg") == EVENING


FORMS = ["%Y%m%d%H%M%S", "%Y-%m-%d_%H-%M-%S", "%Y_%m_%d %H.%M.%S", "%Y%m%dT%H%M%S", "%Y%m%d_%H%M%S"]
AROUND = [
    ("", ".jpg"),
    ("141-", "-snapshot.jpg"),
    ("IMG_", "-00-16.JPG"),
    ("2021-01-01/12-", "_7.png"),
    ("WS1_0611_", ".tif"),
]


@pytest.mark.parametrize("form", FORMS)
def test_any_moment_is_read_back_from_any_form_and_surrounding(form: str) -> None:
    chance = random.Random(7)
    for _ in range(400):
        moment = datetime(1990, 1, 1) + timedelta(seconds=chance.randrange(110 * 365 * 86_400))
        before, after = chance.choice(AROUND)
        assert time_from_name(f"{before}{moment.strftime(form)}{after}") == moment


def test_whatever_is_read_is_a_plausible_time() -> None:
    chance = random.Random(11)
    for _ in range(20_000):
        name = "".join(chance.choices("0123456789019202122-_ .TZ", k=chance.randrange(10, 24)))
        time = time_from_name(name)
        assert time is None or 1990 <= time.year <= 2100, name


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.Png", "a.tif", "a.TIFF", "a.bmp", "a.webp", "a.b.jpg"])
def test_a_picture_is_known_by_its_suffix_in_any_case(name: str) -> None:
    assert is_picture(name)


@pytest.mark.parametrize("name", ["._a.jpg", ".a.jpg", ".jpg", "a.txt", "jpg", "Thumbs.db", "a.jpg.part", "a.mp4"])
def test_hidden_and_other_files_are_no_pictures(name: str) -> None:
    assert not is_picture(name)


def draw(path: Path, size: tuple[int, int] = (320, 200), exif: Image.Exif | None = None) -> Path:
    Image.effect_noise(size, 40).convert("RGB").save(path, exif=Image.Exif() if exif is None else exif)
    return path


def exif_with(**tags: str) -> Image.Exif:
    exif = Image.Exif()
    if "date_time" in tags:
        exif[0x0132] = tags["date_time"]
    if "original" in tags:
        exif[0x8769] = {0x9003: tags["original"]}
    return exif


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "bmp", "webp"])
def test_the_size_of_any_format_is_read(tmp_path: Path, suffix: str) -> None:
    path = draw(tmp_path / f"a.{suffix}")
    header = read_header(path)
    assert (header.width, header.height, header.size_bytes, header.damage) == (320, 200, path.stat().st_size, None)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_the_exif_time_of_the_shot_is_read(tmp_path: Path, suffix: str) -> None:
    exif = exif_with(original="2022:08:10 23:26:37", date_time="2023:01:01 00:00:00")
    assert read_header(draw(tmp_path / f"a.{suffix}", exif=exif)).exif_time == EVENING


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_the_time_of_change_stands_in_for_the_time_of_the_shot(tmp_path: Path, suffix: str) -> None:
    exif = exif_with(date_time="2022:08:10 23:26:37")
    assert read_header(draw(tmp_path / f"a.{suffix}", exif=exif)).exif_time == EVENING


@pytest.mark.parametrize(
    "nonsense", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2022:13:10 23:26:37", "1970:01:01 00:00:00"]
)
def test_a_camera_without_a_clock_gives_no_time(tmp_path: Path, nonsense: str) -> None:
    assert read_header(draw(tmp_path / "a.jpg", exif=exif_with(original=nonsense))).exif_time is None


def test_a_turned_picture_has_its_size_as_stored(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    header = read_header(draw(tmp_path / "a.jpg", exif=exif))
    assert (header.width, header.height) == (320, 200)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_truncated_picture_keeps_its_header_and_says_that_it_ends_early(tmp_path: Path, suffix: str) -> None:
    path = draw(tmp_path / f"a.{suffix}", exif=exif_with(original="2022:08:10 23:26:37"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    header = read_header(path)
    assert (header.width, header.exif_time) == (320, EVENING)
    assert header.damage == f"a.{suffix} ends early; copy it again from the card."


def test_a_copy_whose_end_was_left_as_zeros_ends_early(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.jpg")
    whole = path.read_bytes()
    path.write_bytes(whole[:-500] + bytes(500))
    assert read_header(path).damage


def test_the_end_of_a_thumbnail_is_not_taken_for_the_end_of_the_picture(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.jpg")
    whole = path.read_bytes()
    thumbnail = b"\xff\xd8 a picture in the picture \xff\xd9"
    whole = whole[:2] + b"\xff\xea" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + whole[2:]
    path.write_bytes(whole[:-40])
    assert read_header(path).damage


def test_a_trailer_behind_the_end_is_no_damage(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + b"maker's notes " * 1000)
    assert read_header(path).damage is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"GIF89a", "not_a_picture"),
        (b"dear diary " * 99, "not_a_picture"),
        (b"\xff\xd8\xff", "not_a_picture"),
    ],
)
def test_a_file_that_is_no_picture_is_reported_in_plain_words(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(UnreadableHeader, match=r"^a\.jpg is .*copy it again from the card\.$") as caught:
        read_header(path)
    assert (caught.value.kind, caught.value.size_bytes) == (kind, len(content))


def test_a_missing_file_is_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableHeader) as caught:
        read_header(tmp_path / "a.jpg")
    assert caught.value.kind == "missing"


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "bmp", "webp"])
def test_no_cut_and_no_wrong_byte_escapes_as_anything_but_an_unreadable_header(tmp_path: Path, suffix: str) -> None:
    whole = draw(tmp_path / f"a.{suffix}", (64, 48), exif_with(date_time="2022:08:10 23:26:37")).read_bytes()
    path = tmp_path / f"b.{suffix}"
    chance = random.Random(3)
    for _ in range(300):
        broken = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.5 else whole)
        for at in (chance.randrange(max(1, min(len(broken), 400))) for _ in range(3)):
            broken[at : at + 1] = bytes([chance.randrange(256)])
        path.write_bytes(broken)
        with contextlib.suppress(UnreadableHeader):
            read_header(path)


def real_captures() -> Path:
    beside = Path(__file__).parents[2].parent / "shared" / "captures"
    return Path(os.environ.get("NIGHTBOARD_CAPTURES", beside))


@pytest.mark.skipif(
    not (real_captures() / "manifest.csv").is_file(), reason="no real captures: set NIGHTBOARD_CAPTURES to their folder"
)
def test_real_captures_have_the_times_and_sizes_of_their_manifest() -> None:
    with (real_captures() / "manifest.csv").open(newline="", encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest):
            header = read_header(real_captures() / row["file"])
            taken = time_from_name(row["file"]) or header.exif_time
            read = (str(taken).replace(" ", "T"), str(header.width), str(header.height), str(header.size_bytes))
            assert (*read, header.damage) == (row["taken_at"], row["width"], row["height"], row["bytes"], None), row[
                "file"
            ]
