"""A reading of one moment sees nothing of what is written meanwhile, on both databases."""

from models.jobs import Job
from tests.lab import Lab


def test_what_is_written_during_a_reading_of_one_moment_is_not_seen(lab: Lab) -> None:
    job_id = lab.submit(name="As it was", pipeline_id=None, delay=1, start_now=False)
    with lab.board.store.read(of_one_moment=True) as reading:
        assert reading.get_one(Job, job_id).name == "As it was"
        with lab.board.store.write() as session:
            session.get_one(Job, job_id).name = "As it is"
        reading.expire_all()
        assert reading.get_one(Job, job_id).name == "As it was"
    with lab.board.store.read() as reading:
        assert reading.get_one(Job, job_id).name == "As it is"


def test_the_next_reading_of_the_same_connection_sees_what_is_newest(lab: Lab) -> None:
    job_id = lab.submit(name="As it was", pipeline_id=None, delay=1, start_now=False)
    with lab.board.store.read(of_one_moment=True) as reading:
        reading.get_one(Job, job_id)
    with lab.board.store.write() as session:
        session.get_one(Job, job_id).name = "As it is"
    with lab.board.store.read() as reading:
        assert reading.get_one(Job, job_id).name == "As it is"
