"""Which runs of a leaderboard were not asked or scored like the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import polars as pl

from tui_eval.analysis.asked import asked_by
from tui_eval.analysis.guard import ASIDE, MARK, differences, differing, is_marked, setting_words
from tui_eval.analysis.leaderboard import KEY, RANK, free_name
from tui_eval.analysis.notes import Names, Note, listed
from tui_eval.analysis.report import Column, Report
from tui_eval.analysis.selection import Selection
from tui_eval.tables import Tables

_HARNESS = "harness"

_OF_CATEGORIES = frozenset({"question_set", "limit"})
"""Settings that differ where categories are missing, and nothing else does."""


def with_differences(
    report: Report, selection: Selection, samples: pl.DataFrame | None = None
) -> Report:
    """A leaderboard of a dataset with the sign ``≠`` after means that are not like the best one's.

    Where runs are ranked by the categories that all have, and one differs from the best only in
    that it lacks others, the sign stands after its mean over its own and that over questions.

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
    lacking = _only_lacking(report, selection, runs[0], unlike, samples)
    is_all = len(unlike) - len(lacking) == len(runs) - 1 > 1
    notes = (_note(selection.tables, unlike, is_all=is_all), *report.notes)
    if is_all:
        return replace(report, notes=notes)
    ranking = next(column for column in report.columns if column.kind in ("score", "count"))
    others = [column for column in report.columns if column.part in ("own", "questions")]
    report = _with_signs(report, ranking, set(unlike) - lacking)
    for column in others if lacking else ():
        report = _with_signs(report, column, lacking)
    return replace(report, notes=notes)


def _only_lacking(
    report: Report,
    selection: Selection,
    best: str,
    unlike: Mapping[str, tuple[str, ...]],
    samples: pl.DataFrame | None,
) -> set[str]:
    """Runs that were asked and scored like the best in the categories by which runs are ranked."""
    ranking = next(column for column in report.columns if column.kind in ("score", "count"))
    some = [run for run, names in unlike.items() if set(names) <= _OF_CATEGORIES]
    dataset, metric = selection.dataset, selection.metric
    if ranking.part != "common" or not some or dataset is None or metric is None:
        return set()
    common = _common(selection)
    tables, asked = _only(selection.tables, dataset, common), asked_by(samples, dataset)
    found = set()
    for run in some:
        pair = [asked[one].questions if one in asked else {} for one in (best, run)]
        seen = {one for one in common if all(one in questions for questions in pair)}
        if any(pair[0][one] != pair[1][one] for one in seen):
            continue
        names = set(differing(differences(tables, dataset, metric[:2], best, run)))
        if seen == common or not names & _OF_CATEGORIES:
            found.add(run)
    return found


def _common(selection: Selection) -> frozenset[str]:
    """The categories in which all runs have a score."""
    rows = selection.rows.filter(
        pl.col("category").is_not_null(), pl.col("repeat").is_null(), pl.col("value").is_not_null()
    )
    runs = rows.group_by("category").agg(pl.col("run").n_unique())
    return frozenset(runs.filter(pl.col("run") == rows["run"].n_unique())["category"])


_ONLY: WeakKeyDictionary[Tables, dict[tuple[str, frozenset[str]], Tables]] = WeakKeyDictionary()


def _only(tables: Tables, dataset: str, categories: frozenset[str]) -> Tables:
    """The tables without the other categories of a dataset, made once."""
    found = _ONLY.setdefault(tables, {})
    if (dataset, categories) not in found:
        is_kept = pl.col("category").is_null() | pl.col("category").is_in(list(categories))
        scores = tables.scores.filter(is_kept, dataset=dataset)
        found[dataset, categories] = Tables(tables.runs, scores, tables.settings)
    return found[dataset, categories]


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


def _with_signs(report: Report, signed: Column, runs: set[str]) -> Report:
    """The report with the sign after the numbers of some runs in a column."""
    name = signed.mark or free_name(f"{signed.name} mark", set(report.frame.columns))
    before = pl.col(name) if signed.mark else pl.lit("")
    sign = pl.when(pl.col(KEY).is_in(list(runs))).then(pl.lit(MARK)).otherwise(pl.lit(""))
    columns = (
        replace(column, mark=name) if column.name == signed.name else column
        for column in report.columns
    )
    frame = report.frame.with_columns((before + sign).alias(name))
    return replace(report, frame=frame, columns=tuple(columns))
