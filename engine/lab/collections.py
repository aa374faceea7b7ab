"""Collections: a sample of a project's captures, described by its method, its arguments and its seed.

A description chooses nothing yet: a job of the type `populate` fills the collection by it, and again after a change.
"""

import random
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access import Actor
from engine.board import Board
from engine.captures.sampling import METHODS, BadSampling, check
from engine.inputs import INPUTS
from engine.jobtypes.populate import KEY as POPULATE
from engine.lab.asked import asked
from engine.refusals import Illegal, Invalid, NotFound
from engine.requests import JobRequest, Key, Name
from models.captures import Collection, Deployment, Project
from models.jobs import Job
from models.people import Role

Description = Annotated[str, Field(max_length=10_000)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class CollectionRequest(BaseModel):
    """A new collection. `kwargs` are what its `method` takes; without a `seed` one is drawn and kept."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    project_id: Key = Field(description="may be called project, too")
    method: str = Field(default="full", description=f"one of {', '.join(METHODS)}")
    kwargs: dict[str, Any] = {}
    seed: Seed | None = None
    description: Description = ""


class CollectionChanges(BaseModel):
    """Changes to a collection; a field that is not set stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    method: str | None = Field(default=None, description=f"one of {', '.join(METHODS)}")
    kwargs: dict[str, Any] | None = None
    seed: Seed | None = None
    description: Description | None = None


def add_collection(board: Board, actor: Actor, request: CollectionRequest) -> int:
    """A new collection, still empty; its id. Raises Forbidden and Invalid."""
    seed = random.randrange(2**31) if request.seed is None else request.seed
    details = request.model_dump(exclude={"description"}) | {"seed": seed}
    with (
        asked(board, actor, "add a collection", Role.OPERATOR, of_a_project=True, **details),
        board.store.write() as session,
    ):
        if session.get(Project, request.project_id) is None or actor.project_id not in (None, request.project_id):
            raise Invalid({"project_id": [f"There is no project {request.project_id}."]})
        collection = Collection(
            project_id=request.project_id,
            name=request.name,
            description=request.description,
            method=request.method,
            arguments=_arguments(session, request.project_id, request.method, request.kwargs),
            seed=seed,
        )
        session.add(collection)
        session.flush()
        return collection.id


def change_collection(board: Board, actor: Actor, collection_id: int, changes: CollectionChanges) -> None:
    """Change how a collection is described; the captures that it has stay until it is populated anew.

    Raises Forbidden, NotFound, Illegal and Invalid.
    """
    wanted = changes.model_dump(exclude_unset=True, exclude_none=True)
    details = {"collection": collection_id, "changes": wanted}
    with (
        asked(board, actor, "change a collection", Role.OPERATOR, of_a_project=True, **details),
        board.store.write() as session,
    ):
        collection = _mine(session, actor, collection_id, lock=True)
        if wanted.keys() & {"method", "kwargs", "seed", "description"}:
            _refuse_inputs(session, collection)
        if wanted.keys() & {"method", "kwargs"}:
            method, kwargs = wanted.get("method", collection.method), wanted.pop("kwargs", collection.arguments)
            wanted["arguments"] = _arguments(session, collection.project_id, method, kwargs)
        for name, value in wanted.items():
            setattr(collection, name, value)


def delete_collection(board: Board, actor: Actor, collection_id: int) -> None:
    """Forget a collection; its captures stay. Raises Forbidden, NotFound, and Illegal while jobs are over it."""
    with (
        asked(board, actor, "delete a collection", Role.OPERATOR, of_a_project=True, collection=collection_id),
        board.store.write() as session,
    ):
        collection = _mine(session, actor, collection_id, lock=True)
        if jobs := session.scalars(select(Job.id).where(Job.collection_id == collection_id).limit(4)).all():
            some = ", ".join(map(str, jobs[:3])) + (" and others" if len(jobs) > 3 else "")
            raise Illegal(
                f"Collection {collection_id} stays: {'jobs' if jobs[1:] else 'job'} {some} used it; delete them first."
            )
        session.delete(collection)


def populating(session: Session, actor: Actor, collection_id: int) -> JobRequest:
    """The job that fills a collection anew. Raises NotFound."""
    collection = _mine(session, actor, collection_id)
    name = f"Populate captures for collection {collection_id}"
    return JobRequest(name=name, project_id=collection.project_id, type=POPULATE, collection_id=collection_id)


def _mine(session: Session, actor: Actor, collection_id: int, *, lock: bool = False) -> Collection:
    """The collection; with a `lock` no job begins to use it meanwhile. Raises NotFound, also for another project's."""
    collection = session.get(Collection, collection_id, with_for_update=lock or None)
    if collection is None or actor.project_id not in (None, collection.project_id):
        raise NotFound(f"There is no collection {collection_id}.")
    return collection


def _refuse_inputs(session: Session, collection: Collection) -> None:
    """What a program brought along with a job is the first job's own."""
    of_jobs = select(Job).where(Job.collection_id == collection.id).order_by(Job.id).limit(1)
    first = session.scalars(of_jobs).first()
    if first is not None and INPUTS in first.arguments:
        raise Illegal(f"Collection {collection.id} holds the inputs of job {first.id}; only its name can change.")


def _arguments(session: Session, project_id: int, method: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a method as they are kept: those that were given. Raises Invalid."""
    try:
        valid = check(method, dict(kwargs))
    except BadSampling as error:
        raise Invalid({"kwargs" if method in METHODS else "method": [str(error)]}) from None
    of_project = set(session.scalars(select(Deployment.id).where(Deployment.project_id == project_id)))
    if absent := sorted(set(valid.deployment_ids or ()) - of_project):
        some = ", ".join(map(str, absent[:10])) + (" and others" if len(absent) > 10 else "")
        raise Invalid({"kwargs": [f"deployment_ids names stations that are not in project {project_id}: {some}."]})
    return valid.model_dump(mode="json", exclude_unset=True, exclude_none=True)
