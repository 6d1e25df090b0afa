"""The app: its modes, the reading of files in the background, and what is true on every screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.text import Text
from textual import constants, events, on, work
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.worker import Worker, WorkerState, get_current_worker

from tui_eval.render.safe import safe_text
from tui_eval.tui.commands import EVERYWHERE, bindings
from tui_eval.tui.screens.view_screen import ViewScreen
from tui_eval.tui.session import Data, Loaded, Session, Wanted
from tui_eval.tui.widgets.late_keys import pass_on_late

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode

    from tui_eval.loading.cache import Cache
    from tui_eval.loading.collection import Collection
    from tui_eval.loading.passes import Kept, Samples

_LOOK_EVERY = 2.0  # seconds between two looks at folders that are watched, at least
_REST = 9  # times the CPU time that a look took, with all that is shown anew by it
_WORK = frozenset({"watch", "samples", "report"})  # what a look sets going
_PUBLISH_EVERY = 0.15  # seconds between two updates of the screen while files are read


class Moment(NamedTuple):
    """A time by two clocks, in seconds."""

    wall: float
    cpu: float


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

    class Read(Message):
        """More was read, or all of it."""

        def __init__(self, data: Data) -> None:
            self.data = data
            super().__init__()

    class Answered(Message):
        """More answers were read, or all of them."""

        def __init__(self, samples: Samples, wanted: Wanted) -> None:
            self.samples = samples
            self.wanted = wanted
            super().__init__()

    def __init__(
        self, paths: Sequence[Path], theme: str | None = None, *, caches: bool = True
    ) -> None:
        super().__init__()
        self._first_mode = "scores" if paths else "files"
        self.session = Session(paths or (Path(),))
        self._stopped = False
        self._ends = False
        self._handlers: dict[int, Any] = {}
        self._watches = False
        self._looked_at = Moment(float("-inf"), 0.0)  # by who watches
        self._look_cost: float | None = 0.0  # seconds of CPU; None: its work may not be done
        self._fresh: frozenset[str] = frozenset()
        self._collection: Collection | None = None
        self._caches = caches
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
        self.call_after_refresh(self._read, self.session.paths)
        self.set_interval(_LOOK_EVERY, self._watch)
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

    def _files_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.files import FilesScreen

        return FilesScreen(self.session)

    def _scores_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.scores import ScoresScreen

        return ScoresScreen(self.session)

    def _delta_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.delta import DeltaScreen

        return DeltaScreen(self.session)

    def _samples_screen(self) -> Screen[None]:
        from tui_eval.tui.screens.samples import SamplesScreen

        return SamplesScreen(self.session)

    def read(self, paths: Iterable[Path]) -> None:
        """Forget what was read and read these paths instead."""
        self.session.paths = tuple(paths)
        self.session.opened = None
        self._stopped = False
        self._read(self.session.paths)

    @work(thread=True, exclusive=True, group="read", description="read", exit_on_error=False)
    def _read(self, paths: Sequence[Path]) -> None:
        if gc.isenabled():
            gc.unfreeze()  # what was read before is no longer kept
        else:  # since the start: collections would hold up the first frame
            gc.freeze()
            gc.enable()
        from tui_eval.loading.collection import Collection, find
        from tui_eval.loading.config import ConfigError, read_names
        from tui_eval.loading.passes import recompute

        worker = get_current_worker()
        try:
            self.session.same = read_names()
        except ConfigError as error:
            self.call_from_thread(self.notify, safe_text(str(error)), markup=False)
        collection = self._collection = Collection()
        due = time.monotonic()

        def stopped() -> bool:
            return worker.is_cancelled or self._stopped

        def places() -> Iterator[str]:
            for file in find(paths, stopped):
                collection.add(file)
                yield str(file.path.parent)
            for run in recompute(collection, self._cache(), stopped):
                yield str(run.path)

        for place in places():
            if time.monotonic() >= due:
                started = time.monotonic()
                self._publish(worker, collection, place)
                spent = time.monotonic() - started
                due = started + max(_PUBLISH_EVERY, 4 * spent)
        self._publish(worker, collection, "")
        for path in paths:
            if not os.path.exists(path):
                words = safe_text(f"No such file or folder: {path}")
                self.call_from_thread(self.notify, words, severity="warning", markup=False)
        gc.collect()  # first: garbage that is frozen is never freed
        gc.freeze()  # what was read stays: a full collection over it would hold up a key

    def action_reload(self) -> None:
        """Read everything anew; what is open and looked at stays."""
        self._stopped = False
        self._fresh = frozenset()
        self.session.data = replace(self.session.data, folder="…", cancelled=False)
        self._read(self.session.paths)

    def action_watch(self) -> None:
        """Look for new results every other second, or no longer."""
        self._watches = not self._watches
        self.session.data = replace(self.session.data, watches=self._watches)
        words = "New results are shown as they land" if self._watches else "No longer watched"
        self.notify(f"{words}.", markup=False)
        if isinstance(self.screen, ViewScreen):
            self.screen.update_view()

    def _watch(self) -> None:
        if not self._watches or self._collection is None or self.session.data.is_loading:
            return
        if any(worker.group in _WORK and worker.is_running for worker in self.workers):
            return  # a look at the same time would begin it again
        now = Moment(time.monotonic(), time.process_time())
        if self._look_cost is None:
            self._look_cost = now.cpu - self._looked_at.cpu
        if now.wall - self._looked_at.wall > _REST * self._look_cost:
            self._looked_at, self._look_cost = now, None
            self._look_again(self._collection, self.session.paths)

    @work(thread=True, exclusive=True, group="watch", exit_on_error=False)
    def _look_again(self, collection: Collection, paths: Sequence[Path]) -> None:
        from tui_eval.loading.passes import recompute

        worker = get_current_worker()
        found = collection.look_again(paths, lambda: worker.is_cancelled)
        if found is None:
            return
        for _ in recompute(collection, self._cache(), lambda: worker.is_cancelled):
            pass
        if collection is self._collection:
            self._fresh |= found
            self._publish(worker, collection, "")
            if found:
                words = f"{len(found)} new run{'s' * (len(found) != 1)}: + on Files (1)."
                self.call_from_thread(self.notify, words, markup=False)

    def _publish(self, worker: Worker[None], collection: Collection, folder: str) -> None:
        from tui_eval.analysis.aliases import unified

        files = collection.file_table()
        written = collection.tables()
        runs = {run.key: run for run in collection.runs}
        loaded = Loaded(unified(written, self.session.same), files, written, runs)
        state = (files.height, folder, self._stopped, self._watches, self._fresh)
        data = Data(loaded, *state)
        if not worker.is_cancelled:  # something else is read by now
            self.post_message(self.Read(data))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so where reading ends by a fault of this program."""
        if event.worker.group == "read" and event.state is WorkerState.ERROR:
            self.session.data = replace(self.session.data, folder="", cancelled=True)
            kind = type(event.worker.error).__name__
            self.notify(f"Reading stopped by a fault of tui-eval ({kind}).", severity="error")

    @on(Read)
    def _take(self, event: Read) -> None:
        self.session.take(event.data)
        for screen in self.screen_stack:
            if isinstance(screen, ViewScreen):
                screen.update_view()

    def need_samples(self) -> None:
        """Read the answers that are looked at, unless that was done."""
        if self.session.data.is_loading:
            return  # there may be more runs to compare
        wanted = self.session.wanted_samples()
        before = self.session.samples_of
        if wanted is None:
            self.session.samples_of = self.session.samples = None
            return
        is_same = before is not None and before.identity == wanted.identity
        if before is None or not is_same or before.loaded is not wanted.loaded:
            self.session.samples_of = wanted
            self.session.samples = self.session.samples if is_same else None
            known = self.session.samples.kept if self.session.samples else None
            self._read_samples(wanted, self.session.view.category, known)

    @work(thread=True, exclusive=True, group="samples", description="read answers")
    def _read_samples(self, wanted: Wanted, category: str | None, known: Kept | None) -> None:
        from tui_eval.loading.passes import read_samples

        worker = get_current_worker()
        loaded = wanted.loaded
        for samples in read_samples(
            wanted.runs,
            loaded.written,
            loaded.tables,
            wanted.dataset,
            self._cache(),
            category,
            lambda: worker.is_cancelled,
            known,
        ):
            self.post_message(self.Answered(samples, wanted))

    def _cache(self) -> Cache:
        """Where it is kept what files of answers hold."""
        from tui_eval.loading.cache import Cache, cache_path

        return Cache(cache_path() if self._caches else None)

    @on(Answered)
    def _take_samples(self, event: Answered) -> None:
        before = self.session.samples
        is_worse = before is not None and before.is_whole and not event.samples.is_whole
        if event.wanted is self.session.samples_of and not is_worse:  # what is read anew stays
            self.session.samples = event.samples
            for screen in self.screen_stack:
                if isinstance(screen, ViewScreen):
                    screen.update_view()

    def action_show_files(self) -> None:
        """Show the Files screen."""
        self._show("files")

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
        if isinstance(self.screen, ViewScreen) and self.current_mode != mode:
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
        stopped = self.workers.cancel_group(self, "samples")
        if any(worker.is_running for worker in stopped):
            self.session.stop_samples()
            if isinstance(self.screen, ViewScreen):
                self.screen.update_view()
            self.notify("Reading stopped: the answers that were read are shown.", markup=False)
        elif self.session.data.is_loading and not self._stopped:
            self._stopped = True
            self.notify("Reading stopped: what was read so far is shown.", markup=False)

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
