"""Do several judges of the same answers say the same?

Verdicts of different judges stand in different files of a run, under different filters. What could
not be parsed is left out: a harness may put something random there, which is nobody's verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tui_eval.analysis.notes import Count, Note
from tui_eval.analysis.report import Column, Report
from tui_eval.statistics.agreement import agreement, quadratic_kappa
from tui_eval.statistics.correlation import pearson
from tui_eval.tables import Tables

SCHEMA = pl.Schema(
    {
        "run": pl.String(),  # its key
        "dataset": pl.String(),
        "judge_a": pl.String(),  # the one whose verdicts the score counts, of two others by name
        "judge_b": pl.String(),
        "verdicts": pl.String(),  # right or wrong, or graded: what they are
        "n": pl.Int64(),  # answers that both judged
        "mean_a": pl.Float64(),  # 0-1, like ``mean_b``
        "mean_b": pl.Float64(),
        "equal": pl.Float64(),  # share of them with the same verdict
        "kappa": pl.Float64(),  # Cohen's: of graded verdicts with quadratic weights; null: chance
        # alone would make them agree everywhere
        "low": pl.Float64(),  # of kappa, 95 %; null with weights
        "high": pl.Float64(),
        "mean_abs_delta": pl.Float64(),  # of graded verdicts, like the next
        "pearson": pl.Float64(),
        "unparsed": pl.Int64(),  # answers that both judged, one at least without a valid verdict
        "file_a": pl.String(),
        "file_b": pl.String(),
    }
)
"""One row two judges of the same answers of a run; of each pair of files of verdicts."""

_KEYS = ("run", "dataset", "metric", "category", "sample", "attempt")
_BINARY, _GRADED = "right or wrong", "graded"
_TOLERANCE = 1e-9


def agreements(tables: Tables, samples: pl.DataFrame) -> pl.DataFrame:
    """How far judges agree (`SCHEMA`).

    Args:
        tables: Its scores tell the names of judges.
        samples: Schema `tables.SAMPLES`.
    """
    judged = samples.filter(pl.col("score").is_finite(), pl.col("metric").is_not_null())
    several = pl.col("file").n_unique().over("run", "dataset") > 1
    rows = judged.filter(several).unique([*_KEYS, "file"], keep="first", maintain_order=True)
    names = _judges(tables)
    found = [
        one
        for files in rows.partition_by("run", "dataset", maintain_order=True)
        for one in _of_run(files, names)
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def judges_report(tables: Tables, samples: pl.DataFrame) -> Report:
    """`agreements`, with the runs' labels as ``run``."""
    found = agreements(tables, samples)
    frame = found.rename({"run": "key"}).with_columns(
        run=pl.col("key").replace_strict(tables.labels, default=None, return_dtype=pl.String)
    )
    texts = [Column(name) for name in ("dataset", "judge_a", "judge_b", "verdicts")]
    scores = [Column(name, "score", scale=1) for name in ("mean_a", "mean_b", "equal")]
    numbers = [Column(name, "score") for name in ("mean_abs_delta", "pearson")]
    kappa = Column("kappa", "score", low="low", high="high")
    ends = [Column(name, "score", is_data=True) for name in ("low", "high")]
    return Report(
        name="judges",
        title="agreement of judges",
        frame=frame,
        columns=(
            Column("run", keys="key"),
            *texts,
            Column("n", "count"),
            *scores,
            kappa,
            *ends,
            *numbers,
            Column("unparsed", "count"),
            *(Column(name, is_data=True) for name in ("file_a", "file_b")),
        ),
        notes=_notes(found),
        empty="No answers were judged by several judges.",
    )


def agreement_facts(tables: Tables, samples: pl.DataFrame, run: str) -> dict[str, str]:
    """How far the judges of a run agree, by name, in a sentence each two of them."""
    facts: dict[str, str] = {}
    for one in agreements(tables, samples.filter(run=run)).iter_rows(named=True):
        name = f"judges agree, {one['verdicts']}"
        number = sum(fact.startswith(name) for fact in facts)
        facts[f"{name}, {number + 1}" if number else name] = _words(one)
    return facts


