"""Every job type there is: those of this folder, and those of installed packages by the entry point below."""

from functools import cache
from importlib.metadata import entry_points

from engine.jobtypes.base import JobType
from engine.jobtypes.delay import JOB_TYPE as DELAY
from engine.jobtypes.export import JOB_TYPE as EXPORT
from engine.jobtypes.ml import JOB_TYPE as ML
from engine.jobtypes.populate import JOB_TYPE as POPULATE
from engine.jobtypes.regroup import JOB_TYPE as REGROUP
from engine.jobtypes.sync import JOB_TYPE as SYNC
from engine.jobtypes.tracks import JOB_TYPE as TRACKS

ENTRY_POINT = "nightboard.job_types"
OWN = (ML, POPULATE, SYNC, REGROUP, TRACKS, EXPORT, DELAY)


@cache
def job_types() -> dict[str, JobType]:
    """Job types by key. A plug-in may add a key, not replace one."""
    plugged = [point.load() for point in entry_points(group=ENTRY_POINT)]
    return {kind.key: kind for kind in (*plugged, *OWN)}
