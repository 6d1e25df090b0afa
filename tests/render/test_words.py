"""Notes are messages with named values: another language is a second catalogue of messages."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tui_eval
from tests.build.tables import make_tables, score_rows
from tui_eval.analysis import delta
from tui_eval.analysis.notes import Count, Names, Note, listed
from tui_eval.analysis.scores import overview_report, score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.render.plain import plain_table
from tui_eval.render.words import MORE, worded

ROOT = Path(tui_eval.__file__).parent

CHINESE = {
    "{run} has {have} of {whole} categories; missing: {categories}.": (
        "{run} 有 {whole} 個類別中的 {have} 個；缺少：{categories}。"
    ),
    "{count} without scores of this dataset: {runs}.": "{count}沒有這個資料集的分數：{runs}。",
    "run": "{number} 次執行",
    MORE: "{names} 等（另有 {more} 個）",
}


def test_a_note_is_its_sentence_in_english() -> None:
    note = Note("{count} of {runs}.", count=Count(2, "category"), runs=listed(["a", "b"]))
    assert note == "2 categories of a, b."
    assert worded(note) == note
    assert str(Count(1, "category")) == "1 category"
    assert str(listed("abcdefgh", 4)) == "a, b, c and 5 more"
    assert str(Names(("x", "y"), 2, "; ")) == "x; y"


def test_values_that_look_like_messages_stay_as_they_are() -> None:
    note = Note("{run}: {note}", run="{braces} {0}", note=Note("{value}", value="{x}"))
    assert worded(note, {"{x}": "no", "{value}": "<{value}>"}) == "{braces} {0}: <{x}>"


def test_another_language_is_a_second_catalogue() -> None:
    values = {"x": dict.fromkeys("abcdefghi", 0.5), "y": {"a": 0.5}}
    tables = make_tables(score_rows(values), score_rows({"z": {"a": 0.5}}, dataset="e"))
    first, second = score_report(select(tables, View(dataset="d"))).notes
    assert first == "y has 1 of 9 categories; missing: b, c, d, e, f and 3 more."
    assert worded(first, CHINESE) == "y 有 9 個類別中的 1 個；缺少：b, c, d, e, f 等（另有 3 個）。"
    assert second == "1 run without scores of this dataset: z."
    assert worded(second, CHINESE) == "1 次執行沒有這個資料集的分數：z。"


@given(st.lists(st.text(max_size=5), max_size=12), st.integers(2, 8))
def test_names_in_english_are_those_of_an_empty_catalogue(some: list[str], most: int) -> None:
    assert worded(listed(some, most), {}) == str(listed(some, most))


def messages() -> Iterator[tuple[str, str]]:
    """Every sentence with braces in analysis, and where it stands."""
    for path in sorted((ROOT / "analysis").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Note":
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                yield f"{path.stem}:{node.lineno}", str(node.args[0].value)


def test_messages_name_their_values() -> None:
    found = dict(messages())
    assert len(found) > 10
    for place, message in found.items():
        fields = [name for _, name, _, _ in string.Formatter().parse(message) if name is not None]
        assert all(name.isidentifier() for name in fields), place


def test_what_is_said_of_reports_are_notes() -> None:
    tables = make_tables(
        score_rows({"x": {"a": 0.5, "b": 0.25}, "y": {"a": 0.75}}),
        score_rows({"z": {"a": 0.5}}, metric="f1"),
    )
    view = View(dataset="d", baseline="x", min_delta=0.9)
    chosen = select(tables, view)
    reports = [score_report(chosen), overview_report(select(tables, View()))]
    reports += [make(chosen) for make in (delta.delta_report, delta.overview_report)]
    for report in reports:
        assert report.notes
        assert all(isinstance(note, Note) for note in report.notes)


@pytest.mark.parametrize("words", ["plain text of a format", "{not} a message"])
def test_what_is_no_note_is_drawn_as_it_is(words: str) -> None:
    tables = make_tables(score_rows({"x": {"a": 0.5}}))
    report = score_report(select(tables, View(dataset="d")))
    shown = plain_table(replace(report, notes=(words,)))
    assert shown.endswith(f"{words}\n")
