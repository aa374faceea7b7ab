"""Who works: one row for each worker that reported for duty, and who leads the reconcilers."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Worker(Base):
    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(primary_key=True)  # keeps through restarts of its process
    host: Mapped[str]
    pid: Mapped[int]
    state: Mapped[str]  # idle, busy, stopped or gone
    job_id: Mapped[int | None]
    captures_done: Mapped[int] = mapped_column(default=0)
    memory_bytes: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    since: Mapped[datetime]  # in this state
    seen_at: Mapped[datetime]
    requested: Mapped[str | None]  # finish or halt: it is to stand still, until somebody starts it again
    requested_at: Mapped[datetime | None]
    control_id: Mapped[int | None]  # the audit row of that
    rev: Mapped[int] = mapped_column(default=0, index=True)


class Leader(Base):
    """A role that one process holds at a time, until its lease ends."""

    __tablename__ = "leader"

    role: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    lease_until: Mapped[datetime]
