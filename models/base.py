"""The declarative base that workers and the web share, and the column types of this house."""

import enum
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}; give it in UTC")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(kind: type[enum.StrEnum]) -> Enum:
    """A column of the words of an enum, kept as plain text, so that a new word needs no migration."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=24, values_callable=lambda e: [m.value for m in e]
    )


# SQLite numbers its rows by itself only when the key is exactly INTEGER.
Whole = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    # Everything hangs on an explicit registry: flask-sqlalchemy copies the class, and a copy may share a registry
    # but not bring a type map of its own.
    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: UtcDateTime,
            int: Whole,
            dict[str, Any]: JSON(none_as_null=True),
            list[dict[str, Any]]: JSON,
            list[str]: JSON,
            list[list[float]]: JSON,
        },
    )


def primary_key() -> Any:
    """A 64-bit key that the database numbers, on SQLite and PostgreSQL alike."""
    return mapped_column(Whole, primary_key=True, autoincrement=True)


def now() -> datetime:
    """The time in UTC by this machine's clock; leases and deadlines ask `Store.clock` instead."""
    return datetime.now(UTC)
