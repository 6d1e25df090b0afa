"""What Re-score knows: how runs were scored, which filters there are, what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from tui_eval.analysis.ways import Outcome
from tui_eval.records import Filter, Scoring


class Cell(NamedTuple):
    """What was scored: the answers of a run to some questions, in a way.

    Attributes:
        run: Key of the run.
        dataset: As it is shown.
        category: None: all of the dataset.
        where: Condition that questions meet; empty: none.
        runs: The runs that the condition's letters name; none without a condition.
        way: `Way.key`.
        files: What stands for the state of the files of answers: another one where they changed.
    """

    run: str
    dataset: str
    category: str | None
    where: str
    runs: tuple[str, ...]
    way: str
    files: int = 0


@dataclass(frozen=True)
class Rescoring:
    """One state of it.

    Attributes:
        scorings: How the harness scored the runs that are looked at, by key of the run.
        kept: Filters that are kept by name.
        drafts: Filters that were typed, in their order.
        trial: The filter that is typed now, and tried on the rows that are seen; None: none is.
        outcomes: What came of what was scored.
        progress: How scoring goes, in words; empty: it does not.
        is_stopped: Whether it was stopped, and goes on only when somebody asks.
        trouble: Why the kept filters cannot be read; empty: they can.
    """

    scorings: Mapping[str, Scoring] = field(default_factory=lambda: MappingProxyType({}))
    kept: tuple[Filter, ...] = ()
    drafts: tuple[Filter, ...] = ()
    trial: Filter | None = None
    outcomes: Mapping[Cell, Outcome] = field(default_factory=lambda: MappingProxyType({}))
    progress: str = ""
    is_stopped: bool = False
    trouble: str = ""
