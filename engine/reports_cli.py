"""`nightboard report`: the figures of stations and nights as PDF, HTML, CSV, PNG and SVG, without a browser."""

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli_options import home_option, plain_errors, settings_or_exit
from engine.reports.selection import FIGURES, day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KINDS = ("pdf", "html", "csv", "png", "svg")


class Night(click.ParamType[date]):
    """The date of an evening, such as 2026-08-01."""

    name = "YYYY-MM-DD"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date."""
        try:
            return value if isinstance(value, date) else day(value)
        except ValueError:
            self.fail(f"{value!r} is not the date of an evening, such as 2026-08-01.", param, ctx)


@click.command()
@home_option
@click.option("--station", "stations", multiple=True, help="A station, by name or number; repeatable (default: all).")
@click.option("--from", "first", type=Night(), help="The first night, by the date of its evening.")
@click.option("--to", "last", type=Night(), help="The last night (default: the newest with captures, 28 nights).")
@click.option("--figure", "figures", multiple=True, type=click.Choice(list(FIGURES)), help="Repeatable (default: all).")
@click.option("--as", "kinds", multiple=True, type=click.Choice(KINDS), help="Repeatable (default: pdf and html).")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default="here",
    help="The folder to write into; made if it is new.",
)  # fmt: skip
@plain_errors
def report(
    home: Path | None,
    stations: tuple[str, ...],
    first: date | None,
    last: date | None,
    figures: tuple[str, ...],
    kinds: tuple[str, ...],
    out: Path,
) -> None:
    """Write a report: report.pdf and report.html, or a file for each figure."""
    from engine.reports.files import KINDS as FIGURE_KINDS
    from engine.reports.files import figure_file
    from engine.reports.paper import as_pdf
    from engine.reports.report import build
    from engine.reports.selection import Asked
    from engine.reports.web import as_html
    from engine.up import address, prepare
    from models.queries.reports import Selection
    from models.store import Store

    if first and last and first > last:
        raise click.UsageError(f"The first night, {first}, is after the last one, {last}; change one of them.")
    settings = settings_or_exit(home=home)
    prepare(settings)
    with closing(Store(settings.database)) as store, store.read() as session:
        where = Selection(stations=_stations(session, stations), first=first, last=last)
        asked = Asked(where, tuple(key for key in FIGURES if key in figures) or tuple(FIGURES))
        made = build(session, asked, datetime.now(UTC))
    base = (settings.public_url or address(settings)).rstrip("/")
    out.mkdir(parents=True, exist_ok=True)
    for kind in kinds or ("pdf", "html"):
        whole = {"pdf": as_pdf, "html": as_html}.get(kind)
        if whole is not None:
            _write(out / f"report.{kind}", whole(made, base))
        for part in made.parts if kind in FIGURE_KINDS else ():
            _write(out / f"{part.key}.{kind}", figure_file(part, kind))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    click.echo(path)


def _stations(session: "Session", wanted: tuple[str, ...]) -> tuple[int, ...]:
    """The ids of stations by their names or numbers. Raises Unknown."""
    from engine.access import Unknown
    from models.queries.reports import places

    known = places(session)
    found = []
    for word in wanted:
        ids = [key for key, name in known if name == word] or [key for key, _ in known if str(key) == word]
        if not ids:
            raise Unknown(
                f"There is no station {word}; there are {', '.join(name for _, name in known) or 'none yet'}."
            )
        found += ids
    return tuple(found)
