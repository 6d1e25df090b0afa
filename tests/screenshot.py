"""Takes the screenshots of README.md: ``python -m tests.screenshot``."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from tui_eval.tui.app import TuiEvalApp

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / ".images"
SHOTS = {
    "scores": ("j", "enter", "x"),
    "samples": ("j", "enter", "j", "enter", "j", "enter", "j", "j", "j", "w"),
    "delta": ("j", "enter", "x", "j", "enter", "c"),
}


async def rest(app: TuiEvalApp, pilot: Pilot[None]) -> None:
    """Wait until nothing is read or made; what a newer order cancelled does not count."""
    for _ in range(4):
        with suppress(WorkerCancelled):
            await app.workers.wait_for_complete()
        await pilot.pause(0.2)


async def take(name: str, keys: tuple[str, ...]) -> None:
    """Open the samples, press keys, keep what is seen."""
    app = TuiEvalApp([ROOT / "samples"])
    async with app.run_test(size=(132, 38)) as pilot:
        while app.session.data.is_loading:
            await pilot.pause(0.02)
        for key in keys:
            await rest(app, pilot)
            await pilot.press(key)
        await rest(app, pilot)
        svg = app.export_screenshot(title="tui-eval samples/")
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    for name, keys in SHOTS.items():
        asyncio.run(take(name, keys))
