"""Listing a source block by block, so that it can stop and be taken up again. Nothing is decoded to list.

A folder of this machine is walked (`folders.walk`). A bucket is asked for pages of 1,000 keys, each after the last; a
web folder for the page of each of its folders; an archive for its directory.
"""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
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
    while True:
        with spoken_for(url):
            found = [_listed(url, *entry) for entry in islice(entries, block)]
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
