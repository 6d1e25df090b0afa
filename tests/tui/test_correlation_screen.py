"""Screen 6: the matrix, the pair at the cursor, what is compared, and the same figures outside."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import polars as pl
import pytest

from tests.tui.conftest import HUGE, NARROW, WIDE, Driven, open_app, run_file, until
from tui_eval.cli.main import main
from tui_eval.render.export import as_json, as_parquet
from tui_eval.tui.screens.correlation import CorrelationScreen, ModelList
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.widgets.point_chart import PointChart

DATASETS = ("law", "maths", "medicine")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine models on three datasets of two categories each, one of them run twice on law."""
    folder = tmp_path_factory.mktemp("board")
    for model in range(9):
        for place, dataset in enumerate(DATASETS):
            low = (model * (3 + place) % 10) / 10
            scores: dict[str, float | None] = {"easy": low + 0.05, "hard": low / 2}
            run_file(folder / f"{model}{dataset}", f"model-{model}", scores, dataset=dataset)
    again: dict[str, float | None] = {"easy": 0.9, "hard": 0.2}
    run_file(folder / "again", "model-3", again, dataset="law", timestamp="20260102_0000")
    return folder


def summary(driven: Driven) -> list[str]:
    return driven.words("#summary").splitlines()


async def test_the_pair_at_the_cursor_is_told_and_its_models_are_points(board: Path) -> None:
    async with open_app([board], WIDE) as driven:
        await driven.press("6")
        assert isinstance(driven.screen, CorrelationScreen)
        assert driven.table.cursor_key == "maths"  # on the first pair
        names, words = summary(driven)
        assert names == "law and maths"
        assert re.fullmatch(
            r"rho -?0\.\d\d \[.*\], 9 models, Spearman, Bonett–Wright 95 %; tau-b -?0\.\d\d", words
        )
        listed = driven.words("#models").splitlines()
        assert listed[0].split() == ["model", "right", "up"]
        assert len(listed) == 10
        await until(lambda: "up: law · right: maths" in "".join(driven.drawn), driven.pilot)
        await driven.press("right")
        assert summary(driven)[0] == "law and medicine"
        await until(lambda: "up: law · right: medicine" in "".join(driven.drawn), driven.pilot)
        await driven.press("h", "h")
        assert summary(driven)[0] == "law: 9 models with a score"
        await driven.press("x")
        assert "0.05" not in driven.words("#models")
        await driven.press("c")
        assert not driven.screen.query_one("#charts").display
        told = driven.words("#notes")
        assert "Do the two benchmarks put the models in the same order? 1 = same order." in told
        assert "28 runs of 9 models: a model counts once, with the mean of its runs." in told


async def test_the_figures_are_those_of_the_command_and_of_the_export(
    board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["correlate", str(board), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["dataset_a"], row["dataset_b"]) for row in rows] == [
        ("law", "maths"),
        ("law", "medicine"),
        ("maths", "medicine"),
    ]
    async with open_app([board], WIDE) as driven:
        await driven.press("6")
        (_, pairs), (_, matrix) = driven.shown.exports()
        saved = json.loads(as_json(pairs()))
        assert saved == rows
        assert pl.read_parquet(io.BytesIO(as_parquet(pairs()))).to_dicts() == rows
        for row in rows:
            here = DATASETS.index(row["dataset_a"])
            driven.table.move_cursor(row=here, column_key=row["dataset_b"])
            await driven.rest()
            cell = driven.table.cell_at_cursor()
            assert cell is not None
            assert cell.text == f"{row['spearman']:.2f} ({row['models']})"
            words = summary(driven)[1]
            numbers = [float(one) for one in re.findall(r"-?\d+\.\d+", words)]
            shown = [round(row[name], 2) for name in ("spearman", "low", "high", "tau_b")]
            assert numbers == shown
            assert matrix().frame[row["dataset_b"]][here] == cell.text


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_matrix_points_and_list_have_room(board: Path, size: tuple[int, int]) -> None:
    async with open_app([board], size) as driven:
        await driven.press("6")
        chart, models = driven.screen.query_one(PointChart), driven.screen.query_one(ModelList)
        assert driven.table.size.height >= 4
        assert chart.region.right <= driven.table.region.right or size != NARROW
        assert chart.size.height >= 8
        assert chart.size.width >= 40
        listed = driven.words("#models").splitlines()
        assert 8 <= len(listed) <= models.size.height
        assert "▌6 Correlation▐" in driven.drawn[0]


async def test_categories_of_a_dataset_instead_and_the_way_back(board: Path) -> None:
    async with open_app([board], WIDE) as driven:
        await driven.press("2")
        dataset = driven.view.dataset
        await driven.press("6")
        assert driven.crumbs.endswith("Correlation")
        await driven.press("o")
        assert summary(driven)[0] == "easy and hard"
        assert driven.context.startswith(f"rank correlation: 2 categories of {dataset}")
        assert driven.crumbs == f"Scores › {dataset} › Correlation"
        await driven.press("escape")
        assert driven.shown.rows == DATASETS
        await driven.press("down", "down", "enter")
        assert isinstance(driven.screen, ScoresScreen)
        assert driven.view.dataset == "medicine"
        await driven.press("escape")
        assert isinstance(driven.screen, CorrelationScreen)
        assert (driven.table.cursor_row, driven.table.cursor_key) == (2, "maths")
        await driven.press("d", "down", "enter")
        assert "2 categories of" in driven.context


async def test_where_nothing_can_be_compared_a_sentence_says_why(tmp_path: Path) -> None:
    for model in ("a", "b"):
        run_file(tmp_path / model, model, {"x": 0.4, "y": 0.3})
    async with open_app([tmp_path], NARROW) as driven:
        await driven.press("6")  # of a single dataset the categories
        assert "2 models: an order needs 3." in "".join(driven.drawn)
        await driven.press("o")
        sentence = " ".join(line.strip() for line in driven.drawn if line.strip())
        assert "Only one dataset has scores: d. o compares its categories." in sentence
        for key in ("c", "right", "enter", "y", "e", "escape"):
            await driven.press(key)
        assert isinstance(driven.screen, CorrelationScreen)
