"""Pictures and sound in messages: named, never drawn, and no address of a machine."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tui_eval.formats.media import medium

PIXELS = b64encode(bytes(22_400)).decode()


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({"type": "image"}, "[image]"),
        ({"type": "image", "image": f"data:image/png;base64,{PIXELS}"}, "[image png 22 kB]"),
        ({"type": "image", "image": PIXELS, "format": "jpeg"}, "[image jpeg 22 kB]"),
        (
            {"type": "image_url", "image_url": {"url": f"data:image/webp;base64,{PIXELS}"}},
            "[image webp 22 kB]",
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://me:pw@node-3:80/a/cat.png?k=sk-1"}},
            "[image https://…/cat.png]",
        ),
        ({"type": "image", "image": "/data/pictures/cat.png"}, "[image cat.png]"),
        (
            {"type": "input_audio", "input_audio": {"data": PIXELS, "format": "wav"}},
            "[audio wav 22 kB]",
        ),
        (
            {"type": "audio", "audio": "https://example.com/a.mp3", "format": "mp3"},
            "[audio https://…/a.mp3]",
        ),
        ({"type": "image", "image": {"bytes": b"abc", "path": None}}, "[image 3 B]"),
        ({"type": "video", "video": "data:video/mp4;base64," + PIXELS * 100}, "[video mp4 2.2 MB]"),
        ({"type": "data", "data": 7}, "[data]"),
        ({}, "[part]"),
    ],
)
def test_a_medium_is_named(part: dict[str, Any], shown: str) -> None:
    assert medium(part) == shown


@pytest.mark.parametrize(
    "address",
    [
        "https://host.example/files/sk-0123456789abcdefghij0123456789abcdefghij",
        "https://host.example?token=abcdef0123456789",
        "http://[broken/cat.png",
        "me@host.example:/pictures/cat.png",
    ],
)
def test_what_is_secret_of_an_address_is_not_shown(address: str) -> None:
    shown = medium({"type": "image", "image": address})
    assert "host.example" not in shown
    assert "0123456789" not in shown
