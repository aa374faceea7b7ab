"""`nightboard user`: the people who may log in with a password."""

from pathlib import Path

import click

from engine.cli_options import home_option, plain_errors, settings_or_exit
from models.people import Role
from models.store import Store

PASSWORD_HELP = "The password; asked for when it is not given, which keeps it out of the shell's history."


@click.group()
def user() -> None:
    """People who log in."""


@user.command()
@home_option
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="operator", show_default=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help=PASSWORD_HELP)
@plain_errors
def add(home: Path | None, name: str, role: str, password: str) -> None:
    """Let a new person in."""
    from engine.passwords import add_user

    add_user(_store(home), name, Role(role), password)
    click.echo(f"{name} may log in, as {role}.")


@user.command()
@home_option
@click.argument("name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help=PASSWORD_HELP)
@plain_errors
def password(home: Path | None, name: str, password: str) -> None:
    """Give a person a new password."""
    from engine.passwords import set_password

    set_password(_store(home), name, password)
    click.echo(f"{name} has a new password.")


@user.command()
@home_option
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let them in again.")
@plain_errors
def disable(home: Path | None, name: str, undo: bool) -> None:
    """Shut a person out, with all of their tokens."""
    from engine.passwords import disable_user

    disable_user(_store(home), name, disabled=not undo)
    click.echo(f"{name} may log in again." if undo else f"{name} is shut out, and so are all of their tokens.")


@user.command(name="list")
@home_option
def list_them(home: Path | None) -> None:
    """Show who there is."""
    from engine.passwords import list_users

    for row in list_users(_store(home)):
        state = "disabled" if row.disabled else ("password" if row.has_password else "no password")
        click.echo(f"{row.name}  {row.role}  {state}")


def _store(home: Path | None) -> Store:
    from engine import access
    from engine.up import prepare

    settings = settings_or_exit(home=home)
    prepare(settings)
    store = Store(settings.database)
    access.ensure_admin(store, settings.home)
    return store
