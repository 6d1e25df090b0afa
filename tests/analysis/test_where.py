from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_eval.analysis.where import LONGEST, PRESETS, WhereError, letters, parse

RUNS = ["a", "b", "c"]
STATUSES = ["ok", "unparsed", "error", "truncated", "empty", "no reference"]
OF_RUN: dict[str, Any] = {
    "score": pl.Float64,
    "correct": pl.Boolean,
    "status": pl.String,
    "length": pl.Int64,
    "tokens": pl.Int64,
    "flaky": pl.Boolean,
    "attempts": pl.Int64,
}
OF_QUESTION: dict[str, Any] = {
    "category": pl.String,
    "id": pl.String,
    "flip": pl.String,
    "right": pl.Int64,
    "runs": pl.Int64,
    "duplicate": pl.Int64,
    "suspect": pl.Boolean,
    "best": pl.String,
    "spread": pl.Float64,
}
SCHEMA = OF_QUESTION | {f"{run}.{name}": kind for run in RUNS for name, kind in OF_RUN.items()}

Row = dict[str, Any]


def frame_of(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA)


def met(text: str, *rows: Row) -> list[bool]:
    """Of which rows a condition is true; what a row does not name is missing."""
    frame = frame_of([dict.fromkeys(SCHEMA) | row for row in rows]).with_row_index("row")
    kept = frame.filter(parse(text).to_polars(RUNS))["row"].to_list()
    return [number in kept for number in range(len(rows))]


def error_of(text: str) -> WhereError | None:
    """Why a condition is not understood; None: it is, and rows can be filtered by it."""
    try:
        frame_of([]).filter(parse(text).to_polars(RUNS))
    except WhereError as error:
        return error
    return None


# --- what is understood -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.correct", [True, False, False]),
        ("a.wrong", [False, True, False]),
        ("not a.correct", [False, True, False]),
        ("not a.wrong", [True, False, False]),
        ("NOT (a.correct Or A.Wrong)", [False, False, False]),
        ("a.correct or a.wrong", [True, True, False]),
    ],
)
def test_a_run_without_a_score_is_neither_right_nor_wrong(text: str, expected: list[bool]) -> None:
    assert met(text, {"a.correct": True}, {"a.correct": False}, {}) == expected


def test_without_a_letter_any_run_will_do() -> None:
    rows = [
        {"a.status": "ok", "b.status": "unparsed"},
        {"a.status": "ok", "b.status": "ok"},
        {"b.status": "unparsed"},
        {},
    ]
    assert met('status == "unparsed"', *rows) == [True, False, True, False]
    assert met('not status == "unparsed"', *rows) == [True, True, False, False]
    assert met('status != "unparsed"', *rows) == [True, True, False, False]


def test_two_names_without_a_letter_are_of_the_same_run() -> None:
    apart = {"a.length": 9, "a.tokens": 10, "b.length": 1, "b.tokens": 8}
    assert met("length > tokens", apart, apart | {"b.length": 9}) == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "score < 0.5 and length > 600",
        "length > 600 and not score >= 0.5",
        "(score < 0.5 or status == 'error') and length > 600",
        "correct and wrong or score < 0.5 and len(response) > 600 and right == 1",
    ],
)
def test_a_condition_without_letters_is_of_one_answer(text: str) -> None:
    row = {"a.score": 0.0, "a.correct": False, "a.length": 5, "a.status": "ok", "right": 1}
    row |= {"b.score": 1.0, "b.correct": True, "b.length": 700, "b.status": "ok"}
    assert met(text, row, row | {"a.length": 601}) == [False, True]


def test_beside_a_letter_the_names_without_are_still_of_one_run() -> None:
    row = {"a.score": 1.0, "b.score": 0.0, "b.length": 1, "c.score": 0.9, "c.length": 9}
    assert met("a.score == 1 and score < 0.5 and length > 5", row) == [False]
    assert met("a.score == 1 and score < 0.5 and length < 5", row) == [True]


def test_and_binds_closer_than_or() -> None:
    row = {"right": 1, "runs": 2}
    assert met("right == 1 or right == 5 and runs == 5", row) == [True]
    assert met("(right == 1 or right == 5) and runs == 5", row) == [False]


