r"""How far a training was when a model was saved, as its names tell: revisions, paths, file names.

The forms are those that trainers and hubs write (``step143000``, ``checkpoint-500``,
``step1000-tokens4B``, ``epoch=2-step=300`` …); sizes, versions, dates and the like are none. A name
is taken apart at ``/``, ``\`` and ``@``, and the last part that tells something counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import polars as pl

StepUnit = Literal["step", "checkpoint", "tokens", "epoch"]

UNITS: tuple[StepUnit, ...] = ("step", "checkpoint", "tokens", "epoch")
"""What may be counted; the first that is told is the axis."""

STAR = "*"
"""What stands in a family's name in place of the numbers that tell its members apart."""

_FOLDERS = 2  # of those above the results: all that lie there have the others in common
_LONGEST = 300  # characters of a part that are looked at
_SUFFIX = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_END = r"(?![a-z0-9])(?!\.\d)"
_KINDS = r"(?:global|train|training|opt|optim|model|hf|hf_ckpt|intermediate|batch|phase\d?)[-_]?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.ASCII)


_STEP = _pattern(
    rf"(?:^|[-_.=@]|(?<=B)(?=step))(?:{_KINDS})?steps?[-_=]?(\d+|\d+\.\d+(?=[km]))([km]?){_END}"
)
_RULES: tuple[tuple[StepUnit, re.Pattern[str]], ...] = (
    ("step", _STEP),
    ("step", _pattern(rf"(?:^|[-_.])iter(?:ation)?s?[-_=]?(\d{{4,}}|\d+(?=k))(k?){_END}")),
    ("step", _pattern(r"(?:^|[-_])ep\d+-ba(\d+)()(?![a-z0-9])")),
    (
        "checkpoint",
        _pattern(rf"(?:^|[-_.=])(?:checkpoint|chkpt|ckpt)[-_=]?(\d+)(k?)(?:[-_]?steps?)?{_END}"),
    ),
    (
        "tokens",
        _pattern(
            r"(?<!max)(?<!new)(?<!gen)(?<!num)(?:^|[-_.=])tokens?[-_=]?"
            r"(\d+(?:\.\d+)?)([kmbt])(?![a-z0-9])"
        ),
    ),
    (
        "tokens",
        _pattern(r"(?:^|[-_.=])(\d+(?:\.\d+)?)([mbt])[-_]?tok(?:en)?s?(?![a-z0-9])"),
    ),
    ("tokens", _pattern(r"(?:^|[-_])(\d+)([bt])t[-_]preview(?![a-z0-9])")),
    ("tokens", _pattern(r"^train_(\d{4,6})(b)$")),
    (
        "tokens",
        _pattern(
            r"(?:^|[-_.])step[-_]?\d+k[-_](\d{3,4}(?=b)|\d+(?:\.\d+)?(?=t))([bt])(?![a-z0-9])"
        ),
    ),
    ("epoch", _pattern(rf"(?:^|[-_.])(?:epochs?[-_=]?|ep(?=\d+-ba))(\d+)(){_END}")),
)
_NUMBER_ALONE = _pattern(r"^0*(\d{1,9})$")
_FOLDER_OF_NUMBERS = _pattern(r"^(?:checkpoints?|ckpts?|chkpts?|steps?|iters?|snapshots?|saves?)$")
_FILE_SUFFIX = _pattern(r"\.(?:jsonl?|pth?|ckpt|bin|safetensors|gguf|csv|parquet|zip)$")
_PART = _pattern(r"[^/\\@]+")
_MODEL_CALLED_STEP = _pattern(r"^step-?\d")
_MAKER_OF_MODELS_CALLED_STEP = "stepfun-ai"
_MEASURED = _pattern(r"(?:loss|consumed_samples|auc|acc|ppl)=(\d+(?:\.\d+)?)")
"""What trainers write beside the step: it differs in every file of one training."""
_OWN_NUMBER = re.compile(r"(\d+(?:\.\d+)?)([kmbt]?)", re.IGNORECASE | re.ASCII)


class PatternError(ValueError):
    """A person's expression cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a name tells of the training.

    Attributes:
        numbers: How far it was, by unit.
        rest: The name, its numbers replaced by ``*``: the same for all models of one training.
    """

    numbers: Mapping[StepUnit, float]
    rest: str


class _Hit(NamedTuple):
    unit: StepUnit
    value: float
    start: int
    stop: int


def told_by(name: str, *, is_revision: bool = False, last: int | None = None) -> Told | None:
    """What one name tells; None: nothing.

    Args:
        name: A revision, a model's name or path, arguments that hold them, or a file's name.
        is_revision: Only of other names some are models that are called Step.
        last: How many parts at its end are looked at; None: all of them.
    """
    shown = name.replace("__", "/") if "/" not in name else name
    parts = [(match.start(), match[0]) for match in _PART.finditer(shown)]
    names_models = not is_revision and (
        bool(_MODEL_CALLED_STEP.match(shown))
        or any(part.lower() == _MAKER_OF_MODELS_CALLED_STEP for _, part in parts)
    )
    found: dict[StepUnit, float] = {}
    for number, (start, part) in reversed(list(enumerate(parts))[-(last or len(parts)) :]):
        above = parts[number - 1][1] if number else ""
        hits = _hits(part[:_LONGEST], above, reads_step=not names_models)
        if not found:
            found = {hit.unit: hit.value for hit in hits}
            spans = [(hit.start, hit.stop) for hit in hits]
            spans += [match.span(1) for match in _MEASURED.finditer(part) if found]
        else:  # folders say the same once more: checkpoint-1000/global_step1000
            spans = [(hit.start, hit.stop) for hit in hits if hit.value in found.values()]
        shown = _starred(shown, start, spans)
    return Told(found, shown) if found else None


