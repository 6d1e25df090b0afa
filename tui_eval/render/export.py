"""Reports -> CSV, Markdown, JSON and Parquet, and files that never replace others unasked."""

from __future__ import annotations

import errno
import io
import json
import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Literal

import polars as pl

from tui_eval.analysis.report import Report
from tui_eval.analysis.view import Uncertainty
from tui_eval.render.grid import ReportGrid
from tui_eval.render.safe import UNSAFE, safe_text

Format = Literal["csv", "md", "json", "parquet"]

FORMATS: tuple[Format, ...] = ("csv", "md", "json", "parquet")

_FORMULA = re.compile(r"""((?:^|[;\n])"*)(?=[=+\-@＝＋－＠])""")
"""Where a spreadsheet reads a formula: where a cell begins, and where one begins that it makes of a
cell since ``;`` separates. Excel reads the full-width signs like the others."""

_ESCAPED = re.compile(f"{UNSAFE.pattern}|[\u200c\u200d]")

_OF_LABELS = re.compile(r" @ | \(#?|\)|[/\\:]")
"""What labels of runs, and names of models and datasets, usually have besides letters."""

_FOR_SHELLS = re.compile(r"""[\s\x00-\x20!"#$&'()*;<>?@\[\\\]^`{|}~]""")
"""What a shell needs quotes for, wherever it stands."""

_LONGEST_NAME = 200  # bytes; file systems allow 255, and a suffix is added


def as_csv(report: Report) -> str:
    """Rows of a report with full precision, comma separated, missing values empty.

    Text that a spreadsheet would run as a formula gets a ``'`` in front of it. Columns that are
    aside are left out, and those of runs sorted, unless intervals stand beside them: the columns
    are those of eval-analyzer.
    """
    names = [column.name for column in report.columns if not column.aside]
    if not names:
        return ""
    of_runs = {one.name for one in report.columns if one.run and one.kind in ("score", "count")}
    if not any(column.kind == "delta" or column.low in names for column in report.columns):
        runs = iter(sorted(of_runs))
        names = [next(runs) if name in of_runs else name for name in names]
    lists = pl.col(pl.List(pl.String)).list.join(", ")
    frame = report.data.select(names).with_columns(lists)
    guarded = frame.with_columns(
        pl.col(pl.String).map_elements(_guarded, return_dtype=pl.String, skip_nulls=True)
    )
    headings = pl.DataFrame([[_guarded(name) for name in names]], orient="row")
    return headings.write_csv(include_header=False) + guarded.write_csv(include_header=False)


def as_json(report: Report) -> str:
    """Rows of a report as a list of objects with the columns' names, full precision."""
    text = json.dumps(report.records.to_dicts(), ensure_ascii=False, indent=2)
    return _ESCAPED.sub(_json_escape, text) + "\n"


def as_markdown(report: Report, beside: Uncertainty = "stderr") -> str:
    """A report as a Markdown table with its foot, numbers as they are shown.

    ``beside``: what stands beside them, where it is known.
    """
    report = report.drawn
    if not report.columns:
        return ""
    grid = ReportGrid(report, beside=beside)
    rows = [*grid.rows(0, grid.row_count), *grid.foot]
    heads = [
        "95 % interval" if column.kind == "interval" else _markdown_cell(column.name)
        for column in report.columns
    ]
    rules = ["---" if column.kind == "text" else "---:" for column in report.columns]
    lines = [heads, rules, *([_markdown_cell(cell.text.strip()) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_parquet(report: Report) -> bytes:
    """Rows of a report as a Parquet file, text as it was read."""
    buffer = io.BytesIO()
    report.records.write_parquet(buffer)
    return buffer.getvalue()


WRITERS: dict[Format, Callable[[Report], str | bytes]] = {
    "csv": as_csv,
    "md": as_markdown,
    "json": as_json,
    "parquet": as_parquet,
}


def file_name(report: Report, form: Format) -> str:
    """The name of a report's file, such that a shell needs no quotes; long names are cut.

    Blanks, ``@`` and parentheses of labels become ``_``. Where more than that is replaced or cut,
    six digits of a hash keep names apart that differ in it.
    """
    named = _OF_LABELS.sub(_between, safe_text(report.name)).lstrip(".-") or "report"
    plain = _FOR_SHELLS.sub("_", named)
    stem = plain.encode()[:_LONGEST_NAME].decode(errors="ignore")
    if stem != named:
        stem += f"-{sha256(named.encode()).hexdigest()[:6]}"
    return f"{stem}.{form}"


def write(report: Report, form: Format, path: Path, *, overwrite: bool = False) -> None:
    """Write a report to a file, whole or not at all.

    Raises:
        FileExistsError: There is such a file, and ``overwrite`` is not set.
        OSError: It cannot be written there: no such folder, no room, not a regular file.
    """
    made = WRITERS[form](report)
    data = made if isinstance(made, bytes) else made.encode()
    if path.is_dir():
        raise OSError(errno.EISDIR, "this is a folder: give a file name in it", str(path))
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, "only a regular file can be replaced", str(path))
    fresh = path.with_name(f".tui-eval-{os.getpid()}.part") if overwrite else path
    file = fresh.open("xb")
    try:
        with file:
            file.write(data)
        if overwrite:
            fresh.chmod(path.stat().st_mode & 0o777)  # what was private stays private
            fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _guarded(text: str) -> str:
    """A text cell that no spreadsheet runs and no terminal obeys."""
    return _FORMULA.sub(r"\1'", safe_text(text, keep="\n"))


def _between(match: re.Match[str]) -> str:
    return "" if match[0] == ")" else "_"


def _json_escape(match: re.Match[str]) -> str:
    return match[0] if match[0] == "\n" else json.dumps(match[0])[1:-1]


def _markdown_cell(text: str) -> str:
    return re.sub(r"([\\|`*<>\[\]])", r"\\\1", safe_text(text))