def test_scores_that_differ_by_float_noise_are_equal() -> None:
    above, below = {"a.score": 0.1 + 0.2}, {"a.score": 0.7 - 0.4}
    assert above["a.score"] > 0.3 > below["a.score"]
    for sign in ("==", "<=", ">="):
        assert met(f"a.score {sign} 0.3", above, below) == [True, True]
    for sign in ("!=", "<", ">"):
        assert met(f"a.score {sign} 0.3", above, below) == [False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("len(a.response) > 2000", True),
        ("len ( response ) > 2000", True),
        ("len(b.response) > 2000", False),
        ("2000 < a.length", True),
        ("2000 > a.length", False),
        ("id == 12", True),
        ("id == 12.0", True),
        ("id in (3.0, 1.2e1)", True),
        ("id == 012", False),
        ("id in (11, '12')", True),
        ("category in ('x', \"it's\")", True),
        ("category != 'x'", True),
        ("a.length != b.length", False),
        ("a.score > -.5e0", True),
    ],
)
def test_names_and_values_in_all_their_forms(text: str, expected: bool) -> None:
    row = {"id": "12", "category": "it's", "a.length": 2001, "a.score": 0.0}
    assert met(text, row) == [expected]


def test_every_preset_finds_what_its_name_says() -> None:
    plain: Row = {"a.status": "ok", "a.flaky": False, "flip": "", "right": 2, "runs": 2}
    plain |= {"a.correct": True, "b.correct": True, "suspect": False}
    rows: dict[str, Row] = {
        "fixed": {"flip": "fixed", "right": 1},
        "broken": {"flip": "broken", "right": 1},
        "changed": {"flip": "broken", "right": 1},
        "both wrong": {"a.correct": False, "b.correct": False, "right": 0},
        "all wrong": {"right": 0},
        "disagree": {"right": 1},
        "unparsed": {"b.status": "unparsed"},
        "truncated": {"a.status": "truncated"},
        "unfinished": {"b.status": "unfinished reasoning"},
        "empty": {"c.status": "empty"},
        "flaky": {"b.flaky": True},
        "suspect": {"suspect": True},
    }
    assert {*PRESETS} == {*rows, "missing"}
    for name, row in rows.items():
        assert met(PRESETS[name], plain, plain | row, {}) == [False, True, False], name


def test_missing_is_what_a_run_was_not_asked_and_others_were() -> None:
    every: Row = {"a.attempts": 1, "b.attempts": 2, "c.attempts": 1}
    rows = [every, every | {"b.attempts": None}, every | {"a.attempts": None}]
    assert met("missing", *rows) == [False, True, True]
    assert met("a.missing", *rows) == [False, False, True]
    assert met("not a.missing and b.missing", *rows) == [False, True, False]
    assert met("b.missing or category == 'x'", *rows) == [False, True, False]


def test_names_of_presets_are_words_of_the_language() -> None:
    row: Row = {"a.status": "ok", "b.status": "unparsed", "c.status": "ok", "flip": "broken"}
    row |= {"a.score": 0.75, "a.correct": False, "b.correct": False, "right": 0, "runs": 3}
    for name, condition in PRESETS.items():
        assert met(name, row) == met(condition, row), name
        assert met(f"{name.replace(' ', '_')} or id == 1", row) == met(condition, row), name
    assert met("broken and a.score > 0.5", row, row | {"a.score": 0.5}) == [True, False]
    assert met("not fixed and (unparsed or truncated)", row) == [True]
    assert met("a.unparsed", row) == [False]
    assert met("b.unparsed and not c.unparsed", row) == [True]
    assert met("both wrong and all wrong and not both_wrong", row) == [False]
    assert met('spread > 0.2 and best == "b"', row | {"spread": 0.3, "best": "b"}) == [True]


def test_runs_are_counted_in_letters() -> None:
    assert letters(0) == []
    assert letters(3) == ["a", "b", "c"]
    names = letters(26 + 26 * 26 + 1)
    assert names[25:28] == ["z", "aa", "ab"]
    assert names[-2:] == ["zz", "aaa"]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id < 100", [True, False, True, True, None, None, None]),
        ("id >= 10 and id < 100", [False, False, True, False, None, None, None]),
        ("not id < 100", [False, True, False, False, None, None, None]),
        ("100 > id", [True, False, True, True, None, None, None]),
        ("id <= 12.5", [True, False, True, True, None, None, None]),
        ("id in (7, 12)", [True, False, True, False, False, False, None]),
        ("id == 7 or id > 99", [True, True, False, False, None, None, None]),
        ("id < '2'", [False, True, True, True, False, True, None]),
    ],
)
def test_ids_that_are_numbers_are_compared_as_numbers(
    text: str, expected: list[bool | None]
) -> None:
    ids = ("7", "100", "12", "-3", "x", "1e1", None)
    frame = frame_of([dict.fromkeys(SCHEMA) | {"id": name} for name in ids])
    assert frame.select(met=parse(text).to_polars(RUNS))["met"].to_list() == expected


def test_of_no_run_nothing_is_true() -> None:
    frame = frame_of([dict.fromkeys(SCHEMA)])
    assert frame.filter(parse("wrong or not wrong").to_polars([])).is_empty()
    with pytest.raises(WhereError, match="no run is open"):
        parse("a.wrong").to_polars([])


