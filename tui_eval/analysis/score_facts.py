"""What is known of the score of one run on a dataset: interval, standard errors, questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from tui_eval.analysis.compare import Evidence
from tui_eval.analysis.notes import Count
from tui_eval.analysis.selection import Selection, is_whole
from tui_eval.analysis.spread import repeats_of, runs_again, score_text, spread_words
from tui_eval.records import STDERR

Row = Mapping[str, Any]
"""A row of `score_intervals.SCHEMA`."""

_WHYS = {
    "no question": "no question was scored",
    "one question": "there is one question",
    "few clusters": "too few groups of questions are independent",
    "all the same": "all scores are the same",
    "no stderr": "there are neither answers nor a standard error to trust",
    "few questions": "there are too few questions",
}


def score_facts(selection: Selection, evidence: Evidence, run: str) -> dict[str, str]:
    """Facts of the score of a run, by name; of its other means score and interval.

    Where runs lack categories, the mean by which they are ranked is one of these.

    Args:
        selection: Dataset, metric and scale.
        evidence: What is known of the scores.
        run: Its key.
    """
    metric, dataset = selection.metric, selection.dataset
    if metric is None or dataset is None or run not in selection.runs:
        return {}
    scale, names = metric.scale(selection.view), evidence.categories(run)
    of = f"{dataset}, {metric.title}"
    row = evidence.known(run, "own")
    facts = {}
    if row is not None:
        over = of if len(names) == 1 else f"mean over {len(names)} categories of {of}"
        facts["score"] = f"{_text(row['value'], selection)}, {over}"
        facts |= _certainty(selection, row, _told(selection, evidence, run))
    ranked = evidence.known(run, "common")
    common = set(names).intersection(*map(evidence.categories, selection.runs))
    if ranked is not None and len(common) < len(names):
        over = f"mean over the {Count(len(common), 'category')} that all runs have"
        facts["ranked by"] = (
            f"{_text(ranked['value'], selection)}{_ends(ranked, selection)}, {over}"
        )
    reported = "reported total" if metric.is_count else "reported average"
    for name, part in (("mean over questions", "questions"), (reported, "reported")):
        other = evidence.known(run, part)
        if other is not None and other["value"] is not None and len(names) > 1:
            facts[name] = _text(other["value"], selection) + _ends(other, selection)
    again = next((one for one in runs_again(selection) if run in one.runs), None)
    if again is not None:
        facts["same model again"] = str(spread_words(again.spread, scale))
    repeats = repeats_of(selection, run)
    if repeats is not None:
        facts["asked again"] = str(spread_words(repeats, scale, "repeats"))
    return facts


def _certainty(selection: Selection, row: Row, told: _Told | None) -> Iterator[tuple[str, str]]:
    """Interval and standard errors of a score, and its questions."""
    if row["method"] is None:
        yield "95 % interval", f"none: {_WHYS.get(row['reason'], row['reason'])}"
    else:
        yield "95 % interval", f"{_ends(row, selection).strip()} {row['method']}"
    if row["stderr"] is not None and row["method"] != "normal, reported stderr":
        yield "stderr, ours", _text(row["stderr"], selection)
    if told is not None:
        flaw = f", wrong: {told.flaw}" if told.flaw else ""
        yield "stderr, reported", _text(told.stderr, selection) + flaw
    if row["n"] is not None:
        effective = row["effective_n"]
        is_less = effective is not None and effective < row["n"] - 0.5
        yield "n", f"{row['n']:,}" + (f", worth about {effective:,.0f}" if is_less else "")


def _text(value: float, selection: Selection) -> str:
    metric = selection.metric
    scale = metric.scale(selection.view) if metric is not None else 0
    return score_text(value * selection.factor, scale)


def _ends(row: Row, selection: Selection) -> str:
    """The interval of a score; empty where there is none."""
    if row["low"] is None or row["high"] is None:
        return ""
    return f" [{_text(row['low'], selection)}–{_text(row['high'], selection)}]"


class _Told(NamedTuple):
    """A standard error that is reported, and what is wrong with it; empty: nothing is known."""

    stderr: float
    flaw: str


def _told(selection: Selection, evidence: Evidence, run: str) -> _Told | None:
    """The standard error that is reported of the whole dataset, or of its one category."""
    names = evidence.categories(run)
    of_one = pl.col("category").is_in(names if len(names) == 1 else [])
    rows = selection.rows.filter(
        is_whole() | of_one, pl.col("repeat").is_null(), pl.col("stderr").is_not_null(), run=run
    )
    if rows.is_empty():
        return None
    return _Told(float(rows["stderr"][0]), _flaw(selection, run))


def _flaw(selection: Selection, run: str) -> str:
    """Why the reported standard error is wrong; empty where it is not known to be."""
    is_own = pl.col("dataset").is_null() | (pl.col("dataset") == selection.dataset)
    metric = selection.metric.name if selection.metric is not None else ""
    is_of = pl.col("metric").is_null() | (pl.col("metric") == metric)
    told = selection.tables.settings.filter(is_own, is_of, run=run, name=STDERR)
    return "; ".join(told["value"].drop_nulls().unique(maintain_order=True))
