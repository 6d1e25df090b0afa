"""Where the files of an EvalScope run lie, and what its configuration says."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from tui_eval.files.documents import Refusal, decode, opened, without_halves
from tui_eval.files.strings import clean_str
from tui_eval.files.versions import version_of
from tui_eval.formats.parts import files_in
from tui_eval.formats.values import as_mapping
from tui_eval.redaction.configuration import redact

_FOLDERS = ("reports", "reviews", "predictions")
_TIMESTAMP = re.compile(r"\d{8}_\d{6}", re.ASCII)
_LARGEST_CONFIG = 1 << 19  # bytes
_MOST_SETTINGS = 50_000  # aliases can make billions of values of a few lines


class Place(NamedTuple):
    """Where a file is: which run it is of, whatever it was called."""

    root: Path
    reports: Path
    model: str

    @property
    def identity(self) -> tuple[str, str]:
        """What all parts of the run share."""
        return clean_str(os.path.realpath(self.root)) or "", clean_str(self.model) or ""

    @property
    def timestamp(self) -> str | None:
        """When the run began, where its folder has the name that EvalScope gives it."""
        return self.root.name if _TIMESTAMP.fullmatch(self.root.name) else None


class Task(NamedTuple):
    """What the configuration of a run says."""

    config: str = "{}"
    version: str | None = None
    limit: object = None
    datasets: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def run_place(path: Path) -> Place | None:
    """The run whose folder of reports, reviews or predictions holds the file, if one does."""
    whole = path.absolute()
    for folder in whole.parents[1:]:
        if folder.name in _FOLDERS:
            model = whole.parent.relative_to(folder)
            return Place(folder.parent, folder.parent / "reports" / model, str(model))
    return None


def task_of(root: Path) -> Task:
    """The last configuration that EvalScope wrote into a run: each resumption writes another."""
    files = files_in(root / "configs", "task_config*.yaml")
    if not files:
        return Task()
    last = max(files, key=lambda file: (_written_at(file), file.name))
    return _read_task(last, version_or_none(last))


def _written_at(file: Path) -> int:
    """When a file was last written to; a file that is gone, before all others."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def version_or_none(file: Path) -> str | None:
    """Its version; None: it cannot be looked at, and who reads it will say why."""
    try:
        return version_of(file)
    except OSError:
        return None


@lru_cache(maxsize=1024)
def _read_task(file: Path, _version: str | None) -> Task:
    try:
        with opened(file) as content:
            data = content.read(_LARGEST_CONFIG + 1)
        if len(data) > _LARGEST_CONFIG:
            raise Refusal("too large")
        # The loader in C follows nesting of any depth, until the process dies
        settings = yaml.load(decode(data)[0], yaml.SafeLoader)
        if not isinstance(settings, dict) or not _is_limited(settings):
            raise Refusal("no settings in it")
        public = redact({str(key): value for key, value in settings.items()})
        config = without_halves(json.dumps(public, ensure_ascii=True, default=str))
    except Exception as error:  # PyYAML lets anything through that a constructor of its raises
        note = f"configs/{clean_str(file.name)} cannot be read: {_reason(error)}"
        return Task(notes=(note,))
    version = clean_str(settings.get("evalscope_version"))
    return Task(
        config,
        version if version and not version.startswith("0.0.0") else None,
        settings.get("limit"),
        frozenset(_config_datasets(settings)),
    )


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Refusal) else f"not plain YAML ({type(error).__name__})"


def _is_limited(settings: object) -> bool:
    """Whether a configuration stays small when its aliases are followed."""
    stack = [settings]
    for _ in range(_MOST_SETTINGS):
        if not stack:
            return True
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return False


def _config_datasets(settings: Mapping[str, object]) -> Iterator[str]:
    written = settings.get("datasets")
    for names in (
        written if isinstance(written, list) else [],
        as_mapping(settings.get("dataset_args")),
        as_mapping(settings.get("resolved_benchmarks")),
    ):
        yield from (name for name in names if isinstance(name, str) and name)