# --- what is not --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 0, "write a condition"),
        ("   ", 0, "write a condition"),
        ("scor < 0.5", 0, "unknown name ‘scor’; did you mean score?"),
        ("a.scor < 0.5", 2, "unknown name ‘scor’; did you mean score?"),
        ("response == 'x'", 0, "did you mean len(response)?"),
        ("zzz", 0, "there are correct, wrong"),
        ("d.wrong", 0, "there is no run ‘d’; runs are a to c"),
        ("a.category == 'x'", 0, "is of the question"),
        ("a.b.wrong", 4, "one letter"),
        ("score > 0 and d.unparsed", 14, "there is no run ‘d’"),
        ("b.broken", 0, "‘broken’ is of the question, not of a run: write broken"),
        ("broken == 1", 0, "write broken, or not broken"),
        ("unparsd", 0, "did you mean unparsed?"),
        ("score = 1", 6, "write =="),
        ("a.wrong & b.wrong", 8, "write and"),
        ("a.wrong and", 11, "found the end"),
        ("a.wrong b.wrong", 8, "expected and, or, or the end, found ‘b.wrong’"),
        ("(a.wrong", 8, "expected ), found the end"),
        ("a.wrong)", 7, "found ‘)’"),
        ("score", 0, "‘score’ is a number: compare it"),
        ("status", 0, "‘status’ is a text: compare it"),
        ("correct == 1", 0, "write correct, or not correct"),
        ("a.correct < b.correct", 0, "true or false by itself"),
        ("score < 'x'", 8, "compared with a number"),
        ("flip == 1", 8, "compared with a quoted text"),
        ("category < 1", 11, "compared with a quoted text"),
        ("id < right", 3, "‘id’ is a text, ‘right’ is a number"),
        ("score == status", 6, "‘score’ is a number, ‘status’ is a text"),
        ("status == 'unparsd'", 10, "did you mean unparsed?"),
        ("flip in ('fixed', 'repaired')", 18, "never 'repaired'"),
        ("1 < 2", 0, "must be a name"),
        ("1", 1, "expected a comparison"),
        ("1 in (1)", 0, "a name stands before in"),
        ("id in ()", 7, "expected a number or a quoted text"),
        ("id in (right)", 7, "expected a number or a quoted text"),
        ("id == 'x", 6, "needs a ' at its end"),
        ("score < 1e999", 8, "too large"),
        ("len(score) > 1", 4, "len counts the characters of a response"),
        ("score < 0.5; drop", 11, "‘;’ is not understood"),
        ("id == '\ud800'", 7, "not a character"),
        ("(" * 10_000, LONGEST, "at most"),
        ("(" * 500, 41, "more than 40"),
        ("not " * 200, 164, "more than 40"),
    ],
)
def test_what_is_wrong_is_said_in_words_with_its_place(text: str, column: int, words: str) -> None:
    with pytest.raises(WhereError) as raised:
        parse(text).to_polars(RUNS)
    assert words in raised.value.message
    assert raised.value.column == column
    assert str(raised.value).endswith(f"(character {column + 1})")


def test_a_long_chain_is_no_deep_one() -> None:
    text = " or ".join(["a.wrong"] * 90)
    assert len(text) <= LONGEST
    assert met(text, {"a.correct": False}, {"a.correct": True}) == [True, False]


PIECES = [
    *("a.", "b.", "correct", "score", "status", "id", "len(", "response", "(", ")", ",", "=="),
    *("<", ">=", "!=", "and ", "or ", "not ", "in ", "1", "-.5", '"ok"', "'", '"', " ", "=", "."),
    *("broken ", "unparsed", "both ", "wrong "),
]


@given(
    st.text(st.characters(), max_size=60)
    | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
)
@example("status == 'ok' and score > 1e400")
@example("٣ < score")
@example("len(")
@example("in")
def test_no_text_breaks_the_language(text: str) -> None:
    error = error_of(text)
    assert error is None or 0 <= error.column <= len(text)


# --- against a naive evaluation -----------------------------------------------------------------

Truth = bool | None


class Spoken(NamedTuple):
    """A condition as text, what it means where a run is meant, and whether one has to be."""

    text: str
    of_run: Callable[[Row, str | None], Truth]
    is_of_any_run: bool

    def meaning(self, row: Row) -> Truth:
        if not self.is_of_any_run:
            return self.of_run(row, None)
        known = [truth for run in RUNS if (truth := self.of_run(row, run)) is not None]
        return any(known) if known else None


SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
VALUES = {
    "number": ["0", "1", "0.5", "-1", "2000", "3e0"],
    "status": [f'"{status}"' for status in STATUSES],
    "flip": ["''", "'fixed'", "'broken'"],
    "text": ["'x'", '"y z"', "'é'", '""'],
}


