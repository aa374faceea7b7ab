"""Every job type there is: those of this folder, and those of installed packages by the entry point below."""

from functools import cache
from importlib.metadata import entry_points

from engine.jobtypes import delay, ml, populate, regroup, sync
from engine.jobtypes.base import JobType

ENTRY_POINT = "nightboard.job_types"


@cache
def job_types() -> dict[str, JobType]:
    """Job types by key. A plug-in may add a key, not replace one."""
    own = [ml.JOB_TYPE, populate.JOB_TYPE, sync.JOB_TYPE, regroup.JOB_TYPE, delay.JOB_TYPE]
    plugged = [point.load() for point in entry_points(group=ENTRY_POINT)]
    return {kind.key: kind for kind in [*plugged, *own]}
