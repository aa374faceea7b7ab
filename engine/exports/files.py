"""The files of an export: put together from its parts in the home's folder, and whole from the moment they have a name.

Any home can do it, as the parts stand in the database: the worker's that ended the job, and the web server's when the
worker was on another machine.
"""

import json
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from sqlalchemy import select

from engine.access import Actor
from engine.exports.about import About, about
from engine.exports.arguments import ExportArguments, FormatKey
from engine.exports.camtrap import join_camtrap, write_camtrap
from engine.exports.formats import (
    Format,
    join_coco,
    join_csv,
    join_parquet,
    write_coco,
    write_flat,
    write_parquet,
)
from engine.refusals import Illegal, NotFound
from models.jobs import Item, Job
from models.queries import exports
from models.states import Status
from models.store import Store

KEY = "data_export"
FOLDER = "exports"
ABOUT = "about.json"
FORMATS: dict[FormatKey, Format] = {
    "csv": Format("detections.csv", "CSV, a row for each animal", "text/csv", write_flat, join_csv),
    "parquet": Format(
        "detections.parquet",
        "Parquet, the same table for pandas, R or DuckDB",
        "application/vnd.apache.parquet",
        write_parquet,
        join_parquet,
    ),
    "coco": Format(
        "coco.json", "COCO JSON, boxes for training and evaluation", "application/json", write_coco, join_coco
    ),
    "camtrap-dp": Format(
        "camtrap-dp.zip",
        "Camtrap DP 1.0, for GBIF and camera-trap tools",
        "application/zip",
        write_camtrap,
        join_camtrap,
    ),
}


@dataclass(frozen=True)
class ExportFile:
    """A file that can be had of an export."""

    name: str
    path: Path
    media: str

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size


def format_of(job: Job) -> Format:
    return FORMATS[ExportArguments.model_validate(job.arguments).format]


def folder(home: Path, uuid: str) -> Path:
    """Where the files of a job's export are; the Instabase dialect tells this as its output folder."""
    return home / FOLDER / uuid


def files(store: Store, home: Path, actor: Actor, job_id: int) -> list[ExportFile]:
    """The files of an export that has ended well, put together now if this home does not have them yet.

    Raises NotFound when there is no such export for this actor, and Illegal while it is not whole.
    """
    with store.read() as session:
        job = session.get(Job, job_id)
        if job is None or job.type != KEY or actor.project_id not in (None, job.project_id):
            raise NotFound(f"There is no export {job_id}.")
        if job.status != Status.SUCCESS:
            raise Illegal(f"Export {job_id} is {job.status}; its files are there when it is a {Status.SUCCESS}.")
        session.expunge_all()
    put_together(store, home, job)
    wanted = format_of(job)
    into = folder(home, job.uuid)
    return [
        ExportFile(wanted.name, into / wanted.name, wanted.media),
        ExportFile(ABOUT, into / ABOUT, "application/json"),
    ]


def file_named(found: list[ExportFile], name: str) -> ExportFile:
    """One of these files by its name alone, which never becomes a path. Raises NotFound."""
    for each in found:
        if each.name == name:
            return each
    raise NotFound(f"This export has no file {name[:80]!r}; it has {', '.join(each.name for each in found)}.")


def put_together(store: Store, home: Path, job: Job) -> None:
    """Make the files of an export whose parts are all there, unless they are made already."""
    into = folder(home, job.uuid)
    wanted = format_of(job)
    if (into / wanted.name).exists() and (into / ABOUT).exists():
        return
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(into / ".lock"):
        if (into / wanted.name).exists() and (into / ABOUT).exists():
            return
        told = _told(store, job)
        draft = into / f".{secrets.token_hex(8)}"
        try:
            wanted.join(lambda sheet: _parts(store, job.id, sheet), told, draft)
            draft.replace(into / wanted.name)
            draft.write_text(json.dumps(told.told(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            draft.replace(into / ABOUT)
        finally:
            draft.unlink(missing_ok=True)


def _told(store: Store, job: Job) -> About:
    with store.read() as session:
        cursor = session.scalars(select(Item.cursor).where(Item.job_id == job.id, Item.capture_id.is_(None))).one()
        return about(session, job, (cursor or {}).get("carried", {}))


def _parts(store: Store, job_id: int, sheet: str) -> Iterator[bytes]:
    with store.read() as session:
        for content in exports.parts(session, job_id, sheet):
            yield zlib.decompress(content)
