"""Captures in a bucket, on a web server or in an archive are listed, fetched and processed as those of a card."""

import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from PIL import Image
from sqlalchemy import select, update

from engine import control
from engine.captures import listing, sources
from engine.captures.files import open_path
from engine.captures.ingest import Report, ingest
from engine.captures.listing import Listed, blocks
from engine.captures.sources import BadSource, Elsewhere, SourceAway, normal
from engine.hosts import is_outside
from engine.requests import JobRequest
from models.captures import Capture, Source
from models.jobs import Job
from models.states import Status
from tests.lab import ENGINEER, Lab, draw_captures, end, free_port, wait_for

BUCKET = "moth-nights"


@pytest.fixture(autouse=True)
def surroundings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a lab would set for a store of its own."""
    monkeypatch.setenv("NIGHTBOARD_HOME", str(home))
    monkeypatch.setenv("NIGHTBOARD_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_captures(tmp_path / "away" / "trap", 6)
    return tmp_path / "away"


@contextmanager
def running(port: int, *command: str) -> Iterator[None]:
    """A server of another process, until it is not needed any more."""
    server = subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_for(lambda: answers(port), f"{command[0]} listens")
        yield
    finally:
        end(server)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def store_port() -> Iterator[int]:
    """The port of a store that speaks as S3 does."""
    port = free_port()
    with running(port, "moto.server", "-H", "127.0.0.1", "-p", str(port)):
        yield port


@pytest.fixture
def bucket(store_port: int, folder: Path) -> Iterator[tuple[Any, str]]:
    """A bucket with the folder's files in it: its client, and its address as a source."""
    import boto3

    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{store_port}")
    client.create_bucket(Bucket=BUCKET)
    for path in sorted(folder.rglob("*.jpg")):
        client.upload_file(str(path), BUCKET, f"2026/{path.relative_to(folder)}")
    yield client, f"s3+http://127.0.0.1:{store_port}/{BUCKET}/2026"
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture
def website(folder: Path) -> Iterator[str]:
    port = free_port()
    with running(port, "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def archive(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "night.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in folder.rglob("*.jpg"):
            packed.write(file, file.relative_to(folder))
    return path


def take_in(lab: Lab, url: str) -> Report:
    return ([Report()] + [step.report for step in ingest(lab.board.store, lab.station_id, url)])[-1]


def captures(lab: Lab) -> list[Capture]:
    with lab.board.store.read() as session:
        return list(session.scalars(select(Capture).order_by(Capture.path)))


def names(url: str, after: str | None = None) -> list[str]:
    return [file.name for block in blocks(url, after, block=4) for file in block]


def process(lab: Lab) -> Job:
    job_id = lab.submit()
    with lab.workers(1):
        job = lab.until(job_id)
    lab.assert_whole(job_id)
    return job


def test_a_night_in_a_bucket_is_listed_and_processed(lab: Lab, bucket: tuple[Any, str]) -> None:
    assert take_in(lab, bucket[1]) == Report(added=6)
    assert take_in(lab, bucket[1]) == Report(known=6)
    first = captures(lab)[0]
    assert (first.path, first.time_source, first.width) == ("trap/20260701220000.jpg", "name", None)
    assert first.size_bytes > 0
    assert first.checksum
    job = process(lab)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, 6, 0)
    assert job.detections >= 15


def test_a_night_on_a_web_server_is_listed_and_processed(lab: Lab, website: str, folder: Path) -> None:
    (folder / "trap" / "20260701225959.jpg").write_bytes(b"")
    (folder / "trap" / "notes & plans.txt").write_text("lamp changed")
    assert take_in(lab, website) == Report(added=7, ignored=1)
    job = process(lab)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, 6, 1)


def test_a_night_in_an_archive_is_listed_and_processed(lab: Lab, archive: Path) -> None:
    assert take_in(lab, f"zip://{archive}") == Report(added=6)
    assert process(lab).processed == 6


def test_an_archive_in_a_bucket_is_fetched_once(lab: Lab, bucket: tuple[Any, str], archive: Path) -> None:
    bucket[0].upload_file(str(archive), BUCKET, "2026/night.zip")
    assert take_in(lab, f"zip://{bucket[1]}/night.zip") == Report(added=6)
    bucket[0].delete_object(Bucket=BUCKET, Key="2026/night.zip")
    assert process(lab).processed == 6


