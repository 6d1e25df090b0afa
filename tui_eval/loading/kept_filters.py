"""Filters that a person keeps by name, to score answers again with: beside the names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tui_eval.files.documents import Refusal, opened
from tui_eval.loading.config import ConfigError, names_path
from tui_eval.records import Filter, FilterStep


class _Entry(msgspec.Struct):
    name: str
    filter: list[dict[str, Any]]


class _File(msgspec.Struct, forbid_unknown_fields=True):  # what is not known would be lost
    filters: list[_Entry] = []


def filters_path() -> Path:
    """Where they are kept."""
    return names_path().with_name("filters.json")


def read_filters() -> tuple[Filter, ...]:
    """Filters that were kept, in the order of their names; none where nobody kept one.

    Each as lm-evaluation-harness writes it: ``{"name": …, "filter": [{"function": …, …}, …]}``.
    Whether its functions are known and its patterns are right is for who uses it to say.

    Raises:
        ConfigError: There is a file, and it cannot be read.
    """
    path = filters_path()
    try:
        path.stat()
        with opened(path) as file:
            read = msgspec.json.decode(file.read(), type=_File)
        return _sorted(Filter(one.name, tuple(map(_step, one.filter))) for one in read.filters)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"{path}: {_reason(error)}") from None
    except Refusal as refusal:
        raise ConfigError(f"{path}: {refusal}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _NoStepError) as error:
        raise ConfigError(f"{path}: not a list of filters: {error}") from None


def keep_filter(kept: Filter) -> None:
    """Keep a filter by its name; one that was kept by the same name is replaced.

    Raises:
        ConfigError: The file cannot be written, or is there and cannot be read.
    """
    _write((*_others(kept.name), kept))


def forget_filter(name: str) -> None:
    """Keep a filter no longer; nothing where there is none of that name.

    Raises:
        ConfigError: The file cannot be written, or is there and cannot be read.
    """
    before, others = read_filters(), _others(name)
    if others != before:
        _write(others)


class _NoStepError(ValueError):
    """A step of a filter names no function."""


def _step(step: Mapping[str, Any]) -> FilterStep:
    function = step.get("function")
    if not isinstance(function, str):
        raise _NoStepError("a step has no function")
    return FilterStep(function, {name: step[name] for name in step if name != "function"})


def _others(name: str) -> tuple[Filter, ...]:
    """All that are kept but one; what cannot be read is not written over."""
    return tuple(one for one in read_filters() if one.name != name)


def _sorted(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    return tuple(sorted(filters, key=lambda one: one.name))


def _write(filters: Iterable[Filter]) -> None:
    """Write the file whole or not at all."""
    path = filters_path()
    kept = [
        {
            "name": one.name,
            "filter": [{"function": step.function, **step.options} for step in one.steps],
        }
        for one in _sorted(filters)
    ]
    text = json.dumps({"filters": kept}, indent=2, ensure_ascii=False)
    fresh = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.write_text(text + "\n", encoding="utf-8")
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: {_reason(error)}") from None
    except UnicodeEncodeError:
        raise ConfigError(f"{path}: a filter has half a character: no file can keep it") from None


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
