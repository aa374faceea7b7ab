"""The engine keeps its promises on both databases, so each test with a lab runs on both."""

import uuid

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    address: str = request.getfixturevalue("postgres").create(f"lab_{uuid.uuid4().hex[:12]}")
    return address
