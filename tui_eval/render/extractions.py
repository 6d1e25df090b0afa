"""What a filter takes from answers, as cells: the response around it, and whether it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len

from tui_eval.render.bar_cells import CellPart
from tui_eval.render.grid import Cell, GridColumn
from tui_eval.render.question_grid import PARTLY, RIGHT, WRONG
from tui_eval.render.safe import MISSING, cut, safe_text

Status = Literal["ok", "unparsed", "timed out", "no reference", "error"]

WAITS = "…"
"""What stands where nothing is known yet."""

_LOOKED_AT = 600
"""Characters of a response on each side of what was taken from it that are looked at."""

_SHORT = 60
"""Characters of a reference from which on it is more than the answer."""

_RIGHT = 1 - 1e-9
_WRONG = 1e-9


class Tried(NamedTuple):
    """What a filter made of an answer; its texts are untrusted.

    Attributes:
        response: The first response of the model.
        target: The reference.
        extracted: What was taken from it; None: nothing is known yet.
        status: Whether that is what the filter looks for, or why not.
        now: The score of it; None: none is known.
        stored: The score that the harness gave; None: it gave none.
    """

    response: str
    target: str
    extracted: str | None = None
    status: Status = "ok"
    now: float | None = None
    stored: float | None = None


class ExtractionGrid:
    """Answers and what a filter takes from them, as a `Grid`: cells of what is known by now.

    Args:
        keys: A row each: what `Tried` are known by.
        ids: The number or name of each row's question.
        known: What is known.
    """

    def __init__(
        self,
        keys: Sequence[object],
        ids: Sequence[str],
        known: Mapping[object, Tried],
    ) -> None:
        self._keys = keys
        self._ids = ids
        self._known = known
        longest = max(map(len, ids), default=2)
        self.columns = (
            GridColumn("id", "id", "left", min(longest, 12)),
            GridColumn("target", "target", "left", 12),
            GridColumn("response", "response", "left", 40, fills=True),
            GridColumn("extracted", "extracted", "left", 12),
            GridColumn("now", "now", "left", 3),
            GridColumn("stored", "stored", "left", 6),
        )
        self.foot: tuple[Sequence[Cell], ...] = ()

    @property
    def row_count(self) -> int:
        """Answers."""
        return len(self._keys)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        return [
            self._row(name, self._known.get(key))
            for name, key in zip(self._ids[start:stop], self._keys[start:stop], strict=True)
        ]

    @staticmethod
    def _row(name: str, tried: Tried | None) -> list[Cell]:
        first = Cell(safe_text(name))
        if tried is None:
            return [first, *([Cell(WAITS, "dim")] * 5)]
        response = safe_text(tried.response[-_LOOKED_AT:])
        return [
            first,
            _target(tried.target),
            Cell(response, "", Excerpt(tried.response, tried.extracted or "")),
            _extracted(tried),
            _mark(tried.now, is_known=tried.extracted is not None or tried.status != "ok"),
            _mark(tried.stored),
        ]


def _target(target: str) -> Cell:
    """A reference; of one with a way to it, which stands before it, the end."""
    text = safe_text(target[-_LOOKED_AT:])
    if len(target) <= _SHORT:
        return Cell(text)
    return Cell(text, "", lambda width: (CellPart(cut_start(text, width)),))


def _extracted(tried: Tried) -> Cell:
    if tried.status == "timed out":
        return Cell("timed out", "warn")
    if tried.status == "error":
        return Cell("error", "warn")
    if tried.extracted is None:
        return Cell(WAITS, "dim")
    return Cell(safe_text(tried.extracted), "warn" if tried.status == "unparsed" else "")


def _mark(value: float | None, *, is_known: bool = True) -> Cell:
    """Whether an answer is right; a score between right and wrong as a number."""
    if not is_known:
        return Cell(WAITS, "dim")
    if value is None or value != value:
        return Cell(MISSING, "dim")
    if value >= _RIGHT:
        return Cell(RIGHT, "gain")
    return Cell(WRONG, "loss") if value <= _WRONG else Cell(f"{PARTLY}{value:.2f}", "warn")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A response in one line: around what was taken from it, else its end.

    What was taken is marked where it stands in the response once, so that it is known which it is.
    """

    response: str
    found: str

    def __call__(self, width: int) -> tuple[CellPart, ...]:
        """What is drawn in so many terminal cells."""
        before, match, after = self._parts()
        shown = cut(safe_text(match), max(width, 0))
        room = width - cell_len(shown)
        before, after = safe_text(before[-_LOOKED_AT:]), safe_text(after[:_LOOKED_AT])
        wanted = max(room // 3, room - cell_len(before))
        after = cut(after, min(wanted, room))
        before = cut_start(before, room - cell_len(after))
        is_sure = bool(match) and self.response.count(match) == 1
        parts = (CellPart(before), CellPart(shown, is_reversed=is_sure), CellPart(after))
        return tuple(part for part in parts if part.text)

    def _parts(self) -> tuple[str, str, str]:
        """What stands before what was taken, it, and what stands behind it."""
        if not self.found:
            return self.response, "", ""
        before, match, after = self.response.rpartition(self.found)
        return (before, match, after) if match else (self.response, "", "")


def cut_start(text: str, width: int) -> str:
    """The end of a text in at most so many terminal cells, ``…`` where something is missing."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    shown, used = "", 1
    for character in reversed(text):
        used += cell_len(character)
        if used > width:
            break
        shown = character + shown
    return f"…{shown}"
