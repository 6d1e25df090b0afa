"""Scores as columns, and the table that is made of them."""

from __future__ import annotations

from pathlib import Path

from tui_eval.records import Metric, Run, Score, ScoreColumns, Task
from tui_eval.tables import SCORES, score_frame

SEA = Task("birds", "sea", n=3)
LAND = Task("birds", "land", file="land.csv", repeats=2, method="box", origin="recomputed", total=9)
ACC = Metric("acc", higher_is_better=True)
PPL = Metric("ppl", "strict", None, higher_is_better=False)
ROWS = [
    Score("birds", "sea", "acc", 0.5, stderr=0.1, n=3, higher_is_better=True),
    Score("birds", "sea", "ppl", None, filter="strict", n=3, unit=None, higher_is_better=False),
    *(
        Score(
            *("birds", "land", "acc", value),
            file="land.csv",
            repeat=repeat,
            repeats=2,
            higher_is_better=True,
            method="box",
            origin="recomputed",
            total=9,
        )
        for repeat, value in enumerate((0.25, 0.75))
    ),
]


def columns() -> ScoreColumns:
    scores = ScoreColumns()
    scores.extend(SEA, [ACC, PPL], [0.5, None], [0.1, None])
    scores.extend(LAND, [ACC, ACC], [0.25, 0.75], repeats=[0, 1])
    return scores


def run(scores: ScoreColumns) -> Run:
    return Run("m", None, "lm_eval", Path("r.json"), scores=scores)


def test_rows_and_columns_are_the_same() -> None:
    assert list(columns()) == ROWS
    assert ScoreColumns(ROWS) == columns()
    assert [columns()[place] for place in range(4)] == ROWS
    assert (len(columns()), len(ScoreColumns())) == (4, 0)


def test_a_single_number_is_added_as_several_are() -> None:
    scores = ScoreColumns()
    scores.add(SEA, ACC, 0.5, 0.1)
    scores.add(SEA, PPL, None)
    scores.add(LAND, ACC, 0.25, repeat=0)
    scores.add(LAND, ACC, 0.75, repeat=1)
    assert scores == columns()
    assert run(scores) == run(columns())


def test_scores_of_another_value_are_others() -> None:
    changed = [*ROWS[:3], ROWS[3]._replace(value=0.5)]
    assert ScoreColumns(changed) != columns()
    assert columns().take([0, 1, 2]) != columns()
    assert run(ScoreColumns(changed)) != run(columns())
    assert len({run(ScoreColumns(changed)), run(columns()), run(ScoreColumns(ROWS))}) == 2


def test_scores_of_parts_follow_each_other() -> None:
    scores = columns().take([3, 0])
    scores.append(columns().take([1, 2]))
    assert list(scores) == [ROWS[3], ROWS[0], ROWS[1], ROWS[2]]
    assert scores.distinct_tasks() == [LAND, SEA]
    assert list(columns()) == ROWS


def test_whether_there_is_any_number() -> None:
    assert columns().has_values
    assert not columns().take([1]).has_values
    assert not ScoreColumns().has_values


def test_the_table_has_every_column_of_every_row() -> None:
    nothing = run(ScoreColumns())
    frame = score_frame([(7, run(columns())), (3, nothing), (5, run(columns().take([0])))])
    assert frame["number"].to_list() == [7, 7, 7, 7, 5]
    made = [Score(**row) for row in frame.drop("number").to_dicts()]
    assert made == [*ROWS, ROWS[0]]
    types = {name: kind for name, kind in SCORES.items() if name != "run"}
    assert dict(frame.drop("number").schema) == types
    assert score_frame([]).drop("number").schema == types
