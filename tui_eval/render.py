"""What a report looks like: number formats, safe text, cells, tables as text; no terminal here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from rich.cells import cell_len, set_cell_size

from tui_eval.analysis.view import TOLERANCE

if TYPE_CHECKING:  # a table can be drawn before Polars is imported
    import polars as pl

    from tui_eval.analysis.report import Column, Level, Report

Align = Literal["left", "right"]
Tone = Literal["", "dim", "strong", "gain", "loss", "hit", "mark", "warn"]

MISSING = "—"

JOINER = "\u200d"  # at the end of a text it would swallow the blank that comes after it


class Cell(NamedTuple):
    """One cell as it is drawn: safe text, and the tone that a style sheet gives a colour."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a drawn table.

    Attributes:
        key: Name of the column in the report's frame.
        heading: Safe text; drawn over several lines where the column is narrow.
        align: Side on which the cells stand.
        width: Terminal cells that the widest value takes, the heading not counted.
    """

    key: str
    heading: str
    align: Align
    width: int


class Grid(Protocol):
    """What a table widget draws, in rows that are made when they are looked at."""

    @property
    def columns(self) -> Sequence[GridColumn]:
        """The columns, in order."""

    @property
    def row_count(self) -> int:
        """Rows, the foot not counted."""

    @property
    def foot(self) -> Sequence[Sequence[Cell]]:
        """Rows that stay at the bottom, whatever is scrolled: means and totals."""

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out), one sequence a row."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a run's values, one a group; None where it has none."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of horizontal bars.

    Attributes:
        groups: Safe labels of the groups (categories), top to bottom.
        series: One a run; every one has a value or None for each group.
        low: Left end of the axis.
        high: Right end of the axis.
        texts: The values as written beside the bars, ``texts[series][group]``.
        diverging: Bars go left and right from zero: gain and loss.
        lower_is_better: Of bars around zero those to the left are the gains.
    """

    groups: tuple[str, ...]
    series: tuple[Series, ...]
    low: float
    high: float
    texts: tuple[tuple[str, ...], ...]
    diverging: bool = False
    lower_is_better: bool = False


_BIDI_AND_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff"
)
UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI_AND_INVISIBLE}]")
"""Characters that a terminal obeys, or that make text look other than it is."""

MARKS = 8
"""Characters without a width of their own that may follow each other; a syllable needs fewer."""

_TONES = "\U0001f3fb-\U0001f3ff"
_EMOJI = (
    f"[\u203c\u2049\u2122-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][{_TONES}\ufe0f]?"
)
_JOINED = (
    f"{_EMOJI}(?:{JOINER}{_EMOJI}){{1,3}}"  # a family of four
    "|(?<=[\u0600-\u0dff])\u200c(?=[\u0600-\u0dff])(?=\\w)"  # letters that must not join
)
_MAYBE_MARK = (  # all marks, and some other signs: no letters, punctuation, arrows, emoji
    r"(?:[^\w\s\x00-\u02ff\u200c\u200d\u2010-\u205e\u2100-\u2bff\u3001-\u3029\u3030-\u303f"
    r"\uff01-\uff65\U0001f000-\U0001f3fa\U0001f400-\U0001faff]|[\u1161-\u11ff\ud7b0-\ud7fb])"
)
_STACKED = re.compile(f"(?P<joined>{_JOINED})|[\u200c\u200d]|{_MAYBE_MARK}{{{MARKS + 1},}}")


def safe_text(text: str, keep: str = "") -> str:
    """Foreign text as it may reach a terminal: every control character made visible.

    C0 controls become their pictures (``␛``), line ends ``⏎``, tabs a space; C1 controls,
    bidirectional overrides, invisible characters and half surrogates their escapes. So do joiners
    that join nothing, and marks that are piled up on one character: no two terminals agree how
    many cells they take.

    Args:
        text: Anything that was read from a file.
        keep: Control characters that stay: line ends where several lines are wanted.
    """
    if text.isascii() and text.isprintable():
        return text
    text = UNSAFE.sub(lambda match: match[0] if match[0] in keep else _visible(match[0]), text)
    return text if text.isascii() else _STACKED.sub(_unstacked, text)


def _unstacked(match: re.Match[str]) -> str:
    """Joiners that join, and the first marks on a character; the others visible."""
    if match["joined"]:
        return match[0]
    if match[0] in "\u200c\u200d":
        return _visible(match[0])
    shown = []
    marks = 0
    for character in match[0]:
        marks = 0 if cell_len(character) else marks + 1
        shown.append(_visible(character) if marks > MARKS else character)
    return "".join(shown)


