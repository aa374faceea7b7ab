"""The two pages of the jobs resource: each request replayed, and the whole page that answers it compared."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.captures import Collection
from models.people import Role
from models.states import Status
from tests.api.conftest import JOBS, Program, Worked, open_server
from tests.api.shape import differences
from tests.lab import draw_captures, open_lab

FAILED, POPULATED = "000_464b5721c4c7be7a", "001_9c3a119c723ff2cd"  # the jobs that the pages show


@pytest.fixture(scope="module")
def lab_of_the_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Worked, dict[str, int]]]:
    """A job that populated a collection, and one that failed over it, since all of its captures are cut short."""
    home = tmp_path_factory.mktemp("pages")
    with open_lab(home / "home") as lab:
        draw_captures(home / "captures", 2)
        lab.take_in(home / "captures")
        with lab.board.store.write() as session:
            made = Collection(project_id=lab.project_id, name="End of every night", method="full")
            session.add(made)
            session.flush()
            collection = made.id
        for path in (home / "captures").iterdir():
            path.write_bytes(path.read_bytes()[:2000])
        with lab.workers(1):
            here = {"deployment_id": None, "collection_id": collection}
            kind = {"type": "populate_captures_collection", "pipeline_id": None}
            populated = lab.submit(name="Populate captures for collection 1", **here, **kind)
            lab.until(populated, Status.SUCCESS)
            failed = lab.submit(name="Last images", limit=100, **here)
            lab.until(failed, Status.FAILURE)
        yield Worked(lab, failed, open_server(lab)), {FAILED: failed, POPULATED: populated}


@pytest.fixture(scope="module")
def program(lab_of_the_pages: tuple[Worked, dict[str, int]]) -> Program:
    return lab_of_the_pages[0].program(Role.OPERATOR)


def read(contracts: Path, page: str) -> tuple[list[str], Any]:
    """The lines of status and headers on a page, where it has them, and the job below them."""
    text = (contracts.parent / "seeds" / f"{page}.txt").read_text()
    found = re.search(r'\{\s+"id"', text)
    assert found is not None
    job, _end = json.JSONDecoder().raw_decode(text[found.start() :])
    return re.findall(r"^(?:HTTP |Allow:|Content-Type:|Vary:).*$", text, re.MULTILINE), job


@pytest.mark.parametrize("page", [FAILED, POPULATED])
def test_the_request_of_a_page_gets_the_answer_of_the_page(
    lab_of_the_pages: tuple[Worked, dict[str, int]], program: Program, contracts: Path, page: str
) -> None:
    head, theirs = read(contracts, page)
    path = f"{JOBS}{lab_of_the_pages[1][page]}/?format=api"
    shown = program.get(path).text
    told, _, answer = html.unescape(re.sub(r"<[^>]+>", "", shown[shown.index("<pre>") :])).partition("\n\n")
    assert [line for line in head if line not in told.splitlines()] == []
    ours = json.loads(answer)
    assert differences(theirs, ours) == []
    assert [ours["status"], ours["job_type"]] == [theirs["status"], theirs["job_type"]]
    assert ours["details"].endswith(path)
    stages = [[[stage["key"], stage["name"]] for stage in job["progress"]["stages"]] for job in (theirs, ours)]
    assert stages[0] == stages[1]
    assert program.get(path, headers={"Accept": "application/json"}).json == ours


def test_a_job_that_failed_says_why_where_the_page_does(
    lab_of_the_pages: tuple[Worked, dict[str, int]], program: Program
) -> None:
    job_id = lab_of_the_pages[1][FAILED]
    job = program.get(f"{JOBS}{job_id}/").json
    (error,) = job["progress"]["errors"]
    assert error.startswith(f'Job #{job_id} "Last images" failed: ')
    assert error in job["logs"]["stderr"]
    assert f"] ERROR {error}" in " ".join(job["logs"]["stdout"])


def test_a_job_that_populated_says_how_many_captures_it_added(
    lab_of_the_pages: tuple[Worked, dict[str, int]], program: Program
) -> None:
    (stage,) = program.get(f"{JOBS}{lab_of_the_pages[1][POPULATED]}/").json["progress"]["stages"]
    added = {"name": "Captures added", "key": "captures_added", "category": "default", "value": 2}
    assert (stage["status"], stage["progress"], stage["params"]) == ("SUCCESS", 1.0, [added])
