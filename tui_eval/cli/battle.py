"""`tui-eval battle`: saved answers, two at a time, before a judge."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tui_eval.cli.exits import FAILED, INTERRUPTED, OK, UsageError
from tui_eval.cli.pick import load_paths, run_of, sample_view, with_aliases
from tui_eval.cli.terminal import safe

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tui_eval.judging.endpoint import Endpoint
    from tui_eval.judging.games import Game
    from tui_eval.judging.journal import Journal, Kept
    from tui_eval.judging.match import Match, Progress
    from tui_eval.judging.prompts import Prompt

_EVERY = 1.0
"""Seconds between two lines of progress where no terminal is."""

_CONFIRMED = "yes"


class _Plan(NamedTuple):
    """What a run would ask.

    Attributes:
        games: All of them, those that are in the file included.
        unasked: Those that are not.
        prompt: What is asked.
        address: Where.
        options: Fields of a request beside model and conversation.
    """

    games: Sequence[Game]
    unasked: Sequence[Game]
    prompt: Prompt
    address: str
    options: dict[str, Any]


def run_battle(options: argparse.Namespace) -> int:
    """Say what would be asked, and ask it where that is confirmed; returns the exit code."""
    from tui_eval.judging.address import AddressError, chat_address
    from tui_eval.judging.endpoint import KeyFormatError, checked_key
    from tui_eval.judging.journal import Journal, JournalError, read_games

    try:
        address = chat_address(options.judge_url)
        key = checked_key(os.environ.get(options.key_env))
        prompt, extra = _prompt(options), _extra(options)
        games = _games(options)
        again = frozenset(options.retry)
        kept = read_games(options.out, again)
        sent = {"temperature": 0, "max_tokens": options.max_tokens, **extra}
        asked = _unasked(games, kept.known, options.judge_model, prompt, sent)
        plan = _Plan(games, asked, prompt, address, sent)
        _tell_plan(options, plan, kept, has_key=key is not None)
        if not plan.unasked or not _is_confirmed(options):
            return OK
        with Journal(options.out, again) as journal:  # nothing is written before this
            return _played(options, plan, journal, key)
    except (AddressError, KeyFormatError, JournalError) as error:
        raise UsageError(safe(str(error))) from None


def _prompt(options: argparse.Namespace) -> Prompt:
    from tui_eval.judging.prompts import OURS, PromptError, own_prompt

    if options.prompt is None:
        return OURS
    try:
        return own_prompt(options.prompt.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, PromptError) as error:
        raise UsageError(safe(f"--prompt {options.prompt}: {error}")) from None


def _extra(options: argparse.Namespace) -> dict[str, Any]:
    try:
        found = json.loads(options.judge_extra or "{}")
    except ValueError as error:
        raise UsageError(safe(f"--judge-extra: not JSON: {error}")) from None
    if not isinstance(found, dict) or found.keys() & {"model", "messages"}:
        raise UsageError("--judge-extra is an object of fields other than model and messages")
    return found


def _games(options: argparse.Namespace) -> list[Game]:
    """Both orders of every pair that can be made; says on stderr of what none can."""
    from tui_eval.cli.samples import read_answers
    from tui_eval.judging.games import Pair, games_of
    from tui_eval.loading.judged import pairs, shared_questions

    options.metric, options.scale, options.category = None, 1, None
    loaded = load_paths(options.paths, no_cache=options.no_cache)
    tables = with_aliases(loaded.tables())
    baseline = run_of(tables, options.baseline, options.dataset)
    wanted = [run_of(tables, word, options.dataset) for word in options.candidate or ()]
    chosen = [baseline, *(run for run in dict.fromkeys(wanted) if run != baseline)]
    if options.candidate and len(chosen) == 1:
        raise UsageError("there is no candidate besides the baseline")
    view = sample_view(options, loaded, tables, chosen if options.candidate else [])
    runs, samples = read_answers(options, loaded, tables, view, chosen if options.candidate else [])
    if baseline not in runs:
        raise UsageError(safe(f"no answers of {tables.labels[baseline]} to {view.dataset}"))
    made: list[Pair] = []
    why: Counter[str] = Counter()
    for candidate in (run for run in runs if run != baseline):
        questions = shared_questions(samples.rows, baseline, candidate)
        if questions.is_empty():
            told = f"{tables.labels[candidate]} shares no question with the baseline"
            print(f"tui-eval: {safe(told)}", file=sys.stderr)
        some = questions.head(options.limit) if options.limit else questions
        sides = (baseline, candidate)
        for pair in pairs(runs, tables.labels, samples, some, sides, view.dataset or ""):
            if isinstance(pair, Pair):
                made.append(pair)
            else:
                why[pair.reason] += 1
    for reason, count in why.items():
        told = "1 question is" if count == 1 else f"{count} questions are"
        print(f"tui-eval: {told} left out: {safe(reason)}", file=sys.stderr)
    if not made:
        raise UsageError("there is nothing to ask: no question has a written answer of both runs")
    return list(games_of(made, options.repeats))


def _unasked(
    games: Sequence[Game],
    known: Collection[str],
    judge: str,
    prompt: Prompt,
    sent: dict[str, Any],
) -> list[Game]:
    return [game for game in games if game.key(judge, prompt.hash, sent) not in known]


def _tell_plan(options: argparse.Namespace, plan: _Plan, kept: Kept, *, has_key: bool) -> None:
    """How many calls and tokens it would take, and where they would go."""
    from tui_eval.judging.address import shown_address
    from tui_eval.judging.tokens import MARGIN, PER_CALL, WIDE, estimate, margin

    tokens, foreign = 0.0, 0
    asked = [game for game in plan.unasked if game.can_be_asked]
    for game in asked:
        texts = [message["content"] for message in plan.prompt.messages(game, "00000000")]
        tokens += PER_CALL + sum(map(estimate, texts))
        foreign += margin("".join(texts)) == WIDE
    part = WIDE if 2 * foreign > len(asked) else MARGIN
    known = len(plan.games) - len(plan.unasked)
    lines = [
        f"judge    {options.judge_model} at {shown_address(plan.address)}",
        f"key      {'from' if has_key else 'none: no'} ${options.key_env}",
        f"games    {len(asked)} to ask, {known} are in {options.out}",
        f"input    about {tokens:,.0f} tokens (± {part:.0%})",
        f"output   at most {len(asked) * options.max_tokens:,} tokens",
    ]
    if kept.damaged:
        lines.append(f"damaged  {kept.damaged} lines of {options.out} cannot be read; they stay")
    print("\n".join(safe(line) for line in lines), file=sys.stderr)


def _is_confirmed(options: argparse.Namespace) -> bool:
    if options.yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print("Nothing was sent: --yes starts it.", file=sys.stderr)
        return False
    print("Send these questions and answers? Type yes to start: ", end="", file=sys.stderr)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() == _CONFIRMED:
        return True
    print("Nothing was sent.", file=sys.stderr)
    return False


def _played(options: argparse.Namespace, plan: _Plan, journal: Journal, key: str | None) -> int:
    import asyncio

    from tui_eval.judging.endpoint import RunError

    line = _Line()
    try:
        progress, is_stopped = asyncio.run(_play(options, plan, journal, key, line))
    except RunError as error:
        line.end()
        print(f"tui-eval: stopped: {safe(str(error))}", file=sys.stderr)
        print(f"tui-eval: what was answered is in {safe(str(options.out))}", file=sys.stderr)
        return FAILED
    line.end()
    states = ", ".join(f"{count} {name}" for name, count in sorted(progress.states.items()))
    told = f": {states}" if states else ""
    print(f"tui-eval: {progress.done} of {progress.total} games{told}", file=sys.stderr)
    if is_stopped:
        return INTERRUPTED
    return OK if progress.states.get("ok") else FAILED


async def _play(
    options: argparse.Namespace,
    plan: _Plan,
    journal: Journal,
    key: str | None,
    line: _Line,
) -> tuple[Progress, bool]:
    """Ask all: how it ended, and whether a person stopped it.

    The first ^C lets the games that are asked end, the second one drops them.
    """
    import asyncio
    import secrets

    from tui_eval.judging.endpoint import Endpoint
    from tui_eval.judging.match import Match

    async with Endpoint(
        plan.address,
        options.judge_model,
        key,
        header=options.key_header,
        options=plan.options,
        concurrency=options.concurrency,
        timeout=options.timeout,
        authority=options.ca,
        uses_proxy=not options.no_proxy,
    ) as endpoint:
        await _check_model(endpoint)
        match = Match(endpoint, journal, plan.prompt, secrets.token_hex(16), line.tell)
        playing = asyncio.ensure_future(match.play(plan.games, options.concurrency))
        stops = _Stops(match, playing, line)
        _on_interrupt(stops)
        try:
            return await playing, stops.is_asked
        except asyncio.CancelledError:
            if not stops.is_asked:
                raise
            return match.progress, True


async def _check_model(endpoint: Endpoint) -> None:
    """Raise `RunError` where the server lists its models, and the judge is none of them."""
    from difflib import get_close_matches

    from tui_eval.judging.endpoint import RunError

    listed = await endpoint.models()
    if listed is None or endpoint.model in listed:
        return
    close = get_close_matches(endpoint.model, listed, n=3, cutoff=0.3) or listed[:5]
    raise RunError(f"the server has no model {endpoint.model}; it has {', '.join(close)}")


class _Stops:
    """What ^C does: the first time no further game is asked, the second time all ends."""

    def __init__(self, match: Match, playing: Any, line: _Line) -> None:
        self.is_asked = False
        self._match = match
        self._playing = playing
        self._line = line

    def __call__(self) -> None:
        if self.is_asked:
            self._playing.cancel()
            return
        self.is_asked = True
        self._match.stop()
        self._line.end()
        print("Waiting for the games that were asked; ^C again drops them.", file=sys.stderr)


def _on_interrupt(stops: _Stops) -> None:
    import asyncio
    import signal
    from contextlib import suppress

    with suppress(NotImplementedError, RuntimeError):  # Windows, or no main thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stops)


class _Line:
    """How it goes: one line that is written anew on a terminal, else one every second."""

    def __init__(self) -> None:
        self._started = self._due = time.monotonic()
        self._is_open = False
        self._is_terminal = sys.stderr.isatty()

    def tell(self, progress: Progress) -> None:
        """After a game."""
        now = time.monotonic()
        if now < self._due and progress.done < progress.total:
            return
        self._due = now + (0.1 if self._is_terminal else _EVERY)
        words = self._words(progress, now - self._started)
        if self._is_terminal:
            print(f"\r\x1b[2K{safe(words)}", end="", file=sys.stderr, flush=True)
            self._is_open = True
        else:
            print(safe(words), file=sys.stderr)

    def _words(self, progress: Progress, spent: float) -> str:
        rate = progress.done / spent if spent > 0 else 0.0
        left = (progress.total - progress.done) / rate if rate else 0.0
        bad = progress.done - progress.states.get("ok", 0)
        told = f"{progress.done} of {progress.total} games, {rate:.1f} a second, {left:.0f} s left"
        return f"{told}, {bad} without a verdict: {progress.failure}" if bad else told

    def end(self) -> None:
        """Go on below the line."""
        if self._is_open:
            print(file=sys.stderr)
        self._is_open = False
