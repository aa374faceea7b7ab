"""Getting a token, and who one is."""

from datetime import timedelta

from flask import Response, g, request

from api.dialect import Call, Endpoint, NotLoggedIn, Verb, answered
from api.reading import read_json
from api.up42.answers import AccessToken, Data, Granted, Me
from engine.access import Actor, actor_of_token, create_token
from engine.board import Board
from engine.control import Invalid
from engine.passwords import actor_of_password
from models.base import now

LASTS = timedelta(hours=12)  # a token that a password got
GRANTS = frozenset({"", "client_credentials", "password"})


def grant(board: Board) -> Response:
    """A token for an id and its key: the prefix and the secret of a token, or a project and a whole token.

    They come as Basic authorization, or as the fields of either kind of grant, in a form or as JSON. A person gives a
    name and a password, and gets a token of their own that ends by itself. Raises Invalid or NotLoggedIn.
    """
    fields = _fields()
    kind = fields.get("grant_type", "").lower()
    if kind not in GRANTS:
        raise Invalid({"grant_type": ["grant_type is client_credentials or password."]})
    name, key = (part.replace("\0", "") for part in _credentials(fields))
    text = _token(board, name, key, tells=kind != "password") or (
        _log_in(board, name, key) if kind == "password" else None
    )
    if text is None:
        g.refused_login = True
        raise NotLoggedIn("The id and the key are not the two parts of a token that holds; make a new token.")
    granted = Granted(data=AccessToken(access_token=text), access_token=text)
    return answered(granted, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _token(board: Board, name: str, key: str, *, tells: bool) -> str | None:
    """The token that an id and its key are, if it holds; of what may be a password nobody `tells`."""
    text = key if key.partition(".")[2] else f"{name}.{key}"
    actor = actor_of_token(board.store, text, tells=tells)
    return text if actor is not None and _is_of(name, actor) else None


def _log_in(board: Board, name: str, password: str) -> str | None:
    actor = actor_of_password(board.store, name, password, via="api")
    if actor is None:
        return None
    return create_token(board.store, user_name=actor.name, role=actor.role, name="login", expires_at=now() + LASTS)


def me(call: Call) -> Data[Me]:
    """Who holds the token of this request."""
    actor = call.actor
    number = str(actor.user_id or 0)
    return Data(
        data=Me(id=number, display_id=number, first_name=actor.name, role=actor.role.value, workspace_id=number)
    )


def _fields() -> dict[str, str]:
    """The fields of the form, which may also come as JSON. Raises Invalid."""
    given = read_json() if request.is_json else request.form.to_dict()
    return {name: value for name, value in given.items() if isinstance(value, str)} if isinstance(given, dict) else {}


def _credentials(fields: dict[str, str]) -> tuple[str, str]:
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        return basic.username or "", basic.password or ""
    name, key = fields.get("username") or fields.get("client_id"), fields.get("password") or fields.get("client_secret")
    return name or "", key or ""


def _is_of(name: str, actor: Actor) -> bool:
    """Whether a token may be used under this id: its own prefix, its person, or a project that it may see."""
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else None
    return name in (actor.token_prefix, actor.name) or (number is not None and actor.project_id in (None, number))


ENDPOINTS = [
    Endpoint("/oauth/token/", {"POST": Verb(grant, "A token for an id and its key.", Granted)}, open=True),
    Endpoint("/users/me/", {"GET": Verb(me, "Who holds the token.", Data[Me])}),
]
