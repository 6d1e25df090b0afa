"""The command battle: what it would take, what is sent, and what is kept."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.build.commands import SAMPLES, Command, command, environment
from tests.judging.server import Answer, Request, Script, Server, error, says, verdict

__all__ = ["command"]  # the fixture

DATASET = "pocketquiz_short"
SECRET = "sk-very-secret-key"


@contextmanager
def served(script: Script) -> Iterator[Server]:
    """A server in a thread of its own."""
    ready = threading.Event()
    ends: list[Any] = []

    async def serve() -> None:
        stop = asyncio.Event()
        async with Server(script) as server:
            ends.extend((server, asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    server, loop, stop = ends
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def fair(_: int, request: Request) -> Answer:
    if request.method == "GET":
        return error(404, "no list")
    return verdict(request)


def words(server: Server, out: Path, *more: object) -> list[object]:
    judge = ("--judge-url", server.url, "--judge-model", "judge", "--out", out)
    runs = ("--baseline", "pine-1b", "--candidate", "pine-7b", "--dataset", DATASET)
    return ["battle", SAMPLES / "lm_eval", *runs, *judge, *more]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_nothing_is_sent_without_a_yes(command: Command, tmp_path: Path) -> None:
    with served(fair) as server:
        out, err = command(*words(server, tmp_path / "b.jsonl"))
        assert server.requests == []
    assert out == ""
    assert "games    24 to ask, 0 are in" in err
    assert "Nothing was sent: --yes starts it." in err


def test_every_question_is_asked_in_both_orders(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    with served(fair) as server:
        _, err = command(*words(server, path, "--yes"))
        assert len([one for one in server.requests if one.method == "POST"]) == 24
    assert "24 of 24 games: 24 ok" in err
    found = rows(path)
    assert {row["placement"] for row in found} == {"original", "swapped"}
    assert len({row["sample"] for row in found}) == 12
    assert all(row["question"] and row["answer_a"] and row["answer_b"] for row in found)
    assert {row["model_a"].partition(" ")[0] for row in found} == {"mock/pine-1b", "mock/pine-7b"}


def test_a_file_of_results_is_left_as_it_is(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"results": 1}')
    with served(fair) as server:
        _, err = command(*words(server, path), code=2)
        command(*words(server, path, "--yes"), code=2)
        assert server.requests == []
    assert "does not hold games" in err
    assert path.read_text() == '{"results": 1}'


def test_nothing_is_made_before_it_is_confirmed(command: Command, tmp_path: Path) -> None:
    with served(fair) as server:
        command(*words(server, tmp_path / "new" / "b.jsonl"))
    assert not (tmp_path / "new").exists()


def test_games_without_any_verdict_are_no_success(command: Command, tmp_path: Path) -> None:
    def silent(_: int, request: Request) -> Answer:
        return error(404, "no list") if request.method == "GET" else says("Both are fine.")

    with served(silent) as server:
        _, err = command(*words(server, tmp_path / "b.jsonl", "--yes", "--limit", 1), code=1)
    assert "2 of 2 games: 2 unparsed" in err


def test_it_goes_on_with_what_is_missing(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    with served(fair) as server:
        command(*words(server, path, "--yes", "--limit", 5))
        before = len(server.requests)
        _, err = command(*words(server, path, "--yes"))
        assert len(server.requests) - before == 14 + 1  # and what it lists
    assert "games    14 to ask, 10 are in" in err


def test_a_model_that_the_server_does_not_have(command: Command, tmp_path: Path) -> None:
    listed = Answer(body=json.dumps({"data": [{"id": "judge-70b"}]}).encode())
    with served(lambda *_: listed) as server:
        _, err = command(*words(server, tmp_path / "b.jsonl", "--yes"), code=1)
    assert "the server has no model judge; it has judge-70b" in err


def test_the_key_is_sent_and_written_nowhere(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_EVAL_JUDGE_KEY", SECRET)
    path = tmp_path / "b.jsonl"

    def script(number: int, request: Request) -> Answer:
        return fair(number, request) if number < 5 else error(401, f"bad key {SECRET}")

    with served(script) as server:
        out, err = command(*words(server, path, "--yes", "--concurrency", 1), code=1)
        assert server.requests[1].headers["authorization"] == f"Bearer {SECRET}"
    assert "401 bad key …" in err
    assert SECRET not in out + err + path.read_text()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--judge-url", "localhost:8000"), "begins with http:// or https://"),
        (("--judge-extra", "[1]"), "--judge-extra is an object"),
        (("--judge-extra", '{"model": "x"}'), "other than model and messages"),
        (("--judge-extra", "{"), "--judge-extra: not JSON"),
        (("--prompt", "nowhere.txt"), "--prompt nowhere.txt"),
        (("--baseline", "nobody"), "run 'nobody' is unknown"),
        (("--candidate", "pine-1b"), "there is no candidate besides the baseline"),
        (("--dataset", "pocketquiz"), "the model rated options and wrote nothing"),
    ],
)
def test_what_cannot_be_asked(
    command: Command, tmp_path: Path, more: tuple[str, str], said: str
) -> None:
    wanted = {"--judge-url": "http://h", "--judge-model": "m", "--out": tmp_path / "b.jsonl"}
    wanted |= {"--baseline": "pine-1b", "--candidate": "pine-7b", "--dataset": DATASET}
    wanted[more[0]] = more[1]
    _, err = command(
        "battle", SAMPLES / "lm_eval", *(word for pair in wanted.items() for word in pair), code=2
    )
    assert said in err


@contextmanager
def interrupted(tmp_path: Path, delay: float) -> Iterator[tuple[subprocess.Popen[bytes], Server]]:
    """A process that was asked to stop once, with a server that is slow."""

    def slow(number: int, request: Request) -> Answer:
        answer = fair(number, request)
        answer.delay = delay if request.method == "POST" else 0.0
        return answer

    with served(slow) as server:
        told = map(str, words(server, tmp_path / "b.jsonl", "--yes", "--concurrency", 2))
        process = subprocess.Popen(
            [sys.executable, "-m", "tui_eval", *told],
            stderr=subprocess.PIPE,
            env=environment(PATH=os.environ["PATH"]),
        )
        while len(server.requests) < 3:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        yield process, server


def test_ctrl_c_loses_no_answer(tmp_path: Path) -> None:
    with interrupted(tmp_path, 0.2) as (process, server):
        _, err = process.communicate()
        posted = [one for one in server.requests if one.method == "POST"]
    assert process.returncode == 130
    assert b"Waiting for the games that were asked" in err
    assert 0 < len(rows(tmp_path / "b.jsonl")) == len(posted) < 24


def test_ctrl_c_twice_drops_what_was_asked(tmp_path: Path) -> None:
    with interrupted(tmp_path, 5.0) as (process, _):
        assert process.stderr is not None
        while b"Waiting" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert b"bug" not in err
