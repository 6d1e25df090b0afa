"""Names that tell runs apart, and which of them the user means; no Polars is imported."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from tui_eval.files.paths import path_text
from tui_eval.records import Run


def run_labels(runs: Sequence[Run]) -> list[str]:
    """A unique label for every run: ``model @ timestamp``, and more only where runs share that.

    Where answers were scored again, the filter follows: ``model @ timestamp · filter``.

    What is added, in this order and as little as will do: the variant, which questions were scored
    again and in which metric, the folders in which the files differ, the file's name, the number of
    the document in its file.
    """
    labels = [_usual(run) for run in runs]
    steps: tuple[Callable[[Sequence[Run]], list[str]], ...] = (
        lambda group: [run.variant or "" for run in group],
        lambda group: [_of_questions(run) for run in group],
        lambda group: [_metric(run) for run in group],
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
    return numbered(labels)


def _usual(run: Run) -> str:
    label = f"{run.model or '<unknown>'} @ {run.timestamp or '<no timestamp>'}"
    recipe = _recipe(run)
    return f"{label} · {recipe['filter']['name']}" if recipe else label


def _of_questions(run: Run) -> str:
    recipe = _recipe(run)
    return ", ".join(filter(None, (recipe.get("category"), recipe.get("where"))))


def _metric(run: Run) -> str:
    options = dict(_recipe(run).get("metric", {}))
    name = options.pop("metric", "")
    return f"{name}:{','.join(options)}" if options else name


def _recipe(run: Run) -> dict[str, Any]:
    """How its answers were scored again; empty: they were not."""
    told: dict[str, Any] = json.loads(run.recipe or "{}")
    return told


def numbered(labels: Sequence[str]) -> list[str]:
    """Names of which those that are equal get a number: a run that was added twice has a label."""
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
