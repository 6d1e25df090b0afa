"""Every number that Lighteval wrote into the recorded results, and no file of anybody else."""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tui_eval.files.documents import Refusal, read_documents
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import lighteval
from tui_eval.records import Run, Score

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
LIGHTEVAL = CORPUS / "lighteval"
FILES = sorted(path.relative_to(LIGHTEVAL) for path in LIGHTEVAL.rglob("results_*.json"))
GOLDEN: dict[str, Any] = json.loads((LIGHTEVAL / "golden" / "golden_results.json").read_text())

Place = tuple[str, str | None, str, str | None]


@cache
def content(path: Path) -> Any:
    return json.loads((LIGHTEVAL / path).read_text("utf-8"))


@cache
def run_of(path: Path) -> Run:
    return lighteval.FORMAT.read_runs(content(path), LIGHTEVAL / path, 1)[0]


def by_place(run: Run) -> dict[Place, Score]:
    return {
        (score.dataset, score.category, score.metric, score.method): score for score in run.scores
    }


def place(key: str, metric: str) -> Place:
    """Where a number of ``results`` should be: no two settings of a task are in a recorded run."""
    *_, task, shots = key.split("|")
    dataset, _, subset = task.partition(":")
    category = None if subset == "_average" else subset or dataset
    return dataset, category, metric, f"{shots}-shot"


def numbers(results: dict[str, dict[str, float]]) -> dict[Place, tuple[float, float | None]]:
    """Every reported metric with its standard error."""
    return {
        place(key, metric): (value, row.get(f"{metric}_stderr"))
        for key, row in results.items()
        if key != "all"
        for metric, value in row.items()
        if not metric.endswith("_stderr")
    }


def file_of(name: str) -> Path:
    version, model, timestamp = name.split("|")
    return Path(version, "results", model, f"results_{timestamp}.json")


def test_all_files_are_here() -> None:
    assert len(FILES) == 11
    assert {file_of(name) for name in GOLDEN} <= set(FILES)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_reported_number_is_in_the_scores(path: Path) -> None:
    found = {key: (score.value, score.stderr) for key, score in by_place(run_of(path)).items()}
    assert found == numbers(content(path)["results"])
    assert len(found) == len(run_of(path).scores)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_numbers(name: str) -> None:
    found = by_place(run_of(file_of(name)))
    golden = numbers(GOLDEN[name]["results"])
    assert found.keys() == golden.keys()
    for key, (value, stderr) in golden.items():
        assert found[key].value == pytest.approx(value, rel=1e-9, abs=1e-12)
        assert found[key].stderr == pytest.approx(stderr, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", GOLDEN)
def test_numbers_of_questions_are_those_of_the_details_or_unknown(name: str) -> None:
    found = by_place(run_of(file_of(name)))
    golden = GOLDEN[name]["n_samples_from_details"]
    exact = {place(key, metric): n for key, row in golden.items() for metric, n in row.items()}
    told = {key: found[key].n for key in exact if found[key].n is not None}
    assert told == {key: exact[key] for key in told}
    unknown = {key for key in exact if key not in told}
    counted = name.startswith("v0.6.2")
    assert unknown == {key for key in exact if not counted and not can_be_known(found, key)}
    assert all(score.n is None for key, score in found.items() if key[1] is None)


def can_be_known(found: dict[Place, Score], key: Place) -> bool:
    """Whether some right-or-wrong metric of the task is neither all right nor all wrong."""
    names = ("acc", "em", "extractive_match", "maj@n", "pass@k:k=4&n=4")
    values = [
        score.value
        for (dataset, category, metric, _), score in found.items()
        if (dataset, category) == key[:2] and metric.startswith(names)
    ]
    return any(value is not None and 0 < value < 1 for value in values)


@pytest.mark.parametrize("name", GOLDEN)
def test_facts_of_the_run(name: str) -> None:
    version, model, timestamp = name.split("|")
    run = run_of(file_of(name))
    date, time = timestamp.split("T")
    assert (run.model, run.timestamp) == (model, f"{date}T{time.replace('-', ':')}")
    assert run.version == {"v0.6.2": "0.5–0.7", "v0.13.0": "0.12.1–0.13"}[version]
    assert run.duration == GOLDEN[name]["seconds"]
    limit = GOLDEN[name]["max_samples"]
    assert run.notes[0].startswith("limited run") == (limit is not None)


def test_what_is_known_of_units_and_directions() -> None:
    found = {
        (score.metric.partition(":")[0], score.unit, score.higher_is_better)
        for path in FILES
        for score in run_of(path).scores
    }
    assert ("bleu", "percent", True) in found
    assert {unit for metric, unit, _ in found if metric != "bleu"} == {None}
    assert {higher for *_, higher in found} == {True}


def test_one_bleu_is_named_as_bootstrapped() -> None:
    notes = [
        (path.parts[0], note)
        for path in FILES
        for note in run_of(path).notes
        if "bootstrapped" in note
    ]
    assert [version for version, _ in notes] == ["v0.13.0"] * 3
    assert all(note.startswith("stderr of bleu: ") for _, note in notes)


def test_the_snapshot_of_a_hub_repository() -> None:
    hub = [run_of(path) for path in FILES if path.parts[0] == "hub_layout"]
    assert [run.timestamp for run in hub] == [
        "2026-11-21T01:01:24.189045",
        "2026-11-21T01:01:26.019078",
    ]
    assert {run.model for run in hub} == {"dummy-org/dummy"}
    assert all(math.isfinite(score.value or 0) for run in hub for score in run.scores)


@pytest.mark.parametrize("system", ["evalscope", "lmeval", "mixeval", "stats", "twinkle"])
def test_no_file_of_another_harness_is_claimed(system: str) -> None:
    for path in sorted((CORPUS / system).rglob("*.json*")):
        try:
            documents, _ = read_documents(path, lambda _: True)
        except Refusal:
            continue
        claimed = [
            document
            for document in documents
            if lighteval.FORMAT.recognise(Head.of(document.value))
        ]
        assert not claimed, path
