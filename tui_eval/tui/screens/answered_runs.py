"""Runs of a dataset that keep answers: which of them, and which of their questions, are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui_eval.analysis.notes import Count
from tui_eval.analysis.where import PRESETS, WhereError, letters, parse
from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.choosers import ChoosesRuns

if TYPE_CHECKING:
    from tui_eval.analysis.selection import Selection
    from tui_eval.loading.passes import Samples
    from tui_eval.records import Run
    from tui_eval.tui.session import Loaded


class ChoosesAnsweredRuns(ChoosesRuns):
    """A view of the answers of a baseline and of the runs beside it, of a category or of all."""

    CANDIDATES = "Runs beside the baseline"
    NO_RUN = "There is no other run with answers."

    def compared_runs(self) -> list[str]:
        """The runs whose answers are shown."""
        return list(self.session.request.runs) if self.session.request else []

    def offered_runs(self) -> dict[str, str]:
        """Runs of the dataset that keep answers, by label."""
        loaded, selection = self.session.loaded, self.session.selection
        if loaded is None or selection is None:
            return {}
        readable = readable_runs(loaded, selection)
        return {label: run.key for label, run in readable.items() if run.samples}

    def take_baseline(self, run: str) -> None:
        """Show another run as a."""
        selection = self.session.selection
        is_scored = selection is not None and run in selection.runs
        others = (other for other in self.compared_runs() if other != run)
        self.change(baseline=run, sample_runs=None if is_scored else (run, *others))

    def take_candidates(self, baseline: str, runs: tuple[str, ...]) -> None:
        """Show the answers of other runs beside those of a."""
        self.change(sample_runs=(baseline, *runs))

    def check_condition(self, where: str) -> None:
        """Raises `WhereError` where a condition or preset cannot be asked of the runs shown."""
        if where:
            parse(PRESETS.get(where, where)).to_polars(letters(len(self.compared_runs())))

    def lift_misfit(self) -> None:
        """Show all questions again where the condition names a run that is not shown."""
        if not self.compared_runs():
            return
        try:
            self.check_condition(self.condition)
        except WhereError as error:
            self.session.change(where="")
            self.notify(safe_text(f"The filter was cleared: {error.message}."), markup=False)

    @property
    def condition(self) -> str:
        """The condition that questions meet; empty: none."""
        return self.session.view.where

    async def action_category(self) -> None:
        """Ask for the category."""
        samples, view = self.session.samples, self.session.view
        names = samples.rows["category"].drop_nulls().unique().sort().to_list() if samples else []
        offered = {f"all of {view.dataset}": None, **{name: name for name in names}}
        facts = _question_counts(samples, offered)
        await self.ask_one("Category", offered, view.category, self._take_category, facts)

    def _take_category(self, category: str | None) -> None:
        self.table.move_cursor(row=0)
        self.change(category=category)


def readable_runs(loaded: Loaded, selection: Selection) -> dict[str, Run]:
    """Runs whose answers can be looked at, by label."""
    labels = selection.tables.labels
    return {labels[run]: loaded.runs[run] for run in selection.readable}


def _question_counts(
    samples: Samples | None, offered: Mapping[str, str | None]
) -> dict[str, tuple[str]]:
    """How many questions were asked of each category; None: of all."""
    if samples is None:
        return dict.fromkeys(offered, ("",))
    asked = samples.rows.select("category", "sample").unique()
    counts = dict(asked.group_by("category").len().iter_rows())
    return {
        name: (str(Count(counts.get(category, 0) if category else asked.height, "question")),)
        for name, category in offered.items()
    }
