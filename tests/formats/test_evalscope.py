"""The EvalScope reader on small run folders in the shape of every era, with numbers of our own."""

from __future__ import annotations

import json
import os
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.damage import json_values, mutants, parent_of, places
from tests.build.evalscope import (
    DATA,
    MIDDLE,
    NEW,
    OLD,
    OLDEST,
    RECALL,
    copy_of,
    run_of,
    write_rows,
)
from tui_eval.files.documents import Refusal
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import evalscope
from tui_eval.formats.registry import read
from tui_eval.loading.collection import load
from tui_eval.records import Run, Score, ScoreColumns

MISSING = (
    "report missing (EvalScope crashed or still runs, or the report is elsewhere), scores "
    "recomputed from the reviews: "
)


def runs_of(*paths: Path) -> dict[str, Run]:
    """Runs by the folder of their model."""
    return {run.path.name: run for run in load(paths).runs}


def scores_of(run: Run, dataset: str) -> dict[tuple[str | None, str, str | None], Score]:
    return {
        (score.category or (score.group and f"{score.group}/"), score.metric, score.filter): score
        for score in run.scores
        if score.dataset == dataset
    }


def values_of(run: Run, dataset: str) -> dict[tuple[str | None, str, str | None], float | None]:
    return {key: score.value for key, score in scores_of(run, dataset).items()}


def report(metrics: Any, **more: Any) -> dict[str, Any]:
    return {"name": "m@d", "dataset_name": "d", "model_name": "m", "metrics": metrics, **more}


def metric(name: str = "acc", *subsets: tuple[Any, Any, Any], **more: Any) -> dict[str, Any]:
    """A metric of schema 1 with one group."""
    found = [{"name": subset, "score": score, "num": num} for subset, score, num in subsets]
    group = {"name": ["default"], "num": 1, "score": 0.5, "macro_score": 0.5, "subsets": found}
    return {"name": name, "num": 1, "score": 0.5, "macro_score": 0.5, "categories": [group], **more}


def part_of(content: Any, path: Path = Path("d.json")) -> Run:
    return evalscope.FORMAT.read_runs(content, path, 1)[0]


def review(index: Any, value: Any, **more: Any) -> dict[str, Any]:
    return {"index": index, "target": "A", "sample_score": {"score": {"value": value}}, **more}


def write_report(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")
    return path


# --- eras ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "folder", "model", "version", "state", "samples"),
    [
        (OLDEST, "tea-1b", "tea-1b", "≤ 0.16", "limited", 5),
        (OLD, "tea-1b", "tea-1b", "0.17–1.5", "complete", 2),
        (MIDDLE, "tea-1b", "our-org/tea-1b", "1.6–1.10", "complete", 3),
        (MIDDLE, "tea-2b", "tea-2b", "1.7", "no report", 2),
        (NEW, "tea-1b", "tea-1b", "1.14.1", "partial", 2),
    ],
)
def test_facts_of_the_run(
    root: Path, folder: str, model: str, version: str, state: str, samples: int
) -> None:
    run = runs_of(root)[folder]
    assert (run.harness, run.model, run.version) == ("evalscope", model, version)
    assert (run.state, len(run.samples)) == (state, samples)
    assert run.timestamp == root.name
    assert run.path == root / "reports" / folder
    assert run.identity == (str(root), folder)


def test_groups_are_beside_the_subsets() -> None:
    run = run_of(OLDEST)
    assert values_of(run, "tea") == {
        (None, "accuracy", None): 0.5714,
        (None, "accuracy", "macro"): 0.55,
        ("Leaf/", "accuracy", None): 0.6,
        ("green_leaf", "accuracy", None): 0.5,
        ("black", "accuracy", None): 1.0,
        ("Herb/", "accuracy", None): 0.5,
        ("rooibos", "accuracy", None): 0.5,
    }
    tea = scores_of(run, "tea")
    assert (tea[None, "accuracy", None].n, tea["green_leaf", "accuracy", None].n) == (7, 4)
    assert {score.origin for score in run.scores} == {"reported"}
    assert {(score.unit, score.higher_is_better) for score in run.scores} == {("fraction", True)}


def test_minus_one_stands_for_no_reference() -> None:
    run = run_of(OLD)
    assert values_of(run, "brew_qa") == {
        (None, "accuracy", None): None,
        ("open", "accuracy", None): None,
        (None, RECALL, None): 0.6667,
        ("cups_茶", RECALL, None): 0.6667,
    }
    assert run.notes == (
        "brew_qa: -1, which stands for questions without a reference, is read as missing",
        "brew_qa, open: 2 of 2 questions have no reference and no score; the report counts them",
        "brew_qa_cups_茶.jsonl: 1 row was written again, the last ones count",
    )


def test_the_plain_mean_over_the_subsets_of_one_group() -> None:
    assert values_of(runs_of(MIDDLE)["tea-1b"], "brew_mcq") == {
        (None, "accuracy", None): 0.5,
        (None, "accuracy", "macro"): 0.3333,
        ("hot_water", "accuracy", None): 0.6667,
        ("cold", "accuracy", None): 0.0,
    }


def test_the_primary_metric_of_schema_2_is_first() -> None:
    brew = [score.metric for score in run_of(NEW).scores if score.dataset == "brew_qa"]
    assert list(dict.fromkeys(brew)) == [RECALL, "bleu:mean[ngram=1]"]


