"""The virtual table: what it fetches, how it draws, what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown

from tests.tui.conftest import RUN_LABELS, column
from tui_eval.render.bar_cells import CellPart, bar_pieces
from tui_eval.render.grid import Cell, GridColumn
from tui_eval.tui.widgets.frame_table import BLOCK, CursorType, FrameTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.message import Message
    from textual.pilot import Pilot

SIZE = (80, 24)
CATEGORIES = ["國小數學", "高中物理與化學", "abstract_algebra", "ギリシャ哲学", "한국사", "law"]


class FakeGrid:
    """A grid that remembers which rows it was asked for."""

    def __init__(
        self,
        row_count: int,
        columns: Sequence[GridColumn],
        *,
        foot: Sequence[Sequence[Cell]] = (),
        names: Sequence[str] = (),
    ) -> None:
        self.row_count = row_count
        self.columns = columns
        self.foot = foot
        self.names = names
        self.fetched: list[tuple[int, int]] = []

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Cell]]:
        self.fetched.append((start, stop))
        return [self.row(number) for number in range(start, stop)]

    def row(self, number: int) -> Sequence[Cell]:
        name = self.names[number] if self.names else f"row {number}"
        return [Cell(name), *(Cell(f"{number % 90}.{at}") for at in range(1, len(self.columns)))]


def scores(row_count: int = 60, runs: Sequence[str] = RUN_LABELS, foot: bool = True) -> FakeGrid:
    columns = [column("category", 12, "left"), *(column(run, 5) for run in runs)]
    last = [Cell("mean"), *(Cell(f"5{at}.55") for at in range(len(runs)))]
    return FakeGrid(row_count, columns, foot=[last] if foot else ())


def small(row_count: int = 60) -> FakeGrid:
    return scores(row_count, ["one", "two", "three"], foot=False)


class TableApp(App[None]):
    """One table, and what it told."""

    def __init__(
        self, grid: FakeGrid, *, cursor: CursorType = "cell", fixed: int = 1, empty: str = ""
    ) -> None:
        super().__init__()
        self.grid = grid
        self.table = FrameTable(cursor=cursor, fixed_columns=fixed, empty_message=empty)
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.show(self.grid)
        self.table.focus()

    @on(FrameTable.RowHighlighted)
    @on(FrameTable.CellHighlighted)
    @on(FrameTable.RowSelected)
    @on(FrameTable.HeaderSelected)
    def remember(self, message: Message) -> None:
        self.told.append(message)

    def told_of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.told if type(message) is kind]


def drawn(table: FrameTable) -> list[str]:
    """The lines of the table as they are on the screen, the scrollbar not counted."""
    return [table.render_line(y).text for y in range(table.size.height)]


def assert_exact(table: FrameTable) -> None:
    width = table.scrollable_content_region.width
    assert [cell_len(line) for line in drawn(table)] == [width] * table.size.height


def row_of(message: Message) -> int:
    assert isinstance(message, FrameTable.CellHighlighted | FrameTable.RowHighlighted)
    return message.row


async def test_rows_are_drawn_under_the_heading() -> None:
    app = TableApp(small(3))
    async with app.run_test(size=SIZE):
        lines = drawn(app.table)
        assert lines[0].split() == ["category", "one", "two", "three"]
        assert lines[1].split() == ["row", "0", "0.1", "0.2", "0.3"]
        assert lines[3].split() == ["row", "2", "2.1", "2.2", "2.3"]
        assert not lines[4].strip()
        assert_exact(app.table)


async def test_the_screen_shows_what_the_table_draws() -> None:
    app = TableApp(small(1000))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j")
        strips = app.screen._compositor.render_strips()
        screen = ["".join(segment.text for segment in strip) for strip in strips]
        assert [line[:79] for line in screen] == drawn(app.table)
        assert app.table.scrollable_content_region.width == 79


class TestFetching:
    async def test_only_visible_blocks_of_a_million_rows(self) -> None:
        grid = small(1_000_000)
        app = TableApp(grid)
        async with app.run_test(size=SIZE) as pilot:
            assert grid.fetched == [(0, BLOCK)]
            await pilot.press("G")
            assert app.table.cursor_row == 999_999
            assert drawn(app.table)[-1].startswith(" row 999999 ")
            assert set(grid.fetched) <= {(0, BLOCK), (999_936, 1_000_000)}
            assert len(grid.fetched) == 2

    async def test_no_block_twice(self) -> None:
        grid = small(1000)
        app = TableApp(grid)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("j", "l", "G", "g", "ctrl+d", "pagedown", "G")
            app.table.row_cells(999)
            assert sorted(grid.fetched) == sorted(set(grid.fetched))

    async def test_a_new_grid_is_asked_anew(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE) as pilot:
            other = small(3)
            app.table.show(other)
            await pilot.pause()
            assert other.fetched == [(0, 3)]
            assert app.table.row_count == 3


class TestWidths:
    @pytest.mark.parametrize("size", [(80, 24), (120, 40), (30, 10), (12, 5)])
    async def test_cjk_lines_are_exact(self, size: tuple[int, int]) -> None:
        grid = scores(len(CATEGORIES))
        grid.names = CATEGORIES
        app = TableApp(grid)
        async with app.run_test(size=size) as pilot:
            assert_exact(app.table)
            await pilot.press("j", "l", "l", "l")
            assert_exact(app.table)

    async def test_cjk_values_stand_under_one_another(self) -> None:
        grid = FakeGrid(2, [column("k", 8, "left"), column("v", 4)], names=["數學測驗", "law"])
        app = TableApp(grid)
        async with app.run_test(size=SIZE):
            lines = drawn(app.table)[1:3]
            ends = [cell_len(line[: line.index(".1") + 2]) for line in lines]
            assert ends[0] == ends[1]

    async def test_resizing_places_the_columns_anew(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("G", *["l"] * 7)
            for size in ((40, 12), (120, 40), (25, 8), (80, 24)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
                assert_exact(app.table)
                body = " ".join(drawn(app.table))
                assert "row 59" in body
                assert "59.7" in body


class TestHeadings:
    async def test_wrapped_not_clipped(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=SIZE):
            assert app.table._plan.header_height == 3
            header = drawn(app.table)[:3]
            assert "…" not in "".join(header)
            assert [line.split()[0] for line in header] == ["mock-8b-", "instruct", "category"]
            assert RUN_LABELS[0].rsplit(maxsplit=1)[-1] in header[2]

    async def test_mark_of_sorting(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE):
            app.table.show(app.grid, sorted_by="two")
            assert " two▼ " in drawn(app.table)[0]
            app.table.show(app.grid, sorted_by="category", descending=False)
            assert drawn(app.table)[0].startswith(" category▲ ")
            app.table.show(app.grid)
            assert not set("▲▼") & set(drawn(app.table)[0])

    async def test_low_tables_keep_room_for_rows(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=(80, 5)):
            lines = drawn(app.table)
            assert "row 0" in lines[1]
            assert "mean" in lines[-1]


class TestScrolling:
    async def test_a_border_takes_its_room(self) -> None:
        app = TableApp(scores(200))
        async with app.run_test(size=SIZE) as pilot:
            app.table.styles.border = ("round", "red")
            app.table.styles.padding = 1
            await pilot.pause()
            await pilot.press("G")
            lines = drawn(app.table)[: app.table.scrollable_content_region.height]
            assert lines[-1].startswith(" mean ")
            assert lines[-2].startswith(" row 199 ")
            await pilot.click(FrameTable, offset=(4, 2 + 3))
            assert lines[3].startswith(f" row {app.table.cursor_row} ")
            assert_exact(app.table)

    async def test_the_fixed_column_stays(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=SIZE) as pilot:
            before = drawn(app.table)
            assert before[0].endswith("›")
            await pilot.press(*["l"] * 7)
            lines = drawn(app.table)
            assert lines[3].startswith(" row 0 ")
            assert lines[2].startswith(" category ")
            assert "0.7" in lines[3]
            assert "0.1" not in lines[3]
            assert "‹" in lines[0]
            assert not lines[0].endswith("›")
            await pilot.press(*["h"] * 7)
            assert [line.strip() for line in drawn(app.table)] == [s.strip() for s in before]

    @pytest.mark.parametrize("keys", ["j", "down", "ctrl+d", "ctrl+f", "pagedown", "G", "end"])
    async def test_cursor_stays_in_view_down_and_back(self, keys: str) -> None:
        back = {"j": "k", "down": "up", "ctrl+d": "ctrl+u", "ctrl+f": "ctrl+b"}
        back |= {"pagedown": "pageup", "G": "g", "end": "home"}
        app = TableApp(scores(200))
        async with app.run_test(size=SIZE) as pilot:
            times = 24 if keys in ("j", "down") else 5
            for key in [keys] * times + [back[keys]] * times:
                await pilot.press(key)
                body = drawn(app.table)[3:-1]
                assert any(line.startswith(f" row {app.table.cursor_row} ") for line in body)
            assert app.table.cursor_row == 0
            assert app.table.scroll_offset.y == 0

    async def test_every_column_comes_wholly_into_view(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=SIZE) as pilot:
            for number in range(1, 8):
                await pilot.press("l")
                assert app.table.cursor_column == number
                assert f" 0.{number} " in drawn(app.table)[3]
                assert RUN_LABELS[number - 1][-4:] in drawn(app.table)[2]

    async def test_the_foot_is_pinned(self) -> None:
        app = TableApp(scores(200))
        async with app.run_test(size=SIZE) as pilot:
            assert drawn(app.table)[-1].startswith(" mean ")
            assert "50.55" in drawn(app.table)[-1]
            await pilot.press("G", *["l"] * 7)
            lines = drawn(app.table)
            assert lines[-1].startswith(" mean ")
            assert "56.55" in lines[-1]
            assert "50.55" not in lines[-1]
            assert lines[-2].startswith(" row 199 ")

    async def test_the_foot_stands_right_below_the_last_row(self) -> None:
        app = TableApp(scores(3))
        async with app.run_test(size=SIZE):
            lines = drawn(app.table)
            last = next(y for y, line in enumerate(lines) if line.startswith(" row 2 "))
            assert lines[last + 1].startswith(" mean ")
            assert not "".join(lines[last + 2 :]).strip()

    async def test_a_row_cursor_scrolls_columns(self) -> None:
        app = TableApp(scores(), cursor="row")
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("l")
            assert app.table.first_column == 2
            assert app.table.cursor_column == 0
            await pilot.press(*["l"] * 20)
            assert "0.7" in drawn(app.table)[3]
            await pilot.press(*["h"] * 20)
            assert app.table.first_column == 1

    async def test_the_wheel_scrolls_rows_and_leaves_the_cursor(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE) as pilot:
            await pilot._post_mouse_events([MouseScrollDown], app.table, button=0)
            await pilot.pause()
            assert app.table.scroll_offset.y > 0
            assert app.table.cursor_row == 0
            await pilot.press("j")
            assert drawn(app.table)[1].startswith(" row 1 ")

    async def test_the_scrollbar_is_one_wide(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE):
            assert app.table.scrollbar_size_vertical == 1
            assert not app.table.show_horizontal_scrollbar


class TestMessages:
    async def test_cell_highlighted_once_a_move(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE) as pilot:
            app.told.clear()
            await pilot.press("j", "l", "k", "k")
            moves = app.told_of(FrameTable.CellHighlighted)
            assert [row_of(message) for message in moves] == [1, 1, 0]
            assert len(app.told) == 3
            app.table.move_cursor(row=9, column_key="three")
            await pilot.pause()
            last = app.told[-1]
            assert isinstance(last, FrameTable.CellHighlighted)
            assert (last.row, last.column_key, last.control) == (9, "three", app.table)
            assert len(app.told) == 4

    async def test_row_highlighted_for_a_row_cursor(self) -> None:
        app = TableApp(small(), cursor="row")
        async with app.run_test(size=SIZE) as pilot:
            app.told.clear()
            await pilot.press("j", "l")
            assert [row_of(message) for message in app.told] == [1]
            assert app.told_of(FrameTable.RowHighlighted) == app.told
            app.table.move_cursor(column_key="two")
            await pilot.pause()
            assert len(app.told) == 1

    async def test_enter_selects(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("j", "l", "enter")
            message = app.told[-1]
            assert isinstance(message, FrameTable.RowSelected)
            assert (message.row, message.column_key) == (1, "one")
            assert message.control is app.table

    async def test_click_moves_and_double_click_selects(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE) as pilot:
            x = drawn(app.table)[0].index("two")
            await pilot.click(FrameTable, offset=(x, 5))
            assert (app.table.cursor_row, app.table.cursor_key) == (4, "two")
            assert not app.told_of(FrameTable.RowSelected)
            await pilot.double_click(FrameTable, offset=(x, 6))
            (message,) = app.told_of(FrameTable.RowSelected)
            assert isinstance(message, FrameTable.RowSelected)
            assert (message.row, message.column_key) == (5, "two")

    async def test_click_on_a_heading(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press(*["l"] * 7)
            row = app.table.cursor_row
            x = drawn(app.table)[2].index(RUN_LABELS[-1][-4:])
            for y in range(3):
                await pilot.click(FrameTable, offset=(x, y))
            keys = [
                message.column_key
                for message in app.told
                if isinstance(message, FrameTable.HeaderSelected)
            ]
            assert keys == [RUN_LABELS[-1]] * 3
            assert app.table.cursor_row == row

    async def test_clicks_beside_the_rows_do_nothing(self) -> None:
        app = TableApp(scores(3))
        async with app.run_test(size=SIZE) as pilot:
            app.told.clear()
            await pilot.click(FrameTable, offset=(3, 12))
            await pilot.click(FrameTable, offset=(3, 23))
            assert app.told == []


class TestCursor:
    async def test_it_shows_without_colour(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("l")
            styles = {segment.text.strip(): segment.style for segment in app.table.render_line(1)}
            cell, head, other = styles["0.1"], styles["row 0"], styles["0.2"]
            assert cell is not None
            assert head is not None
            assert other is not None
            assert cell.reverse
            assert head.bold
            assert not other.reverse
            app.set_focus(None)
            await pilot.pause()
            styles = {segment.text.strip(): segment.style for segment in app.table.render_line(1)}
            cell = styles["0.1"]
            assert cell is not None
            assert not cell.reverse
            assert cell.bold
            assert cell.underline

    async def test_a_row_cursor_is_the_whole_row(self) -> None:
        app = TableApp(small(), cursor="row")
        async with app.run_test(size=SIZE):
            assert all(s.style is not None and s.style.reverse for s in app.table.render_line(1))

    async def test_keeping_it(self) -> None:
        app = TableApp(scores())
        async with app.run_test(size=SIZE) as pilot:
            app.table.move_cursor(row=40, column_key=RUN_LABELS[6])
            top = app.table.scroll_offset.y
            turned = scores(runs=RUN_LABELS[::-1])
            app.table.show(turned, keep_cursor=True)
            await pilot.pause()
            assert (app.table.cursor_row, app.table.cursor_key) == (40, RUN_LABELS[6])
            assert app.table.cursor_column == 1
            assert app.table.scroll_offset.y == top
            app.table.show(scores(5), keep_cursor=True)
            await pilot.pause()
            assert app.table.cursor_row == 4
            assert drawn(app.table)[3].startswith(" row 0 ")
            app.table.show(scores())
            assert (app.table.cursor_row, app.table.cursor_column) == (0, 0)

    async def test_what_is_under_it(self) -> None:
        app = TableApp(small())
        async with app.run_test(size=SIZE):
            app.table.move_cursor(row=7, column_key="two")
            assert app.table.cell_at_cursor() == Cell("7.2")
            assert app.table.row_cells(7)[0] == Cell("row 7")
            assert app.table.row_cells(-1) == ()
            assert app.table.row_cells(60) == ()
            app.table.move_cursor(row=10_000, column_key="nothing like it")
            assert (app.table.cursor_row, app.table.cursor_key) == (59, "two")


class TestText:
    async def test_markup_is_drawn_as_it_is_written(self) -> None:
        text = "[INST] [red]hi[/red] [/INST]"
        link = "[@click=app.quit]x[/]"
        grid = FakeGrid(
            1, [column("k", 28, "left"), column(link, 5)], names=[text], foot=[[Cell("[/bold]")]]
        )
        app = TableApp(grid, empty="[b]no[/b]")
        async with app.run_test(size=SIZE):
            lines = drawn(app.table)
            assert text in lines[1]
            assert link in lines[0]
            assert "[/bold]" in lines[2]  # right under the last row
            app.table.show(FakeGrid(0, grid.columns))
            assert any("[b]no[/b]" in line for line in drawn(app.table))

    async def test_missing_cells_are_blank(self) -> None:
        class Ragged(FakeGrid):
            def row(self, number: int) -> Sequence[Cell]:
                return [Cell("a")] if number else []

        app = TableApp(Ragged(2, small().columns))
        async with app.run_test(size=SIZE):
            assert_exact(app.table)
            assert app.table.cell_at_cursor() is None

    async def test_empty_message(self) -> None:
        app = TableApp(FakeGrid(0, small().columns), empty="沒有資料 nothing here")
        async with app.run_test(size=SIZE) as pilot:
            lines = drawn(app.table)
            assert "category" in lines[0]
            (line,) = [line for line in lines if "沒有資料 nothing here" in line]
            left = len(line) - len(line.lstrip())
            assert abs(left - (80 - left - 21)) <= 1
            assert_exact(app.table)
            app.table.empty_message = "loading"
            assert any("loading" in line for line in drawn(app.table))
            await pilot.press("j", "G", "l", "enter", "pagedown", "ctrl+u", "g", "k")
            assert app.told == []
            assert app.table.cell_at_cursor() is None
            app.table.show(small())
            assert not any("loading" in line for line in drawn(app.table))

    async def test_nothing_shown_yet(self) -> None:
        app = TableApp(FakeGrid(0, []))
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("j", "l", "enter")
            assert app.table.cursor_key is None
            assert_exact(app.table)

    @pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light", "nord"])
    async def test_themes_draw_every_tone(self, theme: str) -> None:
        class Tones(FakeGrid):
            def row(self, number: int) -> Sequence[Cell]:
                return [Cell("a", "hit"), Cell("+1", "gain"), Cell("−1", "loss"), Cell("—", "dim")]

        app = TableApp(Tones(3, small().columns))
        async with app.run_test(size=SIZE) as pilot:
            before = app.table.render_line(2)
            app.theme = theme
            await pilot.pause()
            assert app.table.render_line(2) != before
            styles = [segment.style for segment in app.table.render_line(2)]
            assert len({str(style) for style in styles}) >= 4


TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cc", "Cs")),
        st.sampled_from("國小數學ギリ한국사👍👩‍💻️🇹🇼é…—[]/@-_ "),
    ),
    max_size=40,
)
COLUMNS = st.lists(st.tuples(TEXTS, st.integers(0, 60), st.booleans()), min_size=1, max_size=12)


async def show_anything(
    pilot: Pilot[None], table: FrameTable, columns: list[tuple[str, int, bool]], texts: list[str]
) -> None:
    grid = FakeGrid(
        1,
        [
            GridColumn(str(number), heading, "right" if right else "left", width)
            for number, (heading, width, right) in enumerate(columns)
        ],
        foot=[[Cell(text) for text in texts]],
    )
    grid.names = texts[:1] or [""]
    table.show(grid, sorted_by="1")
    await pilot.pause()


@settings(max_examples=60, deadline=None)
@given(columns=COLUMNS, texts=st.lists(TEXTS, max_size=12), width=st.integers(8, 130))
def test_any_line_is_exactly_as_wide_as_the_table(
    columns: list[tuple[str, int, bool]], texts: list[str], width: int
) -> None:
    import asyncio

    async def check() -> None:
        app = TableApp(FakeGrid(0, []), fixed=len(texts) % 3)
        async with app.run_test(size=(width, 12)) as pilot:
            await show_anything(pilot, app.table, columns, texts)
            assert_exact(app.table)
            app.table.move_cursor(column_key=str(len(columns) - 1))
            assert_exact(app.table)

    asyncio.run(check())


class Bars(FakeGrid):
    """Bars that are longer from row to row, to the right or to the left."""

    sign = 1

    def row(self, number: int) -> Sequence[Cell]:
        def bar(width: int) -> Sequence[CellPart]:
            return bar_pieces(self.sign * number / 4, (-1.0, 1.0), width)

        return [*super().row(number)[:-1], Cell("", "gain", bar)]


async def test_bars_stay_at_the_right_edge_while_columns_scroll() -> None:
    pinned = GridColumn("", "", "left", 10, fills=True, pinned=True)
    grid = Bars(4, [*scores().columns, pinned], foot=[[Cell("mean"), Cell("1"), Cell("2")]])
    app = TableApp(grid)
    async with app.run_test(size=(60, 12)) as pilot:
        for _ in range(len(grid.columns) + 3):
            await pilot.press("right")
        assert app.table.cursor_key == RUN_LABELS[-1]  # not the bar
        lines = [app.table.render_line(y).text for y in range(12)]
        rows = [line for line in lines if "row " in line]
        assert {line.index("┃") for line in rows} == {53}
        assert [line[54:].count("█") for line in rows] == [0, 1, 2, 3]
        assert all(cell_len(line) == 60 for line in lines)
        assert any("›" in line or "‹" in line for line in lines)


async def test_other_bars_change_nothing_but_the_right_edge() -> None:
    pinned = GridColumn("", "", "left", 10, fills=True, pinned=True)
    columns = [*scores(runs=["one", "two"]).columns, pinned]
    app = TableApp(Bars(4, columns))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("down", "right")
        before = drawn(app.table)
        other = Bars(4, columns)
        other.sign = -1
        app.table.show_bars(other)
        await pilot.pause()
        after = drawn(app.table)
        edge = before[1].index("┃") - 12
        assert [line[:edge] for line in after] == [line[:edge] for line in before]
        assert "┃█" in before[3]
        assert "█┃" in after[3]
        assert (app.table.cursor_row, app.table.cursor_column) == (1, 1)


async def test_as_many_columns_stay_as_the_last_table_wants() -> None:
    app = TableApp(scores(runs=RUN_LABELS))
    async with app.run_test(size=(50, 12)) as pilot:
        app.table.show(scores(runs=RUN_LABELS), fixed_columns=2)
        await pilot.press(*["right"] * (len(RUN_LABELS) + 1))
        assert "5.1" in next(line for line in drawn(app.table) if "row 5" in line)  # the second
        app.table.show(scores(runs=RUN_LABELS), fixed_columns=1)
        await pilot.press(*["right"] * (len(RUN_LABELS) + 1))
        assert "5.1" not in next(line for line in drawn(app.table) if "row 5" in line)
