"""Processing services through the native API: administrators add them, everyone sees how they are."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine import access
from models.people import Role
from tests.api.conftest import Program, Worked
from tests.engine.test_remote import LittleService, listening

SERVICES = "/api/v2/ml/processing_services/"


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> Iterator[LittleService]:
    monkeypatch.setenv("NIGHTBOARD_ALLOWED_HOSTS", "127.0.0.1")
    service = LittleService()
    with listening(service):
        yield service


@pytest.fixture
def administered(worked: Worked) -> Worked:
    access.ensure_admin(worked.lab.board.store, worked.lab.home)
    return worked


@pytest.fixture
def admin(administered: Worked) -> Program:
    return administered.program(Role.ADMIN)


def add(by: Program, service: LittleService) -> Any:
    return by.post(SERVICES, json={"name": "Little", "endpoint_url": service.url, "project": 1})


def test_an_administrator_adds_a_service(admin: Program, little: LittleService, contract: Any) -> None:
    made = add(admin, little)
    assert made.status_code == 201
    assert made.json["status"]["server_live"] is True
    assert made.json["status"]["pipelines_online"] == ["little"]
    shown = admin.get(SERVICES).json
    assert shown["user_permissions"] == ["create"]
    theirs = contract("ml_processing_services")["results"][0]
    assert set(theirs) <= set(shown["results"][-1])
    number = made.json["instance"]["id"]
    assert admin.get(f"{SERVICES}{number}/").json["pipelines"][0]["name"] == "Little moths"
    again = admin.post(f"{SERVICES}{number}/register_pipelines/").json
    assert (again["success"], again["pipelines_created"]) == (True, [])
    assert admin.call("DELETE", f"{SERVICES}{number}/").status_code == 204
    assert admin.get(f"{SERVICES}{number}/").status_code == 404


def test_a_service_that_is_down_is_kept_and_said_to_be_down(admin: Program, little: LittleService) -> None:
    little.port = 9
    made = add(admin, little).json
    assert made["status"]["server_live"] is False
    assert "cannot be reached" in made["status"]["error"]
    number = made["instance"]["id"]
    assert admin.get(f"{SERVICES}{number}/status/").json["server_live"] is False
    shown = admin.get(f"{SERVICES}{number}/").json
    assert (shown["last_seen_live"], shown["last_latency"]) == (False, None)
    assert "cannot be reached" in shown["last_error"]
    assert shown["last_asked"] is not None
    told = admin.post(f"{SERVICES}{number}/register_pipelines/")
    assert (told.status_code, told.json["success"]) == (200, False)
    admin.call("DELETE", f"{SERVICES}{number}/")


def test_an_operator_may_look_and_not_add(operator: Program, little: LittleService) -> None:
    assert operator.get(SERVICES).json["user_permissions"] == []
    assert add(operator, little).status_code == 403


def test_a_token_of_one_project_may_not_add(administered: Worked, little: LittleService) -> None:
    assert add(administered.program(Role.ADMIN, administered.lab.project_id), little).status_code == 403


def test_a_private_address_is_refused(admin: Program, little: LittleService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIGHTBOARD_ALLOWED_HOSTS")
    refused = add(admin, little)
    assert refused.status_code == 400
    assert "NIGHTBOARD_ALLOWED_HOSTS" in refused.json["endpoint_url"][0]
    assert admin.post(SERVICES, json={"name": "x"}).json == {"endpoint_url": ["This field is required."]}
