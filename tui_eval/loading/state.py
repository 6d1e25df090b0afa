"""How the app was left: kept beside the names, and read before its first frame.

Nothing of it is worth an error: a file that is damaged, of something else or cannot be written is
as if there were none. Only the standard library is imported: the first frame waits for it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_config_path

from tui_eval.files.paths import path_text

MOST_PLACES = 300
"""Folders whose views are kept; those that were looked at last."""

_MOST_BYTES = 4_000_000  # more is no file of ours


@dataclass(frozen=True, slots=True)
class Preferences:
    """What holds for all folders.

    Attributes:
        theme: Name of a theme; None: none was chosen.
        scale: Upper end of the scale on which scores are shown.
        chart: Whether charts are shown; None: where there is room.
        orientation: What the rows of scores are.
        uncertainty: What stands beside scores.
    """

    theme: str | None = None
    scale: Literal[1, 100] = 1
    chart: bool | None = None
    orientation: Literal["runs", "categories"] = "runs"
    uncertainty: Literal["none", "stderr", "interval"] = "stderr"


@dataclass(frozen=True, slots=True)
class Place:
    """What was looked at in a folder, or in some folders and files together.

    Attributes:
        dataset: None: none was chosen.
        baseline: Key of a run; None: none was chosen.
        marks: Keys of the runs that are open; None: all are.
    """

    dataset: str | None = None
    baseline: str | None = None
    marks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that is kept.

    Attributes:
        preferences: What holds for all folders.
        places: What was looked at, by `place_name`, the last one last.
    """

    preferences: Preferences = Preferences()
    places: Mapping[str, Place] = field(default_factory=dict)


NOTHING = State()
"""What is kept where nothing is."""


def state_path() -> Path:
    """Where it is kept."""
    return user_config_path("tui-eval") / "state.json"


def place_name(paths: Sequence[Path]) -> str:
    """Absolute paths that are read together, as one text."""
    return "\n".join(map(path_text, paths))


def read_state() -> State:
    """How the app was left last; nothing where that is not known."""
    try:
        read = json.loads(_content(state_path()))
        places = read["places"].items()
        preferences = _preferences(read["preferences"])
        return State(preferences, {name: _place(values) for name, values in places})
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return NOTHING


def keep(before: Preferences, after: Preferences, name: str, place: Place) -> None:
    """Keep how the app is left.

    What another one that was open at the same time has kept since stays, but for what was changed
    in this one.

    Args:
        before: As it began.
        after: As it is left.
        name: What was looked at, by `place_name`.
        place: And what of it.
    """
    kept = read_state()
    changes = {
        one.name: getattr(after, one.name)
        for one in fields(Preferences)
        if getattr(after, one.name) != getattr(before, one.name)
    }
    places = {known: other for known, other in kept.places.items() if known != name}
    if place != Place():
        places[name] = place
    last = dict(list(places.items())[-MOST_PLACES:])
    state = State(replace(kept.preferences, **changes), last)
    if state != kept or [*state.places] != [*kept.places]:
        with suppress(OSError):
            _write(state_path(), json.dumps(asdict(state), indent=1))


def _content(path: Path) -> bytes:
    """The bytes of a file; nobody waits for the other end of a pipe."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"not a file: {path}")
        return file.read(_MOST_BYTES)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    if path.exists() and not path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.part")
    try:
        fresh.write_text(text + "\n", encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _preferences(values: Mapping[str, Any]) -> Preferences:
    """What was read, as far as it is what it should be."""
    beside = values.get("uncertainty")
    return Preferences(
        theme=_text(values.get("theme")),
        scale=100 if values.get("scale") == 100 else 1,
        chart=values.get("chart") if isinstance(values.get("chart"), bool) else None,
        orientation="categories" if values.get("orientation") == "categories" else "runs",
        uncertainty=beside if beside in ("none", "interval") else "stderr",
    )


def _place(values: Mapping[str, Any]) -> Place:
    marks = values.get("marks")
    is_sound = isinstance(marks, list) and all(isinstance(mark, str) for mark in marks)
    return Place(
        dataset=_text(values.get("dataset")),
        baseline=_text(values.get("baseline")),
        marks=tuple(marks) if is_sound and marks else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
