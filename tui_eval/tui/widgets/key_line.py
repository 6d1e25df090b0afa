"""The last line: keys of the screen."""

from __future__ import annotations

from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer, which makes all keys anew when the focus moves, though they stay the same.

    That is a tenth of what a key press costs, and keys that are gone are kept by it.
    """

    _keys: tuple[object, ...] = ()  # what is drawn

    async def recompose(self) -> None:
        """Make the keys anew where they changed, and let go of those before."""
        keys = tuple(
            (binding, self.app.get_key_display(binding), enabled, tooltip)
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show
        )
        if keys == self._keys:
            return
        self._keys = keys
        await super().recompose()
        self.mutate_reactive(Footer.compact)  # only then those that are gone no longer watch it
