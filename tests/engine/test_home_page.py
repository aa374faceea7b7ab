"""What the page of nights tells of the jobs that are at work."""

import re
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import update

from dashboard.pages import nights
from engine.demo import under_way
from models.jobs import Item, Job
from models.queries import jobs
from models.states import ItemState, Status
from tests.lab import Lab, wait_for


def test_a_page_without_captures_says_that_the_demonstration_is_on_its_way(lab: Lab) -> None:
    home = lab.board.settings.home
    assert "No captures yet" in str(nights.content(lab.board, None, None))
    with suppress(ZeroDivisionError), under_way.noted(home):
        assert "The demonstration is being drawn" in str(nights.content(lab.board, None, None))
        raise ZeroDivisionError
    assert "No captures yet" in str(nights.content(lab.board, None, None))


def test_a_demonstration_that_was_killed_is_not_on_its_way(lab: Lab) -> None:
    home = lab.board.settings.home
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    under_way.note(home, process.pid)
    assert under_way.is_under_way(home)
    process.kill()
    wait_for(lambda: not under_way.is_under_way(home), "it is dead")  # nobody has asked yet what it died of
    process.communicate()
    assert not under_way.is_under_way(home)


def test_what_runs_stands_first_and_the_rest_is_counted(night: Lab) -> None:
    running = night.submit(limit=1)
    with night.board.store.write() as session:
        session.execute(update(Job).where(Job.id == running).values(status=Status.STARTED))
    for _ in range(5):
        night.submit(limit=1)
    told = str(nights.content(night.board, None, None))
    assert "and 2 more" in told
    assert f"/jobs/{running}'" in told
    mine = str(nights.content(night.board, None, night.project_id))
    assert "and 2 more" in mine


def test_a_running_job_says_when_it_will_be_done_and_the_lab_with_it(night: Lab) -> None:
    job_id = night.submit(reprocess=True)
    with night.workers(1):
        night.until(job_id)
    with night.board.store.write() as session:
        at = night.board.store.clock(session)
        items = session.query(Item).where(Item.job_id == job_id, Item.capture_id.is_not(None)).order_by(Item.id).all()
        for number, item in enumerate(items[:12]):
            item.finished_at, item.state = at - timedelta(seconds=30 * (12 - number)), ItemState.DONE
        for item in items[12:]:
            item.finished_at, item.state = None, ItemState.WAITING
        values = {"status": Status.STARTED, "finished_at": None, "processed": 12, "failed": 0}
        session.execute(update(Job).where(Job.id == job_id).values(values))
    with night.board.store.read() as session:
        rows = jobs.by_ids(session, [job_id])
        known = jobs.etas(session, rows, at)
        assert known == {job_id: jobs.eta(session, job_id, at)}
        assert jobs.etas(session, [rows[0]._replace(status=Status.PAUSED)], at) == {}
    told = str(nights.content(night.board, None, None))
    assert "1 job running; done at about" in told
    assert re.search(r"Done at about [\d:]+ \([\d:]+ to [\d:]+ UTC\)", told)
