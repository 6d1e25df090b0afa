"""Reports as CSV, Markdown and JSON, and as files that never replace others unasked."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.tables import Values, make_report, tables_of
from tests.build.twinkle import document, item
from tests.build.twinkle import write as write_json
from tests.obeyed import is_obeyed
from tui_eval.analysis import delta, scores
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.selection import select
from tui_eval.analysis.view import COVERAGE, View
from tui_eval.loading.collection import load
from tui_eval.render.export import (
    FORMATS,
    WRITERS,
    as_csv,
    as_json,
    as_markdown,
    as_parquet,
    file_name,
    write,
)
from tui_eval.tables import Tables

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0")
TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)


def report(frame: pl.DataFrame, *columns: Column, **more: Any) -> Report:
    return replace(make_report(frame, *columns, **more), title="T")


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A baseline and two candidates; one category better, one worse, one missing."""
    accuracies = {"base": (0.5, 0.5, 0.5), "new": (0.75, 0.25, 0.5), "other": (1 / 3, 0.5)}
    for model, values in accuracies.items():
        items = [
            item(f"datasets/d/{name}.csv", value)
            for name, value in zip("abc", values, strict=False)
        ]
        write_json(tmp_path / f"{model}.json", document(items, name=model))
    return load([tmp_path]).tables()


class TestColumns:
    """The columns of eval-analyzer, in its order and with its names."""

    def view(self, tables: Tables) -> View:
        return View(dataset="d", baseline=tables.run_shown_as("base @ 20260101_0000"))

    def test_scores(self, tables: Tables) -> None:
        rows = parsed(as_csv(scores.score_report(select(tables, View(dataset="d", sort="name")))))
        labels = [f"{model} @ 20260101_0000" for model in ("base", "new", "other")]
        assert rows[0] == ["category", *labels]
        assert rows[1] == ["a", "0.5", "0.75", "0.3333333333333333"]
        assert rows[3] == ["c", "0.5", "0.5", ""]
        assert len(rows) == 4  # the means below are no data

    def test_differences(self, tables: Tables) -> None:
        rows = parsed(as_csv(delta.delta_report(select(tables, self.view(tables)))))
        assert rows[0] == ["category", "candidate", "baseline_score", "candidate_score", "delta"]
        assert rows[1] == ["a", "new @ 20260101_0000", "0.5", "0.75", "0.25"]

    def test_overview_of_candidates(self, tables: Tables) -> None:
        whole = delta.overview_report(select(tables, self.view(tables)))
        rows = parsed(as_csv(whole))
        assert rows[0] == ["Candidate", "Mean Δ", "Median Δ", "Win", "Lose", "Tie", COVERAGE]
        assert rows[1] == ["new @ 20260101_0000", "0.0", "0.0", "1", "1", "1", "3/3"]
        assert rows[2][-1] == "2/3"
        assert COVERAGE == "Coverage (交集/總類別)"
        assert {column.name for column in whole.columns} > set(rows[0])  # more is shown
        named = json.loads(as_json(whole))
        assert [(row["shared"], row["categories"]) for row in named] == [(3, 3), (2, 3)]
        frame = pl.read_parquet(io.BytesIO(as_parquet(whole)))
        for names in (named[0], frame.columns, as_markdown(whole).split("\n")[0].split(" | ")):
            assert COVERAGE not in names
            assert "shared" in names

    @pytest.mark.parametrize(("direction", "category"), [("top", "a"), ("bottom", "b")])
    def test_most_improved_and_declined(
        self, tables: Tables, direction: delta.Direction, category: str
    ) -> None:
        whole = delta.movers_report(
            select(tables, self.view(tables)), tables.run_shown_as("new @ 20260101_0000"), direction
        )
        rows = parsed(as_csv(whole))
        assert rows[0] == ["category", "baseline_score", "candidate_score", "delta"]
        assert [row[0] for row in rows[1:]] == [category]

    def test_file_names_tell_what_is_compared(self, tables: Tables) -> None:
        new = tables.run_shown_as("new @ 20260101_0000")
        names = [
            file_name(made, "csv")
            for made in (
                scores.score_report(select(tables, View(dataset="d"))).page(20, 0),
                delta.delta_report(select(tables, self.view(tables))),
                delta.overview_report(select(tables, self.view(tables))),
                delta.movers_report(select(tables, self.view(tables)), new, "top"),
                delta.movers_report(select(tables, self.view(tables)), new, "bottom"),
            )
        ]
        against = "vs_base_20260101_0000.csv"
        assert names == [
            "twinkle_d_1_3.csv",
            f"delta_d_ALL_{against}",
            f"delta_overview_d_{against}",
            f"delta_top_d_new_20260101_0000_{against}",
            f"delta_bottom_d_new_20260101_0000_{against}",
        ]


