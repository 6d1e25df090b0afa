"""Text of little weight and text that is coloured can be read, in every theme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual.color import Color

LEAST = 4.5
"""Contrast that text needs, by WCAG 2 (level AA)."""

COLOURED = ("primary", "secondary", "success", "warning", "error", "accent")
"""What colours of text are called in a theme, after ``text-``."""

_FAINTEST = 55  # percent of the foreground that text of little weight begins with


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours by WCAG 2: 1 for the same, 21 for black and white."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def grounds(variables: Mapping[str, str]) -> tuple[Color, ...]:
    """What text of little weight lies on: the screen, tables and dialogs, headings and feet."""
    surface, foreground = Color.parse(variables["surface"]), Color.parse(variables["foreground"])
    return Color.parse(variables["background"]), surface, surface.blend(foreground, 0.12)


def muted(variables: Mapping[str, str]) -> Color:
    """The faintest colour that can be read on all `grounds` of a theme."""
    lies_on = grounds(variables)
    shades = list(_shades(lies_on[1], Color.parse(variables["foreground"])))
    return next((one for one in shades if _is_readable(one, lies_on)), shades[-1])


def readable(variables: Mapping[str, str]) -> dict[str, str]:
    """Colours of text by their names, made stronger where they cannot be read on tables."""
    lies_on = grounds(variables)[:2]
    names = [f"text-{kind}" for kind in COLOURED]
    return {name: _stronger(Color.parse(variables[name]), lies_on).hex for name in names}


def _stronger(text: Color, lies_on: Sequence[Color]) -> Color:
    """The colour itself, or the nearest one towards black or white that can be read."""
    end = lies_on[-1].get_contrast_text(1.0)
    shades = (text.blend(end, percent / 100) for percent in range(101))
    return next((one for one in shades if _is_readable(one, lies_on)), end)


def _shades(surface: Color, foreground: Color) -> Iterator[Color]:
    """From faint to strong: towards the foreground, and then to black or white."""
    for percent in range(_FAINTEST, 101):
        yield surface.blend(foreground, percent / 100)
    end = surface.get_contrast_text(1.0)
    for percent in range(1, 101):
        yield foreground.blend(end, percent / 100)


def _is_readable(text: Color, lies_on: Sequence[Color]) -> bool:
    return min(contrast(text, ground) for ground in lies_on) >= LEAST


def _luminance(color: Color) -> float:
    """Relative luminance by WCAG 2."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
