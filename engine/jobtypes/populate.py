"""Fill a collection: sample its captures by its method, with its seed, and keep the exact list.

The list stands in the collection, and with the method, arguments and seed that made it in the cursor of the job's item,
so that it can be read there after the collection was filled anew.
"""

from collections.abc import Iterator

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.captures.grouping import zone_of
from engine.captures.sampling import BadSampling, Frame, sample
from engine.captures.sampling import check as check_sampling
from engine.jobtypes.base import Complaints, JobType, StageFailed, StagePlan, Step, Task
from models.captures import Capture, Collection, CollectionCapture, Deployment
from models.jobs import Job

KEY = "populate_captures_collection"
STAGE = StagePlan(KEY, "Populate captures collection", (("captures_added", "Captures added"),))


def check(session: Session, job: Job) -> Complaints:
    """The job needs a collection whose method and arguments can be followed."""
    collection = session.get(Collection, job.collection_id) if job.collection_id is not None else None
    if collection is None:
        return {"collection_id": ["A populate job needs the collection that it fills."]}
    try:
        check_sampling(collection.method, collection.arguments)
    except BadSampling as error:
        return {"collection_id": [str(error)]}
    return {}


def populate(task: Task) -> Iterator[Step]:
    """Sample, and put the new list in the place of the old one in one transaction; the job keeps it too."""
    with task.store.read() as session:
        collection = session.get_one(Collection, task.job.collection_id)
        name, method, seed = collection.name, collection.method, collection.seed
        zones = {id_: zone_of(session, id_) for id_ in _stations(session, collection)}
        frames = _frames(session, collection)
        try:
            chosen = sample(method, collection.arguments, frames, seed, zones.__getitem__)
        except BadSampling as error:
            raise StageFailed(str(error)) from None
        kept = {"method": method, "arguments": collection.arguments, "seed": seed, "captures": chosen}
    yield Step(
        1.0,
        cursor=kept,
        params={"captures_added": len(chosen)},
        log=(
            f"Sampling using method {method!r} with params {collection.arguments} and seed {seed}",
            f"Added {len(chosen)} captures to collection #{collection.id} {name}",
        ),
        last=True,
        write=lambda session, job: _replace(session, job, chosen),
    )


def _stations(session: Session, collection: Collection) -> list[int]:
    return list(session.scalars(select(Deployment.id).where(Deployment.project_id == collection.project_id)))


def _frames(session: Session, collection: Collection) -> Iterator[Frame]:
    columns = (
        Capture.id,
        Capture.event_id,
        Capture.taken_at,
        Capture.size_bytes,
        Capture.detections_count,
        Capture.deployment_id,
    )
    rows = session.execute(
        select(*columns).join(Deployment).where(Deployment.project_id == collection.project_id),
        execution_options={"yield_per": 5000},
    )
    return (Frame(*row) for row in rows)


def _replace(session: Session, job: Job, chosen: list[int]) -> None:
    session.execute(delete(CollectionCapture).where(CollectionCapture.collection_id == job.collection_id))
    rows = [
        {"collection_id": job.collection_id, "capture_id": capture, "position": position}
        for position, capture in enumerate(chosen)
    ]
    if rows:
        session.execute(insert(CollectionCapture), rows)
    session.get_one(Collection, job.collection_id).captures_count = len(chosen)


JOB_TYPE = JobType(KEY, "Populate captures collection", plan=lambda _job: [STAGE], work={KEY: populate}, check=check)
