"""Services elsewhere that speak the published protocol: whatever is no valid success for a capture is its failure."""

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server

from api import signed
from engine import control, pipelines, services, shift, signing
from engine.cli import main
from engine.pipelines.base import Failed
from engine.refusals import Illegal, Invalid
from engine.services import Limits
from engine.shift import pictures_of
from models.captures import Capture
from models.jobs import Item, Job, Log
from models.pipelines import Pipeline, ProcessingService
from models.results import Classification, Detection, Result
from models.states import ItemState, Status
from tests.api.serving import serve
from tests.lab import ENGINEER, Lab, draw_captures, wait_for

COUNT = 6
BAD = "20260701221000.jpg"  # the third of them
Body = dict[str, Any]


def of_picture(content: bytes) -> str:
    """What the little service calls an animal: something that only this picture's bytes give."""
    return hashlib.sha256(content).hexdigest()[:12]


@dataclass
class LittleService:
    """A service that fetches each image and finds one animal in it; `spoil` changes its answers."""

    port: int = 0
    version: int = 3
    spoil: Callable[[Body, Body], Body | int] = lambda _asked, answer: answer
    asked: list[Body] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def info(self) -> Body:
        algorithms = [
            {"name": "Finder", "key": "finder", "task_type": "detection", "version": 1, "category_map": None},
            {"name": "Namer", "key": "namer", "task_type": "classification", "version": self.version},
        ]
        pipeline = {"name": "Little moths", "slug": "little", "version": self.version, "algorithms": algorithms}
        return {"name": "Little service", "description": "for tests", "pipelines": [pipeline]}

    def process(self, asked: Body) -> Body | int:
        self.asked.append(asked)
        detections = [self.look(image) for image in reversed(asked["source_images"])]
        answer = {
            "pipeline": asked["pipeline"],
            "total_time": 0.1,
            "source_images": asked["source_images"],
            "detections": detections,
        }
        return self.spoil(asked, answer)

    def look(self, image: Body) -> Body:
        with urllib.request.urlopen(image["url"]) as fetched:
            label = of_picture(fetched.read())
        said = {"algorithm": {"name": "Namer", "key": "namer"}, "timestamp": "2026-07-02T00:00:00"}
        return {
            "source_image_id": image["id"],
            "bbox": {"x1": 10.0, "y1": 20.0, "x2": 110.5, "y2": 80.0},
            "algorithm": {"name": "Finder", "key": "finder"},
            "timestamp": "2026-07-02T00:00:00",
            "classifications": [
                {**said, "classification": "Moth", "labels": ["Moth", "Not"], "scores": [0.9, 0.1], "terminal": False},
                {**said, "classification": label, "labels": None, "scores": [0.2, 0.6], "terminal": True},
            ],
        }


@pytest.fixture
def service() -> Iterator[LittleService]:
    little = LittleService()
    with listening(little):
        yield little


