"""What may be asked of a schedule, checked field by field, and written down within the caller's transaction."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access import Actor
from engine.captures.stations import sources_of, zone_named
from engine.refusals import Illegal, Invalid, NotFound
from engine.requests import Key, Name
from engine.schedules.times import BadCron, Place, Rule, check_cron, next_after
from models.captures import Deployment, Project
from models.pipelines import Pipeline
from models.revisions import bury, touch
from models.schedules import Schedule, ScheduleRun, Step

MOST_MINUTES = 720


class ScheduleRequest(BaseModel):
    """A schedule as it should be.

    Without `deployment_id` it is for every station of the project, and without `cron` by the sun.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    project_id: Key
    deployment_id: Key | None = None
    cron: str | None = None
    minutes_after_sunrise: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = 60
    steps: list[Step] = [Step.ML, Step.TRACKS]
    pipeline_id: Key | None = None


def create(session: Session, actor: Actor, asked: ScheduleRequest, at: datetime) -> Schedule:
    """Write a new schedule down, due for the first time after now. Raises Invalid."""
    _check(session, actor, asked)
    schedule = Schedule(**_columns(asked), since=at, user_id=actor.user_id, created_at=at)
    session.add(schedule)
    session.flush()
    set_next(session, schedule, at)
    touch(session, Schedule, schedule.id)
    return schedule


def change(session: Session, actor: Actor, schedule_id: int, asked: ScheduleRequest, at: datetime) -> Schedule:
    """Put a schedule as it should be; what would have been due before now is not made up for.

    Raises Invalid and NotFound.
    """
    schedule = mine(session, actor, schedule_id)
    _check(session, actor, asked)
    for name, value in _columns(asked).items():
        setattr(schedule, name, value)
    schedule.since = at
    set_next(session, schedule, at)
    touch(session, Schedule, schedule.id)
    return schedule


def hold(session: Session, actor: Actor, schedule_id: int, at: datetime, *, paused: bool) -> Schedule:
    """Pause a schedule, or let it go on; what was due during the pause is not made up for."""
    schedule = mine(session, actor, schedule_id)
    schedule.paused_at = (schedule.paused_at or at) if paused else None
    if not paused:
        schedule.since = at
        set_next(session, schedule, at)
    touch(session, Schedule, schedule.id)
    return schedule


def remove(session: Session, actor: Actor, schedule_id: int) -> Schedule:
    """Delete a schedule with its runs; the jobs that it made stay."""
    schedule = mine(session, actor, schedule_id)
    session.delete(schedule)
    bury(session, Schedule, schedule_id)
    return schedule


def make_up(session: Session, actor: Actor, run_id: int) -> Schedule:
    """Have a run take up the nights that it left out, each by jobs of its own; the schedule.

    Raises NotFound, and Illegal when none is left out, or the schedule does no more than sync now.
    """
    run = session.get(ScheduleRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound(f"There is no run {run_id} of a schedule; it may have been deleted with its schedule.")
    schedule = mine(session, actor, run.schedule_id)
    if run.left_out_from is None:
        raise Illegal("These nights are in work already; look at the jobs of the run.")
    if not of_nights(schedule):
        raise Illegal(f"{schedule.name} does no more than take captures in now; select the nights on the page Nights.")
    run.first_night, run.left_out_from = run.left_out_from, None
    if run.finished_at is not None or run.step is not Step.SYNC:
        run.step = of_nights(schedule)[0]
    run.finished_at = run.outcome = None
    touch(session, Schedule, schedule.id)
    return schedule


def of_nights(schedule: Schedule) -> list[Step]:
    """The steps of a schedule that are about single nights."""
    return [Step(step) for step in schedule.steps if step != Step.SYNC]


def mine(session: Session, actor: Actor, schedule_id: int) -> Schedule:
    """The schedule, locked. Raises NotFound when there is none that this actor may see."""
    schedule = session.get(Schedule, schedule_id, with_for_update=True)
    if schedule is None or actor.project_id not in (None, schedule.project_id):
        raise NotFound(f"There is no schedule {schedule_id}.")
    return schedule


def rule_of(schedule: Schedule) -> Rule:
    return Rule(schedule.cron, schedule.minutes_after_sunrise)


def stations_of(session: Session, schedule: Schedule) -> dict[int, Place]:
    """The stations that a schedule is for, with what decides when each is due."""
    query = select(Deployment).where(Deployment.project_id == schedule.project_id).order_by(Deployment.id)
    if schedule.deployment_id is not None:
        query = query.where(Deployment.id == schedule.deployment_id)
    return {station.id: _place(station) for station in session.scalars(query)}


def set_next(session: Session, schedule: Schedule, at: datetime) -> None:
    """Note when the first of the schedule's stations is due after this time."""
    rule = rule_of(schedule)
    schedule.next_at = min(
        (next_after(rule, place, at) for place in stations_of(session, schedule).values()), default=None
    )


def _place(station: Deployment) -> Place:
    return Place(zone_named(station.timezone), station.latitude, station.longitude)


def _columns(asked: ScheduleRequest) -> dict[str, Any]:
    steps = [step.value for step in Step if step in asked.steps]
    return asked.model_dump() | {"steps": steps}


def _check(session: Session, actor: Actor, asked: ScheduleRequest) -> None:
    wrong: dict[str, list[str]] = {}
    if session.get(Project, asked.project_id) is None or actor.project_id not in (None, asked.project_id):
        wrong["project_id"] = [f"There is no project {asked.project_id}."]
    station = session.get(Deployment, asked.deployment_id) if asked.deployment_id is not None else None
    if asked.deployment_id is not None and (station is None or station.project_id != asked.project_id):
        wrong["deployment_id"] = [f"There is no station {asked.deployment_id} in this project."]
    if asked.cron is not None:
        try:
            check_cron(asked.cron)
        except BadCron as error:
            wrong["cron"] = [str(error)]
    if not asked.steps:
        wrong["steps"] = ["Choose at least one of sync, ml and tracks."]
    elif asked.steps != [Step.SYNC]:
        pipeline = session.get(Pipeline, asked.pipeline_id) if asked.pipeline_id is not None else None
        if pipeline is None or not pipeline.enabled:
            wrong["pipeline_id"] = ["Choose the pipeline that the night's captures go through."]
    if station is not None and Step.SYNC in asked.steps and not sources_of(session, station.id):
        wrong["steps"] = ["This station has no folder or other source to sync yet; add one, or leave the sync out."]
    if wrong:
        raise Invalid(wrong)
