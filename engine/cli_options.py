"""What the commands share: where the home is, and errors that are meant for people."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from models.settings import BadSetting, Settings, load

HOME_HELP = "Where Nightboard keeps its things (default: $NIGHTBOARD_HOME or ~/.local/share/nightboard)."


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--home", type=click.Path(path_type=Path, file_okay=False), help=HOME_HELP)(command)


def settings_or_exit(**overrides: Any) -> Settings:
    """The settings, or one sentence on stderr and exit code 2."""
    try:
        return load(**overrides)
    except BadSetting as error:
        raise click.UsageError(str(error)) from None


def plain_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Show the errors that are meant for people as one sentence, without a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from engine.access import Unknown
        from engine.captures.folders import BadFolder
        from engine.captures.sources import BadSource, SourceAway
        from engine.captures.stations import BadStation
        from engine.locks import AlreadyRunning
        from engine.passwords import BadPassword
        from engine.pipelines.onnx_folder import BadPipeline
        from engine.queue_server import NoQueueServer
        from engine.refusals import Refusal
        from engine.up import PortTaken

        told = (
            AlreadyRunning,
            BadFolder,
            BadPassword,
            BadPipeline,
            BadSource,
            BadStation,
            NoQueueServer,
            PortTaken,
            Refusal,
            SourceAway,
            Unknown,
        )
        try:
            return command(*args, **kwargs)
        except told as error:
            raise click.ClickException(str(error)) from None

    return run
