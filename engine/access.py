"""Who is asking: tokens for programs, one-time links and sessions for people.

Of a token and of a login link only the SHA-256 is kept. Their secrets are random and 256 bits long, so a slow hash
would add nothing.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.base import now
from models.captures import Project
from models.people import Audit, LoginLink, Role, Token, User
from models.store import Store

ADMIN = "admin"
TOKEN_FILE = "admin.token"
SECRET_FILE = "secret.key"
USED_AT_MOST_EVERY = timedelta(minutes=1)
NO_SUCH_SECRET = "0" * 64  # what an unknown prefix is compared with, so that it takes as long as a known one


_refused: dict[str, datetime] = {}  # when a token was refused last, in this process


@dataclass(frozen=True)
class Actor:
    """Somebody who asks for something: a person or a program, with the role that decides what is granted.

    `project_id` is the one project that a token is bound to; None is every project.
    """

    name: str
    role: Role
    via: str  # dashboard, api, command line or engine
    user_id: int | None = None
    token_prefix: str | None = None
    project_id: int | None = None

    def may(self, role: Role) -> bool:
        """Whether this actor's role is at least this one."""
        return self.role.rank >= role.rank


@dataclass(frozen=True)
class TokenRow:
    """A token as people see it: never its secret. Times are UTC."""

    prefix: str
    name: str
    user: str
    role: Role
    project: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Unknown(LookupError):
    """Nobody or nothing of this name; the sentence says what to do."""


def actor_of_token(store: Store, text: str, via: str = "api", *, tells: bool = True) -> Actor | None:
    """Who holds the token "PREFIX.SECRET", or None when it is wrong, expired or revoked, or its user is disabled.

    A refusal is in the audit unless nobody `tells` it, once a minute for each token, and for all that there are none
    of: a program that was forgotten asks for ever.
    """
    prefix, _, secret = text.strip().partition(".")
    moment = now()
    token = store.row(_TOKEN, prefix=prefix)
    genuine = hmac.compare_digest(_hash(secret), token.secret_hash if token else NO_SUCH_SECRET)
    if token is None or not genuine or not _holds(token, moment):
        if tells:
            _tell_refused(store, f"token {prefix}" if token else "unknown token", token and token.user_id, via, moment)
        return None
    if token.last_used_at is None or moment - token.last_used_at >= USED_AT_MOST_EVERY:
        with store.write() as session:
            session.execute(update(Token).where(Token.prefix == prefix).values(last_used_at=moment))
    role = min(token.role, token.users_role, key=lambda each: each.rank)
    return Actor(token.name, role, via, token.user_id, prefix, token.project_id)


def _tell_refused(store: Store, who: str, user_id: int | None, via: str, moment: datetime) -> None:
    if (last := _refused.get(who)) is not None and moment - last < USED_AT_MOST_EVERY:
        return
    _refused[who] = moment
    told = {"who": who, "user_id": user_id, "via": via, "verb": "use a token", "outcome": "refused"}
    with suppress(SQLAlchemyError), store.write() as session:  # who is refused is told so, whatever the database does
        session.add(Audit(requested_at=moment, reason="The token is unknown, wrong, expired or revoked.", **told))


def actor_of_user(store: Store, user_id: int, via: str = "dashboard") -> Actor | None:
    """This person as an actor, or None when unknown or disabled."""
    user = store.row(_USER, user=user_id)
    return None if user is None or user.disabled else Actor(user.name, user.role, via, user_id)


def actor_of_session(store: Store, kept: Mapping[str, Any], via: str = "dashboard") -> Actor | None:
    """Whom a browser's session names (`user_id`), with no more rights than what let them in (`role`, `project_id`)."""
    user_id = kept.get("user_id")
    actor = actor_of_user(store, user_id, via) if isinstance(user_id, int) else None
    if actor is None:
        return None
    role = min(actor.role, Role(kept.get("role", actor.role)), key=lambda each: each.rank)
    return replace(actor, role=role, project_id=kept.get("project_id"))


