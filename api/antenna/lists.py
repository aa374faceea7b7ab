"""Lists: their window, and the project that a token is bound to."""

from typing import Any

from api.antenna import parameters
from api.antenna.endpoint import Call, Reply
from api.antenna.links import page_link
from api.antenna.parameters import Window
from api.antenna.references import permissions

NO_PROJECT = -1


def paged(call: Call, kind: str, count: int, shown: list[Any], window: Window, *, more: bool | None = None) -> Reply:
    """A window of a list with its count and the addresses of its neighbours; `more` says that there is a next one."""
    behind = window.offset + window.limit
    return Reply(
        {
            "count": count,
            "next": page_link(window.limit, behind) if (behind < count if more is None else more) else None,
            "previous": page_link(window.limit, max(0, window.offset - window.limit)) if window.offset else None,
            "results": shown,
            "user_permissions": permissions(call, kind),
        }
    )


def allowed_project(call: Call) -> tuple[int, ...]:
    """The projects that are asked for, or those that this actor may see; one that it may not see holds nothing."""
    asked = parameters.ids("project", "project_id")
    bound = call.actor.project_id
    if bound is None:
        return asked
    return (bound,) if not asked or bound in asked else (NO_PROJECT,)
