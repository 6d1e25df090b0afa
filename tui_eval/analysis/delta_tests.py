"""Whether the differences of the delta table are more than noise: its intervals, marks and q."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from tui_eval.analysis.compare import COMPARED, Evidence, compared, frame_of
from tui_eval.analysis.delta import Pairs, pairs_of
from tui_eval.analysis.notes import Note
from tui_eval.analysis.report import GROUPS, ROLE, Column, Report
from tui_eval.analysis.score_intervals import AGREES
from tui_eval.analysis.selection import WHOLE, Selection
from tui_eval.statistics import multiplicity
from tui_eval.statistics.routing import Verdict

CANT_TELL = "~"
"""The mark of a difference, or of a score, that cannot be told from the one it is compared with."""

MARKS: Mapping[Verdict, str] = {"undecided": CANT_TELL, "same": "="}
"""What stands behind a difference whose interval is not on one side of zero."""

NOT_TESTED = "?"
"""What stands behind a difference without an interval: nothing says that it is no noise."""

UNTESTED = "{untested} not tested: no stderr or answers, few questions, or no score differs"
"""What the mark of what is not tested means."""

SCALED = ("baseline_score", "candidate_score", "delta", "low", "high", "visible_gap")
"""Columns of `compare.COMPARED` that are scores or differences of scores."""

_TAKEN = ("low", "high", "p", "method", "paired", "verdict", "fixed", "broken")
_REPLACED = ("baseline_score", "candidate_score", "delta", "n")


def of_run(name: str, run: str, pairs: Pairs) -> str:
    """What a companion of a candidate's differences is called in the table."""
    return name if len(pairs.candidates) == 1 else f"{name} of {run}"


def tests_of(evidence: Evidence, pairs: Pairs, run: str) -> pl.DataFrame:
    """A candidate's categories against the baseline: ``category`` and the rest of `COMPARED`."""
    found = compared(evidence, pairs.baseline, run)
    rows = found.filter(part="category")
    if rows.is_empty():  # there is one category, which is all of the dataset
        return found.filter(part="whole").with_columns(category=pl.lit(WHOLE))
    return rows


def with_tests(
    lines: pl.DataFrame,
    pairs: Pairs,
    evidence: Evidence,
    groups: pl.DataFrame,
    closed: Sequence[str],
) -> pl.DataFrame:
    """The lines of the table with what is known of their differences; raw scale.

    Args:
        lines: ``category, group, role``, and by key the difference of each candidate.
        pairs: What is compared.
        evidence: What is known of the scores.
        groups: ``run, group, delta, categories``: what is shown of groups, and of what it is made.
        closed: Groups whose categories are not seen: these count in no ``q``.

    Returns:
        The lines and by candidate (`of_run`) ``low, high, verdict, mark``, and ``tested delta``:
        that of the questions which are compared, where these are fewer than the score is over. Of
        one candidate also ``p, method, paired, fixed, broken, tested baseline_score, tested
        candidate_score, tested n``, and ``q``: p over the rows that are seen, by Benjamini and
        Hochberg; groups that are open have none, their categories do. Where several rows have a
        ``q``, what it takes back cannot be told.
    """
    runs = pairs.candidates
    key = (with_tests, pairs.baseline, runs)
    found = evidence.once(key, lambda: _wide_tests(pairs, evidence, groups))
    on = ["category", "is group"]
    lines = lines.with_columns(pl.col(ROLE).is_in(GROUPS).alias("is group"))
    lines = lines.join(found, on=on, how="left", maintain_order="left").with_columns(
        pl.when(pl.col(run).is_not_null()).then(pl.col(_own(run, pairs))) for run in runs
    )
    if len(runs) == 1:
        is_hidden = (pl.col(ROLE) == "inner") & pl.col("group").is_in(list(closed))
        is_seen = (pl.col(ROLE) != "group") & ~is_hidden
        p = lines.select(p=pl.when(is_seen).then("p"))["p"]
        q = multiplicity.benjamini_hochberg(_numbers(p))
        lines = lines.with_columns(pl.Series("q", q).fill_nan(None))
        lines = lines.with_columns(_held("verdict", evidence.tests.alpha, pl.col("q").count()))
    return _marked(lines.drop("is group"), pairs)


