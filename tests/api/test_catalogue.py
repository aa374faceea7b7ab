"""What jobs are about, through the native API: captures with their boxes, their pictures, and lists to choose from."""

import io
import re

import pytest
from PIL import Image

from api.antenna.shapes import size_label
from models.captures import Capture, Deployment, Source
from tests.api.conftest import Program, Worked

CAPTURES = "/api/v2/captures/"
TRUNCATED = 6


def test_a_capture_has_boxes_in_its_own_pixels(operator: Program) -> None:
    capture = operator.get(f"{CAPTURES}1/").json
    assert len(capture["detections"]) == capture["detections_count"] > 0
    for detection in capture["detections"]:
        x1, y1, x2, y2 = detection["bbox"]
        assert 0 <= x1 < x2 <= capture["width"]
        assert 0 <= y1 < y2 <= capture["height"]


def test_a_list_has_boxes_where_they_are_asked_for(operator: Program) -> None:
    plain, full = operator.get(CAPTURES).json, operator.get(f"{CAPTURES}?with_detections=1").json
    assert not any("detections" in capture for capture in plain["results"])
    assert [len(c["detections"]) for c in full["results"]] == [c["detections_count"] for c in plain["results"]]


def test_a_capture_tells_its_night_its_file_and_its_times(operator: Program) -> None:
    capture = operator.get(f"{CAPTURES}1/").json
    told = {name: capture[name] for name in ("path", "timestamp", "local_time", "time_source", "width", "height")}
    assert told == {
        "path": "20260701220000.jpg",
        "timestamp": "2026-07-01T20:00:00",
        "local_time": "2026-07-01T22:00:00+02:00",
        "time_source": "name",
        "width": 480,
        "height": 360,
    }
    assert capture["event"]["name"] == "Wednesday, Jul 1 2026"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 6),
        ("project=1", 6),
        ("project_id=1", 6),
        ("project_id=99", 0),
        ("deployment=1", 6),
        ("deployment=2", 0),
        ("event=1", 6),
        ("event=2", 0),
        ("collection={}", 2),
        ("collections={}", 2),
        ("search=2210", 1),
    ],
)
def test_captures_are_filtered(operator: Program, collection: int, query: str, count: int) -> None:
    assert operator.get(f"{CAPTURES}?{query.format(collection)}").json["count"] == count


def test_captures_come_in_the_order_asked_for(operator: Program) -> None:
    times = [capture["timestamp"] for capture in operator.get(f"{CAPTURES}?ordering=-timestamp").json["results"]]
    assert times == sorted(times, reverse=True)


def test_a_night_tells_what_was_done_of_it(operator: Program) -> None:
    night = operator.get("/api/v2/events/1/").json
    counts = {name: night[name] for name in ("captures_count", "processed_count", "failed_count", "day", "duration")}
    assert counts == {
        "captures_count": 6,
        "processed_count": 5,
        "failed_count": 1,
        "day": "2026-07-01",
        "duration": "1500.0",
    }


def test_a_station_names_its_latest_jobs(worked: Worked, operator: Program) -> None:
    station = operator.get("/api/v2/deployments/1/").json
    assert (station["captures_count"], station["events_count"]) == (6, 1)
    assert worked.job_id in [job["id"] for job in station["jobs"]] or len(station["jobs"]) == 10


def test_a_collection_counts_its_captures(operator: Program, collection: int) -> None:
    made = operator.get(f"{CAPTURES}collections/{collection}/").json
    assert (made["source_images_count"], made["source_images_processed_count"]) == (2, 2)


def test_the_built_in_pipeline_is_found_by_its_slug(operator: Program) -> None:
    (pipeline,) = operator.get("/api/v2/ml/pipelines/?slug=embedded").json["results"]
    assert [algorithm["task_type"] for algorithm in pipeline["algorithms"]] == ["detection"]


def test_every_address_in_an_answer_leads_somewhere(worked: Worked, operator: Program, collection: int) -> None:
    waiting = {f"/api/v2/{path}/1/" for path in ("deployments", "events", "captures/collections", "ml/pipelines")}
    waiting |= {f"{CAPTURES}1/", f"/api/v2/jobs/{worked.job_id}/"}
    met: set[str] = set()
    while waiting:
        met.add(path := waiting.pop())
        answer = operator.get(path)
        assert answer.status_code == 200, path
        if answer.is_json and "/jobs/" not in path:
            named = re.findall(r'"http://localhost(/[^"]+)"', answer.text)
            waiting |= {each for each in named if "/picture/" not in each} - met
    assert {"/api/v2/ml/algorithms/1/", "/api/v2/occurrences/?deployment=1"} <= met


