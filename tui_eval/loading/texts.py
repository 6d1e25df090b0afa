"""Texts of single answers: read when the user looks at them, searches them or exports them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import polars as pl

from tui_eval.files.documents import Refusal, contained
from tui_eval.files.parquet import is_parquet
from tui_eval.files.paths import path_text
from tui_eval.files.strings import clean_str
from tui_eval.formats.registry import format_of
from tui_eval.loading import pool
from tui_eval.loading.cache import FileState
from tui_eval.loading.derived import DerivedRun
from tui_eval.records import OF_PLACE, Answer, Run

_SEARCHED = 100  # questions at a time


def read_answer(
    run: Run, path: str, place: int, item: int, state: FileState | None = None
) -> Answer:
    """The texts of an answer of a run, whose file was in a state when the answer was found.

    Raises:
        Refusal: They are not where they were: the file has changed, or is gone.
    """
    names = {clean_str(str(one.path)): one.path for one in run.samples}  # as most formats tell it
    names |= {path_text(one.path): one.path for one in run.samples}
    file = names.get(path, Path(path))
    if state is not None and _is_rewritten(file, state):
        raise Refusal("the file has changed since it was read")
    samples = format_of(run.harness).samples
    if samples is None or samples.answer is None:
        raise Refusal("the files of its harness hold no texts of answers")
    read = samples.answer
    with contained():
        if is_parquet(file):  # a damaged one may end the process that reads it
            return cast("Answer", pool.result(read, file, place, item))
        return read(file, place, item)


def _is_rewritten(file: Path, before: FileState) -> bool:
    """Whether what stood in a file may be gone; one that only grew still has it."""
    try:
        now = FileState.of(file)
    except OSError:
        return False  # who reads it will say why that cannot be
    return now.size < before.size or (now.size == before.size and now != before)


class Found(NamedTuple):
    """An attempt of a run at a question, with its texts or why they cannot be read."""

    attempt: int
    score: float | None
    status: str | None
    length: int | None
    tokens: int | None
    verdict: str | None
    answer: Answer | None
    error: str | None


def answers_at(
    runs: Mapping[str, Run],
    places: pl.DataFrame,
    category: str | None,
    sample: str,
    states: Mapping[str, FileState] = MappingProxyType({}),
) -> dict[str, list[Found]]:
    """What every run answered to a question, its attempts in order.

    Args:
        runs: The runs by key.
        places: As `analysis.samples.QuestionTable` has them.
        category: Category of the question.
        sample: Its key.
        states: What the files were like, by path.
    """
    is_category = pl.col("category").eq_missing(pl.lit(category, pl.String))
    found: dict[str, list[Found]] = {}
    for row in places.filter((pl.col("sample") == sample) & is_category).iter_rows(named=True):
        answer, error = read_found(runs, states, row)
        names = ("attempt", "score", "status", "verdict", "length", "tokens")
        facts = {name: row[name] for name in names}
        found.setdefault(row["run"], []).append(Found(**facts, answer=answer, error=error))
    return found


def read_found(
    runs: Mapping[str, Run], states: Mapping[str, FileState], row: Mapping[str, Any]
) -> tuple[Answer | None, str | None]:
    """The texts at a place, or why they cannot be read; ``row`` has the columns of ``places``.

    Without a state, what was extracted is of a metric that was not asked for.
    """
    run, where = runs[row["run"]], (row["file"], row["place"], row["item"])
    answer, error = _read(run, states, *where)
    if answer is not None and isinstance(run, DerivedRun):
        answer = run.retold(answer, *where)
    elif answer is not None and row["status"] is None:
        answer = replace(answer, extracted=None)
    return answer, error


def _read(
    run: Run, states: Mapping[str, FileState], path: str, place: int, item: int
) -> tuple[Answer | None, str | None]:
    try:
        return read_answer(run, path, place, item, states.get(path)), None
    except Refusal as refusal:
        return None, f"{path}: {refusal.problem} (r reads all files anew)"


def is_expression(pattern: str) -> bool:
    """Whether `search` can look for a pattern: it is a regular expression, and not too large."""
    try:
        pl.Series([""]).str.contains(_smart(pattern))
    except pl.exceptions.PolarsError:
        return False
    return True


def _smart(pattern: str) -> str:
    """The expression that is looked for: without a capital letter the case does not matter."""
    return pattern if pattern != pattern.lower() else f"(?i){pattern}"


def finder(pattern: str) -> Callable[[str], list[tuple[int, int]]]:
    """What finds a pattern, as `search` understands it, in a text: start and stop of each hit."""
    smart = _smart(pattern.replace(r"\n", r"\s"))  # lines of a text may have been joined

    def find(text: str) -> list[tuple[int, int]]:
        places = []
        start = 0
        for hit in pl.Series([text]).str.extract_all(smart)[0]:
            start = text.index(hit, start)
            if hit:
                places.append((start, start + len(hit)))
            start += len(hit)
        return places

    return find


def search(
    runs: Mapping[str, Run],
    keys: pl.DataFrame,
    places: pl.DataFrame,
    pattern: str,
    states: Mapping[str, FileState] = MappingProxyType({}),
) -> Iterator[tuple[tuple[int, ...], int]]:
    """The questions whose prompt, reference or answers hold an expression, a part at a time.

    Args:
        runs: The runs by key.
        keys: ``category, sample`` of the questions, in order.
        places: As `analysis.samples.QuestionTable` has them.
        pattern: Regular expression of Polars, which takes linear time; without a capital letter
            the case does not matter.
        states: What the files were like, by path.

    Yields:
        Row numbers of questions in which it was found, and how many questions were searched.
    """
    columns = ("row", "run", "file", "place", "item")
    for start in range(0, keys.height, _SEARCHED):
        part = keys.slice(start, _SEARCHED).with_row_index("row", start)
        joined = part.join(places, on=["category", "sample"], nulls_equal=True)
        rows: list[int] = []
        texts: list[str] = []
        for row, run, *where in joined.select(columns).unique().sort("row").iter_rows():
            answer, _ = _read(runs[run], states, *where)
            rows.append(row)
            texts.append("" if answer is None else _all_texts(answer))
        hits = pl.Series(texts, dtype=pl.String).str.contains(_smart(pattern))
        found = pl.Series(rows, dtype=pl.Int64).filter(hits).unique().sort()
        yield tuple(found), start + part.height
    if keys.is_empty():
        yield (), 0


def _all_texts(answer: Answer) -> str:
    """What is searched of an answer; half surrogate pairs are no text for Polars."""
    parts = [message.text for message in answer.prompt]
    parts += [step.text for step in answer.steps]
    parts += [text or "" for text in (answer.target, answer.reasoning, answer.response)]
    parts += [choice.text for choice in answer.choices]
    parts += [answer.opponent.text] if answer.opponent else []
    return "\n".join(parts).encode("utf-8", "replace").decode()


def texts(
    runs: Mapping[str, Run],
    labels: Mapping[str, str],
    questions: pl.DataFrame,
    places: pl.DataFrame,
    states: Mapping[str, FileState] = MappingProxyType({}),
) -> Iterator[dict[str, object]]:
    """One record an answer of some questions, with all its texts.

    Args:
        runs: The runs by key.
        labels: How they are shown, by key.
        questions: ``category, sample, id`` of the questions, in order.
        places: As `analysis.samples.QuestionTable` has them.
        states: What the files were like, by path.

    Yields:
        ``category, id, sample, run, attempt, score, status, prompt`` (messages), ``target,
        reasoning, response, extracted, choices, judge, opponent`` (a message, in an arena), and
        ``error`` where they cannot be read. Without a ``status`` the answer is scored in other
        metrics than the one that is asked for.
    """
    keys = questions.select("category", "sample", "id").with_row_index("row")
    joined = keys.join(places, on=["category", "sample"], nulls_equal=True)
    order = {run: number for number, run in enumerate(runs)}
    number = pl.col("run").replace_strict(order, return_dtype=pl.Int32)
    for row in joined.sort("row", number, "attempt").iter_rows(named=True):
        answer, error = read_found(runs, states, row)
        record = {name: row[name] for name in OF_PLACE} | {"run": labels[row["run"]]}
        yield record | ({"error": error} if answer is None else _record(answer))


def _record(answer: Answer) -> dict[str, object]:
    return {
        "prompt": [message._asdict() for message in answer.prompt],
        "target": answer.target,
        "steps": [step._asdict() for step in answer.steps],
        "reasoning": answer.reasoning,
        "response": answer.response,
        "extracted": answer.extracted,
        "choices": [choice._asdict() for choice in answer.choices],
        "judge": [message._asdict() for message in answer.judge],
        "judge_prompt": [message._asdict() for message in answer.judge_prompt],
        "opponent": answer.opponent and answer.opponent._asdict(),
    }
