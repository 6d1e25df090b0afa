"""Screen 2 in the real app: every control, by its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input, OptionList, Select

from tests.tui.conftest import NARROW, SAMPLES, WIDE, Driven, open_app, run_file
from tui_eval.analysis.view import PAGE_SIZES, Threshold
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.facts import FactsScreen
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.screens.threshold import ThresholdScreen

BASE = "mock-3b-base @ 20261120_2336"
NEXT = "mock-8b-instruct @ 20261120_2337"


def runs_of(driven: Driven) -> list[str]:
    return driven.frame.columns[1:]


def means(driven: Driven) -> list[float]:
    mean = driven.frame.select(runs_of(driven)).mean_horizontal()
    return [round(value, 9) for value in mean.to_list()]


async def test_it_opens_on_the_first_dataset_best_mean_first() -> None:
    async with open_app() as driven:
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.view.dataset == "mini_mmlu"
        assert driven.context.startswith("mini_mmlu · accuracy_mean (dataset 1 of 2)")
        assert len(runs_of(driven)) == 7
        assert means(driven) == sorted(means(driven), reverse=True)
        assert driven.table.has_focus
        assert driven.words("#progress") == "7 runs"
    async with open_app(size=WIDE) as driven:
        files = sum(path.is_file() for path in SAMPLES.rglob("*"))
        assert driven.words("#progress") == f"7 runs in {files} files"


async def test_scale_multiplies_what_is_shown_and_nothing_else() -> None:
    async with open_app() as driven:
        before = driven.frame
        await driven.press("x")
        assert driven.view.scale == 100
        assert driven.column(BASE) == pytest.approx([value * 100 for value in before[BASE]])
        assert driven.column("category") == before["category"].to_list()
        assert "0–100" in driven.context
        assert driven.table.row_cells(0)[1].text.rstrip() == f"{before[BASE][0] * 100:.1f}"
        assert driven.shown.panels[0].high == 100
        await driven.press("x")
        assert driven.frame.equals(before)


async def test_s_goes_through_the_orders() -> None:
    async with open_app() as driven:
        await driven.press("s")
        assert driven.view == replace(driven.view, sort="mean")
        assert means(driven) == sorted(means(driven))
        assert "by mean ▲" in driven.context
        await driven.press("s")
        assert driven.column("category") == sorted(driven.column("category"))
        assert "by name" in driven.context
        await driven.press("s")
        assert driven.view == replace(driven.view, sort="-mean")
        assert means(driven) == sorted(means(driven), reverse=True)


async def test_the_run_at_the_cursor_sorts_and_turns_round() -> None:
    async with open_app() as driven:
        await driven.press("right")
        await driven.press("right_square_bracket")
        assert driven.label(driven.view.sort_run) == BASE
        down = driven.column(BASE)
        assert down == pytest.approx(sorted(down, reverse=True))
        await driven.press("right_square_bracket")
        assert driven.column(BASE) == pytest.approx(sorted(down))
        assert "by mock-3b-base ▲" in driven.context
        await driven.press("left", "right_square_bracket")
        assert driven.column("category") == sorted(driven.column("category"))
        await driven.press("s")
        assert driven.view == replace(driven.view, sort="-mean", sort_run=None)


async def test_a_click_on_a_heading_sorts() -> None:
    async with open_app() as driven:
        lines = [driven.table.render_line(y).text for y in range(3)]
        x, y = next((line.index("a mock"), y) for y, line in enumerate(lines) if "a mock" in line)
        await driven.pilot.click(driven.table, offset=(x, y))
        await driven.rest()
        assert driven.label(driven.view.sort_run) == BASE
        assert driven.column(BASE) == pytest.approx(sorted(driven.column(BASE), reverse=True))
        await driven.pilot.click(driven.table, offset=(1, 0))
        await driven.press("x")
        assert driven.view.sort == "name"


async def test_pages_are_real_and_the_chart_follows(large: Path) -> None:
    async with open_app([large]) as driven:
        assert driven.column("category") == [f"c{n:02}" for n in range(57)]
        assert "page" not in driven.context
        await driven.press("full_stop")
        screenful = driven.table.cursor_row
        assert 0 < screenful < 57
        await driven.press("comma")
        assert driven.table.cursor_row == 0
        await driven.press("p", "p")
        assert driven.column("category") == [f"c{n:02}" for n in range(20)]
        assert "page 1/3" in driven.context
        await driven.press("comma")
        assert "This is the first page." in driven.notices
        await driven.press("full_stop")
        assert driven.column("category") == [f"c{n:02}" for n in range(20, 40)]
        assert driven.shown.panels[0].groups == tuple(driven.column("category"))
        await driven.press("greater_than_sign")
        assert driven.column("category") == [f"c{n:02}" for n in range(40, 57)]
        assert "page 3/3" in driven.context
        await driven.press("full_stop")
        assert "This is the last page." in driven.notices
        assert "page 3/3" in driven.context
        await driven.press("comma", "less_than_sign")
        assert "page 1/3" in driven.context


async def test_page_sizes_go_round_and_start_at_the_first_page(large: Path) -> None:
    async with open_app([large]) as driven:
        for size in PAGE_SIZES:
            await driven.press("p", "full_stop")
            assert driven.column("category")[0] == (f"c{size}" if size < 57 else "c00")
            driven.view_screen.choose(page_size=size)  # type: ignore[attr-defined]
            await driven.rest()
            assert driven.view.page_size == size
            assert driven.column("category")[0] == "c00"
            assert driven.frame.height == min(size, 57)
        await driven.press("p")
        assert driven.view.page_size is None
        assert driven.frame.height == 57


async def test_a_filter_keeps_what_any_run_meets() -> None:
    async with open_app() as driven:
        best = driven.frame.select(
            "category", best=driven.frame.select(runs_of(driven)).max_horizontal()
        )
        await driven.press("t")
        assert isinstance(driven.screen, ThresholdScreen)
        assert "0–1" in driven.words("#title")
        await driven.replace("0.9")
        await driven.press("enter")
        assert driven.view.threshold == Threshold(at_least=True, value=0.9)
        expected = {name for name, top in best.iter_rows() if top >= 0.9}
        assert 0 < len(expected) < best.height
        assert set(driven.column("category")) == expected
        assert f"≥ 0.9 (any run): {len(expected)} left, T clears" in driven.context
        await driven.press("T")
        assert driven.view.threshold is None
        assert driven.frame.height == best.height


async def test_a_filter_at_most_a_value_for_one_run() -> None:
    async with open_app() as driven:
        await driven.press("x", "t")
        assert "0–100" in driven.words("#title")
        assert driven.screen.query_one(Input).value == "50"
        await driven.replace("30")
        driven.screen.query_one("#side", Select).focus()
        await driven.press("enter", "down", "enter")
        driven.screen.query_one("#run", Select).focus()
        await driven.press("enter", "down", "enter")
        driven.screen.query_one(Input).focus()
        await driven.press("enter")
        assert driven.view.threshold == Threshold(False, 0.3, driven.key(BASE))
        assert driven.column(BASE)
        assert max(driven.column(BASE)) <= 30
        assert f"≤ 30 ({BASE})" in driven.context
        await driven.press("x")
        assert f"≤ 0.3 ({BASE})" in driven.context


@pytest.mark.parametrize("typed", ["", "-", "1e999", "2"])
async def test_a_filter_that_is_no_number_of_the_scale_is_asked_for_again(typed: str) -> None:
    async with open_app() as driven:
        await driven.press("t")
        await driven.replace(typed)
        await driven.press("enter")
        assert isinstance(driven.screen, ThresholdScreen)
        assert "Type a number" in driven.words("#say")
        await driven.press("escape")
        assert driven.view.threshold is None


async def test_the_step_of_the_filter_follows_the_scale() -> None:
    async with open_app() as driven:
        await driven.press("plus")
        assert "There is no filter yet: t sets one." in driven.notices
        await driven.press("t", "enter", "plus")
        assert driven.view.threshold == Threshold(at_least=True, value=0.51)
        assert "≥ 0.51" in driven.context
        await driven.press("x", "minus", "minus")
        assert driven.view.threshold == Threshold(at_least=True, value=0.49)
        assert "≥ 49 " in driven.context


async def test_the_filter_stays_on_the_scale() -> None:
    async with open_app() as driven:
        assert isinstance(driven.screen, ScoresScreen)
        driven.screen.choose(threshold=Threshold(at_least=True, value=0.995))
        await driven.press("plus", "plus")
        assert driven.view.threshold == Threshold(at_least=True, value=1.0)


async def test_counts_step_by_one_and_have_no_scale() -> None:
    async with open_app() as driven:
        await choose(driven, "m", "unparsed_count")
        await driven.press("x")
        assert "0–1" not in driven.context
        await driven.press("t")
        assert driven.words("#title") == "Keep categories with a count"
        await driven.replace("7")
        await driven.press("enter", "plus")
        assert driven.view.threshold == Threshold(at_least=True, value=8.0)
        assert driven.column("category")
        assert driven.shown.report.foot is not None
        assert "total over" in driven.shown.report.foot["category"][0]


async def test_a_filter_that_leaves_nothing_says_so_and_hides_nothing_else() -> None:
    async with open_app() as driven:
        foot = driven.shown.report.foot
        assert foot is not None
        await driven.press("t")
        await driven.replace("1")
        await driven.press("enter")
        assert driven.frame.height == 0
        assert any("No category has a score ≥ 1 (any run)." in line for line in driven.drawn)
        assert "T clears" in driven.context
        assert driven.shown.report.foot is not None
        assert driven.shown.report.foot.equals(foot)
        await driven.press("c", "y", "e", "escape", "3")
        assert isinstance(driven.screen, DeltaScreen)
        assert driven.frame.height == 7
        await driven.press("2", "T")
        assert driven.frame.height == 7


async def test_search_goes_along_as_you_type_and_from_hit_to_hit() -> None:
    async with open_app() as driven:
        await driven.press("slash")
        assert driven.screen.query_one("#prompt").has_focus
        await driven.type("ASTRO")
        names = driven.column("category")
        hits = [place for place, name in enumerate(names) if "astro" in name]
        assert len(hits) == 2
        assert driven.table.cursor_row == hits[0]
        await driven.press("enter")
        assert driven.table.has_focus
        assert not driven.screen.query_one("#prompt").display
        await driven.press("n")
        assert driven.table.cursor_row == hits[1]
        await driven.press("n")
        assert driven.table.cursor_row == hits[0]
        await driven.press("N")
        assert driven.table.cursor_row == hits[1]


async def test_search_across_pages(large: Path) -> None:
    async with open_app([large]) as driven:
        await driven.press("p", "p")
        await driven.press("slash")
        await driven.pilot.press("c", "4", "5")
        await driven.rest()
        assert driven.column("category")[driven.table.cursor_row] == "c45"
        await driven.replace("5")
        await driven.press("enter")
        seen = [driven.column("category")[driven.table.cursor_row]]
        for _ in range(12):
            await driven.press("n")
            seen.append(driven.column("category")[driven.table.cursor_row])
        every = [f"c{n:02}" for n in range(57) if "5" in f"{n:02}"]
        assert len(every) == 12
        assert sorted(set(seen)) == every
        assert seen[0] == seen[12]
        await driven.press("N")
        assert driven.column("category")[driven.table.cursor_row] == seen[11]


async def test_quick_steps_across_pages_end_at_the_last_one(large: Path) -> None:
    async with open_app([large]) as driven:
        await driven.press("p", "p")
        screen = driven.screen
        assert isinstance(screen, ScoresScreen)
        screen.go_to_row(25)
        screen.go_to_row(38)
        await driven.rest()
        assert driven.column("category")[driven.table.cursor_row] == "c38"
        screen.go_to_row(50)
        screen.go_to_row(21)
        await driven.rest()
        assert driven.column("category")[driven.table.cursor_row] == "c21"


async def test_a_search_without_hits_says_so_and_esc_closes_it() -> None:
    async with open_app() as driven:
        await driven.press("slash")
        await driven.type("zz")
        await driven.press("enter")
        assert "No row has this name." in driven.notices
        await driven.press("slash")
        assert driven.screen.query_one("#prompt", Input).value == "zz"
        await driven.press("escape")
        assert driven.table.has_focus
        assert not driven.screen.query_one("#prompt").display
        row = driven.table.cursor_row
        await driven.press("n")
        assert driven.table.cursor_row == row


async def choose(driven: Driven, key: str, name: str) -> None:
    """Open a chooser with a key and take a name with the arrows."""
    await driven.press(key)
    assert isinstance(driven.screen, ChooseScreen)
    here = driven.screen.query_one(OptionList).highlighted
    assert here is not None
    step = driven.screen.shown.index(name) - here
    await driven.pilot.press(*(["down"] * step if step > 0 else ["up"] * -step))
    await driven.press("enter")


async def test_the_dataset_is_chosen() -> None:
    async with open_app() as driven:
        before = set(driven.column("category"))
        await choose(driven, "d", "mini_tmmlu")
        assert driven.view.dataset == "mini_tmmlu"
        assert not before & set(driven.column("category"))
        assert "(dataset 2 of 2)" in driven.context
        await driven.press("d", "escape")
        assert driven.view.dataset == "mini_tmmlu"


async def test_the_metric_is_chosen() -> None:
    async with open_app() as driven:
        accuracy = driven.frame
        for name in ("accuracy_std", "pass@1", "unparsed_rate"):
            await choose(driven, "m", name)
            assert driven.view.metric == name
            assert f"· {name}" in driven.context
            assert ("lower is better" in driven.context) == (name == "unparsed_rate")
        await driven.press("s", "s")
        assert not driven.frame.equals(accuracy.sort("category"))
        await driven.press("m")
        assert isinstance(driven.screen, ChooseScreen)
        assert driven.screen.marked == ("unparsed_rate",)
        highlighted = driven.screen.query_one(OptionList).highlighted
        assert highlighted == driven.screen.shown.index("unparsed_rate")


async def test_another_metric_lifts_the_filter() -> None:
    async with open_app() as driven:
        await driven.press("t", "enter")
        assert driven.view.threshold is not None
        await choose(driven, "m", "unparsed_count")
        assert driven.view.threshold is None


async def test_the_overview_has_a_row_a_dataset_and_enter_opens_one() -> None:
    async with open_app() as driven:
        await driven.press("o")
        assert driven.view.dataset is None
        assert driven.column("dataset") == ["mini_mmlu", "mini_tmmlu"]
        assert driven.context.startswith("all datasets")
        for key in ("s", "right_square_bracket"):
            await driven.press(key)
            assert "Datasets are sorted by name." in driven.notices
            driven.app.clear_notifications()
        assert driven.view == replace(driven.view, sort="-mean")
        await driven.press("t")
        assert "Choose a dataset first (d)." in driven.notices
        await driven.press("down", "enter")
        assert driven.view.dataset == "mini_tmmlu"
        assert "category" in driven.frame.columns
        await driven.press("o", "up", "o")
        assert driven.view.dataset == "mini_mmlu"


async def test_the_chart_is_shown_where_there_is_room_and_on_c() -> None:
    async with open_app(size=WIDE) as driven:
        assert len(driven.charts) == 1
        await driven.press("c")
        assert not driven.charts
        await driven.press("s")
        assert not driven.charts
        await driven.press("c")
        assert len(driven.charts) == 1
    async with open_app(size=NARROW) as driven:
        assert not driven.charts
        await driven.press("c")
        assert len(driven.charts) == 1
        assert driven.charts[0].region.y > driven.table.region.y


async def test_b_compares_with_the_run_at_the_cursor() -> None:
    async with open_app() as driven:
        await driven.press("b")
        assert "Put the cursor on a run first." in driven.notices
        await driven.press("right", "right", "b")
        assert isinstance(driven.screen, DeltaScreen)
        assert driven.label(driven.view.baseline) == NEXT
        deltas = [one.run for one in driven.shown.report.columns if one.kind == "delta"]
        assert len(deltas) == 6
        assert driven.view.baseline not in deltas


async def test_the_foot_says_over_how_many_and_what_was_reported(tmp_path: Path) -> None:
    run_file(tmp_path / "a", "a", {"x": 0.2, "y": 0.4, "z": 0.9}, average_accuracy=0.7)
    run_file(tmp_path / "b", "b", {"x": 0.6, "y": 0.8}, average_accuracy=0.7)
    async with open_app([tmp_path]) as driven:
        foot = driven.shown.report.foot
        assert foot is not None
        labels = foot["category"].to_list()
        assert labels == ["mean over own 2–3", "mean over common 2", "reported average"]
        first, second = runs_of(driven)
        assert foot[first].to_list() == pytest.approx([0.5, 0.3, 0.7])
        assert foot[second].to_list() == pytest.approx([0.7, 0.7, 0.7])
        assert "has 2 of 3 categories; missing: z." in driven.words("#notes")
        assert any("reported average" in line and "0.700" in line for line in driven.drawn)


async def test_a_cjk_category_is_never_cut_in_half(tmp_path: Path) -> None:
    name = "國立臺灣大學高等物理與化學工程概論期末測驗題庫"
    run_file(tmp_path, "m", {name: 0.5, "x": 0.4})
    async with open_app([tmp_path], size=NARROW) as driven:
        assert name in driven.first_cells
        assert {cell_len(line) for line in driven.drawn} == {80}
        drawn = next(line for line in driven.drawn if "國立" in line)
        assert "0.500" in drawn
        await driven.press("c")
        assert driven.charts


async def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    async with open_app([tmp_path / "absent"]) as driven:
        assert driven.frame.height == 0
        assert "0 runs, 1 refused" in driven.words("#progress")
        await driven.press("t", "o", "s", "right_square_bracket", "b", "m", "escape", "d", "escape")
        await driven.press("y", "Y", "x", "p", "full_stop", "slash", "escape", "c", "3", "o", "1")
        assert isinstance(driven.screen, FilesScreen)
        assert "absent" in driven.column("path")[0]


async def test_datasets_of_two_harnesses_are_put_side_by_side(own_config: Path) -> None:
    folder = SAMPLES.parent
    async with open_app([folder / "lm_eval", folder / "lighteval"]) as driven:
        driven.session.change(dataset="pocketquiz (lm_eval)")
        await driven.press("2")
        assert len(driven.runs) == 3
        assert "Perhaps the same: pocketquiz of lighteval." in driven.words("#notes")
        await driven.press("equals_sign", "enter")
        assert len(driven.runs) == 6
        assert driven.view.dataset == "pocketquiz"
        assert "Side by side because you chose" in driven.words("#notes")
        assert own_config.exists()
    async with open_app([folder / "lm_eval", folder / "lighteval"]) as driven:
        driven.session.change(dataset="pocketquiz")
        await driven.press("2")
        assert len(driven.runs) == 6
        await driven.press("equals_sign", "space", "space", "a", "a", "enter")
        assert driven.view.dataset == "pocketquiz (lighteval)"
        assert len(driven.runs) == 3


async def test_a_hit_that_is_gone_when_its_page_comes_ends_the_search(tmp_path: Path) -> None:
    run_file(tmp_path, "m", {f"c{number:02}": number / 20 for number in range(11)})
    async with open_app([tmp_path]) as driven:
        driven.session.change(page_size=10, sort="name")
        screen = driven.view_screen
        assert isinstance(screen, ScoresScreen)
        screen.update_view()
        await driven.rest()
        screen.go_to_row(10)
        driven.session.change(threshold=Threshold(at_least=True, value=0.3))
        screen.update_view()
        await driven.rest()  # it would never come to rest
        assert driven.frame.height == 5


async def test_reading_anew_keeps_the_dataset_that_was_chosen(tmp_path: Path) -> None:
    for number, dataset in enumerate(("alpha", "beta", "gamma")):
        run_file(tmp_path / dataset, f"m{number}", {"x": 0.5}, dataset=dataset)
    async with open_app([tmp_path]) as driven:
        await choose(driven, "d", "beta")
        await driven.press("enter")
        before = driven.view
        assert (before.dataset, before.category) == ("beta", "x")
        await driven.press("r")
        assert driven.view == before


async def test_a_filter_by_a_run_that_is_not_open_is_lifted_and_comes_back(tmp_path: Path) -> None:
    for name in ("m", "n"):
        run_file(tmp_path / name, name, {"x": 0.5, "y": 0.1})
    async with open_app([tmp_path]) as driven:
        m, n = (driven.key(f"{name} @ 20260101_0000") for name in "mn")
        threshold = Threshold(at_least=True, value=0.3, run=m)
        driven.session.change(threshold=threshold, sort_run=m)
        driven.session.open(frozenset({n}))
        driven.view_screen.update_view()
        await driven.rest()
        assert (driven.view.threshold, driven.view.sort_run) == (None, None)
        assert driven.frame.height == 2
        driven.session.open(None)
        assert (driven.view.threshold, driven.view.sort_run) == (threshold, m)


async def test_facts_of_a_run_that_has_gone_are_not_asked_for(tmp_path: Path) -> None:
    for name in ("m", "n"):
        run_file(tmp_path / name, name, {"x": 0.5})
    async with open_app([tmp_path]) as driven:
        await driven.press("right", "right")
        run = driven.view_screen.run_at_cursor()
        loaded = driven.session.data.loaded
        assert run is not None
        assert loaded is not None
        rest = loaded.tables.only([one for one in loaded.tables.labels if one != run])
        data = replace(driven.session.data, loaded=loaded._replace(tables=rest))
        driven.session.take(data)
        await driven.view_screen.action_facts()
        await driven.view_screen.action_difference()
        await driven.rest()
        assert not isinstance(driven.screen, FactsScreen)
