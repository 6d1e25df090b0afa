"""The comparability guard on recorded runs: what must be said of a pair, and what must not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from tui_eval.analysis.guard import (
    Difference,
    difference_words,
    differences,
    differing,
    is_marked,
)
from tui_eval.analysis.selection import metrics
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import read_samples
from tui_eval.records import Run
from tui_eval.tables import Tables

CORPUS = Path(os.environ.get("TUI_EVAL_CORPUS", ""))
ACCURACY = ("accuracy_mean", None)


class Opened(NamedTuple):
    runs: Mapping[str, Run]
    tables: Tables

    def rows(self, dataset: str, *runs: str) -> pl.DataFrame:
        """All answers of runs to a dataset."""
        wanted = {run: self.runs[run] for run in runs}
        *_, samples = read_samples(wanted, self.tables, self.tables, dataset, Cache(None))
        return samples.rows

    def having(self, dataset: str) -> list[str]:
        """The runs that have a dataset, by label."""
        return self.tables.by_label(self.tables.scores.filter(dataset=dataset)["run"].unique())

    def run(self, part: str) -> str:
        """The run whose file has this in its path."""
        (found,) = (key for key, run in self.runs.items() if part in str(run.path))
        return found

    def first_metric(self, dataset: str) -> tuple[str, str | None]:
        found = metrics(self.tables.scores, dataset)[0]
        return found.name, found.filter


@cache
def opened(*folders: str) -> Opened:
    collection = load([CORPUS / folder for folder in folders])
    return Opened({run.key: run for run in collection.runs}, collection.tables())


def both_ways(
    found: Opened,
    dataset: str,
    metric: tuple[str, str | None],
    runs: tuple[str, str],
    rows: pl.DataFrame | None = None,
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """What is said without rows, and with them."""
    samples = found.rows(dataset, *runs) if rows is None else rows
    one = differences(found.tables, dataset, metric, *runs)
    return one, differences(found.tables, dataset, metric, *runs, samples)


def unknown(found: tuple[Difference, ...]) -> list[str]:
    return [one.name for one in found if not one.is_known]


def one_value(found: tuple[Difference, ...], name: str) -> tuple[str | None, str | None]:
    return next((one.baseline, one.candidate) for one in found if one.name == name)


def renamed(tables: Tables, run: str, old: Callable[[str], bool], new: str) -> Tables:
    """A run's datasets and categories under another name, as if a person had joined them."""
    scores, settings = (_renamed(part, run, old, new) for part in (tables.scores, tables.settings))
    return Tables(tables.runs, scores, settings)


def _renamed(rows: pl.DataFrame, run: str, old: Callable[[str], bool], new: str) -> pl.DataFrame:
    is_old = [name for name in rows["dataset"].unique() if name is not None and old(name)]
    is_own = (pl.col("run") == run) & pl.col("dataset").is_in(is_old)
    name = pl.when(is_own).then(pl.lit(new))
    return rows.with_columns(
        dataset=name.otherwise("dataset"),
        category=pl.when(is_own & pl.col("category").is_not_null())
        .then(pl.lit(new))
        .otherwise("category"),
    )


# --- lm-evaluation-harness ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "dataset", ["gsm8k", "shortqa", "mmlu", "lastword_openai", "docspages", "ifeval"]
)
def test_three_models_of_one_version_and_setting(dataset: str) -> None:
    found = opened("lmeval/v0.4.13")
    runs = found.having(dataset)
    assert len(runs) == 3
    samples = found.rows(dataset, *runs)
    for metric in metrics(found.tables.scores, dataset):
        for pair in combinations(runs, 2):
            told = both_ways(found, dataset, (metric.name, metric.filter), pair, samples)
            assert told == ((), ())


def test_one_task_in_two_versions_of_the_harness() -> None:
    """Equal templates, and not one equal prompt; a limit of 200 of 135 questions."""
    new, old = opened("lmeval/v0.4.13"), opened("lmeval/v0.4.2")
    a, b = new.run("00-07-30"), next(iter(old.runs))
    name = "mmlu_anatomy"
    parts = []
    for found, run in ((new, a), (old, b)):
        category = next(one for one in ("mmlu_anatomy", "loc_mmlu_anatomy") if _has(found, one))
        rows = found.rows("mmlu" if found is new else "loc_mmlu", run)
        is_own = pl.col("category").is_null() | (pl.col("category") == category)
        whole = is_own & pl.col("dataset").is_in(["mmlu", "loc_mmlu"])
        parts.append(
            [
                rows.filter(category=category),
                found.tables.scores.filter(whole, pl.col("category").is_not_null(), run=run),
                found.tables.settings.filter(whole | pl.col("dataset").is_null(), run=run),
            ]
        )
    samples, scores, settings = (
        pl.concat(some).with_columns(
            pl.when(pl.col(column).is_not_null()).then(pl.lit(name)).alias(column)
            for column in ("dataset", "category")
        )
        for some in zip(*parts, strict=True)
    )
    tables = Tables(pl.concat([new.tables.runs, old.tables.runs]), scores, settings)
    joined = Opened({**new.runs, **old.runs}, tables)
    without, with_rows = both_ways(joined, name, ("acc", None), (a, b), samples)
    assert differing(without) == ("harness_version",)
    assert unknown(without) == ["system_prompt", "prompt"]
    assert differing(with_rows) == ("prompt", "harness_version")
    assert unknown(with_rows) == []
    assert one_value(with_rows, "prompt")[0] == "differs in 135 of 135 questions"
    assert one_value(with_rows, "harness_version") == ("0.4.13", "0.4.2")
    assert is_marked(with_rows)


