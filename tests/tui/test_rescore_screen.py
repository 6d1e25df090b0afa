"""Screen 7: filters over runs, what they extract while they are typed, and what becomes of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.build.filtered import two_writers, write_filtered
from tests.tui.conftest import NARROW, WIDE, Driven, drive, open_app, until
from tui_eval.analysis.rescore_grid import ALL_INVALID, NEW
from tui_eval.cli.main import main
from tui_eval.loading.kept_filters import filters_path, read_filters
from tui_eval.tui.app import TuiEvalApp
from tui_eval.tui.screens.rescore import WHAT_FOR, RescoreScreen
from tui_eval.tui.screens.samples import SamplesScreen
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.widgets.frame_table import FrameTable

IS = r"is ([0-9]+)"
SLOW = "a" * 64


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs ``chatty``, in which the strict filter finds nothing, and ``neat``."""
    return two_writers(tmp_path_factory.mktemp("writers"))


def answers(driven: Driven) -> FrameTable:
    return driven.screen.query_one("#answers", FrameTable)


def extracted(driven: Driven) -> list[str]:
    """What is extracted from the answers that are seen."""
    table = answers(driven)
    return [table.row_cells(row)[3].text for row in table.rows_seen]


def marks(driven: Driven) -> list[tuple[str, str]]:
    """Right or wrong by now, and as stored."""
    table = answers(driven)
    return [(row[4].text, row[5].text) for row in map(table.row_cells, table.rows_seen)]


async def type_in(driven: Driven, text: str) -> None:
    """Type a text into the prompt at once, and wait until it was tried."""
    driven.screen.query_one("#prompt", Input).value = text
    await driven.pilot.pause(0.2)
    await driven.rest()


async def scored(driven: Driven) -> None:
    """Wait until all that is shown has its scores."""
    known = driven.session
    await until(lambda: not known.rescoring.progress and "…" not in invalid(driven), driven.pilot)
    await driven.rest()


def invalid(driven: Driven, letter: str = "a") -> Sequence[str | None]:
    return driven.column(f"{letter}.invalid")


async def new_filter(driven: Driven, pattern: str) -> None:
    await driven.press("G", "enter")
    await type_in(driven, pattern)
    await driven.press("enter")
    await scored(driven)


async def test_a_filter_is_tried_while_it_is_typed_and_then_scored_over_all(writers: Path) -> None:
    async with open_app([writers], NARROW) as driven:
        await driven.press("7")
        assert isinstance(driven.screen, RescoreScreen)
        await scored(driven)
        assert driven.column("filter") == ["strict-match", "flexible-extract", NEW]
        assert invalid(driven)[0] == ALL_INVALID  # chatty: the trap
        assert driven.column("a.score")[:2] == [0.0, pytest.approx(2 / 3)]
        assert "a: strict-match finds nothing in any answer" in driven.words("#notes")
        assert set(extracted(driven)) == {"[invalid]"}
        await driven.press("G")
        assert WHAT_FOR in driven.words("#summary")
        await driven.press("enter")
        await type_in(driven, "think")
        assert set(extracted(driven)) == {"think"}
        await type_in(driven, IS)
        assert extracted(driven)[:3] == ["1", "7", "14"]
        assert marks(driven)[:3] == [("✗", "✗"), ("✓", "✗"), ("✓", "✗")]
        await driven.press("enter")
        await scored(driven)
        assert driven.table.cursor_row == 2
        assert driven.column("a.score")[2] == pytest.approx(2 / 3)
        first, verdict = driven.words("#summary").splitlines()
        assert first.startswith("a chatty, regex:is ([0-9]+): 0.667 ±")
        assert "stored 0.000 (strict-match) · n 12" in first
        assert verdict.startswith("the new score better by 0.667 [")
        await driven.press("enter")  # and again: the typed one becomes another one
        await type_in(driven, r"answer is ([0-9]+)")
        await driven.press("enter")
        await scored(driven)
        assert len(driven.column("filter")) == 4


async def test_what_is_wrong_with_a_pattern_is_said_and_esc_forgets_it(writers: Path) -> None:
    async with open_app([writers], NARROW) as driven:
        await driven.press("7", "G", "enter")
        await type_in(driven, "ab(c")
        told = "wrong pattern at character 3: missing ), unterminated subpattern"
        assert driven.words("#complaint") == told
        await driven.press("enter")
        assert driven.screen.query_one("#prompt", Input).cursor_position == 2
        assert driven.session.rescoring.drafts == ()
        await driven.press("escape")
        assert driven.words("#complaint") == ""
        assert isinstance(driven.screen, RescoreScreen)
        await driven.press("home", "E")
        await type_in(driven, '[{"function": "no such"}]')
        assert "known here: decontaminate, lowercase" in driven.words("#complaint")
        await type_in(driven, '[{"function": "uppercase"}, {"function": "take_first"}]')
        assert driven.words("#complaint") == ""
        assert extracted(driven)[0] == "LET ME THINK. THE ANSWER IS 1"


