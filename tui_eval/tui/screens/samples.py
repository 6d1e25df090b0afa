"""Screen 4: which questions changed hands, and what the models wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from tui_eval.render import safe_text
from tui_eval.tui.commands import ANSWERS, RUN, SAMPLES, bindings
from tui_eval.tui.screens.view_screen import Shown, ViewScreen
from tui_eval.tui.widgets.answer_pane import AnswerPane
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Report
    from tui_eval.analysis.view import View
    from tui_eval.samples import Samples
    from tui_eval.tables import Tables
    from tui_eval.tui.session import Loaded, Wanted

Asked = Literal["texts", "where"]

_HINTS: dict[Asked, str] = {
    "texts": "regular expression, found in prompts, references and answers",
    "where": 'a.correct and not b.correct · score < 0.5 · len(response) > 2000 · category == "law"',
}
_TOLD_EVERY = 200  # questions that are searched before what was found is told


@dataclass(frozen=True)
class ShownSamples(Shown):
    """Questions, and where their answers are.

    Attributes:
        wanted: The runs whose answers these are.
        places: Schema of `analysis.samples.places`.
    """

    wanted: Wanted | None = None
    places: pl.DataFrame | None = None


class _Question(NamedTuple):
    """A question of the table."""

    category: str | None
    sample: str


class SamplesScreen(ViewScreen):
    """Questions as rows; beside them what was asked and what the models wrote."""

    KEYS = (*SAMPLES, *ANSWERS, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(SAMPLES, ANSWERS, RUN)
    NUMBER = 4

    class Found(Message, bubble=False):
        """More of the questions hold what is sought."""

        def __init__(self, sought: re.Pattern[str], rows: tuple[int, ...], searched: int) -> None:
            self.sought = sought
            self.rows = rows
            self.searched = searched
            super().__init__()

    attempt = 0
    _asked: Asked = "texts"
    _pattern: re.Pattern[str] | None = None
    _searched = 0

    def compose_body(self) -> ComposeResult:
        """Questions and answers; no chart."""
        yield FrameTable(id="table", fixed_columns=1)
        yield AnswerPane(id="pane")
        yield Vertical(id="charts")

    def update_view(self) -> None:
        """See to it that the answers are read, and show what there is of them."""
        self.app.need_samples()  # type: ignore[attr-defined]
        super().update_view()

    def build(self, loaded: Loaded, tables: Tables, view: View) -> Shown:
        """The questions that the view asks for; in a thread."""
        from tui_eval.analysis import samples as analysis
        from tui_eval.labels import short_labels
        from tui_eval.render import ReportGrid

        samples, wanted = self.session.samples, self.session.samples_of
        if samples is None or wanted is None:
            return _nothing(tables, view, is_reading=wanted is not None)
        runs = list(wanted.runs)
        report = analysis.samples_report(tables, samples.rows, view, runs)
        short = short_labels(runs)
        return ShownSamples(
            report=report,
            grid=ReportGrid(report, _headings(short)),
            rows=(),
            context=(report.title, *_choices(view, samples)),
            exports=partial(_exports, report),
            sorted_by=view.sample_sort,
            descending=view.sample_descending,
            wanted=wanted,
            places=analysis.places(tables, samples.rows, view, runs),
        )

    # the answers at the cursor

    @on(FrameTable.CellHighlighted)
    def _show_answers(self) -> None:
        self.attempt = 0
        self._read_answers()

    def _read_answers(self) -> None:
        shown = self.shown
        question = self._question_at(self.table.cursor_row)
        if isinstance(shown, ShownSamples) and question is not None:
            self._read(shown, question, self.attempt)

    def _question_at(self, row: int) -> _Question | None:
        frame = self.shown.report.frame if self.shown else None
        if frame is None or not 0 <= row < frame.height or "sample" not in frame.columns:
            return None
        return _Question(*frame.select("category", "sample").row(row))
