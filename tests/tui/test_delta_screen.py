"""Screen 3 in the real app: baseline, candidates, orders, lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from textual.widgets import Input, OptionList

from tests.build.lm_eval import grouped_file
from tests.tui.conftest import HUGE, WIDE, Driven, open_app, run_file
from tui_eval.tui.screens.ask_number import NumberScreen
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.delta_lists import MATRIX
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.tab_line import TabLine

BASE = "mock-3b-base @ 20261120_2336"
FIRST = "mock-8b-instruct @ 20261120_2337"


def options(driven: Driven) -> list[str]:
    """The names in the chooser, without the marks."""
    assert isinstance(driven.screen, ChooseScreen)
    return list(driven.screen.shown)


def candidates(driven: Driven) -> list[str]:
    """The columns of differences that the matrix shows, by label."""
    return [column.name for column in driven.shown.report.columns if column.kind == "delta"]


def tabs(driven: Driven) -> str:
    return driven.screen.query_one(TabLine).render().plain


async def one_candidate(driven: Driven) -> str:
    """Compare with the first candidate that is offered alone; its label."""
    await driven.press("3", "v", "a", "space", "enter")
    (label,) = driven.labels(driven.view.candidates) or []
    return label


async def test_all_others_are_compared_with_the_first_run() -> None:
    async with open_app() as driven:
        await driven.press("3")
        assert driven.label(driven.view.baseline) == BASE
        assert driven.context.startswith("6 candidates − a mock-3b-base · mini_mmlu · ")
        assert len(candidates(driven)) == 6
        assert BASE not in candidates(driven)
        assert len(set(driven.column("category"))) == driven.frame.height == 7
        assert "Compared on fewer than all 7 categories: mock-flaky-8b" in driven.words("#notes")
        assert driven.first_cells[:1] == ["sub/astronomy"]
        foot = driven.shown.report.foot
        assert foot is not None
        assert foot["category"].to_list() == ["mean of own 6–7", "over own 110–130"]
        assert any("mean of own 6–7" in line for line in driven.drawn)


async def test_one_candidate_is_told_in_words_that_name_what_is_averaged() -> None:
    async with open_app() as driven:
        candidate = await one_candidate(driven)
        assert candidate == FIRST
        assert driven.context.startswith(
            "b 8b-instruct − a 3b-base (mock-…) · 2 of 7 runs · mini_mmlu"
        )
        sentence, facts = driven.words("#summary").split("\n")
        assert sentence == "b better by 0.141 [+0.053, +0.229], paired on 130 of 130"
        assert facts.startswith("p 0.002 (paired t) · can see gaps ≥ 0.125")
        foot = driven.shown.report.foot
        assert foot is not None
        assert foot.select("category", "delta").rows() == [
            ("mean of 7 categories", pytest.approx(0.142, abs=5e-4))
        ]
        deltas = driven.frame["candidate_score"] - driven.frame["baseline_score"]
        assert driven.column("delta") == pytest.approx(deltas.to_list())
        await driven.press("right", "right", "right", "right", "right")
        heading = " ".join(driven.drawn[5:7])
        assert "a 3b-" in heading
        assert "b 8b-" in heading


@pytest.mark.parametrize("width", [40, 80, 110])
@pytest.mark.parametrize("keys", [(), ("o", "o")])
async def test_category_and_difference_are_never_hidden(width: int, keys: tuple[str, ...]) -> None:
    async with open_app(size=(width, 24)) as driven:
        await one_candidate(driven)
        await driven.press(*keys)
        for _ in range(6):
            await driven.pilot.press("right")
        await driven.rest()
        number = driven.table.row_cells(0)[1].text
        line = next(line for line in driven.drawn if number in line)
        assert line.strip().startswith(driven.first_cells[0][:3])


async def test_the_bar_in_the_row_is_as_long_as_the_difference() -> None:
    async with open_app(size=WIDE) as driven:
        await one_candidate(driven)
        assert not driven.charts
        deltas = driven.column("delta")
        bars = [driven.table.row_cells(row)[-1].drawn for row in range(len(deltas))]
        lengths = []
        for drawn in bars:
            assert drawn is not None
            text = "".join(piece.text for piece in drawn(80)).partition("┃")[2].rstrip()
            lengths.append(8 * text.count("█") + max(" ▏▎▍▌▋▊▉".find(text[-1:]), 0))
        assert lengths == sorted(lengths, reverse=True)
        unit = lengths[0] / deltas[0]
        assert len([delta for delta in deltas if delta > 0]) > 3
        for delta, length in zip(deltas, lengths, strict=True):
            if delta > 0:
                assert length == pytest.approx(delta * unit, abs=1.01)
        await driven.press("c")
        assert len(driven.charts) == 1


async def test_the_baseline_is_chosen_and_is_no_candidate() -> None:
    async with open_app() as driven:
        await driven.press("3", "b", "down", "enter")
        assert driven.label(driven.view.baseline) == FIRST
        assert FIRST not in candidates(driven)
        assert BASE in candidates(driven)
        await driven.press("v")
        assert FIRST not in options(driven)
        assert BASE in options(driven)
        await driven.press("escape", "b", "escape")
        assert driven.label(driven.view.baseline) == FIRST


async def test_candidates_are_marked_all_none_and_one_by_one() -> None:
    async with open_app() as driven:
        await driven.press("3", "v")
        chooser = driven.screen
        assert isinstance(chooser, ChooseScreen)
        assert len(chooser.marked) == 6
        await driven.press("a")
        assert not chooser.marked
        assert driven.words("#title") == "Candidates: 0 of 6 marked"
        await driven.press("a")
        assert len(chooser.marked) == 6
        await driven.press("a", "space", "down", "space")
        chosen = tuple(options(driven)[:2])
        await driven.press("enter")
        assert driven.labels(driven.view.candidates) == [*chosen]
        assert candidates(driven) == [*chosen]
        await driven.press("v", "space", "enter")
        assert driven.labels(driven.view.candidates) == [*chosen[1:]]
        await driven.press("v", "a", "escape")
        assert driven.labels(driven.view.candidates) == [*chosen[1:]]


async def test_no_candidate_is_said_and_leaves_the_way_back() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "a", "enter")
        assert driven.labels(driven.view.candidates) == []
        assert any("Choose a candidate" in line for line in driven.drawn)
        await driven.press("e")
        assert "There is nothing to save yet." in driven.notices
        await driven.press("o", "o", "o", "o", "o", "o", "o", "v", "a", "enter")
        assert len(candidates(driven)) == 6


async def test_a_candidate_that_becomes_the_baseline_is_none_any_more() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "a", "space", "down", "space", "enter")
        await driven.press("b", "down", "enter")
        assert driven.label(driven.view.baseline) == FIRST
        (left,) = [one.run for one in driven.shown.report.columns if one.kind == "delta"]
        assert left not in (None, driven.key(FIRST))


async def test_s_goes_through_the_orders() -> None:
    async with open_app() as driven:
        await driven.press("3")

        def over_all(how: str) -> list[float]:
            deltas = [driven.frame[name] for name in candidates(driven)]
            if how == "mean":
                return driven.frame.select(pl.mean_horizontal(deltas)).to_series().to_list()
            sizes = [one.abs() for one in deltas]
            return driven.frame.select(pl.max_horizontal(sizes)).to_series().to_list()

        assert "by mean Δ ▼" in driven.context
        assert over_all("mean") == pytest.approx(sorted(over_all("mean"), reverse=True))
        await driven.press("s")
        assert driven.view == replace(driven.view, delta_sort="up")
        assert "by mean Δ ▲" in driven.context
        assert over_all("mean") == pytest.approx(sorted(over_all("mean")))
        await driven.press("s")
        assert driven.view == replace(driven.view, delta_sort="abs")
        assert "by largest |Δ| ▼" in driven.context
        assert over_all("size") == pytest.approx(sorted(over_all("size"), reverse=True))
        await driven.press("s")
        assert driven.column("category") == sorted(driven.column("category"))
        assert "by name" in driven.context
        await driven.press("s")
        assert driven.view == replace(driven.view, delta_sort="down")


async def test_the_column_at_the_cursor_sorts_and_so_does_a_heading() -> None:
    async with open_app(size=HUGE) as driven:
        await driven.press("3", "right", "right", "right_square_bracket")
        name = candidates(driven)[1]
        assert driven.view.delta_by == driven.key(name)
        assert driven.column(name) == sorted(driven.column(name), reverse=True)
        assert "by Δ of c ▼" in driven.context
        assert driven.shown.sorted_by == name
        await driven.press("right_square_bracket")
        assert driven.column(name) == sorted(driven.column(name))
        assert "by Δ of c ▲" in driven.context
        driven.table.post_message(FrameTable.HeaderSelected(driven.table, "baseline_score"))
        await driven.rest()
        scores = driven.column("baseline_score")
        assert scores == pytest.approx(sorted(scores, reverse=True))
        assert "by a mock-3b-base ▼" in driven.context
        driven.table.post_message(FrameTable.HeaderSelected(driven.table, "category"))
        await driven.rest()
        assert driven.column("category") == sorted(driven.column("category"))
        await driven.press("o", "right_square_bracket", "s")
        assert "This list has an order of its own." in driven.notices


async def test_bars_are_of_the_column_at_the_cursor() -> None:
    def bars_of(driven: Driven) -> list[float | None]:
        cells = [driven.table.row_cells(row)[-1] for row in range(driven.table.row_count)]
        return [cell.drawn.value for cell in cells]  # type: ignore[union-attr]

    async with open_app(size=HUGE) as driven:
        await driven.press("3")
        first, second, *_ = candidates(driven)
        assert bars_of(driven) == driven.column(first)
        await driven.press("right", "right")
        assert bars_of(driven) == driven.column(second)
        assert driven.context.endswith("bars: c")
        await driven.press("s")
        assert bars_of(driven) == driven.column(second)
        await driven.press("left", "left")
        assert bars_of(driven) == driven.column(first)  # the category has no bars of its own
        await driven.press("v", "space", "enter", "right")
        assert bars_of(driven) == driven.column(candidates(driven)[0])


async def test_enter_and_z_open_and_close_groups(tmp_path: Path) -> None:
    for model, shift in (("m-1b", 0.0), ("m-7b", 0.1)):
        grouped_file(tmp_path / model, model, shift)
    async with open_app([tmp_path]) as driven:
        await driven.press("3")
        assert driven.first_cells == ["▾ law", "  law_a", "  law_b", "▾ sum", "  sum_a", "  sum_b"]
        await driven.press("enter")
        assert driven.first_cells == ["▸ law", "▾ sum", "  sum_a", "  sum_b"]
        await driven.press("z")
        assert driven.first_cells == ["▸ law", "▸ sum"]
        await driven.press("z", "down", "enter")
        assert driven.view.category == "law_a"
        await driven.press("3", "o", "z")
        assert "There are no groups of categories here." in driven.notices


async def test_small_differences_are_hidden_and_shown_again() -> None:
    async with open_app() as driven:
        await one_candidate(driven)
        await driven.press("x")
        every = driven.frame
        overview = driven.words("#summary")
        await driven.press("t")
        assert isinstance(driven.screen, NumberScreen)
        assert "0–100" in driven.words("#title")
        await driven.replace("101")
        await driven.press("enter")
        assert "Type a number from 0 to 100." in driven.words(".hint")
        await driven.replace("20")
        await driven.press("enter")
        assert driven.view.min_delta == pytest.approx(0.2)
        assert 0 < driven.frame.height < every.height
        assert min(abs(delta) for delta in driven.column("delta")) >= 20 - 1e-7
        assert "|Δ| ≥ 20, T clears it" in driven.context
        assert driven.words("#summary") == overview
        hidden = every.height - driven.frame.height
        assert f"{hidden} rows below the minimum |Δ| not shown." in driven.words("#notes")
        await driven.press("plus")
        assert driven.view.min_delta == pytest.approx(0.21)
        await driven.press("x", "minus", "minus")
        assert driven.view.min_delta == pytest.approx(0.19)
        assert "|Δ| ≥ 0.19" in driven.context
        await driven.press("T", "minus")
        assert driven.view.min_delta == 0
        assert driven.frame.height == every.height


async def test_nothing_as_large_is_said() -> None:
    async with open_app() as driven:
        await driven.press("3", "t")
        await driven.replace("1")
        await driven.press("enter")
        assert any("No difference is as large as 1." in line for line in driven.drawn)
        await driven.press("c", "y", "Y", "slash", "a", "escape", "T")
        assert driven.frame.height == 7


async def test_counts_have_whole_steps_and_no_upper_end() -> None:
    async with open_app() as driven:
        await driven.press("3")
        assert isinstance(driven.screen, DeltaScreen)
        driven.screen.choose(metric="unparsed_count")
        await driven.press("plus")
        assert driven.view.min_delta == 1
        await driven.press("x", "plus", "t")
        assert driven.view.min_delta == 2
        assert driven.words("#title") == "Least |Δ| to show"
        assert driven.screen.query_one(Input).value == "2"
        await driven.replace("30")
        await driven.press("enter")
        assert driven.view.min_delta == 30


async def test_the_lists_are_tabs_that_keys_and_clicks_choose() -> None:
    async with open_app() as driven:
        await driven.press("3")
        assert tabs(driven) == " ".join(
            [
                "▌categories▐",
                "overview ",
                "improved ",
                "declined ",
                "flipped ",
                "missing ",
                "pairs ",
            ]
        )
        assert driven.drawn[1].strip() == tabs(driven).strip()
        await driven.press("o")
        assert "▌overview▐" in tabs(driven)
        shown = [column.name for column in driven.shown.report.drawn.columns]
        assert shown[:6] == ["Candidate", "Mean Δ", "Median Δ", "Win", "Lose", "Tie"]
        assert shown[6:8] == ["shared", "categories"]
        means = driven.column("Mean Δ")
        assert means == sorted(means, reverse=True)
        assert (6, 7) in driven.frame.select("shared", "categories").rows()
        assert driven.column("Runs")[0] == 3
        await driven.press("o")
        assert "▌improved▐" in tabs(driven)
        assert min(driven.column("delta")) > 0
        await driven.press("o")
        assert "▌declined▐" in tabs(driven)
        assert max(driven.column("delta")) < 0
        await driven.press("o")
        assert "▌flipped▐" in tabs(driven)
        assert driven.frame.columns[2:6] == ["baseline", "paired", "fixed", "broken"]
        await driven.press("o")
        assert "▌missing▐" in tabs(driven)
        assert driven.frame.rows() == [("mock-flaky-8b @ 20261120_2340", "anatomy")]
        await driven.press("o")
        assert "▌pairs▐" in tabs(driven)
        await driven.press("o")
        assert "▌categories▐" in tabs(driven)
        await driven.press("O", "O")
        assert "▌missing▐" in tabs(driven)
        await driven.pilot.click(TabLine, offset=(tabs(driven).index("declined"), 0))
        await driven.rest()
        assert "▌declined▐" in tabs(driven)


async def test_lists_with_nothing_in_them_say_so(large: Path) -> None:
    async with open_app([large]) as driven:
        await driven.press("3")
        assert "improved 0  declined  flipped —  missing 0  pairs —" in tabs(driven)


async def test_s_sorts_flips_too() -> None:
    async with open_app() as driven:
        await one_candidate(driven)
        await driven.press("o", "o", "o", "o")
        assert "by name" in driven.context
        await driven.press("s")
        assert "by fixed − broken ▼" in driven.context
        net = (driven.frame["fixed"] - driven.frame["broken"]).to_list()
        assert net == sorted(net, reverse=True)
        for order in ("fixed", "broken"):
            await driven.press("s")
            assert f"by {order} ▼" in driven.context
            assert driven.column(order) == sorted(driven.column(order), reverse=True)
        driven.table.post_message(FrameTable.HeaderSelected(driven.table, "fixed"))
        await driven.rest()
        assert driven.view.flip_sort == "fixed"
        await driven.press("s", "s")
        assert driven.column("category") == sorted(driven.column("category"))


async def test_the_length_of_the_lists_is_set() -> None:
    async with open_app() as driven:
        await driven.press("3", "o", "o")
        for _ in range(12):
            await driven.pilot.press("minus")
        await driven.rest()
        assert driven.view.top == 1
        assert driven.frame["candidate"].is_unique().all()
        best = dict(driven.frame.select("candidate", "delta").iter_rows())
        await driven.press("plus")
        assert driven.view.top == 2
        assert driven.frame["candidate"].value_counts()["count"].max() == 2
        for candidate, delta in best.items():
            assert max(driven.frame.filter(candidate=candidate)["delta"]) == delta
        assert "at most 2 each (+ −)" in driven.context
        assert driven.view.min_delta == 0


async def test_ties_are_the_same_on_both_scales(tmp_path: Path) -> None:
    base = {"same": 0.3, "noise": 0.1 + 0.2, "up": 0.5, "down": 0.5}
    run_file(tmp_path / "a", "a", {**base})
    run_file(tmp_path / "b", "b", {"same": 0.3, "noise": 0.3, "up": 0.50001, "down": 0.49999})
    async with open_app([tmp_path]) as driven:
        await driven.press("3", "o")
        raw = driven.frame.select("Win", "Lose", "Tie").row(0)
        assert raw == (1, 1, 2)
        await driven.press("x")
        assert driven.frame.select("Win", "Lose", "Tie").row(0) == raw
        await driven.press("o")
        assert driven.column("category") == ["up"]
        await driven.press("x")
        assert driven.column("category") == ["up"]
        await driven.press("o")
        assert driven.column("category") == ["down"]


async def test_a_run_alone_has_no_difference(tmp_path: Path) -> None:
    run_file(tmp_path, "alone", {"x": 0.5})
    async with open_app([tmp_path]) as driven:
        await driven.press("3")
        assert any("Choose a candidate: one run alone" in line for line in driven.drawn)
        await driven.press("v")
        assert "There is no other run with these scores." in driven.notices
        await driven.press("b", "enter", "o", "s", "plus", "e", "y", "Y", "c")
        assert driven.label(driven.view.baseline) == "alone @ 20260101_0000"


async def test_without_a_dataset_it_says_what_to_choose() -> None:
    async with open_app() as driven:
        await driven.press("o", "3")
        assert any("Choose a dataset" in line for line in driven.drawn)
        await driven.press("d", "enter")
        assert driven.view.dataset == "mini_mmlu"
        assert driven.frame.height == 7


async def test_a_panel_a_candidate_follows_the_cursor() -> None:
    async with open_app(size=WIDE) as driven:
        await driven.press("3")
        assert not driven.charts  # the bars are in the rows
        await driven.press("c")
        titles = [bars.series[0].label for bars in driven.shown.panels]
        assert [title[0] for title in titles] == list("bcdefg")
        shown = len(driven.charts)
        assert 0 < shown <= len(titles)
        assert driven.shown.panels[0].diverging
        screen = driven.screen
        assert isinstance(screen, DeltaScreen)
        await driven.press(*["right"] * 6)
        assert screen.first_panel + screen.panel_count == len(titles)
        await driven.press(*["left"] * 5)
        assert screen.first_panel == 0
        await driven.press("o")
        assert len(driven.charts) == 1
        assert set(driven.shown.panels[0].groups) == {title[2:] for title in titles}
        await driven.press("o")
        assert {bars.series[0].label for bars in driven.shown.panels} == set(titles)
        await driven.press("G")
        assert screen.first_panel + screen.panel_count == len(titles)
        await driven.press("g", "o", "o")
        assert not driven.charts
        await driven.press("c")
        assert "There is no chart of this table." in driven.notices


async def test_where_there_is_much_room_the_chart_stands_beside_the_table() -> None:
    async with open_app(size=HUGE) as driven:
        await driven.press("3")
        assert driven.charts


async def test_marks_are_told_without_colour_too() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "space")
        listed = driven.app.screen.query_one("#list", OptionList)
        marks = [str(option.prompt)[:2] for option in listed.options]
        assert marks == ["  ", *(["✓ "] * (len(marks) - 1))]
        await driven.press("space")
        assert str(listed.options[0].prompt).startswith("✓ ")


async def test_the_matrix_is_saved_as_a_list_of_its_own() -> None:
    async with open_app() as driven:
        await driven.press("3")
        exports = dict(driven.shown.exports())
        assert next(iter(exports)) == "categories"
        assert exports["categories"]().data.columns[:2] == ["category", "candidate"]
        matrix = exports[MATRIX]()
        assert matrix.data.columns == ["category", *candidates(driven), "baseline_score"]
        assert matrix.name == f"delta_mini_mmlu_matrix_vs_{BASE}"
        await one_candidate(driven)
        assert MATRIX not in dict(driven.shown.exports())
