"""Whether a run of MixEval is complete, as its files tell it: questions, verdicts, status.

MixEval's own ``check_eval_complete`` (`mixeval.eval_checks`) counts lines alone. Here questions are
told apart by their ids, which are the same for all models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from tui_eval.files.strings import clean_str
from tui_eval.formats.index import Index
from tui_eval.formats.mixeval.beside import status_of
from tui_eval.formats.mixeval.questions import Categories, Questions, questions_of
from tui_eval.formats.mixeval.rows import CHOICE, FREE, MOST, RULE, judge_of, listed
from tui_eval.formats.mixeval.scores import DIFFERS
from tui_eval.formats.values import quoted
from tui_eval.records import Finding, Run, SampleFile

_COMPLETE: Final = "complete"


class _Split(NamedTuple):
    """What is there of a split.

    Attributes:
        name: Which one.
        answers: Schema `INDEX`: the answers; verdicts where their file is gone.
        file: The file of answers; None: it is gone.
        lines: How many lines that has, damaged ones too.
        judged: Schema `INDEX`, by judge: verdicts.
    """

    name: str
    answers: pl.DataFrame
    file: SampleFile | None
    lines: int
    judged: Mapping[str, pl.DataFrame]

    @property
    def own(self) -> Categories:
        """What was asked."""
        rows = self.answers.select("id", "category").iter_rows()
        return {number: category for number, category in rows if number}

    @property
    def told(self) -> Categories:
        """What was judged: a question whose answer is gone may be there."""
        rows = (one.select("id", "category").iter_rows() for one in self.judged.values())
        return {number: category for number, category in chain.from_iterable(rows) if category}


class _Told(NamedTuple):
    """Sentences: what makes the run incomplete, and what else is to be known."""

    bad: list[str]
    said: list[str]


def check(
    run: Run, indexes: Mapping[SampleFile, Index], _digests: Mapping[SampleFile, str]
) -> Iterator[Finding]:
    """What the files of a run tell: a finding a benchmark in it, and one of all of it.

    Args:
        run: The run.
        indexes: Its files of answers and verdicts, as far as they are there.
        _digests: Nothing.
    """
    dataset = next((file.dataset for file in indexes), None)
    if dataset is None:
        return
    folder = run.path.parent.absolute()
    splits = [_split(indexes, name) for name in (FREE, CHOICE)]
    known = {
        split.name: questions_of(folder, dataset, split.name, split.own)
        if _is_home(folder, dataset)
        else Questions(None)
        for split in splits
    }
    told = _Told([], [])
    for split in splits:
        _tell(split, known[split.name], told)
    is_done = not told.bad and all(_says_complete(split) for split in splits)
    _tell_judges(splits, told)
    told.said.extend(note for note in run.notes if note.startswith(DIFFERS))
    counts = [_Counts.of(split, known[split.name]) for split in splits]
    for category in dict.fromkeys(one for count in counts for one in count.categories):
        yield _finding(dataset, category, counts, is_done=is_done)
    yield _whole(dataset, counts, splits, told, is_done=is_done)


def asks_whole(run: Run, dataset: str) -> str | None:
    """A version has the same benchmarks for all; the names in score.json changed over time."""
    return dataset if run.samples else None


def _is_home(folder: Path, dataset: str) -> bool:
    """Whether the folder's names say what was asked."""
    return len(folder.parents) > 3 and dataset == f"{folder.parent.name} {clean_str(folder.name)}"


def _split(indexes: Mapping[SampleFile, Index], name: str) -> _Split:
    judged = {
        judge_of(file.path): index.rows
        for file, index in indexes.items()
        if (file.category, file.what) == (name, "verdicts")
    }
    for file, index in indexes.items():
        if (file.category, file.what) == (name, "answers"):
            lines = index.rows.height + len(index.problems)
            return _Split(name, index.rows, file, lines, judged)
    empty = next(iter(indexes.values())).rows.clear()
    return _Split(name, next(iter(judged.values()), empty), None, 0, judged)


# --- questions ----------------------------------------------------------------------------------


class _Counts(NamedTuple):
    """Ids of a split: those that should be there, those that are, and how often.

    Attributes:
        expected: By id the benchmark; None: nothing tells.
        own: By id the benchmark of what is there.
        times: How often each id is there.
        unknown: Ids that are none of the expected ones.
    """

    split: str
    expected: Categories | None
    own: Categories
    times: Counter[str]
    unknown: frozenset[str]

    @classmethod
    def of(cls, split: _Split, known: Questions) -> _Counts:
        """Those of a split."""
        own = split.own
        told = split.told
        times = Counter(number for number in split.answers["id"] if number)
        if known.categories is None:
            return cls(split.name, None, own, times, frozenset())
        old = {number: own[number] for number in known.withdrawn & own.keys()}
        every = {**known.categories, **(dict.fromkeys(known.withdrawn) | old if old else {})}
        expected = {number: name or told.get(number) for number, name in every.items()}
        return cls(split.name, expected, own, times, frozenset(own.keys() - expected.keys()))

    @property
    def categories(self) -> list[str]:
        """Its benchmarks."""
        names = [*self.own.values(), *(self.expected or {}).values()]
        return [name for name in dict.fromkeys(names) if name is not None]

    @property
    def missing(self) -> list[str]:
        """Ids that should be there and are not."""
        lost = (self.expected or {}).keys() - self.own.keys()
        return sorted(lost, key=lambda number: (len(number), number))

    @property
    def doubled(self) -> list[str]:
        """Ids that are there again."""
        return [number for number, count in self.times.items() if count > 1]

    @property
    def unplaced(self) -> list[str]:
        """Missing ids of which nothing tells the benchmark."""
        expected = self.expected or {}
        return [number for number in self.missing if expected[number] is None]

    def only(self, category: str) -> _Counts:
        """Those of a benchmark; it may lack what has no place."""
        own = {number: name for number, name in self.own.items() if name == category}
        expected = None
        if self.expected is not None and not self.unplaced:
            expected = {number: name for number, name in self.expected.items() if name == category}
        times = Counter({number: self.times[number] for number in own})
        return _Counts(self.split, expected, own, times, self.unknown & own.keys())


