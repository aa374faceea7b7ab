"""Where captures lie when it is not a folder of this machine, and how the file of one comes here.

A source's address is one of

- a folder, by its absolute path: its captures are read where they are;
- ``s3://bucket/prefix``: S3, or what the AWS settings of the environment name; ``s3+http://host:9000/bucket/prefix``
  and ``s3+https://…`` name the endpoint of another store, such as MinIO. Keys come from the environment alone;
- ``http://…`` or ``https://…``: a web folder whose page links its files;
- ``zip:///data/night.zip``, or ``zip://`` before one of the others: a zip archive.

A file from elsewhere is fetched whole into `home`/cache, which is kept within bounds, and read from there.
"""

import hashlib
import os
import re
import secrets
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from engine.captures.folders import whole_path
from engine.captures.headers import Header, read_beginning
from engine.hosts import ForbiddenHost
from models.settings import load

AS_THEY_ARE = "/:?#[]@!$&'()*+,;=%~"  # in an address that somebody wrote
SCHEMES = ("s3", "s3+http", "s3+https", "http", "https", "zip")
FOLDER = "cache"
MOST_KEPT = 2 * 2**30  # bytes of files from elsewhere, on this machine
LARGEST = 256 * 2**20  # bytes of one capture
BEGINNING = 64 * 2**10  # bytes of a picture that hold its header
LARGEST_ARCHIVE = 8 * 2**30
IN_USE_S = 300.0  # a file that was asked for so recently is not thrown away
LOOK_EVERY_S = 60.0
PART = ".part"


class BadSource(ValueError):
    """This cannot be the address of captures; the sentence says why."""


class SourceAway(RuntimeError):
    """A source does not answer, or not to us; it may later. The sentence names it."""


@dataclass(frozen=True)
class Elsewhere:
    """A file that does not lie in a folder of this machine.

    ``stamp`` changes when the file does, so that an older copy is not taken for it.
    """

    url: str
    path: str
    stamp: str = ""

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    def fetch(self) -> Path:
        """A copy of it on this machine, whole. Raises FileNotFoundError and SourceAway, each with a sentence."""
        key = hashlib.sha256(f"{self.url}\0{self.path}\0{self.stamp}".encode()).hexdigest()
        kept = load().home / FOLDER / key[:2] / key[2:34] / self.name
        try:
            os.utime(kept)  # the ones not asked for longest are thrown away first
        except OSError:
            _bring(self, kept, LARGEST)
            prune(kept.parents[2])
        return kept

    def header(self, size_bytes: int = 0) -> Header | None:
        """What its first bytes tell of the picture; None where they do not. `size_bytes` is what its source says.

        Raises FileNotFoundError and SourceAway, each with a sentence.
        """
        with spoken_for(self.url, self.path):
            files, root = connect(self.url)
            beginning = bytes(files.cat_file(address_in(self.url, root, self.path), start=0, end=BEGINNING))
        return read_beginning(beginning, size_bytes)


def is_elsewhere(url: str) -> bool:
    """Whether a source's address is none of a folder of this machine."""
    return "://" in url and not url.startswith("/")


def file_in(url: str, path: str, stamp: str = "") -> Path | Elsewhere:
    """The file of a capture; one in a folder is its path, and nothing is looked at."""
    return Elsewhere(url, path, stamp) if is_elsewhere(url) else Path(f"{url}/{path}")


def normal(given: str) -> str:
    """The one spelling of a source's address; a folder's is its absolute path without links.

    Raises BadSource, and BadFolder for a folder that cannot be read.
    """
    given = given.strip()
    if given.startswith("file://"):
        return str(whole_path(given.removeprefix("file://")))
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", given):
        return str(whole_path(given))
    scheme, rest = given.split("://", 1)
    scheme = scheme.lower()
    if scheme not in SCHEMES:
        raise BadSource(f"{scheme}:// is none of the places that captures are read from: {', '.join(SCHEMES)}.")
    if scheme == "zip":
        return f"zip://{normal_archive(rest)}"
    url = f"{scheme}://{quote(rest.rstrip('/'), safe=AS_THEY_ARE)}"
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise BadSource(f"Leave the name and the password out of {scheme}://…; put keys into the environment.")
    if not parts.hostname or parts.query or parts.fragment or ".." in parts.path.split("/"):
        raise BadSource(f"{given} is not the address of a folder; it needs a host or bucket, and no ? or #.")
    if scheme.startswith("s3+") and not parts.path.strip("/"):
        raise BadSource(f"{given} names no bucket; write {scheme}://host:9000/bucket.")
    return url


