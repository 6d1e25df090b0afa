"""Which questions a run should have answers to: of a split, by id, with their benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tui_eval.files.documents import Refusal, decode, parse
from tui_eval.files.strings import clean_str
from tui_eval.formats.mixeval.rows import FREE, answer_files, id_of, known_ids, read_rows
from tui_eval.formats.values import as_mapping

_UP = 4  # folders above that of all responses, where the benchmark's own may be
_LARGEST = 64_000_000  # bytes of a file of questions
_FILES = {True: "free-form.json", False: "multiple-choice.json"}

Categories = Mapping[str, str | None]
"""Ids of questions, and the benchmark of each; None: not known."""


class Questions(NamedTuple):
    """The questions of a split.

    Attributes:
        categories: Those that there should be; None: nothing tells which.
        withdrawn: Ids that need not be there: a question that was in the benchmark once.
    """

    categories: Categories | None
    withdrawn: frozenset[str] = frozenset()


def questions_of(folder: Path, dataset: str, split: str, own: Categories) -> Questions:
    """What a split should hold.

    The benchmark's own file tells it where it lies near the responses; else the ids of a version
    that is known; else what any model beside was asked, where there is one.

    Args:
        folder: That of a run: ``{responses}/{model}/{benchmark}/{version}``.
        dataset: Benchmark and version.
        split: One of both.
        own: What the run itself was asked.
    """
    benchmark, version = folder.parent.name, folder.name
    ids, withdrawn = known_ids(dataset, split)
    responses = folder.parents[2]
    for above in (responses, *responses.parents[:_UP]):
        name = benchmark.replace("_", "-")
        path = above / f"mixeval-{version}" / name / _FILES[split == FREE]
        if found := _benchmark(*_state(path)):
            kept = {number: name for number, name in found.items() if number not in withdrawn}
            return Questions(kept, withdrawn)
    if ids and ids <= own.keys():  # nothing is missing: what others were asked tells no more
        return Questions({number: own[number] for number in ids}, withdrawn)
    files = answer_files(responses, f"*/{benchmark}/{version}/", split)
    others = _union(tuple(_state(path) for path in files), split, len(ids))
    every = {**others, **own}
    if ids:
        return Questions({number: every.get(number) for number in ids}, withdrawn)
    return Questions(every if len(files) > 1 else None, withdrawn)


def _state(path: Path) -> tuple[Path, int, int]:
    """A file, its size and when it changed: as long as these are the same, so is what it holds."""
    try:
        status = path.stat()
    except OSError:
        return path, -1, 0
    return path, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=16)
def _benchmark(path: Path, size: int, _changed: int) -> Categories:
    """The questions of a file of a benchmark; none where it cannot be read."""
    if not 0 <= size <= _LARGEST:
        return {}
    try:
        document = as_mapping(parse(decode(path.read_bytes())[0]))
    except (OSError, Refusal):
        return {}
    return {
        clean_str(number) or "": clean_str(as_mapping(entry).get("benchmark_name"))
        for number, entry in document.items()
    }


@lru_cache(maxsize=16)
def _union(files: tuple[tuple[Path, int, int], ...], split: str, enough: int) -> Categories:
    """What the models of some files of answers were asked, up to so many; 0: all of it."""
    found: dict[str, str | None] = {}
    for path, _, _ in files:
        if 0 < enough <= len(found):
            break
        try:
            rows, _ = read_rows(path, split)
        except (OSError, Refusal):
            continue
        for row in rows:
            if (number := id_of(row)) is not None:
                found.setdefault(number, clean_str(row.get("benchmark_name")))
    return found
