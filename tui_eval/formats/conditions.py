"""Conditions under which scores came about, as rows of ``settings``.

What no file tells is no row; ``none`` says that a file tells it was off.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from tui_eval.files.strings import clean_str
from tui_eval.formats.values import as_mapping
from tui_eval.records import Setting
from tui_eval.redaction.configuration import redact_items, redact_text

NONE = "none"

_LONGEST = 400  # characters of a value; of a longer one the beginning is kept, and a hash of all
_KEPT = 160
_MOST = 3  # different values in a dataset that are listed
_HASH = 12
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_NO_GENERATION = frozenset(
    {
        *("batch_size", "timeout", "stream", "retries", "max_retries", "num_concurrent"),
        *("num_blocks", "block_size", "cache_implementation", "retry_interval"),
    }
)


class Condition(NamedTuple):
    """What a file says of a dataset; ``dataset`` None: of all."""

    dataset: str | None
    name: str
    value: object


def settings_of(found: Iterable[Condition]) -> Iterator[Setting]:
    """A row a condition and dataset; one row for all where it is the same for all of them."""
    values: dict[str, dict[str | None, dict[str, None]]] = defaultdict(dict)
    datasets: set[str] = set()
    for one in found:
        values[clean_str(one.name) or ""].setdefault(one.dataset, {})[_text(one.value)] = None
        datasets |= set() if one.dataset is None else {one.dataset}
    for name, told in values.items():
        texts = {dataset: _joined(list(some)) for dataset, some in told.items()}
        if len(texts) > 1 and len(set(texts.values())) == 1 and len(texts) == len(datasets):
            yield Setting(name, next(iter(texts.values())))
        else:
            yield from (Setting(name, text, dataset) for dataset, text in texts.items())


def generation(value: object) -> object:
    """How texts were generated, without what changes nothing of them."""
    if not isinstance(value, Mapping):
        return value
    kept = {name: one for name, one in value.items() if name not in _NO_GENERATION}
    return {name: one for name, one in kept.items() if one not in (None, [], {})} or None


def path_end(value: object) -> object:
    """The last part of a path: where it lies is no condition."""
    return value.rstrip("/").rpartition("/")[2] if isinstance(value, str) else value


def _joined(texts: list[str]) -> str:
    if len(texts) <= _MOST:
        return "; ".join(texts)
    return f"{len(texts):,} different values ({_digest(''.join(sorted(texts)))})"


def _text(value: object) -> str:
    """A value in words, without secrets."""
    if value in (None, "", [], {}):
        return NONE
    if isinstance(value, str):
        return _shown(clean_str(value) or "", is_json=False)
    if isinstance(value, int | float):
        return _json(value)
    try:
        return _shown(json.dumps(value, sort_keys=True), is_json=True)
    except (RecursionError, TypeError, ValueError):
        return "…"


@lru_cache(maxsize=4096)
def _shown(written: str, *, is_json: bool) -> str:
    """A text, or a value as JSON, in words: hundreds of tasks have the same ones.

    Of a long one its beginning, length and hash.
    """
    words = _words(json.loads(written)) if is_json else redact_text(written)
    text = _ADDRESS.sub("", clean_str(words) or "")
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_KEPT]}… ({len(text):,} characters, {_digest(text)})"


def _words(value: object) -> str:
    """A list or an object without secrets."""
    if isinstance(value, Mapping):
        items = as_mapping(_public(dict(value))).items()
        return ", ".join(f"{name} {_json(one)}" for name, one in sorted(items))
    public = _public(value)
    if isinstance(public, list) and all(isinstance(one, str) and one.isalnum() for one in public):
        return ", ".join(public)
    return _json(public)


def _public(value: object) -> object:
    """A value as it is shown in configurations, below a name that is known to be harmless."""
    return redact_items({"generation_kwargs": value})["generation_kwargs"]


def _json(value: object) -> str:
    """A value as JSON; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isprintable():
        return clean_str(value) or ""
    return clean_str(json.dumps(value, ensure_ascii=False, sort_keys=True)) or ""


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