def normal_archive(rest: str) -> str:
    """What stands behind ``zip://``: a file of this machine, or an address. Raises BadSource."""
    if "://" in rest:
        return normal(rest)
    path = Path(rest).expanduser()
    if not path.is_absolute() or not path.is_file():
        raise BadSource(f"There is no archive {rest}; write zip:// and its whole path, such as zip:///data/night.zip.")
    return str(path.resolve())


def connect(url: str) -> tuple[Any, str]:
    """The file system of a source by fsspec, and the source's own path in it, which may be empty.

    Raises ForbiddenHost, OSError, ImportError, FileNotFoundError and SourceAway.
    """
    from engine.captures import filesystems  # takes half a second to import, and most need it never

    scheme, rest = url.split("://", 1)
    match scheme:
        case "http" | "https":
            return filesystems.web(url), url
        case "s3":
            return filesystems.bucket(None), rest
        case "s3+http" | "s3+https":
            host, _, root = rest.partition("/")
            return filesystems.bucket(f"{scheme.removeprefix('s3+')}://{host}"), root
        case _:
            return filesystems.archive(str(_archive_here(rest))), ""


def address_in(url: str, root: str, path: str) -> str:
    """A file of a source as its file system names it."""
    below = quote(path) if url.startswith(("http://", "https://")) else path
    return f"{root}/{below}".lstrip("/")


@contextmanager
def spoken_for(url: str, path: str = "") -> Iterator[None]:
    """Turn what the file systems raise into FileNotFoundError and SourceAway, with a sentence that names the source."""
    what = f"{url}/{path}" if path else url
    try:
        yield
    except SourceAway:
        raise
    except FileNotFoundError:
        if not path:
            raise SourceAway(
                f"There is nothing at {url}; look whether it was moved, or is spelled otherwise."
            ) from None
        raise FileNotFoundError(f"{what} is not there any more; look whether it was moved or deleted.") from None
    except ForbiddenHost as error:
        raise SourceAway(f"{what} was not read: {error}") from None
    except ImportError:
        raise SourceAway(
            f"{what} was not read: buckets need s3fs; install it beside Nightboard: .venv/bin/pip install s3fs"
        ) from None
    except PermissionError:
        raise SourceAway(f"{what} may not be read; check the keys in the environment of Nightboard.") from None
    except zipfile.BadZipFile:
        raise SourceAway(f"{url} is not a zip archive that can be read; copy it again.") from None
    except Exception as error:  # noqa: BLE001 - every file system has errors of its own
        reason = str(error) or type(error).__name__
        raise SourceAway(f"{what} does not answer ({reason[:300]}).") from None


def prune(folder: Path, most: int = MOST_KEPT) -> None:
    """Throw away what was not asked for longest until no more than `most` bytes are kept; at most once a minute."""
    mark = folder / ".looked"
    now = time.time()
    if mark.exists() and now - mark.stat().st_mtime < LOOK_EVERY_S:
        return
    mark.touch()
    for left_behind in folder.glob(f".*{PART}"):
        if now - left_behind.stat().st_mtime > IN_USE_S:
            left_behind.unlink(missing_ok=True)
    kept = sorted((at, size, path) for path, at, size in _kept(folder))
    total = sum(size for _, size, _ in kept)
    for at, size, path in kept:
        if total <= most or now - at < IN_USE_S:
            return
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
        total -= size


def _kept(folder: Path) -> Iterator[tuple[Path, float, int]]:
    for path in folder.glob("*/*/*"):
        try:
            status = path.stat()
        except OSError:  # thrown away by somebody else meanwhile
            continue
        yield path, status.st_mtime, status.st_size


def _archive_here(rest: str) -> Path:
    if "://" not in rest:
        return Path(rest)
    parent, _, name = rest.rpartition("/")
    archive = Elsewhere(parent, name)
    kept = load().home / FOLDER / "archives" / hashlib.sha256(rest.encode()).hexdigest()[:32] / name
    if not kept.exists():
        _bring(archive, kept, LARGEST_ARCHIVE)
    os.utime(kept)
    return kept


def _bring(file: Elsewhere, to: Path, most: int) -> None:
    """Copy a file here, whole or not at all: somebody else may look for it meanwhile."""
    from engine.captures.filesystems import bound

    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = to.parents[2] / f".{secrets.token_hex(8)}{PART}"
    try:
        with spoken_for(file.url, file.path):
            files, root = connect(file.url)
            too_large = f"it is larger than {most // 2**20} MB"
            files.get_file(
                address_in(file.url, root, file.path), str(draft), callback=bound(most, lambda: OSError(too_large))
            )
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)