def test_semantics_of_schema_2() -> None:
    run = run_of(NEW)
    tasks = scores_of(run, "tasks")
    facts = {
        score.metric: (score.unit, score.higher_is_better)
        for score in tasks.values()
        if score.category is None
    }
    assert facts == {
        "accuracy": ("fraction", True),
        "steps": ("count", None),
        "wer": ("number", False),
        "pass:pass_at_k[k=2]": ("fraction", True),
    }
    assert tasks["hard", "pass:pass_at_k[k=2]", None].value is None
    assert "tasks: pass:pass_at_k[k=2] of hard is missing or null" in run.notes
    assert "tasks: 2 of 3 questions succeeded" in run.notes


def test_an_aggregate_among_the_subsets_is_no_category() -> None:
    tasks = scores_of(run_of(NEW), "tasks")
    assert tasks["all", "accuracy", "aggregate"].value == 0.5
    assert ("all", "accuracy", None) not in tasks


def test_two_models_in_a_root_are_two_runs() -> None:
    runs = load([MIDDLE]).runs
    assert [(run.model, run.state) for run in runs] == [
        ("our-org/tea-1b", "complete"),
        ("tea-2b", "no report"),
    ]


# --- names, units, directions -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("AverageAccuracy", "accuracy"),
        ("mean_acc", "accuracy"),
        ("acc", "accuracy"),
        ("mean_bleu-1", "bleu:mean[ngram=1]"),
        ("bleu-4", "bleu:mean[ngram=4]"),
        ("Bleu_4", "bleu:mean[ngram=4]"),
        ("Rouge-1-R", 'rouge:mean[ngram=1,statistic="recall"]'),
        ("mean_Rouge-2-P", 'rouge:mean[ngram=2,statistic="precision"]'),
        ("Rouge-L-F", 'rouge:mean[statistic="f1",variant="l"]'),
        ("Rouge-3-F", "Rouge-3-F"),
        ("winrate", "win_rate"),
        ("winrate_lower", "win_rate_lower"),
        ("Pass@1", "Pass@1"),
        ("mean_", "mean_"),
    ],
)
def test_names_that_changed_between_versions(written: str, shown: str) -> None:
    assert part_of(report([metric(written)])).scores[0].metric == shown


def test_two_metrics_never_share_a_name() -> None:
    names = ["acc", "mean_acc", "AverageAccuracy", "acc", "acc"]
    scores = part_of(report([metric(name) for name in names])).scores
    assert [score.metric for score in scores] == [
        "accuracy",
        "mean_acc",
        "AverageAccuracy",
        "acc",
        "acc (2)",
    ]


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        ({"name": "accuracy", "aggregation": "mean", "dimensions": {}}, "accuracy"),
        ({"name": "win_rate", "aggregation": "identity"}, "win_rate"),
        ({"name": "acc", "aggregation": "pass_at_k"}, "acc:pass_at_k"),
        (
            {"name": "a", "aggregation": "mean", "dimensions": {"y": 2, "b": "x"}},
            'a:mean[b="x",y=2]',
        ),
        ({"name": "a", "dimensions": {"b": None}}, "a:identity[b=null]"),
        ({"name": "a", "aggregation": "mean", "dimensions": {"b": True}}, "a:mean[b=true]"),
        ({}, "old"),
        (None, "old"),
    ],
)
def test_names_of_schema_2(identity: Any, shown: str) -> None:
    content = report([{"identity": identity, "legacy_name": "old", "score": 1, "num": 1}])
    assert part_of(content).scores[0].metric == shown


@pytest.mark.parametrize(
    ("semantics", "values", "unit"),
    [
        ({"display_kind": "percent", "display_multiplier": 100.0}, (0.5, 1), "fraction"),
        ({"display_kind": "percent", "display_multiplier": 1}, (0.5, 1), "percent"),
        ({"display_kind": "percent"}, (0.5, 1), "fraction"),
        ({"display_kind": "percent"}, (50, 1), "percent"),
        ({"display_kind": "number", "value_range": {"min": 0, "max": 1}}, (0.5,), "fraction"),
        ({"display_kind": "number", "value_range": {"min": 0, "max": 100}}, (0.5,), "percent"),
        ({"display_kind": "number", "value_range": {"min": 1, "max": 10}}, (1,), "number"),
        ({"semantic_id": "diagnostic.unspecified", "direction": "none"}, (0.5,), "fraction"),
        ({"semantic_id": "diagnostic.count.items"}, (7,), "count"),
        (None, (0.5, 0, 1, -1, None), "fraction"),
        (None, (0.5, 7), "number"),
    ],
)
def test_units(semantics: Any, values: tuple[Any, ...], unit: str) -> None:
    subsets = [(str(place), value, 1) for place, value in enumerate(values)]
    scores = part_of(report([metric("acc", *subsets, semantics=semantics)])).scores
    assert {score.unit for score in scores} == {unit}
    assert {score.higher_is_better for score in scores} == {True}


@pytest.mark.parametrize(
    ("name", "higher"),
    [
        ("wer", False),
        ("perplexity", False),
        ("mean_latency", False),
        ("Rouge-L-F", True),
        ("Pass@1", True),
        ("inst_level_loose_acc", True),
        ("macro_f1", True),
        ("turns", None),
    ],
)
def test_directions_follow_from_names_that_are_certain(name: str, higher: bool | None) -> None:
    assert part_of(report([metric(name)])).scores[0].higher_is_better is higher