def _has(found: Opened, category: str) -> bool:
    return bool((found.tables.scores["category"] == category).any())


def test_another_task_on_the_same_questions() -> None:
    found = opened("lmeval/v0.4.13/sim__alpha-1b")
    (a,), (b,) = found.having("gsm8k"), found.having("gsm8k_self_consistency")
    tables = renamed(found.tables, b, lambda name: name == "gsm8k_self_consistency", "gsm8k")
    own = found.rows("gsm8k_self_consistency", b)
    rows = _renamed(own, b, lambda name: name.startswith("gsm8k"), "gsm8k")
    samples = pl.concat([found.rows("gsm8k", a), rows])
    joined = Opened(found.runs, tables)
    metric = ("exact_match", "strict-match")
    without, with_rows = both_ways(joined, "gsm8k", metric, (a, b), samples)
    assert differing(without) == ("filter", "generation", "shots", "repeats")
    assert differing(with_rows) == ("filter", "generation", "prompt", "shots", "repeats")
    assert one_value(with_rows, "shots") == ("5", "0")
    assert one_value(with_rows, "repeats") == ("1", "8")
    greedy, sampled = one_value(with_rows, "generation")
    assert greedy is not None
    assert sampled is not None
    assert '"greedy": true' in greedy
    assert '"temperature": 0.2' in sampled


def test_the_oldest_files_tell_of_shots_alone() -> None:
    found = opened("lmeval/public_v0.3/evals/pythia-v1/pythia-1.4b")
    zero, five = (
        found.run("zero-shot/1.4b_step143000"),
        found.run("five-shot/1.4b-5shot_step143000"),
    )
    for dataset in ("lambada_openai", "arc_easy"):
        told = differences(found.tables, dataset, ("acc", None), zero, five)
        assert differing(told) == ("shots",)
        assert one_value(told, "shots") == ("0", "5")
        assert unknown(told) == ["filter", "generation", "prompt"]


# --- Lighteval ----------------------------------------------------------------------------------


def test_two_versions_of_lighteval_on_the_same_answers() -> None:
    found = opened("lighteval/v0.6.2", "lighteval/v0.13.0")
    runs = found.run("v0.6.2/results/mock-org"), found.run("v0.13.0/results/mock-org")
    tables = found.tables
    shared = [set(tables.scores.filter(run=run)["dataset"]) for run in runs]
    names = sorted(shared[0] & shared[1])
    assert len(names) == 5
    for name in names:
        samples = found.rows(name, *runs)
        for metric in metrics(tables.scores.filter(pl.col("run").is_in(runs)), name):
            told = both_ways(found, name, (metric.name, metric.filter), runs, samples)
            for one in told:
                assert "question_set" not in {each.name for each in one}  # in all the same
                assert "generation" in unknown(one)
                assert "metric_definition" in {each.name for each in one}
            assert "prompt" in unknown(told[0])
            is_few_shot = name in ("mixmc", "triviaqa_mix")  # of others rows have all of it
            assert ("prompt" in unknown(told[1])) == is_few_shot
            assert "prompt" not in differing(told[1])
    other = {"gsm8k_mix": ("qem", "extractive_match"), "drop_mix": ("rouge1", "bleu, f1, rougeL")}
    for name, (own, others) in other.items():
        found_ = differences(tables, name, (own, None), *runs)
        assert one_value(found_, "metric_definition") == (own, others)


def test_two_limits_of_lighteval() -> None:
    found = opened("lighteval/v0.13.0")
    runs = found.run("tiny-gpt2/results_2026-11-21T00-45"), found.run("results_2026-11-21T00-48")
    for told in both_ways(found, "boolq_mix", ("acc", None), runs):
        assert differing(told)[:2] == ("question_set", "limit")
        assert one_value(told, "limit") == ("20", "10")


# --- EvalScope ----------------------------------------------------------------------------------


