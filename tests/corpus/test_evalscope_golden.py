"""Every number of EvalScope's recorded reports, and the same recomputed from the reviews."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tui_eval.files.documents import Refusal, first_document, read_documents
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import evalscope, lighteval, lm_eval, twinkle
from tui_eval.loading.collection import load
from tui_eval.records import Run, Score

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
EVALSCOPE = CORPUS / "evalscope"
REPORTS = sorted(
    [
        *(path.relative_to(EVALSCOPE) for path in EVALSCOPE.glob("*/*/*/reports/*/*.json")),
        *(path.relative_to(EVALSCOPE) for path in EVALSCOPE.glob("golden/*report*.json")),
    ]
)
ROOTS = sorted(path.parent.relative_to(EVALSCOPE) for path in EVALSCOPE.rglob("reviews"))
TABLES = sorted(path.stem for path in EVALSCOPE.glob("golden/tables/*.csv"))
CRASHED = Path("mock/1.11.1/20261121_001938")

NAMES = {
    "AverageAccuracy": "accuracy",
    "mean_acc": "accuracy",
    "winrate": "win_rate",
    "winrate_lower": "win_rate_lower",
    "winrate_upper": "win_rate_upper",
}
OVERLAPS = {  # the 13 names of BLEU and ROUGE up to 1.10, and what they are called since
    **{f"bleu-{size}": f"bleu:mean[ngram={size}]" for size in range(1, 5)},
    "Rouge-1-R": 'rouge:mean[ngram=1,statistic="recall"]',
    "Rouge-1-P": 'rouge:mean[ngram=1,statistic="precision"]',
    "Rouge-1-F": 'rouge:mean[ngram=1,statistic="f1"]',
    "Rouge-2-R": 'rouge:mean[ngram=2,statistic="recall"]',
    "Rouge-2-P": 'rouge:mean[ngram=2,statistic="precision"]',
    "Rouge-2-F": 'rouge:mean[ngram=2,statistic="f1"]',
    "Rouge-L-R": 'rouge:mean[statistic="recall",variant="l"]',
    "Rouge-L-P": 'rouge:mean[statistic="precision",variant="l"]',
    "Rouge-L-F": 'rouge:mean[statistic="f1",variant="l"]',
}

Place = tuple[str | None, str, str | None]


@cache
def content(path: Path) -> Any:
    return json.loads((EVALSCOPE / path).read_text("utf-8"))


def run_of(path: Path) -> Run:
    return evalscope.FORMAT.read_runs(content(path), EVALSCOPE / path, 1)[0]


def written_name(metric: Any) -> str:
    """The name that a metric should have here."""
    if "identity" not in metric:
        name: str = metric["name"]
        plain = name.removeprefix("mean_")
        return NAMES.get(name, OVERLAPS.get(plain, plain))
    identity = metric["identity"]
    dimensions = ",".join(f"{key}={json.dumps(of)}" for key, of in identity["dimensions"].items())
    suffix = f":{identity['aggregation']}[{dimensions}]" if dimensions else ""
    return f"{identity['name']}{suffix}"


def missing(number: float) -> float | None:
    return None if number == -1 else number


def numbers(report: Any) -> dict[Place, tuple[float | None, int]]:
    """Every number of a report, but the plain means of single groups."""
    found: dict[Place, tuple[float | None, int]] = {}
    for metric in report["metrics"]:
        name = written_name(metric)
        found[None, name, None] = missing(metric["score"]), metric["num"]
        groups = metric["categories"]
        assert len(groups) == 1, "no recorded report has two groups"
        for group in groups:
            if group["name"] != ["default"]:
                found["/".join(group["name"]) + "/", name, None] = group["score"], group["num"]
            if len(group["subsets"]) > 1:
                found[None, name, "macro"] = missing(group["macro_score"]), group["num"]
            for one in group["subsets"]:
                found[one["name"], name, None] = missing(one["score"]), one["num"]
    return found


def by_place(scores: list[Score]) -> dict[Place, Score]:
    """Scores by category, metric and filter; a group ends in a slash."""
    return {
        (score.category or (score.group and f"{score.group}/"), score.metric, score.filter): score
        for score in scores
    }


def test_all_files_are_here() -> None:
    assert len(REPORTS) == 46
    assert len(ROOTS) == 22
    assert len(TABLES) == 17


# --- reports ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", REPORTS, ids=str)
def test_every_reported_number_is_in_the_scores(path: Path) -> None:
    run = run_of(path)
    found = {key: (score.value, score.n) for key, score in by_place(list(run.scores)).items()}
    assert found == numbers(content(path))
    assert len(found) == len(run.scores)
    assert {score.dataset for score in run.scores} == {content(path)["dataset_name"]}
    assert {score.origin for score in run.scores} == {"reported"}
    assert {score.unit for score in run.scores} == {"fraction"}
    assert {score.higher_is_better for score in run.scores} == {True}


def test_the_total_of_an_arena_is_explained() -> None:
    told = {path for path in REPORTS if any("pairs of models" in n for n in run_of(path).notes)}
    assert told == {path for path in REPORTS if "general_arena" in path.name}
    assert len(told) == 6


def test_the_primary_metric_is_the_first_one() -> None:
    reports = [path for path in REPORTS if content(path).get("primary_metric_identity")]
    primary = [{"identity": content(path)["primary_metric_identity"]} for path in reports]
    assert [run_of(path).scores[0].metric for path in reports] == list(map(written_name, primary))
    moved = [path for path in reports if content(path)["metrics"][0]["identity"]["name"] == "bleu"]
    assert len(moved) == 6
    assert {run_of(path).scores[0].metric for path in moved} == {
        'rouge:mean[statistic="recall",variant="l"]'
    }


def folder_of(name: str) -> Path:
    """The reports that a golden table is of."""
    version, root, model = re.split("__", name)
    kind, _, version = version.partition("_")
    return EVALSCOPE / kind.removesuffix("-viz") / version / root / "reports" / model


def table(name: str) -> list[dict[str, str]]:
    with (EVALSCOPE / "golden" / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


@pytest.mark.parametrize("name", TABLES)
def test_bleu_and_rouge_have_the_names_that_evalscope_itself_shows(name: str) -> None:
    """In its tables of every version: subset by subset, in the same metric."""
    (run,) = load([folder_of(name)]).runs
    found = {
        (score.dataset, score.category, score.metric, score.value)
        for score in run.scores
        if score.metric in OVERLAPS.values() and score.category is not None and not score.filter
    }
    golden = {
        (row["Dataset"], row["Subset"], row["Metric"], round(float(row["Score"]), 4))
        for row in table(name)
        if row["Metric"].startswith(("bleu", "rouge")) and row["Subset"] != "OVERALL"
    }
    assert found == golden
    assert "Arena" in name or "official" in name or len({row[2] for row in found}) == 13


@pytest.mark.parametrize("name", TABLES)
def test_golden_tables(name: str) -> None:
    """The same numbers that EvalScope itself shows, which names metrics of all versions anew."""
    (run,) = load([folder_of(name)]).runs
    golden = Counter(
        (
            row["Dataset"],
            None if row["Subset"] == "OVERALL" else row["Subset"],
            int(row["Num"]),
            missing(round(float(row["Score"]), 4)),
        )
        for row in table(name)
    )
    subsets = Counter(
        (score.dataset, score.metric)
        for score in run.scores
        if score.category is not None and score.filter is None
    )
    shown = Counter(
        (score.dataset, score.category, score.n, score.value)
        for score in run.scores
        if score.filter is None and (score.category is not None or score.group is None)
        if score.category is not None or subsets[score.dataset, score.metric] > 1
    )
    assert shown == golden


# --- recomputed from the reviews ----------------------------------------------------------------


def without_reports(root: Path, folder: Path) -> Path:
    copy = folder / root.name
    hidden = shutil.ignore_patterns("reports", "predictions", "logs")
    shutil.copytree(EVALSCOPE / root, copy, ignore=hidden)
    return copy


def compared(root: Path, folder: Path) -> Counter[str]:
    """How many numbers of the reports are the same, at 4 decimals, when they are recomputed."""
    runs = {run.path.name: run for run in load([without_reports(root, folder)]).runs}
    found: Counter[str] = Counter()
    for path in [path for path in REPORTS if root in path.parents]:
        run = runs[path.parent.name]
        assert (run.state, run.model) == ("no report", path.parent.name)
        dataset = content(path)["dataset_name"]
        again = by_place([score for score in run.scores if score.dataset == dataset])
        for (category, name, kept), (value, n) in numbers(content(path)).items():
            score = again.get((category, name, kept))
            what = "total" if category is None else "subset"
            if kept is not None or (category or "").endswith("/"):  # made of other numbers
                continue
            if score is None:
                found[f"{dataset}: no {name}"] += 1
            elif score.value is None:
                assert value in (None, 0.0)  # up to 0.17 it is told as -1, since then as 0
                assert score.n == 0
                found[f"{what}: {score.status}, {value}"] += 1
            elif score.n != n:  # questions that nothing could score count as 0 in the report
                assert value == pytest.approx(of_rounded(again, score, n), abs=5.1e-5)
                found[f"{what} with unscored ones"] += 1
            else:
                assert (score.origin, score.n) == ("recomputed", n)
                same = round(score.value, 4) == value
                found[f"{what} {'same' if same else 'of rounded subsets'}"] += 1
                assert same or value == pytest.approx(of_rounded(again, score), abs=5.1e-5)
    return found


def of_rounded(again: dict[Place, Score], total: Score, n: int | None = None) -> float | None:
    """A total as EvalScope makes it: of means that were rounded before; None for a subset."""
    subsets = [
        score
        for (category, metric, _), score in again.items()
        if category is not None and metric == total.metric
    ]
    if total.category is not None:
        return None
    return sum(round(one.value or 0, 4) * (one.n or 0) for one in subsets) / (n or total.n or 1)


def test_recomputed_scores_from_reviews_are_the_reported_ones(tmp_path: Path) -> None:
    """All but the win rates, which no review holds; IFEval's lists and old spellings included."""
    found: Counter[str] = Counter()
    for root in ROOTS:
        found += compared(root, tmp_path / root.parent.name)
    assert found == {
        "subset same": 420,
        "total same": 111,
        "total of rounded subsets": 15,
        "subset: no reference, None": 4,
        "subset: no reference, 0.0": 94,
        "subset: error, 0.0": 16,
        "total: no reference, None": 4,
        "total with unscored ones": 94,
        "general_arena: no win_rate": 54,
        "general_arena: no win_rate_lower": 54,
        "general_arena: no win_rate_upper": 54,
    }


