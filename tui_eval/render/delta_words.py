"""What a comparison comes to, in words that name what is averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len

from tui_eval.analysis.notes import Count
from tui_eval.analysis.verdict_words import Shown, verdict_words
from tui_eval.render.answers.wrapping import wrap
from tui_eval.render.numbers import number_text, p_text
from tui_eval.render.safe import safe_text
from tui_eval.render.words import worded

if TYPE_CHECKING:
    from tui_eval.analysis.delta_table import Means
    from tui_eval.analysis.report import Column

_BETWEEN = " · "

_OF_P: Mapping[str, str] = {
    "Newcombe, McNemar mid-p": "McNemar mid-p",
    "Newcombe on clusters, McNemar mid-p": "McNemar mid-p",
    "paired t, sign-flip p": "sign-flip",
    "z, totals only": "z",
    "macro mean, normal, paired": "z",
    "macro mean, normal, totals only": "z",
}
"""What p is by, where the method names that of the interval too."""


class Told(NamedTuple):
    """What is said of one comparison above the table.

    Attributes:
        sentence: Whether it is more than noise.
        facts: What it is made of, the most important first.
        differs: What is not the same beside the model; empty: nothing is known to differ.
    """

    sentence: str
    facts: tuple[str, ...]
    differs: str = ""

    def lines(self, width: int | None = None) -> tuple[str, ...]:
        """The sentence and the facts in two lines, what differs above them.

        Args:
            width: Terminal cells of a line: facts for which there is no room are left out, the last
                first; None: there is no end.
        """
        above = (self.differs,) if self.differs else ()
        if width is None or cell_len(safe_text(self.sentence)) <= width:
            facts = _as_many(self.facts, "", width)
            return (*above, self.sentence, *([facts] if facts else []))
        whole = _as_many(self.facts, self.sentence, width, rows=2)
        return (*above, *_wrapped(whole, width)[:2])


def _as_many(facts: Sequence[str], start: str, width: int | None, rows: int = 1) -> str:
    """As many facts as have room behind what they start with; how one was made goes first."""
    text = start
    for fact in facts:
        before = f"{text}{_BETWEEN}" if text else ""
        longer = (f"{before}{fact}", f"{before}{fact.partition(' (')[0]}")
        fitting = [one for one in longer if width is None or len(_wrapped(one, width)) <= rows]
        if not fitting:
            break
        text = fitting[0]
    return text


def _wrapped(text: str, width: int) -> list[str]:
    return ["".join(piece.text for piece in line).rstrip() for line in wrap(text, width)]


def told_of(
    row: Mapping[str, Any],
    column: Column,
    name: str,
    margin: float = 0.0,
    *,
    more: Sequence[str] = (),
    adjusted: str = "",
) -> Told:
    """A comparison in words.

    Args:
        row: As `compare.COMPARED` has it, scores and differences on the shown scale.
        column: How differences are to be read.
        name: What the candidate is called.
        margin: Differences up to it count as the same; on that scale.
        more: What else is to be said, if there is room.
        adjusted: What stands beside p: what it is after it was adjusted.
    """
    sentence = worded(verdict_words(row, Shown(column.scale, name, margin)))
    facts = []
    if row["fixed"] is not None and row["low"] is not None:
        facts.append(f"fixes {row['fixed']:,}, breaks {row['broken']:,}, same {row['same']:,}")
    if row["p"] is not None:
        method = _OF_P.get(row["method"], row["method"])
        facts.append(f"p {p_text(row['p'])} ({method}{adjusted})")
    if row["visible_gap"] is not None and row["verdict"] != "undecided":
        gap = number_text(row["visible_gap"], replace(column, kind="score"))
        facts.append(f"can see gaps ≥ {gap}")
    if row["correlation"] is not None:
        more = (*more, f"r {row['correlation']:.2f}")
    return Told(sentence, (*facts, *more))


def balance_words(means: Means, column: Column) -> str:
    """In how many categories the candidate is better, worse and equal."""
    better, worse, equal = _balance(means, column)
    return f"of {Count(means.categories, 'category')} {better}, {worse}, {equal}"


def _balance(means: Means, column: Column) -> tuple[str, str, str]:
    better, worse = ("better", "worse") if column.higher_is_better is False else ("up", "down")
    return f"{means.gains} {better}", f"{means.losses} {worse}", f"{means.ties} equal"


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
    parts.append(" ".join(_balance(means, column)))
    return "; ".join(parts)


def holm_words(
    row: Mapping[str, Any], q: float | None, pairs: int, alpha: float, noun: str = "pairs"
) -> tuple[str, ...]:
    """What a comparison is among so many pairs of runs; nothing where it has no p.

    Args:
        row: As `compare.COMPARED` has it.
        q: Its p adjusted by Holm over all pairs.
        pairs: How many there are.
        alpha: Below which a difference is told from none.
        noun: What they are called.
    """
    if q is None:
        return ()
    takes_back = row["verdict"] in ("better", "worse") and not q < alpha
    said = f"p {p_text(q)} after Holm over {pairs} {noun}"
    return (f"{said}: can't tell" if takes_back else said,)
