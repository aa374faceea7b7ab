"""Addresses by which a service fetches the picture of one capture, without a token and for an hour.

Each service has a key of its own, in the database, so that workers on other machines sign what this web server reads.
What pull workers fetch is signed by the web server itself.
"""

from dataclasses import dataclass
from urllib.parse import quote

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from engine.access import secret_key
from models.pipelines import ProcessingService
from models.settings import Settings

PREFIX = "/api/pictures"
GOOD_FOR_S = 3600
OWN = 0  # in the place of a service's number: signed for a pull worker, with the key of this home


class BadSignature(ValueError):
    """The address was not signed here, or its time is over."""


@dataclass(frozen=True)
class Signer:
    """Signs addresses for one service."""

    service_id: int
    key: str
    public_url: str  # how the service reaches our web server, without a slash at its end

    def address(self, capture_id: int, name: str) -> str:
        """The address of a capture's picture; it ends in the file's name, by whose ending some services go."""
        signed = _serializer(self.key).dumps(capture_id)
        return f"{self.public_url}{PREFIX}/{self.service_id}-{signed}/{quote(name)}"


def signer(service: ProcessingService, settings: Settings) -> Signer:
    """The signer for a service. The web server is at `NIGHTBOARD_PUBLIC_URL`, or on this machine."""
    return Signer(service.id, service.secret, _public_url(settings))


def own_signer(settings: Settings) -> Signer:
    """The signer for whoever asks this web server for tasks."""
    return Signer(OWN, _own_key(settings), _public_url(settings))


def capture_of(session: Session, settings: Settings, signed: str) -> int:
    """The capture that a signed text stands for. Raises BadSignature."""
    number, _, text = signed.partition("-")
    key = _key(session, settings, int(number)) if number.isdecimal() and len(number) < 19 else None
    if key is None:
        raise BadSignature("This address was not signed here.")
    try:
        return int(_serializer(key).loads(text, max_age=GOOD_FOR_S))
    except BadData:
        raise BadSignature("This address was not signed here, or its hour is over.") from None


def _key(session: Session, settings: Settings, number: int) -> str | None:
    if number == OWN:
        return _own_key(settings)
    service = session.get(ProcessingService, number)
    return None if service is None else service.secret


def _own_key(settings: Settings) -> str:
    return secret_key(settings.home).hex()


def _public_url(settings: Settings) -> str:
    own = settings.public_url or f"http://{_host(settings.host)}:{settings.port}"
    return own.rstrip("/")


def _serializer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="the picture of a capture")


def _host(host: str) -> str:
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"[{host}]" if ":" in host else host
