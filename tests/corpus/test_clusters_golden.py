"""Which questions of recorded runs share passages, and what that does to standard errors."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tests.build.opened import opened
from tui_eval.statistics.means import clustered_stderr, mean_stderr

CORPUS = Path(os.environ.get("TUI_EVAL_CORPUS", ""))

ON_PASSAGES = {
    # dataset, category: questions, those on passages, passages
    "lighteval": {("drop_mix", "drop_mix"): (112, 49, 21), ("mixmc", "agieval"): (92, 15, 7)},
    "mixeval/small": {
        ("mixeval_hard 2024-06-01", "DROP"): (18, 6, 3),
        ("mixeval_hard 2024-06-01", "AGIEval"): (13, 2, 1),
    },
    "lmeval/v0.4.13": {
        ("docspages", "docspages"): (200, 6, 3),  # openings of one source
        ("lastword_openai", "lastword_openai"): (256, 8, 4),
        ("mmlu", "mmlu_college_physics"): (91, 6, 3),  # a question with other options
        ("mmlu", "mmlu_computer_security"): (100, 6, 3),
        ("mmlu", "mmlu_formal_logic"): (126, 21, 3),  # a long instruction: the one that is wrong
        ("mmlu", "mmlu_professional_accounting"): (282, 2, 1),
    },
    "lmeval/v0.4.2": {
        ("loc_docspages", "loc_docspages"): (200, 6, 3),
        ("loc_lastword_openai", "loc_lastword_openai"): (200, 4, 2),
        ("loc_mmlu", "loc_mmlu_college_physics"): (91, 6, 3),
    },
    "evalscope": {},
    "twinkle": {},
}


@cache
def questions_of(folder: str) -> pl.DataFrame:
    """Every question of every run of a folder, once."""
    whole = opened(CORPUS / folder)
    frames = [
        whole.whole(dataset).rows for dataset in whole.shown.scores["dataset"].unique().sort()
    ]
    columns = ["run", "dataset", "category", "question", "cluster"]
    return pl.concat(frames).select(columns).drop_nulls("question").unique()


@pytest.mark.parametrize("folder", ON_PASSAGES)
def test_questions_on_passages(folder: str) -> None:
    """Those of every task whose questions share passages, and of no other."""
    whole = (
        questions_of(folder)
        .group_by("run", "dataset", "category")
        .agg(
            pl.len(),
            on=pl.col("cluster").count(),
            passages=pl.col("cluster").drop_nulls().n_unique(),
        )
    )
    assert whole.height > 5
    found = {
        (dataset, category): numbers
        for _, dataset, category, *numbers in whole.sort("len").iter_rows()
        if numbers[1]
    }
    assert found == {place: [*numbers] for place, numbers in ON_PASSAGES[folder].items()}


@pytest.mark.parametrize("folder", ON_PASSAGES)
def test_runs_and_eras_agree(folder: str) -> None:
    on = questions_of(folder).drop_nulls("cluster")
    names = on.group_by("dataset", "category", "question").agg(pl.col("cluster").n_unique())
    assert set(names["cluster"]) <= {1}
    runs = on.group_by("dataset", "category", "run").agg(pl.col("cluster").unique().sort())
    assert runs.n_unique(["dataset", "category", "cluster"]) == len(ON_PASSAGES[folder])


def test_clustered_standard_errors() -> None:
    """Of the F1 of three models, without clusters and with them."""
    whole = opened(CORPUS / "lighteval" / "v0.13.0").whole("drop_mix").rows.filter(metric="f1")
    found = []
    for rows in whole.partition_by("run"):
        scores = rows["score"].to_numpy()
        clusters = rows.select(pl.coalesce("cluster", "question")).to_series().to_numpy()
        found.append((round(mean_stderr(scores), 4), round(clustered_stderr(scores, clusters), 4)))
    assert sorted(found) == [(0.0138, 0.0148), (0.0155, 0.0162), (0.0212, 0.0245)]
