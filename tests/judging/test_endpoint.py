"""The judge's endpoint against a server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.judging.server import Answer, Request, Script, Server, error, says, verdict
from tui_eval.judging.address import AddressError, chat_address, is_near, models_address
from tui_eval.judging.endpoint import Asked, Endpoint, KeyFormatError, RunError, checked_key
from tui_eval.judging.replies import read_reply

KEY = "sk-very-secret"
MESSAGES = [{"role": "user", "content": "=== ANSWER A c0de ==="}]


class Waits:
    """Waits of an endpoint, none of which takes long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> Coroutine[Any, Any, None]:
        self.seconds.append(seconds)
        return asyncio.sleep(0)


async def ask(script: Script, **options: Any) -> tuple[Asked, Server, Waits]:
    waits = Waits()
    async with Server(script) as server:
        address = chat_address(server.url)
        async with Endpoint(address, "judge", KEY, pause=waits, **options) as endpoint:
            return await endpoint.ask(MESSAGES), server, waits


def at_first(bad: Answer, times: int = 1) -> Script:
    """A server that answers badly, then well."""
    return lambda number, request: bad if number < times else verdict(request)


async def test_what_is_sent() -> None:
    asked, server, _ = await ask(
        lambda _, request: verdict(request), options={"temperature": 0, "max_tokens": 9}
    )
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "judge",
        "temperature": 0,
        "max_tokens": 9,
        "messages": MESSAGES,
    }
    assert asked.reply.state == "ok"
    assert asked.reply.model == "served"
    assert dict(asked.sent) == {"model": "judge", "temperature": 0, "max_tokens": 9}


@pytest.mark.parametrize(
    "bad",
    [
        error(500, "oops"),
        error(502, "bad gateway"),
        error(503, "Loading model"),
        error(529, "overloaded"),
        error(408, "slow"),
        Answer(502, b"<html>Bad Gateway</html>"),
        Answer(is_reset=True),
        Answer(body=b'{"choices": [{"message"', cut=10),
        Answer(200, b"no gzip", {"content-encoding": "gzip"}),
    ],
)
async def test_what_may_pass_is_asked_again(bad: Answer) -> None:
    asked, server, waits = await ask(at_first(bad, 2))
    assert asked.reply.state == "ok"
    assert len(server.requests) == 3
    assert len(waits.seconds) == 2
    assert all(seconds > 0 for seconds in waits.seconds)


async def test_it_gives_up_after_six_tries() -> None:
    asked, server, _ = await ask(lambda *_: error(500, "oops"))
    assert (asked.reply.state, asked.tries, len(server.requests)) == ("error", 6, 6)
    assert "500 oops" in asked.reply.reason


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
async def test_the_server_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    _, _, waits = await ask(at_first(error(429, "slow down", headers)))
    assert waits.seconds[0] == pytest.approx(seconds)


async def test_a_wait_of_an_hour_ends_the_run() -> None:
    with pytest.raises(RunError, match="asks to wait 3600 s"):
        await ask(at_first(error(429, "slow down", {"retry-after": "3600"})))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (error(401, "wrong key"), "401 wrong key"),
        (error(402, "no balance"), "402 no balance"),
        (error(403, "forbidden"), "403 forbidden"),
        (error(404, "The model `x` does not exist."), "404 The model `x` does not exist."),
        (error(429, "quota", code="insufficient_quota"), "429 quota"),
        (Answer(307, b"", {"location": "http://elsewhere.example/v1"}), "redirects are refused"),
        (Answer(301, b"", {"location": "/other"}), "redirects are refused"),
    ],
)
async def test_what_would_always_fail_ends_the_run(bad: Answer, words: str) -> None:
    with pytest.raises(RunError) as caught:
        await ask(lambda *_: bad)
    assert words in str(caught.value)


async def test_nothing_is_sent_to_another_host() -> None:
    async with Server(lambda _, request: verdict(request)) as other:
        target = Answer(308, b"", {"location": f"{other.url}/v1/chat/completions"})
        with pytest.raises(RunError, match="redirects are refused"):
            await ask(lambda *_: target)
        assert other.requests == []


async def test_the_key_is_in_no_message() -> None:
    with pytest.raises(RunError) as caught:
        await ask(lambda *_: error(401, f"Incorrect API key provided: {KEY}"))
    assert KEY not in str(caught.value)
    replies = [
        error(400, f"what is {KEY}?"),
        error(400, "x" * 190 + KEY),
        Answer(body=json.dumps({"error": {"message": f"{KEY} is over its limit"}}).encode()),
        says(f"I was told {KEY}"),
    ]
    for answer in replies:
        asked, _, _ = await ask(at_first(answer, 9))
        told = asked.reply.reason + asked.reply.content
        assert told
        assert KEY[:6] not in told


async def test_the_key_is_in_no_list_of_models() -> None:
    listed = Answer(body=json.dumps({"data": [{"id": f"x {KEY}"}]}).encode())
    async with (
        Server(lambda *_: listed) as server,
        Endpoint(chat_address(server.url), "judge", KEY) as endpoint,
    ):
        assert await endpoint.models() == ["x …"]


async def test_a_reply_that_is_too_large_is_not_read_to_its_end() -> None:
    asked, server, _ = await ask(lambda *_: Answer(body=b"x" * (9 << 20)))
    assert asked.reply.reason == "the reply is over 8 MB"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("bad", "state"),
    [
        (error(400, "nonsense"), "error"),
        (error(422, "`inputs` must have less than 4096 tokens"), "too_long"),
        (error(400, "no", code="context_length_exceeded"), "too_long"),
        (error(400, "filtered", code="content_filter"), "content_filter"),
        (error(413, "too much"), "error"),
    ],
)
async def test_what_a_game_itself_causes_is_not_asked_again(bad: Answer, state: str) -> None:
    asked, server, _ = await ask(lambda *_: bad)
    assert (asked.reply.state, len(server.requests)) == (state, 1)


