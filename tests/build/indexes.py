"""What a format finds in the files of answers of a run, read as the app reads them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tui_eval.files.documents import Problem
from tui_eval.formats.format import SampleFormat
from tui_eval.formats.index import Index, frame
from tui_eval.loading.collection import load
from tui_eval.records import Run, SampleFile
from tui_eval.tables import ANSWERS, INDEX


def index_of(form: SampleFormat, path: Path) -> Index:
    """All of a file; how far it was read never goes back, and ends at the file's end."""
    problems: list[Problem] = []
    batches = list(form.index(path, problems))
    done = [batch.done for batch in batches]
    assert done == sorted(done)
    assert done[-1] <= path.stat().st_size
    assert all(frame(batch).schema == INDEX for batch in batches)
    return Index(pl.concat([frame(batch) for batch in batches]), tuple(problems))


def indexes_of(form: SampleFormat, run: Run) -> dict[SampleFile, Index]:
    return {file: index_of(form, file.path) for file in run.samples}


def samples_of(form: SampleFormat, run: Run) -> pl.DataFrame:
    rows, notes = form.table(run, indexes_of(form, run))
    assert not notes
    assert rows.schema == ANSWERS
    assert rows.columns == ANSWERS.names()
    return rows


def only_run(folder: Path) -> Run:
    (run,) = load([folder]).runs
    return run
