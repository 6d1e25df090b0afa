"""The first line: the views, which one this is, and how reading goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from tui_eval.render.safe import safe_text

if TYPE_CHECKING:
    from tui_eval.tui.session import LoadState

VIEWS = (
    ("0", "Datasets", "show_datasets"),
    ("1", "Files", "show_files"),
    ("2", "Scores", "show_scores"),
    ("3", "Delta", "show_delta"),
    ("4", "Samples", "show_samples"),
)


class ViewName(Static):
    """A view's name; a click goes there."""

    def __init__(self, key: str, name: str, action: str, *, is_current: bool) -> None:
        label = f" {key} {name} " if not is_current else f"▌{key} {name}▐"
        super().__init__(label, classes="-current" if is_current else "", markup=False)
        self._action = action

    async def on_click(self) -> None:
        """Go to the view."""
        await self.app.run_action(self._action)


class TopBar(Horizontal):
    """Names of the views at the left, progress at the right."""

    DEFAULT_CSS: ClassVar[str] = """
    TopBar {
        height: 1;
        background: $panel;
        color: $foreground;
        ViewName { width: auto; }
        ViewName.-current { text-style: bold reverse; }
        #progress { width: 1fr; text-align: right; padding-right: 1; }
    }
    """

    def __init__(self, current: int) -> None:
        super().__init__()
        self._current = current
        self._told: tuple[LoadState, int | None] | None = None

    def compose(self) -> ComposeResult:
        """The names, then the progress."""
        for number, (key, name, action) in enumerate(VIEWS):
            yield ViewName(key, name, action, is_current=number == self._current)
        yield Static(id="progress", markup=False)

    def show_data(self, data: LoadState, open_count: int | None) -> None:
        """Say how many files were looked at, whether more are to come, and what is open."""
        self._told = (data, open_count)
        progress = self.query_one("#progress", Static)
        text = _progress(data, open_count)
        if text.cell_len > progress.content_size.width and not data.is_loading:
            text = _progress(data, open_count, tells_files=False)
        progress.update(text)

    def on_resize(self) -> None:
        """Say as much as there is room for."""
        if self._told is not None:
            self.call_after_refresh(self.show_data, *self._told)


def _progress(data: LoadState, open_count: int | None, *, tells_files: bool = True) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis", justify="right")
    if data.is_loading:
        text.append(f"reading {data.looked_at} files … {safe_text(data.folder)[-40:]}", "italic")
        return text
    runs = data.loaded.tables.runs.height if data.loaded else 0
    opened = f"{open_count} of " if open_count is not None else ""
    files = f" in {data.looked_at} file{'s' * (data.looked_at != 1)}" if tells_files else ""
    text.append(f"{opened}{runs} run{'s' * (runs != 1)}{files}")
    refused = data.loaded.files.filter(state="refused").height if data.loaded else 0
    text.append(f", {refused} refused" if refused else "", "bold")
    text.append(" (stopped)" if data.cancelled else "")
    text.append(", watching" if data.watches else "", "bold")
    return text