def test_a_sync_finds_what_is_new_and_what_has_changed_in_a_bucket(
    lab: Lab, bucket: tuple[Any, str], folder: Path
) -> None:
    take_in(lab, bucket[1])
    client, picture = bucket[0], str(next(folder.rglob("*.jpg")))
    client.upload_file(picture, BUCKET, "2026/trap/20260702010000.jpg")
    client.put_object(Bucket=BUCKET, Key="2026/trap/20260701220000.jpg", Body=Path(picture).read_bytes() + b"\0")
    request = JobRequest(name="sync", project_id=lab.project_id, type="data_storage_sync", deployment_id=lab.station_id)
    job_id = control.submit(lab.board, ENGINEER, request, start_now=True).job_id
    with lab.workers(1):
        assert lab.until(job_id).status is Status.SUCCESS
    assert len(captures(lab)) == 7
    assert take_in(lab, bucket[1]) == Report(known=7)


def test_a_sync_finds_what_has_changed_in_a_web_folder(lab: Lab, website: str, folder: Path) -> None:
    first, second, *_ = sorted((folder / "trap").iterdir())
    assert take_in(lab, website) == Report(added=6)
    assert all(row.size_bytes and row.checksum and row.modified_at for row in captures(lab))
    assert process(lab).processed == 6
    assert take_in(lab, website) == Report(known=6)
    second.write_bytes(first.read_bytes())
    os.utime(second, (0, 0))
    assert take_in(lab, website) == Report(known=5, changed=1)
    with lab.workers(1):
        job = lab.until(lab.submit())
    assert (job.processed, job.skipped) == (6, 5)
    assert take_in(lab, website) == Report(known=6)


def test_what_a_web_folder_tells_for_the_first_time_is_no_change(lab: Lab, website: str) -> None:
    take_in(lab, website)
    told = [row.checksum for row in captures(lab)]
    with lab.board.store.write() as session:  # as a capture stands whose server was not asked, or told nothing
        session.execute(update(Capture).values(checksum=None, size_bytes=0, modified_at=None))
    assert take_in(lab, website) == Report(known=6)
    assert [row.checksum for row in captures(lab)] == told


