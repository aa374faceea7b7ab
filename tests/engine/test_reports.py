"""Reports over real nights: what they count is what is there, and every number leads to as many captures as it says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from engine.cli import main
from engine.reports.behind import behind_of
from engine.reports.report import Report, build
from engine.reports.selection import read
from models.captures import Deployment, Event
from models.queries import reports
from models.states import Status
from tests.lab import Lab, draw_captures

CAPTURES = {"Captures", "Processed", "Failed", "Not processed", "Processed captures"}


@pytest.fixture
def worked(lab: Lab, tmp_path: Path) -> Lab:
    """A night of 6 captures at a station with a place, of which one cannot be read and one came after the job."""
    folder = tmp_path / "captures"
    draw_captures(folder, 6)
    *_, broken, late = sorted(folder.iterdir())
    broken.write_bytes(broken.read_bytes()[:2000])
    late.rename(tmp_path / late.name)
    lab.take_in(folder)
    with lab.board.store.write() as session:
        session.execute(update(Deployment).values(latitude=55.7, longitude=12.5))
    with lab.workers(1):
        lab.until(lab.submit(name="The night", shuffle=False), Status.SUCCESS)
    (tmp_path / late.name).rename(late)
    lab.take_in(folder)
    return lab


def report_of(lab: Lab) -> Report:
    with lab.board.store.read() as session:
        return build(session, read({}), datetime.now(UTC))


def test_every_number_leads_to_as_many_captures_as_it_says(worked: Lab) -> None:
    report, checked = report_of(worked), 0
    with worked.board.store.read() as session:
        for part in report.parts:
            for row in part.table.rows:
                for name, cell in zip(part.table.head, row, strict=True):
                    if cell.behind is None or name not in CAPTURES | {"Detections"}:
                        continue
                    behind = behind_of(session, cell.behind, None)
                    captures, detections = reports.counts(session, behind)
                    listed = reports.captures(session, behind, offset=0, limit=100)
                    assert cell.value == (detections if name == "Detections" else captures), (part.key, name)
                    assert len(listed) == captures
                    assert sum(row.captures for row in reports.origins(session, behind)) == len(
                        [row for row in listed if row.pipeline]
                    )
                    checked += 1
    assert checked >= 8


def test_the_report_counts_what_the_night_has(worked: Lab) -> None:
    report = report_of(worked)
    with worked.board.store.read() as session:
        night = session.scalars(select(Event)).one()
    processed = report.part("processed")
    assert processed is not None
    (row,) = processed.table.values()
    left = night.captures_count - night.processed_count - night.failed_count
    assert row[2:] == [night.processed_count, 0, night.failed_count, left, night.detections_count]
    assert (night.captures_count, night.processed_count, night.failed_count) == (6, 4, 1)
    assert "Embedded detector version" in processed.caption
    assert "Europe/Copenhagen" in processed.caption


def test_the_command_writes_every_kind_of_file(worked: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in worked.board.settings.environment().items():
        monkeypatch.setenv(name, value)
    kinds = ("pdf", "html", "csv", "png", "svg")
    asked = ["report", "--out", str(tmp_path / "out"), "--figure", "activity", *(f"--as={kind}" for kind in kinds)]
    answer = CliRunner().invoke(main, asked)
    assert answer.exit_code == 0, answer.output
    made = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert set(made) == {"report.pdf", "report.html", "activity.csv", "activity.png", "activity.svg"}
    assert made["report.pdf"].startswith(b"%PDF-")
    assert made["activity.png"].startswith(b"\x89PNG")
    page = made["report.html"].decode()
    assert not [word for word in ("<script", "src=", "@import", 'rel="stylesheet"') if word in page]
    assert "/reports/behind?" in page
    wrong = CliRunner().invoke(main, ["report", "--station", "Moon"])
    assert "There is no station Moon; there are Test station." in wrong.output
