"""The app: its modes, the reading of files in the background, and what is true on every screen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import constants, events, on
from textual.actions import SkipAction
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from tui_eval.loading.state import NOTHING, Place, Preferences, State
from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import COLON, EVERYWHERE, PALETTE, bindings
from tui_eval.tui.contrast import muted, readable
from tui_eval.tui.kept import Asked, Kept
from tui_eval.tui.reading import LOOK_EVERY, Reading
from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.session import Session
from tui_eval.tui.widgets.late_keys import pass_on_late
from tui_eval.tui.widgets.status_line import StatusLine
from tui_eval.tui.wire import Wire

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.notifications import SeverityLevel


QUIT_WITHIN = 3.0
"""Seconds between the two times that Ctrl+C is pressed to quit."""

PATIENCE = 3.0
"""Seconds after the first run was read in which nothing is drawn as long as more is read."""

THEMES = tuple(BUILTIN_THEMES)
"""Names of the themes that there are."""


class TuiEvalApp(App[None]):
    """Results of LLM evaluation harnesses: files, scores, differences.

    Args:
        paths: What to read; empty: browse the current folder instead.
        theme: Name of a Textual theme.
        caches: Whether it is kept on disk what files of answers hold.
        screen: Name of the screen that comes first; None: Scores, or Files without paths.
        state: What was kept of former times.
        asked: Gives the view that the command line asks for.
    """

    TITLE = "tui-eval"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE, (PALETTE, COLON))
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        paths: Sequence[Path],
        theme: str | None = None,
        *,
        caches: bool = True,
        screen: str | None = None,
        state: State = NOTHING,
        asked: Asked | None = None,
    ) -> None:
        super().__init__()
        self._first_mode = screen or ("scores" if paths else "files")
        self.session = Session(paths or (Path(),))
        self.kept = Kept(self.session, state, asked)
        self._lists_many = bool(paths) and screen is None and asked is None
        self.session.waits = self._lists_many or asked is not None
        self._found_at: float | None = None  # when the first run was read
        self.reading = Reading(self, self.session, self._show_more, caches=caches)
        self._ends = False
        self._interrupted = float("-inf")  # when Ctrl+C was pressed last
        self._handlers: dict[int, Any] = {}
        self._wire = Wire()
        self.add_mode("datasets", self._datasets_screen)
        self.add_mode("files", self._files_screen)
        self.add_mode("scores", self._scores_screen)
        self.add_mode("delta", self._delta_screen)
        self.add_mode("samples", self._samples_screen)
        self.add_mode("curves", self._curves_screen)
        self.add_mode("correlation", self._correlation_screen)
        self.add_mode("rescore", self._rescore_screen)
        self.add_mode("completeness", self._completeness_screen)
        wanted = theme or state.preferences.theme
        if wanted in THEMES:
            self.theme = wanted
        self._first_theme = self.theme
        self.scroll_sensitivity_y = 3.0  # rows that a notch of the wheel scrolls
        self._is_remote = "SSH_CONNECTION" in os.environ
        if self._is_remote and "TEXTUAL_ANIMATIONS" not in os.environ:
            self.animation_level = "none"  # every step of an animation is sent over the wire

    async def on_mount(self) -> None:
        """Show the first screen, and start to read after its first frame, which waits for nothing.

        No `DEFAULT_MODE`: from Python 3.12 on Textual mounts a screen's widgets before the screen
        is on the stack, and an Input asks for the screen on top, which has to be another one then.
        """
        await self.switch_mode(self._first_mode)
        self.call_after_refresh(self.reading.start)
        self.set_interval(LOOK_EVERY, self.reading.watch)
        if sys.platform != "win32":  # leave the terminal as it was
            self._take_signals()

    def _take_signals(self) -> None:
        """End when a signal says so, however many keys wait.

        Not with the loop's own handlers: they hand a signal on in a pipe in which every key leaves
        a byte too, and it is lost where that is full.
        """
        from tui_eval.tui.terminal import ENDING

        loop = asyncio.get_running_loop()

        def end(number: int, _: object) -> None:
            loop.call_soon_threadsafe(self._end, 128 + number)

        self._handlers = {number: signal.signal(number, end) for number in ENDING}

    def _fatal_error(self) -> None:
        """Say what ended the app without its local variables: foreign text, and secrets perhaps."""
        self.panic(Text(safe_text(traceback.format_exc(), keep="\n")))

    def on_key(self, event: events.Key) -> None:
        """A key that nothing has used: is it still meant for what has the focus?"""
        pass_on_late(self, event)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let no cursor blink where each blink is sent over the wire."""
        if self._is_remote and isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def on_unmount(self) -> None:
        """Leave signals to others again."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def get_css_variables(self) -> dict[str, str]:
        """Colours of the theme; text that is faint or coloured can be read in all of them."""
        variables = super().get_css_variables()
        if self.current_theme.name.startswith("ansi-"):  # the terminal's own colours
            return variables
        return {**variables, **readable(variables), "text-muted": muted(variables).hex}

    def get_key_display(self, binding: Binding) -> str:
        """How the footer writes a key: told apart by brackets where no colour does."""
        shown = super().get_key_display(binding)
        return f"[{shown}]" if self.no_color else shown

    def get_driver_class(self) -> type[Driver]:
        """What reads from the terminal and writes to it."""
        if sys.platform == "win32" or constants.DRIVER is not None:
            return super().get_driver_class()
        from tui_eval.tui.terminal import TerminalDriver

        return TerminalDriver

    @on(Driver.SignalResume)
    def action_draw_anew(self) -> None:
        """Draw everything again, whatever the terminal shows by now."""
        self._wire.forget()
        self.refresh(layout=True)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what a painting changes."""
        changes = None if renderable is None else self._wire.shortened(renderable, self.size)
        super()._display(screen, changes)  # type: ignore[arg-type]  # it takes CompositorUpdate

    def _end(self, return_code: int) -> None:
        self._ends = True
        self.exit(return_code=return_code)

    async def on_event(self, event: events.Event) -> None:
        """Hand an event on; keys that still wait when a signal ends the app are not obeyed."""
        if isinstance(event, events.Resize):  # a terminal may wrap its lines anew
            self._wire.forget()
        if not (self._ends and isinstance(event, events.InputEvent)):
            await super().on_event(event)

    def _datasets_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.datasets import DatasetsScreen

        return DatasetsScreen(self.session, self.reading)

    def _files_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.files import FilesScreen

        return FilesScreen(self.session, self.reading)

    def _scores_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.scores import ScoresScreen

        return ScoresScreen(self.session, self.reading)

    def _delta_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.delta import DeltaScreen

        return DeltaScreen(self.session, self.reading)

    def _samples_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.samples import SamplesScreen

        return SamplesScreen(self.session, self.reading)

    def _curves_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.curves import CurvesScreen

        return CurvesScreen(self.session, self.reading)

    def _correlation_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.correlation import CorrelationScreen

        return CorrelationScreen(self.session, self.reading)

    def _rescore_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.rescore import RescoreScreen

        return RescoreScreen(self.session, self.reading)

    def _completeness_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.completeness import CompletenessScreen

        return CompletenessScreen(self.session, self.reading)

    def action_reload(self) -> None:
        """Show runs that were read since; else read everything anew: what is looked at stays."""
        if self.session.fresh_note:
            self.session.show_found()
            self._show_more()
        else:
            self.reading.reload()

    def action_watch(self) -> None:
        """Look for new results every other second, or no longer."""
        self.reading.toggle_watch()

    @property
    def left(self) -> tuple[Preferences, str, Place]:
        """What is to be kept: for all folders, and of which paths what."""
        is_new = self.theme != self._first_theme
        return self.kept.left(self.theme if is_new else self.kept.before.theme)

    def _show_more(self) -> None:
        """Show what was read since."""
        waited = self.session.waits  # runs that are opened are drawn
        self.kept.settle()
        if self.kept.trouble is not None:
            self.exit()
        if waited and self._knows_first_screen():
            self.session.waits = False
            if self._lists_many and self.current_mode == self._first_mode:
                self.switch_mode(self._best_mode())
        for screen in self.screen_stack:
            if isinstance(screen, ViewScreen):
                screen.update_view()

    def _knows_first_screen(self) -> bool:
        """Whether it is clear by now what comes first: what is drawn once is not taken away."""
        from tui_eval.analysis.datasets import begins_with_datasets

        if not self.session.data.is_loading:
            return True
        session, tables = self.session, self.session.found_tables
        if tables is None or tables.runs.is_empty() or self.kept.waits or session.misses_dataset:
            return False
        now = time.monotonic()
        self._found_at = self._found_at or now
        lists = session.chosen_dataset is None and begins_with_datasets(tables)
        return lists or now - self._found_at > PATIENCE

    def _best_mode(self) -> str:
        """What comes first: scores; of many or mixed runs, and where reading lasts, datasets."""
        from tui_eval.analysis.datasets import begins_with_datasets

        if self.session.chosen_dataset is not None:  # also when it was opened last
            return "scores"
        tables = self.session.found_tables
        lists = self.session.data.is_loading or (tables and begins_with_datasets(tables))
        return "datasets" if lists else "scores"

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so where reading ends by a fault of this program."""
        if event.worker.group == "read" and event.state is WorkerState.ERROR:
            self.reading.fail(event.worker.error)

    def action_show_files(self) -> None:
        """Show the Files screen."""
        self._show("files")

    def action_show_datasets(self) -> None:
        """Show the list of datasets."""
        self._show("datasets")

    def action_show_scores(self) -> None:
        """Show the Scores screen."""
        self._show("scores")

    def action_show_delta(self) -> None:
        """Show the Delta screen."""
        self._show("delta")

    def action_show_samples(self) -> None:
        """Show the Samples screen."""
        self._show("samples")

    def action_show_curves(self) -> None:
        """Show the Curves screen."""
        self._show("curves")

    def action_show_correlation(self) -> None:
        """Show the Correlation screen."""
        self._show("correlation")

    def action_show_rescore(self) -> None:
        """Show the Re-score screen."""
        self._show("rescore")

    def action_show_completeness(self) -> None:
        """Show what is incomplete, first of the run at the cursor."""
        if isinstance(self.screen, ViewScreen) and self.current_mode != "completeness":
            self.session.seek_checks(self.screen.run_at_cursor())
        self._show("completeness")

    def _show(self, mode: str) -> None:
        if not isinstance(self.screen, ViewScreen):
            return
        if self.session.waits:  # the user goes somewhere: it is drawn whatever else is read
            self.session.waits = False
            self.screen.update_view()
        if self.current_mode != mode:
            self.session.leave(self.screen.place())
            self.switch_mode(mode)

    async def action_show_keys(self) -> None:
        """List the keys of the current screen."""
        from tui_eval.render.glossary import terms_of
        from tui_eval.tui.screens.keys import KeysScreen

        if isinstance(self.screen, ViewScreen):
            await self.push_screen(KeysScreen(self.screen.KEYS, terms_of(self.screen.MODE)))

    def action_command_palette(self) -> None:
        """Find a command by its name."""
        from tui_eval.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action; one that moves by pages over a list that is not drawn yet does nothing."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except (KeyError, IndexError):  # Textual's lists know no lines before they are drawn
            if "page_" not in str(action):
                raise
            return True

    def action_stop(self) -> None:
        """Stop what the view does, else reading."""
        if isinstance(self.screen, ViewScreen) and self.screen.stop_work():
            return
        if not self.reading.stop():
            self.notify("Nothing is being read.")

    def action_stop_at_top(self) -> None:
        """Stop reading; else say how to quit."""
        if not self.reading.stop():
            self.notify("There is nothing to go back to: q quits.")

    async def action_leave(self) -> None:
        """Go a step back; quit from the top."""
        if not (isinstance(self.screen, ViewScreen) and await self.screen.step_back()):
            self.exit()

    def action_interrupt(self) -> None:
        """Leave copying to others where text is selected; quit when asked twice."""
        focused = self.focused
        copies = isinstance(focused, Input) and focused.selected_text
        if copies or self.screen.get_selected_text():
            raise SkipAction
        now = time.monotonic()
        if now - self._interrupted < QUIT_WITHIN:
            self.exit()
        self._interrupted = now
        self.notify("Press Ctrl+C again to quit.", timeout=QUIT_WITHIN)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Say something: a warning in a toast, all else in the status line of the view."""
        views = [
            screen
            for screen in self.screen_stack
            if isinstance(screen, ViewScreen) and screen.is_mounted
        ]
        if severity != "information" or not views:
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
            return
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        views[-1].query_one(StatusLine).tell(message, seconds)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every command of the screen, then Textual's own."""
        for command in (*getattr(screen, "KEYS", ()), *EVERYWHERE):
            yield SystemCommand(command.name, command.help, self._runner(screen, command.action))
        for other in super().get_system_commands(screen):
            if other.title not in ("Keys", "Quit"):  # the program has its own
                yield other

    def _runner(self, screen: Screen[object], action: str) -> Callable[[], Awaitable[None]]:
        name = action.partition("(")[0]
        owner = screen if hasattr(screen, f"action_{name}") else self

        async def run() -> None:
            await self.run_action(action, owner)

        return run
