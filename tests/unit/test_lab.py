"""Changes of the lab: only an administrator makes them, and each stands in the audit, refused or done."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import Actor, actor_of_token, ensure_admin
from engine.board import Board, open_board
from engine.captures.stations import open_station
from engine.lab import people, stations
from engine.lab.stations import changes_of
from engine.refusals import Forbidden, Illegal, Invalid
from models.captures import Deployment
from models.jobs import Job
from models.people import Audit, Role
from models.queries import lab
from models.queries.lab import AuditFilter, AuditLine
from models.settings import load
from tests.lab import lay

ADMIN = Actor("admin", Role.ADMIN, "dashboard")
VIEWER = Actor("guest", Role.VIEWER, "dashboard")


@pytest.fixture
def board(tmp_path: Path) -> Any:
    settings = load(home=tmp_path / "home")
    lay(settings)
    opened = open_board(settings)
    ensure_admin(opened.store, settings.home)
    with opened.store.write() as session:
        open_station(session, "Moths", "Meadow", "Europe/Copenhagen")
    yield opened
    opened.store.close()


def station(board: Board) -> Deployment:
    with board.store.read() as session:
        row = session.scalars(select(Deployment)).one()
        session.expunge_all()
        return row


def last_asked(board: Board) -> AuditLine:
    with board.store.read() as session:
        return lab.audit(session, AuditFilter(), 1)[0]


def test_a_station_is_changed_and_the_change_is_on_record(board: Board) -> None:
    changes = changes_of({"px_per_mm": 6.5, "lamp": "LepiLED", "mask_zones": [[30, 40, 10, 20]]})
    assert stations.change_station(board, ADMIN, 1, changes) is None
    row = station(board)
    assert (row.px_per_mm, row.lamp, row.mask_zones) == (6.5, "LepiLED", [[10, 20, 30, 40]])
    line = last_asked(board)
    assert (line.who, line.verb, line.outcome) == ("admin", "change a station", "accepted")
    assert line.done_at is not None


@pytest.mark.parametrize(
    "changes", [{"timezone": "Pacific/Auckland"}, {"clock_offset_min": 120}], ids=["zone", "clock"]
)
def test_another_zone_or_clock_groups_the_nights_anew(board: Board, changes: dict[str, Any]) -> None:
    job_id = stations.change_station(board, ADMIN, 1, changes_of(changes))
    assert stations.change_station(board, ADMIN, 1, changes_of(changes)) is None  # it is so already
    with board.store.read() as session:
        assert session.get_one(Job, job_id).type == "regroup_events"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"latitude": 95}, "from -90 to 90"),
        ({"px_per_mm": 0}, "above 0"),
        ({"mask_zones": [[1, 1, 1, 9]]}, "zone 1 has no area"),
        ({"mask_zones": [[0, 0, 9, 9], [1, None, 5, 9]]}, "zone 2 needs four numbers"),
        ({"name": ""}, "needs a name"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"clock_offset_min": 15 * 60}, "at -14:00 to"),
        ({"clock_offset_min": "noon"}, "at -14:00 to"),
    ],
)
def test_a_station_that_cannot_be_is_refused_and_stays(board: Board, given: dict[str, Any], words: str) -> None:
    before = vars(station(board)).copy()
    with pytest.raises(Invalid, match=words):
        stations.change_station(board, ADMIN, 1, changes_of(given))
    after = vars(station(board))
    assert {key: after[key] for key in before if not key.startswith("_")} == {
        key: value for key, value in before.items() if not key.startswith("_")
    }


def test_who_may_not_changes_nothing_and_is_on_record(board: Board) -> None:
    with pytest.raises(Forbidden, match="takes an admin"):
        stations.change_station(board, VIEWER, 1, changes_of({"lamp": "candle"}))
    bound = Actor("admin", Role.ADMIN, "api", project_id=1)
    with pytest.raises(Forbidden, match="of one project"):
        people.add_person(board, bound, "friend", Role.ADMIN, "long enough")
    assert station(board).lamp == ""
    with board.store.read() as session:
        refused = lab.audit(session, AuditFilter(outcome="refused"), 9)
    assert [(line.who, line.verb) for line in refused] == [("admin", "add a person"), ("guest", "change a station")]


def test_nobody_shuts_the_last_door_behind_themselves(board: Board) -> None:
    with pytest.raises(Illegal, match="shut yourself out"):
        people.disable(board, ADMIN, "admin", disabled=True)
    with pytest.raises(Illegal, match="your own role"):
        people.set_role(board, ADMIN, "admin", Role.VIEWER)
    assert last_asked(board).outcome == "refused"


def test_a_token_says_what_it_is_for(board: Board) -> None:
    with pytest.raises(Invalid, match="Say what the token is for"):
        people.create_token(board, ADMIN, user_name="admin", role=Role.VIEWER, name=" ")
    assert last_asked(board).outcome == "refused"


def test_a_token_never_may_more_than_its_person_does_now(board: Board) -> None:
    people.add_person(board, ADMIN, "friend", Role.OPERATOR, "long enough")
    text = people.create_token(board, ADMIN, user_name="friend", role=Role.ADMIN, name="notebook")
    assert {spelling.rsplit(" ", 1)[-1] for _, spelling in people.spellings(text, None)} == {text}
    people.set_role(board, ADMIN, "friend", Role.VIEWER)
    actor = actor_of_token(board.store, text)
    assert actor is not None
    assert actor.role is Role.VIEWER
    people.revoke_token(board, ADMIN, text.partition(".")[0])
    assert actor_of_token(board.store, text) is None
    with board.store.read() as session:
        told = [audit.details for audit in session.scalars(select(Audit))]
    assert text.partition(".")[2] not in str(told)
    assert "long enough" not in str(told)
