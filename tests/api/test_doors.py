"""Who is let in: every address wants a token, and a role."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import access
from models.people import Audit, Role
from tests.api.conftest import JOBS, Program, Worked

NATIVE = ("antenna.", "changes.")  # the other dialects refuse in their own form
OPEN = {"health.livez", "health.readyz"}
NOTHING = {"antenna.root", "antenna.nothing"}  # there is nothing behind these to be kept from anyone


@pytest.fixture
def stranger(worked: Worked) -> FlaskClient:
    return worked.server.test_client()


def test_every_address_wants_a_token(worked: Worked, stranger: FlaskClient) -> None:
    for rule in worked.server.url_map.iter_rules():
        if rule.endpoint in OPEN | NOTHING or not rule.endpoint.startswith(NATIVE):
            continue
        with worked.server.test_request_context():
            path = worked.server.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
        for method in (rule.methods or set()) - {"HEAD"}:
            answer = stranger.open(path, method=method)
            assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (401, "Token"), f"{method} {path}"


@pytest.mark.parametrize(
    "header", ["Token nonsense", "Token a.b", "Basic YTpi", "Token", "", "Token \N{SNOWMAN}", "nonsense x.y"]
)
def test_a_wrong_token_is_refused(stranger: FlaskClient, header: str) -> None:
    answer = stranger.get(JOBS, headers={"Authorization": header})
    assert (answer.status_code, answer.json) == (401, {"detail": "Invalid token."})


def test_a_missing_token_is_asked_for(stranger: FlaskClient) -> None:
    assert stranger.get(JOBS).json == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize("scheme", ["Token", "token", "Bearer", "ApiKey", "Api-Key"])
def test_a_token_may_be_spelled_as_any_client_spells_it(
    worked: Worked, stranger: FlaskClient, viewer: Program, scheme: str
) -> None:
    assert stranger.get(JOBS, headers={"Authorization": f"{scheme} {viewer.token}"}).status_code == 200


def test_a_revoked_token_is_refused(worked: Worked, viewer: Program) -> None:
    access.revoke_token(worked.lab.board.store, viewer.token.partition(".")[0])
    assert viewer.get(JOBS).status_code == 401


def test_a_refused_token_is_in_the_audit_once_in_a_while(worked: Worked, stranger: FlaskClient) -> None:
    program = worked.program(Role.VIEWER)
    prefix = program.token.partition(".")[0]
    for _ in range(3):
        assert stranger.get(JOBS, headers={"Authorization": f"Token {prefix}.guessed"}).status_code == 401
    with worked.lab.board.store.read() as session:
        (told,) = session.scalars(select(Audit).where(Audit.who == f"token {prefix}"))
    assert (told.verb, told.outcome) == ("use a token", "refused")
    assert "guessed" not in (told.reason or "")


def test_a_viewer_may_look(worked: Worked, viewer: Program) -> None:
    assert viewer.get(f"{JOBS}{worked.job_id}/").json["user_permissions"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", "{}/"),
        ("PATCH", "{}/"),
        ("DELETE", "{}/"),
        ("POST", "{}/run/"),
        ("POST", "{}/cancel/"),
        ("POST", "{}/retry/"),
        ("POST", "{}/pause/"),
        ("POST", "{}/resume/"),
    ],
)
def test_a_viewer_may_change_nothing(worked: Worked, viewer: Program, method: str, path: str) -> None:
    answer = viewer.call(method, JOBS + path.format(worked.job_id), json={})
    assert answer.status_code == 403
    assert "Ask an administrator" in answer.json["detail"]


def test_a_viewer_is_not_told_what_a_job_takes(viewer: Program) -> None:
    assert "actions" not in viewer.call("OPTIONS", JOBS).json


def test_a_session_may_read(worked: Worked, stranger: FlaskClient) -> None:
    log_in(worked, stranger)
    assert stranger.get(JOBS).status_code == 200


def test_a_session_may_not_change_anything(worked: Worked, stranger: FlaskClient) -> None:
    log_in(worked, stranger)
    assert stranger.post(JOBS, json=worked.request()).status_code == 401


def test_a_token_of_another_project_sees_nothing_of_this_one(worked: Worked, other_project: int) -> None:
    program = worked.program(Role.OPERATOR, project_id=other_project)
    assert program.get(JOBS).json["count"] == 0
    assert program.get("/api/v2/captures/").json["count"] == 0
    for path in (
        f"jobs/{worked.job_id}/",
        "deployments/1/",
        "captures/1/",
        "captures/1/picture/",
        "detections/1/crop/",
        "projects/1/",
    ):
        assert program.get(f"/api/v2/{path}").status_code == 404


def test_a_token_of_another_project_cannot_ask_for_this_one(worked: Worked, other_project: int) -> None:
    program = worked.program(Role.OPERATOR, project_id=other_project)
    assert program.get(f"{JOBS}?project_id={worked.lab.project_id}").json["count"] == 0
    assert program.post(f"{JOBS}{worked.job_id}/cancel/").status_code == 404
    assert program.post(JOBS, json=worked.request()).status_code == 400


def log_in(worked: Worked, client: FlaskClient) -> None:
    code = access.login_link(worked.lab.board.store, user_name="operator")
    actor = access.redeem(worked.lab.board.store, code)
    assert actor is not None
    with client.session_transaction() as session:
        session["user_id"] = actor.user_id
