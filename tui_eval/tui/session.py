"""What all screens share: the data that is loaded, the runs that are open, and the view on them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tui_eval.analysis.view import Benchmark, Part, View
from tui_eval.tui.places import POSITIONS, Mode, Place, Spot, choices_of, with_place
from tui_eval.tui.rescored import Rescoring

if TYPE_CHECKING:  # the first frame is drawn before Polars is imported
    import polars as pl

    from tui_eval.analysis.order import Order
    from tui_eval.analysis.selection import Selection
    from tui_eval.loading.check import Checks
    from tui_eval.loading.passes import Samples
    from tui_eval.records import Alias, DatasetName, Run
    from tui_eval.tables import Tables

MOST_RUNS = 200
"""Runs that are shown at once; thousands of columns help nobody, and would hold up every key."""

Key = str
"""A run whatever its label: the column ``run`` of the tables."""

MOST_ANSWERS = 26
"""Runs whose answers are read at once: each has a letter."""

_SUBJECT = {"dataset", "metric", "filter", "baseline"}
"""Choices on which others depend."""


class Loaded(NamedTuple):
    """What was read.

    Attributes:
        tables: The runs, their datasets under the names that a person gave them.
        files: Every file that was looked at (schema `collection.FILES`).
        written: The runs, their datasets as the harnesses name them.
        runs: The runs as their formats read them, by key: their answers are read when looked at.
    """

    tables: Tables
    files: pl.DataFrame
    written: Tables
    runs: Mapping[Key, Run]


class SampleRequest(NamedTuple):
    """Answers that the user wants to see: of which runs, to the questions of which dataset.

    ``runs`` are by key, in the order of their letters; ``more`` have answers, and are left out.
    """

    runs: Mapping[Key, Run]
    dataset: str
    loaded: Loaded
    more: int = 0

    @property
    def limit_note(self) -> str:
        """What is to be said where runs are left out; else nothing."""
        shown = f"the first {len(self.runs)} of {len(self.runs) + self.more} runs"
        return f"Showing {shown}: choose others with v or on Files (1)." if self.more else ""

    @property
    def identity(self) -> object:
        """What is the same as long as the answers are, whatever else was read since."""
        files = [(key, run.samples) for key, run in self.runs.items()]
        return files, self.dataset


class CheckRequest(NamedTuple):
    """Runs of which the user wants to know whether they are complete, by key, in that order."""

    runs: Mapping[Key, Run]
    loaded: Loaded

    def covers(self, other: CheckRequest) -> bool:
        """Whether what is found of these runs tells the same of those of another request."""
        files = {key: (run.samples, run.files) for key, run in self.runs.items()}
        return all(files.get(key) == (run.samples, run.files) for key, run in other.runs.items())


@dataclass(frozen=True)
class LoadState:
    """What was read so far, and how reading goes.

    Attributes:
        loaded: All runs and files; None before the first was read.
        looked_at: How many files that are.
        folder: Where the search is now; empty when it is done.
        cancelled: Whether the user stopped it.
        watches: Whether the folders are looked at again and again.
        fresh: Runs that came since they are watched.
    """

    loaded: Loaded | None = None
    looked_at: int = 0
    folder: str = ""
    cancelled: bool = False
    watches: bool = False
    fresh: frozenset[Key] = frozenset()

    @property
    def is_loading(self) -> bool:
        """Whether more may come."""
        return bool(self.folder)


@dataclass(frozen=True)
class Position:
    """Where the user is on each screen: it changes nothing of what is selected.

    Attributes:
        page: Page of Scores, from 0.
        part: List of Delta.
        folder: Folder of Files.
        held: Filter that rows of Files must meet; empty: all are shown.
        lists_all: Whether Files lists the folders without results, too.
        files_order: Order of the runs on Files; None: as they were found.
        datasets_order: Order of the list of datasets; None: by name.
        log_steps: Whether the axis of Curves is logarithmic; None: where steps span far enough.
        benchmark: What Correlation compares; None: datasets, or the categories of the only one.
        rescored_by: Metric of Re-score, as `rescoring.spec` reads it; empty: that of each run.
        checked_dataset: Dataset of which Completeness tells; None: of all.
        hides_complete: Whether Completeness lists only what is not complete.
        checks_order: Order of Completeness; None: what is incomplete first.
    """

    page: int = 0
    part: Part = "categories"
    folder: Path = field(default_factory=Path)
    held: str = ""
    lists_all: bool = False
    files_order: Order | None = None
    datasets_order: Order | None = None
    log_steps: bool | None = None
    benchmark: Benchmark | None = None
    rescored_by: str = ""
    checked_dataset: str | None = None
    hides_complete: bool = False
    checks_order: Order | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a screen is made of: what it shows is a function of this value alone.

    Attributes:
        loaded: What was read when what is shown was drawn first.
        found: Everything that was read since, too: what lists of files and datasets are made of.
        opened: The runs of ``found`` that are open.
        selection: The runs of ``loaded`` that are shown, and what to look at.
        position: Where the user is.
        aliases: Datasets that the user said to be the same.
        request: Answers that are wanted; None: none are, or there are none.
        samples: What was read of them; None: nothing yet.
        answers: What was read of the answers of all runs that are shown, for intervals and tests;
            None: nothing.
        is_loading: Whether more files may come.
        checks: Whether runs are complete, as far as that was looked up; None: it was not.
        folders: Names of the folders in that of ``position``, where they are shown.
        rescoring: What was scored again, and with which filters.
    """

    loaded: Loaded
    found: Loaded
    opened: Tables
    selection: Selection
    position: Position = field(default_factory=Position)
    aliases: tuple[Alias, ...] = ()
    request: SampleRequest | None = None
    samples: Samples | None = None
    answers: Samples | None = None
    is_loading: bool = False
    checks: Checks | None = None
    folders: tuple[str, ...] = ()
    rescoring: Rescoring = field(default_factory=Rescoring)


