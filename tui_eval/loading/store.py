"""Answers that were read, by run and dataset: read once, whoever asks for them.

What is compared changes with every key: another baseline, a third run, a screen that counts where
one that lists was. So what was found of each run is kept apart from who asked, and only files that
are new or were written to are read; until a bound of memory is reached, from which on what was not
asked for longest is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import not_cancelled
from tui_eval.loading.growth import Known
from tui_eval.loading.passes import Done, Kept, Samples, read_samples, unread_bytes
from tui_eval.records import Run
from tui_eval.tables import Tables

MOST_BYTES = 512 << 20
"""Bytes of answers that are kept at most beside those that were asked for last, without texts."""


class _Entry(NamedTuple):
    """The answers of a run to a dataset, and what is known of the files that they were made of."""

    answers: Done
    files: Mapping[Path, Known]

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        indexes = (known.index.rows.estimated_size() for known in self.files.values())
        return int(self.answers.rows.estimated_size() + sum(indexes))


class SampleStore:
    """Samples of runs, read when they are first asked for.

    Args:
        cache: Where indexes of files are kept on disk.
        most_bytes: What is kept at most.
    """

    def __init__(self, cache: Cache, most_bytes: int = MOST_BYTES) -> None:
        self._cache = cache
        self._most_bytes = most_bytes
        self._entries: dict[tuple[str, str], _Entry] = {}  # by run and dataset, oldest first

    def read(
        self,
        runs: Mapping[str, Run],
        written: Tables,
        shown: Tables,
        dataset: str,
        category: str | None = None,
        cancelled: Callable[[], bool] = not_cancelled,
    ) -> Iterator[Samples]:
        """What `read_samples` yields, of files that are not known yet or were written to."""
        before = self._before(dataset)
        for samples in read_samples(
            runs, written, shown, dataset, self._cache, category, cancelled, before
        ):
            if samples.is_whole:
                self._keep(dataset, samples.kept)
            yield samples

    def unread_bytes(
        self, runs: Mapping[str, Run], written: Tables, shown: Tables, dataset: str
    ) -> int:
        """Bytes that `read` would have to read."""
        return unread_bytes(runs, written, shown, dataset, self._cache, self._before(dataset))

    def _before(self, dataset: str) -> Kept:
        """What is known of files, and of the answers to a dataset."""
        known = dict(self._entries)
        return Kept(
            {path: one for entry in known.values() for path, one in entry.files.items()},
            {run: entry.answers for (run, of), entry in known.items() if of == dataset},
        )

    def _keep(self, dataset: str, kept: Kept) -> None:
        """Keep what was found, and drop what was not asked for longest."""
        entries = dict(self._entries)
        for run, answers in kept.runs.items():
            paths = [file.path for file in answers.indexes]
            files = {path: kept.files[path] for path in paths if path in kept.files}
            entries.pop((run, dataset), None)
            entries[run, dataset] = _Entry(answers, files)
        sizes = {key: entry.size for key, entry in entries.items()}
        total = sum(sizes.values())
        for key, size in sizes.items():
            if total <= self._most_bytes or (key[1] == dataset and key[0] in kept.runs):
                break
            del entries[key]
            total -= size
        self._entries = entries