def test_numbers_for_which_nothing_was_scored_are_marked() -> None:
    """The subset without references in all versions, and BLEU where it crashed in 1.14.1."""
    found: Counter[Any] = Counter()
    for run in load([EVALSCOPE / "mock", EVALSCOPE / "official"]).runs:
        for one in run.scores:
            if one.category is not None and one.status is not None:
                assert one.unscored == one.n
                found[one.category, one.status, one.value] += 1
    assert found == {
        ("arena", "no reference", 0.0): 94,
        ("arena", "no reference", None): 4,
        ("example", "error", 0.0): 16,
    }


def test_reviews_beside_their_report_are_not_read_again() -> None:
    collection = load([EVALSCOPE / "mock", EVALSCOPE / "official"])
    assert not [file for file in collection.files if file.content.state == "refused"]
    runs = {run.path: run for run in collection.runs}
    assert len(runs) == len(ROOTS)
    for path, run in runs.items():
        crashed = CRASHED in path.relative_to(EVALSCOPE).parents
        assert {score.origin for score in run.scores} == {"recomputed" if crashed else "reported"}
        files = [*path.parents[1].glob("predictions/*/*"), *path.parents[1].glob("reviews/*/*")]
        assert {file.path for file in run.samples} == set(files)


def test_an_arena_that_crashed_has_no_report_but_scores() -> None:
    (run,) = load([EVALSCOPE / CRASHED]).runs
    assert (run.model, run.state, run.version) == ("Arena", "no report", "1.11.1")
    assert run.timestamp == "20261121_001938"
    assert run.notes[0].startswith("report missing (EvalScope crashed or still runs, ")
    assert {(one.category, one.metric, one.n) for one in run.scores} == {
        ("general_qa&arena@mock-72b&mock-7b", "score", 9),
        ("general_qa&example@mock-72b&mock-7b", "score", 12),
        ("general_qa&zh_常识@mock-72b&mock-7b", "score", 6),
    }
    unscored = [note for note in run.notes if "without a score" in note]
    assert [note.rpartition(": ")[2] for note in unscored] == [
        "1 of 10 rows without a score",
        "2 of 8 rows without a score",
    ]


