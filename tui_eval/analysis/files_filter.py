"""The filter of the list of runs: words that a row must hold, or must not, and dates."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

import polars as pl

from tui_eval.analysis.notes import Note

HINT = "words of a row · !word: without it · date>2026-11 · date<2026-11-05"
"""What can be typed, as an example."""

_COMPARED = re.compile(r"date(>=|<=|>|<|=)(.*)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T_]\d\d(:\d\d)?)?)?)?")
_SIGNS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ">": operator.ge,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.lt,
}


class FilterError(ValueError):
    """A filter cannot be understood.

    Attributes:
        reason: What is wrong, and what would be right.
    """

    def __init__(self, reason: Note) -> None:
        self.reason = reason
        super().__init__(str(reason))


def check(wanted: str) -> None:
    """Raises `FilterError` where a filter cannot be understood."""
    meets(wanted, pl.lit(""), pl.lit(""))


def meets(wanted: str, text: pl.Expr, date: pl.Expr) -> pl.Expr:
    """Whether rows meet every word of a filter.

    Args:
        wanted: Words with blanks between them, whatever their case: a row has to hold each.
            ``!word``: must not hold it. ``date>2026-11``: of that month or later (``>=`` is the
            same); ``date<2026-11-05``: before that day; ``<=``: of it or before; ``=``: of it.
        text: All that a row says.
        date: When it was run, as `written_date` writes it; null: not known, and so neither
            before nor after anything.

    Raises:
        FilterError: A word is no word, or a date no date.
    """
    lower = text.str.to_lowercase()
    terms = [_term(word, lower, date) for word in wanted.split()]
    return pl.all_horizontal(pl.lit(value=True), *terms)


def _term(word: str, text: pl.Expr, date: pl.Expr) -> pl.Expr:
    inverted, bare = word.startswith("!"), word.removeprefix("!")
    if not bare:
        raise FilterError(Note("! needs a word behind it: !base leaves out what holds “base”."))
    compared = _COMPARED.fullmatch(bare)
    if compared:
        met = _compared(compared[1], compared[2], date)
    else:
        met = text.str.contains(bare.lower(), literal=True)
    met = met.fill_null(value=False)
    return ~met if inverted else met


def _compared(sign: str, value: str, date: pl.Expr) -> pl.Expr:
    if not _DATE.fullmatch(value):
        message = "date{sign} needs a date: 2026, 2026-11, 2026-11-05 or 2026-11-05T14:30."
        raise FilterError(Note(message, sign=sign))
    day = value.upper().replace("T", " ").replace("_", " ")
    known = date.str.contains(r"^\d{4}-\d\d-\d\d")
    if sign == "=":
        return known & date.str.starts_with(day)
    # "2026-11" is less than all that begins with it: ">" is "of then or later", "<" is "before"
    until = f"{day}~" if sign == "<=" else day  # "~" sorts behind all that a date holds
    return known & _SIGNS[sign](date, pl.lit(until))
