"""Names that tell things apart: labels of runs, and categories that keep their folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePath, PurePosixPath

import polars as pl

from tui_eval.files.paths import path_text
from tui_eval.records import Run


def run_labels(runs: Sequence[Run]) -> list[str]:
    """A unique label for every run: ``model @ timestamp``, and more only where runs share that.

    What is added, in this order and as little as will do: the variant, the folders in which the
    files differ, the file's name, the number of the document in its file.
    """
    labels = [f"{run.model or '<unknown>'} @ {run.timestamp or '<no timestamp>'}" for run in runs]
    steps: tuple[Callable[[Sequence[Run]], list[str]], ...] = (
        lambda group: [run.variant or "" for run in group],
        lambda group: _distinct_folders([PurePath(path_text(run.path)) for run in group]),
        lambda group: [PurePath(path_text(run.path)).stem for run in group],
        lambda group: [f"#{run.document}" for run in group],
        lambda group: [path_text(run.path) for run in group],
    )
    for step in steps:
        shared = _shared(labels)
        if not shared:
            break
        for places in shared:
            additions = step([runs[place] for place in places])
            if len(set(additions)) > 1:
                for place, addition in zip(places, additions, strict=True):
                    labels[place] += f" ({addition})" if addition else ""
    return _numbered(labels)


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


def _numbered(labels: Sequence[str]) -> list[str]:
    """Labels that are still the same, as of a run that was added twice, get a number."""
    taken: dict[str, None] = {}
    for label in labels:
        name, number = label, 1
        while name in taken:
            number += 1
            name = f"{label} (#{number})"
        taken[name] = None
    return list(taken)


def _shared(labels: Sequence[str]) -> list[list[int]]:
    places = defaultdict(list)
    for place, label in enumerate(labels):
        places[label].append(place)
    return [group for group in places.values() if len(group) > 1]


def _distinct_folders(paths: Sequence[PurePath]) -> list[str]:
    """Folders of files without what all of them share at the beginning and at the end."""
    folders = [path.parent.parts for path in paths]
    while len({parts[:1] for parts in folders}) == 1 and folders[0]:
        folders = [parts[1:] for parts in folders]
    while len({parts[-1:] for parts in folders}) == 1 and folders[0]:
        folders = [parts[:-1] for parts in folders]
    return ["/".join(parts) for parts in folders]


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


def matching(wanted: str, names: Sequence[str]) -> list[str]:
    """Names that the user may mean: the very name, else all that hold it, whatever the case."""
    if wanted in names:
        return [wanted]
    return [name for name in dict.fromkeys(names) if wanted.casefold() in name.casefold()]


def matching_runs(wanted: str, labels: Sequence[str], models: Sequence[str | None]) -> list[str]:
    """Labels that the user may mean by a label, a model's name or a part of a label."""
    if wanted in labels:
        return [wanted]
    by_model = [label for label, model in zip(labels, models, strict=True) if model == wanted]
    return by_model or matching(wanted, labels)
