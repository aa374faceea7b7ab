"""What the page of a job shows, read in one session."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.components.times import zone_of
from engine.board import Board
from models.queries import answers, job_results, jobs
from models.queries.answers import AnswerRow
from models.queries.job_results import ErrorGroup
from models.queries.jobs import Eta, JobDetail


@dataclass(frozen=True)
class View:
    """One job at one moment (`now`, UTC); times are shown in `zone`, its station's."""

    detail: JobDetail
    points: list[tuple[datetime, int, int]]
    eta: Eta | None
    errors: list[ErrorGroup]
    asked: list[AnswerRow]
    zone: ZoneInfo
    now: datetime


def read(board: Board, job_id: int, now: datetime) -> View | None:
    """The job as it stands; None when there is none."""
    with board.store.read() as session:
        detail = jobs.detail(session, job_id, now=now)
        if detail is None:
            return None
        return View(
            detail=detail,
            points=jobs.progress_over_time(session, job_id),
            eta=jobs.eta(session, job_id, now),
            errors=job_results.error_groups(session, job_id) if detail.job.failed else [],
            asked=answers.of_job(session, job_id),
            zone=zone_of(job_results.timezone_of(session, detail.job.deployment_id)),
            now=now,
        )
