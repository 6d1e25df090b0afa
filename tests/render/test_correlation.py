"""Rank correlations in words, as a matrix, and the models of a pair as points."""

from __future__ import annotations

import pytest

from tests.build.tables import make_tables, score_rows
from tui_eval.analysis.correlate import (
    Agreement,
    Standings,
    correlation_report,
    standings,
)
from tui_eval.analysis.selection import Selection, select
from tui_eval.analysis.view import View
from tui_eval.render.correlation import (
    NAME_CELLS,
    Line,
    Matrix,
    Signs,
    agreement_words,
    listed_models,
    pair_words,
    rho_text,
    scatter,
    signs_of,
)
from tui_eval.render.safe import widest

X = {"m1": 0.31, "m2": 0.45, "m3": 0.5, "m4": 0.62, "m5": 0.7}
Y = {"m1": 0.2, "m2": 0.5, "m3": 0.3, "m4": 0.4, "m5": 0.8}


def selection(**view: object) -> Selection:
    tables = make_tables(
        score_rows({run: {"c": value} for run, value in X.items()}, dataset="quiz-maths-x"),
        score_rows({run: {"c": value} for run, value in Y.items()}, dataset="quiz-law-x"),
        score_rows(
            {"m1": {"c": 3.0}, "m2": {"c": 2.0}},
            dataset="quiz-wer-x",
            metric="wer",
            unit="number",
            higher_is_better=False,
        ),
    )
    return select(tables, View(**view))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def known() -> Standings:
    return standings(selection())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9633, "0.96"),
        (-0.2, "-0.20"),
        (1.0, "1.00"),
        (-1.0, "-1.00"),
        (1 - 1e-16, "1.00"),
        (0.9964, "0.996"),  # is not 1.00
        (-0.99964, "-0.9996"),
        (0.99999, "0.999990"),
        (-0.001, "0.00"),
        (None, "—"),
    ],
)
def test_a_rho_that_is_not_1_is_not_written_so(value: float | None, text: str) -> None:
    assert rho_text(value) == text


def test_a_pair_is_said_in_one_line_with_its_method() -> None:
    found = Agreement(20, 0.9633, 0.8814, 0.9899, 0.851, "Spearman, Bonett–Wright 95 %")
    assert agreement_words(found) == (
        "rho 0.96 [0.88–0.99], 20 models, Spearman, Bonett–Wright 95 %; tau-b 0.85"
    )
    assert "[-0.41 to 0.97]" in agreement_words(found._replace(low=-0.41, high=0.97))


def test_what_cannot_be_said_has_its_reason_instead(known: Standings) -> None:
    names, words = pair_words(known, 2, 0)
    assert names == "quiz-wer-x (wer · lower is better) and quiz-law-x (acc)"
    assert words == "no rho: under 3 models (2 models with a score in both)"
    four = known.scores.copy()
    four[0] = float("nan")
    part = Standings("dataset", None, known.names, known.metrics, known.models, four)
    assert "4 models, Spearman; no interval under 5 models; tau-b" in pair_words(part, 0, 1)[1]
    assert pair_words(known, 1, 1)[0] == "quiz-maths-x (acc): 5 models with a score"


def test_the_matrix_has_the_figures_of_the_report_on_both_sides() -> None:
    early, late = (dict(list(Y.items())[part]) for part in (slice(3), slice(2, 5)))
    every = {"maths-x": X, "law-x": Y, "early-x": early, "late-x": late}
    tables = make_tables(
        *(
            score_rows({run: {"c": value} for run, value in scores.items()}, dataset=f"quiz-{name}")
            for name, scores in every.items()
        )
    )
    chosen = select(tables, View())
    known, report = standings(chosen), correlation_report(chosen)
    matrix = Matrix(known)
    assert [column.key for column in matrix.columns] == ["", *known.names]
    headings = [column.heading for column in matrix.columns[1:]]
    assert headings == ["early-x", "late-x", "law-x", "maths-x"]
    assert matrix.shared == "quiz-…"
    cells = [[cell.text for cell in row] for row in matrix.rows(0, 4)]
    for row in report.frame.iter_rows(named=True):
        a, b = (known.names.index(row[f"dataset_{side}"]) for side in "ab")
        rho = "—" if row["spearman"] is None else f"{row['spearman']:.2f}"
        assert cells[a][b + 1] == cells[b][a + 1] == f"{rho} ({row['models']})"
    assert cells[0][2] == "— (1)"
    assert [cells[place][place + 1] for place in range(4)] == ["·"] * 4
    copied = matrix.report(report)
    assert copied.frame["quiz-law-x"].to_list() == [row[3] for row in cells]
    assert copied.frame["dataset"].to_list() == list(known.names)
    assert matrix.first_pair == ("quiz-early-x", "quiz-law-x")


