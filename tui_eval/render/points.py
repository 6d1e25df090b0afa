"""A chart of points: scores over training steps, one benchmark against another."""

from __future__ import annotations

from dataclasses import dataclass

DOT = "●"


@dataclass(frozen=True, slots=True)
class PointSeries:
    """One colour of a chart; all tuples are as long as ``x``, or empty where nothing is known.

    Attributes:
        label: What the legend calls it; safe text.
        x: Where its points stand, from left to right where they are joined.
        y: How high they stand; None: there is no point.
        low: Lower ends of their intervals, drawn as whiskers; None: none is known.
        high: Upper ends.
        labels: What is said of each point when it is looked at; safe text.
        mark: One cell that stands for its points: what tells series apart without colour.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    labels: tuple[str, ...] = ()
    mark: str = DOT


@dataclass(frozen=True, slots=True)
class Points:
    """A chart of points with two axes of numbers.

    Attributes:
        series: Drawn in their order, the last one on top.
        x_title: What the axis to the right is; safe text.
        y_title: What the axis upwards is; safe text.
        is_log_x: The axis to the right is logarithmic; 0 stands at its left edge.
        is_log_y: The axis upwards is.
        is_joined: Lines join the points of a series.
        has_legend: The chart says what its marks are; else what stands beside it does.
    """

    series: tuple[PointSeries, ...]
    x_title: str
    y_title: str
    is_log_x: bool = False
    is_log_y: bool = False
    is_joined: bool = False
    has_legend: bool = True
