from typing import Any

import pytest

from server.look import DARK, LIGHT, LookConfig, Paper, contrast, on_accent, wash
from tests.browser.served import ROOT


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_usual_colours_are_those_of_the_page(theme: Paper) -> None:
    tokens = (ROOT / "web" / "src" / "styles" / "tokens.css").read_text("utf-8")
    for colour in (theme.paper, theme.card, theme.ink, theme.accent, theme.on_accent, theme.wash):
        assert colour in tokens


@pytest.mark.parametrize(
    ("key", "colour", "words"),
    [
        ("accent_light", "green", "must be a colour such as"),
        ("accent_light", "#14584F", "small letters"),
        ("accent_light", "#f4c96b", "choose a darker one"),
        ("accent_dark", "#14584f", "choose a lighter one"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_by_name(key: str, colour: str, words: str) -> None:
    settings: dict[str, Any] = {key: colour}
    with pytest.raises(ValueError, match=words) as caught:
        LookConfig(**settings)
    assert str(caught.value).startswith(key)


@pytest.mark.parametrize(("accent", "theme"), [("#5b2a86", LIGHT), ("#8a3f12", LIGHT), ("#d0a8ff", DARK)])
def test_what_follows_from_an_accent_can_be_read(accent: str, theme: Paper) -> None:
    assert contrast(on_accent(accent), accent) >= 4.5
    ground = wash(accent, theme)
    assert ground != theme.card
    assert contrast(accent, ground) >= 4.5
    assert contrast(theme.ink, ground) >= 9
