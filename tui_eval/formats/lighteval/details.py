"""Rows of Lighteval's files of details, whatever version wrote them.

Since 0.11 there are three columns, ``doc``, ``metric`` and ``model_response``, each an object.
Before, every field is a column of its own: with its own type in 0.8 to 0.10 and mostly up to 0.4,
as the text that Python prints for it in 0.5 to 0.7. Types differ between files, as each is what the
values of one task need. Tokens and logits make up most of a file, and are never asked for.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from tui_eval.files.documents import Refusal
from tui_eval.files.parquet import DAMAGED, ERRORS, opened_parquet
from tui_eval.files.strings import clean_str
from tui_eval.formats.batches import joined
from tui_eval.formats.media import content_texts
from tui_eval.formats.reasoning import all_apart
from tui_eval.formats.values import as_mapping, as_number
from tui_eval.records import Message

Row = Mapping[str, object]
"""Fields of `INDEXED`, or all; null where a file does not have one."""

_NEW = {
    "query": ("doc", "query"),
    "id": ("doc", "id"),
    "prompt": ("model_response", "input"),
    "texts": ("model_response", "text"),
    "kept": ("model_response", "text_post_processed"),
    "rated": ("model_response", "logprobs"),
    "extracted": ("doc", "specific", "extracted_predictions"),
    "metrics": ("metric",),
    "shot_count": ("doc", "fewshot_samples"),
    "instruction": ("doc", "instruction"),
    "shots": ("doc", "fewshot_samples"),
    "choices": ("doc", "choices"),
    "gold_index": ("doc", "gold_index"),
    "reasonings": ("model_response", "reasonings"),
    "greedy": ("model_response", "argmax_logits_eq_gold"),
    "unconditioned": ("model_response", "unconditioned_logprobs"),
}
_OLD = {
    "query": ("example",),
    "prompt": ("full_prompt",),
    "texts": ("predictions",),
    "extracted": ("specifics", "extracted_predictions"),
    "metrics": ("metrics",),
    "choices": ("choices",),
    "gold_index": ("gold_index",),
    "golds": ("gold",),
    "user_prompt": ("judement_prompt",),  # as 0.3 spells it
    "judgement": ("judgement",),
}
_PRINTED = ("texts", "choices", "gold_index", "golds")
_FIELDS = tuple(dict.fromkeys([*_NEW, *_OLD]))
INDEXED = _FIELDS[:9]
SCORING = (
    *("texts", "kept", "rated", "metrics", "choices", "gold_index", "golds"),
    *("greedy", "unconditioned"),
)

_NAMES = {"nan": math.nan, "inf": math.inf, "True_": True, "False_": False}


class Details:
    """An open file of details, whose fields have the names of `_NEW` in all versions.

    Attributes:
        height: How many rows it has.
    """

    def __init__(self, frame: pl.LazyFrame) -> None:
        try:
            self._schema = frame.collect_schema()
        except ERRORS:
            raise Refusal(DAMAGED) from None
        self._frame = frame
        self._places = _NEW if "doc" in self._schema else _OLD
        self.height: int = _collect(frame.select(pl.len())).item()

    def rows(self, begin: int, count: int, fields: Sequence[str] = _FIELDS) -> list[Row]:
        """Some rows; lists that are there as Python prints them are lists again.

        Raises:
            Refusal: They cannot be read.
        """
        columns = [self._column(name).alias(name) for name in fields]
        part = _collect(self._frame.slice(begin, count).select(columns))
        printed = [name for name in _PRINTED if part.schema.get(name) == pl.String]
        found: list[Row] = [
            row | {name: _value_or_text(row[name]) for name in printed}
            for row in part.iter_rows(named=True)
        ]
        if self._places is _OLD:
            return found
        # of several answers it is the last one's alone, as each is written over the one before
        return [
            {**row, "extracted": None} if len(texts_of(row["texts"])) > 1 else row for row in found
        ]

    def _column(self, field: str) -> pl.Expr:
        """A column, or what is in it; where that is a text, the field has yet to be found there."""
        column, *names = self._places.get(field, ("",))
        kind: object = self._schema.get(column)
        found = pl.col(column)
        for name in names:
            if isinstance(kind, pl.String):
                break
            kind = dict(kind).get(name) if isinstance(kind, pl.Struct) else None
            found = found.struct.field(name)
        if field == "shot_count":
            return found.list.len() if isinstance(kind, pl.List) else pl.lit(None)
        return pl.lit(None) if kind is None else found


@contextmanager
def opened_details(path: Path) -> Iterator[tuple[Details, int]]:
    """A file of details, and its size in bytes.

    Raises:
        Refusal: It cannot be opened, or is no Parquet file.
    """
    with opened_parquet(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        yield Details(pl.scan_parquet(file)), size


def _collect(frame: pl.LazyFrame) -> pl.DataFrame:
    try:
        return frame.collect()
    except ERRORS:
        raise Refusal(DAMAGED) from None


# --- values -------------------------------------------------------------------------------------


def value_of(written: object) -> object:
    """A value that may be there as the text that Python prints for it.

    Raises:
        Refusal: It is a text, and not of that kind.
    """
    if not isinstance(written, str):
        return written
    try:
        return _literal(ast.parse(written.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Refusal("not a value as Python prints it") from None


def _literal(node: ast.expr) -> object:
    """What an expression says, without evaluating anything.

    An array or a NumPy scalar is what it is made of, an object its fields; None: something else.
    """
    match node:
        case ast.Constant(value=str() as text):
            return clean_str(text)  # half a surrogate pair becomes its escape
        case ast.Constant():
            return node.value
        case ast.List() | ast.Tuple() | ast.Set():
            return [_literal(item) for item in node.elts]
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return {
                clean_str(key.value): _literal(value)
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
        case ast.UnaryOp(op=ast.USub()):
            number = _literal(node.operand)
            return -number if isinstance(number, int | float) else None
        case ast.Call(args=[first, *_]):
            return _literal(first)
        case ast.Call():
            return {word.arg: _literal(word.value) for word in node.keywords if word.arg}
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _NAMES.get(name)
    return None


def _value_or_text(written: object) -> object:
    """A value that may be there as Python prints it; else the text as it stands."""
    try:
        return value_of(written)
    except Refusal:
        return written


def texts_of(written: object) -> list[str]:
    """The texts of a list, or a text alone; numbers and what is missing are none."""
    items = written if isinstance(written, list) else [written]
    return [text for item in items if (text := clean_str(item)) is not None]


def log_likelihoods(row: Row) -> list[float | None]:
    """Of every option that was rated; none where the model wrote texts.

    Up to 0.10 they stand in the place of the texts, and each may come with whether it is greedy.
    """
    items = row["rated"] or row["texts"]
    rated = items if isinstance(items, list) else []
    firsts = [item[0] if isinstance(item, list) and item else item for item in rated]
    if not any(isinstance(item, int | float) for item in firsts):
        return []
    return [as_number(item) for item in firsts]


def extracted_of(written: object) -> list[str] | None:
    """What a metric found in the answers; None: no metric looked for anything."""
    if isinstance(written, str):
        if "extracted_predictions" not in written:
            return None
        written = as_mapping(_value_or_text(written)).get("extracted_predictions")
    return texts_of(written) if isinstance(written, list) else None


def messages_of(prompt: object) -> tuple[Message, ...]:
    """What was sent: one text, or messages with roles."""
    if isinstance(prompt, list):
        return tuple(message for part in prompt for message in messages_of(part))
    if isinstance(prompt, dict):
        role = clean_str(prompt.get("role")) or "user"
        return (Message(role, "\n".join(content_texts(prompt.get("content")))),)
    text = clean_str(prompt)
    return () if text is None else (Message("user", text),)


def responses_of(row: Row) -> tuple[list[str], str | None]:
    """The answers without the reasoning before them; of a single one that too.

    Lighteval takes it off where it knows its tags (``kept``); what it leaves is looked at here.
    """
    written, kept = texts_of(row["texts"]), texts_of(row["kept"])
    if len(written) > 1:
        responses, reasoning = all_apart(kept if len(kept) == len(written) else written)
        return responses, joined(reasoning) or None
    before = ""
    if written and kept and written[0].endswith(kept[0]):
        before, written = written[0].removesuffix(kept[0]), kept[:1]
    responses, reasoning = all_apart(written)
    return responses, before + "".join(reasoning) or None
