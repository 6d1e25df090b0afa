"""What all tests share: properties are tried quickly, and fail for what is wrong, not for time."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line says it: before NumPy

settings.register_profile("tui-eval", deadline=None, max_examples=60)
settings.load_profile("tui-eval")


def pytest_collection_finish() -> None:
    """Let collections of garbage leave the tests themselves alone: each went over all of them."""
    from tui_eval.loading.collection import OBJECTS

    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS)  # as the app and every command say it


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Fresh folders without end; pytest's own makes each only after it has read all their names."""
    root = tmp_path_factory.mktemp("own")

    def made() -> Iterator[Path]:
        for number in count():
            folder = root / str(number)
            folder.mkdir()
            yield folder

    return made()


@pytest.fixture(autouse=True)
def own_config(own_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes what the person who runs it said once."""
    folder = next(own_folders)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    for module in ("config", "state"):
        monkeypatch.setattr(
            f"tui_eval.loading.{module}.user_config_path", lambda name: folder / name
        )
    return folder / "tui-eval" / "names.json"


@pytest.fixture(autouse=True)
def no_terminal_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test prints as wide as somebody's terminal is."""
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def own_cache(own_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes what was kept of files that were opened before."""
    folder = next(own_folders)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setattr("tui_eval.loading.cache.user_cache_path", lambda name: folder / name)
    return folder / "tui-eval" / "samples"


LONG_NAME = 80


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long text or number is named by its beginning: the id of a test stands in every report."""
    text = str(val) if isinstance(val, str | int) else ""
    return f"{text[:LONG_NAME]}... ({len(text)})" if len(text) > LONG_NAME else None
