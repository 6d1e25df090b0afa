"""Every number that MixEval wrote into the recorded runs, and the same again from the verdicts."""

from __future__ import annotations

import json
import os
import re
import shutil
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tui_eval.files.documents import Refusal, read_documents
from tui_eval.files.head import Head
from tui_eval.formats.harnesses import mixeval
from tui_eval.loading.collection import load
from tui_eval.records import Run

CORPUS = Path(os.environ["TUI_EVAL_CORPUS"])
MIXEVAL = CORPUS / "mixeval"
SMALL = MIXEVAL / "small" / "model_responses"
GOLDEN: dict[str, dict[str, float]] = json.loads(
    (MIXEVAL / "small" / "golden_score_root.json").read_text()
)
OLD = sorted((MIXEVAL / "old_eras").rglob("score_*.json"))
JUDGE = "gpt-3.5-turbo-0125"
VERSIONS = {
    "era1_2024-06-07": "2024-06 (overall is the mean of both splits)",
    "era3_2024-09-03": (
        "2024-09-03 (overall is the mean of both splits, benchmarks are apart by split)"
    ),
}

Key = tuple[str | None, str | None]
Values = dict[Key, float | None]


@cache
def runs_of(folder: Path) -> dict[str | None, Run]:
    runs = load([folder]).runs
    assert len({run.model for run in runs}) == len(runs)
    return {run.model: run for run in runs}


def values(run: Run, metric: str = "score") -> Values:
    scores = [score for score in run.scores if score.metric == metric]
    found = {(score.category, score.filter): score.value for score in scores}
    assert len(found) == len(scores)
    return found


def places(scores: dict[str, float]) -> Values:
    """Where the numbers of a ``score.json`` should be."""
    found: Values = {}
    for key, value in scores.items():
        named = re.fullmatch(r"(.+?)(?: \((free-form|multiple-choice)\))?", key)
        assert named
        overall = key in ("overall", "overall score (final score)")
        found[(None, None) if overall else (named[1], named[2])] = value
    assert len(found) == len(scores)
    return found


def over_both(run: Run) -> Values:
    return {key: value for key, value in values(run).items() if key[1] is None}


@pytest.fixture(scope="module")
def unreported(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Run]:
    """The small runs without any ``score.json``: all is recomputed."""
    folder = tmp_path_factory.mktemp("unreported") / "model_responses"
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns("score.json"))
    return runs_of(folder)


def test_all_files_are_here() -> None:
    assert sorted(GOLDEN) == ["gemma_11_7b_instruct", "gpt_35_turbo_0125", "llama_3_8b_instruct"]
    assert len(OLD) == 7


@pytest.mark.parametrize("model", GOLDEN)
def test_golden_scores_are_reported(model: str) -> None:
    run = runs_of(SMALL)[model]
    assert over_both(run) == places(GOLDEN[model])
    written = json.loads((SMALL / model / "mixeval_hard" / "2024-06-01" / "score.json").read_text())
    assert over_both(run) == places(written)
    of_score = [score for score in run.scores if score.metric == "score"]
    assert {score.origin for score in of_score if score.filter is None} == {"reported"}
    assert run.version == "since 2024-09-12 (overall is the mean over all questions)"


@pytest.mark.parametrize("model", GOLDEN)
def test_golden_scores_follow_from_the_verdicts_bit_for_bit(
    unreported: dict[str | None, Run], model: str
) -> None:
    run = unreported[model]
    assert over_both(run) == places(GOLDEN[model])
    assert {score.origin for score in run.scores} == {"recomputed"}
    assert {score.method for score in run.scores} == {JUDGE}


@pytest.mark.parametrize("model", GOLDEN)
def test_splits_are_recomputed(model: str) -> None:
    run = runs_of(SMALL)[model]
    overall = {
        score.filter: score
        for score in run.scores
        if score.category is None and score.metric == "score"
    }
    assert {split: score.n for split, score in overall.items()} == {
        None: 120,
        "free-form": 60,
        "multiple-choice": 60,
    }
    both = [overall[split].value or 0 for split in ("free-form", "multiple-choice")]
    assert sum(both) / 2 == pytest.approx(overall[None].value, abs=1e-9)
    assert all(
        round(score.value or 0, 3) == score.value for score in overall.values() if score.filter
    )
    assert not any("score.json says" in note for note in run.notes)


def unrounded_of(folder: Path) -> dict[str | None, float]:
    """The mean over all questions of both splits, by benchmark, straight from the verdicts."""
    found: dict[str | None, list[Fraction]] = {}
    for path in folder.glob(f"judge_results_*_model_judge_{JUDGE}.jsonl"):
        for row in map(json.loads, path.read_text().splitlines()):
            score = row.get("judge_score")
            if score is None:
                score = row["judge_option"] == chr(ord("A") + row["target"][0])
            for category in (None, row["benchmark_name"]):
                found.setdefault(category, []).append(Fraction(score))
    return {category: float(sum(some) / len(some)) for category, some in found.items()}


@pytest.mark.parametrize("model", GOLDEN)
def test_unrounded_means_stand_beside_the_scores(model: str) -> None:
    run = runs_of(SMALL)[model]
    found = {category: value for (category, _), value in values(run, "unrounded mean").items()}
    folder = SMALL / model / "mixeval_hard" / "2024-06-01"
    assert found == pytest.approx(unrounded_of(folder), abs=1e-15)
    assert all(score.filter is None for score in run.scores if score.metric == "unrounded mean")


