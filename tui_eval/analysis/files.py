"""What was found: every file that was looked at, and every run."""

from __future__ import annotations

import polars as pl

from tui_eval.analysis.comparability import of_unknown_questions
from tui_eval.analysis.notes import Count
from tui_eval.analysis.report import Column, Kind, Report
from tui_eval.analysis.selection import has_score
from tui_eval.tables import Tables


def files_report(files: pl.DataFrame) -> Report:
    """Every file that was looked at: read, skipped or refused, as what, and why.

    Args:
        files: Schema `collection.FILES`, one row a file.
    """
    counts = dict(files.group_by("state").len().iter_rows())
    reasons = pl.concat_list("reason", "notes").list.eval(pl.element().filter(pl.element() != ""))
    told = [
        f"{counts[state]} {state}" for state in ("read", "refused", "skipped") if state in counts
    ]
    return Report(
        name="doctor",
        title=f"{Count(files.height, 'file')} looked at: {', '.join(told) or 'none'}",
        frame=files.select(
            *("path", "state", "what", "runs", "place"), reason=reasons.list.join("; ")
        ),
        columns=(
            Column("path"),
            Column("state"),
            Column("what"),
            Column("runs", "count"),
            Column("place"),
            Column("reason"),
        ),
        empty="No file was found.",
    )


def runs_report(tables: Tables, files: pl.DataFrame, folder: str = "", wanted: str = "") -> Report:
    """One row a run, then one a refused file: what the Files screen shows.

    Args:
        tables: The runs.
        files: Every file that was looked at (schema `collection.FILES`).
        folder: Only what lies below this folder.
        wanted: Only rows that hold this text, whatever the case.

    Returns:
        ``model`` (a refused file's name), ``state`` (complete; limited: only some questions were
        to be asked; partial: something is missing; no report: answers without the harness's
        scores; refused), ``harness``, ``date``, ``version``,
        ``datasets`` and ``tasks`` (how many datasets and categories), ``questions`` (in all of
        them, where the harness says), ``samples`` (how many files of answers), ``size`` (bytes),
        ``folder`` (below ``folder``), then ``run`` (its label; null for a refused file), ``path``
        and ``reason`` (what was left out or refused, and why).
    """
    folder = folder.rstrip("/")
    below = pl.col("path").str.starts_with(f"{folder}/") | (pl.col("path") == folder)
    inside = files.filter(below) if folder else files
    problem = pl.concat_str(pl.col("place") + pl.lit(": "), "reason").str.strip_prefix(": ")
    facts = inside.select("path", "size", "what", "state", problem.alias("reason"))
    rows = pl.concat([_run_rows(tables, facts), _refused_rows(facts)])
    inner = pl.col("path").str.strip_prefix(f"{folder}/") if folder else pl.col("path")
    parent = inner.str.replace(r"/?[^/]*$", "")
    rows = rows.with_columns(parent.alias("folder"))
    if wanted:
        searched = ("model", "date", "harness", "version", "state", "path", "reason")
        texts = pl.concat_str(searched, separator=" ", ignore_nulls=True)
        rows = rows.filter(texts.str.to_lowercase().str.contains(wanted.lower(), literal=True))
    return Report(
        name="runs",
        title=str(Count(rows["run"].count(), "run")),
        frame=rows.select(*_SHOWN, "key"),
        columns=tuple(
            Column(name, _KINDS.get(name, "text"), keys="key" if name == "run" else None)
            for name in _SHOWN
        ),
        empty="No results here." if not wanted else "No row holds this text.",
    )


def results_below(files: pl.DataFrame, folder: str) -> dict[str, int]:
    """How many files with results each folder directly in ``folder`` holds, at any depth."""
    prefix = f"{folder.rstrip('/')}/"
    found = files.filter((pl.col("runs") > 0) & pl.col("path").str.starts_with(prefix))
    rest = found.select(rest=pl.col("path").str.strip_prefix(prefix)).filter(
        pl.col("rest").str.contains("/", literal=True)
    )
    counts = rest.group_by(pl.col("rest").str.split("/").list.first()).len()
    return dict(counts.iter_rows())


