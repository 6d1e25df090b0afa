"""Screen 3: is it more than noise; what it says, marks and draws, as answers arrive."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.build.commands import Command, command
from tests.tui.conftest import WIDE, Driven, open_app
from tui_eval.analysis.report import Column
from tui_eval.analysis.view import View
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import Samples
from tui_eval.loading.store import SampleStore
from tui_eval.render.delta_words import Told, holm_words, told_of
from tui_eval.render.export import as_json
from tui_eval.tui.places import choices_of
from tui_eval.tui.screens.ask_number import NumberScreen
from tui_eval.tui.screens.delta import DeltaScreen
from tui_eval.tui.screens.delta_lists import DeltaShown
from tui_eval.tui.session import Loaded, LoadState, Session, Snapshot

__all__ = ["command"]  # the fixture

TWINKLE = Path(__file__).parents[2] / "samples" / "twinkle"

POINTS = Column("Δ", "delta", 100, True)

# --- the words ----------------------------------------------------------------------------------

ROW = {
    "delta": 2.1,
    "low": 0.6,
    "high": 3.6,
    "p": 0.0071,
    "verdict": "better",
    "paired": True,
    "method": "Newcombe, McNemar mid-p",
    "n": 1312,
    "baseline_n": 1319,
    "candidate_n": 1315,
    "fixed": 63,
    "broken": 36,
    "same": 1213,
    "visible_gap": 2.12,
    "questions_needed": 5873,
    "correlation": 0.79,
    "reason": None,
}
UNDECIDED = {**ROW, "low": -0.3, "high": 2.1, "delta": 0.9, "p": 0.42, "verdict": "undecided"}
CLEAR = "b better by 2.1 [+0.6, +3.6], paired on 1312 of 1319"
FACTS = "fixes 63, breaks 36, same 1,213 · p 0.007 (McNemar mid-p)"


def test_the_sentence_comes_first_and_then_what_it_is_made_of() -> None:
    told = told_of(ROW, POINTS, "b", more=["31 up 2 down 24 equal"])
    assert told.lines() == (
        CLEAR,
        f"{FACTS} · can see gaps ≥ 2.1 · 31 up 2 down 24 equal · r 0.79",
    )


def test_what_cannot_be_told_says_what_could_be_seen() -> None:
    sentence, facts = told_of(UNDECIDED, POINTS, "b").lines()
    assert sentence == (
        "can't tell: gaps under 2.1 are invisible here; a 1-point gap needs about 5,900 questions "
        "(+0.9 [-0.3, +2.1], paired on 1312 of 1319)"
    )
    assert facts == "fixes 63, breaks 36, same 1,213 · p 0.42 (McNemar mid-p) · r 0.79"


@pytest.mark.parametrize("row", [ROW, UNDECIDED])
@pytest.mark.parametrize("width", [30, 38, 78, 118, 400])
def test_two_lines_are_enough_at_any_width(row: dict[str, object], width: int) -> None:
    lines = told_of(row, POINTS, "b", more=["31 up 2 down 24 equal"]).lines(width)
    assert len(lines) == 2
    assert max(map(cell_len, lines)) <= max(width, 0)


def test_what_differs_stands_above_the_sentence() -> None:
    told = told_of(ROW, POINTS, "b")._replace(differs="not the same: shots 0 / 5")
    assert told.lines(70) == ("not the same: shots 0 / 5", CLEAR, FACTS)


def test_facts_lose_how_they_were_made_before_they_are_left_out() -> None:
    told = Told("short", ("p 0.007 (McNemar mid-p)", "r 0.79"))
    assert told.lines(16) == ("short", "p 0.007 · r 0.79")
    assert told.lines(12) == ("short", "p 0.007")


def test_too_few_questions_have_no_second_line_of_counts() -> None:
    few = {**ROW, "low": None, "p": None, "method": None, "visible_gap": None, "n": 4}
    told = told_of({**few, "reason": "few questions", "correlation": None}, POINTS, "b")
    assert told.lines() == ("can't tell: only 4 questions in common (+2.1, fixed 63, broken 36)",)


def test_what_holm_takes_back_is_said() -> None:
    assert holm_words(ROW, 0.18, 6, 0.05) == ("p 0.18 after Holm over 6 pairs: can't tell",)
    assert holm_words(ROW, 0.02, 6, 0.05) == ("p 0.020 after Holm over 6 pairs",)
    assert holm_words(ROW, None, 6, 0.05) == ()


# --- what is made of a snapshot -----------------------------------------------------------------


@pytest.fixture(scope="module")
def twinkle() -> tuple[Session, list[Samples]]:
    """The samples of Twinkle as an app knows them, and their answers as they are read."""
    session = Session([TWINKLE])
    collection = load([TWINKLE])
    tables = collection.tables()
    runs = {run.key: run for run in collection.runs}
    files = collection.file_table()
    session.take(LoadState(Loaded(tables, files, tables, runs), files.height))
    request = session.all_answers_request()
    assert request is not None
    store = SampleStore(Cache(None))
    return session, list(store.read(request.runs, tables, tables, request.dataset))


def snapshot_of(session: Session, answers: Samples | None, **choices: object) -> Snapshot:
    session.recall(View())
    session.change(dataset="mini_mmlu", baseline=next(iter(session.labels)))
    session.change(**choices)
    session.answers = answers
    session.move(part="categories")
    snapshot = session.snapshot
    assert snapshot is not None
    return snapshot


def pair(session: Session, answers: Samples | None, **choices: object) -> DeltaShown:
    """The screen of the first two runs."""
    runs = list(session.labels)
    return DeltaScreen.build(
        snapshot_of(session, answers, baseline=runs[0], candidates=(runs[1],), **choices)
    )


def test_verdicts_come_with_the_answers_and_nothing_moves(
    twinkle: tuple[Session, list[Samples]],
) -> None:
    session, read = twinkle
    assert not read[0].is_whole
    without, part, whole = (pair(session, answers) for answers in (None, read[0], read[-1]))
    for shown in (without, part):
        assert shown.summary[0].startswith("can't tell: totals only, and not every score has")
        assert "low" not in [column.name for column in shown.report.columns]
    assert whole.summary[0] == "b better by 0.141 [+0.053, +0.229], paired on 130 of 130"
    assert without.rows == part.rows == whole.rows
    deltas = [shown.report.body["delta"].to_list() for shown in (without, whole)]
    assert deltas[0] == pytest.approx(deltas[1])
    headings = [column.heading for column in whole.grid.columns]
    assert headings[:4] == ["category", "Δ", "95 % interval", "q"]


def test_the_chart_is_a_forest_with_the_whole_on_top(
    twinkle: tuple[Session, list[Samples]],
) -> None:
    session, read = twinkle
    shown = pair(session, read[-1])
    (bars,) = shown.panels
    assert bars.is_forest
    assert bars.has_whole
    assert bars.groups == ("whole dataset", *shown.rows)
    assert bars.verdicts[0] == "better"
    assert bars.low <= min(shown.report.frame["low"].drop_nulls())
    margin = pair(session, read[-1], margin=0.3)
    assert margin.panels[0].verdicts[0] == "same"
    assert margin.summary[0].startswith("the same within 0.300: +0.141")
    assert "same within 0.3 (M)" in margin.context


def test_candidates_that_were_made_otherwise_carry_a_mark(
    twinkle: tuple[Session, list[Samples]],
) -> None:
    session, read = twinkle
    shown = DeltaScreen.build(snapshot_of(session, read[-1]))
    marked = [column.heading for column in shown.grid.columns if "≠" in column.heading]
    assert [heading.split()[0] for heading in marked] == ["f"]
    differs = "not the same: questions 130 (20 only here) / 110"
    assert shown.summary == (f"≠ (I tells more) f: {differs}",)
    letters = {letter: run for run, letter in session.selection.letters.items()}  # type: ignore[union-attr]
    alone = DeltaScreen.build(snapshot_of(session, read[-1], candidates=(letters["f"],)))
    assert alone.summary[0] == f"≠ (I tells more) {differs}"
    assert len(alone.summary) == 3


def test_each_of_several_candidates_is_told_of(twinkle: tuple[Session, list[Samples]]) -> None:
    session, read = twinkle
    snapshot = snapshot_of(session, read[-1])
    shown = DeltaScreen.build(snapshot)
    assert shown.told_of_candidate is not None
    first = shown.told_of_candidate(shown.candidates[0])
    assert first.sentence == "b − a: b better by 0.141 [+0.053, +0.229], paired on 130 of 130"
    assert "after Holm over 6 candidates" in first.facts[0]
    foot = shown.report.frame.tail(1).row(0, named=True)
    for run in shown.candidates:
        is_undecided = "can't tell" in shown.told_of_candidate(run).sentence
        assert is_undecided == (foot[f"mark of {run}"] == "~")
    assert pair(session, read[-1]).told_of_candidate is None


def test_all_pairs_are_told_one_by_one(twinkle: tuple[Session, list[Samples]]) -> None:
    session, read = twinkle
    snapshot = snapshot_of(session, read[-1])
    shown = DeltaScreen.build(replace(snapshot, position=replace(snapshot.position, part="pairs")))
    assert shown.report.height == 7
    assert shown.told_of_pair is not None
    runs = list(session.labels)
    told = shown.told_of_pair(runs[0], runs[1])
    assert told is not None
    letters = snapshot.selection.letters
    names = f"{letters[runs[1]]} − {letters[runs[0]]}: "
    assert told.sentence == f"{names}b better by 0.141 [+0.053, +0.229], paired on 130 of 130"
    assert "after Holm over 21 pairs" in " · ".join(told.facts)
    assert shown.told_of_pair(runs[0], runs[0]) is None
    assert "all pairs of runs" in dict(shown.exports())


def test_counts_are_not_tested(twinkle: tuple[Session, list[Samples]]) -> None:
    session, read = twinkle
    shown = pair(session, read[-1], metric="unparsed_count")
    assert shown.told is None
    assert shown.summary[0].startswith("total of 7 categories")


def test_the_screen_the_command_and_the_export_have_the_same_figures(
    twinkle: tuple[Session, list[Samples]], command: Command
) -> None:
    session, read = twinkle
    shown = pair(session, read[-1], scale=100)
    baseline, candidate = list(session.labels.values())[:2]
    words = ("--baseline", baseline, "--candidate", candidate, "--dataset", "mini_mmlu")
    out, *_ = command(
        *("compare", TWINKLE, *words, "--scale", 100, "--by", "category", "--format", "json")
    )
    printed = {row["category"]: row for row in json.loads(out)}
    saved = {
        row["category"]: row for row in json.loads(as_json(dict(shown.exports())["categories"]()))
    }
    cells = {row[0].text: row for row in shown.grid.rows(0, shown.grid.row_count)}
    assert set(saved) == set(cells) == set(printed) - {None}
    for name, row in saved.items():
        for figure in ("delta", "low", "high", "p", "method", "verdict", "paired"):
            assert row[figure] == pytest.approx(printed[name][figure]), (name, figure)
        assert cells[name][1].text.rstrip(" ~") == f"{row['delta']:+.1f}"
        assert cells[name][2].text == f"[{row['low']:+.1f}, {row['high']:+.1f}]"
    assert shown.summary[0].removeprefix("b") == printed[None]["words"].removeprefix(candidate)


def test_what_counts_as_the_same_is_part_of_the_place() -> None:
    assert choices_of("delta", View(margin=0.02))["margin"] == 0.02


# --- in the app ---------------------------------------------------------------------------------


def summary(driven: Driven) -> list[str]:
    return driven.words("#summary").split("\n")


def part(driven: Driven) -> str:
    return driven.session.position.part


async def test_a_key_sets_what_counts_as_the_same_and_nothing_clears_it() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "a", "space", "enter", "x", "M")
        assert isinstance(driven.screen, NumberScreen)
        assert driven.words("#title") == "Δ up to this counts as the same (0–100)"
        await driven.replace("30")
        await driven.press("enter")
        assert driven.view.margin == pytest.approx(0.3)
        assert summary(driven)[0].startswith("the same within 30.0: +14.1 [+5.3, +22.9]")
        assert "same within 30 (M)" in driven.context
        await driven.press("M")
        await driven.replace("")
        await driven.press("enter")
        assert driven.view.margin == 0
        assert summary(driven)[0].startswith("b better by 14.1")
        driven.view_screen.choose(metric="unparsed_count")  # type: ignore[attr-defined]
        await driven.press("M")
        assert "Counts are not tested: there is no margin." in driven.notices


async def test_the_cell_of_a_pair_is_told_and_enter_opens_it() -> None:
    async with open_app(size=WIDE) as driven:
        await driven.press("3", "O")
        assert summary(driven)[0].startswith("Put the cursor on the difference of two runs")
        await driven.press("down", "right", "right")
        assert summary(driven)[0].startswith("e − g: can't tell: gaps under 0.112")
        before = driven.drawn[5]
        await driven.press("right", "enter")  # the run itself
        assert part(driven) == "pairs"
        assert driven.drawn[5] == before  # nothing moves below the words
        await driven.press("right", "enter")
        assert part(driven) == "categories"
        pair = [driven.label(driven.view.baseline), *(driven.labels(driven.view.candidates) or [])]
        assert pair[1] == "mock-70b-instruct @ 20261120_2339"
        assert "paired on 130 of 130" in summary(driven)[0]
        await driven.press("escape")
        assert part(driven) == "pairs"
        assert driven.view.candidates is None


async def test_verdicts_arrive_under_a_cursor_that_stays() -> None:
    async with open_app() as driven:
        await driven.press("3", "v", "a", "space", "enter")
        answers = driven.session.answers
        driven.session.answers = None
        driven.view_screen.update_view()
        await driven.press("down", "down", "right", "right")
        assert summary(driven)[0].startswith("can't tell: totals only")
        place = driven.table.cursor_row, driven.table.cursor_key, driven.first_cells
        assert place[:2] == (2, "baseline_score")
        driven.session.answers = answers
        driven.view_screen.update_view()
        await driven.rest()
        assert summary(driven)[0].startswith("b better by 0.141")
        assert place == (driven.table.cursor_row, driven.table.cursor_key, driven.first_cells)