class Session:
    """The state of the app apart from its widgets.

    Args:
        paths: What is read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(Path(os.path.abspath(path)) for path in paths)
        self.home = _current_folder() or self.paths[0]  # where exports go unless told otherwise
        self.data = LoadState(folder="…")
        self.view = View()  # what is looked at
        self._wishes = View()  # what the user chose, also where it is not there for a while
        self.position = Position(folder=common_folder(self.paths))
        self.loaded: Loaded | None = None  # what is shown is made of it
        self._parts = (_Part(), _Part(), _Part())
        self.tables: Tables | None = None  # of the runs of it that are shown
        self.aliases: tuple[Alias, ...] = ()  # datasets that mean the same
        self.opened: frozenset[Key] | None = None
        self._selection: Selection | None = None
        self.samples: Samples | None = None  # what was read of the answers that are looked at
        self.request: SampleRequest | None = None  # which these are
        self.answers: Samples | None = None  # what was read of those of all runs that are shown
        self.answers_request: SampleRequest | None = None  # which these are
        self.unread: int | None = None  # bytes of them that nobody asked to read yet: too many
        self.rescoring = Rescoring()  # what was scored again, and with which filters
        self.sought_run: Key | None = None  # the one whose answers the user went to see
        self.checks: Checks | None = None  # whether runs are complete, as far as it was looked up
        self.checks_request: CheckRequest | None = None  # of which runs
        self.unchecked: int | None = None  # bytes that nobody asked to read for it: too many
        self.sought_check: Key | None = None  # the run whose checks the user went to see
        self._picked = False  # whether the user chose a dataset, or the overview
        self.places: tuple[Place, ...] = ()  # to go back to, the latest last
        self.arrival: Place | None = None  # what is to be shown, until its screen does
        self.wants_chart: bool | None = None  # None: where there is room
        self.waits = False  # whether nothing is drawn yet: what comes first depends on what is read
        self._is_drawn = False  # whether scores or answers are on the screen, or were

    @property
    def found_tables(self) -> Tables | None:
        """The open runs of all that was read by now."""
        return self._parts[0].of(_tables_of(self.data.loaded), self.opened)

    @property
    def open_tables(self) -> Tables | None:
        """The open runs of what is shown, also those for which there is no room."""
        return self._parts[1].of(_tables_of(self.loaded), self.opened)

    def _shown_tables(self, tables: Tables, dataset: str | None) -> Tables:
        """The open runs; of very many the first ones, since every run is a column.

        Those of the dataset come first.
        """
        if tables.runs.height <= MOST_RUNS:
            return tables
        own = set(tables.scores.filter(dataset=dataset or "")["run"])
        first = sorted(tables.labels, key=lambda run: run not in own)[:MOST_RUNS]
        return self._parts[2].of(tables, frozenset(first)) or tables

    def recall(self, view: View, opened: frozenset[Key] | None = None) -> None:
        """Look at what was wished before anything was read; ``opened`` runs alone, or at all."""
        self.view = self._wishes = view
        self._picked = view.dataset is not None
        self.open(opened)

    @property
    def chosen_dataset(self) -> str | None:
        """The dataset that the user chose, if it is there; None: none, or all of them."""
        return None if self.misses_dataset or not self._picked else self.view.dataset

    @property
    def misses_dataset(self) -> bool:
        """Whether the user chose a dataset that no open run has by now."""
        wanted = self._wishes.dataset
        return self._picked and wanted is not None and wanted != self.view.dataset

    @property
    def chosen_baseline(self) -> Key | None:
        """The baseline, if the user chose it."""
        return self.view.baseline if self.view.baseline == self._wishes.baseline else None

    @property
    def selection(self) -> Selection | None:
        """What the view chooses of the open runs; made once a change."""
        if self.tables is None:
            return None
        from tui_eval.analysis.selection import select

        known = self._selection
        if known is None or (known.tables, known.view) != (self.tables, self.view):
            known = self._selection = select(self.tables, self.view)
        return known

    @property
    def snapshot(self) -> Snapshot | None:
        """What screens are made of now; None: nothing was read yet, or it is not known what for."""
        loaded, found, opened, selection = (
            self.loaded,
            self.data.loaded,
            self.found_tables,
            self.selection,
        )
        if loaded is None or found is None or opened is None or selection is None or self.waits:
            return None
        return Snapshot(
            loaded,
            found,
            opened,
            selection,
            self.position,
            self.aliases,
            self.request,
            self.samples,
            self.answers,
            self.data.is_loading,
            self.known_checks,
            rescoring=self.rescoring,
        )

    def move(self, **places: Any) -> None:
        """Change where the user is, by the names of the fields of `Position`."""
        self.position = replace(self.position, **places)

    # the way back

    def place(self, mode: Mode, spot: Spot, question: str | None = None) -> Place:
        """What a screen shows now, as `Place` has it."""
        position = {name: getattr(self.position, name) for name in POSITIONS[mode]}
        is_picked = self._picked or self.view.dataset is not None  # what is seen is not replaced
        opened = None if mode == "files" else self.opened
        wanted = self._wishes if self.misses_dataset else self.view  # what stands in is not kept
        choices = choices_of(mode, wanted)
        return Place(mode, choices, position, opened, is_picked, question, spot)

    def leave(self, place: Place) -> None:
        """Remember a place that is left for another one."""
        self.places = with_place(self.places, place)

    def go_back(self) -> Place | None:
        """Look at what was looked at in the place before; None: there is none."""
        if not self.places:
            return None
        *before, place = self.places
        self.places, self.arrival = tuple(before), place
        self.position = replace(self.position, **place.position)
        if place.mode != "files":
            self._picked = place.is_picked
            self.opened = place.opened
            has_questions = place.mode in ("samples", "rescore")
            apart = {} if has_questions else {"category": None, "sample_runs": None}
            choices = {**apart, **place.choices}  # the questions that are left are not kept
            self._wishes = replace(self._wishes, **choices)
            self.view = replace(self.view, **choices)
            self._complete()
        return place

    @property
    def labels(self) -> Mapping[Key, str]:
        """How the open runs are shown, in the order of the labels."""
        return {} if self.tables is None else self.tables.labels

    def change(self, **choices: Any) -> None:
        """Change choices of the view, by the names of its fields."""
        self.waits = False
        if "dataset" in choices:
            self._catch_up()
            self._picked = True
            choices = {"category": None, "sample_runs": None, **choices}  # of one dataset
        elif choices.get("category") is not None:
            self._picked = True
            self._wishes = replace(self._wishes, dataset=self.view.dataset)
        self._wishes = replace(self._wishes, **choices)
        self.view = replace(self.view, **choices)
        if choices.keys() & _SUBJECT:
            self._complete()

    @property
    def open_count(self) -> int | None:
        """How many runs are open; None: all."""
        opened, loaded = self.found_tables, self.data.loaded
        if opened is None or loaded is None or opened is loaded.tables:
            return None
        return opened.runs.height

    @property
    def limit_note(self) -> str:
        """What is to be said where more runs are open than are shown; else nothing."""
        opened = self.open_tables
        if opened is None or opened.runs.height <= MOST_RUNS:
            return ""
        dataset = self.view.dataset
        rows = opened.scores if dataset is None else opened.scores.filter(dataset=dataset)
        runs = rows["run"].n_unique()
        if runs <= MOST_RUNS:
            return ""
        return f"Showing the first {MOST_RUNS} of {runs} runs by name: v chooses others."

    @property
    def fresh_note(self) -> str:
        """What is to be said where runs were read that are not shown yet; else nothing."""
        count = self.fresh_count
        return (
            f"{count} more run{'s were' if count > 1 else ' was'} read: r shows them."
            if count
            else ""
        )

    @property
    def fresh_count(self) -> int:
        """Open runs that were read since what is shown was drawn."""
        now, shown = self.found_tables, self.open_tables
        if now is None or shown is None or now is shown:
            return 0
        return len(now.labels.keys() - shown.labels.keys())

    def open(self, keys: frozenset[Key] | None, *, keeps_dataset: bool = False) -> None:
        """Look at these runs only; None: at all, also at those that are still to come.

        ``keeps_dataset``: also where the user did not choose the dataset that is shown.
        """
        self.waits = False
        self._is_drawn = keeps_dataset
        self.opened = keys
        self.show_found()

    def sample_request(self) -> SampleRequest | None:
        """The answers of the runs that are compared, the baseline's first; None: there are none."""
        loaded, selection = self.loaded, self.selection
        if loaded is None or selection is None or selection.dataset is None:
            return None
        answered = selection.answered
        if not answered:
            return None
        runs = {key: loaded.runs[key] for key in answered[:MOST_ANSWERS]}
        return SampleRequest(runs, selection.dataset, loaded, max(len(answered) - MOST_ANSWERS, 0))

    def all_answers_request(self) -> SampleRequest | None:
        """The answers of all runs that are shown of the dataset; None: there are none."""
        loaded, selection = self.loaded, self.selection
        if loaded is None or selection is None or selection.dataset is None:
            return None
        runs = {key: loaded.runs[key] for key in selection.scored_and_answered}
        return SampleRequest(runs, selection.dataset, loaded) if runs else None

    @property
    def known_checks(self) -> Checks | None:
        """What is known of whether runs are complete; None: nothing of what was read by now."""
        request = self.checks_request
        is_of_now = request is not None and request.loaded is self.data.loaded
        return self.checks if is_of_now else None

    def check_request(self) -> CheckRequest | None:
        """All open runs, that of which the user wants to know first; None: there are none yet.

        Not those that were scored again: they have the answers of others.
        """
        loaded, opened = self.data.loaded, self.found_tables
        if loaded is None or opened is None:
            return None
        keys = sorted(opened.labels, key=lambda key: key != self.sought_check)
        runs = {key: loaded.runs[key] for key in keys}
        return CheckRequest({key: run for key, run in runs.items() if not run.parent}, loaded)

    def seek_checks(self, run: Key | None) -> None:
        """Look for the checks of a run, which is opened for that if it is not."""
        self.sought_check = run
        if run is not None and self.opened is not None and run not in self.opened:
            self.open(self.opened | {run}, keeps_dataset=True)

    def stop_checks(self) -> None:
        """Take what was found for all that there is; what still comes is late."""
        if self.checks_request is not None:
            self.checks_request = self.checks_request._replace()  # equal, and another

    def stop_samples(self) -> None:
        """Take what was read of the answers for all that there is; what still comes is late."""
        from tui_eval.loading.passes import NOTHING

        samples = self.samples or NOTHING
        told = "Reading was stopped: answers are missing (r reads all files anew)."
        self.samples = replace(samples, notes=(told, *samples.notes), is_stopped=True)
        if self.request is not None:
            self.request = self.request._replace()  # equal, and another

    def stop_answers(self) -> None:
        """Test with what was read of the answers of all runs; what still comes is late."""
        from tui_eval.loading.passes import NOTHING

        self.answers = replace(self.answers or NOTHING, is_stopped=True)
        if self.answers_request is not None:
            self.answers_request = self.answers_request._replace()  # equal, and another

    def say_same(self, same: tuple[Alias, ...], member: DatasetName) -> None:
        """Put datasets side by side that mean the same, and look at the one of ``member``."""
        from tui_eval.analysis.aliases import members, shown_names, unified

        loaded = self.data.loaded
        if loaded is None:
            return
        self.aliases = same
        tables = unified(loaded.written, same)
        self.data = replace(self.data, loaded=loaded._replace(tables=tables))
        self._catch_up()
        names = shown_names(members(loaded.written), same)
        self.change(dataset=names.get(member, self.view.dataset))

    def forget(self, paths: Iterable[Path]) -> None:
        """Look at nothing that was read, but at what these paths hold."""
        self.paths = tuple(paths)
        self.opened = None
        self._is_drawn = False

    def take(self, data: LoadState, *, is_asked: bool = False) -> None:
        """Take what was read since.

        New runs wait until somebody wants them where scores are on the screen: nothing moves under
        a reader. ``is_asked``: it was asked for, as by watching or by reading anew.
        """
        self.data = data
        if is_asked or not self._is_drawn or not self.fresh_count:
            self.show_found()

    def show_found(self) -> None:
        """Show all that was read by now."""
        self._catch_up()
        self._complete()

    def hold(self) -> None:
        """What is looked at is drawn: it stays until the user chooses something else."""
        self._is_drawn = self.tables is not None and not self.tables.runs.is_empty()

    def _catch_up(self) -> None:
        if self.loaded is not self.data.loaded:
            self.loaded = self.data.loaded
            self._parts = (_Part(), _Part(), _Part())  # what was read before is freed

    def _complete(self) -> None:
        """Look at what the user chose, as far as the open runs offer it, else at what they do."""
        tables = self.open_tables
        if tables is None:
            return
        from tui_eval.analysis.selection import datasets, metrics, select, widest_dataset

        view, before = self._wishes, self.view if self._is_drawn else View()
        offered = datasets(tables.scores)
        if not self._picked or view.dataset not in (None, *offered):
            stays = before.dataset in offered
            dataset = before.dataset if stays else widest_dataset(tables.scores)
            view = replace(view, dataset=dataset, category=None, sample_runs=None)
        tables = self.tables = self._shown_tables(tables, view.dataset)
        known = [(metric.name, metric.filter) for metric in metrics(tables.scores, view.dataset)]
        if (view.metric, view.filter) not in known:
            view = replace(view, metric=None, filter=None)
        if view.threshold is not None and view.threshold.run not in (None, *tables.labels):
            view = replace(view, threshold=None)
        if view.sort_run not in tables.labels:
            view = replace(view, sort_run=None)
        runs = select(tables, view).runs
        wanted = [view.baseline, before.baseline if before.dataset == view.dataset else None, *runs]
        self.view = replace(view, baseline=next((run for run in wanted if run in runs), None))


def _tables_of(loaded: Loaded | None) -> Tables | None:
    return None if loaded is None else loaded.tables


class _Part:
    """Some of the runs that were read: the same tables as long as these stay what they are."""

    def __init__(self) -> None:
        self._whole: Tables | None = None
        self._runs: tuple[Key, ...] = ()
        self._part: Tables | None = None

    def of(self, whole: Tables | None, runs: Collection[Key] | None) -> Tables | None:
        """The runs of them, or all; None: nothing was read yet."""
        if whole is None or runs is None:
            return whole
        keep = tuple(run for run in whole.labels if run in runs)
        if len(keep) == len(whole.labels):
            return whole
        if (whole, keep) != (self._whole, self._runs):
            self._whole, self._runs, self._part = whole, keep, whole.only(keep)
        return self._part


def common_folder(paths: Sequence[Path]) -> Path:
    """The folder that holds all that is read."""
    folders = [path if os.path.isdir(path) else path.parent for path in paths]  # is_dir may raise
    return Path(os.path.commonpath(folders))


def _current_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return None
