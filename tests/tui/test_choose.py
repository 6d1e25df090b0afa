"""Choosers: what is typed filters, whatever their length, and what stands beside the names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import NARROW, SAMPLES, WIDE, Driven, open_app, run_file
from tui_eval.tui.screens.choose import ChooseScreen


def chooser(driven: Driven) -> ChooseScreen:
    """The chooser on top."""
    assert isinstance(driven.screen, ChooseScreen)
    return driven.screen


async def test_two_datasets_take_typing() -> None:
    async with open_app() as driven:
        await driven.press("d")
        assert chooser(driven).shown == ("mini_mmlu", "mini_tmmlu")
        await driven.type("TMM")
        assert chooser(driven).shown == ("mini_tmmlu",)
        await driven.press("enter")
        assert driven.view.dataset == "mini_tmmlu"
        await driven.press("m")
        await driven.type("pass@1")
        await driven.press("enter")
        assert driven.view.metric == "pass@1"


async def test_what_nothing_holds_chooses_nothing() -> None:
    async with open_app() as driven:
        await driven.press("d")
        await driven.type("zzz")
        await driven.press("enter")
        assert chooser(driven).shown == ()
        await driven.press("escape")
        assert driven.view.dataset == "mini_mmlu"


async def test_entries_carry_facts() -> None:
    async with open_app([SAMPLES.parent]) as driven:
        await driven.press("2", "d")
        lines = [" ".join(line.split()) for line in driven.drawn]
        assert any("mini_mmlu 7 runs 7 categories twinkle" in line for line in lines)
        assert any("pocketquiz (lm_eval) 3 runs 3 categories lm_eval" in line for line in lines)
    async with open_app() as driven:
        await driven.press("m")
        lines = [" ".join(line.split()) for line in driven.drawn]
        assert any("unparsed_rate 7 runs lower is better" in line for line in lines)
        await driven.press("escape", "4", "C")
        lines = [" ".join(line.split()) for line in driven.drawn]
        assert any("anatomy 20 questions" in line for line in lines)


async def test_of_several_space_and_a_mark_and_letters_filter() -> None:
    async with open_app() as driven:
        await driven.press("v")
        await driven.type("ft")
        assert len(chooser(driven).shown) == 1
        await driven.press("space")
        assert len(chooser(driven).marked) == 6
        assert "6 of 7 marked" in driven.words("#title")
        await driven.type("a")  # typed, since something was typed before
        assert chooser(driven).shown == ()
        await driven.press("backspace", "ctrl+a")
        assert len(chooser(driven).marked) == 7
        await driven.press("backspace", "backspace", "a")
        assert chooser(driven).marked == ()


@pytest.mark.parametrize("size", [(40, 20), NARROW, WIDE])
async def test_no_two_names_look_the_same(tmp_path: Path, size: tuple[int, int]) -> None:
    names = [
        f"gemma-2-9b-it-lora-r16-alpha32-{kind}-v{n}-final" for kind in ("sft", "dpo") for n in "12"
    ]
    for place, name in enumerate(names):
        run_file(tmp_path / name, name, {"x": 0.5}, timestamp=f"20260101_000{place}")
    async with open_app([tmp_path], size) as driven:
        await driven.press("v")
        lines = [line for line in driven.drawn if "✓" in line]
        assert len({line.split("✓")[1] for line in lines}) == 4


async def test_a_click_selects_or_marks() -> None:
    async with open_app() as driven:
        await driven.press("v")
        await driven.pilot.click("#list", offset=(4, 1))
        await driven.rest()
        assert len(chooser(driven).marked) == 6
        await driven.press("escape", "d")
        await driven.pilot.click("#list", offset=(4, 1))
        await driven.rest()
        assert driven.view.dataset == "mini_tmmlu"
