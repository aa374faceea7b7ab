"""What a text means that a program gives as an input: a capture, a picture to be fetched, or nothing that can be used.

A picture is only fetched from hosts outside this machine's own networks, or from those that are allowed by name; the
address that was looked at is the one that is connected to, so that a name cannot change its mind in between.
"""

import http.client
import re
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import select

from engine.access import Actor
from engine.board import Board
from engine.control import Invalid
from engine.hosts import is_outside
from engine.inputs import Given, Known, Picture, Puzzle
from engine.uploads import LARGEST_INPUT
from models.captures import Capture, Deployment

PATIENCE_S = 20.0  # for all the pictures of one request
MOST_FETCHED = 20  # pictures of one request
SILENCE_S = 5.0  # without a byte from the other side
CAPTURE = re.compile(r"/api/v2/captures/(\d{1,18})(?:/.*)?")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Reader:
    """Reads the texts of one request. `own_hosts` (host and port) are those by which this Nightboard is reached."""

    board: Board
    actor: Actor
    own_hosts: Sequence[str]
    until: float  # by the monotonic clock
    fetched: list[str] = field(default_factory=list)  # the addresses so far

    def read(self, text: str) -> Given:
        """What the text means. Raises Invalid for an address in this machine's networks that is not allowed."""
        wanted = text.strip()
        try:
            address = urlsplit(wanted) if re.match(r"(?i)https?://", wanted) else None
            port = address.port if address is not None else None
        except ValueError:
            return Puzzle(f"{wanted[:200]!r} is not an address that can be read.")
        if address is not None and address.netloc not in self.own_hosts:
            return self._fetched(address, port or PORTS[address.scheme])
        match = CAPTURE.fullmatch(address.path if address is not None else wanted)
        number = match[1] if match else wanted
        if number.isascii() and number.isdecimal() and len(number) < 19:
            return self._capture(int(number))
        return Puzzle(
            f"{wanted[:80]!r} is neither the number nor the address of a capture; give one, or send the picture itself."
        )

    def _capture(self, number: int) -> Given:
        with self.board.store.read() as session:
            project = select(Deployment.project_id).join(Capture).where(Capture.id == number)
            project_id = session.scalars(project).first()
        if project_id is None or self.actor.project_id not in (None, project_id):
            return Puzzle(f"There is no capture {number}.")
        return Known(number)

    def _fetched(self, address: SplitResult, port: int) -> Given:
        host, shown = address.hostname or "", address.geturl()[:200]
        self.fetched.append(shown)
        if len(self.fetched) > MOST_FETCHED:
            return Puzzle(f"{shown} was not fetched, as a job fetches {MOST_FETCHED} pictures; send the others.")
        try:
            numbers = sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
        except (OSError, UnicodeError):
            return Puzzle(f"{shown} was not fetched: there is no host {host!r}.")
        if host not in _allowed(self.board) and not all(map(is_outside, numbers)):
            raise Invalid(
                {"input": [f"{shown} points into this machine's own network; name {host} in NIGHTBOARD_ALLOWED_HOSTS."]}
            )
        try:
            content = _get(address, numbers[0], port, self.until)
            return Picture(content, instead=f"What lies at {shown} is not a picture that can be read.")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Puzzle(f"{shown} was not fetched: {error or type(error).__name__}.")


def reader(board: Board, actor: Actor, own_hosts: Sequence[str]) -> Reader:
    """A reader for one request, with the time that it may take."""
    public = urlsplit(board.settings.public_url or "").netloc
    return Reader(board, actor, [*own_hosts, *([public] if public else [])], time.monotonic() + PATIENCE_S)


def project_of(board: Board, given: Sequence[Given]) -> int | None:
    """The one project of the captures that are named; None when none is. Raises Invalid when there are several."""
    ids = [each.capture_id for each in given if isinstance(each, Known)]
    with board.store.read() as session:
        of = select(Deployment.project_id).join(Capture).where(Capture.id.in_(ids)).distinct()
        found = session.scalars(of).all()
    if len(found) > 1:
        raise Invalid({"input": ["The captures belong to several projects; submit a job for each."]})
    return found[0] if found else None


def _allowed(board: Board) -> frozenset[str]:
    return frozenset(board.settings.allowed_hosts.replace(",", " ").split())


def _get(address: SplitResult, number: str, port: int, until: float) -> bytes:
    """The body of an address, from the machine that `number` names. Raises OSError, HTTPException or ValueError."""
    connection = http.client.HTTPConnection(address.hostname or "", port, timeout=SILENCE_S)
    connection.sock = socket.create_connection((number, port), timeout=SILENCE_S)
    try:
        if address.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(connection.sock, server_hostname=address.hostname)
        target = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request("GET", target, headers={"Accept": "image/*"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"its host answered {answer.status} {answer.reason}")
        return _read(answer, until)
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse, until: float) -> bytes:
    body = bytearray()
    while block := answer.read(2**16):
        body += block
        if len(body) > LARGEST_INPUT:
            raise ValueError(f"it is larger than {LARGEST_INPUT // 2**20} MB")
        if time.monotonic() > until:
            raise ValueError("it took too long")
    return bytes(body)
