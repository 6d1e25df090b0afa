"""What a search found, marked in lines that were laid out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.loading.texts import finder
from tui_eval.records import Answer, Message
from tui_eval.render.answers.hits import mark_hits
from tui_eval.render.answers.layout import Question, Response, Shape, compose
from tui_eval.render.answers.wrapping import Line

PROMPT = (Message("user", "Which city is the capital of Peru, and which one of Chile?"),)


def asked(width: int, *answers: str) -> list[Line]:
    """The lines of a question about capitals."""
    responses = tuple(
        Response(letter, f"capital-{letter}", answer=Answer(PROMPT, "Lima", text))
        for letter, text in zip("abcd", answers, strict=False)
    )
    return compose(Question(PROMPT, "Lima", responses), Shape(width))


def hits(lines: list[Line]) -> list[str]:
    """The pieces that are marked, from top to bottom."""
    return [piece.text for line in lines for piece in line if piece.style == "hit"]


def text(line: Line) -> str:
    return "".join(piece.text for piece in line)


def test_hits_are_marked_and_their_lines_told() -> None:
    lines = asked(80, "The capital is Lima.")
    marked, found = mark_hits(lines, finder("lima"))
    assert hits(marked) == ["Lima", "Lima"]
    assert [line for line in range(len(marked)) if hits([marked[line]])] == found
    assert "target" in text(marked[found[0]])


def test_names_of_runs_and_what_is_said_of_texts_are_no_hits() -> None:
    marked, _ = mark_hits(asked(80, "none"), finder("capital|target|user|chars"))
    assert hits(marked) == ["capital"]


@pytest.mark.parametrize("width", [20, 24, 31, 80])
def test_a_hit_is_found_where_it_was_wrapped(width: int) -> None:
    marked, found = mark_hits(asked(width, "x"), finder("capital of peru, and which one"))
    assert " ".join(" ".join(hits(marked)).split()) == "capital of Peru, and which one"
    assert len(found) == 1


def test_in_chinese_no_blank_stands_between_lines() -> None:
    lines = asked(20, "秘魯的首都是利馬，智利的首都是聖地亞哥，兩座城市都很大。")
    marked, _ = mark_hits(lines, finder("智利的首都是聖地亞哥"))
    assert "".join(hits(marked)) == "智利的首都是聖地亞哥"


def test_texts_side_by_side_are_searched_each_by_itself() -> None:
    first = "Lima it is, says the first one of the two"
    lines = asked(90, first, "or is it Lima after all?")
    marked, _ = mark_hits(lines, finder(first.lower()))
    assert " ".join(hits(marked)).split() == first.split()
    assert hits(mark_hits(lines, finder("first.*or is"))[0]) == []


def test_ends_of_lines_in_an_expression_are_blanks() -> None:
    marked, _ = mark_hits(asked(80, "It is\nLima."), finder(r"is\nlima"))
    assert hits(marked) == ["is", "Lima"]


@given(st.text("ab 漢\n", max_size=80), st.sampled_from(["a", "b a", "漢", "a*", "ab|ba", "漢a"]))
def test_marks_change_no_letter(answer: str, pattern: str) -> None:
    lines = asked(24, answer, answer[::-1])
    marked, found = mark_hits(lines, finder(pattern))
    assert list(map(text, marked)) == list(map(text, lines))
    assert set(found) <= set(range(len(lines)))
