"""What a harness's package offers: how its files are named, recognised and read.

What a harness does not have is left out, and callers ask whether it is there: so a harness without
samples, or one in a zip, writes nothing for what it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import polars as pl

from tui_eval.files.documents import Problem
from tui_eval.files.head import Head, Kind
from tui_eval.files.rows import WHOLE, Span
from tui_eval.formats.batches import Batch
from tui_eval.formats.index import Index
from tui_eval.formats.parts import join
from tui_eval.records import Answer, Finding, Recorded, Run, SampleFile, Scoring

JSON: Mapping[str, Kind] = MappingProxyType({".json": "json", ".jsonl": "json"})
"""How files of JSON are named."""


class Pass(Protocol):
    """One pass over a file of answers, in batches of a few thousand rows."""

    def __call__(self, path: Path, problems: list[Problem], span: Span = WHOLE) -> Iterator[Batch]:
        """What is found in a file, or in a part of a file of lines.

        Of a part it finds what a pass over all of the file would find there. It may run in a child
        process: it is a function of a module that, where it reads JSON, imports neither Polars nor
        NumPy. What cannot be read is added to ``problems``, and the rest goes on. Raises `Refusal`
        where nothing can be read.
        """


@dataclass(frozen=True, eq=False)
class SampleFormat:
    """How the files of answers of a harness are read.

    Attributes:
        read: The part of a run that a file of answers is: of its head's value and its path. Its
            scores are empty, but where the harness left no report of them. Raises `Refusal`.
        index: One pass over such a file.
        version: Rises when ``index`` finds other rows in the same file, so that none are kept from
            before.
        place_of: Dataset and category of all answers in a file of a run, as its scores have them.
            None: the file holds several, or it is not known.
        table: The answers of a run (`tables.ANSWERS`), and notes on what was left out. Any files of
            the run may be missing from the indexes, or be read half.
        answer: The texts of an answer that ``index`` found at a place and item of a file. Raises
            `Refusal`. None: the files hold no texts.
        recompute: A run without scores, with those that its answers (what ``table`` returns) give.
            None: they give none.
        beside: Where the harness puts the files of answers of a run: those that are there. None:
            they are found with the results.
        is_apart: Whether ``beside`` may lie elsewhere than in the folder of the results or below.
        recorded: What a file keeps of the answers whose rows begin at some places, for scoring them
            again: in the order of the places, one for each item of a row. It runs in a child
            process, as ``index`` does. A place where no row of answers begins is left out, its
            problem added. None: the files hold no responses.
        scoring: How the harness scored a category of a dataset of a run. None: as ``Scoring()``.
        digest: What tells whether a file of answers is as it was written, made of all its bytes:
            after every few megabytes how many were read, and at last the digest (empty: the file
            cannot have one). It runs in a child process, as ``index`` does. None: no file tells it.
        digest_version: Rises when ``digest`` gives another one of the same file.
    """

    read: Callable[[object, Path], Run]
    index: Pass
    version: int
    place_of: Callable[[Run, SampleFile], tuple[str | None, str | None]]
    table: Callable[[Run, Mapping[SampleFile, Index]], tuple[pl.DataFrame, list[str]]]
    answer: Callable[[Path, int, int], Answer] | None = None
    recompute: Callable[[Run, pl.DataFrame], Run] | None = None
    beside: Callable[[Run], Iterable[Path]] | None = None
    is_apart: bool = False
    recorded: Callable[[Path, Sequence[int], list[Problem]], Iterator[Recorded]] | None = None
    scoring: Callable[[Run, str, str | None], Scoring] | None = None
    digest: Callable[[Path], Iterator[tuple[int, str]]] | None = None
    digest_version: int = 0


@dataclass(frozen=True, eq=False)
class Format:
    """How the files of a harness are read.

    Attributes:
        name: The harness's short name, as in the tables.
        title: The harness as people write it.
        suffixes: How its files are named (in small letters), and how each is to be opened.
        recognise: What a file is, by its head: ``results``, ``samples``, words for what else it is,
            or None: not mine. Only heads of the kinds of ``suffixes`` are asked about.
        read_runs: The runs, or the part of one, that a JSON document recognised as ``results``
            holds; of other kinds of files the document is None, and the path tells what to open.
            The number is the one that the first run has in the file. Raises `Refusal`.
        combine: One run of the parts that share an identity, in the order in which they were found.
        markers: ASCII texts of which each file of results in JSON holds one: others above `LARGE`
            are not read.
        stands_alone: Whether a run of ``read_runs`` depends on its file and the path of that alone,
            so that it is the same as long as the file is, whatever is beside it, above it or
            linked. None: no run does.
        samples: How its files of answers are read. None: it has none.
        check: What the files of a run tell of its completeness, beyond what its scores and answers
            do: of the run, the indexes of its files of answers, and their digests, where
            ``samples.digest`` makes some. It is called for one dataset after the other, each time
            with the files that may be of it and could be read; what it tells of others is not used.
            It may read small files of the run again. Raises `Refusal`. None: nothing.
        asks_whole: What tells, of a run and a dataset as the harness names it, which categories it
            was asked: of runs in which it is the same, one lost what most others have. A function
            that returns None: nothing tells it. None: a run may be asked any categories.
        judges_are_filters: Whether ``filter`` of an answer says who judged it: that some did not is
            no answer less.
    """

    name: str
    title: str
    suffixes: Mapping[str, Kind]
    recognise: Callable[[Head], str | None]
    read_runs: Callable[[object, Path, int], Sequence[Run]]
    combine: Callable[[Sequence[Run]], Run] = join
    markers: Sequence[bytes] = ()
    stands_alone: Callable[[Run], bool] | None = None
    samples: SampleFormat | None = None
    check: (
        Callable[
            [Run, Mapping[SampleFile, Index], Mapping[SampleFile, str]],
            Iterable[Finding],
        ]
        | None
    ) = None
    asks_whole: Callable[[Run, str], Hashable] | None = None
    judges_are_filters: bool = False
