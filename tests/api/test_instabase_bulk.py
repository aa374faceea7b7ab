"""The Instabase verbs over many jobs: which they touch, and which they leave alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.people import Audit, Role, User
from models.states import Status
from tests.api.conftest import JOBS, Program, Worked, open_server
from tests.api.test_instabase import API, Bearer, ok, problem
from tests.lab import Lab


@pytest.fixture
def quiet(night: Lab) -> Worked:
    """A lab without workers, so that a job stays where a verb puts it."""
    return Worked(night, 0, open_server(night))


def bearer(lab: Worked, role: Role) -> Bearer:
    program = lab.program(role)
    return Bearer(program.client, program.token)


def started(lab: Worked, role: Role, **fields: object) -> int:
    """A job that a person of this role submitted."""
    program: Program = lab.program(role)
    return int(program.post(f"{JOBS}?start_now", json=lab.request(**fields)).json["id"])


@pytest.fixture
def admin(quiet: Worked) -> Bearer:
    with quiet.lab.board.store.write() as session:
        session.add(User(name="admin", role=Role.ADMIN))
    return bearer(quiet, Role.ADMIN)


@pytest.fixture
def operator(quiet: Worked) -> Bearer:
    return bearer(quiet, Role.OPERATOR)


def states(lab: Worked, *jobs: int) -> list[Status]:
    return [lab.lab.job(job_id).status for job_id in jobs]


def test_all_are_paused_resumed_and_cancelled(quiet: Worked, admin: Bearer) -> None:
    jobs = [started(quiet, Role.ADMIN), started(quiet, Role.OPERATOR)]
    assert ok(admin.get(f"{API}pause_all")) == {"status": "OK"}
    assert states(quiet, *jobs) == [Status.PAUSED] * 2
    assert ok(admin.get(f"{API}resume_all")) == {"status": "OK"}
    assert states(quiet, *jobs) == [Status.PENDING] * 2
    assert ok(admin.get(f"{API}cancel_all")) == {"status": "OK"}
    assert states(quiet, *jobs) == [Status.REVOKED] * 2


def test_an_administrator_names_whose_jobs(quiet: Worked, admin: Bearer) -> None:
    own, other = started(quiet, Role.ADMIN), started(quiet, Role.OPERATOR)
    ok(admin.get(f"{API}pause_all?user=operator"))
    assert states(quiet, own, other) == [Status.PENDING, Status.PAUSED]


def test_who_is_no_administrator_cancels_only_own_jobs(quiet: Worked, admin: Bearer, operator: Bearer) -> None:
    theirs, own = started(quiet, Role.ADMIN), started(quiet, Role.OPERATOR)
    ok(operator.get(f"{API}cancel_all?user=admin"))
    assert states(quiet, theirs, own) == [Status.PENDING, Status.REVOKED]


@pytest.mark.parametrize("verb", ["pause_all", "resume_all"])
def test_who_is_no_administrator_names_nobody_else(quiet: Worked, admin: Bearer, operator: Bearer, verb: str) -> None:
    job = started(quiet, Role.ADMIN)
    assert "administrator" in problem(operator.get(f"{API}{verb}?user=admin"))
    assert states(quiet, job) == [Status.PENDING]
    with quiet.lab.board.store.read() as session:
        last = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
    assert (last.who, last.verb, last.outcome) == ("operator", f"{verb[:-4]} many jobs", "refused")


def test_tags_and_times_choose(quiet: Worked, admin: Bearer) -> None:
    tagged, plain = started(quiet, Role.ADMIN, tags=["foo"]), started(quiet, Role.ADMIN)
    long_ago = int((datetime.now(UTC) - timedelta(days=2)).timestamp())
    ok(admin.get(f"{API}pause_all?&to_timestamp={long_ago}&tags=foo,bar"))
    assert states(quiet, tagged, plain) == [Status.PENDING] * 2
    ok(admin.get(f"{API}pause_all?&from_timestamp={long_ago}&tags=foo,bar"))
    assert states(quiet, tagged, plain) == [Status.PAUSED, Status.PENDING]


def test_jobs_that_were_never_submitted_are_left_alone(quiet: Worked, admin: Bearer) -> None:
    created = quiet.lab.submit(start_now=False)
    for verb in ("pause_all", "resume_all", "cancel_all"):
        ok(admin.get(f"{API}{verb}"))
    assert states(quiet, created) == [Status.CREATED]
