"""Filters that are typed, kept by name and deleted; the metric by which they are scored."""

from __future__ import annotations

import re
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.timer import Timer
from textual.widgets import Static

from tui_eval.analysis.ways import Way, filter_json, free_name, with_pattern
from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.choosers import ChoosesData
from tui_eval.tui.screens.tries_filters import TriesFilters
from tui_eval.tui.widgets.frame_table import FrameTable
from tui_eval.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from tui_eval.records import Filter, Recorded
    from tui_eval.tui.rescored import Rescoring

PATTERN, JSON, NAME, METRIC = "pattern", "json", "filter name", "metric"
"""What the prompt asks for."""

_WAIT = 0.15  # seconds after a key in which no other one may come before a filter is tried

_HINT = r"a regular expression: ([0-9.,]+)   the first group is the answer; Enter scores all"
_JSON_HINT = '[{"function": "regex", "regex_pattern": "…"}, {"function": "take_first"}]'
_AS_STORED = "as each run was scored"
_OTHER = "other: type its name and options …"


class EditsFilters(TriesFilters, ChoosesData):
    """A view whose filters can be changed: what is typed is tried at once on what is seen.

    A part of a screen, as a subclass of `ViewScreen`.
    """

    _edited: Filter | None = None  # the filter of which another one is made
    _waits: Timer | None = None

    @abstractmethod
    def way_at_cursor(self) -> Way | None:
        """The filter of the row at the cursor; None: a new one can be typed there."""

    @property
    @abstractmethod
    def ways(self) -> Sequence[Way]:
        """All rows."""

    @property
    def texts_read(self) -> Sequence[Recorded]:
        """Answers whose texts were read to try filters on them."""
        return tuple(self._texts.values())

    def _know(self, **changes: object) -> None:
        """Change what is known of filters."""
        self.session.rescoring = replace(self.session.rescoring, **changes)  # type: ignore[arg-type]

    # typing

    @on(FrameTable.RowSelected, "#table")
    def _edit(self) -> None:
        """Edit the pattern at the cursor; where there is none, all of the filter."""
        way = self.way_at_cursor()
        if way is None:
            self._ask(None, PATTERN, "", "new regex")
        elif way.filter is None:
            self.notify("Ratings of options are scored: no filter changes them.", markup=False)
        elif way.pattern:
            self._ask(way.filter, PATTERN, way.pattern, "regex")
        else:
            self.action_edit_json()

    def action_edit_json(self) -> None:
        """Edit all steps of the filter at the cursor."""
        way = self.way_at_cursor()
        if way is not None and way.filter is None:
            self.notify("Ratings of options are scored: no filter changes them.", markup=False)
            return
        known = None if way is None else way.filter
        self._ask(known, JSON, "" if known is None else filter_json(known), "filter as JSON")

    def _ask(self, known: Filter | None, asked: str, text: str, label: str) -> None:
        self._edited = known
        hint = _HINT if asked == PATTERN else _JSON_HINT
        self.prompt.ask(asked, text, hint, label)
        self.prompt.cursor_position = len(text)

    def typed_filter(self, asked: str, text: str) -> Filter | None:
        """The filter that a text in the prompt means; None: nothing was typed, or no change.

        Raises:
            FilterError: It is none.
        """
        from tui_eval.rescoring.filters import filter_of
        from tui_eval.rescoring.spec import filter_from_spec

        known = self._edited
        if not text.strip():
            return None
        if asked == PATTERN:
            check_pattern(text)
        if asked == JSON:
            found = filter_from_spec(text)
            is_same = known is not None and found == known
            return None if is_same else found
        if known is None:
            return filter_from_spec(f"regex:{text}")
        if text == Way(known).pattern:
            return None
        made = with_pattern(known, text, known.name)
        steps = [{"function": step.function, **step.options} for step in made.steps]
        return filter_of(steps, known.name)

    @on(Prompt.Typed)
    def _wait_for_more(self, event: Prompt.Typed) -> None:
        """Try what is typed as soon as no key comes for a moment."""
        if event.asked not in (PATTERN, JSON):
            return
        if self._waits is not None:
            self._waits.stop()
        self._waits = self.set_timer(_WAIT, lambda: self._try_typed(event.asked))

    def _try_typed(self, asked: str) -> None:
        if not self.prompt.is_open:
            return
        from tui_eval.rescoring.filters import FilterError

        try:
            found = self.typed_filter(asked, self.prompt.value)
        except FilterError as error:
            self.complain(error)
            return
        self.complain(None)
        if found != self.session.rescoring.trial:
            self._know(trial=found)
            self.show_trial()

    def complain(self, wrong: Exception | None) -> None:
        """Say what is wrong with what is typed; None: nothing is."""
        line = self.query_one("#complaint", Static)
        line.display = wrong is not None
        words = "" if wrong is None else str(wrong)
        line.update(Text(safe_text(words), no_wrap=True, overflow="ellipsis"))

    @on(Prompt.Left)
    def _forget_typed(self) -> None:
        self.complain(None)
        if self.session.rescoring.trial is not None:
            self._know(trial=None)
            self.show_trial()

    @on(Prompt.Given)
    def _take_typed(self, event: Prompt.Given) -> None:
        """Take a filter, a name or a metric; where it is wrong the prompt stays, and says why."""
        from tui_eval.rescoring.filters import FilterError

        try:
            if event.asked in (PATTERN, JSON):
                self._take_filter(self.typed_filter(event.asked, event.text))
            elif event.asked == NAME:
                self._keep(event.text.strip())
            elif event.asked == METRIC:
                self._take_metric_spec(event.text.strip())
        except FilterError as error:
            self.complain(error)
            if isinstance(error.__cause__, re.error) and error.__cause__.pos is not None:
                self.prompt.cursor_position = error.__cause__.pos

    def _close(self) -> None:
        self.complain(None)
        self._know(trial=None)
        self.close_prompt()

    def _take_filter(self, found: Filter | None) -> None:
        """Put a typed filter into the list: in the place of the typed one that was edited."""
        known, edited = self.session.rescoring, self._edited
        self._close()
        if found is None:
            self.show_trial()
            return
        drafts = list(known.drafts)
        is_typed = edited in drafts
        name = found.name
        if edited is not None and name == edited.name and not is_typed:
            name = f"{name} edited"
        taken = {way.name for way in self.ways if not (is_typed and way.filter == edited)}
        found = found._replace(name=free_name(name, taken))
        drafts = [found if one == edited else one for one in drafts]
        self._know(drafts=tuple(drafts if is_typed else [*drafts, found]), is_stopped=False)
        self.goes_to = found.name
        self.update_view()

    # keeping

    def action_keep_filter(self) -> None:
        """Ask by which name the filter at the cursor is kept."""
        way = self.way_at_cursor()
        if way is None or way.filter is None:
            self.notify("Put the cursor on a filter first.", markup=False)
            return
        self._edited = way.filter
        name = way.name.removeprefix("regex:") if way.origin == "new" else way.name
        self.prompt.ask(NAME, name, "a name", "keep as")

    def _keep(self, name: str) -> None:
        from tui_eval.loading.config import ConfigError
        from tui_eval.loading.kept_filters import filters_path, keep_filter

        edited = self._edited
        if edited is None or not name:
            return
        try:
            keep_filter(edited._replace(name=name))
        except ConfigError as error:
            self._close()
            self.notify(safe_text(f"Not kept: {error}"), severity="warning", markup=False)
            return
        drafts = tuple(one for one in self.session.rescoring.drafts if one != edited)
        self._know(drafts=drafts)
        self._close()
        self.notify(safe_text(f"Kept as {name} in {filters_path()}"), markup=False)
        self.update_view()

    def action_forget_filter(self) -> None:
        """Delete the filter at the cursor where it is a person's own."""
        from tui_eval.loading.config import ConfigError
        from tui_eval.loading.kept_filters import forget_filter

        way = self.way_at_cursor()
        if way is None or way.filter is None or way.origin == "run":
            self.notify("Only kept and new filters can be deleted.", markup=False)
            return
        if way.origin == "kept":
            try:
                forget_filter(way.kept_as or way.name)
            except ConfigError as error:
                self.notify(safe_text(f"Not deleted: {error}"), severity="warning", markup=False)
                return
        gone = (way.kept_as or way.name, way.filter.steps)
        known = self.session.rescoring.drafts
        drafts = tuple(one for one in known if (one.name, one.steps) != gone)
        self._know(drafts=drafts)
        self.notify(safe_text(f"Deleted {way.name}"), markup=False)
        self.update_view()

    def with_kept(self, known: Rescoring) -> Rescoring:
        """The same with the filters that are kept by now; in a thread."""
        from tui_eval.loading.config import ConfigError
        from tui_eval.loading.kept_filters import read_filters

        try:
            return replace(known, kept=read_filters(), trouble="")
        except ConfigError as error:
            return replace(known, kept=(), trouble=str(error))

    # the metric

    async def action_scored_by(self) -> None:
        """Ask for the metric."""
        way = next(iter(self.ways), None)
        if way is None or way.filter is None:
            self.notify("The rows are the metrics here.", markup=False)
            return
        offered = {_AS_STORED: "", **{spec.replace(":", ": "): spec for spec in self._metrics()}}
        offered[_OTHER] = _OTHER
        now = self.session.position.rescored_by
        await self.ask_one("Metric", offered, now, self._take_metric_choice)

    def _metrics(self) -> list[str]:
        """Metrics that can be computed of responses, with their options."""
        from tui_eval.rescoring.matching import FLAGS

        sets = [some for size in range(len(FLAGS) + 1) for some in combinations(FLAGS, size)]
        exact = ["exact_match" + (f":{','.join(some)}" if some else "") for some in sets]
        repeats = max((len(text.responses) for text in self.texts_read), default=1)
        of_repeats = [f"{name}@{k}" for name in ("maj", "pass") for k in _some_of(repeats)]
        return [*exact, *of_repeats]

    def _take_metric_choice(self, spec: str) -> None:
        if spec == _OTHER:
            self.prompt.ask(METRIC, "", "exact_match:ignore_case   maj@4   pass@8   bleu", "metric")
        else:
            self._use_metric(spec)

    def _take_metric_spec(self, spec: str) -> None:
        from tui_eval.rescoring.spec import metric_from_spec

        if spec:
            metric_from_spec(spec)
        self._close()
        self._use_metric(spec)

    def _use_metric(self, spec: str) -> None:
        self._know(is_stopped=False)
        self.session.move(rescored_by=spec)
        self.update_view()

    # what others ask

    goes_to: str | None = None

    def go_to_new(self) -> None:
        """Put the cursor on the filter that was typed last, as soon as its row is there."""
        names = [way.name for way in self.ways]
        if self.goes_to in names:
            self.table.move_cursor(row=names.index(self.goes_to))
            self.goes_to = None


def check_pattern(text: str) -> None:
    """Raises `FilterError` where a text is no pattern: what is wrong, and where."""
    from tui_eval.rescoring.filters import FilterError

    try:
        with warnings.catch_warnings():  # of what a later Python may read otherwise
            warnings.simplefilter("ignore")
            re.compile(text)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        raise FilterError(f"wrong pattern{place}: {error.msg}") from error
    except (OverflowError, RecursionError) as error:
        raise FilterError(f"wrong pattern: {error}") from error


def _some_of(repeats: int) -> list[int]:
    """Numbers of repeats that are offered: powers of two, and all of them."""
    if repeats < 2:
        return []
    return sorted({2**power for power in range(1, repeats.bit_length())} | {repeats})
