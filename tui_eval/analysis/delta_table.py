"""Differences as a table: a row a category, in groups that open and close; a column a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.delta import (
    Pairs,
    axis_around_zero,
    empty_of,
    extent_of,
    hidden_notes,
    nothing,
    pairs_of,
    title_of,
)
from tui_eval.analysis.delta_tests import (
    of_run,
    on_questions_of_both,
    summary_tests,
    survival,
    whole_row,
    with_tests,
)
from tui_eval.analysis.notes import Count, Names, Note
from tui_eval.analysis.report import GROUPS, ROLE, Column, Report
from tui_eval.analysis.scores import by_run
from tui_eval.analysis.selection import Metric, Selection
from tui_eval.analysis.view import TOLERANCE, View


class Means(NamedTuple):
    """What a candidate's differences come to, over the categories that both runs have.

    Attributes:
        run: Key of the candidate.
        categories: How many there are.
        difference: The mean difference, each category equal; None: they have none.
        is_total: It is the sum instead: of counts.
        questions: How many questions these have; None: not told, or not by both runs alike.
        by_question: The mean in which every question counts the same; None as ``questions``.
        gains: Categories in which it is better by the metric's direction.
        losses: Categories in which it is worse.
        ties: Categories that are equal.
    """

    run: str
    categories: int
    difference: float | None
    is_total: bool
    questions: int | None
    by_question: float | None
    gains: int
    losses: int
    ties: int


def delta_table(selection: Selection, evidence: Evidence | None = None) -> Report:
    """The differences of `delta_report`, each category once, below the groups of its harness.

    Args:
        selection: Runs, dataset, metric, baseline, candidates, order.
        evidence: What is known of the scores: the differences are tested with it; None: they are
            not.

    Returns:
        Of one candidate ``category, delta, n, baseline_score, candidate_score``; of several
        ``category``, a column of differences a candidate (named by its label), ``baseline_score``
        and ``n``, and their means as foot. ``n`` (questions) is null where runs differ in it, and
        left out where no run tells it. A category is kept where any difference is as large as
        ``view.min_delta``. A group has what the harness reports for it, where that is over
        categories that both have; else the mean over those, which a note tells. Sorted over all
        candidates as the view says (`View.delta_by`), by the scores as reported: no row moves when
        answers come.

        Where differences are tested, ``delta`` and the columns of candidates have companions ``low,
        high, verdict, mark``; of one candidate ``low`` is drawn as the interval, and ``q`` where
        there is any. Its foot has the mean over categories, where there are several.
    """
    pairs, view = pairs_of(selection), selection.view
    if isinstance(pairs, str):
        return nothing(view, pairs)
    groups = _groups(selection)
    rows = pairs.rows.join(groups, on="category", how="left", maintain_order="left")
    wide = _wide(rows, "category", pairs).join(groups, on="category", how="left")
    largest = pl.max_horizontal(pl.col(run).abs() for run in pairs.candidates)
    kept = wide.filter(largest >= view.min_delta - TOLERANCE)
    numbers = _group_rows(selection, pairs, rows.filter(pl.col("group").is_not_null()))
    heads = _wide(numbers, "group", pairs).filter(pl.col("group").is_in(kept["group"].implode()))
    lines = _with_roles(kept, heads, view)
    if evidence is not None:
        members = _members(rows, numbers)
        lines = with_tests(lines, pairs, evidence, members, list(view.closed))
    lines = _ordered(lines, pairs, view)
    if evidence is not None:
        lines = on_questions_of_both(lines, pairs)
    body = lines.filter(~(pl.col(ROLE) == "inner") | ~pl.col("group").is_in(list(view.closed)))
    means = candidate_means(selection)
    foot = _foot(means, pairs, evidence) if lines.height else []
    deltas = (delta for run in pairs.candidates for delta in kept[run])
    notes = (*hidden_notes(wide.height - kept.height), *_unreported(numbers, heads))
    frame = pl.concat([body, *foot], how="diagonal")
    if evidence is not None:
        notes = (*survival(frame, pairs, evidence.tests.alpha), *notes)
    frame = frame.with_columns(pl.col(_scores(frame, pairs)) * pairs.metric.factor(view))
    return Report(
        name=f"delta_{view.dataset}_matrix_vs_{pairs.against}",
        title=title_of(view, pairs),
        frame=frame.rename(_names(pairs), strict=False),
        columns=tuple(_columns(pairs, view, frame, has_n=wide["n"].count() > 0)),
        notes=(*notes, *pairs.coverage) if evidence is not None else (*pairs.notes, *notes),
        chart="diverging",
        empty=empty_of(pairs, view),
        extent=extent_of(deltas, pairs, view),
    )


def candidate_means(selection: Selection) -> tuple[Means, ...]:
    """The `Means` of each candidate, by label, raw scale; none where nothing can be compared."""
    pairs = pairs_of(selection)
    if isinstance(pairs, str):
        return ()
    together = pl.col("delta").sum() if pairs.metric.is_count else pl.col("delta").mean()
    n = pl.col("n")
    is_known = (n.null_count() == 0) & pl.lit(pairs.metric.is_scaled)
    found = pairs.rows.group_by("run", maintain_order=True).agg(
        categories=pl.len(),
        difference=together,
        is_total=pl.lit(pairs.metric.is_count),
        questions=pl.when(is_known).then(n.sum()),
        by_question=pl.when(is_known & (n.sum() > 0)).then((pl.col("delta") * n).sum() / n.sum()),
        gains=pairs.is_gain().sum(),
        losses=pairs.is_loss().sum(),
        ties=(pl.col("delta").abs() <= TOLERANCE).sum(),
    )
    known = {row["run"]: Means(**row) for row in found.iter_rows(named=True)}
    nothing_known = Means("", 0, None, pairs.metric.is_count, None, None, 0, 0, 0)
    return tuple(known.get(run, nothing_known._replace(run=run)) for run in pairs.candidates)


def _groups(selection: Selection) -> pl.DataFrame:
    """``category, group`` of the categories that are in a group."""
    named = selection.rows.filter(pl.col("category").is_not_null(), pl.col("group").is_not_null())
    return named.select("category", "group").unique("category", keep="first", maintain_order=True)


def _wide(rows: pl.DataFrame, index: str, pairs: Pairs) -> pl.DataFrame:
    """Long rows -> ``index, n, baseline_score``, and by key the difference of each candidate.

    Of one candidate also ``candidate_score``. What differs between candidates is null.
    """
    shared = [
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name)
        for name in ("n", "baseline_score")
    ]
    single = [pl.col("candidate_score").first()] if len(pairs.candidates) == 1 else []
    facts = rows.group_by(index, maintain_order=True).agg(*shared, *single)
    deltas = by_run(rows, index, pairs.candidates, "delta")
    return facts.join(deltas, on=index, how="left", maintain_order="left")


def _group_rows(selection: Selection, pairs: Pairs, rows: pl.DataFrame) -> pl.DataFrame:
    """A row a candidate and group: what is reported of the group, or comes of its categories.

    Args:
        selection: Where groups are reported.
        pairs: What is compared.
        rows: Those of the pairs that are in a ``group``.

    Returns:
        ``run, group, baseline_score, candidate_score, delta, n, is_reported``.
    """
    together = (pl.sum if pairs.metric.is_count else pl.mean)("baseline_score", "candidate_score")
    n = pl.when(pl.col("n").null_count() == 0).then(pl.col("n").sum())
    ours = rows.group_by("run", "group", maintain_order=True).agg(together, n, common=pl.len())
    told = _reported(selection)
    base = told.filter(run=pairs.baseline).drop("run")
    for side, on in ((told, ["run", "group"]), (base, ["group"])):
        ours = ours.join(side, on=on, how="left", suffix="_base", maintain_order="left")
    is_reported = (
        pl.all_horizontal(pl.col("reported", "reported_base").is_not_null())
        & (pl.col("own") == pl.col("common"))
        & (pl.col("own_base") == pl.col("common"))
    )
    told_or_ours = [
        pl.when(is_reported).then(told).otherwise(score).alias(score)
        for told, score in (("reported_base", "baseline_score"), ("reported", "candidate_score"))
    ]
    scores = ours.with_columns(*told_or_ours, is_reported=is_reported)
    delta = pl.col("candidate_score") - pl.col("baseline_score")
    return scores.with_columns(delta=delta).select(
        "run", "group", "baseline_score", "candidate_score", "delta", "n", "is_reported"
    )


def _reported(selection: Selection) -> pl.DataFrame:
    """``run, group, reported`` (its number; null: it has none), ``own`` (its categories)."""
    single = selection.rows.filter(
        pl.col("repeat").is_null(), pl.col("group").is_not_null(), pl.col("value").is_not_null()
    )
    is_whole = pl.col("category").is_null()
    return single.group_by("run", "group", maintain_order=True).agg(
        reported=pl.col("value").filter(is_whole).first(), own=(~is_whole).sum()
    )


def _with_roles(rows: pl.DataFrame, heads: pl.DataFrame, view: View) -> pl.DataFrame:
    """Categories and groups with their ``role``; the name of a group is its ``category``."""
    is_inner = pl.col("group").is_not_null()
    is_closed = pl.col("group").is_in(list(view.closed))
    inner = pl.when(is_inner).then(pl.lit("inner")).otherwise(pl.lit("row"))
    head = pl.when(is_closed).then(pl.lit("closed group")).otherwise(pl.lit("group"))
    named = heads.with_columns(category="group").with_columns(head.alias(ROLE))
    return pl.concat([rows.with_columns(inner.alias(ROLE)), named], how="diagonal")


def _members(rows: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """``run, group, delta, categories``: what is shown of each group, and of which it is made."""
    members = rows.drop_nulls("group").group_by("run", "group").agg(categories="category")
    shown = numbers.select("run", "group", "delta")
    return shown.join(members, on=["run", "group"], how="left", maintain_order="left")


def _scores(frame: pl.DataFrame, pairs: Pairs) -> list[str]:
    """The columns that are on the scale of scores."""
    others = {of_run(name, run, pairs) for run in pairs.candidates for name in ("p", "q")}
    return [name for name in frame.select(pl.col(pl.Float64)).columns if name not in others]


def _ordered(lines: pl.DataFrame, pairs: Pairs, view: View) -> pl.DataFrame:
    """Groups, and categories in none, from top to bottom; those of a group below it."""
    key = _sort_key(lines, pairs, view)
    # equal differences may differ in their last bits: they stay in the order of their names
    by_size = [] if key is None else [key.round(9)]
    down = [*([view.delta_sort != "up"] * len(by_size)), False]
    ranked = lines.sort(*by_size, "category", descending=down, nulls_last=True)
    placed = ranked.with_row_index("place")
    is_inner = pl.col(ROLE) == "inner"
    heads = placed.filter(pl.col(ROLE).is_in(GROUPS))
    placed = placed.join(
        heads.select("group", of_group="place"), on="group", how="left", maintain_order="left"
    )
    outer = pl.when(is_inner).then("of_group").otherwise("place")
    return placed.sort(outer, is_inner, "place").drop("place", "of_group")


def _sort_key(lines: pl.DataFrame, pairs: Pairs, view: View) -> pl.Expr | None:
    """What the rows are ordered by; None: their names."""
    if view.delta_sort == "name":
        return None
    by, is_size = view.delta_by, view.delta_sort == "abs"
    offered = {*pairs.candidates, "n", "low", "q", "baseline_score", "candidate_score"}
    if by is not None and by in offered.intersection(lines.columns):
        return pl.col(by).abs() if is_size else pl.col(by)
    deltas = [pl.col(run) for run in pairs.candidates]
    return pl.max_horizontal(one.abs() for one in deltas) if is_size else pl.mean_horizontal(deltas)


def _foot(means: tuple[Means, ...], pairs: Pairs, evidence: Evidence | None) -> list[pl.DataFrame]:
    """The mean differences: over categories, each equal, and over questions where told.

    Of one candidate only that over several categories, with its interval: all that is tested of it
    besides is said above the table.
    """
    is_single = len(pairs.candidates) == 1
    counts = [one.categories for one in means]
    if is_single and (evidence is None or counts[0] < 2):
        return []
    is_total = pairs.metric.is_count
    by_category = {one.run: one.difference for one in means}
    name = f"{'total of' if is_total else 'mean of'} {_span(counts, 'category')}"
    tests = {} if evidence is None or is_total else summary_tests(evidence, pairs, "mean")
    lines = [_foot_row(name, by_category, pairs, tests)]
    by_question = {one.run: one.by_question for one in means}
    questions = [one.questions for one in means if one.questions is not None]
    if evidence is not None and not is_total:
        wholes = {run: whole_row(evidence, pairs.baseline, run) for run in by_question}
        paired = {run: row for run, row in wholes.items() if row["paired"]}
        by_question |= {run: row["delta"] for run, row in paired.items()}
        questions = [row["n"] for row in paired.values()] or questions
    if any(value is not None for value in by_question.values()) and not is_single:
        tests = {} if evidence is None else summary_tests(evidence, pairs, "whole")
        lines.append(_foot_row(f"over {_span(questions, 'question')}", by_question, pairs, tests))
    role = "total" if is_total else "mean"
    return [line.with_columns(pl.lit(role).alias(ROLE)) for line in lines]


def _foot_row(
    name: str,
    values: Mapping[str, float | None],
    pairs: Pairs,
    tests: Mapping[str, Mapping[str, Any]],
) -> pl.DataFrame:
    numbers = (pl.lit(value, pl.Float64).alias(run) for run, value in values.items())
    companions = (
        pl.lit(value, pl.String if isinstance(value, str) else pl.Float64).alias(
            of_run(name, run, pairs)
        )
        for run, own in tests.items()
        for name, value in own.items()
        if value is not None
    )
    return pl.select(pl.lit(name).alias("category"), *numbers, *companions)


def _span(counts: list[int], noun: str) -> str:
    """How many each candidate has: ``57 categories``, ``own 50–57``."""
    least, most = min(counts), max(counts)
    if least < most:
        return f"own {least:,}–{most:,}"
    words = str(Count(most, noun)).removeprefix(str(most)).strip()
    return f"{most:,} {words}"


def _names(pairs: Pairs) -> dict[str, str]:
    """What the columns of differences are called."""
    if len(pairs.candidates) == 1:
        return {pairs.candidates[0]: "delta"}
    return {run: pairs.tables.labels[run] for run in pairs.candidates}


_COMPANIONS = ("low", "high", "verdict", "mark")


def _columns(pairs: Pairs, view: View, frame: pl.DataFrame, *, has_n: bool) -> list[Column]:
    metric: Metric = pairs.metric
    scale, better = metric.scale(view), metric.higher_is_better
    deltas = []
    for run, name in _names(pairs).items():
        low, high, verdict, mark = (
            companion if companion in frame.columns else None
            for companion in (of_run(one, run, pairs) for one in _COMPANIONS)
        )
        deltas.append(
            Column(
                name,
                "delta",
                scale,
                better,
                run=run,
                low=low,
                high=high,
                verdict=verdict,
                mark=mark,
            )
        )
    n = [Column("n", "count")] if has_n or frame["n"].count() else []
    base = Column("baseline_score", "score", scale, run=pairs.baseline)
    if len(deltas) > 1:
        return [Column("category"), *deltas, base, *n]
    other = Column("candidate_score", "score", scale, run=pairs.candidates[0])
    tested = []
    if "low" in frame.columns and frame["low"].count():
        tested = [Column("low", "interval", scale, better, high="high", verdict="verdict")]
        tested += [Column("q", "p")] if frame["q"].count() > 1 else []
    return [Column("category"), *deltas, *tested, *n, base, other]


def forest_extent(report: Report) -> tuple[float, float]:
    """The axis of a chart of the report's differences that has their intervals in it."""
    names = [
        name
        for column in report.columns
        if column.kind == "delta"
        for name in (column.name, column.low, column.high)
        if name is not None
    ]
    return axis_around_zero(value for name in names for value in report.frame[name])


def _unreported(numbers: pl.DataFrame, heads: pl.DataFrame) -> list[Note]:
    """Groups of which no number is reported, or one over other categories."""
    own = numbers.filter(~pl.col("is_reported") & pl.col("group").is_in(heads["group"].implode()))
    groups = own["group"].unique(maintain_order=True).to_list()
    message = "Of {groups} the means over the categories that both have are shown."
    return [Note(message, groups=Names(tuple(groups)))] if groups else []
