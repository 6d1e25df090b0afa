"""What was found: every file that was looked at, and every run."""

from __future__ import annotations

import polars as pl

from tui_eval.analysis.comparability import of_unknown_questions
from tui_eval.analysis.files_filter import meets
from tui_eval.analysis.notes import Count, Note
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
        wanted: Only rows that meet this filter (`files_filter.meets`): its words are sought in all
            that a row says, and in the names of the run's datasets.

    Returns:
        ``model`` (a refused file's name), ``state`` (see `run_states`; or refused), ``harness``,
        ``date`` (see `written_date`), ``version``,
        ``datasets`` and ``tasks`` (how many datasets and categories), ``questions`` (in all of
        them, where the harness says), ``samples`` (how many files of answers), ``size`` (bytes),
        ``folder`` (below ``folder``), then ``run`` (its label; null for a refused file), ``path``
        and ``reason`` (what was left out or refused, and why).

    Raises:
        FilterError: The filter cannot be understood.
    """
    folder = folder.rstrip("/")
    rows = pl.concat([_run_rows(tables, files, folder), _refused_rows(_below(files, folder))])
    inner = pl.col("path").str.strip_prefix(f"{folder}/") if folder else pl.col("path")
    parent = inner.str.replace(r"/?[^/]*$", "")
    rows = rows.with_columns(parent.alias("folder"), inner=inner)
    if wanted:
        searched = ("model", "date", "harness", "version", "state", "run", "inner", "reason")
        texts = pl.concat_str(*searched, "names", separator=" ", ignore_nulls=True)
        rows = rows.filter(meets(wanted, texts, pl.col("date")))
    return Report(
        name="runs",
        title=str(Count(rows["run"].count(), "run")),
        frame=rows.select(*_SHOWN, "key"),
        columns=tuple(
            Column(name, _KINDS.get(name, "text"), keys="key" if name == "run" else None)
            for name in _SHOWN
        ),
        empty="No run meets the filter: Esc clears it, / changes it."
        if wanted
        else _nothing_below(files, folder),
    )


def _below(files: pl.DataFrame, folder: str) -> pl.DataFrame:
    below = pl.col("path").str.starts_with(f"{folder}/") | (pl.col("path") == folder)
    return files.filter(below) if folder else files


def nothing_found(files: pl.DataFrame) -> Note:
    """What is said where there are no runs at all: what was looked at, and which keys help."""
    refused = files.filter(state="refused").height
    looked = Count(files.height, "file")
    if refused:
        message = "No results in {files}: {refused} refused, 1 lists why; r reads them again."
        return Note(message, files=looked, refused=refused)
    message = "No results in {files}: 1 chooses another folder, r reads it again."
    return Note(message, files=looked)


def _nothing_below(files: pl.DataFrame, folder: str) -> Note:
    looked = Count(_below(files, folder).height, "file")
    message = "No results in {files} here: Backspace goes a folder up."
    return Note(message, files=looked)


def written_date(timestamp: pl.Expr) -> pl.Expr:
    """When a run was made in one form, ``2026-11-21 05:54``, whatever the harness writes.

    The time is the harness's own, of the machine that ran it; the day alone where there is no
    time; what is no date is left as it is.
    """
    found = timestamp.str.extract_groups(_DATE)
    day = pl.format("{}-{}-{}", *(found.struct.field(part) for part in ("year", "month", "day")))
    time = pl.format(" {}:{}", found.struct.field("hour"), found.struct.field("minute"))
    return pl.concat_str(day, time.fill_null("")).fill_null(timestamp)


_DATE = (
    r"^(?<year>\d{4})-?(?<month>\d\d)-?(?<day>\d\d)"
    r"(?:[T_ -](?<hour>\d\d)[:-]?(?<minute>\d\d))?(?:\D|\d\d(?:\D|$)|$)"
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
_TEXTS = (
    *("run", "key", "model", "date", "state", "harness", "version", "path", "reason", "names"),
)
_NUMBERS = ("datasets", "tasks", "questions", "samples", "size")
_ROW = pl.Schema(
    [*((name, pl.String()) for name in _TEXTS), *((name, pl.Int64()) for name in _NUMBERS)]
)


def run_states(tables: Tables, files: pl.DataFrame) -> pl.DataFrame:
    """How whole every run is: ``run, state, lacks``.

    ``state`` is complete; limited: only some questions were to be asked; partial: something is
    missing; no report: answers without the harness's scores. ``lacks`` lists what could not be
    read of its files, and what other runs have of its datasets.
    """
    facts = files.select("path", _problem())
    told = tables.runs.select("run", path="files").explode("path").join(facts, on="path")
    told = told.group_by("run").agg(problems=pl.col("reason").filter(pl.col("reason") != ""))
    losses = pl.concat_list(pl.col("problems", "lacks").fill_null([]))
    broken = pl.col("state").is_in(["complete", "limited"]) & (losses.list.len() > 0)
    return (
        tables.runs.select("run", "state")
        .join(told, on="run", how="left", maintain_order="left")
        .join(_lacking(tables), on="run", how="left", maintain_order="left")
        .select(
            "run", state=pl.when(broken).then(pl.lit("partial")).otherwise("state"), lacks=losses
        )
    )


def _problem() -> pl.Expr:
    """What is wrong with a file, and where in it."""
    problem = pl.concat_str(pl.col("place") + pl.lit(": "), "reason").str.strip_prefix(": ")
    return problem.alias("reason")


def _run_rows(tables: Tables, files: pl.DataFrame, folder: str) -> pl.DataFrame:
    """A row for every run of which a file is below a folder."""
    inside = _below(files, folder).select("path", "size")
    found = tables.runs.select("run", path="files").explode("path").join(inside, on="path")
    sizes = found.group_by("run").agg(pl.col("size").sum())
    reasons = pl.concat_list("notes", "lacks").list.unique(maintain_order=True)
    names = tables.scores.group_by("run").agg(names=pl.col("dataset").unique().sort().str.join(" "))
    return (
        tables.runs.drop("state")
        .join(sizes, on="run", maintain_order="left")
        .join(run_states(tables, files), on="run", how="left", maintain_order="left")
        .join(_counts(tables.scores), on="run", how="left", maintain_order="left")
        .join(names, on="run", how="left", maintain_order="left")
        .with_columns(
            date=written_date(pl.col("timestamp")),
            reason=reasons.list.join("; "),
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
    """What each run ``lacks`` that others of its harness have: categories of datasets, in words.

    Each harness has names of its own for them.
    """
    is_known = ~pl.col("run").is_in(of_unknown_questions(tables).implode())
    is_required = ~pl.col("optional").fill_null(value=False)
    # what no run was scored in, none needs to have
    is_scored = has_score().any().over("dataset", "category")
    own = tables.scores.filter(_is_there(), is_required, is_known, is_scored)
    harnesses = tables.runs.select("run", "harness")
    own = own.select("run", "dataset", "category").unique().join(harnesses, on="run")
    of = ["harness", "dataset"]
    whole = own.group_by(of).agg(whole=pl.col("category").n_unique())
    counts = own.group_by("run", *of).len().join(whole, on=of, nulls_equal=True).sort("dataset")
    words = pl.format(
        "{}: {} of {} categories missing that others have",
        "dataset",
        pl.col("whole") - pl.col("len"),
        "whole",
    )
    fewer = counts.filter(pl.col("len") < pl.col("whole"))
    return fewer.group_by("run", maintain_order=True).agg(lacks=words)


def _refused_rows(files: pl.DataFrame) -> pl.DataFrame:
    refused = files.filter(state="refused").with_columns(
        _problem(), model=pl.col("path").str.extract(r"([^/]*)$")
    )
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in _ROW.items() if name not in refused.columns
    ]
    return refused.with_columns(absent).select(_ROW.names())
