"""What the page of a job shows, read in one session."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.components.times import zone_of
from engine.access import Actor
from engine.board import Board
from models.people import Role
from models.queries import answers, job_life, job_results, job_shots, jobs, queues
from models.queries.answers import AnswerRow
from models.queries.job_life import Stay
from models.queries.job_results import ErrorGroup
from models.queries.jobs import Eta, JobDetail, JobRow
from models.queries.queues import Pause
from models.states import Status


@dataclass(frozen=True)
class View:
    """One job at one moment (`now`, UTC) as `actor` sees it; times are shown in `zone`, its station's."""

    detail: JobDetail
    marks: str  # the states of its captures, each a letter of job_shots.LETTERS
    stays: list[Stay]
    deaths: dict[int, int]  # of workers, by attempt
    points: list[tuple[datetime, int, int]]
    eta: Eta | None
    errors: list[ErrorGroup]
    is_any_readable: bool  # of the captures that wait for a verdict
    asked: list[AnswerRow]
    people: list[str]
    zone: ZoneInfo
    now: datetime
    actor: Actor
    pause: Pause | None = None  # of a queue for which the job waits

    @property
    def may(self) -> bool:
        """Whether the one who looks may steer jobs at all."""
        return self.actor.may(Role.OPERATOR)

    @property
    def forbidden(self) -> str | None:
        """Why not, in a sentence."""
        return None if self.may else f"You are a {self.actor.role}; to change a job takes an operator."


def read(board: Board, job_id: int, now: datetime, actor: Actor) -> View | None:
    """The job as it stands; None when there is none that this actor may see."""
    with board.store.read(of_one_moment=True) as session:
        detail = jobs.detail(session, job_id, now=now)
        if detail is None or actor.project_id not in (None, detail.job.project_id):
            return None
        pause = _pause(session, detail.job)
        return View(
            detail=detail,
            marks=job_shots.strip(session, job_id, detail.job.total) if detail.job.total else "",
            stays=job_life.stays(session, job_id),
            deaths=job_life.deaths(session, job_id),
            points=jobs.progress_over_time(session, job_id),
            eta=None if pause else jobs.eta(session, job_id, now),
            errors=job_results.error_groups(session, job_id) if detail.job.failed else [],
            is_any_readable=bool(detail.job.stopped) and job_shots.is_any_acceptable(session, job_id),
            asked=answers.of_job(session, job_id),
            people=job_results.reviewers(session),
            zone=zone_of(job_results.timezone_of(session, detail.job.deployment_id)),
            now=now,
            actor=actor,
            pause=pause,
        )


def _pause(session: Session, job: JobRow) -> Pause | None:
    """The pause that keeps workers from taking anything of an open job."""
    if job.status not in (Status.PENDING, Status.STARTED):
        return None
    return next((each for each in queues.pauses(session) if each.holds(job.deployment_id, job.pipeline_id)), None)
