"""Exports through the native API: the files of one that is whole, and a download that goes on where it broke off."""

import csv
import io

import pytest

from models.people import Role
from models.states import Status
from tests.api.conftest import JOBS, Program, Worked

CSV = "detections.csv"


@pytest.fixture(scope="module")
def export_id(worked: Worked) -> int:
    """A finished export of the night, asked for by a program."""
    asked = worked.request(job_type_key="data_export", arguments={"format": "csv"}, pipeline_id=None)
    answer = worked.program(Role.OPERATOR).post(f"{JOBS}?start_now", json=asked)
    assert answer.status_code == 201, answer.json
    job_id = int(answer.json["id"])
    with worked.lab.workers(1):
        worked.lab.until(job_id, Status.SUCCESS)
    return job_id


def test_a_download_resumes_where_it_broke_off(viewer: Program, export_id: int) -> None:
    listed = {each["name"]: each for each in viewer.get(f"{JOBS}{export_id}/exports/").json}
    assert set(listed) == {CSV, "about.json"}
    whole = viewer.get(listed[CSV]["url"])
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert len(whole.data) == listed[CSV]["size"]
    assert len(list(csv.reader(io.StringIO(whole.text)))) > 6
    rest = viewer.get(listed[CSV]["url"], headers={"Range": "bytes=100-", "If-Range": whole.headers["ETag"]})
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole.data) - 1}/{len(whole.data)}"
    assert whole.data[:100] + rest.data == whole.data


@pytest.mark.parametrize("name", ["admin.token", "..%2Fadmin.token", "%2e%2e/%2e%2e/admin.token", ".lock", "%00"])
def test_nothing_but_the_files_of_the_export_is_handed_out(viewer: Program, export_id: int, name: str) -> None:
    assert viewer.get(f"{JOBS}{export_id}/exports/{name}").status_code == 404


def test_an_export_is_its_project_s_alone(worked: Worked, viewer: Program, export_id: int) -> None:
    assert viewer.get(f"{JOBS}{worked.job_id}/exports/").status_code == 404
    assert worked.server.test_client().get(f"{JOBS}{export_id}/exports/{CSV}").status_code == 401


def test_an_export_that_cannot_be_is_refused_at_its_field(worked: Worked, operator: Program) -> None:
    asked = worked.request(job_type_key="data_export", arguments={"format": "xlsx"}, pipeline_id=None)
    answer = operator.post(JOBS, json=asked)
    assert answer.status_code == 400
    assert answer.json == {"arguments": ["The format of an export is one of csv, parquet, coco, camtrap-dp."]}
