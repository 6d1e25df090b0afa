"""Which questions: what every run answered, which changed hands, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from tui_eval.analysis.completeness import questions_told, shortfalls
from tui_eval.analysis.report import Column, Level, Report, listed, plural
from tui_eval.analysis.scores import WHOLE, Metric, chosen_metric, metrics
from tui_eval.analysis.view import TOLERANCE, View
from tui_eval.analysis.where import PRESETS, Expression, letters, parse
from tui_eval.tables import NOT_SCORED, SAMPLES, Tables

KEYS: Final = ("category", "sample")
"""The columns of a question by which its answers are found among the samples."""

RUNS_FOR_SUSPECTS = 8
"""Runs from which on a reference can be suspected."""

_SUSPECT = -0.3
_RIGHT = 0.5
_STATUS = pl.Enum(
    ["error", "no reference", "empty", "truncated", "unparsed", "not scored", "ok"]  # worst first
)
_FLIPS = ("paired", "fixed", "broken", "both right", "both wrong")
ALL = "all questions"
"""What stands in place of a category in the row over all of them."""

_FLIP = pl.Enum(["", "broken", "fixed"])
_LAST = 2**63 - 1
_PLAIN_NUMBER = r"^(0|[1-9][0-9]{0,17})$"
_OF_RUN = (
    *("score", "correct", "verdict", "status", "length", "tokens"),
    *("attempts", "rights", "flaky"),
)
_OF_ALL = ("right", "runs", "flip", "duplicate", "differs", "suspect")


def sample_metric(scores: pl.DataFrame, samples: pl.DataFrame, view: View) -> Metric | None:
    """The metric that the view asks for; of a view that asks for none the first one of the dataset.

    Where no answer has that first one, it is the first in which they have scores. None: they have
    scores in none. Its unit is a fraction only if all scores lie between 0 and 1: single answers
    may be on another scale than their mean.
    """
    own = samples.filter(pl.col("dataset") == (view.dataset or ""), pl.col("metric").is_not_null())
    offered = own.group_by("metric", "filter").agg(
        low=pl.col("score").min(), high=pl.col("score").max()
    )
    extents = {(name, way): (low, high) for name, way, low, high in offered.iter_rows()}
    chosen = chosen_metric(scores, view)
    scored = {names: extent for names, extent in extents.items() if extent[0] is not None}
    if chosen is not None and chosen[:2] in {*extents, (view.metric, view.filter)}:
        return _on_scale(chosen, scored.get(chosen[:2]))
    for metric in metrics(scores, view.dataset):
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


def has_right_and_wrong(metric: Metric | None) -> bool:
    """Whether a score of half the scale or more means that the answer is right."""
    return metric is not None and metric.is_scaled and metric.higher_is_better is not False


def raw_samples(samples: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Samples with percent turned into fractions, run by run, as `scores.category_scores` does."""
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
        runs: Labels in their order on the screen, at least one: the first is ``a``, the baseline.
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
        both have a score), ``duplicate`` (other questions of the dataset with the same content),
        ``differs`` (whether the runs were sent different prompts) and ``suspect`` (whether better
        runs miss it and worse ones get it: the correlation with their scores on all other questions
        is below -0.3; null with fewer than 8 scores). What a run lacks is null.
    """
    names = letters(len(runs))
    rows = _rows(samples, runs, view, metric)
    found = rows.select(KEYS).unique().with_row_index("key")
    keyed = rows.join(found, on=KEYS, nulls_equal=True).drop(KEYS)
    attempts = _over_attempts(keyed, has_right_and_wrong(metric))
    wide = found
    for number, name in enumerate(names):
        own = attempts.filter(pl.col("number") == number).drop("number")
        own = own.rename({column: f"{name}.{column}" for column in own.columns if column != "key"})
        wide = wide.join(own, on="key", how="left")
    ids = pl.coalesce(pl.lit(None, pl.String), *(f"{name}.id" for name in names))
    whole = wide.with_columns(
        ids.alias("id"),
        *_over_runs(names),
        duplicate=_duplicates(names),
        differs=_differs(names),
        suspect=_suspects(names),
    ).filter(_in_category(view))
    columns = [f"{name}.{column}" for name in names for column in _OF_RUN]
    ordered = whole.sort("category", _natural(whole["id"]), "id", "sample")
    shown = ordered.select(*KEYS, "id", *columns, *_OF_ALL)
    return shown.with_columns(pl.col(_STATUS).cast(pl.String))


@dataclass(frozen=True, eq=False)
class Asked:
    """All about the questions of a dataset, or of a category of it, but condition and order.

    Attributes:
        questions: What `questions` returns.
        metric: What counts as the score; None: there are no scores.
        runs: Labels in their order on the screen.
        columns: Those of ``questions`` that tell something, `KEYS` among them.
        order: What orders the questions by number.
        places: Where the texts of the answers are: one row a question, run and attempt, with
            `KEYS`, ``run, attempt, score`` (raw scale), ``status, verdict, length, tokens, file,
            place, item``, by attempt. No status: the answer is scored in other metrics alone.
        notes: What runs have in common, and what is wrong with questions.
    """

    questions: pl.DataFrame
    metric: Metric | None
    runs: tuple[str, ...]
    columns: tuple[str, ...]
    order: pl.Series
    places: pl.DataFrame
    notes: tuple[str, ...]


def asked(
    tables: Tables,
    samples: pl.DataFrame,
    view: View,
    runs: Sequence[str],
    *,
    is_whole: bool = True,
) -> Asked:
    """What is made once of the answers, whatever condition and order are chosen.

    Args:
        tables: The runs.
        samples: Their answers, schema `SAMPLES`.
        view: Dataset, category and metric.
        runs: Labels in their order on the screen, at least one: the first is ``a``, the baseline.
        is_whole: Whether all answers were read, so that what is missing can be told.
    """
    own, metric, unscored = _own(tables, samples, view, runs)
    wide = questions(own, runs, view, metric)
    names = letters(len(runs))
    told = questions_told(tables.scores, view, metric) if is_whole else {}
    by_letter = {name: told[run] for name, run in zip(names, runs, strict=True) if run in told}
    short = list(shortfalls(wide, dict(zip(names, names, strict=True)), by_letter))
    return Asked(
        questions=wide,
        metric=metric,
        runs=tuple(runs),
        columns=tuple(_column_names(wide, names, metric)),
        order=_natural(wide["id"]).rank("dense").cast(pl.Int64),
        places=_places(own, metric),
        notes=(*unscored, *short, *_notes(wide, names, is_short=bool(short))),
    )


def samples_report(tables: Tables, known: Asked, view: View) -> Report:
    """The questions of a dataset, or of a category of it, that meet the condition of the view.

    Args:
        tables: The runs.
        known: What `asked` made of their answers.
        view: What that was made for, with scale, condition and order.

    Returns:
        ``id``, ``category`` where there are several, for every run's letter ``a.score`` (on the
        scale of the view); ``right`` (3/5: runs that are right, and that have a score) with three
        runs or more, ``flip`` with two; for every run ``a.verdict`` of battles, in which nothing is
        right or wrong, ``a.status`` where some is not ok,
        ``a.length`` and ``a.tokens`` where they are known; at the end what is left of `KEYS`, by
        which the texts are found.
        Notes count the questions before the condition.

    Raises:
        WhereError: The condition cannot be understood.
    """
    condition = parse(PRESETS.get(view.where, view.where)) if view.where.strip() else None
    wide, metric, runs = known.questions, known.metric, known.runs
    names = letters(len(runs))
    columns = tuple(_column(name, metric, view) for name in known.columns)
    frame = _chosen(known, condition, view)
    parts = [view.dataset, view.category, metric and metric.title]
    count = plural(wide.height, "question")
    parts.append(count if condition is None else f"{frame.height} of {count}")
    labels = " · ".join(f"{name}: {run}" for name, run in zip(names, runs, strict=True))
    notes = [labels]
    if "suspect" in view.where and len(runs) < RUNS_FOR_SUSPECTS:
        notes.append(f"Suspect references show from {RUNS_FOR_SUSPECTS} runs on.")
    notes += [*known.notes, *_metric_notes(tables, wide, view, runs, metric)]
    return Report(
        name="_".join(["samples", *filter(None, (view.dataset, view.category))]),
        title=" · ".join(part for part in parts if part),
        frame=frame.with_columns(
            pl.col("^.*\\.score$") * (1.0 if metric is None else metric.factor(view))
        ),
        columns=columns,
        notes=tuple(notes),
        empty="No question meets the condition." if wide.height else "No answers to show.",
    )


def scaled(rows: pl.DataFrame, metric: Metric | None, view: View) -> pl.DataFrame:
    """Rows with a raw ``score`` on the scale of the view."""
    return rows.with_columns(pl.col("score") * (1.0 if metric is None else metric.factor(view)))


def _places(own: pl.DataFrame, metric: Metric | None) -> pl.DataFrame:
    rows = own.filter(_is_of(metric)).select(
        *(*KEYS, "run", "attempt", "score", "status", "verdict"),
        *("length", "tokens", "file", "place", "item"),
    )
    return rows.sort("attempt", maintain_order=True)


def flips_report(
    tables: Tables, samples: pl.DataFrame, view: View, *, is_whole: bool = True
) -> Report:
    """Per category and candidate: how many answers turned right or wrong against the baseline.

    Args:
        tables: The runs.
        samples: Their answers, schema `SAMPLES`.
        view: Dataset, metric, scale, baseline and candidates; its category does not matter.
        is_whole: Whether all answers were read, so that what is missing can be told.

    Returns:
        ``category, candidate, baseline`` and `contingency`, by candidate and category; all
        questions, each the same, are counted in the foot, or of several candidates in a row before
        their categories.
    """
    view = replace(view, category=None)
    everyone = tables.runs["run"].to_list()
    if view.dataset is None:
        return _nothing("flips", "Choose a dataset: questions are of one.")
    if view.baseline is None or view.baseline not in everyone:
        return _nothing("flips", "Choose a baseline.")
    chosen = everyone if view.candidates is None else view.candidates
    candidates = sorted({run for run in chosen if run in everyone} - {view.baseline})
    if not candidates:
        return _nothing("flips", "Choose a candidate: in one run alone nothing changes.")
    runs = [view.baseline, *candidates]
    own, metric, unscored = _own(tables, samples, view, runs)
    wide = questions(own, runs, view, metric)
    own_scores = tables.scores.filter(pl.col("category").is_in(wide["category"].implode()))
    told = questions_told(own_scores, view, metric) if is_whole else {}
    factor = 1.0 if metric is None else metric.factor(view)
    counted = [
        _flips_of(wide, name, run, view.baseline, factor)
        for run, name in zip(candidates, letters(len(runs))[1:], strict=True)
    ]
    several = len(counted) > 1
    parts = [part for total, rows in counted for part in ((total, rows) if several else (rows,))]
    levels: list[Level] = []
    for _, rows in counted:
        inner: list[Level] = ["inner"] * rows.height
        levels += ["open", *inner]
    columns = (
        Column("category"),
        Column("candidate"),
        Column("baseline", is_data=True),
        *(Column(name, "count") for name in _FLIPS),
        Column("delta", "delta", *_reading(metric, view)),
    )
    shown = [column.name for column in columns]
    title = [view.dataset, metric.title if metric else "", f"against {view.baseline}"]
    return Report(
        name=f"flips_{view.dataset}_vs_{view.baseline}",
        title=" · ".join(filter(None, title)),
        frame=pl.concat(parts).select(shown) if wide.height else counted[0][1].select(shown),
        columns=columns,
        foot=counted[0][0].select(shown) if wide.height and not several else None,
        groups=tuple(levels) if wide.height and several else (),
        notes=(
            *unscored,
            *shortfalls(wide, dict(zip(letters(len(runs)), runs, strict=True)), told),
            *_metric_notes(tables, wide, view, runs, metric),
            *_unpaired(wide, runs),
            *_differing(wide),
        ),
        empty="No answers to compare.",
    )


def _flips_of(
    wide: pl.DataFrame, name: str, run: str, baseline: str, factor: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`contingency` of a run with the baseline: of all questions, and by category."""
    total, rows = (
        contingency(questions, "a", name).with_columns(
            pl.col("delta") * factor, candidate=pl.lit(run), baseline=pl.lit(baseline)
        )
        for questions in (wide.with_columns(category=pl.lit(ALL)), wide)
    )
    return total, rows.with_columns(pl.col("category").fill_null(WHOLE))


