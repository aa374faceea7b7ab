"""Passwords: kept as slow hashes, checked without telling which names there are, and written down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy import select

from engine import access, passwords
from engine.access import Unknown
from engine.cli import main
from engine.passwords import BadPassword, actor_of_password, add_user, disable_user, set_password
from models.people import Audit, Role, User
from models.settings import load
from models.store import Store
from tests.lab import lay

GOOD = "moths like the lamp"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    settings = load(home=home)
    lay(settings)
    opened = Store(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def ada(store: Store) -> Store:
    add_user(store, "Ada", Role.OPERATOR, GOOD)
    return store


def test_a_person_is_known_by_name_and_password(ada: Store) -> None:
    actor = actor_of_password(ada, "Ada", GOOD)
    assert actor is not None
    assert (actor.name, actor.role, actor.via) == ("Ada", Role.OPERATOR, "dashboard")


@pytest.mark.parametrize(
    ("name", "password"),
    [("Ada", "moths like the sun"), ("Bob", GOOD), ("Ada", ""), ("", GOOD), ("Ada", "x" * 9999), ("\0", "\ud800")],
)
def test_a_wrong_name_or_password_is_nobody(ada: Store, name: str, password: str) -> None:
    assert actor_of_password(ada, name, password) is None


def test_only_a_slow_hash_is_kept(ada: Store) -> None:
    with ada.read() as session:
        kept = session.scalars(select(User.password_hash).where(User.name == "Ada")).one()
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept


def test_a_new_password_ends_the_old_one(ada: Store) -> None:
    set_password(ada, "Ada", "beetles do as well")
    assert actor_of_password(ada, "Ada", GOOD) is None
    assert actor_of_password(ada, "Ada", "beetles do as well") is not None


def test_who_is_disabled_is_let_in_neither_by_password_nor_by_token(ada: Store) -> None:
    token = access.create_token(ada, user_name="Ada", role=Role.OPERATOR)
    disable_user(ada, "Ada")
    assert actor_of_password(ada, "Ada", GOOD) is None
    assert access.actor_of_token(ada, token) is None
    disable_user(ada, "Ada", disabled=False)
    assert actor_of_password(ada, "Ada", GOOD) is not None


def test_somebody_without_a_password_cannot_log_in_with_one(store: Store) -> None:
    add_user(store, "Eve", Role.VIEWER)
    assert actor_of_password(store, "Eve", "nobody's") is None


def test_every_attempt_is_in_the_audit(ada: Store) -> None:
    actor_of_password(ada, "Ada", GOOD)
    actor_of_password(ada, "Ada", "wrong password")
    with ada.read() as session:
        told = [(each.verb, each.who, each.outcome) for each in session.scalars(select(Audit).order_by(Audit.id))]
    assert told == [("log in", "Ada", "accepted"), ("log in", "Ada", "refused")]


def test_an_old_hash_is_made_anew_at_the_next_login(ada: Store) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64).hash(GOOD)
    with ada.write() as session:
        session.scalars(select(User).where(User.name == "Ada")).one().password_hash = weak
    assert actor_of_password(ada, "Ada", GOOD) is not None
    with ada.read() as session:
        assert session.scalars(select(User.password_hash).where(User.name == "Ada")).one() != weak
    assert actor_of_password(ada, "Ada", GOOD) is not None


@pytest.mark.parametrize("password", ["short", "x" * 1025])
def test_a_password_has_a_length(store: Store, password: str) -> None:
    with pytest.raises(BadPassword, match="8 to 1024"):
        add_user(store, "Eve", Role.VIEWER, password)
    assert [row.name for row in passwords.list_users(store)] == []


def test_a_name_is_given_once(ada: Store) -> None:
    with pytest.raises(BadPassword, match="There is a user Ada already"):
        add_user(ada, " Ada ", Role.ADMIN, GOOD)


def test_an_unknown_name_is_told(store: Store) -> None:
    with pytest.raises(Unknown, match="no user Bob"):
        set_password(store, "Bob", GOOD)


@pytest.fixture
def command(home: Path) -> CliRunner:
    return CliRunner(env={"NIGHTBOARD_HOME": str(home)})


def run(command: CliRunner, *arguments: str) -> Result:
    return command.invoke(main, [*arguments])


def test_the_command_line_makes_lists_and_disables_people(command: CliRunner) -> None:
    assert run(command, "user", "add", "Ada", "--role", "viewer", "--password", GOOD).exit_code == 0
    assert "Ada  viewer  password" in run(command, "user", "list").output
    assert run(command, "user", "password", "Ada", "--password", GOOD).exit_code == 0
    assert run(command, "user", "disable", "Ada").exit_code == 0
    assert "Ada  viewer  disabled" in run(command, "user", "list").output


def test_the_command_line_makes_a_token_and_tells_how_to_spell_it(command: CliRunner, home: Path) -> None:
    output = run(command, "token", "create", "--role", "viewer", "--name", "poller", "--expires", "30d").output
    text = output.splitlines()[0]
    assert all(f"{scheme} {text}" in output for scheme in ("Token", "ApiKey", "Bearer"))
    store = Store(load(home=home).database)
    actor = access.actor_of_token(store, text)
    assert actor is not None
    assert actor.role is Role.VIEWER
    assert run(command, "token", "revoke", text).exit_code == 0
    assert access.actor_of_token(store, text) is None
    store.close()
    listed = run(command, "token", "list").output
    assert "poller" in listed
    assert "revoked" in listed
    assert text.partition(".")[2] not in listed


@pytest.mark.parametrize("span", ["12h", "12H", "30D", "8W"])
def test_a_span_is_taken_as_the_help_shows_it(command: CliRunner, span: str) -> None:
    assert run(command, "token", "create", "--role", "viewer", "--expires", span).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "create", "--project", "nowhere"),
        ("token", "create", "--expires", "soon"),
        ("token", "create", "--expires", "2020-01-01"),
        ("token", "create", "--user", "Bob"),
        ("token", "revoke", "nonsense"),
        ("user", "disable", "Bob"),
    ],
)
def test_the_command_line_says_what_is_wrong_in_a_sentence(command: CliRunner, arguments: tuple[str, ...]) -> None:
    answer = run(command, *arguments)
    assert answer.exit_code != 0
    assert "Error: " in answer.output
    assert "Traceback" not in answer.output
