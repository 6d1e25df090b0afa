"""What people come for, in a real terminal, and how many keys it takes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.build.lm_eval import grouped_answers, write_answers
from tests.build.twinkle import document, item, write
from tests.e2e.app import SAMPLES, quit_app, started
from tests.e2e.terminal import KEYS, Terminal
from tui_eval.analysis.leaderboard import leaderboard_report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import View
from tui_eval.loading.collection import load
from tui_eval.render.export import as_csv

KEYS_OF = {
    "the best of seven runs, and its CSV": 2,
    "the new checkpoint against the old one": 1,
    "what it wrote on the questions that broke": 8,
    "one dataset of many mixed runs": 6,
}
"""Journeys, each with the keys that it takes from the first screen on."""

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])

OLD = {
    "stem_algebra": "0001101011",
    "stem_physics": "1010101010",
    "law_civil": "1111111100",
    "law_penal": "1110011010",
}
NEW = {
    "stem_algebra": "1111101111",
    "stem_physics": "1110101011",
    "law_civil": "1111111100",
    "law_penal": "1010001010",
}
"""Which questions of a category a checkpoint got right: one by one."""


class Journey:
    """Somebody at a terminal, whose keys are counted."""

    def __init__(self, terminal: Terminal) -> None:
        self.keys = 0
        self._terminal = terminal

    def sees(self, *texts: str, but: str | None = None) -> str:
        """Wait until texts stand on the screen at once, and another one does not; the screen."""
        return self._terminal.wait_until(
            lambda screen: all(text in screen for text in texts) and (but or "\0") not in screen
        )

    def presses(self, *keys: str) -> None:
        """Press keys, one by one."""
        assert all(key in KEYS or len(key) == 1 for key in keys)
        self.keys += len(keys)
        self._terminal.press(*keys)


@contextmanager
def journey(name: str, folder: Path, size: tuple[int, int] = (120, 40)) -> Iterator[Journey]:
    """A journey through what lies in a folder; it took as many keys as are said above."""
    with started(".", cwd=folder, size=size) as terminal:
        one = Journey(terminal)
        yield one
        quit_app(terminal)
    assert one.keys == KEYS_OF[name]


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    """Two checkpoints on two groups of two categories."""
    for model, rights in (("our-7b-step1000", OLD), ("our-7b-step2000", NEW)):
        right = {name: [one == "1" for one in row] for name, row in rights.items()}
        grouped_answers(tmp_path / model, model, right)
    return tmp_path


@SIZES
def test_the_best_of_seven_runs_and_its_csv(tmp_path: Path, size: tuple[int, int]) -> None:
    place = tmp_path / "results"
    place.symlink_to(SAMPLES)
    with journey("the best of seven runs, and its CSV", tmp_path, size) as person:
        person.sees("▌2 Scores▐", "▼", "  1  org/mock", "  7  mock-3b-base", "? Keys")
        person.presses("e")
        person.sees("Enter save", "twinkle_mini_mmlu_leaderboard.csv")
        person.presses("enter")
        person.sees("Saved 7 rows to")
    report = leaderboard_report(select(load([SAMPLES]).tables(), View(dataset="mini_mmlu")))
    written = (tmp_path / "twinkle_mini_mmlu_leaderboard.csv").read_text(encoding="utf-8")
    assert written == as_csv(report)
    assert written.splitlines()[1].startswith("1,org/mock-reasoner-32b @ ")


def test_the_new_checkpoint_against_the_old_one(checkpoints: Path) -> None:
    with journey("the new checkpoint against the old one", checkpoints, (80, 24)) as person:
        person.sees("▌2 Scores▐", "  1  step2000", "  2  step1000", "▸law", "▸stem")
        person.presses("3")
        screen = person.sees(
            "▌3 Delta▐",
            "b step2000 − a step1000",
            "can't tell: gaps under 0.196 are invisible here; a 0.01 gap needs about 15,000",
            "(+0.100 [-0.058, +0.258], paired on 40 of 40)",
            "▾ mmlu_stem           +0.300   [+0.050, +0.550]     —  20     0.500      0.800",
            "mmlu_stem_algebra   +0.400~  [-0.002, +0.676]  0.25  10     0.500      0.900",
            "mmlu_law_penal      -0.200~  [-0.441, +0.099]  0.33  10     0.600      0.400",
            "0 of 4 survive q < 0.05",
        )
        order = ("▾ mmlu_stem ", "mmlu_stem_algebra", "▾ mmlu_law ", "mmlu_law_penal")
        assert sorted(order, key=screen.index) == list(order)  # what rose, first


@SIZES
def test_what_it_wrote_on_the_questions_that_broke(
    checkpoints: Path, size: tuple[int, int]
) -> None:
    with journey("what it wrote on the questions that broke", checkpoints, size) as person:
        person.sees("▌2 Scores▐", "  1  step2000")
        person.presses("3")
        person.sees("▌3 Delta▐", "mmlu_law_penal      -0.200~")
        person.presses("G", "enter")
        person.sees("▌4 Samples▐", "mmlu_law_penal", "1 of 10 questions", "0 fixed, 2 broken")
        person.presses("f")
        person.sees("Show only questions that are", "type to filter", "broken  2")
        person.presses("b", "r")
        person.sees("broken  2", but="unparsed  0")
        person.presses("enter")
        title = "1 of 2 shown, 10 questions in all · only broken, T clears"
        person.sees(title, "riddle 5?", but="riddle 0?")
        person.presses("enter")
        person.sees(
            "› #1 ",
            "1 · mmlu_law_penal · 1 of 2",
            "What is riddle 1?",
            " a step1000 ",
            " b step2000 ",
            "our-7b-step1000 says yes",
            "our-7b-step2000 says no",
            but="riddle 5?",  # the whole screen is for one question
        )


def test_one_dataset_of_many_mixed_runs(tmp_path: Path) -> None:
    for number in range(21):
        right = [question < number for question in range(20)]
        model = f"pine-step{number}00"
        write_answers(tmp_path / model, ["yes"] * 20, model=model, right=right)
        items = [item("datasets/history/old.csv", number / 30)]
        content = document(items, name=f"oak-step{number}00", dataset="datasets/history/")
        write(tmp_path / f"oak{number}.json", content)
    with journey("one dataset of many mixed runs", tmp_path) as person:
        person.sees("▌0 Datasets▐", "2 datasets of 42 runs", "history ", "riddles ", "lm_eval")
        person.presses("/")
        person.sees("search:")
        person.presses("r", "i", "d")
        person.sees("search: rid")
        person.presses("enter")
        person.sees("2 datasets of 42 runs", but="search:")
        person.presses("enter")
        person.sees(
            "▌2 Scores▐",
            "Datasets › Scores › riddles",
            "(dataset 2 of 2)",
            "runs pine-…",
            "   1  step2000       1.000         — ",
            "   8  step1300       0.650~   -0.350 ",
            "  21  step000        0.000    -1.000 ",
            "21 runs without scores of this dataset",  # those of the other harness
        )
