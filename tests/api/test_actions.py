"""What is done to collections and stations by a job of their own, and the counts of all there is."""

import pytest

from models.jobs import Job
from tests.api.conftest import Program, Worked


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("captures/collections/{collection}/populate/", "populate_captures_collection"),
        ("deployments/{station}/sync/", "data_storage_sync"),
        ("deployments/{station}/regroup/", "regroup_events"),
    ],
)
def test_an_action_starts_a_job(worked: Worked, operator: Program, collection: int, path: str, kind: str) -> None:
    address = "/api/v2/" + path.format(collection=collection, station=worked.lab.station_id)
    answer = operator.post(address)
    assert answer.status_code == 200
    job = worked.lab.job(answer.json["job_id"])
    assert (job.type, job.status, job.project_id) == (kind, "PENDING", answer.json["project_id"])
    operator.post(f"/api/v2/jobs/{job.id}/cancel/")


@pytest.mark.parametrize("path", ["captures/collections/999999/populate/", "deployments/999999/sync/"])
def test_an_action_on_nothing_is_a_404(operator: Program, path: str) -> None:
    assert operator.post(f"/api/v2/{path}").status_code == 404


def test_a_viewer_starts_nothing(worked: Worked, viewer: Program, collection: int) -> None:
    with worked.lab.board.store.read() as session:
        before = session.query(Job).count()
    assert viewer.post(f"/api/v2/captures/collections/{collection}/populate/").status_code == 403
    with worked.lab.board.store.read() as session:
        assert session.query(Job).count() == before


def test_the_summary_counts_what_there_is(worked: Worked, operator: Program) -> None:
    told = operator.get(f"/api/v2/status/summary/?project_id={worked.lab.project_id}").json
    assert (told["projects_count"], told["captures_count"], told["events_count"]) == (1, 6, 1)
    assert told["num_sessions"] == told["events_count"]
