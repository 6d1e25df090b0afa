"""What was found: every file that was looked at, and every run."""

from __future__ import annotations

import polars as pl

from tui_eval.analysis.report import Column, Kind, Report, plural
from tui_eval.tables import Tables


def files_report(files: pl.DataFrame) -> Report:
    """Every file that was looked at: read, skipped or refused, as what, and why.

    Args:
        files: ``path, state, what, runs, size, modified, place, reason``, one row a file.
    """
    counts = dict(files.group_by("state").len().iter_rows())
    told = [
        f"{counts[state]} {state}" for state in ("read", "refused", "skipped") if state in counts
    ]
    return Report(
        name="doctor",
        title=f"{plural(files.height, 'file')} looked at: {', '.join(told) or 'none'}",
        frame=files.select("path", "state", "what", "runs", "place", "reason"),
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
        ``model`` (a refused file's name), ``datasets`` (how many), ``date``, ``state`` (complete;
        partial: something was left out; refused), ``size`` (bytes), ``format``, ``folder`` (below
        ``folder``), then ``run`` and its ``key`` (null for a refused file), ``path`` and
        ``reason`` (what was left out or refused, and why).
    """
    folder = folder.rstrip("/")
    below = pl.col("path").str.starts_with(f"{folder}/") | (pl.col("path") == folder)
    inside = files.filter(below) if folder else files
    problem = pl.concat_str(pl.col("place") + pl.lit(": "), "reason").str.strip_prefix(": ")
    facts = inside.select("path", "size", "what", "state", problem.alias("reason"))
    rows = pl.concat([_run_rows(tables, facts), _refused_rows(facts)])
    parent = pl.col("path").str.strip_prefix(f"{folder}/").str.replace(r"/?[^/]*$", "")
    rows = rows.with_columns(parent.alias("folder"))
    if wanted:
        texts = pl.concat_str(
            "model", "date", "format", "state", "path", "reason", ignore_nulls=True
        )
        rows = rows.filter(texts.str.to_lowercase().str.contains(wanted.lower(), literal=True))
    shown = ("model", "datasets", "date", "state", "size", "format", "folder")
    kinds: dict[str, Kind] = {"datasets": "count", "size": "bytes"}
    names = (*shown, "run", "path", "key", "reason")
    return Report(
        name="runs",
        title=plural(rows["run"].count(), "run"),
        frame=rows.select(names),
        columns=tuple(Column(name, kinds.get(name, "text")) for name in names),
        empty="No results here." if not wanted else "No row holds this text.",
    )


def results_below(files: pl.DataFrame, folder: str) -> dict[str, int]:
    """How many files with results each folder directly in ``folder`` holds, at any depth."""
    prefix = f"{folder.rstrip('/')}/"
    found = files.filter((pl.col("state") == "read") & pl.col("path").str.starts_with(prefix))
    rest = found.select(rest=pl.col("path").str.strip_prefix(prefix)).filter(
        pl.col("rest").str.contains("/", literal=True)
    )
    counts = rest.group_by(pl.col("rest").str.split("/").list.first()).len()
    return dict(counts.iter_rows())


_ROW = pl.Schema(
    {
        "run": pl.String,
        "model": pl.String,
        "date": pl.String,
        "datasets": pl.Int64,
        "size": pl.Int64,
        "format": pl.String,
        "state": pl.String,
        "path": pl.String,
        "key": pl.String,
        "reason": pl.String,
    }
)


def _run_rows(tables: Tables, facts: pl.DataFrame) -> pl.DataFrame:
    counts = tables.scores.group_by("run").agg(datasets=pl.col("dataset").n_unique().cast(pl.Int64))
    reasons = pl.concat_list("notes", "reason").list.eval(pl.element().filter(pl.element() != ""))
    version = pl.col("version").fill_null("")
    return (
        tables.runs.join(facts.drop("state"), on="path", maintain_order="left")
        .join(counts, on="run", how="left", maintain_order="left")
        .with_columns(
            date=pl.col("timestamp"),
            reason=reasons.list.join("; "),
            format=pl.col("what").str.strip_suffix(" results") + " " + version,
        )
        .with_columns(
            state=pl.when(pl.col("reason") == "")
            .then(pl.lit("complete"))
            .otherwise(pl.lit("partial"))
        )
        .select(_ROW.names())
    )


def _refused_rows(facts: pl.DataFrame) -> pl.DataFrame:
    refused = facts.filter(state="refused").with_columns(
        model=pl.col("path").str.extract(r"([^/]*)$"), format=pl.col("what")
    )
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in _ROW.items() if name not in refused.columns
    ]
    return refused.with_columns(absent).select(_ROW.names())
