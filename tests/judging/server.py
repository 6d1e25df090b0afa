"""A server on loopback that answers as it is told to, well or badly."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass
class Request:
    """What came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Answer:
    """What goes back.

    Attributes:
        cut: So many bytes of the body are sent, then the connection ends.
        delay: Seconds before anything is sent.
        is_reset: Nothing is sent at all.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    delay: float = 0.0
    is_reset: bool = False


Script = Callable[[int, Request], Answer]


def code_in(request: Request) -> str:
    """The code of the game that a request asks about."""
    text = request.body["messages"][-1]["content"]
    found = re.search(r"=== ANSWER A (\w+) ===", text)
    assert found
    return found[1]


def says(content: object, **more: Any) -> Answer:
    """A reply of a judge."""
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    choice.update(more.pop("choice", {}))
    whole = {"model": "served", "choices": [choice], **more}
    return Answer(body=json.dumps(whole).encode())


def verdict(request: Request, word: str = "A>B", **more: Any) -> Answer:
    """A reply with a verdict on the game of a request."""
    line = json.dumps({"id": code_in(request), "verdict": word})
    return says(f"A is better.\n{line}", **more)


def error(
    status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    """An error as most servers write it."""
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return Answer(status, body, headers or {})


class Server:
    """Open as long as an ``async with``; ``requests`` are what came, in order."""

    def __init__(self, script: Script) -> None:
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._at_once = 0
        self._script = script
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task, writer in self._open.items():
            if task is not None:
                task.cancel()
            writer.close()
        await asyncio.gather(*filter(None, self._open), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[asyncio.current_task()] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _read(reader)
                number = len(self.requests)
                self.requests.append(request)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                answer = self._script(number, request)
                await asyncio.sleep(answer.delay)
                self._at_once -= 1
                if not await _write(writer, answer):
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(body) if body else None)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> bool:
    if answer.is_reset:
        return False
    lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(answer.body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body[: answer.cut])
    await writer.drain()
    return answer.cut is None
