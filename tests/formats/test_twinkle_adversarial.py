"""Golden checks on the odd files that stand beside these tests (sets S5 to S8, and each alone)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.formats.twinkle_golden import (
    BASE,
    CAND,
    Case,
    Golden,
    Row,
    check_delta,
    check_rows,
    check_scores,
    expected_noise,
    load_set,
    make_case,
    near,
    score_rows,
)
from tui_eval.analysis import delta, scores
from tui_eval.analysis.selection import datasets, select
from tui_eval.analysis.view import COVERAGE, Threshold, View
from tui_eval.loading.collection import Collection, load
from tui_eval.tables import Tables

DATA = Path(__file__).parents[1] / "data" / "twinkle"
GOLDEN: dict[str, Any] = json.loads((DATA / "golden_adversarial.json").read_text("utf-8"))

SETS = {
    "S5_adv_overlap": ["43_missing_cats_base", "44_missing_cats_cand", "45_other_only"],
    "S6_adv_float_ties": ["46_float_ties_base", "47_float_ties_cand"],
    "S7_adv_dup_label": ["36_duplicate_label_a", "37_duplicate_label_b"],
    "S8_adv_keys_files": ["33_dataset_key_variants", "34_file_variants"],
}


@cache
def tables(set_name: str) -> Tables:
    return load_set(DATA / "adversarial", [f"{name}.json" for name in SETS[set_name]])


@cache
def golden_files(set_name: str) -> dict[str, Golden]:
    return {file: Golden.of(payload) for file, payload in GOLDEN[set_name].items()}


def case_of(set_name: str, file: str) -> Case:
    return make_case(set_name, file, golden_files(set_name), tables(set_name))


CASES = [(name, file) for name in SETS for file in GOLDEN[name]]

NO_DELTA = {"S7_adv_dup_label"}
"""Sets that are one run for eval-analyzer, and several here: nothing to compare with (B5)."""


@pytest.mark.parametrize(("set_name", "file"), CASES)
def test_scores(set_name: str, file: str) -> None:
    assert check_scores(case_of(set_name, file)) == set()


@pytest.mark.parametrize(("set_name", "file"), [c for c in CASES if c[0] not in NO_DELTA])
def test_differences(set_name: str, file: str) -> None:
    assert check_delta(case_of(set_name, file)) == expected_noise(set_name, file)


# --- the defects by name, with numbers ----------------------------------------------------------


def wins(view: View) -> tuple[int, int, int]:
    row = delta.overview_report(select(tables("S6_adv_float_ties"), view)).body.row(0, named=True)
    return row["Win"], row["Lose"], row["Tie"]


def test_b1_ties_depend_neither_on_float_noise_nor_on_the_scale() -> None:
    view = View(dataset="d", baseline=BASE)
    assert wins(view) == wins(replace(view, scale=100)) == (1, 1, 3)
    assert wins(View(dataset="d", baseline=CAND)) == (1, 1, 3)


@pytest.mark.parametrize(("scale", "least"), [(1, 0.1), (100, 10 / 100)])
def test_b2_a_difference_of_the_minimum_itself_is_shown(scale: Any, least: float) -> None:
    view = View(dataset="d", baseline=BASE, scale=scale, min_delta=least)
    frame = delta.delta_report(select(tables("S6_adv_float_ties"), view)).body
    assert frame["category"].to_list() == ["k5"]
    assert frame["delta"].to_list() == [near(-0.1 * scale)]


@pytest.mark.parametrize("scale", [1, 100])
def test_b3_a_score_of_the_threshold_itself_is_kept(scale: Any) -> None:
    view = View("d", scale=scale, threshold=Threshold(at_least=True, value=57 / 100, run=BASE))
    frame = scores.score_report(select(tables("S6_adv_float_ties"), view)).body
    assert frame["category"].to_list() == ["k1", "k4", "k3"]


def test_b4_the_baseline_among_the_candidates_is_ignored() -> None:
    view = View(dataset="d", baseline=BASE, candidates=(BASE, CAND))
    alone = replace(view, candidates=(CAND,))
    for report in (delta.delta_report, delta.overview_report):
        data = tables("S6_adv_float_ties")
        both, one = (report(select(data, wanted)).body for wanted in (view, alone))
        assert both.equals(one)
        assert not both.is_empty()


def test_b5_runs_of_the_same_model_and_minute_stay_two_runs() -> None:
    first, second = (f"gpt-oss-120b @ 20250806_1543 ({name})" for name in SETS["S7_adv_dup_label"])
    report = scores.score_report(select(tables("S7_adv_dup_label"), View(dataset="d", sort="name")))
    assert report.body.to_dicts() == [
        {"category": "a", first: 0.4, second: 0.8},
        {"category": "b", first: 0.6, second: None},
        {"category": "c", first: None, second: 1.0},
    ]
    rows = delta.delta_report(
        select(tables("S7_adv_dup_label"), View(dataset="d", baseline=first))
    ).body
    assert rows.rows() == [("a", second, 0.4, 0.8, near(0.4))]


def test_b6_files_of_the_same_name_in_two_folders_stay_two_categories() -> None:
    report = scores.score_report(select(tables("S8_adv_keys_files"), View(dataset="d")))
    values = dict(report.body.iter_rows())
    assert values["datasets/d/sub/a"] == 0.1
    assert values["datasets/d/a"] == 0.2
    assert "a" not in values
    assert len(values) == 9


def test_b11_a_comparison_that_covers_less_says_so() -> None:
    data = tables("S5_adv_overlap")
    report = scores.score_report(select(data, View(dataset="d")))
    assert any(
        note.startswith("base @ t1 has 25 of 31 categories; missing: ") for note in report.notes
    )
    view = View(dataset="d", baseline=BASE)
    for differences in (
        delta.delta_report(select(data, view)),
        delta.overview_report(select(data, view)),
    ):
        assert differences.notes == (
            "Compared on fewer than all 31 categories: cand @ t2 20, zzz @ t3 0.",
        )
    assert delta.overview_report(select(data, view)).body[COVERAGE].to_list() == ["20/31", "0/31"]
    assert report.foot is not None
    own, common = report.foot.rows()[:2]
    assert "1–25" in own[0]
    assert None not in own
    assert common[1:] == (None, None, None)


def test_b12_the_dataset_of_the_bare_folder_has_a_name() -> None:
    names = datasets(tables("S8_adv_keys_files").scores)
    assert names == ["./datasets/mmlu", "/abs/datasets/mmlu/", "d", "datasets/", "mmlu", "y", "z"]


def test_b13_a_filter_that_leaves_nothing_says_so_and_hides_nothing_else() -> None:
    data = tables("S6_adv_float_ties")
    view = View("d", scale=100, baseline=BASE, threshold=Threshold(at_least=True, value=1.0))
    report = scores.score_report(select(data, view))
    assert report.body.is_empty()
    assert report.empty == "No category has a score ≥ 100 (any run)."
    assert delta.delta_report(select(data, view)).body.height == 5
    nothing = replace(view, min_delta=0.09 * 100)
    assert delta.delta_report(select(data, nothing)).body.is_empty()
    assert delta.delta_report(select(data, nothing)).empty == "No difference is as large as 900."
    assert delta.overview_report(select(data, nothing)).body.height == 1


# --- each file alone ----------------------------------------------------------------------------

M = "m @ 20260101_0000"


def rows(label: str, **values: float) -> list[Row]:
    return [
        {"dataset": "d", "category": name, "accuracy_mean": value, "source_label": label}
        for name, value in values.items()
    ]


@dataclass(frozen=True)
class Mended:
    """What a file gives where that is not what eval-analyzer made of it, and why."""

    why: str
    rows: list[Row] = field(default_factory=list)
    state: str = "read"
    says: str = ""  # what problems or notes tell, in part
    average: float | None = None  # only an average is reported


TWO_RUNS = [
    *rows("first @ 20260101_0000", a=0.9, b=0.8),
    *rows("second @ 20260101_0000", a=0.9, b=0.8),
]

MENDED = {
    "02_utf8_bom_pretty.json": Mended("B8: a byte order mark is no error", rows(M, a=0.9, b=0.8)),
    "03_utf8_bom_oneline.json": Mended("B8", rows(M, a=0.9, b=0.8)),
    "06_big5_even.json": Mended(
        "B9: Big5 whatever its length", rows("中文模型 @ 20260101_0000", a=0.9, b=0.8)
    ),
    "07_jsonl_two_docs.jsonl": Mended("B10: every document is read", TWO_RUNS),
    "08_jsonl_trailing_comma.jsonl": Mended("B10", TWO_RUNS),
    "10_jsonl_eval_results.jsonl": Mended("question files hold no scores of runs", says="samples"),
    "11_json_array_of_docs.json": Mended(
        "B10: a list of documents",
        [*rows("a @ 20260101_0000", a=0.9, b=0.8), *rows("b @ 20260101_0000", a=0.9, b=0.8)],
    ),
    "12_empty.json": Mended("B8", state="refused", says="the file is empty"),
    "13_truncated_pretty.json": Mended(
        "B8", state="refused", says="line 19, column 10: the JSON breaks off here"
    ),
    "14_truncated_after_number.json": Mended(
        "half a document", state="refused", says="line 4, column 1: the JSON breaks off here"
    ),
    "15_missing_timestamp.json": Mended(
        "a time is no condition of scores", rows("m @ <no timestamp>", a=0.9, b=0.8)
    ),
    "16_config_null.json": Mended(
        "B7", rows("<unknown> @ 20260101_0000", a=0.9, b=0.8), says="the model is not known"
    ),
    "17_model_null.json": Mended("B7", rows("<unknown> @ 20260101_0000", a=0.9, b=0.8)),
    "19_model_name_null.json": Mended(
        "no name is not the name None", rows("<unknown> @ 20260101_0000", a=0.9, b=0.8)
    ),
    "22_avg_missing_null_acc.json": Mended(
        "B7", rows(M, a=0.9), says="result 2: accuracy_mean is missing or null"
    ),
    "25_acc_string_bad.json": Mended(
        "B7", rows(M, b=0.8), says="result 1: accuracy_mean is the text “n/a”"
    ),
    "28_results_null.json": Mended(
        "B7: the average is all there is", says="results is missing or null", average=0.5
    ),
    "29_results_empty.json": Mended("the average is all there is", average=0.5),
    "32_accuracy_only.json": Mended(
        "no score is no success", state="refused", says="no score in it"
    ),
    "33_dataset_key_variants.json": Mended(
        "B12: datasets/ keeps its name",
        [
            {**row, "dataset": row["dataset"] or "datasets/"}
            for row in GOLDEN["adversarial_single"]["33_dataset_key_variants.json"]["rows"]
        ],
    ),
    "34_file_variants.json": Mended(
        "B6: every file has its own category",
        rows(
            M,
            **{
                "datasets/d/sub/a": 0.1,
                "datasets/d/a": 0.2,
                "datasets\\d\\win": 0.3,
                "noext": 0.4,
                ".csv": 0.5,
                "a.b.c": 0.6,
                "dir": 0.7,
                "<unnamed>": 0.8,
                "x.tar": 0.9,
            },
        ),
    ),
    "35_file_not_str.json": Mended("B7", state="refused", says="result 1: file is a number"),
    "38_ds_results_null.json": Mended(
        "B7", state="refused", says="dataset_results is missing or null"
    ),
    "39_ds_results_list.json": Mended("B7", state="refused", says="dataset_results is a list"),
    "41_bool_acc.json": Mended(
        "true is not a number", state="refused", says="accuracy_mean is true or false"
    ),
}


def load_single(name: str) -> Collection:
    collection = load([DATA / "adversarial" / name])
    assert [file.path.name for file in collection.files] == [name]
    return collection


def told(collection: Collection) -> str:
    """Everything that is said about what was loaded."""
    notes = [note for run in collection.runs for note in run.notes]
    files = [f"{file.content.what}; {file.reason}" for file in collection.files]
    return "\n".join([*files, *notes])


@pytest.mark.parametrize("name", GOLDEN["adversarial_single"])
def test_single_file(name: str) -> None:
    collection = load_single(name)
    content = collection.files[0].content
    golden = [
        row
        for row in GOLDEN["adversarial_single"][name]["rows"]
        if row["accuracy_mean"] is not None
    ]
    expected = MENDED.get(name, Mended("as eval-analyzer reads it", golden))
    assert content.state == expected.state
    ours = [
        {**row, "accuracy_mean": round(row["accuracy_mean"], 10)}  # as the golden rows are
        for row in score_rows(collection.tables())
    ]
    check_rows(ours, expected.rows)
    assert expected.says in told(collection)
    averages = collection.tables().scores.filter(
        pl.col("category").is_null(), metric="accuracy_mean"
    )
    if expected.average is not None:
        assert averages["value"].to_list() == [expected.average]


def test_every_single_file_is_in_the_folder() -> None:
    files = {path.name for path in (DATA / "adversarial").iterdir()} - {"MANIFEST.json"}
    assert files == set(GOLDEN["adversarial_single"])
    assert len(files) == 48
    assert set(MENDED) < files


INTERNALS = (
    "NoneType",
    "UnboundLocalError",
    "has no attribute",
    "Traceback",
    "Error:",
    "object is",
)


@pytest.mark.parametrize("name", GOLDEN["adversarial_single"])
def test_no_reason_speaks_of_python(name: str) -> None:
    words = told(load_single(name))
    assert words.strip()
    assert not [word for word in INTERNALS if word in words]


def runs_of(tables: Tables) -> Counter[object]:
    """How often each run with scores is there, by all that tells runs apart."""
    known = ("dataset", "file", "metric", "repeat", "value")
    facts = ("model", "timestamp", "config", "duration", "variant")
    rows = tables.scores.join(tables.runs.select("run", *facts), on="run")
    notes = {
        run: frozenset(note for note in told if "found again" not in note)
        for run, told in tables.runs.select("run", "notes").iter_rows()
    }
    parts = rows.group_by("run", *facts)
    return Counter(
        (tuple(map(str, name[1:])), notes[str(name[0])], frozenset(part.select(known).rows()))
        for name, part in parts
    )


def test_all_files_together_give_the_numbers_of_each_alone() -> None:
    together = load([DATA / "adversarial"]).tables()
    alone = [load_single(name).tables() for name in GOLDEN["adversarial_single"]]
    whole = Counter(run for one in alone for run in runs_of(one))
    assert runs_of(together) == dict.fromkeys(whole, 1)  # the same run in several files is one
    assert sum(whole.values()) > len(whole) > 20
    again = [note for notes in together.runs["notes"] for note in notes if "found again" in note]
    assert len(again) == sum(whole.values()) - len(whole)
    assert together.runs["run"].n_unique() == together.runs.height
