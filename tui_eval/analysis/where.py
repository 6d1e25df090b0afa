"""Which questions are looked at: a small language of conditions that is never run as code.

``a.wrong and b.correct``, ``status in ("unparsed", "empty")``, ``len(a.response) > 2000``, and the
names of `PRESETS` as words of it: ``broken and a.score > 0.5``, ``b.unparsed``. Runs are letters in
their order on the screen, a is the baseline. Names without a letter are all of one run: a condition
with such names is met where it is true of any run. What is missing is neither true nor false: a
condition on it is not met, nor is its ``not``. Only ``missing`` asks for it: it is true of a run
that has no answer to the question. ``id < 100`` compares the number that an id is; one that is no
number is missing there.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import isfinite
from typing import Final, NamedTuple, get_args

import polars as pl

from tui_eval.analysis.view import TOLERANCE
from tui_eval.records import UNFINISHED, Status, Verdict

PRESETS: Final = {
    "fixed": 'flip == "fixed"',
    "broken": 'flip == "broken"',
    "changed": 'flip in ("fixed", "broken")',
    "both wrong": "a.wrong and b.wrong",
    "all wrong": "right == 0",
    "disagree": "right > 0 and right < runs",
    "unparsed": 'status == "unparsed"',
    "truncated": 'status == "truncated"',
    "unfinished": "unfinished",
    "empty": 'status == "empty"',
    "missing": "missing",
    "flaky": "flaky",
    "suspect": "suspect",
}
"""Conditions that have a name, which is a word of the language."""

CHANGED: Final = "(a.correct or a.wrong) and right > 0 and right < runs"
"""Some run is right where a is wrong, or wrong where a is right."""

OF_RUN: Final = {
    "correct": "truth",
    "wrong": "truth",
    "unfinished": "truth",
    "missing": "truth",
    "flaky": "truth",
    "score": "number",
    "length": "number",
    "tokens": "number",
    "status": "text",
    "verdict": "text",
}
"""Names of what a run has for a question, and what they are; scores on the raw 0-1 scale."""

OF_QUESTION: Final = {
    "category": "text",
    "id": "text",
    "flip": "text",
    "right": "number",
    "runs": "number",
    "best": "text",
    "spread": "number",
    "duplicate": "number",
    "suspect": "truth",
}
"""Names of what a question has by itself, or over all runs."""

LONGEST = 1000
"""Characters of a condition."""

DEEPEST = 40
"""Parentheses and ``not`` inside of each other."""

_KINDS = {**OF_RUN, **OF_QUESTION}
_VALUES = {
    "status": get_args(Status),
    "verdict": get_args(Verdict),
    "flip": ("fixed", "broken", ""),
}
_WORDS = {
    name.replace(" ", "_"): condition for name, condition in PRESETS.items() if name not in _KINDS
}
_KEYWORDS = ("and", "or", "not", "in")
_INSTEAD = {"=": "==", "&": "and", "|": "or", "!": "not", "[": "("}
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"  # of an id: with an exponent it is a name
_SIGNS = ("==", "!=", *_SWAPPED)
_TOKEN = re.compile(
    r"""(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<number>-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<sign>[=!<>]=|[<>(),])""",
    re.ASCII | re.VERBOSE,
)


class WhereError(ValueError):
    """A condition that cannot be understood.

    Args:
        message: Why, in words.
        column: Character at which it is noticed, from 0.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (character {column + 1})")
        self.message = message
        self.column = column


class Expression(ABC):
    """A condition that was understood."""

    @property
    @abstractmethod
    def names(self) -> Sequence[_Name]:
        """The names in it, in their order."""

    @abstractmethod
    def of(self, letter: str | None) -> pl.Expr:
        """The condition where all names without a letter are this run's."""

    def to_polars(self, letters: Sequence[str]) -> pl.Expr:
        """True, false or null, over the columns of `samples.questions`.

        Args:
            letters: The runs that there are.

        Raises:
            WhereError: It names a run that there is not.
        """
        for name in self.names:
            if name.letter is not None and name.letter not in letters:
                known = f"runs are {letters[0]} to {letters[-1]}" if letters else "no run is open"
                raise WhereError(f"there is no run ‘{name.letter}’; {known}", name.column)
        if not any(name.is_of_any_run for name in self.names):
            return self.of(None)
        if not letters:
            return pl.lit(None, pl.Boolean)
        each = [self.of(letter) for letter in letters]
        met = pl.any_horizontal(one.fill_null(value=False) for one in each)
        return pl.when(pl.any_horizontal(one.is_not_null() for one in each)).then(met)


