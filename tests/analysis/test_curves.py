"""Scores over training steps: what is one training, what was lost, from when on nothing came."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.curves import curves, curves_report
from tui_eval.analysis.report import Report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.tables import SETTINGS, Tables

STDERR = 0.02
VIEW = View(dataset="d")


def ladder(
    scores: Mapping[str, float],
    *,
    model: str = "org/tiny",
    dataset: str = "d",
    stderr: float | None = STDERR,
    **columns: Any,
) -> list[dict[str, Any]]:
    """Rows of scores of the revisions of a model; a run's key names both."""
    values = {f"{model}@{revision}": {"all": score} for revision, score in scores.items()}
    return score_rows(values, dataset=dataset, stderr=stderr, **columns)


def tables_of(*groups: list[dict[str, Any]], shots: Mapping[str, int] | None = None) -> Tables:
    """Tables in which the names of runs are split into models and revisions."""
    made = make_tables(*groups)
    model, revision = (pl.col("run").str.split("@").list.get(part) for part in (0, 1))
    runs = made.runs.with_columns(
        model=model, variant=pl.when(revision != "main").then(revision), timestamp=pl.lit("1")
    )
    told = [{"run": run, "name": "shots", "value": str(n)} for run, n in (shots or {}).items()]
    return Tables(runs, made.scores, pl.DataFrame(told, SETTINGS))


def report_of(*groups: list[dict[str, Any]], view: View = VIEW, **more: Any) -> Report:
    return curves_report(select(tables_of(*groups, **more), view))


def steps(*scores: float) -> dict[str, float]:
    return {f"step{10**number}": score for number, score in enumerate(scores)}


def p_of(delta: float, stderr: float) -> float:
    """Of a difference of two scores with this standard error each, two-sided."""
    return math.erfc(abs(delta) / (stderr * math.sqrt(2)) / math.sqrt(2))


