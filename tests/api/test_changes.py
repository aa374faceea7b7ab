"""What pages poll, and what a supervisor asks."""

import pytest
from sqlalchemy.exc import OperationalError

from api import changes
from tests.api.conftest import JOBS, Program, Worked

CHANGES = "/api/changes"


def test_one_who_is_up_to_date_gets_a_304(operator: Program) -> None:
    tag = operator.get(CHANGES).headers["ETag"]
    answer = operator.get(CHANGES, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)


def test_the_tag_of_a_compressed_answer_counts_too(operator: Program) -> None:
    tag = operator.get(CHANGES).headers["ETag"].strip('"')
    assert operator.get(CHANGES, headers={"If-None-Match": f'W/"{tag}:br"'}).status_code == 304


def test_one_who_was_let_in_is_answered_without_a_look_at_the_token(
    worked: Worked, operator: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = operator.get(CHANGES).headers["ETag"]
    look = f"{CHANGES}?since={tag.strip(chr(34))}"
    looked: list[str] = []
    known = changes.actor_of_request
    monkeypatch.setattr(changes, "actor_of_request", lambda *asked: looked.append("up") or known(*asked))
    first, second = (operator.get(look, headers={"If-None-Match": tag}) for _ in range(2))
    assert (first.status_code, second.status_code, second.headers["ETag"]) == (304, 304, tag)
    job = operator.post(JOBS, json=worked.request()).json["id"]
    third = operator.get(look, headers={"If-None-Match": tag})
    assert (third.json["jobs"], third.json["rev"], looked) == ([job], int(third.headers["ETag"].strip('"')), ["up"])
    stranger = Program(worked.server.test_client(), "nobody.nothing")
    assert stranger.get(look, headers={"If-None-Match": tag}).status_code == 401


def test_one_who_was_let_in_is_looked_up_again_after_a_moment(
    operator: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KNOWN_S", -1.0)
    tag = operator.get(CHANGES).headers["ETag"]
    assert operator.get(f"{CHANGES}?since=0", headers={"If-None-Match": tag}).status_code == 304
    monkeypatch.setattr(changes, "actor_of_request", lambda *_: None)
    assert operator.get(f"{CHANGES}?since=0", headers={"If-None-Match": tag}).status_code == 401


def test_a_new_job_is_told(worked: Worked, operator: Program) -> None:
    before = operator.get(CHANGES).json["rev"]
    job = operator.post(JOBS, json=worked.request()).json["id"]
    told = operator.get(f"{CHANGES}?since={before}").json
    assert told["rev"] > before
    assert told["jobs"] == [job]


def test_the_tag_alone_says_since_when(worked: Worked, operator: Program) -> None:
    tag = operator.get(CHANGES).headers["ETag"]
    job = operator.post(JOBS, json=worked.request()).json["id"]
    assert operator.get(CHANGES, headers={"If-None-Match": tag}).json["jobs"] == [job]


def test_a_deleted_job_is_told(operator: Program, new_job: int) -> None:
    before = operator.get(CHANGES).json["rev"]
    operator.call("DELETE", f"{JOBS}{new_job}/")
    assert operator.get(f"{CHANGES}?since={before}").json["gone"] == [["job", str(new_job)]]


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "9" * 20])
def test_a_wrong_since_is_a_400(operator: Program, since: str) -> None:
    assert operator.get(f"{CHANGES}?since={since}").status_code == 400


def test_health_is_open_and_says_no_more_than_up(worked: Worked) -> None:
    for path in ("/livez", "/readyz"):
        answer = worked.server.test_client().get(path)
        assert (answer.status_code, answer.text) == (200, "up\n")


def test_readiness_wants_the_database(worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the disk is away"))

    monkeypatch.setattr(worked.lab.board.store, "read", away)
    client = worked.server.test_client()
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "not up\n")
    assert client.get("/livez").status_code == 200