def contingency(wide: pl.DataFrame, baseline: str, candidate: str) -> pl.DataFrame:
    """A row a category: what became of the questions that both runs have a score for.

    Args:
        wide: What `questions` returns.
        baseline: Letter of a run.
        candidate: Letter of another run.

    Returns:
        ``category``, ``paired`` (questions), ``fixed``, ``broken``, ``both right``, ``both wrong``
        (null where nothing is right or wrong) and ``delta`` (difference of the means over the
        paired questions, raw scale), by category.
    """
    a, b = pl.col(f"{baseline}.correct"), pl.col(f"{candidate}.correct")
    difference = pl.col(f"{candidate}.score") - pl.col(f"{baseline}.score")
    known = a.is_not_null() & b.is_not_null()
    cells = {"fixed": ~a & b, "broken": a & ~b, "both right": a & b, "both wrong": ~a & ~b}
    counts = [
        pl.when(known.any()).then(cell.sum().cast(pl.Int64)).alias(name)
        for name, cell in cells.items()
    ]
    paired = difference.count().cast(pl.Int64).alias("paired")
    return wide.group_by("category").agg(paired, *counts, delta=difference.mean()).sort("category")


def _in_category(view: View) -> pl.Expr:
    if view.category is None:
        return pl.lit(value=True)
    return pl.col("category").fill_null(WHOLE) == view.category


