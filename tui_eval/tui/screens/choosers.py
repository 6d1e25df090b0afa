"""Choosing what is looked at: dataset, metric, datasets that mean the same, runs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from tui_eval.analysis.notes import Count
from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.view_screen import ViewScreen

if TYPE_CHECKING:
    from tui_eval.analysis.selection import Metric
    from tui_eval.records import DatasetName
    from tui_eval.tui.screens.choose import Facts
    from tui_eval.tui.session import Loaded

Value = TypeVar("Value")


class ChoosesData(ViewScreen):
    """A view of one dataset and metric, which can be chosen here.

    A part of a screen, as a subclass of `ViewScreen`: every choice changes the view that the
    screen shows. Lists are asked by `ask_one` and `ask_some`, which know what a name stands for.
    """

    async def ask_one(
        self,
        title: str,
        offered: Mapping[str, Value],
        now: Value | None,
        take: Callable[[Value], None],
        facts: Facts | None = None,
    ) -> None:
        """Ask for one of a list.

        Args:
            title: What is chosen.
            offered: What can be chosen, by name, in order.
            now: What is chosen now.
            take: Is told what was chosen, if anything was.
            facts: What stands beside the names.
        """
        from tui_eval.tui.screens.choose import ChooseScreen

        def answer(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                take(offered[chosen[0]])

        marked = [name for name, value in offered.items() if value == now]
        screen = ChooseScreen(title, list(offered), chosen=marked, facts=facts)
        await self.app.push_screen(screen, answer)

    async def ask_some(
        self,
        title: str,
        offered: Mapping[str, Value],
        now: Collection[Value],
        take: Callable[[tuple[Value, ...]], None],
        facts: Facts | None = None,
    ) -> None:
        """Ask for some of a list, or none of it; as `ask_one` does."""
        from tui_eval.tui.screens.choose import ChooseScreen

        def answer(chosen: tuple[str, ...] | None) -> None:
            if chosen is not None:
                take(tuple(offered[name] for name in chosen))

        marked = [name for name, value in offered.items() if value in now]
        screen = ChooseScreen(title, list(offered), chosen=marked, several=True, facts=facts)
        await self.app.push_screen(screen, answer)

    def choose(self, **choices: object) -> None:
        """Change what is looked at; pages start anew."""
        self.change(**choices)

    def action_scale(self) -> None:
        """Show scores on the other scale."""
        self.change(scale=1 if self.session.view.scale == 100 else 100)

    async def action_dataset(self) -> None:
        """Ask for the dataset."""
        from tui_eval.analysis.datasets import datasets_report

        tables, now = self.session.found_tables, self.session.view.dataset
        if tables is None:
            return
        rows = datasets_report(tables, self.session.view).frame
        facts = {
            name: (str(Count(runs, "run")), str(Count(categories or 0, "category")), harness)
            for name, runs, categories, harness in rows.select(
                "dataset", "runs", "categories", "harness"
            ).iter_rows()
        }
        offered = {name: name for name in facts}
        await self.ask_one("Dataset", offered, now, lambda one: self.choose(dataset=one), facts)

    async def action_metric(self) -> None:
        """Ask for the metric."""
        from tui_eval.analysis.datasets import runs_with_metrics
        from tui_eval.analysis.selection import metrics

        selection = self.session.selection
        if selection is None:
            return
        found = metrics(selection.tables.scores, selection.dataset)
        runs = runs_with_metrics(selection.tables.scores, selection.dataset)
        facts = {
            metric.title: (
                str(Count(runs[metric.name, metric.filter], "run")),
                "lower is better" if metric.higher_is_better is False else "",
            )
            for metric in found
        }
        offered = {metric.title: metric for metric in found}
        await self.ask_one("Metric", offered, selection.metric, self._take_metric, facts)

    def _take_metric(self, metric: Metric) -> None:
        apart = {"threshold": None, "min_delta": 0.0, "margin": 0.0}  # on the scale of the old one
        self.choose(metric=metric.name, filter=metric.filter, **apart)

    async def action_same(self) -> None:
        """Ask which datasets of other harnesses mean the same as the one that is shown."""
        from tui_eval.analysis.aliases import alike, members, shown_names

        loaded, dataset = self.session.data.loaded, self.session.view.dataset
        found = members(loaded.written) if loaded else []
        names = shown_names(found, self.session.aliases)
        own = [member for member in found if names[member] == dataset]
        if not own:
            self.notify("Choose a dataset first (d).", markup=False)
            return
        others = [member for member in found if member.harness != own[0].harness]
        if not others:
            self.notify("All runs are of one harness.", markup=False)
            return

        def take(chosen: tuple[DatasetName, ...]) -> None:
            self._say_same((own[0], *chosen))
            if len({member.harness for member in chosen}) < len(chosen):
                self.notify(
                    "Only one dataset of each harness is used: the first one.", markup=False
                )

        title = f"Mark what means the same as {own[0].dataset} ({own[0].harness})"
        offered = {f"{member.dataset} ({member.harness})": member for member in others}
        await self.ask_some(title, offered, own[1:] or alike(own[0], found), take)

    def _say_same(self, members: Sequence[DatasetName]) -> None:
        from tui_eval.analysis.aliases import with_alias
        from tui_eval.loading.config import ConfigError, write_names

        same = with_alias(self.session.aliases, members)
        try:
            write_names(same)
        except ConfigError as error:
            self.notify(f"Not saved for the next start: {safe_text(str(error))}", markup=False)
        self.session.say_same(same, members[0])
        self.update_view()


class ChoosesShownRuns(ChoosesData):
    """A view of runs, of which those that are shown can be chosen here."""

    def chooses_among(self) -> str | None:
        """The dataset of which the runs are; None: of any."""
        return self.session.view.dataset

    def _offered(self) -> dict[str, str]:
        """Runs that can be shown, by label."""
        loaded, dataset = self.session.data.loaded, self.chooses_among()
        if loaded is None:
            return {}
        rows = loaded.tables.scores
        runs = rows if dataset is None else rows.filter(dataset=dataset)
        labels = loaded.tables.labels
        return {labels[run]: run for run in loaded.tables.by_label(runs["run"].unique())}

    def how_many(self) -> str:
        """How many of the runs that can be shown are."""
        opened = self.session.opened
        if opened is None:
            return ""
        offered = self._offered()
        count = sum(run in opened for run in offered.values())
        return f"{count} of {len(offered)} runs" if count < len(offered) else ""

    async def action_runs(self) -> None:
        """Ask which runs are shown, of those that have scores of the dataset."""
        offered, opened = self._offered(), self.session.opened
        if not offered:
            self.notify("There is no run to choose yet.", markup=False)
            return
        runs = frozenset(offered.values())

        def take(chosen: tuple[str, ...]) -> None:
            if chosen:
                self._show_runs(runs, frozenset(chosen))
            else:
                self.notify("Nothing was marked: the runs stay as they are.", markup=False)

        facts = run_facts(self.session.data.loaded, self.chooses_among(), offered)
        now = runs if opened is None else runs & opened
        await self.ask_some("Runs that are shown", offered, now, take, facts)

    def _show_runs(self, offered: frozenset[str], chosen: frozenset[str]) -> None:
        """Show the chosen runs; those that were not offered stay as they are."""
        loaded, opened = self.session.data.loaded, self.session.opened
        every = frozenset(loaded.tables.labels) if loaded else frozenset()
        shown = chosen | ((every if opened is None else opened) - offered)
        self.session.open(None if shown >= every else shown, keeps_dataset=True)
        self.update_view()


def run_facts(
    loaded: Loaded | None, dataset: str | None, offered: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Of which harness runs are, and how many categories each has of a dataset or (None) of all.

    Args:
        loaded: Where the runs are.
        dataset: Of which categories are counted.
        offered: Keys of the runs by label.
    """
    from tui_eval.analysis.datasets import categories_of_runs

    if loaded is None:
        return {}
    counts = categories_of_runs(loaded.tables, dataset)
    harness = dict(loaded.tables.runs.select("run", "harness").iter_rows())
    return {
        label: (harness[run], str(Count(counts.get(run, 0), "category")))
        for label, run in offered.items()
    }


