"""Every number of the recorded results of lm-evaluation-harness, and its own group numbers."""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tui_eval.files.documents import Refusal, first_document, read_documents
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import lm_eval
from tui_eval.records import Run, Score

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
LM_EVAL = CORPUS / "lmeval"
FOREIGN = ("twinkle", "lighteval", "evalscope", "mixeval")

RESULTS = sorted(
    path
    for path in LM_EVAL.rglob("*.json")
    if "golden" not in path.parts and not path.name.startswith("samples_")
)
NO_SCORES = {"alias", "name", "sample_len", "sample_count"}
GOLDEN: list[dict[str, Any]] = json.loads((LM_EVAL / "golden/mmlu_groups.json").read_text("utf-8"))


@cache
def whole(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


@cache
def run(path: Path) -> Run:
    assert lm_eval.FORMAT.recognise(Head.of(whole(path))) == "results"
    return lm_eval.FORMAT.read_runs(whole(path), path, 1)[0]


def name_of(path: Path) -> str:
    return str(path.relative_to(LM_EVAL))


def reported(path: Path) -> dict[tuple[str, str, str | None], tuple[float, float | None]]:
    """Number and standard error of every row, as a plain reading of the file has them."""
    found = {}
    for task, row in whole(path)["results"].items():
        for key, value in row.items():
            metric, _, word = key.partition(",")
            if key in NO_SCORES or metric.endswith("_stderr"):
                continue
            stderr = row.get(key.replace(metric, f"{metric}_stderr", 1))
            error = stderr if isinstance(stderr, float) and math.isfinite(stderr) else None
            found[task, metric, None if word in ("", "none") else word] = (value, error)
    return found


def test_all_results_are_here() -> None:
    assert len(RESULTS) == 126
    assert sum("public_v0.3" in path.parts for path in RESULTS) == 107


def row_of(score: Score) -> str:
    """The dataset, or the inner group that reports the number."""
    if score.category is None and score.group is not None:
        return score.group.rpartition(" › ")[2]
    return score.dataset


@pytest.mark.parametrize("path", RESULTS, ids=name_of)
def test_every_reported_number(path: Path) -> None:
    expected = reported(path)
    found: dict[tuple[str, str, str | None], Score] = {}
    for score in run(path).scores:
        found[score.category or row_of(score), score.metric, score.filter] = score
    assert found.keys() == expected.keys()
    for key, (value, stderr) in expected.items():
        assert found[key].stderr == stderr
        assert found[key].value == (value if math.isfinite(value) else None)
        assert found[key].origin == "reported"


@pytest.mark.parametrize("path", RESULTS, ids=name_of)
def test_every_number_stands_once(path: Path) -> None:
    scores = run(path).scores
    assert len(scores) == len(reported(path))
    places = {(s.dataset, s.group, s.category, s.metric, s.filter) for s in scores}
    assert len(places) == len(scores)


@pytest.mark.parametrize("path", RESULTS, ids=name_of)
def test_run_facts(path: Path) -> None:
    read = run(path)
    assert read.model
    assert lm_eval.FORMAT.markers[0] in path.read_bytes()
    json.loads(read.config)
    if "public_v0.3" in path.parts:
        assert (read.version, read.timestamp) == ("≤ 0.3", None)
        assert read.variant == f"step{path.stem.rpartition('step')[2]}"
    else:
        assert read.model == f"sim/{path.parent.name.removeprefix('sim__')}"
        assert read.version in ("0.4.2", "0.4.13")
    if read.version == "0.4.13":
        assert read.timestamp == path.stem.removeprefix("results_")
        assert read.duration == float(whole(path)["total_evaluation_time_seconds"])


def test_nan_is_missing_and_said() -> None:
    odd = [read for read in map(run, RESULTS) if any(s.value is None for s in read.scores)]
    assert [name_of(read.path).split("/")[1] for read in odd] == ["nan"]
    assert odd[0].notes == ("gsm8k › exact_match,strict-match: value is not a finite number",)


@pytest.mark.parametrize("entry", GOLDEN, ids=lambda entry: str(entry["model_dir"]))
def test_groups_of_mmlu(entry: dict[str, Any]) -> None:
    read = run(LM_EVAL / entry["model_dir"] / f"results_{entry['timestamp']}.json")
    scores = {(row_of(s), s.category): s for s in read.scores}
    subjects = {category: s for (dataset, category), s in scores.items() if dataset == "mmlu"}
    whole_group = subjects.pop(None)
    assert subjects.keys() == entry["per_subject"].keys()
    for name, golden in entry["per_subject"].items():
        assert subjects[name].n == golden["n"]
        assert subjects[name].value == pytest.approx(golden["acc"], rel=1e-9)
        assert subjects[name].stderr == pytest.approx(golden["acc_stderr"], rel=1e-9)
    assert whole_group.value == pytest.approx(entry["results_json_mmlu"]["acc,none"], rel=1e-9)
    assert whole_group.stderr == pytest.approx(
        entry["results_json_mmlu"]["acc_stderr,none"], rel=1e-9
    )
    assert (whole_group.n, whole_group.higher_is_better) == (14_042, True)
    for name, golden in entry["groups"].items():
        group = scores[name, None]
        assert group.value == pytest.approx(golden["acc,none"], rel=1e-9)
        assert group.stderr == pytest.approx(golden["acc_stderr,none"], rel=1e-9)
        assert {category for dataset, category in scores if dataset == name} == {None}


@pytest.mark.parametrize("entry", GOLDEN, ids=lambda entry: str(entry["model_dir"]))
def test_group_numbers_follow_from_the_rows(entry: dict[str, Any]) -> None:
    """Value, standard error and n are enough for both means of the whole of MMLU."""
    read = run(LM_EVAL / entry["model_dir"] / f"results_{entry['timestamp']}.json")
    rows = [s for s in read.scores if s.dataset == "mmlu" and s.category is not None]
    values = [s.value or 0.0 for s in rows]
    sizes = [s.n or 0 for s in rows]
    total = sum(sizes)
    weighted = sum(v * n for v, n in zip(values, sizes, strict=True)) / total
    spread = sum((s.n or 0) * ((s.n or 0) - 1) * (s.stderr or 0.0) ** 2 for s in rows)
    pooled = math.sqrt(spread / (total - len(rows)) / total)
    assert weighted == pytest.approx(entry["weighted_acc"], rel=1e-9)
    assert pooled == pytest.approx(entry["pooled_stderr"], rel=1e-9)
    assert sum(values) / len(values) == pytest.approx(entry["unweighted_acc"], rel=1e-9)


def test_a_group_that_aggregates_nothing_is_still_a_dataset() -> None:
    path = LM_EVAL / "v0.4.13/sim__delta-70b/results_2026-11-21T00-54-40.597800.json"
    places = {(score.dataset, score.category) for score in run(path).scores}
    assert places == {("mmlu_noagg", "mmlu_anatomy"), ("mmlu_noagg", "mmlu_virology")}


def test_groups_of_0_4_2() -> None:
    read = run(LM_EVAL / "v0.4.2/sim__alpha-1b/results.json")
    datasets = {row_of(score) for score in read.scores}
    assert datasets == {
        "loc_docspages",
        "loc_gsm8k",
        "loc_lastword_openai",
        "loc_mmlu",
        "loc_mmlu_humanities",
        "loc_mmlu_stem",
        "loc_shortqa",
    }
    inner = [score for score in read.scores if row_of(score) == "loc_mmlu_stem"]
    assert [score.category for score in inner] == [None]
    assert sum(s.dataset == "loc_mmlu" and s.category is not None for s in read.scores) == 32


@pytest.mark.parametrize(
    "path",
    sorted(LM_EVAL.rglob("samples_*")) + sorted(LM_EVAL.glob("v0.4.2/*/*.jsonl")),
    ids=name_of,
)
def test_answers_are_no_results(path: Path) -> None:
    assert kinds(path) == {"samples"}


def kinds(path: Path) -> set[str | None]:
    """What the documents of a file are; of one a line only the first is asked."""
    try:
        head = first_document(path)
        if head is not None and isinstance(head.value, dict):
            return {lm_eval.FORMAT.recognise(Head.of(head.value))}
        documents, _ = read_documents(
            path, lambda value: lm_eval.FORMAT.recognise(Head.of(value)) is not None
        )
    except Refusal:
        return {None}
    return {lm_eval.FORMAT.recognise(Head.of(document.value)) for document in documents}


@pytest.mark.parametrize("harness", FOREIGN)
def test_other_harnesses_are_never_claimed(harness: str) -> None:
    paths = [p for s in ("*.json", "*.jsonl") for p in sorted((CORPUS / harness).rglob(s))]
    assert paths
    assert {str(path) for path in paths if kinds(path) != {None}} == set()
