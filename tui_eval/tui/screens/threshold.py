"""The filter by score: which side of which value, for whose score."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Select, Static

from tui_eval.analysis.view import Threshold
from tui_eval.render import safe_text
from tui_eval.tui.screens.dialog import Dialog

_ANY = ""


class ThresholdScreen(Dialog[Threshold]):
    """Keep categories with a score ≥ or ≤ a value.

    Args:
        threshold: The filter that is set.
        runs: Runs whose score may be asked.
        factor: Upper end of the scale that is shown; the answer is on the raw scale.
    """

    DEFAULT_CSS = """
    ThresholdScreen #row { height: 1; }
    ThresholdScreen #side { width: 18; }
    ThresholdScreen Input { width: 1fr; }
    """

    def __init__(self, threshold: Threshold | None, runs: Sequence[str], factor: float) -> None:
        super().__init__()
        self._now = threshold or Threshold(at_least=True, value=0.5)
        self._runs = tuple(runs)
        self._factor = factor

    def compose(self) -> ComposeResult:
        """Side, value and run."""
        with Vertical(id="box"):
            yield Static(
                f"Keep categories with a score (0–{self._factor:g})", id="title", markup=False
            )
            with Horizontal(id="row"):
                sides = [("≥ at least", True), ("≤ at most", False)]
                yield Select(
                    sides, value=self._now.at_least, allow_blank=False, compact=True, id="side"
                )
                value = f"{self._now.value * self._factor:g}"
                yield Input(value, type="number", compact=True)
            whose = [(Text("any run"), _ANY), *((Text(safe_text(run)), run) for run in self._runs)]
            chosen = self._now.run if self._now.run in self._runs else _ANY
            yield Static("met by", classes="hint", markup=False)
            yield Select(whose, value=chosen, allow_blank=False, compact=True, id="run")
            yield Static(
                "Enter applies · Tab goes on · Esc leaves", id="say", classes="hint", markup=False
            )

    def on_mount(self) -> None:
        """Start at the value."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        try:
            value = float(event.value) / self._factor
        except ValueError:
            say = self.query_one("#say", Static)
            say.update("Give a number.")
            say.add_class("error")
            return
        side = self.query_one("#side", Select).value
        run = self.query_one("#run", Select).value
        self.dismiss(Threshold(at_least=side is True, value=value, run=str(run) or None))
