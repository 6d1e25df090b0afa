"""What a comparison comes to, in words."""

from __future__ import annotations

import pytest

from tui_eval.analysis.delta_table import Means
from tui_eval.analysis.report import Column
from tui_eval.render.delta_words import means_words

MEANS = Means("b", 57, 0.083, False, 14042, 0.081, 31, 2, 24)
HUNDRED = Column("delta", "delta", 100, True)


@pytest.mark.parametrize(
    ("means", "column", "factor", "words"),
    [
        (
            MEANS,
            HUNDRED,
            100,
            "mean of 57 categories +8.3; over 14,042 questions +8.1; 31 up 2 down 24 equal",
        ),
        (
            MEANS._replace(questions=None, by_question=None),
            Column("delta", "delta", 1, False),
            1,
            "mean of 57 categories +0.083; 31 better 2 worse 24 equal",
        ),
        (
            Means("b", 1, -3.0, True, None, None, 0, 1, 0),
            Column("delta", "delta", 0, None),
            1,
            "total of 1 category -3; 0 up 1 down 0 equal",
        ),
        (
            Means("b", 0, None, False, None, None, 0, 0, 0),
            HUNDRED,
            100,
            "no category in common",
        ),
    ],
)
def test_words_name_what_is_averaged(
    means: Means, column: Column, factor: float, words: str
) -> None:
    assert means_words(means, column, factor) == words
