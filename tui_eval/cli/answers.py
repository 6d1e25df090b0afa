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

        self._runs = {run.key: run for run in loaded.runs}
        self._written = loaded.tables()
        self._shown = tables
        self._cache = Cache(None if options.no_cache else cache_path())
        self._told: set[str] = set()

    def to(self, dataset: str, runs: Sequence[str]) -> pl.DataFrame:
        """The answers of runs to the questions of a dataset: schema `tables.SAMPLES`."""
        from tui_eval.loading.passes import NOTHING, read_samples, why_silent

        for run in runs:
            if not self._runs[run].samples:
                why = why_silent([self._runs[run]])
                self._tell(f"no answers of {self._shown.labels[run]}: {why}; totals only")
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
        return samples.rows

    def _tell(self, words: str) -> None:
        """Say it once, however many datasets it is true of."""
        if words not in self._told:
            self._told.add(words)
            print(f"tui-eval: {safe(words)}", file=sys.stderr)
