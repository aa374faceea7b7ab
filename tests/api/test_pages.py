"""What each address of the native API says of itself: its headers, its methods, and the page for a person."""

import re

import pytest

from tests.api.conftest import JOBS, Program, Worked

READABLE = [
    "projects",
    "deployments",
    "events",
    "captures",
    "captures/collections",
    "ml/pipelines",
    "ml/algorithms",
]
HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"


def test_a_job_says_what_may_be_done_to_it(worked: Worked, operator: Program) -> None:
    headers = operator.get(f"{JOBS}{worked.job_id}/").headers
    assert headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
    assert (headers["Content-Type"], headers["Vary"]) == ("application/json", "Accept")


def test_head_has_the_headers_and_no_body(worked: Worked, operator: Program) -> None:
    answer, whole = (operator.call(method, f"{JOBS}{worked.job_id}/") for method in ("HEAD", "GET"))
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == whole.headers["Content-Length"]


@pytest.mark.parametrize("path", ["jobs", "jobs/1", *READABLE, *(f"{path}/1" for path in READABLE)])
def test_a_trailing_slash_may_be_missing(operator: Program, collection: int, path: str) -> None:
    query = "?ids_only=1" if path == "jobs" else ""  # without the clocks of jobs that wait
    assert operator.get(f"/api/v2/{path}{query}").data == operator.get(f"/api/v2/{path}/{query}").data


@pytest.mark.parametrize("path", ["jobs", "jobs/1", *READABLE, "captures/1/picture"])
def test_a_method_that_is_not_there_is_a_405(operator: Program, path: str) -> None:
    allow = operator.call("OPTIONS", f"/api/v2/{path}/").headers["Allow"]
    for method in {"PUT", "PATCH", "DELETE", "POST"} - set(allow.split(", ")):
        answer = operator.call(method, f"/api/v2/{path}/")
        assert (answer.status_code, answer.headers["Allow"]) == (405, allow)
        assert answer.json == {"detail": f'Method "{method}" not allowed.'}


@pytest.mark.parametrize("verb", ["run", "cancel", "retry", "pause", "resume"])
def test_a_verb_wants_post(operator: Program, verb: str) -> None:
    answer = operator.get(f"{JOBS}1/{verb}/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/", "/api/v2/nothing/", "/api/v2/jobs/1/fly/", "/api/x/y"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_address_is_a_404_in_json(operator: Program, path: str, method: str) -> None:
    answer = operator.call(method, path)
    assert (answer.status_code, list(answer.json)) == (404, ["detail"])


@pytest.mark.parametrize("path", [*(f"{path}/999" for path in READABLE), "captures/999/picture"])
def test_a_number_that_nothing_has_is_a_404(operator: Program, path: str) -> None:
    answer = operator.get(f"/api/v2/{path}/")
    assert (answer.status_code, list(answer.json)) == (404, ["detail"])


def test_the_page_shows_request_status_headers_and_answer(worked: Worked, operator: Program) -> None:
    answer = operator.get(f"{JOBS}{worked.job_id}/?format=api")
    text = re.sub(r"<[^>]+>", "", answer.text)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for line in (
        "Job Instance",
        f"GET /api/v2/jobs/{worked.job_id}/?format=api",
        "HTTP 200 OK",
        "Allow: GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
        "Content-Type: application/json",
        "Vary: Accept",
        "/jobs/{id}/cancel/",
    ):
        assert line in text


def test_addresses_on_the_page_stay_on_pages(worked: Worked, operator: Program) -> None:
    text = operator.get(f"{JOBS}{worked.job_id}/?format=api").text
    assert f'<a href="http://localhost/api/v2/jobs/{worked.job_id}/?format=api">' in text


def test_a_browser_gets_the_page(operator: Program) -> None:
    assert operator.get(JOBS, headers={"Accept": HTML}).mimetype == "text/html"
    assert operator.get(f"{JOBS}?format=json", headers={"Accept": HTML}).mimetype == "application/json"


def test_a_program_gets_json(operator: Program) -> None:
    for accept in ("*/*", "application/json, text/plain, */*", "application/json;q=0.5"):
        assert operator.get(JOBS, headers={"Accept": accept}).mimetype == "application/json"


def test_a_program_that_takes_json_alone_gets_the_answer_of_the_page(operator: Program) -> None:
    answer = operator.get(f"{JOBS}?format=api&limit=1", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    assert answer.json["results"][0]["details"].endswith("/?format=api")


def test_the_page_shows_a_name_as_text(worked: Worked, operator: Program) -> None:
    name = "<script>alert(1)</script>"
    job = operator.post(JOBS, json=worked.request(name=name)).json["id"]
    text = operator.get(f"{JOBS}{job}/?format=api").text
    assert name not in text
    assert "&lt;script&gt;" in text


def test_the_page_allows_its_own_style_and_nothing_else(operator: Program) -> None:
    policy = operator.get(f"{JOBS}?format=api").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_an_unknown_format_is_a_404(operator: Program) -> None:
    assert operator.get(f"{JOBS}?format=xml").status_code == 404


def test_options_tells_the_name_and_the_forms(operator: Program) -> None:
    told = operator.call("OPTIONS", "/api/v2/events/").json
    assert (told["name"], told["renders"]) == ("Event List", ["application/json", "text/html"])
    assert "actions" not in told


def test_a_strange_method_is_a_405_in_json(operator: Program) -> None:
    answer = operator.call("TRACE", JOBS)
    assert (answer.status_code, answer.json) == (405, {"detail": 'Method "TRACE" not allowed.'})


def test_an_error_of_ours_is_told_in_json_without_its_reason(
    worked: Worked, operator: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("models.queries.jobs.ids", break_down)
    monkeypatch.setitem(worked.server.config, "TESTING", False)
    answer = operator.get(JOBS)
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert "secret" not in answer.text
    assert "a secret of the house" in caplog.text
