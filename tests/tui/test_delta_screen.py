"""Screen 3 in the real app: baseline, candidates, orders, lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from tests.tui.conftest import WIDE, Driven, open_app, run_file
from tui_eval.analysis.view import COVERAGE
from tui_eval.tui.screens.ask_number import NumberScreen
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.delta import DeltaScreen

BASE = "mock-3b-base @ 20261120_2336"
BIG = "mock-70b-instruct @ 20261120_2339"


def options(driven: Driven) -> list[str]:
    """The names in the chooser, without the marks."""
    assert isinstance(driven.screen, ChooseScreen)
    return list(driven.screen.shown)


def by_candidate(driven: Driven, column: str) -> list[list[float]]:
    parts = driven.frame.partition_by("candidate", maintain_order=True)
    return [part[column].to_list() for part in parts]


async def test_all_others_are_compared_with_the_first_run() -> None:
    async with open_app() as driven:
        await driven.press("3")
        assert driven.label(driven.view.baseline) == BASE
        assert "baseline mock-3b-base" in driven.context
        candidates = set(driven.column("candidate"))
        assert len(candidates) == 6
        assert BASE not in candidates
        deltas = driven.frame["candidate_score"] - driven.frame["baseline_score"]
        assert driven.column("delta") == pytest.approx(deltas.to_list())
        assert "mean Δ" in driven.words("#summary")
        assert "and 3 more: o" in driven.words("#summary")
        assert "Compared on fewer than all 7 categories: mock-flaky-8b" in driven.words("#notes")


async def test_the_baseline_is_chosen_and_is_no_candidate() -> None:
    async with open_app() as driven:
        await driven.press("3", "b", "down", "enter")
        assert driven.label(driven.view.baseline) == BIG
        assert BIG not in driven.column("candidate")
        assert BASE in driven.column("candidate")
        await driven.press("v")
        assert BIG not in options(driven)
        assert BASE in options(driven)
        await driven.press("escape", "b", "escape")
        assert driven.label(driven.view.baseline) == BIG


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
        assert set(driven.column("candidate")) == set(chosen)
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
        await driven.press("o", "o", "o", "o", "o", "o", "v", "a", "enter")
        assert len(set(driven.column("candidate"))) == 6


async def test_a_candidate_that_becomes_the_baseline_is_none_any_more() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "a", "space", "down", "space", "enter")
        await driven.press("b", "down", "enter")
        assert driven.label(driven.view.baseline) == BIG
        assert BIG not in driven.column("candidate")
        assert len(set(driven.column("candidate"))) == 1


async def test_s_goes_through_the_orders() -> None:
    async with open_app() as driven:
        await driven.press("3")
        for deltas in by_candidate(driven, "delta"):
            assert deltas == pytest.approx(sorted(deltas, reverse=True))
        await driven.press("s")
        assert driven.view == replace(driven.view, delta_sort="up")
        for deltas in by_candidate(driven, "delta"):
            assert deltas == pytest.approx(sorted(deltas))
        await driven.press("s")
        assert driven.view == replace(driven.view, delta_sort="abs")
        for deltas in by_candidate(driven, "delta"):
            sizes = [abs(delta) for delta in deltas]
            assert sizes == pytest.approx(sorted(sizes, reverse=True))
        await driven.press("s")
        assert driven.column("category") == sorted(driven.column("category"))
        assert "by name" in driven.context
        await driven.press("s")
        assert driven.view == replace(driven.view, delta_sort="down")


async def test_small_differences_are_hidden_and_shown_again() -> None:
    async with open_app() as driven:
        await driven.press("3", "x")
        every = driven.frame
        overview = driven.words("#summary")
        await driven.press("t")
        assert isinstance(driven.screen, NumberScreen)
        assert "0–100" in driven.words("#title")
        await driven.replace("101")
        await driven.press("enter")
        assert "Give a number from 0 to 100." in driven.words(".hint")
        await driven.replace("20")
        await driven.press("enter")
        assert driven.view.min_delta == pytest.approx(0.2)
        assert 0 < driven.frame.height < every.height
        assert min(abs(delta) for delta in driven.column("delta")) >= 20 - 1e-7
        assert "|Δ| ≥ 20, T lifts" in driven.context
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
        assert driven.frame.height > 30


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


async def test_o_goes_through_the_lists() -> None:
    async with open_app() as driven:
        await driven.press("3", "o")
        assert driven.context.startswith("overview of candidates")
        assert driven.frame.columns[:7] == [
            *("Candidate", "Mean Δ", "Median Δ", "Win", "Lose", "Tie", COVERAGE)
        ]
        means = driven.column("Mean Δ")
        assert means == sorted(means, reverse=True)
        assert "6/7" in driven.column(COVERAGE)
        assert driven.column("Runs")[0] == 3
        await driven.press("o")
        assert driven.context.startswith("most improved")
        assert min(driven.column("delta")) > 0
        await driven.press("o")
        assert driven.context.startswith("most declined")
        assert max(driven.column("delta")) < 0
        await driven.press("o")
        assert driven.context.startswith("flipped questions")
        assert driven.frame.columns[2:6] == ["baseline", "paired", "fixed", "broken"]
        await driven.press("o")
        assert driven.context.startswith("missing categories")
        assert driven.frame.rows() == [("mock-flaky-8b @ 20261120_2340", "anatomy")]
        await driven.press("o")
        assert driven.context.startswith("categories")


async def test_the_length_of_the_lists_is_set() -> None:
    async with open_app() as driven:
        await driven.press("3", "o", "o")
        for _ in range(12):
            await driven.pilot.press("minus")
        await driven.rest()
        assert driven.view.top == 1
        assert all(len(deltas) == 1 for deltas in by_candidate(driven, "delta"))
        best = {candidate: delta for _, candidate, *_, delta in driven.frame.iter_rows()}
        await driven.press("plus")
        assert driven.view.top == 2
        assert max(len(deltas) for deltas in by_candidate(driven, "delta")) == 2
        for candidate, delta in best.items():
            assert max(driven.frame.filter(candidate=candidate)["delta"]) == delta
        assert "at most 2 each" in driven.context
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
        assert driven.frame.height > 30


async def test_a_panel_a_candidate_follows_the_cursor() -> None:
    async with open_app(size=WIDE) as driven:
        await driven.press("3")
        titles = [bars.series[0].label for bars in driven.shown.panels]
        assert titles == list(dict.fromkeys(driven.column("candidate")))
        shown = len(driven.charts)
        assert 0 < shown <= len(titles)
        assert driven.shown.panels[0].diverging
        screen = driven.screen
        assert isinstance(screen, DeltaScreen)
        await driven.press("G")
        assert screen.first_panel + screen.panel_count == len(titles)
        await driven.press("g")
        assert screen.first_panel == 0
        await driven.press("o")
        assert len(driven.charts) == 1
        assert set(driven.shown.panels[0].groups) == set(titles)
        await driven.press("o", "o", "o")
        assert not driven.charts
        await driven.press("c")
        assert "There is no chart of this table." in driven.notices


async def test_marks_are_told_without_colour_too() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "space")
        listed = driven.app.screen.query_one("#list", OptionList)
        marks = [str(option.prompt)[:2] for option in listed.options]
        assert marks == ["  ", *(["✓ "] * (len(marks) - 1))]
        await driven.press("space")
        assert str(listed.options[0].prompt).startswith("✓ ")
