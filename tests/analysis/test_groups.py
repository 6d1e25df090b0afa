"""Categories under their groups: rows to be opened and closed, that never count twice."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tui_eval.analysis.groups import grouped_report
from tui_eval.analysis.report import GROUPS, Report
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import Threshold, View
from tui_eval.formats.registry import Content
from tui_eval.loading.collection import Collection, File
from tui_eval.records import Run, Score, ScoreColumns
from tui_eval.render.export import as_csv
from tui_eval.render.grid import ReportGrid
from tui_eval.tables import Tables


def score(category: str | None, value: float, group: str | None = None, **more: float) -> Score:
    return Score("d", category, "acc", value, group=group, higher_is_better=True, **more)  # type: ignore[arg-type]


@pytest.fixture
def tables() -> Tables:
    """Two groups, one without numbers of its own, and a category in neither."""
    rows = (
        score(None, 0.5, stderr=0.01),
        score(None, 0.625, "stem", stderr=0.02, n=40),
        score("physics", 0.75, "stem", stderr=0.03, n=10),
        score("maths", 0.25, "stem", stderr=0.04, n=30),
        score("law", 0.9, "other", stderr=0.05, n=20),
        score("alone", 0.6, stderr=0.06, n=20),
    )
    path = Path("/r.json")
    run = Run("m", "t", "lm_eval", path, scores=ScoreColumns(rows), files=(path,))
    collection = Collection()
    collection.add(File(path, Content("read", "", (run,))))
    return collection.tables()


def first_cells(report: Report) -> list[str]:
    grid = ReportGrid(report)
    return [row[0].text for row in grid.rows(0, grid.row_count)]


def test_groups_stand_in_order_and_their_categories_below_them(tables: Tables) -> None:
    report = grouped_report(select(tables, View(dataset="d")))
    assert first_cells(report) == [
        "▾ other",
        "  law",
        "▾ stem",
        "  physics",
        "  maths",
        "alone",
    ]
    numbers = dict(zip(report.body["category"], report.body["m @ t"], strict=True))
    assert numbers["stem"] == 0.625  # as reported, not the mean over two categories
    assert numbers["other"] == 0.9
    counts = dict(zip(report.body["category"], report.body["n"], strict=True))
    assert (counts["stem"], counts["maths"]) == (40, 30)
    companion = next(column.stderr for column in report.columns if column.name == "m @ t")
    assert companion is not None
    errors = dict(report.frame.select("category", companion).iter_rows())
    assert (errors["stem"], errors["other"], errors["alone"]) == (0.02, None, 0.06)
    assert report.notes[-1] == (
        "No numbers are reported for other: the means over categories are shown."
    )


def test_closed_groups_hide_their_categories(tables: Tables) -> None:
    report = grouped_report(select(tables, View(dataset="d", closed=frozenset({"stem", "other"}))))
    assert first_cells(report) == ["▸ other", "▸ stem", "alone"]


def test_the_means_below_count_categories_alone(tables: Tables) -> None:
    flat, grouped = (
        score_report(select(tables, View(dataset="d"))),
        grouped_report(select(tables, View("d"))),
    )
    assert grouped.foot is not None
    assert flat.foot is not None
    assert grouped.foot.equals(flat.foot)
    assert flat.foot["category"].to_list() == [
        "mean over 4",
        "mean over questions",
        "reported average",
    ]
    assert flat.foot["m @ t"].to_list() == pytest.approx([0.625, (7.5 + 7.5 + 18 + 12) / 80, 0.5])


def test_the_mean_over_questions_shows_only_where_their_numbers_differ(tables: Tables) -> None:
    alike = Tables(tables.runs, tables.scores.with_columns(n=pl.lit(20, pl.Int64)))
    foot = score_report(select(alike, View(dataset="d"))).foot
    assert foot is not None
    assert foot["category"].to_list() == ["mean over 4", "reported average"]


def test_a_group_goes_where_no_category_of_it_is_left(tables: Tables) -> None:
    view = View(dataset="d", threshold=Threshold(at_least=False, value=0.7))
    assert first_cells(grouped_report(select(tables, view))) == ["▾ stem", "  maths", "alone"]


def test_exports_hold_no_groups(tables: Tables) -> None:
    report = grouped_report(select(tables, View(dataset="d")))
    lines = as_csv(report).splitlines()
    assert lines[0] == "category,m @ t"
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["alone", "law", "maths", "physics"]


def test_without_groups_the_report_is_as_it_was(tables: Tables) -> None:
    plain = Tables(tables.runs, tables.scores.with_columns(group=None))
    assert not {*GROUPS} & {*grouped_report(select(plain, View(dataset="d"))).roles}