def create_token(
    store: Store,
    *,
    user_name: str,
    role: Role,
    name: str = "",
    project_id: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a token and return its whole text, which is told only here. Raises Unknown for an unknown user."""
    with store.write() as session:
        return _add_token(session, user_name, role, name, project_id, expires_at)


def list_tokens(store: Store) -> list[TokenRow]:
    """All tokens, newest first, revoked ones too."""
    query = (
        select(
            Token.prefix,
            Token.name,
            User.name.label("user"),
            Token.role,
            Project.name.label("project"),
            Token.created_at,
            Token.expires_at,
            Token.last_used_at,
            Token.revoked_at,
        )
        .join(User, User.id == Token.user_id)
        .outerjoin(Project, Project.id == Token.project_id)
        .order_by(Token.id.desc())
    )
    with store.read() as session:
        return [TokenRow(**row._mapping) for row in session.execute(query)]


def revoke_token(store: Store, prefix: str) -> None:
    """End a token for good; ending it again changes nothing. Raises Unknown for an unknown prefix."""
    with store.write() as session:
        token = session.scalars(select(Token).where(Token.prefix == prefix)).one_or_none()
        if token is None:
            raise Unknown(f"There is no token {prefix}; a token goes by its first part, which ends at the dot.")
        token.revoked_at = token.revoked_at or now()


def ensure_admin(store: Store, home: Path) -> None:
    """See to it that there is a user admin, and a token of its in `home`/admin.token (mode 0600).

    A token file that is there and works is left as it is; otherwise a new token is made, and those that were written
    to such a file before are revoked.
    """
    with store.write() as session:
        if session.scalars(select(User).where(User.name == ADMIN)).one_or_none() is None:
            session.add(User(name=ADMIN, role=Role.ADMIN))
    path = home / TOKEN_FILE
    if path.exists() and actor_of_token(store, path.read_text()) is not None:
        path.chmod(0o600)
        return
    with store.write() as session:
        session.execute(
            update(Token).where(Token.name == TOKEN_FILE, Token.revoked_at.is_(None)).values(revoked_at=now())
        )
        text = _add_token(session, ADMIN, Role.ADMIN, TOKEN_FILE, None, None)
    _write_secret(path, f"{text}\n".encode())


def login_link(store: Store, *, user_name: str = ADMIN, minutes: int = 60) -> str:
    """A code that logs this user in once, within so many minutes. Raises Unknown for an unknown user."""
    code = secrets.token_urlsafe(32)
    with store.write() as session:
        user = _user(session, user_name)
        link = LoginLink(code_hash=_hash(code), user_id=user.id, expires_at=now() + timedelta(minutes=minutes))
        session.add(link)
    return code


def redeem(store: Store, code: str) -> Actor | None:
    """Who the code logs in; None when it is unknown, expired or used already. It is used from here on."""
    moment = now()
    with store.write() as session:
        taken = session.scalars(
            update(LoginLink)
            .where(LoginLink.code_hash == _hash(code), LoginLink.used_at.is_(None), LoginLink.expires_at > moment)
            .values(used_at=moment)
            .returning(LoginLink.user_id)
        ).one_or_none()
    return None if taken is None else actor_of_user(store, taken)


def secret_key(home: Path) -> bytes:
    """The 32 bytes that sign sessions, from `home`/secret.key (mode 0600); made once, whoever comes first."""
    path = home / SECRET_FILE
    if not path.exists():
        draft = path.with_name(f"{SECRET_FILE}.{secrets.token_hex(8)}")
        _write_secret(draft, secrets.token_bytes(32))
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # whole or not at all, and never over another process's
        draft.unlink()
    return path.read_bytes()


def _add_token(
    session: Session, user_name: str, role: Role, name: str, project_id: int | None, expires_at: datetime | None
) -> str:
    user = _user(session, user_name)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    session.add(
        Token(
            prefix=prefix,
            secret_hash=_hash(secret),
            name=name,
            role=role,
            user_id=user.id,
            project_id=project_id,
            expires_at=expires_at,
        )
    )
    return f"{prefix}.{secret}"


def _user(session: Session, name: str) -> User:
    user = session.scalars(select(User).where(User.name == name)).one_or_none()
    if user is None:
        raise Unknown(f"There is no user {name}.")
    return user


# Asked at each request, so it is put together once.
_USER = select(User.name, User.role, User.disabled).where(User.id == bindparam("user"))
_TOKEN = (
    select(
        Token.secret_hash,
        Token.role,
        Token.project_id,
        Token.user_id,
        Token.expires_at,
        Token.revoked_at,
        Token.last_used_at,
        User.name,
        User.role.label("users_role"),
        User.disabled,
    )
    .join(User, User.id == Token.user_id)
    .where(Token.prefix == bindparam("prefix"))
)


def _holds(token: Any, moment: datetime) -> bool:
    expired = token.expires_at is not None and token.expires_at <= moment
    return token.revoked_at is None and not expired and not token.disabled


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write_secret(path: Path, content: bytes) -> None:
    """A file that only its owner may read, from its first moment on, and whole or not at all."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)
