"""What a model gave back, where no configuration tells: by what is recorded of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tui_eval.files.documents import Problem, Refusal
from tui_eval.files.rows import json_rows
from tui_eval.records import Recorded, Scored

Reading = Callable[[Path, Sequence[int], list[Problem]], Iterator[Recorded]]
"""As `SampleFormat.recorded`."""


def kind_in(path: Path, recorded: Reading, places: Sequence[int] | None = None) -> Scored | None:
    """The kind of the first answer of a file; None: there is none.

    Args:
        path: The file.
        recorded: Reads it.
        places: Where its first row begins; None: it is one of JSON.
    """
    problems: list[Problem] = []
    with suppress(Refusal):
        if places is None:
            places = [place for place, _ in islice(json_rows(path, problems), 1)]
        for one in recorded(path, places, problems):
            return _kind_of(one)
    return None


def _kind_of(one: Recorded) -> Scored:
    if not one.ratings:
        return "generated"
    if len(one.ratings) > 1:
        return "multiple choice"
    return "rolling" if one.ratings[0].is_greedy is None else "log-likelihood"
