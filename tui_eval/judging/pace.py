"""How many games are asked at once: fewer when a server asks for it, later more again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType

_GOOD = 20
"""Replies in a row after which one more game is asked at once."""


class Pace:
    """Lets so many in at once, as ``async with``, and nobody before a common time.

    Args:
        most: At once.
        pause: What waits, so many seconds.
    """

    def __init__(self, most: int, pause: Callable[[float], Awaitable[None]]) -> None:
        self.limit = self._most = most
        self._pause = pause
        self._inside = 0
        self._good = 0
        self._not_before = 0.0
        self._free = asyncio.Condition()

    async def __aenter__(self) -> None:
        async with self._free:
            await self._free.wait_for(lambda: self._inside < self.limit)
            self._inside += 1
        if (wait := self._not_before - time.monotonic()) > 0:
            await self._pause(wait)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        async with self._free:
            self._inside -= 1
            self._free.notify_all()

    def went_well(self) -> None:
        """A reply came."""
        self._good += 1
        if self._good >= _GOOD and self.limit < self._most:
            self.limit += 1
            self._good = 0

    def slow_down(self, wait: float) -> None:
        """The server has too much to do: half as many at once, none of them for some seconds."""
        self.limit = max(1, self.limit // 2)
        self._good = 0
        self._not_before = max(self._not_before, time.monotonic() + wait)
