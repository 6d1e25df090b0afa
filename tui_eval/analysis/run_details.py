"""What is known of a run beside its scores, and in what two runs differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.files import run_states
from tui_eval.analysis.guard import ORDER, PROOFS, setting_words, several, value_words
from tui_eval.analysis.report import ROLE, Column, Report
from tui_eval.records import QUESTIONS, STDERR
from tui_eval.tables import Tables

_FACTS = ("model", "timestamp", "harness", "version", "variant", "state", "duration")
_OF_FILES = ("path", "sample_files")
EQUAL = "="
"""What stands in the place of a value that is the same as the one before it."""


class _Facts(NamedTuple):
    """What is known of a run, by name: how it was made, what it is, and parts that are closed."""

    how: Mapping[str, str]
    facts: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]


def facts_report(
    tables: Tables, run: str, dataset: str | None = None, *, files: pl.DataFrame | None = None
) -> Report:
    """One row a ``fact`` of a run, with its ``value``; ``role`` tells groups and what is in them.

    How the run was made comes first, then what it is and its notes, and at last the groups of files
    and of the configuration, whose objects are told apart by dots in the name of the fact; secrets
    were removed when it was read.

    Args:
        tables: The run.
        run: Its key.
        dataset: How it was asked is told; None: how all of them were.
        files: What was looked at (schema `collection.FILES`), where it is known: ``state`` and
            ``lacks`` are what the list of runs says.
    """
    found = _facts(tables, run, dataset, files)
    rows: list[tuple[str, ...]] = [
        ("row", *fact) for facts in (found.how, found.facts) for fact in facts.items()
    ]
    for part, facts in found.parts.items():
        rows += [("group", part, f"{len(facts):,}")] if facts else []
        rows += [("inner", *fact) for fact in facts.items()]
    schema = {ROLE: pl.String, "fact": pl.String, "value": pl.String}
    return Report(
        name=f"run_{tables.labels[run]}",
        title=tables.labels[run],
        frame=pl.DataFrame(rows, schema=schema, orient="row"),
        columns=(Column("fact"), Column("value")),
        empty="Nothing is known of this run.",
    )


def difference_report(
    tables: Tables,
    first: str,
    second: str,
    dataset: str | None = None,
    *,
    files: pl.DataFrame | None = None,
    names: tuple[str, str] = ("first", "second"),
    shows_equal: bool = False,
) -> Report:
    """One row a ``fact`` in which two runs differ, with the value of each; null: it has none.

    In the order of `facts_report`.

    Args:
        tables: Both runs.
        first: The run at the left.
        second: The run at the right.
        dataset: How it was asked is told; None: how all were.
        files: What was looked at, as for `facts_report`.
        names: What the runs are called in the title.
        shows_equal: Whether conditions in which they do not differ are there, too: the second value
            is `EQUAL` then.
    """
    one, other = (_facts(tables, run, dataset, files) for run in (first, second))
    rows = list(_differing("row", one.how, other.how, shows_equal=shows_equal))
    rows += _differing("row", one.facts, other.facts)
    for part in one.parts:
        inner = list(_differing("inner", one.parts[part], other.parts[part]))
        rows += [("group", part, f"{len(inner):,} differ", "")] if inner else []
        rows += inner
    schema = {ROLE: pl.String, "fact": pl.String, "first": pl.String, "second": pl.String}
    labels = tables.labels
    return Report(
        name=f"runs_{labels[first]}_against_{labels[second]}",
        title=f"{names[0]}: {labels[first]} · {names[1]}: {labels[second]}",
        frame=pl.DataFrame(rows, schema=schema, orient="row"),
        columns=(Column("fact"), Column("first"), Column("second")),
        empty="The two runs differ in nothing but their scores.",
    )


def _differing(
    role: str, one: Mapping[str, str], other: Mapping[str, str], *, shows_equal: bool = False
) -> Iterator[tuple[str | None, ...]]:
    for name in dict.fromkeys((*one, *other)):
        first, second = one.get(name), other.get(name)
        if first != second:
            yield role, name, first, second
        elif shows_equal:
            yield role, name, first, EQUAL


def _facts(tables: Tables, run: str, dataset: str | None, looked_at: pl.DataFrame | None) -> _Facts:
    row = tables.runs.row(by_predicate=pl.col("run") == run, named=True)
    if looked_at is not None:
        row |= run_states(tables, looked_at).row(by_predicate=pl.col("run") == run, named=True)
    facts = {name: str(row[name]) for name in _FACTS if row[name] is not None}
    facts |= {"lacks": "; ".join(row["lacks"])} if row.get("lacks") else {}
    facts |= {f"note {number}": note for number, note in enumerate(row["notes"], start=1)}
    files = {name: str(row[name]) for name in _OF_FILES if row[name] is not None}
    files |= {f"file {number}": file for number, file in enumerate(row["files"], start=1)}
    config = dict(_flat("config", json.loads(row["config"])))
    return _Facts(_how(tables, run, dataset), facts, {"files": files, "configuration": config})


def _how(tables: Tables, run: str, dataset: str | None) -> dict[str, str]:
    """How a run was made, by condition; of several datasets that differ in one, by dataset."""
    rows = tables.settings.filter(
        pl.col("run") == run, ~pl.col("name").is_in([QUESTIONS, STDERR, *PROOFS])
    )
    if dataset is not None:
        rows = rows.filter(pl.col("dataset").is_null() | (pl.col("dataset") == dataset))
    found: dict[str, dict[str | None, dict[str, None]]] = {}
    columns = ("name", "dataset", "metric", "value")
    for name, of, metric, value in rows.select(columns).iter_rows():
        text = "not recorded" if value is None else value_words(value)
        text = text if metric in (None, text) else f"{metric}: {text}"
        found.setdefault(name, {}).setdefault(of, {})[text] = None
    told: dict[str, str] = {}
    for name in sorted(found, key=_place):
        values = {of: several(list(texts)) for of, texts in found[name].items()}
        words = setting_words(name)
        if len(set(values.values())) == 1:
            told[words] = next(iter(values.values()))
        else:
            told |= {f"{of or 'all'}: {words}": value for of, value in values.items()}
    return told


def _place(name: str) -> int:
    """What matters most to a comparison first."""
    root = name.partition(".")[0]
    return ORDER.index(root) if root in ORDER else len(ORDER)


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """An object's values with the names that lead to them, lists as JSON."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
