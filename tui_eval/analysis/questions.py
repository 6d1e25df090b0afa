"""Questions: what every run answered to each, one row a question, and what is wrong with some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from tui_eval.analysis.notes import Count, Names, Note, listed
from tui_eval.analysis.selection import WHOLE, Metric, Selection, metrics
from tui_eval.analysis.view import TOLERANCE, View
from tui_eval.analysis.where import letters
from tui_eval.records import TIMED_OUT, UNFINISHED, UNROUNDED
from tui_eval.tables import SAMPLES, Tables

KEYS: Final = ("category", "sample")
"""The columns of a question by which its answers are found among the samples."""

RUNS_FOR_SUSPECTS = 8
"""Runs from which on a reference can be suspected."""

_SUSPECT = -0.3

RIGHT = 0.5

STATUS = pl.Enum(
    [
        *(
            "error",
            TIMED_OUT,
            "no reference",
            "empty",
            UNFINISHED,
            "truncated",
            "unparsed",
            "not scored",
        ),
        "ok",
    ]  # worst first
)

_ACCURACY = re.compile(  # of these half the points are more right than wrong
    r"(.*[_(])?(acc(uracy)?|p?q?em|exact(_match)?|extractive_match|correct(ness)?|mc1)([^a-z0-9].*)?"
    r"|(.*_)?((pass|maj|avg|cons)[@^_]|(prompt|inst)_level_).*|score"
)

_PLAIN_NUMBER = r"^(0|[1-9][0-9]{0,17})$"

_OF_RUN = (
    *("score", "correct", "verdict", "status", "length", "tokens"),
    *("attempts", "rights", "flaky"),
)

_OF_ALL = ("right", "runs", "flip", "best", "spread", "duplicate", "differs", "suspect")


def sample_metric(selection: Selection, samples: pl.DataFrame) -> Metric | None:
    """The metric that the view asks for; of a view that asks for none the first one of the dataset.

    Where no answer has that first one, it is the first in which they have scores. None: they have
    scores in none. Its unit is a fraction only if all scores lie between 0 and 1: single answers
    may be on another scale than their mean.
    """
    view = selection.view
    own = samples.filter(pl.col("dataset") == (view.dataset or ""), pl.col("metric").is_not_null())
    offered = own.group_by("metric", "filter").agg(
        low=pl.col("score").min(), high=pl.col("score").max()
    )
    extents = {(name, way): (low, high) for name, way, low, high in offered.iter_rows()}
    chosen = selection.metric
    scored = {names: extent for names, extent in extents.items() if extent[0] is not None}
    if chosen is not None and chosen[:2] in {*extents, (view.metric, view.filter)}:
        return _on_scale(chosen, scored.get(chosen[:2]))
    for metric in metrics(selection.tables.scores, view.dataset):
        if (metric.name, metric.filter) in scored:
            return _on_scale(metric, scored[metric.name, metric.filter])
    for name, way in sorted(scored, key=lambda names: (names[0], names[1] or "")):
        return _on_scale(Metric(name, way, "fraction", None), scored[name, way])
    return None


def _on_scale(metric: Metric, extent: tuple[float, float] | None) -> Metric:
    """The metric, as a number without a scale where answers do not lie between 0 and 1."""
    low, high = extent or (0.0, 1.0)
    is_off = low < -TOLERANCE or high > 1 + TOLERANCE
    return metric._replace(unit="number") if metric.is_scaled and is_off else metric


def has_right_and_wrong(metric: Metric | None, samples: pl.DataFrame) -> bool:
    """Whether a score of half the scale or more means that the answer is right.

    It does in an accuracy, which its name tells, and where every score is 0 or 1; a likeness of
    texts such as BLEU makes nothing right.

    Args:
        metric: What counts as the score.
        samples: Schema `SAMPLES`; scores on the raw scale.
    """
    if metric is None or not metric.is_scaled or metric.higher_is_better is False:
        return False
    if _ACCURACY.fullmatch(metric.name.casefold()):
        return True
    scores = samples.filter(is_of_metric(metric) & pl.col("metric").is_not_null())["score"]
    return bool(((scores.abs() <= TOLERANCE) | ((scores - 1).abs() <= TOLERANCE)).all())


def raw_samples(samples: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Samples with percent turned into fractions, run by run, as `Selection.rows` does."""
    keys = ["run", "dataset", "metric", "filter"]
    percent = scores.filter(pl.col("unit") == "percent").select(keys).unique()
    if percent.is_empty():
        return samples
    told = percent.with_columns(divisor=pl.lit(100.0))
    joined = samples.join(told, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col("score") / pl.col("divisor").fill_null(1.0)).drop("divisor")


