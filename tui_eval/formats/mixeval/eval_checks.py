"""What MixEval's own ``check_eval_complete`` says of the folders of runs, to the letter.

It looks at three things in the folder of a model, once for each split: whether the folder is there,
whether the status file says ``complete``, and whether the file of answers has as many lines as the
benchmark has questions. It neither looks at ids nor at what the answers are, so that an id that is
there twice hides one that is missing, and it does not know that five questions of 2024-08-11 were
withdrawn. What it is right and wrong about is kept: `mixeval.checks` says what is there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

BENCHMARKS = ("mixeval", "mixeval_hard")
VERSION = re.compile(r"\d{4}-\d\d-\d\d")

_SPLITS = {
    "mixeval": {
        "close_freeform": "closefreeform",
        "close_multichoice": "closemultichoice",
    },
    "mixeval_hard": {
        "close_freeform_hard": "closefreeform_hard",
        "close_multichoice_hard": "closemultichoice_hard",
    },
}
_LAST = "Above lines are problematic directories. No lines above means all entries are valid. "
_FAULTS = (OSError, ValueError, KeyError, TypeError, RecursionError)


class Asked(NamedTuple):
    """What its options ask for.

    Attributes:
        lines: Lines that it expects of files of answers, by its own names (``closefreeform_hard``).
        base: Names of base models, which come first; ``none`` is no model.
        chat: Names of chat models; None: all others that are there, by name.
    """

    lines: Mapping[str, int]
    base: Sequence[str] = ()
    chat: Sequence[str] | None = None


class Log(NamedTuple):
    """What one call of it writes, of a folder of responses, a benchmark and a version.

    Attributes:
        lines: The lines of its log, without their ends.
        blamed: The folders that they name, as they name them.
        fault: The file at which it would end with an error, and why; empty: it ends well.
    """

    lines: tuple[str, ...]
    blamed: frozenset[str]
    fault: str


class Group(NamedTuple):
    """The folders of models of which one call of it tells, by the models' names."""

    responses: str
    benchmark: str
    version: str
    folders: Mapping[str, str]


def logs(paths: Sequence[Path], asked: Asked) -> Iterator[Log]:
    """What it would write of all folders of runs below some paths: one log a benchmark and version.

    Folders are named as the paths are: relative where those are. A model that was asked for by name
    and is not there is told of in every log, as it does.
    """
    for group in groups(paths):
        yield _log(group, asked)


def groups(paths: Sequence[Path]) -> list[Group]:
    """The folders ``{responses}/{model}/{benchmark}/{version}`` at, below and around some paths."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    seen: set[str] = set()
    for path in paths:
        folder = str(path) if os.path.isdir(path) else os.path.dirname(path) or os.curdir
        for one in _folders(folder, seen):
            whole = Path(os.path.abspath(one))
            version, benchmark, model = whole.name, whole.parent.name, whole.parent.parent.name
            place = _responses(one, (model, benchmark, version)), benchmark, version
            found.setdefault(place, {})[model] = one
    return [Group(*place, folders) for place, folders in sorted(found.items())]


def _folders(folder: str, seen: set[str]) -> Iterator[str]:
    """The folders of runs at or below a folder, each once however links lead to it."""
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    whole = Path(os.path.abspath(folder))
    if whole.parent.name in BENCHMARKS and VERSION.match(whole.name):
        yield folder
        return
    try:
        with os.scandir(folder) as entries:
            below = sorted(entry.path for entry in entries if entry.is_dir())
    except OSError:
        return
    for one in below:
        yield from _folders(one, seen)


def _responses(folder: str, names: tuple[str, str, str]) -> str:
    """The folder of all models, in the words of one model's folder."""
    parts = Path(folder).parts
    if parts[-3:] == names:
        return os.path.dirname(os.path.dirname(os.path.dirname(folder)))
    return os.path.join(folder, *[os.pardir] * 3)


def _log(group: Group, asked: Asked) -> Log:
    base = _named(asked.base)
    others = sorted(set(group.folders).difference(base))
    chat = others if asked.chat is None else _named(asked.chat)
    lines: list[str] = []
    blamed: set[str] = set()
    for models in (base, chat):
        for split, size in _SPLITS[group.benchmark].items():
            for model in models:
                folder = group.folders.get(model) or os.path.join(
                    group.responses, model, group.benchmark, group.version
                )
                try:
                    issue = _issue(folder, model, split, asked.lines[size])
                except _FAULTS as error:
                    words = f"{folder}, {split}: {type(error).__name__}: {error}"
                    return Log(tuple(lines), frozenset(blamed), words)
                if issue:
                    lines.append(issue)
                    blamed.add(folder)
    return Log((*lines, _LAST), frozenset(blamed), "")


def _named(models: Sequence[str]) -> list[str]:
    return [model for model in models if model.lower() != "none"]


def _issue(folder: str, model: str, split: str, size: int) -> str:
    """The line about a model's split; empty: there is none."""
    if not os.path.exists(folder):
        return f"Directory {folder} does not exist."
    is_complete = _says_complete(os.path.join(folder, f"status_{split}.json"))
    is_whole = _lines(os.path.join(folder, f"{model}_{split}.jsonl")) == size
    if is_complete and is_whole:
        return ""
    return (
        f"Directory {folder} has issues. Please check the log file inside. "
        f"The check result: [Status complete: {is_complete}], "
        f"[Responses file complete: {is_whole}], [No error in log file: True]."
    )


def _says_complete(path: str) -> bool:
    """Whether a status file says so; what it cannot read ends it (`_FAULTS`)."""
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as file:
        said = json.load(file)
    return bool(said["status"]["status"] == "complete")


def _lines(path: str) -> int | None:
    """How many lines a file has as Python reads texts; None: it is not there."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return sum(1 for _ in file)
