"""What is known of a run beside its scores, and in what two runs differ."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

from tui_eval.analysis.files import run_states
from tui_eval.analysis.report import Column, Report
from tui_eval.tables import Tables

_FACTS = (
    *("model", "timestamp", "harness", "version", "variant", "state"),
    *("duration", "sample_files", "path"),
)


def facts_report(tables: Tables, run: str, files: pl.DataFrame | None = None) -> Report:
    """One row a ``fact`` of a run, with its ``value``: what the tables say, notes, configuration.

    Objects of the configuration are told apart by dots in the name of the fact; secrets were
    removed when it was read. ``files``: what was looked at (schema `collection.FILES`), where it is
    known: ``state`` and ``lacks`` are what the list of runs says.
    """
    rows = list(_facts(tables, run, files).items())
    return Report(
        name=f"run_{tables.labels[run]}",
        title=tables.labels[run],
        frame=pl.DataFrame(rows, schema={"fact": pl.String, "value": pl.String}, orient="row"),
        columns=(Column("fact"), Column("value")),
        empty="Nothing is known of this run.",
    )


def difference_report(
    tables: Tables, first: str, second: str, files: pl.DataFrame | None = None
) -> Report:
    """One row a ``fact`` in which two runs differ, with the value of each; null: it has none."""
    one, other = _facts(tables, first, files), _facts(tables, second, files)
    names = dict.fromkeys([*one, *other])
    rows = [(name, one.get(name), other.get(name)) for name in names]
    schema = {"fact": pl.String, "first": pl.String, "second": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Report(
        name=f"runs_{tables.labels[first]}_against_{tables.labels[second]}",
        title=f"first: {tables.labels[first]} · second: {tables.labels[second]}",
        frame=frame.filter(~pl.col("first").eq_missing(pl.col("second"))),
        columns=(Column("fact"), Column("first"), Column("second")),
        empty="The two runs differ in nothing but their scores.",
    )


def _facts(tables: Tables, run: str, files: pl.DataFrame | None) -> dict[str, str]:
    row = tables.runs.row(by_predicate=pl.col("run") == run, named=True)
    if files is not None:
        row |= run_states(tables, files).row(by_predicate=pl.col("run") == run, named=True)
    facts = {name: str(row[name]) for name in _FACTS if row[name] is not None}
    facts |= {"lacks": "; ".join(row["lacks"])} if row.get("lacks") else {}
    facts |= {f"file {number}": file for number, file in enumerate(row["files"], start=1)}
    facts |= {f"note {number}": note for number, note in enumerate(row["notes"], start=1)}
    return facts | dict(_flat("config", json.loads(row["config"])))


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """An object's values with the names that lead to them, lists as JSON."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
