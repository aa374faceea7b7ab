"""Exports, made by real workers: every row once, whatever happens, and told with what stands behind it."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from frictionless import Package
from pyarrow import parquet
from sqlalchemy import insert, select, update

from engine import control, faults
from engine.exports import files
from engine.refusals import Illegal, Invalid, NotFound
from models.captures import Capture, Deployment, Source
from models.jobs import Stage
from models.results import Detection
from models.states import Status
from tests.engine import camtrap_dp
from tests.lab import ENGINEER, Lab, draw_captures, wait_for

MANY = 12_000


@pytest.fixture
def processed(lab: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A night of 6 captures that were worked through, at a station with a place; one capture is broken."""
    draw_captures(tmp_path / "captures", 6)
    last = max((tmp_path / "captures").iterdir())
    last.write_bytes(last.read_bytes()[:2000])
    lab.take_in(tmp_path / "captures")
    with lab.board.store.write() as session:
        session.execute(update(Deployment).values(latitude=55.7, longitude=12.5, px_per_mm=4.0, lamp="LepiLED"))
    with lab.workers(1):
        lab.until(lab.submit(name="The night"), Status.SUCCESS)
        yield lab


def exported(lab: Lab, format_key: str, **fields: Any) -> dict[str, Path]:
    """The files of a finished export over the station."""
    arguments = {"format": format_key} | fields.pop("arguments", {})
    job_id = lab.submit(type="data_export", pipeline_id=None, arguments=arguments, **fields)
    assert lab.until(job_id).status is Status.SUCCESS
    return {each.name: each.path for each in files.files(lab.board.store, lab.home, ENGINEER, job_id)}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def detections(lab: Lab) -> set[int]:
    with lab.board.store.read() as session:
        return set(session.scalars(select(Detection.id)))


def test_each_format_has_every_animal_with_its_job_pipeline_version_and_parameters(processed: Lab) -> None:
    wanted = detections(processed)
    rows = rows_of(exported(processed, "csv")["detections.csv"])
    assert {int(row["detection_id"]) for row in rows if row["detection_id"]} == wanted
    assert len({row["capture_id"] for row in rows}) == 6
    assert {row["capture_state"] for row in rows if not row["job_id"]} == {"failed"}
    assert all(row["pipeline_version"] and len(row["parameters"]) == 16 for row in rows if row["job_id"])

    made = exported(processed, "parquet")
    table = parquet.read_table(made["detections.parquet"])
    assert table.num_rows == len(rows)
    assert {each for each in table.column("detection_id").to_pylist() if each} == wanted
    about = json.loads(made["about.json"].read_text())
    assert json.loads(table.schema.metadata[b"nightboard"]) == about
    (pipeline,) = about["pipelines"]
    assert (pipeline["pipeline"], pipeline["captures"]) == ("embedded", 5)
    assert pipeline["settings"]
    assert (about["captures"], about["detections"]) == (6, len(wanted))

    coco = json.loads(exported(processed, "coco")["coco.json"].read_text())
    assert {each["id"] for each in coco["annotations"]} == wanted
    assert len(coco["images"]) == 6
    assert {each["category_id"] for each in coco["annotations"]} == {each["id"] for each in coco["categories"]}
    assert all(each["job_id"] and each["pipeline_version"] for each in coco["annotations"])

    with zipfile.ZipFile(exported(processed, "camtrap-dp")["camtrap-dp.zip"]) as package:
        tables = {
            name: list(csv.DictReader(io.StringIO(package.read(f"{name}.csv").decode(), newline="")))
            for name in ("deployments", "media", "observations")
        }
        described = json.loads(package.read("datapackage.json"))
    assert described["profile"].endswith("/1.0/camtrap-dp-profile.json")
    assert {"profile", "created", "contributors", "project", "spatial", "temporal", "taxonomic"} <= set(described)
    assert {row["deploymentID"] for row in tables["media"]} == {tables["deployments"][0]["deploymentID"]}
    animals = [row for row in tables["observations"] if row["observationType"] == "animal"]
    assert {row["observationID"] for row in animals} == {f"d{each}" for each in wanted}
    assert all(0 <= float(row["bboxX"]) <= 1 and float(row["bboxWidth"]) > 0 for row in animals)
    assert {row["observationType"] for row in tables["observations"]} <= {"animal", "blank", "unclassified"}


def camtrap(lab: Lab, tmp_path: Path) -> Path:
    """The unpacked package of the whole project."""
    folder = tmp_path / "package"
    with zipfile.ZipFile(exported(lab, "camtrap-dp", deployment_id=None)["camtrap-dp.zip"]) as package:
        package.extractall(folder)
    return folder


def assert_is_camtrap_dp(folder: Path) -> None:
    """The package is as the standard's profile and table schemas ask; nothing is fetched."""
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    jsonschema.validate(described, camtrap_dp.PROFILE)
    tables = [
        {"name": each["name"], "path": each["path"], "schema": camtrap_dp.table_schema(each["name"])}
        for each in described["resources"]
        if each.get("profile") == "tabular-data-resource"
    ]
    assert [each["name"] for each in tables] == ["deployments", "media", "observations"]
    package = Package.from_descriptor({"name": described["name"], "resources": tables}, basepath=str(folder))
    report = package.validate()
    assert report.flatten(["name", "rowNumber", "fieldName", "message"]) == []