def test_one_subset_in_two_groups_keeps_the_name_of_its_group() -> None:
    content = metric("acc", ("one", 0.25, 4))
    (group,) = content["categories"]
    content["categories"] = [{**group, "name": ["A", "B"]}, {**group, "name": ["C"]}]
    assert {score.category for score in part_of(report([content])).scores if not score.filter} == {
        None,
        "A/B/one",
        "C/one",
    }


def test_a_subset_that_is_given_twice_counts_once() -> None:
    run = part_of(report([metric("acc", ("a", 0.25, 4), ("a", 0.75, 4))]))
    assert values_of(run, "d")["default/a", "accuracy", None] == 0.25
    assert "d: default/a is given twice, the first is used" in run.notes


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "missing or null"),
        ("high", "the text “high”"),
        (float("nan"), "not a finite number"),
        (10**400, "not a finite number"),
        ([1], "a list"),
    ],
)
def test_values_that_are_no_numbers_are_missing_and_told(value: Any, shown: str) -> None:
    run = part_of(report([metric("acc", ("a", value, 4))]))
    assert values_of(run, "d")["a", "accuracy", None] is None
    assert any(note.startswith("d: accuracy of a is ") for note in run.notes)
    assert shown in " ".join(run.notes)
    assert run.state == "partial"


@pytest.mark.parametrize("number", [None, "4", -1, True, 10**30, 2.5, [4]])
def test_numbers_of_questions_that_are_none(number: Any) -> None:
    run = part_of(report([metric("acc", ("a", 0.5, number))]))
    assert scores_of(run, "d")["a", "accuracy", None].n is None


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        ([], "no score in it"),
        (None, "no score in it; metrics is missing or null"),
        ([5], "no score in it; d: 1 of its metrics are no objects"),
    ],
)
def test_reports_without_a_score_are_refused(metrics: Any, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        part_of(report(metrics))
    assert str(refused.value) == reason


# --- places -------------------------------------------------------------------------------------


@pytest.mark.parametrize("above", ["", "reports", "a/reviews/b"])
def test_a_run_is_found_at_any_level(tmp_path: Path, above: str) -> None:
    root = copy_of(NEW, tmp_path / above)
    for path in (tmp_path, root, root.parent):
        run = run_of(path)
        assert (run.timestamp, run.identity) == (root.name, (str(root), "tea-1b"))


def test_a_folder_without_time_and_configuration(tmp_path: Path) -> None:
    root = tmp_path / "tea-plus"
    shutil.copytree(NEW, root, ignore=shutil.ignore_patterns("configs"))
    run = run_of(root)
    assert (run.timestamp, run.version, run.config) == (None, "≥ 1.11", "{}")


def test_a_path_is_relative_to_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NEW / "reports" / "tea-1b")
    assert run_of(Path()).identity == (str(NEW), "tea-1b")
    monkeypatch.chdir(NEW)
    assert run_of(Path("reports")).timestamp == NEW.name


def test_reports_alone_in_a_folder_are_one_run_for_each_model(tmp_path: Path) -> None:
    for source in (NEW / "reports" / "tea-1b").iterdir():
        shutil.copy(source, tmp_path)
    write_report(tmp_path / "d.json", report([metric()]))
    runs = load([tmp_path]).runs
    assert sorted((run.model or "", len(run.scores)) for run in runs) == [("m", 1), ("tea-1b", 25)]
    assert {run.timestamp for run in runs} == {None}


def test_reports_under_names_of_their_own_are_runs_of_their_own(tmp_path: Path) -> None:
    for name in ("monday.json", "tuesday.json"):
        write_report(tmp_path / name, report([metric()]))
    runs = load([tmp_path]).runs
    assert [run.path.name for run in runs] == ["monday.json", "tuesday.json"]


def test_another_report_of_a_dataset_is_left_out_and_told(tmp_path: Path) -> None:
    root = copy_of(MIDDLE, tmp_path)
    first = root / "reports" / "tea-1b" / "brew_mcq.json"
    changed = json.loads(first.read_text("utf-8"))
    changed["metrics"][0] |= {"name": "mean_other"}
    write_report(first.with_name("brew_mcq_copy.json"), changed)
    run = runs_of(root)["tea-1b"]
    assert run.scores == runs_of(MIDDLE)["tea-1b"].scores
    assert "brew_mcq_copy.json: another report of brew_mcq, left out" in run.notes


def test_reviews_alone_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tea-9b"
    shutil.copytree(MIDDLE / "reviews" / "tea-2b", folder)
    run = run_of(folder)
    assert (run.model, run.state) == ("tea-9b", "no report")
    assert len(run.samples) == 2
    names = "brew_mcq_cold.jsonl, brew_mcq_hot_water.jsonl"
    assert f"{names}: which part of the name is the dataset is not known" in run.notes
    assert sum("which part of the name" in note for note in run.notes) == 1


def test_files_in_flight_and_backups_are_left_alone(tmp_path: Path) -> None:
    root = copy_of(MIDDLE, tmp_path)
    reviews = root / "reviews" / "tea-1b"
    for name in ("brew_mcq_cold.jsonl.rerun-0a1b", "brew_mcq_cold.jsonl.bak"):
        shutil.copy(reviews / "brew_mcq_cold.jsonl", reviews / name)
    assert len(runs_of(root)["tea-1b"].samples) == 3


# --- reviews and predictions --------------------------------------------------------------------


