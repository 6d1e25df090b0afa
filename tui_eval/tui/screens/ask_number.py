"""Asking for a number."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.validation import Number
from textual.widgets import Input, Static

from tui_eval.tui.screens.dialog import Dialog


class NumberScreen(Dialog[float]):
    """A number from 0 to ``top``.

    Args:
        question: What it is for.
        value: What it is now.
        top: The largest that makes sense.
    """

    def __init__(self, question: str, value: float, *, top: float) -> None:
        super().__init__()
        self._question = question
        self._value = value
        self._top = top

    def compose(self) -> ComposeResult:
        """The question and a line for the answer."""
        with Vertical(id="box"):
            yield Static(f"{self._question} (0–{self._top:g})", id="title", markup=False)
            limits = Number(minimum=0, maximum=self._top)
            yield Input(f"{self._value:g}", type="number", validators=[limits], compact=True)
            yield Static("Enter takes it · Esc leaves", classes="hint", markup=False)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.validation_result is not None and event.validation_result.is_valid:
            self.dismiss(float(event.value))
        else:
            hint = self.query_one(".hint", Static)
            hint.update(f"Give a number from 0 to {self._top:g}.")
            hint.add_class("error")