def questions(
    samples: pl.DataFrame, runs: Sequence[str], view: View, metric: Metric | None
) -> pl.DataFrame:
    """One row a question of the view's dataset (and category), by category and number.

    Args:
        samples: Schema `SAMPLES`; scores on the raw scale (`raw_samples`).
        runs: Their keys in the order of their letters, at least one: ``a`` is the baseline.
        view: Dataset and category.
        metric: What counts as the score; None: there are no scores.

    Returns:
        ``category, sample, id`` (of the first run that has it); for every run's letter
        ``a.score`` (mean over attempts), ``a.correct`` (score at least half the scale; null where
        `has_right_and_wrong` is not so, and in a battle), ``a.verdict`` (of a battle: win, tie,
        loss), ``a.status`` (the worst of the attempts), ``a.length`` and ``a.tokens`` (means over
        attempts, rounded), ``a.attempts``, ``a.rights`` (attempts that
        are right), ``a.flaky`` (some scored attempts are right, and some wrong); ``right`` (runs),
        ``runs`` (that have a score), ``flip`` (b against a: fixed, broken or empty; null where not
        both have a score), ``best`` (letters of the runs with the best of at least two scores; null
        where no direction is known), ``spread`` (highest less lowest score), ``duplicate``
        (other questions of the dataset with the same content), ``differs`` (whether the runs were
        sent different prompts) and ``suspect`` (whether better runs miss it and worse ones get it:
        the correlation with their scores on all other questions is below -0.3; null with fewer than
        8 scores). What a run lacks is null.
    """
    names = letters(len(runs))
    rows = _rows(samples, runs, view, metric)
    found = rows.select(KEYS).unique().with_row_index("key")
    keyed = rows.join(found, on=KEYS, nulls_equal=True).drop(KEYS)
    attempts = _over_attempts(keyed, has_right_and_wrong(metric, samples))
    wide = found
    for number, name in enumerate(names):
        own = attempts.filter(pl.col("number") == number).drop("number")
        own = own.rename({column: f"{name}.{column}" for column in own.columns if column != "key"})
        wide = wide.join(own, on="key", how="left")
    ids = pl.coalesce(pl.lit(None, pl.String), *(f"{name}.id" for name in names))
    whole = wide.with_columns(
        ids.alias("id"),
        *_over_runs(names),
        *_extremes(names, None if metric is None else metric.higher_is_better),
        duplicate=_duplicates(names),
        differs=_differs(names),
        suspect=_suspects(names),
    ).filter(_in_category(view))
    columns = [f"{name}.{column}" for name in names for column in _OF_RUN]
    ordered = whole.sort("category", natural_order(whole["id"]), "id", "sample")
    shown = ordered.select(*KEYS, "id", *columns, *_OF_ALL)
    return shown.with_columns(pl.col(STATUS).cast(pl.String))


def _in_category(view: View) -> pl.Expr:
    if view.category is None:
        return pl.lit(value=True)
    return pl.col("category").fill_null(WHOLE) == view.category


def _rows(
    samples: pl.DataFrame, runs: Sequence[str], view: View, metric: Metric | None
) -> pl.DataFrame:
    """The answers of the runs: those in the metric, and those that nothing can score."""
    wanted = (pl.col("dataset") == (view.dataset or "")) & pl.col("run").is_in(list(runs))
    wanted &= is_of_metric(metric)
    number = pl.col("run").replace_strict(list(runs), range(len(runs)), return_dtype=pl.UInt32)
    is_score = pl.col("score").is_finite() & pl.col("metric").is_not_null() & (metric is not None)
    return samples.filter(wanted).select(
        *KEYS,
        number.alias("number"),
        *("id", "question", "prompt", "attempt", "length", "tokens"),
        pl.when(is_score).then("score").alias("score"),
        "verdict",
        pl.col("status").cast(STATUS),
    )


def is_of_metric(metric: Metric | None) -> pl.Expr:
    """Whether an answer is scored in a metric, or cannot be scored at all.

    A harness with an unrounded mean has one score of an answer: that of which it is the mean.
    """
    if metric is None:
        return pl.lit(value=True)
    is_metric = pl.lit(metric.name == UNROUNDED) | (pl.col("metric") == metric.name)
    is_filter = pl.col("filter").eq_missing(pl.lit(metric.filter, pl.String))
    return pl.col("metric").is_null() | (is_metric & is_filter)


