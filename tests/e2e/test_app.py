"""The app as a person meets it: in a real pseudo-terminal, by keys alone."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.build.twinkle import document, item, write
from tests.e2e.app import APP, READY, ROOT, SAMPLES, quit_app, started
from tests.e2e.terminal import Terminal
from tests.obeyed import is_obeyed
from tui_eval.analysis.scores import score_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.render.export import as_csv
from tui_eval.render.safe import safe_text
from tui_eval.tui.terminal import ENDING

BUSY = """
import sys, time
from pathlib import Path
from tui_eval.cli.main import main
from tui_eval.tui.screens.scores import ScoresScreen
from tui_eval.tui.terminal import TerminalDriver

folder = Path(sys.argv.pop(1))
process, keys = TerminalDriver.process_message, []

def counted(self, message):
    process(self, message)
    keys.append(message)
    if len(keys) > 2000:
        (folder / "read").touch()

def busy(self):
    is_again = (folder / "busy").exists()
    (folder / "busy").write_text("again" if is_again else "once")
    while not (folder / "free").exists():
        time.sleep(0.01)

TerminalDriver.process_message, ScoresScreen.action_scale = counted, busy
raise SystemExit(main())
"""
"""The app, whose key ``x`` keeps it busy until it is freed."""


def press_and_see(terminal: Terminal, key: str, text: str) -> None:
    """Press a key, and wait until a text is drawn anew: what a cursor stands on changes colour."""
    before = len(terminal.raw)
    terminal.press(key)
    terminal.wait_until(lambda _: text.encode() in terminal.raw[before:])


def close(terminal: Terminal, title: str) -> None:
    """Close a dialog, and wait until it is gone."""
    terminal.press("escape")
    terminal.wait_until(lambda screen: title not in screen)


def copied(terminal: Terminal) -> list[str]:
    """Texts that were sent to the terminal's clipboard."""
    clips = [osc.split(b";", 2)[2] for osc in terminal.osc() if osc.startswith(b"52;")]
    return [base64.b64decode(clip).decode() for clip in clips]


def test_the_main_job_from_the_samples_to_what_models_wrote() -> None:
    with started("samples/", cwd=ROOT, size=(120, 40)) as terminal:
        anatomy = re.compile(r"\n anatomy +0\.400 +0\.733~? +— +0\.867 ")
        terminal.wait_for("▌0 Datasets▐", "8 datasets of 18 runs", "general_qa ", "mini_mmlu ")
        terminal.press("down", "enter")
        at(terminal, "2 Scores", READY, "Datasets › Scores › mini_mmlu", "(dataset 2 of 8)")
        terminal.press("w")
        terminal.wait_until(anatomy.search)
        terminal.press("enter")
        at(terminal, "4 Samples", "1 of 20 questions", "[anatomy q1] Given alpha = 12", r"\boxed{")
        terminal.press("j")
        at(terminal, "4 Samples", "2 of 20 questions", "which value equals", r"\boxed{")
        quit_app(terminal)


def at(terminal: Terminal, view: str, *texts: str) -> str:
    """Wait until a view is shown with these texts; the screen."""
    return terminal.wait_until(
        lambda screen: f"▌{view}▐" in screen and all(text in screen for text in texts)
    )


