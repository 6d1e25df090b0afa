"""How questions begin, and what was taken as their answers: read for the rows that are looked at.

Prompts of a dataset mostly begin alike: with an instruction, with examples. What says which
question it is comes after that, so what the prompts of a category share at their start is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from tui_eval.loading.cache import FileState
from tui_eval.loading.texts import read_found
from tui_eval.records import Answer, Run

Key = tuple[str | None, str]
"""Category and sample: the columns that name a question."""

LONGEST = 400
"""Characters of a question that are kept: more than a line shows."""

_OF_QUESTION = ("category", "sample")

_PROMPTS = 3
"""Prompts of a category from which on what they share is taken for an instruction."""

_ROWS = 16
"""Questions that are read before what is known of them is told."""

_BOUNDARY = re.compile(r"[\n.:!?。：！？】]\s*")

_LABEL = re.compile(r"(question|q|问题|問題|题目|題目)\s*[:：]\s*", re.IGNORECASE)

_LONGEST_ANSWER = 60  # what is longer was not extracted: it is the whole response

_LONGEST_LABEL = 24


class Opening(NamedTuple):
    """What a row of the list shows of the texts of a question; all of them untrusted.

    Attributes:
        question: Its first words that are no instruction.
        target: The reference; empty: there is none.
        extracted: What was taken as the answer of each run that was asked once, by key, where that
            is short.
    """

    question: str
    target: str
    extracted: Mapping[str, str] = MappingProxyType({})


class _First(NamedTuple):
    """The first answer of a run to a question, and what was extracted if it is the only one."""

    run: str
    answer: Answer
    extracted: str


class Openings:
    """Openings of the questions of a dataset, as far as they were read.

    One thread reads, others look at what there is.

    Args:
        runs: The runs by key, in the order of their letters.
        places: As `analysis.samples.QuestionTable` has them.
        states: What the files were like, by path.
    """

    def __init__(
        self, runs: Mapping[str, Run], places: pl.DataFrame, states: Mapping[str, FileState]
    ) -> None:
        self._runs = runs
        self._states = states
        self._places = places
        self._instructions: dict[tuple[str | None, str], Shared] = {}
        self.known: dict[Key, Opening] = {}
        """What was read, by question."""

    def read(self, keys: Sequence[Key], is_cancelled: Callable[[], bool]) -> Iterator[list[Key]]:
        """Read what is not known yet of some questions; yields which are known now, a part a time.

        Files that cannot be read leave their texts empty: the answers themselves say why.
        """
        wanted = [key for key in keys if key not in self.known]
        for start in range(0, len(wanted), _ROWS):
            part = wanted[start : start + _ROWS]
            if is_cancelled():
                return
            self._read_part(part)
            yield part

    def _read_part(self, keys: Sequence[Key]) -> None:
        found: defaultdict[Key, list[_First]] = defaultdict(list)
        for row in self._of(keys).iter_rows(named=True):
            answer, _ = read_found(self._runs, self._states, row)
            if answer is not None:
                is_told = row["attempts"] == 1 and row["status"] != "unparsed"
                extracted = one_line(answer.extracted or "") if is_told else ""
                first = _First(row["run"], answer, extracted)
                found[row["category"], row["sample"]].append(first)
        prompts: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
        for (category, _), (first, *_) in found.items():
            prompts[category, first.run].append(asked(first.answer))
        for (category, run), texts in prompts.items():
            if (category, run) not in self._instructions:
                texts += self._more_prompts(category, run, texts)
                self._instructions[category, run] = shared(texts)
        for key in keys:
            self.known[key] = self._opening(key[0], found.get(key, ()))

    def _opening(self, category: str | None, found: Sequence[_First]) -> Opening:
        if not found:
            return Opening("", "")
        first = found[0]
        question = without_instruction(asked(first.answer), self._instructions[category, first.run])
        target = next((one.answer.target for one in found if one.answer.target), "")
        extracted = {
            one.run: one.extracted for one in found if 0 < len(one.extracted) <= _LONGEST_ANSWER
        }
        return Opening(question, one_line(target), extracted)

    def _of(self, keys: Sequence[Key]) -> pl.DataFrame:
        """Where the first answers of each run to some questions are, by run."""
        schema = dict.fromkeys(_OF_QUESTION, pl.String)
        wanted = pl.DataFrame(keys, schema=schema, orient="row")
        order = {run: number for number, run in enumerate(self._runs)}
        found = self._places.join(wanted, on=_OF_QUESTION, how="semi", nulls_equal=True)
        counted = found.with_columns(
            order=pl.col("run").replace_strict(order, return_dtype=pl.UInt32),
            attempts=pl.len().over("run", *_OF_QUESTION),
        )
        firsts = counted.sort("order", "attempt").unique(("run", *_OF_QUESTION), keep="first")
        return firsts.sort("order")

    def _more_prompts(self, category: str | None, run: str, known: Sequence[str]) -> list[str]:
        """Prompts of other questions of a category, where too few were read to compare them."""
        missing = _PROMPTS - len(set(known))
        if missing <= 0:
            return []
        of_category = pl.col("category").eq_missing(pl.lit(category, pl.String))
        others = self._places.filter(of_category, pl.col("run") == run).unique(
            "sample", keep="first", maintain_order=True
        )
        texts = []
        for row in others.head(_PROMPTS + len(known)).iter_rows(named=True):
            answer, _ = read_found(self._runs, self._states, row)
            if answer is not None:
                texts.append(asked(answer))
        return texts


def asked(answer: Answer) -> str:
    """The message that asks the question: the last one of the user, else the last one."""
    told = [message for message in answer.prompt if message.text.strip()]
    of_user = [message for message in told if message.role.casefold() in ("user", "human")]
    return (of_user or told)[-1].text if told else ""


class Shared(NamedTuple):
    """What prompts have in common.

    Attributes:
        start: Their beginning, up to the end of a line, a sentence or a label.
        end: The lines with which they end.
    """

    start: str = ""
    end: str = ""


def shared(texts: Iterable[str]) -> Shared:
    """What different texts have in common at both ends; nothing where there are fewer than two."""
    different = sorted(set(texts))
    if len(different) < 2:
        return Shared()
    backwards = sorted(text[::-1] for text in different)
    end = _same(backwards[0], backwards[-1])[::-1]
    return Shared(
        _whole(_same(different[0], different[-1])), end[end.index("\n") :] if "\n" in end else ""
    )


def without_instruction(text: str, common: Shared) -> str:
    """The first words of a question, in one line.

    Args:
        text: What was asked.
        common: What it shares with others. Where that begins with a label as ``Question:``, and the
            label comes again below, the text has examples: the last one is what is asked.
    """
    start = len(_whole(_same(text, common.start)))
    before = text[:start].rstrip().rpartition("\n")[2].strip()
    if before.endswith((":", "：")) and len(before) <= _LONGEST_LABEL:
        start = max(start, text.rfind(f"\n{before}") + len(before) + 1)
    rest = text[start:].removesuffix(common.end).lstrip()
    if label := _LABEL.match(rest):
        rest = rest[label.end() :]
    return one_line(rest) or one_line(text)


def _whole(start: str) -> str:
    """A beginning up to the last end of a line, a sentence or a label in it."""
    ends = [match.end() for match in _BOUNDARY.finditer(start)]
    return start[: ends[-1]] if ends else ""


def _same(first: str, second: str) -> str:
    """The beginning that two texts share: of several sorted ones the first and the last tell it."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    return "".join(one for one, _ in same)


def one_line(text: str) -> str:
    """The beginning of a text in one line."""
    return " ".join(text[: 4 * LONGEST].split())[:LONGEST]
