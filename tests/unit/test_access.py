"""Tokens, links and sessions: who is let in, and who no longer."""

import shutil
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine import access
from models import migrate
from models.base import now
from models.people import LoginLink, Role, Token, User
from models.store import Store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with a person of each role below an administrator."""
    path = tmp_path_factory.mktemp("access") / "nightboard.db"
    opened = Store(f"sqlite:///{path}")
    migrate.upgrade(opened)
    with opened.write() as session:
        session.add_all([User(name="vera", role=Role.VIEWER), User(name="otto", role=Role.OPERATOR)])
    opened.close()
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "db").mkdir()
    opened = Store(f"sqlite:///{shutil.copy(template, tmp_path / 'db')}")
    yield opened
    opened.close()


def token_of(store: Store, text: str) -> Token:
    with store.read() as session:
        return session.scalars(select(Token).where(Token.prefix == text.partition(".")[0])).one()


def test_a_token_names_its_holder(store: Store) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR, name="notebook")
    actor = access.actor_of_token(store, text)
    assert actor is not None
    assert (actor.name, actor.role, actor.via, actor.project_id) == ("otto", Role.OPERATOR, "api", None)


def test_only_the_hash_of_a_token_is_kept(store: Store) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR)
    assert text.partition(".")[2] not in str(vars(token_of(store, text)))


@pytest.mark.parametrize("change", [lambda t: t + "x", lambda t: t[:-1], lambda t: "x" + t, lambda t: t.split(".")[0]])
def test_a_token_that_is_not_quite_right_is_nobody(store: Store, change: Callable[[str], str]) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR)
    assert access.actor_of_token(store, change(text)) is None


@pytest.mark.parametrize("text", ["", ".", "x", "x.y", "\N{SNOWMAN}.\N{SNOWMAN}", "a.b.c"])
def test_nonsense_is_nobody(store: Store, text: str) -> None:
    assert access.actor_of_token(store, text) is None


def test_an_expired_token_is_nobody(store: Store) -> None:
    over = now() - timedelta(seconds=1)
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR, expires_at=over)
    assert access.actor_of_token(store, text) is None


def test_a_revoked_token_is_nobody(store: Store) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR)
    access.revoke_token(store, text.partition(".")[0])
    assert access.actor_of_token(store, text) is None


def test_the_token_of_a_disabled_person_is_nobody(store: Store) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR)
    with store.write() as session:
        session.execute(update(User).values(disabled=True))
    assert access.actor_of_token(store, text) is None


def test_a_token_gives_no_more_than_its_person_has(store: Store) -> None:
    text = access.create_token(store, user_name="vera", role=Role.ADMIN)
    actor = access.actor_of_token(store, text)
    assert actor is not None
    assert actor.role is Role.VIEWER


def test_use_is_noted_at_most_once_a_minute(store: Store) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR)
    access.actor_of_token(store, text)
    first = token_of(store, text).last_used_at
    access.actor_of_token(store, text)
    assert token_of(store, text).last_used_at == first
    with store.write() as session:
        session.execute(update(Token).values(last_used_at=now() - timedelta(minutes=2)))
    access.actor_of_token(store, text)
    assert first is not None
    assert (token_of(store, text).last_used_at or first) >= first


def test_a_list_of_tokens_tells_no_secret(store: Store) -> None:
    text = access.create_token(store, user_name="otto", role=Role.OPERATOR, name="notebook")
    (row,) = access.list_tokens(store)
    assert (row.prefix, row.name, row.user) == (text.partition(".")[0], "notebook", "otto")
    assert text.partition(".")[2] not in str(row)


def test_a_token_for_nobody_is_refused(store: Store) -> None:
    with pytest.raises(access.Unknown, match="no user nobody"):
        access.create_token(store, user_name="nobody", role=Role.VIEWER)


def test_revoking_an_unknown_token_is_refused(store: Store) -> None:
    with pytest.raises(access.Unknown, match="no token abc"):
        access.revoke_token(store, "abc")


def test_the_administrators_token_stands_in_a_file_of_its_own(store: Store, tmp_path: Path) -> None:
    access.ensure_admin(store, tmp_path)
    path = tmp_path / "admin.token"
    actor = access.actor_of_token(store, path.read_text())
    assert actor is not None
    assert (actor.name, actor.role) == ("admin", Role.ADMIN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_administrators_token_stays(store: Store, tmp_path: Path) -> None:
    access.ensure_admin(store, tmp_path)
    before = (tmp_path / "admin.token").read_text()
    access.ensure_admin(store, tmp_path)
    assert (tmp_path / "admin.token").read_text() == before


def test_a_lost_token_file_is_written_anew_and_the_old_token_ends(store: Store, tmp_path: Path) -> None:
    access.ensure_admin(store, tmp_path)
    before = (tmp_path / "admin.token").read_text()
    (tmp_path / "admin.token").unlink()
    access.ensure_admin(store, tmp_path)
    assert access.actor_of_token(store, before) is None
    assert access.actor_of_token(store, (tmp_path / "admin.token").read_text()) is not None


def test_a_login_link_works_once(store: Store) -> None:
    code = access.login_link(store, user_name="vera")
    actor = access.redeem(store, code)
    assert actor is not None
    assert (actor.name, actor.via) == ("vera", "dashboard")
    assert access.redeem(store, code) is None


def test_a_login_link_works_once_for_many_at_a_time(store: Store) -> None:
    code = access.login_link(store, user_name="vera")
    with ThreadPoolExecutor(8) as pool:
        actors = list(pool.map(lambda _: access.redeem(store, code), range(16)))
    assert sum(actor is not None for actor in actors) == 1


def test_an_old_login_link_does_not_work(store: Store) -> None:
    code = access.login_link(store, user_name="vera")
    with store.write() as session:
        session.execute(update(LoginLink).values(expires_at=now() - timedelta(seconds=1)))
    assert access.redeem(store, code) is None


def test_the_code_of_a_login_link_is_not_kept(store: Store) -> None:
    code = access.login_link(store, user_name="vera")
    with store.read() as session:
        assert session.scalars(select(LoginLink.code_hash)).one() != code


def test_a_session_gives_no_more_than_what_let_it_in(store: Store) -> None:
    with store.read() as session:
        otto = session.scalars(select(User.id).where(User.name == "otto")).one()
    actor = access.actor_of_session(store, {"user_id": otto, "role": "viewer", "project_id": 3})
    assert actor is not None
    assert (actor.role, actor.project_id) == (Role.VIEWER, 3)


@pytest.mark.parametrize("kept", [{}, {"user_id": None}, {"user_id": "1"}, {"user_id": 999}])
def test_a_session_without_a_person_is_nobody(store: Store, kept: dict[str, object]) -> None:
    assert access.actor_of_session(store, kept) is None


def test_the_key_of_sessions_is_made_once_by_many_at_a_time(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: access.secret_key(tmp_path), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
