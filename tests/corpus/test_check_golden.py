"""Whether recorded runs are complete, beside a plain reading of their files."""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.build.opened import opened
from tui_eval.loading.cache import Cache
from tui_eval.loading.check import check
from tui_eval.loading.collection import load
from tui_eval.loading.passes import recompute

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
NOWHERE = Cache(None)


@cache
def rows_of(folder: str) -> pl.DataFrame:
    """Rows of `tables.CHECKS` of a folder; ``folder`` is that of the run's first file."""
    collection = load([CORPUS / folder])
    list(recompute(collection, NOWHERE))
    tables = collection.tables()
    runs = {run.key: run for run in collection.runs}
    *_, last = check(runs, tables, tables, NOWHERE)
    homes = {key: str(run.path.relative_to(CORPUS)) for key, run in runs.items()}
    return last.rows.with_columns(path=pl.col("run").replace_strict(homes))


def row(folder: str, path: str, category: str | None) -> dict[str, Any]:
    is_own = pl.col("path").str.contains(path, literal=True)
    own = rows_of(folder).filter(is_own, pl.col("category").eq_missing(pl.lit(category)))
    [found] = own.to_dicts()
    return found


# --- lm-eval ------------------------------------------------------------------------------------


def plain_tasks() -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Every task of every run whose results have hashes of its answers."""
    for results in sorted((CORPUS / "lmeval").rglob("results_*.json")):
        document = json.loads(results.read_text("utf-8"))
        for task in document.get("task_hashes") or ():
            if task in document["results"]:
                yield results, task, document


@pytest.mark.parametrize(
    ("results", "task", "document"),
    list(plain_tasks()),
    ids=lambda value: value.parent.name if isinstance(value, Path) else str(value)[:30],
)
def test_answers_of_lm_eval(results: Path, task: str, document: dict[str, Any]) -> None:
    time = results.stem.removeprefix("results_")
    file = results.with_name(f"samples_{task}_{time}.jsonl")
    any_answers = any(results.parent.glob(f"samples_*_{time}.jsonl"))
    found = row("lmeval", str(results.relative_to(CORPUS)), task if any_answers else None)
    asked = document["n-samples"][task]["effective"]
    if not file.exists():
        told = (0, "incomplete") if any_answers else (None, "unknown")
        assert (found["expected"], found["found"], found["verdict"]) == (asked, *told)
        return
    rows, digest = [], sha256()
    for line in file.read_text("utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
        digest.update("".join(rows[-1][f"{x}_hash"] for x in ("doc", "prompt", "target")).encode())
    questions = {one["doc_id"] for one in rows}
    filters = len(document["configs"][task].get("filter_list") or [None])
    is_whole = len(rows) == asked * filters
    is_same = digest.hexdigest() == document["task_hashes"][task]
    assert found["expected"] == asked
    assert found["found"] == len(questions)
    assert found["doubled"] == 0
    assert (found["verdict"] == "complete") == (is_whole and is_same)
    # all are there, and no row that was scored is known to be gone
    assert (found["verdict"] == "unknown") == (is_whole and not is_same)
    texts = [one for one in rows if document["configs"][task]["output_type"] == "generate_until"]
    blank = {one["doc_id"] for one in texts if not "".join(one["resps"][0]).strip()}
    invalid = {one["doc_id"] for one in texts if one["filtered_resps"] == ["[invalid]"]}
    if len({len(one["resps"][0]) for one in texts}) <= 1:  # one response a question
        assert (found["empty"], found["unparsed"]) == (len(blank), len(invalid - blank))


@pytest.mark.parametrize(
    ("edge", "found", "missing", "verdict", "reason"),
    [
        ("truncated", 200, 1120, "incomplete", "the JSON breaks off here"),
        ("nan", 20, 1319, "incomplete", "no answers with the filter flexible-extract"),
        ("dp4_rank_order", 200, 0, "unknown", "put in another order (task_hashes)"),
    ],
)
def test_odd_folders_of_lm_eval(
    edge: str, found: int, missing: int, verdict: str, reason: str
) -> None:
    own = row("lmeval", f"edge/{edge}/", "gsm8k")
    assert own["verdict"] == verdict
    assert (own["found"], own["missing"]) == (found, missing)
    assert reason in own["reason"]


def test_arrays_of_0_4_2_are_whole_and_runs_of_0_3_have_no_answers() -> None:
    old = rows_of("lmeval").filter(pl.col("path").str.contains("v0.4.2/"))
    there = old.filter(pl.col("found") > 0)
    assert set(there["verdict"]) == {"complete"}
    assert there["expected"].to_list() == there["found"].to_list()
    oldest = rows_of("lmeval").filter(pl.col("path").str.contains("public_v0.3/"))
    assert oldest.height
    assert set(oldest["verdict"]) == {"unknown"}
    assert oldest["found"].null_count() == oldest.height


# --- Lighteval ----------------------------------------------------------------------------------


def test_details_of_lighteval() -> None:
    rows = rows_of("lighteval")
    assert set(rows["verdict"]) == {"complete"}
    assert rows["expected"].to_list() == rows["found"].to_list()
    limited = rows.filter(pl.col("reason").str.contains("limit"))
    assert set(limited["expected"]) <= {10, 20}


# --- EvalScope ----------------------------------------------------------------------------------


def test_reports_of_evalscope() -> None:
    rows = rows_of("evalscope")
    told: dict[tuple[str, str], int] = {}
    for path in (CORPUS / "evalscope").rglob("reports/*/*.json"):
        report = json.loads(path.read_text("utf-8"))
        for group in report["metrics"][0]["categories"]:
            for subset in group["subsets"]:
                told[str(path.parent.relative_to(CORPUS)), subset["name"]] = subset["num"]
    checked = 0
    for one in rows.iter_rows(named=True):
        n = told.get((one["path"], one["category"]))
        if n is not None and one["found"] is not None:
            assert (one["expected"], one["found"]) == (n, n)
            checked += 1
    assert checked > 100


def test_the_arena_that_crashed_is_incomplete_and_its_battles_are_all_there() -> None:
    arena = rows_of("evalscope").filter(pl.col("path").str.contains("1.11.1/20261121_001938"))
    [whole] = arena.filter(pl.col("category").is_null()).to_dicts()
    assert whole["verdict"] == "incomplete"
    assert whole["reason"].startswith("no report: EvalScope crashed or still runs")
    others = arena.filter(pl.col("category").is_not_null())
    assert others.height > 1
    assert set(others["missing"]) == {0}
    rest = rows_of("evalscope").filter(verdict="incomplete")
    assert rest.height == 1


# --- Twinkle Eval -------------------------------------------------------------------------------


def test_data_files_of_twinkle() -> None:
    rows = rows_of("twinkle/runs/2.10.0")
    bad = rows.filter(pl.col("verdict") != "complete")
    assert set(bad["path"].str.contains("mock-flaky-8b")) == {True}
    assert sorted(bad["category"]) == ["anatomy", "music_test", "nursing_test"]
    wholes: dict[tuple[str, ...], int] = defaultdict(lambda: 1)
    for path in (CORPUS / "twinkle/runs/2.10.0").rglob("results_*.json"):
        for name, one in json.loads(path.read_text("utf-8"))["dataset_results"].items():
            dataset = name.removeprefix("datasets/").strip("/")
            for item in one["results"]:
                for accuracy in item["individual_runs"]["accuracies"]:
                    size = Fraction(accuracy).limit_denominator(200).denominator
                    key = str(path.relative_to(CORPUS)), dataset, Path(item["file"]).stem
                    wholes[key] = math.lcm(wholes[key], size)
    whole = rows.filter(verdict="complete")
    assert whole.height > 150
    for one in whole.filter(~pl.col("category").str.contains("astronomy")).iter_rows(named=True):
        times = 4 if one["dataset"] == "ex_gsm8k" else 1  # samples of each question
        assert times * one["expected"] % wholes[one["path"], one["dataset"], one["category"]] == 0


def test_evaluations_of_one_minute_are_doubled() -> None:
    rows = rows_of("twinkle/runs/2.10.0_same-minute-collision")
    assert set(rows["verdict"]) == {"incomplete"}
    seen: dict[tuple[str, int], int] = defaultdict(int)
    for path in (CORPUS / "twinkle/runs/2.10.0_same-minute-collision").rglob("eval_results_*"):
        for line in path.read_text("utf-8").splitlines():
            seen[path.name, json.loads(line)["question_id"]] += 1
    assert rows["doubled"].sum() == sum(count - 1 for count in seen.values())


def test_odd_files_of_twinkle_do_not_end_it() -> None:
    rows = rows_of("twinkle/adversarial")
    assert set(rows["verdict"]) <= {"incomplete", "unknown"}


# --- all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["lmeval/v0.4.13/sim__delta-70b", "lighteval", "evalscope/mock"])
def test_a_run_by_itself_is_as_complete_as_among_others(folder: str) -> None:
    runs, written, shown = opened(CORPUS / folder)
    *_, last = check(dict(reversed(runs.items())), written, shown, NOWHERE)
    *_, first = check(runs, written, shown, NOWHERE)
    key = ["run", "dataset", "category"]
    assert last.rows.sort(key).equals(first.rows.sort(key))
