"""`nightboard service`: the processing services that run pipelines elsewhere."""

import sys
from contextlib import closing
from pathlib import Path

import click

from engine.cli_options import home_option, plain_errors, settings_or_exit
from models.store import Store


@click.group()
def service() -> None:
    """Services that run pipelines elsewhere."""


@service.command()
@home_option
@click.argument("url")
@click.option("--name", default="", help="What to call it here (default: its own name).")
@click.option("--batch", type=click.IntRange(1, 64), help="Captures in one request (a new one: 8).")
@click.option("--seats", type=click.IntRange(1), help="Workers that may ask it at once (default: all).")
@click.option("--timeout", type=click.FloatRange(1, 3600), help="Seconds for one request (a new one: 60).")
@plain_errors
def add(home: Path | None, url: str, name: str, batch: int | None, seats: int | None, timeout: float | None) -> None:
    """Register the service at URL and its pipelines; one that is known is brought up to date."""
    from engine import services

    usual = services.Limits()
    limits = services.Limits(batch or usual.batch, seats, timeout or usual.timeout_s)
    asked = limits if (batch, seats, timeout) != (None, None, None) else None
    with _store(home) as store:
        made = services.add(store, url, name=name, limits=asked, anywhere=True)
    click.echo(f"Service {made.service_id} runs: {', '.join(made.pipelines) or 'no pipeline yet'}")


@service.command(name="list")
@home_option
@plain_errors
def list_them(home: Path | None) -> None:
    """Show the services and when each was last seen."""
    from sqlalchemy import select

    from models.pipelines import ProcessingService

    with _store(home) as store, store.read() as session:
        for row in session.scalars(select(ProcessingService).order_by(ProcessingService.id)):
            seen = f"last seen {row.last_seen_at:%Y-%m-%d %H:%M}" if row.last_seen_at else "never seen"
            click.echo(f"{row.id}  {row.name}  {row.endpoint_url or 'asks for its work itself'}  {seen}")


@service.command()
@home_option
@click.argument("number", type=int)
@plain_errors
def check(home: Path | None, number: int) -> None:
    """Ask service NUMBER whether it lives."""
    from engine import services

    with _store(home) as store:
        status = services.look(store, number)
    if status.error is not None:
        click.echo(status.error)
        sys.exit(1)
    click.echo(f"{status.url} answered in {status.latency_ms:.0f} ms; it runs {', '.join(status.pipelines)}")


@service.command()
@home_option
@click.argument("number", type=int)
@plain_errors
def remove(home: Path | None, number: int) -> None:
    """Forget service NUMBER; its results stay."""
    from engine import services

    with _store(home) as store:
        services.remove(store, number)
    click.echo(f"Service {number} is removed.")


def _store(home: Path | None) -> closing[Store]:
    from engine.up import prepare

    settings = settings_or_exit(home=home)
    prepare(settings)
    return closing(Store(settings.database))
