"""The scores of the recorded MixEval runs, made again from single answers by MixEval's formula."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tests.build.indexes import samples_of
from tui_eval.formats.harnesses import mixeval
from tui_eval.formats.mixeval import texts as mixeval_texts
from tui_eval.loading.collection import load
from tui_eval.records import Run

MIXEVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "mixeval"
SMALL = MIXEVAL / "small" / "model_responses"
GOLDEN: dict[str, dict[str, float]] = json.loads(
    (MIXEVAL / "small" / "golden_score_root.json").read_text()
)
RULED = MIXEVAL / "incomplete" / "gpt_35_turbo_0125"
JUDGE = "gpt-3.5-turbo-0125"


@cache
def run_of(folder: Path, model: str) -> Run:
    return next(run for run in load([folder]).runs if run.model == model)


@cache
def rows_of(folder: Path, model: str) -> pl.DataFrame:
    return samples_of(mixeval.SAMPLES, run_of(folder, model))


def by_formula(rows: pl.DataFrame) -> dict[str, float]:
    """Means of each split, rounded, then weighted by their questions, as MixEval does it."""
    found = {}
    for name in ("overall", *rows["category"].unique()):
        some = rows if name == "overall" else rows.filter(pl.col("category") == name)
        scores = [
            some.filter(pl.col("sample").str.starts_with(f"{split}:"))["score"].to_list()
            for split in ("free-form", "multiple-choice")
        ]
        total = sum(map(len, scores))
        means = [round(sum(part) / len(part), 3) if part else 0.0 for part in scores]
        free, choice = (
            mean * (len(part) / total) for mean, part in zip(means, scores, strict=True)
        )
        found[name] = free + choice
    return found


@pytest.mark.parametrize("model", GOLDEN)
def test_scores_follow_from_the_samples_bit_for_bit(model: str) -> None:
    rows = rows_of(SMALL, model)
    assert rows["score"].null_count() == 0
    assert by_formula(rows) == GOLDEN[model]
    path = SMALL / model / "mixeval_hard" / "2024-06-01" / "score.json"
    assert by_formula(rows) == json.loads(path.read_text())


@pytest.mark.parametrize("model", GOLDEN)
def test_unparsed_verdicts_are_named(model: str) -> None:
    unparsed = rows_of(SMALL, model).filter(pl.col("status") != "ok")
    expected = {"llama_3_8b_instruct": [("multiple-choice:7", "unparsed")]}.get(model, [])
    names = unparsed["sample"].str.split(":").list.slice(0, 2).list.join(":").to_list()
    assert list(zip(names, unparsed["status"], strict=True)) == expected


def test_questions_are_the_same_for_all_models() -> None:
    names = [set(rows_of(SMALL, model)["sample"]) for model in GOLDEN]
    assert all(one == names[0] for one in names)
    assert len(names[0]) == 120
    assert rows_of(SMALL, "llama_3_8b_instruct")["question"].n_unique() == 54 + 58


def test_a_judge_and_rules_side_by_side() -> None:
    rows = rows_of(MIXEVAL / "incomplete", RULED.name)
    assert rows.group_by("filter").len().sort("filter").rows() == [(None, 1000), (JUDGE, 1000)]
    ruled = by_formula(rows.filter(pl.col("filter").is_null()))
    assert ruled == json.loads((RULED / "mixeval_hard" / "2024-06-01" / "score.json").read_text())
    judged = by_formula(rows.filter(pl.col("filter") == JUDGE))
    run = run_of(MIXEVAL / "incomplete", RULED.name)
    assert judged == {
        one.category or "overall": one.value
        for one in run.scores
        if (one.metric, one.filter) == ("score", JUDGE)
    }


@pytest.mark.parametrize(
    ("model", "answers", "doubled"),
    [
        ("claude_3_opus", 999, 0),
        ("gpt_4o", 800, 0),
        ("llama_3_70b_instruct", 500, 0),
        ("mistral_large", 1000, 1),
    ],
)
def test_answers_of_broken_runs(model: str, answers: int, doubled: int) -> None:
    rows = rows_of(MIXEVAL / "incomplete", model)
    assert (rows.height, rows["score"].null_count()) == (answers, answers)
    assert rows["sample"].str.ends_with("#2").sum() == doubled
    whole = set(rows_of(MIXEVAL / "incomplete", RULED.name)["sample"])
    assert set(rows["sample"].str.strip_suffix("#2")) <= whole


@pytest.mark.parametrize("model", GOLDEN)
def test_every_answer_can_be_looked_at(model: str) -> None:
    rows = rows_of(SMALL, model)
    for path, place, length in rows.select("file", "place", "length").iter_rows():
        answer = mixeval_texts.answer(Path(path), place, 0)
        assert answer.prompt
        assert answer.target
        assert answer.judge
        assert len(answer.response or "") == length
