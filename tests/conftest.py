"""What all tests share: properties are tried quickly, and fail for what is wrong, not for time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tui-eval", deadline=None, max_examples=60)
settings.load_profile("tui-eval")
