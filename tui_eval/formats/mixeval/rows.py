"""Rows of MixEval's files of answers and verdicts: one a question and model.

Verdicts are a judge's score of a free-form answer, the option that a judge found in an answer, or
what a rule says of either. Where a judge gave no valid verdict ten times, MixEval writes a random
one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tui_eval.files.documents import Refusal, read_documents
from tui_eval.files.strings import clean_str
from tui_eval.formats.values import as_mapping, as_number

FREE, CHOICE = "free-form", "multiple-choice"
RULE = "rule"  # who judged where no model did
Row = Mapping[str, object]
VERDICTS = frozenset({"judge_score", "judge_option", "eval_result"})
_SPLITS = {FREE: FREE, CHOICE: CHOICE, "single-choice": CHOICE}  # as the documentation has it

_JUDGED = re.compile(
    r"judge_results_(?:ff|mp)_(?:model_judge_(?P<judge>.+)|rule)\.jsonl?", re.DOTALL
)
_QUESTIONS = {
    "mixeval 2024-06-01": {FREE: 2000, CHOICE: 2000},
    "mixeval_hard 2024-06-01": {FREE: 500, CHOICE: 500},
    "mixeval 2024-08-11": {FREE: 2000, CHOICE: 1995},
    "mixeval_hard 2024-08-11": {FREE: 500, CHOICE: 500},
}
_WITHDRAWN = {("mixeval 2024-08-11", CHOICE): {197, 287, 427, 1221, 1564}}  # had one option only
_ANSWERS = {FREE: "close_freeform", CHOICE: "close_multichoice"}
_NUMBER, _LETTER = r"(\d+\.?\d*|\.\d+)", "([A-Z])"
_DOUBLE = {FREE: re.compile(rf"\[\[{_NUMBER}\]\]"), CHOICE: re.compile(rf"\[\[{_LETTER}\]\]")}
_SINGLE = {FREE: re.compile(rf"\[{_NUMBER}\]"), CHOICE: re.compile(rf"\[{_LETTER}\]")}
_ID = re.compile(r"\d{1,6}", re.ASCII)
_BARE = re.compile(r"\s*\[\[[^\[\]]*\]\]\s*")
MOST = 10**6  # more than there are questions
FEW = 5  # of many of a kind, those that a note names


def split_of(document: object) -> str | None:
    """The split of a row of answers or verdicts; None for what is no such row."""
    if not isinstance(document, dict) or not {"benchmark_name", "id"} <= document.keys():
        return None
    if not document.keys() & {"response", *VERDICTS}:
        return None
    problem = document.get("problem_type")
    return _SPLITS.get(problem) if isinstance(problem, str) else None


def is_verdict_file(path: Path) -> bool:
    """Whether a file is named as MixEval names those of judges and rules."""
    return _JUDGED.fullmatch(path.name) is not None


def judge_of(path: Path) -> str:
    """Who judged what is in a file of verdicts: a model or ``rule``, as its name has it."""
    named = _JUDGED.fullmatch(path.name)
    return clean_str((named["judge"] or RULE) if named else path.stem) or ""


def read_rows(path: Path, split: str) -> tuple[list[Row], list[str]]:
    """The rows of a split in a file, and notes on what else is in it.

    Raises:
        Refusal: It cannot be read.
    """
    documents, problems = read_documents(path, lambda value: split_of(value) is not None)
    rows = [as_mapping(one.value) for one in documents if split_of(one.value) == split]
    name = clean_str(path.name)
    notes = [f"{name}: {problem}" for problem in problems[:FEW]]
    foreign = len(documents) - len(rows) + len(problems[FEW:])
    if foreign:
        notes.append(f"{name}: {foreign} more lines are no {split} rows, and are left out")
    return rows, notes


def missing_questions(rows: list[Row], dataset: str, split: str) -> list[str]:
    """What says that there are fewer questions than the benchmark has."""
    numbers = {number for row in rows if (number := id_of(row)) is not None}
    size = _QUESTIONS.get(dataset, {}).get(split)
    known = {int(number) for number in numbers if _ID.fullmatch(number)}
    known |= _WITHDRAWN.get((dataset, split), set())
    if size is not None and len(numbers) < size:
        notes = [f"partial run: {len(numbers)} of {size} {split} questions"]
        end = max(max(known, default=0) + 1, size)
    else:
        notes = []
        end = max(known, default=-1) + 1
    if 0 < end - len(known) <= FEW:
        gaps = [str(number) for number in range(end) if number not in known]
        notes.append(f"{split} questions that are missing: id {', '.join(gaps)}")
    return notes


def answer_files(folder: Path, below: str, split: str) -> list[Path]:
    """The files of answers of a split in a folder, or in those that a pattern finds below it.

    Raises:
        OSError: They cannot be listed.
    """
    files = folder.glob(f"{below}*_{_ANSWERS[split]}*.jsonl")
    return sorted(file for file in files if file.is_file())


def known_ids(dataset: str, split: str) -> tuple[frozenset[str], frozenset[str]]:
    """Ids that a benchmark has, and those that it had until they were withdrawn.

    Both are empty where the benchmark is not known: every version has ids of its own.
    """
    size = _QUESTIONS.get(dataset, {}).get(split, 0)
    withdrawn = frozenset(map(str, _WITHDRAWN.get((dataset, split), ())))
    every = frozenset(map(str, range(size + len(withdrawn))))
    return every - withdrawn, withdrawn


def repeated_questions(rows: list[Row], split: str) -> Iterator[str]:
    """Ids that are doubled, and questions that are asked several times under different ids."""
    counts = Counter(number for row in rows if (number := id_of(row)) is not None)
    doubled = [number for number, count in counts.items() if count > 1]
    if doubled:
        yield f"{split} questions that are there more than once: id {listed(doubled)}"
    texts = {question_of(row) for row in rows}
    if None not in texts and len(texts) < len(counts):
        yield f"{len(rows)} {split} questions, {len(texts)} of them different"


def id_of(row: Row) -> str | None:
    """What a question is joined on: its line differs between models."""
    number = row.get("id")
    return str(number) if type(number) is int and abs(number) < MOST else clean_str(number)


def question_of(row: Row) -> tuple[str | None, ...] | None:
    """What makes it the same question: its context, its text and its options."""
    prompt, options = clean_str(row.get("prompt")), row.get("options")
    choices = map(clean_str, options) if isinstance(options, list) else ()
    return None if prompt is None else (clean_str(row.get("context")), prompt, *choices)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, the last ones counted where there are more than a few."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def verdict(row: Row, split: str) -> float | None:
    """The score of a question; None where there is no valid one."""
    result = row.get("eval_result")
    if isinstance(result, bool):
        return float(result)
    if split == FREE:
        score = as_number(row.get("judge_score"))
        return score if score is not None and 0 <= score <= 1 else None
    option, target = row.get("judge_option"), row.get("target")
    right = target[0] if isinstance(target, list) and target else None
    if not isinstance(option, str) or type(right) is not int or not 0 <= right < 26:
        return None
    return float(option == chr(ord("A") + right))


def unparsed_verdicts(rows: list[Row], split: str, judge: str) -> Iterator[str]:
    """Verdicts that are not the judge's: a random one, or one for what it would not judge."""
    judged = [row.get("judge_response") for row in rows if "judge_response" in row]
    random = random_verdicts(rows, split)
    bare = sum(isinstance(text, str) and bool(_BARE.fullmatch(text)) for text in judged)
    what = f"of {len(judged)} {split} verdicts of {judge}"
    if random:
        kind_of = "scores" if split == FREE else "options"
        yield f"{random} {what} could not be parsed; MixEval put random {kind_of} there"
    if bare:
        yield f"{bare} {what} are a bracket alone, as MixEval writes it where a judge is blocked"


