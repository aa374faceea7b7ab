"""`nightboard pipeline`: the pipelines there are, and a lab's own."""

from contextlib import closing
from pathlib import Path

import click

from engine.cli_options import home_option, plain_errors, settings_or_exit


@click.group()
def pipeline() -> None:
    """Pipelines, and a lab's own models."""


@pipeline.command()
@home_option
@click.argument("folder", type=click.Path(path_type=Path))
@plain_errors
def add(home: Path | None, folder: Path) -> None:
    """Add the model in FOLDER (model.onnx and pipeline.toml), or bring it up to date.

    On a further machine with workers, add it there as well.
    """
    from engine.own_pipelines import add as add_folder
    from engine.up import prepare
    from models.store import Store

    settings = settings_or_exit(home=home)
    prepare(settings)
    with closing(Store(settings.database)) as store:
        added = add_folder(store, settings.home, folder)
    click.echo(f"Pipeline {added.slug}, version {added.version}, is ready{'' if added.is_new else ' as it was'}.")


@pipeline.command(name="list")
@home_option
def list_them(home: Path | None) -> None:
    """Show the pipelines."""
    from sqlalchemy import select

    from engine.up import prepare
    from models.pipelines import Pipeline
    from models.store import Store

    settings = settings_or_exit(home=home)
    prepare(settings)
    with closing(Store(settings.database)) as store, store.read() as session:
        for row in session.scalars(select(Pipeline).order_by(Pipeline.id)):
            state = "" if row.enabled else "  (shut)"
            click.echo(f"{row.slug}  {row.kind}  version {row.version}  {row.name}{state}")
