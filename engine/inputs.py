"""What programs bring along with a job: pictures and names of captures become the captures of the job's own collection.

A job that is opened for inputs is CREATED over an empty collection. Inputs are added to it until it is closed, which
puts them into the collection and runs the job. `Job.arguments["inputs"]` keeps which capture each input became.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from filelock import FileLock
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine import control, uploads
from engine.access import Actor
from engine.audit import record_refusal, refuse_unless
from engine.board import Board
from engine.control import Answer, Illegal, Invalid, JobRequest, NotFound, Refusal
from engine.uploads import InputName, Upload
from models.captures import INPUTS_OF, Capture, Collection, CollectionCapture, Deployment, Project, Source
from models.jobs import Job
from models.people import Role
from models.revisions import touch
from models.states import Status

INPUTS = "inputs"  # the key in Job.arguments: {source: {name: capture id, None until the job is closed}}
STATION = "Uploads"
MOST_INPUTS = 1000
Named = dict[str, dict[str, int | None]]


@dataclass(frozen=True)
class Picture:
    """A picture that came with the request, or that was fetched for it; then `instead` is said when it is none."""

    content: bytes
    instead: str | None = None


@dataclass(frozen=True)
class Known:
    """A capture that is there already."""

    capture_id: int


@dataclass(frozen=True)
class Puzzle:
    """Something that cannot be understood; its item will fail with this sentence."""

    sentence: str


Given = Picture | Known | Puzzle


def submit(board: Board, actor: Actor, request: JobRequest, given: Mapping[InputName, Given]) -> Answer:
    """A job over these inputs, started at once. Raises Invalid, with nothing changed, when one is no picture."""
    refuse_unless(board, actor, Role.OPERATOR, "submit a job")
    _check_number(len(given))
    for name in given:
        uploads.check_name(name)
    staged = f"staged-{uuid.uuid4()}"
    home = board.settings.home
    try:
        pictures = {name: _stage(home, staged, name, each) for name, each in given.items() if isinstance(each, Picture)}
        answer = open_job(board, actor, request)
        job = _open_inputs(board, actor, answer.job_id)
        if (home / uploads.FOLDER / staged).exists():
            (home / uploads.FOLDER / staged).rename(home / uploads.FOLDER / job.uuid)
    except Refusal:
        uploads.forget(home, staged)
        raise
    whole = {name: _moved(pictures[name], job.uuid) if name in pictures else given[name] for name in given}
    _land(board, job, whole)
    return control.run(board, actor, job.id)


def open_job(board: Board, actor: Actor, request: JobRequest) -> Answer:
    """A job that waits for inputs, over a new and empty collection. Raises Forbidden or Invalid."""
    refuse_unless(board, actor, Role.OPERATOR, "submit a job")
    with board.store.write() as session:
        collection = Collection(project_id=request.project_id, name=f"Inputs of {request.name}"[:255], method="manual")
        collection.arguments = {"image_ids": []}
        session.add(collection)
        session.flush()
        collection_id = collection.id
    arguments = request.arguments | {INPUTS: {}}
    wanted = request.model_copy(update={"collection_id": collection_id, "arguments": arguments, "shuffle": False})
    try:
        answer = control.submit(board, actor, wanted, start_now=False)
    except Refusal:
        with board.store.write() as session:
            session.execute(delete(Collection).where(Collection.id == collection_id))
        raise
    with board.store.write() as session:
        session.get_one(Collection, collection_id).description = _belonging(session.get_one(Job, answer.job_id))
    return answer


def append(board: Board, actor: Actor, job_id: int, name: InputName, chunk: IO[bytes]) -> int:
    """Add a piece to an input of an open job; the bytes that the input has now.

    Raises TooLarge, and Invalid when the input shows to be no picture; then the job is as before.
    """
    uploads.check_name(name)
    job = _open_inputs(board, actor, job_id)
    with _alone(board, job):
        named = named_inputs(_open_inputs(board, actor, job_id).arguments)
        is_new = name.name not in named.get(name.source, {})
        if is_new:
            _check_number(sum(len(names) for names in named.values()) + 1)
        size = uploads.add(board.settings.home, job.uuid, name, chunk)
        if is_new:
            _note(board, job.id, named | {name.source: named.get(name.source, {}) | {name.name: None}})
    return size


def close(board: Board, actor: Actor, job_id: int) -> Answer:
    """Take no more inputs and run the job. Raises Invalid, and the job stays open, when one of them is no picture."""
    job = _open_inputs(board, actor, job_id)
    with _alone(board, job):
        named = named_inputs(_open_inputs(board, actor, job_id).arguments)
        names = [InputName(source, name) for source, files in named.items() for name in files]
        _check_number(len(names))
        pending = [each for each in names if named[each.source][each.name] is None]
        pictures = {each: uploads.finish(board.settings.home, job.uuid, each) for each in pending}
        if pictures:
            _land(board, job, pictures)
        return control.run(board, actor, job.id)


def named_inputs(arguments: Mapping[str, Any]) -> Named:
    """Which capture each input of a job became, from the job's arguments; what anybody else put there is left out."""
    named = arguments.get(INPUTS)
    if not isinstance(named, dict):
        return {}
    return {
        source: {name: capture for name, capture in files.items() if capture is None or isinstance(capture, int)}
        for source, files in named.items()
        if isinstance(files, dict)
    }


