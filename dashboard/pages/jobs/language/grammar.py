"""From a text to its terms: words, and keys with values, each with its place in the text."""

from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from dashboard.pages.jobs.language.keys import KEYS, example

GRAMMAR = r"""
start: term*
?term: NOT term_body -> left_out
     | term_body
?term_body: KEY OP value (_COMMA value)* -> field
          | (QUOTED | WORD) -> word
value: QUOTED | VALUE

NOT.3: /-(?=\S)/
KEY.2: /[^\W\d_]\w*(?=[:<>=])/
OP: ">=" | "<=" | ":" | "=" | ">" | "<"
QUOTED.2: /"[^"]*"/
_COMMA.3: ","
VALUE: /[^\s",]+/
WORD: /[^\s",-][^\s"]*/
%ignore /\s+/
"""
_parser = Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)

END = "$END"


@dataclass(frozen=True)
class Piece:
    """A word of the text without its quotes, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """A free word (no key), or a key with its comparison and its values; `negated` leaves out what it means."""

    key: str
    comparison: str
    values: tuple[Piece, ...]
    start: int
    end: int
    negated: bool = False


class Misread(ValueError):
    """What is wrong in a text, in a sentence that says what would be right, and where: from `start` to `end`."""

    def __init__(self, sentence: str, start: int, end: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.start = start
        self.end = max(end, start + 1)


def terms(text: str) -> list[Term]:
    """The terms of a text in their order. Raises Misread."""
    try:
        found: list[Term] = _Terms().transform(_parser.parse(text))
    except UnexpectedInput as wrong:
        raise _misread(text, wrong) from None
    return found


@v_args(inline=True)
class _Terms(Transformer[Token, list[Term]]):
    """Builds the terms from what the parser found."""

    def start(self, *found: Term) -> list[Term]:
        return list(found)

    def field(self, key: Token, comparison: Token, *values: Piece) -> Term:
        word = ":" if comparison == "=" else str(comparison)
        return Term(key.lower(), word, values, _at(key), values[-1].end)

    def word(self, token: Token) -> Term:
        piece = _piece(token)
        return Term("", "", (piece,), piece.start, piece.end)

    def value(self, token: Token) -> Piece:
        return _piece(token)

    def left_out(self, minus: Token, term: Term) -> Term:
        return Term(term.key, term.comparison, term.values, _at(minus), term.end, negated=True)


def _piece(token: Token) -> Piece:
    start = _at(token)
    return Piece(token.strip('"'), start, start + len(token))


def _at(token: Token) -> int:
    return token.start_pos or 0


def _misread(text: str, wrong: UnexpectedInput) -> Misread:
    match wrong:
        case UnexpectedToken() if wrong.token.type == END:
            before = text.rstrip()
            if before.endswith(","):
                return Misread(
                    "Say one more value after the comma, or take the comma away.", len(before) - 1, len(text)
                )
            return Misread(_unfinished(before), len(before), len(before) + 1)
        case UnexpectedToken() if wrong.token in ("-", ","):
            return Misread(_of_sign(wrong.token), _at(wrong.token), _at(wrong.token) + 1)
        case UnexpectedToken():
            token: Any = wrong.token
            return Misread(f"Put a space before “{token}”, or quotation marks around it.", _at(token), token.end_pos)
        case UnexpectedCharacters():
            place = wrong.pos_in_stream or 0
            return Misread(_of_sign(text[place : place + 1]), place, len(text) if text[place] == '"' else place + 1)
    return Misread("This cannot be read; put quotation marks around what should be found as it is.", 0, len(text))


def _of_sign(sign: str) -> str:
    if sign == '"':
        return "Close the quotation marks, or take this one away."
    if sign == "-":
        return "Put the minus right before what should be left out, such as -status:success."
    return f"Put quotation marks around a word with “{sign}” in it."


def _unfinished(text: str) -> str:
    """What to say of a text that stops behind a key."""
    last = text.rsplit(maxsplit=1)[-1].lstrip("-")
    key = last.rstrip(":<>=").lower()
    if key in KEYS:
        return f"Say what {key} should be, such as {example(key)}."
    return f"Say what should stand behind “{last}”."