def _words(one: dict[str, Any]) -> str:
    parts = [f"{100 * one['equal']:.1f} % of {one['n']:,}"]
    if one["kappa"] is not None:
        of = "kappa" if one["verdicts"] == _BINARY else "weighted kappa"
        parts.append(f"{of} {one['kappa']:.3f}")
    if one["mean_abs_delta"] is not None:
        parts.append(f"mean |Δ| {one['mean_abs_delta']:.3f}")
    return f"{', '.join(parts)}: {one['judge_a']} and {one['judge_b']}"


def _judges(tables: Tables) -> dict[tuple[str, str, str | None], str]:
    """Who judged, by run, dataset and filter."""
    known = tables.scores.filter(pl.col("method").is_not_null())
    rows = known.select("run", "dataset", "filter", "method").unique(keep="first")
    return {(run, dataset, word): judge for run, dataset, word, judge in rows.iter_rows()}


def _of_run(
    rows: pl.DataFrame, names: dict[tuple[str, str, str | None], str]
) -> Iterator[tuple[Any, ...]]:
    """Each two files of a run that hold verdicts on the same answers."""
    files = {}
    for part in rows.partition_by("file", maintain_order=True):
        run, dataset, word, path = part.select("run", "dataset", "filter", "file").row(0)
        judge = names.get((run, dataset, word)) or word or Path(path).name
        files[path] = (word is not None, judge, part)
    ordered = sorted(files.items(), key=lambda item: item[1][:2])
    for place, (path, (_, judge, part)) in enumerate(ordered):
        for other_path, (_, other_judge, other) in ordered[place + 1 :]:
            both = part.join(other, on=_KEYS, nulls_equal=True, suffix="_b")
            is_parsed = (pl.col("status") != "unparsed") & (pl.col("status_b") != "unparsed")
            kept = both.filter(is_parsed)
            if kept.height:
                key = part["run"][0], part["dataset"][0], judge, other_judge
                lost = both.height - kept.height
                yield *key, *_figures(kept), lost, path, other_path


def _figures(both: pl.DataFrame) -> tuple[str | int | float | None, ...]:
    """The columns of `SCHEMA` from ``verdicts`` to ``pearson``."""
    one, other = both["score"].to_numpy(), both["score_b"].to_numpy()
    means = (float(one.mean()), float(other.mean()))
    if both.select(pl.col("score", "score_b").is_in([0.0, 1.0]).all()).row(0) == (True, True):
        share, kappa, (low, high) = agreement(one, other)
        known = map(_known, (share, kappa, low, high))
        return _BINARY, both.height, *means, *known, None, None
    apart = abs(one - other)
    equal = float((apart <= _TOLERANCE).mean())
    weighted, together = _known(quadratic_kappa(one, other)), _known(pearson(one, other))
    apart_by = float(apart.mean())
    return _GRADED, both.height, *means, equal, weighted, None, None, apart_by, together


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number


def _notes(found: pl.DataFrame) -> tuple[Note | str, ...]:
    notes: list[Note | str] = []
    verdicts: Sequence[str] = found["verdicts"].unique().to_list()
    if _BINARY in verdicts:
        notes.append(
            Note(
                "Right or wrong: Cohen's kappa, what is left of the agreement when chance is taken "
                "out; 95 % interval of Fleiss, Cohen and Everitt."
            )
        )
    if _GRADED in verdicts:
        notes.append(Note("Graded: kappa with quadratic weights, Pearson's correlation, mean |Δ|."))
    lost = Count(int(found["unparsed"].sum()), "verdict")
    if lost.number:
        notes.append(Note("Left out: {lost} that could not be parsed.", lost=lost))
    return tuple(notes)
