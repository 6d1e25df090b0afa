"""Which harness wrote a file, and what it holds: the list of formats, and how they are asked.

A new harness is a package with the names of `Format` and one line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import polars as pl

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
from tui_eval.files.parquet import columns, is_parquet
from tui_eval.files.rows import WHOLE, Span
from tui_eval.formats.batches import Batch
from tui_eval.formats.harnesses import evalscope, lighteval, lm_eval, mixeval, twinkle
from tui_eval.formats.index import Index
from tui_eval.formats.parts import grouped
from tui_eval.records import Answer, Run, SampleFile
from tui_eval.redaction.configuration import redact_text


class Format(Protocol):
    """What a module of a harness offers."""

    TITLE: str
    """The harness as people write it."""

    HARNESS: str
    """Its short name, as in the tables."""

    MARKER: bytes
    """ASCII text that every result file of the harness holds."""

    KEEPS_ANSWERS_APART: bool
    """Whether files of answers may lie elsewhere than in the folder of the results or below it."""

    def recognise(self, document: object) -> str | None:
        """What a JSON document is, or the first row of a file of rows.

        ``results``, ``samples``, words for what else it is, or None: not mine.
        """

    def read_runs(self, document: object, path: Path, number: int) -> Sequence[Run]:
        """The runs, or the part of one, that a document recognised as ``results`` holds.

        ``number`` is the number that the first of them has in the file. Raises `Refusal`.
        """

    def read_samples(self, first: object, path: Path) -> Run:
        """The part of a run that a file of samples is, ``first`` its first row.

        Its scores are empty, but where the harness left no report of them. Raises `Refusal`.
        """

    def stands_alone(self, run: Run) -> bool:
        """Whether a run of `read_runs` depends on its file and the path of that alone.

        So it is the same as long as the file is, whatever is beside it, above it or linked.
        """

    def combine(self, parts: Sequence[Run]) -> Run:
        """One run of the parts that share an identity, in the order in which they were found."""

    INDEX_VERSION: int
    """Rises when `index` finds other rows in the same file, so that none are kept from before."""

    def index(self, path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
        """One pass over a file of answers, in batches of a few thousand rows.

        Of a part of a file of lines it finds what a pass over all of the file would find there. It
        may run in a child process: where it reads JSON it imports neither Polars nor NumPy.
        What cannot be read is added to ``problems``, and the rest goes on. Raises `Refusal` where
        nothing can be read.
        """

    def place_of(self, run: Run, file: SampleFile) -> tuple[str | None, str | None]:
        """Dataset and category of all answers in a file of a run, as its scores have them.

        None: the file holds several, or it is not known.
        """

    def samples(
        self, run: Run, indexes: Mapping[SampleFile, Index]
    ) -> tuple[pl.DataFrame, list[str]]:
        """The answers of a run (`SAMPLES` without ``run``), and notes on what was left out.

        Any files of the run may be missing from ``indexes``, or be read half.
        """

    def recompute(self, run: Run, rows: pl.DataFrame) -> Run:
        """A run without scores, with those that its answers (what `samples` returns) give."""

    def answers_of(self, run: Run) -> Iterable[Path]:
        """Where the harness puts the files of answers of a run: those that are there."""

    def answer(self, path: Path, place: int, item: int) -> Answer:
        """The texts of an answer that `index` found there. Raises `Refusal`."""


FORMATS: tuple[Format, ...] = (twinkle, lm_eval, lighteval, evalscope, mixeval)

SUFFIXES = frozenset({".json", ".jsonl", ".parquet"})

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


def recognise(document: object) -> tuple[Format, str] | None:
    """The format that knows a document, and what it says the document is."""
    for form in FORMATS:
        kind = form.recognise(document)
        if kind is not None:
            return form, kind
    return None


def read(path: Path) -> Content:
    """Read what a file holds of runs, whatever harness wrote it.

    Args:
        path: A JSON or JSON Lines file in any encoding of `documents`, or a Parquet file.

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
    return next(form for form in FORMATS if harness == form.HARNESS)


def _read(path: Path) -> Content:
    is_table = is_parquet(path)
    head = Document(columns(path)) if is_table else first_document(path)
    known = recognise(head.value) if head else None
    if head and known and known[1] != "results":
        return _read_others(path, head, *known)
    if is_table:
        return Content("skipped", UNREAD)
    if path.stat().st_size > LARGE and not known and not _may_be_results(path, head):
        return Content("skipped", UNREAD)
    documents, problems = read_documents(path, lambda value: recognise(value) is not None)
    return _read_documents(path, documents, problems)


def _may_be_results(path: Path, head: Document | None) -> bool:
    """Whether a large file is worth reading: it is JSON, and its first line no foreign object."""
    if isinstance(head and head.value, dict) or not starts_like_json(path):
        return False
    return holds_any(path, (form.MARKER for form in FORMATS))


def _read_others(path: Path, head: Document, form: Format, what: str) -> Content:
    """A file of samples, which is paired with its run, or of what is no use here."""
    if what != "samples":
        return Content("skipped", f"{form.TITLE}: {what}")
    part = replace(form.read_samples(head.value, path), files=(path,))
    return Content("read", f"{form.TITLE} samples", (_public(part),))


def _read_documents(path: Path, documents: list[Document], problems: list[Problem]) -> Content:
    runs: list[Run] = []
    what = ""
    others: tuple[Document, Format, str] | None = None
    for document in documents:
        known = recognise(document.value)
        if known is None:
            problems = [*problems, Problem(document.place, UNREAD)]
        elif known[1] != "results":
            others = others or (document, *known)
        else:
            what = f"{known[0].TITLE} results"
            try:
                with contained():
                    found = known[0].read_runs(document.value, path, len(runs) + 1)
                    found = [_public(replace(run, files=run.files or (path,))) for run in found]
                runs.extend(found)
            except Refusal as refusal:
                problems = [*problems, refusal.problem.within(document.place)]
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
    )
