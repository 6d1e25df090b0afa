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
from tui_eval.formats.values import as_number
from tui_eval.records import NONE, Setting
from tui_eval.redaction.configuration import redact_items, redact_text

_LONGEST = 400  # characters of a value; of a longer one the beginning is kept, and a hash of all
_KEPT = 160
_MOST = 3  # different values of the same that are listed
_HASH = 12
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_RENAMED = {
    **dict.fromkeys(("max_gen_toks", "max_new_tokens", "max_completion_tokens"), "max_tokens"),
    **dict.fromkeys(("until", "stop_tokens", "stop_sequence", "stop_sequences"), "stop"),
    **dict.fromkeys(("stop_seqs",), "stop"),
    "num_return_sequences": "n",
}
_NO_GENERATION = frozenset(
    {
        *("batch_size", "timeout", "stream", "retries", "max_retries", "num_concurrent"),
        *("num_blocks", "block_size", "cache_implementation", "retry_interval"),
    }
)
_PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
_OF_SAMPLING = ("do_sample", "temperature", "top_p", "top_k", "min_p", "seed")


class Condition(NamedTuple):
    """What a file says of a dataset (None: of all), of a category and of a metric of it.

    ``value``: None and what is empty say that it was off (`NONE`).
    """

    dataset: str | None
    name: str
    value: object
    category: str | None = None
    metric: str | None = None


def settings_of(found: Iterable[Condition]) -> Iterator[Setting]:
    """A row a condition; one for all categories or datasets where it is the same for all."""
    told: dict[tuple[str, str | None], dict[str | None, dict[str | None, dict[str, None]]]] = {}
    datasets: dict[str | None, set[str | None]] = defaultdict(set)
    for one in found:
        name = clean_str(one.name) or ""
        place = told.setdefault((name, one.metric), {}).setdefault(one.dataset, {})
        place.setdefault(one.category, {})[_text(one.value)] = None
        datasets[one.dataset].add(one.category)
    known = {*datasets} - {None}
    for (name, metric), values in told.items():
        texts = {dataset: _of_all(own, datasets[dataset]) for dataset, own in values.items()}
        first = next(iter(texts.values()))
        is_of_all = {*texts} == known and len(texts) > 1 and set(first) == {None}
        if is_of_all and all(one == first for one in texts.values()):
            yield Setting(name, first[None], metric=metric)
            continue
        for dataset, of_each in texts.items():
            for category, text in of_each.items():
                yield Setting(name, text, dataset, metric, category)


def _of_all(
    found: Mapping[str | None, Mapping[str, None]], categories: set[str | None]
) -> dict[str | None, str]:
    """The value of all categories where they have one, else those of each."""
    own = {category: _joined(list(texts)) for category, texts in found.items()}
    if len({*own.values()}) == 1 and {*own} >= categories - {None}:
        return {None: next(iter(own.values()))}
    return own


def _joined(texts: list[str]) -> str:
    """What is told several times of the same."""
    if len(texts) <= _MOST:
        return "; ".join(texts)
    return f"{len(texts):,} different values ({_digest(''.join(sorted(texts)))})"


def generation(value: object) -> object:
    """How texts were generated, in its normal form: None where nothing is told of it.

    Names are those of one interface, what changes no text is left out, and greedy is one value,
    however it was asked for.
    """
    if isinstance(value, str) and "=" in value:
        value = arguments(value)
    if not isinstance(value, Mapping):
        return value
    kept = {
        (known := _RENAMED.get(name, name)): _texts(one) if known == "stop" else one
        for name, one in value.items()
        if name not in _NO_GENERATION
        and one not in (None, "", [], {})
        and not (name in _PENALTIES and one == 0)
    }
    if kept.get("do_sample") is False or as_number(kept.get("temperature")) == 0:
        kept = {name: one for name, one in kept.items() if name not in _OF_SAMPLING}
        kept["greedy"] = True
    elif kept.get("do_sample") is True and len(kept) > 1:
        kept.pop("do_sample")  # what is sampled says how
    return kept or None


def arguments(text: str) -> dict[str, object]:
    """``a=b,c=d`` as an object, its values as JSON has them."""
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip(): _value(written.strip()) for name, _, written in pairs}


def _value(written: str) -> object:
    if written in ("None", "null", ""):
        return None
    if written.lower() in ("true", "false"):
        return written.lower() == "true"
    number = as_number(written)
    return written if number is None else number


def _texts(value: object) -> object:
    """Texts at which a response ends: one alone is a list of one, and their order means nothing."""
    texts = value if isinstance(value, list) else [value]
    return sorted(texts) if all(isinstance(one, str) for one in texts) else value


def path_end(value: object) -> object:
    """The last part of a path: where it lies is no condition."""
    if not isinstance(value, str):
        return value
    return value.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _text(value: object) -> str:
    """A value in its normal form, without secrets: a text as it is, anything else as JSON."""
    if value in (None, "", [], {}):
        return NONE
    if isinstance(value, str):
        return _shown(clean_str(value.replace("\r\n", "\n")) or "", is_json=False)
    try:
        return _shown(json.dumps(_whole(value), sort_keys=True), is_json=True)
    except (RecursionError, TypeError, ValueError):
        return "…"


def _whole(value: object) -> object:
    """A value whose whole numbers have no point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _whole(one) for name, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _shown(written: str, *, is_json: bool) -> str:
    """A text, or a value as JSON, without secrets: hundreds of tasks have the same ones.

    Of a long one its beginning, length and hash.
    """
    words = _words(json.loads(written)) if is_json else redact_text(written)
    text = _ADDRESS.sub("", clean_str(words) or "")
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_KEPT]}… ({len(text):,} characters, {_digest(text)})"


def _words(value: object) -> str:
    shown = public(value)
    if isinstance(shown, list) and all(isinstance(one, str) and one.isalnum() for one in shown):
        return ", ".join(shown)
    return (
        shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, sort_keys=True)
    )


def public(value: object) -> object:
    """A value as it is shown in configurations, below a name that is known to be harmless."""
    return redact_items({"generation_kwargs": value})["generation_kwargs"]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