class Telling(SimpleHTTPRequestHandler):
    """A web folder that says in HEAD what the test wants."""

    told: ClassVar[dict[str, str] | None] = None
    heads: ClassVar[list[str]] = []
    root: ClassVar[Path]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=str(self.root))

    def do_HEAD(self) -> None:
        self.heads.append(self.path)
        self.send_response(405 if self.told is None else 200)
        for name, value in (self.told or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def telling(folder: Path) -> Iterator[str]:
    Telling.told, Telling.root = None, folder
    Telling.heads.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Telling)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("told", "checksum", "size_bytes"),
    [
        ({"ETag": '"a1"', "Content-Length": "7", "Last-Modified": "Thu, 02 Jul 2026 01:00:00 GMT"}, '"a1"', 7),
        ({"Last-Modified": "Thu, 02 Jul 2026 01:00:00 GMT"}, "modified:Thu, 02 Jul 2026 01:00:00 GMT", None),
        ({"Content-Length": "7"}, None, 7),
        ({"Content-Length": "0", "Last-Modified": "once upon a time"}, "modified:once upon a time", None),
        ({"Content-Length": "7", "Content-Encoding": "gzip"}, None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_a_web_folder_is_believed_as_far_as_it_tells(
    telling: str, told: dict[str, str] | None, checksum: str | None, size_bytes: int | None
) -> None:
    Telling.told = told
    listed = [file for block in blocks(telling, block=2) for file in block]
    assert {(file.checksum, file.size_bytes) for file in listed if isinstance(file, Listed)} == {(checksum, size_bytes)}
    assert len(Telling.heads) == (
        2 if (checksum, size_bytes) == (None, None) else 6
    )  # nobody asks on who hears nothing


@pytest.mark.parametrize("kind", ["bucket", "website", "archive", "folder"])
def test_a_listing_goes_on_behind_any_file(
    kind: str, request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    for name in ("a/x y.jpg", "a/b/1.jpg", "a-b/1.jpg", "a.jpg", "z%41/ä.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(folder / name)
    given = request.getfixturevalue(kind)
    url = {"bucket": lambda: given[1], "archive": lambda: f"zip://{given}"}.get(kind, lambda: str(given))()
    whole = names(url)
    assert sorted(whole) == sorted(str(path.relative_to(folder)) for path in folder.rglob("*.jpg"))
    for number, name in enumerate(whole):
        assert names(url, name) == whole[number + 1 :]


def test_the_first_bytes_are_read_where_a_name_has_no_time(lab: Lab, bucket: tuple[Any, str], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0132] = "2026:07:03 01:02:03"
    Image.effect_noise((1200, 900), 90).save(tmp_path / "IMG_0001.jpg", exif=exif, quality=95)
    assert (tmp_path / "IMG_0001.jpg").stat().st_size > 10 * 64 * 1024
    bucket[0].upload_file(str(tmp_path / "IMG_0001.jpg"), BUCKET, "2026/IMG_0001.jpg")
    assert take_in(lab, bucket[1]) == Report(added=7)
    capture = captures(lab)[0]
    assert (capture.path, capture.time_source, capture.width, capture.height) == ("IMG_0001.jpg", "exif", 1200, 900)


def test_a_file_that_vanished_fails_alone_and_says_where_it_was(lab: Lab, bucket: tuple[Any, str]) -> None:
    take_in(lab, bucket[1])
    bucket[0].delete_object(Bucket=BUCKET, Key="2026/trap/20260701220000.jpg")
    job = process(lab)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, 5, 1)
    with (
        pytest.raises(LookupError, match=r"s3\+http://.*/trap/20260701220000.jpg is not there any more"),
        lab.board.store.read() as session,
    ):
        open_path(session, captures(lab)[0].id)


def test_a_job_waits_for_a_source_that_is_away(lab: Lab, folder: Path) -> None:
    port = free_port()
    server = (port, "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder))
    with running(*server):
        take_in(lab, f"http://127.0.0.1:{port}")
    job_id = lab.submit()
    with lab.workers(1):
        wait_for(lambda: lab.job(job_id).holds > 0, "the job is held back")
        with running(*server):
            job = lab.until(job_id, Status.SUCCESS)
    assert (job.processed, job.failed) == (6, 0)


def test_a_capture_is_fetched_once_and_again_when_it_has_changed(website: str, folder: Path) -> None:
    path = "trap/20260701220000.jpg"
    first = Elsewhere(website, path, "1").fetch()
    whole = first.read_bytes()
    (folder / path).write_bytes(b"another")
    assert Elsewhere(website, path, "1").fetch().read_bytes() == whole == first.read_bytes()
    assert Elsewhere(website, path, "2").fetch().read_bytes() == b"another"


def test_what_was_not_asked_for_longest_is_thrown_away_first(website: str, home: Path) -> None:
    kept = [Elsewhere(website, f"trap/2026070122{minute:02d}00.jpg").fetch() for minute in (0, 5, 10)]
    for age, path in zip((3000, 1000, 2000), kept, strict=True):
        os.utime(path, (path.stat().st_atime - age, path.stat().st_mtime - age))
    (home / sources.FOLDER / ".looked").unlink()
    sources.prune(home / sources.FOLDER, most=kept[1].stat().st_size + 1)
    assert [path.exists() for path in kept] == [False, True, False]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost/a", "http://[::1]/", "s3+http://10.0.0.1/b"])
def test_an_address_in_the_own_network_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBOARD_ALLOWED_HOSTS", "store.example.org")
    with pytest.raises(SourceAway, match="NIGHTBOARD_ALLOWED_HOSTS"):
        names(normal(url))


@pytest.mark.parametrize(
    "number",
    ["10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1", "0.0.0.0"],
)
def test_private_addresses_are_not_outside(number: str) -> None:
    assert not is_outside(number)


def test_a_redirect_is_not_followed(website: str) -> None:
    class Elsewhither(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{website}{self.path}")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhither) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(SourceAway, match="points elsewhere"):
            Elsewhere(f"http://127.0.0.1:{server.server_port}", "trap/20260701220000.jpg").fetch()
        server.shutdown()


@pytest.mark.parametrize(
    "given",
    [
        "ftp://host/a",
        "https://me:secret@host/a",
        "s3://",
        "s3+http://host:9000",
        "https://host/a?b",
        "zip://night.zip",
        "https://host/../a",
    ],
)
def test_an_address_that_can_be_none_is_refused_in_a_sentence(given: str) -> None:
    with pytest.raises(BadSource, match=r"\.$"):
        normal(given)


def test_a_folder_keeps_its_whole_path(lab: Lab, folder: Path) -> None:
    take_in(lab, f"file://{folder}")
    with lab.board.store.read() as session:
        assert session.scalars(select(Source.url)).all() == [str(folder)]
        assert open_path(session, captures(lab)[0].id) == folder / "trap" / "20260701220000.jpg"
