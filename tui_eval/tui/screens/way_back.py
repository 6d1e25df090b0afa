"""The way back: each screen can say where the user is on it, and put the cursor there again."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from tui_eval.tui.places import Mode, Place, Spot, crumbs
from tui_eval.tui.screens.steady import SteadyScreen
from tui_eval.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.tui.screens.view_screen import Shown
    from tui_eval.tui.session import Session, Snapshot
    from tui_eval.tui.widgets.frame_table import FrameTable

NAMES = ("dataset", "category", "candidate", "Candidate", "sample", "path", "key")
"""Columns that tell the rows of a report from each other, as far as it has them."""


class HasPlaces(SteadyScreen[None]):
    """A screen whose places are remembered when the user goes deeper, and come back with Esc.

    Who goes deeper calls `leave_for`, changes what is looked at, and shows the other screen.
    """

    MODE: ClassVar[Mode] = "files"

    session: Session
    shown: Shown | None = None
    _goal: Spot | None = None  # where the cursor goes when its row is shown
    _waits_at: tuple[int, str | None] | None = None  # where it waits for that

    @property
    @abstractmethod
    def table(self) -> FrameTable:
        """The table whose cursor is remembered."""

    @abstractmethod
    def update_view(self) -> None:
        """Show what is looked at by now."""

    @abstractmethod
    async def close_top(self) -> bool:
        """Close what is open on top of the view; whether anything was."""

    def question_read(self) -> str | None:
        """The question whose answers have the whole screen; None: none has it."""
        return None

    def place(self) -> Place:
        """Where the user is, the cursor included."""
        spot = self._goal or replace(self.table.spot, name=self._name_of(self.table.cursor_row))
        return self.session.place(self.MODE, spot, self.question_read())

    def leave_for(self, mode: Mode) -> None:
        """Remember this place before another one is looked at, from its top.

        Called before what is looked at changes; the screen of ``mode`` is shown by the caller.
        """
        self.session.leave(self.place())
        self.session.arrival = Place(mode)

    def take_arrival(self) -> None:
        """Begin to show the place that was gone to, if it is one of this screen."""
        arrival = self.session.arrival
        if arrival is not None and arrival.mode == self.MODE:
            self.session.arrival = None
            self.arrive(arrival)

    def arrive(self, place: Place) -> None:
        """Put the cursor where it belongs as soon as its row is shown."""
        self._goal, self._waits_at = place.spot, None

    @property
    def needs_answers(self) -> bool:
        """Whether rows come while answers are read."""
        return False

    def _is_whole(self, snapshot: Snapshot) -> bool:
        """Whether all rows of a snapshot are there: of one that is not, more may come."""
        samples = snapshot.samples
        is_read = samples is not None and (samples.is_whole or samples.is_stopped)
        waits = self.needs_answers and snapshot.request is not None and not is_read
        return not (waits or snapshot.is_loading)

    def drop_goal(self) -> None:
        """Leave the cursor where it is if the user has moved it since; before rows are shown."""
        if self._waits_at not in (None, self._cursor):
            self._goal = None

    def go_to_goal(self, snapshot: Snapshot) -> None:
        """Put the cursor where it belongs, now that the rows of a snapshot are shown."""
        goal = self._goal
        if goal is None or snapshot.selection.view != self.session.view:
            return
        row = self._row_named(goal)
        if row is None and not self._is_whole(snapshot):
            self._waits_at = self._cursor
            return
        self._goal = self._waits_at = None
        self.table.go_to(replace(goal, row=goal.row if row is None else row))

    @property
    def _cursor(self) -> tuple[int, str | None]:
        return self.table.cursor_row, self.table.cursor_key

    def _names(self) -> pl.DataFrame | None:
        """What tells the rows of the table from each other; None: nothing does."""
        report = self.shown.report if self.shown else None
        if report is None:
            return None
        names = report.frame.select(name for name in NAMES if name in report.frame.columns)
        return names if names.width and report.height else None

    def _name_of(self, row: int) -> tuple[object, ...] | None:
        names = self._names()
        return None if names is None or row >= names.height else names.row(row)

    def _row_named(self, goal: Spot) -> int | None:
        """The row that a place in the table is about; None: there is none."""
        if goal.name in (None, self._name_of(goal.row)):
            return goal.row
        names = self._names()
        if names is None:
            return None
        found: list[int] = _rows_like(names, goal.name).to_list()
        return found[0] if found else None

    async def step_back(self) -> bool:
        """Close what is open, else show the place before; whether there was anything."""
        return await self.close_top() or self.go_back()

    def go_back(self) -> bool:
        """Show the place before; whether there was one."""
        place = self.session.go_back()
        if place is None:
            return False
        if place.mode == self.MODE:
            self.update_view()
        else:
            self.app.switch_mode(place.mode)
        return True

    async def action_go_back(self) -> None:
        """Go a step back; at the top stop reading."""
        if not await self.step_back():
            await self.app.run_action("stop_at_top")

    async def action_go_up(self) -> None:
        """Go a step back."""
        await self.action_go_back()

    def show_crumbs(self) -> None:
        """Say where this is, and on which way one came."""
        here = (*self.session.places, self.place())
        self.query_one(TopBar).show_crumbs(crumbs(here))


def _rows_like(names: pl.DataFrame, values: Hashable) -> pl.Series:
    """Numbers of the rows that have these values; none where they are of other columns."""
    import polars as pl

    if not isinstance(values, tuple) or len(values) != names.width:
        return pl.Series([], dtype=pl.UInt32)
    is_like = [
        pl.col(one).eq_missing(pl.lit(value))
        for one, value in zip(names.columns, values, strict=True)
    ]
    return names.select(pl.arg_where(pl.all_horizontal(is_like))).to_series()
