"""Collections: list, create, read, change and delete; `actions` fills them, and `captures/?collection=` lists one's."""

from sqlalchemy.orm import Session

from api.antenna import bodies, shapes
from api.antenna.catalogue import endpoints_of, jobs_over
from api.antenna.endpoint import Call, Reply
from api.antenna.fields import of_a_collection
from api.antenna.references import Shape
from engine.audit import refuse_unless
from engine.lab import collections
from engine.refusals import NotFound
from models.jobs import Job
from models.people import Role
from models.queries.listing import Where
from models.queries.lookups import COLLECTIONS, CollectionRow


def create_collection(call: Call) -> Reply:
    """A new collection, still empty."""
    refuse_unless(call.board, call.actor, Role.OPERATOR, "add a collection")
    made = collections.add_collection(call.board, call.actor, bodies.new_collection())
    return Reply(_one(call, made), 201, {"Location": call.links.to("captures", "collections", made)})


def update_collection(call: Call, row_id: int) -> Reply:
    """PATCH: what the body has and the collection has not."""
    return _change(call, row_id, whole=False)


def replace_collection(call: Call, row_id: int) -> Reply:
    """PUT: the same, but the fields that a collection needs must be there."""
    return _change(call, row_id, whole=True)


def delete_collection(call: Call, row_id: int) -> Reply:
    collections.delete_collection(call.board, call.actor, row_id)
    return Reply(None, 204)


def show_collections(call: Call, session: Session, rows: list[CollectionRow]) -> list[Shape]:
    jobs = jobs_over(call, session, Job.collection_id, [row.id for row in rows])
    return [shapes.collection(call, row, jobs[row.id]) for row in rows]


def _change(call: Call, row_id: int, *, whole: bool) -> Reply:
    refuse_unless(call.board, call.actor, Role.OPERATOR, "change a collection")
    with call.board.store.read() as session:
        row = _found(call, session, row_id)
    collections.change_collection(call.board, call.actor, row_id, bodies.collection_changes(row, whole=whole))
    return Reply(_one(call, row_id))


def _one(call: Call, row_id: int) -> Shape:
    with call.board.store.read() as session:
        return show_collections(call, session, [_found(call, session, row_id)])[0]


def _found(call: Call, session: Session, row_id: int) -> CollectionRow:
    """Raises NotFound, also for another project's."""
    row = COLLECTIONS.one(session, row_id, Where(project_id=call.actor.project_id))
    if row is None:
        raise NotFound(f"There is no collection {row_id}.")
    return row


ENDPOINTS = endpoints_of(
    "captures/collections",
    "Source Image Collection",
    "collection",
    COLLECTIONS,
    show_collections,
    of_all={"POST": create_collection},
    of_one={"PUT": replace_collection, "PATCH": update_collection, "DELETE": delete_collection},
    fields=of_a_collection,
)
