"""Where columns stand: their widths, the lines of their headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.conftest import RUN_LABELS, column
from tui_eval.render.grid import GridColumn
from tui_eval.render.headings import heading_lines, share
from tui_eval.tui.widgets.column_layout import (
    PADDING,
    Layout,
    least_width,
    plan_layout,
    visible_columns,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_columns(labels: Sequence[str]) -> list[GridColumn]:
    return [column("category", 12, "left"), *(column(label, 5) for label in labels)]


class TestWidths:
    def test_natural_widths_where_they_fit(self) -> None:
        columns = [column("category", 30, "left"), column("a long heading", 5)]
        assert plan_layout(columns, 80, 1, 3).widths == (30, 14)

    def test_the_fixed_column_gets_what_is_left(self) -> None:
        columns = [column("path", 100, "left"), column("rows", 6), column("size", 8)]
        layout = plan_layout(columns, 80, 1, 3)
        assert layout.widths == (80 - 6 - 6 - 8, 6, 8)

    def test_the_fixed_column_leaves_room(self) -> None:
        layout = plan_layout(run_columns(RUN_LABELS * 5), 80, 1, 3)
        assert layout.widths[0] == 12
        wide = [column("c", 90, "left"), *(column(run, 5) for run in RUN_LABELS * 5)]
        assert plan_layout(wide, 80, 1, 3).widths[0] == 30

    @given(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 60)), max_size=9), st.integers(0, 300)
    )
    def test_shares_stay_between_floor_and_want(
        self, sizes: list[tuple[int, int]], room: int
    ) -> None:
        floors = [low for low, _ in sizes]
        wants = [low + more for low, more in sizes]
        widths = share(floors, wants, room)
        assert all(a <= b <= c for a, b, c in zip(floors, widths, wants, strict=True))
        assert sum(widths) <= max(room, sum(floors))

    def test_the_last_columns_fill_the_room(self) -> None:
        layout = Layout((10, 20, 20, 20), 1, 48, ((),) * 4, 1)
        assert layout.last_first == 2


class TestHeadings:
    def test_one_line_where_there_is_room(self) -> None:
        assert plan_layout(run_columns(RUN_LABELS[:2]), 120, 1, 3).header_height == 1

    def test_a_heading_that_cannot_be_whole_keeps_its_end(self) -> None:
        assert heading_lines("mock-8b-instruct @ 20261120_2337", 8, 3) == (
            "mock-8b-",
            "instruct",
            "@ 20…337",
        )

    def test_every_line_of_a_heading_is_narrow_enough(self) -> None:
        for width in range(1, 20):
            for heading in (*RUN_LABELS[:1], "國小數學應用問題", "a", "", "----", "x" * 70):
                lines = heading_lines(heading, width, 3)
                assert len(lines) <= 3
                assert all(cell_len(line) <= width for line in lines)


class TestPinned:
    """A column at the right edge: bars."""

    COLUMNS = (
        GridColumn("run", "run", "left", 10),
        GridColumn("mean", "mean", "right", 5),
        GridColumn("", "", "left", 10, fills=True, pinned=True),
    )

    def test_it_takes_the_room_that_the_others_leave(self) -> None:
        plan = plan_layout(self.COLUMNS, 80, 1, 3)
        assert plan.widths == (10, 5)
        assert plan.pinned == 80 - (10 + 5) - 3 * PADDING

    def test_it_has_a_share_where_the_others_overflow_and_none_without_room(self) -> None:
        many = (*self.COLUMNS[:2] * 30, self.COLUMNS[2])
        assert plan_layout(many, 100, 1, 3).pinned == 20 - PADDING
        assert plan_layout(many, 50, 1, 3).pinned == 0

    def test_a_column_of_texts_takes_the_room_that_is_left(self) -> None:
        columns = (
            GridColumn("id", "id", "left", 3),
            GridColumn("question", "question", "left", 8, fills=True),
            GridColumn("score", "score", "right", 5),
        )
        assert plan_layout(columns, 60, 1, 3).widths == (3, 60 - 3 - 5 - 3 * PADDING, 5)


class TestFilling:
    """A column of texts among narrow ones: the questions among the runs."""

    @staticmethod
    def columns(runs: int) -> list[GridColumn]:
        names = [f"{letter} gemma-2-9b-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"[:runs]]
        return [
            GridColumn("id", "id", "left", 2),
            GridColumn("question", "question", "left", 40, fills=True),
            *(GridColumn(name, name, "left", 5, least=3) for name in names),
            GridColumn("right", "right", "right", 4),
            *(GridColumn(f"{name}.length", "chars", "right", 6, beyond=True) for name in names),
        ]

    @pytest.mark.parametrize(("width", "runs"), [(80, 2), (80, 7), (120, 7), (200, 26)])
    def test_all_runs_are_seen_before_what_is_beyond(self, width: int, runs: int) -> None:
        columns = self.columns(runs)
        plan = plan_layout(columns, width, 1, 3)
        seen = [columns[one.column].key for one in visible_columns(columns, plan, 1)]
        assert seen[: runs + 3] == [column.key for column in columns[: runs + 3]]

    def test_the_question_has_what_headings_do_not_need(self) -> None:
        plan = plan_layout(self.columns(2), 200, 1, 3)
        assert sum(plan.widths) == 200 - PADDING * len(plan.widths)
        assert max(plan.widths) == plan.widths[1]

    def test_headings_are_cut_before_the_question(self) -> None:
        assert plan_layout(self.columns(7), 90, 1, 3).widths[1] >= 24
        assert plan_layout(self.columns(7), 90, 1, 1).widths[1] >= 24
        assert plan_layout(self.columns(26), 80, 1, 3).widths[:4] == (2, 12, 3, 3)

    def test_the_least_width_is_that_in_which_headings_are_whole(self) -> None:
        columns = [column for column in self.columns(7) if not column.beyond]
        width = least_width(columns, 3)
        plan = plan_layout(columns, width, 1, 3)
        assert all("…" not in "".join(lines) for lines in plan.headings)
        assert sum(plan.widths) + PADDING * len(plan.widths) == width
