"""Datasets of different harnesses: apart until a person says that they are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tui_eval.analysis.aliases import alike, members, names_note, shown_names, unified, with_alias
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.formats.registry import Content
from tui_eval.loading.collection import Collection, File, load
from tui_eval.records import Alias, DatasetName, Run, Score, ScoreColumns
from tui_eval.tables import SETTINGS, Tables

SAMPLES = Path(__file__).parents[2] / "samples"
QUIZ = (DatasetName("lm_eval", "pocketquiz"), DatasetName("lighteval", "pocketquiz"))
SHORT = (DatasetName("lm_eval", "pocketquiz_short"), DatasetName("lighteval", "pocketquiz_short"))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load([SAMPLES / "lm_eval", SAMPLES / "lighteval"]).tables()


def made(**scores: tuple[Score, ...]) -> Tables:
    """Tables of one run a harness."""
    collection = Collection()
    for harness, rows in scores.items():
        path = Path(f"/{harness}.json")
        run = Run(harness, None, harness, path, scores=ScoreColumns(rows), files=(path,))
        collection.add(File(path, Content("read", "", (run,))))
    return collection.tables()


def test_one_name_in_two_harnesses_is_two_datasets(tables: Tables) -> None:
    names = shown_names(members(tables), ())
    assert names[QUIZ[0]] == "pocketquiz (lm_eval)"
    assert names[QUIZ[1]] == "pocketquiz (lighteval)"
    apart = unified(tables, ())
    harnesses = apart.scores.join(apart.runs.select("run", "harness"), on="run")
    assert harnesses.group_by("dataset").agg(pl.col("harness").n_unique())["harness"].max() == 1


def test_a_name_of_one_harness_stays_as_it_is() -> None:
    tables = load([SAMPLES / "lm_eval"]).tables()
    assert unified(tables, ()) is tables


def test_said_to_be_the_same_they_stand_side_by_side(tables: Tables) -> None:
    together = unified(tables, (Alias("pocketquiz", QUIZ),))
    report = score_report(select(together, View(dataset="pocketquiz")))
    assert sorted(report.body["category"]) == ["arithmetic", "geography", "science"]
    runs = [column.name for column in report.columns if column.kind == "score"]
    assert len(runs) == 6
    assert report.body.select(runs).null_count().sum_horizontal().item() == 0
    # every number is the harness's own
    for _, rows in together.runs.group_by("harness"):
        labels = rows["label"].to_list()
        own = tables.scores.filter(
            pl.col("run").is_in(rows["run"].to_list()) & (pl.col("dataset") == "pocketquiz"),
            metric="acc",
        )
        expected = sorted(own.filter(pl.col("category").is_not_null())["value"])
        assert sorted(report.body.select(labels).unpivot()["value"]) == expected


def test_the_first_metric_takes_the_name_of_the_first_harness(tables: Tables) -> None:
    together = unified(tables, (Alias("short", SHORT),))
    rows = together.scores.filter(dataset="short", category="short")
    counts = rows.group_by("metric", "filter").agg(pl.col("run").n_unique())
    found = {(metric, of): count for metric, of, count in counts.iter_rows()}
    assert found["exact_match", "strict-match"] == 6
    assert found["exact_match", "flexible-extract"] == 3


def test_a_metric_that_would_clash_keeps_its_name() -> None:
    tables = made(
        twinkle=(Score("d", "x", "acc", 0.5),),
        lighteval=(Score("d", "x", "f1", 0.1), Score("d", "x", "acc", 0.9)),
    )
    same = (Alias("d", (DatasetName("twinkle", "d"), DatasetName("lighteval", "d"))),)
    rows = unified(tables, same).scores.select("run", "metric", "value").rows()
    assert sorted((metric, value) for _, metric, value in rows) == [
        ("acc", 0.5),
        ("acc", 0.9),
        ("f1", 0.1),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mmlu", "hendrycksTest"),
        ("gsm8k", "GSM8K"),
        ("arc_challenge", "arc:challenge"),
        ("arc_challenge", "ai2_arc-challenge"),
    ],
)
def test_obvious_names_are_offered(one: str, other: str) -> None:
    found = [
        DatasetName("a", one),
        DatasetName("b", other),
        DatasetName("b", "else"),
        DatasetName("a", other),
    ]
    assert alike(found[0], found) == [found[1]]


def test_the_very_name_is_offered_before_others() -> None:
    """Of each harness one dataset is offered: the one that is called the same, wherever it is."""
    found = [DatasetName("a", "gsm8k"), DatasetName("b", "GSM8K"), DatasetName("b", "gsm8k")]
    assert alike(found[0], found) == [found[2]]


def test_notes_tell_what_may_be_and_what_is_the_same(tables: Tables) -> None:
    assert names_note(tables, (), "pocketquiz (lm_eval)") == (
        "Perhaps the same: pocketquiz of lighteval. = puts them side by side."
    )
    assert names_note(tables, (Alias("pocketquiz", QUIZ),), "pocketquiz") == (
        "Side by side because you chose that they are the same (=): "
        "pocketquiz of lighteval, pocketquiz of lm_eval."
    )
    assert names_note(tables, (), None) is None


def test_what_is_said_later_counts() -> None:
    a, b, c = (DatasetName(name, "d") for name in "abc")
    same = with_alias((), (a, b, c))
    assert same == (Alias("d", (a, b, c)),)
    assert with_alias(same, (a,)) == (Alias("d", (b, c)),)
    assert with_alias(same, (a, b)) == (Alias("d", (a, b)),)
    assert with_alias(with_alias(same, (a,)), (b,)) == ()


def test_of_a_harness_one_dataset_counts() -> None:
    tables = made(
        lm_eval=(Score("gsm8k", "gsm8k", "acc", 0.4), Score("gsm8k_cot", "gsm8k_cot", "acc", 0.6)),
        lighteval=(Score("gsm8k", "gsm8k", "acc", 0.45),),
    )
    one, cot, other = (
        DatasetName("lm_eval", "gsm8k"),
        DatasetName("lm_eval", "gsm8k_cot"),
        DatasetName("lighteval", "gsm8k"),
    )
    assert alike(other, members(tables)) == [one]
    assert with_alias((), (other, one, cot)) == (Alias("gsm8k", (other, one)),)
    together = unified(tables, (Alias("gsm8k", (other, one, cot)),))
    values = together.scores.select("dataset", "value").rows()
    assert sorted(values) == [("gsm8k", 0.4), ("gsm8k", 0.45), ("gsm8k_cot", 0.6)]


@pytest.mark.parametrize(
    "other",
    [
        Score("d", "d", "ppl", 12, higher_is_better=False),
        Score("d", "d", "acc2", 50, unit="number", higher_is_better=True),
    ],
)
def test_metrics_of_another_unit_or_direction_stay_apart(other: Score) -> None:
    tables = made(lm_eval=(Score("d", "d", "acc", 0.5, higher_is_better=True),), lighteval=(other,))
    same = (Alias("d", (DatasetName("lm_eval", "d"), DatasetName("lighteval", "d"))),)
    assert unified(tables, same).scores["metric"].to_list() == ["acc", other.metric]


def test_the_same_name_in_both_is_aligned_too() -> None:
    tables = made(lm_eval=(Score("d", "d", "acc", 0.5),), lighteval=(Score("d", None, "em", 0.6),))
    same = (Alias("d", (DatasetName("lm_eval", "d"), DatasetName("lighteval", "d"))),)
    assert set(unified(tables, same).scores["metric"]) == {"acc"}


def test_conditions_go_with_the_datasets_that_they_are_of(tables: Tables) -> None:
    run = tables.runs.filter(harness="lm_eval")["run"][0]
    told = [(run, "pocketquiz", None, None, "shots", "5"), (run, None, None, None, "seed", "1")]
    told += [(run, "gone", None, None, "shots", "0")]
    settings = pl.DataFrame(told, schema=SETTINGS, orient="row")
    apart = unified(replace(tables, settings=settings), ())
    assert apart.settings["dataset"].to_list() == ["pocketquiz (lm_eval)", None, "gone"]
    assert apart.settings.drop("dataset").equals(settings.drop("dataset"))
