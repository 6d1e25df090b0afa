"""What a report looks like: safe text, cells of exact width, numbers, aligned tables."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.build.tables import make_report as report
from tests.obeyed import is_obeyed
from tui_eval.analysis.report import Column, Kind, Report
from tui_eval.render.bars import Series, delta_bars, grouped_bars
from tui_eval.render.grid import Cell, ReportGrid
from tui_eval.render.numbers import delta_tone, number_text, size_text
from tui_eval.render.plain import plain_table
from tui_eval.render.safe import MARKS, MISSING, cut, fit, safe_text, widest

ANYTHING = st.text(alphabet=st.characters(), max_size=60)
"""Surrogates, controls, wide and combining characters among it."""

AWKWARD = st.text(alphabet="a 模型한❤👨👩\u200d\ufe0f\u0301ก้\u1100\u1161🇹🇼…", max_size=30)

LETTERS_AND_MARKS = st.characters(
    exclude_categories=("C", "Z"), exclude_characters="\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
)


class TestSafeText:
    @given(ANYTHING)
    def test_nothing_is_left_that_a_terminal_obeys(self, text: str) -> None:
        assert not [char for char in safe_text(text) if is_obeyed(char)]

    @given(ANYTHING)
    def test_twice_is_once(self, text: str) -> None:
        assert safe_text(safe_text(text)) == safe_text(text)

    @given(ANYTHING)
    def test_it_can_be_written_as_utf_8(self, text: str) -> None:
        assert safe_text(text).encode().decode() == safe_text(text)

    @given(st.text(LETTERS_AND_MARKS, max_size=MARKS))
    def test_letters_signs_and_marks_stay(self, text: str) -> None:
        assert safe_text(text) == text

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[2J", "␛[2J"),
            ("\x00\x07\x7f", "␀␇␡"),
            ("a\nb\tc\rd", "a⏎b c␍d"),
            ("\x9b2J\x85", "\\x9b2J\\x85"),
            ("a\u202eb\u2066", "a\\u202eb\\u2066"),
            ("\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"),
            ("\ud800", "\\ud800"),
            ("\U000e0041", "\\U000e0041"),
            ("a\xadb\u3164c\u034f", "a\\xadb\\u3164c\\u034f"),
            ("a\u200db \u200c.", "a\\u200db \\u200c."),
            ("می\u200cخواهم", "می\u200cخواهم"),
            (
                "👩\u200d👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥",
                "👩\u200d👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥",
            ),
            ("👩\u200d" * 4 + "👩", "👩\u200d👩\u200d👩\u200d👩\\u200d👩"),
            ("模型 é 👍🏽", "模型 é 👍🏽"),
            ("[red]x[/]", "[red]x[/]"),
        ],
    )
    def test_what_is_hidden_is_made_visible(self, text: str, shown: str) -> None:
        assert safe_text(text) == shown

    def test_every_control_character_is_seen(self) -> None:
        controls = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
        shown = [safe_text(control) for control in controls]
        assert all(text.isprintable() for text in shown)
        assert len(set(shown)) == len(shown)

    @pytest.mark.parametrize("mark", "\u0301\u0e31\ufe0f\u20dd\u1161\U0001f3fd\U000e0100")
    def test_marks_do_not_pile_up(self, mark: str) -> None:
        shown = safe_text("a" + mark * 1000 + "b")
        assert shown.startswith("a" + mark * MARKS + "\\")
        assert shown.count(mark) == MARKS
        assert shown.count(ascii(mark)[1:-1]) == 1000 - MARKS
        assert safe_text(("a" + mark * MARKS) * 9) == ("a" + mark * MARKS) * 9

    def test_marks_are_counted_anew_after_a_sign_that_takes_a_cell(self) -> None:
        """``҂`` is no letter, so that it stands among marks; yet it carries marks of its own."""
        text = ("҂" + "\u0301" * MARKS) * 3
        assert safe_text(text) == text
        assert safe_text(text + "\u0301") == text + "\\u0301"

    def test_line_ends_can_be_kept_alone(self) -> None:
        assert safe_text("a\nb\x1b\t", keep="\n") == "a\nb␛ "


class TestFit:
    @given(ANYTHING | AWKWARD, st.integers(0, 40))
    def test_exactly_as_wide_as_asked(self, text: str, width: int) -> None:
        assert cell_len(cut(safe_text(text), width)) <= width
        assert cell_len(fit(safe_text(text), width)) == width
        assert cell_len(f" {fit(safe_text(text), width, 'right')} ") == width + 2

    @given(AWKWARD, st.integers(1, 40))
    def test_text_that_fits_stays(self, text: str, room: int) -> None:
        whole = fit(text, cell_len(text) + room)
        assert whole.startswith(text.rstrip("\u200d"))

    @pytest.mark.parametrize(
        ("text", "width", "shown"),
        [
            ("abc", 5, "abc  "),
            ("abcdef", 4, "abc…"),
            ("國小數學", 8, "國小數學"),
            ("國小數學", 7, "國小數…"),
            ("國小數學", 6, "國小… "),  # half a character is none
            ("ab cd", 4, "ab… "),
            ("abc", 1, "…"),
            ("abc", 0, ""),
            ("", 2, "  "),
        ],
    )
    def test_cut_between_characters(self, text: str, width: int, shown: str) -> None:
        assert fit(text, width) == shown
        assert cut(text, width) == shown.rstrip(" ")

    def test_filled_at_the_left(self) -> None:
        assert fit("abc", 5, "right") == "  abc"
        assert fit("國小數學", 6, "right") == " 國小…"


class TestNumberText:
    @pytest.mark.parametrize(
        ("value", "column", "shown"),
        [
            (0.7839, Column("s", "score", 1), "0.784"),
            (78.39, Column("s", "score", 100), "78.4"),
            (1, Column("s", "score", 1), "1.000"),
            (0.0, Column("s", "score", 100), "0.0"),
            (-0.0, Column("s", "score", 1), "0.000"),
            (-0.0004, Column("s", "score", 1), "0.000"),
            (None, Column("s", "score", 1), MISSING),
            (float("nan"), Column("s", "score", 1), MISSING),
            (0.05, Column("d", "delta", 1), "+0.050"),
            (-5.0, Column("d", "delta", 100), "-5.0"),
            (0.0, Column("d", "delta", 1), "0.000"),
            (-0.0, Column("d", "delta", 100), "0.0"),
            (-0.00049, Column("d", "delta", 1), "0.000"),
            (0.00049, Column("d", "delta", 1), "0.000"),
            (3, Column("d", "delta", 0), "+3"),
            (-3.0, Column("d", "delta", 0), "-3"),
            (-0.0, Column("d", "delta", 0), "0"),
            (1234567, Column("n", "count"), "1,234,567"),
            (2.5, Column("n", "count"), "2.5"),
            (-0.0, Column("n", "count"), "0"),
            (None, Column("n", "count"), MISSING),
            (27_417, Column("b", "bytes"), "27.4 kB"),
            ("\x1b[2J", Column("t"), "␛[2J"),
            ("", Column("t"), ""),
            (None, Column("t"), MISSING),
        ],
    )
    def test_as_people_read_it(self, value: object, column: Column, shown: str) -> None:
        assert number_text(value, column) == shown

    @given(
        st.floats(allow_nan=True, allow_infinity=False, width=32),
        st.sampled_from(["score", "delta", "count"]),
        st.sampled_from([0, 1, 100]),
    )
    def test_never_a_negative_zero(self, value: float, kind: Kind, scale: int) -> None:
        shown = number_text(value, Column("x", kind, scale))
        assert not re.fullmatch(r"[+-]0(\.0+)?", shown)

    @pytest.mark.parametrize(
        ("size", "shown"),
        [
            (0, "0 B"),
            (812, "812 B"),
            (27_417, "27.4 kB"),
            (1_250_000, "1.2 MB"),
            (3 * 10**12, "3000.0 GB"),
        ],
    )
    def test_sizes(self, size: int, shown: str) -> None:
        assert size_text(size) == shown

    @pytest.mark.parametrize(
        ("value", "better", "tone"),
        [
            (0.1, True, "gain"),
            (-0.1, True, "loss"),
            (0.1, False, "loss"),
            (-0.1, False, "gain"),
            (0.1, None, "gain"),
            (1e-10, True, ""),
            (-1e-10, True, ""),
            (None, True, ""),
        ],
    )
    def test_gain_and_loss_follow_the_metric(
        self, value: float | None, better: bool | None, tone: str
    ) -> None:
        assert delta_tone(value, Column("d", "delta", 1, better)) == tone

    def test_a_tie_is_one_on_both_scales(self) -> None:
        assert delta_tone(9e-8, Column("d", "delta", 100, True)) == ""
        assert delta_tone(9e-8, Column("d", "delta", 1, True)) == "gain"


class TestGrid:
    def test_headings_and_shorter_labels(self) -> None:
        frame = pl.DataFrame({"run": ["m @ 1", "n @ 2"], "v": [0.5, None]})
        grid = ReportGrid(
            report(frame, Column("run"), Column("v", "score", 1)),
            headings={"v": "\x1bvalue"},
            shorter={"m @ 1": "m"},
        )
        assert [column.heading for column in grid.columns] == ["run", "␛value"]
        assert [column.align for column in grid.columns] == ["left", "right"]
        assert grid.rows(0, 2) == [
            [Cell("m"), Cell("0.500")],
            [Cell("n @ 2"), Cell(MISSING, "dim")],
        ]
        assert grid.rows(1, 1) == []
        assert grid.rows(2, 1) == []

    def test_refused_files_and_differences_have_a_tone(self) -> None:
        frame = pl.DataFrame({"state": ["refused", "read"], "d": [0.2, -0.2]})
        grid = ReportGrid(report(frame, Column("state"), Column("d", "delta", 1, True)))
        assert [[cell.tone for cell in row] for row in grid.rows(0, 2)] == [
            ["warn", "gain"],
            ["", "loss"],
        ]

    def test_a_tie_has_no_bar_however_long_the_axis(self) -> None:
        deltas = [0.5, 1e-12, -1e-12, -0.002, None]
        frame = pl.DataFrame({"c": list("abcde"), "d": deltas})
        made = report(frame, Column("c"), Column("d", "delta", 1, True), extent=(-0.5, 0.5))
        grid = ReportGrid(made, bars="d")
        drawn = [row[-1].drawn for row in grid.rows(0, 5)]
        texts = ["".join(piece.text for piece in cell(21)) for cell in drawn if cell]
        nothing = " " * 10 + "┃" + " " * 10
        assert texts[1:3] == [nothing, nothing]
        assert texts[4] == nothing
        assert texts[0] == " " * 10 + "┃" + "█" * 10
        assert texts[3].strip() != "┃"

    def test_bars_of_another_column_leave_all_other_cells_as_they_are(self) -> None:
        frame = pl.DataFrame({"c": ["x", "y"], "one": [0.1, -0.2], "two": [0.3, 0.4]})
        foot = pl.DataFrame({"c": ["mean"], "one": [-0.05], "two": [0.35]})
        columns = (Column("c"), Column("one", "delta", 1), Column("two", "delta", 1))
        made = report(frame, *columns, foot=foot, extent=(-0.2, 0.4))
        grid = ReportGrid(made, bars="one")
        other = grid.with_bars("two")
        assert (grid.bars, other.bars) == ("one", "two")
        assert other.rows(0, 2) == ReportGrid(made, bars="two").rows(0, 2)
        assert other.foot == ReportGrid(made, bars="two").foot
        assert grid.rows(0, 2) == ReportGrid(made, bars="one").rows(0, 2)
        assert grid.rows(0, 2) != other.rows(0, 2)

    def test_columns_of_ten_thousand_rows_are_as_wide_as_their_widest_cell(self) -> None:
        count = 10_000
        alone = iter(range(5_000, 6_000, 7))  # rows that are extreme in one column only

        def values_of(usual: list[Any], *rare: Any) -> list[Any]:
            values = list(itertools.islice(itertools.cycle(usual), count))
            for value in rare:
                values[next(alone)] = value
            return values

        frame = pl.DataFrame(
            {
                "latin": values_of(["模型" * 6, "ก้" * 9], "y" * 30),
                "wide": values_of(["x" * 17, "naïveté" * 2, "ก้" * 9], "國小數學領域題庫"),
                "emoji": values_of(["x" * 17, None], "👍" * 10),
                "escaped": values_of(["x" * 17], "\x9b" * 5),
                "bidi": values_of(["x" * 17], "\u202e" * 4),
                "delta": values_of([0.1, -0.5, 0.0, None], 10.0),
                "neg": values_of([9.0, 9.5], -1.0),
                "count": values_of([1, 22, 333], 4444),
                "size": values_of([2_000_000_000, 5], 999_900),
                "nothing": values_of([None]),
            },
            schema_overrides={"nothing": pl.Float64},
        )
        kinds: dict[str, Kind] = {
            "delta": "delta",
            "neg": "score",
            "count": "count",
            "size": "bytes",
            "nothing": "score",
        }
        columns = [Column(name, kinds.get(name, "text"), 1) for name in frame.columns]
        grid = ReportGrid(report(frame, *columns))
        rows = grid.rows(0, count)
        for place, column in enumerate(grid.columns):
            assert column.width == max(
                widest(row[place].text for row in rows), min(9, len(column.key))
            ), column.key

    def test_the_foot_is_measured_too(self) -> None:
        frame = pl.DataFrame({"c": ["a"]})
        foot = pl.DataFrame({"c": ["mean over common 123"]})
        grid = ReportGrid(report(frame, Column("c"), foot=foot))
        assert grid.columns[0].width == 20
        assert grid.foot == [[Cell("mean over common 123")]]


class TestText:
    NAMES = (
        "國小數學",
        "abstract_algebra",
        "한국사 (고급)",
        "ελληνικά",
        "naïve",
        "👍🏽 emoji",
        "\x1b[2J",
    )

    def table(self) -> Report:
        values = [0.1 * place for place in range(len(self.NAMES))]
        frame = pl.DataFrame({"category": self.NAMES, "模型 @ 1": values, "m @ 2": values[::-1]})
        foot = pl.DataFrame({"category": ["mean over 7"], "模型 @ 1": [0.3], "m @ 2": [None]})
        columns = (Column("category"), Column("模型 @ 1", "score", 1), Column("m @ 2", "score", 1))
        return report(
            frame,
            *columns,
            foot=foot,
            notes=("A note.", "\x1b]0;x\x07"),
        )

    def test_every_line_of_the_table_is_equally_wide(self) -> None:
        title, blank, *table, gap, note, attack = plain_table(self.table()).splitlines()
        assert (title, blank, gap, note, attack) == ("A title", "", "", "A note.", "␛]0;x␇")
        assert len(table) == 2 + len(self.NAMES) + 2
        assert len(set(map(cell_len, table))) == 1

    def test_numbers_end_in_the_same_cell(self) -> None:
        lines = plain_table(self.table()).splitlines()[4 : 4 + len(self.NAMES)]
        for place in (-1, -2):
            ends = {
                cell_len(line[: list(re.finditer(r"\S+", line))[place].end()]) for line in lines
            }
            assert len(ends) == 1

    def test_an_empty_report_says_why(self) -> None:
        text = plain_table(Report("r", "T", pl.DataFrame(), (), empty="Nothing \x1b here."))
        assert text == "T\n\nNothing ␛ here.\n"

    def test_an_empty_page_keeps_heading_and_foot(self) -> None:
        whole = self.table()
        empty = replace(whole.page(20, 1), notes=(), empty="None left.")
        lines = plain_table(empty).splitlines()
        assert lines[2] == "None left."
        assert "m @ 2" in lines[4]
        assert lines[-1].split() == ["mean", "over", "7", "0.300", MISSING]

    @given(st.lists(st.tuples(ANYTHING, st.none() | st.floats(-1, 1)), min_size=1, max_size=8))
    def test_whatever_is_in_it_lines_are_as_many_as_rows(
        self, rows: list[tuple[str, float | None]]
    ) -> None:
        names = [name.encode("utf-8", "replace").decode() for name, _ in rows]
        frame = pl.DataFrame(
            {"c": names, "v": [value for _, value in rows]},
            schema={"c": pl.String, "v": pl.Float64},
        )
        text = plain_table(report(frame, Column("c"), Column("v", "score", 1)))
        lines = text.split("\n")
        assert len(lines) == len(rows) + 5
        assert not [char for char in text.replace("\n", "") if is_obeyed(char)]
        assert len({cell_len(line) for line in lines[2:-1]}) == 1


class TestBars:
    FRAME = pl.DataFrame({"category": ["a", "\x1b"], "r1": [0.5, None], "r2": [0.25, 1.0]})

    def test_groups_series_and_texts(self) -> None:
        scores = (Column(run, "score", 1, run=f"key {run}") for run in ("r1", "r2"))
        whole = report(self.FRAME, Column("category"), *scores)
        labels = {"key r1": "one\x07", "key r2": "two"}
        bars = grouped_bars(whole, labels, {"key r1": "b", "key r2": "a"})
        assert [series.letter for series in bars.series] == ["b", "a"]
        assert bars.groups == ("a", "␛")
        assert [series.label for series in bars.series] == ["one␇", "two"]
        assert [series.values for series in bars.series] == [(0.5, None), (0.25, 1.0)]
        assert bars.texts == (("0.500", MISSING), ("0.250", "1.000"))
        assert (bars.low, bars.high, bars.diverging) == (0.0, 1.0, False)

    def test_differences_go_both_ways_from_zero(self) -> None:
        columns = (Column("category"), Column("r1", "delta", 1), Column("r2", "delta", 1))
        whole = report(self.FRAME, *columns, extent=(-1.0, 1.0))
        bars = delta_bars(whole, "t\x1b", "category", "r2", self.FRAME)
        assert bars.groups == ("a", "␛")
        assert bars.series == (Series("t␛", (0.25, 1.0)),)
        assert bars.texts == (("+0.250", "+1.000"),)
        assert (bars.low, bars.high, bars.diverging) == (-1.0, 1.0, True)
