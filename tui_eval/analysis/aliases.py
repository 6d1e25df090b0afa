"""Which datasets of different harnesses mean the same: only those of which a person says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import polars as pl

from tui_eval.analysis.notes import Names, Note
from tui_eval.analysis.selection import metrics
from tui_eval.records import Alias, DatasetName
from tui_eval.tables import Tables

_ALIASES = {
    **dict.fromkeys(("hendryckstest", "hendrycksmmlu", "mmlufewshot"), "mmlu"),
    **dict.fromkeys(("arcc", "aichallenge", "ai2arcchallenge"), "arcchallenge"),
    **dict.fromkeys(("arce", "ai2arceasy"), "arceasy"),
    "gsm8kmain": "gsm8k",
    "bigbenchhard": "bbh",
    "hendrycksmath": "math",
    "cevalvalid": "ceval",
    "openbookqa": "obqa",
}


def members(tables: Tables) -> tuple[DatasetName, ...]:
    """The datasets of every harness, by name."""
    return tables.once(members, lambda: _members(tables))


def _members(tables: Tables) -> tuple[DatasetName, ...]:
    pairs = tables.scores.select("run", "dataset").unique()
    found = pairs.join(tables.runs.select("run", "harness"), on="run")
    unique = found.select("dataset", "harness").unique().sort("dataset", "harness")
    return tuple(DatasetName(harness, dataset) for dataset, harness in unique.iter_rows())


def shown_names(found: Sequence[DatasetName], same: Sequence[Alias]) -> dict[DatasetName, str]:
    """What each dataset is called: with its harness, where others use the name for theirs."""
    together = {member: one.name for one in same for member in one_each(one.members)}
    present = [together.get(member, member.dataset) for member in found if member in together]
    apart = Counter(member.dataset for member in found if member not in together)
    return {
        member: together[member]
        if member in together
        else member.dataset
        if apart[member.dataset] == 1 and member.dataset not in present
        else f"{member.dataset} ({member.harness})"
        for member in found
    }


def alike(member: DatasetName, found: Sequence[DatasetName]) -> list[DatasetName]:
    """Datasets of other harnesses that obviously mean the same as this one, one of each."""
    wanted = _plain(member.dataset)
    others = [other for other in found if _plain(other.dataset) == wanted]
    others.sort(key=lambda other: other.dataset != member.dataset)  # the very name first
    return [other for other in one_each([member, *others]) if other.harness != member.harness]


def one_each(chosen: Sequence[DatasetName]) -> tuple[DatasetName, ...]:
    """The first dataset of each harness: two of one would be added up as if they were one."""
    return tuple({member.harness: member for member in reversed(chosen)}.values())[::-1]


def unified(tables: Tables, same: Sequence[Alias]) -> Tables:
    """The tables with datasets under the names of `shown_names`.

    Datasets that were said to be the same also share the name of their first metric, the one that
    the first of them has, where unit and direction are the same; and of their categories: without
    the dataset's name in front, and under the common name where a dataset has but one. All other
    metrics keep their own names. Of a harness the first dataset counts.
    """
    found = members(tables)
    same = [Alias(one.name, one_each(one.members)) for one in same]
    names = shown_names(found, same)
    together = [[member for member in one.members if member in names] for one in same]
    is_apart = all(len(present) < 2 for present in together)
    if is_apart and all(member.dataset == name for member, name in names.items()):
        return tables
    renamed = {"harness": pl.String, "dataset": pl.String, "shown": pl.String}
    rows = [(*member, name) for member, name in names.items()]
    frame = pl.DataFrame(rows, schema=renamed, orient="row")
    by = ["harness", "dataset"]
    scores = _with_harness(tables, tables.scores).join(frame, on=by, maintain_order="left")
    for one, present in zip(same, together, strict=True):
        if len(present) > 1:
            scores = _aligned(scores, one.name, present)
    columns = tables.scores.columns
    settings = _with_harness(tables, tables.settings)
    settings = settings.join(frame, on=by, how="left", maintain_order="left")
    return Tables(
        tables.runs,
        scores.with_columns(dataset="shown").select(columns),
        settings.with_columns(dataset=pl.coalesce("shown", "dataset")).select(
            tables.settings.columns
        ),
        step_pattern=tables.step_pattern,
    )


def _with_harness(tables: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.join(tables.runs.select("run", "harness"), on="run", maintain_order="left")


def _aligned(scores: pl.DataFrame, name: str, present: Sequence[DatasetName]) -> pl.DataFrame:
    """Give the members of one dataset the metric of the first, and categories that can meet."""
    firsts = []
    for member in present:
        own = scores.filter(harness=member.harness, dataset=member.dataset)
        firsts.append(metrics(own, member.dataset)[0])
    target = firsts[0]
    for member, first in zip(present, firsts, strict=True):
        is_own = (pl.col("harness") == member.harness) & (pl.col("dataset") == member.dataset)
        own = scores.filter(is_own)
        is_first = (
            is_own
            & (pl.col("metric") == first.name)
            & pl.col("filter").eq_missing(pl.lit(first.filter, pl.String))
        )
        taken = (target.name, target.filter) in [(one.name, one.filter) for one in metrics(own)]
        alike = (first.unit, first.higher_is_better) == (target.unit, target.higher_is_better)
        if alike and not taken:
            scores = scores.with_columns(
                metric=pl.when(is_first).then(pl.lit(target.name)).otherwise("metric"),
                filter=pl.when(is_first).then(pl.lit(target.filter, pl.String)).otherwise("filter"),
            )
        scores = scores.with_columns(
            category=pl.when(is_own).then(_category(own, member, name)).otherwise("category")
        )
    return scores


def _category(own: pl.DataFrame, member: DatasetName, name: str) -> pl.Expr:
    category = pl.col("category")
    if own["category"].drop_nulls().n_unique() == 1:
        return pl.when(category.is_not_null()).then(pl.lit(name))
    return category.str.strip_prefix(f"{member.dataset}_")


def names_note(tables: Tables, same: Sequence[Alias], dataset: str | None) -> Note | None:
    """Of which harnesses a shown dataset is, where of several, or what may be the same as it."""
    found = members(tables)
    names = shown_names(found, same)
    own = [member for member in found if names[member] == dataset]
    if len(own) > 1:
        message = "Side by side because you chose that they are the same (=): {datasets}."
        return Note(message, datasets=_named(own))
    others = alike(own[0], found) if own else []
    message = "Perhaps the same: {datasets}. = puts them side by side."
    return Note(message, datasets=_named(others)) if others else None


def _named(members: Sequence[DatasetName]) -> Names:
    message = "{dataset} of {harness}"
    notes = (Note(message, dataset=one.dataset, harness=one.harness) for one in members)
    return Names(tuple(notes), len(members))


def with_alias(same: Sequence[Alias], members: Sequence[DatasetName]) -> tuple[Alias, ...]:
    """What was said to be the same, and now these; a single one stands alone again."""
    members = one_each(members)
    chosen = set(members)
    rest = [
        Alias(one.name, tuple(member for member in one.members if member not in chosen))
        for one in same
    ]
    kept = [one for one in rest if len(one.members) > 1]
    fresh = [Alias(members[0].dataset, tuple(members))] if len(members) > 1 else []
    return (*kept, *fresh)


def _plain(dataset: str) -> str:
    """A name without what harnesses write differently."""
    plain = re.sub(r"[^a-z0-9]", "", dataset.casefold())
    return _ALIASES.get(plain, plain)
