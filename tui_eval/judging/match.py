"""All games of a run: asked by a few workers, each written before the next one is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tui_eval.judging.endpoint import Asked, Endpoint, RunError
from tui_eval.judging.games import Game
from tui_eval.judging.journal import Journal, JournalError
from tui_eval.judging.prompts import Prompt, code_of
from tui_eval.judging.replies import Reply
from tui_eval.judging.tokens import PER_CALL, estimate, least
from tui_eval.judging.verdicts import decision

_ALIKE = 3
"""Games that fail in the same way before any went well: all others would."""

_CALIBRATED = 5
"""Replies after which estimates of tokens are corrected by what the server counted."""

_CUT = 0.6
"""Part of the estimate below which a prompt was not read whole."""

_KEEP_EVERY = 1.0  # seconds between two waits for the disk


@dataclass
class Progress:
    """How a run goes.

    Attributes:
        total: Games that are to be asked.
        done: Those that are in the file by now.
        states: How many ended in each state.
        failure: The last thing that went wrong.
        prompt_tokens: Of the replies, as far as the server counts them.
        completion_tokens: As well.
    """

    total: int
    done: int = 0
    states: dict[str, int] = field(default_factory=dict)
    failure: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Match:
    """One run over some games.

    Args:
        endpoint: Whom to ask.
        journal: Where games are kept.
        prompt: What is asked.
        seed: Of the codes.
        told: Called after each game.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        journal: Journal,
        prompt: Prompt,
        seed: str,
        told: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._endpoint = endpoint
        self._journal = journal
        self._prompt = prompt
        self._seed = seed
        self._told = told
        self._stops = False
        self._estimated = self._counted = 0.0
        self._calls = 0
        self._alike: list[str] = []
        self._end: RunError | JournalError | None = None
        self.progress = Progress(0)

    def stop(self) -> None:
        """Take no further game; those that are asked come to their end."""
        self._stops = True

    def unasked(self, games: Iterable[Game]) -> list[Game]:
        """Those that are not in the file."""
        return [game for game in games if self._key(game) not in self._journal.known]

    async def play(self, games: Sequence[Game], workers: int) -> Progress:
        """Ask about all games that are not in the file.

        Raises:
            RunError: No further game can be asked; what was asked is in the file.
            JournalError: The file takes no more.
        """
        wanted = self.unasked(games)
        self.progress = Progress(len(wanted))
        left = iter(wanted)
        keeping = asyncio.create_task(self._keep())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(workers, len(wanted))):
                    group.create_task(self._work(left))
        finally:
            keeping.cancel()
        if self._end is not None:
            raise self._end
        await asyncio.to_thread(self._journal.keep)
        return self.progress

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_EVERY)
            with suppress(JournalError):  # the next game says it
                await asyncio.to_thread(self._journal.keep)

    async def _work(self, left: Iterator[Game]) -> None:
        """Ask about one game after the other; what ends the run lets others come to their end."""
        try:
            while not self._stops and (game := next(left, None)) is not None:
                row = await self._played(game) if game.can_be_asked else self._unplayed(game)
                self._journal.write(row)
                self._count(row)
                self._end_if_all_fail(row)
        except (RunError, JournalError) as error:
            self._end = self._end or error
            self.stop()

    async def _played(self, game: Game) -> dict[str, Any]:
        code = code_of(game, self._seed)
        messages = self._prompt.messages(game, code)
        asked = await self._endpoint.ask(messages)
        reply = asked.reply
        verdict, reason = None, reply.reason
        state: str = reply.state
        if state in ("ok", "length"):
            verdict, told = decision(reply.content, code)
            state = "ok" if verdict else ("unparsed" if state == "ok" else state)
            reason = "" if verdict else (reason or told)
        texts = [message["content"] for message in messages]
        expected = PER_CALL + sum(map(estimate, texts))
        fewest = sum(map(least, texts)) if verdict else self._fewest(expected)
        read = self._counted_of(reply, expected)
        if read is not None and read < max(fewest, sum(map(least, texts))):
            verdict, state = None, "prompt_cut"
            reason = f"the judge read {read} of about {expected:.0f} tokens"
        return {
            **self._facts(game, verdict, state, reason),
            "raw": reply.content,
            "reasoning_chars": reply.reasoning,
            "finish_reason": reply.finish,
            "usage": reply.usage._asdict(),
            "judge_reported": reply.model,
            "sent": dict(asked.sent),
            **_effort(asked),
        }

    def _unplayed(self, game: Game) -> dict[str, Any]:
        return self._facts(game, None, "no_answer", "an answer is empty: nothing was asked")

    def _facts(self, game: Game, verdict: str | None, state: str, reason: str) -> dict[str, Any]:
        return {
            "v": 1,
            "key": self._key(game),
            "dataset": game.dataset,
            "category": game.category,
            "sample": game.sample,
            "model_a": game.first.model,
            "model_b": game.second.model,
            "placement": game.placement,
            "repeat": game.repeat,
            "verdict": verdict,
            "state": state,
            "reason": reason,
            "judge": self._endpoint.model,
            "prompt_hash": self._prompt.hash,
            "question": game.question,
            "answer_a": game.first.text,
            "answer_b": game.second.text,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def _key(self, game: Game) -> str:
        return game.key(self._endpoint.model, self._prompt.hash, self._endpoint.options)

    def _fewest(self, expected: float) -> float:
        """Tokens below which a prompt was not read whole, where no verdict shows that it was."""
        factor = 1.0
        if self._calls >= _CALIBRATED:
            factor = min(max(self._counted / self._estimated, _CUT), 1 / _CUT)
        return _CUT * factor * expected

    def _counted_of(self, reply: Reply, expected: float) -> int | None:
        """Tokens of a prompt as the server counted them; it is remembered for later estimates."""
        read = reply.usage.prompt
        if read is None or reply.state == "error":
            return None
        self._calls += 1
        self._estimated += expected
        self._counted += read
        return read

    def _count(self, row: Mapping[str, Any]) -> None:
        progress = self.progress
        progress.done += 1
        progress.states[row["state"]] = progress.states.get(row["state"], 0) + 1
        progress.failure = row["reason"] or progress.failure
        usage = row.get("usage", {})
        progress.prompt_tokens += usage.get("prompt") or 0
        progress.completion_tokens += usage.get("completion") or 0
        self._told(progress)

    def _end_if_all_fail(self, row: Mapping[str, Any]) -> None:
        if row["state"] not in ("error", "too_long", "prompt_cut"):
            return
        if self.progress.states.get("ok"):
            return
        is_cut = row["state"] == "prompt_cut"
        self._alike.append("" if is_cut else row["reason"])
        if len(self._alike) >= _ALIKE and len(set(self._alike)) == 1:
            told = "had a part of the prompt cut off" if is_cut else "failed alike"
            raise RunError(f"the first {len(self._alike)} games {told}: {row['reason']}")


def _effort(asked: Asked) -> dict[str, Any]:
    return {"tries": asked.tries, "seconds": round(asked.seconds, 3)}
