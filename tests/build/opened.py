"""What somebody opened: a run of each harness in the samples, and its answers as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tui_eval.analysis.aliases import unified
from tui_eval.formats.registry import FORMATS
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.passes import Samples, read_samples
from tui_eval.records import Alias, Run
from tui_eval.tables import SAMPLES, Tables

ROOT = Path(__file__).parents[2] / "samples"
HARNESSES = [form.name for form in FORMATS]
NOWHERE = Cache(None)


class Opened(NamedTuple):
    """What somebody opened, and the tables as they are on the screen."""

    runs: dict[str, Run]
    written: Tables
    shown: Tables

    def read(
        self, dataset: str, cache: Cache = NOWHERE, category: str | None = None, **more: Any
    ) -> Iterator[Samples]:
        names = self.shown.scores.filter(dataset=dataset)["run"].unique(maintain_order=True)
        runs = {run: self.runs[run] for run in names}
        return read_samples(runs, self.written, self.shown, dataset, cache, category, **more)

    def whole(self, dataset: str, cache: Cache = NOWHERE) -> Samples:
        samples = list(self.read(dataset, cache))
        assert [one.is_whole for one in samples] == [False] * (len(samples) - 1) + [True]
        assert samples[-1].rows.schema == SAMPLES
        return samples[-1]


def opened(*paths: Path, same: Sequence[Alias] = ()) -> Opened:
    collection = load(paths)
    tables = collection.tables()
    return Opened(
        dict(zip(tables.runs["run"], collection.runs, strict=True)), tables, unified(tables, same)
    )


DATASETS = {
    "twinkle": ("twinkle/mock-3b-base", "mini_mmlu"),
    "lm_eval": ("lm_eval", "pocketquiz"),
    "lighteval": ("lighteval", "pocketquiz"),
    "evalscope": ("evalscope", "general_qa"),
    "mixeval": ("mixeval", "mixeval 2026-01-01"),
}
