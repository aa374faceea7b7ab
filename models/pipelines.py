"""What can be run: pipelines, the algorithms in them, and the services where they run."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Whole, now, primary_key

pipeline_algorithm = Table(
    "pipeline_algorithm",
    Base.metadata,
    Column("pipeline_id", Whole, ForeignKey("pipeline.id"), primary_key=True),
    Column("algorithm_id", Whole, ForeignKey("algorithm.id"), primary_key=True),
)


PULL = "pull"  # the kind of a pipeline that only programs run that ask for their work


class ProcessingService(Base):
    """A service elsewhere that runs pipelines, by Antenna's `/info` and `/process`; a pull worker has no address."""

    __tablename__ = "processing_service"

    id: Mapped[int] = primary_key()
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    endpoint_url: Mapped[str | None]
    secret: Mapped[str] = mapped_column(default=lambda: secrets.token_urlsafe(32))  # signs what it may fetch
    last_seen_at: Mapped[datetime | None]
    last_seen_live: Mapped[bool | None]
    asked_at: Mapped[datetime | None]  # when it was last asked how it is, whatever came of it
    latency_ms: Mapped[float | None]  # of its last answer
    last_error: Mapped[str | None]  # why it was not well when it was last asked, in plain words
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Algorithm(Base):
    __tablename__ = "algorithm"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = primary_key()
    key: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    task_type: Mapped[str] = mapped_column(default="detection")
    version: Mapped[int] = mapped_column(default=1)
    version_name: Mapped[str] = mapped_column(default="")
    uri: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Pipeline(Base):
    """One version of one pipeline. A new version is a new number on the same row; results keep the number they had."""

    __tablename__ = "pipeline"

    id: Mapped[int] = primary_key()
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    description: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    version_name: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]  # which module of engine.pipelines runs it, or PULL
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seats: Mapped[int | None]  # how many shifts may run it at once; null is as many as there are workers
    batch_max: Mapped[int] = mapped_column(default=64)
    call_limit_s: Mapped[int] = mapped_column(default=120)  # a batch that takes longer is taken for hung
    service_id: Mapped[int | None] = mapped_column(ForeignKey("processing_service.id"))
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    algorithms: Mapped[list[Algorithm]] = relationship(secondary=pipeline_algorithm)
    service: Mapped[ProcessingService | None] = relationship()
