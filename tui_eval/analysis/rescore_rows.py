"""Which answers of a run a filter is tried on: one row a question, whatever filters it had."""

from __future__ import annotations

import polars as pl

QUESTION = ("category", "sample")


def answers_to_try(
    rows: pl.DataFrame,
    run: str,
    questions: pl.DataFrame,
    metric: str | None,
    filters: tuple[str | None, ...],
) -> pl.DataFrame:
    """The first answers of a run to some questions, and the scores that they have.

    Args:
        rows: Schema `tables.SAMPLES`, of one dataset.
        run: Key of the run.
        questions: ``category`` and ``sample`` of the questions, in the order that is wanted.
        metric: Whose scores are wanted; rows of another one where the run has none of it.
        filters: Whose scores are wanted: the first of them that the run has; else of its first.

    Returns:
        ``id, category, sample, file, place, item, filter, score`` (raw scale), one row a question.
    """
    own = rows.filter(pl.col("run") == run)
    known = own["filter"].unique(maintain_order=True).to_list()
    wanted = next((one for one in filters if one in known), next(iter(known), None))
    own = own.filter(pl.col("filter").eq_missing(pl.lit(wanted, pl.String)))
    if metric is not None and (own["metric"] == metric).any():
        own = own.filter(pl.col("metric") == metric)
    firsts = own.sort("attempt", maintain_order=True).unique(
        QUESTION, keep="first", maintain_order=True
    )
    facts = ("id", "file", "place", "item", "filter", "score")
    return (
        questions.select(QUESTION)
        .join(
            firsts.select(*QUESTION, *facts), on=QUESTION, nulls_equal=True, maintain_order="left"
        )
        .select("id", *QUESTION, *facts[1:])
    )