@pytest.mark.parametrize("path", ["occurrences", "taxa"])
def test_what_is_counted_as_none_is_an_empty_list(operator: Program, path: str) -> None:
    told = operator.get(f"/api/v2/{path}/?project_id=1").json
    assert told == {"count": 0, "next": None, "previous": None, "results": [], "user_permissions": []}


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_a_small_picture_is_a_jpeg(operator: Program, size: str) -> None:
    answer = operator.get(f"{CAPTURES}1/picture/?size={size}")
    picture = Image.open(io.BytesIO(answer.data))
    assert (answer.mimetype, picture.format) == ("image/jpeg", "JPEG")
    assert picture.width <= 480


def test_the_full_picture_is_the_file(worked: Worked, operator: Program) -> None:
    answer = operator.get(f"{CAPTURES}1/picture/?size=full")
    assert answer.data == (worked.lab.home.parent / "captures" / "20260701220000.jpg").read_bytes()


def test_a_picture_may_be_kept_and_is_not_sent_twice(operator: Program) -> None:
    first = operator.get(f"{CAPTURES}1/picture/?size=small")
    assert first.headers["Cache-Control"] == "max-age=2592000, private"
    again = operator.get(f"{CAPTURES}1/picture/?size=small", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_truncated_picture_is_a_404_in_plain_words(operator: Program) -> None:
    answer = operator.get(f"{CAPTURES}{TRUNCATED}/picture/?size=small")
    assert answer.status_code == 404
    assert "cut short" in answer.json["detail"]


def test_each_animal_says_its_length_and_where_its_picture_is(worked: Worked, operator: Program) -> None:
    with worked.lab.board.store.write() as session:
        session.get_one(Deployment, worked.lab.station_id).px_per_mm = 8.0
    try:
        (animal, *_) = operator.get(f"{CAPTURES}1/").json["detections"]
    finally:
        with worked.lab.board.store.write() as session:
            session.get_one(Deployment, worked.lab.station_id).px_per_mm = None
    assert animal["length_mm"] == pytest.approx(animal["length_px"] / 8, abs=0.01)
    answer = operator.get(animal["crop"])
    x1, y1, x2, y2 = animal["bbox"]
    picture = Image.open(io.BytesIO(answer.data))
    assert (answer.mimetype, picture.format) == ("image/jpeg", "JPEG")
    assert (x2 - x1) <= picture.width <= 1.4 * max(x2 - x1, y2 - y1)


def test_a_crop_of_no_detection_is_a_404_in_plain_words(operator: Program) -> None:
    answer = operator.get("/api/v2/detections/999999/crop/")
    assert (answer.status_code, answer.json["detail"][:27]) == (404, "There is no detection 99999")


@pytest.mark.parametrize(
    ("size", "label"), [(1, "1 byte"), (900, "900 bytes"), (1407736, "1.3 MB"), (5 * 1024**4, "5.0 TB")]
)
def test_a_size_is_written_with_a_space_that_no_line_breaks_at(size: int, label: str) -> None:
    assert size_label(size) == label.replace(" ", "\xa0")


def test_an_unknown_size_is_named(operator: Program) -> None:
    assert list(operator.get(f"{CAPTURES}1/picture/?size=huge").json) == ["size"]


def test_a_disk_that_is_away_is_a_404_in_plain_words(worked: Worked, operator: Program) -> None:
    folder = worked.lab.home.parent / "captures"
    away = folder.rename(folder.with_name("away"))
    try:
        answers = [operator.get(f"{CAPTURES}2/picture/?size={size}") for size in ("small", "full")]
    finally:
        away.rename(folder)
    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("disk" in answer.json["detail"] for answer in answers)


def test_a_path_that_climbs_out_of_its_folder_is_not_opened(worked: Worked, operator: Program) -> None:
    with worked.lab.board.store.write() as session:
        source = session.query(Source).one()
        capture = Capture(
            deployment_id=worked.lab.station_id, source_id=source.id, path="../home/admin.token", size_bytes=1
        )
        session.add(capture)
        session.flush()
        number = capture.id
    try:
        answer = operator.get(f"{CAPTURES}{number}/picture/?size=full")
    finally:
        with worked.lab.board.store.write() as session:
            session.delete(session.get_one(Capture, number))
    assert answer.status_code == 404
    assert "leads out of its folder" in answer.json["detail"]
