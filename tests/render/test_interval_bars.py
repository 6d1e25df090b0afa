"""Reports with intervals as charts: what is drawn of them, and what they are said to mean."""

from __future__ import annotations

import math

import polars as pl
import pytest

from tests.build.tables import make_report as report
from tui_eval.analysis.report import Column
from tui_eval.analysis.scores import Axis
from tui_eval.render.bars import delta_bars, forest_bars, grouped_bars, run_bars
from tui_eval.render.numbers import interval_text

INF, NAN = math.inf, math.nan

SCORES = pl.DataFrame(
    {
        "category": ["a", "b", "c", "All"],
        "r1": [78.4, 50.0, None, 64.2],
        "r1 low": [76.1, None, 1.0, 60.0],
        "r1 high": [80.5, 60.0, 2.0, 68.0],
        "r2": [70.0, 71.0, 72.0, 71.0],
        "role": ["row", "row", "row", "mean"],
    }
)
R1 = Column("r1", "score", 100, run="k1", low="r1 low", high="r1 high")
R2 = Column("r2", "score", 100, run="k2")

DELTAS = pl.DataFrame(
    {
        "category": ["up", "down", "over", "point", "\x1b"],
        "delta": [2.0, -2.0, 1.0, 3.0, None],
        "low": [1.0, -3.0, -1.0, None, NAN],
        "high": [3.0, -1.0, 3.0, 4.0, 1.0],
    }
)
WHOLE = pl.DataFrame({"category": ["the whole"], "delta": [1.5], "low": [0.5], "high": [2.5]})
DELTA = Column("delta", "delta", 100, True, low="low", high="high")


def deltas(higher_is_better: bool | None) -> Column:
    return Column("delta", "delta", 100, higher_is_better, low="low", high="high")


def test_intervals_of_scores_stand_beside_them_and_leave_the_axis_as_it_is() -> None:
    whole = report(SCORES, Column("category"), R1, R2, extent=(0.0, 100.0))
    bars = grouped_bars(whole, {"k1": "one", "k2": "two"}, {"k1": "a", "k2": "b"})
    assert bars.series[0].intervals == ((76.1, 80.5), None, (1.0, 2.0))
    assert bars.series[1].intervals == ()
    assert bars.ranges == (("[76.1–80.5]", "", "[1.0–2.0]"), ())
    assert bars.texts[0] == ("78.4", "50.0", "—")
    assert (bars.low, bars.high, bars.is_forest) == (0.0, 100.0, False)


def test_a_page_keeps_the_intervals_of_its_rows() -> None:
    whole = report(SCORES, Column("category"), R1, extent=(0.0, 100.0))
    bars = grouped_bars(whole.page(2, 1), {"k1": "one"}, {"k1": "a"})
    assert (bars.groups, bars.series[0].intervals) == (("c",), ((1.0, 2.0),))


def test_runs_as_rows_have_intervals() -> None:
    frame = SCORES.head(2).with_columns(pl.Series("key", ["k1", "k2"]))
    made = report(frame, Column("category", keys="key"), R1)
    bars = run_bars(made, R1, "score", {"k1": "one", "k2": "two"}, Axis(0.0, 100.0))
    assert bars.series[0].intervals == ((76.1, 80.5), None)
    assert bars.ranges == (("[76.1–80.5]", ""),)


def test_a_forest_has_the_whole_on_top_and_says_what_the_intervals_say() -> None:
    made = report(DELTAS, Column("category"), DELTA, extent=(-4.0, 4.0))
    bars = forest_bars(made, "t\x1b", "category", "delta", whole=WHOLE)
    assert bars.groups == ("the whole", "up", "down", "over", "point", "␛")
    assert bars.has_whole
    assert bars.is_forest
    assert bars.diverging
    assert bars.series[0].label == "t␛"
    assert bars.series[0].values == (1.5, 2.0, -2.0, 1.0, 3.0, None)
    assert bars.series[0].intervals[:4] == ((0.5, 2.5), (1.0, 3.0), (-3.0, -1.0), (-1.0, 3.0))
    assert bars.series[0].intervals[4:] == (None, None)
    assert bars.verdicts == ("better", "better", "worse", "undecided", None, None)
    assert bars.ranges[0][:2] == ("[+0.5, +2.5]", "[+1.0, +3.0]")
    assert bars.sides == ("worse", "better")
    assert (bars.low, bars.high) == (-4.0, 4.0)


def test_where_less_is_better_the_left_side_is_the_better_one() -> None:
    made = report(DELTAS, Column("category"), deltas(False), extent=(-4.0, 4.0))
    bars = forest_bars(made, "t", "category", "delta")
    assert bars.verdicts[:3] == ("worse", "better", "undecided")
    assert (bars.sides, bars.lower_is_better) == (("better", "worse"), True)
    assert not bars.has_whole


def test_where_no_direction_is_known_no_side_has_a_name() -> None:
    made = report(DELTAS, Column("category"), deltas(None), extent=(-4.0, 4.0))
    assert forest_bars(made, "t", "category", "delta").sides == ("", "")


def test_what_is_within_the_margin_is_the_same() -> None:
    made = report(DELTAS, Column("category"), DELTA, extent=(-4.0, 4.0))
    bars = forest_bars(made, "t", "category", "delta", margin=3.0)
    assert bars.verdicts[:3] == ("same", "same", "same")


def test_a_forest_without_intervals_has_points_alone() -> None:
    column = Column("delta", "delta", 100, True)
    made = report(DELTAS, Column("category"), column, extent=(-4.0, 4.0))
    bars = forest_bars(made, "t", "category", "delta", DELTAS.head(2))
    assert bars.series[0].values == (2.0, -2.0)
    assert (bars.series[0].intervals, bars.verdicts) == ((), ())


def test_bars_around_zero_stay_without_intervals() -> None:
    made = report(DELTAS, Column("category"), DELTA, extent=(-4.0, 4.0))
    assert delta_bars(made, "t", "category", "delta", DELTAS).series[0].intervals == ()


@pytest.mark.parametrize(
    ("low", "high", "column", "text"),
    [
        (76.12, 80.46, Column("s", "score", 100), "[76.1–80.5]"),
        (0.7612, 1.0, Column("s", "score", 1), "[0.761–1.000]"),
        (0.61, 3.6, Column("d", "delta", 100), "[+0.6, +3.6]"),
        (-0.04, 3.6, Column("d", "delta", 100), "[0.0, +3.6]"),
        (-INF, INF, Column("d", "delta", 100), "[-inf, inf]"),
    ],
)
def test_intervals_as_text(low: float, high: float, column: Column, text: str) -> None:
    assert interval_text(low, high, column) == text
