"""Pictures and sound of a message, named in a line: what kind, how large, where from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from tui_eval.files.strings import clean_str
from tui_eval.formats.values import as_mapping
from tui_eval.redaction.configuration import redact_text

_DATA = re.compile(r"data:(?:[a-z]+/)?(?P<kind>[\w.+-]*)[^,]{0,200},", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]{64}")
_KINDS = ("image", "audio", "video", "file")
_VALUES = ("url", "data", "path", "file_data", "bytes")
_STEP = 1000  # bytes of a kB


def medium(part: Mapping[str, object]) -> str:
    """A part of a message that is no text: ``[image png 22 kB]``, ``[image https://…/cat.png]``.

    Of an address the last part of its path is left, which names no machine.
    """
    told = clean_str(part.get("type")) or "part"
    kind = next((kind for kind in _KINDS if kind in told), told)
    value, form = _value(part, told, kind)
    facts = [kind, *_facts(value, form)]
    return f"[{' '.join(facts)}]"


def content_texts(content: object) -> list[str]:
    """The texts of a message's content; media among them by their names."""
    parts = content if isinstance(content, list) else [content]
    texts = (_text(part) if isinstance(part, dict) else clean_str(part) for part in parts)
    return [text for text in texts if text is not None]


def _text(part: Mapping[str, object]) -> str | None:
    text = clean_str(part.get("text"))
    return medium(part) if text is None and part.get("type") not in (None, "text") else text


def _value(part: Mapping[str, object], told: str, kind: str) -> tuple[object, str | None]:
    """What stands for the medium, and its format where that is told."""
    form = clean_str(part.get("format"))
    for name in (told, kind, *_VALUES):
        value = part.get(name)
        if isinstance(inner := as_mapping(value), Mapping) and inner:
            form = clean_str(inner.get("format")) or form
            value = next((inner[key] for key in _VALUES if inner.get(key)), None)
        if value:
            return value, form
    return None, form


def _facts(value: object, form: str | None) -> list[str]:
    """Format and size, or the address."""
    if isinstance(value, bytes | bytearray):
        return [*([form] if form else []), _size(len(value))]
    text = clean_str(value) or ""
    data = _DATA.match(text)
    if data is not None:
        return [form or data["kind"] or "data", _size((len(text) - data.end()) * 3 // 4)]
    if _BASE64.match(text):
        return [*([form] if form else []), _size(len(text.rstrip("=")) * 3 // 4)]
    shown = _address(text)
    return [fact for fact in (form if not shown else None, shown) if fact]


def _address(text: str) -> str:
    """``https://…/cat.png`` of an address, ``cat.png`` of a path."""
    try:
        scheme, _, path, _, _ = urlsplit(text)
    except ValueError:
        return ""
    name = redact_text(PurePosixPath(path).name)
    return f"{scheme}://…/{name}" if scheme and "://" in text else name


def _size(count: int) -> str:
    if count < _STEP:
        return f"{count} B"
    return f"{count / _STEP:.0f} kB" if count < _STEP**2 else f"{count / _STEP**2:.1f} MB"