def random_verdicts(rows: list[Row], split: str) -> int:
    """In how many rows MixEval put something random for a verdict that it could not read."""
    judged = (row["judge_response"] for row in rows if "judge_response" in row)
    return sum(not holds_verdict(text, split) for text in judged)


def holds_verdict(text: object, split: str) -> bool:
    """Whether MixEval finds a verdict: in double brackets first, a score only from 0 to 1."""
    if not isinstance(text, str):
        return False
    found = _DOUBLE[split].search(text) or _SINGLE[split].search(text)
    return found is not None and (split == CHOICE or float(found[1]) <= 1)


def unjudged_answers(rows: list[Row], path: Path, split: str, judge: str) -> Iterator[str]:
    """Answers without a verdict, and verdicts without an answer, by the file of answers beside."""
    try:
        beside = answer_files(path.parent, "", split)
        answers = read_rows(beside[0], split)[0] if len(beside) == 1 else rows
    except (OSError, Refusal):
        return
    ids, judged = (
        dict.fromkeys(number for row in some if (number := id_of(row)) is not None)
        for some in (answers, rows)
    )
    if missing := [number for number in ids if number not in judged]:
        yield f"{split} answers without a verdict of {judge}: id {listed(missing)}"
    if extra := [number for number in judged if number not in ids]:
        yield f"{split} verdicts of {judge} without an answer: id {listed(extra)}"
