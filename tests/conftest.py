"""What all tests share: properties are tried quickly, and fail for what is wrong, not for time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("tui-eval", deadline=None, max_examples=60)
settings.load_profile("tui-eval")


@pytest.fixture(autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes what the person who runs it said once."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setattr("tui_eval.loading.config.user_config_path", lambda name: folder / name)
    return folder / "tui-eval" / "names.json"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes what was kept of files that were opened before."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setattr("tui_eval.loading.cache.user_cache_path", lambda name: folder / name)
    return folder / "tui-eval" / "samples"
