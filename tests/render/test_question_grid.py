"""The list of questions as cells: marks, texts that come later, states that tell something."""

from __future__ import annotations

import polars as pl
import pytest
from rich.cells import cell_len

from tui_eval.analysis.report import Column, Report
from tui_eval.loading.openings import Key, Opening
from tui_eval.render.question_grid import QUESTION, TARGET, QuestionGrid


def grid_of(
    scores: list[float | None],
    known: dict[Key, Opening] | None = None,
    *,
    scale: int = 1,
    is_rated: bool = True,
) -> QuestionGrid:
    """A grid of questions that one run answered."""
    count = len(scores)
    frame = pl.DataFrame(
        {
            "id": [str(number) for number in range(count)],
            QUESTION: [None] * count,
            TARGET: [None] * count,
            "a.score": scores,
            "a.status": ["ok", *["unparsed"] * (count - 1)],
        },
        schema_overrides={QUESTION: pl.String, TARGET: pl.String, "a.score": pl.Float64},
    )
    columns = (
        *(Column(name) for name in ("id", QUESTION, TARGET)),
        Column("a.score", "score", scale, higher_is_better=True, is_rated=is_rated),
        Column("a.status"),
    )
    return QuestionGrid(
        Report("r", "r", frame, columns),
        {"a.score": "a one"},
        None,
        keys=pl.DataFrame({"category": ["x"] * count, "sample": frame["id"]}),
        known={} if known is None else known,
        runs=["one"],
    )


def drawn(grid: QuestionGrid, width: int) -> list[str]:
    """The scores as they are drawn."""
    cells = [row[3] for row in grid.rows(0, grid.row_count)]
    return [
        "".join(piece.text for piece in cell.drawn(width)) if cell.drawn else cell.text
        for cell in cells
    ]


def test_right_and_wrong_are_marks_and_numbers_are_kept_to_copy() -> None:
    grid = grid_of([1.0, 0.0, 1 / 3, None])
    assert drawn(grid, 9) == ["✓", "✗", "◐ 0.333", "—"]
    assert drawn(grid, 3) == ["✓", "✗", "◐", "—"]
    cells = [row[3] for row in grid.rows(0, 4)]
    assert [cell.text for cell in cells] == ["1.000", "0.000", "0.333", "—"]
    assert [cell.tone for cell in cells] == ["gain", "loss", "warn", "dim"]


def test_marks_do_not_depend_on_the_scale_or_on_noise() -> None:
    assert drawn(grid_of([100.0, 1e-12, 50.0], scale=100), 9) == ["✓", "✗", "◐ 50.0"]
    assert drawn(grid_of([1 - 1e-12]), 9) == ["✓"]


def test_what_is_not_right_or_wrong_stays_a_number() -> None:
    assert drawn(grid_of([1.0, 0.25], is_rated=False), 9) == ["1.000", "0.250"]


def test_texts_are_drawn_when_they_are_known() -> None:
    known: dict[Key, Opening] = {}
    grid = grid_of([1.0, 0.0, 0.5], known)
    assert [cell.text for cell in grid.rows(0, 1)[0][1:3]] == ["", ""]
    known["x", "1"] = Opening("What\x1b[2J?", "Lima", {"one": "B"})
    known["x", "2"] = Opening("Who?", "", {"one": "A"})
    assert [cell.text for cell in grid.rows(1, 2)[0][1:3]] == ["What␛[2J?", "Lima"]
    assert drawn(grid, 9) == ["✓", "✗ B", "◐ 0.500"]
    assert [row[1].text for row in grid.rows(2, 3)] == ["Who?"]


@pytest.mark.parametrize("width", [1, 2, 3, 5, 9])
def test_a_long_answer_is_cut_to_the_column(width: int) -> None:
    known: dict[Key, Opening] = {("x", "0"): Opening("", "", {"one": "聖地亞哥 de Chile"})}
    (cell,) = drawn(grid_of([1.0], known), width)
    assert cell.startswith("✓")
    assert cell_len(cell) <= width


def test_a_state_is_told_where_it_is_not_ok() -> None:
    assert [row[4].text for row in grid_of([1.0, 0.0]).rows(0, 2)] == ["", "unparsed"]


def test_columns_are_marks_at_the_left_and_states_beyond() -> None:
    by_key = {column.key: column for column in grid_of([1.0, 0.5]).columns}
    assert by_key["a.score"].align == "left"
    assert by_key["a.score"].width == len("◐ 0.500")
    assert by_key[QUESTION].fills
    assert [key for key, column in by_key.items() if column.beyond] == ["a.status"]
