"""An OpenAI-compatible endpoint that is asked, again where that may help, and never elsewhere.

Whatever goes wrong is a state of one game, or ends the whole run (`RunError`) where every further
game would go wrong in the same way. The key is in headers alone: it is removed from all words.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import httpx2

from tui_eval.judging.address import is_near, models_address, shown_address
from tui_eval.judging.pace import Pace
from tui_eval.judging.replies import (
    LONGEST,
    Reply,
    code_of_error,
    error_of,
    read_reply,
    state_of_error,
)

TRIES: Final = 6
"""How often a game is asked at most."""

LONGEST_WAIT: Final = 120.0
"""Seconds: a server that asks for more ends the run."""

LARGEST: Final = 8 << 20
"""Bytes of a reply: a longer one is none of a judge."""

LOADING: Final = 300.0
"""Seconds that a server may take to load its model, without counting as tries."""

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_ENDS_ALL = frozenset({401, 402, 403, 404})
_RENAMED = {"max_tokens": "max_completion_tokens"}
_DROPPED = ("temperature", "response_format", "seed")
_NO_MONEY = "insufficient_quota"

Pause = Callable[[float], Awaitable[None]]


class RunError(Exception):
    """No further game can be asked; the message says why, without secrets."""


class KeyFormatError(ValueError):
    """The key cannot be sent; the message does not hold it."""


class Asked(NamedTuple):
    """A reply, and what it took.

    Attributes:
        reply: The last one.
        tries: How often the game was asked.
        seconds: From the first try to the end.
        sent: What was sent beside the conversation.
    """

    reply: Reply
    tries: int
    seconds: float
    sent: Mapping[str, Any]


class _Try(NamedTuple):
    """What came of one request.

    Attributes:
        again: Whether it may help to ask again.
        wait: Seconds that the server asks to wait before; None: it does not say.
        counts: Whether it is one of `TRIES`.
    """

    reply: Reply
    again: bool = False
    wait: float | None = None
    counts: bool = True


def checked_key(key: str | None) -> str | None:
    """A key that can stand in a header; None: there is none.

    Raises:
        KeyFormatError: It has characters that no header can have.
    """
    if key is None or not key.strip():
        return None
    stripped = key.strip()
    if not stripped.isascii() or any(not character.isprintable() for character in stripped):
        raise KeyFormatError("the key has characters that no header can have (a line's end?)")
    return stripped


class Endpoint:
    """A judge's endpoint, open as long as a ``with``.

    Args:
        address: Of `address.chat_address`.
        model: The judge.
        key: Of `checked_key`.
        header: The header that it stands in; ``Authorization`` gets ``Bearer`` before it.
        options: Fields of the request beside model and conversation.
        concurrency: Games at once, at most.
        timeout: Seconds for one try.
        authority: A file of certificates that are trusted.
        uses_proxy: Whether a proxy of the environment is used, where the server is not near.
        pause: What waits.
    """

    def __init__(
        self,
        address: str,
        model: str,
        key: str | None = None,
        *,
        header: str = "Authorization",
        options: Mapping[str, Any] | None = None,
        concurrency: int = 8,
        timeout: float = 600.0,
        authority: Path | None = None,
        uses_proxy: bool = True,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.address = address
        self.model = model
        self.options = dict(options or {})
        self.pace = Pace(concurrency, pause)
        self._key = key
        self._timeout = timeout
        self._pause = pause
        self._changed: set[str] = set()  # fields that the server refused
        self._loading_since: float | None = None
        headers = {}
        if key is not None:
            headers[header] = f"Bearer {key}" if header.lower() == "authorization" else key
        limits = httpx2.Limits(
            max_connections=concurrency,
            max_keepalive_connections=concurrency,
            keepalive_expiry=2.0,  # servers close idle connections after 5
        )
        self._client = httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(timeout, connect=10.0, pool=None),
            limits=limits,
            follow_redirects=False,  # what is posted goes nowhere else
            trust_env=uses_proxy and not is_near(address),
            verify=_trusted(address, authority),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def models(self) -> list[str] | None:
        """The models that the server lists; None: it lists none.

        Raises:
            RunError: It cannot be reached, or the key is wrong.
        """
        try:
            async with asyncio.timeout(10.0):
                found = await self._client.get(models_address(self.address))
        except (httpx2.TransportError, TimeoutError) as error:
            raise RunError(self._words(f"cannot be reached: {_trouble(error)}")) from None
        body = self._public(found.content)
        if found.status_code in (401, 403):
            raise RunError(self._words(f"refuses to answer: {_told(found.status_code, body)}"))
        try:
            data = json.loads(body)["data"] if found.is_success else []
            names = [one["id"] for one in data]
        except (ValueError, KeyError, TypeError):
            return None
        return [name for name in names if isinstance(name, str)] or None

    async def ask(self, messages: Sequence[Mapping[str, str]]) -> Asked:
        """Ask about one game, up to `TRIES` times.

        Raises:
            RunError: No further game can be asked.
        """
        started = time.monotonic()
        tries = 0
        while True:
            sent = self._sent()
            async with self.pace:
                found = await self._once({**sent, "messages": list(messages)})
            tries += found.counts
            if not found.again or tries >= TRIES:
                return Asked(found.reply, max(tries, 1), time.monotonic() - started, sent)
            await self._pause(_backoff(tries) if found.wait is None else found.wait)

    def _sent(self) -> dict[str, Any]:
        found = {"model": self.model, **self.options}
        for field in self._changed:
            value = found.pop(field)
            if field in _RENAMED:
                found[_RENAMED[field]] = value
        return found

    async def _once(self, body: Mapping[str, Any]) -> _Try:
        try:
            async with asyncio.timeout(self._timeout):
                found, content = await self._posted(_sendable(body))
        except TimeoutError:
            reason = f"no reply within {self._timeout:g} s"
            return _Try(Reply(state="error", reason=reason), again=True)
        except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.ProxyError) as error:
            raise RunError(self._words(f"cannot be asked: {type(error).__name__}")) from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            reason = self._words(_trouble(error))
            return _Try(Reply(state="error", reason=reason), again=True)
        if content is None:
            return _Try(Reply(state="error", reason=f"the reply is over {LARGEST >> 20} MB"))
        if found.is_success:
            self._loading_since = None
            self.pace.went_well()
            return _Try(read_reply(content))
        return self._failed(found, content)

    async def _posted(self, body: Mapping[str, Any]) -> tuple[httpx2.Response, bytes | None]:
        """A response and its body, without the key; None: the body is too large."""
        async with self._client.stream("POST", self.address, json=body) as found:
            parts = bytearray()
            async for part in found.aiter_bytes():
                parts += part
                if len(parts) > LARGEST:
                    return found, None
        return found, self._public(bytes(parts))

    def _public(self, body: bytes) -> bytes:
        """A body in which the key does not stand, nor as JSON writes it."""
        for key in (self._key or "", json.dumps(self._key or "")[1:-1]):
            if key:
                body = body.replace(key.encode(), "…".encode())
        return body

    def _failed(self, found: httpx2.Response, body: bytes) -> _Try:
        """What a reply with another status than 200 means."""
        status = found.status_code
        if found.is_redirect:
            target = shown_address(str(found.headers.get("location", "")))
            raise RunError(self._words(f"sends on to {target}: redirects are refused"))
        if status in _ENDS_ALL or code_of_error(body) == _NO_MONEY:
            raise RunError(self._words(f"refuses to answer: {_told(status, body)}"))
        reply = Reply(state=state_of_error(body), reason=self._words(_told(status, body)))
        if status == 400 and reply.state == "error" and self._changes_a_field(body):
            return _Try(reply, again=True, wait=0.0, counts=False)
        if found.headers.get("x-should-retry", str(status in _AGAIN)).lower() != "true":
            return _Try(reply)
        wait = _asked_wait(found.headers)
        if wait is not None and wait > LONGEST_WAIT:
            raise RunError(self._words(f"asks to wait {wait:.0f} s: {_told(status, body)}"))
        if status == 429:
            self.pace.slow_down(wait or 0.0)
        return _Try(reply, again=True, wait=wait, counts=not self._loads(status))

    def _loads(self, status: int) -> bool:
        """Whether the server may be loading its model, and not for too long yet."""
        if status != 503:
            return False
        self._loading_since = self._loading_since or time.monotonic()
        return time.monotonic() - self._loading_since < LOADING

    def _changes_a_field(self, body: bytes) -> bool:
        """Whether another request may be taken: the server named a field that it refuses."""
        told = error_of(body).lower()
        for field, instead in _RENAMED.items():
            if field in self.options and field not in self._changed and instead in told:
                self._changed.add(field)
                return True
        for field in _DROPPED:
            if field in self.options and field not in self._changed and field in told:
                self._changed.add(field)
                return True
        return False

    def _words(self, text: str) -> str:
        """A sentence on this endpoint, in which no key is."""
        told = f"{shown_address(self.address)} {text}"
        return told.replace(self._key, "…") if self._key else told


def _trusted(address: str, authority: Path | None) -> ssl.SSLContext | bool:
    """Whose certificates are trusted; reading them takes long where none is needed."""
    if address.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return True if authority is None else ssl.create_default_context(cafile=os.fspath(authority))


def _sendable(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body without half surrogate pairs, which no server can read."""
    return {**body, "messages": [_whole(message) for message in body["messages"]]}


def _whole(message: Mapping[str, str]) -> dict[str, str]:
    return {name: text.encode("utf-8", "replace").decode() for name, text in message.items()}


def _trouble(error: Exception) -> str:
    """A failure of the network in words; many have none of their own."""
    told = " ".join(str(error).split())[:LONGEST]
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def _told(status: int, body: bytes) -> str:
    return f"{status} {error_of(body)}".strip()


def _backoff(tries: int) -> float:
    most: float = min(60.0, 0.5 * 2.0**tries)
    return most * random.uniform(0.5, 1.0)  # noqa: S311  # not for secrets


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: ``retry-after-ms``, ``retry-after``, a date."""
    try:
        if (told := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(told) / 1000)
        told = headers.get("retry-after")
        return None if told is None else max(0.0, float(told))
    except ValueError:
        return _until(told or "")


def _until(date: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return None
