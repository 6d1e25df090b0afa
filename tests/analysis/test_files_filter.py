"""The filter of the list of runs, and the one form of its dates."""

from __future__ import annotations

import polars as pl
import pytest

from tui_eval.analysis.files import written_date
from tui_eval.analysis.files_filter import FilterError, check, meets

WRITTEN = {
    "20261120_2336": "2026-11-20 23:36",
    "20261121_000412": "2026-11-21 00:04",
    "2026-11-21T05-54-19.881339": "2026-11-21 05:54",
    "2026-11-21T05:57:27.937244": "2026-11-21 05:57",
    "2026-11-21T05:57:27+08:00": "2026-11-21 05:57",
    "2026-11-21": "2026-11-21",
    "20261121": "2026-11-21",
    "t9": "t9",
    "1234567890123": "1234567890123",
}
"""What harnesses write, and what is shown."""


def test_all_harnesses_dates_have_one_form() -> None:
    frame = pl.DataFrame({"written": [*WRITTEN, None]})
    shown = frame.select(date=written_date(pl.col("written")))["date"]
    assert shown.to_list() == [*WRITTEN.values(), None]


ROWS = {
    "alpha": ("Llama-3 lm_eval mmlu gsm8k", "2026-10-31 23:59"),
    "beta": ("llama-3-sft lm_eval mmlu", "2026-11-01 00:00"),
    "gamma": ("gemma twinkle mini_mmlu", "2026-11-05 12:00"),
    "delta": ("gemma mixeval", None),
}


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("", "alpha beta gamma delta"),
        ("LLAMA", "alpha beta"),
        ("llama mmlu !sft", "alpha"),
        ("mmlu   gemma", "gamma"),
        ("!gemma !gsm8k", "beta"),
        ("date>2026-11", "beta gamma"),
        ("date>=2026-11", "beta gamma"),
        ("date<2026-11", "alpha"),
        ("date<=2026-11-01", "alpha beta"),
        ("date=2026-11-05", "gamma"),
        ("date>2026-11-05T11:00 gemma", "gamma"),
        ("!date>2026-11", "alpha delta"),
        ("Date<2026-11-05 lm_eval", "alpha beta"),
        ("[.*", ""),
    ],
)
def test_every_word_is_met(wanted: str, kept: str) -> None:
    rows = [(name, text, date) for name, (text, date) in ROWS.items()]
    frame = pl.DataFrame(rows, schema=["name", "text", "date"], orient="row")
    found = frame.filter(meets(wanted, pl.col("text"), pl.col("date")))
    assert found["name"].to_list() == kept.split()


@pytest.mark.parametrize("wanted", ["!", "a !", "date>", "date>nov", "!date<11-05", "date=2026-1"])
def test_what_is_no_filter_is_told(wanted: str) -> None:
    with pytest.raises(FilterError, match=r"needs a (word|date)"):
        check(wanted)
