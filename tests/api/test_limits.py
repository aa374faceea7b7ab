"""Nobody may ask too often: told so in the form of each dialect, and pollers never meet it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import api
from api import limits
from engine import access, passwords
from models.people import Role
from models.settings import load
from tests.api.conftest import Program
from tests.lab import Lab

LOGIN = "/api/v2/auth/token/login/"
GOOD = "moths like the lamp"


@pytest.fixture
def server(lab: Lab) -> Flask:
    """The API on a server of its own, whose counters nobody else has touched."""
    return serve(lab)


def serve(lab: Lab) -> Flask:
    made = Flask("nightboard", static_folder=None)
    made.secret_key = access.secret_key(lab.home)
    api.register(made, lab.board)
    return made


@pytest.fixture
def ada(lab: Lab) -> None:
    passwords.add_user(lab.board.store, "ada", Role.OPERATOR, GOOD)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three requests a minute, so that the limit is met soon."""
    monkeypatch.setattr(limits, "REQUESTS", "3 per minute")


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three failed logins an hour."""
    monkeypatch.setattr(limits, "LOGINS", "3 per hour")


def log_in(client: FlaskClient, **fields: Any) -> Any:
    return client.post(LOGIN, json={"email": "ada", "password": GOOD} | fields)


def test_a_person_gets_a_token_for_a_password(server: Flask, ada: None) -> None:
    client = server.test_client()
    answer = log_in(client)
    assert (answer.status_code, list(answer.json)) == (200, ["auth_token"])
    program = Program(client, answer.json["auth_token"])
    assert program.get("/api/v2/jobs/").status_code == 200
    assert program.post("/api/v2/auth/token/logout/").status_code == 204
    assert program.get("/api/v2/jobs/").status_code == 401


def test_a_name_may_be_sent_as_username_and_in_a_form(server: Flask, ada: None) -> None:
    fields = {"username": "ada", "password": GOOD}
    assert server.test_client().post(LOGIN.rstrip("/"), data=fields).status_code == 200


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"password": "wrong one"}, {"non_field_errors": ["Unable to log in with provided credentials."]}),
        ({"email": "bob"}, {"non_field_errors": ["Unable to log in with provided credentials."]}),
        ({"password": ""}, {"password": ["This field is required."]}),
        ({"email": 5}, {"non_field_errors": ["Not a valid string."]}),
    ],
)
def test_a_wrong_login_is_refused_in_antennas_form(server: Flask, ada: None, body: Any, answer: Any) -> None:
    refused = log_in(server.test_client(), **body)
    assert (refused.status_code, refused.json) == (400, answer)


def test_wrong_passwords_are_counted_and_right_ones_are_not(strict: None, server: Flask, ada: None) -> None:
    client = server.test_client()
    assert {log_in(client).status_code for _ in range(4)} == {200}
    assert {log_in(client, password="wrong one").status_code for _ in range(3)} == {400}
    refused = log_in(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600


def test_a_poller_never_meets_the_limit(few: None, lab: Lab, server: Flask) -> None:
    access.ensure_admin(lab.board.store, lab.home)
    program = Program(server.test_client(), (lab.home / access.TOKEN_FILE).read_text().strip())
    assert {program.get("/api/changes").status_code for _ in range(10)} == {200}
    assert [program.get("/api/v2/jobs/").status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize("path", ["/api/v2/jobs/", "/api/changes"])
def test_wrong_tokens_end_in_a_refusal(path: str, server: Flask) -> None:
    program = Program(server.test_client(), "nobody.nothing")
    assert {program.get(path).status_code for _ in range(600)} == {401}
    assert program.get(path).status_code == 429


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("/api/v2/jobs/", 429, ["detail"]),
        ("/api/jobs/history", 429, ["statusCode", "status", "message", "reportErrorUrl"]),
        ("/api/v1/jobs/list", 200, ["status", "msg"]),
        ("/projects/1/jobs", 429, ["data", "error"]),
    ],
)
def test_each_dialect_says_too_often_in_its_own_form(
    few: None, server: Flask, path: str, status: int, names: list[str]
) -> None:
    client = server.test_client()
    answers = [client.get(path) for _ in range(4)]
    assert (answers[-1].status_code, list(answers[-1].json)) == (status, names)
    assert "Too many requests from this address; wait" in answers[-1].text
    assert "Retry-After" in answers[-1].headers
    assert "Retry-After" not in answers[0].headers


def test_health_is_never_refused(few: None, server: Flask) -> None:
    client = server.test_client()
    assert {client.get("/livez").status_code for _ in range(10)} == {200}


def test_two_servers_count_together_in_redis(few: None, lab: Lab) -> None:
    settings = load(home=lab.home, redis_url=lab.board.bell.url)
    lab.board = type(lab.board)(settings, lab.board.store, lab.board.bell)
    clients = [serve(lab).test_client() for _ in range(2)]
    answers = [client.get("/api/v2/jobs/").status_code for client in clients * 2]
    assert answers == [401, 401, 401, 429]


def test_a_redis_that_is_away_stops_nobody(few: None, lab: Lab) -> None:
    settings = load(home=lab.home, redis_url="redis://127.0.0.1:1/0")
    lab.board = type(lab.board)(settings, lab.board.store, lab.board.bell)
    client = serve(lab).test_client()
    answers = [client.get("/api/v2/jobs/").status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]