class TestCsv:
    def test_formulas_are_texts_in_cells_and_headings_only(self) -> None:
        frame = pl.DataFrame({"=name": FORMULAS, "@v": [-1.5, -2.0, 1.0, None, 0.0]})
        rows = parsed(as_csv(report(frame, Column("=name"), Column("@v", "score"))))
        assert rows[0] == ["'=name", "'@v"]
        assert [row[0] for row in rows[1:]] == [f"'{text}" for text in FORMULAS]
        assert [row[1] for row in rows[1:]] == ["-1.5", "-2.0", "1.0", "", "0.0"]

    @pytest.mark.parametrize(
        ("text", "cell"),
        [
            *((f"{sign}1+1", f"'{sign}1+1") for sign in "＝＋－＠"),
            ("a;=1+1", "a;'=1+1"),
            ("a;b;＝1;-2", "a;b;'＝1;'-2"),
            ('a;"=1+1";""@x', 'a;"\'=1+1";""\'@x'),
            ("=1;=2", "'=1;'=2"),
            ("a\n=1+1\n- b", "a\n'=1+1\n'- b"),
            (";=1", ";'=1"),
            ("\t=1", " =1"),
            ("a\t=1\r+2", "a =1␍+2"),
        ],
    )
    def test_what_other_cells_are_made_of_is_guarded_too(self, text: str, cell: str) -> None:
        made = report(pl.DataFrame({text: [text], "v": [-1.0]}), Column(text), Column("v", "score"))
        assert parsed(as_csv(made)) == [[cell, "v"], [cell, "-1.0"]]

    @given(st.text(alphabet='=+-@＝＋－＠;"\n\t,a', max_size=12))
    def test_no_spreadsheet_finds_a_formula_whatever_it_splits_on(self, text: str) -> None:
        [[_], [cell]] = parsed(as_csv(report(pl.DataFrame({"t": [text]}), Column("t"))))
        parts = [part.lstrip('"') for part in re.split(r"[;\n]", cell)]
        assert not [part for part in parts if part.startswith(tuple("=+-@＝＋－＠"))]

    @pytest.mark.parametrize("text", ["a=1", "1-2", " =1", "模型", "'=1", "_x", "a; b", "a,=1"])
    def test_other_texts_stay(self, text: str) -> None:
        assert parsed(as_csv(report(pl.DataFrame({"t": [text]}), Column("t"))))[1] == [text]

    def test_headings_that_look_alike_are_both_there(self) -> None:
        frame = pl.DataFrame({"c": ["a"], "m\x1b": [1.0], "m␛": [2.0]})
        rows = parsed(as_csv(report(frame, *map(Column, frame.columns))))
        assert rows == [["c", "m␛", "m␛"], ["a", "1.0", "2.0"]]

    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
    def test_every_float_comes_back(self, values: list[float]) -> None:
        text = as_csv(report(pl.DataFrame({"v": values}), Column("v", "score")))
        assert [float(row[0]) for row in parsed(text)[1:]] == values

    @given(st.lists(TEXT, min_size=1, max_size=5))
    def test_every_text_is_one_cell_that_nothing_obeys(self, values: list[str]) -> None:
        frame = pl.DataFrame({"t": values, "v": [0.5] * len(values)})
        text = as_csv(report(frame, Column("t"), Column("v", "score")))
        rows = parsed(text)
        assert [len(row) for row in rows] == [2] * (len(values) + 1)
        assert not [char for char in text if char != "\n" and is_obeyed(char)]
        assert not [row[0] for row in rows if row[0][:1] in ("=", "+", "-", "@")]

    def test_commas_quotes_and_lines_come_back(self) -> None:
        frame = pl.DataFrame({'a,"b"': ['x,"y"\nz']})
        assert parsed(as_csv(report(frame, Column('a,"b"')))) == [['a,"b"'], ['x,"y"\nz']]

    def test_missing_is_empty_never_zero(self) -> None:
        frame = pl.DataFrame(
            {"t": [None, "a"], "v": [None, 0.0]}, schema_overrides={"t": pl.String}
        )
        assert as_csv(report(frame, Column("t"), Column("v", "score"))) == "t,v\n,\na,0.0\n"

    def test_without_rows_the_headings_are_there(self) -> None:
        frame = pl.DataFrame(schema={"t": pl.String, "v": pl.Float64})
        assert as_csv(report(frame, Column("t"), Column("v", "score"))) == "t,v\n"

    def test_without_columns_there_is_nothing(self) -> None:
        assert as_csv(report(pl.DataFrame())) == ""

    def test_what_is_aside_stays_aside(self) -> None:
        frame = pl.DataFrame({"t": ["a"], "n": [3]})
        made = report(frame, Column("t"), Column("n", "count", aside=True))
        assert as_csv(made) == "t\na\n"
        assert json.loads(as_json(made)) == [{"t": "a", "n": 3}]