def _visible(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "⏎"
    if character == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def cut(text: str, width: int) -> str:
    """Text of at most ``width`` terminal cells, ``…`` at the end where something is missing."""
    text = text.rstrip(JOINER)
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return set_cell_size(text, width - 1).rstrip(" " + JOINER) + "…"


def fit(text: str, width: int, align: Align = "left") -> str:
    """Text cut and filled to exactly ``width`` terminal cells."""
    text = cut(text, width)
    blank = " " * (width - cell_len(text))
    return blank + text if align == "right" else text + blank


def widest(texts: Iterable[str]) -> int:
    """Terminal cells of the widest of some texts; 1 where there is none."""
    return max(map(cell_len, texts), default=1)


def size_text(size: int) -> str:
    """Bytes as people read them: 812 B, 27.4 kB, 1.2 GB."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def number_text(value: object, column: Column) -> str:
    """A number of a report as people read it: 78.4 on 0-100, 0.784 on 0-1, signed differences."""
    if value is None or (isinstance(value, float) and value != value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return safe_text(str(value))
    if column.kind == "bytes":
        return size_text(int(value))
    if column.kind == "number":
        return f"{value!s:.17}"
    if column.kind == "count" or column.scale == 0:
        text = _plain_number(value + 0.0)  # no negative zero
        return f"+{text}" if column.kind == "delta" and value > 0 else text
    if abs(value) >= 1e6:  # no score is, but files may say so
        return f"{value:.4g}"
    digits = 1 if column.scale == 100 else 3
    rounded = round(value, digits) + 0.0  # no negative zero
    return (
        f"{rounded:+.{digits}f}" if column.kind == "delta" and rounded else f"{rounded:.{digits}f}"
    )


def _plain_number(value: float) -> str:
    """A number without a scale: whole, or with four digits."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def delta_tone(value: object, column: Column) -> Tone:
    """Gain or loss by the metric's direction; neither within the tolerance for ties."""
    if not isinstance(value, int | float) or abs(value) <= TOLERANCE * max(column.scale, 1):
        return ""
    better = value > 0 if column.higher_is_better is not False else value < 0
    return "gain" if better else "loss"


class ReportGrid:
    """A report as a `Grid`: formats the rows that are looked at.

    Args:
        report: What to draw.
        headings: Headings other than the columns' names, by name.
        shorter: What is shown instead of some texts: labels that are clear without their end.
        widths: Terminal cells of columns, by name, where they are known: to measure very many rows
            takes a while.
        shows_stderr: Whether standard errors stand beside the numbers, where there are some.
    """

    def __init__(
        self,
        report: Report,
        headings: Mapping[str, str] | None = None,
        shorter: Mapping[str, str] | None = None,
        widths: Mapping[str, int] | None = None,
        *,
        shows_stderr: bool = True,
    ) -> None:
        self._report = report = report.drawn
        self._shorter = shorter or {}
        headings = headings or {}
        errors = report.stderr if shows_stderr else None
        self._errors = errors
        self._spread = set() if errors is None else set(errors.columns)
        widths = widths or {}
        first = _lines(report.frame.head(0 if widths else _MEASURED), errors)
        self._first = [self._cells(*line) for line in first]
        for row, level in zip(self._first, report.groups, strict=False):
            row[0] = row[0]._replace(text=_MARKS[level] + row[0].text)
        foot = [] if report.foot is None else _lines(report.foot, report.foot_stderr)
        self.foot = [self._cells(*line) for line in foot]
        """The report's means and totals."""
        measured = self._first
        if self.row_count > _MEASURED and not widths:
            measured = [self._cells(row, {}) for row in _widest_rows(report).iter_rows()]
        cells = [*measured, *self.foot]
        self.columns = tuple(
            GridColumn(
                key=column.name,
                heading=safe_text(headings.get(column.name, column.name)),
                align="left" if column.kind == "text" else "right",
                width=widths.get(column.name)
                or widest([*(row[place].text for row in cells), *self._least(column)]),
            )
            for place, column in enumerate(report.columns)
        )

    @property
    def row_count(self) -> int:
        """Rows of the report's frame."""
        return self._report.frame.height

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of rows ``start`` to ``stop`` (left out)."""
        if stop <= len(self._first) or self.row_count == len(self._first):
            return self._first[start:stop]
        count = max(stop - start, 0)
        errors = None if self._errors is None else self._errors.slice(start, count)
        lines = _lines(self._report.frame.slice(start, count), errors)
        return [self._cells(*line) for line in lines]

    def _least(self, column: Column) -> list[str]:
        """Texts for which a column has room, whatever was measured."""
        is_size = column.kind == "bytes" and self.row_count > _MEASURED
        return [_piece(column.name), *([_WIDEST_SIZE] if is_size else [])]

    def _cells(self, row: Sequence[object], errors: Mapping[str, object]) -> list[Cell]:
        return [
            Cell(self._text(value, column, errors), _tone(value, column))
            for value, column in zip(row, self._report.columns, strict=True)
        ]

    def _text(self, value: object, column: Column, errors: Mapping[str, object]) -> str:
        if isinstance(value, str):
            value = self._shorter.get(value, value)
        text = number_text(value, column)
        if column.name not in self._spread:
            return text
        error = errors.get(column.name)
        width = len(number_text(0.0, column)) + 2
        return text + (" " * width if error is None else f" ±{number_text(error, column)}")


_MARKS: dict[Level, str] = {"open": "▾ ", "closed": "▸ ", "inner": "  ", "outer": ""}


def _lines(
    frame: pl.DataFrame, errors: pl.DataFrame | None
) -> Iterator[tuple[Sequence[object], Mapping[str, object]]]:
    """Rows and their standard errors by column."""
    if errors is None:
        return ((row, {}) for row in frame.iter_rows())
    return zip(frame.iter_rows(), errors.iter_rows(named=True), strict=False)


_TELLING = ("state", "status", "flip")
_WORDS: dict[str, Tone] = {
    "refused": "warn",
    **dict.fromkeys(("error", "empty", "truncated", "unparsed", "no reference"), "warn"),
    "fixed": "gain",
    "broken": "loss",
}


def _tone(value: object, column: Column) -> Tone:
    if value is None:
        return "dim"
    if column.kind == "text":
        return _WORDS.get(str(value), "") if column.name.endswith(_TELLING) else ""
    return delta_tone(value, column) if column.kind == "delta" else ""


def _piece(heading: str) -> str:
    """The longest part of a heading that is better not broken."""
    return max(re.split(r"[\s@/_.-]", safe_text(heading)), key=len)[:9]


_MEASURED = 500  # rows up to which every cell is measured
_WIDEST_SIZE = "999.9 kB"  # the largest size need not be the widest text
_ESCAPED = r"[\x{80}-\x{9f}\p{Cf}]"
_WIDE = (
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60"
    "\U0001f000-\U0003ffff]"
)


def _widest_rows(report: Report) -> pl.DataFrame:
    """All rows, or of many those with the widest texts and the largest numbers of each column."""
    import polars as pl

    frame = report.frame
    if frame.height <= _MEASURED:
        return frame
    texts = [_cells_about(frame[name]) for name, kind in frame.schema.items() if kind == pl.String]
    numbers = [pl.col(name) for name, kind in frame.schema.items() if kind.is_numeric()]
    sizes = [*texts, *numbers, *(-number for number in numbers)]
    return pl.concat([frame.top_k(20, by=size) for size in sizes])


def _cells_about(texts: pl.Series) -> pl.Expr:
    """About how many terminal cells texts take when they are safe."""
    import polars as pl

    text = pl.col(texts.name)
    if (texts.str.len_bytes() == texts.str.len_chars()).all():
        return text.str.len_bytes()
    escapes = text.str.count_matches(_ESCAPED) * 5
    return text.str.len_chars() + text.str.count_matches(_WIDE) + escapes


def grouped_bars(report: Report, runs: Sequence[str], labels: Sequence[str]) -> Bars:
    """Bars of a report whose rows are groups.

    Args:
        report: The rows.
        runs: Columns that are drawn.
        labels: What they are called in the legend.
    """
    drawn = set(runs)
    columns = [column for column in report.columns if column.name in drawn]
    values = [tuple(report.frame[column.name].to_list()) for column in columns]
    low, high = report.extent
    return Bars(
        groups=tuple(map(safe_text, report.frame[report.columns[0].name].to_list())),
        series=tuple(
            Series(safe_text(label), value) for label, value in zip(labels, values, strict=True)
        ),
        low=low,
        high=high,
        texts=tuple(
            tuple(number_text(value, column) for value in of)
            for of, column in zip(values, columns, strict=True)
        ),
    )


def delta_bars(report: Report, title: str, groups: str, deltas: str, rows: pl.DataFrame) -> Bars:
    """Bars around zero.

    Args:
        report: Where the columns and the axis come from.
        title: What is compared.
        groups: Column with the labels of the bars.
        deltas: Column with the differences.
        rows: The rows of the report's frame that are drawn.
    """
    column = next(column for column in report.columns if column.name == deltas)
    values = tuple(rows[deltas].to_list())
    low, high = report.extent
    return Bars(
        groups=tuple(map(safe_text, rows[groups].to_list())),
        series=(Series(safe_text(title), values),),
        low=low,
        high=high,
        texts=(tuple(number_text(value, column) for value in values),),
        diverging=True,
        lower_is_better=column.higher_is_better is False,
    )


def as_text(report: Report) -> str:
    """A report as lines of aligned text, with title, foot and notes: what a command prints."""
    lines = [safe_text(report.title)]
    if report.frame.is_empty():
        lines += ["", safe_text(report.empty)]
    if report.columns and (report.frame.height or report.foot is not None):
        lines += ["", *_table_lines(ReportGrid(report))]
    lines += [""] * bool(report.notes) + [safe_text(note) for note in report.notes]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _table_lines(grid: ReportGrid) -> list[str]:
    widths = [max(column.width, cell_len(column.heading)) for column in grid.columns]
    heading = [Cell(column.heading) for column in grid.columns]
    rule = [Cell("─" * width) for width in widths]
    foot = [rule, *grid.foot] if grid.foot else []
    rows = [heading, rule, *grid.rows(0, grid.row_count), *foot]
    return ["  ".join(_aligned(row, grid.columns, widths)) for row in rows]


def _aligned(
    row: Sequence[Cell], columns: Sequence[GridColumn], widths: Sequence[int]
) -> list[str]:
    padded = []
    for cell, column, width in zip(row, columns, widths, strict=True):
        space = " " * (width - cell_len(cell.text))
        padded.append(cell.text + space if column.align == "left" else space + cell.text)
    return padded
