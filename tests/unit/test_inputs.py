"""What programs bring along: names that cannot lead out of a folder, and texts that mean a capture or a picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest

from engine import addresses, uploads
from engine.board import open_board
from engine.control import Invalid
from engine.inputs import Given, Known, Picture, Puzzle, named_inputs
from engine.uploads import InputName, TooLarge
from tests.lab import ENGINEER, Lab, draw_captures

HERE = "board.example:8050"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    draw_captures(tmp_path / "one", 1)
    return next((tmp_path / "one").iterdir()).read_bytes()


@pytest.mark.parametrize("name", ["night/one.jpg", "été 3", "youtube-video-fh489gh29.mov", "a" * 200, "..."])
def test_an_input_may_be_called_anything_and_lies_in_its_folder(home: Path, name: str) -> None:
    given = InputName(name, "image")
    uploads.check_name(given)
    uploads.add(home, "job", given, BytesIO(PNG))
    (file,) = (home / "uploads" / "job").iterdir()
    assert file.read_bytes() == PNG


@pytest.mark.parametrize("name", ["", " ", "..", "../up", "a/../../b", "a\\..\\b", "/etc/x", "a\nb", "\0", "a" * 201])
def test_a_name_that_climbs_out_is_refused(name: str) -> None:
    for given in (InputName(name, "image"), InputName("source", name)):
        with pytest.raises(Invalid):
            uploads.check_name(given)


def test_names_that_look_alike_have_files_of_their_own(home: Path) -> None:
    for source in ("a-b", "a b", "a/b"):
        uploads.add(home, "job", InputName(source, "image"), BytesIO(PNG))
    assert len(list((home / "uploads" / "job").iterdir())) == 3


def test_pieces_make_a_whole_picture(home: Path, picture: bytes) -> None:
    given = InputName("night", "image")
    for start in range(0, len(picture), 5000):
        uploads.add(home, "job", given, BytesIO(picture[start : start + 5000]))
    upload = uploads.finish(home, "job", given)
    assert (home / "uploads" / upload.path).read_bytes() == picture
    assert [upload.header.width, upload.header.height, upload.path[-4:]] == [480, 360, ".jpg"]


def test_an_input_past_the_limit_stays_as_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_INPUT", 100)
    given = InputName("night", "image")
    uploads.add(home, "job", given, BytesIO(PNG))
    with pytest.raises(TooLarge):
        uploads.add(home, "job", given, BytesIO(PNG))
    (file,) = (home / "uploads" / "job").iterdir()
    assert file.read_bytes() == PNG


@pytest.mark.parametrize("content", [b"", b"hello, this is no picture", b"RIFF....AVI and more of it"])
def test_what_is_no_picture_leaves_nothing_behind(home: Path, content: bytes) -> None:
    with pytest.raises(Invalid):
        uploads.add(home, "job", InputName("night", "image"), BytesIO(content))
    assert list((home / "uploads" / "job").iterdir()) == []


def test_a_picture_by_its_beginning_alone_is_refused_at_the_end(home: Path) -> None:
    given = InputName("night", "image")
    uploads.add(home, "job", given, BytesIO(PNG))
    with pytest.raises(Invalid):
        uploads.finish(home, "job", given)


def test_what_others_put_into_the_arguments_is_left_out() -> None:
    assert named_inputs({"inputs": [1, 2]}) == {}
    assert named_inputs({"inputs": {"a": {"x": 1, "y": None, "z": ["no"]}, "b": 3}}) == {"a": {"x": 1, "y": None}}


def meaning(lab: Lab, text: str, allowed: str = "") -> Given:
    settings = lab.board.settings.model_copy(update={"allowed_hosts": allowed})
    return addresses.reader(open_board(settings), ENGINEER, [HERE]).read(text)


@pytest.mark.parametrize(
    "text", ["1", " 1 ", "/api/v2/captures/1/", f"http://{HERE}/api/v2/captures/1/picture/?size=full"]
)
def test_a_capture_goes_by_its_number_or_its_address(night: Lab, text: str) -> None:
    assert meaning(night, text) == Known(1)


@pytest.mark.parametrize("text", ["999", "0", "-1", "moth", "", f"http://{HERE}/elsewhere", "http://[", "9" * 30])
def test_anything_else_is_a_puzzle_in_plain_words(night: Lab, text: str) -> None:
    puzzle = meaning(night, text)
    assert isinstance(puzzle, Puzzle)
    assert puzzle.sentence.endswith(".")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.1.2.3",
        "192.168.0.7",
        "169.254.169.254",
        "0.0.0.0",
        "[fd00::1]",
        "[2002:7f00:1::]",
    ],
)
def test_an_address_in_the_machines_own_networks_is_refused(night: Lab, host: str) -> None:
    with pytest.raises(Invalid, match="NIGHTBOARD_ALLOWED_HOSTS"):
        meaning(night, f"http://{host}:9/moth.jpg")


@contextmanager
def host_of(content: bytes, status: int = 200) -> Iterator[str]:
    """A host on this machine that has one answer."""

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_about: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/moth.jpg"
        server.shutdown()


def test_a_picture_is_fetched_from_a_host_that_is_allowed(night: Lab, picture: bytes) -> None:
    with host_of(picture) as address:
        found = meaning(night, address, "10.0.0.1, 127.0.0.1")
    assert isinstance(found, Picture)
    assert found.content == picture


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_host_that_answers_otherwise_is_told_of_and_not_followed(night: Lab, status: int) -> None:
    with host_of(b"", status) as address:
        found = meaning(night, address, "127.0.0.1")
    assert isinstance(found, Puzzle)
    assert str(status) in found.sentence


def test_only_so_many_pictures_are_fetched_for_a_job(night: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MOST_FETCHED", 1)
    settings = night.board.settings.model_copy(update={"allowed_hosts": "127.0.0.1"})
    reader = addresses.reader(open_board(settings), ENGINEER, [HERE])
    with host_of(PNG) as address:
        found = [reader.read(address), reader.read(address)]
    assert [type(each) for each in found] == [Picture, Puzzle]


def test_more_than_a_picture_may_be_is_not_fetched(night: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "LARGEST_INPUT", 1000)
    with host_of(bytes(5000)) as address:
        found = meaning(night, address, "127.0.0.1")
    assert isinstance(found, Puzzle)