class TestMarkdown:
    def test_numbers_as_shown_with_the_foot(self) -> None:
        made = report(
            pl.DataFrame({"category": ["a"], "m": [0.78391]}),
            Column("category"),
            Column("m", "score", 1),
            foot=pl.DataFrame({"category": ["mean over 1"], "m": [None]}),
        )
        assert as_markdown(made) == (
            "| category | m |\n| --- | ---: |\n| a | 0.784 |\n| mean over 1 | — |\n"
        )

    @pytest.mark.parametrize(
        ("text", "cell"),
        [
            ("a|b", "a\\|b"),
            ("a\nb", "a⏎b"),
            ("us_law_v2", "us_law_v2"),  # no emphasis within a word
            ("`x`", "\\`x\\`"),
            ("<script>", "\\<script\\>"),
            ("[a](http://x)", "\\[a\\](http://x)"),
            ("back\\slash|", "back\\\\slash\\|"),
            ("\x1b[2J", "␛\\[2J"),
        ],
    )
    def test_markup_in_data_is_text(self, text: str, cell: str) -> None:
        made = report(pl.DataFrame({text: [text]}), Column(text))
        assert as_markdown(made) == f"| {cell} |\n| --- |\n| {cell} |\n"

    @given(st.lists(TEXT, min_size=1, max_size=5))
    def test_every_row_has_the_same_cells(self, values: list[str]) -> None:
        frame = pl.DataFrame({"t": values, "v": [0.5] * len(values)})
        text = as_markdown(report(frame, Column("t"), Column("v", "score", 1)))
        bars = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in text.split("\n")[:-1]]
        assert bars == [3] * (len(values) + 2)

    def test_without_columns_there_is_nothing(self) -> None:
        assert as_markdown(report(pl.DataFrame())) == ""