@pytest.mark.parametrize("root", [OLDEST, OLD, MIDDLE, NEW])
def test_recomputed_scores_from_reviews_are_the_reported_ones(root: Path, tmp_path: Path) -> None:
    reported = runs_of(root)["tea-1b"]
    run = runs_of(copy_of(root, tmp_path, "reports"))["tea-1b"]
    assert run.state == "no report"
    assert {score.origin for score in run.scores} == {"recomputed"}
    for score in reported.scores:
        if score.filter or score.dataset == "tasks" or (score.group and not score.category):
            continue
        again = scores_of(run, score.dataset)[score.category, score.metric, None]
        assert again.n == (score.n if score.value is not None else 0)
        assert (again.value is None) == (score.value is None)
        assert again.value is None or again.value == pytest.approx(score.value, abs=5e-5)


def test_reviews_are_read_where_the_report_of_their_dataset_is_missing(tmp_path: Path) -> None:
    root = copy_of(OLDEST, tmp_path, "tea.json")
    run = run_of(root)
    origins = {(score.dataset, score.origin) for score in run.scores}
    assert origins == {("rules", "reported"), ("tea", "recomputed")}
    assert run.state == "partial"
    assert run.notes[0] == f"{MISSING}tea"


def test_reviews_are_read_where_the_report_broke_off(tmp_path: Path) -> None:
    root = copy_of(MIDDLE, tmp_path)
    broken = root / "reports" / "tea-1b" / "brew_mcq.json"
    broken.write_bytes(broken.read_bytes()[:200])
    run = runs_of(root)["tea-1b"]
    assert run.state == "no report"
    assert values_of(run, "brew_mcq")[None, "accuracy", None] == 0.5


def test_a_report_that_comes_later_replaces_what_was_recomputed() -> None:
    first = evalscope.FORMAT.read_runs(
        json.loads((MIDDLE / "reports/tea-1b/brew_mcq.json").read_text()),
        MIDDLE / "reports/tea-1b/brew_mcq.json",
        1,
    )[0]
    again = Score("brew_mcq", "cold", "accuracy", 0.5, n=1, origin="recomputed")
    part = Run(
        "tea", None, "evalscope", first.path, state="no report", scores=ScoreColumns([again])
    )
    run = evalscope.FORMAT.combine([part, first])
    assert (run.state, run.model) == ("complete", "our-org/tea-1b")
    assert {score.origin for score in run.scores} == {"reported"}


def test_of_rows_with_one_index_the_last_counts(tmp_path: Path) -> None:
    rows = [review(1, {"acc": 1.0}), review(0, {"acc": 1.0}), review(1, {"acc": 0.0})]
    run = run_of(write_rows(tmp_path / "reviews" / "m" / "d_default.jsonl", *rows))
    assert values_of(run, "d") == {
        (None, "accuracy", None): 0.5,
        ("default", "accuracy", None): 0.5,
    }
    assert "d_default.jsonl: 1 row was written again, the last ones count" in run.notes


@pytest.mark.parametrize(
    ("value", "score", "why"),
    [
        ({"acc": -1}, None, "no reference"),
        ({"acc": None}, None, "no value"),
        ({}, None, "no value"),
        ({"acc": float("nan")}, None, "no value"),
        ({"acc": True}, 1.0, None),
        ({"acc": [True, False, -1, None, "x"]}, 0.5, None),
        ({"acc": 10**400}, None, "no value"),
    ],
)
def test_scores_of_single_reviews(
    tmp_path: Path, value: Any, score: float | None, why: str | None
) -> None:
    path = tmp_path / "reviews" / "m" / "d_default.jsonl"
    run = run_of(write_rows(path, review(0, value), review(1, {"acc": -1})))
    (found,) = [one for one in run.scores if one.category == "default"]
    assert (found.value, found.n) == (score, 0 if score is None else 1)
    assert ("d_default.jsonl: 1 of 2 rows without a score" in run.notes) == (why == "no value")
    without = 2 if why == "no reference" else 1
    told = f"d, default: {without} of 2 questions have no reference and no score; they are left out"
    assert told in run.notes


def test_sums_that_no_number_can_hold_are_missing(tmp_path: Path) -> None:
    rows = [review(0, {"acc": 1.7e308}), review(1, {"acc": 1.7e308})]
    run = run_of(write_rows(tmp_path / "reviews" / "m" / "d_default.jsonl", *rows))
    assert {score.value for score in run.scores} == {None}


def test_lists_are_pooled_over_all_rows(tmp_path: Path) -> None:
    rows = [review(0, {"acc": [True, True, True]}), review(1, {"acc": [False]})]
    run = run_of(write_rows(tmp_path / "reviews" / "m" / "d_default.jsonl", *rows))
    score = scores_of(run, "d")["default", "accuracy", None]
    assert (score.value, score.n) == (0.75, 2)


def test_what_is_no_score_is_no_metric(tmp_path: Path) -> None:
    value = {"score": 0.75, "games": [{"a": 1}], "judge": "A>B", "more": {"x": 1}}
    path = tmp_path / "reviews" / "Arena" / "general_arena_d&s@a&b.jsonl"
    (tmp_path / "reports" / "Other").mkdir(parents=True)
    (tmp_path / "reports" / "Other" / "general_arena.json").write_text("{}")
    run = run_of(write_rows(path, review(0, value)))
    assert values_of(run, "general_arena") == {("d&s@a&b", "score", None): 0.75}
    assert "general_arena: score is the mean of the battle scores, not the win rate" in run.notes


