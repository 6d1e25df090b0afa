"""What a filter takes from answers: marked in the response, cut around it, harmless."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tui_eval.render.extractions import Excerpt, ExtractionGrid, Tried, cut_start

LONG = "We have 3 pens and 4 books. " * 20


def drawn(response: str, found: str, width: int) -> str:
    """The line, what is marked in brackets."""
    return "".join(
        f"[{part.text}]" if part.is_reversed else part.text
        for part in Excerpt(response, found)(width)
    )


@pytest.mark.parametrize(
    ("response", "found", "shown"),
    [
        ("The answer is 42.", "42", "The answer is [42]."),
        ("4 pens, so 4", "4", "4 pens, so 4"),  # which of them it is nobody knows
        ("one\ntwo", "no such", "one⏎two"),
        ("", "", ""),
    ],
)
def test_what_was_taken_is_marked_where_it_is_clear(response: str, found: str, shown: str) -> None:
    assert drawn(response, found, 40) == shown


def test_the_line_is_cut_around_what_was_taken_else_its_end_is_kept() -> None:
    around = drawn(f"{LONG}#### 17 {LONG}", "17", 30)
    assert "[17]" in around
    assert around.startswith("…")
    assert around.endswith("…")
    assert drawn(f"{LONG}the end", "", 20).endswith("the end")


@pytest.mark.parametrize("width", range(30))
@pytest.mark.parametrize("found", ["", "答案是 7", "7"])
def test_it_takes_no_more_cells_than_there_are(width: int, found: str) -> None:
    parts = Excerpt(f"我們先算 3 加 4，{LONG}所以答案是 7。\x1b[2J", found)(width)
    assert sum(cell_len(part.text) for part in parts) <= width
    assert "\x1b" not in "".join(part.text for part in parts)


def test_the_end_of_a_text_is_kept() -> None:
    assert cut_start("abcdef", 4) == "…def"
    assert cut_start("數學題", 4) == "…題"
    assert cut_start("ab", 2) == "ab"
    assert cut_start("ab", 0) == ""


def test_each_state_of_an_answer_has_its_cells() -> None:
    known: dict[object, Tried] = {
        1: Tried("so 42", "42", "42", "ok", 1.0, 0.0),
        2: Tried("none", "42", "[invalid]", "unparsed", 0.0, None),
        3: Tried("aaaa", "42", None, "timed out", None, 1.0),
        4: Tried("half", "42", "4", "ok", 0.5, 0.5),
        5: Tried("read", "42"),
    }
    grid = ExtractionGrid(range(1, 7), list("123456"), known)
    cells = [[cell.text for cell in row] for row in grid.rows(0, 6)]
    assert [row[3:] for row in cells] == [
        ["42", "✓", "✗"],
        ["[invalid]", "✗", "—"],
        ["timed out", "—", "✓"],
        ["4", "◐0.50", "◐0.50"],
        ["…", "…", "—"],
        ["…", "…", "…"],
    ]
    assert [row[3].tone for row in grid.rows(1, 3)] == ["warn", "warn"]
    assert grid.row_count == 6
