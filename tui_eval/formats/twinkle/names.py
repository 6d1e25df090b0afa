"""Datasets and categories by the paths that Twinkle Eval writes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath

UNNAMED = "<unnamed>"


def dataset_name(key: str) -> str:
    """The dataset of a configured path: what follows the last ``datasets/``, else the path."""
    if not key.startswith("datasets/"):
        return key
    return key.rsplit("datasets/", 1)[1].strip("/") or key


@lru_cache(maxsize=4096)
def category_name(file: str) -> str:
    """The category of a data file: its name without the last suffix."""
    name = PurePosixPath(file).name
    return name.rsplit(".", 1)[0] or name or UNNAMED
