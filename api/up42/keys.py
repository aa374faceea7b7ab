"""Getting a token, and who one is."""

from flask import Response, g, request

from api.dialect import Call, Endpoint, NotLoggedIn, Verb, answered
from api.up42.answers import AccessToken, Data, Granted, Me
from engine.access import Actor, actor_of_token
from engine.board import Board
from engine.control import Invalid

GRANTS = frozenset({"", "client_credentials", "password"})


def grant(board: Board) -> Response:
    """A token for an id and its key: the prefix and the secret of a token, or a project and a whole token.

    They come as Basic authorization, or as the fields of either kind of grant. Raises Invalid or NotLoggedIn.
    """
    if request.form.get("grant_type", "") not in GRANTS:
        raise Invalid({"grant_type": ["grant_type is client_credentials or password."]})
    name, key = _credentials()
    text = key if key.partition(".")[2] else f"{name}.{key}"
    actor = actor_of_token(board.store, text.replace("\0", ""))
    if actor is None or not _is_of(name, actor):
        g.refused_login = True
        raise NotLoggedIn("The id and the key are not the two parts of a token that holds; make a new token.")
    granted = Granted(data=AccessToken(access_token=text), access_token=text)
    return answered(granted, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def me(call: Call) -> Data[Me]:
    """Who holds the token of this request."""
    actor = call.actor
    number = str(actor.user_id or 0)
    return Data(
        data=Me(id=number, display_id=number, first_name=actor.name, role=actor.role.value, workspace_id=number)
    )


def _credentials() -> tuple[str, str]:
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        return basic.username or "", basic.password or ""
    form = request.form
    return form.get("username") or form.get("client_id", ""), form.get("password") or form.get("client_secret", "")


def _is_of(name: str, actor: Actor) -> bool:
    """Whether a token may be used under this id: its own prefix, its person, or a project that it may see."""
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else None
    return name in (actor.token_prefix, actor.name) or (number is not None and actor.project_id in (None, number))


ENDPOINTS = [
    Endpoint("/oauth/token/", {"POST": Verb(grant, "A token for an id and its key.", Granted)}, open=True),
    Endpoint("/users/me/", {"GET": Verb(me, "Who holds the token.", Data[Me])}),
]
