"""What all screens share: the data that is loaded, the runs that are open, and the view on them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tui_eval.analysis.view import Part, View
from tui_eval.tui.places import POSITIONS, Mode, Place, Spot, choices_of, with_place

if TYPE_CHECKING:  # the first frame is drawn before Polars is imported
    import polars as pl

    from tui_eval.analysis.selection import Selection
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
        held: Text that rows of Files must hold; empty: all are shown.
    """

    page: int = 0
    part: Part = "categories"
    folder: Path = field(default_factory=Path)
    held: str = ""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a screen is made of: what it shows is a function of this value alone.

    Attributes:
        loaded: Everything that was read.
        selection: The runs of it that are open, and what to look at.
        position: Where the user is.
        aliases: Datasets that the user said to be the same.
        request: Answers that are wanted; None: none are, or there are none.
        samples: What was read of them; None: nothing yet.
        is_loading: Whether more files may come.
        folders: Names of the folders in that of ``position``, where they are shown.
    """

    loaded: Loaded
    selection: Selection
    position: Position = field(default_factory=Position)
    aliases: tuple[Alias, ...] = ()
    request: SampleRequest | None = None
    samples: Samples | None = None
    is_loading: bool = False
    folders: tuple[str, ...] = ()


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
        self.tables: Tables | None = None  # of the open runs
        self.aliases: tuple[Alias, ...] = ()  # datasets that mean the same
        self.opened: frozenset[Key] | None = None
        self._selection: Selection | None = None
        self.samples: Samples | None = None  # what was read of the answers that are looked at
        self.request: SampleRequest | None = None  # which these are
        self.sought_run: Key | None = None  # the one whose answers the user went to see
        self._picked = False  # whether the user chose a dataset, or the overview
        self.places: tuple[Place, ...] = ()  # to go back to, the latest last
        self.arrival: Place | None = None  # what is to be shown, until its screen does
        self.wants_chart: bool | None = None  # None: where there is room

    def _open_tables(self) -> Tables | None:
        """The chosen runs, or all; of very many the first ones, since every run is a column."""
        tables = self.data.loaded.tables if self.data.loaded else None
        if tables is None or (self.opened is None and tables.runs.height <= MOST_RUNS):
            return tables
        chosen = [run for run in tables.labels if self.opened is None or run in self.opened]
        return tables.only(chosen[:MOST_RUNS])

    def recall(self, view: View, opened: frozenset[Key] | None = None) -> None:
        """Look at what was wished before anything was read; ``opened`` runs alone, or at all."""
        self.view = self._wishes = view
        self._picked = view.dataset is not None
        self.open(opened)

    @property
    def chosen_dataset(self) -> str | None:
        """The dataset that the user chose; None: none, or all of them."""
        return self.view.dataset if self._picked else None

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
        """What screens are made of now; None: nothing was read yet."""
        loaded, selection = self.data.loaded, self.selection
        if loaded is None or selection is None:
            return None
        return Snapshot(
            loaded,
            selection,
            self.position,
            self.aliases,
            self.request,
            self.samples,
            self.data.is_loading,
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
        choices = choices_of(mode, self.view)
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
            if place.opened != self.opened:
                self.opened = place.opened
                self.tables = self._open_tables()
            self._wishes = replace(self._wishes, **place.choices)
            self.view = replace(self.view, **place.choices)
            self._complete()
        return place

    @property
    def labels(self) -> Mapping[Key, str]:
        """How the open runs are shown, in the order of the labels."""
        return {} if self.tables is None else self.tables.labels

    def change(self, **choices: Any) -> None:
        """Change choices of the view, by the names of its fields."""
        if "dataset" in choices:
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
        if self.tables is None or self.data.loaded is None:
            return None
        count = self.tables.runs.height
        return None if count == self.data.loaded.tables.runs.height else count

    @property
    def limit_note(self) -> str:
        """What is to be said where more runs are open than are shown; else nothing."""
        if self.tables is None or self.data.loaded is None:
            return ""
        runs = self.data.loaded.tables.runs.height if self.opened is None else len(self.opened)
        if runs <= MOST_RUNS:
            return ""
        return f"Showing the first {MOST_RUNS} of {runs} runs by name: mark others on Files (1)."

    def open(self, keys: frozenset[Key] | None) -> None:
        """Look at these runs only; None: at all, also at those that are still to come."""
        self.opened = keys
        self.tables = self._open_tables()
        self._complete()

    def sample_request(self) -> SampleRequest | None:
        """The answers of the runs that are compared, the baseline's first; None: there are none."""
        loaded, selection = self.data.loaded, self.selection
        if loaded is None or selection is None or selection.dataset is None:
            return None
        answered = selection.answered
        if not answered:
            return None
        runs = {key: loaded.runs[key] for key in answered[:MOST_ANSWERS]}
        return SampleRequest(runs, selection.dataset, loaded, max(len(answered) - MOST_ANSWERS, 0))

    def stop_samples(self) -> None:
        """Take what was read of the answers for all that there is; what still comes is late."""
        from tui_eval.loading.passes import NOTHING

        samples = self.samples or NOTHING
        told = "Reading was stopped: answers are missing (r reads all files anew)."
        self.samples = replace(samples, notes=(told, *samples.notes), is_stopped=True)
        if self.request is not None:
            self.request = self.request._replace()  # equal, and another

    def say_same(self, same: tuple[Alias, ...], member: DatasetName) -> None:
        """Put datasets side by side that mean the same, and look at the one of ``member``."""
        from tui_eval.analysis.aliases import members, shown_names, unified

        loaded = self.data.loaded
        if loaded is None:
            return
        self.aliases = same
        tables = unified(loaded.written, same)
        self.data = replace(self.data, loaded=loaded._replace(tables=tables))
        self.tables = self._open_tables()
        names = shown_names(members(loaded.written), same)
        self.change(dataset=names.get(member, self.view.dataset))

    def take(self, data: LoadState) -> None:
        """Take what was read since."""
        self.data = data
        self.tables = self._open_tables()
        self._complete()

    def _complete(self) -> None:
        """Look at what the user chose, as far as the open runs offer it, else at what they do."""
        tables = self.tables
        if tables is None:
            return
        from tui_eval.analysis.selection import datasets, metrics, select, widest_dataset

        view = self._wishes
        if not self._picked or view.dataset not in (None, *datasets(tables.scores)):
            dataset = widest_dataset(tables.scores)
            view = replace(view, dataset=dataset, category=None, sample_runs=None)
        offered = [(metric.name, metric.filter) for metric in metrics(tables.scores, view.dataset)]
        if (view.metric, view.filter) not in offered:
            view = replace(view, metric=None, filter=None)
        if view.threshold is not None and view.threshold.run not in (None, *tables.labels):
            view = replace(view, threshold=None)
        if view.sort_run not in tables.labels:
            view = replace(view, sort_run=None)
        runs = select(tables, view).runs
        first = runs[0] if runs else None
        self.view = replace(view, baseline=view.baseline if view.baseline in runs else first)


def common_folder(paths: Sequence[Path]) -> Path:
    """The folder that holds all that is read."""
    folders = [path if os.path.isdir(path) else path.parent for path in paths]  # is_dir may raise
    return Path(os.path.commonpath(folders))


def _current_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return None
