"""Walking a folder of captures: in a fixed order, block by block, so that a walk can stop and be taken up again."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path

from engine.captures.names import is_picture

BLOCK = 500
Folder = tuple[int, int]  # device and inode, by which a link that leads back up is known


class BadFolder(ValueError):
    """There is no such folder, or it may not be read; the sentence names it."""


@dataclass(frozen=True)
class File:
    """One file as the walk met it; ``picture`` is False for what is ignored, and then ``fault`` may say why.

    ``path`` is absolute. ``name`` is the path below the walked folder with ``/`` between its parts, always text that
    a database can keep: bytes that are no UTF-8 are written as ``\\xe5``, and then ``legible`` is False.
    """

    path: str
    name: str
    picture: bool
    legible: bool = True
    fault: str | None = None


def whole_path(root: str | os.PathLike[str]) -> Path:
    """The folder's absolute path without links. Raises BadFolder if it cannot be read or is no folder."""
    path = Path(root).expanduser().resolve()
    if not is_legible(str(path)):
        raise BadFolder(f"The name of the folder {as_text(str(path))} is not UTF-8; rename it.")
    try:
        with os.scandir(path):
            return path
    except FileNotFoundError:
        raise BadFolder(f"There is no folder {path}; look whether the card or the disk is connected.") from None
    except NotADirectoryError:
        raise BadFolder(f"{path} is a file; give the folder that it lies in.") from None
    except OSError as error:
        raise BadFolder(
            f"The folder {path} cannot be read ({error.strerror}); allow this account to read it."
        ) from None


def walk(root: Path, after: str | None = None, block: int = BLOCK) -> Iterator[list[File]]:
    """Blocks of the files below ``root``, sorted by folder and name; hidden folders count as one ignored file each.

    ``after`` is the ``name`` of the last file of the last block that was taken in: the walk goes on behind it.
    Links to folders are followed unless they lead back up. Raises BadFolder as ``whole_path`` does.
    """
    top = whole_path(root)
    files = _below(str(top), "", frozenset(), tuple(after.split("/")) if after else ())
    while found := list(islice(files, block)):
        yield found


def _below(folder: str, above: str, passed: frozenset[Folder], after: tuple[str, ...]) -> Iterator[File]:
    try:
        status = Path(folder).stat()
        with os.scandir(folder) as opened:
            entries = sorted(((as_text(entry.name), entry) for entry in opened), key=itemgetter(0))
    except OSError as error:
        message = f"the folder {above} cannot be read ({error.strerror}); allow this account to read it."
        yield File(folder, above.rstrip("/"), picture=False, fault=message)
        return
    here = (status.st_dev, status.st_ino)
    if here in passed:
        return
    for leaf, entry in entries:
        is_cursor = after[:1] == (leaf,)
        if after and (leaf < after[0] or (is_cursor and len(after) == 1)):
            continue
        name = above + leaf
        if not leaf.startswith(".") and _is(entry.is_dir):
            yield from _below(entry.path, f"{name}/", passed | {here}, after[1:] if is_cursor else ())
        elif not is_cursor:  # a name on the way to the cursor that is a file now was before it
            yield File(entry.path, name, is_picture(leaf) and _is(entry.is_file), legible=is_legible(entry.name))


def _is(kind: Callable[[], bool]) -> bool:
    """What a folder's entry is; a link that leads nowhere, or to itself, is nothing."""
    try:
        return kind()
    except OSError:
        return False


def as_text(name: str) -> str:
    """A name or path as text that a database can keep; what is no UTF-8 on the disk stands in it as an escape."""
    return name if is_legible(name) else os.fsencode(name).decode("utf-8", "backslashreplace")


def is_legible(name: str) -> bool:
    """Whether a name or path is text as it stands."""
    return not any("\udc80" <= letter <= "\udcff" for letter in name)