def test_the_longest_known_dataset_is_the_one(tmp_path: Path) -> None:
    folder = tmp_path / "configs"
    folder.mkdir()
    folder.joinpath("task_config.yaml").write_text("datasets: [brew, brew_qa, 5, '']")
    run = run_of(
        write_rows(tmp_path / "reviews/m/brew_qa_a_b.jsonl", review(0, {"acc": 1})), folder
    )
    assert {(score.dataset, score.category) for score in run.scores} == {
        ("brew_qa", None),
        ("brew_qa", "a_b"),
    }


def test_a_scale_is_the_same_in_all_subsets_of_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "task_config.yaml").write_text("datasets: [d]")
    write_rows(tmp_path / "reviews/m/d_a.jsonl", review(0, {"judge": 1}), review(1, {"judge": 0}))
    write_rows(tmp_path / "reviews/m/d_b.jsonl", review(0, {"judge": 8}))
    run = run_of(tmp_path)
    assert {score.unit for score in run.scores} == {"number"}
    assert values_of(run, "d")[None, "judge", None] == 3.0


def test_lines_that_break_off_are_left_out_and_told(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "reviews/m/d_default.jsonl", *[review(0, {"acc": 1.0})] * 2)
    path.write_bytes(path.read_bytes()[:-20])
    run = run_of(path)
    assert values_of(run, "d")["default", "accuracy", None] == 1.0
    assert any(
        note.startswith("d_default.jsonl: parts are left out: line 2: the JSON")
        for note in run.notes
    )


def test_predictions_alone_are_a_run_without_scores(tmp_path: Path) -> None:
    root = copy_of(MIDDLE, tmp_path, "reports", "reviews")
    run = run_of(root)
    assert (run.model, run.state, len(run.scores)) == ("tea-1b", "no report", 0)
    assert [(file.dataset, file.category, file.what) for file in run.samples] == [
        ("brew_mcq", "cold", "predictions")
    ]


def test_where_the_answers_are() -> None:
    files = {(file.dataset, file.category, file.what) for file in run_of(OLDEST).samples}
    assert files == {
        ("tea", "green_leaf", "reviews"),
        ("tea", "black", "reviews"),
        ("tea", "rooibos", "reviews"),
        ("tea", "rooibos", "predictions"),
        ("rules", "default", "reviews"),
    }


@pytest.mark.parametrize(
    ("more", "version"),
    [
        ({"input": "**User**: \nA"}, "1.0–1.6"),
        ({"messages": [], "trajectory": None}, "1.7"),
        ({"messages": [], "agent_trace": None, "target": "A"}, "1.8–1.11"),
        ({"messages": [], "agent_trace": None, "target": ["A"]}, "1.12–1.14"),
        ({"messages": [], "agent_trace": None, "target": None}, "1.12–1.14"),
    ],
)
def test_versions_of_reviews_are_told_by_their_shape(
    tmp_path: Path, more: dict[str, Any], version: str
) -> None:
    row = review(0, {"acc": 1.0}, **more)
    assert run_of(write_rows(tmp_path / "reviews/m/d_default.jsonl", row)).version == version


# --- configuration ------------------------------------------------------------------------------


def test_secrets_are_removed_and_facts_are_kept() -> None:
    for root in (OLDEST, OLD, MIDDLE, NEW):
        for run in load([root]).runs:
            assert "not-a-real-key" not in run.config
            assert "127.0.0.1" not in run.config
            assert json.loads(run.config)["api_key"] == "<removed>"
    assert json.loads(run_of(OLDEST).config)["limit"] == 4
    assert run_of(OLDEST).notes[0] == "limited run: limit is 4; not comparable with whole runs"


def test_the_last_configuration_counts(tmp_path: Path) -> None:
    root = copy_of(NEW, tmp_path)
    for name, age in (("task_config_0a.yaml", 0), ("task_config_zz.yaml", 50)):
        file = root / "configs" / name
        file.write_text(f"model: {name}")
        os.utime(file, (2e9 - age, 2e9 - age))
    assert json.loads(run_of(root).config) == {"model": "task_config_0a.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just a text",
        "[1, 2]",
        "a: [",
        "a: !!python/object/apply:os.getcwd []",
        "a: !!timestamp x",
        "a: !!bool x",
        "a: &a [*a, *a]",
        "a: 0x" + "f" * 9000,
        "{[1]: 2}",
        "[" * 100_000,
        "- " * 5_000,
        "a: &a [1,1,1,1,1,1,1,1]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{f'*{chr(97 + n)},' * 8}]\n" for n in range(12)),
    ],
)
def test_a_configuration_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    root = copy_of(NEW, tmp_path, "configs")
    (root / "configs").mkdir()
    (root / "configs" / "task_config.yaml").write_text(text)
    run = run_of(root)
    assert (run.config, run.version) == ("{}", "≥ 1.11")
    notes = [note for note in run.notes if note.startswith("configs/task_config.yaml cannot be")]
    assert len(notes) == 1


def test_a_configuration_of_odd_values(tmp_path: Path) -> None:
    root = copy_of(NEW, tmp_path, "configs")
    (root / "configs").mkdir()
    (root / "configs" / "task_config.yaml").write_text(
        "2024-01-02: 2024-01-02\n1.5: .nan\napi_key: !!binary aGk=\nlimit: {a: 1}\n"
        "datasets: {a: 1}\ndataset_args: 5\nevalscope_version: 2\n"
    )
    run = run_of(root)
    assert json.loads(run.config)["api_key"] == "<removed>"
    assert (run.version, run.state) == ("≥ 1.11", "partial")
    assert run.notes[0] == "limited run: limit is an object; not comparable with whole runs"


