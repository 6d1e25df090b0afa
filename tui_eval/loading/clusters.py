"""Which answers of a run are to questions on one passage: the column ``cluster``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from tui_eval.formats.index import Index
from tui_eval.formats.passages import clusters
from tui_eval.tables import INDEX, SAMPLES

_ASKED = ["dataset", "category", "question"]
_NOTHING = pl.DataFrame(schema=INDEX).select("question", "passages")
_CLUSTERS = pl.Schema({name: SAMPLES[name] for name in (*_ASKED, "cluster")})


def with_clusters(answers: pl.DataFrame, indexes: Iterable[Index]) -> pl.DataFrame:
    """Answers of a run with their clusters, found for each dataset and category by itself.

    Args:
        answers: Schema `tables.ANSWERS`.
        indexes: Of the files that they are of. What those know of a question counts wherever the
            run is asked it, so that the order of rows and files does not matter.
    """
    told = _told(indexes)
    questions = pl.Series(told.keys(), dtype=SAMPLES["question"])
    asked = answers.select(_ASKED).unique().filter(pl.col("question").is_in(questions.implode()))
    places: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for dataset, category, question in asked.iter_rows():
        places[dataset, category].append(question)
    found = [
        (*place, question, cluster)
        for place, own in places.items()
        for question, cluster in clusters((one, told[one]) for one in own).items()
    ]
    if not found:
        return answers.with_columns(cluster=pl.lit(None, SAMPLES["cluster"]))
    joined = pl.DataFrame(found, _CLUSTERS, orient="row")
    return answers.join(joined, on=_ASKED, how="left", nulls_equal=True, maintain_order="left")


def _told(indexes: Iterable[Index]) -> dict[int, bytes]:
    """What was kept of each question; a review and its prediction may not know the same fields."""
    known = [_NOTHING, *(index.rows.select("question", "passages") for index in indexes)]
    rows = pl.concat(known).drop_nulls()
    found: dict[int, bytes] = {}
    for question, kept in zip(rows["question"].to_list(), rows["passages"].to_list(), strict=True):
        found[question] = max(kept, found.get(question, b""))
    return found