def literal(written: str) -> Any:
    return written[1:-1] if written[0] in "'\"" else float(written)


def looked_up(name: str, run: str | None, row: Row) -> Any:
    """The value of a name as it is written; of this run where it has no letter."""
    if name in OF_QUESTION:
        return row[name]
    letter, field = name.split(".") if "." in name else (run, name)
    if field == "wrong":
        correct = row[f"{letter}.correct"]
        return None if correct is None else not correct
    return row[f"{letter}.{field}"]


def is_of_any_run(*names: str) -> bool:
    return any(name in OF_RUN or name == "wrong" for name in names)


@st.composite
def names(draw: st.DrawFn, *fields: str) -> str:
    field = draw(st.sampled_from(fields))
    if field in OF_QUESTION:
        return field
    return draw(st.sampled_from(["", "a.", "b.", "c."])) + field


@st.composite
def truths(draw: st.DrawFn) -> Spoken:
    name = draw(names("correct", "wrong", "flaky", "suspect"))
    return Spoken(name, lambda row, run: looked_up(name, run, row), is_of_any_run(name))


FIELDS = {
    "number": ("score", "length", "tokens", "right", "runs", "duplicate"),
    "status": ("status",),
    "flip": ("flip",),
    "text": ("category", "id"),
}


@st.composite
def comparisons(draw: st.DrawFn) -> Spoken:
    kind = draw(st.sampled_from(list(FIELDS)))
    name, sign = draw(names(*FIELDS[kind])), draw(st.sampled_from(list(SIGNS)))
    other = draw(names(*FIELDS[kind]) | st.sampled_from(VALUES[kind]))
    is_name = other not in VALUES[kind]

    def test(row: Row, run: str | None) -> Truth:
        one = looked_up(name, run, row)
        two = looked_up(other, run, row) if is_name else literal(other)
        return None if one is None or two is None else SIGNS[sign](one, two)

    return Spoken(f"{name} {sign} {other}", test, is_of_any_run(name, other))


@st.composite
def memberships(draw: st.DrawFn) -> Spoken:
    kind = draw(st.sampled_from(list(FIELDS)))
    name = draw(names(*FIELDS[kind]))
    written = draw(st.lists(st.sampled_from(VALUES[kind]), min_size=1, max_size=3))
    values = [literal(value) for value in written]

    def test(row: Row, run: str | None) -> Truth:
        value = looked_up(name, run, row)
        return None if value is None else value in values

    return Spoken(f"{name} in ({', '.join(written)})", test, is_of_any_run(name))


def negated(inner: Spoken) -> Spoken:
    def of_run(row: Row, run: str | None) -> Truth:
        truth = inner.of_run(row, run)
        return None if truth is None else not truth

    return Spoken(f"not ({inner.text})", of_run, inner.is_of_any_run)


def joined(word: str, parts: list[Spoken]) -> Spoken:
    decisive = word == "or"

    def of_run(row: Row, run: str | None) -> Truth:
        found = [part.of_run(row, run) for part in parts]
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    text = f" {word} ".join(f"({part.text})" for part in parts)
    return Spoken(text, of_run, any(part.is_of_any_run for part in parts))


def larger(inner: st.SearchStrategy[Spoken]) -> st.SearchStrategy[Spoken]:
    several = st.lists(inner, min_size=2, max_size=3)
    return (
        inner.map(negated)
        | several.map(lambda parts: joined("and", parts))
        | several.map(lambda parts: joined("or", parts))
    )


CELLS: dict[str, list[Any]] = {
    "score": [None, 0.0, 0.5, 1.0],
    "correct": [None, True, False],
    "status": [None, *STATUSES],
    "length": [None, 0, 1, 2000, 5000],
    "tokens": [None, 0, 1, 3],
    "flaky": [None, True, False],
    "attempts": [None, 1, 3],
    "category": [None, "x", "y z", "é", ""],
    "id": [None, "x", "1"],
    "flip": [None, "", "fixed", "broken"],
    "right": [None, 0, 1, 3],
    "runs": [0, 1, 3],
    "duplicate": [None, 0, 1],
    "suspect": [None, True, False],
    "best": [None, "a", "a b"],
    "spread": [None, 0.0, 0.5],
}
ROWS = st.fixed_dictionaries(
    {name: st.sampled_from(CELLS[name.rpartition(".")[2]]) for name in SCHEMA}
)


@given(
    st.recursive(truths() | comparisons() | memberships(), larger, max_leaves=6),
    st.lists(ROWS, min_size=1, max_size=8),
)
def test_conditions_mean_what_a_naive_evaluation_finds(spoken: Spoken, rows: list[Row]) -> None:
    found = frame_of(rows).select(met=parse(spoken.text).to_polars(RUNS))["met"].to_list()
    assert found == [spoken.meaning(row) for row in rows], spoken.text
