"""Curves as points: which lines stand beside each other, and what each point is called."""

from __future__ import annotations

from typing import Any

from tests.analysis.test_curves import ladder, report_of, steps
from tui_eval.analysis.report import Report
from tui_eval.analysis.view import View
from tui_eval.render.curve_points import MOST_LINES, beside, curve_points, line_at, lines_of
from tui_eval.render.points import DOT, Points

THREE = steps(0.2, 0.3, 0.4)


def points_of(report: Report, row: int = 0, **more: bool) -> Points:
    lines = lines_of(report, {})
    score = next(column for column in report.columns if column.name == "score")
    return curve_points(lines, line_at(lines, row), score, **more)


def test_one_curve_is_a_line_of_dots_with_its_intervals() -> None:
    report = report_of(ladder({"step0": 0.1, **THREE}), view=View("d", scale=100))
    points = points_of(report)
    (series,) = points.series
    assert (series.x, series.y) == ((0.0, 1.0, 10.0, 100.0), (10.0, 20.0, 30.0, 40.0))
    assert series.low == tuple(report.frame["low"])
    assert series.high == tuple(report.frame["high"])
    assert (series.mark, series.label) == (DOT, "org/tiny@step*")
    assert series.labels[2] == "step 10: 30.0 [26.1, 33.9]"
    assert (points.x_title, points.y_title) == ("step", "acc, 95 % intervals")
    assert points.is_log_x
    assert points.is_joined
    assert not points_of(report, is_log=False).is_log_x


def test_steps_that_are_near_each_other_stand_on_a_linear_axis() -> None:
    assert not points_of(report_of(ladder({"step10": 0.2, "step20": 0.3, "step30": 0.4}))).is_log_x


def test_runs_without_a_step_are_not_drawn() -> None:
    (series,) = points_of(report_of(ladder({**THREE, "main": 0.9}))).series
    assert series.y == (0.2, 0.3, 0.4)


def test_families_of_one_metric_share_a_chart_and_have_letters() -> None:
    report = report_of(
        *(ladder(THREE, model=f"org/{size}") for size in ("a", "b", "c")),
        ladder(THREE, dataset="e", metric="ppl", unit="number"),
        view=View(),
    )
    points = points_of(report, row=3)
    assert [series.mark for series in points.series] == ["a", "b", "c"]
    assert [series.label for series in points.series] == [f"org/{n}@step*" for n in "abc"]
    # Of many lines the one at the cursor alone has its intervals.
    assert [bool(series.low) for series in points.series] == [False, True, False]
    assert points_of(report, row=9).y_title.startswith("ppl")


def test_of_very_many_curves_those_near_the_cursor_are_drawn() -> None:
    many = [ladder(THREE, dataset=f"d{number}") for number in range(MOST_LINES + 2)]
    report = report_of(*many, view=View())
    lines = lines_of(report, {})
    assert beside(lines, 0) == tuple(range(MOST_LINES))
    assert beside(lines, MOST_LINES) == (MOST_LINES, MOST_LINES + 1)
    last = points_of(report, row=report.height - 1).series
    assert [series.label for series in last] == [f"d{MOST_LINES}", f"d{MOST_LINES + 1}"]


def test_perplexities_that_are_far_apart_stand_on_a_logarithmic_axis() -> None:
    low: dict[str, Any] = {"metric": "ppl", "unit": "number", "higher_is_better": False}
    assert points_of(report_of(ladder(steps(3e6, 500.0, 6.0), **low))).is_log_y
    assert not points_of(report_of(ladder(steps(9.0, 7.0, 6.0), **low))).is_log_y
    assert not points_of(report_of(ladder(steps(0.001, 0.5, 0.9)))).is_log_y