def _rows(
    samples: pl.DataFrame, runs: Sequence[str], view: View, metric: Metric | None
) -> pl.DataFrame:
    """The answers of the runs: those in the metric, and those that nothing can score."""
    wanted = (pl.col("dataset") == (view.dataset or "")) & pl.col("run").is_in(list(runs))
    wanted &= _is_of(metric)
    number = pl.col("run").replace_strict(list(runs), range(len(runs)), return_dtype=pl.UInt32)
    is_score = pl.col("score").is_finite() & pl.col("metric").is_not_null() & (metric is not None)
    return samples.filter(wanted).select(
        *KEYS,
        number.alias("number"),
        *("id", "question", "prompt", "attempt", "length", "tokens"),
        pl.when(is_score).then("score").alias("score"),
        "verdict",
        pl.col("status").cast(_STATUS),
    )


def _is_of(metric: Metric | None) -> pl.Expr:
    """Whether an answer is scored in a metric, or cannot be scored at all."""
    if metric is None:
        return pl.lit(value=True)
    is_metric = pl.col("metric") == metric.name
    is_filter = pl.col("filter").eq_missing(pl.lit(metric.filter, pl.String))
    return pl.col("metric").is_null() | (is_metric & is_filter)


def _over_attempts(keyed: pl.DataFrame, is_rated: bool) -> pl.DataFrame:
    """A row a run and question: ``number, key`` and what `questions` says of a run."""
    right = pl.col("score") >= _RIGHT - TOLERANCE
    rights = right.sum().cast(pl.Int64)
    mean = pl.col("score").mean()
    scored = pl.col("score").count()
    known = (scored > 0) & is_rated & (pl.col("verdict").count() == 0)
    return keyed.group_by("number", "key").agg(
        mean.alias("score"),
        pl.when(known).then(mean >= _RIGHT - TOLERANCE).alias("correct"),
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


def _natural(ids: pl.Series) -> pl.Series:
    """What orders texts as people count: 9 before 10."""
    if ids.str.contains(_PLAIN_NUMBER).all():  # nearly always, and many times faster
        return ids.cast(pl.Int64)
    padded = ids.str.replace_all(r"[0-9]+", "0" * 20 + "$0")  # digits: the last twenty
    return padded.str.replace_all(r"[0-9]*([0-9]{20})", "$1")


def _own(
    tables: Tables, samples: pl.DataFrame, view: View, runs: Sequence[str]
) -> tuple[pl.DataFrame, Metric | None, list[str]]:
    """The answers of these runs on the raw scale, their metric, and what is not scored in it."""
    is_own = (pl.col("dataset") == (view.dataset or "")) & pl.col("run").is_in(list(runs))
    own = raw_samples(samples.filter(is_own), tables.scores)
    metric = sample_metric(tables.scores, own.filter(_in_category(view)), view)
    others = own.filter(~_is_of(metric))
    if metric is None or others.is_empty():
        return own, metric, []
    return _in_metric(own.filter(_is_of(metric)), others, view, metric)


def _in_metric(
    own: pl.DataFrame, others: pl.DataFrame, view: View, metric: Metric
) -> tuple[pl.DataFrame, Metric, list[str]]:
    """The answers in a metric, and beside them those that are scored in other metrics alone.

    The latter have neither a score nor a state. A category of which no answer has the metric is
    left out, unless nothing else is asked for.
    """
    notes = []
    scored = own.filter(pl.col("metric").is_not_null())
    if scored.filter(_in_category(view)).height:
        keys = scored.select("category").unique()
        absent = others.filter(_in_category(view)).join(keys, on="category", how="anti")
        names = absent["category"].drop_nulls().unique().sort().to_list()
        told = f"Left out, since they have no {metric.title}: {listed(names)}; m or --metric"
        notes = [f"{told} chooses another metric."] if names else []
        others = others.join(keys, on="category", how="semi", nulls_equal=True)
    answer = ["run", *KEYS, "attempt"]
    alone = others.join(own, on=answer, how="anti", nulls_equal=True)
    notes += _scored_in_others(alone.filter(_in_category(view)), metric)
    blank = [pl.lit(None, SAMPLES[name]).alias(name) for name in ("metric", "score", "status")]
    kept = alone.unique(answer, keep="first", maintain_order=True).with_columns(blank)
    return pl.concat([own, kept]), metric, notes


def _scored_in_others(alone: pl.DataFrame, metric: Metric) -> list[str]:
    """A sentence on answers that have scores in other metrics than the one that is asked for."""
    alone = alone.filter(pl.col("score").is_not_null())
    if alone.is_empty():
        return []
    title = pl.concat_str("metric", "filter", separator=", ", ignore_nulls=True)
    titles = alone.select(title.unique().sort()).to_series().to_list()
    answers = alone.select("run", *KEYS, "attempt").unique().group_by("run").len().sort("run")
    counts = [f"{plural(count, 'answer')} of {run}" for run, count in answers.iter_rows()]
    return [f"Not scored in {metric.title}, only in {' and '.join(titles)}: {listed(counts)}."]


def _reading(metric: Metric | None, view: View) -> tuple[int, bool | None]:
    """Scale and direction of a column of scores."""
    return (0, None) if metric is None else (metric.scale(view), metric.higher_is_better)


def _column_names(wide: pl.DataFrame, names: Sequence[str], metric: Metric | None) -> list[str]:
    """The columns of `questions` that tell something: scores side by side, then the rest."""
    several = wide["category"].n_unique() > 1
    columns = ["id", *(["category"] if several else [])]
    columns += [f"{name}.score" for name in names if metric is not None]
    if has_right_and_wrong(metric) and len(names) > 1 and not _has_battles(wide, names):
        columns.append("right" if len(names) > 2 else "flip")
    for name in names:
        if wide[f"{name}.verdict"].count():
            columns.append(f"{name}.verdict")
        if (wide[f"{name}.status"] != "ok").any():
            columns.append(f"{name}.status")
        counts = [f"{name}.{what}" for what in ("length", "tokens")]
        columns += [count for count in counts if wide[count].count()]
    return [*columns, *([] if several else ["category"]), "sample"]


def _has_battles(wide: pl.DataFrame, names: Sequence[str]) -> bool:
    return any(wide[f"{name}.verdict"].count() for name in names)


def _column(name: str, metric: Metric | None, view: View) -> Column:
    what = name.rpartition(".")[2]
    if what == "score":
        return Column(name, "score", *_reading(metric, view))
    return Column(name, "count" if what in ("length", "tokens") else "text")


def _chosen(known: Asked, condition: Expression | None, view: View) -> pl.DataFrame:
    """The questions that meet a condition, in the order of the view.

    What is equal stays by category and number.
    """
    wide, order = known.questions, _order(known, view.sample_sort)
    rows = wide.select(list(dict.fromkeys((*known.columns, "runs"))))
    if condition is not None:
        is_met = wide.select(condition.to_polars(letters(len(known.runs)))).to_series()
        rows = rows.filter(is_met)
        order = order if order is None else order.filter(is_met)
    if order is not None:  # NumPy sorts whole numbers twice as fast as Polars
        numbers = -order if view.sample_descending else order
        rows = rows[np.argsort(numbers.fill_null(_LAST).to_numpy(), kind="stable")]
    if "right" in rows.columns:
        rows = rows.with_columns(pl.format("{}/{}", "right", "runs").alias("right"))
    return rows.select(list(known.columns))


def _order(known: Asked, name: str | None) -> pl.Series | None:
    """Whole numbers that order questions by a column; None: they stay as they are."""
    if name == "id":
        return known.order
    if name is None or name not in known.questions.columns:
        return None
    column = known.questions[name]
    if name.endswith(".status"):
        column = column.cast(_STATUS).to_physical()
    elif name == "flip":
        column = column.cast(_FLIP).to_physical()
    elif column.dtype.is_float():
        column = column.round(9)  # equal scores may differ in their last bits
        column = (column * 1e9).round() if not (column.abs() > 1e9).any() else column.rank("dense")
    elif column.dtype == pl.String:
        column = column.rank("dense")
    return column.cast(pl.Int64)


def _notes(wide: pl.DataFrame, names: Sequence[str], *, is_short: bool) -> list[str]:
    notes = _pairing_notes(wide, names, is_short=is_short) if len(names) > 1 else []
    if copies := wide.filter(pl.col("duplicate") > 0).height:
        notes.append(f"{plural(copies, 'question')} of the same content as another one.")
    if suspects := wide.filter("suspect").height:
        told = "better runs miss them, and worse runs are right"
        notes.append(f"{plural(suspects, 'suspect reference')}: {told}.")
    return notes


def _metric_notes(
    tables: Tables, wide: pl.DataFrame, view: View, runs: Sequence[str], metric: Metric | None
) -> list[str]:
    """Which scores these are, and what makes an answer right."""
    chosen = chosen_metric(tables.scores, view)
    scores = [wide[f"{name}.score"] for name in letters(len(runs))]
    if wide.is_empty():
        return []
    if metric is None or not any(score.count() for score in scores):
        told = metric or chosen
        where = f" in {told.title}" if told and told.name != NOT_SCORED else ""
        return [f"No question has a score of its own{where}."]
    notes = []
    if chosen is not None and chosen[:2] != metric[:2]:
        notes.append(f"No answer has {chosen.title}: these are scores in {metric.title}.")
    if _has_battles(wide, letters(len(runs))):
        even = _RIGHT * metric.factor(view)
        notes.append(
            f"Battles of two models: above {even:g} is a win of the first one, {even:g} a tie, "
            "below a loss; no answer is right or wrong."
        )
    elif not has_right_and_wrong(metric):
        lower = metric.higher_is_better is False
        why = "lower is better" if lower else "answers have no known upper end"
        notes.append(f"{metric.title} makes no answer right or wrong: {why}.")
    elif not all(score.drop_nulls().is_in([0.0, 1.0]).all() for score in scores):
        least = _RIGHT * metric.factor(view)
        notes.append(f"Right is a score of {least:g} or more; of several attempts, their mean.")
    return notes


def _pairing_notes(wide: pl.DataFrame, names: Sequence[str], *, is_short: bool) -> list[str]:
    """What changed hands, what the runs have in common, and what none of them got right."""
    notes = []
    flips = dict(wide["flip"].drop_nulls().value_counts().iter_rows())
    if len(names) == 2 and flips:
        told = f"{flips.get('fixed', 0)} fixed, {flips.get('broken', 0)} broken"
        notes.append(f"b against a: {told}, {flips.get('', 0)} same.")
    lacking = [(name, wide[f"{name}.attempts"].null_count()) for name in names]
    fewer = [f"{name} lacks {count}" for name, count in lacking if count]
    paired = wide.drop_nulls([f"{name}.attempts" for name in names]).height
    told = f"{paired} of {wide.height} questions are in all runs: {listed(fewer)}."
    same = f"these {wide.height}" if is_short else "all of these"
    notes.append(told if fewer else f"All runs have {same} questions.")
    if len(names) == 2:
        notes += _other_texts(wide, *names)
    notes += _differing(wide)
    if missed := wide.filter(right=0).height:
        notes.append(f"No run is right in {missed}.")
    return notes


def _differing(wide: pl.DataFrame) -> list[str]:
    """A sentence on questions for which the runs were sent other prompts."""
    count = wide.filter("differs").height
    return [f"Prompts differ in {count} of {wide['differs'].count()}."] if count else []


def _other_texts(wide: pl.DataFrame, first: str, second: str) -> list[str]:
    """A sentence on questions that only share their number: another prompt, or another question."""
    one, other = (pl.col(f"{name}.attempts") for name in (first, second))
    alone = wide.filter(one.is_not_null() & other.is_null()).select("category", "id")
    others = wide.filter(one.is_null() & other.is_not_null()).select("category", "id")
    count = alone.join(others, on=["category", "id"], how="semi", nulls_equal=True).height
    told = f"share their number with one of {second} but not their text: not paired"
    return [f"{plural(count, 'question')} of {first} {told}."] if count else []


def _unpaired(wide: pl.DataFrame, runs: Sequence[str]) -> list[str]:
    """Questions of baseline and candidates that are not compared, a sentence a candidate."""
    baseline, *candidates = runs
    notes = []
    for run, name in zip(candidates, letters(len(runs))[1:], strict=True):
        paired = wide.drop_nulls(["a.score", f"{name}.score"]).height
        counts = [(baseline, wide["a.attempts"].count()), (run, wide[f"{name}.attempts"].count())]
        left = [f"{count - paired} of {count} of {of}" for of, count in counts if count > paired]
        if left:
            notes.append(f"Not compared with {run}: {', '.join(left)}.")
        notes += _other_texts(wide, "a", name)
    return notes


def _nothing(name: str, why: str) -> Report:
    return Report(name, name.capitalize(), pl.DataFrame(), (), empty=why)
