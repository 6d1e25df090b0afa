"""Which answers of a run are to questions on one passage: the column ``cluster``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from tui_eval.formats.index import Index
from tui_eval.formats.passages import clusters
from tui_eval.tables import INDEX, SAMPLES

_ASKED = ["dataset", "category", "question"]
_CLUSTERS = pl.Schema({"question": INDEX["question"], "cluster": SAMPLES["cluster"]})
_NOTHING = pl.DataFrame(schema=INDEX).select("question", "passages")


def with_clusters(answers: pl.DataFrame, indexes: Iterable[Index]) -> pl.DataFrame:
    """Answers of a run with their clusters, found for each dataset and category by itself.

    Args:
        answers: Schema `tables.ANSWERS`.
        indexes: Of the files that they are of: what those know of a question counts wherever the
            question is asked, so that the order of rows and files does not matter.
    """
    known = [_NOTHING, *(index.rows.select("question", "passages") for index in indexes)]
    told = pl.concat(known).drop_nulls().unique()
    asked = answers.select(_ASKED).unique().join(told, on="question")
    found = [joined for some in asked.partition_by("dataset", "category") for joined in _of(some)]
    if not found:
        return answers.with_columns(cluster=pl.lit(None, pl.UInt64))
    joined = pl.concat(found)
    return answers.join(joined, on=_ASKED, how="left", nulls_equal=True, maintain_order="left")


def _of(asked: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Those questions of a dataset and category that are on one passage with others."""
    found: dict[int, int] = clusters(asked.select("question", "passages").iter_rows())
    if found:
        joined = pl.DataFrame(list(found.items()), _CLUSTERS, orient="row")
        yield asked.select(_ASKED).unique().join(joined, on="question")
