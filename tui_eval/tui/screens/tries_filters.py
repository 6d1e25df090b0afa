"""What a filter takes from the answers that are seen: read and tried in threads, as one types."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from tui_eval.analysis.notes import Count
from tui_eval.analysis.ways import Way
from tui_eval.render.extractions import ExtractionGrid, Tried
from tui_eval.render.safe import safe_text
from tui_eval.rescoring.filters import UNFILTERED
from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    from tui_eval.loading.try_filter import At
    from tui_eval.records import Filter, Recorded, Run, ScoredBy


@dataclass(frozen=True, eq=False)
class Trial:
    """A filter on the answers of a run.

    Attributes:
        filter: What is tried; None: nothing is, the answers alone are shown.
        metric: By which what it takes is scored.
        run: Whose answers.
        name: What the run is called.
        at: Where they are.
        ids: Numbers or names of their questions.
        stored: The scores that they have; None: none.
        stored_by: Which filter of the harness gave these; empty: it has none.
        known: What is known of them by now, by place.
    """

    filter: Filter | None
    metric: ScoredBy
    run: Run
    name: str
    at: Sequence[At]
    ids: Sequence[str]
    stored: Sequence[float | None]
    stored_by: str = ""
    known: dict[object, Tried] = field(default_factory=dict)

    @property
    def made_by(self) -> object:
        """What decides what is taken, whatever it is called."""
        return None if self.filter is None else (self.filter.steps, self.metric)

    def told(self) -> str:
        """What it is, and what it takes from the answers that it was tried on."""
        known = () if self.filter is None else self.known.values()
        tried = [one for one in known if one.extracted is not None]
        invalid = sum(one.status == "unparsed" for one in tried)
        late = sum(one.status == "timed out" for one in self.known.values())
        right = sum(one.now is not None and one.now >= 1 for one in tried)
        parts = [f"answers of {self.name}"]
        if tried or late:
            seen = (
                f"of {Count(len(tried) + late, 'answer')} seen {right} right, {invalid} [invalid]"
            )
            parts.append(seen + (f", {late} timed out" if late else ""))
        parts += [f"stored: {self.stored_by}"] if self.stored_by else []
        is_plain = self.filter is None or self.filter == UNFILTERED
        parts += [] if is_plain else [Way(self.filter).steps_told]
        return " · ".join(parts)


_ENDED = ("timed out", "error")

_TELL_EVERY = 0.05  # seconds: a row costs a line of drawing


class TriesFilters(ViewScreen):
    """A view that shows what a filter takes from answers, of the rows that are seen.

    A part of a screen, as a subclass of `ViewScreen`: the table ``#answers`` below the other one.
    """

    class Known(Message, bubble=False):
        """More is known of some answers."""

        def __init__(self, trial: Trial, found: Mapping[int, Tried]) -> None:
            self.trial = trial
            self.found = found
            super().__init__()

    _trial: Trial | None = None
    _texts: dict[tuple[str, At], Recorded]

    def compose_body(self) -> ComposeResult:
        """The filters, what is tried, and the answers."""
        yield from super().compose_body()
        yield Static(id="tried", markup=False)
        yield FrameTable(id="answers", fixed_columns=1)

    def on_mount(self) -> None:
        """Try what is scrolled into view."""
        self._texts = {}
        self.watch(self.answers, "scroll_y", self._try_seen, init=False)

    def on_resize(self) -> None:
        """Try what more there is room for."""
        super().on_resize()
        self.call_after_refresh(self._try_seen)

    @property
    def answers(self) -> FrameTable:
        """The table of answers."""
        return self.query_one("#answers", FrameTable)

    @abstractmethod
    def trial_at_cursor(self) -> Trial | None:
        """The filter that is tried, and on what; None: there is nothing to try it on."""

    def show_trial(self) -> None:
        """Show what the filter at the cursor, or the one that is typed, takes from the answers."""
        trial, before = self.trial_at_cursor(), self._trial
        answers, told = self.answers, self.query_one("#tried", Static)
        answers.display = told.display = trial is not None
        self._trial = trial
        if trial is None:
            return
        is_of_run = before is not None and before.run is trial.run and before.at == trial.at
        if before is not None and is_of_run:
            trial.known.update(_taken_over(before, trial))
        grid = ExtractionGrid(trial.at, trial.ids, trial.known)
        answers.show(grid, keep_cursor=is_of_run)
        self._tell_trial(trial)
        self.call_after_refresh(self._try_seen)

    def stop_trial(self) -> None:
        """Stop trying."""
        self.workers.cancel_group(self, "trial")

    def _tell_trial(self, trial: Trial) -> None:
        text = Text(safe_text(trial.told()), no_wrap=True, overflow="ellipsis")
        self.query_one("#tried", Static).update(text)

    def _try_seen(self) -> None:
        """Try the filter on the rows that are seen, as far as that was not done."""
        trial, seen = self._trial, self.answers.rows_seen
        if trial is None:
            return
        missing = [row for row in seen if not self._is_known(trial, row)]
        if missing:
            self._try(trial, missing)

    @staticmethod
    def _is_known(trial: Trial, row: int) -> bool:
        known = trial.known.get(trial.at[row])
        if known is None:
            return False
        return trial.filter is None or known.extracted is not None or known.status != "ok"

    # Without a description Textual writes all arguments out to make one, on the event loop.
    @work(thread=True, exclusive=True, group="trial", description="trial")
    def _try(self, trial: Trial, rows: Sequence[int]) -> None:
        from tui_eval.loading.rescore_child import Job
        from tui_eval.loading.try_filter import taken_from, texts_at

        worker = get_current_worker()

        def cancelled() -> bool:
            return worker.is_cancelled

        key = trial.run.key
        unread = [trial.at[row] for row in rows if (key, trial.at[row]) not in self._texts]
        for at, text in texts_at(trial.run, unread, cancelled):
            self._texts[key, at] = text
        there = [row for row in rows if (key, trial.at[row]) in self._texts]
        texts = [self._texts[key, trial.at[row]] for row in there]
        bare = [
            Tried(
                _response(text),
                _target(text),
                None if trial.filter is not None else "",
                stored=trial.stored[row],
            )
            for row, text in zip(there, texts, strict=True)
        ]
        if cancelled():
            return
        gone = {row: Tried("", "", status="error") for row in rows if row not in there}
        self.post_message(self.Known(trial, {**dict(zip(there, bare, strict=True)), **gone}))
        if trial.filter is None:
            return
        plain = [text._replace(stored={}) for text in texts]
        found: dict[int, Tried] = {}
        due = time.monotonic() + _TELL_EVERY
        for number, taken in taken_from(plain, Job(trial.filter, trial.metric), cancelled):
            found[there[number]] = bare[number]._replace(
                extracted=taken.extracted if taken.status in _ENDED else taken.extracted or "",
                status=taken.status,  # type: ignore[arg-type]
                now=taken.score,
            )
            if time.monotonic() >= due:
                self.post_message(self.Known(trial, found))
                found, due = {}, time.monotonic() + _TELL_EVERY
        if found:
            self.post_message(self.Known(trial, found))

    @on(Known)
    def _take_known(self, event: Known) -> None:
        trial = event.trial
        if trial is not self._trial:
            return
        for row, tried in event.found.items():
            trial.known[trial.at[row]] = tried
            self.answers.renew(row, row + 1)
        self._tell_trial(trial)


def _taken_over(before: Trial, trial: Trial) -> Iterator[tuple[At, Tried]]:
    """What is known of answers of the same run: their texts; of the same filter all of it."""
    is_same = before.made_by == trial.made_by
    nothing = None if trial.filter is not None else ""
    for at, score in zip(trial.at, trial.stored, strict=True):
        one = before.known.get(at)
        if one is not None:
            now = one if is_same else one._replace(extracted=nothing, status="ok", now=None)
            yield at, now._replace(stored=score)


def _response(text: Recorded) -> str:
    """The first response; of options that were rated, which of them the model holds likeliest."""
    if text.responses:
        return text.responses[0]
    if text.options and text.ratings:
        best = max(range(len(text.ratings)), key=lambda number: text.ratings[number].value)
        return text.options[best] if best < len(text.options) else ""
    return ""


def _target(text: Recorded) -> str:
    target = text.target
    if isinstance(target, int) and target < len(text.options):
        return text.options[target]
    if isinstance(target, tuple):
        return " | ".join(map(str, target))
    return "" if target is None else str(target)