def _held(verdict: str, alpha: float, tests: pl.Expr) -> pl.Expr:
    """Verdicts of which that is undecided what ``q`` takes back, where there are several tests."""
    takes_back = pl.col(verdict).is_in(["better", "worse"]) & (pl.col("q") >= alpha) & (tests > 1)
    return pl.when(takes_back).then(pl.lit("undecided")).otherwise(pl.col(verdict)).alias(verdict)


def _names(pairs: Pairs) -> dict[str, str]:
    """Columns of `compare.COMPARED` that the table takes, and what it calls them."""
    if len(pairs.candidates) > 1:
        return {name: name for name in ("low", "high", "verdict")} | {"delta": "tested delta"}
    return {name: name for name in _TAKEN} | {name: f"tested {name}" for name in _REPLACED}


def _own(run: str, pairs: Pairs) -> list[str]:
    """The companions of a candidate's differences."""
    return [of_run(called, run, pairs) for called in _names(pairs).values()]


def _wide_tests(pairs: Pairs, evidence: Evidence, groups: pl.DataFrame) -> pl.DataFrame:
    """``category, is group`` and the companions of all candidates."""
    wide = None
    for run in pairs.candidates:
        columns = [
            pl.col(name).alias(of_run(called, run, pairs)) for name, called in _names(pairs).items()
        ]
        rows = tests_of(evidence, pairs, run)
        parts = [rows.select("category", pl.lit(value=False).alias("is group"), *columns)]
        if groups.height:
            heads = _group_tests(evidence, pairs, groups.filter(run=run))
            parts.append(heads.select("category", pl.lit(value=True).alias("is group"), *columns))
        own = pl.concat(parts)
        wide = (
            own
            if wide is None
            else wide.join(own, on=["category", "is group"], how="full", coalesce=True)
        )
    return pl.DataFrame() if wide is None else wide


def _numbers(column: pl.Series) -> np.ndarray:
    return column.fill_null(math.nan).to_numpy()


def _group_tests(evidence: Evidence, pairs: Pairs, groups: pl.DataFrame) -> pl.DataFrame:
    found = [
        evidence.shown_group(pairs.baseline, run, group, names, shown)
        for run, group, shown, names in groups.select(
            "run", "group", "delta", "categories"
        ).iter_rows()
        if shown is not None
    ]
    return frame_of([pair for pair in found if pair is not None])


def _marked(lines: pl.DataFrame, pairs: Pairs) -> pl.DataFrame:
    """With what stands behind each difference."""
    return lines.with_columns(
        _mark(run, *(of_run(name, run, pairs) for name in ("low", "verdict", "mark")))
        for run in pairs.candidates
    )


def _mark(delta: str, low: str, verdict: str, name: str) -> pl.Expr:
    """What stands behind the differences of a column."""
    mark = pl.col(verdict).replace_strict(MARKS, default=None, return_dtype=pl.String)
    is_untested = pl.col(low).is_null() & pl.col(delta).is_not_null()
    return pl.when(is_untested).then(pl.lit(NOT_TESTED)).otherwise(mark).alias(name)


def on_questions_of_both(lines: pl.DataFrame, pairs: Pairs) -> pl.DataFrame:
    """Scores and differences of the questions that are compared, where these are not all.

    Of several candidates the differences alone; what was tested is left out of what is returned.
    """
    taken, tested = [], []
    for run in pairs.candidates:
        own = of_run("tested delta", run, pairs)
        apart = (pl.col(own) - pl.col(run)).abs()
        is_other = apart > AGREES * pl.max_horizontal(pl.lit(1.0), pl.col(run).abs())
        taken.append(pl.when(is_other).then(own).otherwise(run).alias(run))
        tested.append(own)
    if len(pairs.candidates) == 1:
        taken += [
            pl.when(is_other).then(f"tested {name}").otherwise(name).alias(name)
            for name in ("baseline_score", "candidate_score")
        ]
        taken.append(pl.coalesce("tested n", "n").alias("n"))
        tested = [f"tested {name}" for name in _REPLACED]
    return lines.with_columns(taken).drop(tested)


