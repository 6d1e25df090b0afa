"""Scores of Lighteval: one row a task and metric, with what its configuration says of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeGuard

from tui_eval.files.strings import clean_str
from tui_eval.formats.lighteval.keys import Key, dataset_names, parse_key
from tui_eval.formats.lighteval.metrics import (
    MetricConfig,
    Metrics,
    direction_of,
    is_right_or_wrong,
    metrics_of,
    unit_of,
)
from tui_eval.formats.values import as_mapping, as_number, kind
from tui_eval.records import Metric, ScoreColumns, Task, Unit

STDERR_ENDING = "_stderr"

ALL_TASKS = "all"

_MOST_QUESTIONS = 10**9


class TaskRow(NamedTuple):
    """A task, or the average over the subsets of one, with its numbers."""

    key: Key
    numbers: Mapping[str, object]
    config: Mapping[str, object]


class TaskFacts(NamedTuple):
    """What is needed beside a row to read its numbers."""

    names: Mapping[Key, str]
    metrics: Mapping[Key, Metrics]
    units: Mapping[str, Unit | None]
    questions: Mapping[Key, int | None]
    repeats: int | None


def task_rows(whole: Mapping[str, object], notes: list[str]) -> Iterator[TaskRow]:
    """The rows of ``results`` that are tasks or averages over subsets of one."""
    results = whole.get("results")
    if not isinstance(results, Mapping):
        notes.append(f"results is {kind(results)}")
        return
    configs = as_mapping(whole.get("config_tasks"))
    for written, numbers in results.items():
        key = parse_key(written)
        if written == ALL_TASKS:
            continue
        if isinstance(numbers, Mapping):
            yield TaskRow(key, numbers, _task_config(configs, written))
        else:
            notes.append(f"{key.written}: {kind(numbers)} instead of scores")


def _task_config(configs: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The task's configuration; up to 0.10 its key has no shots, before 0.1 it is a mere text."""
    return as_mapping(configs.get(key, configs.get(key.rpartition("|")[0])))


def read_scores(rows: Iterable[TaskRow], facts: TaskFacts, notes: list[str]) -> ScoreColumns:
    """The scores of all rows; what is not a number is added to ``notes``."""
    scores = ScoreColumns()
    for row in rows:
        key, total = row.key, row.config.get("original_num_docs")
        task = Task(
            facts.names[key],
            key.category,
            n=facts.questions[key],
            repeats=None if key.is_average else facts.repeats,
            method=key.method,
            total=total if _is_count(total) and not key.is_average else None,
        )
        for name in metric_names(row):
            shown, written = clean_str(name) or "", row.numbers[name]
            value = as_number(written)
            if value is None:
                notes.append(f"{key.written}: {shown} is {kind(written)}")
            higher = direction_of(shown, facts.metrics[key])
            metric = Metric(shown, unit=facts.units[name], higher_is_better=higher)
            scores.add(task, metric, value, _stderr(row, name, notes))
    return scores


def metric_names(row: TaskRow) -> Iterator[str]:
    """Names of the metrics of a row, standard errors left out."""
    return (name for name in row.numbers if not name.endswith(STDERR_ENDING))


def _stderr(row: TaskRow, metric: str, notes: list[str]) -> float | None:
    """The standard error beside a metric: absent for one question or without bootstrap."""
    name = metric + STDERR_ENDING
    written = row.numbers.get(name)
    value = as_number(written)
    if value is not None and value >= 0:
        return value
    if written is not None:
        what = "negative" if value is not None else kind(written)
        notes.append(f"{row.key.written}: {clean_str(name)} is {what}")
    return None


def task_facts(rows: list[TaskRow], general: Mapping[str, object], notes: list[str]) -> TaskFacts:
    """What is needed beside the rows to read their numbers."""
    seeds = general.get("num_fewshot_seeds")
    repeats = seeds if _is_count(seeds) and seeds > 1 else None
    metrics = _row_metrics(rows)
    whole = general.get("max_samples") is None
    questions = {
        row.key: _questions(row, metrics[row.key], whole=whole, repeated=repeats is not None)
        for row in rows
    }
    return TaskFacts(
        dataset_names(row.key for row in rows), metrics, _units(rows, notes), questions, repeats
    )


def _row_metrics(rows: list[TaskRow]) -> dict[Key, Metrics]:
    """What is known of each row's metrics; an average knows what its subsets know."""
    known = {row.key: metrics_of(row.config) for row in rows}
    subsets: dict[object, dict[str, MetricConfig]] = defaultdict(dict)
    for key, metrics in known.items():
        subsets[key.dataset, key.setting].update(metrics)
    return {
        key: subsets[key.dataset, key.setting] if key.is_average else metrics
        for key, metrics in known.items()
    }


def _questions(row: TaskRow, metrics: Metrics, *, whole: bool, repeated: bool) -> int | None:
    """How many questions a task has: as written up to 0.10, else from its right-or-wrong metrics.

    Args:
        row: The task; an average has no number of its own.
        metrics: What is known of its metrics.
        whole: No limit was set, so that the size of the data set will do.
        repeated: Questions count several times in the standard error.
    """
    if row.key.is_average:
        return None
    effective, original = (
        row.config.get(f"{which}_num_docs") for which in ("effective", "original")
    )
    if _is_count(effective):
        return effective
    if whole and _is_count(original):
        return original
    found = set() if repeated else set(_exact_questions(row, metrics))
    return found.pop() if len(found) == 1 else None


def _exact_questions(row: TaskRow, metrics: Metrics) -> Iterator[int]:
    """Numbers of questions from which a metric's value and standard error follow exactly.

    The variance of n right-or-wrong scores with mean p is p (1 - p) n / (n - 1), so that
    n = 1 + p (1 - p) / stderr². The mean of other scores may give a whole number by chance.
    """
    for name in metric_names(row):
        fact = metrics.get(name, MetricConfig())
        value, stderr = (
            as_number(row.numbers[name]),
            as_number(row.numbers.get(name + STDERR_ENDING)),
        )
        if not is_right_or_wrong(name) or fact.is_mean is False:
            continue
        if value is None or stderr is None or not 0 < value < 1 or stderr <= 0:
            continue
        count = 1 + value * (1 - value) / stderr / stderr
        if count < _MOST_QUESTIONS and _is_whole(count) and _is_whole(value * count):
            yield round(count)


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def _is_count(value: object) -> TypeGuard[int]:
    """Whether it is a number of things; -1 is written for a number that nobody counted."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST_QUESTIONS


def _units(rows: list[TaskRow], notes: list[str]) -> dict[str, Unit | None]:
    """The unit of each metric, the same in the whole run: by its name, else by its values.

    None: these do not tell it.
    """
    values = defaultdict(list)
    for row in rows:
        for name in metric_names(row):
            values[name].append(as_number(row.numbers[name]))
    return {name: unit_of(name, numbers, notes) for name, numbers in values.items()}
