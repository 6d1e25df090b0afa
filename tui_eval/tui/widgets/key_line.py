"""The last line: keys of the screen."""

from __future__ import annotations

from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer without its leak: it makes all keys anew when the focus moves."""

    async def recompose(self) -> None:
        """Make the keys anew, and let go of those before."""
        await super().recompose()
        self.mutate_reactive(Footer.compact)  # only then those that are gone no longer watch it
