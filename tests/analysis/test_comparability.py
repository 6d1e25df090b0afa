"""What is said under numbers that can differ for another reason than the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tui_eval.analysis.delta import delta_report, missing_report, movers_report, overview_report
from tui_eval.analysis.files import runs_report
from tui_eval.analysis.long_table import numbers_report
from tui_eval.analysis.report import Report
from tui_eval.analysis.scores import overview_report as overview_of_scores
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import Metric, select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.tables import Tables

HARD = [
    *("AGIEval", "ARC", "BBH", "BoolQ", "CommonsenseQA", "DROP", "GPQA", "GSM8k", "HellaSwag"),
    *("MATH", "MBPP", "MMLU", "OpenBookQA", "PIQA", "SIQA", "TriviaQA"),
]
UNRECORDED = "Not recorded, and perhaps not the same: benchmark and version of "
ALONE = "A difference may come from this alone: "


def write_mixeval(folder: Path, model: str, categories: list[str]) -> None:
    path = folder / model / "score.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"overall": 0.5, **dict.fromkeys(categories, 0.5)}))


def write_lighteval(folder: Path, model: str, era: str, results: dict[str, Any]) -> None:
    """Results as 0.9 or 0.13 writes them."""
    own: dict[str, dict[str, Any]] = {
        "0.9": {"generation_parameters": {}},
        "0.13": {"model_config": {"model_name": model}},
    }
    content = {
        "config_general": {"model_name": model, **own[era]},
        "results": results,
        "config_tasks": {},
    }
    path = folder / model / "results_2031-01-01T00-00-00.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def deltas(tables: Tables, view: View) -> list[Report]:
    return [
        delta_report(select(tables, view)),
        overview_report(select(tables, view)),
        movers_report(select(tables, view), None, "top"),
    ]


# --- MixEval without a version ------------------------------------------------------------------


def test_other_sets_of_categories_are_other_datasets(tmp_path: Path) -> None:
    write_mixeval(tmp_path, "hard", HARD)
    write_mixeval(tmp_path, "whole", [*HARD, "WinoGrande"])
    write_mixeval(tmp_path, "newer", [*HARD, "WinoGrande", "MMLU-Pro"])
    tables = load([tmp_path]).tables()
    found = tables.scores.select("run", "dataset").unique().iter_rows()
    assert {tables.labels[run]: dataset for run, dataset in found} == {
        "hard @ <no timestamp>": (
            "MixEval (version not recorded; 16 categories, as in mixeval_hard 2024-06-01)"
        ),
        "whole @ <no timestamp>": "MixEval (version not recorded; 17 categories)",
        "newer @ <no timestamp>": (
            "MixEval (version not recorded; 18 categories, as in 2024-08-11)"
        ),
    }


@pytest.fixture
def unrecorded(tmp_path: Path) -> Tables:
    """Two runs of as many categories, not all the same."""
    write_mixeval(tmp_path, "a", HARD[:5])
    write_mixeval(tmp_path, "b", HARD[1:6])
    return load([tmp_path]).tables()


def view_of(tables: Tables, **more: Any) -> View:
    runs = list(tables.labels)
    return View(dataset=tables.scores["dataset"][0], baseline=runs[0], **more)


def test_nothing_is_missing_where_it_is_not_known_what_was_asked(unrecorded: Tables) -> None:
    view = view_of(unrecorded)
    notes = score_report(select(unrecorded, view)).notes
    assert not any("missing" in note for note in notes)
    assert not any(
        "missing" in note for note in overview_of_scores(select(unrecorded, View())).notes
    )
    assert missing_report(select(unrecorded, view)).body.is_empty()


def test_runs_of_an_unknown_version_are_not_partial(tmp_path: Path) -> None:
    write_mixeval(tmp_path, "a", HARD[:5])
    write_mixeval(tmp_path, "b", HARD[1:6])
    loaded = load([tmp_path])
    rows = runs_report(loaded.tables(), loaded.file_table()).body
    assert rows["state"].to_list() == ["complete", "complete"]


def test_two_unknown_versions_are_said_under_their_difference(unrecorded: Tables) -> None:
    view = view_of(unrecorded)
    line = f"{UNRECORDED}a @ <no timestamp>, b @ <no timestamp>."
    for report in (score_report(select(unrecorded, view)), *deltas(unrecorded, view)):
        assert line in report.notes


def test_a_run_alone_is_compared_with_none(tmp_path: Path) -> None:
    write_mixeval(tmp_path, "a", HARD)
    tables = load([tmp_path]).tables()
    assert not any(
        note.startswith(UNRECORDED) for note in score_report(select(tables, view_of(tables))).notes
    )


# --- Lighteval ----------------------------------------------------------------------------------


def test_bleu_of_0_9_counts_two_references(tmp_path: Path) -> None:
    write_lighteval(tmp_path, "a", "0.9", {"s|tea|0": {"bleu": 12.0, "em": 0.5}})
    write_lighteval(tmp_path, "b", "0.13", {"tea|0": {"bleu": 14.0, "em": 0.5}})
    tables = load([tmp_path]).tables()
    runs = list(tables.labels.values())
    line = (
        f"{ALONE}the references that it counts: the first two alone (Lighteval 0.9; 0.10 writes "
        f"the same files) ({runs[0]}); all (Lighteval 0.11 and later) ({runs[1]})."
    )
    for report in deltas(tables, view_of(tables, metric="bleu")):
        assert line in report.notes
    for report in deltas(tables, view_of(tables, metric="em")):
        assert not any(note.startswith(ALONE) for note in report.notes)


def test_bleu_of_one_version_needs_no_word(tmp_path: Path) -> None:
    for model in "ab":
        write_lighteval(tmp_path, model, "0.13", {"tea|0": {"bleu": 12.0}})
    tables = load([tmp_path]).tables()
    assert not any(
        note.startswith(ALONE) for note in delta_report(select(tables, view_of(tables))).notes
    )


def test_wrong_standard_errors_are_said_where_they_stand(tmp_path: Path) -> None:
    numbers = {"bleu": 12.0, "bleu_stderr": 0.01, "em": 0.5, "em_stderr": 0.1}
    write_lighteval(tmp_path, "a", "0.13", {"tea|0": numbers})
    tables = load([tmp_path]).tables()
    (run,) = tables.labels.values()
    line = f"± of bleu is about 31.6 times too small: Lighteval divides it by √1000 ({run})."
    assert line in score_report(select(tables, view_of(tables, metric="bleu"))).notes
    assert line not in score_report(select(tables, view_of(tables, metric="em"))).notes
    assert line in numbers_report(tables, None, None).notes
    assert line not in numbers_report(tables, None, [Metric("em", None, "fraction", None)]).notes
    assert not numbers_report(tables, "other", None).notes


def test_errors_of_averages_are_said(tmp_path: Path) -> None:
    row = {"em": 0.5, "em_stderr": 0.1}
    write_lighteval(tmp_path, "a", "0.13", {"t:x|0": row, "t:y|0": row, "t:_average|0": row})
    tables = load([tmp_path]).tables()
    assert any("too large" in note for note in score_report(select(tables, view_of(tables))).notes)
    write_lighteval(tmp_path, "a", "0.13", {"tea|0": row, "t:x|0": {}, "t:_average|0": row})
    tables = load([tmp_path]).tables()
    assert any("too large" in note for note in numbers_report(tables, "t", None).notes)
    assert not numbers_report(tables, "tea", None).notes


# --- lm-eval ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "stderr", "is_wrong"),
    [
        (0.7, 0.0330578, True),  # the mean over tasks, and the error of that over questions
        (0.82, 0.0330578, False),
        (0.7, 0.0552268, False),
    ],
)
def test_a_group_with_the_error_of_another_mean(
    tmp_path: Path, value: float, stderr: float, is_wrong: bool
) -> None:
    parts = {"x": (0.5, 0.1, 25), "y": (0.9, 0.0301511, 100)}
    pooled = sum((n - 1) * n * error**2 for _, error, n in parts.values()) / (125 - 2) / 125
    rows: dict[str, Any] = {
        name: {"acc,none": score, "acc_stderr,none": error, "sample_len": n}
        for name, (score, error, n) in parts.items()
    }
    known = {0.0330578: pooled**0.5}
    rows["g"] = {"acc,none": value, "acc_stderr,none": known.get(stderr, stderr)}
    content = {
        "results": rows,
        "groups": {"g": rows["g"]},
        "group_subtasks": {"g": ["x", "y"]},
        "versions": {},
        "n-samples": {},
        "config": {"model": "hf"},
    }
    (tmp_path / "results.json").write_text(json.dumps(content))
    tables = load([tmp_path]).tables()
    notes = score_report(select(tables, view_of(tables))).notes
    assert any(note.startswith("± of g is that of a mean over questions") for note in notes) is (
        is_wrong
    )


# --- scales that are not known ------------------------------------------------------------------


def test_a_score_on_an_unknown_scale_stands_beside_no_others(tmp_path: Path) -> None:
    for name, value in {"a": 0.15, "b": 1.05, "c": 18.1}.items():
        content = {
            "results": {"herons": {"rouge2": value}},
            "versions": {"herons": 1},
            "config": {"model": "hf", "model_args": f"pretrained={name}"},
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    tables = load([tmp_path]).tables()
    a, b, c = tables.labels.values()
    line = f"Left out, since it is not known whether they are on 0–1 or 0–100: {a}."
    report = score_report(select(tables, View(dataset="herons", scale=100)))
    assert report.body.columns == ["category", a, b, c]
    assert report.body.row(0)[1] is None
    assert report.body.row(0)[2:] == pytest.approx((1.05, 18.1))
    assert line in report.notes
    assert not any("missing" in note or "without" in note for note in report.notes)
    view = View(dataset="herons", baseline=tables.run_shown_as(b))
    for report in deltas(tables, view):
        assert line in report.notes
        assert not any(a in row for row in report.body.rows())
    assert f"herons: {line}" in overview_of_scores(select(tables, View())).notes
    alone = score_report(select(tables.only([tables.run_shown_as(a)]), View(dataset="herons")))
    assert line in alone.notes
