"""How lm-evaluation-harness scored a task: its filters and metrics, as its results have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tui_eval.files.strings import clean_str
from tui_eval.formats.kinds import kind_in
from tui_eval.formats.lm_eval.recorded import recorded
from tui_eval.formats.lm_eval.samples import place_of
from tui_eval.formats.lm_eval.tasks import tasks_of
from tui_eval.formats.values import as_count, as_mapping
from tui_eval.records import NONE, Filter, FilterStep, Run, Scored, ScoredBy, Scoring

_KINDS: Mapping[str, Scored] = MappingProxyType(
    {
        "generate_until": "generated",
        "multiple_choice": "multiple choice",
        "loglikelihood": "log-likelihood",
        "loglikelihood_rolling": "rolling",
    }
)

_METRICS: Mapping[Scored, tuple[str, ...]] = MappingProxyType(
    {
        "generated": ("exact_match",),
        "multiple choice": ("acc", "acc_norm"),
        "log-likelihood": ("perplexity", "acc"),
        "rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
    }
)
"""What is computed where a task names no metrics."""

_FUNCTIONS = frozenset(
    {
        *("regex", "multi_choice_regex", "take_first", "take_first_k", "majority_vote"),
        *("lowercase", "uppercase", "remove_whitespace", "map", "decontaminate"),
    }
)
"""Filters that can be computed of their options alone."""

_OF_SPANS = ("regex_pos", "format_span")
"""Filters of the harness's own that read parts of speech and names."""

_WORD = re.compile(r"[\w+-]+", re.ASCII)

_NO_OPTIONS = ("metric", "aggregation", "higher_is_better", "kwargs", "hf_evaluate")

_NOT_OF_A_STEP = ("function", "kwargs", "metric_list")

_NOTHING_TOLD = "no results beside the answers tell how they were scored"

_APART = (
    "its attempts were scored one by one, and stand in one row here: score the run it was made of"
)

_FIRST = Filter(NONE, (FilterStep("take_first"),))


def scoring(run: Run, dataset: str, category: str | None) -> Scoring:
    """How a task of a run was scored, by ``configs`` of the run's results.

    A task without filters has one, ``none``: the first response. Filters are named and listed as
    the results have them, their options are unchecked. ``metrics`` are those of ``metric_list``
    with what changes a value, else those that the harness takes for such a task.
    ``obstacle`` says that the task has code of its own, in its metrics or in all its filters: kind,
    filters and metrics are what results tell all the same. It also says that no results tell of the
    task: then the kind is that of its first answer, and nothing else is known.

    Args:
        run: The run, as its results were read.
        dataset: The group of tasks, or the task itself.
        category: The task; None: the dataset is one.
    """
    tasks = tasks_of(run.path, run.document)
    config = tasks.of(category or dataset, dataset)
    if not config:
        return Scoring(_kind_of_answers(run, category or dataset), obstacle=_NOTHING_TOLD)
    kind = _KINDS.get(str(config.get("output_type")), "generated")
    iterations = as_count(tasks.iterations)
    return Scoring(
        kind=kind,
        filters=tuple(_filters(config)),
        metrics=tuple(_metrics(config)) or tuple(map(ScoredBy, _METRICS[kind])),
        obstacle=_APART if (category or dataset) in tasks.apart else next(_obstacles(config), ""),
        iterations=Scoring().iterations if iterations is None else iterations,
    )


def _kind_of_answers(run: Run, task: str) -> Scored:
    """What the model gave back, by the first row of a file of a task's answers."""
    for file in run.samples:
        if place_of(run, file)[1] == task:
            return kind_in(file.path, recorded) or "generated"
    return "generated"


def _obstacles(config: Mapping[str, object]) -> Iterator[str]:
    """What the task's own code does, of which its files hold nothing that could be run."""
    if config.get("process_results"):
        yield "the task scores with code of its own (process_results), which is not run here"
    if config.get("class"):
        yield "the task is a program of its own (class), which is not in its files"
    unknown = [_unknown_step(one) for one in _filters(config)]
    if all(unknown):  # else the other filters can be used
        yield from unknown[:1]
    for entry in _entries(config.get("metric_list")):
        metric, how = entry.get("metric"), entry.get("aggregation")
        if not _is_word(metric):
            yield "the task computes a metric with its own code, which is not run here"
        elif how is not None and not _is_word(how):
            yield f"the task combines values of {metric} with its own code, which is not run here"
    if not isinstance(config.get("output_type"), str):
        yield "the results do not tell what kind of task it is (output_type)"


def _unknown_step(one: Filter) -> str:
    """Why a filter cannot be used here, in words; empty: it can."""
    for step in one.steps:
        if step.function in _OF_SPANS:
            return f"the filter {one.name} uses {step.function}, which is not computed here"
        if step.function not in _FUNCTIONS:
            code = f"is code of the task ({step.function}), which is not in its files"
            return f"the filter {one.name} {code}"
    return ""


def _filters(config: Mapping[str, object]) -> Iterator[Filter]:
    listed = _entries(config.get("filter_list"))
    if not listed:
        yield _FIRST
    for entry in listed:
        steps = tuple(map(_step, _entries(entry.get("filter"))))
        yield Filter(clean_str(entry.get("name")) or NONE, steps or _FIRST.steps)


def _step(entry: Mapping[str, object]) -> FilterStep:
    """0.5 has the options in an object of their own."""
    options = {name: value for name, value in entry.items() if name not in _NOT_OF_A_STEP}
    options |= as_mapping(entry.get("kwargs"))
    return FilterStep(clean_str(entry.get("function")) or "", options)


def _metrics(config: Mapping[str, object]) -> Iterator[ScoredBy]:
    for entry in _entries(config.get("metric_list")):
        metric = clean_str(entry.get("metric"))
        if metric is not None and _is_word(metric):
            options = {name: value for name, value in entry.items() if name not in _NO_OPTIONS}
            options |= as_mapping(entry.get("kwargs"))
            yield ScoredBy(metric, options)


def _entries(value: object) -> list[Mapping[str, object]]:
    return [as_mapping(one) for one in value] if isinstance(value, list) else []


def _is_word(value: object) -> bool:
    """Whether it is a name, and no source text of a function."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None
