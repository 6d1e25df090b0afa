"""Numbers as text: how many digits, which sign, which tone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tui_eval.analysis.view import TOLERANCE
from tui_eval.render.safe import MISSING, safe_text

if TYPE_CHECKING:
    from tui_eval.analysis.report import Column

Tone = Literal["", "dim", "strong", "gain", "loss", "hit", "mark", "warn"]


def size_text(size: int) -> str:
    """Bytes as people read them: 812 B, 27.4 kB, 1.2 GB."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def number_text(value: object, column: Column) -> str:
    """A number of a report as people read it: 78.4 on 0-100, 0.784 on 0-1, signed differences."""
    if value is None or (isinstance(value, float) and value != value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(safe_text(str(one)) for one in value)
    if not isinstance(value, int | float):
        return safe_text(str(value))
    if column.kind == "p":
        return p_text(value)
    if column.kind == "bytes":
        return size_text(int(value))
    if column.kind == "number":
        return f"{value!s:.17}"
    if column.kind == "count" or column.scale == 0:
        text = _plain_number(value + 0.0)  # no negative zero
        return f"+{text}" if column.kind == "delta" and value > 0 else text
    if abs(value) >= 1e6:  # no score is, but files may say so
        return f"{value:.4g}"
    digits = 1 if column.scale == 100 else 3
    rounded = round(value, digits) + 0.0  # no negative zero
    return (
        f"{rounded:+.{digits}f}" if column.kind == "delta" and rounded else f"{rounded:.{digits}f}"
    )


def p_text(value: float) -> str:
    """A p-value with two digits that tell something: 0.34, 0.007, <0.001."""
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def interval_text(low: float, high: float, column: Column) -> str:
    """The ends of an interval as people read them: [76.1–80.5]; of differences [+0.6, +3.6]."""
    between = ", " if column.kind == "delta" else "–"
    return f"[{number_text(low, column)}{between}{number_text(high, column)}]"


def _plain_number(value: float) -> str:
    """A number without a scale: whole, or with four digits."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def delta_tone(value: object, column: Column) -> Tone:
    """Gain or loss by the metric's direction; neither within the tolerance for ties."""
    if not isinstance(value, int | float) or abs(value) <= TOLERANCE * max(column.scale, 1):
        return ""
    better = value > 0 if column.higher_is_better is not False else value < 0
    return "gain" if better else "loss"