class TestTheWayBack:
    def test_esc_alone_leads_from_an_answer_to_the_top(self) -> None:
        """Overview, dataset, category, question, and back: seven keys there, four back."""
        with started("samples/twinkle", cwd=ROOT, size=(120, 40)) as terminal:
            at(terminal, "2 Scores", READY, "(dataset 1 of 2)", "Scores › mini_mmlu")
            terminal.press("o")
            at(terminal, "2 Scores", "› mini_mmlu › all datasets", "mmlu  tmmlu")
            terminal.press("w")
            at(terminal, "2 Scores", "all datasets", "\n mini_mmlu ", "\n mini_tmmlu ")
            terminal.press("down", "enter")
            at(terminal, "2 Scores", "all datasets › mini_tmmlu", "(dataset 2 of 2)", "nursing")
            terminal.press("down", "enter")
            at(terminal, "4 Samples", "› economics_test", "questions", "user ──")
            terminal.press("enter")
            at(terminal, "4 Samples", "› #0")
            terminal.press("escape")
            terminal.wait_until(lambda screen: "› #0" not in screen)
            terminal.press("escape")
            at(terminal, "2 Scores", "all datasets › mini_tmmlu", "(dataset 2 of 2)")
            terminal.press("escape")
            at(terminal, "2 Scores", "› mini_mmlu › all datasets")
            terminal.press("escape")
            at(terminal, "2 Scores", "(dataset 1 of 2)")
            terminal.wait_until(lambda screen: "all datasets" not in screen)
            terminal.wait_for("~ cannot be told from the best")  # else it stops reading
            terminal.press("escape")
            terminal.wait_for("There is nothing to go back to: q quits.")
            terminal.press("q")
            assert terminal.exit_code() == 0

    def test_q_and_backspace_lead_back_as_well_and_q_quits_at_the_top(self) -> None:
        with started("samples/twinkle", cwd=ROOT) as terminal:
            at(terminal, "2 Scores", READY)
            terminal.press("3")
            at(terminal, "3 Delta", "6 candidates − a mock-3b-base", "sub/astronomy ")
            terminal.press("enter")
            at(terminal, "4 Samples", "questions", "user ──")
            terminal.press("enter")
            terminal.wait_for("#0")
            terminal.press("q")
            terminal.wait_until(lambda screen: "#0" not in screen)
            terminal.press("q")
            at(terminal, "3 Delta", "6 candidates − a mock-3b-base")
            terminal.press("backspace")
            at(terminal, "2 Scores", READY)
            terminal.press("q")
            assert terminal.exit_code() == 0

    def test_ctrl_c_twice_quits_from_anywhere(self) -> None:
        with started("samples/twinkle", cwd=ROOT) as terminal:
            at(terminal, "2 Scores", READY)
            terminal.press("d")
            terminal.wait_for("type to filter")
            terminal.write("\x03")
            terminal.wait_for("Press Ctrl+C again to quit.")
            terminal.write("\x03")
            assert terminal.exit_code() == 0


class TestFromFilesToACsv:
    def test_by_keys_alone(self, tmp_path: Path) -> None:
        shutil.copytree(SAMPLES, tmp_path / "results")
        folder = tmp_path / "results"
        shell = 'echo before; "$@"; code=$?; stty -a; exit $code'
        argv = ("sh", "-c", shell, "sh", *APP)
        with started(cwd=folder, argv=argv, size=(120, 30)) as terminal:
            terminal.wait_for("7 runs in ")
            terminal.wait_for("▌1 Files▐")
            terminal.wait_for("mock-3b-base")
            terminal.press("space")
            terminal.wait_until(lambda screen: screen.count("●") == 1)
            terminal.press("down", "space")
            terminal.wait_until(lambda screen: screen.count("●") == 2)
            terminal.press("enter")
            terminal.wait_for("▌2 Scores▐")
            terminal.wait_for(READY)
            terminal.wait_for("mini_mmlu · accuracy_mean (dataset 1 of 2)")

            terminal.press("d")
            terminal.wait_for("type to filter", "mini_tmmlu")
            press_and_see(terminal, "down", "mini_tmmlu")
            terminal.press("enter")
            terminal.wait_for("mini_tmmlu · accuracy_mean (dataset 2 of 2)", " 3b-base ")
            terminal.wait_until(  # the second row was skipped, not marked
                lambda screen: "70b-instruct" not in screen
            )
            terminal.press("e")
            terminal.wait_for("twinkle_mini_tmmlu_leaderboard.csv")
            close(terminal, "Enter save")
            terminal.press("w")
            terminal.wait_for("category", "mean over 12")

            terminal.press("e")
            terminal.wait_for("twinkle_mini_tmmlu_ALL.csv")
            terminal.press("enter")
            terminal.wait_for("Saved 12 rows to")
            terminal.press("ctrl+q")
            screen = terminal.wait_for("isig icanon iexten echo ")
            assert terminal.exit_code() == 0
        assert screen.startswith("before\n")  # what was on the screen is there again
        assert "mini_tmmlu" not in screen
        for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"):
            off = terminal.raw.rindex(sequence)
            on = terminal.raw.rindex(sequence[:-1] + (b"l" if sequence.endswith(b"h") else b"h"))
            assert on < off, sequence

        tables = load([SAMPLES]).tables()
        names = ("mock-3b-base", "mock-8b")
        runs = [run for run, label in tables.labels.items() if label.startswith(names)][:2]
        page = score_report(select(tables.only(runs), View(dataset="mini_tmmlu"))).page(20, 0)
        written = folder / "twinkle_mini_tmmlu_ALL.csv"
        assert written.read_bytes() == as_csv(page).encode()

    def test_a_file_is_replaced_only_when_asked_twice(self, tmp_path: Path) -> None:
        write(tmp_path / "m.json", document())
        mine = tmp_path / "twinkle_d_ALL.csv"
        mine.write_text("mine")
        with started(".", cwd=tmp_path) as terminal:
            terminal.wait_for(READY)
            terminal.press("e")
            terminal.wait_for(mine.name)
            terminal.press("enter")
            terminal.wait_for("This file exists. Press Enter again to replace it.")
            assert mine.read_text() == "mine"
            terminal.press("enter")
            terminal.wait_for("Saved 2 rows to")
            assert mine.read_text().startswith("category,m @ 20260101_0000\na,0.9\n")
            quit_app(terminal)


