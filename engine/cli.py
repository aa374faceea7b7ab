"""The command line: `nightboard up` and the parts it runs, ingest, and the doctor."""

import os
import socket
import sys
import threading
from pathlib import Path

import click

from engine.bench_cli import bench
from engine.cli_options import home_option, plain_errors, settings_or_exit
from engine.pipelines_cli import pipeline
from engine.reports_cli import report
from engine.services_cli import service
from engine.tokens_cli import token
from engine.users_cli import user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightboard")
def main() -> None:
    """Nightboard: the board on which a lab runs its nights of captures."""


main.add_command(bench)
main.add_command(pipeline)
main.add_command(report)
main.add_command(service)
main.add_command(token)
main.add_command(user)


@main.command()
@home_option
@click.option("--host", help="Address to serve on (default 127.0.0.1).")
@click.option("--port", type=int, help="Port to serve on (default 8050).")
@click.option("--workers", type=int, help="How many workers (default: one for each core).")
@click.option("--no-demo", is_flag=True, help="Do not draw the demonstration on a first start without captures.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@plain_errors
def up(
    home: Path | None, host: str | None, port: int | None, workers: int | None, no_demo: bool, no_browser: bool
) -> None:
    """Run everything: queue server, web page, reconciler and workers."""
    from engine.up import run_all

    settings = settings_or_exit(home=home, host=host, port=port, workers=workers)
    sys.exit(run_all(settings, demo=not no_demo, browser=not no_browser))


@main.command()
@home_option
@click.option("--host", help="Address to serve on.")
@click.option("--port", type=int, help="Port to serve on.")
@plain_errors
def web(home: Path | None, host: str | None, port: int | None) -> None:
    """Run the web page and the API alone."""
    from engine.up import check_port, web_command

    settings = settings_or_exit(home=home, host=host, port=port)
    check_port(settings)
    os.environ.update(settings.environment())
    os.execv(sys.executable, web_command(settings))


@main.command()
@home_option
@click.option("--name", help="The worker's name, the same each time (default: this machine's).")
@click.option("--count", type=click.IntRange(1, 256), default=1, show_default=True, help="How many workers.")
@plain_errors
def worker(home: Path | None, name: str | None, count: int) -> None:
    """Run workers alone. With DATABASE_URL and REDIS_URL they join from any machine."""
    from engine import queue_server
    from engine.supervise import Supervisor
    from engine.up import prepare, worker_parts

    settings = settings_or_exit(home=home)
    prepare(settings)
    if settings.redis_url is None:
        queue_server.ensure(settings.home)
    sys.exit(Supervisor(worker_parts(settings, name or socket.gethostname(), count), settings.home).run())


@main.command(hidden=True)
@home_option
@click.option("--name", required=True)
def shifts(home: Path | None, name: str) -> None:
    """One worker process, as the supervisor starts it."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a worker has one core; numpy and torch ask when they are loaded
    from engine.board import open_board
    from engine.worker import ShiftWorker

    ShiftWorker(open_board(settings_or_exit(home=home)), name).serve()


@main.command()
@home_option
def reconcile(home: Path | None) -> None:
    """Run the reconciler alone."""
    import signal

    from engine.board import open_board
    from engine.reconcile import run

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run(open_board(settings_or_exit(home=home)), stop)


@main.command()
@home_option
def migrate(home: Path | None) -> None:
    """Bring the database to this version's tables."""
    from engine.up import prepare

    settings = settings_or_exit(home=home)
    click.echo("The database was brought to this version." if prepare(settings) else "The database is up to date.")


@main.command()
@click.argument("folder")
@home_option
@click.option("--project", required=True, help="Name of the project; made if it is new.")
@click.option("--station", required=True, help="Name of the station; made if it is new.")
@click.option("--timezone", help="The station's time zone, such as Europe/Copenhagen (a new station's default: UTC).")
@click.option("--latitude", type=float, help="Degrees north.")
@click.option("--longitude", type=float, help="Degrees east.")
@plain_errors
def ingest(
    folder: str,
    home: Path | None,
    project: str,
    station: str,
    timezone: str | None,
    latitude: float | None,
    longitude: float | None,
) -> None:
    """Take captures in. A second run adds only what is new.

    FOLDER is a folder, or s3://BUCKET/PREFIX, s3+http://HOST:PORT/BUCKET/PREFIX, https://HOST/FOLDER, zip:///FILE.ZIP.
    """
    from engine.board import open_board
    from engine.captures.ingest import Report
    from engine.captures.ingest import ingest as take_in
    from engine.captures.sources import normal
    from engine.captures.stations import open_station
    from engine.up import prepare

    source = normal(folder)
    settings = settings_or_exit(home=home)
    prepare(settings)
    store = open_board(settings).store
    with store.write() as session:
        deployment_id = open_station(session, project, station, timezone, latitude, longitude).id
    report = Report()
    for step in take_in(store, deployment_id, source):
        report = step.report
        click.echo(f"\r{report.added + report.known} captures looked at", nl=False, err=True)
    click.echo(err=True)
    changed = f"{report.changed} changed, " if report.changed else ""
    click.echo(
        f"{report.added} added, {report.known + report.mended} known, {changed}{report.unreadable} unreadable, "
        f"{report.without_time} without a time, {report.ignored} other files ignored"
    )
    for fault in report.faults:
        click.echo(f"  {fault}")


@main.command(name="login-link")
@home_option
@click.option("--user", default="admin", show_default=True, help="Who is to be logged in.")
def login_link(home: Path | None, user: str) -> None:
    """Print a new one-time login link."""
    from engine import access
    from engine.board import open_board
    from engine.up import address, prepare

    settings = settings_or_exit(home=home)
    prepare(settings)
    click.echo(f"{address(settings)}/login/{access.login_link(open_board(settings).store, user_name=user)}")


@main.command()
@home_option
def demo(home: Path | None) -> None:
    """Draw the demonstration, take it in and process it."""
    from engine.board import open_board
    from engine.demo import under_way
    from engine.demo.run import show
    from engine.up import prepare

    settings = settings_or_exit(home=home)
    prepare(settings)
    with under_way.noted(settings.home):
        show(open_board(settings))


@main.command()
@home_option
def doctor(home: Path | None) -> None:
    """Check everything, and say what to do where something is wrong."""
    from engine.doctor import examine

    findings = examine(settings_or_exit(home=home))
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.sentence}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


if __name__ == "__main__":
    main()
