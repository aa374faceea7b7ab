"""Passwords of people, kept as argon2id hashes, and the people who have them.

A check takes tens of ms and tens of MiB by design, so only a few go on at once. A name that is unknown takes as long as
one that is known, and says no more.
"""

import threading
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access import Actor, Unknown
from models.base import now
from models.people import Audit, Role, User
from models.store import Store

SHORTEST, LONGEST = 8, 1024  # characters; longer ones only cost time
AT_ONCE = 2

_hasher = PasswordHasher()
_seats = threading.BoundedSemaphore(AT_ONCE)


class BadPassword(ValueError):
    """This password, or this name, cannot be taken; the sentence says why."""


def add_user(store: Store, name: str, role: Role, password: str | None = None) -> None:
    """Make a person, with a password or without. Raises BadPassword, also when there is one of this name."""
    name = name.strip()
    if not name or len(name) > 150 or not name.isprintable():
        raise BadPassword("A name has 1 to 150 printable characters.")
    hashed = None if password is None else _hash(password)
    with store.write() as session:
        if _find(session, name) is not None:
            raise BadPassword(f"There is a user {name} already; give the new one another name.")
        session.add(User(name=name, role=role, password_hash=hashed))


def set_password(store: Store, name: str, password: str) -> None:
    """Give a person a new password. Raises BadPassword, and Unknown for an unknown name."""
    hashed = _hash(password)
    with store.write() as session:
        _known(session, name).password_hash = hashed


def set_role(store: Store, name: str, role: Role) -> None:
    """What a person may from now on; their tokens never may more. Raises Unknown."""
    with store.write() as session:
        _known(session, name).role = role


def disable_user(store: Store, name: str, *, disabled: bool = True) -> None:
    """Shut a person and all of their tokens and sessions out, or let them in again. Raises Unknown."""
    with store.write() as session:
        _known(session, name).disabled = disabled


@dataclass(frozen=True)
class UserRow:
    """A person as people see them."""

    name: str
    role: Role
    disabled: bool
    has_password: bool


def list_users(store: Store) -> list[UserRow]:
    """Everybody, by name."""
    with store.read() as session:
        users = session.scalars(select(User).order_by(User.name))
        return [UserRow(each.name, each.role, each.disabled, each.password_hash is not None) for each in users]


def actor_of_password(store: Store, name: str, password: str, via: str = "dashboard") -> Actor | None:
    """Who this is, or None when the name or the password is wrong, or the person is disabled. Both are in the audit."""
    with store.read() as session:
        user = _find(session, name.strip())
        kept = user.password_hash if user is not None else None
    genuine = _matches(kept or _nobodys(), password) and kept is not None
    let_in = user is not None and genuine and not user.disabled
    with store.write() as session:
        session.add(_told(user, name, via, let_in=let_in))
        if user is not None and let_in and kept is not None and _hasher.check_needs_rehash(kept):
            _known(session, user.name).password_hash = _hash(password)
    return Actor(user.name, user.role, via, user.id) if user is not None and let_in else None


def _told(user: User | None, name: str, via: str, *, let_in: bool) -> Audit:
    """The attempt as the audit keeps it."""
    at = now()
    return Audit(
        requested_at=at,
        acknowledged_at=at,
        done_at=at,
        user_id=user.id if user is not None else None,
        who=name.strip()[:150] if _is_storable(name) else "?",
        via=via,
        verb="log in",
        outcome="accepted" if let_in else "refused",
        reason=None if let_in else "The name or the password was wrong, or this person is disabled.",
    )


def _find(session: Session, name: str) -> User | None:
    return session.scalars(select(User).where(User.name == name)).one_or_none() if _is_storable(name) else None


def _is_storable(text: str) -> bool:
    """Whether a database can keep it: no null character, and no half of a surrogate pair."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _known(session: Session, name: str) -> User:
    user = _find(session, name.strip())
    if user is None:
        raise Unknown(f"There is no user {name}; `nightboard user list` shows who there is.")
    return user


def _hash(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadPassword(f"A password has {SHORTEST} to {LONGEST} characters; choose another one.")
    with _seats:
        return _hasher.hash(password)


def _matches(kept: str, password: str) -> bool:
    if len(password) > LONGEST:
        return False
    with _seats:
        try:
            return _hasher.verify(kept, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False


@cache
def _nobodys() -> str:
    """What the password of an unknown name is compared with, so that it takes as long as that of a known one."""
    return _hasher.hash("nobody's")
