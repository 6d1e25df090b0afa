"""The pass over all wanted answers: in a thread, with progress, stopped when somebody says so."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.worker import get_current_worker

from tui_eval.render.numbers import size_text
from tui_eval.tui.screens.view_screen import ViewScreen

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.ways import Outcome, Way
    from tui_eval.loading.passes import Samples
    from tui_eval.loading.rescore import Rescorer
    from tui_eval.records import Filter
    from tui_eval.tui.rescored import Cell
    from tui_eval.tui.session import Loaded, SampleRequest

MOST_UNASKED = 200_000_000
"""Characters of responses that are scored again without being asked for."""

GROUP = "rescoring"
"""Name of the work, which is the app's: it goes on while other screens are looked at."""


@dataclass(frozen=True)
class Wanted:
    """What is to be scored.

    Attributes:
        request: The runs.
        loaded: Where they are from.
        samples: Their answers.
        rows: Those of them that are wanted (schema `tables.SAMPLES`).
        ways: How.
        cells: What each run and way is known as, by run and `Way.key`.
    """

    request: SampleRequest
    loaded: Loaded
    samples: Samples
    rows: pl.DataFrame
    ways: tuple[Way, ...]
    cells: Mapping[tuple[str, str], Cell]


class ScoresAgain(ViewScreen):
    """A view whose scores are made of stored answers when they are looked at first.

    A part of a screen, as a subclass of `ViewScreen`.
    """

    class Came(Message, bubble=False):
        """Some was scored, or all; or how far it is."""

        def __init__(self, found: Mapping[Cell, Outcome], progress: str) -> None:
            self.found = found
            self.progress = progress
            super().__init__()

    _scoring: frozenset[Cell] = frozenset()
    _rescorer: Rescorer | None = None

    @abstractmethod
    def wanted(self) -> Wanted | None:
        """What is shown without a score; None: all has one, or there is nothing to score."""

    def score_missing(self, *, is_asked: bool = False) -> None:
        """Score what is shown without a score, unless that is much and nobody asked for it."""
        wanted, known = self.wanted(), self.session.rescoring
        if wanted is None or (known.is_stopped and not is_asked):
            return
        missing = frozenset(wanted.cells.values())
        if missing <= self._scoring:
            return
        size = int(wanted.rows["length"].sum() or 0)
        if size > MOST_UNASKED and not is_asked:
            self._tell_scoring(f"{size_text(size)} of answers: A scores them")
            return
        self._scoring = missing
        self._tell_scoring("scoring …")
        work = partial(self._score, wanted)
        self.app.run_worker(work, group=GROUP, exclusive=True, thread=True, exit_on_error=True)

    @property
    def rescorer(self) -> Rescorer:
        """What keeps the texts that were read."""
        from tui_eval.loading.rescore import Rescorer

        if self._rescorer is None:
            self._rescorer = Rescorer()
        return self._rescorer

    def stop_work(self) -> bool:
        """Stop scoring; whether anything was being scored."""
        return self.stop_scoring()

    def stop_scoring(self) -> bool:
        """Stop scoring; whether anything was being scored."""
        cancelled = self.app.workers.cancel_group(self.app, GROUP)
        if not any(worker.is_running for worker in cancelled):
            return False
        self._scoring = frozenset()
        self.session.rescoring = replace(self.session.rescoring, is_stopped=True)
        self._tell_scoring("scoring was stopped: A scores all")
        return True

    def action_score_all(self) -> None:
        """Score all that is shown, however much it is."""
        self.session.rescoring = replace(self.session.rescoring, is_stopped=False)
        if self.wanted() is None:
            self.notify("All that is shown has its scores.", markup=False)
        self.score_missing(is_asked=True)

    def _tell_scoring(self, words: str) -> None:
        if words != self.session.rescoring.progress:
            self.session.rescoring = replace(self.session.rescoring, progress=words)
            self.show_context(())

    def _score(self, wanted: Wanted) -> None:
        """In a thread."""
        from tui_eval.analysis.rescore_outcomes import outcomes_of

        worker, tables = get_current_worker(), wanted.loaded.tables
        by_metric: dict[object, list[Way]] = {}
        for way in wanted.ways:
            by_metric.setdefault(repr(way.metric), []).append(way)
        for number, ways in enumerate(by_metric.values()):
            for found in self.rescorer.rescore(
                wanted.request.runs,
                wanted.loaded.written,
                wanted.loaded.tables,
                wanted.rows,
                filters_of(ways),
                ways[0].metric,
                states=wanted.samples.states,
                cancelled=lambda: worker.is_cancelled,
            ):
                if worker.is_cancelled:
                    return
                if found.is_whole:
                    outcomes = outcomes_of(tables, wanted.rows, found.rows, found.totals, ways)
                    cells = {
                        wanted.cells[place]: one
                        for place, one in outcomes.items()
                        if place in wanted.cells
                    }
                    is_last = number == len(by_metric) - 1
                    self.post_message(self.Came(cells, "" if is_last else "scoring …"))
                else:
                    percent = 100 * found.done // max(found.total, 1)
                    self.post_message(self.Came({}, f"scoring: {percent} %, Esc stops"))

    @on(Came)
    def _take_scores(self, event: Came) -> None:
        known = self.session.rescoring
        if event.found:
            outcomes = {**known.outcomes, **event.found}
            self._scoring -= event.found.keys()
            self.session.rescoring = replace(known, outcomes=outcomes, progress=event.progress)
            self.update_view()
        elif self._scoring:  # else it was stopped since
            self._tell_scoring(event.progress)


def filters_of(ways: Sequence[Way]) -> list[Filter]:
    """What each way is for `Rescorer`."""
    from tui_eval.rescoring.filters import UNFILTERED

    return [UNFILTERED if way.filter is None else way.filter for way in ways]
