"""From a number's address back to the captures that it counts."""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from engine.refusals import Invalid
from engine.reports import counts
from engine.reports.report import settled
from engine.reports.selection import read
from models.queries import reports
from models.queries.reports import STATES, Behind


def behind_of(session: Session, query: Mapping[str, str], project_id: int | None) -> Behind:
    """Which captures the number of this address counts. Raises Invalid for an address that means none.

    `state` is one of STATES, `hour` an hour of the sun's clock, `kind` a cause of failure.
    """
    asked = read({**query, "figures": ""}).of_project(project_id)
    state, hour = query.get("state", "all"), query.get("hour", "")
    if state not in STATES:
        raise Invalid({"state": [f"There is no state {state[:40]!r}; there are {', '.join(STATES)}."]})
    if not re.fullmatch(r"(-?\d{1,2})?", hour):
        raise Invalid({"hour": [f"{hour[:40]!r} is no hour from sunset; 0 is the first after it."]})
    where = settled(session, asked).where
    behind = Behind(where, state, kind=query.get("kind") or None)
    if not hour:
        return behind
    stations = counts.by_station(reports.nights(session, where))
    return replace(behind, windows=counts.windows(stations, int(hour)))
