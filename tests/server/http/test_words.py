import json
import re
from pathlib import Path

import pytest

from server.http.languages import LANGUAGES, USUAL
from server.http.words import Words, read_words

SAME = ("zone.words",)  # signs, and a city's name
ROOT = Path(__file__).resolve().parents[3]
# What the server cannot know, or says otherwise since nothing goes on by itself.
OTHERWISE = ("lobby.empty", "when.day", "zone.words", "foot.title", "help.title", "help.danger")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    usual, other = read_words(USUAL), read_words(language)
    assert usual.keys() == other.keys()
    values = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in usual.items()}
    assert {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in other.items()} == values


def test_no_text_is_left_in_another_language() -> None:
    usual, other = read_words("en"), read_words("es")
    assert [key for key in usual if usual[key] == other[key] and key not in SAME] == []


def test_values_are_filled_in_once() -> None:
    words = Words("en", {"a": "{name} has {n}", "b.one": "{count} cup", "b.other": "{count} cups"})
    assert words.t("a", name="{n}", n=3) == "{n} has 3"
    assert words.t("a") == "{name} has {n}"
    assert [words.t_count("b", n) for n in (0, 1, 2)] == ["0 cups", "1 cup", "2 cups"]
    with pytest.raises(KeyError):
        words.t("c")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_says_the_same_when_it_takes_over(language: str) -> None:
    program = json.loads((ROOT / "web" / "locales" / f"{language}.json").read_text("utf-8"))
    program |= json.loads((ROOT / "web" / "locales" / f"{language}.schedule.json").read_text("utf-8"))
    own = read_words(language)
    fronts = ("skip.", "hide.", "places.", "foot.", "lobby.", "phase.")
    same = [key for key in own if key in program and key.startswith(fronts) and key not in OTHERWISE]
    assert len(same) > 20
    assert {key: own[key] for key in same} == {key: program[key] for key in same}
