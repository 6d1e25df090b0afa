"""Scores with runs as rows, in the real app: by its keys, at the sizes of terminals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Select

from tests.build.tables import make_tables, score_rows
from tests.tui.conftest import (
    HUGE,
    NARROW,
    SAMPLES,
    WIDE,
    Driven,
    drive,
    open_app,
    run_file,
    settle,
)
from tui_eval.tables import natural
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.export import ExportScreen
from tui_eval.tui.screens.facts import FactsScreen
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.screens.scores import ScoresScreen

BEST = "org/mock-reasoner-32b @ 20261120_2339"
SECOND = "mock-70b-instruct @ 20261120_2339"


def runs(driven: Driven) -> list[str]:
    return driven.column("run")


def shown_parts(driven: Driven) -> list[str]:
    """Categories, groups or datasets that are columns."""
    return [column.about for column in driven.shown.report.columns if column.about]


def drawn_names(driven: Driven) -> list[str]:
    """What stands in the column of runs, as it is drawn."""
    width = driven.table._plan.widths[driven.table._column_number("run") or 0]
    cells = [driven.table.row_cells(row)[1] for row in range(driven.table.row_count)]
    return ["".join(piece.text for piece in cell.drawn(width)) for cell in cells if cell.drawn]


async def test_the_app_opens_with_runs_as_rows_best_first() -> None:
    async with drive(TuiEvalApp([SAMPLES]), NARROW) as driven:
        await settle(driven.pilot)
        assert isinstance(driven.screen, ScoresScreen)
        assert runs(driven)[:2] == [BEST, SECOND]
        assert driven.column("rank") == [1, 2, 3, 4, 5, 6, 7]
        assert driven.context.startswith("mini_mmlu · accuracy_mean (dataset 1 of 2)")
        assert "by mean over common 6 ▼" in driven.context
        assert "Ranked by the mean over the 6 of 7 categories" in driven.words("#notes")
        assert driven.table.cursor_key == "run"


async def test_a_run_alone_has_categories_as_rows(tmp_path: Path) -> None:
    run_file(tmp_path, "m", {"x": 0.5, "y": 0.4})
    async with open_app([tmp_path], orientation="runs") as driven:
        assert driven.column("category") == ["x", "y"]
        await driven.press("w")
        assert "There is only one run: nothing to rank." in driven.notices
        assert driven.view.orientation == "runs"


async def test_w_turns_the_table_round_and_keeps_the_number_at_the_cursor() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("down", "right", "right", "right", "right", "right")
        assert driven.table.cursor_key == "anatomy"
        before = driven.table.cell_at_cursor()
        await driven.press("w")
        assert driven.view.orientation == "categories"
        assert driven.table.cursor_key == SECOND
        after = driven.table.cell_at_cursor()
        assert before is not None
        assert after is not None
        assert before.text == after.text
        await driven.press("w")
        assert driven.table.cursor_key == "anatomy"
        assert runs(driven)[driven.table.cursor_row] == SECOND


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE, (40, 10)])
async def test_names_differ_and_lines_are_whole_at_any_size(size: tuple[int, int]) -> None:
    async with open_app(size=size, orientation="runs") as driven:
        names = drawn_names(driven)
        assert len(set(names)) == len(names) == 7
        assert {cell_len(line) for line in driven.drawn} == {size[0]}


async def test_s_and_columns_order_the_runs() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("s")
        assert runs(driven)[-1] == BEST
        await driven.press("s")
        assert runs(driven) == sorted(runs(driven), key=natural)
        assert "by name" in driven.context
        await driven.press("s")
        driven.table.move_cursor(column_key="anatomy")
        await driven.press("right_square_bracket")
        name = driven.table.cursor_key
        assert name == driven.view.sort_column == "anatomy"
        values = [value for value in driven.column("anatomy") if value is not None]
        assert values == sorted(values, reverse=True)
        assert driven.column("anatomy")[-1] is None
        await driven.press("right_square_bracket")
        values = [value for value in driven.column("anatomy") if value is not None]
        assert values == sorted(values)
        assert "by anatomy ▲" in driven.context


async def test_enter_on_a_score_opens_its_questions_of_that_run_and_the_baseline() -> None:
    async with open_app(orientation="runs") as driven:
        run, baseline = driven.key(BEST), driven.view.baseline
        await driven.press("right", "right", "right", "right", "enter")
        assert isinstance(driven.screen, SamplesScreen)
        assert driven.view.category == "abstract_algebra"
        assert driven.view.sample_runs == (baseline, run)


async def test_enter_on_a_run_compares_it_with_the_best() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("down", "enter")
        assert isinstance(driven.screen, DeltaScreen)
        assert driven.label(driven.view.baseline) == BEST
        assert driven.labels(driven.view.candidates) == [SECOND]
        await driven.press("2", "up", "enter")
        assert driven.label(driven.view.baseline) == BEST
        assert driven.view.candidates is None


async def test_facts_and_baseline_are_of_the_row() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("down", "right", "i")
        assert isinstance(driven.screen, FactsScreen)
        await driven.press("escape", "b")
        assert isinstance(driven.screen, DeltaScreen)
        assert driven.label(driven.view.baseline) == SECOND


async def test_a_filter_leaves_columns_out() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("t")
        await driven.replace("0.9")
        await driven.press("enter")
        names = shown_parts(driven)
        assert names == ["sub/astronomy", "virology"]
        assert "2 left, T clears" in driven.context
        assert runs(driven)[0] == BEST


async def test_pages_and_search_go_over_runs(tmp_path: Path) -> None:
    for number in range(25):
        run_file(tmp_path / f"{number}", f"step{number}", {"x": number / 30})
    async with open_app([tmp_path], orientation="runs") as driven:
        assert driven.frame.height == 25
        await driven.press("p")
        assert driven.column("rank") == list(range(1, 11))
        assert "page 1/3" in driven.context
        await driven.press("slash")
        await driven.type("step3 ")
        await driven.press("enter")
        assert runs(driven)[driven.table.cursor_row].startswith("step3 ")
        assert "page 3/3" in driven.context


async def test_the_chart_follows_the_column_at_the_cursor() -> None:
    async with open_app(size=WIDE, orientation="runs") as driven:
        (chart,) = driven.charts
        assert chart.region.y > driven.table.region.y
        assert chart._bars is not None
        assert chart._bars.series[0].label == "mean over common 6"
        assert chart._bars.groups[0] == "org/mock-reasoner-32b"
        await driven.press("right", "right", "right", "right")
        assert driven.table.cursor_key == "abstract_algebra"
        assert chart._bars.series[0].label == "abstract_algebra"
        await driven.press("c")
        assert not driven.charts
    async with open_app(size=NARROW, orientation="runs") as driven:
        assert not driven.charts
        await driven.press("c")
        assert driven.charts


async def test_both_ways_round_are_offered_to_be_saved(tmp_path: Path) -> None:
    async with open_app(orientation="runs") as driven:
        for first in ("leaderboard", "categories"):
            await driven.press("e")
            assert isinstance(driven.screen, ExportScreen)
            names = [driven.screen._choices[place][1]().name for place in range(3)]
            assert sorted(names) == [
                "twinkle_mini_mmlu_ALL",
                "twinkle_mini_mmlu_leaderboard",
                "twinkle_overview",
            ]
            words = str(driven.screen.query_one("#what", Select).selection)
            assert words == "0"
            assert first in driven.screen._choices[0][0]
            await driven.press("escape", "w")


async def test_the_overview_has_runs_as_rows_and_enter_opens_a_dataset() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("o")
        assert driven.context.startswith("all datasets · accuracy_mean")
        assert shown_parts(driven) == [
            "mini_mmlu",
            "mini_tmmlu",
        ]
        await driven.press("enter")
        assert isinstance(driven.screen, FactsScreen)
        await driven.press("escape")
        driven.table.move_cursor(column_key="mini_tmmlu")
        await driven.press("w")
        assert driven.column("dataset") == ["mini_mmlu", "mini_tmmlu"]
        assert driven.table.cursor_row == 1
        await driven.press("w", "enter")
        assert driven.view.dataset == "mini_tmmlu"
        await driven.press("o", "o")
        assert driven.view.dataset == "mini_mmlu"


async def test_the_overview_is_of_chosen_datasets() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("D")
        assert isinstance(driven.screen, ChooseScreen)
        assert driven.screen.shown == ("mini_mmlu", "mini_tmmlu")
        await driven.press("space", "enter")
        assert driven.view.dataset is None
        assert driven.view.datasets == ("mini_tmmlu",)
        abouts = shown_parts(driven)
        assert abouts == ["mini_tmmlu"]
        assert "1 dataset not chosen." in driven.words("#notes")
        await driven.press("w")
        assert driven.column("dataset") == ["mini_tmmlu"]


async def test_groups_open_into_their_categories() -> None:
    rows = [
        *score_rows({"x": {"a": 0.2, "b": 0.4}, "y": {"a": 0.5, "b": 0.5}}, group="one"),
        *score_rows({"x": {"c": 0.8}, "y": {"c": 0.6}}, group="two"),
    ]
    async with open_app(orientation="runs") as driven:
        loaded, tables = driven.session.data.loaded, make_tables(rows)
        assert loaded is not None
        loaded = loaded._replace(tables=tables, written=tables)
        driven.session.take(replace(driven.session.data, loaded=loaded), is_asked=True)
        driven.view_screen.update_view()
        await driven.rest()
        assert shown_parts(driven) == ["one", "two"]
        assert "▸one" in driven.drawn[2]
        driven.table.move_cursor(column_key="one")
        await driven.press("enter")
        assert shown_parts(driven) == ["one", "a", "b", "two"]
        assert "▾one" in driven.drawn[2]
        await driven.press("z")
        assert shown_parts(driven) == ["one", "two"]
        await driven.press("z")
        assert shown_parts(driven) == ["one", "a", "b", "two", "c"]


async def test_the_foot_stands_right_under_the_last_row() -> None:
    async with open_app(size=HUGE) as driven:
        lines = driven.drawn
        last = next(y for y, line in enumerate(lines) if driven.first_cells[-1] in line)
        assert "mean over" in lines[last + 1]


async def test_a_run_is_compared_with_the_best_by_category_whatever_was_looked_at_before() -> None:
    async with open_app(orientation="runs") as driven:
        await driven.press("3", "o", "o", "j", "enter")  # one candidate's questions
        await driven.press("2", "j", "enter")
        assert isinstance(driven.screen, DeltaScreen)
        assert driven.session.position.part == "categories"
        assert driven.context.startswith("b mock-70b-instruct − a org/mock-reasoner-32b")
