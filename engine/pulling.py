"""Pull workers: programs on other machines that ask for captures, look at them, and send what they found.

Each task is a claim of its own, under its own token and a lease that is long enough to fetch and look at a picture.
It shares a job with the workers here: both take from the same waiting items, and both land by the same rules. A pull
worker that dies loses nothing, since its leases end and the captures go back to the queue.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine import life, signing
from engine.access import Actor
from engine.audit import refuse_unless
from engine.board import Board
from engine.claims import PULL_LEASE_S, PULLED, Claim, most_urgent
from engine.landing import ClaimLost, land_outcomes
from engine.pipelines import remote
from engine.pipelines.base import Failed, Outcome, Picture, outside
from engine.pipelines.protocol import Answer, ServiceFault, first_complaint
from engine.refusals import NotFound
from engine.shift import pictures_of
from models.jobs import Item, Job, Stage
from models.people import Role
from models.pipelines import Pipeline
from models.states import ItemState, Move, Status

MOST = 1000  # tasks or results of one request
ASYNC = "async_api"  # Job.dispatch_mode of a job that a pull worker has part in


@dataclass(frozen=True)
class PullTask:
    """A capture to look at. Its picture is at `address` for an hour; results name the `reply`."""

    id: int
    capture_id: int
    address: str
    reply: str


class Result(BaseModel):
    """What a pull worker sends for one task: an answer of the processing protocol, or {"error": …}."""

    reply_subject: str = Field(min_length=1, max_length=200)
    result: dict[str, Any]


@dataclass(frozen=True)
class Landing:
    """What became of one result: dropped is one whose task was given to somebody else, or was answered before."""

    reply: str
    status: Literal["landed", "failed", "dropped"]


def take(board: Board, actor: Actor, job_id: int, most: int) -> list[PullTask]:
    """Claim up to `most` captures of a job. None while there is nothing to do. Raises Forbidden and NotFound."""
    refuse_unless(board, actor, Role.OPERATOR, "take tasks of a job", job_id)
    with board.store.read() as session:
        _seen(session, actor, job_id)
    with board.store.write() as session:
        at = board.store.clock(session)
        job = most_urgent(session, at, only=job_id, lock=True, pulls=True)
        stage = session.get(Stage, job.stage_id) if job is not None else None
        if job is None or stage is None or not stage.over_captures:
            return []
        waiting = session.execute(
            select(Item.id, Item.capture_id)
            .where(Item.stage_id == stage.id, Item.state == ItemState.WAITING)
            .order_by(Item.position)
            .limit(min(most, MOST))
            .with_for_update(skip_locked=True)
        ).all()
        if not waiting:
            return []
        worker = f"{PULLED}{actor.token_prefix or actor.name}"
        if job.status == Status.PENDING:
            life.move(session, job, Move.CLAIM, at, worker=worker)
            life.answer(session, job, at)
        job.served_at, job.dispatch_mode = at, ASYNC
        tokens = {row.id: uuid.uuid4().hex for row in waiting}
        _hold(session, tokens, worker, at + timedelta(seconds=PULL_LEASE_S))
        signer = signing.own_signer(board.settings)
        pictures = {each.capture_id: each for each in pictures_of(session, [row.capture_id for row in waiting])}
        return [
            PullTask(
                row.id,
                row.capture_id,
                signer.address(row.capture_id, pictures[row.capture_id].name),
                tokens[row.id],
            )
            for row in waiting
        ]


def _hold(session: Session, tokens: dict[int, str], worker: str, until: Any) -> None:
    table = Item.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("item"), table.c.state == ItemState.WAITING)
        .values(state=ItemState.CLAIMED, claim=bindparam("token"), worker=worker, lease_until=until)
    )
    session.connection().execute(statement, [{"item": item, "token": token} for item, token in tokens.items()])


def land(board: Board, actor: Actor, job_id: int, results: Sequence[Result]) -> list[Landing]:
    """Write what a pull worker found, each result by itself. Raises Forbidden and NotFound."""
    refuse_unless(board, actor, Role.OPERATOR, "send results of a job", job_id)
    with board.store.read() as session:
        _seen(session, actor, job_id)
    return [_land(board, job_id, each) for each in results]


def _land(board: Board, job_id: int, given: Result) -> Landing:
    with board.store.read() as session:
        claim = _claim(session, job_id, given.reply_subject)
        if claim is None:
            return Landing(given.reply_subject, "dropped")
        job = session.get_one(Job, job_id)
        (picture,) = pictures_of(session, claim.capture_ids)
        slugs = _slugs(job.pipeline)
    masks = {picture.capture_id: picture.mask_zones}
    outcome = outside(_outcome(given.result, picture, slugs), picture.mask_zones)
    try:
        landed = land_outcomes(board.store, claim, [outcome], batch_ms=outcome.duration_ms, masks=masks)
    except ClaimLost:
        return Landing(given.reply_subject, "dropped")
    if landed.goes_on and landed.stage_id != claim.stage_id:
        board.bell.ring(job_id, claim.attempt)
    return Landing(given.reply_subject, "failed" if isinstance(outcome, Failed) else "landed")


def _claim(session: Session, job_id: int, token: str) -> Claim | None:
    """The claim that a reply names, while it holds."""
    query = select(Item).where(Item.job_id == job_id, Item.claim == token, Item.state == ItemState.CLAIMED)
    item = session.scalars(query).one_or_none()
    if item is None or item.capture_id is None:
        return None
    attempt = session.get_one(Job, job_id).attempt
    return Claim(token, item.worker or "", job_id, attempt, item.stage_id, (item.id,), (item.capture_id,), True)


def _slugs(pipeline: Pipeline | None) -> list[str]:
    """What the pipeline of a job is called: here, and by the service that offers it."""
    return [] if pipeline is None else [name for name in (pipeline.slug, pipeline.config.get("pipeline")) if name]


def _outcome(said: dict[str, Any], picture: Picture, slugs: list[str]) -> Outcome:
    """What a result says of its picture; whatever is no valid success is a failure."""
    capture_id = picture.capture_id
    if said.get("error"):
        return Failed(capture_id, 0.0, remote.FAULT, f"{picture.name}: {str(said['error'])[:1000]}")
    try:
        answer = Answer.model_validate(said)
        remote.check(answer, answer.pipeline if answer.pipeline in slugs else next(iter(slugs), ""))
    except ValidationError as error:
        sentence = f"the result is not of the protocol ({first_complaint(error)})."
        return Failed(capture_id, 0.0, remote.FAULT, f"{picture.name}: {sentence}")
    except ServiceFault as fault:
        return Failed(capture_id, 0.0, remote.FAULT, f"{picture.name}: {fault}")
    seconds = said.get("total_time")
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 86_400
    return remote.outcome_of(answer, picture, float(seconds) * 1000 if is_number else 0.0)  # type: ignore[arg-type]


def _seen(session: Session, actor: Actor, job_id: int) -> Job:
    job = session.get(Job, job_id)
    if job is None or actor.project_id not in (None, job.project_id):
        raise NotFound(f"There is no job {job_id}.")
    return job
