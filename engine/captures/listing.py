"""Listing a source block by block, so that it can stop and be taken up again. Nothing is decoded to list.

A folder of this machine is walked (`folders.walk`). A bucket is asked for pages of 1,000 keys, each after the last; a
web folder for the page of each of its folders, and, as that tells only names, by HEAD for what its server says of each
picture; an archive for its directory.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from engine.captures.folders import BLOCK, File, walk
from engine.captures.names import is_picture
from engine.captures.sources import connect, is_elsewhere, spoken_for

PAGE = 1000  # keys of a bucket at once; S3 gives no more
DEEPEST = 32  # folders within folders of a web server


@dataclass(frozen=True)
class Listed(File):
    """A file as the listing of its source has it; ``path`` is its whole address.

    ``size_bytes`` is None where the listing does not tell. ``checksum`` is the source's own (an ETag, a CRC): it
    changes when the file does. ``modified_at`` is the file's own time: aware, or naive in the station's zone.
    """

    url: str = ""
    size_bytes: int | None = None
    checksum: str | None = None
    modified_at: datetime | None = None


Entry = tuple[str, int | None, str | None, datetime | None]  # name below the source, bytes, checksum, its own time


def blocks(url: str, after: str | None = None, block: int = BLOCK) -> Iterator[list[File]]:
    """Blocks of the files of a source in a fixed order; ``after`` is the ``name`` of the last one that was taken in.

    Raises BadFolder as ``walk`` does, and for other sources SourceAway.
    """
    if not is_elsewhere(url):
        yield from walk(Path(url), after, block)
        return
    entries = _entries(url, after or "")
    tells = url.startswith(("http://", "https://"))
    while True:
        with spoken_for(url):
            found = [_listed(url, *entry) for entry in islice(entries, block)]
            if tells and found:
                found, tells = _told_of(url, found)
        if not found:
            return
        yield list(found)


def _entries(url: str, after: str) -> Iterator[Entry]:
    files, root = connect(url)
    if url.startswith("s3"):
        yield from _keys(files, root, after)
    elif url.startswith("zip"):
        yield from _members(files, after)
    else:
        yield from _below(
            lambda folder: _links(files, f"{root}/{quote(folder)}"), "", tuple(after.split("/")) if after else ()
        )


def _keys(files: Any, root: str, after: str) -> Iterator[Entry]:
    bucket, _, prefix = root.partition("/")
    prefix = f"{prefix}/" if prefix else ""
    while True:
        page = files.call_s3(
            "list_objects_v2", Bucket=bucket, Prefix=prefix, StartAfter=f"{prefix}{after}", MaxKeys=PAGE
        )
        for found in page.get("Contents", []):
            after = str(found["Key"]).removeprefix(prefix)
            if not after.endswith("/"):  # the mark of an empty folder
                yield (
                    after,
                    int(found["Size"]),
                    str(found.get("ETag", "")).strip('"') or None,
                    found.get("LastModified"),
                )
        if not page.get("IsTruncated"):
            return


def _members(files: Any, after: str) -> Iterator[Entry]:
    """The files of an archive, sorted; those up to `after` are passed over."""
    for member in sorted(files.zip.infolist(), key=lambda each: str(each.filename)):
        if not member.is_dir() and member.filename > after:
            yield member.filename, int(member.file_size), f"crc32:{member.CRC:08x}", time_of_member(member)


def time_of_member(member: Any) -> datetime | None:
    """When a file of an archive was written, naive: by the clock of the camera, or of whoever packed it."""
    try:
        return datetime(*member.date_time)
    except ValueError:  # an archive may hold any numbers
        return None


def _below(
    look: Callable[[str], list[tuple[str, bool]]], above: str, after: tuple[str, ...], depth: int = 0
) -> Iterator[Entry]:
    """The files below a web folder, sorted by folder and name, those up to `after` left out."""
    for leaf, is_folder in sorted(look(above), key=itemgetter(0)):
        is_cursor = after[:1] == (leaf,)
        if after and (leaf < after[0] or (is_cursor and len(after) == 1)):
            continue
        if is_folder and depth < DEEPEST:
            yield from _below(look, f"{above}{leaf}/", after[1:] if is_cursor else (), depth + 1)
        elif not is_folder and not is_cursor:
            yield above + leaf, None, None, None


def _links(files: Any, folder: str) -> list[tuple[str, bool]]:
    """(name, is a folder) of what the page of a web folder links directly below it."""
    folder = folder.rstrip("/") + "/"
    found = {html.unescape(str(link)) for link in files.ls(folder, detail=False)}
    below = (link[len(folder) :] for link in found if link.startswith(folder) and "?" not in link and "#" not in link)
    leaves = {(unquote(link.rstrip("/")), link.endswith("/")) for link in below if link.strip("/")}
    return [(leaf, is_folder) for leaf, is_folder in leaves if "/" not in leaf and not leaf.startswith(".")]


def _told_of(url: str, found: list[Listed]) -> tuple[list[Listed], bool]:
    """The files with what their web server tells of each picture, and whether it told anything: else nobody asks on."""
    from engine.captures.filesystems import heads

    files, root = connect(url)
    pictures = [file for file in found if file.picture]
    answers = heads(files, [f"{root}/{quote(file.name)}" for file in pictures])
    told = {file.name: told for file, told in zip(pictures, answers, strict=True) if told is not None}
    stamped = [_stamped(file, told[file.name]) if file.name in told else file for file in found]
    return stamped, not pictures or any(file.checksum or file.size_bytes for file in stamped)


def _stamped(file: Listed, told: Mapping[str, str]) -> Listed:
    """The file with its ETag, or when its server last saw it change, as its checksum."""
    size, modified = told.get("Content-Length", ""), told.get("Last-Modified")
    at = None
    if modified:
        with suppress(ValueError):
            at = parsedate_to_datetime(modified).astimezone(UTC)
    checksum = told.get("ETag") or (f"modified:{modified}" if modified else None)
    whole = told.get("Content-Encoding", "identity") in ("", "identity")  # else the size is of what is sent
    size_bytes = int(size) if whole and size.isdecimal() and size != "0" else None  # 0 is what some say of any file
    return replace(file, size_bytes=size_bytes, checksum=checksum, modified_at=at)


def _listed(url: str, name: str, size_bytes: int | None, checksum: str | None, modified_at: datetime | None) -> Listed:
    parts = name.split("/")
    hidden = any(part.startswith(".") for part in parts)
    astray = name.startswith("/") or ".." in parts or "\0" in name or not name.isprintable()
    fault = f"{name!r} in {url} has a name that leads elsewhere or cannot be kept; rename it." if astray else None
    picture = is_picture(parts[-1]) and not hidden and not astray
    return Listed(
        f"{url}/{name}",
        name,
        picture,
        fault=fault,
        url=url,
        size_bytes=size_bytes,
        checksum=checksum,
        modified_at=modified_at,
    )
