"""What a gate says as JUnit XML: readable, whatever names there are."""

from __future__ import annotations

from xml.etree import ElementTree

import polars as pl
import pytest

from tests.build.commands import ATTACK
from tests.obeyed import is_obeyed
from tui_eval.analysis.gate import GATED
from tui_eval.analysis.notes import Note
from tui_eval.analysis.report import Report
from tui_eval.render.junit import as_junit, trouble_as_junit


def report(*rows: dict[str, str]) -> Report:
    usual = {"dataset": "d", "metric": "acc", "outcome": "passed", "words": "fine"}
    frame = pl.DataFrame([{**dict.fromkeys(GATED.names()), **usual, **row} for row in rows], GATED)
    return Report("gate", "gate passed", frame, (), notes=(Note("A {note}.", note="note"),))


def suite_of(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text.encode())
    [suite] = root
    assert {name: root.get(name) for name, _ in suite.items()} == dict(suite.items())
    return suite


@pytest.mark.parametrize(
    ("outcome", "element", "count"),
    [
        ("passed", "system-out", None),
        ("dropped", "failure", "failures"),
        ("undecided", "skipped", "skipped"),
        ("not comparable", "error", "errors"),
    ],
)
def test_every_outcome_has_its_element(outcome: str, element: str, count: str | None) -> None:
    suite = suite_of(as_junit(report({"outcome": outcome, "words": "so it is"})))
    case, out = suite
    assert (case.tag, out.tag) == ("testcase", "system-out")
    assert dict(case.items()) == {"classname": "tui-eval.gate", "name": "d · acc", "time": "0"}
    [part] = case
    assert (part.tag, part.text) == (element, "so it is")
    for name in ("failures", "errors", "skipped"):
        assert suite.get(name) == str(int(name == count))
    assert out.text == "gate passed\nA note."


def test_a_test_a_dataset() -> None:
    suite = suite_of(as_junit(report({"dataset": "d"}, {"dataset": "e", "filter": "strict"})))
    names = [case.get("name") for case in suite.iter("testcase")]
    assert names == ["d · acc", "e · acc, strict"]
    assert suite.get("tests") == "2"


@pytest.mark.parametrize("text", [ATTACK, "<a>&\"'", "]]>", "\ufffe\uffff\x00\x0b", "漢字 é 🙂"])
def test_foreign_text_is_text(text: str) -> None:
    made = as_junit(report({"dataset": text, "words": text, "outcome": "dropped"}))
    case = suite_of(made).find("testcase")
    assert case is not None
    assert [part.tag for part in case] == ["failure"]
    assert not any(map(is_obeyed, made.replace("\n", "")))
    if text.isprintable():
        assert case[0].get("message") == text
    trouble = suite_of(trouble_as_junit(text))
    assert trouble.get("errors") == "1"
