"""What is known of a run beside its scores, and in what two runs differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from tui_eval.analysis.files import run_states
from tui_eval.analysis.guard import (
    ORDER,
    PROOFS,
    Difference,
    differences,
    place_of,
    setting_words,
    several,
    value_words,
)
from tui_eval.analysis.report import ROLE, Column, Report
from tui_eval.analysis.selection import is_whole, metrics
from tui_eval.records import NONE, QUESTIONS, STDERR, UNROUNDED
from tui_eval.tables import Tables

_FACTS = ("model", "timestamp", "harness", "version", "variant", "state", "duration")
_OF_FILES = ("path", "sample_files")
EQUAL = "="
"""What stands in the place of a value that is the same as the one before it."""

UNKNOWN = "not recorded"
"""What stands in the place of a value that no file tells: neither the same nor another."""


class _Facts(NamedTuple):
    """What is known of a run, by name: how it was made, what it is, and parts that are closed."""

    how: Mapping[str, str]
    facts: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]


def facts_report(
    tables: Tables,
    run: str,
    dataset: str | None = None,
    *,
    files: pl.DataFrame | None = None,
    scores: Mapping[str, str] | None = None,
) -> Report:
    """One row a ``fact`` of a run, with its ``value``; ``role`` tells groups and what is in them.

    What is known of its score comes first, how the run was made next, then what it is and its
    notes, and at last the groups of files and of the configuration, whose objects are told apart by
    dots in the name of the fact; secrets were removed when it was read.

    Args:
        tables: The run.
        run: Its key.
        dataset: How it was asked is told; None: how all of them were.
        files: What was looked at (schema `collection.FILES`), where it is known: ``state`` and
            ``lacks`` are what the list of runs says.
        scores: What is known of its score (`score_facts`); None: it is not told.
    """
    found = _facts(tables, run, dataset, files)
    rows: list[tuple[str, ...]] = [
        ("row", *fact) for facts in (scores or {}, found.how, found.facts) for fact in facts.items()
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
    metric: tuple[str, str | None] | None = None,
    samples: pl.DataFrame | None = None,
    files: pl.DataFrame | None = None,
    names: tuple[str, str] = ("first", "second"),
    shows_equal: bool = False,
) -> Report:
    """One row a ``fact`` in which two runs differ, with the value of each; null: it has none.

    What the guard says of a comparison comes first (`guard.differences`), what matters most above;
    then all else that is known of them, in the order of `facts_report`.

    Args:
        tables: Both runs.
        first: The run at the left.
        second: The run at the right.
        dataset: What they are compared on; None: all that both have.
        metric: Name and filter of the metric in which they are; None: the first of each dataset.
        samples: Their answers, where they were read.
        files: What was looked at, as for `facts_report`.
        names: What the runs are called in the title.
        shows_equal: Whether conditions that make no difference are there, too: where they are the
            same the second value is `EQUAL`.
    """
    one, other = (_facts(tables, run, dataset, files) for run in (first, second))
    rows: list[tuple[str | None, ...]] = []
    told: set[str] = set()
    for words, (left, right) in _guarded(tables, (first, second), dataset, metric, samples).items():
        told.add(words.rpartition(": ")[2])
        rows.append(("row", words, left, right))
    if shows_equal:
        for name in dict.fromkeys((*one.how, *other.how)):
            if _is_in(name, told):
                continue
            value, beside = one.how.get(name), other.how.get(name)
            rows.append(("row", name, value, EQUAL if value == beside else beside))
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


def _guarded(
    tables: Tables,
    runs: tuple[str, str],
    dataset: str | None,
    metric: tuple[str, str | None] | None,
    samples: pl.DataFrame | None,
) -> dict[str, tuple[str, str]]:
    """Differences by their words; of several datasets that differ in one, by dataset."""
    compared = list(_compared(tables, runs, dataset, metric))
    found: dict[Difference, list[_Place]] = {}
    for place in compared:
        for one in differences(tables, *place, *runs, samples):
            found.setdefault(one, []).append(place)
    rows: dict[str, tuple[str, str]] = {}
    for one in sorted(found, key=place_of):
        first, second = (
            UNKNOWN if value is None else value_words(value)
            for value in (one.baseline, one.candidate)
        )
        for words in _places(found[one], compared):
            rows[f"{words}{setting_words(one.name)}"] = first, second
    return rows


_Place = tuple[str, tuple[str, str | None]]
"""A dataset, and name and filter of a metric."""


def _compared(
    tables: Tables,
    runs: tuple[str, str],
    dataset: str | None,
    metric: tuple[str, str | None] | None,
) -> Iterator[_Place]:
    """What two runs are compared in: the metrics that both have, else the first there is."""
    if dataset is not None and metric is not None:
        yield dataset, metric
        return
    scores = tables.scores.filter(pl.col("run").is_in(runs))
    by_dataset = scores.group_by("dataset").agg(pl.col("run").n_unique())
    shared = sorted(by_dataset.filter(pl.col("run") == 2)["dataset"].to_list())
    for name in shared if dataset is None else [dataset]:
        own = [
            {(one.name, one.filter): None for one in metrics(scores.filter(run=run), name)}
            for run in runs
        ]
        both = [one for one in own[0] if one in own[1]]
        for chosen in both or list(own[0])[:1]:
            yield name, chosen


def _places(found: Sequence[_Place], compared: Sequence[_Place]) -> list[str]:
    """Where a difference is: in all that was compared, in datasets, or in metrics of one."""
    if len(found) == len(compared):
        return [""]
    places = []
    for dataset in dict.fromkeys(dataset for dataset, _ in found):
        own = [metric for name, metric in found if name == dataset]
        if len(own) == sum(name == dataset for name, _ in compared):
            places.append(f"{dataset}: ")
        else:
            places += [f"{dataset}, {', '.join(filter(None, metric))}: " for metric in own]
    return places


def _is_in(name: str, told: set[str]) -> bool:
    """Whether a condition, or what it is a part of, was told before."""
    return any(part in told for part in name.split(": "))


def _differing(
    role: str, one: Mapping[str, str], other: Mapping[str, str]
) -> Iterator[tuple[str | None, ...]]:
    for name in dict.fromkeys((*one, *other)):
        if one.get(name) != other.get(name):
            yield role, name, one.get(name), other.get(name)


def _facts(tables: Tables, run: str, dataset: str | None, looked_at: pl.DataFrame | None) -> _Facts:
    row = tables.runs.row(by_predicate=pl.col("run") == run, named=True)
    if looked_at is not None:
        row |= run_states(tables, looked_at).row(by_predicate=pl.col("run") == run, named=True)
    facts = _again(row["parent"], row["recipe"])
    facts |= {name: str(row[name]) for name in _FACTS if row[name] is not None}
    facts |= {"lacks": "; ".join(row["lacks"])} if row.get("lacks") else {}
    facts |= {f"note {number}": note for number, note in enumerate(row["notes"], start=1)}
    files = {name: str(row[name]) for name in _OF_FILES if row[name] is not None}
    files |= {f"file {number}": file for number, file in enumerate(row["files"], start=1)}
    config = dict(_flat("config", json.loads(row["config"])))
    parts = {"numbers in full": _in_full(tables, run, dataset)}
    parts |= {"files": files, "configuration": config}
    return _Facts(_how(tables, run, dataset), facts, parts)


def _in_full(tables: Tables, run: str, dataset: str | None) -> dict[str, str]:
    """All digits of the numbers over whole datasets, where a harness rounds on the way to them."""
    rows = tables.scores.filter(is_whole(), run=run)
    if dataset is not None:
        rows = rows.filter(dataset=dataset)
    if UNROUNDED not in rows["metric"]:
        return {}
    columns = ("dataset", "metric", "filter", "value", "origin", "n", "method")
    found = {}
    for of, metric, word, value, origin, n, method in rows.select(columns).iter_rows():
        name = ", ".join(part for part in (None if dataset else of, metric, word) if part)
        digits = f"{value:.15g}" if metric == UNROUNDED else repr(value)  # the last bit is noise
        known = (None if n is None else f"n {n:,}", method)
        found[name] = " · ".join([digits, origin, *filter(None, known)])
    return found


def _again(parent: str | None, recipe: str | None) -> dict[str, str]:
    """How the answers of a run were scored again, in words; nothing where they were not."""
    if parent is None or recipe is None:
        return {}
    told = json.loads(recipe)
    steps, metric = told["filter"], told["metric"]
    name = metric.pop("metric")
    of = [told["dataset"], told["category"], told["where"]]
    questions = f"{told['questions']:,}"
    return {
        "scored again from": parent,
        "scored again: filter": f"{steps['name']}: {_steps(steps['filter'])}",
        "scored again: metric": f"{name} ({_options(metric)})" if metric else name,
        "scored again: questions": f"{questions} of {', '.join(filter(None, of))}",
    }


def _steps(steps: Sequence[Mapping[str, object]]) -> str:
    words = []
    for step in steps:
        options = _options({key: one for key, one in step.items() if key != "function"})
        words.append(f"{step['function']} ({options})" if options else str(step["function"]))
    return ", ".join(words)


def _options(options: Mapping[str, object]) -> str:
    return ", ".join(
        f"{key} {one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)}"
        for key, one in options.items()
    )


def _how(tables: Tables, run: str, dataset: str | None) -> dict[str, str]:
    """How a run was made, by condition; of several datasets that differ in one, by dataset."""
    rows = tables.settings.filter(
        pl.col("run") == run, ~pl.col("name").is_in([QUESTIONS, STDERR, "question_set", *PROOFS])
    )
    scores = tables.scores.filter(run=run)
    if dataset is not None:
        rows = rows.filter(pl.col("dataset").is_null() | (pl.col("dataset") == dataset))
        scores = scores.filter(dataset=dataset)
    rows = rows.filter(
        pl.col("metric").is_null() | pl.col("metric").is_in(scores["metric"].unique().implode())
    )
    found: dict[str, dict[str | None, dict[str, list[str]]]] = {}
    columns = ("name", "dataset", "metric", "value")
    for name, of, metric, value in rows.select(columns).iter_rows():
        text = UNKNOWN if value is None else value_words(value)
        of_metrics = found.setdefault(name, {}).setdefault(of, {}).setdefault(text, [])
        if metric not in (None, text, *of_metrics):
            of_metrics.append(metric)
    told: dict[str, str] = {}
    for name in sorted(found, key=_place):
        values = {of: several(_of_metrics(texts)) for of, texts in found[name].items()}
        words = setting_words(name)
        if len(set(values.values())) == 1:
            told[words] = next(iter(values.values()))
        else:
            told |= {f"{of or 'all'}: {words}": value for of, value in values.items()}
    return told


def _of_metrics(found: Mapping[str, Sequence[str]]) -> list[str]:
    """Values with the metrics that they are of; that of the others says nothing beside them."""
    is_of_some = any(found.values())
    return [
        f"{text} ({', '.join(own)})" if own else text
        for text, own in found.items()
        if own or text != NONE or not is_of_some
    ]


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
