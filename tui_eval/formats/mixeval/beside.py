"""Small files that lie beside those of a run and say something of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from tui_eval.files.documents import Refusal, read_documents
from tui_eval.formats.mixeval.rows import Row
from tui_eval.formats.values import as_mapping

_SMALL = 1 << 20  # bytes of a file that only says something of the one that is read


class Status(NamedTuple):
    """What the status file of a file of answers says; empty where nothing can be read of it."""

    args: Row
    status: Row
    is_there: bool = False


def status_of(answers: Path) -> Status:
    """The status file beside a file of answers."""
    name = answers.name[max(answers.name.find("close_"), 0) :]
    path = answers.with_name(f"status_{name}").with_suffix(".json")
    found = as_mapping(small_document(path))
    return Status(
        as_mapping(found.get("args")), as_mapping(found.get("status")), os.path.isfile(path)
    )


def small_document(path: Path) -> object:
    """The document of a small file; None where there is none."""
    try:
        if not path.is_file() or path.stat().st_size > _SMALL:
            return None
        documents, _ = read_documents(path, lambda _: True)
    except (OSError, ValueError, Refusal):
        return None
    return documents[0].value if documents else None