def test_four_models_of_one_version_of_evalscope() -> None:
    found = opened("evalscope/mock/1.14.1")
    for dataset in ("general_qa", "general_mcq"):
        runs = found.having(dataset)
        assert len(runs) == 4
        samples = found.rows(dataset, *runs)
        for pair in combinations(runs, 2):
            metric = found.first_metric(dataset)
            assert both_ways(found, dataset, metric, pair, samples) == ((), ())


def test_two_versions_of_evalscope_and_a_metric_that_failed() -> None:
    found = opened("evalscope/mock/1.11.1", "evalscope/mock/1.14.1")
    runs = found.run("1.11.1/20261121_001838"), found.run("1.14.1/20261120_233851")
    samples = found.rows("general_qa", *runs)
    for metric in metrics(found.tables.scores, "general_qa"):
        failed = metric.name.startswith("bleu")
        told = both_ways(found, "general_qa", (metric.name, metric.filter), runs, samples)
        for one in told:
            names = ("failed_metrics", "harness_version") if failed else ("harness_version",)
            assert differing(one) == names
            assert unknown(one) == []
            assert is_marked(one) == failed  # the version alone is a note
            if failed:
                assert one_value(one, "failed_metrics") == ("none", "12 of 30")


def test_names_that_versions_of_evalscope_changed() -> None:
    """From 0.17 to 1.14 nothing else differs in general_qa."""
    found = opened("evalscope/mock/0.17.1", "evalscope/mock/1.14.1")
    runs = tuple(run for run in found.having("general_qa") if "mock-7b" in found.tables.labels[run])
    assert len(runs) == 2
    own = found.tables.scores.filter(pl.col("run").is_in(runs))
    shared = next(one for one in metrics(own, "general_qa") if one.name.startswith("rouge"))
    told = differences(found.tables, "general_qa", (shared.name, shared.filter), *runs)
    assert differing(told) in ((), ("metric_definition",))
    assert not {"prompt", "generation", "filter", "shots"} & {one.name for one in told}


# --- Twinkle Eval -------------------------------------------------------------------------------


def test_seven_runs_of_twinkle() -> None:
    found = opened("twinkle/runs/2.10.0")
    assert len(found.runs) == 7
    flaky = found.run("mock-flaky-8b")
    first = found.run("mock-3b-base")
    fewer = {"mini_mmlu": ("7 of 7", "6 of 7"), "mini_tmmlu": ("12 of 12", "10 of 12")}
    for dataset in sorted(set(found.tables.scores["dataset"])):
        runs = found.having(dataset)
        samples = found.rows(dataset, *runs)
        for other in runs:
            told = both_ways(found, dataset, ACCURACY, (first, other), samples)
            if other == flaky and dataset in fewer:
                assert [differing(one) for one in told] == [("question_set",)] * 2
                one, two = (f"{text} categories" for text in fewer[dataset])
                assert one_value(told[0], "question_set") == (one, two)
                assert [unknown(one) for one in told] == [[], []]
            else:
                assert told == ((), ()), (dataset, found.tables.labels[other])


@pytest.mark.parametrize("version", ["925eaa7", "v1.4.0"])
def test_older_versions_of_twinkle(version: str) -> None:
    found = opened(f"twinkle/runs/{version}", "twinkle/runs/2.10.0/mock-8b-instruct")
    runs = found.run(f"/{version}/"), found.run("/2.10.0/")
    assert both_ways(found, "mini_tmmlu", ACCURACY, runs) == ((), ())
    for told in both_ways(found, "mini_mmlu", ACCURACY, runs):
        assert differing(told) == ("filter", "system_prompt")
        assert one_value(told, "filter") == ("box", "pattern")
        prompt, none = one_value(told, "system_prompt")
        assert prompt is not None
        assert prompt.startswith("Put the option in")
        assert none == "none"
    if version == "v1.4.0":
        for told in both_ways(found, "ex_gsm8k", ACCURACY, runs):
            assert differing(told) == ("repeats",)
            assert one_value(told, "repeats") == ("1", "2")


# --- MixEval ------------------------------------------------------------------------------------


def test_three_models_of_mixeval() -> None:
    found = opened("mixeval/small")
    dataset = "mixeval_hard 2024-06-01"
    runs = found.having(dataset)
    assert len(runs) == 3
    samples = found.rows(dataset, *runs)
    for pair in combinations(runs, 2):
        without, with_rows = both_ways(found, dataset, ("score", None), pair, samples)
        assert differing(without) == differing(with_rows) == ()
        assert {"generation"} <= {*unknown(without)} <= {"generation", "system_prompt"}
        assert unknown(with_rows) == ["generation"]
        assert str(difference_words(with_rows)) == "not recorded: generation"
