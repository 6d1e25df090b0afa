"""Which harness wrote a file, and what it holds: the list of formats, and how they are asked.

A new harness is a package whose `harness` has a `Format`, and one line in `harnesses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from tui_eval.files.csv_headings import csv_headings
from tui_eval.files.documents import (
    LARGE,
    Document,
    Problem,
    Refusal,
    contained,
    first_document,
    holds_any,
    read_documents,
    starts_like_json,
)
from tui_eval.files.head import Head, Kind
from tui_eval.files.parquet import columns
from tui_eval.files.zip_members import zip_members
from tui_eval.formats.format import Format
from tui_eval.formats.harnesses import evalscope, lighteval, lm_eval, mixeval, twinkle
from tui_eval.formats.parts import grouped
from tui_eval.records import Run
from tui_eval.redaction.configuration import redact_text

FORMATS: tuple[Format, ...] = tuple(
    harness.FORMAT for harness in (twinkle, lm_eval, lighteval, evalscope, mixeval)
)

_NAMES: Mapping[Kind, Callable[[Path], Iterable[str]]] = MappingProxyType(
    {"parquet": columns, "zip": zip_members, "csv": csv_headings}
)
"""What is read of the head of a file that is no JSON."""

UNREAD = "not a result file of a known harness"


@dataclass(frozen=True)
class Content:
    """What a file turned out to be.

    Attributes:
        state: ``read`` (it gave runs), ``refused`` (it should have), ``skipped`` (no result file).
        what: What it was recognised as, in words.
        runs: The runs that it gave, or the parts of runs.
        problems: What was left out or refused, with place and reason.
    """

    state: Literal["read", "refused", "skipped"]
    what: str
    runs: tuple[Run, ...] = ()
    problems: tuple[Problem, ...] = ()


def suffixes() -> dict[str, Kind]:
    """The suffixes of files that may hold results (in small letters), and how each is opened."""
    return {suffix: kind for form in FORMATS for suffix, kind in form.suffixes.items()}


def recognise(head: Head) -> tuple[Format, str] | None:
    """The format that knows a file or document by its head, and what it says that this is."""
    for form in FORMATS:
        what = form.recognise(head) if head.kind in form.suffixes.values() else None
        if what is not None:
            return form, what
    return None


def read(path: Path) -> Content:
    """Read what a file holds of runs, whatever harness wrote it.

    Args:
        path: A file with one of `suffixes`, opened as that says; any other is read as JSON, in any
            encoding of `documents`.

    Returns:
        Its runs, or parts of runs, and what was left out. Nothing that the file holds makes this
        raise.
    """
    try:
        with contained():
            return _read(path)
    except Refusal as refusal:
        return Content("refused", "unreadable", problems=(refusal.problem,))


def combine(parts: Sequence[Run]) -> list[Run]:
    """The runs that parts with one identity make: one, unless their numbers contradict.

    Raises:
        Refusal: They make none.
    """
    form = format_of(parts[0].harness)
    with contained():
        return [form.combine(group) for group in grouped(parts)]


def format_of(harness: str) -> Format:
    """The format of a harness, by its short name."""
    return next(form for form in FORMATS if harness == form.name)


def _read(path: Path) -> Content:
    kind = suffixes().get(path.suffix.lower(), "json")
    if kind != "json":
        return _read_heads(path, [(Head(kind, frozenset(_NAMES[kind](path))), "")], [])
    first = first_document(path)
    head = Head.of(first.value) if first else None
    known = recognise(head) if head else None
    if head and known and known[1] != "results":
        return _read_others(path, head, *known)
    if path.stat().st_size > LARGE and not known and not _may_be_results(path, first):
        return Content("skipped", UNREAD)
    documents, problems = read_documents(path, lambda value: recognise(Head.of(value)) is not None)
    return _read_heads(path, [(Head.of(one.value), one.place) for one in documents], problems)


def _may_be_results(path: Path, first: Document | None) -> bool:
    """Whether a large file is worth reading: it is JSON, and its first line no foreign object."""
    if isinstance(first and first.value, dict) or not starts_like_json(path):
        return False
    return holds_any(path, (marker for form in FORMATS for marker in form.markers))


def _read_others(path: Path, head: Head, form: Format, what: str) -> Content:
    """A file of samples, which is paired with its run, or of what is no use here."""
    if what != "samples" or form.samples is None:
        return Content("skipped", f"{form.title}: {what}")
    part = replace(form.samples.read(head.value, path), files=(path,))
    return Content("read", f"{form.title} samples", (_public(part),))


def _read_heads(path: Path, heads: Sequence[tuple[Head, str]], problems: list[Problem]) -> Content:
    """What a file gives: the documents of a file of JSON and their places, or the head of it."""
    runs: list[Run] = []
    what = ""
    others: tuple[Head, Format, str] | None = None
    for head, place in heads:
        known = recognise(head)
        if known is None:
            problems = [*problems, Problem(place, UNREAD)]
        elif known[1] != "results":
            others = others or (head, *known)
        else:
            what = f"{known[0].title} results"
            try:
                with contained():
                    found = known[0].read_runs(head.value, path, len(runs) + 1)
                    found = [_public(replace(run, files=run.files or (path,))) for run in found]
                runs.extend(found)
            except Refusal as refusal:
                problems = [*problems, refusal.problem.within(place)]
    if runs or what:
        return Content("read" if runs else "refused", what, tuple(runs), tuple(problems))
    if others:
        return _read_others(path, *others)
    broken = [problem for problem in problems if problem.reason != UNREAD]
    if broken:
        return Content("refused", "unreadable", problems=tuple(broken))
    return Content("skipped", UNREAD)


def _public(run: Run) -> Run:
    """A run whose facts, as its configuration, hold no secret: a model may be called by its URL."""
    return replace(
        run,
        model=run.model and redact_text(run.model),
        timestamp=run.timestamp and redact_text(run.timestamp),
        version=run.version and redact_text(run.version),
        variant=run.variant and redact_text(run.variant),
        parent=run.parent and redact_text(run.parent),
    )
