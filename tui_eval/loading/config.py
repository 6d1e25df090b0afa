"""What a person said once and for all of names: which mean the same, how steps stand in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
from platformdirs import user_config_path

from tui_eval.files.documents import Refusal, opened
from tui_eval.records import Alias, DatasetName


class ConfigError(Exception):
    """The file cannot be read or written; the message names it and says why."""


class _Entry(msgspec.Struct):
    name: str
    members: list[tuple[str, str]]


class _File(msgspec.Struct):
    same: list[_Entry] = []
    steps: str = ""


def names_path() -> Path:
    """Where the names are kept."""
    return user_config_path("tui-eval") / "names.json"


def read_names() -> tuple[Alias, ...]:
    """Datasets that were said to be the same; none where nobody said so.

    Raises:
        ConfigError: There is a file, and it cannot be read.
    """
    return tuple(
        Alias(entry.name, tuple(DatasetName(*member) for member in entry.members))
        for entry in _read().same
    )


def read_step_pattern() -> str:
    """The expression that finds training steps in names; empty where nobody gave one.

    Raises:
        ConfigError: There is a file, and it cannot be read.
    """
    return _read().steps


def _read() -> _File:
    path = names_path()
    try:
        path.stat()
        with opened(path) as file:
            return msgspec.json.decode(file.read(), type=_File)
    except FileNotFoundError:
        return _File()
    except OSError as error:
        raise ConfigError(f"{path}: {_reason(error)}") from None
    except Refusal as refusal:
        raise ConfigError(f"{path}: {refusal}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not a list of names: {error}") from None


def write_names(same: Sequence[Alias]) -> None:
    """Keep which datasets are the same.

    Raises:
        ConfigError: The file cannot be written, or is there and cannot be read.
    """
    before = _read()  # what cannot be read is not written over
    path = names_path()
    kept: dict[str, object] = {"same": [{"name": one.name, "members": one.members} for one in same]}
    if before.steps:
        kept["steps"] = before.steps
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".part")
        fresh.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
