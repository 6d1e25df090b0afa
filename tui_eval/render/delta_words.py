"""What a comparison comes to, in words that name what is averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_eval.analysis.notes import Count
from tui_eval.render.numbers import number_text

if TYPE_CHECKING:
    from tui_eval.analysis.delta_table import Means
    from tui_eval.analysis.report import Column


def means_words(means: Means, column: Column, factor: float) -> str:
    """One line on a candidate; nothing in it says that a difference is more than noise.

    Args:
        means: On the raw scale.
        column: How differences are to be read.
        factor: What raw values are multiplied with to be shown.
    """
    if means.difference is None:
        return "no category in common"

    def shown(value: float) -> str:
        return number_text(value * factor, column)

    together = "total of" if means.is_total else "mean of"
    parts = [f"{together} {Count(means.categories, 'category')} {shown(means.difference)}"]
    if means.by_question is not None:
        parts.append(f"over {means.questions:,} questions {shown(means.by_question)}")
    better, worse = ("better", "worse") if column.higher_is_better is False else ("up", "down")
    parts.append(f"{means.gains} {better} {means.losses} {worse} {means.ties} equal")
    return "; ".join(parts)
