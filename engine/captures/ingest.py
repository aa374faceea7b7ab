"""The ingest: from the files of a source to captures and nights in the database, block by block.

Each block is examined without a transaction, for a slow card must not hold the database, and then landed in one. A
second run adds only what is new, and reads again only what could not be read before, or is another file by its size and
time (in a folder, then by a checksum of both its ends) or by its source's own checksum. Of a file that lies elsewhere
only its name is read, and its first bytes when the name has no time.

The time of a capture is that in its name, else that in its EXIF, else, as a last resort, the file's own; which of them
it is stands in `time_source`.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import String, cast, or_, select, update
from sqlalchemy.orm import Session

from engine.captures.folders import File, as_text
from engine.captures.grouping import clocks_of, insert_into, open_nights, refresh_nights
from engine.captures.headers import Header, UnreadableHeader, read_header
from engine.captures.listing import Listed, blocks
from engine.captures.names import FIRST_YEAR, time_from_name
from engine.captures.sources import Elsewhere, normal
from engine.captures.stations import open_source, place, sources_of
from engine.captures.walls import ASKED_AT_ONCE, noted_walls
from models.captures import Capture
from models.nights import ONE_DAY, Clocks
from models.results import OF_OLDER_FILE, Result
from models.store import Store

FAULTS_KEPT = 50
UNREADABLE = "header_error"
END = 4096  # bytes of each end of a file that its checksum is of


@dataclass(frozen=True)
class Report:
    """Numbers of files: pictures added, known before, and mended (read now, not before); ``ignored`` are no pictures.

    ``changed`` were known, and are other files now: what was found on the old ones no longer counts. ``vanished`` were
    known, and are not in their source any more; only a whole look through it can tell.

    ``unreadable``, ``without_time`` and ``file_time`` (those with no other time than their file's own) count among the
    pictures, whether added now or known. ``faults`` has a sentence on each of the first 50 files that could not be
    read.
    """

    added: int = 0
    known: int = 0
    mended: int = 0
    unreadable: int = 0
    without_time: int = 0
    ignored: int = 0
    faults: tuple[str, ...] = ()
    changed: int = 0
    vanished: int = 0
    file_time: int = 0

    def __add__(self, other: "Report") -> "Report":
        return Report(
            self.added + other.added,
            self.known + other.known,
            self.mended + other.mended,
            self.unreadable + other.unreadable,
            self.without_time + other.without_time,
            self.ignored + other.ignored,
            (self.faults + other.faults)[:FAULTS_KEPT],
            self.changed + other.changed,
            self.vanished + other.vanished,
            self.file_time + other.file_time,
        )


@dataclass(frozen=True)
class Step:
    """How far an ingest is: all counts so far, and the ``after`` with which it can be taken up again."""

    report: Report
    after: str


@dataclass(frozen=True)
class Found:
    """A capture as its file has it; ``values`` are columns of its row, ``id`` is that of a row to be mended."""

    values: dict[str, Any]
    night: date | None
    id: int | None = None
    changed: bool = False
    left: int | None = None  # the night in which a row to be mended was


@dataclass(frozen=True)
class Block:
    """What ``examine`` found in a block of files: captures to write, and the report on all others.

    ``met`` are the known captures that are as they were, ``touched`` what to note of those whose file only has another
    time. ``seen_at`` is when the look through the source began, if it is a whole one.
    """

    deployment_id: int
    found: list[Found] = field(default_factory=list)
    others: Report = Report()
    met: list[int] = field(default_factory=list)
    touched: list[dict[str, Any]] = field(default_factory=list)
    seen_at: datetime | None = None


def ingest(store: Store, deployment_id: int, root: Path | str, after: str | None = None) -> Iterator[Step]:
    """Take a source in for a station; yields after each block that has landed.

    It may be stopped at any yield and taken up later with that step's ``after``. Raises BadFolder, BadSource and
    SourceAway.
    """
    top = normal(str(root))
    with store.write() as session:
        open_source(session, deployment_id, top)
    report = Report()
    for files in blocks(top, after):
        report += ingest_block(store, deployment_id, files)
        yield Step(report, files[-1].name)


def ingest_block(store: Store, deployment_id: int, files: Sequence[File]) -> Report:
    """Examine a block of files of a station, land it, and say what came of it."""
    block = examine(store, deployment_id, files)
    with store.write() as session:
        return land(session, block)


def examine(store: Store, deployment_id: int, files: Sequence[File], seen_at: datetime | None = None) -> Block:
    """Read what is new in these files. Reads the database and the headers of the files, and writes nothing."""
    with store.read() as session:
        clocks = clocks_of(session, deployment_id)
        sources = sources_of(session, deployment_id)
        placed = [(file, *_placed(sources, file)) for file in files if file.picture]
        known = _known(session, placed)
    ignored = Report(ignored=len(files) - len(placed), faults=_faults(files))
    block = Block(deployment_id, others=ignored, seen_at=seen_at)
    others = block.others
    rows = [known.get((source_id, path)) for _, source_id, path in placed]
    news = [file for (file, *_), row in zip(placed, rows, strict=True) if _is_news(file, row)]
    readings = _read_all(news, clocks)
    for (file, source_id, path), row in zip(placed, rows, strict=True):
        found = readings.get(file.path)
        changed = row is not None and found is not None and _is_another(file, row, found)
        if row is not None and (found is None or (not changed and found.values[UNREADABLE] == row.header_error)):
            others += _as_before(row)
            block.met.append(row.id)
            if found is None and isinstance(file, Listed) and row.checksum is None and file.checksum is not None:
                block.touched.append({"id": row.id} | _as_told(file))  # its source tells for the first time
            if found is not None and row.header_error is None:
                noted = {name: found.values[name] for name in ("modified_at", "checksum")}
                block.touched.append({"id": row.id} | noted)
            continue
        if found is None:
            others += Report(ignored=1)
            continue
        values = {"deployment_id": deployment_id, "source_id": source_id, "path": path, **found.values}
        there = {"id": row.id, "left": row.event_id} if row else {}
        block.found.append(replace(found, values=values, changed=changed, **there))
    return replace(block, others=others)


def land(session: Session, block: Block) -> Report:
    """Write what was found, in the caller's transaction, and count the nights that it touches.

    A capture that another ingest has added in the meantime is known, not an error.
    """
    nights = open_nights(session, block.deployment_id, (found.night for found in block.found if found.night))
    seen = {"last_seen_at": block.seen_at, "missing_at": None} if block.seen_at else {}
    rows = [
        (found, {**found.values, **seen, "event_id": nights.get(found.night) if found.night else None})
        for found in block.found
    ]
    added = _insert(session, [row for found, row in rows if found.id is None])
    _mend(session, [(found, row) for found, row in rows if found.id is not None])
    if block.touched:
        session.execute(update(Capture), block.touched)
    if seen and block.met:
        session.execute(update(Capture).where(Capture.id.in_(block.met)).values(seen))
    refresh_nights(session, {night for found, row in rows for night in (row["event_id"], found.left) if night})
    changed = sum(found.changed for found, _ in rows)
    mended = sum(row[UNREADABLE] is None and not found.changed for found, row in rows if found.id is not None)
    broken = [row for _, row in rows if row[UNREADABLE]]
    return block.others + Report(
        added=added,
        known=len(rows) - added - mended - changed,
        mended=mended,
        changed=changed,
        unreadable=len(broken),
        without_time=sum(row["taken_at"] is None for _, row in rows),
        file_time=sum(row["time_source"] == "file" for _, row in rows),
        faults=tuple(_with_folder(row["path"], row[UNREADABLE]) for row in broken[:FAULTS_KEPT]),
    )


def _insert(session: Session, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    new = insert_into(session, Capture).on_conflict_do_nothing(index_elements=["source_id", "path"])
    return len(session.scalars(new.returning(Capture.id), rows).all())


def _mend(session: Session, rows: list[tuple[Found, dict[str, Any]]]) -> None:
    """Write captures that are known anew. What was found on a file that is another one now no longer counts.

    The old results stay with the jobs that made them, under parameters that no pipeline has any more.
    """
    changed = [found.id for found, _ in rows if found.changed]
    if changed:
        session.execute(
            update(Result)
            .where(Result.capture_id.in_(changed), ~OF_OLDER_FILE)
            .values(parameters=Result.parameters.concat("~").concat(cast(Result.id, String)))
        )
        unknown = dict.fromkeys(("processed_at", "failed_at", "brightness", "sharpness", "flags"))
        afresh: dict[str, Any] = unknown | {"detections_count": 0}
        session.execute(update(Capture).where(Capture.id.in_(changed)).values(afresh))
    if rows:
        session.execute(update(Capture), [{"id": found.id, **row} for found, row in rows])


def mark_vanished(session: Session, source_id: int, seen_at: datetime) -> int:
    """Note which captures of a source a whole look through it, begun at `seen_at`, did not meet; how many are new.

    They stay listed, with what was found on them.
    """
    gone = session.execute(
        update(Capture)
        .where(Capture.source_id == source_id, Capture.missing_at.is_(None))
        .where(or_(Capture.last_seen_at.is_(None), Capture.last_seen_at < seen_at))
        .values(missing_at=seen_at)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _placed(sources: list[tuple[int, str]], file: File) -> tuple[int, str]:
    """The source that holds a file, and the file's path in it. Raises LookupError if no source was opened for it."""
    found = place(sources, file.path)
    if found is None:
        raise LookupError(f"{as_text(file.path)} lies in no source of this station; open_source comes first")
    source_id, folder = found
    return source_id, as_text(file.path[len(folder) :])


def _as_before(row: Any) -> Report:
    faults = (_with_folder(row.path, row.header_error),) if row.header_error else ()
    by_file = int(row.time_source == "file")
    return Report(
        known=1, unreadable=len(faults), without_time=int(row.taken_at is None), faults=faults, file_time=by_file
    )


def _known(session: Session, placed: list[tuple[File, int, str]]) -> dict[tuple[int, str], Any]:
    columns = (
        Capture.id,
        Capture.source_id,
        Capture.path,
        Capture.taken_at,
        Capture.header_error,
        Capture.size_bytes,
        Capture.checksum,
        Capture.modified_at,
        Capture.time_source,
        Capture.event_id,
    )
    rows: list[Any] = []
    for source in {source_id for _, source_id, _ in placed}:
        paths = [path for _, source_id, path in placed if source_id == source]
        rows += session.execute(select(*columns).where(Capture.source_id == source, Capture.path.in_(paths))).all()
    return {(row.source_id, row.path): row for row in rows}


def _is_news(file: File, row: Any) -> bool:
    """Whether a file is new, could not be read before, or may be another one now."""
    if row is None or row.header_error is not None:
        return True
    if not isinstance(file, Listed):
        status = _status_of(file)
        return status is not None and (row.size_bytes, row.modified_at) != (status.st_size, _time_of(status))
    same_checksum = row.checksum is None or file.checksum in (None, row.checksum)
    return not same_checksum or bool(row.size_bytes and file.size_bytes not in (None, row.size_bytes))


def _is_another(file: File, row: Any, found: Found) -> bool:
    """Whether a known file that was read again is another one; one in a folder may only have been touched."""
    if row.header_error is not None:
        return False
    if isinstance(file, Listed):
        return True
    before = (row.size_bytes, row.checksum or found.values["checksum"])
    return before != (found.values["size_bytes"], found.values["checksum"])


def _as_told(file: Listed) -> dict[str, Any]:
    """What a source tells of a file, as far as it tells."""
    size = {"size_bytes": file.size_bytes} if file.size_bytes else {}
    return {"checksum": file.checksum, **size}


def _status_of(file: File) -> os.stat_result | None:
    try:
        return Path(file.path).stat()
    except OSError:
        return None


def _time_of(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _ends_of(file: File, size_bytes: int) -> str | None:
    """A checksum of the first and the last bytes of a file; another picture differs in them, if anywhere."""
    try:
        with Path(file.path).open("rb") as opened:
            digest = hashlib.blake2b(opened.read(END), digest_size=12)
            opened.seek(max(0, size_bytes - END))
            digest.update(opened.read(END))
    except OSError:
        return None
    return f"ends:{digest.hexdigest()}"


def _read_all(files: Sequence[File], clocks: Clocks) -> dict[str, Found]:
    """What each file has to say, by its path; those elsewhere are asked several at once."""
    if not files:
        return {}
    if isinstance(files[0], Listed):
        with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
            readings = list(pool.map(lambda file: _from_listing(file, clocks), files))
    else:
        noted = {folder: noted_walls(folder) for folder in {Path(file.path).parent for file in files}}
        readings = [_read(file, clocks, noted[(path := Path(file.path)).parent].get(path.name)) for file in files]
    return {file.path: found for file, found in zip(files, readings, strict=True) if found is not None}


def _from_listing(file: File, clocks: Clocks) -> Found | None:
    """The capture of a file elsewhere; its first bytes are read only for want of a time in its name."""
    assert isinstance(file, Listed)
    leaf, size_bytes = file.name.rpartition("/")[2], file.size_bytes or 0
    header, error = None, None
    if file.size_bytes == 0:
        error = f"{leaf} is empty (0 bytes); copy it again from the card."
    elif time_from_name(leaf) is None:
        try:
            header = Elsewhere(file.url, file.name).header(size_bytes)
        except FileNotFoundError:
            return None
    moment = None if file.modified_at is None else clocks.utc(file.modified_at)
    values = {"size_bytes": size_bytes, "checksum": file.checksum, UNREADABLE: error, "modified_at": moment}
    wall = file.modified_at if file.modified_at is not None and file.modified_at.tzinfo is None else None
    return _found(leaf, header, values, clocks, wall)


def _read(file: File, clocks: Clocks, noted: datetime | None) -> Found | None:
    """The capture of one file, or None if the file went away while the folder was walked."""
    header, error, size_bytes, status = None, None, 0, _status_of(file)
    try:
        header = read_header(file.path)
        error, size_bytes = header.damage, header.size_bytes
    except UnreadableHeader as fault:
        if fault.kind == "missing":
            return None
        error, size_bytes = fault.message, fault.size_bytes
    leaf = file.name.rpartition("/")[2]
    if not file.legible:
        error = f"{leaf} has letters in its name that are not UTF-8, so that it cannot be found again; rename it."
    values: dict[str, Any] = {"size_bytes": size_bytes, UNREADABLE: error}
    values |= {"checksum": _ends_of(file, size_bytes), "modified_at": _time_of(status) if status else None}
    return _found(leaf, header, values, clocks, noted)


def _found(
    leaf: str, header: Header | None, values: dict[str, Any], clocks: Clocks, file_wall: datetime | None = None
) -> Found:
    """The capture of a file; `file_wall` is the file's own time where a clock without a zone tells it."""
    wall, time_source = _wall(leaf, header)
    taken_at = None if wall is None else clocks.utc(wall)
    own = values["modified_at"] if file_wall is None else clocks.utc(file_wall)
    if wall is None and _is_possible(own):
        wall, time_source, taken_at = file_wall, "file", own
    values = {
        "taken_at": taken_at,
        "wall_at": wall,
        "time_source": time_source,
        "width": header.width if header else None,
        "height": header.height if header else None,
        **values,
    }
    return Found(values, None if taken_at is None else clocks.night(taken_at))


def _wall(leaf: str, header: Header | None) -> tuple[datetime | None, str]:
    """What the camera's clock showed when a capture was taken, and what says so; None and "none" where nothing does."""
    from_name = time_from_name(leaf)
    if from_name is not None:
        return from_name, "name"
    if header is not None and header.exif_time is not None:
        return header.exif_time, "exif"
    return None, "none"


def _is_possible(modified_at: datetime | None) -> bool:
    """Whether a file's own time can be that of its capture."""
    return modified_at is not None and modified_at.year >= FIRST_YEAR and modified_at <= datetime.now(UTC) + ONE_DAY


def _faults(files: Sequence[File]) -> tuple[str, ...]:
    return tuple(file.fault for file in files if file.fault)[:FAULTS_KEPT]


def _with_folder(path: str, message: str) -> str:
    """The sentence, which begins with the name of its file, with the folder before it."""
    return path[: path.rfind("/") + 1] + message