def test_a_camtrap_package_is_as_the_standard_asks(processed: Lab, tmp_path: Path) -> None:
    folder = camtrap(processed, tmp_path)
    assert_is_camtrap_dp(folder)
    observations = folder / "observations.csv"
    observations.write_text(observations.read_text().replace(",animal,", ",insect,"))
    with pytest.raises(AssertionError, match="insect"):  # the check would have found it
        assert_is_camtrap_dp(folder)


def test_a_camtrap_package_is_as_the_standard_asks_whatever_there_is(processed: Lab, tmp_path: Path) -> None:
    with processed.board.store.write() as session:
        first, second, *_ = session.scalars(select(Capture).order_by(Capture.id))
        first.path, second.path = "~night..1/a|b, c.jpg", "Käfer\n2.png"
        second.taken_at = None
        flat, wild, *_ = session.scalars(select(Detection).where(Detection.capture_id != second.id))
        flat.x2, wild.score = flat.x1, 3.5
        station = session.scalars(select(Deployment)).one()
        station.device_notes, station.lamp = 'said "bright", \nthen dark', "LepiLED|UV"
        bare = Deployment(project_id=station.project_id, name="No time", latitude=1.0, longitude=2.0)
        session.add(bare)
        session.flush()
        source = Source(deployment_id=bare.id, url="/nowhere")
        session.add(source)
        session.flush()
        session.add(Capture(deployment_id=bare.id, source_id=source.id, path="untold.jpg"))
    folder = camtrap(processed, tmp_path)
    assert_is_camtrap_dp(folder)
    assert [row["locationName"] for row in rows_of(folder / "deployments.csv")] == ["Test station"]
    told = json.loads((folder / "datapackage.json").read_text())["description"]
    assert "2 captures without a time are left out" in told
    assert "1 station without a capture that has a time" in told


@pytest.fixture
def many(lab: Lab) -> Lab:
    """A station with so many captures that an export takes a dozen blocks; there are no files."""
    began = datetime(2026, 7, 1, 22, tzinfo=UTC)
    with lab.board.store.write() as session:
        source = Source(deployment_id=lab.station_id, url="/nowhere")
        session.add(source)
        session.flush()
        place = {"deployment_id": lab.station_id, "source_id": source.id}
        rows = [{**place, "path": f"{n}.jpg", "taken_at": began + timedelta(seconds=n)} for n in range(MANY)]
        session.execute(insert(Capture), rows)
    return lab


def captures_so_far(lab: Lab, job_id: int) -> int:
    with lab.board.store.read() as session:
        params = session.scalars(select(Stage.params).where(Stage.job_id == job_id)).one()
    return next((param["value"] or 0 for param in params if param["key"] == "captures"), 0)


def test_a_worker_killed_in_mid_export_doubles_and_loses_no_row(many: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = many.home / "fault"
    monkeypatch.setenv(faults.VARIABLE, f"@{fault}")
    job_id = many.submit(type="data_export", pipeline_id=None, arguments={"format": "csv"})
    with many.workers(1):
        wait_for(lambda: captures_so_far(many, job_id) > 0, "the export is under way")
        fault.write_text("within-commit:kill")
        wait_for(lambda: not fault.exists(), "the worker is killed within a landing")
        assert captures_so_far(many, job_id) < MANY
        assert many.until(job_id).status is Status.SUCCESS
    found = {each.name: each for each in files.files(many.board.store, many.home, ENGINEER, job_id)}
    rows = rows_of(found["detections.csv"].path)
    assert len(rows) == len({row["capture_id"] for row in rows}) == MANY


def test_a_paused_export_goes_on_where_it_was(many: Lab) -> None:
    job_id = many.submit(type="data_export", pipeline_id=None, arguments={"format": "coco"})
    with many.workers(1):
        wait_for(lambda: captures_so_far(many, job_id) > 0, "the export is under way")
        control.pause(many.board, ENGINEER, job_id)
        many.until(job_id, Status.PAUSED)
        assert 0 < captures_so_far(many, job_id) < MANY
        with pytest.raises(Illegal, match="PAUSED"):
            files.files(many.board.store, many.home, ENGINEER, job_id)
        control.resume(many.board, ENGINEER, job_id)
        assert many.until(job_id).status is Status.SUCCESS
    (coco, _) = files.files(many.board.store, many.home, ENGINEER, job_id)
    images = json.loads(coco.path.read_text())["images"]
    assert len(images) == len({image["id"] for image in images}) == MANY


def test_another_home_puts_the_same_file_together(processed: Lab, tmp_path: Path) -> None:
    job_id = processed.submit(type="data_export", pipeline_id=None, arguments={"format": "csv"})
    processed.until(job_id, Status.SUCCESS)
    here, there = (files.files(processed.board.store, home, ENGINEER, job_id) for home in (processed.home, tmp_path))
    assert [each.path.read_bytes() for each in here] == [each.path.read_bytes() for each in there]
    with pytest.raises(NotFound, match="no file"):
        files.file_named(here, "../../admin.token")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"format": "xlsx"}, "The format of an export is one of csv, parquet, coco, camtrap-dp"),
        ({"format": "csv", "first_night": "2026-08-02", "last_night": "2026-08-01"}, "after the last one"),
        ({"format": "csv", "stations": [999]}, "There is no station 999"),
        ({"format": "csv", "job_id": 999}, "There is no job 999"),
        ({"format": "csv", "speed": 1}, "An export has no argument 'speed'"),
    ],
)
def test_an_export_that_cannot_be_is_refused_in_plain_words(lab: Lab, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        lab.submit(type="data_export", pipeline_id=None, arguments=arguments)
