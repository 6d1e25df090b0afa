"""Short names of the runs on a screen: what all share is dropped, what differs stays.

Runs that are compared are mostly look-alikes (``gemma-2-9b-sft-v1``, ``gemma-2-9b-dpo-v2``, thirty
checkpoints of one training), and columns are narrow. So names are made for the runs that are shown
beside each other, and never are two of them equal, at any width.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from tui_eval.loading.labels import numbered
from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from tui_eval.tables import Tables

_PIECE = re.compile(r"\d{4}-\d\d-\d\d(?:[T_ ]?\d[\d:.-]*)?(?:Z|[+-]\d\d:?\d\d)?|[^-_/@:.· ]+|.")

_BETWEEN = "-_/@:.· "

_LEAST_DROPPED = 4
"""Characters below which it is not worth while to drop what names share."""


@dataclass(frozen=True)
class RunNames:
    """Names of runs that are shown beside each other.

    Attributes:
        full: The short name of each run by key, safe text, none equal to another.
        shared: What was dropped, as ``gemma-2-9b-…``; empty: nothing was.
    """

    full: Mapping[str, str]
    shared: str = ""
    _cut: dict[int, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    def at(self, width: int) -> Mapping[str, str]:
        """The names by key in at most ``width`` terminal cells, as `cut_apart` cuts them."""
        if width not in self._cut:
            cut = cut_apart(list(self.full.values()), width)
            self._cut[width] = dict(zip(self.full, cut, strict=True))
        return self._cut[width]


def run_names(tables: Tables, runs: Iterable[str], *, tells_harness: bool = True) -> RunNames:
    """Short names of runs, of each harness as `short_labels` has them.

    Args:
        tables: Where the runs are.
        runs: Keys of the runs that are shown beside each other, in order.
        tells_harness: Whether the harness stands in all names where the runs are of several; else
            in those alone that were equal without it.
    """
    keys = list(dict.fromkeys(runs))
    harness_of = dict(tables.runs.select("run", "harness").iter_rows())
    own: dict[str, list[str]] = {}
    for key in keys:
        own.setdefault(harness_of[key], []).append(key)
    named: dict[str, str] = {}
    for some in own.values():
        named |= zip(some, short_labels([tables.labels[key] for key in some]), strict=True)
    counts = Counter(named.values())
    for key in keys if len(own) > 1 else ():
        if tells_harness or counts[named[key]] > 1:
            named[key] += f" · {harness_of[key]}"
    short, shared = without_shared([safe_text(named[key]) for key in keys])
    return RunNames(dict(zip(keys, numbered(short), strict=True)), shared)


def short_labels(labels: Sequence[str]) -> list[str]:
    """The model alone where no other run has the same model, else the whole label."""
    models = [label.rsplit(" @ ", 1)[0] for label in labels]
    counts = Counter(models)
    return [
        model if counts[model] == 1 else label for model, label in zip(models, labels, strict=True)
    ]


def without_shared(names: Sequence[str]) -> tuple[list[str], str]:
    """Names without the beginning and the end that all share, and what that is.

    Whole pieces are dropped, as ``gemma-2-9b-``, and only where every name has something left.
    """
    if len(set(names)) < 2:
        return list(names), ""
    pieces = [_PIECE.findall(name) for name in names]
    begin = _same_at_start(pieces)
    rests = [parts[begin:] for parts in pieces]
    end = _same_at_start([parts[::-1] for parts in rests])
    shortest = min(map(len, rests))
    if not shortest:  # one name is the beginning of all others: it keeps its last piece
        begin -= next((back for back in range(1, begin + 1) if _tells(pieces[0][begin - back])), 0)
        rests, end = [parts[begin:] for parts in pieces], 0
    end = min(end, min(map(len, rests)) - 1)
    prefix, suffix = "".join(pieces[0][:begin]), "".join(pieces[0][len(pieces[0]) - end :])
    prefix = prefix if len(prefix) >= _LEAST_DROPPED else ""
    suffix = suffix if len(suffix) >= _LEAST_DROPPED else ""
    short = [name[len(prefix) : len(name) - len(suffix)].strip(_BETWEEN) for name in names]
    if not (prefix or suffix) or len(set(short)) < len(set(names)) or not all(short):
        return list(names), ""
    return short, f"{prefix}…{suffix}"


def cut_apart(names: Sequence[str], width: int) -> list[str]:
    """Names cut to a width, what tells them apart kept.

    Args:
        names: Safe texts.
        width: Terminal cells that each may take; where so few cannot tell all of them apart, they
            take one more than the digits of their count.

    Returns:
        One a name, ``…`` where something is missing; equal only where the names are.
    """
    width = max(width, len(str(len(names))) + 1)
    cuts: tuple[Callable[[str, Sequence[str]], str], ...] = (
        lambda name, _: cut_middle(name, width),
        lambda name, group: _from_difference(name, group, width),
        lambda name, _: _ends(name, width),
    )
    made = dict.fromkeys(names, "")
    left = list(made)
    for one_cut in cuts:
        groups = _groups(left, lambda name: cut_middle(name, width))
        made |= {name: one_cut(name, groups[cut_middle(name, width)]) for name in left}
        counts = Counter(made.values())
        left = [name for name in made if counts[made[name]] > 1]
        if not left:
            break
    taken = {made[name] for name in made if name not in set(left)}
    for name in left:
        made[name] = _free(name, width, taken)
        taken.add(made[name])
    return [made[name] for name in names]


def _same_at_start(rows: Sequence[Sequence[str]]) -> int:
    """How many items all rows have in common at their beginning."""
    same = 0
    for items in zip(*rows, strict=False):
        if len(set(items)) > 1:
            break
        same += 1
    return same


def _tells(piece: str) -> bool:
    """Whether a piece of a name is more than what stands between pieces."""
    return piece[0] not in _BETWEEN


def _groups(names: Sequence[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(key(name), []).append(name)
    return groups


def cut_middle(name: str, width: int) -> str:
    """A safe name with ``…`` instead of its middle: beginnings and ends tell names apart."""
    if cell_len(name) <= width:
        return name
    if width < 1:
        return ""
    tail = _last_cells(name, (width - 1) // 2)
    return _first_cells(name, width - 1 - cell_len(tail)) + "…" + tail


def _from_difference(name: str, group: Sequence[str], width: int) -> str:
    """The name from where it differs from others that would look the same."""
    if cell_len(name) <= width:
        return name
    start = _same_at_start(group)
    rest = name[start:]
    head = _first_cells(name, max(0, min(width // 3, width - 1 - cell_len(rest))))
    room = width - cell_len(head) - 1
    if cell_len(rest) > room:
        rest = _first_cells(rest, room - 1) + "…"
    return f"{head}…{rest}"


def _ends(name: str, width: int) -> str:
    """The end of the name."""
    return name if cell_len(name) <= width else "…" + _last_cells(name, width - 1)


def _free(name: str, width: int, taken: set[str]) -> str:
    """The beginning of the name with the first number that makes it another one."""
    number = 1
    while True:
        mark = f"~{number}"
        found = _first_cells(name, width - len(mark)) + mark
        if found not in taken:
            return found
        number += 1


def _first_cells(text: str, width: int) -> str:
    return set_cell_size(text, max(width, 0)).rstrip() if cell_len(text) > width else text


def _last_cells(text: str, width: int) -> str:
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= width:
        start -= 1
    return text[start:]
