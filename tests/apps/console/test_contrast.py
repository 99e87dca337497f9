"""Text can be read on what it stands on, by day and by night (WCAG AA: 4.5 to 1)."""

import re
from itertools import product

import pytest

from propcast.apps.console.assets import ASSETS

SHEET = ASSETS["console.css"].content.decode()
TEXTS = ("ink", "soft", "good", "warn", "bad", "accent", "over", "under")
GROUNDS = ("ground", "paper", "raised")
PAIRS = [*product(TEXTS, GROUNDS), ("warn", "warn-ground"), ("bad", "bad-ground"), ("good", "accent-ground"),
         ("on-accent", "accent"), ("on-accent", "over"), ("on-accent", "under"), ("ink", "accent-ground"),
         ("soft", "accent-ground"), ("under", "accent-ground"), ("over", "accent-ground")]  # fmt: skip


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme by name."""
    blocks = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[("light", "dark").index(theme)]))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(text: str, ground: str) -> float:
    lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_the_known_one() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.proves("X8")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(theme: str) -> None:
    known = colours(theme)
    poor = {pair: round(found, 2) for pair in PAIRS if (found := contrast(*(known[name] for name in pair))) < 4.5}
    assert poor == {}


def test_both_themes_know_the_same_colours() -> None:
    assert set(colours("light")) == set(colours("dark"))


@pytest.mark.proves("X8")
def test_the_focus_of_the_keyboard_can_be_seen() -> None:
    assert re.search(r":focus-visible \{ outline: 2px solid var\(--accent\)", SHEET)
    assert "outline: none" not in SHEET
