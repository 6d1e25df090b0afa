"""Every run against every other one, on the whole dataset: which can be told apart at all."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from tui_eval.analysis import guard
from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.delta import nothing, pairs_of
from tui_eval.analysis.delta_tests import NOT_TESTED, explained, said
from tui_eval.analysis.level import PAIRS, pair_grid
from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.selection import Selection

LEAST_CANDIDATES = 3
"""Candidates from which on all pairs say more than the table of one baseline."""

_WHOLE = ("questions", "reported", "own")
"""What the score of a whole dataset is, the first that all runs have."""


def pairs_report(
    selection: Selection,
    evidence: Evidence | None,
    differ: Callable[[str, str], bool] = lambda *_: False,
) -> Report:
    """A row and a column a run, best first: the row's score less the column's, every pair tested.

    Args:
        selection: Runs, dataset and metric.
        evidence: What is known of the scores; None: they are counts, which are not tested.
        differ: Whether two runs were not made in the same way: their difference carries a mark.

    Returns:
        ``run`` (label, companion ``key``), ``score``, and by label the differences from each run,
        with companions ``low, high, q, verdict, mark`` (`companion`). What p adjusted by Holm over
        all pairs takes back cannot be told.
    """
    pairs, view = pairs_of(selection), selection.view
    if isinstance(pairs, str):
        return nothing(view, pairs)
    if len(pairs.candidates) < LEAST_CANDIDATES:
        return nothing(view, "All pairs are shown of three candidates or more: v chooses them.")
    if evidence is None:
        return nothing(view, "Counts are not tested: choose another metric with m.")
    labels, factor = selection.tables.labels, pairs.metric.factor(view)
    scores = _scores(evidence, (pairs.baseline, *pairs.candidates))
    runs = sorted(
        scores,
        key=lambda run: (scores[run] is None, scores[run] or 0.0),
        reverse=pairs.metric.higher_is_better is not False,
    )
    found = evidence.once((pairs_report, *runs), lambda: pair_grid(evidence, runs))
    cells = _cells(found, evidence, differ)
    frame = pl.DataFrame(
        {
            "run": [labels[run] for run in runs],
            "key": runs,
            "score": pl.Series([scores[run] for run in runs], dtype=pl.Float64) * factor,
        }
    )
    for other in runs:
        column = cells.filter(against=other).drop("against")
        column = column.with_columns(pl.col("delta", "low", "high") * factor).rename(
            {name: companion(name, other) for name in ("low", "high", "q", "verdict", "mark")}
            | {"delta": labels[other]}
        )
        frame = frame.join(column, on="key", how="left", maintain_order="left")
    scale, better = pairs.metric.scale(view), pairs.metric.higher_is_better
    return Report(
        name=f"delta_pairs_{view.dataset}",
        title=f"{view.dataset} · {pairs.metric.heading} · {Count(len(runs), 'run')}, every pair",
        frame=frame,
        columns=(
            Column("run", keys="key"),
            Column("score", "score", scale),
            *(
                Column(
                    labels[run],
                    "delta",
                    scale,
                    better,
                    run=run,
                    low=companion("low", run),
                    high=companion("high", run),
                    verdict=companion("verdict", run),
                    mark=companion("mark", run),
                )
                for run in runs
            ),
        ),
        notes=(*_tested(found, cells, evidence.tests.alpha), *pairs.coverage),
        empty="No run has scores of this dataset and metric.",
    )


def companion(name: str, run: str) -> str:
    """What a companion of the differences from a run is called."""
    return f"{name} of {run}"


def _scores(evidence: Evidence, runs: tuple[str, ...]) -> dict[str, float | None]:
    """The score of each run on the whole dataset."""
    for part in _WHOLE if evidence.scores is not None else ("reported", *_WHOLE):
        own = evidence.intervals.filter(pl.col("run").is_in(runs), part=part)
        known = own.drop_nulls("value").select("run", "value")
        values: dict[str, float | None] = dict(known.iter_rows())
        if len(values) == len(runs):
            return {run: values[run] for run in runs}
    return dict.fromkeys(runs)


def _cells(
    found: pl.DataFrame, evidence: Evidence, differ: Callable[[str, str], bool]
) -> pl.DataFrame:
    """Each pair twice: ``key, against, delta, low, high, q, verdict, mark``, raw scale."""
    rows = []
    for one in found.iter_rows(named=True):
        q = 1.0 if one["q"] is None else one["q"]
        own = said(one, q, evidence.tests.alpha)
        is_other = differ(one["run_a"], one["run_b"])
        mark = (own["mark"] or "") + guard.MARK * is_other or None
        numbers = (one["delta"], one["low"], one["high"])
        mirrored = [
            None if end is None else -end for end in (one["delta"], one["high"], one["low"])
        ]
        other = _MIRRORED.get(own["verdict"], own["verdict"])
        rows += [
            (one["run_b"], one["run_a"], *numbers, one["q"], own["verdict"], mark),
            (one["run_a"], one["run_b"], *mirrored, one["q"], other, mark),
        ]
    return pl.DataFrame(rows, _CELLS, orient="row")


_MIRRORED = {"better": "worse", "worse": "better"}

_CELLS = pl.Schema(
    {
        "key": pl.String(),
        "against": pl.String(),
        **{name: PAIRS[name] for name in ("delta", "low", "high", "q", "verdict")},
        "mark": pl.String(),
    }
)


def _tested(found: pl.DataFrame, cells: pl.DataFrame, alpha: float) -> list[Note]:
    """How many pairs can be told apart, and what the marks mean."""
    known = found.drop_nulls("delta")
    tests = known["q"].drop_nulls()
    if tests.is_empty():
        return [Note("No pair can be tested: there are totals without stderr only.")]
    untested = known["low"].null_count()
    message = "{some} of {all} can be told apart (Holm)"
    if untested:
        message += ", {untested} not tested ({not_tested})"
    marks = {mark[:1] for mark in cells["mark"].drop_nulls()} - {NOT_TESTED}
    return explained(
        marks,
        message,
        some=int((tests < alpha).sum()),
        all=Count(known.height, "pair"),
        untested=untested,
        not_tested=NOT_TESTED,
    )
