"""Formats with other parts than their own, as long as a test lasts."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from tui_eval.formats import registry
from tui_eval.formats.format import Format, SampleFormat
from tui_eval.formats.registry import format_of

_OF_SAMPLES = {field.name for field in fields(SampleFormat)}


def part_of(harness: str, name: str) -> Any:
    """A part of the format of a harness, or of how its samples are read, by its name."""
    form = format_of(harness)
    return getattr(form.samples if name in _OF_SAMPLES else form, name)


def change(patch: pytest.MonkeyPatch, harness: str, name: str, part: Any) -> None:
    """Give the format of a harness, or how its samples are read, another part."""
    form = format_of(harness)
    if name in _OF_SAMPLES:
        assert form.samples is not None
        changed = replace(form, samples=replace(form.samples, **{name: part}))
    else:
        changed = replace(form, **{name: part})
    formats = (changed if one is form else one for one in registry.FORMATS)
    patch.setattr(registry, "FORMATS", tuple(formats))


def add(patch: pytest.MonkeyPatch, *forms: Format) -> None:
    """Let the registry list more formats."""
    patch.setattr(registry, "FORMATS", (*registry.FORMATS, *forms))