def _over_attempts(keyed: pl.DataFrame, is_rated: bool) -> pl.DataFrame:
    """A row a run and question: ``number, key`` and what `questions` says of a run."""
    right = pl.col("score") >= RIGHT - TOLERANCE
    rights = right.sum().cast(pl.Int64)
    mean = pl.col("score").mean()
    scored = pl.col("score").count()
    known = (scored > 0) & is_rated & (pl.col("verdict").count() == 0)
    return keyed.group_by("number", "key").agg(
        mean.alias("score"),
        pl.when(known).then(mean >= RIGHT - TOLERANCE).alias("correct"),
        pl.col("verdict").first(),
        pl.col("status").min(),
        *(pl.col(name).mean().round().cast(pl.Int64) for name in ("length", "tokens")),
        pl.col("attempt").n_unique().cast(pl.Int64).alias("attempts"),
        pl.when(known).then(rights).alias("rights"),
        pl.when(known).then((rights > 0) & (rights < scored)).alias("flaky"),
        *(pl.col(name).min() for name in ("id", "question", "prompt")),
    )


def _over_runs(names: Sequence[str]) -> list[pl.Expr]:
    """``right, runs, flip``."""
    correct = [pl.col(f"{name}.correct") for name in names]
    scores = [pl.col(f"{name}.score") for name in names]
    known = pl.any_horizontal(one.is_not_null() for one in correct)
    flip = pl.lit(None, pl.String)
    if len(names) > 1:
        a, b = correct[:2]
        flip = (
            pl.when(~a & b)
            .then(pl.lit("fixed"))
            .when(a & ~b)
            .then(pl.lit("broken"))
            .when(a.is_not_null() & b.is_not_null())
            .then(pl.lit(""))
        )
    return [
        pl.when(known).then(_count(correct)).alias("right"),
        _count([score.is_not_null() for score in scores]).alias("runs"),
        flip.alias("flip"),
    ]


def _extremes(names: Sequence[str], higher_is_better: bool | None) -> list[pl.Expr]:
    """``best, spread``."""
    scores = [pl.col(f"{name}.score") for name in names]
    several = _count([score.is_not_null() for score in scores]) > 1
    low, high = pl.min_horizontal(scores), pl.max_horizontal(scores)
    best = low if higher_is_better is False else high
    ahead = [
        pl.when((score - best).abs() <= TOLERANCE).then(pl.lit(name))
        for name, score in zip(names, scores, strict=True)
    ]
    letters = pl.concat_str(ahead, separator=" ", ignore_nulls=True)
    is_known = several & (higher_is_better is not None)
    return [
        pl.when(is_known).then(letters).otherwise(pl.lit(None, pl.String)).alias("best"),
        pl.when(several).then(high - low).alias("spread"),
    ]


