"""Which hosts may be asked: those outside this machine's own networks, and those that a setting allows by name.

An address that somebody gives must not become a way to look around inside the network that Nightboard runs in.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from models.settings import load

PORTS = {"http": 80, "https": 443}


class ForbiddenHost(ValueError):
    """The address leads into this machine's own networks, and its host is not allowed; the sentence names it."""


def allowed() -> frozenset[str]:
    """The hosts of `NIGHTBOARD_ALLOWED_HOSTS`, which may be private."""
    return frozenset(load().allowed_hosts.replace(",", " ").lower().split())


def check_address(url: str) -> None:
    """Look up the host of an http or https address. Raises ForbiddenHost, and OSError if there is no such host."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if host in allowed():
        return
    try:
        found = socket.getaddrinfo(host, parts.port or PORTS.get(parts.scheme, 443), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OSError(f"there is no host {host!r}") from None
    check_numbers(host, (str(each[4][0]) for each in found))


def check_numbers(host: str, numbers: Iterable[str]) -> None:
    """Raise ForbiddenHost unless every one of these addresses of a host is outside, or the host is allowed."""
    if host.lower() not in allowed() and not all(map(is_outside, numbers)):
        raise ForbiddenHost(
            f"{host} is in this machine's own network; if captures or services there are meant, "
            f"name it in NIGHTBOARD_ALLOWED_HOSTS."
        )


def is_outside(number: str) -> bool:
    """Whether an IP address is one of the public internet; what an IPv6 address wraps counts as well."""
    address = ipaddress.ip_address(number)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast
