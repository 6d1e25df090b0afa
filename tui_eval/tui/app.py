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
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.worker import Worker, WorkerState

from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import EVERYWHERE, bindings
from tui_eval.tui.reading import LOOK_EVERY, Reading
from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.session import Session
from tui_eval.tui.widgets.late_keys import pass_on_late

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode


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
    """

    TITLE = "tui-eval"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE)
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self, paths: Sequence[Path], theme: str | None = None, *, caches: bool = True
    ) -> None:
        super().__init__()
        self._first_mode = "scores" if paths else "files"
        self.session = Session(paths or (Path(),))
        self.session.waits = bool(paths)
        self._found_at: float | None = None  # when the first run was read
        self.reading = Reading(self, self.session, self._show_more, caches=caches)
        self._ends = False
        self._handlers: dict[int, Any] = {}
        self.add_mode("datasets", self._datasets_screen)
        self.add_mode("files", self._files_screen)
        self.add_mode("scores", self._scores_screen)
        self.add_mode("delta", self._delta_screen)
        self.add_mode("samples", self._samples_screen)
        if theme is not None:
            self.theme = theme
        if "SSH_CONNECTION" in os.environ and "TEXTUAL_ANIMATIONS" not in os.environ:
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

    def on_unmount(self) -> None:
        """Leave signals to others again."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def get_driver_class(self) -> type[Driver]:
        """What reads from the terminal and writes to it."""
        if sys.platform == "win32" or constants.DRIVER is not None:
            return super().get_driver_class()
        from tui_eval.tui.terminal import TerminalDriver

        return TerminalDriver

    @on(Driver.SignalResume)
    def _draw_anew(self) -> None:
        self.refresh(layout=True)

    def _end(self, return_code: int) -> None:
        self._ends = True
        self.exit(return_code=return_code)

    async def on_event(self, event: events.Event) -> None:
        """Hand an event on; keys that still wait when a signal ends the app are not obeyed."""
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

    def _show_more(self) -> None:
        """Show what was read since."""
        if self.session.waits and self._knows_first_screen():
            self.session.waits = False
            if self.current_mode == self._first_mode:
                self._show(self._best_mode())
        for screen in self.screen_stack:
            if isinstance(screen, ViewScreen):
                screen.update_view()

    def _knows_first_screen(self) -> bool:
        """Whether it is clear by now what comes first: what is drawn once is not taken away."""
        from tui_eval.analysis.datasets import begins_with_datasets

        data = self.session.data
        if not data.is_loading:
            return True
        if data.loaded is None or data.loaded.tables.runs.is_empty():
            return False
        now = time.monotonic()
        self._found_at = self._found_at or now
        return begins_with_datasets(data.loaded.tables) or now - self._found_at > PATIENCE

    def _best_mode(self) -> str:
        """What comes first: scores; of many or mixed runs, and where reading lasts, datasets."""
        from tui_eval.analysis.datasets import begins_with_datasets

        data = self.session.data
        lists = data.is_loading or (data.loaded and begins_with_datasets(data.loaded.tables))
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

    def _show(self, mode: str) -> None:
        if not isinstance(self.screen, ViewScreen):
            return
        if self.session.waits:  # the user goes somewhere: it is drawn whatever else is read
            self.session.waits = False
            self.screen.update_view()
        if self.current_mode != mode:
            self.switch_mode(mode)

    async def action_show_keys(self) -> None:
        """List the keys of the current screen."""
        from tui_eval.tui.screens.keys import KeysScreen

        if isinstance(self.screen, ViewScreen):
            await self.push_screen(KeysScreen(self.screen.KEYS))

    def action_command_palette(self) -> None:
        """Find a command by its name."""
        from tui_eval.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

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

    def action_go_back(self) -> None:
        """Stop reading."""
        self.reading.stop()

    def action_leave(self) -> None:
        """Quit: the top was reached."""
        self.exit()

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
