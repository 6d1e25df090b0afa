"""Runs that are made of other runs: their answers, scored again.

Such a run has the files of its parent and scores of its own. Its answers are those of the parent at
the same places, with another filter, score and state; nothing is read twice for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from typing import TypeVar

import polars as pl

from tui_eval.files.paths import path_text
from tui_eval.files.strings import clean_str
from tui_eval.formats.rescored import Place, Recipe, metric_of, settings_again
from tui_eval.loading.rescore import Names, Wish, filter_of, pooled, scored_by, scoring_of
from tui_eval.records import Answer, Run, SampleFile, ScoreColumns, ScoredBy, Task
from tui_eval.tables import RESCORED, Tables

T = TypeVar("T")

_WHERE = ("file", "place", "item")
_OF_FILTER = ("ok", "unparsed", "not scored")
"""States that say nothing but what a filter found; others are of the response itself."""

_ONCE = ("dataset", "category", "data_file", *_WHERE)


@dataclass(frozen=True, kw_only=True)
class DerivedRun(Run):
    """A run made of the answers of another one.

    Attributes:
        base: The run that gave the answers.
        scored: What came of them: schema `tables.RESCORED`, under the names of the harness.
        recipes: How each category was scored, by dataset and category under the same names.
    """

    base: Run = field(repr=False)
    scored: pl.DataFrame = field(repr=False, compare=False, hash=False)
    recipes: Mapping[Place, Recipe] = field(repr=False, compare=False, hash=False)

    def answers(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Its answers, of those of the run that gave them: the same columns."""
        metric = self.scored["metric"][0]
        word = self.scores.metrics[0].filter if self.scores else None
        again = self.scored.select(*_WHERE, "score", now="status")
        again = again.unique(_WHERE, maintain_order=True)
        asked = rows.unique(_ONCE, keep="first", maintain_order=True).drop("score")
        found = asked.join(again, on=_WHERE, how="inner", maintain_order="left")
        stays = ~pl.col("status").is_in(_OF_FILTER) & pl.col("now").is_in(_OF_FILTER)
        return found.with_columns(
            metric=pl.lit(metric, pl.String),
            filter=pl.lit(word, pl.String),
            status=pl.when(stays).then("status").otherwise("now"),
        ).select(rows.columns)

    def extracted(self, file: str, place: int, item: int) -> str | None:
        """What its filter took from an answer."""
        own = self.scored.filter(file=file, place=place, item=item)["extracted"]
        return None if own.is_empty() else own[0]

    def retold(self, answer: Answer, file: str, place: int, item: int) -> Answer:
        """The texts of an answer as this run has them."""
        return replace(answer, extracted=self.extracted(file, place, item))


def of(run: Run) -> Run:
    """The run that gave the answers of a run: itself, unless it is derived."""
    return run.base if isinstance(run, DerivedRun) else run