def letters(count: int) -> list[str]:
    """What runs are called in conditions: a to z, then aa, ab and so on."""
    names: list[str] = []
    for number in range(1, count + 1):
        name = ""
        while number:
            number, place = divmod(number - 1, 26)
            name = chr(ord("a") + place) + name
        names.append(name)
    return names


def parse(text: str) -> Expression:
    """Understand a condition.

    Raises:
        WhereError: It is no condition, or too long.
    """
    if len(text) > LONGEST:
        raise WhereError(f"a condition has at most {LONGEST} characters", LONGEST)
    return _Parser(_tokens(text)).whole()


@dataclass(frozen=True)
class _Name:
    """A name, and the letter of its run where it has one."""

    letter: str | None
    field: str
    column: int
    is_number: bool = False  # of a text that is read as one

    @property
    def kind(self) -> str:
        return "number" if self.is_number else _KINDS[self.field]

    @property
    def is_of_any_run(self) -> bool:
        return self.letter is None and self.field in OF_RUN

    def expression(self, letter: str | None) -> pl.Expr:
        """The column, of this run where the name has no letter of its own."""
        if self.is_number:
            found = pl.col(self.field)
            return pl.when(found.str.contains(_NUMBER)).then(found).cast(pl.Float64, strict=False)
        if self.field in OF_QUESTION:
            return pl.col(self.field)
        run = self.letter or letter
        if self.field == "wrong":
            return ~pl.col(f"{run}.correct")
        if self.field == "unfinished":
            return pl.col(f"{run}.status") == UNFINISHED
        if self.field == "missing":
            return pl.col(f"{run}.attempts").is_null()
        return pl.col(f"{run}.{self.field}")


@dataclass(frozen=True)
class _Value:
    """A number or a text that was written out."""

    value: float | str
    written: str
    column: int

    @property
    def kind(self) -> str:
        return "text" if isinstance(self.value, str) else "number"


@dataclass(frozen=True)
class _Truth(Expression):
    name: _Name

    @property
    def names(self) -> Sequence[_Name]:
        return (self.name,)

    def of(self, letter: str | None) -> pl.Expr:
        return self.name.expression(letter)


@dataclass(frozen=True)
class _Comparison(Expression):
    name: _Name
    sign: str
    other: _Name | _Value

    @property
    def names(self) -> Sequence[_Name]:
        return (self.name, self.other) if isinstance(self.other, _Name) else (self.name,)

    def of(self, letter: str | None) -> pl.Expr:
        one = self.name.expression(letter)
        if isinstance(self.other, _Name):
            return _compared(one, self.sign, self.other.expression(letter), self.name.kind)
        return _compared(one, self.sign, pl.lit(self.other.value), self.name.kind)


@dataclass(frozen=True)
class _Membership(Expression):
    name: _Name
    values: tuple[_Value, ...]

    @property
    def names(self) -> Sequence[_Name]:
        return (self.name,)

    def of(self, letter: str | None) -> pl.Expr:
        one, kind = self.name.expression(letter), self.name.kind
        return pl.any_horizontal(
            _compared(one, "==", pl.lit(value.value), kind) for value in self.values
        )


@dataclass(frozen=True)
class _Every(Expression):
    parts: tuple[Expression, ...]

    @property
    def names(self) -> Sequence[_Name]:
        return [name for part in self.parts for name in part.names]

    def of(self, letter: str | None) -> pl.Expr:
        return pl.all_horizontal(part.of(letter) for part in self.parts)


@dataclass(frozen=True)
class _Either(Expression):
    parts: tuple[Expression, ...]

    @property
    def names(self) -> Sequence[_Name]:
        return [name for part in self.parts for name in part.names]

    def of(self, letter: str | None) -> pl.Expr:
        return pl.any_horizontal(part.of(letter) for part in self.parts)


@dataclass(frozen=True)
class _Not(Expression):
    part: Expression

    @property
    def names(self) -> Sequence[_Name]:
        return self.part.names

    def of(self, letter: str | None) -> pl.Expr:
        return ~self.part.of(letter)


@dataclass(frozen=True)
class _Preset(Expression):
    """A condition in the place of its name."""

    condition: Expression
    letter: str | None
    column: int

    @property
    def names(self) -> Sequence[_Name]:
        return [
            replace(name, letter=name.letter or self.letter, column=self.column)
            for name in self.condition.names
        ]

    def of(self, letter: str | None) -> pl.Expr:
        return self.condition.of(self.letter or letter)


