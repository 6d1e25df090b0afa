"""New scores as a run of its own: on all screens of the app, or in files of lm-eval."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual import on, work
from textual.worker import get_current_worker

from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.scores_again import ScoresAgain, filters_of
from tui_eval.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.ways import Way
    from tui_eval.loading.derived import DerivedRun
    from tui_eval.records import Run
    from tui_eval.tui.screens.scores_again import Wanted

FOLDER = "folder"
"""What the prompt asks for."""


class Chosen(NamedTuple):
    """What becomes a run.

    Attributes:
        run: Whose answers.
        label: How it is shown.
        way: How they are scored.
        wanted: The answers.
        category: To which they are limited; None: to none.
        where: The condition to which they are limited; empty: none.
        asked: Questions that the run has in all.
    """

    run: Run
    label: str
    way: Way
    wanted: Wanted
    category: str | None
    where: str
    asked: int


class MakesRuns(ScoresAgain):
    """A view whose scores can become a run of its own.

    A part of a screen, as a subclass of `ViewScreen`.
    """

    @abstractmethod
    def stay_at(self, chosen: Chosen) -> None:
        """Leave the cursor where it is, whatever is read anew meanwhile."""

    @abstractmethod
    def chosen(self) -> Chosen | None:
        """The filter and the run at the cursor; None: there are none."""

    def action_make_run(self) -> None:
        """Make the scores at the cursor a run of its own."""
        chosen = self.chosen()
        if chosen is None:
            self.notify("Put the cursor on a score first.", markup=False)
        elif self.session.data.is_loading:
            self.notify("Files are still being read.", markup=False)
        else:
            self._make_run(chosen, None)

    def action_save_files(self) -> None:
        """Ask for the folder in which the scores at the cursor are saved."""
        if self.chosen() is None:
            self.notify("Put the cursor on a score first.", markup=False)
            return
        proposed = str(self.session.home / "rescored")
        self.prompt.ask(FOLDER, proposed, "a folder", "save in folder")
        self.prompt.cursor_position = len(proposed)

    @on(Prompt.Given)
    def _take_folder(self, event: Prompt.Given) -> None:
        chosen = self.chosen()
        if event.asked != FOLDER or not event.text.strip() or chosen is None:
            return
        self.close_prompt()
        try:
            folder = Path(os.path.abspath(Path(event.text).expanduser()))
        except (RuntimeError, OSError):  # nobody has this name, or the current folder is gone
            self.notify("Not saved: there is no such folder.", severity="warning", markup=False)
            return
        self._make_run(chosen, folder)

    @work(thread=True, exclusive=True, group="make run", description="make run")
    def _make_run(self, chosen: Chosen, folder: Path | None) -> None:
        from tui_eval.files.documents import Refusal
        from tui_eval.loading.saving import save

        try:
            made = self._made(chosen, folder)
            if made is None:
                return
            if folder is None:
                self.app.call_from_thread(self.stay_at, chosen)
                self.reading.add(made)
                label = f"{chosen.label} · {chosen.way.name}"
                said = f"Made a run: {label}. 2 shows it on Scores"
            else:
                said = f"Saved {save(made, folder)}"
        except (ValueError, OSError, Refusal) as error:
            words = safe_text(f"No run was made: {error}")
            tell = partial(self.notify, words, severity="warning", markup=False, timeout=8)
        else:
            tell = partial(self.notify, safe_text(said), markup=False, timeout=8)
        self.app.call_from_thread(tell)

    def _made(self, chosen: Chosen, folder: Path | None) -> DerivedRun | None:
        """Score the answers, of which most is known by now; None: it was stopped."""
        from tui_eval.loading.derived import derive

        worker, wanted = get_current_worker(), chosen.wanted
        (wish,) = filters_of([chosen.way])
        came = self.rescorer.rescore(
            {chosen.run.key: chosen.run},
            wanted.loaded.written,
            wanted.loaded.tables,
            wanted.rows,
            [wish],
            chosen.way.metric,
            states=wanted.samples.states,
            cancelled=lambda: worker.is_cancelled,
        )
        last = deque(came, maxlen=1)
        if not last or not last[0].is_whole or worker.is_cancelled:
            return None
        return derive(
            chosen.run,
            chosen.label,
            wanted.loaded.written,
            wanted.loaded.tables,
            last[0].rows,
            last[0].totals,
            wish,
            chosen.way.metric,
            category=chosen.category,
            where=chosen.where,
            asked=chosen.asked,
            beside=None if folder else _beside(last[0].totals),
        )


def _beside(totals: pl.DataFrame) -> str | None:
    """The filter whose scores the new ones can stand beside: of the same metric; None: none."""
    import polars as pl

    same = totals.filter(pl.col("metric") == pl.col("stored_metric"))
    names = same["stored_filter"].unique().to_list()
    return names[0] if len(names) == 1 and same.height == totals.height else None