class listening:  # noqa: N801 - it reads as a verb
    """Let a service be reached, at the port that it had before if it had one."""

    def __init__(self, little: LittleService) -> None:
        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(little.info())

            def do_POST(self) -> None:
                self.answer(little.process(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

            def answer(self, body: Any) -> None:
                content = b"broken" if isinstance(body, int) else json.dumps(body).encode()
                self.send_response(body if isinstance(body, int) else 200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", little.port), Door)
        little.port = self.server.server_port

    def __enter__(self) -> None:
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def remote(lab: Lab, service: LittleService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab whose pipeline runs in the service, with a few captures and a web server that gives them out."""
    monkeypatch.setenv("NIGHTBOARD_HOME", str(lab.home))
    draw_captures(tmp_path / "captures", COUNT)
    lab.take_in(tmp_path / "captures")
    services.add(lab.board.store, service.url, anywhere=True)
    with lab.board.store.read() as session:
        lab.pipeline_id = session.scalars(select(Pipeline.id).filter_by(slug="little")).one()
    pictures = Flask("pictures", static_folder=None)
    pictures.register_blueprint(signed.blueprint(lab.board))
    server = make_server("127.0.0.1", 0, pictures, threaded=True)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setenv("NIGHTBOARD_PUBLIC_URL", f"http://127.0.0.1:{server.server_port}")
    yield lab
    server.shutdown()
    server.server_close()


def process(lab: Lab, *, cost_ms: float | None = None) -> Job:
    """A job over all captures, to its end; with a cost that is known, its first batch is as large as that says."""
    job_id = lab.submit(start_now=False)
    with lab.board.store.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(cost_ms=cost_ms))
    control.run(lab.board, ENGINEER, job_id)
    with lab.workers(2):
        job = lab.until(job_id)
    lab.assert_whole(job_id)
    return job


def failed(lab: Lab) -> dict[str, str | None]:
    """The name of each capture that failed, with the sentence."""
    query = select(Capture.path, Item.error).join(Item, Item.capture_id == Capture.id)
    with lab.board.store.read() as session:
        return {row.path: row.error for row in session.execute(query.where(Item.state == ItemState.FAILED))}


def count_results(lab: Lab) -> int:
    with lab.board.store.read() as session:
        return len(session.scalars(select(Result.id)).all())


def test_each_capture_gets_its_own_result_and_the_version_is_kept(remote: Lab, tmp_path: Path) -> None:
    job = process(remote)
    assert (job.status, job.processed, job.detections, job.classifications) == (Status.SUCCESS, COUNT, COUNT, 2 * COUNT)
    query = select(Capture.path, Detection, Result.pipeline_version).join(Detection, Detection.capture_id == Capture.id)
    with remote.board.store.read() as session:
        rows = session.execute(query.join(Result, Result.id == Detection.result_id)).all()
        labels = session.scalars(select(Classification).order_by(Classification.id)).all()
    for path, detection, version in rows:
        assert detection.label == of_picture((tmp_path / "captures" / path).read_bytes())
        assert (detection.x1, detection.y2, detection.algorithm, version) == (10.0, 80.0, "finder", 3)
    assert {(each.terminal, each.algorithm, each.score) for each in labels} == {
        (False, "namer", 0.9),
        (True, "namer", 0.6),
    }


def test_a_request_is_of_the_published_form(remote: Lab, service: LittleService) -> None:
    process(remote)
    asked = service.asked[0]
    assert {name: asked[name] for name in ("pipeline", "detections", "config")} == {
        "pipeline": "little",
        "detections": [],
        "config": {},
    }
    assert set(asked["source_images"][0]) == {"id", "url"}
    assert asked["source_images"][0]["url"].endswith(".jpg")


def test_a_service_that_fails_every_request_fails_the_job_and_nothing_is_done(
    remote: Lab, service: LittleService
) -> None:
    service.spoil = lambda _asked, _answer: 500
    job = process(remote)
    assert (job.status, job.processed, job.failed) == (Status.FAILURE, 0, COUNT)
    assert count_results(remote) == 0
    assert all("answered 500" in str(error) for error in failed(remote).values())


def test_one_bad_image_fails_alone(remote: Lab, service: LittleService) -> None:
    service.spoil = lambda asked, answer: (
        500 if any(BAD in image["url"] for image in asked["source_images"]) else answer
    )
    job = process(remote, cost_ms=1.0)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, COUNT - 1, 1)
    assert set(failed(remote)) == {BAD}
    assert any(len(asked["source_images"]) > 1 for asked in service.asked)


def test_an_image_that_is_missing_in_the_answer_fails(remote: Lab, service: LittleService) -> None:
    def leave_out(_asked: Body, answer: Body) -> Body:
        kept = [image for image in answer["source_images"] if BAD not in image["url"]]
        return {**answer, "source_images": kept}

    service.spoil = leave_out
    job = process(remote)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, COUNT - 1, 1)
    assert failed(remote) == {BAD: f"{BAD} is missing from the answer of the service."}


def upside_down(answer: Body) -> Body:
    return {
        **answer,
        "detections": [{**each, "bbox": {"x1": 9, "y1": 0, "x2": 1, "y2": 5}} for each in answer["detections"]],
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _asked, answer: {**answer, "pipeline": "another"},
        lambda _asked, answer: {**answer, "errors": ["out of memory"]},
        lambda _asked, answer: {"pipeline": answer["pipeline"]},
        lambda _asked, answer: upside_down(answer),
        lambda _asked, _answer: 302,
        lambda _asked, _answer: 201,
    ],
    ids=["another pipeline", "errors", "no images", "box upside down", "redirect", "no JSON"],
)
def test_what_is_no_valid_success_is_a_failure(
    remote: Lab, service: LittleService, spoil: Callable[[Body, Body], Body | int]
) -> None:
    service.spoil = spoil
    with remote.board.store.read() as session:
        pipeline = pipelines.load(session.get_one(Pipeline, remote.pipeline_id))
        pictures = pictures_of(session, session.scalars(select(Capture.id)).all())
    assert [type(outcome) for outcome in pipeline.process(pictures)] == [Failed] * COUNT


def test_a_job_waits_for_a_service_that_is_down(remote: Lab, service: LittleService) -> None:
    service.spoil = lambda _asked, _answer: 503
    job_id = remote.submit()
    with remote.workers(1):
        wait_for(lambda: remote.job(job_id).holds > 0, "the job is held back")
        service.spoil = lambda _asked, answer: answer
        job = remote.until(job_id)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, COUNT, 0)


def test_a_service_that_stays_down_fails_the_job(
    lab: Lab, tmp_path: Path, service: LittleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "BACKOFF_S", 0.01)
    monkeypatch.setattr(shift, "HOLDS", 2)
    monkeypatch.setenv("NIGHTBOARD_HOME", str(lab.home))
    draw_captures(tmp_path / "captures", COUNT)
    lab.take_in(tmp_path / "captures")
    services.add(lab.board.store, service.url, anywhere=True)
    with lab.board.store.read() as session:
        lab.pipeline_id = session.scalars(select(Pipeline.id).filter_by(slug="little")).one()
    service.port = 9  # nobody is there
    with lab.board.store.write() as session:
        session.scalars(select(ProcessingService)).one().endpoint_url = service.url
    job_id = lab.submit()
    duty = shift.Duty(lab.board.store, lab.board.bell, "w1")

    def has_ended() -> bool:
        shift.Shift(duty).run()
        return lab.job(job_id).status is Status.FAILURE

    wait_for(has_ended, "the job has failed")
    lab.assert_whole(job_id)
    assert lab.job(job_id).failed == COUNT
    with lab.board.store.read() as session:
        said = session.scalars(select(Log.message).where(Log.job_id == job_id)).all()
    assert any("cannot be reached (Connection refused). Trying again" in line for line in said)


def test_no_result_is_kept_under_a_version_that_did_not_make_it(remote: Lab, service: LittleService) -> None:
    service.version = 4
    job_id = remote.submit()
    with remote.workers(1):
        wait_for(lambda: remote.job(job_id).holds > 0, "the job is held back")
        assert count_results(remote) == 0
        services.refresh(remote.board.store, 1)
        assert remote.until(job_id).status is Status.SUCCESS
    with remote.board.store.read() as session:
        assert set(session.scalars(select(Result.pipeline_version))) == {4}


def test_a_service_is_registered_once_with_its_limits(lab: Lab, service: LittleService) -> None:
    command = ["service", "add", service.url, "--batch", "4", "--seats", "1", "--home", str(lab.home)]
    database = lab.board.settings.database_url
    for _ in range(2):
        told = CliRunner().invoke(main, command, env={"DATABASE_URL": database}, catch_exceptions=False)
        assert told.output == "Service 1 runs: little\n"
    with lab.board.store.read() as session:
        row = session.scalars(select(Pipeline).filter_by(kind="remote")).one()
        assert (row.slug, row.version, row.batch_max, row.seats) == ("little", 3, 4, 1)
        assert [(algorithm.key, algorithm.version) for algorithm in row.algorithms] == [("finder", 1), ("namer", 3)]


def test_two_services_may_offer_the_same_pipeline(lab: Lab, service: LittleService) -> None:
    services.add(lab.board.store, service.url, anywhere=True)
    second = LittleService()
    with listening(second):
        made = services.add(lab.board.store, second.url, anywhere=True)
    assert made.pipelines == ("little-2",)


def test_a_service_in_the_own_network_is_refused_unless_it_is_allowed(
    lab: Lab, service: LittleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="NIGHTBOARD_ALLOWED_HOSTS"):
        services.add(lab.board.store, service.url)
    monkeypatch.setenv("NIGHTBOARD_ALLOWED_HOSTS", "127.0.0.1")
    assert services.add(lab.board.store, service.url).pipelines == ("little",)


def test_what_is_no_service_is_not_registered(lab: Lab, service: LittleService) -> None:
    service.info = lambda: {"name": "something else"}  # type: ignore[method-assign]
    with pytest.raises(Illegal, match="pipelines: Field required"):
        services.add(lab.board.store, service.url, anywhere=True)


def test_a_look_at_a_service_says_whether_it_lives(lab: Lab, service: LittleService) -> None:
    services.add(lab.board.store, service.url, anywhere=True, limits=Limits())
    assert services.look(lab.board.store, 1).live
    with lab.board.store.write() as session:
        session.get_one(ProcessingService, 1).endpoint_url = "http://127.0.0.1:9"
    status = services.look(lab.board.store, 1)
    assert not status.live
    assert "cannot be reached" in str(status.error)


def test_a_picture_is_given_out_by_its_signed_address_alone(
    remote: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with remote.board.store.read() as session:
        signer = signing.signer(session.get_one(ProcessingService, 1), remote.board.settings)
    address = signer.address(1, "a.jpg").replace("http://127.0.0.1:8050", "")
    with serve(remote) as site:
        with urllib.request.urlopen(site + address) as answer:
            assert answer.read() == min((tmp_path / "captures").iterdir()).read_bytes()
            assert answer.headers["Content-Type"] == "image/jpeg"
        for forged in (address.replace("/1-", "/2-"), address[:-8] + "x/a.jpg", address.replace("/1-", "/1-x")):
            with pytest.raises(urllib.error.HTTPError, match="403") as refused:
                urllib.request.urlopen(site + forged)
            refused.value.close()


def test_a_signed_address_is_good_for_an_hour(remote: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with remote.board.store.read() as session:
        signer = signing.signer(session.get_one(ProcessingService, 1), remote.board.settings)
        text = signer.address(1, "a.jpg").split("/")[-2]
        assert signing.capture_of(session, remote.board.settings, text) == 1
        monkeypatch.setattr(signing, "GOOD_FOR_S", -1)
        with pytest.raises(signing.BadSignature, match="hour is over"):
            signing.capture_of(session, remote.board.settings, text)
