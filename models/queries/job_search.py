"""Which jobs match, with words in their name or their pipeline's, by the index that answers it soonest.

A word, which may be several that belong together, is found wherever it stands within a name, in any case. On SQLite a
full-text index of three letters each knows where (migration 0002); a word of one or two letters, or one that stands in
many names, is looked for in the names themselves, which are met soon enough then. PostgreSQL chooses between the same
two ways by itself.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import product

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
    union,
)
from sqlalchemy.orm import Session

from models.jobs import Job, JobNight, JobTag
from models.pipelines import Pipeline
from models.queries.job_filter import JobFilter, conditions, nights_of
from models.rows import together

LETTERS = 3  # of the shortest word that the index knows
FEW = 10_000  # jobs that are read by their ids; more are met soon enough on the way through a list
DEEP = 2_000  # jobs before a window, from which on it pays to know all that match

_names = table("job_search", column("rowid"))
_matches = literal_column("job_search").op("MATCH")


def narrowed(
    session: Session, where: JobFilter, offset: int = 0, walked: Collection[str] = (), *, is_long: bool = False
) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Job` alone, words and tags by the way that is shorter to a window at `offset`.

    `walked` is what `conditions` takes. Of a list that is known to be long, more than FEW jobs, each word and tag is
    met soon enough.
    """
    found = _with_words(session, where.words, is_deep=offset > DEEP, is_long=is_long)
    if where.tags and (is_long or _has_many(session, select(JobTag.job_id).where(JobTag.tag.in_(where.tags)))):
        found.append(exists().where(JobTag.job_id == Job.id, JobTag.tag.in_(where.tags)))
        where = replace(where, tags=())
    return [*conditions(replace(where, words=()), walked), *found]


def count(session: Session, where: JobFilter, cap: int | None = None) -> int:
    """How many jobs match; counting stops at `cap`."""
    words = _sorted(session, where.words)
    if len(where.words) == 1 and words.of_both and _is_indexed(session, where.words[0]):
        ((word, pipelines),) = words.of_both.items()
        others = conditions(replace(where, words=()))
        by_name = _by_name((word,)).where(*others)
        found = _counted(session, by_name, cap)
        if cap is not None and found >= cap:
            return found
        by_pipeline = select(Job.id).where(Job.pipeline_id.in_(pipelines), *others).limit(cap)
        both = union(select(by_name.limit(cap).subquery()), select(by_pipeline.subquery()))
        counted = session.scalars(select(func.count()).select_from(both.subquery())).one()
        return counted if cap is None else min(counted, cap)
    return _counted(session, _matching(session, where, cap), cap)


def matching(session: Session, where: JobFilter, cap: int) -> list[int]:
    """Ids of the jobs that match, in no order; of `cap` of them where there are more."""
    return together(session, _matching(session, where, cap).limit(cap))


def _matching(session: Session, where: JobFilter, cap: int | None) -> Select[int] | CompoundSelect[int]:
    words = _sorted(session, where.words)
    if words.of_jobs and not words.of_both:
        others = conditions(replace(where, words=())) + [_like(session, word) for word in words.short]
        return _by_name(words.of_jobs).where(*others) if others else _hits(words.of_jobs)
    if where == JobFilter(night_from=where.night_from, night_to=where.night_to) != JobFilter():
        return _of_nights(where, cap)
    return select(Job.id).where(*narrowed(session, where))


def _of_nights(where: JobFilter, cap: int | None) -> CompoundSelect[int]:
    """Jobs over some nights and jobs with captures of them, each by its own index, which an OR would keep off."""
    nights = nights_of(where)
    over = select(Job.id).where(Job.event_id.in_(nights)).limit(cap).subquery()
    having = select(JobNight.job_id).where(JobNight.event_id.in_(nights)).distinct().limit(cap).subquery()
    return union(select(over), select(having))


@dataclass(frozen=True)
class _Words:
    """Words by where they may be found; `of_both` has the pipelines that are named so."""

    of_jobs: tuple[str, ...]
    of_both: dict[str, list[int]]
    short: tuple[str, ...]  # of jobs, and unknown to the index