def _count(conditions: Sequence[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(one.cast(pl.Int64) for one in conditions).cast(pl.Int64)


def _duplicates(names: Sequence[str]) -> pl.Expr:
    """Other questions of the same run with the same content; null where no run tells."""
    contents = [pl.col(f"{name}.question") for name in names]
    others = [pl.when(one.is_not_null()).then(pl.len().over(one) - 1) for one in contents]
    return pl.max_horizontal(pl.lit(None, pl.Int64), *(one.cast(pl.Int64) for one in others))


def _differs(names: Sequence[str]) -> pl.Expr:
    """Whether prompts differ; null where fewer than two runs tell theirs."""
    prompts = [pl.col(f"{name}.prompt") for name in names]
    if len(prompts) < 2:
        return pl.lit(None, pl.Boolean)
    known = _count([prompt.is_not_null() for prompt in prompts]) > 1
    return pl.when(known).then(pl.min_horizontal(prompts) != pl.max_horizontal(prompts))


def _suspects(names: Sequence[str]) -> pl.Expr:
    """Whether the item-rest correlation over runs is below -0.3; null with fewer than 8 scores."""
    if len(names) < RUNS_FOR_SUSPECTS:
        return pl.lit(None, pl.Boolean)
    columns = [pl.col(f"{name}.score") for name in names]
    scores = [pl.when(score.count() > 1).then(score) for score in columns]  # else there is no rest
    rests = [(score.sum() - score) / (score.count() - 1) for score in scores]
    score_mean, rest_mean = pl.mean_horizontal(scores), pl.mean_horizontal(rests)
    pairs = [
        (score - score_mean, rest - rest_mean) for score, rest in zip(scores, rests, strict=True)
    ]
    together = pl.sum_horizontal(one * other for one, other in pairs)
    spread = pl.sum_horizontal(one**2 for one, _ in pairs)
    rest_spread = pl.sum_horizontal(other**2 for _, other in pairs)
    product = (spread * rest_spread).sqrt()
    is_suspect = (product > TOLERANCE) & (together < _SUSPECT * product)
    enough = _count([score.is_not_null() for score in scores]) >= RUNS_FOR_SUSPECTS
    return pl.when(enough).then(is_suspect)


def natural_order(ids: pl.Series) -> pl.Series:
    """What orders texts as people count: 9 before 10."""
    if ids.str.contains(_PLAIN_NUMBER).all():  # nearly always, and many times faster
        return ids.cast(pl.Int64)
    padded = ids.str.replace_all(r"[0-9]+", "0" * 20 + "$0")  # digits: the last twenty
    return padded.str.replace_all(r"[0-9]*([0-9]{20})", "$1")


def own_samples(
    selection: Selection, samples: pl.DataFrame, runs: Sequence[str]
) -> tuple[pl.DataFrame, Metric | None, list[Note]]:
    """The answers of these runs on the raw scale, their metric, and what is not scored in it."""
    view = selection.view
    is_own = (pl.col("dataset") == (view.dataset or "")) & pl.col("run").is_in(list(runs))
    own = raw_samples(samples.filter(is_own), selection.tables.scores)
    metric = sample_metric(selection, own.filter(_in_category(view)))
    others = own.filter(~is_of_metric(metric))
    if metric is None or others.is_empty():
        return own, metric, []
    return _in_metric(selection, own.filter(is_of_metric(metric)), others, metric)


def _in_metric(
    selection: Selection, own: pl.DataFrame, others: pl.DataFrame, metric: Metric
) -> tuple[pl.DataFrame, Metric, list[Note]]:
    """The answers in a metric, and beside them those that are scored in other metrics alone.

    The latter have neither a score nor a state. A category of which no answer has the metric is
    left out, unless nothing else is asked for.
    """
    notes: list[Note] = []
    view = selection.view
    scored = own.filter(pl.col("metric").is_not_null())
    if scored.filter(_in_category(view)).height:
        keys = scored.select("category").unique()
        absent = others.filter(_in_category(view)).join(keys, on="category", how="anti")
        without = absent["category"].drop_nulls().unique().sort().to_list()
        message = "Left out, since they have no {metric}: {categories}; m or --metric chooses "
        message += "another metric."
        note = Note(message, metric=metric.title, categories=listed(without))
        notes = [note] if without else []
        others = others.join(keys, on="category", how="semi", nulls_equal=True)
    answer = ["run", *KEYS, "attempt"]
    alone = others.join(own, on=answer, how="anti", nulls_equal=True)
    notes += _scored_in_others(selection.tables, alone.filter(_in_category(view)), metric)
    blank = [pl.lit(None, SAMPLES[name]).alias(name) for name in ("metric", "score", "status")]
    kept = alone.unique(answer, keep="first", maintain_order=True).with_columns(blank)
    return pl.concat([own, kept]), metric, notes


def _scored_in_others(tables: Tables, alone: pl.DataFrame, metric: Metric) -> list[Note]:
    """A sentence on answers that have scores in other metrics than the one that is asked for."""
    alone = alone.filter(pl.col("score").is_not_null())
    if alone.is_empty():
        return []
    title = pl.concat_str("metric", "filter", separator=", ", ignore_nulls=True)
    titles = alone.select(title.unique().sort()).to_series().to_list()
    answers = alone.select("run", *KEYS, "attempt").unique().group_by("run").len()
    of = dict(answers.iter_rows())
    labels = tables.labels
    counts = [
        Note("{answers} of {run}", answers=Count(of[run], "answer"), run=labels[run])
        for run in tables.by_label(of)
    ]
    message = "Not scored in {metric}, only in {others}: {answers}."
    others = Names(tuple(titles), len(titles), " and ")
    return [Note(message, metric=metric.title, others=others, answers=listed(counts))]