_SHOWN = (
    *("model", "state", "harness", "date", "version", "datasets", "tasks", "questions"),
    *("samples", "size", "folder", "run", "path", "reason"),
)
_KINDS: dict[str, Kind] = {
    "datasets": "count",
    "tasks": "count",
    "questions": "count",
    "samples": "count",
    "size": "bytes",
}
_TEXTS = ("run", "key", "model", "date", "state", "harness", "version", "path", "reason")
_NUMBERS = ("datasets", "tasks", "questions", "samples", "size")
_ROW = pl.Schema(
    [*((name, pl.String()) for name in _TEXTS), *((name, pl.Int64()) for name in _NUMBERS)]
)


def _run_rows(tables: Tables, facts: pl.DataFrame) -> pl.DataFrame:
    """A row for every run of which a file is among those of ``facts``."""
    files = tables.runs.select("run", path="files").explode("path").join(facts, on="path")
    told = files.group_by("run").agg(
        pl.col("size").sum(), problems=pl.col("reason").filter(pl.col("reason") != "")
    )
    losses = pl.concat_list("problems", pl.col("lacks").fill_null([]))
    broken = pl.col("state").is_in(["complete", "limited"]) & (losses.list.len() > 0)
    return (
        tables.runs.join(told, on="run", maintain_order="left")
        .join(_counts(tables.scores), on="run", how="left", maintain_order="left")
        .join(_lacking(tables), on="run", how="left", maintain_order="left")
        .with_columns(
            date=pl.col("timestamp"),
            reason=pl.concat_list("notes", losses).list.unique(maintain_order=True).list.join("; "),
            state=pl.when(broken).then(pl.lit("partial")).otherwise("state"),
            samples=pl.col("sample_files").cast(pl.Int64),
            run=pl.col("label"),
            key=pl.col("run"),
        )
        .select(_ROW.names())
    )


def _counts(scores: pl.DataFrame) -> pl.DataFrame:
    """How many datasets, categories and questions every run has; questions if all are known."""
    single = scores.filter(_is_there(), pl.col("repeat").is_null())
    tasks = single.group_by("run", "dataset", "category").agg(pl.col("n").max())
    known = pl.when(pl.col("n").is_not_null().all()).then(pl.col("n").sum())
    counted = tasks.group_by("run").agg(
        tasks=pl.len().cast(pl.Int64), questions=known.cast(pl.Int64)
    )
    datasets = scores.group_by("run").agg(datasets=pl.col("dataset").n_unique().cast(pl.Int64))
    return datasets.join(counted, on="run", how="left")


def _is_there() -> pl.Expr:
    """Whether a row is of a category that its run has: with a score, or with why there is none."""
    is_told = pl.col("value").is_not_null() | pl.col("status").is_not_null()
    return pl.col("category").is_not_null() & is_told


def _lacking(tables: Tables) -> pl.DataFrame:
    """What each run ``lacks`` that others have: categories of its datasets, in words."""
    is_known = ~pl.col("run").is_in(of_unknown_questions(tables).implode())
    is_required = ~pl.col("optional").fill_null(value=False)
    # what no run was scored in, none needs to have
    is_scored = has_score().any().over("dataset", "category")
    own = tables.scores.filter(_is_there(), is_required, is_known, is_scored)
    own = own.select("run", "dataset", "category").unique()
    whole = own.group_by("dataset").agg(whole=pl.col("category").n_unique())
    counts = own.group_by("run", "dataset").len().join(whole, on="dataset").sort("dataset")
    words = pl.format(
        "{}: {} of {} categories missing that others have",
        "dataset",
        pl.col("whole") - pl.col("len"),
        "whole",
    )
    fewer = counts.filter(pl.col("len") < pl.col("whole"))
    return fewer.group_by("run", maintain_order=True).agg(lacks=words)


def _refused_rows(facts: pl.DataFrame) -> pl.DataFrame:
    refused = facts.filter(state="refused").with_columns(
        model=pl.col("path").str.extract(r"([^/]*)$")
    )
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in _ROW.items() if name not in refused.columns
    ]
    return refused.with_columns(absent).select(_ROW.names())
