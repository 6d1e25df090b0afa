"""What an app begins with and leaves: what is kept, and what the command line asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_eval.analysis.view import View
from tui_eval.loading.state import Place, Preferences, State, place_name

if TYPE_CHECKING:
    from tui_eval.tables import Tables
    from tui_eval.tui.session import Session

Asked = Callable[["Tables", View], View | str]
"""The view that the command line asks for, made when everything is read; or why there is none."""


class Kept:
    """The part of a session that outlives it.

    Args:
        session: Begins with what was kept, unless the command line asks for something.
        state: What was kept.
        asked: What the command line asks for: what was kept of these paths does not count then.

    Attributes:
        before: What held for all folders when the app began.
        trouble: Why it cannot be followed what the command line asks for, if so.
    """

    def __init__(self, session: Session, state: State, asked: Asked | None) -> None:
        self._session = session
        self._asked = asked
        self._is_settled = False
        self.trouble: str | None = None
        before = state.preferences
        place = Place() if asked else state.places.get(place_name(session.paths), Place())
        self.before = before if asked is None else replace(before, scale=1)
        view = View(
            dataset=place.dataset,
            baseline=place.baseline,
            scale=self.before.scale,
            orientation=before.orientation,
            uncertainty=before.uncertainty,
        )
        session.recall(view, frozenset(place.marks) if place.marks else None)
        session.wants_chart = before.chart

    @property
    def waits(self) -> bool:
        """Whether it is not known yet what is looked at: that depends on all that is read."""
        return self._asked is not None and not self._is_settled

    def settle(self) -> None:
        """When all is read, look at what was asked for, or say in `trouble` why that cannot be.

        What the user has chosen by then stays. Runs that were marked and are gone are not missed:
        where none is left, all are open.
        """
        session, loaded = self._session, self._session.data.loaded
        if self._is_settled or loaded is None or session.data.is_loading:
            return
        self._is_settled = True
        if session.opened is not None and session.opened.isdisjoint(loaded.tables.labels):
            session.open(None)
        if self._asked is None:
            return
        has_chosen = session.chosen_dataset is not None or session.opened is not None
        view = self._asked(loaded.tables, session.view)
        if isinstance(view, str):
            self.trouble = view
        elif not has_chosen:
            session.recall(view)

    def left(self, theme: str | None) -> tuple[Preferences, str, Place]:
        """What is to be kept: for all folders, and of which paths what.

        Args:
            theme: The theme that was chosen while the app ran, or else the one that was kept.
        """
        session = self._session
        marks = tuple(sorted(session.opened)) if session.opened is not None else None
        place = Place(session.chosen_dataset, session.chosen_baseline, marks)
        view = session.view
        preferences = Preferences(
            theme, view.scale, session.wants_chart, view.orientation, view.uncertainty
        )
        return preferences, place_name(session.paths), place
