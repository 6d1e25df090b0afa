"""Screen 4 in the real app: questions, what was answered, filters, search of the texts."""

from __future__ import annotations

import json
import random
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.cells import cell_len
from textual.widgets import Input, OptionList

from tests.tui.conftest import HUGE, NARROW, WIDE, Driven, open_app, run_file, until
from tui_eval.loading.passes import Samples, read_samples
from tui_eval.render.answers.layout import Question, Response
from tui_eval.tui.screens.choose import ChooseScreen
from tui_eval.tui.screens.copy_which import CopyWhichScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.export import ExportScreen
from tui_eval.tui.screens.facts import FactsScreen
from tui_eval.tui.screens.files import FilesScreen
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.widgets.answer_pane import AnswerPane

SAMPLES = Path(__file__).parents[2] / "samples"
LM_EVAL, TWINKLE = SAMPLES / "lm_eval", SAMPLES / "twinkle"
OAK, SMALL, LARGE = (
    f"mock/{name} @ 2026-11-21T05-54-{seconds}"
    for name, seconds in (
        ("oak-8b-chat", "19.881339"),
        ("pine-1b", "02.452503"),
        ("pine-7b", "11.556978"),
    )
)


def pane(driven: Driven) -> AnswerPane:
    return driven.screen.query_one(AnswerPane)


def question(driven: Driven) -> Question:
    found = pane(driven).question
    assert found is not None
    return found


def responses(driven: Driven) -> tuple[Response, ...]:
    return question(driven).responses


def answer_of(response: Response) -> str | None:
    """What a run wrote."""
    assert response.answer is not None
    return response.answer.response


def written(driven: Driven) -> str:
    """All lines of the answers."""
    return "\n".join("".join(text for text, _ in line) for line in pane(driven)._lines)


def highlighted(driven: Driven) -> str:
    """The name at which a chooser begins."""
    assert isinstance(driven.screen, ChooseScreen)
    listed = driven.screen.query_one("#list", OptionList)
    assert listed.highlighted is not None
    return str(listed.get_option_at_index(listed.highlighted).prompt)


async def choose(driven: Driven, key: str, name: str) -> None:
    """Open a chooser and take a name of it."""
    await driven.press(key, "home")
    seen: list[str] = []
    while not highlighted(driven).removeprefix("✓").strip().startswith(name):
        assert highlighted(driven) not in seen, f"no {name} among {seen}"
        seen.append(highlighted(driven))
        await driven.press("down")
    await driven.press("enter")


async def ask(driven: Driven, where: str) -> None:
    """Give a condition."""
    await driven.press("ampersand")
    prompt = driven.screen.query_one("#prompt", Input)
    prompt.value = where
    await driven.press("enter")


async def look_for(driven: Driven, pattern: str) -> None:
    """Search the texts."""
    await driven.press("slash")
    driven.screen.query_one("#prompt", Input).value = pattern
    await driven.press("enter")