class ChoosesRuns(ChoosesData):
    """A view of a baseline and the runs beside it, which can be chosen here too."""

    CANDIDATES: ClassVar[str] = "Candidates"
    """What the runs beside the baseline are called where they are chosen."""

    NO_RUN: ClassVar[str] = "There is no other run with these scores."
    """What is said where there is none to choose."""

    @abstractmethod
    def offered_runs(self) -> dict[str, str]:
        """Keys of the runs that can be shown, by label."""

    @abstractmethod
    def compared_runs(self) -> list[str]:
        """Keys of the runs that are shown, the baseline's first; none before there are any."""

    @abstractmethod
    def take_baseline(self, run: str) -> None:
        """Show another baseline."""

    @abstractmethod
    def take_candidates(self, baseline: str, runs: tuple[str, ...]) -> None:
        """Show other runs beside the baseline."""

    def how_many(self) -> str:
        """How many of the runs that can be compared are."""
        shown, offered = len(set(self.compared_runs())), len(self.offered_runs())
        return f"{shown} of {offered} runs" if 0 < shown < offered else ""

    async def action_baseline(self) -> None:
        """Ask which run the others are compared with."""
        offered, now = self.offered_runs(), next(iter(self.compared_runs()), None)
        if self._is_any(offered):
            await self.ask_one(
                "Baseline", offered, now, self.take_baseline, self._run_facts(offered)
            )

    async def action_candidates(self) -> None:
        """Ask for the runs beside the baseline, which is not among them."""
        baseline, *others = self.compared_runs() or [""]
        offered = {label: run for label, run in self.offered_runs().items() if run != baseline}

        def take(chosen: tuple[str, ...]) -> None:
            self.take_candidates(baseline, chosen)

        if self._is_any(offered):
            facts = self._run_facts(offered)
            await self.ask_some(self.CANDIDATES, offered, others, take, facts)

    def _run_facts(self, offered: Mapping[str, str]) -> Facts:
        """Of which harness runs (by label) are, and how many categories each has."""
        return run_facts(self.session.loaded, self.session.view.dataset, offered)

    def _is_any(self, offered: Mapping[str, str]) -> bool:
        """Whether there are runs to choose; says so where there are none."""
        if not offered:
            is_loading = self.session.data.is_loading
            words = "Files are still being read." if is_loading else self.NO_RUN
            self.notify(words, markup=False)
        return bool(offered)