def derive(
    run: Run,
    label: str,
    written: Tables,
    shown: Tables,
    rows: pl.DataFrame,
    totals: pl.DataFrame,
    wish: Wish,
    metric: ScoredBy | None = None,
    *,
    category: str | None = None,
    where: str = "",
    asked: int | None = None,
    beside: str | None = None,
) -> DerivedRun:
    """A run of what was scored again with one filter.

    Args:
        run: The run that gave the answers.
        label: How it is shown.
        written: The tables, datasets as the harnesses name them.
        shown: The same rows, datasets under the names that a person gave them.
        rows: `rescore.Rescored.rows` of all that was scored, once it is whole.
        totals: `rescore.Rescored.totals`.
        wish: The filter whose rows and totals are taken, as it was asked for.
        metric: How they were scored; None: as the run scores them itself.
        category: The category to which that was limited.
        where: The condition to which it was limited.
        asked: Questions that the run has there, where only some were scored; None: all were.
        beside: A filter of the run: the new scores stand in the place of those that it gave, so
            that both are seen and compared side by side; None: by themselves.

    Raises:
        ValueError: There is no score in them, or none that could be told as one run's.
    """
    base = of(run)
    name = wish if isinstance(wish, str) else wish.name
    own = rows.filter(run=run.key, filter=name)
    told = totals.filter(
        pl.col("run") == run.key, pl.col("filter") == name, pl.col("value").is_not_null()
    )
    own = own.join(told, on="category", how="semi", nulls_equal=True, maintain_order="left")
    if own.is_empty():
        raise ValueError("nothing was scored")
    questions, dataset = own.select("category", "sample").n_unique(), str(own["dataset"][0])
    names = Names(written, shown)
    untried = own.height - int(own["is_tried"].fill_null(value=True).sum())
    if untried:
        raise ValueError(f"the filter was given up: {untried:,} answers were not tried")
    if told["metric"].n_unique() > 1:
        raise ValueError("its categories are scored in different metrics")
    parts = own["category"].unique(maintain_order=True).to_list()
    scorings = {
        names.written(run.key, dataset, one): scoring_of(base, names, dataset, one) for one in parts
    }
    recipes = {
        place: Recipe(filter_of(wish, one), used, dataset, category, where, questions)
        for place, one in scorings.items()
        if (used := scored_by(metric, one)) is not None
    }
    recipe = next(iter(recipes.values()))
    if any(one != recipe for one in recipes.values()):
        recipe = recipe._replace(differs=True)
    is_own = all(recipes[place].metric in one.metrics for place, one in scorings.items())
    scores = _scores(base, recipe, names, told, run.key, beside)
    is_part = asked is not None and questions < asked
    note = f"scored again on {questions} of {asked} questions" if is_part else ""
    digest = blake2b(recipe.text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
    facts = {one.name: getattr(base, one.name) for one in fields(Run)}
    facts |= {
        "identity": (*(base.identity or (str(base.path), str(base.document))), "again", digest),
        "samples": _files(base, own),
        "parent": label,
        "recipe": recipe.text,
        "state": "partial" if is_part else base.state,
        "notes": (note,) if note else (),
        "settings": settings_again(base, recipes, has_own_metric=is_own),
        "scores": scores,
        "copies": (),
    }
    scored = _written(own, names, run.key)
    return DerivedRun(**facts, base=base, scored=scored, recipes=recipes)


def _written(rows: pl.DataFrame, names: Names, run: str) -> pl.DataFrame:
    """Rows under the names of the harness."""
    shown = rows.select("dataset", "category").unique(maintain_order=True)
    known = [names.written(run, *place) for place in shown.iter_rows()]
    schema = {"of_dataset": pl.String, "of_category": pl.String}
    told = shown.hstack(pl.DataFrame(known, schema, orient="row"))
    joined = rows.join(told, on=shown.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(dataset="of_dataset", category="of_category").select(
        RESCORED.names()
    )


def _files(run: Run, rows: pl.DataFrame) -> tuple[SampleFile, ...]:
    """The files in which its answers are."""
    files = set(rows["file"].unique())
    return tuple(
        one for one in run.samples if {clean_str(str(one.path)), path_text(one.path)} & files
    )


def _scores(
    run: Run,
    recipe: Recipe,
    names: Names,
    totals: pl.DataFrame,
    key: str,
    beside: str | None = None,
) -> ScoreColumns:
    """Its scores: those of categories, and of the wholes of which the run has some."""
    tasks: dict[tuple[str, str | None], Task] = {}
    for task in run.scores.distinct_tasks():
        tasks.setdefault((task.dataset, task.category), task)
    metric = metric_of(recipe)
    metric = metric if beside is None else metric._replace(filter=beside)
    found = ScoreColumns()
    parts: list[tuple[Task, float, float | None]] = []
    columns = ("category", "value", "stderr", "n")
    rows = totals.select(columns).rows()
    is_alone = [row[0] for row in rows] == [None]
    for category, value, stderr, n in rows:
        if category is None and not is_alone:
            continue
        place = names.written(key, recipe.dataset, category)
        known = tasks.get(place, Task(*place))
        task = known._replace(n=n, origin="recomputed", unscored=None, status=None)
        parts.append((task, value, stderr))
        found.add(task, metric, value, stderr)
    if not is_alone:
        for whole, own in _wholes(run, parts):
            value, stderr = pooled(
                [one for _, one, _ in own],
                [task.n or 0 for task, _, _ in own],
                [one for _, _, one in own],
            )
            found.add(whole, metric, value, stderr)
    return found


def _wholes(
    run: Run, parts: Sequence[tuple[Task, float, float | None]]
) -> list[tuple[Task, list[tuple[Task, float, float | None]]]]:
    """Groups and datasets of which the run has a score, with the parts that are in each."""
    made: dict[tuple[str, str | None], tuple[Task, list[tuple[Task, float, float | None]]]] = {}
    for task in run.scores.distinct_tasks():
        if task.category is not None:
            continue
        own = [
            part
            for part in parts
            if part[0].dataset == task.dataset and _is_in(part[0].group, task.group)
        ]
        if own:
            tasks = [part[0] for part in own]
            totals = [one.total for one in tasks]
            whole = Task(
                task.dataset,
                group=task.group,
                n=sum(one.n or 0 for one in tasks),
                repeats=_shared([one.repeats for one in tasks]),
                method=_shared([one.method for one in tasks]),
                origin="recomputed",
                total=None if None in totals else sum(filter(None, totals)),
            )
            made.setdefault((task.dataset, task.group), (whole, own))
    return list(made.values())


def _shared(values: Sequence[T | None]) -> T | None:
    """What all have in common; None: they differ."""
    return values[0] if len(set(values)) == 1 else None


def _is_in(group: str | None, outer: str | None) -> bool:
    """Whether a group is another one, or in it; all are in the dataset."""
    return outer is None or group == outer or (group or "").startswith(f"{outer} › ")
