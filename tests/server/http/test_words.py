import re

import pytest

from server.http.languages import LANGUAGES, USUAL
from server.http.words import Words, read_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    usual, other = read_words(USUAL), read_words(language)
    assert usual.keys() == other.keys()
    values = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in usual.items()}
    assert {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in other.items()} == values


def test_no_text_is_left_in_another_language() -> None:
    usual, other = read_words("en"), read_words("es")
    assert [key for key in usual if usual[key] == other[key] and len(usual[key]) > 6] == []


def test_values_are_filled_in_once() -> None:
    words = Words("en", {"a": "{name} has {n}", "b.one": "{count} cup", "b.other": "{count} cups"})
    assert words.t("a", name="{n}", n=3) == "{n} has 3"
    assert words.t("a") == "{name} has {n}"
    assert [words.t_count("b", n) for n in (0, 1, 2)] == ["0 cups", "1 cup", "2 cups"]
    with pytest.raises(KeyError):
        words.t("c")
