"""The first line: the views, which one this is, and how reading goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from tui_eval.analysis.notes import Count
from tui_eval.render.safe import safe_text
from tui_eval.tui.places import fitted

if TYPE_CHECKING:
    from tui_eval.tui.session import LoadState

VIEWS = (
    ("0", "Datasets", "show_datasets"),
    ("1", "Files", "show_files"),
    ("2", "Scores", "show_scores"),
    ("3", "Delta", "show_delta"),
    ("4", "Samples", "show_samples"),
    ("5", "Curves", "show_curves"),
    ("6", "Correlation", "show_correlation"),
    ("7", "Re-score", "show_rescore"),
    ("8", "Completeness", "show_completeness"),
)

SHORT = {
    "Datasets": "Data",
    "Samples": "Samp",
    "Curves": "Curv",
    "Correlation": "Corr",
    "Re-score": "Resc",
    "Completeness": "Comp",
}
"""Names of views where not all names have room beside the way and the progress."""

_SHORTEST = {"Correlation": "Cr", "Completeness": "Cm"}
"""Where not even these have room, names have two letters: the first ones, but of these."""

_LEAST_REST = 58  # terminal cells that way and progress have beside the names
_LEAST_BESIDE_SHORT = 24  # the same, beside short names

_PADDING = 2  # terminal cells beside the progress
_LEAST_WAY = 7  # terminal cells of the way


class ViewName(Static):
    """A view's name; a click goes there."""

    def __init__(self, key: str, name: str, action: str, *, is_current: bool) -> None:
        self._label = f" {key} {name} " if not is_current else f"▌{key} {name}▐"
        short = SHORT.get(name, name)
        shorter = (f"{key} {short} ", f"{key} {_SHORTEST.get(name, name[:2])} ")
        self._labels = (self._label, *((self._label,) * 2 if is_current else shorter))
        super().__init__(self._label, classes="-current" if is_current else "", markup=False)
        self._action = action

    def label(self, shortness: int) -> str:
        """The name, or 1 and 2: a shorter one; that of the view that is shown stays."""
        return self._labels[shortness]

    async def on_click(self) -> None:
        """Go to the view."""
        await self.app.run_action(self._action)


class Crumbs(Static):
    """The way from the top to where this is; what has no room is cut from the left."""

    _words: tuple[str, ...] = ()

    def show(self, words: Sequence[str]) -> None:
        """Show another way."""
        if self._words != (shown := tuple(words)):
            self._words = shown
            self.update(Text(fitted(shown, 10_000)))

    @property
    def wanted(self) -> int:
        """Terminal cells that all of it needs."""
        return cell_len(fitted(self._words, 10_000)) + 2

    def render(self) -> Text:
        """As much of the way as has room, its end first."""
        return Text(fitted(self._words, self.content_size.width), no_wrap=True)


class TopBar(Horizontal):
    """Names of the views at the left, the way to this place, progress at the right."""

    DEFAULT_CSS: ClassVar[str] = """
    TopBar {
        height: 1;
        background: $panel;
        color: $foreground;
        ViewName { width: auto; }
        ViewName.-current { text-style: bold reverse; }
        #crumbs { width: 1fr; padding-left: 1; color: $text-primary; }
        #progress {
            width: auto;
            padding: 0 1;
            text-align: right;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
    }
    """

    def __init__(self, current: int) -> None:
        super().__init__()
        self._current = current
        self._told: tuple[LoadState, int | None] | None = None

    def compose(self) -> ComposeResult:
        """The names, then the progress."""
        for key, name, action in VIEWS:
            yield ViewName(key, name, action, is_current=key == str(self._current))
        yield Crumbs(id="crumbs", markup=False)
        yield Static(id="progress", markup=False)

    def show_data(self, data: LoadState, open_count: int | None) -> None:
        """Say how many files were looked at, whether more are to come, and what is open."""
        self._told = (data, open_count)
        self._share()

    def show_crumbs(self, words: Sequence[str]) -> None:
        """Say where this is: the way from the top, a word a step."""
        self.query_one(Crumbs).show(words)
        self._share()

    def on_resize(self) -> None:
        """Share the room anew."""
        self._share()

    def _put_names(self) -> int:
        """Write the names, shorter where not all have room; how many terminal cells they need."""
        names = list(self.query(ViewName))
        widths = [sum(cell_len(name.label(shortness)) for name in names) for shortness in range(3)]
        whole, short, _ = (self.size.width - width for width in widths)
        shortness = 0 if whole >= _LEAST_REST else 1 if short >= _LEAST_BESIDE_SHORT else 2
        for name in names:
            name.update(name.label(shortness))
        return widths[shortness]

    def _share(self) -> None:
        """Leave the way what progress does not need: its end, where that has to be short too."""
        if self._told is None:
            return
        room = self.size.width - self._put_names()
        wanted = self.query_one(Crumbs).wanted
        most = room - min(wanted, room // 2)
        text = _progress(*self._told)
        if text.cell_len + _PADDING > most:
            text = _progress(*self._told, tells_files=False)
        if text.cell_len + _PADDING > most:
            text = _progress(*self._told, tells_files=False, tells_skipped=False)
            most = max(most, min(text.cell_len + _PADDING, room - _LEAST_WAY))
        progress = self.query_one("#progress", Static)
        progress.styles.max_width = max(most, 0)
        progress.update(text)


def _progress(
    data: LoadState,
    open_count: int | None,
    *,
    tells_files: bool = True,
    tells_skipped: bool = True,
) -> Text:
    """How reading goes; when it is done, what there is, as much of it as there is room for."""
    text = Text(no_wrap=True, overflow="ellipsis", justify="right")
    if data.is_loading:
        files = Count(data.looked_at, "file")
        text.append(f"reading {files} … {safe_text(data.folder)[-40:]}", "italic")
        return text
    runs = data.loaded.tables.runs.height if data.loaded else 0
    opened = f"{open_count} of " if open_count is not None else ""
    skipped = _folders_skipped(data)
    files = Count(data.looked_at - skipped, "file")
    text.append(f"{opened}{Count(runs, 'run')}{f' in {files}' * tells_files}")
    refused = data.loaded.files.filter(state="refused").height if data.loaded else 0
    text.append(f", {refused} refused" if refused else "", "bold")
    text.append(" (stopped)" if data.cancelled else "")
    if data.watches:
        new = f" +{len(data.fresh)}" if data.fresh else ""
        text.append(f", watching{new}", "bold")
    text.append(f", {Count(skipped, 'folder')} skipped" if skipped and tells_skipped else "")
    return text


def _folders_skipped(data: LoadState) -> int:
    """How many folders were not walked: hidden ones, and those of installed packages."""
    if data.loaded is None:
        return 0
    from tui_eval.loading.collection import NOT_WALKED

    return data.loaded.files.filter(what=NOT_WALKED).height
