"""Where things are: read from the environment and from the command line, checked once, named when wrong."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_HOME = Path("~/.local/share/nightboard")


class BadSetting(ValueError):
    """A setting is wrong; the sentence names it."""


class Settings(BaseSettings):
    """The settings of one process. `DATABASE_URL` and `REDIS_URL` have no prefix, as everywhere."""

    model_config = SettingsConfigDict(env_prefix="NIGHTBOARD_", populate_by_name=True, extra="ignore")

    home: Path = DEFAULT_HOME
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=1, le=65535)
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=0, le=256)
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    public_url: str | None = None
    allowed_hosts: str = ""

    @field_validator("home")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = make_url(value)
            backend = url.get_backend_name()
        except ArgumentError:
            raise ValueError("it is not a database address such as postgresql://user@host/name") from None
        if backend not in ("sqlite", "postgresql"):
            raise ValueError(f"Nightboard runs on sqlite and postgresql, not on {backend}")
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it begins with redis://, rediss:// or unix://")
        return value

    @property
    def database(self) -> str:
        """The database's address; the home's own SQLite file unless told."""
        return self.database_url or f"sqlite:///{self.home / 'nightboard.db'}"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    def environment(self) -> dict[str, str]:
        """These settings as the environment of a part that is started as its own process."""
        named = {
            "NIGHTBOARD_HOME": str(self.home),
            "NIGHTBOARD_HOST": self.host,
            "NIGHTBOARD_PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
        }
        return {key: value for key, value in named.items() if value is not None}


def load(**overrides: Any) -> Settings:
    """Settings from the environment, over them those given that are not None. Raises BadSetting with one sentence."""
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "a setting"
        spelled = name if name.isupper() else f"NIGHTBOARD_{name.upper()}"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise BadSetting(f"{spelled} is wrong ({first.get('input')!r}): {reason}.") from None
