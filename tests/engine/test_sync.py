"""A sync that is paused, resumed and killed in the midst lists each object once: none is lost, none is doubled."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from engine import control
from engine.captures.folders import BLOCK
from engine.captures.stations import open_source
from models.captures import Capture, Event
from models.jobs import Job, Stage
from models.states import Status
from tests.lab import ENGINEER, EVENING, Lab, wait_for

FOLDERS = 6
PICTURES = FOLDERS * BLOCK  # each web folder is one page of the listing, and one block


class Quiet(ThreadingHTTPServer):
    """Says nothing of a client that is gone: it was killed by the test."""

    def handle_error(self, *_: object) -> None:
        pass


class Website:
    """A web folder whose pages are counted, and given out only as far as the test lets it: a slow place, held still."""

    def __init__(self, root: Path) -> None:
        self.asked: Counter[str] = Counter()
        self._allowed = threading.Condition()
        self._through = 0
        site = self

        class Pages(SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # one connection for many questions

            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments, directory=str(root))

            def do_GET(self) -> None:
                site.asked[self.path] += 1
                site.wait_until_allowed(self.path)
                super().do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = Quiet(("127.0.0.1", 0), Pages)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def allow(self, folders: int) -> None:
        """Give out the pages of so many folders."""
        with self._allowed:
            self._through = folders
            self._allowed.notify_all()

    def wait_until_allowed(self, page: str) -> None:
        """Keep the page of a folder back; the page of all folders is always given."""
        name = page.strip("/")
        with self._allowed:
            self._allowed.wait_for(lambda: not name.isdigit() or int(name) < self._through)

    def is_asked_for(self, folder: int) -> bool:
        return self.asked[f"/{folder:03}/"] > 0


@pytest.fixture
def website(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    monkeypatch.setenv("NIGHTBOARD_ALLOWED_HOSTS", "127.0.0.1")
    whole = tmp_path / "whole.jpg"
    whole.write_bytes(b"what it shows is not looked at by a listing")
    for number in range(FOLDERS):
        folder = tmp_path / "site" / f"{number:03}"
        folder.mkdir(parents=True)
        for second in range(number * BLOCK, (number + 1) * BLOCK):
            os.link(whole, folder / f"{EVENING + timedelta(seconds=second):%Y%m%d%H%M%S}.jpg")
    site = Website(tmp_path / "site")
    yield site
    site.allow(FOLDERS)
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def syncing(lab: Lab, website: Website) -> int:
    """A sync of the web folder, which stands still behind the second of its pages; the job's id."""
    with lab.board.store.write() as session:
        open_source(session, lab.station_id, website.address)
    website.allow(2)
    return lab.submit(type="data_storage_sync", pipeline_id=None)


def taken_in(lab: Lab) -> int:
    with lab.board.store.read() as session:
        return session.scalars(select(func.count()).select_from(Capture)).one()


def until_it_stands(lab: Lab, website: Website, folder: int) -> None:
    """Wait until what lies before this folder has landed, and the folder itself is asked for."""
    wait_for(lambda: taken_in(lab) == folder * BLOCK, f"{folder} pages have landed")
    wait_for(lambda: website.is_asked_for(folder), f"page {folder} is asked for")


def assert_each_once(lab: Lab, job: Job) -> None:
    """Each picture has one row, was new to the sync that met it, and is in the night."""
    assert (job.status, job.attempt) == (Status.SUCCESS, 1)
    with lab.board.store.read() as session:
        paths = session.scalars(select(Capture.path)).all()
        unseen = session.scalars(select(func.count()).where(Capture.last_seen_at.is_(None))).one()
        missing = session.scalars(select(func.count()).where(Capture.missing_at.is_not(None))).one()
        params = session.scalars(select(Stage.params).where(Stage.job_id == job.id)).one()
        in_night = session.scalars(select(Event.captures_count)).all()
    said = {param["key"]: param["value"] for param in params}
    assert len(set(paths)) == len(paths) == PICTURES
    assert (said["added"], said["known"], said["changed"], said["vanished"], said["ignored"]) == (PICTURES, 0, 0, 0, 0)
    assert (unseen, missing, in_night) == (0, 0, [PICTURES])


def test_a_paused_sync_goes_on_where_it_was(lab: Lab, website: Website, syncing: int) -> None:
    with lab.workers(2):
        until_it_stands(lab, website, 2)
        control.pause(lab.board, ENGINEER, syncing)
        website.allow(3)
        lab.until(syncing, Status.PAUSED)
        held = taken_in(lab)
        website.allow(FOLDERS)
        control.resume(lab.board, ENGINEER, syncing)
        job = lab.until(syncing)
    assert held in (2 * BLOCK, 3 * BLOCK)  # the page in hand landed, or was given up
    assert_each_once(lab, job)


def test_a_sync_whose_worker_is_killed_goes_on_where_it_was(lab: Lab, website: Website, syncing: int) -> None:
    with lab.workers(1) as (worker, _reconciler):
        until_it_stands(lab, website, 2)
        horses = psutil.Process(worker.pid).children()
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        wait_for(lambda: not any(horse.is_running() for horse in horses), "its child is gone too")
        website.allow(FOLDERS)
        with lab.parts(("shifts", "--name", "w2")):
            job = lab.until(syncing)
    assert_each_once(lab, job)


def test_a_sync_whose_child_is_killed_again_and_again_goes_on_where_it_was(
    lab: Lab, website: Website, syncing: int
) -> None:
    with lab.workers(1) as (worker, _reconciler):
        for folder in (2, 3, 4):
            until_it_stands(lab, website, folder)
            horse = wait_for(lambda: psutil.Process(worker.pid).children(), "the worker has a child at work")[0]
            horse.kill()
            website.allow(folder + 1)
        website.allow(FOLDERS)
        job = lab.until(syncing)
    assert_each_once(lab, job)