# --- what it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        5,
        "dataset_name",
        {"dataset_name": "d", "model_name": "m"},
        {"metrics": [], "model_name": "m"},
        {"choices": [], "model": "m"},  # any answer of an API
        {"index": 0, "target": "A"},
        {"sample_score": {}},
    ],
)
def test_foreign_documents_are_not_claimed(content: Any) -> None:
    assert evalscope.FORMAT.recognise(Head.of(content)) is None


def test_every_file_is_recognised_and_reports_hold_the_marker() -> None:
    collection = load([DATA])
    assert {file.content.state for file in collection.files if file.path.suffix != ".yaml"} == {
        "read"
    }
    assert len(collection.tables().runs) == 5
    assert collection.tables().scores["value"].is_nan().sum() == 0
    for path in DATA.glob("*/*/reports/*/*.json"):
        assert evalscope.FORMAT.markers[0] in path.read_bytes()


# --- anything at all ----------------------------------------------------------------------------

FULL = json.loads((NEW / "reports" / "tea-1b" / "tasks.json").read_text("utf-8"))
OLD_FULL = json.loads((OLDEST / "reports" / "tea-1b" / "tea.json").read_text("utf-8"))
WHOLE = json.dumps(FULL).encode()
ROWS = [
    json.loads(path.read_text("utf-8").splitlines()[0])
    for path in sorted(DATA.glob("*/*/*/tea-1b/*.jsonl"))
]


def check_loaded(path: Path) -> None:
    """A file as damaged as can be gives a run, a reason, or nothing; it never breaks another."""
    sound = OLDEST / "reports" / "tea-1b" / "rules.json"
    content = read(path)
    assert (content.state == "read") == bool(content.runs)
    assert content.runs or content.problems or content.state == "skipped"
    tables = load([path, sound]).tables()
    scores = tables.scores.drop_nulls("value")
    assert scores["value"].is_finite().all()
    assert scores.filter(dataset="rules").height >= 2
    keys = ["run", "dataset", "group", "category", "metric", "filter"]
    assert not tables.scores.select(keys).is_duplicated().any()
    for config in tables.runs["config"]:
        json.loads(config)


def check_report(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "root" / "reports" / "m" / "d.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    check_loaded(path)


@mutants
@given(st.data())
def test_a_report_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([FULL, OLD_FULL])))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(content)))
        parent_of(content, path)[path[-1]] = data.draw(json_values)
    check_report(tmp_path, json.dumps(content).encode())


@mutants
@given(st.data())
def test_a_report_with_keys_dropped_or_renamed(tmp_path: Path, data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from([FULL, OLD_FULL])))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(content)))
        parent = parent_of(content, path)
        value = parent.pop(path[-1])
        if isinstance(parent, dict) and data.draw(st.booleans()):
            parent[data.draw(st.one_of(st.text(max_size=5), st.just("\ud800")))] = value
    check_report(tmp_path, json.dumps(content).encode())


@mutants
@given(st.integers(0, len(WHOLE)))
def test_a_report_cut_off_at_any_byte(tmp_path: Path, length: int) -> None:
    check_report(tmp_path, WHOLE[:length])


@mutants
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_report_with_any_bytes_overwritten(tmp_path: Path, place: int, new: bytes) -> None:
    check_report(tmp_path, WHOLE[:place] + new + WHOLE[place + len(new) :])


@pytest.mark.parametrize("depth", [50, 400, 900, 1_100, 100_000])
@pytest.mark.parametrize("place", ["metrics", "primary_metric_identity", "execution_summary"])
def test_nesting_of_any_depth(tmp_path: Path, depth: int, place: str) -> None:
    rest = json.dumps({key: value for key, value in FULL.items() if key != place})
    for opening, closing in (("[", "]"), ('{"name":', "}")):
        nested = opening * depth + "1" + closing * depth
        check_report(tmp_path, f'{rest[:-1]}, "{place}": {nested}}}'.encode())


def test_a_name_given_twice_counts_once_and_breaks_nothing(tmp_path: Path) -> None:
    twice = WHOLE.replace(b'"num": 2', b'"num": 2, "num": 3')
    assert twice != WHOLE
    check_report(tmp_path, twice)