async def test_a_field_that_is_refused_is_sent_under_another_name() -> None:
    told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    asked, server, _ = await ask(at_first(error(400, told)), options={"max_tokens": 9})
    assert asked.tries == 1
    assert "max_tokens" not in server.requests[1].body
    assert server.requests[1].body["max_completion_tokens"] == 9
    assert asked.sent["max_completion_tokens"] == 9


async def test_a_field_that_is_refused_is_left_out() -> None:
    told = "Unsupported value: 'temperature' does not support 0."
    asked, server, _ = await ask(at_first(error(400, told)), options={"temperature": 0})
    assert "temperature" not in server.requests[1].body
    assert "temperature" not in asked.sent


async def test_a_server_that_drips_is_left() -> None:
    asked, server, _ = await ask(lambda *_: Answer(delay=5.0), timeout=0.05)
    assert asked.reply.reason == "no reply within 0.05 s"
    assert len(server.requests) == 6


async def test_concurrency_is_bounded_and_halved() -> None:
    def script(number: int, request: Request) -> Answer:
        return error(429, "slow", {"retry-after": "0"}) if number == 0 else verdict(request)

    async with Server(script) as server:
        address = chat_address(server.url)
        async with Endpoint(address, "judge", concurrency=4, pause=Waits()) as endpoint:
            replies = await asyncio.gather(*(endpoint.ask(MESSAGES) for _ in range(30)))
            assert [one.reply.state for one in replies] == ["ok"] * 30
            assert server.most_at_once <= 4
            assert endpoint.pace.limit in (2, 3)


async def test_models_are_listed() -> None:
    listed = Answer(body=json.dumps({"data": [{"id": "judge"}, {"id": "other"}]}).encode())
    async with Server(lambda *_: listed) as server:
        async with Endpoint(chat_address(server.url), "judge") as endpoint:
            assert await endpoint.models() == ["judge", "other"]
        assert server.requests[0].path == "/v1/models"


@pytest.mark.parametrize("bad", [error(404, "no such path"), Answer(body=b"<html>")])
async def test_a_server_that_lists_no_models(bad: Answer) -> None:
    async with (
        Server(lambda *_: bad) as server,
        Endpoint(chat_address(server.url), "judge") as endpoint,
    ):
        assert await endpoint.models() is None


async def test_a_server_that_is_not_there() -> None:
    async with Endpoint("http://127.0.0.1:9/v1/chat/completions", "judge") as endpoint:
        with pytest.raises(RunError, match=r"http://127\.0\.0\.1:9/.* cannot be reached"):
            await endpoint.models()


@pytest.mark.parametrize("key", ["a\nb", "ключ", "a\x7fb"])
def test_a_key_that_no_header_can_have(key: str) -> None:
    with pytest.raises(KeyFormatError) as caught:
        checked_key(key)
    assert key not in str(caught.value)


def test_a_key_is_taken_without_what_stands_around_it() -> None:
    assert checked_key(f" {KEY}\n") == KEY
    assert checked_key("  ") is None


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("http://h:8000", "http://h:8000/v1/chat/completions"),
        ("http://h:8000/", "http://h:8000/v1/chat/completions"),
        ("https://h/api/v1", "https://h/api/v1/chat/completions"),
        ("https://h/v1/chat/completions", "https://h/v1/chat/completions"),
        (
            "https://h/d/chat/completions?api-version=1",
            "https://h/d/chat/completions?api-version=1",
        ),
    ],
)
def test_addresses(told: str, address: str) -> None:
    assert chat_address(told) == address
    assert models_address(address).endswith(("/models", "/models?api-version=1"))


@pytest.mark.parametrize("told", ["localhost:8000/v1", "", "ftp://h", "http://", "http://h:x"])
def test_what_is_no_address(told: str) -> None:
    with pytest.raises(AddressError):
        chat_address(told)


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]:8/", True),
        ("http://gpu7.local/", True),
        ("http://10.0.0.1/", False),
        ("https://api.example.com/v1", False),
    ],
)
def test_near_servers_need_no_proxy(address: str, near: bool) -> None:
    assert is_near(address) is near


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"", "error"),
        (b"<html>log in</html>", "error"),
        (b"[]", "error"),
        (b"{}", "error"),
        (b'{"choices": []}', "error"),
        (b'{"choices": null}', "error"),
        (b'{"error": {"message": "late"}}', "error"),
        (b'{"choices": [{"message": null}]}', "ok"),
        (b'{"choices": [{"message": {"content": [{"type": "text", "text": "x"}]}}]}', "ok"),
        (says("x", choice={"finish_reason": "length"}).body, "length"),
        (says("x", choice={"finish_reason": "content_filter"}).body, "content_filter"),
        (says("x", choice={"finish_reason": "abort"}).body, "error"),
        (b"{" + b'"a":[' * 100_000, "error"),
    ],
)
def test_replies(body: bytes, state: str) -> None:
    assert read_reply(body).state == state


def test_what_a_server_counts() -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    assert read_reply(says("x", usage=usage).body).usage == (12, 3, None)
    assert read_reply(says("x", usage=None).body).usage == (None, None, None)


def test_half_surrogate_pairs_can_be_written() -> None:
    reply = read_reply(b'{"choices": [{"message": {"content": "a\\ud83d"}}]}')
    assert reply.content.encode("utf-8") == b"a\\ud83d"


def test_no_proxy_of_the_environment_stands_before_a_near_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert os.environ["HTTP_PROXY"]
    asked, _, _ = asyncio.run(ask(lambda _, request: verdict(request)))
    assert asked.reply.state == "ok"
