"""Answers of the recorded runs of lm-evaluation-harness against the harness's own numbers."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tui_eval.files.documents import Problem
from tui_eval.files.rows import row_at
from tui_eval.formats.harnesses import lm_eval
from tui_eval.formats.index import Index, frame
from tui_eval.formats.lm_eval import texts as lm_eval_texts
from tui_eval.formats.lm_eval.rows import question_of
from tui_eval.records import Run
from tui_eval.tables import ANSWERS, INDEX

LM_EVAL = Path(os.environ["TUI_EVAL_CORPUS"]) / "lmeval"
FILES = sorted(
    path
    for path in LM_EVAL.rglob("*.jsonl")
    if not path.name.startswith("pretrained__") or path.with_name("results.json").exists()
)
RESULTS = sorted(LM_EVAL.glob("v0.4*/*/results*.json"))  # those of edge/ are of more answers
SUBSETS: list[dict[str, Any]] = json.loads(
    (LM_EVAL / "golden/stored_metric_subsets.json").read_text("utf-8")
)
PAIRS: list[dict[str, Any]] = [
    pair
    for pair in json.loads((LM_EVAL / "golden/pairs.json").read_text("utf-8"))
    if all((LM_EVAL / pair[side]).exists() for side in "ab")
]
NO_MEAN = {entry["metric"] for entry in SUBSETS if entry["aggregation"] != "mean"}
HERE = [
    entry
    for entry in SUBSETS
    if entry["aggregation"] == "mean" and (LM_EVAL / entry["samples_file"]).exists()
]


def name_of(path: Path) -> str:
    return str(path.relative_to(LM_EVAL))


@cache
def indexed(path: Path) -> Index:
    problems: list[Problem] = []
    batches = list(lm_eval.SAMPLES.index(path, problems))
    assert batches[-1].done <= path.stat().st_size
    rows = pl.concat([frame(batch) for batch in batches])
    assert rows.schema == INDEX
    return Index(rows, tuple(problems))


def plain(path: Path) -> list[dict[str, Any]]:
    """The rows as Python's own reader has them, without a last one that breaks off."""
    text = path.read_text("utf-8")
    if text.startswith("["):
        rows: list[dict[str, Any]] = json.loads(text)
        return rows
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            assert "truncated" in path.parts
    return found


@cache
def run_at(results: Path) -> Run:
    """The run of a file of results, with the files of answers that belong to it."""
    run = lm_eval.FORMAT.read_runs(json.loads(results.read_text("utf-8")), results, 1)[0]
    parts = [
        lm_eval.SAMPLES.read({}, path)
        for path in sorted(results.parent.glob("*.jsonl"))
        if lm_eval.SAMPLES.read({}, path).identity == run.identity
    ]
    return lm_eval.FORMAT.combine([run, *parts])


@cache
def samples_of(results: Path) -> tuple[pl.DataFrame, list[str]]:
    run = run_at(results)
    return lm_eval.SAMPLES.table(run, {file: indexed(file.path) for file in run.samples})


def alone(path: Path) -> pl.DataFrame:
    """The answers of one file, its results not at hand."""
    (file,) = lm_eval.SAMPLES.read({}, path).samples
    frame, _ = lm_eval.SAMPLES.table(lm_eval.SAMPLES.read({}, path), {file: indexed(path)})
    return frame


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_row_is_there(path: Path) -> None:
    rows = plain(path)
    found = indexed(path)
    fixed = {
        *("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"),
        *("doc_hash", "prompt_hash", "target_hash"),
    }
    metrics = [row.get("metrics", [name for name in row if name not in fixed]) for row in rows]
    assert found.rows.height == sum(map(len, metrics))
    assert found.rows["place"].n_unique() == len(rows)
    assert Counter(found.rows["id"]) == Counter(
        str(row["doc_id"]) for row, names in zip(rows, metrics, strict=True) for _ in names
    )
    broken = ["line 400"] if "truncated" in path.parts else []
    assert [problem.place for problem in found.problems] == broken


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_hashes_are_the_harness_s_own(path: Path) -> None:
    by_place = dict(indexed(path).rows.select("place", "question").iter_rows())
    for place, question in list(by_place.items())[:50]:
        row = row_at(path, place)
        assert isinstance(row, dict)
        told = row.pop("doc_hash", None)
        assert told is None or question == int(told[:16], 16)
        assert question_of(row) == question


