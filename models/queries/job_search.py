"""Which jobs match, with words in their name or their pipeline's, by the index that answers it soonest.

A word, which may be several that belong together, is found wherever it stands within a name, in any case. On SQLite a
full-text index of three letters each knows where (migration 0002); a word of one or two letters, or one that stands in
many names, is looked for in the names themselves, which are met soon enough then. PostgreSQL chooses between the same
two ways by itself.
"""

from dataclasses import replace
from itertools import product

from sqlalchemy import ColumnElement, Select, column, exists, func, literal_column, or_, select, table, union
from sqlalchemy.orm import Session

from models.jobs import Job, JobTag
from models.pipelines import Pipeline
from models.queries.job_filter import JobFilter, conditions

LETTERS = 3  # of the shortest word that the index knows
FEW = 10_000  # jobs that are read by their ids; more are met soon enough on the way through a list
DEEP = 2_000  # jobs before a window, from which on it pays to know all that match

_names = table("job_search", column("rowid"))
_matches = literal_column("job_search").op("MATCH")


def narrowed(session: Session, where: JobFilter, offset: int = 0) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Job` alone, words and tags by the way that is shorter to a window at `offset`."""
    pipelines = _pipelines(session) if where.words else {}
    named = [_having(session, word, _named(pipelines, word), is_deep=offset > DEEP) for word in where.words]
    if where.tags and _counted(session, select(JobTag.job_id).where(JobTag.tag.in_(where.tags)), FEW + 1) > FEW:
        has_tag = exists().where(JobTag.job_id == Job.id, JobTag.tag.in_(where.tags))
        return [*conditions(replace(where, words=(), tags=())), has_tag, *named]
    return [*conditions(replace(where, words=())), *named]


def count(session: Session, where: JobFilter, cap: int | None = None) -> int:
    """How many jobs match; counting stops at `cap`."""
    if len(where.words) != 1 or not _is_indexed(session, where.words[0]):
        return _counted(session, select(Job.id).where(*narrowed(session, where)), cap)
    word, others = where.words[0], conditions(replace(where, words=()))
    by_name = select(Job.id).join(_names, _names.c.rowid == Job.id).where(_matches(_phrase(word)), *others)
    found = _counted(session, by_name, cap)
    pipelines = _named(_pipelines(session), word)
    if not pipelines or (cap is not None and found >= cap):
        return found
    by_pipeline = select(Job.id).where(Job.pipeline_id.in_(pipelines), *others).limit(cap)
    both = union(select(by_name.limit(cap).subquery()), select(by_pipeline.subquery()))
    counted = session.scalars(select(func.count()).select_from(both.subquery())).one()
    return counted if cap is None else min(counted, cap)


def _having(session: Session, word: str, pipelines: list[int], *, is_deep: bool) -> ColumnElement[bool]:
    """Jobs with this word in their name, or of one of these pipelines.

    A sum with 0 keeps SQLite from looking up every such job first: it then goes through the list in its order, and
    asks of each job whether it is one.
    """
    of_these = select(Job.id).where(Job.pipeline_id.in_(pipelines))
    if not _is_indexed(session, word):
        named = _like(session, word)
        return or_(named, Job.pipeline_id.in_(pipelines)) if pipelines else named
    hits = select(_names.c.rowid).where(_matches(_phrase(word)))
    if _counted(session, hits, FEW + 1) > FEW:
        named = (Job.id + 0).in_(hits) if is_deep or not word.isascii() else _like(session, word)
    elif pipelines and _counted(session, of_these, FEW + 1) > FEW:
        named = (Job.id + 0).in_(hits)
    else:
        return or_(Job.id.in_(hits), Job.pipeline_id.in_(pipelines)) if pipelines else Job.id.in_(hits)
    return or_(named, (Job.pipeline_id + 0).in_(pipelines)) if pipelines else named


def _pipelines(session: Session) -> dict[int, str]:
    return {id_: name.lower() for id_, name in session.execute(select(Pipeline.id, Pipeline.name))}


def _named(pipelines: dict[int, str], word: str) -> list[int]:
    """Those with this word in their name."""
    return [id_ for id_, name in pipelines.items() if word.lower() in name]


def _like(session: Session, word: str) -> ColumnElement[bool]:
    """The word within the name. SQLite folds the case of ASCII alone, so other letters are looked for in both."""
    if not _is_sqlite(session):
        return Job.name.icontains(word, autoescape=True)
    letters = [[letter] if letter.isascii() else sorted({letter.lower(), letter.upper()}) for letter in word]
    return or_(*(Job.name.icontains("".join(each), autoescape=True) for each in product(*letters)))


def _is_indexed(session: Session, word: str) -> bool:
    return _is_sqlite(session) and len(word) >= LETTERS


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _phrase(word: str) -> str:
    """The word as one phrase of the index's language."""
    return '"' + word.replace('"', '""') + '"'


def _counted(session: Session, query: Select[int], cap: int | None) -> int:
    return session.scalars(select(func.count()).select_from(query.limit(cap).subquery())).one()
