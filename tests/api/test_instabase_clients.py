"""Programs that others wrote for Instabase, unmodified, on a real server with real workers."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from engine import access, pipelines
from models.people import Role
from models.states import Status
from tests.api.serving import serve
from tests.lab import Lab, draw_captures


@pytest.fixture
def served(lab: Lab, tmp_path: Path) -> Iterator[tuple[Lab, str, str]]:
    """A lab with a night that takes a while, its server's address, and an administrator's token."""
    draw_captures(tmp_path / "captures", 12)
    lab.take_in(tmp_path / "captures")
    lab.pipeline_id = lab.add_nothing(batch_max=1, pace_ms=250)
    access.ensure_admin(lab.board.store, lab.home)
    token = access.create_token(lab.board.store, user_name="admin", role=Role.ADMIN)
    with serve(lab) as address, lab.workers(1):
        yield lab, address, token


class Drive(BaseAdapter):
    """Stands where Instabase's file system would: moving a file there starts a job here."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab
        self.job_id = 0

    def send(self, request: Any, **_more: Any) -> requests.Response:  # type: ignore[override]
        self.job_id = self.lab.submit()
        response = requests.Response()
        response.status_code = 200
        response.request, response.url = request, request.url
        response._content = json.dumps({"job_id": self.lab.job(self.job_id).uuid}).encode()
        return response

    def close(self) -> None:
        pass


@contextmanager
def importable_ibfs() -> Iterator[Any]:
    """`ibfs.core`. It mounts folders through libfuse, which a machine may lack; what polls needs none of it."""
    try:
        import fuse  # noqa: F401
    except OSError:
        names = ("FUSE", "FuseOSError", "Operations", "LoggingMixIn", "fuse_get_context")
        sys.modules["fuse"] = ModuleType("fuse")
        vars(sys.modules["fuse"]).update({name: type(name, (), {}) for name in names})
    try:
        from ibfs import core

        yield core
    finally:
        if not hasattr(sys.modules["fuse"], "__file__"):
            del sys.modules["fuse"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_ibfs_polls_a_job_to_its_end(served: tuple[Lab, str, str]) -> None:
    lab, address, token = served
    with importable_ibfs() as core:
        client = core.RemoteMixin()
    client.config = SimpleNamespace(
        instance=address,
        api="/api/v1",
        folder="/traps",
        token=token,
        api_timeout=10,
        invalidate_cache_after_n_seconds=60,
    )
    client.session = requests.Session()
    client.session.mount(f"{address}/api/v1/drives", drive := Drive(lab))
    client.remote_rename("/old.txt", "/new.txt")
    assert lab.job(drive.job_id).status is Status.SUCCESS
    client.session.close()


def test_the_snippets_of_the_page_watch_and_read_a_job(served: tuple[Lab, str, str]) -> None:
    lab, url_base, token = served
    job_id = lab.job(lab.submit(limit=4)).uuid

    url = url_base + f"/api/v1/jobs/status?job_id={job_id}&type=flow"
    headers = {"Authorization": f"Bearer {token}"}
    still_running = True
    while still_running:
        r = requests.get(url, headers=headers)
        resp = json.loads(r.content)
        still_running = (resp["status"] == "OK") and (resp["state"] != "DONE")
    assert resp["results"][0]["status"] == "OK"

    url = url_base + f"/api/v1/jobs/get_logs?job_id={job_id}"
    resp = json.loads(requests.get(url, headers=headers).content)
    assert "Finished job" in resp["logs"][-1]["log"]

    args = {"job_id": job_id, "names": ["tag1", "tag2", "tag3"]}
    r = requests.post(url_base + "/api/v1/jobs/tags", data=json.dumps(args), headers=headers)
    assert json.loads(r.content) == {"status": "OK", "updated_tags": ["tag1", "tag2", "tag3"]}


def test_a_running_job_is_paused_resumed_cancelled_and_retried(served: tuple[Lab, str, str]) -> None:
    lab, address, token = served
    number = lab.submit()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"

    def ask(verb: str, **query: Any) -> Any:
        return session.get(f"{address}/api/v1/jobs/{verb}", params={"job_id": lab.job(number).uuid, **query}).json()

    def current() -> str:
        return str(json.loads(ask("status")["cur_status"])["status"])

    lab.until_processed(number, 1)
    assert ask("pause") == {"status": "OK"}
    lab.until(number, Status.PAUSED)
    assert (ask("status")["state"], current()) == ("PENDING", "PAUSED")
    assert ask("resume") == {"status": "OK"}
    lab.until_processed(number, lab.job(number).processed + 1)
    assert ask("cancel") == {"status": "OK"}
    lab.until(number, Status.REVOKED)
    assert (ask("status")["state"], current()) == ("DONE", "CANCELLED")
    assert ask("resume")["status"] == "ERROR"
    assert ask("retry", type="all") == {"status": "OK"}
    lab.until(number, Status.SUCCESS)
    assert current() == "COMPLETE"
    assert ask("retry")["status"] == "ERROR"
    session.close()
    lab.assert_whole(number)


def test_a_job_at_a_checkpoint_is_done_until_it_is_retried(served: tuple[Lab, str, str]) -> None:
    lab, address, token = served
    with lab.board.store.write() as session:
        finder = pipelines.ensure_embedded(session).id
    number = lab.submit(pipeline_id=finder, checkpoint={"boxes_above": 0}, limit=2)
    lab.until(number, Status.CHECKPOINT)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    jobs = f"{address}/api/v1/jobs"
    answer = session.get(f"{jobs}/status?job_id={number}").json()
    assert (answer["state"], answer["results"][0]["status"]) == ("DONE", "OK")
    assert json.loads(answer["cur_status"])["run_summary"]["numCheckpointFailed"] == 2
    for word in ("CHECKPOINT_FAILED", "STOPPED_AT_CHECKPOINT"):
        (listed,) = session.get(f"{jobs}/list?state={word}").json()["jobs"]
        assert (listed["job_id"], listed["state"]) == (lab.job(number).uuid, "STOPPED_AT_CHECKPOINT")
    assert session.get(f"{jobs}/retry?job_id={number}&type=step_failure").json()["status"] == "ERROR"
    assert session.get(f"{jobs}/retry?job_id={number}&type=checkpoint_failure").json() == {"status": "OK"}
    assert lab.job(number).attempt == 2
    session.close()