# --- all files of the corpus --------------------------------------------------------------------


def test_no_secret_is_kept() -> None:
    configs = [run.config for run in load([EVALSCOPE / "mock", EVALSCOPE / "official"]).runs]
    keys = [json.loads(config).get("api_key") for config in configs]
    assert set(keys) <= {"<removed>", None}
    assert all("127.0.0.1" not in config for config in configs)
    assert all(json.loads(config)["datasets"] for config in configs)


@pytest.mark.parametrize("system", ["lighteval", "lmeval", "mixeval", "stats", "twinkle"])
def test_no_file_of_another_harness_is_claimed(system: str) -> None:
    for path in sorted((CORPUS / system).rglob("*.json*")):
        try:
            documents, _ = read_documents(path, lambda _: True)
        except Refusal:
            continue
        claimed = [
            document
            for document in documents
            if evalscope.FORMAT.recognise(Head.of(document.value))
        ]
        assert not claimed, path


@pytest.mark.parametrize("other", [lighteval, lm_eval, twinkle])
def test_no_file_of_evalscope_is_claimed_by_another_harness(other: Any) -> None:
    assert not any(other.FORMAT.recognise(Head.of(content(path))) for path in REPORTS)
    for path in sorted(EVALSCOPE.rglob("*.jsonl")):
        head = first_document(path)
        assert head is not None
        assert evalscope.FORMAT.recognise(Head.of(head.value)) == "samples"
        assert other.FORMAT.recognise(Head.of(head.value)) is None