def _finding(
    dataset: str, category: str | None, counts: Sequence[_Counts], *, is_done: bool
) -> Finding:
    """What is there of a benchmark in all splits; None: of all of them."""
    some = counts if category is None else [one.only(category) for one in counts]
    is_known = all(one.expected is not None for one in some)
    unplaced = 0 if category is None else sum(len(one.unplaced) for one in counts)
    doubled = [(one, number) for one in some for number in one.doubled]
    again = [f"id {number} is there more than once ({one.split})" for one, number in doubled[:3]]
    lost = [
        f"missing: {one.split} id {listed(one.missing)}"
        for one in some
        if one.missing and one.own  # of a split that is not there at all every id is
    ]
    if unplaced:
        lost.append(
            f"{unplaced:,} of the benchmark's questions are missing, and nothing tells of which "
            "category"
        )
    ids = dict.fromkeys(number for _, number in doubled)
    return Finding(
        dataset,
        category,
        expected=sum(len(one.expected or ()) for one in some) if is_known else None,
        found=sum(len(one.own) - len(one.unknown) for one in some),
        doubled=sum(one.times[number] - 1 for one, number in doubled),
        unknown=sum(one.times[number] for one in some for number in one.unknown),
        verdict="unknown" if unplaced else _COMPLETE if is_done else None,
        reason="; ".join([*lost, *again]),
        where=" or ".join(f'id == "{number}"' for number in ids if number.isalnum())[:500]
        if len(ids) <= 5
        else "",
    )


def _whole(
    dataset: str,
    counts: Sequence[_Counts],
    splits: Sequence[_Split],
    told: _Told,
    *,
    is_done: bool,
) -> Finding:
    found = _finding(dataset, None, counts, is_done=is_done)
    statuses = [status for split in splits for status in split.answers["status"]]
    random = sum(_random(judge, rows) for split in splits for judge, rows in split.judged.items())
    return found._replace(
        empty=statuses.count("empty"),
        unparsed=random,
        errors=0,
        verdict="incomplete" if told.bad else found.verdict,
        reason="; ".join(part for part in (*told.bad, found.reason, *told.said) if part),
        where=found.where or ('status == "unparsed"' if random else ""),
    )


# --- status and verdicts ------------------------------------------------------------------------


def _says_complete(split: _Split) -> bool:
    return split.file is not None and status_of(split.file.path).status.get("status") == _COMPLETE


def _tell(split: _Split, known: Questions, told: _Told) -> None:
    """What the file of answers and the status file of a split tell."""
    if split.file is None:
        told.bad.append(f"no file of {split.name} answers")
        return
    args, status, is_there = status_of(split.file.path)
    word = clean_str(status.get("status"))
    if word is None:
        told.said.append(
            f"the status file of the {split.name} answers cannot be read, or has no status"
            if is_there
            else f"no status file of the {split.name} answers"
        )
    elif word != _COMPLETE:
        told.bad.append(f"the status of the {split.name} answers is “{quoted(word)}”")
    size, last = args.get("batch_size"), status.get("batch_id")
    if type(size) is not int or type(last) is not int or not 0 < size < MOST > last >= 0:
        return
    asked = (last + 1) * size
    if word != _COMPLETE and split.lines != asked:
        told.said.append(
            f"MixEval would not go on with the {split.name} answers: {split.lines:,} lines, "
            f"where {last + 1:,} batches of {size:,} were done"
        )
    elif word == _COMPLETE and split.lines not in _ends(asked, size, known):
        told.said.append(
            f"{split.lines:,} lines of {split.name} answers do not fit {last + 1:,} batches of "
            f"{size:,}"
        )


def _ends(asked: int, size: int, known: Questions) -> Sequence[int]:
    """How many lines there are after the last batch: it may be a part of one."""
    if known.categories is None:
        return range(asked - size + 1, asked + 1)
    sizes = {len(known.categories), len(known.categories) + len(known.withdrawn)}
    return [min(asked, count) for count in sizes if asked - size < count]


def _tell_judges(splits: Sequence[_Split], told: _Told) -> None:
    """Answers that a judge did not judge, verdicts on none, and random ones."""
    if not any(split.judged for split in splits):
        told.said.append("nobody judged the answers yet")
    for split in splits:
        if split.answers.height and not split.judged and any(one.judged for one in splits):
            told.bad.append(f"no verdicts on the {split.name} answers")
        for judge, rows in split.judged.items():
            own, judged = split.own, {number for number in rows["id"] if number}
            if lacking := [number for number in own if number not in judged]:
                s = "" if len(lacking) == 1 else "s"
                count = f"{len(lacking):,} {split.name} answer{s}"
                told.bad.append(f"no verdict of {judge} on {count}: id {listed(lacking)}")
            if extra := [number for number in judged if number not in own]:
                told.said.append(f"verdicts of {judge} on no answer: id {listed(sorted(extra))}")
            if random := _random(judge, rows):
                told.said.append(
                    f"{random:,} of {rows.height:,} {split.name} verdicts of {judge} could not be "
                    "parsed, and are random"
                )


def _random(judge: str, rows: pl.DataFrame) -> int:
    """How many verdicts MixEval drew by chance: rules that find nothing say that it is wrong."""
    return 0 if judge == RULE else rows.filter(status="unparsed").height
