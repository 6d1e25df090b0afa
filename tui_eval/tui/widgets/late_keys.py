"""Keys that were typed before the focus moved, and are handled after it did.

Textual hands out all keys of one write at once, to the widget that has the focus then: of ``/word``
the letters would run commands, before the prompt that ``/`` opens ever sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from textual import events

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget

_typed_in: WeakKeyDictionary[events.Key, Widget] = WeakKeyDictionary()


class RemembersKeys:  # no Widget itself: a widget has its component classes of its first base
    """Remembers which keys were typed here; a key that came after the focus went is passed on."""

    def on_key(self: Widget, event: events.Key) -> None:  # type: ignore[misc]
        """Note where the key was typed."""
        _typed_in.setdefault(event, self)
        pass_on_late(self.app, event)


def pass_on_late(app: App[None], event: events.Key) -> None:
    """Hand a key to where people type by now, if that is not where it was typed."""
    origin = _typed_in.get(event)
    if origin is not None and app.focused is not origin:
        event.stop()
        event.prevent_default()
        app.post_message(events.Key(event.key, event.character))