ATTACKS = {
    "title": "\x1b]0;title\x07",
    "clear": "\x1b[2J",
    "link": "\x1b]8;;x:y\x1b\\link\x1b]8;;\x1b\\",
    "copy": "\x1b]52;c;aGk=\x07",
    "c1": "\x9b2J\x9d0;t\x9c",
    "bidi": "\u202eabc\u2066",
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "action": "[@click=app.quit]x[bold]",
    "markup": "[INST] hi [b",
}
IN_NAMES_OF_FILES = ("title", "clear", "c1", "bidi", "action")  # what a file system allows


def harmless(text: str) -> str:
    """A text of the same shape that nothing obeys."""
    return re.sub(r"[^ -~]", "E", text).replace("[", "(").replace("]", ")")


def write_results(folder: Path, made: Callable[[str], str]) -> Path:
    """Two runs and a refused file whose every name is an attack, passed through ``made``."""
    names = {name: made(attack) for name, attack in ATTACKS.items()}
    place = folder / "".join(names[name] for name in ("title", "clear"))
    for number, model in enumerate((names["title"] + names["action"], names["clear"] + "/[/]")):
        items = [item(f"datasets/d/{name}.csv", 0.5 + number / 4) for name in names.values()]
        content = document(items, name=model, dataset=f"datasets/{names['copy']}")
        other = f"datasets/{names['link']}{names['markup']}"
        content["dataset_results"][other] = {"results": items}
        content["timestamp"] = names["c1"] + names["surrogate"]
        path = place / f"{names['c1']}{number}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    for name in IN_NAMES_OF_FILES:
        (place / f"{names[name]}.json").write_text('{"dataset_results": {')
    return place


SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*|[^\[\]])")


def kinds(terminal: Terminal) -> set[bytes]:
    """Escape sequences received; places, colours and what was copied are of one kind each."""
    found = set(SEQUENCE.findall(terminal.raw))
    return {re.sub(rb"(?<=\x1b\[)[\d;]+(?=[HmABCD])|(?<=\]52;c;).*", b"", one) for one in found}


def obeyed(terminal: Terminal) -> set[str]:
    """Control characters received; that all is UTF-8 is checked on the way."""
    return {character for character in set(terminal.raw.decode()) if is_obeyed(character)}


