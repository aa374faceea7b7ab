"""Programs at the door: a lab whose night has been worked through by a real worker, and clients with tokens."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import api
from engine import access
from models.captures import Collection, CollectionCapture, Project
from models.people import Role, User
from models.states import Status
from tests.lab import Lab, draw_captures, open_lab

JOBS = "/api/v2/jobs/"


@dataclass
class Program:
    """A program that calls the API with a token."""

    client: FlaskClient
    token: str

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Token {self.token}", **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, buffered=True, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self.call("POST", path, **more)


@dataclass
class Worked:
    """A lab with one night, of which job `job_id` has processed all but a truncated capture."""

    lab: Lab
    job_id: int
    server: Flask

    def program(self, role: Role, project_id: int | None = None) -> Program:
        token = access.create_token(self.lab.board.store, user_name=role.value, role=role, project_id=project_id)
        return Program(self.server.test_client(), token)

    def request(self, **fields: Any) -> dict[str, Any]:
        """The body of a request for an ml job over the station."""
        return {
            "name": "from a program",
            "project_id": self.lab.project_id,
            "delay": 0,
            "deployment_id": self.lab.station_id,
            "pipeline_id": self.lab.pipeline_id,
        } | fields


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    home = tmp_path_factory.mktemp("api")
    with open_lab(home / "home") as lab:
        folder = home / "captures"
        draw_captures(folder, 6)
        last = max(folder.iterdir())
        last.write_bytes(last.read_bytes()[:2000])
        lab.take_in(folder)
        job_id = lab.submit(name="The whole night", seed=3)
        with lab.workers(1):
            lab.until(job_id, Status.SUCCESS)
        yield Worked(lab, job_id, open_server(lab))


def open_server(lab: Lab) -> Flask:
    """The API alone on a server, and a user of each role."""
    server = Flask("nightboard", static_folder=None)
    server.config["TESTING"] = True
    server.secret_key = access.secret_key(lab.home)
    api.register(server, lab.board)
    with lab.board.store.write() as session:
        session.add_all([User(name=role.value, role=role) for role in (Role.VIEWER, Role.OPERATOR)])
    return server


@pytest.fixture
def operator(worked: Worked) -> Program:
    return worked.program(Role.OPERATOR)


@pytest.fixture
def viewer(worked: Worked) -> Program:
    return worked.program(Role.VIEWER)


@pytest.fixture
def new_job(worked: Worked, operator: Program) -> int:
    """A job that was never started."""
    return int(operator.post(JOBS, json=worked.request()).json["id"])


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder of real answers; tests that need it are skipped where it is not."""
    beside = Path(__file__).parents[2] / ".." / "shared" / "contracts"
    folder = Path(os.environ.get("NIGHTBOARD_CONTRACTS", beside)) / "antenna"
    if not folder.is_dir():
        pytest.skip(f"the contracts are not at {folder}; NIGHTBOARD_CONTRACTS names their folder")
    return folder


@pytest.fixture(scope="session")
def contract(contracts: Path) -> Any:
    """Reads one of the real answers; some have a note behind their JSON."""

    def read(name: str) -> Any:
        answer, _end = json.JSONDecoder().raw_decode((contracts / f"{name}.json").read_text())
        return answer

    return read


@pytest.fixture(scope="session")
def collection(worked: Worked) -> int:
    """A collection of two captures."""
    with worked.lab.board.store.write() as session:
        made = Collection(project_id=worked.lab.project_id, name="Two of them", captures_count=2)
        session.add(made)
        session.flush()
        session.add_all(
            CollectionCapture(collection_id=made.id, capture_id=number, position=number) for number in (1, 2)
        )
        return made.id


@pytest.fixture(scope="session")
def other_project(worked: Worked) -> int:
    with worked.lab.board.store.write() as session:
        made = Project(name="Another project")
        session.add(made)
        session.flush()
        return made.id