def _sorted(session: Session, words: tuple[str, ...]) -> _Words:
    pipelines = _pipelines(session) if words else {}
    named = {word: _named(pipelines, word) for word in words}
    alone = [word for word in words if not named[word]]
    return _Words(
        tuple(word for word in alone if _is_indexed(session, word)),
        {word: ids for word, ids in named.items() if ids},
        tuple(word for word in alone if not _is_indexed(session, word)),
    )


def _with_words(
    session: Session, wanted: tuple[str, ...], *, is_deep: bool, is_long: bool
) -> list[ColumnElement[bool]]:
    """Jobs with each of these words in their name or their pipeline's."""
    words = _sorted(session, wanted)
    found = [_like(session, word, is_long=is_long) for word in words.short]
    if words.of_jobs:
        found.append(_having(session, words.of_jobs, [], is_deep=is_deep, is_long=is_long))
    return found + [
        _having(session, (word,), ids, is_deep=is_deep, is_long=is_long) for word, ids in words.of_both.items()
    ]


def _having(
    session: Session, words: tuple[str, ...], pipelines: list[int], *, is_deep: bool, is_long: bool
) -> ColumnElement[bool]:
    """Jobs with these words in their name, or of one of these pipelines.

    A sum with 0 keeps SQLite from looking up every such job first: it then goes through the list in its order, and
    asks of each job whether it is one.
    """
    named = and_(*(_like(session, word, is_long=is_long) for word in words))
    if not all(_is_indexed(session, word) for word in words):
        return or_(named, Job.pipeline_id.in_(pipelines)) if pipelines else named
    of_these = select(Job.id).where(Job.pipeline_id.in_(pipelines))
    hits = _hits(words)
    if is_long or _has_many(session, hits):
        named = (Job.id + 0).in_(hits) if is_deep or not all(word.isascii() for word in words) else named
    elif pipelines and _has_many(session, of_these):
        named = (Job.id + 0).in_(hits)
    else:
        return or_(Job.id.in_(hits), Job.pipeline_id.in_(pipelines)) if pipelines else Job.id.in_(hits)
    return or_(named, (Job.pipeline_id + 0).in_(pipelines)) if pipelines else named


def _hits(words: tuple[str, ...]) -> Select[int]:
    """Numbers of the jobs with all these words in their name, by the index of letters alone."""
    return select(_names.c.rowid).where(_matches(_phrases(words)))


def _by_name(words: tuple[str, ...]) -> Select[int]:
    """Jobs with all these words in their name, by the index of letters."""
    return select(Job.id).join(_names, _names.c.rowid == Job.id).where(_matches(_phrases(words)))


def _pipelines(session: Session) -> dict[int, str]:
    return {id_: name.lower() for id_, name in session.execute(select(Pipeline.id, Pipeline.name))}


def _named(pipelines: dict[int, str], word: str) -> list[int]:
    """Those with this word in their name."""
    return [id_ for id_, name in pipelines.items() if word.lower() in name]


def _like(session: Session, word: str, *, is_long: bool = False) -> ColumnElement[bool]:
    """The word within the name. SQLite folds the case of ASCII alone, so other letters are looked for in both.

    PostgreSQL's index of letters is of names in small letters; ILIKE, which it does not know, goes through a long list.
    """
    if not _is_sqlite(session):
        lower = func.lower(Job.name).contains(word.lower(), autoescape=True)
        return Job.name.icontains(word, autoescape=True) if is_long else lower
    letters = [[letter] if letter.isascii() else sorted({letter.lower(), letter.upper()}) for letter in word]
    return or_(*(Job.name.contains("".join(each), autoescape=True) for each in product(*letters)))


def _is_indexed(session: Session, word: str) -> bool:
    return _is_sqlite(session) and len(word) >= LETTERS


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _phrases(words: Iterable[str]) -> str:
    """All of these words, each as one phrase of the index's language."""
    return " AND ".join('"' + word.replace('"', '""') + '"' for word in words)


def _has_many(session: Session, query: Select[int]) -> bool:
    return _counted(session, query, FEW + 1) > FEW


def _counted(session: Session, query: Select[int] | CompoundSelect[int], cap: int | None) -> int:
    return session.scalars(select(func.count()).select_from(query.limit(cap).subquery())).one()
