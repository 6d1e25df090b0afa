"""What a gate and a check say as JUnit XML, which CI servers show as tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from tui_eval.analysis.report import Report
from tui_eval.render.safe import safe_text
from tui_eval.render.words import worded

_ELEMENTS: Mapping[str, str] = {
    "dropped": "failure",
    "undecided": "skipped",
    "not comparable": "error",
}
"""The element that says what came of a test; one that passed has none."""

_VERDICTS: Mapping[str, str] = {"incomplete": "failure", "unknown": "skipped"}
"""The element that says whether something is complete; what is has none."""

_GATE, _CHECK = "gate", "check"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def as_junit(report: Report) -> str:
    """A report of a gate (`analysis.gate`) as one suite, a test a dataset."""
    tests = [_test(row) for row in report.frame.iter_rows(named=True)]
    found = [_ELEMENTS.get(outcome) for outcome in report.frame["outcome"]]
    return _suite(_GATE, tests, found, _notes(report))


def check_as_junit(report: Report, refused: Mapping[str, str] = MappingProxyType({})) -> str:
    """A report of completeness (`analysis.check_report`): a test a run, dataset and category.

    Args:
        report: What is complete and what is not.
        refused: Files and paths that cannot be read, and why: a test each that failed.
    """
    rows = list(report.frame.iter_rows(named=True))
    unread = [
        f"{_opening(_CHECK, name)}{_element('failure', 'unreadable', why)}</testcase>"
        for name, why in refused.items()
    ]
    tests = [*unread, *(_checked(row) for row in rows)]
    found = ["failure"] * len(unread) + [_VERDICTS.get(row["verdict"]) for row in rows]
    return _suite(_CHECK, tests, found, _notes(report))


def trouble_as_junit(words: str) -> str:
    """Why nothing was tested, as a suite with one test in error."""
    test = f"{_opening(_GATE, 'input')}{_element('error', 'bad input', words)}</testcase>"
    return _suite(_GATE, [test], ["error"], words)


def _notes(report: Report) -> str:
    return "\n".join([report.title, *(worded(note) for note in report.notes)])


def _suite(name: str, tests: list[str], elements: list[str | None], notes: str) -> str:
    counts = {told: elements.count(element) for element, told in _COUNTED.items()}
    totals = " ".join(f'{told}="{count}"' for told, count in counts.items())
    head = f'name="tui-eval {name}" tests="{len(tests)}" {totals} time="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {head}>",
        f"  <testsuite {head}>",
        *(f"    {test}" for test in tests),
        f"    <system-out>{_text(notes)}</system-out>",
        "  </testsuite>",
        "</testsuites>",
    ]
    return "".join(f"{line}\n" for line in lines)


_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def _test(row: Mapping[str, str]) -> str:
    metric = ", ".join(part for part in (row["metric"], row["filter"]) if part)
    opening = _opening(_GATE, f"{row['dataset']} · {metric}")
    outcome, words = row["outcome"], row["words"]
    if outcome not in _ELEMENTS:
        return f"{opening}<system-out>{_text(words)}</system-out></testcase>"
    return f"{opening}{_element(_ELEMENTS[outcome], outcome, words)}</testcase>"


def _checked(row: Mapping[str, str | None]) -> str:
    parts = (row["run"], row["dataset"], row["category"])
    opening = _opening(_CHECK, " · ".join(part for part in parts if part))
    element, words = _VERDICTS.get(row["verdict"] or ""), row["reason"] or ""
    if element is None:
        said = f"<system-out>{_text(words)}</system-out>" if words else ""
        return f"{opening}{said}</testcase>"
    return f"{opening}{_element(element, 'incomplete', words)}</testcase>"


def _opening(of: str, name: str) -> str:
    return f'<testcase classname="tui-eval.{of}" name={_attribute(name)} time="0">'


def _element(name: str, kind: str, words: str) -> str:
    of_kind = "" if name == "skipped" else f" type={_attribute(kind)}"
    return f"<{name} message={_attribute(words)}{of_kind}>{_text(words)}</{name}>"


def _text(words: str) -> str:
    return escape(_plain(words, keep="\n"))


def _attribute(words: str) -> str:
    return quoteattr(_plain(words))


def _plain(words: str, keep: str = "") -> str:
    return _FORBIDDEN.sub("\ufffd", safe_text(words, keep=keep))
