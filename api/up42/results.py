"""What jobs found: as GeoJSON, as an archive behind a link that ends, and as small pictures."""

import tarfile
from io import BytesIO

from flask import Response, request, send_file
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from api.dialect import ANYTHING, Call, Endpoint, Verb
from api.small_pictures import small_picture
from api.up42 import shapes
from api.up42.answers import Data, Features, Link
from api.up42.jobs import mark_of
from api.up42.places import find_job_of
from engine.access import secret_key
from engine.board import Board
from engine.control import NotFound
from engine.jobtypes import ml
from models.queries.outcomes import animals, outcomes, stage_marks

LINK_S = 600
MOST_PICTURES = 100
WITH_RESULTS = frozenset({ml.PROCESS.key, ml.RESULTS.key})


def data_json(call: Call, project: str, key: str) -> Features:
    """What a job found; the answer is the collection itself, not held in `data`."""
    _, row = find_job_of(call, project, key)
    with call.board.store.read() as session:
        return _features(session, row.id)


def task_data_json(call: Call, project: str, key: str, task: str) -> Features:
    """What one task found; only the one that processes and the one behind it find anything."""
    _, row = find_job_of(call, project, key)
    with call.board.store.read() as session:
        mark = mark_of(stage_marks(session, row.id), task)
        return _features(session, row.id) if mark.key in WITH_RESULTS else Features(features=[])


def link(call: Call, project: str, key: str, task: str | None = None) -> Data[Link]:
    """Where the archive of a job's results can be fetched, for ten minutes and without a token."""
    _, row = find_job_of(call, project, key)
    if task is not None:
        with call.board.store.read() as session:
            mark_of(stage_marks(session, row.id), task)
    seal = _sealer(call.board).dumps(row.id)
    return Data(data=Link(url=f"{request.url_root}projects/{row.project_id}/archives/{seal}/results.tgz"))


def archive(board: Board, project: str, seal: str) -> Response:
    """The archive that a link leads to: output/data.json in a .tgz. Raises NotFound."""
    try:
        job_id = _sealer(board).loads(seal, max_age=LINK_S)
    except BadSignature:
        raise NotFound(f"This link into project {project[:80]} has ended; ask for a new one.") from None
    with board.store.read() as session:
        content = ANYTHING.dump_json(_features(session, int(job_id)), by_alias=True)
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("output/data.json")
        member.size = len(content)
        tar.addfile(member, BytesIO(content))
    packed.seek(0)
    return send_file(packed, mimetype="application/gzip", as_attachment=True, download_name="results.tgz")


def quicklooks(call: Call, project: str, key: str, task: str) -> Data[list[str]]:
    """The names of small pictures of the job's first captures."""
    _, row = find_job_of(call, project, key)
    with call.board.store.read() as session:
        mark_of(stage_marks(session, row.id), task)
        return Data(data=[f"{each.capture_id}.jpg" for each in outcomes(session, row.id, limit=MOST_PICTURES)])


def quicklook(call: Call, project: str, key: str, task: str, name: str) -> Response:
    """One of those pictures. Raises NotFound with the reason."""
    _, row = find_job_of(call, project, key)
    with call.board.store.read() as session:
        mark_of(stage_marks(session, row.id), task)
    return small_picture(call, row, name, "medium")


def _features(session: Session, job_id: int) -> Features:
    captures = outcomes(session, job_id)
    found = animals(session, [each.result_id for each in captures if each.result_id is not None])
    return shapes.features(captures, found)


def _sealer(board: Board) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key(board.settings.home), salt="results of a job")


JOB = "/projects/<project>/jobs/<key>"
TASK = f"{JOB}/tasks/<task>"
ENDPOINTS = [
    Endpoint(f"{JOB}/outputs/data-json/", {"GET": Verb(data_json, "What a job found.", Features)}),
    Endpoint(f"{TASK}/outputs/data-json/", {"GET": Verb(task_data_json, "What a task found.", Features)}),
    Endpoint(f"{JOB}/downloads/results/", {"GET": Verb(link, "A link to the results.", Data[Link])}),
    Endpoint(f"{TASK}/downloads/results/", {"GET": Verb(link, "A link to the results.", Data[Link])}),
    Endpoint(f"{TASK}/outputs/quicklooks/", {"GET": Verb(quicklooks, "Small pictures.", Data[list[str]])}),
    Endpoint(
        f"{TASK}/outputs/quicklooks/<name>/",
        {"GET": Verb(quicklook, "A small picture.", bytes, media="image/jpeg")},
    ),
    Endpoint(
        "/projects/<project>/archives/<seal>/results.tgz",
        {"GET": Verb(archive, "The results of a job.", bytes, media="application/gzip")},
        open=True,
    ),
]