class TestEscapeSequencesInData:
    """Everything that comes from files is shown, and none of it is obeyed."""

    def tour(self, tmp_path: Path, made: Callable[[str], str]) -> Terminal:
        """Every screen and dialog, each with the names that belong on it; the terminal."""
        place = write_results(tmp_path, made)
        shown = {name: safe_text(made(attack)) for name, attack in ATTACKS.items()}
        shown["surrogate"] = made("\ud800").encode("ascii", "backslashreplace").decode()

        with started(place.name, cwd=place.parent, size=(160, 44)) as terminal:
            terminal.wait_for(READY)
            terminal.press("w")
            terminal.wait_until(lambda screen: screen.count(shown["title"]) >= 4)  # the chart
            terminal.wait_for(*shown.values())
            terminal.press("d")
            terminal.wait_for("type to filter", shown["link"] + shown["markup"], shown["copy"])
            close(terminal, "type to filter")
            terminal.press("?")
            terminal.wait_for("This screen")
            close(terminal, "This screen")
            terminal.press("y")
            terminal.wait_for("Sent to the terminal (OSC 52).")
            terminal.press("e")
            terminal.wait_for("Enter save")
            terminal.press("enter")
            terminal.wait_for(f"Saved {len(ATTACKS)} rows to", "twinkle_")
            (saved,) = place.parent.glob("twinkle_*.csv")
            assert not {*saved.name} & {*"\x1b\x07[](){};|&@$*?\\ "}
            terminal.press("t")
            terminal.wait_for("Keep categories with a score", shown["clear"])
            close(terminal, "Keep categories with a score")
            terminal.press("3")
            terminal.wait_for("▌3 Delta▐", "mean of", *shown.values())
            terminal.press("v")
            terminal.wait_for("space mark", shown["title"] + shown["action"])
            close(terminal, "space mark")
            terminal.press("1")
            terminal.wait_for("▌1 Files▐", "twinkle", shown["c1"] + shown["surrogate"])
            terminal.wait_until(  # the bar on top may tell it before the rows do
                lambda screen: "refused" in screen.split("\n", 1)[1]
            )
            terminal.press("G")
            terminal.wait_for("the JSON breaks off here", shown["title"])
            terminal.press("/")
            terminal.wait_for("filter: words of a row")
            terminal.press("zzz")
            terminal.wait_for("0 runs · filter “zzz”", "No run meets the filter")
            terminal.press("escape")
            terminal.wait_until(lambda screen: "zzz" not in screen and "\n 2 runs · " in screen)
            quit_app(terminal)
        return terminal

    def test_none_reaches_the_terminal(self, tmp_path: Path) -> None:
        (tmp_path / "1").mkdir()
        (tmp_path / "2").mkdir()
        calm = self.tour(tmp_path / "1", harmless)
        attacked = self.tour(tmp_path / "2", str)

        assert len(copied(attacked)) == len(copied(calm)) == 1
        assert kinds(attacked) <= kinds(calm)
        assert obeyed(attacked) <= obeyed(calm)
        assert not obeyed(attacked) & set("\x00\x9b\x9c\x9d\u202e\u2066")

    def test_nor_does_the_name_of_the_folder_it_is_started_in(self, tmp_path: Path) -> None:
        place = tmp_path / "".join(ATTACKS[name] for name in ("title", "clear", "bidi"))
        write(place / "m.json", document())
        with started(".", cwd=place, size=(160, 40)) as terminal:
            terminal.wait_for(READY)
            terminal.press("e")
            terminal.wait_for("Enter save")
            terminal.press("enter")
            terminal.wait_for("Saved 2 rows to")
            terminal.press("1")
            terminal.wait_for("▌1 Files▐", "␛]0;title␇␛[2J", "\\u202e")
            quit_app(terminal)
        assert (place / "twinkle_d_ALL.csv").exists()  # the name on the disk is as it was
        assert not {one for one in kinds(terminal) if one.startswith((b"\x1b]0;", b"\x1b[2J"))}
        assert "\u202e" not in obeyed(terminal)


def numbered(screen: str) -> list[str]:
    """Lines with a number of each run."""
    return [line for line in screen.split("\n") if re.search(r"0\.5\d\d .*0\.6\d\d", line)]


class TestCjk:
    def test_numbers_line_up(self, tmp_path: Path) -> None:
        names = (
            "國小數學領域",
            "math",
            "한국사",
            "ひらがな",
            "高中國文與歷史地理公民綜合題庫一二三四五六七",
            "ａｂｃ",
            "é",
        )
        for model, shift in (("model-a", 0.0), ("模型乙", 0.125)):
            items = [
                item(f"datasets/d/{name}.csv", 0.5 + shift + number / 1000)
                for number, name in enumerate(names)
            ]
            write(tmp_path / f"{model}.json", document(items, name=model))
        with started(".", cwd=tmp_path) as terminal:
            terminal.wait_for(READY)
            terminal.press("w")
            screen = terminal.wait_until(
                lambda screen: READY in screen and len(numbered(screen)) == len(names) + 1
            )
            quit_app(terminal)
        lines, rows = screen.split("\n"), numbered(screen)  # the last is their mean
        for place in (0, 1):
            numbers = [list(re.finditer(r"0\.\d{3}", line))[place] for line in rows]
            ends = {cell_len(line[: one.end()]) for line, one in zip(rows, numbers, strict=True)}
            assert len(ends) == 1
        for name in names:
            assert name in screen or any(
                name.startswith(part) for part in re.findall(r"(\S+)…", screen)
            )
        assert {cell_len(line) <= 80 for line in lines} == {True}


