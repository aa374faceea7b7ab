"""`nightboard bench`: what benchmarks need."""

import time
from pathlib import Path

import click

from engine.cli_options import home_option, plain_errors, settings_or_exit


@click.group()
def bench() -> None:
    """Homes to measure on."""


@bench.command()
@home_option
@click.option("--jobs", type=click.IntRange(1, 100_000_000), default=1_000_000, show_default=True, help="How many.")
@plain_errors
def seed(home: Path | None, jobs: int) -> None:
    """Fill a new home with jobs that could be real: two years of a hundred stations, without a picture.

    A million take some minutes and 3 GB. Give it a --home of its own; one with jobs is left as it is.
    """
    from sqlalchemy import select

    from engine.demo.many import make_jobs
    from engine.refusals import Illegal
    from engine.up import prepare
    from models.jobs import Job
    from models.store import Store

    settings = settings_or_exit(home=home)
    prepare(settings)
    store = Store(settings.database)
    with store.read() as session:
        if session.scalars(select(Job.id).limit(1)).first() is not None:
            raise Illegal(f"{settings.home} has jobs already; name a new folder with --home.")
    started = time.monotonic()
    make_jobs(store, jobs, lambda done: click.echo(f"\r{done:,} jobs", nl=False, err=True))
    click.echo(err=True)
    click.echo(f"{jobs:,} jobs in {time.monotonic() - started:.0f} s. To look: nightboard web --home {settings.home}")
