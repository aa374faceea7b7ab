"""The job that an address or a parameter names, for every dialect alike."""

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.control import NotFound
from models.queries import jobs
from models.queries.jobs import JobRow


def find_job(session: Session, actor: Actor, key: str) -> JobRow:
    """The job of this number or uuid. Raises NotFound, also for one of a project that the actor may not see."""
    job_id = jobs.id_of(session, key, actor.project_id)
    rows = [] if job_id is None else jobs.by_ids(session, [job_id])
    if not rows:
        raise NotFound(f"There is no job {key[:80]}.")
    return rows[0]