def test_a_benchmark_without_any_rho_is_no_row_and_that_is_said(known: Standings) -> None:
    matrix = Matrix(known)
    assert matrix.keys == ("quiz-law-x", "quiz-maths-x")
    told = matrix.report(correlation_report(selection())).notes
    assert "1 dataset left out: under 3 models in common with any other." in told


def test_long_names_stay_apart_in_the_matrix() -> None:
    names = [f"{'a' * 40}{number}{'b' * 40}" for number in range(4)]
    tables = make_tables(
        *(score_rows({run: {"c": 0.1} for run in X}, dataset=name) for name in names)
    )
    matrix = Matrix(standings(select(tables, View())))
    assert len(set(matrix.names)) == 4
    assert widest(matrix.names) <= NAME_CELLS
    assert len({column.heading for column in matrix.columns}) == 5


def test_without_a_pair_or_an_order_there_are_no_rows() -> None:
    for count, names in ((5, "x"), (2, "xy")):
        runs = {run: {"c": value} for run, value in list(X.items())[:count]}
        chosen = select(make_tables(*(score_rows(runs, dataset=name) for name in names)), View())
        matrix = Matrix(standings(chosen))
        assert (matrix.row_count, matrix.columns, list(matrix.rows(0, 9))) == (0, (), [])
        assert matrix.report(correlation_report(chosen)).frame.is_empty()


def test_a_dataset_that_is_called_dataset_has_its_column() -> None:
    runs = {run: {"c": value} for run, value in X.items()}
    tables = make_tables(*(score_rows(runs, dataset=name) for name in ("dataset", "x")))
    chosen = select(tables, View())
    frame = Matrix(standings(chosen)).report(correlation_report(chosen)).frame
    assert frame.columns == ["dataset", "dataset ", "x"]


def test_models_are_points_on_the_scale_of_the_view_the_best_to_the_right_listed_first(
    known: Standings,
) -> None:
    law, maths, wer = range(3)
    signs = [Signs(mark, model.name) for mark, model in zip("abcde", known.models, strict=True)]
    found = scatter(known, signs, maths, law, View(scale=100))
    assert found.lines[0] == Line("e", "m5", "80.0", "70.0")
    assert [line.mark for line in found.lines] == ["e", "b", "d", "c", "a"]
    point = found.points.series[0]
    assert (point.mark, point.x, point.y) == ("e", (80.0,), (70.0,))
    assert (found.points.x_title, found.points.y_title) == ("quiz-law-x", "quiz-maths-x")
    lower = scatter(known, signs, maths, wer, View())
    assert [(line.mark, line.right) for line in lower.lines] == [("b", "2"), ("a", "3")]


def test_a_model_has_the_letter_of_its_first_run_and_another_sign_beyond_z(
    known: Standings,
) -> None:
    runs = [model.runs[0] for model in known.models]
    letters = dict(zip(runs, ["b", "a", "aa", "c", "ab"], strict=True))
    signs = signs_of(known.models, letters)
    assert [sign.mark for sign in signs] == ["b", "a", "A", "c", "B"]
    assert [sign.name for sign in signs] == ["m1", "m2", "m3", "m4", "m5"]


def test_the_list_says_how_many_models_have_no_room() -> None:
    lines = [Line("a", f"a-model-with-a-long-name-{n}", "0.5", "12.25") for n in range(9)]
    told = listed_models(lines, 28, 5)
    assert len(told) == 5
    assert widest(told) <= 28
    assert told[0].split() == ["model", "right", "up"]
    assert told[-1].strip() == "+6 more"
    assert len(set(told)) == 5
    assert len(listed_models(lines, 60, 10)) == 10
