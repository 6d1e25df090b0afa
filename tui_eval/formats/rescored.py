"""Runs whose answers were scored again: what is known of how, and their scores.

Filters and metrics are those of lm-evaluation-harness, and so are their names, their units and the
conditions that they are; results in its layout say the same when they are read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from tui_eval.formats.conditions import Condition, settings_of
from tui_eval.formats.lm_eval.conditions import scored_by
from tui_eval.formats.lm_eval.metrics import direction_of, unit_by_name
from tui_eval.formats.values import as_mapping
from tui_eval.records import NONE, Filter, FilterStep, Metric, Run, ScoredBy, Setting

_REPLACED = ("filter", "metric_definition", "task_hash")
"""Settings of a run that say nothing of one whose answers were scored again."""

_METRIC = "metric_definition"
_KIND = f"{_METRIC}.output_type"

Place: TypeAlias = tuple[str, str | None]
"""Dataset and category, as the harness names them."""


class Recipe(NamedTuple):
    """How answers were scored again.

    Attributes:
        filter: What was scored of the responses.
        metric: How.
        dataset: Which answers, as the parent shows them.
        category: Of which category; None: of all.
        where: The condition that its questions met; empty: all of them.
        questions: How many there were.
        differs: Whether other categories have a filter of this name, or options of this metric, of
            their own.
    """

    filter: Filter
    metric: ScoredBy
    dataset: str
    category: str | None = None
    where: str = ""
    questions: int = 0
    differs: bool = False

    @property
    def text(self) -> str:
        """As `Run.recipe` has it."""
        facts = self._asdict() | {
            "filter": filter_entry(self.filter),
            "metric": metric_entry(self.metric),
        }
        return json.dumps(facts, ensure_ascii=False)


def read_recipe(text: str | None) -> Recipe | None:
    """What a run says of how it was made; None: it does not."""
    try:
        return recipe_of(json.loads(text or ""))
    except (ValueError, RecursionError):
        return None


def recipe_of(value: object) -> Recipe | None:
    """What a file says of how a run was made; None: it is no recipe."""
    told = as_mapping(value)
    try:
        steps, metric = as_mapping(told["filter"]), dict(as_mapping(told["metric"]))
        made = [_step(as_mapping(step)) for step in steps["filter"]]  # type: ignore[attr-defined]
        category = told.get("category")
        return Recipe(
            Filter(str(steps["name"]), tuple(made)),
            ScoredBy(str(metric.pop("metric")), metric),
            str(told["dataset"]),
            None if category is None else str(category),
            str(told.get("where", "")),
            int(told.get("questions", 0)),  # type: ignore[call-overload]
            bool(told.get("differs", False)),
        )
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _step(told: Mapping[str, Any]) -> FilterStep:
    return FilterStep(str(told["function"]), {k: v for k, v in told.items() if k != "function"})


def filter_entry(one: Filter) -> dict[str, object]:
    """A filter as an item of ``filter_list``."""
    steps = [{"function": step.function, **step.options} for step in one.steps]
    return {"name": one.name, "filter": steps}


def metric_entry(one: ScoredBy) -> dict[str, object]:
    """A metric as an item of ``metric_list``."""
    return {"metric": one.metric, **one.options}


def metric_of(recipe: Recipe) -> Metric:
    """The metric of its scores, as results in the layout of lm-evaluation-harness have it."""
    name = recipe.metric.metric
    word = None if recipe.filter.name == NONE else recipe.filter.name
    return Metric(name, word, unit_by_name(name) or "fraction", direction_of(name, {}))


def settings_again(
    run: Run,
    recipes: Mapping[Place, Recipe],
    *,
    has_own_metric: bool,
) -> tuple[Setting, ...]:
    """The conditions of a run whose answers were scored again.

    Args:
        run: The one that gave the answers.
        recipes: How they were scored, by dataset and category as the harness names them.
        has_own_metric: Whether the run itself scores its answers so.
    """
    datasets = {dataset for dataset, _ in recipes}
    metrics = {None, *(recipe.metric.metric for recipe in recipes.values())}
    kept = [
        one
        for one in run.settings
        if one.dataset in {None, *datasets}
        and (
            one.name.partition(".")[0] not in _REPLACED
            or one.name == _KIND
            or (has_own_metric and one.name == _METRIC and one.metric in metrics)
        )
    ]
    again = settings_of(_again(recipes))
    return (*kept, *(one for one in again if not (has_own_metric and one.name == _METRIC)))


def _again(recipes: Mapping[Place, Recipe]) -> Iterator[Condition]:
    for (dataset, category), recipe in recipes.items():
        task = {
            "metric_list": [metric_entry(recipe.metric)],
            "filter_list": [filter_entry(recipe.filter)],
        }
        yield from scored_by(dataset, category, task)
