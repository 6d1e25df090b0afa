"""Asking for a number."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.validation import Number
from textual.widgets import Input, Static

from tui_eval.tui.screens.dialog import Dialog


def wrong_number(top: float | None) -> str:
    """What to say to an answer that is not a number from 0 to ``top``."""
    return "Type a number, 0 or more." if top is None else f"Type a number from 0 to {top:g}."


class NumberScreen(Dialog[float]):
    """A number from 0 to ``top``, or from 0 on.

    Args:
        question: What it is for.
        value: What it is now.
        top: The largest that makes sense; None: there is none.
        empty: What no answer at all means; None: nothing.
    """

    def __init__(
        self, question: str, value: float, *, top: float | None, empty: float | None = None
    ) -> None:
        super().__init__()
        self._empty = empty
        self._question = question
        self._value = value
        self._top = top

    def compose(self) -> ComposeResult:
        """The question and a line for the answer."""
        with Vertical(id="box"):
            scale = "" if self._top is None else f" (0–{self._top:g})"
            yield Static(f"{self._question}{scale}", id="title", markup=False)
            limits = Number(minimum=0, maximum=self._top)
            yield Input(f"{self._value:g}", type="number", validators=[limits], compact=True)
            clears = "" if self._empty is None else "empty: none · "
            yield Static(f"{clears}Enter select · Esc cancel", classes="hint", markup=False)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if self._empty is not None and not event.value.strip():
            self.dismiss(self._empty)
        elif event.validation_result is not None and event.validation_result.is_valid:
            self.dismiss(float(event.value))
        else:
            hint = self.query_one(".hint", Static)
            hint.update(wrong_number(self._top))
            hint.add_class("error")
