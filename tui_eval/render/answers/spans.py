"""Where a text looks other than plain: code, the extracted answer, and one over the other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tui_eval.render.answers.wrapping import Span, after_marks, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

_FENCE = re.compile(r"^ *(`{3,}|~{3,})(.*)$", re.MULTILINE)


def code_spans(text: str) -> list[Span]:
    """Fenced code, its fences included."""
    spans = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            spans.append(Span(opened.start(), fence.end(), "code"))
            opened = None
    if opened is not None:
        spans.append(Span(opened.start(), len(text), "code"))
    return spans


_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_DEEPEST = 12  # levels that are indented


def indented_json(text: str) -> str | None:
    """JSON that stands in one line, legibly; its words stay as they are. None: no JSON."""
    if "\n" in text.strip() or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return None
    shown: list[str] = []
    level = 0
    before = ""
    for word in _JSON_TOKEN.findall(text):
        closes = word in ("}", "]")
        level -= closes
        if (closes and before not in ("{", "[")) or (not closes and before in ("{", "[", ",")):
            shown.append("\n" + "  " * min(level, _DEEPEST))
        shown.append(": " if word == ":" else word)
        level += word in ("{", "[")
        before = word
    return "".join(shown)


def extracted_span(text: str, extracted: str) -> list[Span]:
    """Where the extracted answer occurs last."""
    sought = readable(extracted).strip()
    if not sought or sought == text.strip():
        return []
    # Backwards Python compares all of a long text at every place.
    start = text.rfind(sought) if len(sought) <= 1000 else text.find(sought)
    return [] if start < 0 else [whole(text, Span(start, start + len(sought), "mark"))]


def whole(text: str, span: Span) -> Span:
    """A span that does not part a character from its marks."""
    start = after_marks(text, span.start, span.stop) if span.start else 0
    return span._replace(start=start, stop=after_marks(text, span.stop, len(text)))


def layered(below: Sequence[Span], above: Sequence[Span]) -> list[Span]:
    """Spans over others, which are seen where those leave room."""
    seen = list(above)
    place = 0
    for span in below:
        start = span.start
        while place < len(above) and above[place].stop <= start:
            place += 1
        at = place
        while at < len(above) and above[at].start < span.stop:
            if start < above[at].start:
                seen.append(span._replace(start=start, stop=above[at].start))
            start = above[at].stop
            at += 1
        if start < span.stop:
            seen.append(span._replace(start=start))
    return sorted(seen)
