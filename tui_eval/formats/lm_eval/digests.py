"""What lm-evaluation-harness 0.4.3 and later write of a task's answers: one hash over all of them.

``task_hashes`` has SHA-256 over ``doc_hash``, ``prompt_hash`` and ``target_hash`` of every row, in
the order of the file. They stand near the end of a row, so that nothing else of it is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from tui_eval.files.documents import Problem
from tui_eval.files.rows import json_rows

DIGEST_VERSION = 1

_BEGIN = b'"doc_hash": "'

_HASHES = re.compile(
    rb'"doc_hash": "([0-9a-f]{64})", "prompt_hash": "([0-9a-f]{64})", '
    rb'"target_hash": "([0-9a-f]{64})"'
)

_TELL_EVERY = 1 << 25  # bytes


class _Hashed(msgspec.Struct, gc=False):
    """What is hashed of a row; None: it is older than 0.4.3."""

    doc_hash: Any = None
    prompt_hash: Any = None
    target_hash: Any = None


_hashed = msgspec.json.Decoder(_Hashed)


def digest(path: Path) -> Iterator[tuple[int, str]]:
    """The hash of the rows of a file of answers, as results have it.

    Rows that are no JSON, as one that was cut, count as if they were not there.

    Yields:
        How many bytes were read, and an empty text; at last all, and the hash: 64 hexadecimal
        digits, or an empty text where a row has no hashes.
    """
    problems: list[Problem] = []
    rows = sha256()
    is_hashed = False
    done = due = 0
    for place, data in json_rows(path, problems):
        done = place + len(data)
        hashes = _hashes_of(data)
        if hashes == b"":
            yield done, ""
            return
        if hashes is not None:
            is_hashed = True
            rows.update(hashes)
        if done >= due:
            yield done, ""
            due = done + _TELL_EVERY
    yield done, rows.hexdigest() if is_hashed else ""


def _hashes_of(data: bytes) -> bytes | None:
    """The hashes of a row, one after the other; empty: it has none; None: it is no row."""
    cut = data.rfind(_BEGIN)
    found = _HASHES.match(data, cut) if cut >= 0 and data.endswith(b"}") else None
    if found is not None:
        return b"".join(found.groups())
    try:
        row = _hashed.decode(data)
    except (ValueError, RecursionError):
        return None
    parts = (row.doc_hash, row.prompt_hash, row.target_hash)
    if not all(isinstance(part, str) for part in parts):
        return b""
    return "".join(parts).encode("utf-8", "surrogatepass")
