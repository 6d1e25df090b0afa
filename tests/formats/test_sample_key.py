"""What pairs the same question of two runs: one contract for every format (`tables.SAMPLES`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from tui_eval.formats.registry import FORMATS
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples

ROOT = Path(__file__).parents[2] / "samples"
HARNESSES = [form.name for form in FORMATS]
KEY = ["dataset", "category", "sample"]


def all_samples(folder: Path) -> pl.DataFrame:
    """The answers of all runs of a folder, as the app reads them."""
    collection = load([folder])
    tables = collection.tables()
    runs = dict(zip(tables.runs["run"], collection.runs, strict=True))
    frames = []
    for dataset in tables.scores["dataset"].unique():
        keys = tables.scores.filter(dataset=dataset)["run"].unique(maintain_order=True)
        asked = {key: runs[key] for key in keys}
        *_, whole = read_samples(asked, tables, tables, dataset, Cache(None))
        frames.append(whole.rows)
    return pl.concat(frames)


@pytest.fixture(scope="module", params=HARNESSES)
def rows(request: pytest.FixtureRequest) -> pl.DataFrame:
    """The answers of several runs of a harness that were asked the same questions."""
    return all_samples(ROOT / str(request.param))


def test_runs_share_the_keys_of_the_questions_that_they_share(rows: pl.DataFrame) -> None:
    questions = rows.select("run", "id", "question", *KEY).unique()
    assert questions["question"].null_count() == 0
    same = questions.group_by("dataset", "category", "id", "question").agg(
        pl.col("sample").n_unique(), runs=pl.col("run").n_unique()
    )
    assert same["sample"].to_list() == [1] * same.height
    assert same.filter(pl.col("runs") > 1).height > same.height / 2
    pairs = questions.group_by(KEY).agg(runs=pl.col("run").n_unique())
    assert pairs["runs"].sum() == same["runs"].sum()


def test_a_key_is_of_one_question(rows: pl.DataFrame) -> None:
    contents = rows.group_by(KEY).agg(pl.col("question").n_unique())
    assert contents["question"].to_list() == [1] * contents.height


def test_rows_of_a_question_differ_in_attempt_metric_or_filter(rows: pl.DataFrame) -> None:
    assert not rows.select("run", *KEY, "attempt", "metric", "filter").is_duplicated().any()


# --- a question of other content ------------------------------------------------------------------


def in_lines(old: str, new: str) -> Callable[[Path], None]:
    """Another text in all files of answers of a run."""

    def change(folder: Path) -> None:
        for file in folder.rglob("*.jsonl"):
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")

    return change


def in_details(old: str, new: str) -> Callable[[Path], None]:
    """Another question in all details of a run."""

    def change(folder: Path) -> None:
        query = pl.col("doc").struct.field("query").str.replace(old, new, literal=True)
        for file in folder.rglob("*.parquet"):
            details = pl.read_parquet(file)
            details.with_columns(pl.col("doc").struct.with_fields(query=query)).write_parquet(file)

    return change


CHANGES = {
    "twinkle": ("mock-3b-base", in_lines("「甲＝11」與「乙＝29」", "「甲＝12」與「乙＝29」")),
    "lm_eval": ("mock__pine-1b", in_lines("ebb4a07e4c03597e1359bdcd07de7955", "0" * 32)),
    "lighteval": ("details/mock/pine-1b", in_details("What is 25 + 38?", "What is 26 + 38?")),
    "evalscope": ("20261121_000412", in_lines("the capital of France?", "the capital of Peru?")),
    "mixeval": (
        "model_responses/harbour_8b_chat",
        in_lines("the largest mass?", "the least mass?"),
    ),
}


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_question_of_other_content_has_another_key(harness: str, tmp_path: Path) -> None:
    place, change = CHANGES[harness]
    folder = tmp_path / harness
    copytree(ROOT / harness, folder)
    before = all_samples(folder)
    change(folder / place)
    after = all_samples(folder)
    runs = before["run"].unique().to_list()
    keys = [
        {run: set(of.filter(run=run).select(KEY).rows()) for run in runs} for of in (before, after)
    ]
    changed = [run for run in runs if keys[0][run] != keys[1][run]]
    assert len(changed) == 1
    (own,) = changed
    (lost,), (new,) = keys[0][own] - keys[1][own], keys[1][own] - keys[0][own]
    assert any(lost in keys[1][run] for run in runs)
    assert not any(new in keys[1][run] for run in runs if run != own)
