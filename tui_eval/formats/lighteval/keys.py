"""Keys of Lighteval's ``results``, which also name its files of details: ``suite|task|shots``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

from tui_eval.files.strings import clean_str

_AVERAGE = "_average"


class Key(NamedTuple):
    """A key of ``results``, taken apart."""

    written: str
    suite: str | None
    dataset: str
    subset: str | None
    shots: str | None

    @property
    def is_average(self) -> bool:
        """Whether it is the mean over the subsets of a task, which has no answers."""
        return self.subset == _AVERAGE

    @property
    def category(self) -> str | None:
        """As `Task.category`: the subset, the task where it has none, null for an average."""
        return None if self.is_average else self.subset or self.dataset

    @property
    def setting(self) -> tuple[str | None, str | None]:
        """What tells several of one task apart."""
        return self.suite, self.shots

    @property
    def method(self) -> str | None:
        """As `Task.method`."""
        return None if self.shots is None else f"{self.shots}-shot"


def parse_key(key: str) -> Key:
    """A key in parts; one of another form is a dataset as it stands."""
    written = clean_str(key) or ""
    parts = written.split("|")
    if len(parts) not in (2, 3) or not (parts[-1].isascii() and parts[-1].isdecimal()):
        return Key(written, None, written, None, None)
    suite = parts[0] if len(parts) == 3 else None
    dataset, _, subset = parts[-2].partition(":")
    if not dataset or not subset:
        return Key(written, suite, parts[-2] or written, None, parts[-1])
    return Key(written, suite, dataset, subset, parts[-1])


def dataset_names(keys: Iterable[Key]) -> dict[Key, str]:
    """Names of datasets: the task, and suite or shots too where the run has it in several."""
    settings = defaultdict(set)
    keys = list(keys)
    for key in keys:
        settings[key.dataset].add(key.setting)
    return {key: _dataset_name(key, settings[key.dataset]) for key in keys}


def possible_names(key: Key) -> list[str]:
    """All names that `dataset_names` may give a dataset, whatever else is in the run."""
    return [
        _name(key, suite=suite, shots=shots)
        for suite, shots in product((True, False), (True, False))
    ]


def _dataset_name(key: Key, settings: set[tuple[str | None, str | None]]) -> str:
    suites, shots = ({setting[place] for setting in settings} for place in (0, 1))
    return _name(key, suite=len(suites) > 1, shots=len(shots) > 1)


def _name(key: Key, *, suite: bool, shots: bool) -> str:
    told = [
        key.suite or "no suite" if suite else None,
        key.method or "shots unknown" if shots else None,
    ]
    more = ", ".join(part for part in told if part)
    return f"{key.dataset} ({more})" if more else key.dataset