class TestTerminals:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for number, name in enumerate(("m", "n")):
            write(
                tmp_path / f"{name}.json",
                document([item("datasets/d/a.csv", number / 2)], name=name),
            )
        return tmp_path

    def colours(self, folder: Path, env: dict[str, str]) -> set[bytes]:
        """Start, draw, visit the delta screen, quit; the colour sequences that were received."""
        with started(".", cwd=folder, env=env, size=(120, 40)) as terminal:
            terminal.wait_for(READY)
            terminal.wait_for("██")
            terminal.press("3")
            terminal.wait_for("not every score has a stderr (+0.500)")
            quit_app(terminal)
        return set(re.findall(rb"[34]8;(?:5;\d+|2;\d+;\d+;\d+)", terminal.raw))

    def test_256_colours(self, folder: Path) -> None:
        found = self.colours(folder, {"TERM": "screen-256color"})
        assert len(found) > 3
        assert all(b"8;5;" in one for one in found)

    def test_16_colours(self, folder: Path) -> None:
        assert self.colours(folder, {"TERM": "xterm"}) == set()

    def test_no_colour(self, folder: Path) -> None:
        found = self.colours(folder, {"NO_COLOR": "1", "COLORTERM": "truecolor"})
        values = [one.split(b";")[2:] for one in found]
        assert values
        assert all(len(set(rgb)) == 1 for rgb in values), found

    def is_whole(self, screen: str) -> bool:
        """Whether the foot and the keys are there."""
        *_, keys = screen.split("\n")
        return "\n mean over" in screen and "Keys" in keys

    def test_resized_while_it_runs(self, folder: Path) -> None:
        with started(".", cwd=folder) as terminal:
            terminal.wait_for(READY)
            terminal.press("w")
            screen = terminal.wait_until(self.is_whole)
            assert "██" not in screen  # no room for the chart
            terminal.resize(120, 40)
            terminal.wait_until(lambda screen: "██" in screen and self.is_whole(screen))
            terminal.resize(80, 24)
            terminal.wait_until(lambda screen: "██" not in screen and self.is_whole(screen))
            quit_app(terminal)

    def test_a_wide_terminal_shows_table_and_chart(self) -> None:
        with started(".", cwd=SAMPLES, size=(200, 60)) as terminal:
            bar = re.compile(r"[a-g] █")
            row = re.compile(
                r"\n college_biology( .*0\.\d{3}~?){7}"
            )  # every run, without scrolling
            terminal.wait_for(READY)
            terminal.press("w")
            screen = terminal.wait_until(
                lambda screen: (
                    READY in screen and len(bar.findall(screen)) > 30 and row.search(screen)
                )
            )
            quit_app(terminal)
        assert max(map(cell_len, screen.split("\n"))) > 180


class TestSignals:
    @pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
    def test_the_terminal_is_left_as_it_was(self, number: int) -> None:
        with started(".", cwd=SAMPLES) as terminal:
            terminal.wait_for(READY)
            os.kill(terminal.pid, number)
            assert terminal.exit_code() == 128 + number
            assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")
            assert terminal.raw.rindex(b"\x1b[?1000l") > terminal.raw.rindex(b"\x1b[?1000h")

    def test_keys_that_wait_hold_up_no_signal(self, tmp_path: Path) -> None:
        """The app is busy, thousands of keys wait, and a signal comes."""
        argv = (sys.executable, "-c", BUSY, str(tmp_path))
        with started(".", cwd=SAMPLES, argv=argv) as terminal:
            terminal.wait_for(READY)
            terminal.press("x")
            terminal.wait_until(lambda _: (tmp_path / "busy").exists())
            for _ in range(20):
                terminal.write("x" * 100)
            terminal.wait_until(lambda _: (tmp_path / "read").exists())
            os.kill(terminal.pid, signal.SIGTERM)
            (tmp_path / "free").touch()
            assert terminal.exit_code() == 128 + signal.SIGTERM
            assert (tmp_path / "busy").read_text() == "once"