def _hits(part: str, above: str, *, reads_step: bool) -> list[_Hit]:
    """The first hit of each unit in a part of a name."""
    found: dict[StepUnit, _Hit] = {}
    for unit, pattern in _RULES:
        if unit in found or (pattern is _STEP and not reads_step):
            continue
        match = pattern.search(part)
        if match is not None:
            value = float(match[1]) * _SUFFIX[match[2].lower()]
            found[unit] = _Hit(unit, value, match.start(1), match.end(2))
    if not found and _FOLDER_OF_NUMBERS.match(above):
        match = _NUMBER_ALONE.match(_FILE_SUFFIX.sub("", part))
        if match is not None:
            found["checkpoint"] = _Hit("checkpoint", float(match[1]), 0, match.end())
    return list(found.values())


def _starred(name: str, start: int, spans: Sequence[tuple[int, int]]) -> str:
    """A name, the numbers in one part of it replaced."""
    for first, stop in sorted(set(spans), reverse=True):
        name = name[: start + first] + STAR + name[start + stop :]
    return name


def checked_pattern(pattern: str) -> str:
    """A person's expression, if it can be used.

    Raises:
        PatternError: It is no regular expression, or has no group that names a unit.
    """
    try:
        groups = _groups(pattern, "")
    except pl.exceptions.PolarsError as error:
        why = str(error).strip().splitlines()[-1].strip()
        raise PatternError(f"not a regular expression that can be used: {why}") from None
    if not groups.keys() & {*UNITS}:
        names = ", ".join(f"(?P<{unit}>…)" for unit in UNITS)
        raise PatternError(f"it has none of the groups {names}")
    return pattern


@lru_cache(maxsize=4096)
def told_by_pattern(pattern: str, name: str) -> Told | None:
    """What a name tells by a person's expression; None: it does not match.

    Polars looks for it, in linear time: names are foreign text.
    """
    groups = _groups(pattern, name)
    numbers: dict[StepUnit, float] = {}
    rest = name
    for unit in UNITS:
        text = groups.get(unit)
        match = _OWN_NUMBER.fullmatch(text) if text else None
        if text and match:
            numbers[unit] = float(match[1]) * _SUFFIX[match[2].lower()]
            rest = _without(rest, text, pattern, unit)
    return Told(numbers, rest) if numbers else None


def _groups(pattern: str, name: str) -> dict[str, str | None]:
    found: dict[str, str | None] = pl.Series([name]).str.extract_groups(pattern)[0] or {}
    return found


def _without(name: str, text: str, pattern: str, unit: StepUnit) -> str:
    """A name without the number that a group matched, wherever else the same number stands."""
    other = "".join(str((int(one) + 1) % 10) if one.isdigit() else one for one in text)
    start = name.find(text)
    while start >= 0:
        changed = name[:start] + other + name[start + len(text) :]
        if _groups(pattern, changed).get(unit) == other:
            return name[:start] + STAR + name[start + len(text) :]
        start = name.find(text, start + 1)
    return name.replace(text, STAR)


class Names(NamedTuple):
    """Where it may stand how far the training of a run's model was, in the order of trust.

    Attributes:
        revision: Of the model, or the path from which it was loaded.
        model: Its name or path.
        folder: In which the results lie.
        file: Their name.
    """

    revision: str
    model: str
    folder: str
    file: str


@dataclass(frozen=True, slots=True)
class Point:
    """Where a run stands in a training.

    Attributes:
        family: The training: the same text for all of its runs.
        numbers: How far it was, by unit; empty: nothing tells.
        disputed: Two places tell different numbers of one unit; empty: none do.
    """

    family: str
    numbers: Mapping[StepUnit, float]
    disputed: tuple[str, ...] = ()


def point_of(names: Names, pattern: str = "") -> Point:
    """Where a run stands, by the first of its names that tells.

    Args:
        names: All that may tell.
        pattern: A person's expression, which goes before all others; empty: there is none.
    """
    own = [told_by_pattern(pattern, name) if pattern and name else None for name in names]
    every = own if any(own) else _told(names)
    told = [(place, one) for place, one in zip(names._fields, every, strict=True) if one]
    if not told:
        return Point(_family(names, None, ""), {})
    place, first = told[0]
    if place == "revision" and (model := told_by(names.model)) and model.numbers == first.numbers:
        names = names._replace(model=model.rest)  # the last part of the path, once more
    disputed = tuple(
        f"{unit} {first.numbers[unit]:,.0f} ({place}) or {other.numbers[unit]:,.0f} ({where})"
        for where, other in told[1:]
        for unit in UNITS
        if other.numbers.get(unit, first.numbers.get(unit)) != first.numbers.get(unit)
        and unit in first.numbers
    )
    return Point(_family(names, place, first.rest), first.numbers, disputed)


def _told(names: Names) -> list[Told | None]:
    return [
        told_by(names.revision, is_revision="/" not in names.revision),
        told_by(names.model),
        told_by(names.folder, last=_FOLDERS),
        told_by(names.file),
    ]


def _family(names: Names, place: str | None, rest: str) -> str:
    """What all runs of a training share; the model always, a folder or file only where it tells."""
    shown = names._replace(**{place: rest}) if place else names
    words = shown.model
    if shown.revision:
        words = f"{words}@{shown.revision}"
    if place == "folder":
        return f"{words} in {shown.folder}"
    return f"{words} in {shown.folder}/{shown.file}" if place == "file" else words
