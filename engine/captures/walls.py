"""What a camera's clock showed when captures were taken, read from their files once more.

It is kept with each capture that is taken in (`Capture.wall_at`). This is for those from before it was: from their
names, from the EXIF of their files, a few at once where these lie elsewhere, or from the directory of their archive.
What cannot be read now is left as it is.

A picture that came in an archive from a browser has lost what the archive told; its folder has a note of it.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.captures.headers import UnreadableHeader, read_header
from engine.captures.listing import time_of_member
from engine.captures.names import time_from_name
from engine.captures.sources import Elsewhere, SourceAway, connect, is_elsewhere, spoken_for

ASKED_AT_ONCE = 8
NOTE = ".walls"  # in a folder of arrivals: a line for each picture of an archive, its name and what the clock showed


def note_wall(folder: Path, name: str, wall: datetime) -> None:
    """Note what the clock showed at a picture that is kept in this folder."""
    with (folder / NOTE).open("a", encoding="utf-8") as note:
        note.write(f"{wall.isoformat()} {name}\n")


def noted_walls(folder: Path) -> dict[str, datetime]:
    """What is noted in a folder, naive, by the names of its files; nothing where there is no note."""
    try:
        lines = (folder / NOTE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, datetime] = {}
    for line in lines:
        told, _, name = line.partition(" ")
        with suppress(ValueError):
            found[name] = datetime.fromisoformat(told)
    return found


def walls_of(rows: Sequence[Any]) -> dict[int, datetime]:
    """Naive wall times by id, of those rows (id, url, path, time_source, wall_at) whose `wall_at` is not known yet."""
    unknown = [row for row in rows if row.wall_at is None]
    by_name = ((row.id, time_from_name(row.path)) for row in unknown if row.time_source == "name")
    by_exif = _exif_times([row for row in unknown if row.time_source == "exif"])
    packed = [row for row in unknown if row.time_source == "file" and row.url.startswith("zip://")]
    sent = [row for row in unknown if row.time_source == "file" and not is_elsewhere(row.url)]
    found = [*by_name, *by_exif, *_times_in_archives(packed), *_noted_times(sent)]
    return {id_: wall for id_, wall in found if wall is not None}


def _exif_times(rows: Sequence[Any]) -> Iterable[tuple[int, datetime | None]]:
    yield from ((row.id, _exif_here(Path(row.url) / row.path)) for row in rows if not is_elsewhere(row.url))
    far = [row for row in rows if is_elsewhere(row.url)]
    if not far:
        return
    away: set[str] = set()

    def ask(row: Any) -> tuple[int, datetime | None]:
        try:
            header = None if row.url in away else Elsewhere(row.url, row.path).header()
        except FileNotFoundError:
            return row.id, None
        except SourceAway:  # nobody waits for it file by file
            away.add(row.url)
            return row.id, None
        return row.id, header.exif_time if header else None

    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        yield from pool.map(ask, far)


def _exif_here(path: Path) -> datetime | None:
    try:
        return read_header(path).exif_time
    except UnreadableHeader:
        return None


def _noted_times(rows: Sequence[Any]) -> Iterable[tuple[int, datetime | None]]:
    paths = {row.id: Path(row.url) / row.path for row in rows}
    noted = {folder: noted_walls(folder) for folder in {path.parent for path in paths.values()}}
    yield from ((id_, noted[path.parent].get(path.name)) for id_, path in paths.items())


def _times_in_archives(rows: Sequence[Any]) -> Iterable[tuple[int, datetime | None]]:
    for url in {row.url for row in rows}:
        try:
            with spoken_for(url):
                members = {member.filename: member for member in connect(url)[0].zip.infolist()}
        except SourceAway:
            continue
        here = (row for row in rows if row.url == url and row.path in members)
        yield from ((row.id, time_of_member(members[row.path])) for row in here)