class TestJson:
    @given(
        st.lists(
            st.tuples(TEXT, st.none() | st.floats(allow_nan=False, allow_infinity=False)),
            min_size=1,
        )
    )
    def test_everything_comes_back(self, rows: list[tuple[str, float | None]]) -> None:
        schema = {"a text": pl.String, "v": pl.Float64}
        made = report(
            pl.DataFrame(rows, schema=schema, orient="row"), Column("a text"), Column("v")
        )
        text = as_json(made)
        assert json.loads(text) == [{"a text": name, "v": value} for name, value in rows]
        assert not [char for char in text if char != "\n" and is_obeyed(char)]

    def test_keys_are_safe_too(self) -> None:
        text = as_json(report(pl.DataFrame({"\x1b\x9b\u202e": [1]}), Column("\x1b\x9b\u202e")))
        assert text == '[\n  {\n    "\\u001b\\u009b\\u202e": 1\n  }\n]\n'

    def test_joiners_are_escapes_and_come_back(self) -> None:
        text = "a\u200cb\u200d=👨\u200d👩"
        made = as_json(report(pl.DataFrame({text: [text]}), Column(text)))
        assert not {"\u200c", "\u200d"} & set(made)
        assert json.loads(made) == [{text: text}]

    def test_an_empty_table_is_an_empty_list(self) -> None:
        assert json.loads(as_json(report(pl.DataFrame({"a": []}), Column("a")))) == []


class TestFileName:
    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("twinkle_d_1_20", "twinkle_d_1_20"),
            ("delta_org/name\\x", "delta_org_name_x"),
            ("..", "report"),
            ("../../etc/passwd", "_.._etc_passwd"),
            (".hidden", "hidden"),
            ("", "report"),
            ("國小數學_模型", "國小數學_模型"),
            ("a\nb\x00\x1b\u202e", "a⏎b␀␛_u202e"),
            (
                "delta_d_ALL_vs_org/m-1.5b @ 2026-01-01T10:00:00 (sft)",
                "delta_d_ALL_vs_org_m-1.5b_2026-01-01T10_00_00_sft",
            ),
            ("d_m @ t (a/b) (#2)", "d_m_t_a_b_2"),
        ],
    )
    def test_stays_in_its_folder(self, name: str, file: str) -> None:
        assert file_name(report(pl.DataFrame(), name=name), "csv") == f"{file}.csv"

    @pytest.mark.parametrize(
        "names",
        [
            ("a b", "a_b", "a$b", "a;b", "a'b"),
            (f"{'x' * 400}1", f"{'x' * 400}2"),
            ("d_m @ t", "d_m @ t (a)", "d_m @ t (b)", "d_m @ u"),
        ],
    )
    def test_names_that_differ_have_files_that_differ(self, names: tuple[str, ...]) -> None:
        made = [file_name(report(pl.DataFrame(), name=name), "csv") for name in names]
        assert len(set(made)) == len(names)

    @given(TEXT)
    def test_a_shell_needs_no_quotes(self, name: str) -> None:
        made = file_name(report(pl.DataFrame(), name=name), "csv")
        assert not made.startswith("-")
        assert shlex.split(made, comments=True) == [made]
        assert not set(made) & set(" @()&;|<>$`\\\"'*?[]{}!#~")

    @given(TEXT | st.text(alphabet="./\\模👍a", min_size=1, max_size=400), st.sampled_from(FORMATS))
    def test_any_name_is_a_file_of_its_folder(self, name: str, form: Any) -> None:
        made = file_name(report(pl.DataFrame(), name=name), form)
        assert Path(made).name == made
        assert not made.startswith(".")
        assert made.endswith(f".{form}")
        assert len(made.encode()) <= 255
        assert not [char for char in made if is_obeyed(char)]

    @pytest.mark.parametrize("character", ["x", "模", "👍"])
    def test_the_longest_name_can_be_written_and_replaced(
        self, tmp_path: Path, character: str
    ) -> None:
        made = report(pl.DataFrame({"a": [1]}), Column("a"), name=character * 400)
        path = tmp_path / file_name(made, "json")
        write(made, "json", path)
        write(made, "json", path, overwrite=True)
        assert os.listdir(tmp_path) == [path.name]


