"""Which text of a question is copied: one more key says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui_eval.render.safe import safe_text
from tui_eval.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from textual import events

    from tui_eval.records import Answer
    from tui_eval.render.answers.layout import Question

_PROMPT, _TARGET = "p", "t"


class Copyable(NamedTuple):
    """A text that can be copied.

    Attributes:
        key: What is pressed for it.
        name: What it is, in words: ``answer of b``.
        about: What more is said of it in the list.
        text: All of it, as it stands in the file.
    """

    key: str
    name: str
    about: str
    text: str

    @property
    def told(self) -> str:
        """What is said of it when it was copied."""
        count = len(self.text)
        return f"{self.name}, {count:,} character{'s' * (count != 1)}"


def copyable(question: Question, first_run: int = 0) -> list[Copyable]:
    """What can be copied of a question: its prompt, its reference, the answer of every run.

    Prompt and reference are those that are shown where a run stands at the left; a run whose letter
    is theirs, or has more than one character, is left out until it stands there (key ``a``).
    """
    shown = [one for one in question.responses[first_run:] if one.answer is not None]
    first = shown[0].answer if shown else None
    prompt = (first.prompt if first else ()) or question.prompt
    target = first.target if first and first.target is not None else question.target
    found = []
    if prompt:
        texts = [message.text for message in prompt]
        found.append(Copyable(_PROMPT, "prompt", "", "\n\n".join(texts)))
    if target is not None:
        found.append(Copyable(_TARGET, "target", "", target))
    for response in question.responses:
        text = _written(response.answer)
        if len(response.letter) == 1 and response.letter not in (_PROMPT, _TARGET) and text:
            name = f"answer of {response.letter}"
            found.append(Copyable(response.letter.lower(), name, response.label, text))
    return found


def _written(answer: Answer | None) -> str:
    """What a run answered: its response, or the option that it chose."""
    if answer is None:
        return ""
    if answer.response is not None:
        return answer.response
    return "\n".join(choice.text for choice in answer.choices if choice.is_chosen)


class CopyWhichScreen(Dialog[Copyable]):
    """A list of texts, each with its key; the answer is the one whose key is pressed.

    Args:
        texts: What can be copied.
    """

    def __init__(self, texts: Sequence[Copyable]) -> None:
        super().__init__()
        self._texts = {one.key: one for one in texts}

    def compose(self) -> ComposeResult:
        """A line a text."""
        with Vertical(id="box"):
            yield Static("Copy", id="title", markup=False)
            yield Static(self._lines(), id="texts")
            yield Static("press its key · Esc cancel", classes="hint", markup=False)

    def _lines(self) -> Text:
        lines = Text(no_wrap=True, overflow="ellipsis")
        for number, (key, one) in enumerate(self._texts.items()):
            lines.append("\n" * bool(number))
            lines.append(f"{key}  ", "bold")
            about = f"  {one.about}" if one.about else ""
            lines.append(safe_text(f"{one.told}{about}"))
        return lines

    def on_key(self, event: events.Key) -> None:
        """Answer with the text of the key."""
        super().on_key(event)
        if self.is_active and event.character in self._texts:
            event.stop()
            event.prevent_default()
            self.dismiss(self._texts[event.character])
