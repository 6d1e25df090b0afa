"""The filter by score: which side of which value, for whose score."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.validation import Number
from textual.widgets import Input, Select, Static

from tui_eval.analysis.view import Threshold
from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.ask_number import wrong_number
from tui_eval.tui.screens.dialog import Dialog

_ANY = ""


class ThresholdScreen(Dialog[Threshold]):
    """Keep categories with a score ≥ or ≤ a value.

    Args:
        threshold: The filter that is set.
        runs: Runs whose score may be asked: labels by key.
        factor: What raw values are multiplied with to be shown; the answer is on the raw scale.
        top: The largest value that is shown; None: counts, which have none.
    """

    DEFAULT_CSS = """
    ThresholdScreen #row { height: 1; }
    ThresholdScreen #side { width: 18; }
    ThresholdScreen Input { width: 1fr; }
    """

    def __init__(
        self,
        threshold: Threshold | None,
        runs: Mapping[str, str],
        factor: float,
        *,
        top: float | None,
    ) -> None:
        super().__init__()
        self._now = threshold or Threshold(at_least=True, value=0.5)
        self._runs = runs
        self._factor = factor
        self._top = top

    def compose(self) -> ComposeResult:
        """Side, value and run."""
        with Vertical(id="box"):
            what = "count" if self._top is None else f"score (0–{self._top:g})"
            yield Static(f"Keep categories with a {what}", id="title", markup=False)
            with Horizontal(id="row"):
                sides = [("≥ at least", True), ("≤ at most", False)]
                yield Select(
                    sides, value=self._now.at_least, allow_blank=False, compact=True, id="side"
                )
                value = f"{self._now.value * self._factor:g}"
                limits = Number(minimum=0, maximum=self._top)
                yield Input(value, type="number", validators=[limits], compact=True)
            names = [(Text(safe_text(label)), run) for run, label in self._runs.items()]
            whose = [(Text("any run"), _ANY), *names]
            chosen = self._now.run if self._now.run in self._runs else _ANY
            yield Static("met by", classes="hint", markup=False)
            yield Select(whose, value=chosen, allow_blank=False, compact=True, id="run")
            yield Static(
                "Enter apply · Tab next field · Esc cancel", id="say", classes="hint", markup=False
            )

    def on_mount(self) -> None:
        """Start at the value."""
        self.set_focus(self.query_one(Input))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.validation_result is None or not event.validation_result.is_valid:
            say = self.query_one("#say", Static)
            say.update(wrong_number(self._top))
            say.add_class("error")
            return
        value = float(event.value) / self._factor
        side = self.query_one("#side", Select).value
        run = self.query_one("#run", Select).value
        self.dismiss(Threshold(at_least=side is True, value=value, run=str(run) or None))
