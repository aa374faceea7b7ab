"""Addresses within the native API, absolute as Antenna's are."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

PREFIX = "/api/v2/"


@dataclass(frozen=True)
class Links:
    """Makes the addresses of one answer; the `format` that was asked for goes along, as on the seed's page."""

    root: str  # http://host/api/v2/
    format: str | None = None

    def to(self, *parts: object, **query: object) -> str:
        """The address of `parts` joined by slashes, with its trailing slash and its query."""
        asked = {**query, **({"format": self.format} if self.format else {})}
        path = "".join(f"{part}/" for part in parts)
        return f"{self.root}{path}{'?' + urlencode(asked) if asked else ''}"


def links_of_request() -> Links:
    """Links on the host by which the client reached us."""
    return Links(request.url_root.rstrip("/") + PREFIX, request.args.get("format"))


def page_link(limit: int, offset: int) -> str:
    """The address of this request with another window, every other parameter kept."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in ("limit", "offset")]
    window = [("limit", limit)] + ([("offset", offset)] if offset else [])
    query = urlencode([*window, *kept])
    return f"{request.base_url.rstrip('/')}/?{query}"
