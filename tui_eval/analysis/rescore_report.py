"""Scores again: what filters and metrics make of the same answers, beside the stored scores."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from tui_eval.analysis.notes import Count, Note, listed
from tui_eval.analysis.question_scores import QuestionScores, matrix
from tui_eval.analysis.questions import raw_samples
from tui_eval.analysis.report import Column, Kind, Report
from tui_eval.analysis.selection import WHOLE
from tui_eval.records import TIMED_OUT
from tui_eval.statistics import routing
from tui_eval.statistics.intervals import ALPHA
from tui_eval.statistics.routing import LEAST_PAIRS
from tui_eval.tables import Tables

_VOTED = re.compile(r"maj@[0-9]+")

_STORED, _AGAIN = "stored", "again"

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("run", "dataset", "category", "filter", "metric"), "text"),
    **dict.fromkeys((_STORED, "value", "stderr"), "score"),
    **dict.fromkeys(("n", "invalid"), "count"),
    **dict.fromkeys(("delta", "low", "high"), "delta"),
    "verdict": "text",
    "p": "p",
    "method": "text",
    **dict.fromkeys(("timed_out", "unscored"), "count"),
    **dict.fromkeys(("stored_metric", "stored_filter", "reason"), "text"),
}
"""The columns of a report of scores again, in their order."""

_SCALED = (_STORED, "value", "stderr", "delta", "low", "high")

_IN_WORDS = frozenset({"p", "method", "timed_out", "unscored", "stored_metric", "stored_filter"})
"""Columns that are data only: the notes say the same, where it matters."""

_COMPARED = pl.Schema(
    {
        "delta": pl.Float64(),  # new less stored, over the questions that have both
        "low": pl.Float64(),
        "high": pl.Float64(),
        "p": pl.Float64(),
        "verdict": pl.String(),  # see `routing.Verdict`; null: there is no difference
        "method": pl.String(),  # see `routing.Method`; null: there is no interval
        "both": pl.Int64(),  # questions that have both; null: they are not known one by one
    }
)


def rescore_report(
    tables: Tables,
    samples: pl.DataFrame,
    rescored: pl.DataFrame,
    totals: pl.DataFrame,
    *,
    scale: int = 1,
    margin: float = 0.0,
    alpha: float = ALPHA,
) -> Report:
    """A row a run, filter and category, the whole dataset first: new score, stored score, Δ.

    Args:
        tables: The runs.
        samples: Their stored answers (schema `tables.SAMPLES`), of the questions that were scored.
        rescored: What was made of them (schema `tables.RESCORED`).
        totals: Schema `tables.RESCORES`.
        scale: Upper end of the scale of scores that have one.
        margin: Differences up to it count as the same, raw scale.
        alpha: How often an interval may miss.

    Returns:
        ``run`` (label, companion ``key``), ``dataset, category`` (null: all of it), ``filter,
        metric, stored, value, stderr, n, invalid, delta, low, high, verdict, p, method, timed_out,
        unscored, stored_metric, stored_filter, reason``. ``delta`` is new less stored on the same
        questions; its interval is paired. A score that is no mean over questions has none, and
        beside a stored score of another metric neither interval nor verdict.
    """
    compared = _compared(tables, samples, rescored, totals, margin, alpha)
    labels = tables.labels
    is_on_scale = _on_scale(totals)
    factor = pl.when(is_on_scale).then(float(scale)).otherwise(1.0)
    frame = totals.with_columns(
        compared,
        key=pl.col("run"),
        run=pl.col("run").replace_strict(labels, return_dtype=pl.String),
    ).with_columns(pl.col(_SCALED) * factor)
    notes = tuple(_notes(frame))  # they know more than the columns
    frame = frame.select(*_KINDS, "key")
    return Report(
        name="rescore",
        title=_title(frame),
        frame=frame,
        columns=_columns(frame, scale if bool(is_on_scale.all()) else 0),
        notes=notes,
        empty="No answers to score.",
    )


def without_copies(report: Report) -> Report:
    """A report whose wholes stand alone where they are of one category: what a person reads."""
    rows = report.frame
    categories = pl.col("category").drop_nulls().n_unique().over("key", "filter")
    return replace(report, frame=rows.filter(pl.col("category").is_null() | (categories > 1)))


def _on_scale(totals: pl.DataFrame) -> pl.Series:
    """Whether each score lies between 0 and 1, as all of its metric do."""
    ends = totals.select(pl.max_horizontal("value", "stored").max().over("metric")).to_series()
    lows = totals.select(pl.min_horizontal("value", "stored").min().over("metric")).to_series()
    return (ends.fill_null(0.0) <= 1 + 1e-9) & (lows.fill_null(0.0) >= -1e-9)


def _compared(
    tables: Tables,
    samples: pl.DataFrame,
    rescored: pl.DataFrame,
    totals: pl.DataFrame,
    margin: float,
    alpha: float,
) -> list[pl.Series]:
    """Differences, a row a total."""
    better = directions(tables)
    known: dict[tuple[str, str], QuestionScores | None] = {}
    rows: list[dict[str, Any]] = []
    stored = raw_samples(samples, tables.scores).filter(pl.col("metric").is_not_null())
    for row in totals.iter_rows(named=True):
        of = (row["run"], row["filter"])
        if of not in known:
            known[of] = both_scores(stored, rescored, totals, *of)
        scores = known[of]
        higher = better.get(row["metric"], True)
        rows.append(_difference(row, scores, margin, alpha, higher_is_better=higher))
    frame = pl.DataFrame(rows, _COMPARED, orient="row")
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).get_columns()


def both_scores(
    stored: pl.DataFrame, rescored: pl.DataFrame, totals: pl.DataFrame, run: str, name: str
) -> QuestionScores | None:
    """The stored and the new scores of a run by question; None: there are none of both."""
    columns = ("category", "sample", "run", "score", "cluster", "question")
    new = rescored.filter(pl.col("score").is_finite(), run=run, filter=name)
    beside = totals.filter(run=run, filter=name).select(
        "category", metric="stored_metric", filter="stored_filter"
    )
    keys = ["metric", "filter", *(["category"] if beside["category"].count() else [])]
    old = stored.filter(pl.col("score").is_finite(), run=run).join(
        beside, on=keys, how="semi", nulls_equal=True
    )
    late = rescored.filter(run=run, filter=name, status=TIMED_OUT)
    answer = ["category", "sample", "attempt"]
    old = old.join(late, on=answer, how="anti", nulls_equal=True)  # what both are of
    if new.is_empty() or old.is_empty():
        return None
    known = old.select("category", "sample", "cluster", "question").unique(["category", "sample"])
    again = new.join(known, on=["category", "sample"], how="inner", nulls_equal=True)
    both = [
        frame.with_columns(pl.col("category").fill_null(WHOLE), run=pl.lit(side)).select(columns)
        for frame, side in ((old, _STORED), (again, _AGAIN))
    ]
    return None if again.is_empty() else matrix(pl.concat(both), (_STORED, _AGAIN))


def _difference(
    row: Mapping[str, Any],
    scores: QuestionScores | None,
    margin: float,
    alpha: float,
    *,
    higher_is_better: bool,
) -> dict[str, Any]:
    value, stored = row["value"], row[_STORED]
    none: dict[str, Any] = dict.fromkeys(_COMPARED)
    if value is None:
        return none
    plain = none | ({} if stored is None else {"delta": value - stored, "verdict": "undecided"})
    category = row["category"]
    if not is_of_same(row):
        return plain | {"verdict": None}
    if scores is None:
        return plain
    found = comparison(scores, category, margin, alpha, higher_is_better=higher_is_better)
    if not found.n:
        return plain
    has_interval = math.isfinite(found.interval.low)
    return {
        "delta": found.delta,
        "low": found.interval.low,
        "high": found.interval.high,
        "p": found.p,
        "verdict": found.verdict,
        "method": found.method if has_interval else None,
        "both": found.n,
    }


def is_of_same(row: Mapping[str, Any]) -> bool:
    """Whether new and stored score are of one metric: ``maj@k`` is ``exact_match`` of a vote."""
    metric = row["metric"]
    return row["stored_metric"] in (metric, _VOTED.sub("exact_match", metric or ""))


def comparison(
    scores: QuestionScores,
    category: str | None,
    margin: float = 0.0,
    alpha: float = ALPHA,
    *,
    higher_is_better: bool = True,
) -> routing.Comparison:
    """The new scores against the stored ones, as `both_scores` has them, question by question."""
    if category is None and scores.categories == (WHOLE,):
        category = WHOLE
    return routing.compare(
        scores.of(_STORED, category),
        scores.of(_AGAIN, category),
        scores.clusters_of(category),
        binary=scores.is_plain(_STORED, category) and scores.is_plain(_AGAIN, category),
        higher_is_better=higher_is_better,
        margin=margin,
        alpha=alpha,
    )


def directions(tables: Tables) -> dict[str, bool]:
    """Which way is better in each metric, where it is told."""
    told = tables.scores.select("metric", "higher_is_better").drop_nulls().unique("metric")
    return dict(told.iter_rows())


def _title(frame: pl.DataFrame) -> str:
    datasets = frame["dataset"].unique(maintain_order=True).to_list()
    counts = (
        Count(frame["key"].n_unique(), "run"),
        Count(frame["filter"].n_unique(), "filter"),
    )
    metrics = frame["metric"].drop_nulls().unique(maintain_order=True).to_list()
    one = metrics if len(metrics) == 1 else []
    return " · ".join([*datasets, *one, "scored again", *map(str, counts)])


def _columns(frame: pl.DataFrame, scale: int) -> tuple[Column, ...]:
    aside = set(_IN_WORDS)
    for name in ("dataset", "run", "metric"):
        if frame[name].n_unique() < 2:
            aside.add(name)
    if frame["category"].drop_nulls().n_unique() < 2:
        aside.add("category")
    aside -= set(_told_by_row(frame))
    if not frame["reason"].str.len_chars().sum():
        aside.add("reason")
    return tuple(
        Column(
            name,
            kind,
            scale if kind in ("score", "delta") else 0,
            True if kind == "delta" else None,
            is_data=name in aside,
            keys="key" if name == "run" else None,
            verdict="verdict" if name == "delta" else None,
        )
        for name, kind in _KINDS.items()
    )


def _told_by_row(frame: pl.DataFrame) -> Iterator[str]:
    """Columns that say what the stored score of a row is of, where one sentence cannot."""
    rows = frame.filter(pl.col(_STORED).is_not_null())
    is_other = (pl.col("stored_filter") != pl.col("filter")).any()
    if rows["stored_filter"].n_unique() > 1 and rows.select(is_other).item():
        yield "stored_filter"
    if rows["stored_metric"].n_unique() > 1:
        yield "stored_metric"


def _notes(frame: pl.DataFrame) -> Iterator[Note]:
    """What stored scores are of, which answers have none, and why differences lack intervals."""
    wholes = frame.filter(pl.col("category").is_null())
    yield from _notes_on_stored(wholes.filter(pl.col(_STORED).is_not_null()))
    for row in wholes.iter_rows(named=True):
        of = {"run": row["run"], "filter": row["filter"]}
        untried = row["untried"] or 0
        if late := row["timed_out"] - untried:
            message = "{run}, {filter}: {count} timed out: no score, the total is of the others."
            yield Note(message, **of, count=Count(late, "answer"))
        if untried:
            message = "{run}, {filter}: the filter was given up, {count} not tried: {so}."
            so = "this is no score of the run"
            yield Note(message, **of, count=Count(untried, "answer"), so=so)
        if row["unscored"]:
            message = "{run}, {filter}: {count} could not be scored."
            yield Note(message, **of, count=Count(row["unscored"], "answer"))
        if row["both"] is not None and row["both"] < row["n"]:
            message = "{run}, {filter}: Δ is over the {both} of {all} that have both scores."
            yield Note(message, **of, both=f"{row['both']:,}", all=Count(row["n"], "question"))
    told = frame.filter(
        pl.col("delta").is_not_null() & pl.col("method").is_null() & pl.col("verdict").is_not_null()
    )
    few = pl.col("both") < LEAST_PAIRS
    if not told.filter(few).is_empty():
        message = "Δ of fewer than {least} has no interval."
        yield Note(message, least=Count(LEAST_PAIRS, "question"))
    if not told.filter(pl.col("both").is_null()).is_empty():
        yield Note("Δ without an interval is of scores over all questions together.")


def _notes_on_stored(wholes: pl.DataFrame) -> Iterator[Note]:
    """Of which metrics and filters the scores are that stand beside."""
    is_same = pl.struct("metric", "stored_metric").map_elements(is_of_same, pl.Boolean)
    messages = {
        True: "stored: the run's own score of the same questions, {metric}.",
        False: "stored is another metric, {metric}: Δ has no verdict.",
    }
    for is_alike, rows in wholes.group_by(is_same.alias("same"), maintain_order=True):
        beside = rows.select("stored_metric", "stored_filter").unique(maintain_order=True)
        named = [f"{name} ({word})" if word else name for name, word in beside.iter_rows() if name]
        if named:
            yield Note(messages[bool(is_alike[0])], metric=listed(named, 5))