class TestSuspend:
    def test_the_shell_gets_its_terminal_and_fg_goes_on(self, tmp_path: Path) -> None:
        """From a dialog, and through a program that started the app and waits for it."""
        write(tmp_path / "m.json", document())
        start = tmp_path / "start"
        start.write_text(f"#!/bin/sh\n{sys.executable} -m tui_eval m.json\nexit $?\n")
        start.chmod(0o755)
        shell = ("bash", "--norc", "--noprofile", "-i")
        with started(cwd=tmp_path, argv=shell, env={"PS1": "shell> "}) as terminal:
            terminal.wait_for("shell>")
            terminal.write("./start\n")
            terminal.wait_for(READY)
            terminal.press("e")
            terminal.wait_for("Enter save")
            terminal.press("ctrl+z")
            terminal.wait_for("Stopped")
            terminal.wait_until(lambda screen: screen.rstrip().endswith("shell>"))
            assert terminal.raw.rindex(b"\x1b[?1000l") > terminal.raw.rindex(b"\x1b[?1000h")
            terminal.write("stty -a\n")
            terminal.wait_for("isig icanon iexten echo ")
            terminal.write("fg\n")
            terminal.wait_for("Enter save")
            assert terminal.raw.rindex(b"\x1b[?1000l") < terminal.raw.rindex(b"\x1b[?1000h")
            close(terminal, "Enter save")
            terminal.press("x")
            terminal.wait_for("90.0")
            terminal.press("q")
            terminal.wait_until(lambda screen: screen.rstrip().endswith("./start\nshell>"))
            terminal.write("echo code $?\n")
            terminal.wait_for("code 0")

    def test_where_no_shell_waits_it_goes_on(self, tmp_path: Path) -> None:
        write(tmp_path / "m.json", document())
        with started("m.json", cwd=tmp_path) as terminal:
            terminal.wait_for(READY)
            terminal.press("ctrl+z")
            terminal.wait_until(lambda _: terminal.raw.count(b"\x1b[?1049h") == 2)
            terminal.wait_for(READY)
            terminal.press("x")
            terminal.wait_for("90.0")
            quit_app(terminal)


class TestPaste:
    def test_half_a_megabyte_of_escape_sequences_runs_no_command(self, tmp_path: Path) -> None:
        write(tmp_path / "m.json", document())
        with started("m.json", cwd=tmp_path) as terminal:
            terminal.wait_for(READY)
            text = "\x1b[31mq\x1b[0m 3 words and more of them\n" * 15_000
            terminal.write(f"\x1b[200~{text}\x1b[201~")
            terminal.press("x")
            terminal.wait_for("90.0", "▌2 Scores▐")
            terminal.press("/")
            terminal.wait_for("search")
            terminal.write("\x1b[200~one \x1b[31m line\x1b[201~")
            terminal.wait_for("one ␛[31m line")
            terminal.press("escape")
            terminal.wait_until(lambda screen: "one ␛" not in screen)
            quit_app(terminal)


class TestCopy:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        place = tmp_path / "results"
        write(place / "m.json", document([item("datasets/d/數學.csv", 0.5)]))
        return place

    def test_inside_tmux_the_cell_goes_both_ways(self, tmp_path: Path, folder: Path) -> None:
        tool = tmp_path / "bin" / "tmux"
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/words\ncat >> {tmp_path}/text\n')
        tool.chmod(0o755)
        env = {"PATH": f"{tool.parent}:/usr/bin:/bin", "TMUX": "/tmp/tmux-0/default,1,0"}
        with started(".", cwd=folder, env=env) as terminal:
            terminal.wait_for(READY)
            terminal.press("g", "h", "h", "y")
            terminal.wait_for("Sent to tmux and to the terminal")
            quit_app(terminal)
        assert (tmp_path / "text").read_text(encoding="utf-8") == "數學"
        assert (tmp_path / "words").read_text() == "load-buffer -w -\n"
        assert copied(terminal) == ["數學"]

    def test_the_table_is_copied_as_markdown(self, folder: Path) -> None:
        with started(".", cwd=folder) as terminal:
            terminal.wait_for(READY)
            terminal.press("Y")
            terminal.wait_for("Sent to the terminal (OSC 52).")
            quit_app(terminal)
        [text] = copied(terminal)
        assert text.splitlines()[0] == "| category | m @ 20260101_0000 |"
        assert text.splitlines()[2] == "| 數學 | 0.500 |"
