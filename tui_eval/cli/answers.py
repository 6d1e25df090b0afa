"""The answers that commands need to compare runs question by question, as far as there are any."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_eval.cli.terminal import safe

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.loading.collection import Collection
    from tui_eval.tables import Tables

_SILENT = 2.0
"""Seconds that reading goes on before anything is said of it."""

_EVERY = 10.0
"""Seconds between what is said of it."""


class Answers:
    """Reads the answers of runs, dataset by dataset; says on stderr which runs keep none.

    Args:
        options: ``no_cache``.
        loaded: The runs and their files.
        tables: The same runs, datasets under the names that a person gave them.
    """

    def __init__(self, options: argparse.Namespace, loaded: Collection, tables: Tables) -> None:
        from tui_eval.loading.cache import Cache, cache_path
        from tui_eval.loading.passes import NOTHING

        self._runs = {run.key: run for run in loaded.runs}
        self._written = loaded.tables()
        self._shown = tables
        self._cache = Cache(None if options.no_cache else cache_path())
        self._told: set[str] = set()
        self._last: tuple[str, tuple[str, ...]] | None = None
        self._rows = NOTHING.rows

    def to(self, dataset: str, runs: Sequence[str]) -> pl.DataFrame:
        """The answers of runs to the questions of a dataset: schema `tables.SAMPLES`.

        Those of the last time are kept: other metrics need the same.
        """
        from tui_eval.analysis.notes import listed
        from tui_eval.loading.passes import NOTHING, read_samples, why_silent

        if (dataset, tuple(runs)) == self._last:
            return self._rows
        by_reason: dict[str, list[str]] = {}
        for run in runs:
            if not self._runs[run].samples and run not in self._told:
                self._told.add(run)
                why = why_silent([self._runs[run]])
                by_reason.setdefault(why, []).append(self._shown.labels[run])
        for why, labels in by_reason.items():
            self._tell(f"totals only, no answers of {listed(labels, 3)}: {why}")
        asked = {run: self._runs[run] for run in runs if self._runs[run].samples}
        due = time.monotonic() + _SILENT
        samples = NOTHING
        for samples in read_samples(asked, self._written, self._shown, dataset, self._cache):
            if time.monotonic() >= due and not samples.is_whole:
                percent = 100 * samples.done // max(samples.total, 1)
                self._tell(f"reading answers to {dataset}: {percent} %")
                due = time.monotonic() + _EVERY
        for note in samples.notes:
            self._tell(note)
        self._last, self._rows = (dataset, tuple(runs)), samples.rows
        return samples.rows

    def _tell(self, words: str) -> None:
        """Say it once, however many datasets it is true of."""
        if words not in self._told:
            self._told.add(words)
            print(f"tui-eval: {safe(words)}", file=sys.stderr)
