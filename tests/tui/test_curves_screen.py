"""Screen 5: the curve at the cursor is drawn, and what it says is what command and export say."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.build.commands import Command, command
from tests.build.lm_eval import write_answers, write_ladder
from tests.tui.conftest import WIDE, open_app, until
from tui_eval.render.export import as_csv
from tui_eval.tui.screens.curves import CurvesScreen
from tui_eval.tui.widgets.point_chart import PointChart

__all__ = ["command"]  # the fixture

SCORES = {"step0": 0.25, "step512": 0.5, "step1000": 0.4, "step2000": 0.62, "step4000": 0.62}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ladder(tmp_path_factory.mktemp("ladder"), SCORES)


async def test_the_curve_is_drawn_and_the_step_at_the_cursor_is_told(folder: Path) -> None:
    async with open_app([folder], WIDE) as app:
        await app.press("5")
        assert isinstance(app.screen, CurvesScreen)
        assert [row.strip() for row in app.first_cells] == ["0", "512", "1,000", "2,000", "4,000"]
        assert app.words("#notes").splitlines()[0] == "Regressions: worse at 1,000 than at 512."
        chart = app.screen.query_one(PointChart)
        await app.press("j")
        await until(lambda: "step 512: 0.500 [0.469, 0.531]" in "".join(app.drawn), app.pilot)
        assert app.words("#summary").startswith("against step 0: step 512 better by 0.250")
        assert "right: step  " in "".join(app.drawn)
        await app.press("a")
        await until(lambda: "right: step (log)" in "".join(app.drawn), app.pilot)
        assert app.table.cursor_row == 1
        await app.press("c")
        assert not chart.is_on_screen


async def test_enter_compares_a_step_with_the_one_before(folder: Path) -> None:
    async with open_app([folder], WIDE) as app:
        await app.press("5", "enter")
        assert any("another one before it" in notice for notice in app.notices)
        await app.press("j", "j", "enter")
        assert app.app.current_mode == "delta"
        labels = app.labels([app.view.baseline or "", *(app.view.candidates or ())])
        assert labels is not None
        assert [label.split("T")[1][:5] for label in labels] == ["05-01", "05-02"]
        await app.press("escape")
        assert (app.app.current_mode, app.table.cursor_row) == ("curves", 2)


async def test_without_a_curve_it_is_said_what_one_needs() -> None:
    async with open_app() as app:
        await app.press("5")
        assert "whose names tell" in app.words("#summary")
        assert any("no name of 7 runs tells a training step" in line for line in app.drawn)
        await app.press("a", "enter", "o", "o")


async def test_screen_command_and_export_tell_the_same(folder: Path, command: Command) -> None:
    out, _ = command("curves", folder, "--format", "json")
    rows = json.loads(out)
    async with open_app([folder]) as app:
        await app.press("5")
        (export,) = app.shown.exports()
        exported = list(csv.DictReader(as_csv(export[1]()).splitlines()))
        cells = [
            [cell.text.strip() for cell in app.table.row_cells(row)] for row in range(len(rows))
        ]
    assert [row["step"] for row in rows] == [0, 512, 1000, 2000, 4000]
    for row, line, drawn in zip(rows, exported, cells, strict=True):
        assert float(line["score"]) == row["score"]
        assert drawn[:2] == [f"{row['step']:,}", f"{row['score']:.3f} ±{row['stderr']:.3f}"]
        if row["change"] is not None:
            assert float(line["change"]) == row["change"]
            assert float(line["from_best_q"]) == row["from_best_q"]
            assert drawn[3:5] == [
                f"{row['change']:+.3f}" if row["change"] else "0.000",
                row["change_verdict"].replace("undecided", "can't tell"),
            ]
            assert line["words"] == row["words"]
    assert [row["change_verdict"] for row in rows] == [
        None,
        "better",
        "worse",
        "better",
        "undecided",
    ]


async def test_verdicts_become_paired_when_answers_were_read(tmp_path: Path) -> None:
    for step, right in enumerate((10, 30, 40), start=1):
        answers = [number < right for number in range(40)]
        write_answers(tmp_path / str(step), ["x"] * 40, model=f"m-step{step}", right=answers)
    async with open_app([tmp_path]) as app:
        await app.press("5", "j")
        assert app.column("paired") == [None, True, True]
        assert app.column("change_verdict") == [None, "better", "better"]
        assert app.table.cursor_row == 1
