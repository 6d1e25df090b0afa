"""What goes on in the background: reading files and answers, and looking for new ones.

Workers read, and hand what they found to the session on the event loop; screens ask this object for
what they need, and are told when there is more. So no screen knows the app, nor the app the files.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.worker import Worker, get_current_worker

from tui_eval.render.safe import safe_text
from tui_eval.tui.session import CheckRequest, Loaded, LoadState, SampleRequest, Session

if TYPE_CHECKING:
    from textual.app import App

    from tui_eval.loading.cache import Cache
    from tui_eval.loading.check import Checks
    from tui_eval.loading.collection import Collection
    from tui_eval.loading.derived import DerivedRun
    from tui_eval.loading.passes import Samples
    from tui_eval.loading.store import SampleStore

LOOK_EVERY = 2.0  # seconds between two looks at folders that are watched, at least
_REST = 9  # times the CPU time that a look took, with all that is shown anew by it
_WORK = frozenset({"watch", "samples", "answers", "checks", "report"})  # what a look sets going
MOST_UNASKED = 2 << 30
"""Bytes of answers that are read without being asked for: more of them wait for a key."""

_PUBLISH_EVERY = 0.15  # seconds between two updates of the screen while files are read


class Moment(NamedTuple):
    """A time by two clocks, in seconds."""

    wall: float
    cpu: float


class Reading:
    """Reads what the session is about, in workers of the app.

    Args:
        app: Runs the workers, and tells the user.
        session: Where what was found goes.
        changed: Called on the event loop when there is more to show.
        caches: Whether it is kept on disk what files hold.
    """

    def __init__(
        self, app: App[None], session: Session, changed: Callable[[], None], *, caches: bool
    ) -> None:
        self._app = app
        self._session = session
        self._changed = changed
        self._caches = caches
        self._usual = gc.get_threshold()
        self._stopped = False
        self._watches = False
        self._reads_anew = False  # rather than for the first time
        self._looked_at = Moment(float("-inf"), 0.0)  # by who watches
        self._look_cost: float | None = 0.0  # seconds of CPU; None: its work may not be done
        self._fresh: frozenset[str] = frozenset()
        self._collection: Collection | None = None
        self._samples: SampleStore | None = None
        self._step_pattern = ""
        self._derived: list[DerivedRun] = []  # that were made of others since the start

    # files

    def read(self, paths: Iterable[Path]) -> None:
        """Forget what was read and read these paths instead."""
        self._session.forget(paths)
        self._stopped = False
        self.start()

    def start(self) -> None:
        """Read the paths of the session."""
        self._reads_anew = False
        self._start(reads_anew=False)

    def _start(self, *, reads_anew: bool) -> None:
        work = partial(self._read, self._session.paths, reads_anew=reads_anew)
        self._run(work, "read", is_fatal=False)

    def reload(self) -> None:
        """Read everything anew; what is open and looked at stays."""
        self._stopped = False
        self._fresh = frozenset()
        data = self._session.data
        self._session.data = replace(data, folder="…", cancelled=False)
        self._reads_anew = True
        self._start(reads_anew=True)

    def fail(self, error: BaseException | None) -> None:
        """Show what was read before reading files ended by a fault of this program, and say so."""
        self._session.data = replace(self._session.data, folder="", cancelled=True)
        self._changed()
        kind = type(error).__name__
        self._app.notify(f"Reading stopped by a bug in tui-eval ({kind}).", severity="error")

    def _read(self, paths: Sequence[Path], *, reads_anew: bool) -> None:
        if gc.isenabled():
            gc.unfreeze()  # what was read before is no longer kept
        else:  # since the start: collections would hold up the first frame
            gc.freeze()
            gc.enable()
        from tui_eval.loading.collection import OBJECTS, Collection, find
        from tui_eval.loading.config import ConfigError, read_names
        from tui_eval.loading.passes import recompute
        from tui_eval.loading.results import KeptResults

        gc.set_threshold(OBJECTS)
        worker = get_current_worker()
        try:
            self._session.aliases = read_names()
            self._step_pattern = self._wanted_step_pattern()
        except ConfigError as error:
            self._tell(str(error), is_warning=True)
        collection = self._collection = Collection()
        cache = self._cache()
        kept = KeptResults(cache, paths, reads_anew=reads_anew)
        due = time.monotonic()

        def stopped() -> bool:
            return worker.is_cancelled or self._stopped

        def places() -> Iterator[str]:
            for file in find(paths, stopped, kept=kept):
                collection.add(file)
                yield str(file.path.parent)
            for run in recompute(collection, cache, stopped):
                yield str(run.path)

        for place in places():
            if time.monotonic() >= due:
                started = time.monotonic()
                self._publish(worker, collection, place)
                spent = time.monotonic() - started
                due = started + max(_PUBLISH_EVERY, 4 * spent)
        _leave_alone(self._usual)
        for run in self._derived:  # where its files are as they were
            collection.derive(run)
        self._publish(worker, collection, "")
        for path in paths:
            if not os.path.exists(path):
                self._tell(f"No such file or folder: {path}", is_warning=True)
        kept.save()
        _prepare(collection, lambda: worker.is_cancelled)

    def _wanted_step_pattern(self) -> str:
        """A person's expression for training steps; of one that cannot be used it is said why."""
        from tui_eval.loading.config import names_path, read_step_pattern

        pattern = read_step_pattern()
        if not pattern:
            return ""
        from tui_eval.analysis.training_steps import PatternError, checked_pattern

        try:
            return checked_pattern(pattern)
        except PatternError as error:
            self._tell(f"{names_path()}: steps: {error}", is_warning=True)
            return ""

    def add(self, run: DerivedRun) -> None:
        """Show a run that was made of another one beside it; in a thread."""
        if self._collection is None:
            return
        self._derived.append(run)
        self._collection.derive(run)
        self._app.call_later(self._open, run.key)
        self._publish(get_current_worker(), self._collection, "", is_asked=True)

    def _open(self, key: str) -> None:
        """Let a run be among those that are open."""
        if self._session.opened is not None:
            self._session.opened |= {key}

    def _publish(
        self,
        worker: Worker[None],
        collection: Collection,
        folder: str,
        *,
        is_asked: bool = False,
    ) -> None:
        from tui_eval.analysis.aliases import unified

        files = collection.file_table()
        written = collection.tables()
        if self._step_pattern:
            written = replace(written, step_pattern=self._step_pattern)
        runs = {run.key: run for run in collection.runs}
        loaded = Loaded(unified(written, self._session.aliases), files, written, runs)
        state = (files.height, folder, self._stopped, self._watches, self._fresh)
        if not worker.is_cancelled:  # something else is read by now
            self._app.call_later(self._take, LoadState(loaded, *state), is_asked=is_asked)

    def _take(self, data: LoadState, *, is_asked: bool = False) -> None:
        before = self._session.data.loaded
        if self._reads_anew and data.is_loading and before is not None:
            data = replace(data, loaded=before)  # what is shown stays until all is there again
        self._session.take(data, is_asked=is_asked or self._reads_anew or data.watches)
        self._changed()

    # new files

    def toggle_watch(self) -> None:
        """Look for new results every other second, or no longer."""
        self._watches = not self._watches
        self._session.data = replace(self._session.data, watches=self._watches)
        words = "New results are shown as they appear" if self._watches else "No longer watching"
        self._app.notify(f"{words}.", markup=False)
        self._changed()

    def watch(self) -> None:
        """Look for new results, if that is wanted and the last look is long enough ago."""
        if not self._watches or self._collection is None or self._session.data.is_loading:
            return
        if any(worker.group in _WORK and worker.is_running for worker in self._app.workers):
            return  # a look at the same time would begin it again
        now = Moment(time.monotonic(), time.process_time())
        if self._look_cost is None:
            self._look_cost = now.cpu - self._looked_at.cpu
        if now.wall - self._looked_at.wall > _REST * self._look_cost:
            self._looked_at, self._look_cost = now, None
            look = partial(self._look_again, self._collection, self._session.paths)
            self._run(look, "watch", is_fatal=False)

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

    # answers

    def ensure_samples(self) -> None:
        """Read the answers that are looked at, unless that was done."""
        session = self._session
        if session.data.is_loading:
            return  # there may be more runs to compare
        wanted, before = session.sample_request(), session.request
        if wanted is None:
            session.request = session.samples = None
            return
        is_same = before is not None and before.identity == wanted.identity
        if before is None or not is_same or before.loaded is not wanted.loaded:
            session.request = wanted
            session.samples = session.samples if is_same else None
            self._run(partial(self._read_samples, wanted, session.view.category), "samples")

    def _read_samples(self, wanted: SampleRequest, category: str | None) -> None:
        worker = get_current_worker()
        loaded = wanted.loaded
        for samples in self._store().read(
            wanted.runs,
            loaded.written,
            loaded.tables,
            wanted.dataset,
            category,
            lambda: worker.is_cancelled,
        ):
            self._app.call_later(self._take_samples, samples, wanted)

    def ensure_answers(self) -> None:
        """Read the answers of all runs that are shown, unless that was done: tests are paired then.

        Where that is very much, wait until somebody asks for it (`read_answers`).
        """
        self._ensure_answers(is_asked=False)

    def read_answers(self) -> bool:
        """Read the answers that were too many to be read unasked; whether there are any."""
        if self._session.unread is None:
            return False
        self._ensure_answers(is_asked=True)
        return True

    def _ensure_answers(self, *, is_asked: bool) -> None:
        session = self._session
        if session.data.is_loading:
            return  # there may be more runs to compare
        wanted, before = session.all_answers_request(), session.answers_request
        is_same = wanted is not None and before is not None and before.identity == wanted.identity
        is_held = before is not None and before.loaded is session.loaded  # else it is freed
        if is_same and is_held and not is_asked:
            return
        session.answers_request, session.unread = wanted, None
        session.answers = session.answers if is_same else None
        if wanted is None:
            self._app.workers.cancel_group(self._app, "answers")
        else:
            self._run(partial(self._read_answers, wanted, is_asked=is_asked), "answers")

    def _read_answers(self, wanted: SampleRequest, *, is_asked: bool) -> None:
        worker = get_current_worker()
        store, loaded = self._store(), wanted.loaded
        if not is_asked:
            of = (wanted.runs, loaded.written, loaded.tables, wanted.dataset)
            size = store.unread_bytes(*of)
            if size > MOST_UNASKED:
                self._app.call_later(self._take_unread, size, wanted)
                return
        for answers in store.read(
            wanted.runs,
            loaded.written,
            loaded.tables,
            wanted.dataset,
            cancelled=lambda: worker.is_cancelled,
        ):
            self._app.call_later(self._take_answers, answers, wanted)

    def _take_unread(self, size: int, wanted: SampleRequest) -> None:
        if wanted is self._session.answers_request:
            self._session.unread = size
            self._changed()

    def _take_answers(self, answers: Samples, wanted: SampleRequest) -> None:
        session = self._session
        if wanted is session.answers_request:
            session.answers = answers
            self._changed()

    def _store(self) -> SampleStore:
        from tui_eval.loading.store import SampleStore

        if self._samples is None:
            self._samples = SampleStore(self._cache())
        return self._samples

    def _take_samples(self, samples: Samples, wanted: SampleRequest) -> None:
        session = self._session
        before = session.samples
        is_worse = before is not None and before.is_whole and not samples.is_whole
        if wanted is session.request and not is_worse:  # what is read anew stays
            session.samples = samples
            self._changed()

    # whether runs are complete

    def ensure_checks(self) -> None:
        """Look up whether the open runs are complete, unless that was done.

        Where very much must be read for it, wait until somebody asks (`read_checks`).
        """
        session = self._session
        if session.data.is_loading:
            return  # there may be more runs
        wanted, before = session.check_request(), session.checks_request
        if wanted is None:
            return
        is_known = before is not None and before.covers(wanted)
        if before is not None and is_known and before.loaded is wanted.loaded:
            return
        session.checks = session.checks if is_known else None
        self._check(wanted, is_asked=False)

    def read_checks(self) -> bool:
        """Look up what was too much to be read unasked, or was stopped; whether there is any."""
        wanted, checks = self._session.check_request(), self._session.checks
        is_whole = checks is not None and checks.is_whole
        if wanted is None or is_whole or self.checks_go_on:
            return False
        self._check(wanted, is_asked=True)
        return True

    @property
    def checks_go_on(self) -> bool:
        """Whether it is being looked up which runs are complete."""
        return any(one.group == "checks" and not one.is_finished for one in self._app.workers)

    def stop_checks(self) -> bool:
        """Stop looking up which runs are complete. Whether that went on."""
        if not self._cancelled("checks"):
            return False
        self._session.stop_checks()
        self._changed()
        self._app.notify("Reading stopped: A reads on.", markup=False)
        return True

    def _check(self, wanted: CheckRequest, *, is_asked: bool) -> None:
        self._session.checks_request, self._session.unchecked = wanted, None
        self._run(partial(self._read_checks, wanted, is_asked=is_asked), "checks")

    def _read_checks(self, wanted: CheckRequest, *, is_asked: bool) -> None:
        from tui_eval.loading.check import check
        from tui_eval.loading.passes import all_unread_bytes

        worker = get_current_worker()
        loaded, cache, due = wanted.loaded, self._cache(), 0.0
        if not is_asked:
            size = all_unread_bytes(wanted.runs.values(), cache)
            if size > MOST_UNASKED:
                self._app.call_later(self._take_unchecked, size, wanted)
                return
        for checks in check(
            wanted.runs,
            loaded.written,
            loaded.tables,
            cache,
            lambda: worker.is_cancelled,
            store=self._store(),
        ):
            if not checks.is_whole and time.monotonic() < due:
                continue
            due = time.monotonic() + _PUBLISH_EVERY
            self._app.call_later(self._take_checks, checks, wanted)

    def _take_unchecked(self, size: int, wanted: CheckRequest) -> None:
        if wanted is self._session.checks_request:
            self._session.unchecked = size
            self._changed()

    def _take_checks(self, checks: Checks, wanted: CheckRequest) -> None:
        session = self._session
        before = session.checks
        is_worse = before is not None and before.is_whole and not checks.is_whole
        if wanted is session.checks_request and not is_worse:  # what is looked up anew stays
            session.checks = checks
            self._changed()

    # all

    def stop(self) -> bool:
        """Stop reading answers; else files. Whether anything was being read."""
        if self._cancelled("samples"):
            self._session.stop_samples()
            self._changed()
            self._app.notify("Reading stopped: the answers that were read are shown.", markup=False)
            return True
        if self.stop_answers() or self.stop_checks():
            return True
        if not self._session.data.is_loading or self._stopped:
            return False
        self._stopped = True
        self._app.notify("Reading stopped: what was read so far is shown.", markup=False)
        return True

    def stop_answers(self) -> bool:
        """Stop reading the answers for tests. Whether they were being read."""
        if not self._cancelled("answers"):
            return False
        self._session.stop_answers()
        self._changed()
        words = "Reading stopped: where answers are missing, tests use totals only."
        self._app.notify(words, markup=False)
        return True

    def _cancelled(self, group: str) -> bool:
        """Cancel the work of a group; whether any was going on."""
        cancelled = self._app.workers.cancel_group(self._app, group)
        return any(worker.is_running for worker in cancelled)

    def _run(self, work: Callable[[], None], group: str, *, is_fatal: bool = True) -> None:
        self._app.run_worker(work, group=group, exclusive=True, thread=True, exit_on_error=is_fatal)

    def _tell(self, words: str, *, is_warning: bool = False) -> None:
        tell = partial(self._app.notify, safe_text(words), markup=False)
        self._app.call_later(partial(tell, severity="warning") if is_warning else tell)

    def _cache(self) -> Cache:
        """Where it is kept what files hold."""
        from tui_eval.loading.cache import Cache, cache_path

        return Cache(cache_path() if self._caches else None)


def _leave_alone(usual: tuple[int, int, int]) -> None:
    """Let collections of garbage leave alone what was read: going over it would hold up a key.

    Before it is shown whole: what is frozen while it is in use is not freed when it no longer is.
    """
    gc.set_threshold(*usual)
    gc.collect()  # first: garbage that is frozen is never freed
    gc.freeze()


def _prepare(collection: Collection, cancelled: Callable[[], bool]) -> None:
    """Start the child that reads Parquet files before answers in some are looked at."""
    from tui_eval.files.parquet import is_parquet, prepare
    from tui_eval.loading.pool import Call, results

    if any(is_parquet(file.path) for run in collection.runs for file in run.samples):
        for _ in results([Call(prepare, ())], 1, cancelled, keep=True):
            pass
