"""Every run against every other one, on the whole dataset: which can be told apart at all."""

from __future__ import annotations

import polars as pl

from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.delta import nothing, pairs_of
from tui_eval.analysis.delta_tests import said
from tui_eval.analysis.level import PAIRS, pair_grid
from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.selection import Selection

LEAST_CANDIDATES = 3
"""Candidates from which on all pairs say more than the table of one baseline."""

_WHOLE = ("reported", "questions", "own")
"""What the score of a whole dataset is, the first that all runs have."""


def pairs_report(selection: Selection, evidence: Evidence | None) -> Report:
    """A row and a column a run, best first: the row's score less the column's, every pair tested.

    Returns:
        ``run`` (label, companion ``key``), ``score``, and by label the differences from each run,
        with companions ``low, high, q, verdict, mark`` (`companion`). What p adjusted by Holm over
        all pairs takes back cannot be told. No rows without ``evidence``: counts are not tested.
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
    cells = _cells(found, evidence)
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
        notes=(*_tested(found, evidence.tests.alpha), *pairs.coverage),
        empty="No run has scores of this dataset and metric.",
    )


def companion(name: str, run: str) -> str:
    """What a companion of the differences from a run is called."""
    return f"{name} of {run}"


def _scores(evidence: Evidence, runs: tuple[str, ...]) -> dict[str, float | None]:
    """The score of each run on the whole dataset."""
    for part in _WHOLE:
        own = evidence.intervals.filter(pl.col("run").is_in(runs), part=part)
        values: dict[str, float | None] = dict(own.select("run", "value").iter_rows())
        if len(values) == len(runs):
            return {run: values[run] for run in runs}
    return dict.fromkeys(runs)


def _cells(found: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Each pair twice: ``key, against, delta, low, high, q, verdict, mark``, raw scale."""
    rows = []
    for one in found.iter_rows(named=True):
        q = 1.0 if one["q"] is None else one["q"]
        own = said(one, q, evidence.tests.alpha)
        numbers = (one["delta"], one["low"], one["high"])
        mirrored = [None if end is None else -end for end in (one["delta"], one["high"], one["low"])]
        other = _MIRRORED.get(own["verdict"], own["verdict"])
        rows += [
            (one["run_b"], one["run_a"], *numbers, one["q"], own["verdict"], own["mark"]),
            (one["run_a"], one["run_b"], *mirrored, one["q"], other, own["mark"]),
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


def _tested(found: pl.DataFrame, alpha: float) -> list[Note]:
    tests = found["q"].drop_nulls()
    if tests.is_empty():
        return [Note("No pair can be tested: there are totals without stderr only.")]
    message = "{some} of {all} can be told apart (Holm over all pairs); ~ can't tell"
    return [Note(message, some=(tests < alpha).sum(), all=Count(tests.len(), "pair"))]
