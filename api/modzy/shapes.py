"""A job and its outcomes as the Modzy pages show them."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import request

from api.modzy.answers import Job, JobInput, Model, Output, Results, SourceResult, SubmittedJob, Team, User
from api.modzy.words import CALLED, moment, version
from engine.inputs import named_inputs
from engine.jobtypes import job_types
from models.queries.history import Aside
from models.queries.jobs import JobRow
from models.queries.outcomes import FoundRow, OutcomeRow
from models.states import FINAL, ItemState

EXPLAIN = "explain"  # in Job.arguments
NOBODY = "nightboard"  # who has submitted what the engine began by itself
Sources = dict[str, list[tuple[str, OutcomeRow]]]  # by source: the names of its inputs, and what became of them


def job(row: JobRow, aside: Aside, captures: Sequence[OutcomeRow] = ()) -> Job:
    """The jobs object; with `captures` its inputs also where they have no names of their own."""
    total = max(row.total, len(_ids(aside)))
    return Job(
        job_identifier=row.uuid,
        submitted_by=_submitted_by(row, aside),
        account_identifier=aside.project,
        model=_model(row, aside),
        status=CALLED[row.status],
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        submitted_at=moment(row.submitted_at),
        total=total,
        pending=max(0, total - row.processed - row.failed),
        completed=row.processed,
        failed=row.failed,
        elapsed_time=row.elapsed_ms or 0,
        queue_time=row.queue_ms or 0,
        timeout=aside.timeout_ms or 0,
        explain=_is_explained(aside),
        user=_user(row),
        team=Team(identifier=aside.project),
        job_inputs=_inputs(row, aside, captures),
        input_byte_amount=aside.input_bytes,
        image_classification_model=aside.classifies,
    )


def submitted(row: JobRow, aside: Aside) -> SubmittedJob:
    """The same, with what only the answer to a submission has."""
    shown = job(row, aside)
    return SubmittedJob(
        **{name: getattr(shown, name) for name in Job.model_fields},
        total_inputs=shown.total,
        access_key=shown.submitted_by,
    )


def results(row: JobRow, aside: Aside, captures: Sequence[OutcomeRow], animals: dict[int, list[FoundRow]]) -> Results:
    """What became of each source, in the order of work."""
    sources = _sources(aside, captures)
    well = {name: files for name, files in sources.items() if all(_is_done(each) for _, each in files)}
    badly = {name: files for name, files in sources.items() if any(each.state is ItemState.FAILED for _, each in files)}
    latency = sum(each.duration_ms or 0.0 for each in captures)
    explained = _is_explained(aside)
    return Results(
        job_identifier=row.uuid,
        account_identifier=aside.project,
        user=_user(row),
        team=Team(identifier=aside.project),
        total=max(row.total, len(_ids(aside))),
        completed=row.processed,
        failed=row.failed,
        finished=row.status in FINAL,
        submitted_by_key=_submitted_by(row, aside),
        explained=explained,
        submitted_at=moment(row.submitted_at),
        job_queue_time=row.queue_ms or 0,
        job_processed_time=round(latency),
        job_elapsed_time=row.elapsed_ms or 0,
        initial_queue_time=row.queue_ms or 0,
        total_queue_time=row.queue_ms or 0,
        average_model_latency=latency / max(1, row.processed - row.skipped),
        total_model_latency=latency,
        elapsed_time=row.elapsed_ms or 0,
        input_size=aside.input_bytes,
        results={name: _output(files, animals, explained=explained) for name, files in well.items()},
        failures={name: SourceResult(**_outcome(files, "FAILED")) for name, files in badly.items()},
    )


def _output(files: list[tuple[str, OutcomeRow]], animals: dict[int, list[FoundRow]], *, explained: bool) -> Output:
    found = [(name, animal) for name, each in files for animal in animals.get(each.result_id or 0, [])]
    detections = [
        {"input": name, "class": animal.label, "score": animal.score, "boundingBox": _box(animal)}
        for name, animal in found
    ]
    boxes = [{"input": name, "class": animal.label, **_box(animal)} for name, animal in found]
    data = {
        "result": {"count": len(detections), "detections": detections},
        "explanation": {"boundingBoxes": boxes} if explained else None,
        "drift": None,
    }
    return Output(**_outcome(files, "SUCCESSFUL"), results_json={"data": data})


def _box(animal: FoundRow) -> dict[str, float]:
    return {"x": animal.x1, "y": animal.y1, "width": animal.x2 - animal.x1, "height": animal.y2 - animal.y1}


def _outcome(files: list[tuple[str, OutcomeRow]], status: str) -> dict[str, Any]:
    ended = [each for _, each in files if each.finished_at is not None]
    ends = [each.finished_at for each in ended if each.finished_at is not None]
    starts = [
        each.finished_at - timedelta(milliseconds=each.duration_ms or 0)
        for each in ended
        if each.finished_at is not None
    ]
    return {
        "status": status,
        "engine": next((each.worker for _, each in files if each.worker), ""),
        "error": next((each.error for _, each in files if each.state is ItemState.FAILED), None),
        "start_time": moment(min(starts, default=None)),
        "update_time": moment(max(ends, default=None)),
        "end_time": moment(max(ends, default=None)),
        "elapsed_time": round(sum(each.duration_ms or 0 for _, each in files)),
        "input_size": sum(each.size_bytes for _, each in files),
    }


def _is_done(each: OutcomeRow) -> bool:
    return each.state in (ItemState.DONE, ItemState.SKIPPED)


def _sources(aside: Aside, captures: Sequence[OutcomeRow]) -> Sources:
    """By the names that the inputs were given; captures that were not named go by their path."""
    by_id = {each.capture_id: each for each in captures}
    if named := named_inputs(aside.arguments):
        found = {
            source: [(name, by_id[capture]) for name, capture in files.items() if capture in by_id]
            for source, files in named.items()
        }
        return {source: files for source, files in found.items() if files}
    often = Counter(each.path for each in captures)
    return {
        each.path if often[each.path] == 1 else f"{each.path} ({each.capture_id})": [("image", each)]
        for each in captures
    }


def _inputs(row: JobRow, aside: Aside, captures: Sequence[OutcomeRow]) -> list[JobInput]:
    if named := named_inputs(aside.arguments):
        return [
            JobInput(
                identifier=source,
                inputs=list(files),
                samples=[
                    _sample(row, capture) for capture in files.values() if capture is not None and aside.classifies
                ],
            )
            for source, files in named.items()
        ]
    return [
        JobInput(
            identifier=source,
            inputs=[name for name, _ in files],
            samples=[_sample(row, each.capture_id) for _, each in files if aside.classifies],
        )
        for source, files in _sources(aside, captures).items()
    ]


def _sample(row: JobRow, capture_id: int) -> str:
    return f"{request.url_root}api/results/{row.uuid}/samples/{capture_id}.jpg"


def _ids(aside: Aside) -> set[int | str]:
    """The inputs that were given: each capture once, and each that is not yet one by its name."""
    return {
        capture if capture is not None else f"{source}/{name}"
        for source, files in named_inputs(aside.arguments).items()
        for name, capture in files.items()
    }


def _is_explained(aside: Aside) -> bool:
    return aside.arguments.get(EXPLAIN) is True


def _submitted_by(row: JobRow, aside: Aside) -> str:
    """The prefix of the token; of a job that no token submitted, the person."""
    return str(aside.token_prefix or row.owner or NOBODY)


def _user(row: JobRow) -> User:
    name = row.owner or NOBODY
    return User(identifier=name, external_identifier=name, first_name=name)


def _model(row: JobRow, aside: Aside) -> Model:
    if row.pipeline_slug is not None:
        return Model(identifier=row.pipeline_slug, version=version(aside.pipeline_version), name=row.pipeline or "")
    kind = job_types().get(row.type)
    return Model(identifier=row.type, version=version(None), name=kind.name if kind else row.type)