def test_every_small_run_is_there_once_and_partial() -> None:
    runs = runs_of(SMALL)
    assert sorted(map(str, runs)) == sorted(GOLDEN)
    for run in runs.values():
        assert run.state == "partial"
        assert {score.dataset for score in run.scores} == {"mixeval_hard 2024-06-01"}
        assert "partial run: 60 of 500 free-form questions" in run.notes
        assert "60 free-form questions, 54 of them different" in run.notes
        assert "60 multiple-choice questions, 58 of them different" in run.notes
        assert len(run.samples) == 4


def test_random_verdicts_are_counted() -> None:
    notes = {
        model: [note for note in run.notes if "could not be parsed" in note]
        for model, run in runs_of(SMALL).items()
    }
    assert notes.pop("llama_3_8b_instruct") == [
        f"1 of 60 multiple-choice verdicts of {JUDGE} could not be parsed; "
        "MixEval put random options there"
    ]
    assert list(notes.values()) == [[], []]


def test_scores_of_all_models_without_their_folders() -> None:
    runs = load([MIXEVAL / "small" / "golden_score_root.json"]).runs
    assert {run.model: values(run) for run in runs} == {
        model: places(scores) for model, scores in GOLDEN.items()
    }
    assert {score.dataset for run in runs for score in run.scores} == {
        "MixEval (version not recorded; 12 categories)"
    }


@pytest.mark.parametrize("path", OLD, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_number_of_older_versions(path: Path) -> None:
    content = json.loads(path.read_text())
    runs = mixeval.FORMAT.read_runs(content, path, 1)
    written = content if path.name == "score_root.json" else {None: content}
    assert len(runs) == len(written)
    for run, scores in zip(runs, written.values(), strict=True):
        assert values(run) == places(scores)
        assert run.version == VERSIONS[path.parent.name]
        assert all(score.origin == "reported" for score in run.scores)


def test_states_of_broken_runs() -> None:
    runs = runs_of(MIXEVAL / "incomplete")
    assert {model: run.state for model, run in runs.items()} == {
        "claude_3_opus": "partial",  # a line is missing
        "gpt_35_turbo_0125": "complete",
        "gpt_4o": "partial",  # in progress
        "llama_3_70b_instruct": "partial",  # one split alone
        "mistral_large": "partial",  # an id doubled, another missing, and as many lines as needed
    }
    unscored = {model for model, run in runs.items() if not run.scores}
    assert unscored == set(runs) - {"gpt_35_turbo_0125"}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            "claude_3_opus",
            {
                "partial run: 499 of 500 free-form questions",
                "free-form questions that are missing: id 199",
            },
        ),
        (
            "gpt_4o",
            {
                "partial run: 300 of 500 multiple-choice questions",
                "partial run: the status of the multiple-choice answers is “in progress”",
            },
        ),
        ("llama_3_70b_instruct", {"partial run: only free-form answers are here"}),
        (
            "mistral_large",
            {
                "partial run: 499 of 500 free-form questions",
                "free-form questions that are missing: id 10",
                "free-form questions that are there more than once: id 11",
            },
        ),
    ],
)
def test_what_is_broken_is_told(model: str, expected: set[str]) -> None:
    assert expected <= set(runs_of(MIXEVAL / "incomplete")[model].notes)


def test_a_judge_and_rules_side_by_side() -> None:
    run = runs_of(MIXEVAL / "incomplete")["gpt_35_turbo_0125"]
    folder = MIXEVAL / "incomplete" / "gpt_35_turbo_0125" / "mixeval_hard" / "2024-06-01"
    assert over_both(run) == places(json.loads((folder / "score.json").read_text()))
    found = {key: value for key, value in values(run).items() if key[0] is None}
    assert found == {
        (None, None): 0.746,
        (None, "free-form"): 0.796,
        (None, "multiple-choice"): 0.696,
        (None, JUDGE): 0.749,
        (None, f"free-form, {JUDGE}"): 0.802,
        (None, f"multiple-choice, {JUDGE}"): 0.696,
    }
    methods = {score.filter: score.method for score in run.scores}
    assert methods[None] == methods["free-form"] == "rule"
    assert not any("score.json says" in note for note in run.notes)


def test_the_judges_numbers_are_those_of_the_older_versions() -> None:
    """The verdicts of this run were also scored by the code of 2024-09-03."""
    path = MIXEVAL / "old_eras" / "era3_2024-09-03" / "score_gpt_35_turbo_0125.json"
    old = places(json.loads(path.read_text()))
    run = values(runs_of(MIXEVAL / "incomplete")["gpt_35_turbo_0125"])
    again = {
        (category, split): run[category, f"{split}, {JUDGE}" if split else JUDGE]
        for category, split in old
    }
    assert again == pytest.approx(old, abs=1e-9)


@pytest.mark.parametrize("system", ["evalscope", "lighteval", "lmeval", "stats", "twinkle"])
def test_no_file_of_another_harness_is_claimed(system: str) -> None:
    for path in sorted((CORPUS / system).rglob("*.json*")):
        try:
            documents, _ = read_documents(path, lambda _: True)
        except Refusal:
            continue
        claimed: list[Any] = [
            one for one in documents if mixeval.FORMAT.recognise(Head.of(one.value))
        ]
        assert not claimed, path
