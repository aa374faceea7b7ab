"""`nightboard token`: keys for programs, made, listed and revoked; and how each API wants them spelled."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from engine.cli_options import home_option, plain_errors, settings_or_exit
from models.base import now
from models.people import Role
from models.settings import Settings
from models.store import Store

SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Expiry(click.ParamType[datetime]):
    """A span such as 12h, 30d or 8w from now, or a date (UTC)."""

    name = "12h|30d|8w|DATE"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """When it ends, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            if span := re.fullmatch(r"(\d{1,5})([hdw])", value.lower()):
                return now() + int(span[1]) * SPANS[span[2]]
            at = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a span such as 30d nor a date such as 2027-01-31.", param, ctx)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if at <= now():
            self.fail(f"{value} is over already.", param, ctx)
        return at


@click.group()
def token() -> None:
    """Keys for programs."""


@token.command()
@home_option
@click.option("--role", type=click.Choice([role.value for role in Role]), default="operator", show_default=True)
@click.option("--project", help="The one project that it is for, by name or number (default: all).")
@click.option("--name", default="", help="What it is for, in a few words.")
@click.option("--user", default="admin", show_default=True, help="Whose it is; it never may more than they.")
@click.option("--expires", type=Expiry(), help="When it ends (default: never).")
@click.option("--quiet", "-q", is_flag=True, help="Print the token alone.")
@plain_errors
def create(
    home: Path | None, role: str, project: str | None, name: str, user: str, expires: datetime | None, quiet: bool
) -> None:
    """Make a token and print it, once, with its spelling for each API."""
    from engine import access
    from engine.lab.people import spellings

    settings = settings_or_exit(home=home)
    store = _store(settings)
    if user == access.ADMIN:
        access.ensure_admin(store, settings.home)
    project_id = None if project is None else _project(store, project)
    text = access.create_token(
        store, user_name=user, role=Role(role), name=name, project_id=project_id, expires_at=expires
    )
    click.echo(text)
    if not quiet:
        click.echo("\nIt is shown only now. How each API wants it:")
        for api, spelling in spellings(text, project_id):
            click.echo(f"  {api:<9}  {spelling}")


@token.command(name="list")
@home_option
def list_them(home: Path | None) -> None:
    """Show all tokens, newest first; never their secrets."""
    from engine import access

    rows = access.list_tokens(_store(settings_or_exit(home=home)))
    head = ("PREFIX", "ROLE", "USER", "PROJECT", "STATE", "LAST USED", "NAME")
    lines = [
        (
            row.prefix,
            row.role.value,
            row.user,
            row.project or "all",
            _state(row.revoked_at, row.expires_at),
            f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never",
            row.name,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    for line in [head, *lines]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@token.command()
@home_option
@click.argument("prefix")
@plain_errors
def revoke(home: Path | None, prefix: str) -> None:
    """End a token for good. PREFIX is what stands before its dot."""
    from engine import access

    prefix = prefix.partition(".")[0]
    access.revoke_token(_store(settings_or_exit(home=home)), prefix)
    click.echo(f"Token {prefix} is revoked.")


def _state(revoked_at: datetime | None, expires_at: datetime | None) -> str:
    if revoked_at is not None:
        return "revoked"
    if expires_at is None:
        return "valid"
    return f"until {expires_at:%Y-%m-%d %H:%M}" if expires_at > now() else "expired"


def _store(settings: Settings) -> Store:
    from engine.up import prepare

    prepare(settings)
    return Store(settings.database)


def _project(store: Store, wanted: str) -> int:
    """The id of the project of this name or number. Raises Unknown."""
    from sqlalchemy import select

    from engine.access import Unknown
    from models.captures import Project

    with store.read() as session:
        projects: dict[str, int] = {each.name: each.id for each in session.scalars(select(Project))}
    if wanted in projects:
        return projects[wanted]
    if wanted.isdecimal() and int(wanted) in projects.values():
        return int(wanted)
    raise Unknown(f"There is no project {wanted}; there are {', '.join(sorted(projects)) or 'none yet'}.")
