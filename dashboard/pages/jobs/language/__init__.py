"""The small language of the search box: `status:failure station:panama queue>5m -tag:old "white sheet"`.

`grammar` splits a text into terms, `meaning` makes a filter of them, `writing` says a filter in words again, and
`completion` offers what could stand at the caret. The names of this lab come in a `Vocabulary`.
"""

from dashboard.pages.jobs.language import writing
from dashboard.pages.jobs.language.completion import Completion, Offer, complete
from dashboard.pages.jobs.language.grammar import Misread, Term, terms
from dashboard.pages.jobs.language.meaning import Reader, meaning
from dashboard.pages.jobs.language.writing import replaced, say

__all__ = [
    "Completion",
    "Misread",
    "Offer",
    "Reader",
    "Term",
    "complete",
    "meaning",
    "replaced",
    "say",
    "terms",
    "writing",
]