def whole_row(evidence: Evidence, baseline: str, run: str) -> dict[str, Any]:
    """A candidate on the whole dataset, as `compare.COMPARED` has it."""
    return compared(evidence, baseline, run, "dataset").row(0, named=True)


def mean_row(evidence: Evidence, baseline: str, run: str) -> dict[str, Any] | None:
    """A candidate's mean over categories; None: they share none, or there is one alone."""
    rows = compared(evidence, baseline, run).filter(part="mean")
    return rows.row(0, named=True) if rows.height else None


def on_scale(row: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A row of `compare.COMPARED` on the scale that is shown."""
    scaled = {name: row[name] and row[name] * factor for name in SCALED}
    return {**row, **scaled}


def whole_of(
    evidence: Evidence, baseline: str, run: str, column: Column, factor: float
) -> pl.DataFrame:
    """A candidate on the whole dataset as a row of the table: of a chart the one on top."""
    row = on_scale(whole_row(evidence, baseline, run), factor)
    values = {column.name: row["delta"], column.low: row["low"], column.high: row["high"]}
    schema = {str(name): pl.Float64() for name in values}
    numbers = pl.DataFrame({str(name): [value] for name, value in values.items()}, schema)
    return numbers.with_columns(category=pl.lit("whole dataset"))


def summary_tests(evidence: Evidence, pairs: Pairs, part: str) -> dict[str, dict[str, Any]]:
    """Interval, verdict and mark of the whole or the mean of each candidate.

    Of several candidates what Holm's adjustment over them takes back cannot be told.
    """
    find = whole_row if part == "whole" else mean_row
    found = {run: find(evidence, pairs.baseline, run) for run in pairs.candidates}
    rows = {run: row for run, row in found.items() if row is not None}
    adjusted = multiplicity.holm(
        [math.nan if row["p"] is None else row["p"] for row in rows.values()]
    )
    return {
        run: {"low": row["low"], "high": row["high"], **said(row, q, evidence.tests.alpha)}
        for (run, row), q in zip(rows.items(), adjusted, strict=True)
    }


def whole_q(evidence: Evidence, baseline: str, runs: Sequence[str]) -> dict[str, float | None]:
    """P of each candidate on the whole dataset, by Holm over them; None: it has no p."""
    p = [whole_row(evidence, baseline, run)["p"] for run in runs]
    adjusted = multiplicity.holm([math.nan if one is None else one for one in p])
    return {
        run: None if one is None else float(q)
        for run, one, q in zip(runs, p, adjusted, strict=True)
    }


def said(row: Mapping[str, Any], q: float, alpha: float) -> dict[str, Any]:
    """Verdict and mark of one of several comparisons: what q takes back cannot be told."""
    verdict = row["verdict"]
    if verdict in ("better", "worse") and not q < alpha:
        verdict = "undecided"
    is_untested = row["low"] is None and row["delta"] is not None
    mark = NOT_TESTED if is_untested else None if row["low"] is None else MARKS.get(verdict)
    return {"verdict": verdict, "mark": mark}


def survival(lines: pl.DataFrame, pairs: Pairs, alpha: float) -> list[Note]:
    """How many differences survive being one of so many, and what the marks of the lines mean."""
    marks = {mark for run in pairs.candidates for mark in lines[of_run("mark", run, pairs)]}
    if len(pairs.candidates) > 1:
        last = "the last rows: adjusted over the candidates (Holm)"
        return explained(marks, after=last if CANT_TELL in marks else "")
    q = lines["q"].drop_nulls()
    if q.len() < 2:
        return explained(marks)
    message = "{some} of {all} survive q < {alpha}, over the rows shown"
    return explained(marks, message, some=int((q < alpha).sum()), all=q.len(), alpha=f"{alpha:g}")


def explained(
    marks: Collection[str | None], before: str = "", after: str = "", **values: object
) -> list[Note]:
    """What the marks mean, those alone that are there.

    Args:
        marks: Those behind the differences.
        before: What stands before them in the same note.
        after: What stands behind them.
        values: What these name.
    """
    meanings = (
        (CANT_TELL, "{cant_tell} can't tell"),
        ("=", "{same} the same within the margin"),
    )
    parts = [before, *(words for mark, words in meanings if mark in marks), after]
    message = "; ".join(part for part in parts if part)
    notes = [Note(message, cant_tell=CANT_TELL, same="=", **values)] if message else []
    return [*notes, *([Note(UNTESTED, untested=NOT_TESTED)] if NOT_TESTED in marks else [])]


def with_long_tests(report: Report, selection: Selection, evidence: Evidence) -> Report:
    """A report of differences, one row a category and candidate, with what their tests say.

    Args:
        report: ``run, category, delta`` among its columns.
        selection: Of which it was made.
        evidence: What is known of the scores.

    Returns:
        The report with ``low, high, p, q, method, paired, verdict`` as data that CSV leaves out;
        ``q`` is p over the candidate's rows in it, by Benjamini and Hochberg.
    """
    pairs = pairs_of(selection)
    if isinstance(pairs, str) or report.frame.is_empty():
        return report
    found = pl.concat([tests_of(evidence, pairs, run) for run in pairs.candidates])
    names = ("low", "high", "p", "method", "paired", "verdict")
    own = found.select("run", "category", *names)
    frame = report.frame.join(own, on=["run", "category"], how="left", maintain_order="left")
    q = np.full(frame.height, np.nan)
    for rows in frame.with_row_index("row").partition_by("run"):
        q[rows["row"]] = multiplicity.benjamini_hochberg(_numbers(rows["p"]))
    frame = frame.with_columns(pl.Series("q", q).fill_nan(None))
    tests = pl.col("q").count().over("run")
    return _companions(report, frame, "delta", evidence.tests.alpha, tests)


def with_mean_tests(report: Report, selection: Selection, evidence: Evidence) -> Report:
    """The overview of candidates with what the tests of their means over categories say.

    Returns:
        As `with_long_tests`; ``q`` is p over the candidates, by Holm.
    """
    pairs = pairs_of(selection)
    if isinstance(pairs, str) or report.frame.is_empty():
        return report
    baseline = pairs.baseline
    rows = [
        mean_row(evidence, baseline, run) or whole_row(evidence, baseline, run)
        for run in pairs.candidates
    ]
    found = pl.DataFrame(rows, COMPARED, orient="row")
    names = ("low", "high", "p", "method", "paired", "verdict")
    own = found.select("run", *names, q=pl.Series(multiplicity.holm(_numbers(found["p"]))))
    frame = report.frame.join(own, on="run", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("q").fill_nan(None))
    return _companions(report, frame, "Mean Δ", evidence.tests.alpha, pl.col("q").count())


def _companions(
    report: Report, frame: pl.DataFrame, name: str, alpha: float, tests: pl.Expr
) -> Report:
    """A report whose column of differences has what the frame says of them as companions."""
    delta = next(column for column in report.columns if column.name == name)
    factor = float(delta.scale or 1)
    frame = frame.with_columns(
        pl.col("low", "high") * factor,
        _held("verdict", alpha, tests).alias("held"),
        untested=pl.lit(None, pl.String),
    )
    frame = frame.with_columns(_mark(name, "low", "held", "mark"))
    tested = replace(delta, low="low", high="high", verdict="held", mark="mark")
    data = (
        *(Column(one, "delta", delta.scale, is_data=True, aside=True) for one in ("low", "high")),
        *(Column(one, "p", is_data=True, aside=True) for one in ("p", "q")),
        *(Column(one, is_data=True, aside=True) for one in ("method", "paired", "verdict")),
    )
    columns = tuple(
        tested
        if column is delta
        else replace(column, verdict="untested")
        if column.kind == "delta"
        else column
        for column in report.columns
    )
    notes = (*explained(set(frame["mark"])), *report.notes)
    return replace(report, frame=frame, columns=(*columns, *data), notes=notes)
