"""What an agent did before its last words: ``1 → search(…)``, ``← error: timeout``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tui_eval.render.answers.parts import ComparedText, folded, rest_lines, thought_lines
from tui_eval.render.answers.spans import layered
from tui_eval.render.answers.wrapping import Line, Span, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_eval.records import Step
    from tui_eval.render.answers.wrapping import TextStyle

STEP_LINES = 4
"""Lines of a step up to which all of it is shown."""

_MARKS = {"result": "← ", "error": "← error: ", "told": "told: ", "says": ""}


class _Place(NamedTuple):
    """The nth step of a kind: what is compared with the same of another run."""

    kind: str
    number: int


class StepTexts:
    """Steps of a run as they are shown.

    Attributes:
        by_place: Their texts, in order; reasoning is not compared.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        counted: Counter[str] = Counter()
        self.by_place: dict[object, ComparedText] = {}
        self._steps: list[tuple[_Place, ComparedText]] = []
        for step in steps:
            counted[step.kind] += 1
            place, text = _Place(step.kind, counted[step.kind]), ComparedText(step.text)
            if step.kind != "thinks":
                self.by_place[place] = text
            self._steps.append((place, text))

    def __len__(self) -> int:
        return len(self._steps)

    def lines(
        self, width: int, *, folds_long: bool = True, folds_reasoning: bool = True
    ) -> list[Line]:
        """The steps below each other, calls numbered; long ones and thoughts may be folded."""
        lines: list[Line] = []
        for place, text in self._steps:
            if place.kind == "thinks" and folds_reasoning:
                note = f"thinks: {len(text.text):,} chars, t shows it"
                lines += wrap(note, width, style="dim")
                continue
            if place.kind == "thinks":
                lines += thought_lines(text.text, width)
                continue
            shown = _step_lines(place, text, width)
            lines += folded(shown, STEP_LINES, width) if folds_long else shown
        return lines


def _step_lines(place: _Place, text: ComparedText, width: int) -> list[Line]:
    mark = f"{place.number} → " if place.kind == "calls" else _MARKS[place.kind]
    style: TextStyle = "warn" if place.kind == "error" else ""
    moved = [
        Span(start + len(mark), stop + len(mark), looks)
        for start, stop, looks in layered(text.code, text.differing)
    ]
    role = [Span(0, len(mark), style or "role")] if mark else []
    lines = wrap(mark + text.text, width, [*role, *moved], style)
    return [*lines, *rest_lines(text.rest, width)]
