"""How a place looks that is not Lamplit by name: its accent colour, by day and by night, and its icon.

Colours are checked before anybody sees them: a link must be read on paper and on a card (WCAG 2.2, 1.4.3),
and so must the words on a button. What follows from the accent, the text on it and the wash behind chosen
things, is reckoned here.

A `ValueError` of `LookConfig` starts with the key that is wrong, as in `server.config`.
"""

import re
from typing import Final

import msgspec

CONTRAST_LEAST: Final = 4.5  # WCAG 2.2, 1.4.3 for text of the usual size

_SRGB_KNEE: Final = 0.04045
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


class Paper(msgspec.Struct, frozen=True):
    """What an accent is seen on, in one theme: the same figures as web/src/styles/tokens.css."""

    paper: str
    card: str
    ink: str
    accent: str
    on_accent: str
    wash: str


LIGHT: Final = Paper("#faf6ef", "#fffdf9", "#22282b", "#14584f", "#ffffff", "#dcebe6")
DARK: Final = Paper("#15191b", "#1e2426", "#f2ede4", "#8fd6c6", "#0c2a26", "#1f3b37")
_ON_ACCENT: Final = ("#ffffff", "#15191b")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours such as #14584f, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def on_accent(accent: str) -> str:
    """Return the colour of text on the accent: whichever of white and near black is read better."""
    return max(_ON_ACCENT, key=lambda text: contrast(text, accent))


def wash(accent: str, theme: Paper) -> str:
    """Return a weak shade of the accent, on which ink and the accent itself can still be read."""
    for percent in range(20, 0, -2):
        mixed = _mix(accent, theme.card, percent)
        if contrast(accent, mixed) >= CONTRAST_LEAST and contrast(theme.ink, mixed) >= 2 * CONTRAST_LEAST:
            return mixed
    return theme.card


def _luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    """Undo the curve of sRGB (IEC 61966-2-1)."""
    return part / 12.92 if part <= _SRGB_KNEE else ((part + 0.055) / 1.055) ** 2.4


def _mix(colour: str, ground: str, percent: int) -> str:
    pairs = ((int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{(one * percent + other * (100 - percent)) // 100:02x}" for one, other in pairs)


class LookConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The place's own look.

    Attributes:
        accent_light: colour of links and buttons by day, such as #14584f; empty: the usual one.
        accent_dark: the same by night.
        icon: an SVG or PNG file for tabs and home screens; empty: a lamp.
    """

    accent_light: str = ""
    accent_dark: str = ""
    icon: str = ""

    def __post_init__(self) -> None:
        for key, theme in (("accent_light", LIGHT), ("accent_dark", DARK)):
            colour = getattr(self, key)
            if colour:
                _check_accent(key, colour, theme)


def _check_accent(key: str, colour: str, theme: Paper) -> None:
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"{key} must be a colour such as {theme.accent}, in small letters, not {colour!r}")
    for ground, where in ((theme.paper, "the page"), (theme.card, "a card")):
        found = contrast(colour, ground)
        if found < CONTRAST_LEAST:
            change = "darker" if theme is LIGHT else "lighter"
            raise ValueError(
                f"{key}: {colour} has a contrast of {found:.1f} on {where} ({ground}); words in it need "
                f"{CONTRAST_LEAST}: choose a {change} one"
            )
