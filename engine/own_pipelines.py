"""A lab's own models: looked over, tried, copied into the home, and written down as pipelines."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.pipelines import onnx
from engine.pipelines.onnx_folder import BadPipeline, Description, digest_of, files_of
from models.pipelines import Algorithm, Pipeline
from models.store import Store

BATCH_MAX = 16


@dataclass(frozen=True)
class Added:
    """A pipeline that this machine can run; `is_new` when the table knows it only now, in this version."""

    slug: str
    version: int
    is_new: bool


def add(store: Store, home: Path, folder: Path) -> Added:
    """Add the pipeline of a folder. Other files than before under the same slug are a new version.

    Raises BadPipeline with what is wrong; then nothing was changed.
    """
    loaded = onnx.Loaded(folder)
    loaded.check()
    digest = digest_of(folder)
    with store.read() as session:
        _check_slug(session, loaded.description.slug)
    _keep(folder, onnx.folder_of(home, loaded.description.slug, digest))
    with store.write() as session:
        return _write(session, loaded.description, digest)


def _check_slug(session: Session, slug: str) -> Pipeline | None:
    row = session.scalars(select(Pipeline).filter_by(slug=slug)).one_or_none()
    if row is not None and row.kind != onnx.KIND:
        raise BadPipeline(f"There is a pipeline {slug} of another kind already; choose another slug in pipeline.toml.")
    return row


def _keep(folder: Path, to: Path) -> None:
    """Copy the files into the home, whole or not at all."""
    if to.exists():
        return
    draft = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    draft.mkdir(parents=True, mode=0o700)
    for path in files_of(folder):
        shutil.copyfile(path, draft / path.name)
    try:
        draft.rename(to)
    except OSError:  # somebody else was faster
        shutil.rmtree(draft, ignore_errors=True)


def _write(session: Session, description: Description, digest: str) -> Added:
    row = _check_slug(session, description.slug)
    config = {"slug": description.slug, "model": digest}
    if row is not None and row.config == config:
        row.enabled = True
        return Added(row.slug, row.version, is_new=False)
    if row is None:
        row = Pipeline(slug=description.slug, kind=onnx.KIND, version=description.version, batch_max=BATCH_MAX)
    else:
        row.version = max(description.version, row.version + 1)
    row.name, row.description, row.config = description.name, description.description, config
    row.version_name, row.enabled = f"v{row.version} {digest[:8]}", True
    row.algorithms = [_algorithm(session, key, task, row) for key, task in _tasks(description)]
    session.add(row)
    session.flush()
    return Added(row.slug, row.version, is_new=True)


def _tasks(description: Description) -> list[tuple[str, str]]:
    classifier = [(onnx.classifier_key(description), "classification")] if description.classifier else []
    return [(description.slug, "detection"), *classifier]


def _algorithm(session: Session, key: str, task: str, of: Pipeline) -> Algorithm:
    found = session.scalars(select(Algorithm).filter_by(key=key, version=of.version)).one_or_none()
    return found or Algorithm(
        key=key, version=of.version, version_name=of.version_name, task_type=task, name=f"{of.name}: {task}"
    )