@cache
def checked_means(results: Path) -> int:
    """How many reported scores are the mean of their answers; all others are asserted to be."""
    frame, notes = samples_of(results)
    assert frame.schema == ANSWERS
    assert notes == []
    keys = ["dataset", "category", "metric", "filter"]
    scores = {key: rows["score"] for key, rows in frame.group_by(keys)}
    sampled = set(frame.select("dataset", "category").iter_rows())
    checked = 0
    for score in run_at(results).scores:
        if (score.dataset, score.category) not in sampled:
            continue
        values = scores[score.dataset, score.category, score.metric, score.filter]
        if score.metric in NO_MEAN:
            assert values.null_count() == len(values)
            continue
        assert values.null_count() == 0
        assert values.mean() == pytest.approx(score.value, rel=1e-9)
        assert score.n in (None, len(values))
        checked += 1
    return checked


@pytest.mark.parametrize("path", RESULTS, ids=name_of)
def test_means_are_the_reported_scores(path: Path) -> None:
    samples, _ = samples_of(path)
    assert bool(checked_means(path)) == bool(len(samples.filter(~pl.col("metric").is_in(NO_MEAN))))


def test_means_of_all_runs_were_checked() -> None:
    assert sum(map(checked_means, RESULTS)) == 73


def test_how_many_golden_subsets_are_means() -> None:
    """The rest are metrics over all questions at once, or of files that are not here."""
    assert (len(SUBSETS), len(HERE), len(PAIRS)) == (312, 135, 3)
    assert len([entry for entry in SUBSETS if entry["aggregation"] == "mean"]) == 153


def subset(entry: dict[str, Any]) -> pl.Series:
    frame = alone(LM_EVAL / entry["samples_file"])
    word = None if entry["filter"] == "none" else entry["filter"]
    number = pl.col("id").cast(pl.Int64)
    chosen = {
        "all": pl.lit(True),
        "doc_id%3==0": number % 3 == 0,
        "10<=doc_id<60": number.is_between(10, 59),
    }[entry["subset"]]
    is_it = (pl.col("metric") == entry["metric"]) & pl.col("filter").eq_missing(pl.lit(word))
    return frame.filter(is_it & chosen)["score"]


@pytest.mark.parametrize(
    "entry",
    HERE,
    ids=lambda e: f"{e['samples_file'].split('/')[1]} {e['task']} {e['metric']} {e['subset']}",
)
def test_golden_subsets(entry: dict[str, Any]) -> None:
    scores = subset(entry)
    assert len(scores) == entry["n"]
    assert scores.mean() == pytest.approx(entry["value"], rel=1e-9)
    deviation = scores.std()
    assert isinstance(deviation, float)
    assert deviation / math.sqrt(len(scores)) == pytest.approx(entry["stderr"], rel=1e-9)


@pytest.mark.parametrize("entry", PAIRS, ids=lambda entry: f"{entry['task']} {entry['filter']}")
def test_golden_pairs(entry: dict[str, Any]) -> None:
    """Questions that two models got right or wrong, paired by their content."""
    a, b = LM_EVAL / entry["a"], LM_EVAL / entry["b"]
    keys = ["dataset", "category", "sample", "metric", "filter", "attempt"]
    both = alone(a).join(alone(b), on=keys, suffix="_b", nulls_equal=True)
    word = None if entry["filter"] == "none" else entry["filter"]
    both = both.filter(pl.col("filter").eq_missing(pl.lit(word)), metric=entry["metric"])
    counts = Counter(both.select("score", "score_b").iter_rows())
    assert both.height == entry["n_paired"]
    assert counts == {
        (1.0, 1.0): entry["both_right"],
        (1.0, 0.0): entry["only_a"],
        (0.0, 1.0): entry["only_b"],
        (0.0, 0.0): entry["both_wrong"],
    }