def check_rows(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "root" / "reviews" / "m" / "d_default.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    check_loaded(path)


@mutants
@given(st.data())
def test_reviews_with_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    rows = deepcopy(data.draw(st.lists(st.sampled_from(ROWS), min_size=1, max_size=4)))
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        path = data.draw(st.sampled_from(places(row)))
        try:
            parent_of(row, path)[path[-1]] = data.draw(json_values)
        except (TypeError, KeyError, IndexError):
            continue  # one row was drawn twice, and changed before
    check_rows(tmp_path, "\n".join(map(json.dumps, rows)).encode())


ALL_ROWS = "\n".join(map(json.dumps, ROWS)).encode()


@mutants
@given(st.integers(0, len(ALL_ROWS)), st.binary(max_size=4))
def test_reviews_cut_off_or_damaged_anywhere(tmp_path: Path, place: int, new: bytes) -> None:
    check_rows(tmp_path, ALL_ROWS[:place] + new)
    check_rows(tmp_path, ALL_ROWS[:place] + new + ALL_ROWS[place + len(new) :])


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_reviews_nested_to_any_depth(tmp_path: Path, depth: int) -> None:
    nested = "[" * depth + "1" + "]" * depth
    row = json.dumps(review(0, "HERE")).replace('"HERE"', f'{{"acc": {nested}}}')
    check_rows(tmp_path, f"{row}\n{row}\n".encode())


# --- numbers that are no scores -----------------------------------------------------------------

CRASH = "LookupError: \n*****\n  Resource 'punkt' not found.\n"


def overlap(index: int, value: Any, target: Any = "A", **metadata: Any) -> dict[str, Any]:
    """A review of a likeness of texts."""
    row = review(index, value, target=target)
    row["sample_score"]["score"]["metadata"] = metadata
    return row


def crashed(index: int, target: Any = "A") -> dict[str, Any]:
    value = {"bleu-1": 0.0, "Rouge-L-R": 0.5 if target else 0.0}
    return overlap(index, value, target, metric_errors={"BLEU": CRASH})


def overlap_run(root: Path, *subsets: tuple[str, list[dict[str, Any]]], **more: Any) -> Run:
    """A run with a report of the means over all rows, and its reviews."""
    metrics = []
    for name in ("bleu-1", "Rouge-L-R"):
        means = []
        for subset, rows in subsets:
            values = [row["sample_score"]["score"]["value"][name] for row in rows]
            means.append((subset, sum(values) / len(values), len(values)))
        total = sum(num for _, _, num in means)
        score = sum(mean * num for _, mean, num in means) / total
        metrics.append(metric(f"mean_{name}", *means) | {"num": total, "score": score})
    write_report(root / "reports/m/d.json", report(metrics, **more))
    for subset, rows in subsets:
        write_rows(root / f"reviews/m/d_{subset}.jsonl", *rows)
    return run_of(root)


BLEU = "bleu:mean[ngram=1]"
SCORED = [overlap(n, {"bleu-1": 0.5, "Rouge-L-R": 1.0}) for n in range(2)]
OPEN = [overlap(n, {"bleu-1": 0.0, "Rouge-L-R": 0.0}, "") for n in range(3)]


def flaws_of(run: Run) -> dict[tuple[str | None, str], tuple[Any, ...]]:
    return {
        (one.category, one.metric): (one.value, one.n, one.unscored, one.status)
        for one in run.scores
        if one.filter is None
    }


def test_a_subset_without_references_has_no_scores(tmp_path: Path) -> None:
    run = overlap_run(tmp_path, ("open", OPEN), ("cups", SCORED))
    assert flaws_of(run) == {
        (None, BLEU): (0.2, 5, 3, "no reference"),
        ("open", BLEU): (0.0, 3, 3, "no reference"),
        ("cups", BLEU): (0.5, 2, None, None),
        (None, RECALL): (0.4, 5, 3, "no reference"),
        ("open", RECALL): (0.0, 3, 3, "no reference"),
        ("cups", RECALL): (1.0, 2, None, None),
    }
    assert run.notes == (
        "d, open: 3 of 3 questions have no reference and no score; the report counts them",
    )
    assert run.state == "complete"


@pytest.mark.parametrize("target", ["", " ", None, [], [""]])
def test_references_that_are_none(tmp_path: Path, target: Any) -> None:
    rows = [overlap(0, {"bleu-1": 0.0, "Rouge-L-R": 0.0}, target), *SCORED[1:]]
    run = overlap_run(tmp_path, ("cups", rows))
    assert flaws_of(run)["cups", BLEU] == (0.25, 2, 1, "no reference")
    assert flaws_of(run)[None, BLEU] == (0.25, 2, 1, "no reference")


def test_an_answer_that_needs_no_reference_is_scored(tmp_path: Path) -> None:
    rows = [review(n, {"prompt_level_strict": n}, target="") for n in range(2)]
    write_rows(tmp_path / "reviews/m/d_default.jsonl", *rows)
    write_report(
        tmp_path / "reports/m/d.json", report([metric("prompt_level_strict", ("default", 0.5, 2))])
    )
    assert {score.unscored for score in run_of(tmp_path).scores} == {None}


def test_a_metric_that_crashed_has_no_scores(tmp_path: Path) -> None:
    run = overlap_run(tmp_path, ("pots", [crashed(0), crashed(1)]), ("cups", SCORED))
    found = flaws_of(run)
    assert found["pots", BLEU] == (0.0, 2, 2, "error")
    assert found["pots", RECALL] == (0.5, 2, None, None)
    assert found[None, BLEU] == (0.25, 4, 2, "error")
    assert run.notes == (
        "d, pots: bleu:mean[ngram=1] failed on 2 of 2 questions (LookupError: Resource 'punkt' "
        "not found.); the report counts them",
    )


def test_a_crash_is_told_under_the_name_of_the_metric_too(tmp_path: Path) -> None:
    rows = [overlap(n, {"acc": n, "f1": 0}, f1="error: no such thing") for n in range(2)]
    found = run_of(write_rows(tmp_path / "reviews/m/d_default.jsonl", *rows))
    assert values_of(found, "d")["default", "f1", None] is None
    assert values_of(found, "d")["default", "accuracy", None] == 0.5
    assert found.notes[1:] == (
        "d, default: f1 failed on 2 of 2 questions (no such thing); they are left out",
    )


def test_a_question_without_a_reference_is_not_an_error(tmp_path: Path) -> None:
    run = overlap_run(tmp_path, ("open", [crashed(0, ""), crashed(1, "")]))
    assert flaws_of(run)["open", BLEU] == (0.0, 2, 2, "no reference")
    assert flaws_of(run)[None, BLEU] == (0.0, 2, 2, "no reference")


def test_without_a_report_they_are_left_out(tmp_path: Path) -> None:
    for subset, rows in (("open", OPEN), ("cups", [*SCORED, crashed(2)])):
        write_rows(tmp_path / f"reviews/m/d_{subset}.jsonl", *rows)
    folder = tmp_path / "configs"
    folder.mkdir()
    folder.joinpath("task_config.yaml").write_text("datasets: [d]")
    assert flaws_of(run_of(tmp_path)) == {
        (None, BLEU): (0.5, 2, None, None),
        ("open", BLEU): (None, 0, None, "no reference"),
        ("cups", BLEU): (0.5, 2, None, None),
        (None, RECALL): (pytest.approx(2.5 / 3), 3, None, None),
        ("open", RECALL): (None, 0, None, "no reference"),
        ("cups", RECALL): (pytest.approx(2.5 / 3), 3, None, None),
    }


def test_names_of_groups_are_found_again(tmp_path: Path) -> None:
    content = metric("bleu-1", ("open", 0.0, 3))
    (group,) = content["categories"]
    content["categories"] = [
        {**group, "name": ["X"], "num": 3},
        {**group, "name": ["Y"], "subsets": [{"name": "cups", "score": 0.5, "num": 2}]},
    ]
    write_report(tmp_path / "reports/m/d.json", report([content]))
    write_rows(tmp_path / "reviews/m/d_open.jsonl", *OPEN)
    marked = {(one.group, one.category): one.unscored for one in run_of(tmp_path).scores}
    assert marked == {
        (None, None): 3,
        ("X", None): 3,
        ("X", "open"): 3,
        ("Y", None): None,
        ("Y", "cups"): None,
    }


def test_a_file_of_several_data_sets_marks_none_of_them(tmp_path: Path) -> None:
    """Which of them the questions are of is known with the answers; the note tells how many."""
    content = report([metric("bleu-1", ("x/a", 0.5, 2))], dataset_name="data_collection")
    write_report(tmp_path / "reports/m/data_collection.json", content)
    write_rows(tmp_path / "reviews/m/data_collection_default.jsonl", *OPEN)
    run = run_of(tmp_path)
    assert {score.unscored for score in run.scores} == {None}
    assert run.notes == (
        "data_collection, default: 3 of 3 questions have no reference and no score; the report "
        "counts them",
    )


def test_a_file_that_only_tells_of_flaws_gives_no_run(tmp_path: Path) -> None:
    overlap_run(tmp_path, ("open", OPEN), ("cups", SCORED))
    files = load([tmp_path]).file_table()
    assert dict(files.select(pl.col("path").str.split("/").list.last(), "runs").iter_rows()) == {
        "d.json": 1,
        "d_open.jsonl": 0,
        "d_cups.jsonl": 0,
    }


def test_pairs_of_an_arena_need_not_be_in_other_runs(tmp_path: Path) -> None:
    write_report(
        tmp_path / "reports/Arena/general_arena.json",
        report([metric("winrate", ("d&s@a&b", 0.5, 4))], dataset_name="general_arena"),
    )
    assert {score.optional for score in run_of(tmp_path).scores} == {True}


# --- names that are no text ---------------------------------------------------------------------


def test_names_that_are_no_text_stay_apart() -> None:
    content = metric("acc", (2024, 0.25, 4), (2025.5, 0.75, 4), (None, 0.5, 1), ([1], 0.1, 1))
    unnamed = {"name": None, "score": 0.3, "num": 1}
    run = part_of(report([content, unnamed, {**unnamed, "name": 7}]))
    assert values_of(run, "d") == {
        (None, "accuracy", None): 0.5,
        (None, "accuracy", "macro"): 0.5,
        ("2024", "accuracy", None): 0.25,
        ("2025.5", "accuracy", None): 0.75,
        ("subset 3", "accuracy", None): 0.5,
        ("subset 4", "accuracy", None): 0.1,
        (None, "metric 2", None): 0.3,
        (None, "7", None): 0.3,
    }
    assert run.notes == ()


@pytest.mark.parametrize(("name", "shown"), [(2024, "2024"), ([2024, "A"], "2024/A"), (None, None)])
def test_groups_that_are_no_text_stay_apart(name: Any, shown: str | None) -> None:
    content = metric("acc", ("a", 0.25, 4))
    (group,) = content["categories"]
    content["categories"] = [{**group, "name": name}, {**group, "name": ["B"]}]
    groups = {score.group for score in part_of(report([content])).scores}
    assert groups == {None, shown or "group 1", "B"}


@pytest.mark.parametrize(
    ("written", "variant"),
    [
        ("tea-1b", None),
        ("ckpts/run/global_step_450/tea-1b", "ckpts/run/global_step_450/tea-1b"),
        ("ckpts/other", None),
        ("tea-1b\nmodel_args:\n  revision: step500", "step500"),
        ("tea-1b\nmodel_args:\n  revision: master", None),
    ],
)
def test_the_path_or_revision_of_the_model_is_its_variant(
    tmp_path: Path, written: str, variant: str | None
) -> None:
    copy = copy_of(NEW, tmp_path)
    config = copy / "configs" / "task_config.yaml"
    lines = config.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("model:", "model_args:"))]
    config.write_text("".join(kept) + f"model: {written}\n")
    assert {run.variant for run in load([copy]).runs} == {variant}