async def test_a_pattern_without_end_times_out_while_keys_work(tmp_path: Path) -> None:
    write_filtered(tmp_path, [SLOW, "#### 7", *[SLOW] * 6], ["7"] * 8, model="slow")
    async with drive(TuiEvalApp([tmp_path]), NARROW) as driven:
        await driven.rest()
        await driven.press("7")
        await scored(driven)
        await driven.press("G", "enter")
        driven.screen.query_one("#prompt", Input).value = "(a+)+!"
        await until(lambda: driven.session.rescoring.trial is not None, driven.pilot)
        await driven.pilot.press("escape")  # is answered at once, whatever goes on
        await until(lambda: driven.session.rescoring.trial is None, driven.pilot)
        await driven.press("enter")
        driven.screen.query_one("#prompt", Input).value = "(a+)+!"
        await until(lambda: extracted(driven).count("timed out") == 7, driven.pilot)
        assert extracted(driven)[1] == "[invalid]"
        await driven.pilot.press("enter")
        await until(lambda: bool(driven.session.rescoring.progress), driven.pilot)
        await driven.pilot.press("escape")
        await until(lambda: driven.session.rescoring.is_stopped, driven.pilot)
        assert "A scores all" in driven.context
        assert invalid(driven)[2] == "…"


async def test_a_filter_is_kept_by_name_and_comes_back(writers: Path) -> None:
    async with open_app([writers], WIDE) as driven:
        await driven.press("7")
        await new_filter(driven, IS)
        await driven.press("K")
        await type_in(driven, "is number")
        await driven.press("enter")
        assert [one.name for one in read_filters()] == ["is number"]
        assert driven.notices[-1] == f"Kept as is number in {filters_path()}"
        assert driven.column("filter")[2:] == ["is number", NEW]
        assert driven.column("from")[2] == "kept"
    async with open_app([writers], WIDE) as driven:
        await driven.press("7")
        await scored(driven)
        assert driven.column("filter")[2:] == ["is number", NEW]
        await driven.press("D")
        assert "Only kept and new filters" in driven.notices[-1]
        await driven.press("j", "j", "D")
        assert read_filters() == ()
        assert driven.column("filter")[2:] == [NEW]
        filters_path().write_text("{")
        await driven.press("2", "7")
        assert "filters.json: not a list of filters" in driven.words("#notes")


async def test_new_scores_become_a_run_beside_the_one_that_answered(
    writers: Path, tmp_path: Path
) -> None:
    async with open_app([writers], WIDE, orientation="runs") as driven:
        await driven.press("j", "R")  # the second one: chatty
        assert isinstance(driven.screen, RescoreScreen)
        assert driven.table.cursor_key == "a.score"
        await new_filter(driven, IS)
        await driven.press("S")
        await until(lambda: driven.session.tables.runs.height == 3, driven.pilot)  # type: ignore[union-attr]
        label = "chatty @ 2026-11-21T05-54-19.881339 · regex:is ([0-9]+)"
        assert driven.notices[-1].startswith(f"Made a run: {label}")
        await driven.rest()
        assert driven.runs == ["a.score", "c.score"]  # b is the new one: letters are everywhere
        await driven.press("2")
        assert isinstance(driven.screen, ScoresScreen)
        scores = dict(driven.frame.select("run", "sums").iter_rows())
        assert scores[label] == pytest.approx(2 / 3)
        assert scores[label.partition(" · ")[0]] == 0.0
        await driven.press("7", "F")
        await type_in(driven, str(tmp_path / "out"))
        await driven.press("enter")
        await until(lambda: "Saved" in driven.notices[-1], driven.pilot)
        (results,) = (tmp_path / "out").rglob("results_*.json")
        assert json.loads(results.read_text())["results"]["sums"]


async def test_questions_of_a_condition_are_scored_and_the_command_says_so(
    writers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copied: list[str] = []
    async with open_app([writers], WIDE) as driven:
        await driven.press("4")
        driven.session.change(where="b.correct")
        await driven.press("R")
        await scored(driven)
        assert "8 of 12 questions: b.correct, T clears" in driven.context
        assert driven.column("b.score")[0] == 1.0
        monkeypatch.setattr(driven.screen, "copy", copied.append)
        await driven.press("L")
        words = shlex.split(copied[-1])
        assert words[:3] == ["tui-eval", "rescore", str(writers)]
        assert words[-4:] == ["--filter", "strict-match", "--where", "b.correct"]
        shown = [driven.column(f"{letter}.score")[0] for letter in "ab"]
        await driven.press("escape")
        assert isinstance(driven.screen, SamplesScreen)
        await driven.press("R", "T")
        await scored(driven)
        assert "all 12 questions" in driven.context
    assert main([*words[1:], "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["value"] for row in told if row["category"] is None] == shown


async def test_the_metric_is_chosen_with_its_options(writers: Path) -> None:
    async with open_app([writers], WIDE) as driven:
        await driven.press("7", "m")
        await driven.type("numbers")
        await driven.press("enter")
        await scored(driven)
        assert driven.session.position.rescored_by == "exact_match:ignore_numbers"
        assert driven.column("a.score")[1] == 1.0  # nothing is left of any number
        await driven.press("m")
        await driven.type("other")
        await driven.press("enter")
        await type_in(driven, "no such")
        await driven.press("enter")
        assert "no such" in driven.words("#complaint")