def gsm8k(folder: str) -> Path:
    (path,) = (LM_EVAL / folder / "sim__delta-70b").glob("samples_gsm8k_2026-11-21T00-15*.jsonl")
    return path


def pairable(path: Path) -> set[tuple[object, ...]]:
    columns = ("id", "sample", "question", "prompt", "metric", "filter", "score", "status")
    return set(alone(path).select(*columns).iter_rows())


def test_rank_order_is_the_same_answers() -> None:
    rows = alone(gsm8k("edge/dp4_rank_order"))
    assert rows["id"].to_list()[:3] == ["0", "4", "8"]
    assert pairable(gsm8k("edge/dp4_rank_order")) <= pairable(gsm8k("v0.4.13"))
    assert rows.height == len(pairable(gsm8k("edge/dp4_rank_order"))) == 400


def test_what_breaks_off_loses_its_last_row() -> None:
    assert pairable(gsm8k("edge/truncated")) < pairable(gsm8k("v0.4.13"))
    assert len(pairable(gsm8k("edge/truncated"))) == 399
    (problem,) = indexed(gsm8k("edge/truncated")).problems
    assert str(problem) == "line 400: the JSON breaks off here: the file is incomplete"


def test_nan_costs_the_number_and_not_the_row() -> None:
    odd = indexed(gsm8k("edge/nan"))
    assert odd.problems == ()
    assert odd.rows["score"].null_count() == 2  # NaN and -Infinity


def test_0_4_2_pairs_with_0_4_13() -> None:
    """Its rows have no hashes: they are made of the question as 0.4.3 makes them."""
    old = alone(LM_EVAL / "v0.4.2/sim__alpha-1b/pretrained__sim__alpha-1b_loc_mmlu_anatomy.jsonl")
    (path,) = (LM_EVAL / "v0.4.13/sim__alpha-1b").glob("samples_mmlu_anatomy_*T00-07-*")
    new = alone(path)
    assert old["sample"].to_list() == new["sample"].to_list()


def test_a_question_asked_twice_is_two() -> None:
    (path,) = (LM_EVAL / "v0.4.13/sim__alpha-1b").glob("samples_mmlu_college_physics_*T00-07-*")
    rows = alone(path)
    assert rows["sample"].n_unique() == 102
    assert sum("#" in sample for sample in rows["sample"]) == 102 - rows["question"].n_unique() > 0


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_texts_of_answers(path: Path) -> None:
    """Prompt, target and response of some rows as they stand there; options with their ratings."""
    rows = indexed(path).rows.unique("place", keep="first", maintain_order=True)
    for place, length in rows[:: max(1, rows.height // 20)].select("place", "length").iter_rows():
        row: Any = row_at(path, place)
        found = lm_eval_texts.answer(path, place, 0)
        options = [choice.text for choice in found.choices if choice.is_target]
        told = str(row["target"])
        assert found.target == (options[0] if len(found.choices) > 1 and options else told)
        arguments = row["arguments"]
        requests = (
            [list(one.values()) for one in arguments.values()]
            if isinstance(arguments, dict)
            else arguments
        )
        if length is not None:
            assert found.prompt[0].text == requests[0][0]
            repeats = row["resps"][0]
            assert int(sum(map(len, repeats)) / len(repeats) + 0.5) == length
            parts = [f"[{n} of {len(repeats)}]\n{text}" for n, text in enumerate(repeats, 1)]
            assert found.response == (repeats[0] if len(repeats) == 1 else "\n\n".join(parts))
            assert found.extracted == row["filtered_resps"][0]
        else:
            asked = [one for one in requests if one[0] or "mcall" not in path.name]
            assert len(found.choices) == len(asked)
            if "acc" in row and len(asked) > 1:
                (right,) = (n for n, choice in enumerate(found.choices) if choice.is_target)
                assert found.choices[right].is_chosen == bool(row["acc"])
