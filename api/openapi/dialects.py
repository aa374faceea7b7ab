"""Every operation of every dialect, taken from where the dialect itself lists them."""

from collections.abc import Iterator

from pydantic import BaseModel

from api import instabase, modzy, up42
from api.antenna.answers import Detail
from api.dialect import Dialect
from api.instabase.answers import Problem as InstabaseProblem
from api.modzy.answers import Problem as ModzyProblem
from api.openapi.antenna import operations as of_antenna
from api.openapi.operations import BOUND, FREE, SAFE, Operation
from api.up42.answers import Problem as Up42Problem
from engine.signing import PREFIX


class Grant(BaseModel):
    """The fields of either kind of grant, for a client that does not send them as Basic authorization."""

    grant_type: str = "client_credentials"
    username: str = ""
    password: str = ""


class Upload(BaseModel):
    """A piece of a picture."""

    input: bytes


# Bodies that are no JSON, which their views read by themselves.
FORMS: dict[str, tuple[type[BaseModel], str]] = {
    "/oauth/token": (Grant, "application/x-www-form-urlencoded"),
    "/api/jobs/<key>/<source>/<name>": (Upload, "multipart/form-data"),
}


def operations() -> list[Operation]:
    """All of them, in the order in which the page shows them."""
    return [
        *of_antenna(),
        *of_dialect("Modzy", modzy.DIALECT, ModzyProblem),
        *of_instabase(),
        *of_dialect("UP42", up42.DIALECT, Up42Problem),
        Operation(
            "Pictures",
            f"{PREFIX}/<signed>/<name>",
            "GET",
            "The picture of a capture at a signed address, for a processing service",
            {200: bytes},
            Detail,
            (403, 404, 429),
            media="image/*",
            open=True,
        ),
    ]


def of_dialect(tag: str, dialect: Dialect, refusal: type) -> Iterator[Operation]:
    for endpoint in dialect.endpoints:
        rule = endpoint.rule.rstrip("/")
        for method, verb in endpoint.verbs.items():
            form, kind = FORMS.get(rule, (verb.body, "application/json"))
            yield Operation(
                tag,
                rule,
                method,
                verb.about,
                {verb.status: None if verb.status == 204 else verb.answers},
                refusal,
                FREE if method in SAFE else BOUND,
                query=verb.query,
                body=form,
                forms=(kind,),
                media=verb.media,
                open=endpoint.open,
            )


def of_instabase() -> Iterator[Operation]:
    """HTTP 200 whatever became of it: an answer is what was asked for or a problem."""
    for door in instabase.DOORS:
        yield Operation(
            "Instabase",
            f"{instabase.PREFIX}jobs/{door.name}",
            door.method,
            door.about,
            {200: door.answers | InstabaseProblem},
            None,
            (),
            query=door.asked if door.method == "GET" else None,
            body=door.asked if door.method == "POST" else None,
            changes=door.changes,
        )
