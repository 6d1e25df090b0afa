"""Categories that keep their folder where several data files of a run have one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import polars as pl


def distinct_categories(scores: pl.DataFrame) -> pl.DataFrame:
    """Rename categories that stand for several data files of one run, in all runs alike.

    Such a category becomes the file's path below the folder that all files of the dataset share,
    over all runs, without suffix: ``sub/astronomy``. Two rows of one file are numbered.
    """
    keys = ["run", "dataset", "category", "metric", "filter", "repeat"]
    is_category = pl.col("category").is_not_null()
    numbers = scores.lazy().filter(is_category).select(keys).collect()
    if numbers.hash_rows().n_unique() == numbers.height:
        return scores  # no two are the same: nearly always, and cheaper to find out than which
    files = scores.filter(is_category)
    counts = files.group_by(keys).len().filter(pl.col("len") > 1)
    clashing = counts.select("dataset", "category").unique().sort("dataset", "category")
    if clashing.is_empty():
        return scores
    pairs = list(clashing.iter_rows())
    return pl.concat(
        [
            scores.join(clashing, on=["dataset", "category"], how="anti"),
            *(_with_folders(files, scores, dataset, category) for dataset, category in pairs),
        ]
    )


def _with_folders(
    files: pl.DataFrame, scores: pl.DataFrame, dataset: str, category: str
) -> pl.DataFrame:
    rows = scores.filter(dataset=dataset, category=category)
    root = _common_folder(files.filter(dataset=dataset)["file"].unique().to_list())
    seen: Counter[tuple[object, ...]] = Counter()
    names = []
    for row in rows.select("run", "file", "metric", "filter", "repeat").iter_rows():
        name = _relative_stem(row[1], root, category)
        seen[row] += 1
        names.append(name if seen[row] == 1 else f"{name} ({seen[row]})")
    return rows.with_columns(category=pl.Series(names, dtype=pl.String))


def _common_folder(files: Sequence[str | None]) -> tuple[str, ...]:
    folders = [PurePosixPath(file).parent.parts for file in files if file]
    shared = []
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return tuple(shared)


def _relative_stem(file: str | None, root: tuple[str, ...], category: str) -> str:
    folders = PurePosixPath(file or "").parent.parts[len(root) :]
    return "/".join((*folders, category))