class TestOpening:
    @pytest.mark.parametrize(
        ("harness", "count"),
        [("lm_eval", 8), ("lighteval", 8), ("evalscope", 8), ("mixeval", 1), ("twinkle", 20)],
    )
    async def test_enter_on_a_score_shows_the_answers_of_its_category(
        self, harness: str, count: int
    ) -> None:
        async with open_app([SAMPLES / harness], NARROW) as driven:
            category = driven.first_cells[0]
            runs = [run for run in driven.runs if run != "n"]
            await driven.press("enter")
            assert isinstance(driven.screen, SamplesScreen)
            assert driven.view.category == category
            assert category in driven.context
            assert f"{count} question" in driven.context
            assert driven.frame.height == count
            assert len(responses(driven)) == len(runs)
            letters = [response.letter for response in responses(driven)]
            assert letters == list("abcdefg"[: len(runs)])
            assert question(driven).target is not None
            assert question(driven).prompt
            for size in (NARROW, WIDE, HUGE):
                await driven.pilot.resize_terminal(*size)
                await driven.rest()
                assert len(driven.drawn) == size[1]
                assert any("target:" in line for line in driven.drawn)
                assert "4 Samples" in driven.drawn[0]
                assert any(line.startswith(f" {driven.first_cells[0]} ") for line in driven.drawn)

    async def test_scores_are_those_of_the_files(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            reported = driven.frame.row(0, named=True)
            await driven.press("4")
            for name, run in (("a", OAK), ("b", SMALL), ("c", LARGE)):
                mean = driven.frame[f"{name}.score"].mean()
                assert mean == pytest.approx(reported[run])

    async def test_the_group_is_the_mean_of_all_its_questions(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            rows = {row["category"]: row[OAK] for row in driven.frame.iter_rows(named=True)}
            await driven.press("4")
            assert driven.view.category is None
            assert driven.frame.height == 24
            for category, value in rows.items():
                own = driven.frame.filter(category=category)
                assert own["a.score"].mean() == pytest.approx(value)

    async def test_enter_on_a_difference_opens_the_pair(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "G", "right", "right")
            category = driven.column("category")[-1]
            assert driven.table.cursor_key == LARGE
            await driven.press("enter")
            assert isinstance(driven.screen, SamplesScreen)
            assert driven.labels(driven.view.sample_runs) == [OAK, LARGE]
            assert driven.view.category == category
            assert driven.view.where == ""
            assert [one.label for one in responses(driven)] == ["oak-8b-chat", "pine-7b"]
            delta = (driven.frame["b.score"] - driven.frame["a.score"]).mean()
            await driven.press("3")
            assert driven.column(LARGE)[-1] == pytest.approx(delta)
            await driven.press("left", "left", "enter")  # a category is of all runs
            assert driven.view.sample_runs is None
            assert len(responses(driven)) == 3

    async def test_enter_on_flips_shows_what_changed_as_counted(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "o", "o", "o", "o")
            flips = driven.frame
            assert flips.height == 2 + 6
            for number, row in enumerate(flips.iter_rows(named=True)):
                driven.table.move_cursor(row=number)
                await driven.press("enter")
                assert driven.labels(driven.view.sample_runs) == [OAK, row["candidate"]]
                told = driven.frame["flip"].value_counts().rows()
                assert dict(told) == {name: row[name] for name in ("fixed", "broken") if row[name]}
                if driven.frame.is_empty():
                    assert any("No question meets the condition." in line for line in driven.drawn)
                await driven.press("3")

    async def test_flips_count_all_candidates_after_one_was_opened(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "o", "o", "o", "o")
            before = driven.frame
            assert before["paired"].to_list() == [24, 8, 8, 8] * 2
            await driven.press("enter", "3")
            assert driven.frame.equals(before)

    async def test_flips_of_other_lists_are_read_when_they_are_shown(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("3")
            assert driven.session.samples is None
            await driven.press("o", "o", "o", "o")
            assert driven.session.samples is not None
            assert driven.session.samples.is_whole
            assert len(set(driven.column("candidate"))) == 6

    async def test_the_overview_opens_all_of_the_dataset(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "o", "enter")
            assert isinstance(driven.screen, SamplesScreen)
            assert driven.view.category is None
            assert driven.frame.height == 24
            assert "category" in driven.frame.columns[:2]

    async def test_numbers_go_from_screen_to_screen_and_esc_comes_back(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4")
            assert isinstance(driven.screen, SamplesScreen)
            await driven.press("escape")
            assert isinstance(driven.screen, ScoresScreen)
            for key, kind in (("3", DeltaScreen), ("2", ScoresScreen), ("1", FilesScreen)):
                await driven.press(key)
                assert isinstance(driven.screen, kind)
            await driven.press("4", "j", "j", "1", "4")
            assert driven.table.cursor_row == 2
            await driven.press("ctrl+q")
            assert not driven.app.is_running

    async def test_without_a_dataset_it_says_what_to_choose(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("o", "4")
            assert any("Choose a dataset (d)." in line for line in driven.drawn)
            for key in (
                "C",
                "f",
                "b",
                "v",
                "full_stop",
                "right_square_bracket",
                "s",
                "e",
                "y",
                "Y",
            ):
                await driven.press(key)
                if not isinstance(driven.screen, SamplesScreen):
                    await driven.press("escape")
                assert isinstance(driven.screen, SamplesScreen)
            await driven.press("d", "enter")
            assert driven.frame.height > 0


class TestRunsWithoutAnswers:
    async def test_none_has_any(self, tmp_path: Path) -> None:
        run_file(tmp_path / "a", "a", {"x": 0.5})
        run_file(tmp_path / "b", "b", {"x": 0.25})
        async with open_app([tmp_path]) as driven:
            await driven.press("enter")
            assert isinstance(driven.screen, SamplesScreen)
            told = "No answers of these runs: their files are not among those that"
            assert any(told in line for line in driven.drawn)
            assert pane(driven).question is None
            await driven.press("J", "K", "full_stop", "comma", "greater_than_sign", "w", "t", "p")
            await driven.press("right_square_bracket", "s", "y", "z", "i")
            assert isinstance(driven.screen, ChooseScreen)  # which run the facts are of
            await driven.press("escape", "e")
            assert "There is nothing to save yet." in driven.notices
            await look_for(driven, "x")
            await ask(driven, "score > 0")
            await driven.press("3", "o", "o", "o", "o")
            assert any("No answers to compare." in line for line in driven.drawn)

    async def test_some_have_none_which_is_said(self, tmp_path: Path) -> None:
        folder = tmp_path / "results"
        shutil.copytree(LM_EVAL, folder)
        for file in (folder / "mock__pine-1b").glob("samples_*"):
            file.unlink()
        async with open_app([folder]) as driven:
            await driven.press("enter")
            assert len(responses(driven)) == 2
            assert driven.words("#notes").startswith(f"No answers of {SMALL}: they were saved")
            await driven.press("v", "a", "enter")
            assert len(responses(driven)) == 1
            await choose(driven, "b", LARGE)
            assert [one.label for one in responses(driven)] == ["pine-7b", "oak-8b-chat"]


class TestFilters:
    async def test_presets_keep_what_their_names_say(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "right", "enter", "C", "home", "enter")
            whole = driven.frame
            a, b = whole["a.score"], whole["b.score"]
            wanted = {
                "fixed": (a < b),
                "broken": (a > b),
                "changed": (a != b),
                "both wrong": (a + b == 0),
                "all wrong": (a + b == 0),
                "disagree": (a != b),
                "unparsed": (a > 2),
            }
            for preset, rows in wanted.items():
                await choose(driven, "f", preset)
                assert driven.frame["sample"].to_list() == whole.filter(rows)["sample"].to_list()
                count = rows.sum()
                assert f"only {preset}" in driven.context
                assert f"{min(1, count)} of {count} shown, 24 questions in all" in driven.context
            await driven.press("T")
            assert driven.frame.equals(whole)
            assert "only" not in driven.context
            assert "1 of 24 questions" in driven.context
            await choose(driven, "f", "fixed")
            await choose(driven, "f", "all")
            assert driven.frame.equals(whole)
            await driven.press("f", "escape")
            assert driven.frame.equals(whole)

    async def test_counts_of_presets_say_that_not_all_is_read(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "right", "enter", "f")
            assert any("Show only questions that are … " in line for line in driven.drawn)
            assert not any("counted so far" in line for line in driven.drawn)
            samples = driven.session.samples
            assert samples is not None
            await driven.press("escape")
            driven.session.samples = replace(samples, done=samples.total - 1)
            await driven.press("T", "f")
            assert any("(counted so far)" in line for line in driven.drawn)

    async def test_the_answers_are_those_of_the_first_question_kept(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("3", "right", "enter", "j", "j")
            await choose(driven, "f", "both wrong")
            assert driven.table.cursor_row == 0
            assert [one.score for one in responses(driven)] == ["0.000", "0.000"]

    async def test_nothing_kept_shows_no_answers(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4", "j")
            await ask(driven, "score > 7")
            assert driven.frame.is_empty()
            assert any("No question meets the condition." in line for line in driven.drawn)
            assert pane(driven).question is None
            await driven.press("J", "K", "enter", "enter", "full_stop", "x", "n", "y")
            await driven.press("T")
            assert driven.frame.height == 24
            assert pane(driven).question is not None

    async def test_a_condition_is_typed_and_asked_again(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("enter", "ampersand")
            assert "a.correct and not b.correct" in driven.drawn[-2]
            await driven.type("a.wrong and len")
            await driven.press("left_parenthesis")
            await driven.type("a.response")
            await driven.press("right_parenthesis", "space", "greater_than_sign")
            await driven.type(" 9")
            await driven.press("enter")
            assert driven.view.where == "a.wrong and len(a.response) > 9"
            assert 0 < driven.frame.height < 20
            assert min(driven.column("a.length")) > 9
            assert max(driven.column("a.score")) < 0.5
            assert driven.screen.focused is driven.table
            await driven.press("ampersand")
            assert driven.screen.query_one(Input).value == driven.view.where
            await driven.replace("")
            await driven.press("enter")
            assert driven.view.where == ""

    async def test_a_bad_condition_is_told_and_the_prompt_stays(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4")
            for where, told, place in (
                ("a.wrnog", "did you mean wrong?", 2),
                ("a.wrong and", "found the end", 11),
                ("z.wrong", "there is no run ‘z’; runs are a to c", 0),
                ("__import__('os')", "unknown name", 0),
                ("score < 'x'", "compared with a number", 8),
                ("(" * 60, "parentheses", 41),
                ("a.wrong; [bold]", "‘;’ is not understood", 7),
            ):
                await ask(driven, where)
                assert told in driven.words("#complaint")
                prompt = driven.screen.query_one("#prompt", Input)
                assert prompt.display
                assert prompt.value == where
                assert prompt.cursor_position == place
                assert driven.screen.focused is prompt
                assert driven.view.where == ""
                await driven.press("escape")
                assert not prompt.display
                assert driven.words("#complaint") == ""
            assert driven.frame.height == 24

    async def test_what_is_wrong_is_said_as_one_types_as_long_as_it_is(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4", "ampersand")
            assert driven.words("#complaint") == ""
            await driven.type("broken and a.scor")
            assert "did you mean score? (character 14)" in driven.words("#complaint")
            assert any("did you mean score?" in line for line in driven.drawn[-3:])
            await driven.type("e")
            assert "‘score’ is a number" in driven.words("#complaint")
            await driven.press("space", "greater_than_sign")
            await driven.type(" 0.5")
            assert driven.words("#complaint") == ""
            await driven.press("enter")
            assert driven.view.where == "broken and a.score > 0.5"
            assert driven.frame.height == 10

    async def test_a_preset_may_be_typed(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4")
            await ask(driven, "fixed")
            assert set(driven.column("b.score")) == {1.0}
            await driven.press("ampersand")
            assert driven.screen.query_one(Input).value == 'flip == "fixed"'

    async def test_a_condition_on_a_run_that_goes_is_lifted(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4")
            await ask(driven, "c.wrong")
            assert 0 < driven.frame.height < 24
            await driven.press("v", "a", "a", "a", "enter")
            assert driven.view.where == ""
            assert driven.frame.height == 24
            assert any("The filter was cleared: there is no run ‘c’" in n for n in driven.notices)
            await driven.press("f")
            listed = driven.screen.query_one("#list", OptionList)
            offered = [str(option.prompt) for option in listed.options]
            assert not any("both wrong" in name for name in offered)
            assert any("all wrong" in name for name in offered)


class TestOrder:
    async def test_a_column_sorts_and_again_the_other_way(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("enter")
            asked = driven.column("id")
            assert asked == [str(number) for number in range(20)]
            await driven.press("right", "right_square_bracket")
            assert "Texts have no order: choose another column." in driven.notices
            assert driven.column("id") == asked
            await driven.press("right", "right", "right_square_bracket")
            scores = driven.column("a.score")
            assert scores == sorted(scores)
            assert "by a.score ▲" in driven.context
            await driven.press("right_square_bracket")
            assert driven.column("a.score") == pytest.approx(sorted(scores, reverse=True))
            assert "by a.score ▼" in driven.context
            driven.table.move_cursor(column_key="a.length")
            await driven.press("right_square_bracket")
            assert driven.column("a.length") == sorted(driven.column("a.length"))
            await driven.press("s")
            assert driven.column("id") == asked
            assert " by " not in driven.context
            driven.table.move_cursor(column_key="id")
            await driven.press("right_square_bracket")
            await driven.press("right_square_bracket")
            assert driven.column("id") == asked[::-1]

    async def test_the_answers_follow_the_order(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "right", "right", "right")
            await driven.press("right_square_bracket", "right_square_bracket")
            assert responses(driven)[0].score == "1.000"
            await driven.press("right_square_bracket")
            assert responses(driven)[0].score == "0.000"


class TestSearch:
    async def test_hits_are_found_and_gone_through(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4", "slash")
            assert "regular expression" in driven.drawn[-2]
            await driven.type("capital of")
            assert driven.table.cursor_row == 0
            await driven.press("enter")
            assert driven.screen.focused is driven.table
            [told] = [notice for notice in driven.notices if "found" in notice]
            count = int(told.split()[0])
            assert count > 1
            rows = []
            for _ in range(count):
                rows.append(driven.table.cursor_row)
                assert "capital of" in question(driven).prompt[-1].text
                await driven.press("n")
            assert rows == sorted(set(rows))
            assert driven.table.cursor_row == rows[0]
            await driven.press("N")
            assert driven.table.cursor_row == rows[-1]
            others = set(range(24)) - set(rows)
            for row in others:
                driven.table.move_cursor(row=row)
                await driven.rest()
                assert "capital of" not in question(driven).prompt[-1].text

    async def test_answers_and_references_are_searched_too(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            await driven.press("4")
            await look_for(driven, r"step by step\. \n#### \d+$")
            assert any("found: n and N" in notice for notice in driven.notices)
            texts = [one.answer.response for one in responses(driven) if one.answer]
            assert any(text and "step by step. \n####" in text for text in texts)

    async def test_capitals_make_case_matter(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            await look_for(driven, "portugal")
            assert "1 question found: n and N go to the next, the previous." in driven.notices
            await look_for(driven, "PORTUGAL")
            assert "nothing found." in driven.notices

    async def test_no_expression_is_told_and_the_prompt_stays(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            for pattern in ("(", "(?=x)", r"(a)\1", "a{1000}{1000}", "(k{1000}){327}"):
                await look_for(driven, pattern)
                assert driven.notices == ["This is not a regular expression."], pattern
                assert driven.screen.query_one("#prompt").display
                driven.app.clear_notifications()
                await driven.press("escape")
                assert driven.frame.height == 8

    async def test_hits_are_those_of_the_rows_that_are_shown(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "G")
            await look_for(driven, "capital")
            here = driven.frame["sample"][driven.table.cursor_row]
            await driven.press("right_square_bracket", "right_square_bracket")  # id, down
            await driven.press("g", "n", "N")
            rows = {driven.table.cursor_row}
            await driven.press("n")
            rows.add(driven.table.cursor_row)
            assert here in {driven.frame["sample"][row] for row in rows}
            assert 0 not in rows

    async def test_a_hit_below_the_fold_is_jumped_to_and_marked(self, tmp_path: Path) -> None:
        folder = shutil.copytree(LM_EVAL, tmp_path / "results")
        for file in folder.rglob("samples_pocketquiz_geography_*"):
            shots = "".join(f"Shot {number}.\\n" for number in range(60))
            file.write_text(file.read_text().replace("Question:", f"{shots}Question:"))
        async with open_app([folder]) as driven:
            await driven.press("enter")
            await look_for(driven, "shot 30")
            marked = [line for line in pane(driven)._lines if ("Shot 30", "hit") in line]
            assert len(marked) == 1
            assert any("Shot 30." in line for line in driven.drawn)
            assert "‘shot 30’ 1/8" in driven.context
            for place in (2, 3):
                await driven.press("n")
                assert driven.table.cursor_row == place - 1
                assert f"‘shot 30’ {place}/8" in driven.context
                assert any("Shot 30." in line for line in driven.drawn)
            await driven.press("N", "N", "N")
            assert "‘shot 30’ 8/8" in driven.context
            await look_for(driven, "")
            assert "‘" not in driven.context
            assert not any(style == "hit" for line in pane(driven)._lines for _, style in line)

    async def test_hits_out_of_sight_come_before_the_next_question(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            await driven.press("4")
            await look_for(driven, "####")
            rows, tops = [], []
            for _ in range(6):
                rows.append(driven.table.cursor_row)
                tops.append(pane(driven).scroll_offset.y)
                await driven.press("n")
            assert rows[0] == rows[1]
            assert tops[0] < tops[1]
            assert rows[-1] > rows[0]

    async def test_an_empty_search_ends_it(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            await look_for(driven, "capital")
            await look_for(driven, "")
            row = driven.table.cursor_row
            await driven.press("n", "N")
            assert driven.table.cursor_row == row


class TestChoices:
    async def test_category(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            await choose(driven, "C", "pocketquiz_science")
            assert driven.view.category == "pocketquiz_science"
            assert set(driven.column("category")) == {"pocketquiz_science"}
            await choose(driven, "C", "all of pocketquiz")
            assert driven.view.category is None
            assert driven.frame.height == 24
            await driven.press("C", "escape")
            assert driven.frame.height == 24

    async def test_another_dataset_has_other_categories(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            await choose(driven, "d", "pocketquiz_short")
            assert driven.view.category is None
            assert driven.frame.height == 12

    async def test_metric(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            await driven.press("4")
            assert "strict-match" in driven.context
            strict = driven.frame["b.score"].sum()
            await choose(driven, "m", "exact_match, flexible-extract")
            assert "flexible-extract" in driven.context
            assert driven.frame["b.score"].sum() > strict

    async def test_baseline_and_runs(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4")
            await choose(driven, "b", LARGE)
            assert responses(driven)[0].label == "pine-7b"
            assert driven.label(driven.view.baseline) == LARGE
            await driven.press("v")
            assert isinstance(driven.screen, ChooseScreen)
            assert driven.screen.shown == (OAK, SMALL)
            await driven.press("space", "enter")
            assert driven.labels(driven.view.sample_runs) == [LARGE, SMALL]
            assert "flip" in driven.frame.columns
            await driven.press("v", "escape")
            assert driven.labels(driven.view.sample_runs) == [LARGE, SMALL]

    async def test_scale(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "j", "x")
            assert set(driven.column("a.score")) == {0.0, 100.0}
            assert responses(driven)[0].score == "100.0"
            assert driven.table.cursor_row == 1
            await ask(driven, "a.score == 1")
            assert set(driven.column("a.score")) == {100.0}

    async def test_facts_of_the_run_at_the_cursor(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "i")
            assert isinstance(driven.screen, ChooseScreen)
            await driven.press("escape", *["right"] * 4, "i")
            assert SMALL in driven.words("#title")
            await driven.press("escape", "I")
            assert SMALL in driven.words("#title")
            assert OAK in driven.words("#title")


class TestAnswers:
    async def test_attempts(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("enter")
            a = [responses(driven)[0]]
            assert a[0].attempt == "attempt 1 of 3"
            for number in (2, 3):
                await driven.press("full_stop")
                a.append(responses(driven)[0])
                assert a[-1].attempt == f"attempt {number} of 3"
            await driven.press("full_stop", "full_stop")
            assert responses(driven)[0].attempt == "attempt 3 of 3"
            mean = sum(float(one.score) for one in a) / 3
            assert driven.column("a.score")[0] == pytest.approx(mean)
            await driven.press("comma", "x")
            assert responses(driven)[0].attempt == "attempt 2 of 3"
            await driven.press("comma", "comma", "comma")
            assert responses(driven)[0].attempt == "attempt 1 of 3"
            await driven.press("full_stop", "J")
            assert responses(driven)[0].attempt == "attempt 1 of 3"

    async def test_reasoning_is_folded_and_shown(self) -> None:
        async with open_app([TWINKLE], HUGE) as driven:
            await driven.press("enter")
            await choose(driven, "b", "org/mock-reasoner")
            answer = responses(driven)[0].answer
            assert answer is not None
            assert answer.reasoning
            assert "t shows it" in written(driven)
            assert answer.reasoning.split("\n")[0] not in written(driven)
            await driven.press("t")
            assert answer.reasoning.split("\n")[0][:20] in written(driven)
            await driven.press("J")
            assert "t shows it" not in written(driven)
            await driven.press("t")
            assert "t shows it" in written(driven)

    async def test_words_that_differ_are_marked(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            await driven.press("4")
            styles = {style for line in pane(driven)._lines for _, style in line}
            assert "insert" not in styles
            await driven.press("w")
            styles = {style for line in pane(driven)._lines for _, style in line}
            assert {"insert", "delete"} <= styles
            assert "words" in written(driven)
            await driven.press("w")
            styles = {style for line in pane(driven)._lines for _, style in line}
            assert "insert" not in styles

    async def test_long_prompts_are_folded(self, tmp_path: Path) -> None:
        folder = shutil.copytree(LM_EVAL, tmp_path / "results")
        for file in folder.rglob("samples_pocketquiz_geography_*"):
            shots = "".join(f"Shot {number}.\\n" for number in range(40))
            file.write_text(file.read_text().replace("Question:", f"{shots}Question:"))
        async with open_app([folder]) as driven:
            await driven.press("enter")
            assert "lines more" in written(driven)
            folded = written(driven).count("\n")
            await driven.press("p")
            assert "lines more" not in written(driven)
            assert written(driven).count("\n") > folded
            await driven.press("p")
            assert written(driven).count("\n") == folded

    async def test_enter_gives_the_answers_the_screen(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "enter")
            assert not driven.table.display
            assert driven.screen.focused is pane(driven)
            assert (
                driven.drawn[2].strip()
                == f"{driven.column('id')[0]} · {driven.view.category} · 1 of 8"
            )
            assert "prompt" in driven.drawn[3]
            await driven.press("J")
            assert "2 of 8" in driven.drawn[2]
            assert "Who" in driven.drawn[4] or "Kenya" in driven.drawn[4]
            assert responses(driven)[0].score == "1.000"
            await driven.press("J", "J", "K")
            assert driven.table.cursor_row == 2
            await driven.press("tab")
            assert driven.screen.focused is pane(driven)
            await driven.press("enter")
            assert driven.table.display
            assert driven.screen.focused is driven.table
            await driven.press("enter", "escape")
            assert driven.table.display
            await driven.press("tab")
            assert driven.screen.focused is pane(driven)
            await driven.press("enter", "enter", "tab", "tab")
            assert driven.screen.focused is driven.table

    async def test_y_copies_the_text_whose_key_follows(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copied: list[str] = []

        def copy(text: str, write_osc52: Callable[[str], None]) -> object:
            copied.append(text)
            return type("Copied", (), {"sentence": "Sent to the terminal (OSC 52)."})()

        monkeypatch.setattr("tui_eval.tui.clipboard.copy", copy)
        async with open_app([TWINKLE]) as driven:
            await driven.press("enter", "enter")
            shown = question(driven)
            for key, what, text in (
                ("p", "Prompt", "\n\n".join(message.text for message in shown.prompt)),
                ("t", "Target", shown.target),
                ("a", "Answer of a", answer_of(shown.responses[0])),
                ("c", "Answer of c", answer_of(shown.responses[2])),
            ):
                assert text is not None
                await driven.press("y")
                assert isinstance(driven.screen, CopyWhichScreen)
                await driven.press("x")  # the key of no text
                assert isinstance(driven.screen, CopyWhichScreen)
                await driven.press(key)
                assert isinstance(driven.screen, SamplesScreen)
                assert copied[-1] == text
                count = f"{len(text)} character{'s' * (len(text) != 1)}"
                assert driven.notices[-1] == f"{what}, {count}: sent to the terminal (OSC 52)."
            await driven.press("y", "escape")
            assert len(copied) == 4
            await driven.press("escape", "tab", "y")  # in the pane beside the questions too
            assert isinstance(driven.screen, CopyWhichScreen)

    async def test_in_the_reader_the_texts_are_what_is_saved_first(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            assert isinstance(driven.view_screen, SamplesScreen)
            assert driven.view_screen.exports()[0][0].startswith("the questions shown")
            await driven.press("enter")
            words, report = driven.view_screen.exports()[0]
            assert words == "the texts of this question"
            assert report().frame.height == len(responses(driven))

    async def test_z_unfolds_all_and_folds_it_again(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("enter", "enter", "z")
            assert not any(f"{key} shows" in written(driven) for key in "ptz")
            reader = pane(driven)
            folds = reader.folds_prompt, reader.folds_reasoning, reader.folds_rest
            assert not any(folds)
            await driven.press("t", "z")
            assert not reader.folds_reasoning
            await driven.press("z")
            assert reader.folds_prompt
            assert reader.folds_rest

    async def test_facts_in_the_reader_are_of_the_leftmost_run(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "enter", "greater_than_sign", "i")
            assert isinstance(driven.screen, FactsScreen)
            selection = driven.session.selection
            assert selection is not None
            runs = {letter: run for run, letter in selection.letters.items()}
            assert driven.words("#title") == driven.label(runs["b"])

    async def test_a_prompt_closes_before_the_answers(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "enter", "slash", "escape")
            assert not driven.table.display
            assert driven.screen.focused is pane(driven)
            await look_for(driven, "capital")
            assert driven.screen.focused is pane(driven)
            await driven.press("n", "escape")
            assert driven.table.display

    async def test_keys_at_the_ends_stay_there(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "K")
            assert driven.table.cursor_row == 0
            await driven.press("G", "J")
            assert driven.table.cursor_row == 7
            await driven.press("less_than_sign")
            assert pane(driven).first_run == 0
            await driven.press(*["greater_than_sign"] * 5)
            assert pane(driven).first_run == 2
            assert "c pine-7b" in written(driven)
            assert "a oak" not in written(driven)

    async def test_what_is_read_stays_where_it_is_when_nothing_of_it_changes(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            await driven.press("4", "tab", "j", "j", "j")
            assert pane(driven).scroll_offset.y == 3
            await driven.press("x")
            assert pane(driven).scroll_offset.y == 3
            await driven.press("J")
            assert pane(driven).scroll_offset.y == 0

    async def test_the_next_question_is_shown_at_the_same_place_of_its_answers(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("enter", "tab", "j", "j")
            await driven.press("J")
            assert pane(driven).scroll_offset.y == 0  # the prompt was read
            await driven.press("ctrl+d", "ctrl+d")

            def below() -> int:
                lines = written(driven).split("\n")
                first = next(n for n, line in enumerate(lines) if line.startswith("a mock"))
                return int(pane(driven).scroll_offset.y) - first

            place = below()
            assert place > 0
            for key in ("J", "J", "K"):
                await driven.press(key)
                assert below() == place
            await driven.press("tab", "j")
            assert pane(driven).scroll_offset.y == 0

    async def test_beside_each_other_where_there_is_room(self) -> None:
        async with open_app([LM_EVAL], HUGE) as driven:
            await driven.press("enter")
            assert pane(driven).region.x > driven.table.region.x
            assert pane(driven).region.y == driven.table.region.y
        async with open_app([LM_EVAL], WIDE) as driven:
            await driven.press("enter")
            assert pane(driven).region.y > driven.table.region.y


class TestRoom:
    """What the list of questions shows at which size."""

    @staticmethod
    def many(folder: Path, count: int) -> Path:
        """As many runs of look-alike names."""
        for number in range(count):
            name = f"gemma-2-9b-sft-step{number * 100}"
            shutil.copytree(LM_EVAL / "mock__pine-1b", folder / name)
            for file in (folder / name).iterdir():
                file.write_text(file.read_text().replace("pine-1b", name))
        return folder

    @staticmethod
    def seen(driven: Driven) -> list[str]:
        """The columns on the screen."""
        table = driven.table
        visible = table._painter_of(table._sizes.width).visible
        return [table.grid.columns[one.column].key for one in visible] if table.grid else []

    async def test_small_terminals_show_four_questions_and_the_answers(self) -> None:
        async with open_app([LM_EVAL], NARROW) as driven:
            await driven.press("4")
            assert len(driven.table.rows_seen) == 4
            drawn = "\n".join(driven.drawn)
            assert "a oak-8b-chat" in drawn
            assert "▶✓ 43" in drawn
            await driven.pilot.resize_terminal(120, 40)
            await driven.rest()
            assert len(driven.table.rows_seen) > 8

    @pytest.mark.parametrize(("size", "count"), [((80, 24), 7), ((120, 40), 14), ((200, 60), 26)])
    async def test_all_runs_are_seen(
        self, tmp_path: Path, size: tuple[int, int], count: int
    ) -> None:
        async with open_app([self.many(tmp_path, count)], size) as driven:
            await driven.press("4")
            names = [f"{letter}.score" for letter in "abcdefghijklmnopqrstuvwxyz"[:count]]
            assert [name for name in self.seen(driven) if name.endswith(".score")] == names
            assert self.seen(driven)[:4] == ["id", "category", "question", "target"]
            assert "runs mock/gemma-2-9b-sft-…" in driven.context

    async def test_beside_the_answers_all_runs_are_seen_too(self) -> None:
        async with open_app([LM_EVAL], HUGE) as driven:
            await driven.press("4")
            assert pane(driven).region.x > 0
            assert self.seen(driven)[-1] == "right"

    async def test_where_one_question_was_asked_the_position_says_so(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("4", "G")
            assert "pocketquiz · acc · runs mock/… · 24 of 24 questions" in driven.context
            await choose(driven, "f", "fixed")
            await driven.press("J")
            assert "2 of 2 shown, 24 questions in all · only fixed" in driven.context
            await ask(driven, "score > 7")
            assert "0 of 0 shown, 24 questions in all" in driven.context


class TestQuestions:
    """What was asked, read for the rows that are seen."""

    async def test_rows_say_what_was_asked_and_the_target(self) -> None:
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter")
            cells = [cell.text for cell in driven.table.row_cells(0)]
            assert cells[:3] == ["0", "What is the capital of Portugal?", "Lisbon"]
            line = next(line for line in driven.drawn if line.startswith(" 0  "))
            assert "What is the capital of" in line
            assert "Lisbon" in line
            assert "✗" in line
            assert "category" not in [column.key for column in driven.shown.grid.columns]

    async def test_only_rows_that_are_seen_are_read(self) -> None:
        async with open_app([TWINKLE]) as driven:
            await driven.press("4")
            known = driven.shown.openings.known  # type: ignore[attr-defined]
            assert 4 <= len(known) < 12
            await driven.press("G")
            assert driven.frame.height == 130
            assert 8 <= len(known) < 24
            last = driven.table.row_cells(129)
            assert last[2].text
            await driven.press("s")
            assert driven.shown.openings.known is known  # type: ignore[attr-defined]

    async def test_chinese_questions_keep_the_columns_in_place(self) -> None:
        async with open_app([TWINKLE], WIDE) as driven:
            await choose(driven, "d", "mini_tmmlu")
            await driven.press("4")
            rows = [line for line in driven.drawn if "【" in line][:10]
            assert len(rows) == 10
            marks = {cell_len(re.split("[✓✗◐]", line, maxsplit=1)[0]) for line in rows}
            assert len(marks) == 1

    async def test_what_cannot_be_read_leaves_the_row_blank(self, tmp_path: Path) -> None:
        folder = shutil.copytree(LM_EVAL, tmp_path / "results")
        async with open_app([folder]) as driven:
            await choose(driven, "d", "pocketquiz_short")
            for file in folder.rglob("samples_*"):
                file.unlink()
            await driven.press("4")
            assert driven.app.is_running


class TestMarks:
    async def test_right_and_wrong_are_marks_and_the_extracted_answer_stands_beside(self) -> None:
        async with open_app([SAMPLES / "mixeval"], WIDE) as driven:
            await driven.press("4")
            drawn = "\n".join(driven.drawn)
            assert "✓ C" in drawn
            assert "✗ A" in drawn

    async def test_likeness_has_a_best_run_and_a_spread(self) -> None:
        async with open_app([SAMPLES / "evalscope"], WIDE) as driven:
            await driven.press("4")
            names = [column.key for column in driven.shown.grid.columns]
            assert {"best", "spread"} <= set(names)
            assert not {"right", "flip"} & set(names)
            assert "has no right and wrong" in driven.words("#notes")
            driven.table.move_cursor(column_key="spread")
            await driven.press("right_square_bracket", "right_square_bracket")
            spreads = driven.frame["spread"].drop_nulls().to_list()
            assert spreads == sorted(spreads, reverse=True)
            assert spreads[0] > 0


class TestFilesThatChange:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        shutil.copytree(LM_EVAL, tmp_path / "results")
        return tmp_path / "results"

    async def test_a_file_that_vanished_is_told_in_its_place(self, folder: Path) -> None:
        async with open_app([folder]) as driven:
            await driven.press("enter")
            for file in (folder / "mock__pine-7b").glob("samples_*"):
                file.unlink()
            await driven.press("J")
            first, second, third = responses(driven)
            assert first.answer is not None
            assert second.answer is not None
            assert third.answer is None
            assert third.error is not None
            await driven.press("greater_than_sign", "greater_than_sign")
            assert "r reads all files anew" in " ".join(written(driven).split())
            await look_for(driven, "capital")
            assert any("found" in notice for notice in driven.notices)
            await driven.press("r")
            assert len(responses(driven)) == 2

    async def test_a_file_that_was_written_anew_is_read_anew(self, folder: Path) -> None:
        [file] = (folder / "mock__pine-1b").glob("samples_pocketquiz_geography_*")
        async with open_app([folder]) as driven:
            await driven.press("enter")
            assert driven.frame["b.score"].sum() == 6
            rows = [json.loads(line) for line in file.read_text().splitlines()]
            for row in rows:
                row["acc"] = 0.0
            file.write_text("".join(f"{json.dumps(row)}\n" for row in rows[::-1]))
            await driven.press("G")
            assert len(responses(driven)) == 3
            file.write_text("{")
            await driven.press("g")
            assert responses(driven)[1].error is not None
            file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
            await driven.press("r")
            assert driven.frame["b.score"].sum() == 0
            assert responses(driven)[1].error is None

    async def test_reading_again_keeps_what_is_looked_at(self, folder: Path) -> None:
        async with open_app([folder]) as driven:
            await driven.press("enter", "j", "j")
            await choose(driven, "f", "disagree")
            before = driven.frame
            await driven.press("j", "r")
            assert isinstance(driven.screen, SamplesScreen)
            assert driven.frame.equals(before)
            assert driven.view.category == "pocketquiz_geography"


async def test_runs_that_are_looked_at_are_followed_when_their_labels_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_eval.tui.app.LOOK_EVERY", 0.05)
    folder = tmp_path / "results"
    shutil.copytree(LM_EVAL, folder)
    async with open_app([folder]) as driven:
        await driven.press("3", "right", "enter", "W")
        assert driven.labels(driven.view.sample_runs) == [OAK, SMALL]
        before = driven.frame
        [results] = shutil.copytree(LM_EVAL / "mock__pine-1b", folder / "x").glob("results_*")
        results.write_text(results.read_text().replace('"random_seed": 0', '"random_seed": 7'))
        renamed = f"{SMALL} (mock__pine-1b)"
        await until(lambda: driven.labels(driven.view.sample_runs) == [OAK, renamed], driven.pilot)
        await driven.rest()
        assert driven.frame.equals(before)
        assert driven.session.request is not None
        assert driven.labels([*driven.session.request.runs]) == [OAK, renamed]


async def test_texts_are_read_while_more_answers_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are answered before all files are read."""
    going = threading.Event()

    def slow(*args: Any) -> Iterator[Samples]:
        *_, whole = read_samples(*args)
        rows = whole.rows
        yield Samples(rows.filter(category="pocketquiz_geography"), (), 1, 2)
        going.wait(20)
        yield whole

    async with open_app([LM_EVAL]) as driven:
        monkeypatch.setattr("tui_eval.loading.store.read_samples", slow)
        await driven.pilot.press("4")
        await until(lambda: driven.table.row_count == 8, driven.pilot)
        await until(lambda: pane(driven).question is not None, driven.pilot)
        assert "50 %, ^x stops" in driven.context
        await driven.pilot.press("t", "w", "f", "escape", "G", "J", "K")
        going.set()
        await driven.rest()
        assert driven.frame.height == 24
        assert "^x stops" not in driven.context


async def test_reading_is_stopped_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that would never end shows what there is, and says that something is missing."""
    real: Callable[..., Iterator[Samples]] = read_samples

    def endless(*args: object) -> Iterator[Samples]:
        *_, cancelled, _ = args
        assert callable(cancelled)
        *_, whole = real(*args)
        rows = whole.rows
        yield Samples(rows.filter(pl.col("run") == rows["run"][0]), (), 40, 100)
        while not cancelled():
            pass

    async with open_app([LM_EVAL]) as driven:
        monkeypatch.setattr("tui_eval.loading.store.read_samples", endless)
        await driven.pilot.press("4")
        await until(lambda: "40 %, ^x stops" in driven.context, driven.pilot)
        await driven.pilot.press("ctrl+x")
        await driven.rest()
        assert "^x stops" not in driven.context
        assert "Reading was stopped" in driven.words("#notes")
        first, second, _ = responses(driven)
        assert (first.error, second.error) == (None, "not read")
        monkeypatch.undo()
        await driven.press("r")
        assert driven.frame.height == 24


class TestExport:
    async def test_the_questions_are_saved(self, tmp_path: Path) -> None:
        async with open_app([LM_EVAL]) as driven:
            driven.session.home = tmp_path
            await driven.press("enter")
            await choose(driven, "f", "fixed")
            await driven.press("e")
            assert isinstance(driven.screen, ExportScreen)
            assert any("the questions shown (2)" in line for line in driven.drawn)
            await driven.press("enter")
            if isinstance(driven.screen, ExportScreen):
                await driven.press("enter")
            [file] = tmp_path.glob("*.csv")
            lines = file.read_text(encoding="utf-8-sig").splitlines()
            assert lines[0].split(",")[:4] == ["id", "a.score", "b.score", "c.score"]
            assert [line.split(",")[0] for line in lines[1:]] == driven.column("id")

    async def test_cells_and_questions_are_copied(self, monkeypatch: pytest.MonkeyPatch) -> None:
        copied: list[str] = []

        def copy(text: str, write_osc52: Callable[[str], None]) -> object:
            copied.append(text)
            return type("Copied", (), {"sentence": "Copied."})()

        monkeypatch.setattr("tui_eval.tui.clipboard.copy", copy)
        async with open_app([LM_EVAL]) as driven:
            await driven.press("enter", "right", "y", "right", "right", "y", "Y")
            assert copied[:2] == ["What is the capital of Portugal?", "0.000"]
            assert copied[2].count("\n| ") >= 8


KEYS = (
    *("enter", "escape", "tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *("space", "backspace", "ctrl+d", "ctrl+u", "1", "2", "3", "4", "j", "k", "h", "l", "g", "G"),
    *("f", "ampersand", "T", "slash", "n", "N", "s", "right_square_bracket", "full_stop", "comma"),
    *(
        "greater_than_sign",
        "less_than_sign",
        "t",
        "p",
        "z",
        "w",
        "C",
        "b",
        "v",
        "i",
        "I",
        "x",
        "m",
        "d",
    ),
    *("J", "K", "o", "c", "a", "r", "left_parenthesis", "quotation_mark", "0", "question_mark"),
)


@pytest.mark.parametrize(
    ("seed", "harness", "size"),
    [
        (1, "lm_eval", NARROW),
        (2, "twinkle", WIDE),
        (3, "evalscope", NARROW),
        (4, "mixeval", HUGE),
        (5, "lighteval", (40, 10)),
        (6, "twinkle", (20, 5)),
    ],
)
async def test_odd_keys_never_end_it(
    seed: int,
    harness: str,
    size: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # some of them save a file
    keys = random.Random(seed)
    async with open_app([SAMPLES / harness], size) as driven:
        await driven.press("4")
        for number in range(72):
            await driven.pilot.press(keys.choice(KEYS))
            if number % 6 == 0:
                await driven.rest()
        await driven.rest()
        assert driven.app.is_running
        await driven.press("escape", "escape", "escape", "escape", "2", "4")
        assert isinstance(driven.screen, SamplesScreen)


async def test_without_answers_there_is_no_run_to_choose(tmp_path: Path) -> None:
    run_file(tmp_path, "m", {"x": 0.5})
    async with open_app([tmp_path]) as driven:
        await driven.press("4")
        before = driven.view
        for key in ("b", "v"):
            await driven.press(key)
            assert driven.notices[-1] == "There is no other run with answers."
            assert driven.view == before