def adjusted(p_values: list[float]) -> list[float]:
    """Holm, written out."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    found, so_far = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        so_far = max(so_far, min(1.0, p_values[place] * (len(p_values) - rank)))
        found[place] = so_far
    return found


def test_a_curve_has_its_steps_in_order_with_what_changed() -> None:
    scores = {"step512": 0.5, "step1000": 0.42, "step2": 0.3, "step0": 0.29}
    frame = report_of(ladder(scores)).frame
    assert frame["step"].to_list() == [0, 2, 512, 1000]
    assert frame["family"].unique().to_list() == ["org/tiny@step*"]
    assert frame["unit"].unique().to_list() == ["step"]
    assert frame["score"].to_list() == [0.29, 0.3, 0.5, 0.42]
    assert frame["change"].to_list() == [None, *map(pytest.approx, (0.01, 0.2, -0.08))]
    assert frame["best_step"].to_list() == [None, 0, 2, 512]
    # The step before was the best so far each time: three tests.
    q = adjusted([p_of(delta, STDERR) for delta in (0.01, 0.2, -0.08)])
    assert frame["change_q"].to_list() == [None, *map(pytest.approx, q)]
    assert frame["from_best_q"].to_list() == frame["change_q"].to_list()
    assert frame["change_verdict"].to_list() == [None, "undecided", "better", "worse"]
    half = 1.959964 * STDERR * math.sqrt(2)
    assert frame["change_low"][2] == pytest.approx(0.2 - half, abs=1e-6)
    assert frame["low"][0] == pytest.approx(0.29 - 1.959964 * STDERR, abs=1e-6)
    assert frame["method"].unique().to_list() == ["normal, reported stderr"]


def test_a_step_is_compared_with_the_best_so_far_too() -> None:
    frame = report_of(ladder(steps(0.3, 0.6, 0.5, 0.49))).frame
    assert frame["best_step"].to_list() == [None, 1, 10, 10]
    assert frame["from_best"].to_list() == [None, *map(pytest.approx, (0.3, -0.1, -0.11))]
    q = adjusted([p_of(delta, STDERR) for delta in (0.3, -0.1, -0.01, -0.11)])
    assert frame["change_q"].to_list() == [None, *map(pytest.approx, q[:3])]
    assert frame["from_best_q"][3] == pytest.approx(q[3])
    assert frame["change_verdict"].to_list() == [None, "better", "worse", "undecided"]
    assert frame["from_best_verdict"].to_list() == [None, "better", "worse", "worse"]
    assert frame["words"][3].startswith("against step 100: can't tell")
    assert "; against step 10: step 1,000 worse by 0.110" in frame["words"][3]


def test_regressions_and_the_plateau_are_said_with_their_numbers() -> None:
    report = report_of(ladder(steps(0.2, 0.4, 0.6, 0.5, 0.61, 0.6)), view=View("d", scale=100))
    gap = 100 * (1.959964 + 0.841621) * STDERR * math.sqrt(2)
    assert list(map(str, report.notes)) == [
        "Regressions: worse at 1,000 than at 100.",
        f"Plateau: no later one is shown to be better than step 100; gaps under {gap:.1f} are "
        "invisible here.",
    ]


def test_a_curve_that_rises_to_its_end_has_no_plateau() -> None:
    report = report_of(ladder(steps(0.2, 0.4, 0.6, 0.8)))
    assert list(map(str, report.notes)) == [
        "Regressions: none is shown to be worse than the one before or the best so far.",
        "Plateau: none: before step 1,000 each has a later one that is shown to be better.",
    ]


def test_a_curve_that_stands_still_has_no_plateau() -> None:
    report = report_of(ladder(steps(0.37, 0.37, 0.37, 0.37)))
    assert "Plateau: none: no step is shown to be better than the first, step 1;" in str(
        report.notes[1]
    )


def test_what_one_test_shows_is_not_shown_among_many() -> None:
    # Alone p is 0.034; of the ten tests of this curve it is the smallest.
    delta = 0.06
    assert 0.05 / 10 < p_of(delta, STDERR) < 0.05
    flat = [0.5] * 9
    report = report_of(ladder(steps(*flat, 0.5 + delta)))
    assert report.frame["change_verdict"].to_list()[1:] == ["undecided"] * 9
    assert "that may be chance" in report.frame["words"][9]


def test_where_less_is_better_the_words_turn_round() -> None:
    up = report_of(ladder(steps(0.2, 0.6, 0.5)))
    down = report_of(ladder(steps(0.8, 0.4, 0.5), higher_is_better=False))
    for name in ("change_verdict", "from_best_verdict", "best_step"):
        assert up.frame[name].to_list() == down.frame[name].to_list()
    assert down.frame["change"].to_list() == [None, pytest.approx(-0.4), pytest.approx(0.1)]


def test_other_shots_do_not_join_a_curve() -> None:
    none, five = ladder(steps(0.2, 0.3, 0.4)), ladder({"step7": 0.9, "step8": 0.9})
    shots = {row["run"]: 5 if row in five else 0 for row in (*none, *five)}
    report = report_of(none, five, shots=shots)
    assert report.frame["family"].unique().to_list() == ["org/tiny@step* (shots 0)"]
    assert report.frame["step"].to_list() == [1, 10, 100]
    assert "asked in another way: org/tiny@step7 (shots 5)" in str(report.notes[-1])
    more = ladder({"step9": 0.9})
    shots |= {row["run"]: 5 for row in more}
    both = report_of(none, five, more, shots=shots).frame
    assert both["family"].unique(maintain_order=True).to_list() == [
        "org/tiny@step* (shots 0)",
        "org/tiny@step* (shots 5)",
    ]
    assert both["step"].to_list() == [1, 10, 100, 7, 8, 9]


def test_the_end_of_a_training_is_told_apart_from_its_steps() -> None:
    report = report_of(ladder({**steps(0.2, 0.3, 0.4), "main": 0.5}))
    assert report.frame["step"].to_list() == [1, 10, 100, None]
    assert report.frame["run"][3] == "org/tiny@main"
    assert report.frame["words"][3] == "no step is told: not on the axis"
    assert report.frame["change"][3] is None


def test_of_two_runs_of_a_step_the_later_counts() -> None:
    tables = tables_of(ladder(steps(0.2, 0.3, 0.4)))
    again = ladder({"again": 0.9})
    twice = tables_of(ladder(steps(0.2, 0.3, 0.4)), again)
    is_later = pl.col("run") == "org/tiny@again"
    runs = twice.runs.with_columns(
        variant=pl.when(is_later).then(pl.lit("step10")).otherwise("variant"),
        timestamp=pl.when(is_later).then(pl.lit("2")).otherwise("timestamp"),
    )
    report = curves_report(select(Tables(runs, twice.scores), VIEW))
    assert report.frame["score"].to_list() == [0.2, 0.9, 0.4]
    assert str(report.notes[-1]) == (
        "Of several runs of one step the latest is shown; left out: org/tiny@step10."
    )
    assert curves_report(select(tables, VIEW)).frame["score"].to_list() == [0.2, 0.3, 0.4]


def test_names_that_contradict_each_other_are_on_no_curve() -> None:
    made = tables_of(ladder(steps(0.2, 0.3, 0.4, 0.5)))
    is_last = pl.col("variant") == "step1000"
    path = pl.when(is_last).then(pl.lit("x/m_step7.json")).otherwise("path")
    report = curves_report(select(Tables(made.runs.with_columns(path=path), made.scores), VIEW))
    assert report.frame["step"].to_list() == [1, 10, 100]
    assert "(step 1,000 (revision) or 7 (file))" in str(report.notes[-1])


def test_without_standard_errors_nothing_is_said_of_changes() -> None:
    report = report_of(ladder(steps(0.2, 0.6, 0.1), stderr=None))
    assert report.frame["change"].to_list() == [None, pytest.approx(0.4), pytest.approx(-0.5)]
    assert report.frame["change_verdict"].to_list() == [None, "undecided", "undecided"]
    assert report.frame.select("low", "change_low", "change_q").null_count().row(0) == (3, 3, 3)
    assert [str(note) for note in report.notes] == [
        "No test is possible, so that nothing is said of changes: org/tiny@step*."
    ]


def test_two_steps_that_cannot_be_tested_leave_the_others() -> None:
    rows = ladder(steps(0.0, 0.0, 0.5, 0.3))
    rows = [{**row, "stderr": row["stderr"] if row["value"] else 0.0} for row in rows]
    report = report_of(rows)
    assert report.frame["change_q"][1] is None
    assert report.frame["change_verdict"].to_list() == [None, "undecided", "undecided", "worse"]
    assert str(report.notes[0]) == "Regressions: worse at 1,000 than at 100."
    assert str(report.notes[1]) == "Plateau: none is seen, as far as steps can be tested."


def test_where_neither_more_nor_less_is_better_no_step_is_the_best() -> None:
    report = report_of(ladder(steps(0.2, 0.6, 0.1), higher_is_better=None))
    assert report.frame.select("change", "best_step").null_count().row(0) == (3, 3)
    assert str(report.notes[0]).startswith("Neither more nor less is better here")


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ({"main": 0.5, "v2": 0.4}, "no name of 2 runs tells a training step"),
        (steps(0.2, 0.3), "2 of 2 runs tell a step, fewer than 3 of one training"),
    ],
)
def test_where_there_is_no_curve_it_is_said_what_one_needs(
    scores: dict[str, float], found: str
) -> None:
    report = report_of(ladder(scores))
    assert not report.height
    assert report.empty == f"No curve here: {found}."
    assert str(report.notes[0]).startswith("A curve needs 3 runs of one training")


def test_of_all_datasets_each_has_its_curves_in_its_own_metric() -> None:
    report = report_of(
        ladder(steps(0.2, 0.3, 0.4), dataset="b"),
        ladder(steps(9.0, 8.0, 7.0), dataset="a", metric="ppl", unit="number"),
        ladder(steps(0.2, 0.3), dataset="few"),
        ladder(steps(0.1, 0.2, 0.3), model="org/big", dataset="b"),
        view=View(scale=100),
    )
    keys = report.frame.select("family", "dataset", "metric").unique(maintain_order=True)
    assert keys.rows() == [
        ("org/big@step*", "b", "acc"),
        ("org/tiny@step*", "a", "ppl"),
        ("org/tiny@step*", "b", "acc"),
    ]
    assert report.frame.filter(metric="ppl")["score"].to_list() == [9.0, 8.0, 7.0]
    assert report.frame.filter(metric="acc", family="org/tiny@step*")["score"].to_list() == (
        [pytest.approx(one) for one in (20.0, 30.0, 40.0)]
    )
    only = report_of(
        ladder(steps(0.2, 0.3, 0.4), dataset="b"),
        ladder(steps(0.2, 0.3, 0.4), dataset="a"),
        view=View(datasets=("a",)),
    )
    assert only.frame["dataset"].unique().to_list() == ["a"]


@pytest.mark.parametrize(
    ("n", "score", "words"),
    [
        (None, 0.3, "Scores are means over categories, each equal."),
        ({"a": 300, "b": 100}, 0.25, "Scores are means over all questions."),
    ],
)
def test_of_several_categories_it_is_said_which_mean_is_shown(
    n: dict[str, int] | None, score: float, words: str
) -> None:
    values = {f"org/tiny@step{step}": {"a": 0.2, "b": 0.4} for step in (1, 2, 3)}
    rows = [
        {**row, "n": None if n is None else n[row["category"]]}
        for row in score_rows(values, stderr=STDERR)
    ]
    report = report_of(rows)
    assert report.frame["score"].to_list() == [pytest.approx(score)] * 3
    assert report.frame["stderr"].null_count() == 0
    assert str(report.notes[-1]) == words


def test_an_expression_of_ones_own_makes_a_curve() -> None:
    made = tables_of(ladder({"it1": 0.2, "it2": 0.3, "it3": 0.4}))
    assert not curves(select(made, VIEW)).found
    own = Tables(made.runs, made.scores, step_pattern=r"^it(?P<checkpoint>\d+)$")
    frame = curves_report(select(own, VIEW)).frame
    assert frame["step"].to_list() == [1, 2, 3]
    assert frame["unit"].unique().to_list() == ["checkpoint"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = ladder(steps(0.2, 0.6, 0.5, 0.7))
    assert report_of(rows).frame.equals(report_of(rows[::-1]).frame)


def test_of_curves_without_any_change_few_are_said_to_have_one() -> None:
    generator = np.random.default_rng(12)
    groups = []
    for number in range(120):
        scores = 0.5 + STDERR * generator.standard_normal(8)
        groups.append(ladder(steps(*scores.tolist()), dataset=f"d{number}"))
    found = curves(select(tables_of(*groups), View())).found
    alarms = sum(any(test.is_shown for test in curve.tests.values()) for curve in found)
    # The best so far is the luckiest of several: what is below it is not tested blindly.
    assert len(found) == 120
    assert alarms <= 120 * 0.05 + 3 * math.sqrt(120 * 0.05 * 0.95)
