"""Which jobs match, with a text in their name or their pipeline's, by the index that answers it soonest.

A text is found wherever it stands within a name, in any case. On SQLite a full-text index of three letters each knows
where (migration 0002); a text of one or two letters, or one that stands in many names, is looked for in the names
themselves, which are met soon enough then. PostgreSQL chooses between the same two ways by itself.
"""

from dataclasses import replace
from itertools import product

from sqlalchemy import ColumnElement, Select, column, func, literal_column, or_, select, table, union
from sqlalchemy.orm import Session

from models.jobs import Job
from models.pipelines import Pipeline
from models.queries.job_filter import JobFilter, conditions

LETTERS = 3  # of the shortest text that the index knows
FEW = 10_000  # jobs that are read by their ids; more are met soon enough on the way through a list
DEEP = 2_000  # jobs before a window, from which on it pays to know all that match

_names = table("job_search", column("rowid"))
_matches = literal_column("job_search").op("MATCH")


def narrowed(session: Session, where: JobFilter, offset: int = 0) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Job` alone, its text by the way that is shorter to a window at `offset`."""
    text = where.text.strip()
    if not text:
        return conditions(where)
    return [*conditions(replace(where, text="")), _having(session, text, is_deep=offset > DEEP)]


def count(session: Session, where: JobFilter, cap: int | None = None) -> int:
    """How many jobs match; counting stops at `cap`."""
    text = where.text.strip()
    if not text or not _is_indexed(session, text):
        return _counted(session, select(Job.id).where(*narrowed(session, where)), cap)
    others = conditions(replace(where, text=""))
    by_name = select(Job.id).join(_names, _names.c.rowid == Job.id).where(_matches(_phrase(text)), *others)
    found = _counted(session, by_name, cap)
    pipelines = _pipelines(session, text)
    if not pipelines or (cap is not None and found >= cap):
        return found
    by_pipeline = select(Job.id).where(Job.pipeline_id.in_(pipelines), *others).limit(cap)
    both = union(select(by_name.limit(cap).subquery()), select(by_pipeline.subquery()))
    counted = session.scalars(select(func.count()).select_from(both.subquery())).one()
    return counted if cap is None else min(counted, cap)


def _having(session: Session, text: str, *, is_deep: bool) -> ColumnElement[bool]:
    """Jobs with this text in their name, or in that of their pipeline.

    A sum with 0 keeps SQLite from looking up every such job first: it then goes through the list in its order, and
    asks of each job whether it is one.
    """
    pipelines = _pipelines(session, text)
    of_these = select(Job.id).where(Job.pipeline_id.in_(pipelines))
    if not _is_indexed(session, text):
        named = _like(session, text)
        return or_(named, Job.pipeline_id.in_(pipelines)) if pipelines else named
    hits = select(_names.c.rowid).where(_matches(_phrase(text)))
    if _counted(session, hits, FEW + 1) > FEW:
        named = (Job.id + 0).in_(hits) if is_deep or not text.isascii() else _like(session, text)
    elif pipelines and _counted(session, of_these, FEW + 1) > FEW:
        named = (Job.id + 0).in_(hits)
    else:
        return or_(Job.id.in_(hits), Job.pipeline_id.in_(pipelines)) if pipelines else Job.id.in_(hits)
    return or_(named, (Job.pipeline_id + 0).in_(pipelines)) if pipelines else named


def _pipelines(session: Session, text: str) -> list[int]:
    names = session.execute(select(Pipeline.id, Pipeline.name))
    return [id_ for id_, name in names if text.lower() in name.lower()]


def _like(session: Session, text: str) -> ColumnElement[bool]:
    """The text within the name. SQLite folds the case of ASCII alone, so other letters are looked for in both."""
    if not _is_sqlite(session):
        return Job.name.icontains(text, autoescape=True)
    letters = [[letter] if letter.isascii() else sorted({letter.lower(), letter.upper()}) for letter in text]
    return or_(*(Job.name.icontains("".join(each), autoescape=True) for each in product(*letters)))


def _is_indexed(session: Session, text: str) -> bool:
    return _is_sqlite(session) and len(text) >= LETTERS


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _phrase(text: str) -> str:
    """The text as one phrase of the index's language."""
    return '"' + text.replace('"', '""') + '"'


def _counted(session: Session, query: Select[int], cap: int | None) -> int:
    return session.scalars(select(func.count()).select_from(query.limit(cap).subquery())).one()
