"""Files -> tables: one module a harness, and this registry of them.

A new harness is a module with the names of `Format` and one line in `FORMATS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tui_eval.formats import lighteval, lm_eval, twinkle
from tui_eval.formats.documents import (
    LARGE,
    Document,
    Problem,
    Refusal,
    first_document,
    holds_any,
    read_documents,
    starts_like_json,
)
from tui_eval.tables import Run


class Format(Protocol):
    """What a module of a harness offers."""

    TITLE: str
    """The harness as people write it."""

    MARKER: bytes
    """ASCII text that every result file of the harness holds."""

    def recognise(self, document: object) -> str | None:
        """What a JSON document is: ``results``, words for what else it is, None: not mine."""

    def read_run(self, document: object, path: Path, number: int) -> Run:
        """The run of a document that is recognised as ``results``; raises `Refusal`."""


FORMATS: tuple[Format, ...] = (twinkle, lm_eval, lighteval)

SUFFIXES = frozenset({".json", ".jsonl"})
UNREAD = "not a result file of a known harness"


@dataclass(frozen=True)
class Content:
    """What a file turned out to be.

    Attributes:
        state: ``read`` (it gave runs), ``refused`` (it should have), ``skipped`` (no result file).
        what: What it was recognised as, in words.
        runs: The runs that it gave.
        problems: What was left out or refused, with place and reason.
    """

    state: Literal["read", "refused", "skipped"]
    what: str
    runs: tuple[Run, ...] = ()
    problems: tuple[Problem, ...] = ()


def recognise(document: object) -> tuple[Format, str] | None:
    """The format that knows a document, and what it says the document is."""
    for form in FORMATS:
        kind = form.recognise(document)
        if kind is not None:
            return form, kind
    return None


def read(path: Path) -> Content:
    """Read the runs of a file, whatever harness wrote it.

    Args:
        path: A JSON or JSON Lines file in any encoding of `documents`.

    Returns:
        Its runs and what was left out. Nothing that the file holds makes this raise.
    """
    try:
        head = first_document(path)
        known = recognise(head.value) if head else None
        if known and known[1] != "results":
            return Content("skipped", f"{known[0].TITLE}: {known[1]}")
        if path.stat().st_size > LARGE and not known and not _may_be_results(path, head):
            return Content("skipped", UNREAD)
        documents, problems = read_documents(path, lambda value: recognise(value) is not None)
    except Refusal as refusal:
        return Content("refused", "unreadable", problems=(refusal.problem,))
    return _read_runs(path, documents, problems)


def _may_be_results(path: Path, head: Document | None) -> bool:
    """Whether a large file is worth reading: it is JSON, and its first line no foreign object."""
    if isinstance(head and head.value, dict) or not starts_like_json(path):
        return False
    return holds_any(path, (form.MARKER for form in FORMATS))


def _read_runs(path: Path, documents: list[Document], problems: list[Problem]) -> Content:
    runs: list[Run] = []
    what = ""
    others = ""
    for document in documents:
        known = recognise(document.value)
        if known is None:
            problems = [*problems, Problem(document.place, UNREAD)]
        elif known[1] != "results":
            others = f"{known[0].TITLE}: {known[1]}"
        else:
            what = f"{known[0].TITLE} results"
            try:
                runs.append(known[0].read_run(document.value, path, len(runs) + 1))
            except Refusal as refusal:
                problems = [*problems, refusal.problem.within(document.place)]
    if runs or what:
        return Content("read" if runs else "refused", what, tuple(runs), tuple(problems))
    if others:
        return Content("skipped", others)
    broken = [problem for problem in problems if problem.reason != UNREAD]
    if broken:
        return Content("refused", "unreadable", problems=tuple(broken))
    return Content("skipped", UNREAD)
