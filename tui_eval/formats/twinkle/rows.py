"""The answers of Twinkle Eval: ``eval_results_*_run*.jsonl``.

Until 1.1.2 a row is a data file, with its name and its ``details``; the file's name may end in
``.json``. Since then a row is an answer, in the order in which the answers came; it names no data
file, but in forks (see `segments`). Question numbers count the rows of a data file from 0: options
are shuffled, questions are not.
"""

from __future__ import annotations

import re
from pathlib import Path

from tui_eval.files.documents import opened

ACCURACY = "accuracy_mean"
"""The metric of which a file of answers has a row for every answer, before any other."""

_RUN = re.compile(r"_run(?P<number>\d{1,4})(?!\d)", re.ASCII)

_NUMBER = re.compile(rb'"question_id": ?(\d{1,9})[,}]')


def is_of_one_data_file(path: Path) -> bool:
    """Whether no number of a question is there twice, and none is missing.

    1.1.2 and 1.1.3 wrote the answers to each data file over those to the one before.

    Raises:
        Refusal: It cannot be read.
    """
    with opened(path) as file:
        found = [int(number[1]) for line in file if (number := _NUMBER.search(line))]
    return bool(found) and sorted(found) == list(range(len(found)))


def run_number(name: str) -> int | None:
    """Which of the repeated runs a file of answers is, from 0."""
    found = _RUN.search(name)
    return int(found["number"]) if found else None
