"""What models wrote, in a real terminal: it is seen, and never obeyed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.build.lm_eval import write_answers
from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[2]

TITLE = "\x1b]0;PWNED\x07"
CLIPBOARD = "\x1b]52;c;UFdORUQ=\x07"
LINK = "\x1b]8;;http://pwned.example\x1b\\here\x1b]8;;\x1b\\"
MOVES = "\x1b[31mred\x1b[2J\x1b[1;1Hmoved\x1b[?1049l\x1bc\x9b31mC1\x90q\x9c"
MARKUP = "[@click=app.quit]quit[/] [link=http://pwned.example]link[/link] [bold red]loud[/] [/] ["
BIDI = "\u202eright to left\u202c \u2066isolated\u2069 zero\u200bwidth\u200d\ufeff"
MARKS = "e" + "\u0301" * 1000 + "end of marks"
HALVES = "half \ud800 pair \udfff, a NUL \x00 and a carriage\rreturn, a bell \x07"
LONG = "x" * 20_000 + TITLE

NASTY = {
    "␛]0;PWNED␇": TITLE,
    "␛]52;c;UFdORUQ=␇": CLIPBOARD,
    "␛]8;;http://pwned.example": LINK,
    "␛[31mred␛[2J": MOVES,
    "[@click=app.quit]quit[/]": MARKUP,
    "\\u202eright to left": BIDI,
    r"\u0301\u0301\u0301": MARKS,
    "half \\ud800 pair": HALVES,
    "xxxxxxxxxxxxxxxxxxxx": LONG,
}
"""What is seen of each response, by what a model wrote."""

OBEYED = (b"0;", b"52", b"8;")  # title, clipboard, link
FORBIDDEN = [b"\x1b]0;PWNED", b"\x1b[2J\x1b[1;1Hmoved", b"\x1bc", b"\x00"]
FORBIDDEN += [text.encode() for text in ("\x9b", "\x90", "\u202e", "\u200b", "\u2066", "\ufeff")]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    write_answers(folder, [f"{text} the end" for text in NASTY.values()])
    return folder


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_no_response_reaches_the_terminal_but_as_text(results: Path, size: tuple[int, int]) -> None:
    with Terminal([sys.executable, "-m", "tui_eval", str(results)], size=size) as terminal:
        terminal.wait_for("exact_match")
        terminal.wait_for("riddles")
        terminal.press("enter")
        for number, seen in enumerate(NASTY):
            terminal.wait_for(f"riddle {number}?", seen)
            terminal.press("enter")  # all of the screen for the answers
            terminal.wait_until(lambda screen: "id  question" not in screen)
            terminal.press("G", "g", "w", "w")
            terminal.wait_for(f"riddle {number}?")
            terminal.press("enter")
            terminal.wait_for("id  question")
            terminal.press("j")
        terminal.press("/")
        terminal.wait_for("regular expression in")
        terminal.press("PWNED")
        terminal.wait_for("PWNED\n")
        terminal.press("enter")
        terminal.wait_for("questions found")
        terminal.press("k")
        terminal.wait_for("half \\ud800 pair")  # it still answers
        terminal.press("ctrl+q")
        assert terminal.exit_code() == 0
        assert [code for code in terminal.osc() if b"PWNED" in code or code[:2] in OBEYED] == []
        assert [bad for bad in FORBIDDEN if bad in terminal.raw] == []


def test_flips_lead_to_the_answers_and_into_a_file(tmp_path: Path) -> None:
    write_answers(tmp_path / "one", ["no", "yes", "yes"], model="old", right=[False, True, True])
    write_answers(tmp_path / "two", ["yes", "no", "yes"], model="new", right=[True, False, True])
    argv = [sys.executable, "-m", "tui_eval", str(tmp_path)]
    with Terminal(argv, size=(100, 30), cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("exact_match")
        terminal.wait_for("riddles")
        terminal.press("3")
        terminal.wait_for("− a new")
        for part in ("overview", "improved", "declined", "flipped"):
            terminal.press("o")
            terminal.wait_for(f"▌{part}")
        terminal.wait_for("all questions")
        terminal.press("enter")
        terminal.wait_for("1 of 2 shown, 3 questions in all", "riddle 0?", "fixed", "broken")
        terminal.press("j")
        terminal.wait_for("riddle 1?")
        terminal.press("e")
        terminal.wait_for("Enter save")
        terminal.press("enter")
        terminal.wait_for("Saved 2 rows")
        terminal.press("ctrl+q")
        assert terminal.exit_code() == 0
    (saved,) = tmp_path.glob("samples_riddles*.csv")
    rows = [line.split(",") for line in saved.read_text().splitlines()]
    assert [(row[0], row[1], row[2]) for row in rows[1:]] == [
        ("0", "1.0", "0.0"),
        ("1", "0.0", "1.0"),
    ]
