"""The texts of one question as a report, which a file is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import polars as pl

from tui_eval.analysis.report import Column, Report
from tui_eval.records import OF_ANSWER, OF_PLACE


def texts_report(records: Iterable[Mapping[str, object]], questions: pl.DataFrame) -> Report:
    """What runs answered to a question, a row an answer; messages and choices as JSON.

    Args:
        records: As `loading.texts.texts` reads them.
        questions: ``category, id``, one row.
    """
    schema = dict.fromkeys((*OF_PLACE, *OF_ANSWER, "error"), pl.String)
    rows = [{name: _as_text(value) for name, value in record.items()} for record in records]
    frame = pl.DataFrame(rows, schema=schema)
    shown = [name for name in schema if frame[name].count()]
    parts = questions.select("category", "id").row(0)
    name = "_".join(["sample", *(part for part in parts if part)])
    return Report(name, name, frame.select(shown), tuple(map(Column, shown)))


def _as_text(value: object) -> str | None:
    """A value of a record as text; half surrogate pairs become their escapes."""
    if value is None or value == []:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