def _compared(one: pl.Expr, sign: str, other: pl.Expr, kind: str) -> pl.Expr:
    """Two columns, or one and a value; numbers that differ by float noise are equal."""
    if kind == "number":
        one, other = one - other, pl.lit(0.0)
        if sign in ("==", "!="):
            return one.abs() <= TOLERANCE if sign == "==" else one.abs() > TOLERANCE
        other = pl.lit(-TOLERANCE if sign in ("<", ">=") else TOLERANCE)
    return {
        "==": one == other,
        "!=": one != other,
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[sign]


class _Token(NamedTuple):
    kind: str
    text: str
    column: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else f"‘{self.text}’"


def _tokens(text: str) -> list[_Token]:
    tokens = []
    place = 0
    while rest := text[place:].lstrip():
        place = len(text) - len(rest)
        found = _TOKEN.match(text, place)
        if found is None:
            raise WhereError(_not_understood(rest[0]), place)
        word, kind = found[0], str(found.lastgroup)
        if kind == "text" and not word.isascii():
            _check_text(word, place)
        tokens.append(_Token(kind, word.lower() if kind == "name" else word, place))
        place = found.end()
    return [*tokens, _Token("end", "", len(text))]


def _check_text(word: str, place: int) -> None:
    try:
        word.encode()
    except UnicodeEncodeError as error:  # half a surrogate pair, which Polars cannot hold
        raise WhereError("this is not a character", place + error.start) from None


def _not_understood(character: str) -> str:
    if character in ("'", '"'):
        return f"the text that begins here needs a {character} at its end"
    if character in _INSTEAD:
        return f"‘{character}’ is not understood; write {_INSTEAD[character]}"
    return f"‘{character}’ is not understood"


class _Parser:
    """Reads tokens from left to right.

    Args:
        tokens: All of a condition, its end included.
    """

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def whole(self) -> Expression:
        """The condition that all tokens make."""
        if self._next.kind == "end":
            raise WhereError("write a condition, such as a.wrong or score < 0.5", 0)
        condition = self._either(0)
        if self._next.kind != "end":
            raise self._expected("and, or, or the end")
        return condition

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self, *texts: str) -> _Token | None:
        """The next token, if it is one of these signs or keywords."""
        token = self._next
        if token.kind not in ("name", "sign") or token.text not in texts:
            return None
        self._place += 1
        return token

    def _need(self, text: str) -> None:
        if self._take(text) is None:
            raise self._expected(text)

    def _expected(self, what: str) -> WhereError:
        return WhereError(f"expected {what}, found {self._next.shown}", self._next.column)

    def _either(self, depth: int) -> Expression:
        parts = [self._every(depth)]
        while self._take("or"):
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else _Either(tuple(parts))

    def _every(self, depth: int) -> Expression:
        parts = [self._single(depth)]
        while self._take("and"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else _Every(tuple(parts))

    def _single(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise WhereError(f"more than {DEEPEST} parentheses and nots", self._next.column)
        if self._take("not"):
            return _Not(self._single(depth + 1))
        if self._take("("):
            inner = self._either(depth + 1)
            self._need(")")
            return inner
        return self._test()

    def _preset(self) -> Expression | None:
        """The condition that a word stands for, if the next is one; of two words, as both wrong."""
        token, rest = self._next, self._tokens[self._place + 1 :]
        letter, dot, field = token.text.rpartition(".")
        if token.kind != "name":
            return None
        if rest and not dot and f"{field}_{rest[0].text}" in _WORDS:
            field = f"{field}_{rest[0].text}"
            self._place += 1
        if field not in _WORDS:
            return None
        self._place += 1
        condition = parse(_WORDS[field])
        if dot and not all(name.is_of_any_run for name in condition.names):
            words = f"‘{field}’ is of the question, not of a run: write {field}"
            raise WhereError(words, token.column)
        if self._next.text in (*_SIGNS, "in"):
            words = f"‘{field}’ is true or false by itself: write {field}, or not {field}"
            raise WhereError(words, token.column)
        return _Preset(condition, letter or None, token.column)

    def _test(self) -> Expression:
        preset = self._preset()
        if preset is not None:
            return preset
        one = self._operand()
        if self._take("in"):
            return self._membership(one)
        sign = self._take(*_SIGNS)
        if sign is not None:
            return _comparison(one, sign, self._operand())
        if isinstance(one, _Value):
            raise self._expected("a comparison such as ==")
        if one.kind != "truth":
            example = "> 0" if one.kind == "number" else '== "…"'
            raise WhereError(
                f"‘{one.field}’ is a {one.kind}: compare it, as in {one.field} {example}",
                one.column,
            )
        return _Truth(one)

    def _membership(self, one: _Name | _Value) -> Expression:
        if isinstance(one, _Value):
            raise WhereError("a name stands before in", one.column)
        self._need("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._need(")")
        return _Membership(one, tuple(_fitting(one, value, "==") for value in values))

    def _operand(self) -> _Name | _Value:
        token = self._next
        if token.kind in ("number", "text"):
            return self._value()
        if token.kind != "name" or token.text in _KEYWORDS:
            raise self._expected("a name, a number or a quoted text")
        self._place += 1
        if token.text == "len" and self._next.text == "(":
            return self._length()
        return _named(token)

    def _length(self) -> _Name:
        self._need("(")
        token = self._next
        letter, dot, field = token.text.rpartition(".")
        if field != "response":
            raise self._expected("response: len counts the characters of a response")
        self._place += 1
        self._need(")")
        return _named(_Token("name", f"{letter}{dot}length", token.column))

    def _value(self) -> _Value:
        token = self._next
        self._place += 1
        if token.kind == "text":
            return _Value(token.text[1:-1], token.text, token.column)
        if token.kind != "number":
            self._place -= 1
            raise self._expected("a number or a quoted text")
        number = float(token.text)
        if not isfinite(number):
            raise WhereError("this number is too large", token.column)
        return _Value(number, token.text, token.column)


def _named(token: _Token) -> _Name:
    """The name that a token is.

    Raises:
        WhereError: There is none like it.
    """
    letter, dot, field = token.text.rpartition(".")
    column = token.column + len(letter) + len(dot)
    if field not in _KINDS:
        raise WhereError(f"unknown name ‘{field}’; {_likely(field)}", column)
    if dot and field in OF_QUESTION:
        raise WhereError(f"‘{field}’ is of the question, not of a run: write {field}", token.column)
    if dot and "." in letter:
        raise WhereError(f"one letter of a run stands before {field}, as in a.{field}", column)
    return _Name(letter or None, field, token.column)


def _likely(field: str) -> str:
    if field == "response":
        return "did you mean len(response)?"
    known = (*_KINDS, *_WORDS)
    alike = get_close_matches(field, known, 1)
    return f"did you mean {alike[0]}?" if alike else f"there are {', '.join(known)}"


def _comparison(one: _Name | _Value, sign: _Token, other: _Name | _Value) -> _Comparison:
    """A comparison with a name at its left.

    Raises:
        WhereError: The two sides are of different kinds, or both are values.
    """
    text = sign.text
    if isinstance(one, _Value):
        if isinstance(other, _Value):
            raise WhereError("one side of a comparison must be a name", one.column)
        one, other, text = other, one, _SWAPPED.get(text, text)
    if one.kind == "truth" and text not in ("==", "!="):
        raise WhereError(_no_comparison(one), one.column)
    if isinstance(other, _Value):
        if one.field == "id" and other.kind == "number" and text in _SWAPPED:
            one = replace(one, is_number=True)
        return _Comparison(one, text, _fitting(one, other, text))
    if one.kind != other.kind:
        raise WhereError(
            f"‘{one.field}’ is a {one.kind}, ‘{other.field}’ is a {other.kind}", sign.column
        )
    return _Comparison(one, text, other)


def _fitting(one: _Name, value: _Value, sign: str) -> _Value:
    """The value as it can be compared with a name: ids may be written as numbers.

    Raises:
        WhereError: It never can be equal.
    """
    if one.kind == "truth":
        raise WhereError(_no_comparison(one), one.column)
    if one.field in ("id", "category") and value.kind == "number" and sign in ("==", "!="):
        written = _as_id(value) if one.field == "id" else value.written
        return _Value(written, value.written, value.column)
    if one.kind != value.kind:
        article = "quoted text" if one.kind == "text" else "number"
        raise WhereError(f"‘{one.field}’ is compared with a {article}", value.column)
    allowed = _VALUES.get(one.field)
    if allowed is not None and value.value not in allowed:
        told = ", ".join(allowed).rstrip(", ")
        alike = get_close_matches(str(value.value), allowed, 1)
        hint = f"did you mean {alike[0]}?" if alike else f"it is one of {told}"
        raise WhereError(f"‘{one.field}’ is never {value.written}; {hint}", value.column)
    return value


def _as_id(value: _Value) -> str:
    """A number as an id has it: 3.0 and 3e0 are 3, and 007 stays what it is."""
    if isinstance(value.value, float) and not value.written.isdigit() and value.value.is_integer():
        return str(int(value.value))
    return value.written


def _no_comparison(one: _Name) -> str:
    return f"‘{one.field}’ is true or false by itself: write {one.field}, or not {one.field}"