class TestWrite:
    MADE = report(pl.DataFrame({"a": ["模型", "b"], "v": [0.1, None]}), Column("a"), Column("v"))

    @pytest.mark.parametrize("form", FORMATS)
    def test_the_file_holds_the_text(self, tmp_path: Path, form: Any) -> None:
        path = tmp_path / f"x.{form}"
        write(self.MADE, form, path)
        made = WRITERS[form](self.MADE)
        assert path.read_bytes() == (made if isinstance(made, bytes) else made.encode())
        assert os.listdir(path.parent) == [path.name]

    def test_no_folder_is_made(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            write(self.MADE, "csv", tmp_path / "new" / "x.csv")
        assert os.listdir(tmp_path) == []

    def test_a_file_is_never_replaced_unasked(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_text("mine")
        with pytest.raises(FileExistsError):
            write(self.MADE, "csv", path)
        assert path.read_text() == "mine"
        assert os.listdir(tmp_path) == ["x.csv"]

    def test_nor_is_what_a_link_that_leads_nowhere_points_to_made(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OSError, match="only a regular file can be replaced"):
            write(self.MADE, "csv", tmp_path / "x.csv")
        assert os.listdir(tmp_path) == ["x.csv"]

    def test_asked_it_is_replaced_at_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "x.csv"
        path.write_text("mine")
        seen: list[tuple[str, str]] = []
        replace = Path.replace

        def watched(fresh: Path, target: Path) -> Path:
            seen.append((fresh.read_text(encoding="utf-8"), target.read_text()))
            return replace(fresh, target)

        monkeypatch.setattr(Path, "replace", watched)
        write(self.MADE, "csv", path, overwrite=True)
        assert seen == [(as_csv(self.MADE), "mine")]  # whole beside the old one, then in its place
        assert path.read_text(encoding="utf-8") == as_csv(self.MADE)
        assert os.listdir(tmp_path) == ["x.csv"]

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_full_disk_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, overwrite: bool
    ) -> None:
        path = tmp_path / "x.csv"
        if overwrite:
            path.write_text("mine")

        class Full(io.FileIO):
            def write(self, data: Any) -> int:
                super().write(data[:3])
                raise OSError(errno.ENOSPC, "No space left on device")

        def opened(where: Path, mode: str) -> Full:
            return Full(where, mode)

        monkeypatch.setattr(Path, "open", opened)
        with pytest.raises(OSError, match="No space left"):
            write(self.MADE, "csv", path, overwrite=overwrite)
        monkeypatch.undo()
        assert os.listdir(tmp_path) == (["x.csv"] if overwrite else [])
        assert not overwrite or path.read_text() == "mine"

    def test_a_folder_in_its_place_stays_and_nothing_is_left_behind(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").mkdir()
        with pytest.raises(OSError, match=r"x\.csv"):
            write(self.MADE, "csv", tmp_path / "x.csv", overwrite=True)
        assert os.listdir(tmp_path) == ["x.csv"]

    def test_a_file_in_the_folders_place_is_an_os_error(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("mine")
        with pytest.raises(OSError, match="x"):
            write(self.MADE, "csv", tmp_path / "x" / "y.csv")


@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_only_a_regular_file_is_replaced(tmp_path: Path, kind: str) -> None:
    path, target = tmp_path / "out.csv", tmp_path / "target"
    target.write_text("old")
    os.mkfifo(path) if kind == "fifo" else path.symlink_to(target)
    with pytest.raises(OSError, match="regular file"):
        write(Report("r", "R", pl.DataFrame(), ()), "csv", path, overwrite=True)
    assert target.read_text() == "old"
    assert not path.is_file() or path.is_symlink()


def test_a_private_file_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.touch(0o600)
    write(Report("r", "R", pl.DataFrame(), ()), "csv", path, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o600


def test_columns_of_runs_are_sorted_as_other_programs_sort_them() -> None:
    values: Values = {"m-8b": {"a": 0.5}, "m-70b": {"a": 0.6}}
    report = scores.score_report(select(tables_of(values), View(dataset="d")))
    assert [column.name for column in report.columns][1:] == ["m-8b", "m-70b"]
    assert as_csv(report).splitlines() == ["category,m-70b,m-8b", "a,0.6,0.5"]