def are_open(arguments: Mapping[str, Any]) -> bool:
    """Whether some inputs of a job are not captures yet."""
    return any(capture is None for files in named_inputs(arguments).values() for capture in files.values())


def _stage(home: Path, folder: str, name: InputName, picture: Picture) -> Upload | Puzzle:
    try:
        uploads.add(home, folder, name, BytesIO(picture.content))
        return uploads.finish(home, folder, name)
    except Invalid:
        if picture.instead is None:
            raise
        return Puzzle(picture.instead)


def _moved(upload: Upload | Puzzle, folder: str) -> Upload | Puzzle:
    return upload if isinstance(upload, Puzzle) else Upload(f"{folder}/{Path(upload.path).name}", upload.header)


def _check_number(inputs: int) -> None:
    if not 0 < inputs <= MOST_INPUTS:
        raise Invalid({"input": [f"A job takes 1 to {MOST_INPUTS} inputs, not {inputs}."]})


def _open_inputs(board: Board, actor: Actor, job_id: int) -> Job:
    """The job as it is now. Raises NotFound, and Illegal when it does not take inputs (any more)."""
    refuse_unless(board, actor, Role.OPERATOR, "add inputs to a job", job_id)
    with board.store.read() as session:
        job = session.get(Job, job_id)
        collection = session.get(Collection, job.collection_id) if job and job.collection_id else None
        session.expunge_all()
    if job is None or actor.project_id not in (None, job.project_id):
        raise NotFound(f"There is no job {job_id}.")
    if job.status != Status.CREATED or collection is None or collection.description != _belonging(job):
        refusal = Illegal(f"Job {job_id} takes no inputs; that needs one that was opened for them and not yet closed.")
        record_refusal(board, actor, "add inputs to a job", job_id, refusal)
        raise refusal
    return job


def _belonging(job: Job) -> str:
    """How a collection says that it is the job's own, and may be filled with its inputs."""
    return f"{INPUTS_OF}{job.uuid}"


def _alone(board: Board, job: Job) -> FileLock:
    """Only one request at a time adds to a job or closes it."""
    folder = board.settings.home / uploads.FOLDER / job.uuid
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileLock(folder / ".lock")


def _note(board: Board, job_id: int, named: Named) -> None:
    with board.store.write() as session:
        job = session.get_one(Job, job_id)
        job.arguments = job.arguments | {INPUTS: named}
        touch(session, Job, job_id)


def _land(board: Board, job: Job, given: Mapping[InputName, Upload | Known | Puzzle | Picture]) -> None:
    """Make the captures, put them into the job's collection, and note on the job which input is which."""
    with board.store.write() as session:
        source = _source(session, job.project_id, board.settings.home / uploads.FOLDER)
        row = session.get_one(Job, job.id)
        named: Named = {key: dict(names) for key, names in named_inputs(row.arguments).items()}
        for name, each in given.items():
            named.setdefault(name.source, {})[name.name] = _capture_of(session, source, job.uuid, name, each)
        row.arguments = row.arguments | {INPUTS: named}
        _fill(session, row, [capture for names in named.values() for capture in names.values() if capture is not None])
        touch(session, Job, job.id)


def _capture_of(
    session: Session, source: Source, folder: str, name: InputName, given: Upload | Known | Puzzle | Picture
) -> int:
    match given:
        case Known(capture_id):
            return capture_id
        case Upload(path, header):
            found: dict[str, Any] = {
                "path": path,
                "width": header.width,
                "height": header.height,
                "size_bytes": header.size_bytes,
                "header_error": header.damage,
            }
        case Puzzle(sentence):
            found = {"path": uploads.place_of(folder, name), "header_error": sentence}
        case Picture():
            raise TypeError("a picture is staged as a file before it becomes a capture")
    capture = Capture(deployment_id=source.deployment_id, source_id=source.id, **found)
    session.add(capture)
    session.flush()
    return capture.id


def _fill(session: Session, job: Job, captures: Sequence[int]) -> None:
    chosen = list(dict.fromkeys(captures))
    collection = session.get_one(Collection, job.collection_id)
    collection.arguments = {"image_ids": chosen}
    collection.captures_count = len(chosen)
    session.execute(delete(CollectionCapture).where(CollectionCapture.collection_id == collection.id))
    rows = [{"collection_id": collection.id, "capture_id": each, "position": at} for at, each in enumerate(chosen)]
    session.execute(insert(CollectionCapture), rows)


def _source(session: Session, project_id: int, folder: Path) -> Source:
    """The folder of uploads as the source of the project's station for them, both made when they are new."""
    session.get_one(Project, project_id, with_for_update=True)  # so that two requests do not make them twice
    station = session.scalars(select(Deployment).filter_by(project_id=project_id, name=STATION)).first()
    if station is None:
        station = Deployment(project_id=project_id, name=STATION, timezone="UTC")
        session.add(station)
        session.flush()
    source = session.scalars(select(Source).filter_by(deployment_id=station.id, url=str(folder))).first()
    if source is None:
        source = Source(deployment_id=station.id, url=str(folder))
        session.add(source)
        session.flush()
    return source
