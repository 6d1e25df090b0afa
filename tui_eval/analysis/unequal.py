"""Which runs of a leaderboard were not asked or scored like the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from tui_eval.analysis.guard import ASIDE, MARK, differences, differing, is_marked, setting_words
from tui_eval.analysis.leaderboard import KEY, RANK, free_name
from tui_eval.analysis.notes import Names, Note, listed
from tui_eval.analysis.report import Report
from tui_eval.analysis.selection import Selection
from tui_eval.tables import Tables

_HARNESS = "harness"


def with_differences(
    report: Report, selection: Selection, samples: pl.DataFrame | None = None
) -> Report:
    """A leaderboard of a dataset with the sign ``≠`` after means that are not like the best one's.

    A line of its notes says which settings these are. Where all other runs differ, the line says
    so, and no sign is needed.

    Args:
        report: `leaderboard_report`.
        selection: What it is of.
        samples: Answers, where they were read (schema `tables.SAMPLES`): what they show beats what
            configurations say.
    """
    if selection.dataset is None or RANK not in report.frame.columns:
        return report
    ranked = report.frame.filter(pl.col(RANK).is_not_null()).sort(RANK, maintain_order=True)
    runs = ranked[KEY].to_list()
    unlike = _unlike(selection, runs, samples)
    if not unlike:
        return report
    is_all = len(unlike) == len(runs) - 1 > 1
    notes = (_note(selection.tables, unlike, is_all=is_all), *report.notes)
    return replace(report if is_all else _with_signs(report, set(unlike)), notes=notes)


def _unlike(
    selection: Selection, runs: Sequence[str], samples: pl.DataFrame | None
) -> dict[str, tuple[str, ...]]:
    """The runs that differ from the first one in what matters, and in what."""
    dataset, metric = selection.dataset, selection.metric
    if dataset is None or metric is None:
        return {}
    found = {
        run: differences(selection.tables, dataset, metric[:2], runs[0], run, samples)
        for run in runs[1:]
    }
    return {run: _told(differing(some)) for run, some in found.items() if is_marked(some)}


def _told(names: Sequence[str]) -> tuple[str, ...]:
    """Settings that are said: that the harness is another one says it all."""
    if _HARNESS in names:
        return (_HARNESS,)
    return tuple(name for name in names if name not in ASIDE) or tuple(names)


def _note(tables: Tables, unlike: Mapping[str, tuple[str, ...]], *, is_all: bool) -> Note:
    by_names: dict[tuple[str, ...], list[str]] = {}
    for run, names in unlike.items():
        by_names.setdefault(names, []).append(run)
    ways = [
        Note(
            "{settings} ({runs})",
            settings=listed(map(setting_words, names), 3),
            runs=listed(tables.names(runs), 2),
        )
        for names, runs in by_names.items()
    ]
    message = "≠ not asked or scored like the best: {ways}."
    if is_all:
        message = "≠ no run was asked and scored like the best: {ways}."
    return Note(message, ways=Names(tuple(ways), 3, "; "))


def _with_signs(report: Report, runs: set[str]) -> Report:
    """The report with the sign after the first mean of some runs."""
    first = next(column for column in report.columns if column.kind in ("score", "count"))
    name = first.mark or free_name(f"{first.name} mark", set(report.frame.columns))
    before = pl.col(name) if first.mark else pl.lit("")
    sign = pl.when(pl.col(KEY).is_in(list(runs))).then(pl.lit(MARK)).otherwise(pl.lit(""))
    columns = (
        replace(column, mark=name) if column is first else column for column in report.columns
    )
    frame = report.frame.with_columns((before + sign).alias(name))
    return replace(report, frame=frame, columns=tuple(columns))
