"""Where the user is, and the way back: each place as its screen needs it to be shown as it was."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len

from tui_eval.render.safe import cut, safe_text

if TYPE_CHECKING:
    from tui_eval.analysis.view import View

Mode = Literal[
    "datasets",
    "files",
    "scores",
    "delta",
    "samples",
    "curves",
    "correlation",
    "rescore",
    "completeness",
]
"""A screen."""

TITLES: Mapping[Mode, str] = {
    "datasets": "Datasets",
    "files": "Files",
    "scores": "Scores",
    "delta": "Delta",
    "samples": "Samples",
    "curves": "Curves",
    "correlation": "Correlation",
    "rescore": "Re-score",
    "completeness": "Completeness",
}

_SUBJECT = ("dataset", "metric", "filter")
_PAIR = (*_SUBJECT, "baseline", "candidates")

CHOICES: Mapping[Mode, Sequence[str]] = {
    "datasets": (),
    "files": (),
    "scores": (
        *(*_SUBJECT, "datasets", "sort", "sort_run", "sort_column", "threshold"),
        *("page_size", "closed", "opened", "uncertainty"),
    ),
    "delta": (
        *(*_PAIR, "delta_sort", "delta_by", "flip_sort", "min_delta", "margin", "top", "closed"),
    ),
    "samples": (
        *(*_PAIR, "category", "sample_runs", "where"),
        *("sample_sort", "sample_descending"),
    ),
    "curves": (*_SUBJECT, "datasets"),
    "correlation": (*_SUBJECT, "datasets"),
    "rescore": (*_PAIR, "category", "sample_runs", "where"),
    "completeness": (),
}
"""Fields of the `View` that a screen shows: they come back with it, others stay as they are."""

FOLLOWS = ("scale", "orientation")
"""Fields of the `View` that no place has: what the user chose last is kept everywhere."""

POSITIONS: Mapping[Mode, Sequence[str]] = {
    "datasets": ("datasets_order",),
    "files": ("folder", "held", "lists_all", "files_order"),
    "scores": ("page",),
    "delta": ("part",),
    "samples": (),
    "curves": ("log_steps",),
    "correlation": ("benchmark",),
    "rescore": ("rescored_by",),
    "completeness": ("checked_dataset", "hides_complete", "checks_order"),
}
"""Fields of the `Position` that a screen shows."""

_BETWEEN = " › "
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a table.

    Attributes:
        row: Number of the row under the cursor.
        column: Key of the column under the cursor; None: whichever it is.
        top: Number of the first row on the screen.
        name: What tells the row from others, should others stand above it by then; None: nothing.
    """

    row: int = 0
    column: str | None = None
    top: int = 0
    name: Hashable = None


@dataclass(frozen=True, slots=True)
class Place:
    """What is on the screen, apart from what was read; equal where only the cursor is elsewhere.

    Attributes:
        mode: The screen.
        choices: Fields of the `View` that it shows.
        position: Fields of the `Position` that it shows.
        opened: The runs that are open; None: all.
        is_picked: Whether the user chose the dataset, or the overview of all.
        question: The question whose answers have the whole screen; None: none has it.
        spot: Where the cursor is.
    """

    mode: Mode
    choices: Mapping[str, Any] = field(default_factory=dict)
    position: Mapping[str, Any] = field(default_factory=dict)
    opened: frozenset[str] | None = None
    is_picked: bool = field(default=False, compare=False)
    question: str | None = field(default=None, compare=False)
    spot: Spot = field(default_factory=Spot, compare=False)


def choices_of(mode: Mode, view: View) -> dict[str, Any]:
    """The fields of a view that a screen shows."""
    return {name: getattr(view, name) for name in CHOICES[mode]}


def with_place(places: Sequence[Place], place: Place) -> tuple[Place, ...]:
    """The places to go back to, after one more was left; a way in a circle is forgotten."""
    before = places.index(place) if place in places else len(places)
    return (*places[:before], place)


def crumbs(places: Sequence[Place]) -> list[str]:
    """The way from the top to the last of some places, a word a step."""
    words: list[str] = []
    mode, said = None, ""
    for place in places:
        dataset = said if _is_of_no_dataset(place) else place.choices["dataset"] or "all datasets"
        subject = [dataset] if dataset != said else []
        words += _step(place, subject, same_screen=place.mode == mode)
        mode, said = place.mode, dataset
    return words


def _is_of_no_dataset(place: Place) -> bool:
    """Whether a screen shows neither a dataset nor the overview of all."""
    between_datasets = place.mode == "correlation" and place.position["benchmark"] != "category"
    return between_datasets or not place.choices


def _step(place: Place, subject: list[str], *, same_screen: bool) -> list[str]:
    """What a place adds to the way: nothing that was said before."""
    title = TITLES[place.mode]
    if place.mode in ("datasets", "completeness"):
        return [title]
    if place.mode == "files":
        return [place.position["folder"].name if same_screen else title]
    category = place.choices.get("category")
    words = [*subject, category] if category else [title, *subject]
    if same_screen and not category:
        words = subject
    return words if place.question is None else [*words, f"#{place.question}"]


def fitted(words: Sequence[str], width: int) -> str:
    """The way in so many terminal cells: its end is kept, what is left out is marked."""
    safe = [safe_text(word) for word in words]
    for first in range(len(safe)):
        shown = safe[first:] if not first else [_CUT, *safe[first:]]
        line = _BETWEEN.join(shown)
        if cell_len(line) <= width:
            return line
    return cut(safe[-1], width) if safe else ""
