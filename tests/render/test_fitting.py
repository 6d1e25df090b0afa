"""Tables that fit a terminal: no line is wider, no number is another, what is missing is named."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.build.tables import make_report
from tui_eval.analysis import delta, files, scores
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import Collection, load
from tui_eval.render.plain import plain_table

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def loaded() -> Collection:
    return load([SAMPLES / "twinkle"])


@pytest.fixture(scope="module")
def reports(loaded: Collection) -> dict[str, Report]:
    tables = loaded.tables()
    base = tables.run_shown_as("mock-3b-base @ 20261120_2336")
    whole = select(tables, View(dataset="mini_mmlu", baseline=base))
    return {
        "scores": scores.score_report(whole),
        "datasets": scores.overview_report(select(tables, View())),
        "delta": delta.delta_report(whole),
        "candidates": delta.overview_report(whole),
        "runs": files.runs_report(tables, loaded.file_table()),
        "files": files.files_report(loaded.file_table()),
    }


def runs(*labels: str, values: float = 0.5) -> Report:
    """A category, and a column a run."""
    columns = [Column(label, "score", 1, run=label) for label in labels]
    frame = pl.DataFrame({"category": ["a"], **{label: [values] for label in labels}})
    return make_report(frame, Column("category"), *columns)


def headings(text: str) -> list[str]:
    """The headings of all columns, as the rules below them tell where they stand."""
    lines = text.splitlines()
    found = []
    for place, line in enumerate(lines):
        above = lines[:place]
        if not line.startswith("─") or "a" not in lines[place + 1][:1]:
            continue
        start = max((row for row, text in enumerate(above) if not text), default=-1) + 1
        stops = [0, *(at for at, (one, two) in enumerate(pairwise(line), 1) if one + two == " ─")]
        for begin, end in pairwise([*stops, None]):
            cells = (text[begin:end].strip() for text in above[start:])
            found.append("".join(cells))
    return [name for name in found if name != "category"]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200, 400])
def test_no_line_is_wider(reports: dict[str, Report], width: int) -> None:
    for report in reports.values():
        lines = plain_table(report, width).splitlines()
        assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("name", ["scores", "delta", "candidates"])
def test_what_fits_is_whole(reports: dict[str, Report], name: str) -> None:
    assert plain_table(reports[name], 1000) == plain_table(reports[name])


def test_all_runs_are_shown_with_all_their_scores(reports: dict[str, Report]) -> None:
    report = reports["scores"]
    text = plain_table(report, 80)
    assert text.count("astronomy ") == 4  # two categories end so, in two tables
    written = [word for word in text.split() if word.replace(".", "").isdecimal() and "0." in word]
    whole = [word for word in plain_table(report).split() if word.startswith("0.")]
    assert sorted(word for word in written if word.startswith("0.")) == sorted(whole)
    assert "left out" not in text


def test_columns_without_room_are_named(reports: dict[str, Report]) -> None:
    text = " ".join(plain_table(reports["candidates"], 70).split())
    assert "left out:" in text
    assert "Sd over runs. --format json has all." in text
    heads = text.split("─")[0]
    assert "Mean Δ" in heads
    assert "Highest" not in heads


def test_differences_are_left_out_last() -> None:
    frame = pl.DataFrame({"category": ["a"], "note": ["x" * 40], "n": [10**9], "delta": [0.5]})
    columns = (
        Column("category"),
        Column("note"),
        Column("n", "count"),
        Column("delta", "delta", 1),
    )
    text = plain_table(make_report(frame, *columns), 20)
    assert "+0.500" in text
    assert "2 columns left out" in text


def test_runs_of_one_model_keep_what_tells_them_apart() -> None:
    labels = [f"a-model-with-a-long-name-{kind} @ 2026010{day}" for kind in "xy" for day in "12"]
    told = [name.replace(" ", "") for name in headings(plain_table(runs(*labels), 60))]
    assert told == [label.replace(" ", "") for label in labels]


@given(
    st.lists(
        st.text("ab-@. 模", min_size=1, max_size=60).map(lambda name: f"m{name}e"),
        min_size=2,
        max_size=6,
        unique=True,
    ),
    st.integers(40, 120),
)
def test_no_two_names_of_runs_are_the_same(names: list[str], width: int) -> None:
    text = plain_table(runs(*names), width)
    told = headings(text)
    assert len(set(told)) == len(told)
    assert len(told) == len(names) or "left out" in text


def test_names_of_rows_go_over_several_lines() -> None:
    name = "a_category_whose_name_is_longer_than_a_line_can_be_1"
    frame = pl.DataFrame({"category": [name, f"{name[:-1]}2"], "n": [1, 2]})
    text = plain_table(make_report(frame, Column("category"), Column("n", "count")), 30)
    assert "…" not in text
    joined = "".join(line[:27].strip() for line in text.splitlines())
    assert name in joined
    assert f"{name[:-1]}2" in joined
