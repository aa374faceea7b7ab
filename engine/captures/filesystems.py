"""The file systems that captures are read from, by fsspec: S3 and what speaks like it, web folders, zip archives.

Each forks and threads well, answers or fails within bounded time, and follows no redirect: a web folder outside cannot
send Nightboard to a machine inside.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import aiohttp
import fsspec
import fsspec.asyn
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from engine.hosts import check_address, check_numbers

CONNECT_S, SILENCE_S, WHOLE_S = 5, 15, 90
HEAD_S = 10
AT_ONCE = 8


def web(url: str) -> Any:
    """The file system of a web folder. Raises ForbiddenHost, and OSError if there is no such host."""
    check_address(url)
    return fsspec.filesystem(
        "http",
        get_client=_client,
        simple_links=False,
        encoded=True,
        allow_redirects=False,
        use_listings_cache=False,
        client_kwargs={"timeout": _timeout()},
    )


def heads(files: Any, urls: Sequence[str]) -> list[Mapping[str, str] | None]:
    """What a web server says of these files without giving them: its headers, None of those that it says nothing of.

    A few are asked for at once. Once it does not answer at all, the rest is not asked for.
    """
    found: list[Mapping[str, str] | None] = fsspec.asyn.sync(files.loop, _heads, files, urls)
    return found


async def _heads(files: Any, urls: Sequence[str]) -> list[Mapping[str, str] | None]:
    session = await files.set_session()
    turn, away = asyncio.Semaphore(AT_ONCE), asyncio.Event()
    asking: dict[str, Any] = {
        "allow_redirects": False,
        "headers": {"Accept-Encoding": "identity"},
        "timeout": aiohttp.ClientTimeout(total=HEAD_S),
    }

    async def head(url: str) -> Mapping[str, str] | None:
        async with turn:
            if away.is_set():
                return None
            try:
                async with session.head(files.encode_url(url), **asking) as answer:
                    return answer.headers if answer.status == 200 else None
            except (aiohttp.ClientConnectionError, TimeoutError):
                away.set()
            except (aiohttp.ClientError, OSError):  # a redirect, or no answer of the protocol
                pass
            return None

    return list(await asyncio.gather(*map(head, urls)))


def bucket(endpoint: str | None) -> Any:
    """The file system of S3, or of a store at this endpoint. Keys come from the environment, as everywhere.

    Raises ForbiddenHost, OSError if there is no such host, and ImportError when s3fs is not installed.
    """
    if endpoint is not None:
        check_address(endpoint)
    return fsspec.filesystem(
        "s3",
        endpoint_url=endpoint,
        use_listings_cache=False,
        config_kwargs={
            "connect_timeout": CONNECT_S,
            "read_timeout": SILENCE_S,
            "retries": {"mode": "standard", "max_attempts": 3},
        },
    )


def archive(path: str) -> Any:
    """The file system inside a zip archive on this machine. Raises OSError and zipfile.BadZipFile."""
    return fsspec.filesystem("zip", fo=path, skip_instance_cache=True)


async def _client(**settings: Any) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(resolver=_Outside(), limit=AT_ONCE)
    return aiohttp.ClientSession(connector=connector, raise_for_status=_refuse_redirect, **settings)


class _Outside(ThreadedResolver):
    """Looks at the very addresses that are connected to, so that a name cannot change its mind in between."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        check_numbers(host, (each["host"] for each in found))
        return found


async def _refuse_redirect(response: aiohttp.ClientResponse) -> None:
    if 300 <= response.status < 400:
        raise OSError(f"{response.url} only points elsewhere ({response.status}); give the address that it points to")


@cache
def _timeout() -> aiohttp.ClientTimeout:
    """One object, as fsspec knows a file system by its settings."""
    return aiohttp.ClientTimeout(total=WHOLE_S, sock_connect=CONNECT_S, sock_read=SILENCE_S)


class _Bound(fsspec.callbacks.Callback):  # type: ignore[misc]
    """Ends a transfer that brings more than it may."""

    def __init__(self, most: int, too_large: Callable[[], Exception]) -> None:
        super().__init__()
        self._most = most
        self._too_large = too_large

    def set_size(self, size: int | None) -> None:
        super().set_size(size)
        if (size or 0) > self._most:
            raise self._too_large()

    def relative_update(self, inc: int = 1) -> None:
        super().relative_update(inc)
        if self.value > self._most:
            raise self._too_large()


def bound(most: int, too_large: Callable[[], Exception]) -> Any:
    """A callback for a transfer that raises once it has brought more than `most` bytes."""
    return _Bound(most, too_large)
