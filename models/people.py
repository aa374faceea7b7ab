"""Who may: people, their tokens, one-time login links, and the record of what they asked."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now, primary_key, words


class Role(enum.StrEnum):
    """Each role may do all that the one before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return RANKS[self]


RANKS = {role: number for number, role in enumerate(Role)}


class User(Base):
    __tablename__ = "user"

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[Role] = mapped_column(words(Role), default=Role.VIEWER)
    password_hash: Mapped[str | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Token(Base):
    """A key for programs: a prefix that names it and a secret of which only the hash is kept."""

    __tablename__ = "token"

    id: Mapped[int] = primary_key()
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]  # SHA-256 of a 256-bit random secret, hex
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[Role] = mapped_column(words(Role))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))  # null is every project
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class LoginLink(Base):
    """A link that logs one person in, once."""

    __tablename__ = "login_link"

    id: Mapped[int] = primary_key()
    code_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Audit(Base):
    """One thing that somebody asked: requested, acknowledged by the engine, done; or refused, and why."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_job_id_requested_at", "job_id", "requested_at"),)

    id: Mapped[int] = primary_key()
    requested_at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # null is the engine itself
    who: Mapped[str]
    via: Mapped[str]  # dashboard, api, command line or engine
    verb: Mapped[str]
    job_id: Mapped[int | None]  # no foreign key: the record outlives the job
    outcome: Mapped[str] = mapped_column(default="accepted")  # or refused
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    acknowledged_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
