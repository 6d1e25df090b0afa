"""Words that a user sees: plain international English, one word for one thing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import tui_eval
from tui_eval.cli.arguments import PARSERS, open_parser

PACKAGE = Path(tui_eval.__file__).parent
ROOT = PACKAGE.parent

AVOIDED = {
    r"\btakes?\b(?! (hours|minutes|seconds|a while|a second))": "select (a choice), use, last",
    r"\blift(s|ed|ing)?\b": "clear (a filter)",
    r"\bchanged? hands\b": "flipped",
    r"\bEsc (leaves|quits the dialog)\b": "Esc cancel, Esc close",
    r"\bEnter (applies|saves|opens it|marks)\b": "Enter and a verb: Enter save",
    r"\bTab goes on\b": "Tab next field",
    r"(?<![Tt]here )\bis no (number|text|terminal|file|folder|regular|run|dataset)\b": "is not a …",
    r"\b[Tt]here is such\b": "exists",
    r"\b(as|when) they land\b": "appear",
    r"\bnamed so\b": "has this name",
    r"\bas you said\b": "as you chose",
    r"\b1 (runs|files|questions|categories|datasets|rows|columns|lines)\b": "singular",
}
"""What readers whose first language is another would have to look up, and what to write instead."""


def texts_of(path: Path) -> list[tuple[str, str]]:
    """The texts of several words in a module, and where they stand; without documentation."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    documentation = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in documentation and " " in node.value
    ]


@cache
def every_text() -> list[tuple[str, str]]:
    return [found for path in sorted(PACKAGE.rglob("*.py")) for found in texts_of(path)]


def test_there_are_texts_to_look_at() -> None:
    assert any("Enter select" in text for _, text in every_text())
    assert len(every_text()) > 500


@pytest.mark.parametrize("avoided", AVOIDED)
def test_words_that_are_avoided(avoided: str) -> None:
    found = [f"{place}: {text!r}" for place, text in every_text() if re.search(avoided, text)]
    assert not found, f"write {AVOIDED[avoided]}:\n" + "\n".join(found)


@pytest.mark.parametrize("avoided", AVOIDED)
def test_documents_avoid_them_too(avoided: str) -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md",)}
    texts |= {name: make().format_help() for name, make in PARSERS.items()}
    texts["help"] = open_parser().format_help()
    found = [name for name, text in texts.items() if re.search(avoided, text)]
    assert not found, f"{avoided}: write {AVOIDED[avoided]}"
